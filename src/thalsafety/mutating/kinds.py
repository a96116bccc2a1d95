"""The kinds of mistake that mutants stand for, with words for a reader; in the order in which reports list them."""

COMPARISON = "comparison"
NUMBER = "number"
UNIT = "unit"
CLAUSE = "clause"
NEGATED = "negated"
JOINT = "joint"
QUESTION = "question"
WINDOW = "window"
LACK = "lack"
WORDS = "words"
SCHEDULE = "schedule"
SEVERITY = "severity"
SUPERSESSION = "supersession"

OF_PAGES = frozenset({SEVERITY, SUPERSESSION})
"""Mistakes that change no verdict, but what the page shows."""

TITLES = {
    COMPARISON: "Comparisons: with or without the number itself, or the other way",
    NUMBER: "Numbers: one step more or less",
    UNIT: "Units: the number as if it were written in another one",
    CLAUSE: "Clauses left out of an `all` or `any`",
    NEGATED: "Clauses turned into their opposite",
    JOINT: "`all` for `any`, and the other way",
    QUESTION: "Questions: another one about the same thing",
    WINDOW: "Windows and narrowings left out",
    LACK: "`or_missing` or `or_overdue` left out or put in",
    WORDS: "Words: another one, or one fewer",
    SCHEDULE: "Schedules: intervals, openings, grace, order of phases",
    SEVERITY: "Severities: one graver or milder",
    SUPERSESSION: "Supersessions left out",
}
