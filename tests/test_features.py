"""Every question of the rule language, asked of small records: what is known, absent and unsure.

A question is written as `kind subject option=value ...`; it becomes a feature through the linker, with a
parameter made for each duration in it. An answer is written as `3`, `3..5` (known within bounds), a word,
`ABSENT` (not recorded), `NONE` (recorded, and there is none), `NOTHING` (either of the two) or `UNSURE`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thalsafety.errors import Place
from thalsafety.features import answer
from thalsafety.linking.linker import _Linker
from thalsafety.loading.folders import packaged
from thalsafety.loading.rules import RuleSet
from thalsafety.model.knowledge import Parameter, Profile, Source
from thalsafety.model.milestones import FACTS
from thalsafety.model.patient import PatientFacts
from thalsafety.model.question import QUESTIONS, NumberQuestion, WordQuestion
from thalsafety.prepared import Prepared
from thalsafety.program import NOWHERE, Absent, Compare, Unsure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Answer, Feature

Facts = dict[str, Any]
Row = tuple[str, Facts, str]

TODAY = "2026-03-09"
_DURATION = re.compile(r"\d+(d|wk|mo|a|h|min)")
_FULL_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")


@cache
def the_lexicon() -> Lexicon:
    """Return the packaged vocabulary."""
    return Prepared(packaged("rules")).lexicon


def _parameter(value: str, unit: str) -> Parameter:
    """Return a parameter with one value, in force for ever."""
    first = date(1, 1, 1)
    held = {"value": value, "effective": first, "source": "project", "locator": "test", "last_reviewed": first}
    return Parameter.model_validate({"description": "of a test", "unit": unit, "values": [held]})


@cache
def ask(written: str) -> Feature:
    """Return the feature that the linker makes of a question."""
    kind, subject, *options = written.split()
    asked: dict[str, Any] = {kind: subject}
    parameters = {"nought": _parameter("0", "1")}
    for option in options:
        name, value = option.split("=")
        if _DURATION.fullmatch(value):
            digits = re.sub(r"\D", "", value)
            parameters[f"p{value}"] = _parameter(digits, value.removeprefix(digits))
            value = f"p{value}"
        asked[name] = True if value == "true" else value
    question = QUESTIONS[kind]
    if issubclass(question, NumberQuestion):
        asked["at_least"] = "nought"
    elif issubclass(question, WordQuestion):
        words = FACTS[subject] if kind == "fact" else the_lexicon().terms[subject].results
        asked["is"] = (*words, "myeloma")[0]
    source = Source.model_construct(source="project", title="", kind="project", jurisdiction="none", edition="")
    profile = Profile.model_construct(profile="test", title="Test", description="", sources=("project",))
    rule_set = RuleSet("", "", lexicon=the_lexicon(), parameters=parameters, sources={"project": source})
    linker = _Linker(rule_set, profile, date(2026, 3, 9))
    line = question.model_validate(asked)
    if isinstance(line, NumberQuestion):
        parameters["nought"] = _parameter("0", linker._unit(line, subject))
    leaf = linker._line(line, Place(""), NOWHERE)
    assert isinstance(leaf, Compare)
    return leaf.feature


def told(found: Answer) -> str:
    """Return an answer as the tables write it."""
    if isinstance(found, Unsure):
        return "UNSURE"
    if isinstance(found, Absent):
        return "NONE" if found.known_none else "ABSENT"
    if isinstance(found.low, str):
        assert found.low == found.high
        return found.low
    assert isinstance(found.high, Decimal)
    assert found.low <= found.high, "the bounds are the wrong way round"
    low, high = f"{found.low.normalize() + 0:f}", f"{found.high.normalize() + 0:f}"
    return low if low == high else f"{low}..{high}"


def told_all(features: Iterable[Feature], facts: Facts) -> list[str]:
    """Return the answers to some questions as the tables write them."""
    state = PatientFacts.model_validate({"as_of": TODAY, **facts})
    return [told(found) for found in answer(features, state, the_lexicon())]


def accepted(expected: str) -> set[str]:
    """Return the answers that a table accepts."""
    return {"ABSENT", "NONE"} if expected == "NOTHING" else set(expected.split(" | "))


# ---------------------------------------------------------------- records in few words


def obs(*entries: str, **more: object) -> Facts:
    """Return observations written as `code value unit date`, with `-` for no unit."""
    found = []
    for entry in entries:
        code, value, unit, when, *baseline = entry.split()
        found.append(
            {
                "code": code,
                "value": value,
                "unit": None if unit == "-" else unit,
                "date": when,
                "baseline": bool(baseline),
            }
        )
    return {"observations": found, **more}


def _listed(name: str, keys: tuple[str, ...]) -> Callable[..., Facts]:
    """Return a maker of a list whose entries are written as some keys in order, with `-` for nothing."""

    def make(*entries: str, **more: object) -> Facts:
        found = [
            {key: part for key, part in zip(keys, entry.split(), strict=False) if part != "-"} for entry in entries
        ]
        return {name: found, **more}

    return make


anc = _listed("observations", ("date", "value", "unit", "code"))
docs = _listed("documents", ("code", "date"))
procs = _listed("procedures", ("code", "date"))
conds = _listed("conditions", ("code", "onset", "resolved"))
events = _listed("adverse_events", ("term", "grade", "onset", "resolved", "relation"))
_meds = _listed("medications", ("drug", "start", "stop", "dose"))
_methods = _listed("contraception", ("method", "start", "stop"))
_doses = _listed("doses", ("start", "stop", "mg_per_day"))
_pauses = _listed("interruptions", ("start", "stop", "reason"))
_courses = _listed("earlier_courses", ("start", "stop", "reason"))
prescribed = _listed("prescriptions", ("date", "days_supply", "refills", "authorised", "authorisation", "route"))
dispensed = _listed("dispensings", ("date", "days_supply", "days_remaining", "confirmed", "confirmation"))


def meds(*entries: str, **more: object) -> Facts:
    """Return medications written as `drug start stop dose/unit`."""
    facts = _meds(*entries, **more)
    for entry in facts["medications"]:
        if "dose" in entry:
            value, unit = entry["dose"].split("/", 1)
            entry["dose"] = {"value": value, "unit": unit}
    return facts


def cycles(entry: str, days: str, length: int) -> Facts:
    """Return one medication that is taken on some days of a cycle."""
    facts = meds(entry)
    facts["medications"][0] |= {"on_days": [int(day) for day in days.split()], "of_days": length}
    return facts


def methods(*entries: str, **more: object) -> Facts:
    """Return contraceptive methods written as `method start stop`."""
    return {"reproduction": _methods(*entries), **more}


def course(
    status: str | None = None,
    *,
    doses: tuple[str, ...] | None = None,
    pauses: tuple[str, ...] | None = None,
    earlier: tuple[str, ...] | None = None,
    **more: object,
) -> Facts:
    """Return a course: doses as `start stop mg`, pauses and earlier courses as `start stop reason`."""
    written: Facts = {"status": status, **more}
    written |= {} if doses is None else _doses(*doses)
    written |= {} if pauses is None else _pauses(*pauses)
    written |= {} if earlier is None else _courses(*earlier)
    return {"treatment": written}


def person(**facts: object) -> Facts:
    """Return what is recorded of the person."""
    return {"patient": facts}


def woman(**facts: object) -> Facts:
    """Return reproductive facts."""
    return {"reproduction": facts}


def at(day: str, facts: Facts) -> Facts:
    """Return a record as of another day."""
    return {"as_of": day, **facts}


def counts(*entries: str) -> Facts:
    """Return neutrophil counts in 10*9/L, written as `value date`."""
    return obs(*(f"anc {value} 10*9/L {when}" for value, when in (entry.split() for entry in entries)))


def pregnancy(*entries: str) -> Facts:
    """Return pregnancy tests, written as `result date`."""
    return obs(*(f"pregnancy_test {value} - {when}" for value, when in (entry.split() for entry in entries)))


def snap(*entries: str) -> Facts:
    """Return sural amplitudes in uV, written as `value date` and `base` for a baseline."""
    return obs(*(f"snap_sural {e[0]} uV {' '.join(e[1:])}" for e in (entry.split() for entry in entries)))


def limited(*entries: str) -> Facts:
    """Return ALT in U/L, written as `value limit date` with `-` for no upper limit, and `base` for a baseline."""
    found = []
    for entry in entries:
        value, limit, when, *baseline = entry.split()
        upper = None if limit == "-" else limit
        found.append(
            {
                "code": "alt",
                "value": value,
                "unit": "U/L",
                "date": when,
                "upper_limit": upper,
                "baseline": bool(baseline),
            }
        )
    return {"observations": found}


def sensed(*entries: str) -> Facts:
    """Return negative pregnancy tests, written as `date limit unit`."""
    found = []
    for entry in entries:
        when, *limit = entry.split()
        sensitivity = {"value": limit[0], "unit": limit[1]} if limit else None
        found.append({"code": "pregnancy_test", "value": "negative", "date": when, "sensitivity": sensitivity})
    return {"observations": found}


SINCE_START = "2026-01-05 - 100"
STARTED = course("active", doses=(SINCE_START,))

TABLES: dict[str, list[Row]] = {
    "age": [
        ("age patient", {}, "ABSENT"),
        ("age patient", person(), "ABSENT"),
        ("age patient", person(age=70), "70"),
        ("age patient", person(birth_date="1960-03-09"), "66"),
        ("age patient", person(birth_date="1960-03-10"), "65"),
        ("age patient", person(birth_date="1960"), "65..66"),
        ("age patient", person(birth_date="1960-03"), "65..66"),
        ("age patient", person(birth_date="1960-02"), "66"),
        ("age patient", person(birth_date="1960-04"), "65"),
        ("age patient", person(birth_date=TODAY), "0"),
        ("age patient", at("2026-02-27", person(birth_date="2008-02-29")), "17"),
        ("age patient", at("2026-02-28", person(birth_date="2008-02-29")), "18"),
    ],
    "body": [
        ("body weight", {}, "ABSENT"),
        ("body weight", person(), "ABSENT"),
        ("body weight", person(weight={"value": "70", "unit": "kg"}), "70"),
        ("body weight", person(weight={"value": "154", "unit": "[lb_av]"}), "69.85322498"),
        ("body weight", person(weight={"value": "70", "unit": "cm"}), "UNSURE"),
        ("body height", person(weight={"value": "70", "unit": "kg"}), "ABSENT"),
        ("body height", person(height={"value": "1.7", "unit": "m"}), "170"),
        ("body height", person(height={"value": "70", "unit": "[in_i]"}), "177.8"),
        ("body weight", obs("weight 80 kg 2026-03-01", **person(weight={"value": "70", "unit": "kg"})), "80"),
        ("body weight", obs(**person(weight={"value": "70", "unit": "kg"})), "70"),
        ("body weight", obs("height 170 cm 2026-03-01", **person(weight={"value": "70", "unit": "kg"})), "70"),
        ("body weight", obs("weight 80 kg 2026-03-01", "weight 81000 g 2026-03-02"), "81"),
        ("body weight", obs("weight 80 kg 2026-03-02", "weight 81 kg 2026-03-02"), "80..81"),
    ],
    "latest": [
        ("latest anc", {}, "ABSENT"),
        ("latest anc", obs(), "NONE"),
        ("latest anc", obs("platelets 5 10*9/L 2026-03-01"), "NONE"),
        ("latest anc", counts("0.75 2026-03-01"), "0.75"),
        ("latest anc", obs("anc 750 /uL 2026-03-01"), "0.75"),
        ("latest anc", obs("anc 0.75 10*3/uL 2026-03-01"), "0.75"),
        ("latest anc", counts("1 2026-03-01", "2 2026-03-02"), "2"),
        ("latest anc", counts("2 2026-03-02", "1 2026-03-01"), "2"),
        ("latest anc", counts(f"1 {TODAY}"), "1"),
        ("latest anc", counts("1 2026-03-02", "3 2026-03-02", "2 2026-03-02"), "1..3"),
        ("latest anc", counts("1 2026-03-02", "1.0 2026-03-02"), "1"),
        ("latest anc", counts("1 2026-03-02T09:00", "2 2026-03-02T10:00"), "2"),
        ("latest anc", counts("1 2026-03-02T10:00", "2 2026-03-02T09:00"), "1"),
        ("latest anc", counts("1 2026-03-02T10:00", "2 2026-03-02T10:00"), "1..2"),
        ("latest anc", counts("1 2026-03-02T10:00", "2 2026-03-02"), "1..2"),
        ("latest anc", counts("1 2026-03-02T09:00+02:00", "2 2026-03-02T08:00+00:00"), "2"),
        ("latest anc", counts("1 2026-03-02T09:00+01:00", "2 2026-03-02T08:00Z"), "1..2"),
        ("latest anc", counts("1 2026-03-02T09:00", "2 2026-03-02T08:00Z"), "1"),
        ("latest anc", counts("1 2026-03-02T09:00", "2 2026-03-02T10:00+02:00"), "2"),
        ("latest anc", counts("1 2026-02", "2 2026-02-10"), "1..2"),
        ("latest anc", counts("1 2026-02", "2 2026-02-28"), "1..2"),
        ("latest anc", counts("1 2026-02", "2 2026-03-01"), "2"),
        ("latest anc", counts("1 2026-02", "2 2026-01-31"), "1"),
        ("latest anc", counts("1 2026", "2 2026-03-08"), "1..2"),
        ("latest anc", counts("1 2025", "2 2026-03-08"), "2"),
        ("latest anc", counts("1 2026-03", "2 2026-02", "3 2026-01"), "1"),
        ("latest anc", obs("anc 1 g/dL 2026-03-02"), "UNSURE"),
        ("latest anc", obs("anc 1 - 2026-03-02"), "UNSURE"),
        ("latest anc no_older_than=28d", counts("1 2026-02-09"), "1"),
        ("latest anc no_older_than=28d", counts("1 2026-02-08"), "ABSENT"),
        ("latest anc no_older_than=4wk", counts("1 2026-02-09"), "1"),
        ("latest anc no_older_than=4wk", counts("1 2026-02-08"), "ABSENT"),
        ("latest anc no_older_than=0d", counts(f"1 {TODAY}"), "1"),
        ("latest anc no_older_than=0d", counts("1 2026-03-08"), "ABSENT"),
        ("latest anc no_older_than=28d", counts("1 2026-02"), "UNSURE"),
        ("latest anc no_older_than=36d", counts("1 2026-02"), "1"),
        ("latest anc no_older_than=35d", counts("1 2026-02"), "UNSURE"),
        ("latest anc no_older_than=9d", counts("1 2026-02"), "UNSURE"),
        ("latest anc no_older_than=8d", counts("1 2026-02"), "ABSENT"),
        ("latest anc no_older_than=8d", counts("1 2026-03"), "1"),
        ("latest anc no_older_than=28d", counts("1 2026-02", "2 2026-02-10"), "1..2"),
        ("latest anc no_older_than=28d", obs(), "NONE"),
        ("latest anc no_older_than=28d", {}, "ABSENT"),
    ],
    "lowest": [
        ("lowest anc within=28d", {}, "ABSENT"),
        ("lowest anc within=28d", obs(), "NONE"),
        ("lowest anc within=28d", counts("1 2026-02-09"), "1"),
        ("lowest anc within=28d", counts("1 2026-02-08"), "NOTHING"),
        ("lowest anc within=28d", counts("0.5 2026-02-08", "1 2026-02-09"), "1"),
        ("lowest anc within=28d", counts("2 2026-02-20", "0.9 2026-02-21", "1 2026-02-22"), "0.9"),
        ("lowest anc within=28d", obs("anc 1 10*9/L 2026-02-20", "anc 900 /uL 2026-02-21"), "0.9"),
        ("lowest anc within=28d", counts("0.5 2026-02", "1 2026-03-01"), "0.5..1"),
        ("lowest anc within=28d", counts("2 2026-02", "1 2026-03-01"), "1"),
        ("lowest anc within=36d", counts("0.5 2026-02", "1 2026-03-01"), "0.5"),
        ("lowest anc within=8d", counts("0.5 2026-02", "1 2026-03-01"), "1"),
        ("lowest anc within=28d", counts("0.5 2026-02"), "UNSURE"),
        ("lowest anc within=28d", counts("0.5 2026-01"), "NOTHING"),
    ],
    "highest": [
        ("highest anc within=28d", {}, "ABSENT"),
        ("highest anc within=28d", obs(), "NONE"),
        ("highest anc within=28d", counts("9 2026-02-08", "1 2026-02-09"), "1"),
        ("highest anc within=28d", counts("2 2026-02-20", "9 2026-02-21", "1 2026-02-22"), "9"),
        ("highest anc within=28d", counts("9 2026-02", "1 2026-03-01"), "1..9"),
        ("highest anc within=28d", counts("0.5 2026-02", "1 2026-03-01"), "1"),
        ("highest anc within=28d", counts("0.5 2026-02"), "UNSURE"),
    ],
    "fall_from_baseline": [
        ("fall_from_baseline snap_sural", {}, "ABSENT"),
        ("fall_from_baseline snap_sural", obs(), "NONE"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01 base", "5 2026-03-01"), "50"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01 base", "10 2026-03-01"), "0"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01 base", "12 2026-03-01"), "-20"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01 base"), "0"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01", "5 2026-03-01"), "ABSENT"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-05", "5 2026-03-01") | STARTED, "50"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-06", "5 2026-03-01") | STARTED, "ABSENT"),
        ("fall_from_baseline snap_sural", snap("20 2025-01-01", "10 2026-01-01", "4 2026-03-01") | STARTED, "60"),
        ("fall_from_baseline snap_sural", snap("20 2025-01-01 base", "10 2026-01-01", "4 2026-03-01") | STARTED, "80"),
        ("fall_from_baseline snap_sural", snap("10 2026-01-01 base", "4 2026-03-01", "6 2026-03-01"), "40..60"),
        (
            "fall_from_baseline snap_sural",
            obs("snap_sural 0.01 mV 2026-01-01 base", "snap_sural 5 uV 2026-03-01"),
            "50",
        ),
        ("fall_from_baseline snap_sural no_older_than=8d", snap("10 2026-01-01 base", "5 2026-03-01"), "50"),
        ("fall_from_baseline snap_sural no_older_than=7d", snap("10 2026-01-01 base", "5 2026-03-01"), "ABSENT"),
        ("fall_from_baseline snap_sural no_older_than=8d", snap("10 2026-01-01 base", "5 2026-02"), "ABSENT"),
        ("fall_from_baseline snap_sural no_older_than=20d", snap("10 2026-01-01 base", "5 2026-02"), "UNSURE"),
    ],
    "times_upper_limit": [
        ("times_upper_limit alt", {}, "ABSENT"),
        ("times_upper_limit alt", obs(), "NONE"),
        ("times_upper_limit alt", limited("120 40 2026-03-01"), "3"),
        ("times_upper_limit alt", limited("20 40 2026-03-01"), "0.5"),
        ("times_upper_limit alt", limited("0 40 2026-03-01"), "0"),
        ("times_upper_limit alt", limited("120 - 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt", limited("400 40 2026-02-01", "120 40 2026-03-01"), "3"),
        ("times_upper_limit alt", limited("120 40 2026-02-01", "120 - 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt", limited("120 - 2026-02-01", "100 50 2026-03-01"), "2"),
        ("times_upper_limit alt", limited("120 40 2026-03-01", "120 60 2026-03-01"), "2..3"),
        ("times_upper_limit alt", limited("120 40 2026-03-01", "120 - 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt no_older_than=8d", limited("120 40 2026-03-01"), "3"),
        ("times_upper_limit alt no_older_than=7d", limited("120 40 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt no_older_than=20d", limited("120 40 2026-02"), "UNSURE"),
        ("times_upper_limit alt of=baseline", {}, "ABSENT"),
        ("times_upper_limit alt of=baseline", obs(), "ABSENT"),
        ("times_upper_limit alt of=baseline", limited("120 40 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt of=baseline", limited("60 40 2026-01-01 base", "120 40 2026-03-01"), "1.5"),
        ("times_upper_limit alt of=baseline", limited("60 - 2026-01-01 base", "120 40 2026-03-01"), "ABSENT"),
        ("times_upper_limit alt of=baseline", limited("60 40 2026-01-05", "120 40 2026-03-01") | STARTED, "1.5"),
        ("times_upper_limit alt of=baseline", limited("60 40 2026-01-06", "120 40 2026-03-01") | STARTED, "ABSENT"),
    ],
    "rise_from_baseline": [
        ("rise_from_baseline snap_sural", {}, "ABSENT"),
        ("rise_from_baseline snap_sural", obs(), "NONE"),
        ("rise_from_baseline snap_sural", snap("10 2026-01-01 base", "15 2026-03-01"), "50"),
        ("rise_from_baseline snap_sural", snap("10 2026-01-01 base", "5 2026-03-01"), "-50"),
        ("rise_from_baseline snap_sural", snap("10 2026-01-01 base", "12 2026-03-01", "15 2026-03-01"), "20..50"),
        ("rise_from_baseline snap_sural", snap("0 2026-01-01 base", "0 2026-03-01"), "0"),
        ("rise_from_baseline snap_sural", snap("0 2026-01-01 base", "5 2026-03-01"), "UNSURE"),
    ],
    "sensitivity": [
        ("sensitivity pregnancy_test", {}, "ABSENT"),
        ("sensitivity pregnancy_test", obs(), "NONE"),
        ("sensitivity pregnancy_test", sensed("2026-03-01"), "ABSENT"),
        ("sensitivity pregnancy_test", sensed("2026-03-01 25 m[IU]/mL"), "25"),
        ("sensitivity pregnancy_test", sensed("2026-03-01 25 [IU]/L"), "25"),
        ("sensitivity pregnancy_test", sensed("2026-03-01 25 mg/dL"), "UNSURE"),
        ("sensitivity pregnancy_test", sensed("2026-03-01 50 m[IU]/mL", "2026-03-02 25 m[IU]/mL"), "25"),
        ("sensitivity pregnancy_test", sensed("2026-03-02 50 m[IU]/mL", "2026-03-02 25 m[IU]/mL"), "25..50"),
        ("sensitivity pregnancy_test", sensed("2026-03-01 50 m[IU]/mL", "2026-03-02"), "ABSENT"),
    ],
    "days_since": [
        ("days_since pregnancy_test", {}, "ABSENT"),
        ("days_since pregnancy_test", obs(), "NONE"),
        ("days_since pregnancy_test", pregnancy(f"negative {TODAY}"), "0"),
        ("days_since pregnancy_test", pregnancy(f"negative {TODAY}T23:00"), "0"),
        ("days_since pregnancy_test", pregnancy("negative 2026-03-08"), "1"),
        ("days_since pregnancy_test", pregnancy("negative 2026-02-01", "negative 2026-03-01"), "8"),
        ("days_since pregnancy_test", pregnancy("negative 2026-02"), "9..36"),
        ("days_since pregnancy_test", pregnancy("negative 2026-03"), "0..8"),
        ("days_since pregnancy_test", pregnancy("negative 2026"), "0..67"),
        ("days_since pregnancy_test", pregnancy("negative 2025"), "68..432"),
        ("days_since pregnancy_test", pregnancy("negative 2026-02", "negative 2026-02-10"), "9..27"),
        ("days_since pregnancy_test", pregnancy("negative 2026-02", "negative 2026-02-28"), "9"),
        ("days_since pregnancy_test", pregnancy("negative 2026-02", "negative 2025-12"), "9..36"),
        ("days_since pregnancy_test result=positive", pregnancy("negative 2026-03-01"), "NONE"),
        ("days_since pregnancy_test result=positive", pregnancy("positive 2026-02-01", "negative 2026-03-01"), "36"),
        ("days_since pregnancy_test result=negative", pregnancy("positive 2026-02-01", "negative 2026-03-01"), "8"),
        ("days_since complete_blood_count", counts("1 2026-03-01"), "8"),
        ("days_since complete_blood_count", obs("ggt 9 U/L 2026-03-01"), "NONE"),
        ("days_since complete_blood_count", obs("anc 1 /uL 2026-03-01", "platelets 1 /uL 2026-03-02"), "7"),
        ("days_since informed_consent", docs("informed_consent 2026-03-02"), "7"),
        ("days_since informed_consent", docs("informed_consent"), "UNSURE"),
        ("days_since informed_consent", docs("informed_consent", "informed_consent 2026-03-02"), "UNSURE"),
        ("days_since informed_consent", docs("assent 2026-03-02"), "NONE"),
        ("days_since informed_consent", {}, "ABSENT"),
        ("days_since dizziness", events("dizziness 1 2026-03-02"), "7"),
        ("days_since dizziness", events("dizziness 1"), "UNSURE"),
        ("days_since dizziness", events(), "NONE"),
        ("days_since cancer", conds("lymphoma 2026-03-02"), "7"),
        ("days_since cancer", {}, "ABSENT"),
        ("days_since surgery_any", procs("orthopaedic_surgery 2026-03-02"), "7"),
        ("days_since surgery_any", procs("orthopaedic_surgery 2026-03-12"), "NONE"),
        ("days_since surgery_any", procs("minor_surgery 2026-03-02"), "NONE"),
        ("days_since dexamethasone", meds("dexamethasone 2026-03-02"), "7"),
        ("days_since dexamethasone", meds("dexamethasone 2026-03-12"), "NONE"),
        ("days_since dexamethasone", meds("other_drug 2026-03-02"), "UNSURE"),
        ("days_since dexamethasone", meds("other_drug 2026-03-12"), "NONE"),
        ("days_since dexamethasone", meds("dexamethasone 2026-03-02", "other_drug 2026-03-03"), "UNSURE"),
        ("days_since dexamethasone", meds("dexamethasone 2026-03-02", "other_drug 2026-03-02"), "7"),
        ("days_since dexamethasone", meds("dexamethasone 2026-03-02", "other_drug"), "UNSURE"),
        # milestones
        ("days_since treatment_start", {}, "ABSENT"),
        ("days_since treatment_start", course("active"), "ABSENT"),
        ("days_since treatment_start", course("planned", doses=()), "NONE"),
        ("days_since treatment_start", STARTED, "63"),
        ("days_since treatment_start", course("active", doses=("2026-02-05 - 200", "2026-01-05 2026-02-04 100")), "63"),
        ("days_since treatment_start", course("active", doses=("2026-01 - 100",)), "37..67"),
        ("days_since treatment_start", course("active", doses=("2026-03 - 100",)), "0..8"),
        ("days_since planned_start", course("planned"), "NONE"),
        ("days_since planned_start", course("planned", planned_start="2026-03-19"), "-10"),
        ("days_since planned_start", course("planned", planned_start="2026-04"), "-52..-23"),
        ("days_since planned_restart", course("interrupted", planned_restart=TODAY), "0"),
        ("days_since last_dose", {}, "ABSENT"),
        ("days_since last_dose", course(), "ABSENT"),
        ("days_since last_dose", STARTED, "0"),
        ("days_since last_dose", course("stopped", stopped="2026-03-01"), "8"),
        ("days_since last_dose", course("stopped"), "ABSENT"),
        ("days_since last_dose", course("interrupted"), "ABSENT"),
        ("days_since last_dose", course("interrupted", pauses=("2026-03-01",)), "9"),
        ("days_since last_dose", course("interrupted", pauses=("2026-02",)), "10..37"),
        ("days_since last_dose", course("interrupted", pauses=("2026-01-01 2026-01-09", "2026-03-01")), "9"),
        ("days_since last_dose", course("planned"), "ABSENT"),
        ("days_since last_dose", course("planned", earlier=()), "NONE"),
        ("days_since last_dose", course("planned", earlier=("2025-01-01 2026-03-01",)), "8"),
        ("days_since last_dose", course("planned", earlier=("2025-01-01",)), "UNSURE"),
        ("days_since treatment_stop", {}, "ABSENT"),
        ("days_since treatment_stop", STARTED, "NONE"),
        ("days_since treatment_stop", course("stopped", stopped="2026-03-01"), "8"),
        ("days_since interruption_start", STARTED, "ABSENT"),
        ("days_since interruption_start", course("active", pauses=()), "NONE"),
        ("days_since interruption_start", course("interrupted", pauses=("2026-03-01",)), "8"),
        ("days_since interruption_start", course("active", pauses=("2026-02-01 2026-02-10",)), "36"),
        ("days_since interruption_start", course("active", pauses=("2026-03-20",)), "NONE"),
        ("days_since restart", {}, "ABSENT"),
        ("days_since restart", STARTED, "ABSENT"),
        ("days_since restart", course("active", pauses=(), earlier=()), "NONE"),
        ("days_since restart", course("active", pauses=("2026-02-01 2026-02-10",), earlier=()), "26"),
        ("days_since restart", course("active", pauses=("2026-02-01 2026-02",), earlier=()), "8..35"),
        ("days_since restart", course("interrupted", pauses=("2026-02-01",), earlier=()), "NONE"),
        ("days_since restart", course("interrupted", pauses=(f"2026-02-01 {TODAY}",), earlier=()), "NONE"),
        ("days_since restart", course("active", pauses=("2026-02-01 2026-03-08",), earlier=()), "0"),
        ("days_since restart", course("active", doses=(SINCE_START,), earlier=("2025-01-01 2025-02-01",)), "63"),
        (
            "days_since restart",
            course(
                "active", doses=(SINCE_START,), pauses=("2026-02-01 2026-02-10",), earlier=("2025-01-01 2025-02-01",)
            ),
            "26",
        ),
        ("days_since dose_change", {}, "ABSENT"),
        ("days_since dose_change", course("active", doses=()), "NONE"),
        ("days_since dose_change", STARTED, "NONE"),
        ("days_since dose_change", course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")), "32"),
        ("days_since dose_change", course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 100")), "NONE"),
        ("days_since dose_change", course("active", doses=("2026-01-05 2026-03-19 100", "2026-03-20 - 200")), "NONE"),
        ("days_since prescription", {}, "ABSENT"),
        ("days_since prescription", prescribed(), "NONE"),
        ("days_since prescription", prescribed("2026-03-01 28"), "8"),
        ("days_since prescription", prescribed("2026-03-10 28"), "-1"),
        ("days_since prescription", prescribed("2026-03-01 28", "2026-02-01 28"), "8"),
        ("days_since prescription", prescribed("2026-01", "2026-03-01"), "8"),
        ("days_since prescription", prescribed("2026-02", "2026-02-10"), "UNSURE | 9..27"),
        ("days_since previous_prescription", prescribed("2026-03-01 28"), "NONE"),
        ("days_since previous_prescription", prescribed("2026-03-01 28", "2026-02-01 28"), "36"),
        ("days_since previous_prescription", prescribed("2026-02", "2026-02-10"), "UNSURE"),
        ("days_since authorisation", {}, "ABSENT"),
        ("days_since authorisation", prescribed("2026-03-01 28"), "NONE"),
        ("days_since authorisation", prescribed("2026-03-01 28 0 2026-02-27 A1"), "10"),
        ("days_since authorisation", prescribed("2026-02-01 28 0 2026-02-01 A1", "2026-03-01 28"), "NONE"),
        ("days_since authorisation", prescribed("2026-02 28 0 2026-02-01 A1", "2026-02-10 28"), "UNSURE"),
        ("days_since dispensing", {}, "ABSENT"),
        ("days_since dispensing", dispensed(), "NONE"),
        ("days_since dispensing", dispensed("2026-03-01 28", "2026-02-01 28"), "8"),
        ("days_since dispensing", dispensed("2026-02 28", "2026-02-10 28"), "UNSURE | 9..27"),
        ("days_since confirmation", dispensed("2026-03-01 28"), "NONE"),
        ("days_since confirmation", dispensed("2026-03-01 28 0 2026-02-28 C1"), "9"),
        ("days_since supply_end", {}, "ABSENT"),
        ("days_since supply_end", dispensed("2026-03-01"), "ABSENT"),
        ("days_since supply_end", dispensed("2026-02-20 28"), "-11"),
        ("days_since supply_end", dispensed("2026-02-01 28"), "8"),
        ("days_since last_period", {}, "ABSENT"),
        ("days_since last_period", woman(), "NONE"),
        ("days_since last_period", woman(last_period="2026-02-09"), "28"),
        ("days_since last_natural_menses", woman(last_natural_menses="2025"), "68..432"),
        ("days_since earlier_course_end", course("active"), "ABSENT"),
        ("days_since earlier_course_end", course("active", earlier=()), "NONE"),
        ("days_since earlier_course_end", course("active", earlier=("2025-01-01 2025-03-09",)), "365"),
        (
            "days_since earlier_course_end",
            course("active", earlier=("2025-01-01 2025-03-09", "2024-01-01 2024-03-09")),
            "365",
        ),
        ("days_since earlier_course_end", course("active", earlier=("2025-01-01", "2024-01-01 2024-03-09")), "UNSURE"),
    ],
    "days_until": [
        ("days_until planned_start", {}, "ABSENT"),
        ("days_until planned_start", course("planned"), "NONE"),
        ("days_until planned_start", course("planned", planned_start="2026-03-19"), "10"),
        ("days_until planned_start", course("planned", planned_start=TODAY), "0"),
        ("days_until planned_start", course("planned", planned_start="2026-03-01"), "-8"),
        ("days_until planned_start", course("planned", planned_start="2026-04"), "23..52"),
        ("days_until planned_start", course("planned", planned_start="2026-03"), "-8..22"),
        ("days_until supply_end", dispensed("2026-02-20 28"), "11"),
        ("days_until supply_end", dispensed("2026-02 28"), "-8..19"),
        ("days_until prescription", prescribed("2026-02-20 28", "2026-03-10 28"), "1"),
        ("days_until minor_surgery", {}, "ABSENT"),
        ("days_until minor_surgery", procs(), "NOTHING"),
        ("days_until minor_surgery", procs("minor_surgery 2026-03-01"), "NOTHING"),
        ("days_until minor_surgery", procs("major_surgery 2026-03-12"), "NOTHING"),
        ("days_until minor_surgery", procs("minor_surgery 2026-03-12"), "3"),
        ("days_until minor_surgery", procs(f"minor_surgery {TODAY}"), "0"),
        ("days_until minor_surgery", procs("minor_surgery 2026-03-20", "minor_surgery 2026-03-12"), "3"),
        ("days_until minor_surgery", procs("minor_surgery 2026-03-01", "minor_surgery 2026-03-12"), "3"),
        ("days_until minor_surgery", procs("minor_surgery 2026-04"), "23..52"),
        ("days_until surgery_any", procs("neurosurgery 2026-03-12"), "3"),
    ],
    "months_since": [
        ("months_since pregnancy_test", {}, "ABSENT"),
        ("months_since pregnancy_test", obs(), "NONE"),
        ("months_since pregnancy_test", pregnancy("negative 2026-02-09"), "1"),
        ("months_since pregnancy_test", pregnancy("negative 2026-02-10"), "0"),
        ("months_since pregnancy_test", pregnancy("negative 2026-01"), "1..2"),
        ("months_since pregnancy_test", pregnancy("negative 2026-02"), "0..1"),
        ("months_since pregnancy_test", pregnancy("negative 2026-03"), "0"),
        ("months_since pregnancy_test", pregnancy("negative 2025"), "2..14"),
        ("months_since pregnancy_test", at("2026-02-28", pregnancy("negative 2026-01-31")), "1"),
        ("months_since pregnancy_test", at("2026-02-27", pregnancy("negative 2026-01-31")), "0"),
        ("months_since pregnancy_test", at("2024-02-28", pregnancy("negative 2024-01-31")), "0"),
        ("months_since pregnancy_test", at("2024-02-29", pregnancy("negative 2024-01-31")), "1"),
        ("months_since pregnancy_test", at("2025-02-28", pregnancy("negative 2024-02-29")), "12"),
        ("months_since informed_consent", docs("informed_consent"), "UNSURE"),
        ("months_since last_natural_menses", woman(), "NONE"),
        ("months_since last_natural_menses", woman(last_natural_menses="2024-03"), "23..24"),
        ("months_since treatment_start", STARTED, "2"),
    ],
    "days_from": [
        ("days_from pregnancy_test to=treatment_start", {}, "ABSENT"),
        ("days_from pregnancy_test to=treatment_start", STARTED, "ABSENT"),
        ("days_from pregnancy_test to=treatment_start", obs(), "ABSENT"),
        ("days_from pregnancy_test to=treatment_start", obs() | STARTED, "NOTHING"),
        ("days_from pregnancy_test to=treatment_start", pregnancy("negative 2026-01-05") | STARTED, "0"),
        ("days_from pregnancy_test to=treatment_start", pregnancy("negative 2026-01-04") | STARTED, "1"),
        ("days_from pregnancy_test to=treatment_start", pregnancy("negative 2026-01-06") | STARTED, "NOTHING"),
        (
            "days_from pregnancy_test to=treatment_start",
            pregnancy("negative 2026-01-06", "negative 2026-01-03", "negative 2026-01-01") | STARTED,
            "2",
        ),
        ("days_from pregnancy_test to=treatment_start", pregnancy("negative 2025-12") | STARTED, "5..35"),
        (
            "days_from pregnancy_test to=treatment_start result=negative",
            pregnancy("positive 2026-01-04", "negative 2026-01-01") | STARTED,
            "4",
        ),
        ("days_from informed_consent to=treatment_start", docs("informed_consent") | STARTED, "UNSURE"),
        ("days_from complete_blood_count to=treatment_start", counts("1 2026-01-01") | STARTED, "4"),
        (
            "days_from pregnancy_test to=planned_start",
            pregnancy("negative 2026-03-01") | course(planned_start=TODAY),
            "8",
        ),
        ("days_from prescription to=dispensing", prescribed("2026-03-01") | dispensed("2026-03-05"), "4"),
        ("days_from prescription to=dispensing", prescribed("2026-03-06") | dispensed("2026-03-05"), "-1"),
        ("days_from prescription to=dispensing", prescribed("2026-02") | dispensed("2026-03-05"), "5..32"),
        ("days_from prescription to=dispensing", prescribed() | dispensed("2026-03-05"), "NONE"),
        ("days_from prescription to=dispensing", prescribed("2026-03-01"), "ABSENT"),
    ],
    "hours_from": [
        ("hours_from confirmation to=dispensing", {}, "ABSENT"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-01"), "NONE"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-02T09:30 28 0 2026-03-01T09:30 C"), "24"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-02T09:00 28 0 2026-03-01T09:30 C"), "23.5"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-01T09:00 28 0 2026-03-01T10:00 C"), "-1"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-01T10:00Z 28 0 2026-03-01T10:00+01:00 C"), "1"),
        ("hours_from confirmation to=dispensing", dispensed("2026-03-01T10:00 28 0 2026-03-01T10:00+01:00 C"), "0"),
        (
            "hours_from confirmation to=dispensing",
            dispensed("2026-03-01T11:00 28 0 2026-03-01 C"),
            "-12.98333333333333333333333333..11",
        ),
        (
            "hours_from confirmation to=dispensing",
            dispensed("2026-03-05 28 0 2026-03-04T12:00 C"),
            "12..35.98333333333333333333333333",
        ),
    ],
    "days_overdue": [
        ("days_overdue pregnancy_test every=28d", {}, "ABSENT"),
        ("days_overdue pregnancy_test every=28d", obs(), "NONE"),
        ("days_overdue pregnancy_test every=28d", pregnancy("negative 2026-02-09"), "0"),
        ("days_overdue pregnancy_test every=28d", pregnancy("negative 2026-02-08"), "1"),
        ("days_overdue pregnancy_test every=4wk", pregnancy("negative 2026-02-08"), "1"),
        ("days_overdue pregnancy_test every=28d", pregnancy("negative 2026-02-08", "negative 2026-02-10"), "-1"),
        ("days_overdue pregnancy_test every=28d", pregnancy("negative 2026-02"), "-19..8"),
        ("days_overdue pregnancy_test every=28d", pregnancy("negative 2026-03"), "-28..-20"),
        ("days_overdue pregnancy_test every=1mo", pregnancy("negative 2026-02-09"), "0"),
        ("days_overdue pregnancy_test every=1mo", pregnancy("negative 2026-01-31"), "9"),
        ("days_overdue pregnancy_test every=1mo", pregnancy("negative 2026-01-28"), "9"),
        ("days_overdue pregnancy_test every=1a", pregnancy("negative 2025-03-08"), "1"),
        ("days_overdue pregnancy_test every=1a", at("2025-03-01", pregnancy("negative 2024-02-29")), "1"),
        ("days_overdue pregnancy_test every=1mo", pregnancy("negative 2026-01"), "9..36"),
        ("days_overdue informed_consent every=28d", docs("informed_consent"), "UNSURE"),
        ("days_overdue minor_surgery every=28d", procs("minor_surgery 2026-02-08"), "1"),
        ("days_overdue minor_surgery every=28d", procs("minor_surgery 2026-03-12"), "NONE"),
        ("days_overdue complete_blood_count every=28d", counts("1 2026-02-08"), "1"),
        ("days_overdue pregnancy_test every=28d counted_from=treatment_start", obs() | STARTED, "35"),
        ("days_overdue pregnancy_test every=28d counted_from=treatment_start", STARTED, "ABSENT"),
        ("days_overdue pregnancy_test every=28d counted_from=treatment_start", obs(), "NONE"),
        (
            "days_overdue pregnancy_test every=28d counted_from=treatment_start",
            pregnancy("negative 2026-01-01") | STARTED,
            "35",
        ),
        (
            "days_overdue pregnancy_test every=28d counted_from=treatment_start",
            pregnancy("negative 2026-01-05") | STARTED,
            "35",
        ),
        (
            "days_overdue pregnancy_test every=28d counted_from=treatment_start",
            pregnancy("negative 2026-01-06") | STARTED,
            "34",
        ),
        (
            "days_overdue informed_consent every=28d counted_from=treatment_start",
            docs("informed_consent") | STARTED,
            "UNSURE",
        ),
    ],
    "days_on": [
        ("days_on thalidomide", {}, "ABSENT"),
        ("days_on thalidomide", course("active"), "ABSENT"),
        ("days_on thalidomide", course("planned", doses=()), "NONE"),
        ("days_on thalidomide", STARTED, "63"),
        ("days_on thalidomide", course("active", doses=(f"{TODAY} - 100",)), "0"),
        ("days_on thalidomide", course("active", doses=("2026-01 - 100",)), "37..67"),
        ("days_on thalidomide", course("active", doses=("2026-03 - 100",)), "0..8"),
        ("days_on thalidomide", course("active", doses=(SINCE_START,), pauses=("2026-02-01 2026-02-10",)), "53"),
        (
            "days_on thalidomide",
            course("active", doses=(SINCE_START,), pauses=("2026-02-01 2026-02-10", "2026-02-20 2026-02-20")),
            "52",
        ),
        ("days_on thalidomide", course("interrupted", doses=(SINCE_START,), pauses=("2026-02-01",)), "26"),
        (
            "days_on thalidomide",
            course("interrupted", doses=(SINCE_START,), pauses=("2026-01-11 2026-01-20", "2026-02-01")),
            "16",
        ),
        ("days_on thalidomide", course("stopped", doses=(SINCE_START,), stopped="2026-02-01"), "27"),
        ("days_on thalidomide", course("stopped", doses=(SINCE_START,)), "ABSENT"),
        ("days_on thalidomide", course("stopped", doses=(SINCE_START,), stopped="2026-02"), "27..54"),
        ("days_on dexamethasone", {}, "ABSENT"),
        ("days_on dexamethasone", meds(), "NOTHING"),
        ("days_on dexamethasone", meds("dexamethasone 2026-03-02"), "7"),
        ("days_on dexamethasone", meds(f"dexamethasone {TODAY}"), "0"),
        ("days_on dexamethasone", meds(f"dexamethasone 2026-03-02 {TODAY}"), "7"),
        ("days_on dexamethasone", meds("dexamethasone 2026-03-02 2026-03-08"), "NOTHING"),
        ("days_on dexamethasone", meds("dexamethasone 2026-03-12"), "NOTHING"),
        ("days_on dexamethasone", meds("dexamethasone 2026-02"), "9..36"),
        ("days_on dexamethasone", meds("dexamethasone"), "UNSURE"),
        ("days_on dexamethasone", meds("dexamethasone 2026-02-02 2026-03"), "UNSURE"),
        ("days_on dexamethasone", meds("dexamethasone 2026-03"), "UNSURE"),
        ("days_on corticosteroids", meds("dexamethasone 2026-03-02", "prednisolone 2026-02-27"), "10"),
        ("days_on corticosteroids", meds("aspirin 2026-03-02"), "NOTHING"),
        ("days_on corticosteroids", meds("other_drug 2026-03-02"), "UNSURE"),
        ("days_on corticosteroids", meds("dexamethasone 2026-03-02", "other_drug"), "7"),
        ("days_on dexamethasone", meds("corticosteroids 2026-03-02"), "UNSURE"),
    ],
    "dose": [
        ("dose current", {}, "ABSENT"),
        ("dose current", course("active"), "ABSENT"),
        ("dose current", course("planned"), "0"),
        ("dose current", course("interrupted", doses=(SINCE_START,)), "0"),
        ("dose current", course("stopped", doses=(SINCE_START,)), "0"),
        ("dose current", course("active", doses=()), "NOTHING"),
        ("dose current", STARTED, "100"),
        ("dose current", course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")), "200"),
        ("dose current", course("active", doses=("2026-02-05 - 200", "2026-01-05 2026-02-04 100")), "200"),
        ("dose current", course("active", doses=("2026-01-05 2026-03-08 100", f"{TODAY} - 200")), "200"),
        ("dose current", course("active", doses=(f"2026-01-05 {TODAY} 100", "2026-03-10 - 200")), "100"),
        ("dose current", course("active", doses=("2026-01-05 2026-03-08 100",)), "NOTHING"),
        ("dose planned", {}, "ABSENT"),
        ("dose planned", STARTED, "NOTHING"),
        ("dose planned", course("planned", planned_mg_per_day=50), "50"),
        ("dose first", course("active"), "ABSENT"),
        ("dose first", course("active", doses=()), "NOTHING"),
        ("dose first", course("stopped", doses=("2026-02-05 - 200", "2026-01-05 2026-02-04 100")), "100"),
        ("dose highest", course("active", doses=("2026-01-05 2026-02-04 300", "2026-02-05 - 200")), "300"),
        ("dose highest", course("active", doses=("2026-01-05 2026-03-19 100", "2026-03-20 - 400")), "100"),
        ("dose highest", {}, "ABSENT"),
    ],
    "times_per_day": [
        ("times_per_day dose", {}, "ABSENT"),
        ("times_per_day dose", STARTED, "ABSENT"),
        (
            "times_per_day dose",
            {
                "treatment": {
                    "status": "active",
                    "doses": [{"start": "2026-01-05", "mg_per_day": 100, "times": ["bedtime"]}],
                }
            },
            "1",
        ),
        (
            "times_per_day dose",
            {
                "treatment": {
                    "status": "active",
                    "doses": [
                        {"start": "2026-01-05", "stop": "2026-02-01", "mg_per_day": 100, "times": ["bedtime"]},
                        {"start": "2026-02-02", "mg_per_day": 200, "times": ["morning", "bedtime"]},
                    ],
                }
            },
            "2",
        ),
    ],
    "exposure": [  # more in test_exposure
        ("exposure cumulative_dose", {}, "ABSENT"),
        ("exposure cumulative_dose", course("active", doses=(SINCE_START,)), "UNSURE"),
        ("exposure rises", STARTED, "0"),
        (
            "exposure rises",
            course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")),
            "1",
        ),
        ("exposure reductions", course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")), "0"),
        ("exposure interruptions", course("active", pauses=("2026-02-01 2026-02-10",)), "1"),
    ],
    "dose_change": [
        ("dose_change latest", {}, "ABSENT"),
        ("dose_change latest", course("active"), "ABSENT"),
        ("dose_change latest", STARTED, "0"),
        ("dose_change latest", course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")), "100"),
        ("dose_change latest", course("active", doses=("2026-02-05 - 50", "2026-01-05 2026-02-04 200")), "-150"),
        (
            "dose_change latest",
            course("active", doses=("2026-01-05 2026-01-31 100", "2026-02-01 2026-02-28 200", "2026-03-01 - 200")),
            "100",
        ),
        ("dose_change latest", course("active", doses=("2026-01-05 2026-03-19 100", "2026-03-20 - 200")), "0"),
        ("dose_change at_restart", {}, "ABSENT"),
        ("dose_change at_restart", STARTED, "NOTHING"),
        ("dose_change at_restart", course("active", doses=(SINCE_START,), pauses=()), "NOTHING"),
        (
            "dose_change at_restart",
            course("active", doses=("2026-01-05 2026-01-31 100", "2026-02-11 - 50"), pauses=("2026-02-01 2026-02-10",)),
            "-50",
        ),
        ("dose_change at_restart", course("active", doses=(SINCE_START,), pauses=("2026-02-01 2026-02-10",)), "0"),
        ("dose_change at_restart", course("interrupted", doses=(SINCE_START,), pauses=("2026-02-01",)), "ABSENT"),
        (
            "dose_change at_restart",
            course("interrupted", doses=(SINCE_START,), pauses=("2026-02-01",), planned_mg_per_day=50),
            "-50",
        ),
        ("dose_change at_restart", course("interrupted", doses=(), pauses=("2026-02-01",)), "ABSENT"),
        (
            "dose_change at_restart",
            course(
                "stopped",
                doses=("2025-10-01 2025-11-30 200", "2025-12-11 2026-01-31 100"),
                pauses=("2025-12-01 2025-12-10",),
                planned_restart="2026-03-20",
                planned_mg_per_day=50,
            ),
            "-50",
        ),
        (
            "dose_change at_restart",
            course("stopped", doses=("2025-10-01 2025-11-30 200",), planned_restart="2026-03-20"),
            "ABSENT",
        ),
        ("dose_change at_restart", course("stopped", planned_restart="2026-03-20", planned_mg_per_day=50), "ABSENT"),
        ("dose_change at_restart", course("stopped", doses=("2025-10-01 2025-11-30 200",)), "NOTHING"),
    ],
    "days_before_dose_change": [
        ("days_before_dose_change latest", {}, "ABSENT"),
        ("days_before_dose_change latest", STARTED, "NOTHING"),
        (
            "days_before_dose_change latest",
            course("active", doses=("2026-01-05 2026-02-04 100", "2026-02-05 - 200")),
            "31",
        ),
        (
            "days_before_dose_change latest",
            course("active", doses=("2026-01-05 2026-01-19 100", "2026-01-20 2026-02-04 100", "2026-02-05 - 200")),
            "31",
        ),
        (
            "days_before_dose_change latest",
            course("active", doses=("2026-01-05 2026-01-19 50", "2026-01-20 2026-02-04 100", "2026-02-05 - 200")),
            "16",
        ),
        (
            "days_before_dose_change latest",
            course("active", doses=("2026-01 2026-02-04 100", "2026-02-05 - 200")),
            "5..35",
        ),
    ],
    "dose_of": [
        ("dose_of dexamethasone", {}, "ABSENT"),
        ("dose_of dexamethasone", meds(), "NOTHING"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 - 40/mg/d"), "40"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 - 0.04/g/d"), "40"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 - 500/ug/d"), "0.5"),
        ("dose_of dexamethasone", meds("dexamethasone - - 40/mg/d"), "40"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 - 40/U/d"), "UNSURE"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01"), "ABSENT"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 2026-03-08 40/mg/d"), "NOTHING"),
        ("dose_of dexamethasone", meds(f"dexamethasone 2026-01-01 {TODAY} 40/mg/d"), "40"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-03-12 - 40/mg/d"), "NOTHING"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-01-01 2026-03 40/mg/d"), "UNSURE"),
        ("dose_of dexamethasone", meds("dexamethasone 2026-03 - 40/mg/d"), "UNSURE"),
        ("dose_of dexamethasone", meds("other_drug 2026-01-01 - 40/mg/d"), "UNSURE"),
        ("dose_of dexamethasone", meds("other_drug 2026-01-01 2026-03-08 40/mg/d"), "NOTHING"),
        ("dose_of corticosteroids", meds("dexamethasone 2026-01-01 - 40/mg/d", "prednisolone - - 5/mg/d"), "45"),
        ("dose_of corticosteroids", meds("dexamethasone 2026-01-01 - 40/mg/d", "aspirin - - 75/mg/d"), "40"),
    ],
    "steroid_dose": [
        ("steroid_dose dexamethasone within=28d", {}, "ABSENT"),
        ("steroid_dose dexamethasone within=28d", meds(), "0"),
        ("steroid_dose dexamethasone within=28d", meds("aspirin - - 75/mg/d"), "0"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - - 1/mg/d"), "28"),
        ("steroid_dose dexamethasone within=28d", meds(f"dexamethasone {TODAY} - 1/mg/d"), "28"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-04-06 - 1/mg/d"), "28"),  # in 28 days
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-04-07 - 1/mg/d"), "27"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-05-04 - 1/mg/d"), "0"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2026-02-10 1/mg/d"), "1"),  # 27 days ago
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2026-02-09 1/mg/d"), "0"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-02-10 2026-02-13 40/mg/d"), "160"),
        (
            "steroid_dose dexamethasone within=28d",
            meds("dexamethasone 2026-02-10 2026-02-13 40/mg/d", "dexamethasone 2026-03-10 2026-03-13 40/mg/d"),
            "160",  # 28 days apart: never in one stretch
        ),
        (
            "steroid_dose dexamethasone within=28d",
            meds("dexamethasone 2026-02-10 2026-02-13 40/mg/d", "dexamethasone 2026-03-09 2026-03-12 40/mg/d"),
            "200",  # days 1 to 4 and the 28th
        ),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-03-01 2026-03-04 0.04/g/d"), "160"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-03-01 2026-03 1/mg/d"), "1..28"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-03 2026-03-05 1/mg/d"), "1..5"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2026-03-01 1/mg/d"), "1..20"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2026-03-11 1/mg/d"), "3..28"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2026-03-01"), "ABSENT"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2025-03-01"), "0"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone 2025-01-01 2026"), "UNSURE"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - 2026"), "UNSURE"),
        ("steroid_dose dexamethasone within=28d", meds("dexamethasone - - 40/U/d"), "UNSURE"),
        ("steroid_dose dexamethasone within=28d", meds("prednisone - - 10/mg/d"), "0"),
        ("steroid_dose corticosteroids within=28d", meds("prednisone - - 10/mg/d"), "42"),
        ("steroid_dose corticosteroids within=28d", meds("prednisolone - - 10/mg/d"), "42"),
        ("steroid_dose corticosteroids within=28d", meds("methylprednisolone - - 4/mg/d"), "21"),
        ("steroid_dose corticosteroids within=28d", meds("hydrocortisone - - 20/mg/d"), "21"),
        ("steroid_dose corticosteroids within=28d", meds("corticosteroid_other - - 20/mg/d"), "UNSURE"),
        (
            "steroid_dose corticosteroids within=28d",
            meds("hydrocortisone - - 20/mg/d", "dexamethasone - - 1/mg/d"),
            "49",
        ),
        ("steroid_dose dexamethasone within=28d", cycles("dexamethasone - - 40/mg/d", "1", 7), "160"),
        ("steroid_dose dexamethasone within=30d", cycles("dexamethasone - - 40/mg/d", "1", 7), "160..200"),
        ("steroid_dose dexamethasone within=28d", cycles("dexamethasone 2026-03 - 40/mg/d", "1", 7), "160"),
        (
            "steroid_dose dexamethasone within=28d",
            cycles("dexamethasone - - 40/mg/d", "1 2 3 4 9 10 11 12 17 18 19 20", 28),
            "480",
        ),
        (
            "steroid_dose dexamethasone within=28d",
            cycles(f"dexamethasone {TODAY} - 40/mg/d", "1 2 3 4 9 10 11 12 17 18 19 20", 28),
            "480",
        ),
        ("steroid_dose dexamethasone within=28d", cycles("dexamethasone 2026-01-05 - 40/mg/d", "1 2 3 4", 42), "160"),
        ("steroid_dose dexamethasone within=28d", cycles(f"dexamethasone {TODAY} {TODAY} 40/mg/d", "2", 7), "0"),
        (
            "steroid_dose dexamethasone within=28d",
            cycles("dexamethasone 2026-03 2026-03-07 40/mg/d", "2", 7),
            "0..40",
        ),
    ],
    "grade": [
        ("grade dizziness", {}, "ABSENT"),
        ("grade dizziness", events(), "0"),
        ("grade dizziness", events("dizziness 2 2026-03-01"), "2"),
        ("grade dizziness", events("dizziness 2 2026-03-01 2026-03-02"), "0"),
        ("grade dizziness", events("dizziness 3 2026-02-01 2026-03-02", "dizziness 1 2026-03-03"), "1"),
        ("grade dizziness", events("dizziness 2"), "2"),
        ("grade dizziness", events("dizziness - 2026-03-01"), "1..3"),
        ("grade dizziness", events("dizziness - 2026-03-01", "dizziness 2 2026-03-01"), "2..3"),
        ("grade febrile_neutropenia", events("febrile_neutropenia - 2026-03-01"), "3..5"),
        ("grade syncope", events("syncope"), "3"),
        ("grade pancytopenia", events("pancytopenia"), "1..5"),
        ("grade neuropathy", events("paraesthesia 1 2026-03-01", "neuralgia 3 2026-03-01"), "3"),
        ("grade neuropathy", events("dizziness 3 2026-03-01"), "0"),
        ("grade dizziness", events("dizziness 2 2026-03-01 - unrelated"), "2"),
        ("grade dizziness suspected=true", events("dizziness 2 2026-03-01 - unrelated"), "0"),
        ("grade dizziness suspected=true", events("dizziness 2 2026-03-01 - unlikely"), "0"),
        ("grade dizziness suspected=true", events("dizziness 2 2026-03-01 - possible"), "2"),
        ("grade dizziness suspected=true", events("dizziness 2 2026-03-01"), "2"),
    ],
    "worst_grade": [
        ("worst_grade dizziness", {}, "ABSENT"),
        ("worst_grade dizziness", events(), "0"),
        ("worst_grade dizziness", events("dizziness 3 2026-02-01 2026-03-02", "dizziness 1 2026-03-03"), "3"),
        ("worst_grade dizziness", events("dizziness - 2026-02-01 2026-03-02", "dizziness 2 2026-03-03"), "2..3"),
        ("worst_grade neuropathy", events("paraesthesia 2 2026-01-01 2026-02-01"), "2"),
        ("worst_grade dizziness suspected=true", events("dizziness 3 2026-03-01 - unlikely"), "0"),
    ],
    "count": [
        ("count pregnancy_test", {}, "ABSENT"),
        ("count pregnancy_test", obs(), "0"),
        ("count pregnancy_test result=negative", pregnancy("negative 2026-03-01", "positive 2026-01-01"), "1"),
        ("count pregnancy_test within=28d", pregnancy("negative 2026-02-09", "negative 2026-02-08"), "1"),
        ("count pregnancy_test within=28d", pregnancy("negative 2026-02", "negative 2026-03-01"), "1..2"),
        ("count pregnancy_test within=28d", pregnancy("negative 2026-03", "negative 2026-01"), "1"),
        ("count pregnancy_test within=4wk", pregnancy("negative 2026-02-09"), "1"),
        ("count informed_consent", docs("informed_consent"), "1"),
        ("count informed_consent within=28d", docs("informed_consent"), "0..1"),
        ("count complete_blood_count within=28d", obs("anc 1 /uL 2026-03-01", "platelets 1 /uL 2026-03-01"), "2"),
        ("count infection within=365d", events("sepsis 4 2026-01-01", "skin_infection 2 2025-12-01"), "2"),
        ("count infection within=365d", events("sepsis 4 2025-03-08", "skin_infection 2 2025-03-09"), "1"),
        (
            "count transfusion within=28d",
            procs("transfusion_platelets 2026-03-01", "transfusion_platelets 2026-03-12"),
            "1",
        ),
        ("count cancer", conds("lymphoma 2020", "multiple_myeloma - 2021"), "2"),
        ("count dexamethasone within=28d", meds("dexamethasone 2026-03-01", "dexamethasone 2026-03-12"), "1"),
        ("count dexamethasone within=28d", meds("dexamethasone 2026-03-01", "other_drug 2026-03-01"), "1..2"),
        ("count dexamethasone within=28d", meds("other_drug 2026-01-01", "other_drug"), "0..1"),
        ("count dexamethasone", meds("other_drug 2026-01-01", "other_drug 2026-03-12"), "0..1"),
    ],
    "days_using": [
        ("days_using copper_iud", {}, "ABSENT"),
        ("days_using copper_iud", woman(), "ABSENT"),
        ("days_using copper_iud", methods(), "0"),
        ("days_using copper_iud", methods("diaphragm 2026-01-01"), "0"),
        ("days_using copper_iud", methods("copper_iud 2026-02-09"), "28"),
        ("days_using copper_iud", methods(f"copper_iud {TODAY}"), "0"),
        ("days_using copper_iud", methods("copper_iud 2026-02"), "9..36"),
        ("days_using copper_iud", methods("copper_iud"), "UNSURE"),
        ("days_using copper_iud", methods("copper_iud 2026-01-01 2026-03-08"), "0"),
        ("days_using copper_iud", methods(f"copper_iud 2026-02-09 {TODAY}"), "28"),
        ("days_using copper_iud", methods("copper_iud 2026-02-09 2026-03-20"), "28"),
        ("days_using copper_iud", methods("copper_iud 2026-01-01 2026-03"), "UNSURE | 0..67"),
        ("days_using copper_iud", methods("copper_iud 2026-03-12"), "0"),
        ("days_using highly_effective_us", methods("copper_iud 2026-02-09", "tubal_sterilisation 2026-02-19"), "28"),
        (
            "days_using highly_effective_us",
            methods("copper_iud 2026-02-09 2026-03-01", "tubal_sterilisation 2026-02-19"),
            "18",
        ),
        ("days_using highly_effective_us", methods("copper_iud 2026-02-09", "tubal_sterilisation 2026-03-12"), "28"),
        ("days_using copper_iud to=planned_start", methods("copper_iud 2026-02-09"), "ABSENT"),
        (
            "days_using copper_iud to=planned_start",
            methods("copper_iud 2026-02-19") | course("planned", planned_start="2026-03-19"),
            "28",
        ),
        ("days_using copper_iud to=treatment_start", methods("copper_iud 2025-12-08") | STARTED, "28"),
    ],
    "methods_in_use": [
        ("methods_in_use highly_effective_us", {}, "ABSENT"),
        ("methods_in_use highly_effective_us", woman(), "ABSENT"),
        ("methods_in_use highly_effective_us", methods(), "0"),
        ("methods_in_use highly_effective_us", methods("diaphragm 2026-01-01"), "0"),
        ("methods_in_use highly_effective_us", methods("copper_iud"), "1"),
        ("methods_in_use highly_effective_us", methods("copper_iud 2026-01-01", "tubal_sterilisation 2020"), "2"),
        (
            "methods_in_use highly_effective_us",
            methods("copper_iud 2025-01-01 2025-06-01", "copper_iud 2026-01-01"),
            "1",
        ),
        ("methods_in_use highly_effective_us", methods("copper_iud 2026-01-01", "copper_iud 2026-02-01"), "1"),
        ("methods_in_use highly_effective_us", methods("copper_iud 2026-03-12"), "0"),
        ("methods_in_use highly_effective_us", methods("copper_iud 2026-03"), "0..1"),
        (
            "methods_in_use highly_effective_us",
            methods("copper_iud 2026-01-01 2026-03", "tubal_sterilisation 2020"),
            "1..2",
        ),
        ("methods_in_use highly_effective_us", methods("copper_iud 2026-01-01 2026-03", "copper_iud 2026-02-01"), "1"),
    ],
    "supply": [
        ("supply prescribed_days", {}, "ABSENT"),
        ("supply prescribed_days", prescribed(), "NONE"),
        ("supply prescribed_days", prescribed("2026-03-01"), "ABSENT"),
        ("supply prescribed_days", prescribed("2026-02-01 14", "2026-03-01 28"), "28"),
        ("supply prescribed_days", prescribed("2026-03-01 28", "2026-02-01 14"), "28"),
        ("supply prescribed_days", prescribed("2026-03-01 28", "2026-03-12 14"), "14"),
        ("supply prescribed_days", prescribed("2026-03-01T10:00 28", "2026-03-01T09:00 14"), "28"),
        ("supply prescribed_days", prescribed("2026-02 28", "2026-02-10 14"), "UNSURE | 14..28"),
        ("supply refills", prescribed("2026-03-01 28 0"), "0"),
        ("supply refills", prescribed("2026-03-01 28"), "ABSENT"),
        ("supply dispensed_days", {}, "ABSENT"),
        ("supply dispensed_days", dispensed(), "NONE"),
        ("supply dispensed_days", dispensed("2026-03-01"), "ABSENT"),
        ("supply dispensed_days", dispensed("2026-02-01 14", "2026-03-01 28"), "28"),
        ("supply dispensed_days", dispensed("2026-02 28", "2026-02-10 14"), "UNSURE | 14..28"),
        ("supply days_remaining_at_dispensing", {}, "ABSENT"),
        ("supply days_remaining_at_dispensing", dispensed("2026-03-01 28"), "NONE"),
        ("supply days_remaining_at_dispensing", dispensed("2026-03-01 28 5"), "5"),
        ("supply days_remaining_at_dispensing", dispensed("2026-02-08 28", "2026-03-01 28"), "7"),
        ("supply days_remaining_at_dispensing", dispensed("2026-02-08 28", "2026-03-01 28 3"), "3"),
        ("supply days_remaining_at_dispensing", dispensed("2026-01-01 28", "2026-03-01 28"), "0"),
        ("supply days_remaining_at_dispensing", dispensed("2026-02-08", "2026-03-01 28"), "ABSENT"),
        ("supply days_remaining_at_dispensing", dispensed("2026-02 28", "2026-03-01 28"), "0..27"),
    ],
    "taking": [
        ("taking thalidomide", {}, "ABSENT"),
        ("taking thalidomide", course(), "ABSENT"),
        ("taking thalidomide", STARTED, "yes"),
        ("taking thalidomide", course("planned"), "no"),
        ("taking thalidomide", course("interrupted"), "no"),
        ("taking thalidomide", course("stopped"), "no"),
        ("taking dexamethasone", {}, "ABSENT"),
        ("taking dexamethasone", meds(), "no"),
        ("taking dexamethasone", meds("aspirin"), "no"),
        ("taking dexamethasone", meds("dexamethasone"), "yes"),
        ("taking dexamethasone", meds(f"dexamethasone {TODAY}"), "yes"),
        ("taking dexamethasone", meds("dexamethasone 2026-03-10"), "no"),
        ("taking dexamethasone", meds(f"dexamethasone 2026-01-01 {TODAY}"), "yes"),
        ("taking dexamethasone", meds("dexamethasone 2026-01-01 2026-03-08"), "no"),
        ("taking dexamethasone", meds("dexamethasone 2026-01-01 2026-03"), "UNSURE"),
        ("taking dexamethasone", meds("dexamethasone 2026-01-01 2026-02"), "no"),
        ("taking dexamethasone", meds("dexamethasone 2026-01-01 2026-04"), "yes"),
        ("taking dexamethasone", meds("dexamethasone 2026-03"), "UNSURE"),
        ("taking dexamethasone", meds("dexamethasone 2026-02"), "yes"),
        ("taking corticosteroids", meds("dexamethasone 2026-01-01 2026-03", "prednisolone"), "yes"),
        ("taking corticosteroids", meds("dexamethasone - 2026-02-01", "prednisolone - 2026-02-01"), "no"),
        ("taking dexamethasone", meds("other_drug"), "UNSURE"),
        ("taking corticosteroids", meds("aspirin", "other_drug 2026-01-01"), "UNSURE"),
        ("taking corticosteroids", meds("dexamethasone", "other_drug"), "yes"),
        ("taking corticosteroids", meds("other_drug 2026-01-01 2026-03-08"), "no"),
        ("taking corticosteroids", meds("other_drug 2026-03-12"), "no"),
        ("taking corticosteroids", meds("other_drug 2026-03"), "UNSURE"),
        ("taking other_drug", meds("other_drug"), "yes"),
        ("taking dexamethasone", meds("corticosteroids"), "UNSURE"),
        ("taking corticosteroids", meds("corticosteroids"), "yes"),
        ("taking aspirin", meds("corticosteroids"), "no"),
        ("taking bleeding_risk_drugs", meds("antithrombotics"), "yes"),
        ("taking antithrombotics", meds("bleeding_risk_drugs"), "UNSURE"),
    ],
    "event_active": [
        ("event_active dizziness", {}, "ABSENT"),
        ("event_active dizziness", events(), "no"),
        ("event_active dizziness", events("dizziness"), "yes"),
        ("event_active dizziness", events(f"dizziness 1 {TODAY}"), "yes"),
        ("event_active dizziness", events("dizziness 1 2026-03"), "yes"),
        ("event_active dizziness", events(f"dizziness 1 2026-03-01 {TODAY}"), "no"),
        ("event_active dizziness", events("dizziness 1 2026-01-01 2026-01-02", "dizziness 1 2026-03-01"), "yes"),
        ("event_active rash", events("urticaria 1 2026-03-01"), "yes"),
        ("event_active rash", events("dizziness 1 2026-03-01"), "no"),
        ("event_active dizziness suspected=true", events("dizziness 1 2026-03-01 - unlikely"), "no"),
        ("event_active dizziness suspected=true", events("dizziness 1 2026-03-01 - definite"), "yes"),
    ],
    "event_ever": [
        ("event_ever dizziness", {}, "ABSENT"),
        ("event_ever dizziness", events(), "no"),
        ("event_ever dizziness", events("dizziness 1 2026-01-01 2026-01-02"), "yes"),
        ("event_ever dizziness", events("dizziness"), "yes"),
        ("event_ever dizziness suspected=true", events("dizziness 1 - - unrelated"), "no"),
        ("event_ever rash", events("urticaria 1 2026-01-01 2026-01-02"), "yes"),
        ("event_ever dizziness since=treatment_start", STARTED, "ABSENT"),
        ("event_ever dizziness since=treatment_start", events(), "no"),
        ("event_ever dizziness since=treatment_start", events("dizziness 1 2026-01-05"), "ABSENT"),
        ("event_ever dizziness since=treatment_start", events("dizziness 1 2026-01-05") | STARTED, "yes"),
        ("event_ever dizziness since=treatment_start", events("dizziness 1 2026-01-04") | STARTED, "no"),
        ("event_ever dizziness since=treatment_start", events("dizziness") | STARTED, "UNSURE"),
        ("event_ever dizziness since=treatment_start", events("dizziness 1 2026-01") | STARTED, "UNSURE"),
        ("event_ever dizziness since=treatment_start", events("dizziness 1 2026-02") | STARTED, "yes"),
        ("event_ever dizziness since=treatment_start", events("dizziness", "dizziness 1 2026-02-01") | STARTED, "yes"),
    ],
    "recurred_after_restart": [
        ("recurred_after_restart dizziness", {}, "ABSENT"),
        ("recurred_after_restart dizziness", events("dizziness 1 2026-01-10"), "ABSENT"),
        (
            "recurred_after_restart dizziness",
            events("dizziness 1 2026-01-10") | course("active", pauses=(), earlier=()),
            "no",
        ),
    ],
    "condition": [
        ("condition lymphoma", {}, "ABSENT"),
        ("condition lymphoma", conds(), "no"),
        ("condition lymphoma", conds("lymphoma"), "yes"),
        ("condition lymphoma", conds(f"lymphoma {TODAY}"), "yes"),
        ("condition lymphoma", conds("lymphoma 2026"), "yes"),
        ("condition lymphoma", conds("lymphoma 2020 2021"), "no"),
        ("condition lymphoma", conds("lymphoma 2020 2021", "lymphoma 2024"), "yes"),
        ("condition cancer", conds("lymphoma 2020"), "yes"),
        ("condition cancer", conds("obesity 2020"), "no"),
    ],
    "condition_ever": [
        ("condition_ever lymphoma", {}, "ABSENT"),
        ("condition_ever lymphoma", conds(), "no"),
        ("condition_ever lymphoma", conds("lymphoma"), "yes"),
        ("condition_ever lymphoma", conds("lymphoma 2020 2021"), "yes"),
        ("condition_ever lymphoma", conds("lymphoma 2026"), "yes"),
        ("condition_ever cancer", conds("lymphoma 2020 2021"), "yes"),
    ],
    "procedure": [
        ("procedure hysterectomy", {}, "ABSENT"),
        ("procedure hysterectomy", procs(), "no"),
        ("procedure hysterectomy", procs("hysterectomy"), "yes"),
        ("procedure hysterectomy", procs(f"hysterectomy {TODAY}"), "yes"),
        ("procedure hysterectomy", procs("hysterectomy 2026-03-10"), "no"),
        ("procedure hysterectomy", procs("hysterectomy 2026-03"), "UNSURE"),
        ("procedure hysterectomy", procs("hysterectomy 2026"), "UNSURE"),
        ("procedure hysterectomy", procs("hysterectomy 2025"), "yes"),
        ("procedure hysterectomy", procs("hysterectomy 2027"), "no"),
        ("procedure surgery_any", procs("neurosurgery 2026-03", "major_surgery 2026-01-01"), "yes"),
        ("procedure surgery_any", procs("minor_surgery 2026-01-01"), "no"),
    ],
    "trait": [
        ("trait smoker_current", {}, "ABSENT"),
        ("trait smoker_current", person(), "ABSENT"),
        ("trait smoker_current", person(traits=[]), "no"),
        ("trait smoker_current", person(traits=["smoker_former"]), "no"),
        ("trait smoker_current", person(traits=["sedentary", "smoker_current"]), "yes"),
        ("trait smoker_ever", person(traits=["smoker_former"]), "yes"),
        ("trait smoker_ever", person(traits=["never_smoked"]), "no"),
    ],
    "on_file": [
        ("on_file informed_consent", {}, "ABSENT"),
        ("on_file informed_consent", docs(), "no"),
        ("on_file informed_consent", docs("informed_consent"), "yes"),
        ("on_file informed_consent", docs(f"informed_consent {TODAY}"), "yes"),
        ("on_file informed_consent", docs("informed_consent 2026-03"), "yes"),
        ("on_file informed_consent", docs("assent"), "no"),
        ("on_file complete_blood_count", counts("1 2026-03-01"), "yes"),
        ("on_file pregnancy_test result=negative", pregnancy("positive 2026-03-01"), "no"),
        ("on_file pregnancy_test result=negative", pregnancy("positive 2026-03-01", "negative 2026-02-01"), "yes"),
        ("on_file informed_consent within=28d", {}, "ABSENT"),
        ("on_file informed_consent within=28d", docs("informed_consent 2026-02-09"), "yes"),
        ("on_file informed_consent within=28d", docs("informed_consent 2026-02-08"), "no"),
        ("on_file informed_consent within=28d", docs("informed_consent"), "UNSURE"),
        ("on_file informed_consent within=28d", docs("informed_consent", f"informed_consent {TODAY}"), "yes"),
        ("on_file informed_consent within=28d", docs("informed_consent 2026-02"), "UNSURE"),
        ("on_file informed_consent within=36d", docs("informed_consent 2026-02"), "yes"),
        ("on_file informed_consent within=8d", docs("informed_consent 2026-02"), "no"),
        ("on_file informed_consent within=1mo", docs("informed_consent 2026-02-09"), "yes"),
        ("on_file informed_consent within=1mo", docs("informed_consent 2026-02-08"), "no"),
        ("on_file informed_consent within=1mo", at("2026-02-28", docs("informed_consent 2026-01-31")), "yes"),
        ("on_file informed_consent within=1mo", at("2026-03-01", docs("informed_consent 2026-01-31")), "no"),
        ("on_file informed_consent within=1mo", docs("informed_consent 2026-02"), "UNSURE"),
        ("on_file informed_consent within=1a", docs("informed_consent 2025-03-09"), "yes"),
        ("on_file informed_consent within=1a", docs("informed_consent 2025-03-08"), "no"),
        ("on_file informed_consent since=treatment_start", docs("informed_consent 2026-01-05"), "ABSENT"),
        ("on_file informed_consent since=treatment_start", docs(), "no"),
        ("on_file informed_consent since=treatment_start", docs("informed_consent 2026-01-05") | STARTED, "yes"),
        ("on_file informed_consent since=treatment_start", docs("informed_consent 2026-01-04") | STARTED, "no"),
        ("on_file informed_consent since=treatment_start", docs("informed_consent 2026-01") | STARTED, "UNSURE"),
        ("on_file informed_consent since=treatment_start", docs("informed_consent 2026-03") | STARTED, "yes"),
        ("on_file informed_consent before=treatment_start", docs("informed_consent 2026-01-05") | STARTED, "yes"),
        ("on_file informed_consent before=treatment_start", docs("informed_consent 2026-01-06") | STARTED, "no"),
        ("on_file informed_consent before=treatment_start", docs("informed_consent") | STARTED, "UNSURE"),
        ("on_file informed_consent before=treatment_start", docs("informed_consent 2026-01") | STARTED, "UNSURE"),
        ("on_file informed_consent before=treatment_start", docs("informed_consent 2025") | STARTED, "yes"),
        (
            "on_file pregnancy_test before=treatment_start from=14d to=10d",
            pregnancy("negative 2025-12-22") | STARTED,
            "yes",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=14d to=10d",
            pregnancy("negative 2025-12-26") | STARTED,
            "yes",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=14d to=10d",
            pregnancy("negative 2025-12-21") | STARTED,
            "no",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=14d to=10d",
            pregnancy("negative 2025-12-27") | STARTED,
            "no",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=14d to=10d",
            pregnancy("negative 2025-12") | STARTED,
            "UNSURE",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=1mo to=0d",
            pregnancy("negative 2025-12-05") | STARTED,
            "yes",
        ),
        (
            "on_file pregnancy_test before=treatment_start from=1mo to=0d",
            pregnancy("negative 2025-12-04") | STARTED,
            "no",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-01T10:00") | prescribed("2026-03-02T10:00"),
            "yes",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-01T09:59") | prescribed("2026-03-02T10:00"),
            "no",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-01T10:00+00:00") | prescribed("2026-03-02T10:00+01:00"),
            "yes",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-01T10:00+01:00") | prescribed("2026-03-02T10:00+00:00"),
            "no",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-01") | prescribed("2026-03-02T10:00"),
            "UNSURE",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-02-28") | prescribed("2026-03-02T10:00"),
            "no",
        ),
        (
            "on_file pregnancy_test before=prescription from=24h",
            pregnancy("negative 2026-03-02T10:01") | prescribed("2026-03-02T10:00"),
            "no",
        ),
        (
            "on_file pregnancy_test before=prescription",
            pregnancy("negative 2026-03-02") | prescribed("2026-03-02T10:00"),
            "yes",
        ),
        ("on_file pregnancy_test before=prescription", pregnancy("negative 2026-03-01") | prescribed(), "NONE"),
    ],
    "using": [
        ("using copper_iud within=42d", {}, "ABSENT"),
        ("using copper_iud within=42d", methods(), "no"),
        ("using copper_iud within=42d", methods("copper_iud 2026-01-01"), "yes"),
        ("using copper_iud within=42d", methods("copper_iud 2025-01-01 2026-01-26"), "yes"),  # 42 days ago
        ("using copper_iud within=42d", methods("copper_iud 2025-01-01 2026-01-25"), "no"),
        ("using copper_iud within=42d", methods("copper_iud 2025-01-01 2026-01"), "UNSURE"),
        ("using copper_iud within=42d", methods("copper_iud 2026-03-10"), "no"),
        ("using copper_iud within=42d", methods("diaphragm 2025-01-01 2026-03-01"), "no"),
        ("using copper_iud", {}, "ABSENT"),
        ("using copper_iud", woman(), "ABSENT"),
        ("using copper_iud", methods(), "no"),
        ("using copper_iud", methods("diaphragm"), "no"),
        ("using copper_iud", methods("copper_iud"), "yes"),
        ("using copper_iud", methods("copper_iud 2026-03-10"), "no"),
        ("using copper_iud", methods(f"copper_iud 2026-01-01 {TODAY}"), "yes"),
        ("using copper_iud", methods("copper_iud 2026-01-01 2026-03-08"), "no"),
        ("using copper_iud", methods("copper_iud 2026-01-01 2026-03"), "UNSURE"),
        ("using copper_iud", methods("copper_iud 2026-03"), "UNSURE"),
        ("using highly_effective_us", methods("copper_iud 2026-01-01 2026-03", "tubal_sterilisation"), "yes"),
        ("using intrauterine_device", methods("copper_iud 2026-01-01"), "yes"),
    ],
    "paused_for": [
        ("paused_for reason_rash", {}, "ABSENT"),
        ("paused_for reason_rash", course("active"), "ABSENT"),
        ("paused_for reason_rash", course("active", pauses=(), earlier=()), "no"),
        ("paused_for reason_rash", course("active", pauses=("2026-02-01 2026-02-10 reason_rash",), earlier=()), "yes"),
        ("paused_for reason_rash", course("active", pauses=("2026-02-01 2026-02-10",), earlier=()), "UNSURE"),
        (
            "paused_for reason_rash",
            course("active", pauses=("2026-02-01 2026-02-10 reason_sedation",), earlier=()),
            "no",
        ),
        ("paused_for reason_rash", course("active", pauses=(), earlier=("2025-01-01 2025-02-01 reason_rash",)), "yes"),
        ("paused_for reason_rash", course("active", pauses=(), earlier=("2025-01-01 2025-02-01",)), "UNSURE"),
        ("paused_for reason_rash", course("active", pauses=("2026-03-20 - reason_rash",), earlier=()), "no"),
        (
            "paused_for reason_adverse_event",
            course("active", pauses=("2026-02-01 2026-02-10 reason_rash",), earlier=()),
            "yes",
        ),
        ("paused_for reason_rash", course("interrupted", pauses=("2026-03-01 - reason_rash",), earlier=()), "yes"),
        ("paused_for reason_rash", course("stopped", stop_reason="reason_rash", pauses=(), earlier=()), "yes"),
        ("paused_for reason_rash", course("stopped", pauses=(), earlier=()), "ABSENT"),
        (
            "paused_for reason_rash which=current",
            course("interrupted", pauses=("2026-03-01 - reason_rash",), earlier=()),
            "yes",
        ),
        ("paused_for reason_rash which=current", course("interrupted", pauses=("2026-03-01",), earlier=()), "UNSURE"),
        ("paused_for reason_rash which=current", course("interrupted", pauses=(), earlier=()), "UNSURE"),
        ("paused_for reason_rash", course("interrupted", pauses=(), earlier=()), "UNSURE"),
        ("paused_for reason_rash which=current", course("interrupted", earlier=()), "UNSURE"),
        ("paused_for reason_rash", course("interrupted", earlier=()), "UNSURE"),
        (
            "paused_for reason_rash",
            course("interrupted", pauses=("2026-01-10 2026-01-20 reason_rash",), earlier=()),
            "yes",
        ),
        (
            "paused_for reason_rash which=current",
            course(
                "interrupted", pauses=("2026-01-10 2026-01-20 reason_rash", "2026-03-01 - reason_sedation"), earlier=()
            ),
            "no",
        ),
        (
            "paused_for reason_rash which=earlier",
            course(
                "interrupted", pauses=("2026-01-10 2026-01-20 reason_rash", "2026-03-01 - reason_sedation"), earlier=()
            ),
            "yes",
        ),
        (
            "paused_for reason_rash which=earlier",
            course("interrupted", pauses=("2026-03-01 - reason_rash",), earlier=()),
            "no",
        ),
        (
            "paused_for reason_rash which=current",
            course("active", pauses=("2026-02-01 2026-02-10 reason_rash",), earlier=()),
            "no",
        ),
        (
            "paused_for reason_rash which=earlier",
            course("active", pauses=("2026-02-01 2026-02-10 reason_rash",), earlier=()),
            "yes",
        ),
        (
            "paused_for reason_rash which=current",
            course("stopped", stop_reason="reason_rash", pauses=(), earlier=()),
            "yes",
        ),
        (
            "paused_for reason_rash which=earlier",
            course("stopped", stop_reason="reason_rash", pauses=(), earlier=()),
            "no",
        ),
        (
            "paused_for reason_rash which=current",
            course("stopped", stop_reason="reason_sedation", pauses=("2026-02-01 2026-02-10 reason_rash",), earlier=()),
            "no",
        ),
    ],
    "recorded": [
        ("recorded planned_start", {}, "ABSENT"),
        ("recorded planned_start", course("planned"), "no"),
        ("recorded planned_start", course("planned", planned_start="2026-03"), "yes"),
        ("recorded last_period", {}, "ABSENT"),
        ("recorded last_period", woman(), "no"),
        ("recorded last_period", woman(last_period="2026-02-09"), "yes"),
        ("recorded dispensing", {}, "ABSENT"),
        ("recorded dispensing", dispensed(), "no"),
        ("recorded dispensing", dispensed("2026-03-01"), "yes"),
        ("recorded dispensing", dispensed("2026-02", "2026-02-10"), "yes"),
        ("recorded previous_prescription", prescribed("2026-03-01"), "no"),
        ("recorded previous_prescription", prescribed("2026-03-01", "2026-02-01"), "yes"),
        ("recorded authorisation", prescribed("2026-03-01"), "no"),
        ("recorded restart", course("active", pauses=(), earlier=()), "no"),
        ("recorded restart", course("active", pauses=("2026-02-01 2026-02-10",), earlier=()), "yes"),
        ("recorded treatment_start", course("active"), "ABSENT"),
        ("recorded treatment_start", course("planned", doses=()), "no"),
        ("recorded treatment_start", STARTED, "yes"),
        ("recorded supply_end", dispensed("2026-03-01"), "ABSENT"),
    ],
    "fact": [
        ("fact sex_at_birth", {}, "ABSENT"),
        ("fact sex_at_birth", person(), "ABSENT"),
        ("fact sex_at_birth", person(sex_at_birth="female"), "female"),
        ("fact treatment_status", {}, "ABSENT"),
        ("fact treatment_status", course(), "ABSENT"),
        ("fact treatment_status", course("interrupted"), "interrupted"),
        ("fact indication", course("active"), "ABSENT"),
        ("fact indication", course("active", indication="enl_acute"), "enl_acute"),
        ("fact menstrual_status", woman(), "ABSENT"),
        ("fact menstrual_status", woman(menstrual_status="perimenopausal"), "perimenopausal"),
        ("fact puberty", woman(puberty="started"), "started"),
        ("fact cycle_regularity", woman(), "ABSENT"),
        ("fact cycle_regularity", woman(cycles={"regularity": "irregular"}), "irregular"),
        ("fact cycle_confirmed", woman(cycles={}), "ABSENT"),
        ("fact cycle_confirmed", woman(cycles={"confirmed": True}), "yes"),
        ("fact cycle_confirmed", woman(cycles={"confirmed": False}), "no"),
        ("fact pregnancy", {}, "ABSENT"),
        ("fact pregnancy", woman(pregnancy="none"), "none"),
        ("fact pregnancy", woman(pregnancy="suspected"), "suspected"),
        ("fact breastfeeding", woman(), "ABSENT"),
        ("fact breastfeeding", woman(breastfeeding=False), "no"),
        ("fact breastfeeding", woman(breastfeeding=True), "yes"),
        ("fact abstinence", woman(abstinence="committed"), "committed"),
        ("fact partner_can_become_pregnant", woman(), "ABSENT"),
        ("fact partner_can_become_pregnant", woman(partner={}), "ABSENT"),
        ("fact partner_can_become_pregnant", woman(partner={"can_become_pregnant": False}), "no"),
        ("fact partner_pregnancy", woman(partner={"pregnancy": "confirmed"}), "confirmed"),
        ("fact condom_use", woman(partner={"condom_use": "sometimes"}), "sometimes"),
        ("fact condom_material", woman(partner={"condom_material": "latex"}), "latex"),
        ("fact dose_time", STARTED, "ABSENT"),
        (
            "fact dose_time",
            {
                "treatment": {
                    "status": "active",
                    "doses": [{"start": "2026-01-05", "mg_per_day": 100, "times": ["bedtime"]}],
                }
            },
            "bedtime",
        ),
        (
            "fact dose_time",
            {
                "treatment": {
                    "status": "active",
                    "doses": [{"start": "2026-01-05", "mg_per_day": 100, "times": ["morning", "bedtime"]}],
                }
            },
            "several",
        ),
        ("fact prescription_route", {}, "ABSENT"),
        ("fact prescription_route", prescribed(), "ABSENT"),
        (
            "fact prescription_route",
            prescribed("2026-02-01 28 0 - - written", "2026-03-01 28 0 - - telephone"),
            "telephone",
        ),
        (
            "fact prescription_risk_category",
            {"prescriptions": [{"date": "2026-03-01", "risk_category": "adult_male"}]},
            "adult_male",
        ),
        ("fact prescription_authorised", {}, "ABSENT"),
        ("fact prescription_authorised", prescribed("2026-03-01"), "no"),
        ("fact prescription_authorised", prescribed("2026-03-01 28 0 - A1"), "yes"),
        ("fact prescription_authorised", prescribed("2026-02-01 28 0 - A1", "2026-03-01 28 0"), "no"),
        ("fact dispensing_confirmed", dispensed("2026-03-01"), "no"),
        ("fact dispensing_confirmed", dispensed("2026-03-01 28 0 - C1"), "yes"),
        ("fact dispensing_pharmacy_certified", dispensed("2026-03-01"), "ABSENT"),
        (
            "fact dispensing_pharmacy_certified",
            {"dispensings": [{"date": "2026-03-01", "pharmacy_certified": False}]},
            "no",
        ),
        ("fact dispensing_counselled", {"dispensings": [{"date": "2026-03-01", "counselled": True}]}, "yes"),
        (
            "fact dispensing_medication_guide",
            {"dispensings": [{"date": "2026-03-01", "medication_guide": True}]},
            "yes",
        ),
    ],
    "result": [
        ("result pregnancy_test", {}, "ABSENT"),
        ("result pregnancy_test", obs(), "NONE"),
        ("result pregnancy_test", pregnancy("positive 2026-03-01"), "positive"),
        ("result pregnancy_test", pregnancy("positive 2026-03-01", "negative 2026-03-02"), "negative"),
        ("result pregnancy_test", pregnancy("positive 2026-03-02", "negative 2026-03-02"), "UNSURE"),
        ("result pregnancy_test", pregnancy("negative 2026-03-02", "negative 2026-03-02"), "negative"),
        ("result pregnancy_test", pregnancy("positive 2026-03-02T09:00", "negative 2026-03-02T10:00"), "negative"),
        (
            "result pregnancy_test",
            pregnancy("positive 2026-03-02T09:00Z", "negative 2026-03-02T09:30+01:00"),
            "positive",
        ),
        ("result pregnancy_test", pregnancy("positive 2026-03-02", "negative 2026-03-02T10:00"), "UNSURE"),
        ("result pregnancy_test", pregnancy("positive 2026-02", "negative 2026-02-10"), "UNSURE"),
        ("result pregnancy_test", pregnancy("positive 2026-02", "negative 2026-03-01"), "negative"),
        ("result pregnancy_test no_older_than=28d", pregnancy("negative 2026-02-09"), "negative"),
        ("result pregnancy_test no_older_than=28d", pregnancy("negative 2026-02-08"), "ABSENT"),
        ("result pregnancy_test no_older_than=28d", pregnancy("negative 2026-02"), "UNSURE"),
    ],
}

PAUSED = course("active", doses=(SINCE_START,), pauses=("2026-02-01 2026-02-10",), earlier=())
TABLES["recurred_after_restart"] += [
    ("recurred_after_restart dizziness", events(*written) | PAUSED, expected)
    for written, expected in (
        ((), "no"),
        (("dizziness 1 2026-01-10",), "no"),
        (("dizziness 1 2026-02-20",), "no"),
        (("dizziness 1 2026-01-10", "dizziness 1 2026-02-20"), "yes"),
        (("dizziness 1 2026-02-20", "dizziness 1 2026-01-10"), "yes"),
        (("dizziness 1 2026-01-10", "dizziness 1 2026-02-11"), "yes"),
        (("dizziness 1 2026-01-10", "dizziness 1 2026-02-10"), "no"),
        (("dizziness 1 2026-01-10", "dizziness 1 2026-02"), "UNSURE"),
        (("dizziness 1 2026-01-10", "dizziness 1"), "UNSURE"),
        (("dizziness 1 2026-01-10", "dizziness 1 2026-03"), "yes"),
        (("dizziness 1",), "no"),
        (("dizziness 1 2026-01-10", "fatigue 1 2026-02-20"), "no"),
    )
]
TABLES["recurred_after_restart"] += [
    ("recurred_after_restart rash", events("urticaria 1 2026-01-10", "rash_pustular 2 2026-02-20") | PAUSED, "yes"),
    (
        "recurred_after_restart rash suspected=true",
        events("urticaria 1 2026-01-10", "rash_pustular 2 2026-02-20 - unrelated") | PAUSED,
        "no",
    ),
]

ROWS = [row for table in TABLES.values() for row in table]
CALENDAR = re.compile(r"age |months_since |=\d+(mo|a)\b")


@pytest.mark.parametrize(
    ("question", "facts", "expected"),
    [pytest.param(*row, id=f"{row[0]} {number}") for table in TABLES.values() for number, row in enumerate(table, 1)],
)
def test_answer(question: str, facts: Facts, expected: str) -> None:
    """The answer is the one the record allows."""
    assert set(told_all([ask(question)], facts)) <= accepted(expected)


def test_every_question_has_its_table() -> None:
    """Each kind has a table of its own, and in it a record that says nothing, with no answer to it."""
    assert TABLES.keys() == QUESTIONS.keys()
    for kind, table in TABLES.items():
        assert {question.split()[0] for question, _, _ in table} == {kind}
        assert any(facts == {} and expected == "ABSENT" for _, facts, expected in table), kind
        assert len({expected for _, _, expected in table}) > 2 or kind == "trait", kind


def test_nothing_recorded_is_never_an_answer() -> None:
    """A record that holds only its day answers no question at all."""
    assert set(told_all([ask(question) for question, _, _ in ROWS], {})) == {"ABSENT"}


def test_answers_stand_in_the_order_of_the_questions() -> None:
    """Each answer stands where its question stood, whatever was asked before it."""
    facts = counts("1 2026-03-01") | STARTED
    questions = [ask("latest anc"), ask("days_since treatment_start"), ask("taking thalidomide"), ask("latest anc")]
    assert told_all(questions, facts) == ["1", "63", "yes", "1"]
    assert told_all(reversed(questions), facts) == ["1", "yes", "63", "1"]


# ---------------------------------------------------------------- laws

ORIGIN = date.fromisoformat(TODAY).toordinal()
PAST = st.integers(-420, 0)
ANY_DAY = st.integers(-420, 60)
CLOCKS = st.sampled_from(("", "", "", "T08:15", "T17:40+01:00", "T12:00Z"))


def _iso(offset: int) -> str:
    """Return the day so many days after today."""
    return date.fromordinal(ORIGIN + offset).isoformat()


def _timed(day: int, clock: str) -> str:
    """Return a day with the time of a clock."""
    return _iso(day) + clock


def _entries(codes: str, key: str, date_key: str, days: st.SearchStrategy[int], **more: st.SearchStrategy[Any]) -> Any:
    """Return a list of entries that may be undated, or nothing."""
    dates = st.builds(_timed, days, CLOCKS)
    if key != "code" or "value" not in more:
        dates = st.one_of(st.none(), st.builds(_iso, days))
    entry = st.fixed_dictionaries({key: st.sampled_from(codes.split()), date_key: dates, **more})
    return st.one_of(st.none(), st.lists(entry, max_size=4))


@st.composite
def spans(draw: st.DrawFn, /, days: st.SearchStrategy[int], **more: st.SearchStrategy[Any]) -> Facts:
    """Return a period that ends after it begins, or goes on."""
    start = draw(days)
    stop = draw(st.one_of(st.none(), st.integers(0, 90)))
    end = None if stop is None else _iso(start + stop)
    return {"start": _iso(start), "stop": end, **{name: draw(value) for name, value in more.items()}}


@st.composite
def states(draw: st.DrawFn) -> Facts:
    """Return a record with dates to the day only."""
    value = st.sampled_from(("0.5", "0.75", "1", "2.5"))
    reasons = st.sampled_from((None, "reason_rash", "reason_sedation"))
    milligrams = st.sampled_from((50, 100, 200))
    grade = st.sampled_from((None, 1, 2, 3))
    supply = st.sampled_from((None, 14, 28))
    counted = draw(_entries("anc", "code", "date", PAST, value=value, unit=st.just("10*9/L"))) or []
    tested = (
        draw(_entries("pregnancy_test", "code", "date", PAST, value=st.sampled_from(("negative", "positive")))) or []
    )
    amplitudes = _entries("snap_sural", "code", "date", PAST, value=value, unit=st.just("uV"), baseline=st.booleans())
    written = st.fixed_dictionaries({"date": st.builds(_timed, PAST, CLOCKS), "days_supply": supply})
    return {
        "observations": [*counted, *tested, *(draw(amplitudes) or [])],
        "adverse_events": draw(_entries("dizziness urticaria rash_pustular", "term", "onset", PAST, grade=grade)),
        "conditions": draw(_entries("lymphoma obesity", "code", "onset", PAST)),
        "procedures": draw(_entries("hysterectomy minor_surgery neurosurgery", "code", "date", ANY_DAY)),
        "documents": draw(_entries("informed_consent assent", "code", "date", PAST)),
        "medications": draw(
            st.lists(
                spans(
                    ANY_DAY, drug=st.sampled_from(("dexamethasone", "prednisolone", "corticosteroids", "other_drug"))
                ),
                max_size=3,
            )
        ),
        "reproduction": {
            "contraception": draw(
                st.lists(spans(ANY_DAY, method=st.sampled_from(("copper_iud", "tubal_sterilisation"))), max_size=3)
            )
        },
        "treatment": {
            "status": draw(st.sampled_from((None, "planned", "active", "interrupted", "stopped"))),
            "planned_start": draw(st.one_of(st.none(), st.builds(_iso, ANY_DAY))),
            "doses": draw(st.one_of(st.none(), st.lists(spans(PAST, mg_per_day=milligrams), max_size=3))),
            "interruptions": draw(st.one_of(st.none(), st.lists(spans(PAST, reason=reasons), max_size=2))),
            "earlier_courses": draw(st.one_of(st.none(), st.lists(spans(PAST, reason=reasons), max_size=2))),
            "stopped": draw(st.one_of(st.none(), st.builds(_iso, PAST))),
        },
        "prescriptions": draw(st.one_of(st.none(), st.lists(written, max_size=3))),
        "dispensings": draw(st.one_of(st.none(), st.lists(written, max_size=3))),
    }


def shifted(facts: Any, days: int) -> Any:
    """Return a record with every date in it so many days later."""
    if isinstance(facts, dict):
        return {key: shifted(value, days) for key, value in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [shifted(value, days) for value in facts]
    found = _FULL_DATE.fullmatch(facts) if isinstance(facts, str) else None
    if found is None:
        return facts
    return (date.fromisoformat(found[1]) + timedelta(days)).isoformat() + (found[2] or "")


def in_another_century(facts: Any, years: int) -> Any:
    """Return a record with every year in it changed, partial dates included."""
    if isinstance(facts, dict):
        return {key: in_another_century(value, years) for key, value in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [in_another_century(value, years) for value in facts]
    if isinstance(facts, str) and re.fullmatch(r"\d{4}(-\d{2}(-\d{2}(T.*)?)?)?", facts):
        return f"{int(facts[:4]) + years:04d}{facts[4:]}"
    return facts


QUESTIONS_ASKED = list(dict.fromkeys(question for question, _, _ in ROWS))
IN_DAYS = [question for question in QUESTIONS_ASKED if not CALENDAR.search(question)]


@given(states(), st.integers(-40_000, 40_000))
def test_answers_do_not_depend_on_the_day_of_the_calendar(facts: Facts, days: int) -> None:
    """When every date is so many days later, every answer that is not in calendar months is the same."""
    asked = [ask(question) for question in IN_DAYS]
    facts = {"as_of": TODAY, **facts}
    assert told_all(asked, shifted(facts, days)) == told_all(asked, facts)


@given(states(), st.sampled_from((-1600, -400, 400, 800, 4000)))
def test_answers_do_not_depend_on_the_century(facts: Facts, years: int) -> None:
    """The calendar repeats after 400 years, and so does every answer."""
    asked = [ask(question) for question in QUESTIONS_ASKED]
    facts = {"as_of": TODAY, **facts}
    assert told_all(asked, in_another_century(facts, years)) == told_all(asked, facts)


@pytest.mark.parametrize("years", [-400, 2000])
def test_the_tables_hold_in_other_centuries(years: int) -> None:
    """Every row of the tables, partial dates included, gives the same answer 400 years apart."""
    for question, facts, expected in ROWS:
        moved = in_another_century({"as_of": TODAY, **facts}, years)
        assert set(told_all([ask(question)], moved)) <= accepted(expected), (question, facts)


DRUGS_ASKED = [ask(q) for q in QUESTIONS_ASKED if ask(q).subject in {"dexamethasone", "corticosteroids"}]


@given(states(), st.sampled_from(DRUGS_ASKED))
def test_a_medicine_that_the_vocabulary_does_not_know_never_says_no(facts: Facts, asked: Feature) -> None:
    """One more medicine, unknown and taken today, takes each no away, and changes no yes and no number to another."""
    before, after = (
        told_all([asked], {"as_of": TODAY, **facts, "medications": [*facts["medications"], *more]})[0]
        for more in ([], [{"drug": "other_drug", "name": "Zyloxin", "start": TODAY}])
    )
    assert after not in {"no", "NONE"}
    assert asked.kind == "count" or after in {before, "UNSURE"}
    assert asked.kind != "count" or _bounds(after) == (_bounds(before)[0], _bounds(before)[1] + 1)


@pytest.mark.parametrize(
    ("medicines", "reason"),
    [
        (("Zyloxin",), "Zyloxin is not in the vocabulary: whether it is"),
        (("Zyloxin", "Zyloxin"), "Zyloxin is not in the vocabulary: whether it is"),
        (("Zyloxin", "Abra"), "Abra and Zyloxin are not in the vocabulary: whether any of them is"),
        (("B", "C", "A"), "A, B and C are not in the vocabulary: whether any of them is"),
    ],
)
def test_why_an_unknown_medicine_leaves_a_question_open(medicines: tuple[str, ...], reason: str) -> None:
    """The reason names each medicine once."""
    facts = {"as_of": TODAY, "medications": [{"drug": "other_drug", "name": name} for name in medicines]}
    found = answer([ask("taking opioids")], PatientFacts.model_validate(facts), the_lexicon())
    assert [one.reason for one in found if isinstance(one, Unsure)] == [
        f"{reason} one of the medicines asked about is not known"
    ]


def test_why_a_group_leaves_its_members_open() -> None:
    """The reason names the group that was recorded."""
    facts = {"as_of": TODAY, "medications": [{"drug": "opioids"}]}
    found = answer([ask("taking morphine")], PatientFacts.model_validate(facts), the_lexicon())
    assert [one.reason for one in found if isinstance(one, Unsure)] == [
        "Opioid is recorded without saying which one: whether it is one of the medicines asked about is not known"
    ]


PARTIAL_QUESTIONS = (
    "days_since {}",
    "months_since {}",
    "days_overdue {} every=28d",
    "days_overdue {} every=1mo",
    "days_overdue {} every=28d counted_from=treatment_start",
    "count {}",
    "count {} within=28d",
    "count {} within=90d",
    "on_file {}",
    "on_file {} within=28d",
    "on_file {} within=2mo",
    "on_file {} since=treatment_start",
    "on_file {} before=treatment_start",
    "on_file {} before=treatment_start from=60d to=7d",
    "on_file {} before=treatment_start from=2mo to=0d",
)
MORE_QUESTIONS = (
    "latest anc",
    "latest anc no_older_than=28d",
    "lowest anc within=28d",
    "highest anc within=28d",
    "event_ever dizziness since=treatment_start",
    "days_since dizziness",
    "recurred_after_restart dizziness",
    "grade dizziness",
    "age patient",
)


def _bounds(found: str) -> tuple[Decimal, Decimal]:
    """Return the bounds of a number as the tables write it."""
    low, _, high = found.partition("..")
    return Decimal(low), Decimal(high or low)


def _holds(partial: str, exact: str) -> bool:
    """Whether an answer in doubt still covers what the exact record says."""
    if partial in {"UNSURE", exact}:
        return True
    if not re.fullmatch(r"[-\d.]+", partial) or not re.fullmatch(r"[-\d.]+", exact):
        return False
    (low, high), (least, most) = _bounds(partial), _bounds(exact)
    return low <= least and most <= high


@given(
    st.sampled_from(("informed_consent", "anc")),
    st.lists(st.tuples(PAST, st.sampled_from((4, 7, 10)), st.sampled_from(("0.5", "1", "2"))), min_size=1, max_size=4),
    PAST,
    PAST,
)
def test_a_partial_date_covers_each_of_its_days(
    code: str, entries: list[tuple[int, int, str]], start: int, onset: int
) -> None:
    """What is known with a month or a year is true of every exact date in it; days ahead are left out."""
    asked = [ask(question.format(code)) for question in PARTIAL_QUESTIONS]
    asked += [ask(question) for question in MORE_QUESTIONS]

    def record(*, whole: bool) -> Facts:
        """Return the record with whole dates, or with dates cut to a month or a year."""
        cut = [(_iso(day)[: 10 if whole else form], value) for day, form, value in entries]
        events_ = [{"term": "dizziness", "grade": 2, "onset": when} for when, _ in cut]
        return {
            "documents": [{"code": "informed_consent", "date": when} for when, _ in cut],
            "observations": [{"code": "anc", "value": v, "unit": "10*9/L", "date": when} for when, v in cut],
            "adverse_events": [*events_, {"term": "dizziness", "onset": _iso(onset)}],
            "patient": {"birth_date": cut[0][0]},
            **course("active", doses=(f"{_iso(start)} - 100",), pauses=("2026-01-01 2026-01-10",), earlier=()),
        }

    partial, exact = told_all(asked, record(whole=False)), told_all(asked, record(whole=True))
    for feature, open_, closed in zip(asked, partial, exact, strict=True):
        assert _holds(open_, closed), (feature.kind, feature.chosen, open_, closed)


@given(PAST, st.sampled_from((4, 7)), st.integers(0, 400), st.sampled_from((4, 7, 10)))
def test_a_partial_period_covers_each_of_its_days(start: int, start_form: int, length: int, stop_form: int) -> None:
    """What is known of a drug, a method or a pause with partial dates is true of each of their days."""
    asked = [
        ask(question)
        for question in (
            "using copper_iud",
            "methods_in_use copper_iud",
            "days_using copper_iud",
            "taking dexamethasone",
            "days_on dexamethasone",
            "dose_of dexamethasone",
            "steroid_dose dexamethasone within=28d",
        )
    ]
    begin, end = _iso(start), _iso(start + length)
    assume(begin[:start_form] <= end[:stop_form])
    told_of = []
    for first, last in ((begin[:start_form], end[:stop_form]), (begin, end)):
        facts = meds(f"dexamethasone {first} {last} 40/mg/d") | methods(f"copper_iud {first} {last}")
        told_of.append(told_all(asked, facts))
    for feature, open_, closed in zip(asked, *told_of, strict=True):
        assert _holds(open_, closed), (feature.kind, open_, closed)
