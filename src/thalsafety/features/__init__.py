"""Patient state in; an answer to every question out. Absent means "not known", never "no".

Dates, units, windows and partial knowledge are decided here, so that engines see only answers.
"""

from thalsafety.features.answering import Answers, answer, can_be_unsure, can_have_bounds

__all__ = ["Answers", "answer", "can_be_unsure", "can_have_bounds"]
