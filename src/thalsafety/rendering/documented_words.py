"""Conditions, schedules, scores and deadlines as the pages of the documentation put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.checklists import wording
from thalsafety.program import All, Any, Not
from thalsafety.rendering.phrasing import Outline
from thalsafety.rendering.rulebook import deadline
from thalsafety.rendering.sheets import marked, plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thalsafety.linked import LinkedPoints, LinkedRule, LinkedSchedule, LinkedScore
    from thalsafety.program import Node, Pinned
    from thalsafety.rendering.phrasing import Phrases


def phases(phrases: Phrases, schedule: LinkedSchedule) -> Outline:
    """Return a schedule as a list."""
    lines = []
    for phase in schedule.phases:
        every = f"{phase.name}: every {amount(phase.every)}"
        when = None if phase.when is None else phrases.outline(phase.when, (f"schedule {schedule.id}",))
        lines.append(Outline(every) if when is None else Outline(f"{every}, while", "while", (when,)))
    opens = Outline(f"may be done from {amount(schedule.opens_before)} before its date on")
    grace = f"more than {amount(schedule.grace)} after its date" if schedule.grace.value else "once its date has passed"
    late = Outline(f"overdue {grace}")
    return Outline("", "lines", (Outline("", "first", tuple(lines)), opens, late))


def points(phrases: Phrases, score: LinkedScore) -> Outline:
    """Return a table of points as a list."""
    lines = []
    for group in score.groups:
        items = [_item(phrases, one, score.id) for one in group]
        lines.append(items[0] if len(items) == 1 else Outline("", "first", tuple(items)))
    bands = [f"{name} from {amount(least)}" if least else f"{name} below that" for name, least in score.bands]
    return Outline("", "sum", (*lines, *([Outline(f"bands: {'; '.join(reversed(bands))}")] if bands else [])))


def _item(phrases: Phrases, one: LinkedPoints, score: str) -> Outline:
    aside = " (rests on recorded race: shown, and never decides)" if one.recorded_race else ""
    when = phrases.outline(one.when, (f"score {score}",))
    return Outline(f"{amount(one.points)} for {one.name}{aside}, when", "while", (when,))


def by_when(rule: LinkedRule) -> str:
    """Return by when a rule asks for its action, in words, marked when the time is ours."""
    return deadline(rule) if rule.deadline is None else f"within {amount(rule.deadline)}"


def amount(pinned: Pinned) -> str:
    """Return a number with its unit in words, marked when it is ours."""
    return plainly(marked(wording.quantity(pinned.value, pinned.unit), [pinned]))


def apart(found: Mapping[str, Node]) -> list[tuple[Node, list[str]]]:
    """Return conditions that differ, each with the profiles that have it."""
    apart: list[tuple[Node, list[str]]] = []
    for profile, node in found.items():
        known = next((profiles for other, profiles in apart if other == node), None)
        if known is None:
            apart.append((node, [profile]))
        else:
            known.append(profile)
    return apart


def names_within(node: Node) -> Iterator[str]:
    """Yield the definitions, schedules and scores through which a condition is written."""
    yield from node.origin.via
    if isinstance(node, Not):
        yield from names_within(node.part)
    elif isinstance(node, (All, Any)):
        for part in node.parts:
            yield from names_within(part)


def root(node: Node, name: str) -> Node | None:
    """Return the outermost node that came through a definition and through nothing within it."""
    if node.origin.via and node.origin.via[-1] == name:
        return node
    parts = (node.part,) if isinstance(node, Not) else node.parts if isinstance(node, (All, Any)) else ()
    return next((found for found in (root(part, name) for part in parts) if found is not None), None)


def of_schedule(schedule: LinkedSchedule) -> Iterator[Pinned]:
    """Yield the numbers of a schedule."""
    yield from (schedule.opens_before, schedule.grace, *(phase.every for phase in schedule.phases))


def of_score(score: LinkedScore) -> Iterator[Pinned]:
    """Yield the numbers of a score."""
    yield from (one.points for group in score.groups for one in group)
    yield from (least for _, least in score.bands if least is not None)
