"""Relations hold of every record: of worked examples, of example patients, and of records mixed from them."""

from __future__ import annotations

import os
import random
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import z3

from building import DAY, example_patients, packaged_rules
from thalsafety import features
from thalsafety.linking.linker import link
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.proving import relations
from thalsafety.proving.searching import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.linked import Linked

MIXED = 2_000 if os.environ.get("THALSAFETY_TESTS") == "long" else 60
SECTIONS = tuple(name for name in PatientFacts.model_fields if name != "as_of")


@cache
def linked() -> Linked:
    """Return the packaged rules, linked: with the add-on that asks for steroid doses."""
    return link(packaged_rules(), "us+thrombosis", DAY)


@cache
def records() -> list[PatientFacts]:
    """Return every worked example and every example patient."""
    given = [example.given for rule in packaged_rules().rules.values() for example in rule.tests]
    return [*given, *(loaded.state for loaded in example_patients().values() if loaded.state is not None)]


def mixed(rng: random.Random) -> Iterator[PatientFacts]:
    """Yield records put together from sections of several, as far as they would be accepted."""
    written = [record.model_dump(mode="json", exclude_none=True, by_alias=True) for record in records()]
    while True:
        parts: dict[str, Any] = {"as_of": rng.choice(written)["as_of"]}
        for section in SECTIONS:
            source = rng.choice(written)
            if section in source:
                parts[section] = source[section]
        for name in ("label", "identifier"):
            parts.get("patient", {}).pop(name, None)
        record = PatientFacts.model_validate({k: v for k, v in parts.items() if k in PatientFacts.model_fields})
        if not any(True for _ in findings(record, packaged_rules().lexicon)):
            yield record


class Held:
    """All relations in one solver; what a record's answers contradict is told by name."""

    def __init__(self) -> None:
        """Name every relation."""
        self.side = Side(linked())
        self.solver = z3.Solver()
        self.solver.add(*self.side.space.bounds())
        self.names = []
        for name, formulas in self.side.related.by_name.items():
            self.names.append(z3.Bool(f"relation {name}"))
            self.solver.add(*(z3.Implies(self.names[-1], formula) for formula in formulas))

    def against(self, record: PatientFacts) -> list[str]:
        """Return the relations that the real answers of a record contradict."""
        asked = linked().program.features
        answers = features.answer(asked, record, linked().lexicon)
        self.solver.push()
        self.solver.add(*(self.side.space.equals(f, a) for f, a in zip(asked, answers, strict=True)))
        found = self.solver.check(*self.names)
        core = sorted(map(str, self.solver.unsat_core())) if found == z3.unsat else []
        self.solver.pop()
        return core or ([] if found == z3.sat else [str(found)])


@pytest.fixture(scope="module")
def held() -> Held:
    """Return the relations."""
    return Held()


@pytest.mark.untraced  # many turns through code that other tests measure
def test_relations_hold_of_every_example(held: Held) -> None:
    """No worked example and no example patient contradicts a relation."""
    step = 1 if os.environ.get("THALSAFETY_TESTS") == "long" else 20
    assert [found for record in records()[::step] if (found := held.against(record))] == []


@pytest.mark.untraced  # many turns through code that other tests measure
def test_relations_hold_of_mixed_records(held: Held) -> None:
    """No accepted record put together from several contradicts a relation."""
    source = mixed(random.Random(31))
    wrong = {tuple(found) for _ in range(MIXED) if (found := held.against(next(source)))}
    assert wrong == set()


@pytest.mark.parametrize(
    "medicine",
    [
        {"drug": "other_drug", "name": "Zyloxin"},
        {"drug": "opioids"},
        {"drug": "other_drug", "name": "Z", "start": "2026"},
    ],
    ids=["unknown", "group", "perhaps begun"],
)
def test_relations_hold_of_a_medicine_of_unknown_class(held: Held, medicine: dict[str, str]) -> None:
    """A medicine that may be any, alone or beside known ones, contradicts no relation."""
    for others in ([], [{"drug": "dexamethasone"}, {"drug": "morphine"}]):
        record = PatientFacts.model_validate({"as_of": "2026-03-10", "medications": [medicine, *others]})
        assert held.against(record) == []


def test_no_class_is_denied_beside_a_medicine_of_unknown_class(held: Held) -> None:
    """Where a record holds such a medicine, the solver finds no question about drugs answered by no."""
    outline, space = held.side.related.outline, held.side.space
    asked = next(feature for feature in space.inputs if (feature.kind, feature.subject) == ("taking", "opioids"))
    held.solver.push()
    held.solver.add(outline.recorded("drugs"), outline.perhaps("drugs", "other_drug").surely)
    assert held.solver.check(*held.names) == z3.sat
    held.solver.add(space.input(asked).known, space.input(asked).low == space.word("no"))
    assert held.solver.check(*held.names) == z3.unsat
    held.solver.pop()


def test_a_false_relation_is_noticed(held: Held) -> None:
    """The test above can fail: a relation that does not hold contradicts some example."""
    outline = held.side.related.outline
    false = z3.Bool("relation nobody has an event")
    held.solver.push()
    held.solver.add(z3.Implies(false, z3.Not(outline.recorded("events"))))
    held.names.append(false)
    someone = next(record for record in records() if record.adverse_events)
    assert str(false) in held.against(someone)
    held.names.pop()
    held.solver.pop()


@pytest.mark.parametrize("relation", [*relations.RELATIONS, *relations.OF_THE_RECORD], ids=lambda r: r.__name__)
def test_every_relation_says_why_and_is_used(held: Held, relation: Any) -> None:
    """A relation has its reason in its docstring, and something in the packaged rules to hold of."""
    assert relation.__doc__
    assert held.side.related.by_name.get(relation.__name__)
