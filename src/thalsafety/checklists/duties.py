"""Which rules ask for the turns of which schedule, and what they ask besides the turn itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import is_
from typing import TYPE_CHECKING

from thalsafety.linked import State
from thalsafety.program import All, Any, Missing, Not, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thalsafety.linked import Linked, LinkedRule, LinkedSchedule
    from thalsafety.program import Feature, Node

_VIA = "schedule "
_OPEN = All(())
"""What stands for a turn of the schedule in question, as if it were open."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A rule that asks for a schedule's turns: its condition with the turn taken as open.

    `or_missing` says that the rule also asks when nothing tells when the task was last done.
    """

    rule: LinkedRule
    when: Node
    or_missing: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """A schedule with the rules that ask for its turns."""

    schedule: LinkedSchedule
    ties: tuple[Tie, ...]
    label: str
    counted_from: str
    told_by_results: frozenset[int]
    """The questions about results of the task: a turn that was never done before leaves them open."""
    plain: bool
    """Whether nothing but the days overdue depends on the task, so that leaving out a turn changes nothing else."""
    by_newest: bool
    """Whether no rule asks about entries of the task other than the newest, so that older turns may be forgotten."""


_kept: list[tuple[Linked, tuple[Duty, ...]]] = []
"""The rules that were asked about last, with what was found: patients come one after another."""


def duties(linked: Linked) -> tuple[Duty, ...]:
    """Return every schedule, in the order of topics and names; one that no rule in force asks for has no ties."""
    for known, found in _kept:
        if known is linked:
            return found
    _kept[:] = [(linked, _duties(linked))]
    return _kept[0][1]


def _duties(linked: Linked) -> tuple[Duty, ...]:
    rules = {rule.id: rule for rule in linked.rules if rule.state is State.IN_FORCE}
    found: dict[str, list[Tie]] = {name: [] for name in linked.schedules}
    for program in linked.program.rules:
        turns: list[tuple[str, Node]] = []
        _turns(program.when, turns)
        for name in dict.fromkeys(name for name, _ in turns):
            if name in found and program.id in rules:
                or_missing = any(_or_missing(turn, linked.schedules[name]) for of, turn in turns if of == name)
                found[name].append(Tie(rules[program.id], _opened(program.when, name), or_missing))
    asked = {feature for name, ties in found.items() for feature in _asked(linked.schedules[name], ties)}
    made = [_duty(linked, linked.schedules[name], tuple(ties), asked) for name, ties in found.items()]
    return tuple(sorted(made, key=lambda duty: _place(duty, linked)))


def _duty(linked: Linked, schedule: LinkedSchedule, ties: tuple[Tie, ...], asked: set[Feature]) -> Duty:
    """Return a schedule as a duty; `asked` is everything that the duties of the rule set ask besides their turns."""
    task = set(linked.lexicon.covers(schedule.task))
    return Duty(
        schedule=schedule,
        ties=ties,
        label=linked.lexicon.label(schedule.task),
        counted_from=str(schedule.phases[0].overdue.chosen.get("counted_from") or ""),
        told_by_results=_told_by_results(linked, schedule),
        plain=not any(task & _codes(feature) for feature in _asked(schedule, ties)),
        by_newest=all(feature.kind in _BY_NEWEST for feature in asked if task & _codes(feature)),
    )


_BY_NEWEST = frozenset({"days_overdue", "days_since", "months_since", "latest", "result", "on_file"})


def _asked(schedule: LinkedSchedule, ties: Iterable[Tie]) -> set[Feature]:
    """Return what a schedule and its rules ask besides how many days its own turn is overdue."""
    conditions = (*(tie.when for tie in ties), *(phase.when for phase in schedule.phases if phase.when is not None))
    return {leaf.feature for condition in conditions for leaf in leaves(condition)}


def _place(duty: Duty, linked: Linked) -> tuple[int, str]:
    topics = [linked.topics.get(tie.rule.topic, (999, ""))[0] for tie in duty.ties]
    return min(topics, default=999), duty.schedule.id


def _turn_of(node: Node) -> str:
    """Return the schedule whose turn a node is, or nothing."""
    via = node.origin.via
    return via[-1].removeprefix(_VIA) if via and via[-1].startswith(_VIA) else ""


def _turns(node: Node, found: list[tuple[str, Node]]) -> None:
    """Find the turns that a condition asks for, each with its schedule."""
    name = _turn_of(node)
    if name:
        found.append((name, node))
    elif isinstance(node, Not):
        _turns(node.part, found)
    elif isinstance(node, (All, Any)):
        for part in node.parts:
            _turns(part, found)


def _or_missing(turn: Node, schedule: LinkedSchedule) -> bool:
    """Whether a turn is also asked for when nothing tells when the task was last done."""
    asked = {phase.overdue for phase in schedule.phases}
    return any(isinstance(leaf, Missing) and leaf.feature in asked for leaf in leaves(turn))


def _opened(node: Node, schedule: str) -> Node:
    """Return a condition with the turns of a schedule taken as open, and what that decides left out."""
    if _turn_of(node):
        return _OPEN if _turn_of(node) == schedule else node
    if isinstance(node, Not):
        part = _opened(node.part, schedule)
        return node if part is node.part else replace(node, part=part)
    if not isinstance(node, (All, Any)):
        return node
    parts = tuple(_opened(part, schedule) for part in node.parts)
    if all(map(is_, parts, node.parts)):
        return node  # what rules share stays one node, and is asked once a day
    if isinstance(node, Any):
        return _OPEN if _OPEN in parts else replace(node, parts=parts)
    return replace(node, parts=tuple(part for part in parts if part != _OPEN))


_OF_RESULTS = frozenset(
    {"latest", "lowest", "highest", "fall_from_baseline", "rise_from_baseline", "times_upper_limit"}
    | {"sensitivity", "body", "result"}
)


def _told_by_results(linked: Linked, schedule: LinkedSchedule) -> frozenset[int]:
    """Return the questions whose answer is a result of the task, not that it was done."""
    task = set(linked.lexicon.covers(schedule.task))
    return frozenset(
        feature.index
        for feature in linked.program.features
        if (feature.kind in _OF_RESULTS or "result" in feature.chosen) and task & _codes(feature)
    )


def _codes(feature: Feature) -> set[str]:
    members = feature.chosen.get("members")
    return {feature.subject, *(members if isinstance(members, tuple) else ())}
