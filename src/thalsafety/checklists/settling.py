"""Which unanswered questions can still change an unknown verdict."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING

from thalsafety.engines import reference
from thalsafety.program import Absent, Compare, Known, Missing, leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.program import Answer, Feature, Node

_LIMIT = 5000


def open_questions(when: Node, deciding: Sequence[Feature], answers: Sequence[Answer]) -> list[Feature]:
    """Return the questions whose answers can matter, given the undecided ones of an unknown verdict.

    When no question occurs twice, and none is held to be missing, every undecided one matters. Otherwise
    all completions of the open answers are tried; beyond 5,000 of them the undecided ones are returned
    unfiltered.
    """
    undecided = list(dict.fromkeys(deciding))
    asked = list(leaves(when))
    features = list(dict.fromkeys(leaf.feature for leaf in asked))
    held_missing = any(isinstance(leaf, Missing) and isinstance(answers[leaf.feature.index], Absent) for leaf in asked)
    if len(features) == len(asked) and not held_missing:
        return undecided
    candidates = [feature for feature in features if not _certain(answers[feature.index])]
    choices = [possible(when, feature, answers[feature.index]) for feature in candidates]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size > _LIMIT:
        return undecided
    verdicts = {}
    trial = list(answers)
    for picks in product(*(range(len(choice)) for choice in choices)):
        for feature, choice, pick in zip(candidates, choices, picks, strict=True):
            trial[feature.index] = choice[pick]
        verdicts[picks] = reference.evaluate(when, trial)
    return [
        feature
        for position, feature in enumerate(candidates)
        if any(verdicts[picks] is not verdicts[(*picks[:position], 0, *picks[position + 1 :])] for picks in verdicts)
    ]


def _certain(answer: Answer) -> bool:
    return isinstance(answer, Known) and answer.low == answer.high


def possible(when: Node, feature: Feature, given: Answer) -> list[Answer]:
    """Return one answer for each way in which a question could be answered, as far as the rule can tell."""
    asks_whether = any(isinstance(leaf, Missing) and leaf.feature == feature for leaf in leaves(when))
    nothing: list[Answer] = [Absent("nothing is on file")] if asks_whether and not isinstance(given, Known) else []
    return nothing + _values(when, feature, given)


def _values(when: Node, feature: Feature, given: Answer) -> list[Answer]:
    """Return one value for each stretch between the numbers, or each of the words, that the rule knows."""
    operands = [leaf.operand for leaf in leaves(when) if isinstance(leaf, Compare) and leaf.feature == feature]
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
