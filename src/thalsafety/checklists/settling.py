"""Which unanswered questions can still change an unknown verdict.

What is known is folded into the condition first. For each question in the rest a witness is looked for: answers
to the others under which this one changes the verdict. Where one is missing the rest is written as a decision
diagram over the open questions, one branch for each way in which a question could be answered as far as the
rule can tell; a question whose branches are all alike is left out. What stands in the finished diagram, and
only that, can change the verdict.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from thalsafety.engines import reference
from thalsafety.program import Absent, All, Any, Compare, Feature, Known, Missing, Not, Unsure, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from thalsafety.program import Answer, Leaf, Node

_BUDGET = 3000
Diagram: TypeAlias = "Truth | tuple[Feature, tuple[Diagram, ...]]"


_OPEN = Missing(Feature("open", "", index=-1))
"""What stays unknown although every answer is in: a comparison with an answer that is not on file."""


_UNSURE = Unsure("it cannot be settled by the open answers")


class _TooLargeError(Exception):
    """The diagram would take too long."""


def open_questions(when: Node, deciding: Sequence[Feature], answers: reference.Answers) -> list[Feature]:
    """Return the questions whose answers can matter, given the undecided ones of an unknown verdict.

    When no question occurs twice, and none is held to be missing, every undecided one matters. A condition
    whose diagram grows beyond three thousand steps is not filtered: all undecided ones are returned.
    """
    undecided = list(dict.fromkeys(deciding))
    asked = leaves(when)
    features = list(dict.fromkeys(leaf.feature for leaf in asked))
    held_missing = any(isinstance(leaf, Missing) and isinstance(answers[leaf.feature.index], Absent) for leaf in asked)
    if len(features) == len(asked) and not held_missing:
        return undecided
    unsettled = {feature: answers[feature.index] for feature in features if not _certain(answers[feature.index])}
    builder = _Builder(asked, unsettled)
    rest = _folded(when, answers, unsettled.keys())
    try:
        found = builder.witnessed(rest) or builder.depends_on(rest)
    except _TooLargeError:
        return undecided
    return [feature for feature in features if feature in found]


def _certain(answer: Answer) -> bool:
    return isinstance(answer, Known) and answer.low == answer.high


class _Builder:
    """The diagram of one condition."""

    def __init__(self, asked: Sequence[Leaf], unsettled: dict[Feature, Answer]) -> None:
        on: dict[Feature, list[Leaf]] = {feature: [] for feature in unsettled}
        for leaf in asked:
            if leaf.feature in on:
                on[leaf.feature].append(leaf)
        self._choices = {feature: possible(on[feature], given) for feature, given in unsettled.items()}
        self._made: dict[Node, Diagram] = {}
        self._steps = 0

    def witnessed(self, rest: Node | Truth) -> set[Feature]:
        """Return every question of the rest when each has a witness; nothing when one has none."""
        if isinstance(rest, Truth):
            return set()
        asked: dict[Feature, list[Leaf]] = {}
        for leaf in leaves(rest):
            if leaf is not _OPEN:
                asked.setdefault(leaf.feature, []).append(leaf)
        return set(asked) if all(self._has_witness(rest, *found) for found in asked.items()) else set()

    def _has_witness(self, rest: Node, feature: Feature, asked: Sequence[Leaf]) -> bool:
        """Whether some answers to the other questions, chosen by what stands beside this one, let it decide."""
        for leaf in asked:
            wishes: dict[tuple[Feature, int], int] = {}
            self._clear_the_way(rest, leaf, wishes)
            trial: dict[int, Answer] = {-1: _UNSURE}
            for other, choices in self._choices.items():
                votes = [wishes.get((other, place), 0) for place in range(len(choices))]
                trial[other.index] = choices[votes.index(max(votes))]
            verdicts = set()
            for choice in self._choices[feature]:
                trial[feature.index] = choice
                verdicts.add(reference.evaluate(rest, trial))
            if len(verdicts) > 1:
                return True
        return False

    def _clear_the_way(self, node: Node, goal: Leaf, wishes: dict[tuple[Feature, int], int]) -> bool:
        """Wish, on the way down to a leaf, that nothing beside it decides first; return whether it is below."""
        if node is goal:
            return True
        if isinstance(node, Not):
            return self._clear_the_way(node.part, goal, wishes)
        if not isinstance(node, (All, Any)):
            return False
        for part in node.parts:
            if self._clear_the_way(part, goal, wishes):
                neutral = TRUE if isinstance(node, All) else FALSE
                for other in node.parts:
                    if other is not part:
                        self._wish(other, neutral, wishes)
                return True
        return False

    def _wish(self, node: Node, truth: Truth, wishes: dict[tuple[Feature, int], int]) -> None:
        """Vote for the answers that would give a part a truth."""
        if node is _OPEN:
            return
        if isinstance(node, (Compare, Missing)):
            for place, choice in enumerate(self._choices[node.feature]):
                if reference.evaluate(node, {node.feature.index: choice}) is truth:
                    wishes[node.feature, place] = wishes.get((node.feature, place), 0) + 1
        elif isinstance(node, Not):
            self._wish(node.part, truth.negated(), wishes)
        else:
            every = truth is (TRUE if isinstance(node, All) else FALSE)
            for part in node.parts if every else node.parts[:1]:
                self._wish(part, truth, wishes)

    def depends_on(self, rest: Node | Truth) -> set[Feature]:
        """Return the questions that stand in the finished diagram."""
        found: set[Feature] = set()
        seen: set[int] = set()
        todo: list[Diagram] = [self._diagram(rest)]
        while todo:
            part = todo.pop()
            if isinstance(part, tuple) and id(part) not in seen:  # parts are shared: a walk over all ways has no end
                seen.add(id(part))
                found.add(part[0])
                todo += part[1]
        return found

    def _diagram(self, rest: Node | Truth) -> Diagram:
        """Return the diagram of what is left of a condition."""
        if isinstance(rest, Truth):
            return rest
        if rest in self._made:
            return self._made[rest]
        feature = next((leaf.feature for leaf in leaves(rest) if leaf is not _OPEN), None)
        if feature is None:
            return UNKNOWN
        branches: list[Diagram] = []
        for choice in self._choices[feature]:
            self._steps += 1
            if self._steps > _BUDGET:
                raise _TooLargeError
            branches.append(self._diagram(_folded(rest, {feature.index: choice}, (), feature)))
        alike = all(branch == branches[0] for branch in branches[1:])
        made = self._made[rest] = branches[0] if alike else (feature, tuple(branches))
        return made


def _folded(
    node: Node, answers: reference.Answers, unsettled: Collection[Feature], only: Feature | None = None
) -> Node | Truth:
    """Return what is left of a condition once some answers are put in.

    Leaves of questions in `unsettled` stay; so do all others than `only`, where one is named.
    """
    if node is _OPEN:
        return node
    if isinstance(node, (Compare, Missing)):
        if node.feature in unsettled if only is None else node.feature != only:
            return node
        truth = reference.evaluate(node, answers)
        return _OPEN if truth is UNKNOWN else truth
    if isinstance(node, Not):
        part = _folded(node.part, answers, unsettled, only)
        return part.negated() if isinstance(part, Truth) else Not(part)
    deciding, neutral = (FALSE, TRUE) if isinstance(node, All) else (TRUE, FALSE)
    parts: list[Node] = []
    for inner in node.parts:
        part = _folded(inner, answers, unsettled, only)
        if part is deciding:
            return deciding
        if not isinstance(part, Truth):
            parts.append(part)
    if len(parts) < 2:  # noqa: PLR2004  none or one: nothing to join
        return parts[0] if parts else neutral
    return All(tuple(parts)) if isinstance(node, All) else Any(tuple(parts))


def possible(asked: Sequence[Leaf], given: Answer) -> list[Answer]:
    """Return one answer for each way in which a question could be answered, as far as a rule's clauses on it tell."""
    asks_whether = any(isinstance(leaf, Missing) for leaf in asked)
    nothing: list[Answer] = [Absent("nothing is on file")] if asks_whether and not isinstance(given, Known) else []
    return nothing + _values(asked, given)


def _values(asked: Sequence[Leaf], given: Answer) -> list[Answer]:
    """Return one value for each stretch between the numbers, or each of the words, that the rule knows."""
    operands = [leaf.operand for leaf in asked if isinstance(leaf, Compare)]
    words = sorted({word for operand in operands if isinstance(operand, frozenset) for word in operand})
    if words:
        if set(words) <= {"yes", "no"}:
            words = ["no", "yes"]
        else:
            words.append("\0another word")
        return [Known(word, word) for word in words]
    numbers = sorted({operand for operand in operands if isinstance(operand, Decimal)})
    if not numbers:
        return [Known("\0", "\0")]
    points = [numbers[0] - 1]
    for low, high in pairwise(numbers):
        points += [low, (low + high) / 2]
    points += [numbers[-1], numbers[-1] + 1]
    if isinstance(given, Known) and isinstance(given.low, Decimal) and isinstance(given.high, Decimal):
        low, high = given.low, given.high
        points = sorted({low, high, *(point for point in points if low <= point <= high)})
    return [Known(point, point) for point in points]
