"""Random patients around the packaged schedules: what is recorded, when it was last done, and how exactly."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import Phase

if TYPE_CHECKING:
    import random

NOT_SHRUNK = (Phase.explicit, Phase.generate)
"""For tests of patients made from a seed: it says which patient it was, and a smaller one is no simpler."""
LONG = os.environ.get("THALSAFETY_TESTS") == "long"
BENIGN: dict[str, dict[str, Any]] = {
    "hiv_viral_load": {"code": "hiv_viral_load", "value": 20, "unit": "{copies}/mL"},
    "anc": {"code": "anc", "value": "3", "unit": "10*9/L"},
    "platelets": {"code": "platelets", "value": "220", "unit": "10*9/L"},
    "white_cells": {"code": "white_cells", "value": "6", "unit": "10*9/L"},
    "haemoglobin": {"code": "haemoglobin", "value": "12.5", "unit": "g/dL"},
    "heart_rate": {"code": "heart_rate", "value": "70", "unit": "/min"},
    "aminotransferases": {"code": "alt", "value": "20", "unit": "U/L"},
    "renal_function": {"code": "creatinine", "value": "70", "unit": "umol/L"},
    "neurological_examination": {"code": "neurological_examination", "value": "normal"},
    "nerve_electrophysiology": {"code": "nerve_conduction_study", "value": "normal"},
    "pregnancy_test": {"code": "pregnancy_test", "value": "negative"},
    "disease_status": {"code": "disease_status", "value": "remission"},
}
"""A result of each observed task that changes no phase."""
_LOW = {
    "anc": {"code": "anc", "value": "600", "unit": "/uL"},
    "platelets": {"code": "platelets", "value": "30", "unit": "10*9/L"},
    "neurological_examination": {"code": "neurological_examination", "value": "abnormal"},
}
_DOCUMENTS = ("adverse_event_review", "neuropathy_symptom_review", "clot_symptom_review", "patient_survey")


def written(rng: random.Random, day: date) -> str:
    """Return a date as someone writes it: mostly the day, sometimes only its month or year."""
    kind = rng.random()
    if kind < 0.88:
        return day.isoformat()
    return day.isoformat()[:7] if kind < 0.98 else day.isoformat()[:4]


def patient(rng: random.Random) -> dict[str, Any]:
    """Return what is recorded of a random patient."""
    today = date(2024, 1, 1) + timedelta(days=rng.randint(0, 2200))
    start = today - timedelta(days=rng.choice((0, 3, 10, 20, 27, 28, 29, 34, 36, 60, 89, 120, 200, 400)))
    recorded: dict[str, Any] = {
        "as_of": f"{today}T09:30+01:00" if rng.random() < 0.1 else today.isoformat(),
        "patient": _person(rng, today),
        "reproduction": _reproduction(rng),
        "treatment": _treatment(rng, today, start),
        "observations": _observations(rng, today, start),
        "documents": _documents(rng, today, start),
        "adverse_events": _events(rng, today),
        "conditions": rng.choice(([], [], None, [{"code": "hiv_infection"}])),
        "procedures": rng.choice(
            ([], [], None, [{"code": "hysterectomy", "date": written(rng, today - timedelta(900))}])
        ),
        "medications": _medications(rng, today),
    }
    return {key: value for key, value in recorded.items() if value is not None}


def _person(rng: random.Random, today: date) -> dict[str, Any] | None:
    if rng.random() < 0.05:
        return None
    years = rng.choice((11, 17, 30, 45, 60))
    born = date(today.year - years, rng.randint(1, 12), rng.randint(1, 28))
    sex = rng.choice(("female", "female", "male", None))
    return {"birth_date": written(rng, born)} | ({"sex_at_birth": sex} if sex else {})


def _reproduction(rng: random.Random) -> dict[str, Any] | None:
    if rng.random() < 0.15:
        return None
    status = rng.choice(("menstruating", "perimenopausal", "natural_menopause", "not_started", None))
    cycles = rng.choice((None, {"regularity": "regular", "confirmed": True}, {"regularity": "irregular"}))
    found = {"menstrual_status": status, "cycles": cycles}
    return {key: value for key, value in found.items() if value is not None}


def _treatment(rng: random.Random, today: date, start: date) -> dict[str, Any] | None:
    if rng.random() < 0.05:
        return None
    status = rng.choice(("active", "active", "active", "interrupted", "stopped", "stopped", "planned", None))
    course: dict[str, Any] = {"interruptions": [], "earlier_courses": []}
    if status:
        course["status"] = status
    if status == "planned":
        return course | {"planned_start": (today + timedelta(days=9)).isoformat(), "doses": []}
    begun = written(rng, start)
    if rng.random() < 0.95:
        course["doses"] = [{"start": begun, "mg_per_day": 100}]
    if status == "interrupted":
        since = start + (today - start) / 2
        pause: dict[str, Any] = {"start": written(rng, since)}
        if rng.random() < 0.5:
            pause["reason"] = rng.choice(("reason_neutropenia", "reason_neuropathy"))
        course["interruptions"] = [pause]
        if rng.random() < 0.5:
            course["planned_restart"] = (today + timedelta(days=rng.choice((3, 10, 30)))).isoformat()
    if status == "stopped":
        stopped = start + (today - start) * rng.random()
        if rng.random() < 0.95:
            course["stopped"] = written(rng, stopped)
    return course


def _observations(rng: random.Random, today: date, start: date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for task, entry in BENIGN.items():
        for _ in range(rng.choice((0, 1, 1, 2))):
            shown = _LOW[task] if task in _LOW and rng.random() < 0.2 else entry
            found.append({**shown, "date": _day(rng, today, start)})
    if found and rng.random() < 0.2:
        found[0] = found[0] | {"baseline": True}
    return found


def _documents(rng: random.Random, today: date, start: date) -> list[dict[str, Any]] | None:
    if rng.random() < 0.1:
        return None
    return [{"code": code, "date": _day(rng, today, start)} for code in _DOCUMENTS if rng.random() < 0.7]


def _day(rng: random.Random, today: date, start: date) -> str:
    """Return a day not after today, mostly of the course and mostly of late."""
    back = rng.choice((0, 1, 2, 5, 6, 7, 8, 12, 14, 20, 27, 28, 29, 31, 60, 100, 190))
    return written(rng, max(today - timedelta(days=back), start - timedelta(days=7)))


def _events(rng: random.Random, today: date) -> list[dict[str, Any]] | None:
    kind = rng.random()
    if kind < 0.15:
        return None
    if kind < 0.7:
        return []
    term = rng.choice(("peripheral_sensory_neuropathy", "missed_period"))
    event = {"term": term, "onset": written(rng, today - timedelta(days=rng.choice((0, 10, 40))))}
    return [event | ({"grade": 1} if term.startswith("peripheral") else {})]


def _medications(rng: random.Random, today: date) -> list[dict[str, Any]] | None:
    kind = rng.random()
    if kind < 0.1:
        return None
    if kind < 0.6:
        return []
    drug = rng.choice(("bortezomib", "cyclophosphamide", "dexamethasone"))
    use: dict[str, Any] = {"drug": drug, "start": written(rng, today + timedelta(days=rng.choice((-100, -30, 20))))}
    if rng.random() < 0.5:
        use["stop"] = (today + timedelta(days=rng.choice((25, 60, 300)))).isoformat()
    return [use]
