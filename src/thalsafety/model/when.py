"""Dates as written: a year, a month, a day or a minute, each the interval of days in which it lies."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import core_schema

_WHEN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2}):(?P<minute>\d{2})(?::[0-5]\d)?(?P<offset>Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?",
    re.ASCII,
)
_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class When:
    """A date as written: a year, a month, a day, or a minute with its offset.

    `first` and `last` are the days (proleptic ordinals) between which it lies, both included;
    `minute` counts from local midnight and `offset` in minutes east of UTC, where they were written.
    """

    text: str
    first: int
    last: int
    minute: int | None = None
    offset: int | None = None

    @classmethod
    def parse(cls, text: object) -> When:
        """Read `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm+hh:mm`; `ValueError` otherwise."""
        if isinstance(text, When):
            return text
        if isinstance(text, date):
            text = text.isoformat()
        match = _WHEN.fullmatch(str(text))
        if match is None:
            message = f"`{text}` is not a date; write 2026-03-09, 2026-03, 2026 or 2026-03-09T14:30+01:00"
            raise ValueError(message)
        year, month, day, hour, minute = (
            int(part) if part else None for part in match.group("year", "month", "day", "hour", "minute")
        )
        try:
            return cls._build(str(text), year or 0, month, day, hour, minute, match["offset"])
        except ValueError as error:
            message = f"`{text}` is not a day of the calendar"
            raise ValueError(message) from error

    @classmethod
    def _build(  # noqa: PLR0913, PLR0917  the parts of one date
        cls,
        text: str,
        year: int,
        month: int | None,
        day: int | None,
        hour: int | None,
        minute: int | None,
        offset: str | None,
    ) -> When:
        """Return the interval that the parts stand for."""
        first = date(year, 1 if month is None else month, 1 if day is None else day)
        last_month = 12 if month is None else month
        last = date(year, last_month, monthrange(year, last_month)[1] if day is None else day)
        of_day = None
        if hour is not None and minute is not None:
            if hour > 23 or minute > 59:  # noqa: PLR2004  the clock's own limits
                raise ValueError
            of_day = hour * 60 + minute
        return cls(text, first.toordinal(), last.toordinal(), of_day, _offset(offset))

    @property
    def certain(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    def day(self) -> date:
        """Return the first day it can be."""
        return date.fromordinal(self.first)

    def minutes(self, *, utc: bool) -> tuple[int, int]:
        """Return the first and last minute it can be, local or (where an offset is known) UTC."""
        shift = self.offset if utc and self.offset is not None else 0
        if self.minute is None:
            return self.first * _MINUTES - shift, self.last * _MINUTES + _MINUTES - 1 - shift
        return self.first * _MINUTES + self.minute - shift, self.last * _MINUTES + self.minute - shift

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        _source: Any,
        _handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """Let pydantic read it from text and write it back as text."""
        from pydantic_core import core_schema  # noqa: PLC0415  a check does without pydantic

        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda when: when.text, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe it as text of four shapes."""
        return {
            "type": ["string", "integer"],
            "description": "A date (2026-03-09), a month, a year, or a date-time with offset.",
            "pattern": r"^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?)?)?$",
        }


def _offset(text: str | None) -> int | None:
    """Return minutes east of UTC."""
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def days_between(start: When, end: When) -> tuple[int, int]:
    """Return the fewest and the most days from `start` to `end` (negative when it is earlier)."""
    return end.first - start.last, end.last - start.first


def minutes_between(start: When, end: When) -> tuple[int, int]:
    """Return the fewest and the most minutes from `start` to `end`.

    Offsets count only when both dates carry one; otherwise both are read on the same local clock.
    """
    utc = start.offset is not None and end.offset is not None
    start_low, start_high = start.minutes(utc=utc)
    end_low, end_high = end.minutes(utc=utc)
    return end_low - start_high, end_high - start_low


def months_between(start: When, end: When) -> tuple[int, int]:
    """Return the fewest and the most completed calendar months from `start` to `end`."""
    return _months(start.last, end.first), _months(start.first, end.last)


def _months(start: int, end: int) -> int:
    """Return completed months between two ordinals; the day before the monthly day does not count."""
    a, b = date.fromordinal(start), date.fromordinal(end)
    months = (b.year - a.year) * 12 + b.month - a.month
    return months - 1 if b.day < min(a.day, monthrange(b.year, b.month)[1]) else months


def add_months(start: int, months: int) -> int:
    """Return the ordinal of the same day some months on; the last day where the month is shorter."""
    day = date.fromordinal(start)
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])).toordinal()
