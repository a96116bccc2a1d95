"""The steroid dose of so many days: the most that the medicines come to in any stretch that touches today."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.loading.patients import DOSE_UNITS
from thalsafety.program import Absent, Evidence, Known, Unsure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.features.record import Dated, Record
    from thalsafety.model.patient import Medication
    from thalsafety.program import Answer


class _Span(NamedTuple):
    """Days on which a medicine is taken, both ends included; the phase is the first day of a cycle."""

    first: int
    last: int
    phase: int


def steroid_dose(record: Record, found: list[Dated], length: int) -> Answer:
    """Return the most that falls in any `length` days in a row, in mg of dexamethasone.

    Stretches that end today or later count, up to the one that begins `length` days from now: what was given in the
    last weeks, and what is being given or is planned. A partial date leaves a range.
    """
    first, last = record.day - length + 1, record.day + 2 * length - 1
    lows, highs = [Decimal(0)] * (2 * length), [Decimal(0)] * (2 * length)
    shown: list[str] = []
    for dated in found:
        entry: Medication = dated.entry
        possible = _within(_longest(entry), first, last)
        if possible is None:
            continue
        sure = _within(_shortest(entry, record.day), first, last)
        name = record.lexicon.within_a_sentence(entry.drug)
        if entry.dose is None:
            words = f"the dose of {name} is not recorded"
            return Absent(words) if sure is not None else Unsure(words)
        factor, ratio = DOSE_UNITS.get(entry.dose.unit), record.lexicon.terms[entry.drug].dexamethasone
        if factor is None:
            return Unsure(f"a dose in {entry.dose.unit} cannot be compared with mg/d")
        if ratio is None:
            return Unsure(f"how much dexamethasone {name} stands for is not known")
        amount = entry.dose.value * factor * ratio
        lows = [a + amount * b for a, b in zip(lows, _fewest(entry, sure, first, length), strict=True)]
        highs = [a + amount * b for a, b in zip(highs, _most(entry, possible, first, length), strict=True)]
        shown.append(_said(name, entry))
    low, high = max(lows), max(highs)
    return Known(low, high, Evidence("; ".join(shown) or "no such medicine in these days"))


def _said(name: str, entry: Medication) -> str:
    dose = f"{name} {entry.dose.value.normalize():f} {entry.dose.unit}" if entry.dose else name
    return dose if entry.on_days is None else f"{dose} on {len(entry.on_days)} of {entry.of_days} days"


def _longest(entry: Medication) -> tuple[int | None, int | None]:
    """Return the first and last day on which it may be taken; nothing for an open end."""
    return entry.start.first if entry.start else None, entry.stop.last if entry.stop else None


def _shortest(entry: Medication, today: int) -> tuple[int | None, int | None]:
    """Return the days on which it surely is taken: it begins no later than it ends, or today when no start is known."""
    start, stop = entry.start, entry.stop
    if start is None:
        return (today, None) if stop is None else (min(today, stop.first), stop.first)
    if stop is None:
        return start.last, None
    return min(start.last, stop.last), max(stop.first, start.first)


def _within(days: tuple[int | None, int | None], first: int, last: int) -> tuple[int, int] | None:
    """Return the part of a span that lies within another; nothing when there is none."""
    begin = first if days[0] is None else max(days[0], first)
    end = last if days[1] is None else min(days[1], last)
    return (begin, end) if begin <= end else None


def _phases(entry: Medication) -> range:
    """Return the days on which a cycle may begin: the start, or any day of a cycle when that is not one day."""
    start, cycle = entry.start, entry.of_days or 1
    return range(start.first, start.first + 1) if start is not None and start.certain else range(cycle)


def _fewest(entry: Medication, sure: tuple[int, int] | None, first: int, length: int) -> list[int]:
    """Return for each stretch on how many of its days the medicine is taken at least."""
    if sure is None:
        return [0] * (2 * length)
    return [min(c) for c in zip(*_counts(entry, sure, first, length), strict=True)]


def _most(entry: Medication, possible: tuple[int, int], first: int, length: int) -> list[int]:
    """Return for each stretch on how many of its days the medicine is taken at most."""
    return [max(c) for c in zip(*_counts(entry, possible, first, length), strict=True)]


def _counts(entry: Medication, days: tuple[int, int], first: int, length: int) -> Iterator[list[int]]:
    """Return for each possible phase the number of days in each stretch."""
    for phase in _phases(entry):
        span = _Span(days[0], days[1], phase)
        taken = [_taken(entry, span, day) for day in range(first, first + 3 * length - 1)]
        sums = [0, *accumulate(taken)]
        yield [sums[index + length] - sums[index] for index in range(2 * length)]


def _taken(entry: Medication, span: _Span, day: int) -> bool:
    """Whether the medicine is taken on a day."""
    if not span.first <= day <= span.last:
        return False
    if entry.on_days is None or entry.of_days is None:
        return True
    return (day - span.phase) % entry.of_days + 1 in entry.on_days
