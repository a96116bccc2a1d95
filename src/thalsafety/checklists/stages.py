"""Which rules can concern a patient at a stage of treatment, and what is left of their conditions there.

A stage is told to the program as sketches of a course. What they agree on is settled; everything else is open,
whatever it may turn out to be. A rule whose condition is false with all of it open cannot concern the stage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from thalsafety import features
from thalsafety.engines import reference
from thalsafety.model.patient import PatientFacts
from thalsafety.program import Absent, All, AnswerType, Any, Compare, Known, Missing, Not, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.program import Answer, Leaf, Node

Sketch: TypeAlias = "Mapping[str, object]"
"""Keys of `treatment`; a whole number under a key of `_DAYS` is a day so many days from the day of the form."""

_DAYS = frozenset({"planned_start", "planned_restart", "stopped", "stop"})
_AHEAD = (None, -40, -1, 0, 5, 21, 70)
_BEHIND = (-900, -200, -40, -10, 0)
_UNTOUCHED: Sketch = {"doses": [], "interruptions": []}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a course can stand at a stage."""

    sketches: tuple[Sketch, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of treatment: what is supposed of the patient, and the ways in which a course can stand there.

    The sketches of one way differ in what the stage leaves open; where there are several ways, each has a name.
    """

    name: str
    title: str
    supposes: tuple[str, ...]
    ways: tuple[Way, ...]


STAGES = (
    Stage(
        "start",
        "Before the first dose",
        ("a first dose is planned", "no dose of this course was taken", "there was no earlier course"),
        (
            Way(
                tuple(
                    {"status": "planned", "earlier_courses": [], **_UNTOUCHED, "planned_start": day} for day in _AHEAD
                )
            ),
        ),
    ),
    Stage(
        "visit",
        "Visit during treatment",
        ("thalidomide is being taken",),
        (
            Way(
                tuple({"status": "active", "planned_start": day} for day in _AHEAD)
                + tuple({"status": "active", "planned_restart": day} for day in _AHEAD)
            ),
        ),
    ),
    Stage(
        "stop",
        "After the last dose",
        ("the course is stopped", "no restart is planned"),
        (
            Way(
                tuple(
                    {"status": "stopped", "stopped": day, "planned_start": plan}
                    for day in (None, *_BEHIND)
                    for plan in (None, -400)
                )
            ),
        ),
    ),
    Stage(
        "restart",
        "Before a restart",
        (
            "a new course is planned after an earlier one, or an interrupted course goes on",
            "the end of the earlier course, or the planned day of the restart, is on file",
        ),
        (
            Way(
                tuple(
                    {"status": "planned", "earlier_courses": [{"stop": end}], **_UNTOUCHED, "planned_start": day}
                    for end in _BEHIND
                    for day in _AHEAD
                ),
                "new course planned",
            ),
            Way(
                tuple(
                    {"status": "interrupted", "planned_restart": day, "planned_start": plan}
                    for day in _AHEAD
                    if day is not None
                    for plan in (None, -400)
                ),
                "course interrupted",
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Concern:
    """A rule that can concern a stage, with what is left of its condition: `TRUE` when nothing is left to ask.

    `way` names the one way of the stage that the rule can concern; it is empty when that is no question.
    """

    rule: LinkedRule
    rest: Node | Truth
    way: str = ""


class Outlook:
    """What a stage settles of a program's questions."""

    def __init__(self, linked: Linked, stage: Stage, day: date) -> None:
        """Answer the program's questions for every sketch of the stage."""
        self.linked = linked
        self.stage = stage
        self._ways = [_Settled([_answers(linked, sketch, day) for sketch in way.sketches]) for way in stage.ways]
        self._all = _Settled([answers for way in self._ways for answers in way.sets], self._ways)

    def concerns(self) -> list[Concern]:
        """Return the rules that can concern the stage, in the order of the program."""
        by_name = {rule.id: rule for rule in self.linked.rules}
        found = []
        for program in self.linked.program.rules:
            possible = [place for place, way in enumerate(self._ways) if way.truth(program.when) is not FALSE]
            if possible:
                one = len(possible) < len(self._ways)
                settled = self._ways[possible[0]] if one else self._all
                name = self.stage.ways[possible[0]].name if one else ""
                rest = settled.rest(program.when)
                left = rest if isinstance(rest, Truth) else _feasible(rest, settled)
                found.append(Concern(by_name[program.id], left, name))
        return found

    def rest(self, node: Node) -> Node | Truth:
        """Return what is left of a condition at this stage."""
        return self._all.rest(node)


class _Settled:
    """What several sets of answers agree on; `ways` are what parts of them agree on."""

    def __init__(self, sets: Sequence[Sequence[Answer]], ways: Sequence[_Settled] = ()) -> None:
        self.sets = sets
        self._ways = ways
        self._known: dict[Leaf, Truth] = {}

    def leaf(self, leaf: Leaf) -> Truth:
        """Return what is settled about a leaf: the verdict that all agree on, for certain answers only."""
        if leaf not in self._known:
            self._known[leaf] = self._agreed(leaf)
        return self._known[leaf]

    def _agreed(self, leaf: Leaf) -> Truth:
        found = [answers[leaf.feature.index] for answers in self.sets]
        if all(isinstance(given, Absent) and given.known_none for given in found):
            return TRUE if isinstance(leaf, Missing) else UNKNOWN
        if not all(isinstance(given, Known) for given in found):
            return UNKNOWN
        if isinstance(leaf, Missing):
            return FALSE
        if not isinstance(leaf.operand, frozenset) and any(given != found[0] for given in found):
            return UNKNOWN  # a number that differs between sketches may differ more between patients
        truths = {reference.compare(leaf, given) for given in found}
        return truths.pop() if len(truths) == 1 else UNKNOWN

    def never(self, leaf: Leaf) -> bool:
        """Whether a comparison can never be decided here, because its question surely has no answer."""
        found = (answers[leaf.feature.index] for answers in self.sets)
        return isinstance(leaf, Compare) and all(isinstance(given, Absent) and given.known_none for given in found)

    def truth(self, node: Node) -> Truth:
        """Return the verdict with everything open that the stage does not settle."""
        rest = self.rest(node)
        return rest if isinstance(rest, Truth) else UNKNOWN

    def rest(self, node: Node) -> Node | Truth:
        """Return what is left of a condition: what is settled falls away, and origins stay."""
        if isinstance(node, (Compare, Missing)):
            truth = self.leaf(node)
            return self._without_other_words(node) if truth is UNKNOWN else truth
        if isinstance(node, Not):
            part = self.rest(node.part)
            return part.negated() if isinstance(part, Truth) else replace(node, part=part)
        agreed = self._of_one_word(node)
        if agreed is not UNKNOWN:
            return agreed
        deciding, neutral = (FALSE, TRUE) if isinstance(node, All) else (TRUE, FALSE)
        parts = [self.rest(part) for part in node.parts]
        if any(part is deciding for part in parts):
            return deciding
        left = self._needed(tuple(part for part in parts if not isinstance(part, Truth)), deciding)
        if len(left) > 1:
            return replace(node, parts=left)
        return left[0] if left else neutral

    def _needed(self, parts: tuple[Node, ...], deciding: Truth) -> tuple[Node, ...]:
        """Return parts without those that change nothing: in each way they are settled, or another part decides."""
        kept = list(parts)
        for part in parts:
            others = [other for other in kept if other is not part]
            if self._ways and all(
                way.truth(part) is deciding.negated() or any(way.truth(other) is deciding for other in others)
                for way in self._ways
            ):
                kept = others
        return tuple(kept)

    def _without_other_words(self, leaf: Leaf) -> Leaf:
        """Return a leaf without the words that no set of answers has, where every set has one."""
        found = [answers[leaf.feature.index] for answers in self.sets]
        words = {str(given.low) for given in found if isinstance(given, Known)}
        if not isinstance(leaf, Compare) or not isinstance(leaf.operand, frozenset):
            return leaf
        if not all(isinstance(given, Known) for given in found):
            return leaf
        return replace(leaf, operand=leaf.operand & words)

    def _of_one_word(self, node: Node) -> Truth:
        """Return the verdict on a condition about one word that every set of answers has, where all agree."""
        asked = {leaf.feature for leaf in leaves(node)}
        feature = asked.pop() if len(asked) == 1 else None
        if feature is None or feature.type is not AnswerType.WORD:
            return UNKNOWN
        if not all(isinstance(answers[feature.index], Known) for answers in self.sets):
            return UNKNOWN
        truths = {reference.evaluate(node, answers) for answers in self.sets}
        return truths.pop() if len(truths) == 1 else UNKNOWN


def _feasible(node: Node, settled: _Settled) -> Node:
    """Return a condition without the alternatives that can never come true here."""
    if isinstance(node, All):
        return replace(node, parts=tuple(_feasible(part, settled) for part in node.parts))
    if isinstance(node, Any):
        parts = tuple(_feasible(part, settled) for part in node.parts if _can_hold(part, settled))
        return (replace(node, parts=parts) if len(parts) > 1 else parts[0]) if parts else node
    return node


def _can_hold(node: Node, settled: _Settled) -> bool:
    """Whether a condition may come true: not when it needs an answer that surely is not there."""
    if isinstance(node, All):
        return all(_can_hold(part, settled) for part in node.parts)
    if isinstance(node, Any):
        return any(_can_hold(part, settled) for part in node.parts)
    return isinstance(node, Not) or not settled.never(node)


def _answers(linked: Linked, sketch: Sketch, day: date) -> list[Answer]:
    """Return the answers for a patient of whom nothing is recorded but a course."""
    state = PatientFacts.model_validate({"as_of": day.isoformat(), "treatment": _dated(sketch, day)})
    return features.answer(linked.program.features, state, linked.lexicon)


def _dated(written: object, day: date) -> object:
    """Return a sketch with its days written out."""
    if isinstance(written, list):
        return [_dated(entry, day) for entry in written]
    if not isinstance(written, dict):
        return written
    return {
        name: (day + timedelta(days=value)).isoformat()
        if name in _DAYS and isinstance(value, int)
        else _dated(value, day)
        for name, value in written.items()
    }
