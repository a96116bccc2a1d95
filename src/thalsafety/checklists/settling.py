"""Which unanswered questions can still change an unknown verdict."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from thalsafety.engines import reference
from thalsafety.program import Compare, Known, leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.program import Answer, Feature, Node

_LIMIT = 5000


def open_questions(when: Node, deciding: Sequence[Feature], answers: Sequence[Answer]) -> list[Feature]:
    """Return the questions whose answers can matter, given the undecided ones of an unknown verdict.

    When no question occurs twice in the rule every undecided one matters. Otherwise all completions
    are tried; beyond 5,000 of them the undecided ones are returned unfiltered.
    """
    candidates = list(dict.fromkeys(deciding))
    asked = [leaf.feature for leaf in leaves(when)]
    if len(set(asked)) == len(asked):
        return candidates
    choices = [possible(when, feature, answers[feature.index]) for feature in candidates]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size > _LIMIT:
        return candidates
    verdicts = {}
    trial = list(answers)
    for picks in product(*(range(len(choice)) for choice in choices)):
        for feature, choice, pick in zip(candidates, choices, picks, strict=True):
            trial[feature.index] = choice[pick]
        verdicts[picks] = reference.evaluate(when, trial)
    return [
        feature
        for position, feature in enumerate(candidates)
        if any(
            verdicts[picks] is not verdicts[(*picks[:position], 0, *picks[position + 1 :])] for picks in verdicts
        )
    ]


def possible(when: Node, feature: Feature, given: Answer) -> list[Answer]:
    """Return one answer for each way in which a question could be answered, as far as the rule can tell."""
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
    for low, high in zip(numbers, numbers[1:], strict=False):
        points += [low, (low + high) / 2]
    points += [numbers[-1], numbers[-1] + 1]
    if isinstance(given, Known) and isinstance(given.low, Decimal) and isinstance(given.high, Decimal):
        low, high = given.low, given.high
        points = sorted({low, high, *(point for point in points if low <= point <= high)})
    return [Known(point, point) for point in points]
