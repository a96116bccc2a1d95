"""Questions, clauses and answers in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.model.milestones import MILESTONES
from thalsafety.program import Compare, Comparison, Known
from thalsafety.truth import TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from thalsafety.checklists.scoring import Tally, Total
    from thalsafety.linked import Linked, LinkedPoints
    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Answer, Feature, Leaf, Pinned
    from thalsafety.truth import Truth

_QUESTIONS = {
    "age": "age",
    "body": "body {subject}",
    "latest": "latest {label}",
    "lowest": "lowest {label}",
    "highest": "highest {label}",
    "fall_from_baseline": "fall of {label} from baseline",
    "rise_from_baseline": "rise of {label} from baseline",
    "times_upper_limit": "{label} as a multiple of its upper limit of normal",
    "sensitivity": "sensitivity of the latest {label}",
    "days_since": "days since {label}",
    "days_until": "days until {label}",
    "months_since": "months since {label}",
    "days_from": "days from {label}",
    "hours_from": "hours from {label}",
    "days_overdue": "days that {label} is overdue",
    "days_on": "days on {label}",
    "dose": "{subject} dose of thalidomide",
    "times_per_day": "doses a day",
    "dose_change": "{subject} change of dose",
    "exposure": "{subject} of thalidomide in this course",
    "days_before_dose_change": "days on the dose before the last change",
    "dose_of": "daily dose of {label}",
    "steroid_dose": "dose of {label} as dexamethasone",
    "grade": "grade of active {label}",
    "worst_grade": "worst grade of {label}",
    "count": "number of {label} on file",
    "days_using": "days of using {label}",
    "methods_in_use": "methods in use among {label}",
    "supply": "{subject}",
    "taking": "taking {label}",
    "event_active": "active {label}",
    "event_ever": "ever {label}",
    "recurred_after_restart": "{label} again after a restart",
    "condition": "{label} present",
    "condition_ever": "{label} ever recorded",
    "procedure": "{label} done",
    "trait": "{label}",
    "on_file": "{label} on file",
    "using": "using {label}",
    "paused_for": "paused or ended for {label}",
    "recorded": "{label} recorded",
    "fact": "{subject}",
    "result": "latest {label}",
}
_RELATIONS = {
    Comparison.BELOW: "below",
    Comparison.AT_MOST: "at most",
    Comparison.ABOVE: "above",
    Comparison.AT_LEAST: "at least",
}
_LONGEST_FRACTION = 9
_OPTIONS = {
    "no_older_than": "no older than {}",
    "within": "within {}",
    "from_": "at most {} before",
    "to": "at least {} before",
    "every": "every {}",
}


def number(value: Decimal) -> str:
    """Return a number without exponent and without trailing zeros; a long fraction is cut to four digits."""
    if int(value.as_tuple().exponent) < -_LONGEST_FRACTION:
        value = round(value, 4)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: Decimal, unit: str) -> str:
    """Return a number with its unit; a plain number has none."""
    return number(value) if unit in {"1", ""} else f"{number(value)} {unit}"


def question(feature: Feature, lexicon: Lexicon) -> str:
    """Return a question in words, with its window."""
    label = MILESTONES.get(feature.subject) or lexicon.within_a_sentence(feature.subject)
    text = _QUESTIONS[feature.kind].format(subject=feature.subject.replace("_", " "), label=label)
    text = text.replace("dexamethasone as dexamethasone", "dexamethasone")
    pinned = {parameter.name: parameter for parameter in feature.pinned}
    parts: list[str] = []
    for name, value in feature.options:
        if name == "members" or value is True:
            continue
        if isinstance(value, tuple):
            parameter = pinned[value[0]]
            parts.append(_OPTIONS[name].format(quantity(parameter.value, parameter.unit)))
        elif name in {"result", "which"}:
            parts.append(str(value))
        elif name == "since_latest":
            parts.append(f"since the latest {lexicon.within_a_sentence(str(value))}")
        else:
            words = MILESTONES.get(str(value)) or lexicon.within_a_sentence(str(value))
            parts.append(f"{name.replace('_', ' ')} the {words}")
    if any(name == "suspected" for name, _ in feature.options):
        parts.append("not recorded as unrelated or unlikely")
    return f"{text} ({', '.join(parts)})" if parts else text


def operand(leaf: Compare, lexicon: Lexicon) -> str:
    """Return what the answer is held against, in words."""
    if isinstance(leaf.operand, frozenset):
        return " or ".join(sorted({lexicon.label(word) for word in leaf.operand}))
    assert leaf.parameter is not None  # noqa: S101  a number in a condition is always a parameter
    return f"{_RELATIONS[leaf.comparison]} {quantity(leaf.parameter.value, leaf.parameter.unit)}"


def answer(given: Answer, feature: Feature, lexicon: Lexicon) -> str:
    """Return an answer in words: the number or word with what it rests on, or why there is none."""
    if not isinstance(given, Known):
        return given.reason
    if isinstance(given.low, str):
        text = lexicon.label(given.low)
    elif given.low == given.high:
        text = quantity(given.low, feature.unit)
    else:
        text = f"{quantity(given.low, feature.unit)} to {quantity(given.high, feature.unit)}"  # type: ignore[arg-type]  # numbers: words were told above
    seen = given.evidence
    if seen is None:
        return text
    notes = [note for note in (seen.written, seen.converted) if note and note.lower() != text.lower()]
    if seen.date:
        notes.append(seen.date)
    return f"{text} ({', '.join(notes)})" if notes else text


def any_of(given: Sequence[Answer], feature: Feature, operands: Sequence[Decimal], lexicon: Lexicon) -> str:
    """Return some of the ways in which a question could be answered, in words.

    They are those of `settling.possible`: words, or a number for each stretch between the rule's own `operands`.
    """
    words = ["not on file" for one in given if not isinstance(one, Known)]
    numbers = [one.low for one in given if isinstance(one, Known) and not isinstance(one.low, str)]
    words += [
        "anything else" if one.low.startswith("\0") else lexicon.label(one.low)
        for one in given
        if isinstance(one, Known) and isinstance(one.low, str)
    ]
    if numbers:
        words.append(_stretch(min(numbers), max(numbers), feature.unit, sorted(operands)))
    return " or ".join(words)


def _stretch(first: Decimal, last: Decimal, unit: str, operands: Sequence[Decimal]) -> str:
    """Return the stretch from one number to another, as the limits that a rule knows."""
    under = [limit for limit in operands if limit < first]
    over = [limit for limit in operands if limit > last]
    if first == last and first in operands:
        return quantity(first, unit)
    low = f"at least {quantity(first, unit)}" if first in operands else ""
    high = f"at most {quantity(last, unit)}" if last in operands else ""
    if not low and under:
        low = f"over {quantity(under[-1], unit)}"
    if not high and over:
        high = f"under {quantity(over[0], unit)}"
    return " and ".join(part for part in (low, high) if part) or "any number"


def clause(leaf: Leaf, lexicon: Lexicon) -> str:
    """Return a clause of a rule in words, without its answer."""
    asked = question(leaf.feature, lexicon)
    if not isinstance(leaf, Compare):
        return f"{asked}: not on file"
    return f"{asked}: {operand(leaf, lexicon)}"


def answered(leaf: Leaf, truth: Truth, given: Answer, lexicon: Lexicon) -> str:
    """Return a clause with its answer: the value next to what it was held against."""
    asked = question(leaf.feature, lexicon)
    shown = answer(given, leaf.feature, lexicon)
    if not isinstance(leaf, Compare):
        return f"{asked}: {shown}"
    wanted = operand(leaf, lexicon)
    if truth is UNKNOWN:
        known = shown if isinstance(given, Known) else f"not known ({shown})"
        return f"{asked}: {known}; asked whether {wanted}"
    negation = "" if truth is TRUE else "not "
    if isinstance(leaf.operand, frozenset) and (truth is TRUE or wanted in {"yes", "no"}):
        return f"{asked}: {shown}"
    if isinstance(leaf.operand, frozenset):
        return f"{asked}: {shown}, other than {wanted}"
    return f"{asked}: {shown}, {negation}{wanted}"


def lack(given: Answer, feature: Feature, lexicon: Lexicon) -> str:
    """Return why an answer does not settle its question."""
    if isinstance(given, Known):
        return f"only known to lie between bounds: {answer(given, feature, lexicon)}"
    return given.reason


def cite(parameter: Pinned) -> str:
    """Return a number with its source."""
    source = "project assumption" if parameter.assumption else parameter.source
    return f"{parameter.name} = {quantity(parameter.value, parameter.unit)} ({source}, {parameter.locator})"


def past_review(linked: Linked, day: date) -> str:
    """Return which sources in force were to be looked at again before a day; nothing when there is none."""
    found = linked.past_review(day)
    if not found:
        return ""
    named = ", ".join(f"{source} (review was due by {by})" for source, by in found)
    return f"Sources past their review date, which may have changed: {named}"


def tally(found: Tally) -> str:
    """Return a score as a sentence or two: the total, its band, and what every point is for."""
    band = f" ({' or '.join(found.bands)})" if found.bands else ""
    parts = [f"{found.score.title}: {_total(found.decides)}{band}."]
    for truth, lead in ((TRUE, "Counted"), (UNKNOWN, "Not known")):
        items = [one.item for one in found.lines if one.truth is truth and not one.item.recorded_race]
        if items:
            parts.append(f"{lead}: {'; '.join(_points(item) for item in items)}.")
    if found.with_race is not None:
        race = "; ".join(_points(one.item) for one in found.lines if one.item.recorded_race)
        parts.append(f"With recorded race ({race}) it would be {_total(found.with_race)}; that does not decide.")
    return " ".join(parts)


def _total(total: Total) -> str:
    low, high = number(total.low), number(total.high)
    return low if low == high else f"{low} to {high}"


def _points(item: LinkedPoints) -> str:
    points = abs(item.points.operand)
    sign = "" if item.points.operand > 0 else "minus "
    return f"{item.name}, {sign}{number(points)} point{'' if points == 1 else 's'}"
