"""The monitoring ahead as iCalendar (RFC 5545): all-day events that a later import moves instead of doubling.

The one module that needs icalendar.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import icalendar

from thalsafety.checklists import wording
from thalsafety.errors import Place, Problem
from thalsafety.rendering.calendar_text import SUPPOSED, dates, doubt, told
from thalsafety.rendering.json import NOTICE
from thalsafety.rendering.text import label_of, statements, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from thalsafety.checklists.assembling import Question
    from thalsafety.checklists.upcoming import Calendar, PhaseChange, Undecided, Window
    from thalsafety.linked import LinkedRule
    from thalsafety.model.patient import PatientFacts

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:thalsafety:calendar:1")
_SEQUENCE_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


def render(calendars: Sequence[tuple[str, int | None, Calendar]], version: str) -> tuple[bytes, list[Problem]]:
    """Return one iCalendar of every patient, and the problem of each that cannot be told from one before it."""
    made = icalendar.Calendar()
    made.add("prodid", f"-//thalsafety//thalsafety {version}//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    problems: list[Problem] = []
    seen: set[str] = set()
    for file, _position, calendar in calendars:
        patient = _patient(calendar)
        if patient in seen:
            message = f"another patient of this calendar has the label and identifier `{label_of(calendar.state)}`"
            hint = "give each patient an `identifier`, or write one calendar for each"
            problems.append(Problem(Place(file), message, hint))
            continue
        seen.add(patient)
        for event in _events(calendar):
            made.add_component(event)
    return made.to_ical(), problems


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an event says, and by what it is known again: `key` holds neither a date nor the day of the calendar."""

    key: tuple[str | int, ...]
    first: date
    last: date
    summary: str
    lines: tuple[str, ...]


def _entries(calendar: Calendar) -> Iterator[_Entry]:
    for window in calendar.windows:
        yield _window(window, calendar)
    for change in calendar.changes:
        if change.kind in {"phase", "begins", "ends"}:
            yield _change(change)
    for stretch in calendar.undecided:
        yield _undecided(stretch, calendar)


def _window(window: Window, calendar: Calendar) -> _Entry:
    """Return a turn: from the day it opens until it is overdue or closed, or until today when it is overdue already."""
    due = window.due.isoformat() if window.due == window.latest else f"{window.due} to {window.latest}"
    overdue = window.overdue_from is not None and window.overdue_from <= window.done
    state = f"overdue from {window.overdue_from}" if overdue else f"due {due}"
    lines = (
        f"{window.label}, turn {window.turn}: {dates(window)}",
        f"phase: {window.phase} (schedule {window.schedule.id})",
        *_behind(window.rules),
        *(f"our assumption: {wording.cite(number)}" for number in window.assumptions),
        *_settled(window.to_settle, calendar),
    )
    key = ("turn", window.schedule.id, window.anchor, window.turn)
    last = max(window.closes - timedelta(days=1), window.done)
    return _Entry(key, window.opens, last, f"{window.label}, {state}", lines)


def _change(change: PhaseChange) -> _Entry:
    """Return a change of phase, known by the turn that comes next."""
    words = f"{change.label}: {told(change)}"
    key = ("change", change.schedule.id, change.anchor, change.turn, change.before, change.after)
    return _Entry(key, change.day, change.day, words, (words, f"schedule {change.schedule.id}"))


def _undecided(stretch: Undecided, calendar: Calendar) -> _Entry:
    """Return what cannot be told, on the first day of it."""
    words = "whether it is asked for" if stretch.about == "whether" else "when it is due"
    lines = (f"{stretch.label}: {doubt(stretch)}", *_behind(stretch.rules), *_settled(stretch.to_settle, calendar))
    key = ("undecided", stretch.schedule.id, stretch.anchor, stretch.about)
    return _Entry(key, stretch.first, stretch.first, f"{stretch.label}: cannot tell {words}", lines)


def _behind(rules: Iterable[LinkedRule]) -> list[str]:
    """Return the rules and sources that an event rests on."""
    cited = {cited.statement: cited for rule in rules for cited in rule.guidance}
    return [
        *(f"rule {rule.id}{' (draft, not reviewed)' if rule.status == 'draft' else ''}" for rule in rules),
        f"from {statements(cited.values())}",
    ]


def _settled(questions: Iterable[Question], calendar: Calendar) -> list[str]:
    lexicon = calendar.linked.lexicon
    return [f"to settle: {wording.question(q.feature, lexicon)} ({why(q.answer)})" for q in questions]


def _events(calendar: Calendar) -> Iterator[icalendar.Event]:
    """Return the events of a calendar; entries of one key are told apart by their order."""
    met: Counter[tuple[str | int, ...]] = Counter()
    made, label = _made(calendar.state), label_of(calendar.state)
    sequence = max(int((made - _SEQUENCE_ZERO).total_seconds()) // 60, 0)
    for entry in _entries(calendar):
        name = json.dumps([_patient(calendar), *entry.key, met[entry.key]])
        met[entry.key] += 1
        event = icalendar.Event()
        event.add("uid", f"{uuid5(_NAMESPACE, name)}@thalsafety")
        event.add("dtstamp", made)
        event.add("last-modified", made)
        event.add("sequence", sequence)
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + timedelta(days=1))
        event.add("summary", f"FICTIONAL · {label} · {entry.summary}")
        event.add("description", "\n".join((NOTICE, label, *entry.lines, SUPPOSED)))
        event.add("categories", ["FICTIONAL", "thalsafety"])
        event.add("transp", "TRANSPARENT")
        yield event


def _patient(calendar: Calendar) -> str:
    """Return what tells one patient's events from another's: label, identifier and profile."""
    person = calendar.state.patient
    named = [person.label, person.identifier] if person else [None, None]
    return json.dumps([*named, calendar.linked.profile])


def _made(state: PatientFacts) -> datetime:
    """Return the minute of `as_of`, or the beginning of its day, as UTC."""
    minute, _ = state.as_of.minutes(utc=True)
    days, minutes = divmod(minute, 1440)
    return datetime.fromordinal(days).replace(tzinfo=UTC) + timedelta(minutes=minutes)
