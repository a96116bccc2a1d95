"""Units: exact factors against an independent table, refusals, and thresholds met exactly after conversion."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalsafety.features import answer
from thalsafety.loading import units
from thalsafety.loading.folders import packaged
from thalsafety.loading.rules import RuleSet, load_rules
from thalsafety.model.patient import PatientFacts
from thalsafety.prepared import Prepared
from thalsafety.program import AnswerType, Feature, Known

if TYPE_CHECKING:
    from thalsafety.model.lexicon import Lexicon

TEN = Fraction(10)
UNITS: dict[str, tuple[str, Fraction]] = {
    "1": ("ratio", Fraction(1)),
    "%": ("ratio", TEN**-2),
    "10*12/L": ("number per litre", TEN**12),
    "10*9/L": ("number per litre", TEN**9),
    "10*6/uL": ("number per litre", TEN**12),
    "10*3/uL": ("number per litre", TEN**9),
    "/uL": ("number per litre", TEN**6),
    "/mm3": ("number per litre", TEN**6),
    "/mL": ("number per litre", TEN**3),
    "{copies}/mL": ("number per litre", TEN**3),
    "g/L": ("gram per litre", Fraction(1)),
    "g/dL": ("gram per litre", TEN),
    "mg/L": ("gram per litre", TEN**-3),
    "mg/dL": ("gram per litre", TEN**-2),
    "ug/L": ("gram per litre", TEN**-6),
    "ug/mL": ("gram per litre", TEN**-3),
    "ng/mL": ("gram per litre", TEN**-6),
    "ng/L": ("gram per litre", TEN**-9),
    "ng/dL": ("gram per litre", TEN**-8),
    "pg/mL": ("gram per litre", TEN**-9),
    "mmol/L": ("mole per litre", TEN**-3),
    "meq/L": ("mole per litre", TEN**-3),
    "umol/L": ("mole per litre", TEN**-6),
    "pmol/L": ("mole per litre", TEN**-12),
    "U/L": ("katal per litre", TEN**-6 / 60),
    "ukat/L": ("katal per litre", TEN**-6),
    "[IU]/L": ("international unit per litre", Fraction(1)),
    "m[IU]/mL": ("international unit per litre", Fraction(1)),
    "m[IU]/L": ("international unit per litre", TEN**-3),
    "u[IU]/mL": ("international unit per litre", TEN**-3),
    "mL/min": ("litre per second", TEN**-3 / 60),
    "mL/s": ("litre per second", TEN**-3),
    "mL/d": ("litre per second", TEN**-3 / 86400),
    "L/d": ("litre per second", Fraction(1, 86400)),
    "mL/min/{1.73_m2}": ("litre per second and body", TEN**-3 / 60),
    "/min": ("per second", Fraction(1, 60)),
    "mm[Hg]": ("pascal", Fraction("133.322387415")),
    "kPa": ("pascal", TEN**3),
    "Cel": ("degree Celsius", Fraction(1)),
    "kg": ("gram", TEN**3),
    "g": ("gram", Fraction(1)),
    "[lb_av]": ("gram", Fraction("453.59237")),
    "m": ("metre", Fraction(1)),
    "cm": ("metre", TEN**-2),
    "[in_i]": ("metre", Fraction("0.0254")),
    "kg/m2": ("kilogram per square metre", Fraction(1)),
    "mV": ("volt", TEN**-3),
    "uV": ("volt", TEN**-6),
    "m/s": ("metre per second", Fraction(1)),
}
"""What each accepted unit measures, and how much of it, from powers of ten and the definitions of the rest."""

MOLAR_MASSES = {
    "haemoglobin": "16114",
    "bilirubin": "584.66",
    "bilirubin_direct": "584.66",
    "creatinine": "113.12",
    "phosphate": "30.974",
    "calcium": "40.078",
    "calcium_corrected": "40.078",
    "calcium_ionised": "40.078",
    "magnesium": "24.305",
    "uric_acid": "168.11",
    "glucose": "180.156",
    "glucose_fasting": "180.156",
    "cholesterol": "386.65",
    "free_t4": "776.87",
}
"""g/mol; phosphate as phosphorus, haemoglobin as its monomer."""


@pytest.fixture(scope="module")
def rule_set() -> RuleSet:
    """Return the packaged rule set, read from its files."""
    return load_rules(packaged("rules"))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Return the packaged vocabulary as a checker has it."""
    return Prepared(packaged("rules")).lexicon


def _expected(code: str, unit: str, canonical: str) -> Decimal:
    """Return the factor by the table; rounded to twelve digits where it has no end."""
    kind, size = UNITS[unit]
    wanted, base = UNITS[canonical]
    if (kind, wanted) == ("mole per litre", "gram per litre"):
        size *= Fraction(MOLAR_MASSES[code])
    elif (kind, wanted) == ("gram per litre", "mole per litre"):
        size /= Fraction(MOLAR_MASSES[code])
    else:
        assert kind == wanted, f"{unit} of {code} measures {kind}, {canonical} {wanted}"
    ratio = size / base
    return Context(prec=12).divide(Decimal(ratio.numerator), Decimal(ratio.denominator))


def _latest(lexicon: Lexicon, code: str, value: str, unit: str) -> Known:
    """Return the answer to the latest value of an observation made today."""
    facts = {
        "as_of": "2026-03-09",
        "observations": [{"code": code, "value": value, "unit": unit, "date": "2026-03-09"}],
    }
    feature = Feature("latest", code, (), AnswerType.NUMBER, lexicon.terms[code].unit)
    (found,) = answer([feature], PatientFacts.model_validate(facts), lexicon)
    assert isinstance(found, Known)
    assert found.low == found.high
    return found


def test_every_factor_is_exact(rule_set: RuleSet, lexicon: Lexicon) -> None:
    """The factor of every accepted unit is the decimal that powers of ten and molar masses make."""
    compared = 0
    for code, entry in rule_set.entries.items():
        if lexicon.terms[code].kind != "observations" or entry.unit is None:
            continue
        expected = {unit: _expected(code, unit, entry.unit) for unit in entry.units}
        assert units.factors(entry) == expected, code
        assert dict(lexicon.terms[code].factors) == expected, code
        compared += len(expected)
    assert compared > 120


def test_molar_masses_are_those_of_the_table(rule_set: RuleSet) -> None:
    """Every molar mass of the vocabulary is the one written here, and no other observation has one."""
    written = {code: entry.molar_mass for code, entry in rule_set.entries.items() if entry.molar_mass is not None}
    assert written == {code: Decimal(mass) for code, mass in MOLAR_MASSES.items()}


def test_every_pair_of_units_converts_both_ways_or_not_at_all() -> None:
    """Units of one kind convert by the ratio of their sizes, and units of two kinds are refused."""
    for unit, (kind, size) in UNITS.items():
        for other, (wanted, base) in UNITS.items():
            if {unit, other} & {"Cel", "1", "%", "{copies}/mL", "mL/min/{1.73_m2}"} or "[IU]" in unit + other:
                continue
            if kind == wanted:
                ratio = size / base
                exact = Context(prec=12).divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
                assert units.factor(unit, other) == exact, (unit, other)
            else:
                with pytest.raises(units.UnitError):
                    units.factor(unit, other)


@pytest.mark.parametrize(
    ("unit", "canonical", "molar_mass"),
    [
        ("g/dL", "10*9/L", None),
        ("mmol/L", "g/dL", None),
        ("g/dL", "mmol/L", None),
        ("U/L", "mg/L", None),
        ("U/L", "mg/L", "100"),
        ("mg", "mg/dL", "100"),
        ("mmol", "mg/dL", "100"),
        ("m", "kg", "100"),
        ("mg/d", "mg", None),
        ("mL", "mL/min", None),
        ("/min", "/L", None),
        ("kPa", "kg", None),
        ("d", "mg/d", None),
        ("[degF]", "Cel", None),
        ("bananas", "g/L", None),
        ("g/L", "bananas", None),
        ("", "g/L", None),
    ],
)
def test_the_wrong_kind_is_refused(unit: str, canonical: str, molar_mass: str | None) -> None:
    """A unit that measures something else, or that UCUM does not know, has no factor, whatever the molar mass."""
    with pytest.raises(units.UnitError):
        units.factor(unit, canonical, None if molar_mass is None else Decimal(molar_mass))


def test_refusals_name_both_units() -> None:
    """The message says which two units do not go together, or which one is none."""
    with pytest.raises(units.UnitError, match="`mmol/L` does not measure the same as `g/dL`"):
        units.factor("mmol/L", "g/dL")
    with pytest.raises(units.UnitError, match="`bananas` is not a UCUM unit"):
        units.factor("bananas", "g/dL")


@pytest.mark.parametrize(
    ("unit", "is_one"),
    [("mg/dL", True), ("10*9/L", True), ("m[IU]/mL", True), ("{copies}/mL", True), ("bananas", False), ("mg//", False)],
)
def test_is_unit(unit: str, *, is_one: bool) -> None:
    """A UCUM code is known as one, and anything else is not."""
    assert units.is_unit(unit) is is_one


@pytest.mark.parametrize(
    ("code", "value", "unit", "canonical"),
    [
        ("anc", "0.75", "10*9/L", "0.75"),
        ("anc", "0.75", "10*3/uL", "0.75"),
        ("anc", "750", "/uL", "0.75"),
        ("anc", "750", "/mm3", "0.75"),
        ("anc", "749", "/uL", "0.749"),
        ("anc", "7.5e2", "/uL", "0.75"),
        ("anc", "750.000000001", "/uL", "0.750000000001"),
        ("platelets", "50000", "/uL", "50"),
        ("haemoglobin", "80", "g/L", "8"),
        ("haemoglobin", "8000", "mg/dL", "8"),
        ("haemoglobin", "5", "mmol/L", "8.057"),
        ("creatinine", "100", "umol/L", "1.1312"),
        ("creatinine", "0.1", "mmol/L", "1.1312"),
        ("bilirubin", "50", "umol/L", "2.9233"),
        ("alt", "3", "ukat/L", "180"),
        ("glucose", "10", "mmol/L", "180.156"),
        ("calcium", "2.5", "mmol/L", "10.0195"),
        ("hcg", "25", "[IU]/L", "25"),
        ("tsh", "4.5", "u[IU]/mL", "4.5"),
        ("snap_sural", "0.006", "mV", "6"),
        ("height", "1.7", "m", "170"),
        ("height", "70", "[in_i]", "177.8"),
        ("weight", "154", "[lb_av]", "69.85322498"),
        ("creatinine_clearance", "0.5", "mL/s", "30"),
    ],
)
def test_a_threshold_is_met_exactly(lexicon: Lexicon, code: str, value: str, unit: str, canonical: str) -> None:
    """A value on a threshold is on it in every unit, to the last digit."""
    assert _latest(lexicon, code, value, unit).low == Decimal(canonical)


@given(count=st.decimals(0, 100_000, places=6))
def test_one_count_in_four_units(lexicon: Lexicon, count: Decimal) -> None:
    """The same count per microlitre, per cubic millimetre, in thousands and per litre is one number."""
    thousands = count.scaleb(-3)
    written = {"/uL": count, "/mm3": count, "10*3/uL": thousands, "10*9/L": thousands}
    assert {_latest(lexicon, "anc", f"{value:f}", unit).low for unit, value in written.items()} == {thousands}


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        ("1", "d", "d", "1"),
        ("2", "wk", "d", "14"),
        ("28", "d", "wk", "4"),
        ("24", "h", "d", "1"),
        ("72", "h", "d", "3"),
        ("36", "h", "d", "1.5"),
        ("1", "d", "min", "1440"),
        ("1", "h", "min", "60"),
        ("1", "wk", "min", "10080"),
        ("1", "a", "mo", "12"),
        ("18", "mo", "a", "1.5"),
        ("0", "wk", "d", "0"),
        ("1", "mo", "d", None),
        ("1", "a", "d", None),
        ("4", "wk", "mo", None),
        ("365", "d", "a", None),
        ("1", "d", "mg", None),
        ("1", "mg", "d", None),
        ("1", "s", "min", None),
    ],
)
def test_convert_time(value: str, unit: str, wanted: str, expected: str | None) -> None:
    """Clock units convert among themselves and calendar units among themselves, never across."""
    found = units.convert_time(Decimal(value), unit, wanted)
    assert found == (None if expected is None else Decimal(expected))
