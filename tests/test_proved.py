"""What `verify` calls proved holds of records that nobody chose: of very many random patients none shows otherwise."""

from __future__ import annotations

import copy
import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import ValidationError

from building import DAY, packaged_rules
from chance import LONG, patient
from test_relations import mixed, records
from thalsafety import features
from thalsafety.engines import reference
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import Known
from thalsafety.proving.ground import Ground
from thalsafety.proving.promises import Touched
from thalsafety.proving.results import Status
from thalsafety.proving.verifying import verify
from thalsafety.truth import TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.model.invariant import Worse
    from thalsafety.program import Answer
    from thalsafety.proving.ground import Stated

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

PATIENTS = 200_000 if LONG else 6_000
PAIRS = 200_000 if LONG else 1_500
_CHANGES = {"fall_from_baseline": -1, "rise_from_baseline": 1}


@cache
def ground() -> Ground:
    """Return the packaged rules, ready for every check."""
    return Ground(packaged_rules(), "us", DAY)


@cache
def proved(*checks: str) -> frozenset[tuple[str, ...]]:
    """Return what some checks prove, each with its check first."""
    report = verify(packaged_rules(), "us", DAY, frozenset(checks))
    return frozenset((claim.check, *claim.of) for claim in report.of(Status.PROVED))


def patients(seed: int) -> Iterator[PatientFacts]:
    """Yield records that would be accepted: mostly mixed from examples, some made up around the schedules."""
    rng = random.Random(seed)
    source = mixed(rng)
    while True:
        yield next(source)
        if rng.random() < 0.2:
            made = accepted(patient(rng))
            if made is not None:
                yield made


def accepted(written: dict[str, Any]) -> PatientFacts | None:
    """Return a record that would be accepted, or nothing."""
    try:
        facts = PatientFacts.model_validate(written)
    except ValidationError:
        return None
    return None if any(True for _ in findings(facts, packaged_rules().lexicon)) else facts


def answered(facts: PatientFacts) -> Sequence[Answer]:
    """Return the answers of a record, each found when it is first asked for."""
    whole = ground().linked
    return cast("Sequence[Answer]", features.Answers(whole.program.features, facts, whole.lexicon))


# ---------------------------------------------------------------- one patient


def broken(stated: Stated, answers: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    """Yield the claims about an invariant that a patient who meets its condition shows to be false."""
    name, promise = stated.invariant.invariant, stated.invariant.always
    if promise is not None:
        rules = [
            rule
            for rule in ground().active.values()
            if (not promise.topics or rule.topic in promise.topics) and (not promise.rules or rule.id in promise.rules)
        ]
        kept = (TRUE, UNKNOWN) if promise.or_cannot_tell else (TRUE,)
        nodes = (ground().nodes[rule] for rule in ground().of_at_least(promise.severity, rules))
        if not any(reference.evaluate(node, answers) in kept for node in nodes):
            yield ("V008" if stated.invariant.covers else "V010", name)
    for rule in stated.invariant.never or ():
        if rule in ground().active and ground().is_true(rule)(answers):
            yield ("V011", name, rule)


def both_open(answers: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    """Yield the opposing rules of which both stand open on a patient's page."""
    holds = cache(lambda rule: ground().is_true(rule)(answers))
    for invariants, _document in packaged_rules().invariants:
        for opposing in invariants.opposing:
            for one in filter(holds, (name for name in opposing.one if name in ground().active)):
                for other in filter(holds, (name for name in opposing.other if name in ground().active)):
                    above = (n for n in ground().active if ground().covers(n, one) or ground().covers(n, other))
                    if not any(map(holds, above)):
                        yield ("V005", one, other)


def test_no_random_patient_refutes_what_is_proved() -> None:
    """Invariants and opposing actions hold of every record; nearly every invariant is met, so that it could fail."""
    met: Counter[str] = Counter()
    source = patients(2026)
    for _ in range(PATIENTS):
        answers = answered(next(source))
        shown = list(both_open(answers))
        for stated in ground().stated:
            if reference.evaluate(stated.given, answers) is TRUE:
                met[stated.invariant.invariant] += 1
                shown += broken(stated, answers)
        assert not set(shown) & proved("V005", "V008", "V010", "V011")
    never = {stated.invariant.invariant for stated in ground().stated} - met.keys()
    assert len(never) <= len(ground().stated) // (10 if LONG else 4), never


# ---------------------------------------------------------------- changes for the worse


def worsened(rng: random.Random, recorded: dict[str, Any], worse: Worse) -> dict[str, Any] | None:
    """Return the same record with one change for the worse; nothing where there is nothing to change."""
    lexicon = packaged_rules().lexicon
    codes, made = set(lexicon.covers(worse.of)), copy.deepcopy(recorded)
    if worse.change == "present":
        return _with_more(made, worse.of, lexicon.terms[worse.of].kind)
    if worse.change == "graver":
        entries = [entry for entry in made.get("adverse_events") or () if entry["term"] in codes and "grade" in entry]
        if not entries:
            return None
        entry = rng.choice(entries)
        graver = [grade for grade in lexicon.terms[entry["term"]].grades if grade > entry["grade"]]
        entry["grade"] = rng.choice(graver) if graver else entry["grade"]
        return made if graver else None
    entries = [entry for entry in made.get("observations") or () if entry["code"] in codes and "date" in entry]
    if not entries:
        return None
    entry = rng.choice(entries)
    if worse.change == "older":
        if len(entry["date"]) != len("2026-03-10"):
            return None
        entry["date"] = str(date.fromisoformat(entry["date"]) - timedelta(days=rng.choice((1, 7, 15, 40))))
    else:
        factors = ("0.1", "0.5", "0.9") if worse.change == "lower" else ("1.02", "1.05", "1.1")
        entry["value"] = str(Decimal(entry["value"]) * Decimal(rng.choice(factors)))
    return made


def _with_more(made: dict[str, Any], code: str, kind: str) -> dict[str, Any] | None:
    """Return a record in which something is there as well, since today."""
    if kind == "traits":
        person = made.setdefault("patient", {})
        person["traits"] = sorted({*(person.get("traits") or ()), code})
        return made
    name, entry = {
        "events": ("adverse_events", {"term": code, "onset": made["as_of"][:10]}),
        "conditions": ("conditions", {"code": code}),
        "drugs": ("medications", {"drug": code, "start": made["as_of"][:10]}),
    }[kind]
    made[name] = [*(made.get(name) or ()), entry]
    return made


def only_worse(worse: Worse, before: Sequence[Answer], after: Sequence[Answer]) -> bool:
    """Whether nothing but what a change for the worse may touch has another answer, and that only in its direction."""
    touched = Touched(ground().side.related.outline, worse)
    for feature in ground().linked.program.features:
        one, other = before[feature.index], after[feature.index]
        if not touched.feature(feature):
            if not _alike(one, other):
                return False
        elif worse.change in {"lower", "higher"}:
            sign = (1 if worse.change == "higher" else -1) * _CHANGES.get(feature.kind, 1)
            if type(one) is not type(other):
                return False
            if isinstance(one, Known) and isinstance(other, Known):
                bounds = ((one.low, other.low), (one.high, other.high))
                if any(Decimal(mine) * sign > Decimal(its) * sign for mine, its in bounds):
                    return False
    return True


def _alike(one: Answer, other: Answer) -> bool:
    if isinstance(one, Known) and isinstance(other, Known):
        return (one.low, one.high) == (other.low, other.high)
    return type(one) is type(other)


def milder(worse: Worse, before: Sequence[Answer], after: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    """Yield the claims about a change for the worse that two records show to be false."""
    touched = Touched(ground().side.related.outline, worse)
    kept = (TRUE, UNKNOWN) if worse.or_cannot_tell else (TRUE,)
    for severity in SEVERITIES[: SEVERITIES.index(worse.down_to) + 1]:
        names = ground().of_at_least(severity)
        moved = [name for name in names if any(touched.feature(asked) for asked in ground().asked[name])]
        if not any(ground().is_true(name)(before) for name in moved):
            continue
        if any(reference.evaluate(ground().nodes[name], after) in kept for name in names):
            continue
        if only_worse(worse, before, after):
            yield ("V012", worse.worse, severity)


def stated_changes() -> list[Worse]:
    """Return every change for the worse that is stated."""
    return [worse for invariants, _document in packaged_rules().invariants for worse in invariants.worse]


def pairs(seed: int, worse: Worse) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield records that have something to get worse, each with the same after the change."""
    rng = random.Random(seed)
    for facts in patients(seed):
        recorded = facts.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        made = worsened(rng, recorded, worse)
        if made is None:
            recorded = _with_something(rng, recorded, worse)
            made = worsened(rng, recorded, worse)
        if made is not None:
            yield recorded, made


def _with_something(rng: random.Random, recorded: dict[str, Any], worse: Worse) -> dict[str, Any]:
    """Return a record with an entry that can get worse: a value that some example has, or a graded event."""
    lexicon = packaged_rules().lexicon
    codes = sorted(code for code in lexicon.covers(worse.of) if not lexicon.terms[code].members)
    day = str(date.fromisoformat(recorded["as_of"][:10]) - timedelta(days=rng.choice((0, 1, 3, 6, 13, 27))))
    if worse.change == "graver":
        code = rng.choice([code for code in codes if len(lexicon.terms[code].grades) > 1])
        event = {"term": code, "grade": rng.choice(lexicon.terms[code].grades[:-1]), "onset": day}
        return recorded | {"adverse_events": [*(recorded.get("adverse_events") or ()), event]}
    entry = rng.choice(_seen(rng.choice(codes)))
    return recorded | {"observations": [*(recorded.get("observations") or ()), entry | {"date": day}]}


@cache
def _seen(code: str) -> list[dict[str, Any]]:
    """Return every entry of an observation that some example has."""
    entries = (entry for record in records() for entry in record.observations or () if entry.code == code)
    return [entry.model_dump(mode="json", exclude_none=True, exclude={"date"}) for entry in entries]


@pytest.mark.parametrize("worse", stated_changes(), ids=lambda worse: worse.worse)
def test_no_random_change_for_the_worse_refutes_what_is_proved(worse: Worse) -> None:
    """Of a record and the same a little worse, the worse one never has the milder page, where that is proved."""
    shown: set[tuple[str, ...]] = set()
    met = tried = 0
    for recorded, made in pairs(12, worse):
        tried += 1
        if tried > PAIRS // len(stated_changes()):
            break
        one, other = accepted(recorded), accepted(made)
        if one is None or other is None:
            continue
        before, after = answered(one), answered(other)
        met += any(not _alike(before[f.index], after[f.index]) for f in ground().linked.program.features)
        shown |= set(milder(worse, before, after))
    assert met > tried // 10
    if shown:  # what is found must be something that verify does not claim
        assert not shown & proved("V012")
