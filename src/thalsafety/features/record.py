"""A patient state, indexed for questions: entries by code, and the dates that the record names."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from thalsafety.model.when import When
from thalsafety.program import Absent, Unsure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.model.patient import Dispensing, DoseSegment, Interruption, PatientFacts, Prescription, Treatment

E = TypeVar("E", "Prescription", "Dispensing")

_LISTS = {
    "observations": ("observations", "code", "date"),
    "events": ("adverse_events", "term", "onset"),
    "conditions": ("conditions", "code", "onset"),
    "procedures": ("procedures", "code", "date"),
    "documents": ("documents", "code", "date"),
    "drugs": ("medications", "drug", "start"),
}
_RECORDED = ("observations", "events", "conditions", "documents")
"""Kinds whose entries have happened; procedures and drugs may be planned."""
_PLANS = frozenset({"planned_start", "planned_restart", "prescription", "supply_end"})
"""Milestones that may lie ahead."""
NAMES = {
    "observations": "observations",
    "events": "adverse events",
    "conditions": "conditions",
    "procedures": "procedures",
    "documents": "documents",
    "drugs": "medications",
    "contraceptives": "contraceptive methods",
}


class Dated(NamedTuple):
    """An entry with its date, which may not be recorded."""

    entry: Any
    date: When | None


def on(ordinal: int, text: str) -> When:
    """Return a certain day, with the words it came from."""
    return When(text, ordinal, ordinal)


class Record:
    """One patient state, ready to be asked."""

    def __init__(self, state: PatientFacts, lexicon: Lexicon) -> None:
        """Index the entries by their codes."""
        self.state = state
        self.lexicon = lexicon
        self.today = state.as_of
        self.day = state.as_of.first
        self._by_code: dict[str, dict[str, list[Dated]] | None] = {}
        self._past: dict[tuple[str, tuple[str, ...]], list[Dated] | None] = {}
        self._milestones: dict[str, When | Absent | Unsure] = {}

    # ------------------------------------------------------------ entries

    def entries(self, kind: str, codes: Iterable[str]) -> list[Dated] | None:
        """Return the entries of some codes, or nothing when the list was not recorded."""
        if kind not in self._by_code:
            self._by_code[kind] = self._index(kind)
        table = self._by_code[kind]
        if table is None:
            return None
        return [dated for code in codes if code in table for dated in table[code]]

    def _index(self, kind: str) -> dict[str, list[Dated]] | None:
        name, code, date = _LISTS[kind]
        listed = getattr(self.state, name)
        if listed is None:
            return None
        table: dict[str, list[Dated]] = {}
        for entry in listed:
            when = getattr(entry, date)
            if kind in _RECORDED and when is not None:
                when = self._by_now(when)
            table.setdefault(getattr(entry, code), []).append(Dated(entry, when))
        return table

    def _by_now(self, when: When) -> When:
        """Return a partial date without the days that still lie ahead: what is recorded has happened."""
        return (
            when
            if when.last <= self.day
            else When(when.text, min(when.first, self.day), self.day, when.minute, when.offset)
        )

    def past(self, kind: str, codes: Iterable[str]) -> list[Dated] | None:
        """Return the entries that are not plans: those not surely after `as_of`."""
        key = (kind, tuple(codes))
        if key not in self._past:
            found = self.entries(kind, codes)
            self._past[key] = (
                None if found is None else [d for d in found if d.date is None or d.date.first <= self.day]
            )
        return self._past[key]

    def period(self, start: When | None, stop: When | None) -> bool | None:
        """Whether a period with an open end covers `as_of`; nothing when a partial date leaves it open."""
        begun = True if start is None else self._reached(start)
        if begun is False:
            return False
        ended = False if stop is None else (True if stop.last < self.day else None if stop.first < self.day else False)
        if ended is True:
            return False
        return None if begun is None or ended is None else True

    def _reached(self, date: When) -> bool | None:
        """Whether a day is today or before; nothing when it cannot be told."""
        if date.last <= self.day:
            return True
        return None if date.first <= self.day else False

    # ------------------------------------------------------------ treatment

    @property
    def treatment(self) -> Treatment | None:
        """The course of thalidomide."""
        return self.state.treatment

    @property
    def segments(self) -> list[DoseSegment]:
        """Dose segments that have begun, in order."""
        course = self.state.treatment
        doses = course.doses if course and course.doses else ()
        return sorted((d for d in doses if d.start.first <= self.day), key=lambda d: d.start.first)

    @property
    def interruptions(self) -> list[Interruption]:
        """Interruptions that have begun, in order."""
        course = self.state.treatment
        pauses = course.interruptions if course and course.interruptions else ()
        return sorted((p for p in pauses if p.start.first <= self.day), key=lambda p: p.start.first)

    @property
    def present_pause(self) -> Interruption | None:
        """Return the interruption that goes on, where the course is interrupted and it is recorded."""
        course = self.state.treatment
        if course is None or course.status != "interrupted":
            return None
        return next((p for p in reversed(self.interruptions) if p.stop is None or p.stop.last >= self.day), None)

    def dose_on(self, ordinal: int) -> DoseSegment | None:
        """Return the segment that covers a day."""
        for segment in reversed(self.segments):
            if segment.start.first <= ordinal and (segment.stop is None or ordinal <= segment.stop.last):
                return segment
        return None

    def prescription(self, back: int = 0) -> Prescription | Absent | Unsure:
        """Return the latest prescription (which may be a plan), or one before it."""
        return _newest(self.state.prescriptions, "prescription", back)

    def dispensing(self, back: int = 0) -> Dispensing | Absent | Unsure:
        """Return the latest dispensing, or one before it."""
        return _newest(self.state.dispensings, "dispensing", back)

    # ------------------------------------------------------------ milestones

    def milestone(self, name: str) -> When | Absent | Unsure:
        """Return the date of a milestone, or why there is none."""
        if name not in self._milestones:
            found = _MILESTONES[name](self)
            if isinstance(found, When) and name not in _PLANS:
                found = self._by_now(found) if found.first <= self.day else found
            self._milestones[name] = found
        return self._milestones[name]


def _newest(listed: Sequence[E] | None, what: str, back: int) -> E | Absent | Unsure:
    """Return the latest entry, or one before it; unsure when partial dates leave the order open."""
    if listed is None:
        return Absent(f"{what}s are not recorded")
    ordered = sorted(listed, key=lambda entry: (entry.date.last, entry.date.first, entry.date.minutes(utc=True)))
    if len(ordered) <= back:
        return Absent(f"no {'earlier ' if back else ''}{what} is on file", known_none=True)
    place = len(ordered) - 1 - back
    for before, after in pairwise(ordered[max(place - 1, 0) :]):
        if not _in_order(before.date, after.date):
            return Unsure(f"which {what} is the latest depends on an unknown day or time")
    return ordered[place]


def _in_order(before: When, after: When) -> bool:
    """Whether one date surely comes before another."""
    if before.offset is not None and after.offset is not None:
        return before.minutes(utc=True)[1] < after.minutes(utc=True)[0]
    if before.last == after.first and before.minute is not None and after.minute is not None:
        return before.minute < after.minute
    return before.last < after.first


def _course_date(field: str, words: str) -> Callable[[Record], When | Absent | Unsure]:
    def find(record: Record) -> When | Absent | Unsure:
        course = record.treatment
        if course is None:
            return Absent("the course of treatment is not recorded")
        return getattr(course, field) or Absent(f"{words} is not recorded", known_none=True)

    return find


def _reproduction_date(field: str, words: str) -> Callable[[Record], When | Absent | Unsure]:
    def find(record: Record) -> When | Absent | Unsure:
        facts = record.state.reproduction
        if facts is None:
            return Absent("reproductive facts are not recorded")
        return getattr(facts, field) or Absent(f"{words} is not recorded", known_none=True)

    return find


def _treatment_start(record: Record) -> When | Absent | Unsure:
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    if course.doses is None:
        return Absent("doses are not recorded")
    segments = record.segments
    return segments[0].start if segments else Absent("no dose has been taken in this course", known_none=True)


def _last_dose(record: Record) -> When | Absent | Unsure:
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    if course.status is None:
        return Absent("the status of treatment is not recorded")
    if course.status == "active":
        return record.today
    if course.status == "stopped":
        return course.stopped or Absent("the day of the last dose is not recorded")
    if course.status == "interrupted":
        pause = record.present_pause
        if pause is None:
            return Absent("the start of the interruption is not recorded")
        start = pause.start
        return When(start.text, start.first - 1, start.last - 1)
    return _earlier_course_end(record)


def _earlier_course_end(record: Record) -> When | Absent | Unsure:
    course = record.treatment
    if course is None or course.earlier_courses is None:
        return Absent("earlier courses are not recorded")
    if not course.earlier_courses:
        return Absent("there was no earlier course", known_none=True)
    ends = [earlier.stop for earlier in course.earlier_courses]
    if None in ends:
        return Unsure("an earlier course is recorded without its end")
    return max((end for end in ends if end is not None), key=lambda end: end.last)


def _interruption_start(record: Record) -> When | Absent | Unsure:
    course = record.treatment
    if course is None or course.interruptions is None:
        return Absent("interruptions are not recorded")
    pauses = record.interruptions
    return pauses[-1].start if pauses else Absent("there was no interruption", known_none=True)


def _restart(record: Record) -> When | Absent | Unsure:
    """Return the first dose after the latest pause, or of this course when an earlier one went before."""
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    present = record.present_pause
    ended = [pause.stop for pause in record.interruptions if pause.stop is not None and pause is not present]
    found = [When(stop.text, stop.first + 1, stop.last + 1) for stop in ended if stop.last < record.day]
    if course.earlier_courses:
        start = record.milestone("treatment_start")
        if isinstance(start, When):
            found.append(start)
    if found:
        return max(found, key=lambda when: when.last)
    if any(stop.first < record.day for stop in ended):
        return Unsure("whether treatment has begun again depends on an unknown day")
    if course.interruptions is None or course.earlier_courses is None:
        missing = "interruptions" if course.interruptions is None else "earlier courses"
        return Absent(f"{missing} are not recorded")
    return Absent("there was no restart", known_none=True)


def _dose_change(record: Record) -> When | Absent | Unsure:
    if record.treatment is None or record.treatment.doses is None:
        return Absent("doses are not recorded")
    segments = record.segments
    for before, after in reversed(list(pairwise(segments))):
        if before.mg_per_day != after.mg_per_day:
            return after.start
    return Absent("the dose was never changed", known_none=True)


def _prescribed(field: str, back: int, words: str) -> Callable[[Record], When | Absent | Unsure]:
    def find(record: Record) -> When | Absent | Unsure:
        found = record.prescription(back)
        if isinstance(found, (Absent, Unsure)):
            return found
        return getattr(found, field) or Absent(words, known_none=True)

    return find


def _dispensed(field: str, words: str) -> Callable[[Record], When | Absent | Unsure]:
    def find(record: Record) -> When | Absent | Unsure:
        found = record.dispensing()
        if isinstance(found, (Absent, Unsure)):
            return found
        return getattr(found, field) or Absent(words, known_none=True)

    return find


def _supply_end(record: Record) -> When | Absent | Unsure:
    found = record.dispensing()
    if isinstance(found, (Absent, Unsure)):
        return found
    if found.days_supply is None:
        return Absent("the days' supply of the latest dispensing is not recorded")
    return When(found.date.text, found.date.first + found.days_supply, found.date.last + found.days_supply)


_MILESTONES: dict[str, Callable[[Record], When | Absent | Unsure]] = {
    "treatment_start": _treatment_start,
    "planned_start": _course_date("planned_start", "a planned start"),
    "planned_restart": _course_date("planned_restart", "a planned restart"),
    "last_dose": _last_dose,
    "treatment_stop": _course_date("stopped", "the day of the last dose"),
    "interruption_start": _interruption_start,
    "restart": _restart,
    "dose_change": _dose_change,
    "prescription": _prescribed("date", 0, "no prescription is on file"),
    "authorisation": _prescribed("authorised", 0, "the date of the authorisation is not recorded"),
    "previous_prescription": _prescribed("date", 1, "no earlier prescription is on file"),
    "dispensing": _dispensed("date", "no dispensing is on file"),
    "confirmation": _dispensed("confirmed", "the time of the confirmation number is not recorded"),
    "supply_end": _supply_end,
    "last_period": _reproduction_date("last_period", "the last menstrual period"),
    "last_natural_menses": _reproduction_date("last_natural_menses", "the last natural menses"),
    "earlier_course_end": _earlier_course_end,
}
