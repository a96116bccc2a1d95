"""Rule set, profile and day in; a program with every number pinned out.

Names are resolved, definitions and schedules written out, and each parameter gets the one value
whose source is in force. A rule that cannot be linked is kept, as one in error; it hides no other.
"""
