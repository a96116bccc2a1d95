"""What a score adds up to for a patient: a range when something is not known, with every point explained."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.engines import reference
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thalsafety.linked import LinkedPoints, LinkedScore
    from thalsafety.program import Answer
    from thalsafety.truth import Truth


class Scored(NamedTuple):
    """One line of a score: whether its points count, do not, or may."""

    item: LinkedPoints
    truth: Truth


class Total(NamedTuple):
    """The lowest and highest total that is still possible."""

    low: Decimal
    high: Decimal


class Tally(NamedTuple):
    """A score of a patient.

    `decides` leaves out what rests on recorded race; `with_race` is nothing where no item does. `bands` are those in
    which the deciding total may lie.
    """

    score: LinkedScore
    decides: Total
    with_race: Total | None
    bands: tuple[str, ...]
    lines: tuple[Scored, ...]


def tally(score: LinkedScore, answers: Sequence[Answer]) -> Tally:
    """Return what a score adds up to."""
    scored = [[Scored(item, reference.evaluate(item.when, answers)) for item in group] for group in score.groups]
    lines = tuple(_standing(group) for group in scored)
    decides = _added(_amounts(one for one in group if not one.item.recorded_race) for group in scored)
    race = any(item.recorded_race for group in score.groups for item in group)
    return Tally(
        score,
        decides,
        _added(map(_amounts, scored)) if race else None,
        _bands(score, decides),
        tuple(line for group in lines for line in group),
    )


def _standing(group: Sequence[Scored]) -> list[Scored]:
    """Return a group with its alternatives after one that holds as not holding: only the first counts."""
    found: list[Scored] = []
    for one in group:
        settled = any(earlier.truth is TRUE for earlier in found)
        found.append(one._replace(truth=FALSE) if settled else one)
    return found


def _amounts(group: Iterable[Scored]) -> list[Decimal]:
    """Return what a group may give."""
    found: list[Decimal] = []
    for one in group:
        if one.truth is not FALSE:
            found.append(one.item.points.operand)
        if one.truth is TRUE:
            return found
    return [*found, Decimal(0)]


def _added(groups: Iterable[Sequence[Decimal]]) -> Total:
    amounts = list(groups)
    return Total(sum(map(min, amounts), Decimal(0)), sum(map(max, amounts), Decimal(0)))


def _bands(score: LinkedScore, total: Total) -> tuple[str, ...]:
    """Return the bands that a range of totals touches."""
    found = []
    for place, (name, limit) in enumerate(score.bands):
        following = score.bands[place + 1][1] if place + 1 < len(score.bands) else None
        starts = limit is None or total.high >= limit.operand
        ends = following is None or total.low < following.operand
        if starts and ends:
            found.append(name)
    return tuple(found)
