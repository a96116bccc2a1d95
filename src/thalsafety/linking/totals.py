"""When the total of a score reaches a number, written out in `all` and `any`.

A score adds up what each of its groups gives. Which totals are enough is a matter of which groups give how much at
least; the smallest such combinations, joined by `any`, say "the total is enough". What is unknown stays unknown: the
result is true when the lowest possible total is enough, and false when the highest is not.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.program import All, Any, Node, Not, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Points(NamedTuple):
    """Points, and when they are given."""

    points: Decimal
    when: Node


class _Level(NamedTuple):
    """What a group gives at least, and when; nothing stands for always."""

    points: Decimal
    when: Node | None


def reaches(groups: Sequence[Sequence[Points]], least: Decimal, origin: Origin) -> Node:
    """Return when a total is at least a number; of each group only the first that holds counts."""
    levels = [_levels(group, origin) for group in groups]
    found = tuple(
        parts[0] if len(parts) == 1 else All(parts, origin) for parts in (tuple(c) for c in _enough(levels, least))
    )
    return found[0] if len(found) == 1 else Any(found, origin)


def _levels(group: Sequence[Points], origin: Origin) -> list[_Level]:
    """Return what a group can give, from the least up; the least is given always."""
    amounts = sorted({Decimal(0), *(points.points for points in group)})
    return [_Level(amounts[0], None), *(_Level(amount, _at_least(group, amount, origin)) for amount in amounts[1:])]


def _at_least(group: Sequence[Points], amount: Decimal, origin: Origin) -> Node:
    """Return when a group gives at least so much."""
    ways: list[Node] = []
    too_little: list[Node] = []
    for one in group:
        if one.points >= amount:
            parts = (one.when, *(Not(before, origin) for before in too_little))
            ways.append(one.when if len(parts) == 1 else All(parts, origin))
        else:
            too_little.append(one.when)
    if amount <= 0:
        parts = tuple(Not(before, origin) for before in too_little)
        ways.append(parts[0] if len(parts) == 1 else All(parts, origin))
    return ways[0] if len(ways) == 1 else Any(tuple(ways), origin)


def _enough(levels: Sequence[Sequence[_Level]], least: Decimal) -> Iterator[list[Node]]:
    """Return the smallest combinations of levels that are enough; none of their parts can be done without."""
    highest = [group[-1].points for group in levels]

    def chosen(index: int, total: Decimal, taken: list[tuple[_Level, Decimal]]) -> Iterator[list[Node]]:
        if total + sum(highest[index:]) < least:
            return
        if index == len(levels):
            spare = total - least
            if all(level.points - below > spare for level, below in taken):
                yield [level.when for level, _ in taken if level.when is not None]
            return
        group = levels[index]
        yield from chosen(index + 1, total + group[0].points, taken)
        for below, level in pairwise(group):
            yield from chosen(index + 1, total + level.points, [*taken, (level, below.points)])

    return chosen(0, Decimal(0), [])
