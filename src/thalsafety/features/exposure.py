"""How much thalidomide was taken in this course, and how evenly: from dose segments and interruptions.

Each day counts with the dose of its segment, and with none where the course was interrupted. Where a day is not known,
what it changes is a range.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from thalsafety.program import Absent, Evidence, Known, Unsure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.features.record import Record
    from thalsafety.model.patient import DoseSegment, Interruption, Treatment
    from thalsafety.model.when import When
    from thalsafety.program import Answer, Feature

_MG = Decimal(1000)
_LONGEST = 366 * 60
"""Days beyond which a course is no course: its dates are taken for a slip."""


def exposure(record: Record, feature: Feature) -> Answer:
    """Return a measure of the exposure in this course."""
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    if feature.subject == "interruptions":
        if course.interruptions is None:
            return Absent("interruptions are not recorded")
        return _range(sum(p.start.last <= record.day for p in course.interruptions), len(record.interruptions))
    if course.doses is None:
        return Absent("doses are not recorded")
    if feature.subject in {"rises", "reductions"}:
        sign = 1 if feature.subject == "rises" else -1
        steps = [sign * (after.mg_per_day - before.mg_per_day) for before, after in pairwise(record.segments)]
        count = sum(step > 0 for step in steps)
        return _range(count, count)
    if not record.segments:
        return Known(Decimal(0), Decimal(0), Evidence("no dose has been taken in this course"))
    return _over_time(record, feature, course)


def _over_time(record: Record, feature: Feature, course: Treatment) -> Answer:
    """Return a measure that needs the days of the course."""
    end = record.milestone("last_dose")
    if isinstance(end, (Absent, Unsure)):
        return end
    if course.interruptions is None:
        return Unsure("interruptions are not recorded")
    start = record.segments[0].start
    if end.last - start.first > _LONGEST:
        return Unsure("the doses go back further than a life of treatment")
    if feature.subject == "completed_cycles":
        return _cycles(feature, start, end)
    since = _since(record, feature)
    if isinstance(since, Unsure):
        return since
    low, high = _taken(record, end, since)
    if feature.subject == "cumulative_dose":
        return Known(low / _MG, high / _MG, Evidence("", "", f"from {since.text if since else start.text}"))
    fewest, most = max(end.first - start.last, 0) + 1, max(end.last - start.first, 0) + 1
    return Known(low / most, high / fewest, Evidence("", "", f"from {start.text}"))


def _range(low: int, high: int) -> Known:
    return Known(Decimal(low), Decimal(high))


def _cycles(feature: Feature, start: When, end: When) -> Answer:
    """Return how many cycles have run their whole length."""
    _name, length, _unit = cast("tuple[str, Decimal, str]", feature.chosen["every"])
    fewest, most = max(end.first - start.last, 0) + 1, max(end.last - start.first, 0) + 1
    return _range(int(fewest // length), int(most // length))


def _since(record: Record, feature: Feature) -> When | Unsure | None:
    """Return the latest entry from which the dose is counted; nothing when none is on file, or none was asked for."""
    code = feature.chosen.get("after_latest")
    if code is None:
        return None
    codes = record.lexicon.covers(str(code))
    found = record.past(record.lexicon.terms[str(code)].kind, codes)
    if found is None:
        return Unsure(f"whether {record.lexicon.within_a_sentence(str(code))} was done is not recorded")
    dates = [one.date for one in found]
    if any(date is None for date in dates):
        return Unsure(f"a date of {record.lexicon.within_a_sentence(str(code))} is not recorded")
    return max((date for date in dates if date is not None), key=lambda date: (date.first, date.last), default=None)


def _taken(record: Record, end: When, since: When | None) -> tuple[Decimal, Decimal]:
    """Return the least and the most that can have been taken up to the last dose, after `since` if that is given."""
    segments = record.segments
    low = high = Decimal(0)
    for day in range(segments[0].start.first, min(end.last, record.day) + 1):
        if since is not None and day <= since.first:
            continue
        sure = day <= end.first and (since is None or day > since.last)
        least, most = _dose(segments, day)
        paused = [_paused(pause, day) for pause in record.interruptions]
        if True in paused:
            continue
        high += most
        if sure and None not in paused:
            low += least
    return low, high


def _dose(segments: Sequence[DoseSegment], day: int) -> tuple[Decimal, Decimal]:
    """Return the least and the most of a day's dose: of the segment that began last, or of those that may have."""
    possible: list[Decimal] = []
    for segment in segments:
        replaced = any(segment.start.last < other.start.first and other.start.last <= day for other in segments)
        if day < segment.start.first or replaced:
            continue
        ended = segment.stop is not None and day > segment.stop.last
        may_have_ended = segment.stop is not None and day > segment.stop.first
        possible += [Decimal(0) if ended else segment.mg_per_day]
        if may_have_ended and not ended:
            possible.append(Decimal(0))
    if not any(segment.start.last <= day for segment in segments):
        possible.append(Decimal(0))
    return min(possible), max(possible)


def _paused(pause: Interruption, day: int) -> bool | None:
    """Whether a day lies in an interruption; nothing when that depends on an unknown day."""
    begun = day >= pause.start.last
    may_have_begun = day >= pause.start.first
    over = pause.stop is not None and day > pause.stop.last
    may_be_over = pause.stop is not None and day > pause.stop.first
    if not may_have_begun or over:
        return False
    return True if begun and not may_be_over else None
