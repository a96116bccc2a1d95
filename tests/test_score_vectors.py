"""The published scores, patient by patient: every item, every edge of a band, and ranges where inputs are unknown."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from building import DAY, facts, packaged_rules
from thalsafety import features
from thalsafety.checklists.scoring import Total, tally
from thalsafety.linking.linker import link

if TYPE_CHECKING:
    from thalsafety.checklists.scoring import Tally
    from thalsafety.linked import Linked

State = dict[str, Any]

NOTHING: State = {
    "patient": {"age": 60, "traits": []},
    "treatment": {"status": "planned", "indication": "myeloma_relapsed_refractory"},
    "observations": [
        {"code": "body_mass_index", "value": 22, "unit": "kg/m2", "date": str(DAY)},
        {"code": "metaphase_cytogenetics", "value": "normal", "date": str(DAY)},
    ],
    "adverse_events": [],
    "conditions": [],
    "procedures": [],
    "medications": [],
}
"""A patient in whom no item holds but the drug itself."""
LISTS = ("adverse_events", "conditions", "procedures", "medications")


@cache
def linked(profile: str) -> Linked:
    """Return the packaged rules."""
    return link(packaged_rules(), profile, DAY)


def day(ago: int) -> str:
    """Return the day so many days before the check."""
    return str(date.fromisoformat(str(DAY)) - timedelta(days=ago))


def told(score: str, state: State, profile: str = "us+thrombosis") -> Tally:
    """Return what a score adds up to."""
    rules = linked(profile)
    answers = features.answer(rules.program.features, facts(as_of=DAY, **state), rules.lexicon)
    return tally(rules.scores[score], answers)


def added(*parts: State) -> State:
    """Return the patient without any item, with some."""
    state = {**NOTHING}
    for part in parts:
        for key, value in part.items():
            if key in LISTS:
                state[key] = [*state[key], *value]
            elif key == "observations":
                codes = {entry["code"] for entry in value}
                state[key] = [*value, *(entry for entry in state[key] if entry["code"] not in codes)]
            else:
                state[key] = {**state[key], **value}
    return state


def taking(drug: str, mg: float | None = None, **more: object) -> State:
    """Return a medicine that is being taken."""
    dose = {} if mg is None else {"dose": {"value": mg, "unit": "mg/d"}}
    return {"medications": [{"drug": drug, **dose, "start": day(60), **more}]}


def having(code: str) -> State:
    """Return a condition."""
    return {"conditions": [{"code": code}]}


def body_mass(value: float) -> State:
    """Return a body mass index."""
    return {"observations": [{"code": "body_mass_index", "value": value, "unit": "kg/m2", "date": str(DAY)}]}


def operated(ago: int, code: str = "major_surgery") -> State:
    """Return an operation."""
    return {"procedures": [{"code": code, "date": day(ago)}]}


def dexamethasone(mg: float) -> State:
    """Return so much dexamethasone, given yesterday."""
    return taking("dexamethasone", mg, start=day(1), stop=day(1))


def aged(years: int) -> State:
    """Return an age."""
    return {"patient": {"age": years}}


CLOT, HIP = having("history_of_pe"), having("pathological_fracture_lower_body")
STANDARD, HIGH, LOW = dexamethasone(160), dexamethasone(161), dexamethasone(40)
ASIAN, BLACK = ({"patient": {"traits": [trait]}} for trait in ("recorded_race_asian", "recorded_race_black"))
NEW = {"treatment": {"indication": "myeloma_newly_diagnosed"}}
US_LABEL = taking("dexamethasone", 40, start=str(DAY), on_days=[1, 2, 3, 4, 9, 10, 11, 12, 17, 18, 19, 20], of_days=28)
WEEKLY = taking("dexamethasone", 40, start=str(DAY), on_days=[1, 8, 15, 22], of_days=28)
ABNORMAL = {"observations": [{"code": "metaphase_cytogenetics", "value": "abnormal", "date": str(DAY)}]}

PUBLISHED = [
    ("saved", [CLOT, STANDARD, aged(72)], 4, 4, "high"),
    ("saved", [STANDARD, aged(72)], 1, 1, "low"),
    ("saved", [HIGH, aged(82), operated(30), ASIAN], 5, 2, "high"),
    ("saved", [US_LABEL], 2, 2, "high"),
    ("impede_vte", [body_mass(31), LOW], 7, 7, "intermediate"),
    ("impede_vte", [body_mass(31), HIGH, taking("aspirin", 100)], 6, 6, "intermediate"),
    ("impede_vte", [CLOT, HIGH, taking("warfarin")], 9, 9, "high"),
    ("impede_vte", [ASIAN, LOW], 6, 3, "intermediate"),
    ("impede_vte", [body_mass(24), US_LABEL], 8, 8, "high"),
    ("prism", [operated(30)], 7, 7, "high"),
    ("imwg_own_factors", [NEW, having("diabetes_mellitus")], 2, None, "two or more"),
    ("imwg_own_factors", [NEW], 1, None, "none or one"),
    ("imwg_therapy_factors", [taking("doxorubicin")], 1, None, "very high risk"),
]
"""The vectors of the catalog: total that decides, total with recorded race, band of the former."""


@pytest.mark.parametrize("profile", ["us+thrombosis", "eu+thrombosis", "uk+thrombosis", "br+thrombosis"])
@pytest.mark.parametrize(("score", "parts", "total", "with_race", "band"), PUBLISHED)
def test_published_totals(  # noqa: PLR0913, PLR0917  a table
    score: str, parts: list[State], total: int, with_race: int | None, band: str, profile: str
) -> None:
    """Each vector of the catalog gives its total; what rests on race is in the second total only."""
    found = told(score, added(*parts), profile)
    assert found.decides == Total(Decimal(total), Decimal(total))
    assert found.bands == (band,)
    assert found.with_race == (None if with_race is None else Total(Decimal(with_race), Decimal(with_race)))


SINGLE = [
    ("saved", [], 0),
    ("saved", [operated(90)], 2),
    ("saved", [operated(91)], 0),
    ("saved", [operated(90, "minor_surgery")], 2),
    ("saved", [operated(10, "dental_extraction")], 0),
    ("saved", [CLOT], 3),
    ("saved", [{"adverse_events": [{"term": "pulmonary_embolism", "onset": day(900), "resolved": day(800)}]}], 3),
    ("saved", [having("history_of_stroke")], 0),
    ("saved", [aged(79)], 0),
    ("saved", [aged(80)], 1),
    ("saved", [dexamethasone(119)], 0),
    ("saved", [dexamethasone(120)], 1),
    ("saved", [dexamethasone(160)], 1),
    ("saved", [dexamethasone(161)], 2),
    ("saved", [WEEKLY], 1),
    ("saved", [taking("prednisone", 50)], 0),
    ("saved", [ASIAN], 0),
    ("saved", [operated(1), CLOT, aged(80), HIGH], 8),
    ("impede_vte", [], 4),
    ("impede_vte", [body_mass(24.9)], 4),
    ("impede_vte", [body_mass(25)], 5),
    ("impede_vte", [having("obesity")], 5),
    ("impede_vte", [HIP], 8),
    ("impede_vte", [taking("darbepoetin")], 5),
    ("impede_vte", [dexamethasone(1)], 6),
    ("impede_vte", [dexamethasone(160)], 6),
    ("impede_vte", [dexamethasone(161)], 8),
    ("impede_vte", [taking("doxorubicin")], 7),
    ("impede_vte", [CLOT], 9),
    ("impede_vte", [having("central_venous_access_device")], 6),
    ("impede_vte", [having("tunnelled_central_venous_catheter")], 6),
    ("impede_vte", [taking("warfarin")], 0),
    ("impede_vte", [taking("enoxaparin", 40)], 1),
    ("impede_vte", [taking("enoxaparin", 41)], 0),
    ("impede_vte", [taking("dalteparin", 5)], 1),
    ("impede_vte", [taking("aspirin", 100)], 1),
    ("impede_vte", [taking("aspirin", 100), taking("warfarin")], 0),
    ("impede_vte", [taking("apixaban")], 4),
    ("impede_vte", [taking("bortezomib")], 4),
    (
        "impede_vte",
        [body_mass(25), HIP, taking("epoetin"), HIGH, taking("doxorubicin"), CLOT, having("central_venous_line")],
        24,
    ),
    ("prism", [], 2),
    ("prism", [CLOT], 10),
    ("prism", [ABNORMAL], 4),
    ("prism", [operated(90)], 7),
    ("prism", [operated(91)], 2),
    ("prism", [BLACK], 2),
    ("prism", [CLOT, operated(90), ABNORMAL], 17),
    ("imwg_own_factors", [], 0),
    *(
        ("imwg_own_factors", [part], 1)
        for part in (
            aged(75),
            CLOT,
            having("pacemaker"),
            having("central_venous_access_device"),
            having("antiphospholipid_syndrome"),
            body_mass(30),
            having("obesity"),
            having("ischaemic_heart_disease"),
            having("diabetes_mellitus"),
            having("renal_impairment_mild"),
            having("crohn_disease"),
            having("acute_infection"),
            having("immobilisation"),
            operated(40),
            taking("epoetin"),
            taking("hormone_replacement_therapy"),
            taking("tamoxifen"),
            taking("diethylstilbestrol"),
            NEW,
            {"patient": {"traits": ["newly_diagnosed"]}},
            having("hyperviscosity"),
        )
    ),
    *(
        ("imwg_own_factors", [part], 0)
        for part in (aged(74), body_mass(29.9), operated(41), taking("bortezomib"), having("hypertension"))
    ),
    ("imwg_therapy_factors", [], 0),
    ("imwg_therapy_factors", [US_LABEL], 1),
    ("imwg_therapy_factors", [dexamethasone(479)], 0),
    ("imwg_therapy_factors", [dexamethasone(480)], 1),
    ("imwg_therapy_factors", [taking("prednisone", 800, start=day(4), stop=day(1))], 1),
    ("imwg_therapy_factors", [taking("melphalan")], 0),
    ("imwg_therapy_factors", [taking("melphalan"), taking("vincristine")], 1),
    ("imwg_therapy_factors", [taking("melphalan"), taking("cyclophosphamide")], 0),
    ("imwg_therapy_factors", [taking("doxorubicin"), US_LABEL], 2),
    ("imwg_therapy_factors", [taking("bortezomib")], 0),
]


@pytest.mark.parametrize(("score", "parts", "total"), SINGLE)
def test_each_item_and_its_edge(score: str, parts: list[State], total: int) -> None:
    """Each item gives its points from its number on, and no others."""
    assert told(score, added(*parts)).decides == Total(Decimal(total), Decimal(total))


BANDS = [
    ("saved", [aged(80)], "low"),
    ("saved", [operated(1)], "high"),
    ("impede_vte", [taking("aspirin", 100), having("central_venous_line")], "low"),
    ("impede_vte", [], "intermediate"),
    ("impede_vte", [taking("doxorubicin")], "intermediate"),
    ("impede_vte", [HIP], "high"),
    ("prism", [], "intermediate"),
    ("prism", [ABNORMAL], "intermediate"),
    ("prism", [operated(1)], "high"),
]


@pytest.mark.parametrize(("score", "parts", "band"), BANDS)
def test_each_band_and_its_edge(score: str, parts: list[State], band: str) -> None:
    """A total on the edge of a band lies in it, and one less in the band below."""
    assert told(score, added(*parts)).bands == (band,)


def test_a_prism_of_nought_is_low() -> None:
    """The lowest band needs a patient without the drug."""
    assert told("prism", added({"treatment": {"status": "stopped"}})).bands == ("low",)


UNKNOWN = [
    ("saved", ["procedures"], [], (0, 2), ("low", "high")),
    ("saved", ["conditions"], [], (0, 3), ("low", "high")),
    ("saved", ["conditions", "adverse_events"], [HIGH], (2, 5), ("high",)),
    ("saved", ["medications"], [], (0, 2), ("low", "high")),
    ("saved", ["medications"], [operated(1)], (2, 4), ("high",)),
    ("saved", [], [taking("dexamethasone")], (0, 2), ("low", "high")),
    ("saved", [], [taking("dexamethasone", 40, start="2026-03", stop="2026-03-08")], (0, 2), ("low", "high")),
    ("impede_vte", ["observations"], [], (4, 5), ("intermediate",)),
    ("impede_vte", ["conditions"], [], (4, 16), ("intermediate", "high")),
    ("impede_vte", ["medications"], [], (0, 12), ("low", "intermediate", "high")),
    ("impede_vte", [], [taking("enoxaparin")], (0, 1), ("low",)),
    ("prism", ["observations"], [], (2, 4), ("intermediate",)),
    ("prism", ["procedures"], [], (2, 7), ("intermediate", "high")),
    ("imwg_own_factors", ["observations"], [], (0, 1), ("none or one",)),
    ("imwg_therapy_factors", [], [taking("corticosteroid_other", 20)], (0, 1), ("none", "very high risk")),
]


@pytest.mark.parametrize(("score", "unrecorded", "parts", "total", "bands"), UNKNOWN)
def test_unknown_inputs_leave_a_range(
    score: str, unrecorded: list[str], parts: list[State], total: tuple[int, int], bands: tuple[str, ...]
) -> None:
    """What is not recorded, or recorded without a dose, is never counted as none: the total is a range."""
    state = {key: value for key, value in added(*parts).items() if key not in unrecorded}
    found = told(score, state)
    assert found.decides == Total(*map(Decimal, total))
    assert found.bands == bands
