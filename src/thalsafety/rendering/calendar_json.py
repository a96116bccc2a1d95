"""The monitoring ahead as JSON: versioned, byte-identical for identical input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thalsafety.checklists import wording
from thalsafety.rendering.calendar_text import SUPPOSED
from thalsafety.rendering.json import NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thalsafety.checklists.assembling import Question
    from thalsafety.checklists.upcoming import Calendar, Later, PhaseChange, Undecided, Window
    from thalsafety.errors import Problem
    from thalsafety.linked import Cited, Linked, LinkedRule, LinkedSchedule
    from thalsafety.program import Pinned

FORMAT = "thalsafety.calendar/1"


def render(calendars: Sequence[tuple[str, int | None, Calendar]], problems: Sequence[Problem], version: str) -> str:
    """Return every calendar of a run, and every problem that kept one from being made."""
    document = {
        "format": FORMAT,
        "notice": NOTICE,
        "generator": f"thalsafety {version}",
        "supposed": SUPPOSED,
        "calendars": [_calendar(file, position, calendar) for file, position, calendar in calendars],
        "problems": [
            {"file": p.place.file, "line": p.place.line, "column": p.place.column, "message": p.message, "hint": p.hint}
            for p in problems
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _calendar(file: str, position: int | None, calendar: Calendar) -> dict[str, Any]:
    """Return one patient's calendar, with what its dates rest on."""
    linked, person = calendar.linked, calendar.state.patient
    parts: tuple[Window | Undecided | Later, ...] = (*calendar.windows, *calendar.undecided, *calendar.later)
    rules = {rule.id: rule for part in parts for rule in part.rules}
    cited = {c.statement: c for rule in rules.values() for c in rule.guidance if c.in_force}
    schedules = sorted(linked.schedules.values(), key=lambda schedule: schedule.id)
    return {
        "file": file,
        "position": position,
        "patient": {
            "label": person.label if person else None,
            "identifier": person.identifier if person else None,
            "fictional": True,
        },
        "as_of": calendar.state.as_of.text,
        "until": calendar.until.isoformat(),
        "profile": linked.profile,
        "digest": linked.digest,
        "number_changes": [day.isoformat() for day in calendar.number_changes],
        "windows": [_window(window, linked) for window in calendar.windows],
        "changes": [_change(change) for change in calendar.changes],
        "undecided": [_undecided(stretch, linked) for stretch in calendar.undecided],
        "later": [_later(later) for later in calendar.later],
        "not_asked_for": [schedule.id for schedule in calendar.quiet],
        "errors": [{"rule": rule.id, "reason": rule.reason} for rule in calendar.errors],
        "schedules": {schedule.id: _schedule(schedule, linked) for schedule in schedules},
        "rules": {name: _rule(rules[name]) for name in sorted(rules)},
        "statements": {name: _cited(cited[name]) for name in sorted(cited)},
    }


def _window(window: Window, linked: Linked) -> dict[str, Any]:
    return {
        "schedule": window.schedule.id,
        "task": window.schedule.task,
        "label": window.label,
        "phase": window.phase,
        "turn": window.turn,
        "counted_from": window.anchor,
        "opens": window.opens.isoformat(),
        "due": window.due.isoformat(),
        "latest": window.latest.isoformat(),
        "done": window.done.isoformat(),
        "closes": window.closes.isoformat(),
        "overdue_from": window.overdue_from.isoformat() if window.overdue_from else None,
        "none_before": window.first,
        "rules": [rule.id for rule in window.rules],
        "numbers": [number.name for number in window.numbers],
        "assumptions": [number.name for number in window.assumptions],
        "to_settle": _questions(window.to_settle, linked),
    }


def _change(change: PhaseChange) -> dict[str, Any]:
    return {
        "day": change.day.isoformat(),
        "schedule": change.schedule.id,
        "label": change.label,
        "kind": change.kind,
        "before": change.before or None,
        "after": change.after or None,
        "turn": change.turn,
    }


def _undecided(stretch: Undecided, linked: Linked) -> dict[str, Any]:
    return {
        "schedule": stretch.schedule.id,
        "label": stretch.label,
        "about": stretch.about,
        "first": stretch.first.isoformat(),
        "last": stretch.last.isoformat(),
        "earliest": stretch.earliest.isoformat() if stretch.earliest else None,
        "latest": stretch.latest.isoformat() if stretch.latest else None,
        "rules": [rule.id for rule in stretch.rules],
        "to_settle": _questions(stretch.to_settle, linked),
    }


def _later(later: Later) -> dict[str, Any]:
    return {
        "schedule": later.schedule.id,
        "label": later.label,
        "phase": later.phase,
        "due": later.due.isoformat(),
        "latest": later.latest.isoformat(),
        "rules": [rule.id for rule in later.rules],
    }


def _questions(questions: Iterable[Question], linked: Linked) -> list[dict[str, str]]:
    return [
        {
            "question": wording.question(q.feature, linked.lexicon),
            "reason": wording.lack(q.answer, q.feature, linked.lexicon),
        }
        for q in questions
    ]


def _schedule(schedule: LinkedSchedule, linked: Linked) -> dict[str, Any]:
    return {
        "title": schedule.title,
        "task": schedule.task,
        "label": linked.lexicon.label(schedule.task),
        "phases": [{"name": phase.name, "every": _number(phase.every)} for phase in schedule.phases],
        "opens_before": _number(schedule.opens_before),
        "grace": _number(schedule.grace),
    }


def _number(parameter: Pinned) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "value": wording.number(parameter.value),
        "unit": parameter.unit,
        "source": parameter.source,
        "locator": parameter.locator,
        "assumption": parameter.assumption,
    }


def _rule(rule: LinkedRule) -> dict[str, Any]:
    return {
        "title": rule.title,
        "status": rule.status,
        "severity": rule.severity,
        "action": rule.action,
        "by": rule.by,
        "statements": [cited.statement for cited in rule.guidance if cited.in_force],
    }


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "source": cited.source,
        "title": cited.source_title,
        "edition": cited.edition,
        "locator": cited.locator,
        "confidence": cited.confidence,
        "text": cited.text,
    }
