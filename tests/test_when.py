"""Dates as written: what they stand for, and the arithmetic of days, minutes and months."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalsafety.model.when import When, add_months, days_between, minutes_between, months_between

DAYS = st.dates(date(1890, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(-1500, 1500)
OFFSETS = st.integers(-14 * 60 - 59, 14 * 60 + 59)
PARTIAL = st.sampled_from(("%Y", "%Y-%m", "%Y-%m-%d"))


def _day(text: str) -> int:
    """Return the ordinal of a day."""
    return date.fromisoformat(text).toordinal()


def _offset(minutes: int) -> str:
    """Return an offset as it is written."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("1900-02", "1900-02-01", "1900-02-28"),
        ("2026-04", "2026-04-01", "2026-04-30"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-03-09", "2026-03-09", "2026-03-09"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
    ],
)
def test_a_date_stands_for_its_days(text: str, first: str, last: str) -> None:
    """A year, a month and a day stand for every day in them and for no other."""
    when = When.parse(text)
    assert (when.first, when.last) == (_day(first), _day(last))
    assert when.text == text
    assert when.certain == (first == last)
    assert when.day() == date.fromisoformat(first)
    assert (when.minute, when.offset) == (None, None)


@pytest.mark.parametrize(
    ("text", "minute", "offset"),
    [
        ("2026-03-09T00:00", 0, None),
        ("2026-03-09T14:30", 870, None),
        ("2026-03-09T23:59:59", 1439, None),
        ("2026-03-09T14:30Z", 870, 0),
        ("2026-03-09T14:30+00:00", 870, 0),
        ("2026-03-09T14:30:00+01:00", 870, 60),
        ("2026-03-09T14:30-05:30", 870, -330),
        ("2026-03-09T14:30+14:00", 870, 840),
        ("2026-03-09T14:30-00:01", 870, -1),
    ],
)
def test_a_time_keeps_its_minute_and_offset(text: str, minute: int, offset: int | None) -> None:
    """A time is kept as minutes after local midnight, and its offset as minutes east."""
    when = When.parse(text)
    assert (when.minute, when.offset) == (minute, offset)
    assert (when.first, when.last) == (_day("2026-03-09"), _day("2026-03-09"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "20260309",
        "2026-3-9",
        "2026-03-9",
        "2026/03/09",
        "09.03.2026",
        "2026-13",
        "2026-02-29",
        "2026-02-30",
        "1900-02-29",
        "2026-04-31",
        "0000",
        "10000",
        "-2026",
        " 2026",
        "2026-03-09 ",
        "2026-03-09\n",
        "2026-03-09T24:00",
        "2026-03-09T12:60",
        "2026-03-09T12:30:60",
        "2026-03-09T12",
        "2026-03-09 12:30",
        "2026-03T12:30",
        "2026-03-09T12:30+15:00",
        "2026-03-09T12:30+01:60",
        "2026-03-09T12:30+0100",
        "2026-03-09+01:00",
        "٢٠٢٦",
        "None",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """Anything but the four shapes, and any day that no calendar has, is refused with the text in the message."""
    with pytest.raises(ValueError, match="is not a d") as caught:
        When.parse(text)
    assert f"`{text}`" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (2026, "2026"),
        (date(2026, 3, 9), "2026-03-09"),
        (datetime(2026, 3, 9, 14, 30, tzinfo=timezone(timedelta(hours=1))), "2026-03-09T14:30:00+01:00"),
        (When.parse("2026-03"), "2026-03"),
    ],
)
def test_dates_that_yaml_has_read_are_taken(given: object, text: str) -> None:
    """A number, a date, a date-time or a date already read stands for its text."""
    assert When.parse(given) == When.parse(text)


@given(DAYS, PARTIAL, DAYS, PARTIAL)
def test_days_between_bounds_every_pair_of_days(one: date, one_form: str, other: date, other_form: str) -> None:
    """The fewest and the most days are those of the pairs furthest apart, and every pair lies between."""
    start, end = When.parse(one.strftime(one_form)), When.parse(other.strftime(other_form))
    low, high = days_between(start, end)
    assert low <= (other - one).days <= high
    assert low == end.first - start.last
    assert high - low == (start.last - start.first) + (end.last - end.first)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-09T10:00", "2026-03-09T10:00", (0, 0)),
        ("2026-03-09T10:00", "2026-03-09T11:30", (90, 90)),
        ("2026-03-08T23:59", "2026-03-09T00:01", (2, 2)),
        ("2026-03-09T11:30", "2026-03-09T10:00", (-90, -90)),
        ("2026-03-09T10:00+01:00", "2026-03-09T10:00+00:00", (60, 60)),
        ("2026-03-09T10:00-05:00", "2026-03-09T10:00+05:30", (-630, -630)),
        ("2026-03-09T23:30-01:00", "2026-03-10T00:30+00:00", (0, 0)),
        ("2026-03-09T10:00+01:00", "2026-03-09T10:00", (0, 0)),
        ("2026-03-09T10:00", "2026-03-09T10:00Z", (0, 0)),
        ("2026-03-09", "2026-03-09", (-1439, 1439)),
        ("2026-03-09", "2026-03-10", (1, 2879)),
        ("2026-03-09T10:00", "2026-03-09", (-600, 839)),
        ("2026-03-09", "2026-03-09T10:00+02:00", (-839, 600)),
        ("2026-02", "2026-03-01T00:00", (1, 28 * 1440)),
        ("2026-03-09T00:00", "2026", (-67 * 1440, 298 * 1440 - 1)),
    ],
)
def test_minutes_between(start: str, end: str, minutes: tuple[int, int]) -> None:
    """Offsets count when both ends have one; an end without a time may be any minute of its days."""
    assert minutes_between(When.parse(start), When.parse(end)) == minutes


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)), OFFSETS, OFFSETS)  # noqa: DTZ001  the offset is added
def test_one_instant_on_two_clocks(moment: datetime, one: int, other: int) -> None:
    """No minute lies between two ways of writing the same instant."""
    texts = [
        f"{(moment + timedelta(minutes=shift)).isoformat(timespec='minutes')}{_offset(shift)}" for shift in (one, other)
    ]
    assert minutes_between(*map(When.parse, texts)) == (0, 0)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-03-09", "2026-03-09", (0, 0)),
        ("2026-02-09", "2026-03-09", (1, 1)),
        ("2026-02-10", "2026-03-09", (0, 0)),
        ("2025-03-09", "2026-03-09", (12, 12)),
        ("2025-03-10", "2026-03-09", (11, 11)),
        ("2026-01-31", "2026-02-27", (0, 0)),
        ("2026-01-31", "2026-02-28", (1, 1)),
        ("2026-01-31", "2026-03-01", (1, 1)),
        ("2026-01-31", "2026-03-30", (1, 1)),
        ("2026-01-31", "2026-03-31", (2, 2)),
        ("2024-01-31", "2024-02-28", (0, 0)),
        ("2024-01-31", "2024-02-29", (1, 1)),
        ("2024-02-29", "2025-02-27", (11, 11)),
        ("2024-02-29", "2025-02-28", (12, 12)),
        ("2024-02-29", "2028-02-28", (47, 47)),
        ("2024-02-29", "2028-02-29", (48, 48)),
        ("2026-02-28", "2026-03-28", (1, 1)),
        ("2026-02-28", "2026-03-27", (0, 0)),
        ("2026-03-10", "2026-03-09", (-1, -1)),
        ("2026-04-09", "2026-03-09", (-1, -1)),
        ("2026-01", "2026-03-09", (1, 2)),
        ("2025", "2026-03-09", (2, 14)),
        ("2026-03-09", "2026-05", (1, 2)),
    ],
)
def test_months_between(start: str, end: str, months: tuple[int, int]) -> None:
    """A month is complete on the same day of the next, or on the last day of a shorter one."""
    assert months_between(When.parse(start), When.parse(end)) == months


@given(DAYS, PARTIAL, DAYS, PARTIAL)
def test_months_between_bounds_every_pair_of_days(one: date, one_form: str, other: date, other_form: str) -> None:
    """The completed months of any pair of days lie between the fewest and the most."""
    low, high = months_between(When.parse(one.strftime(one_form)), When.parse(other.strftime(other_form)))
    exact, same = months_between(When.parse(one), When.parse(other))
    assert exact == same
    assert low <= exact <= high


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-15", 0, "2026-01-15"),
        ("2026-01-15", 1, "2026-02-15"),
        ("2026-01-28", 1, "2026-02-28"),
        ("2026-01-29", 1, "2026-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2096-02-29", 48, "2100-02-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-12-31", 1, "2026-01-31"),
        ("2025-12-31", 12, "2026-12-31"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-01-15", -13, "2024-12-15"),
    ],
)
def test_add_months(start: str, months: int, end: str) -> None:
    """The same day some months on, or the last day where the month is shorter."""
    assert date.fromordinal(add_months(_day(start), months)).isoformat() == end


@given(DAYS, MONTHS)
def test_add_months_lands_in_its_month(day: date, months: int) -> None:
    """The month is exact, and the day is kept unless its month does not have it."""
    found = date.fromordinal(add_months(day.toordinal(), months))
    assert (found.year - day.year) * 12 + found.month - day.month == months
    last = monthrange(found.year, found.month)[1]
    assert last == (
        29
        if found.month == 2 and isleap(found.year)
        else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[found.month - 1]
    )
    assert found.day == min(day.day, last)


@given(DAYS, DAYS)
def test_completed_months_agree_with_added_months(one: date, other: date) -> None:
    """So many months are complete as can be added without passing the end."""
    months, _ = months_between(When.parse(one), When.parse(other))
    start, end = one.toordinal(), other.toordinal()
    assert add_months(start, months) <= end < add_months(start, months + 1)


@given(DAYS, DAYS, MONTHS)
def test_added_months_keep_the_order_of_days(one: date, other: date, months: int) -> None:
    """A later day does not become the earlier one, so that the ends of a partial date bound its days."""
    early, late = sorted((one.toordinal(), other.toordinal()))
    assert add_months(early, months) <= add_months(late, months)
