"""When the total of a score reaches a number, written out in `all` and `any`.

A score adds up what each of its groups gives. Which totals are enough is a matter of which groups give how much at
least: one group gives so much, and the rest reaches what is left. What is unknown stays unknown: the result is true
when the lowest possible total is enough, and false when the highest is not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.program import All, Any, Node, Not, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    found = _Ways([_levels(group, origin) for group in groups], origin).of(0, least)
    return found if not isinstance(found, bool) else All((), origin) if found else Any((), origin)


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


class _Ways:
    """When the groups from one on reach a number: what one of them gives, and the rest reaches what is left.

    What is left is the same after many beginnings, so each such question is answered once, and engines that share equal
    parts decide it once.
    """

    def __init__(self, levels: Sequence[Sequence[_Level]], origin: Origin) -> None:
        self.levels, self.origin = levels, origin
        self.known: dict[tuple[int, Decimal], Node | bool] = {}
        self.lowest = [Decimal(sum(group[0].points for group in levels[at:])) for at in range(len(levels) + 1)]
        self.highest = [Decimal(sum(group[-1].points for group in levels[at:])) for at in range(len(levels) + 1)]

    def of(self, at: int, least: Decimal) -> Node | bool:
        """Return when the groups from `at` on reach a number; or that they always or never do."""
        if least <= self.lowest[at]:
            return True
        if least > self.highest[at]:
            return False
        if (at, least) not in self.known:
            self.known[at, least] = self._of(at, least)
        return self.known[at, least]

    def _of(self, at: int, least: Decimal) -> Node:
        parts: list[Node] = []
        last: Node | bool = False
        for level in self.levels[at]:
            rest = self.of(at + 1, least - level.points)
            if rest is False or rest == last:  # not enough yet, or no more than a lower level does
                continue
            last = rest
            if level.when is None:
                assert not isinstance(rest, bool)  # noqa: S101  the lowest of each group would be enough
                parts += rest.parts if isinstance(rest, Any) and rest.origin is self.origin else (rest,)
            elif isinstance(rest, bool):
                parts.append(level.when)
                break
            else:
                parts.append(All((level.when, rest), self.origin))
        return parts[0] if len(parts) == 1 else Any(tuple(parts), self.origin)
