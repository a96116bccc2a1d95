"""Files in, model out; every problem of a file set at once, each with file:line:column.

The only room that reads files. It knows nothing of engines, checklists or pages.
"""
