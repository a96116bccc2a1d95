"""What partial dates and open orders leave in doubt stays in doubt; what the whole interval decides is decided."""

from __future__ import annotations

from typing import Any

import pytest

from test_features import accepted, ask, obs, told_all
from thalsafety.model.when import When

PAUSED = {"status": "interrupted", "earlier_courses": []}
ACTIVE = {"status": "active", "interruptions": [], "earlier_courses": []}


def _course(**facts: object) -> dict[str, Any]:
    return {"treatment": facts}


def _doses(*starts: str, **facts: object) -> dict[str, Any]:
    return _course(doses=[{"start": start, "mg_per_day": 100} for start in starts], **facts)


def _done(*dates: str) -> dict[str, Any]:
    return {"procedures": [{"code": "transfusion_platelets", "date": date} for date in dates]}


CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "paused_for reason_rash which=current",
        _course(**PAUSED, interruptions=[{"start": "2026-01-10", "stop": "2026-01-20", "reason": "reason_sedation"}]),
        "UNSURE",
    ),
    (
        "days_since last_dose",
        _course(**PAUSED, interruptions=[{"start": "2025-12-01", "stop": "2025-12-10"}]),
        "ABSENT",
    ),
    ("months_since planned_start", _course(planned_start="2026-05-01"), "-2"),
    ("days_since planned_start", _course(planned_start="2026-03"), "-22..8"),
    ("days_since transfusion_platelets", _done("2026-03"), "UNSURE"),
    ("days_overdue transfusion_platelets every=28d", _done("2026-03"), "UNSURE"),
    ("count transfusion_platelets", _done("2026-03"), "0..1"),
    ("days_since transfusion_platelets", _done("2026-03", "2026-01-10"), "0..58"),
    ("days_until transfusion_platelets", _done("2026-04-01", "2026-03"), "0..23"),
    (
        "days_from pregnancy_test to=treatment_start",
        {**obs("pregnancy_test negative - 2026-01"), **_doses("2026-01-05")},
        "UNSURE",
    ),
    (
        "days_from pregnancy_test to=treatment_start",
        {**obs("pregnancy_test negative - 2026-01", "pregnancy_test negative - 2025-12-01"), **_doses("2026-01-05")},
        "0..35",
    ),
    (
        "days_overdue pregnancy_test every=28d counted_from=treatment_start",
        {**obs("pregnancy_test negative - 2026-01-20"), **_doses("2026-01")},
        "9..20",
    ),
    (
        "fall_from_baseline snap_sural",
        obs("snap_sural 10 uV 2025-12-01 b", "snap_sural 8 uV 2025-12-01 b", "snap_sural 4 uV 2026-03-01"),
        "50..60",
    ),
    (
        "fall_from_baseline snap_sural",
        {**obs("snap_sural 8 uV 2026-01-10", "snap_sural 4 uV 2026-03-01"), **_doses("2026-01")},
        "UNSURE",
    ),
    ("paused_for reason_rash", _course(status="active", earlier_courses=[]), "ABSENT"),
    ("paused_for reason_rash", _course(status="active", interruptions=[]), "ABSENT"),
    ("recorded restart", _course(status="active", interruptions=[]), "ABSENT"),
    ("recorded restart", _course(**ACTIVE), "no"),
    ("recorded earlier_course_end", _course(earlier_courses=[{"start": "2024-01-01"}]), "UNSURE"),
    (
        "dose current",
        _course(status="active", doses=[{"start": "2026-01-05", "stop": "2026-03", "mg_per_day": 100}]),
        "UNSURE",
    ),
    (
        "supply dispensed_days",
        {"dispensings": [{"date": "2026-03-01", "days_supply": 28}, {"date": "2026-03-01", "days_supply": 14}]},
        "UNSURE",
    ),
    (
        "supply dispensed_days",
        {
            "dispensings": [
                {"date": "2026-03-01T10:00+02:00", "days_supply": 28},
                {"date": "2026-03-01T09:00+00:00", "days_supply": 14},
            ]
        },
        "14",
    ),
    (
        "supply dispensed_days",
        {"dispensings": [{"date": "2026-03-05", "days_supply": 28}, {"date": "2026-03", "days_supply": 14}]},
        "UNSURE",
    ),
    ("latest anc", obs("anc 1 10*9/L 2026-03-09T00:30+14:00", "anc 2 10*9/L 2026-03-08T20:00+00:00"), "2"),
    ("days_overdue pregnancy_test every=48h", obs("pregnancy_test negative - 2026-03-01"), "6"),
    ("recurred_after_restart neuropathy", {"adverse_events": []}, "no"),
    (
        "days_using intrauterine_device to=treatment_start",
        {
            "reproduction": {"contraception": [{"method": "copper_iud", "start": "2025-12-08", "stop": "2026-02-01"}]},
            **_doses("2026-01-05"),
        },
        "28",
    ),
    ("age patient", {"patient": {"age": "17.5"}}, "17"),
]


@pytest.mark.parametrize(("question", "facts", "expected"), CASES, ids=[f"{c[0]} {i}" for i, c in enumerate(CASES)])
def test_doubt(question: str, facts: dict[str, Any], expected: str) -> None:
    """Each answer says no more than the record does."""
    assert set(told_all([ask(question)], facts)) <= accepted(expected)


@pytest.mark.parametrize(
    "text", ["2026-00", "2026-03-00", "2026-13", "2026-02-30", "2026-03-10\n", "2026-03-10T25:00Z"]
)
def test_no_day_of_the_calendar(text: str) -> None:
    """A month or a day that does not exist is refused, and never read as another one."""
    with pytest.raises(ValueError, match=r"is not a date|is not a day"):
        When.parse(text)
