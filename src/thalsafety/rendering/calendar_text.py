"""The monitoring ahead for the terminal: lines of styled pieces, as those of a checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.checklists import wording
from thalsafety.rendering.text import BANNER, label_of, statements, why, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from thalsafety.checklists.assembling import Question
    from thalsafety.checklists.upcoming import Calendar, Later, PhaseChange, Undecided, Window
    from thalsafety.linked import Linked, LinkedRule, LinkedSchedule
    from thalsafety.rendering.text import Line

SUPPOSED = (
    "Supposed: the recorded facts stay as they are, and each turn is done on the day it is due, with its latest result "
    "once more. Anything else moves the dates: make a new calendar then."
)
_INDENT = "            "


def render(calendar: Calendar, file: str) -> list[Line]:
    """Return the whole page."""
    return [
        *_head(calendar, file),
        *_windows(calendar),
        *_changes(calendar),
        *_undecided(calendar),
        *_later(calendar),
        *_rest(calendar),
        *_behind(calendar),
    ]


def _head(calendar: Calendar, file: str) -> Iterator[Line]:
    linked, state = calendar.linked, calendar.state
    yield [("title", BANNER)]
    yield [("title", label_of(state))]
    days = f"from {state.as_of.text} until {calendar.until.isoformat()}"
    yield [("", f"{days} · profile {linked.profile} ({linked.profile_title})")]
    yield [("quiet", f"{file} · rule set {linked.version} ({linked.digest[:12]}), {len(linked.rules)} rules")]
    yield from wrapped("", SUPPOSED, "", "quiet")
    if calendar.number_changes:
        yield from wrapped("", number_changes(calendar), "", "warn")


def number_changes(calendar: Calendar) -> str:
    """Return the sentence on numbers of the rules that change within the calendar."""
    days = ", ".join(day.isoformat() for day in calendar.number_changes)
    return f"numbers of the rules change on {days}; this calendar goes by those of its first day"


def _windows(calendar: Calendar) -> Iterator[Line]:
    yield []
    yield [("title", "DUE")]
    if not calendar.windows:
        yield [("", "No turn is due in this time.")]
    for window in calendar.windows:
        severity = min((rule.severity for rule in window.rules), key=_GRAVEST.index, default="")
        yield [("", f"{window.done.isoformat()}  "), (severity, window.label), ("", f", turn {window.turn}")]
        yield from wrapped(_INDENT, dates(window), _INDENT, "")
        drafts = "" if any(rule.status == "active" for rule in window.rules) else " · draft rules, not reviewed"
        yield [("quiet", f"{_INDENT}{window.phase} · {window.schedule.id}{drafts}")]
        yield from _settle(window.to_settle, calendar.linked, _INDENT)


_GRAVEST = ("stop", "urgent", "due", "note")


def dates(window: Window) -> str:
    """Return the dates of a turn in words."""
    parts: list[str] = []
    if window.due != window.latest:
        parts.append(f"due on a day from {window.due.isoformat()} to {window.latest.isoformat()}")
    elif window.due != window.done:
        parts.append(f"was due on {window.due.isoformat()}")
    parts.append(f"open from {window.opens.isoformat()}")
    if window.overdue_from is None:
        parts.append(f"closed from {window.closes.isoformat()}, not called overdue after that")
    else:
        if window.closes < window.overdue_from:
            parts.append(f"closed from {window.closes.isoformat()}")
        parts.append(f"overdue from {window.overdue_from.isoformat()}")
    if window.first:
        parts.append("none on file before")
    return "; ".join(parts)


def _settle(questions: Iterable[Question], linked: Linked, indent: str) -> Iterator[Line]:
    asked = [f"{wording.question(q.feature, linked.lexicon)} ({why(q.answer)})" for q in questions]
    if asked:
        yield from wrapped(f"{indent}settle: ", "; ".join(asked), f"{indent}        ", "")


def _changes(calendar: Calendar) -> Iterator[Line]:
    if calendar.changes:
        yield []
        yield [("title", "CHANGES OF PHASE")]
    for change in calendar.changes:
        yield from wrapped(f"{change.day.isoformat()}  ", f"{change.label}: {told(change)}", _INDENT, "")


def told(change: PhaseChange) -> str:
    """Return a change of phase in words."""
    if change.kind in {"begins", "resumes"}:
        again = "again " if change.kind == "resumes" else ""
        return f"asked for {again}from this day on ({change.after})"
    if change.kind == "phase":
        return f"{change.before}, from this day on: {change.after}"
    ending = "not asked for from this day on" if change.kind == "ends" else "not asked for for a while from this day on"
    return f"{ending} ({change.before} before)"


def _undecided(calendar: Calendar) -> Iterator[Line]:
    if calendar.undecided:
        yield []
        yield [("title", "CANNOT TELL, and what would settle it")]
    for stretch in calendar.undecided:
        yield [("", "[?] "), ("title", stretch.label), ("quiet", f" · {stretch.schedule.id}")]
        yield from wrapped("    ", doubt(stretch), "    ", "")
        yield from _settle(stretch.to_settle, calendar.linked, "    ")


def doubt(stretch: Undecided) -> str:
    """Return in words what cannot be told, and when."""
    days = _span(stretch.first, stretch.last)
    if stretch.about == "when":
        return f"{days}: asked for, but when it is due cannot be told"
    text = f"{days}: whether it is asked for cannot be told"
    if stretch.earliest is None or stretch.latest is None:
        return f"{text}, nor when it would be due"
    return f"{text}; if it is, it is due on {_span(stretch.earliest, stretch.latest)}"


def _span(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"


def _later(calendar: Calendar) -> Iterator[Line]:
    if calendar.later:
        yield []
        yield [("title", "DUE AFTER THE LAST DAY OF THIS CALENDAR")]
    for later in calendar.later:
        yield [("", f"    {_span(later.due, later.latest)}  {later.label}"), ("quiet", f" · {later.schedule.id}")]


def _rest(calendar: Calendar) -> Iterator[Line]:
    if calendar.quiet:
        yield []
        yield [("title", "NOT ASKED FOR IN THIS TIME")]
        names = "; ".join(schedule.title for schedule in calendar.quiet)
        yield from wrapped("    ", names, "    ", "quiet")
    if calendar.errors:
        yield []
        yield [("stop", "ERROR, not looked at: these rules might ask for more")]
    for rule in calendar.errors:
        yield [("stop", f"[!] {rule.id}"), ("", f": {rule.reason}")]


def _behind(calendar: Calendar) -> Iterator[Line]:
    """Return the rules, sources and numbers that the dates rest on, once for each schedule."""
    schedules: dict[str, LinkedSchedule] = {}
    rules: dict[str, dict[str, LinkedRule]] = {}
    parts: tuple[Window | Later | Undecided, ...] = (*calendar.windows, *calendar.later, *calendar.undecided)
    for part in parts:
        schedules[part.schedule.id] = part.schedule
        rules.setdefault(part.schedule.id, {}).update({rule.id: rule for rule in part.rules})
    if schedules:
        yield []
        yield [("title", "WHAT THE DATES REST ON")]
    for name, schedule in schedules.items():
        yield [("title", f"{schedule.title}"), ("quiet", f" · {name}")]
        yield from wrapped("    asked for by ", ", ".join(rules[name]), "                 ", "")
        cited = {c.statement: c for rule in rules[name].values() for c in rule.guidance}
        yield from wrapped("    from ", statements(cited.values()), "         ", "quiet")
        numbers = (*(phase.every for phase in schedule.phases), schedule.opens_before, schedule.grace)
        for number in {number.name: number for number in numbers}.values():
            yield from wrapped("    ", wording.cite(number), "      ", "warn" if number.assumption else "")
