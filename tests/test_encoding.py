"""Formulas say what the reference engine says, and every witness is one for it."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import z3

import strategies
from building import DAY, packaged_rules
from thalsafety.engines import reference
from thalsafety.linking.linker import link
from thalsafety.program import All, AnswerType, Any, Compare, Comparison, Feature, Missing, Not, leaves
from thalsafety.proving.encoding import Space, Tri, difference, equivalent, replay
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from thalsafety.program import Answer, Node

CASES = 20_000 if os.environ.get("THALSAFETY_TESTS") == "long" else 3_000
RANGE = Feature("latest", "q0", index=0)
WORD = Feature("latest", "q1", type=AnswerType.WORD, index=1)


def evaluated(space: Space, tri: Tri, answers: dict[Feature, Answer]) -> tuple[bool, bool]:
    """Return both formulas of a condition under some answers, by substitution of constants."""
    solver = z3.Solver()
    solver.add(*(space.equals(feature, answer) for feature, answer in answers.items()), *space.bounds())
    assert solver.check() == z3.sat
    model = solver.model()
    true, false = (z3.is_true(model.eval(part, model_completion=True)) for part in (tri.true, tri.false))
    return true, false


@pytest.mark.untraced  # many turns through code that other tests measure
def test_formulas_mean_what_the_reference_engine_means() -> None:
    """On random conditions and answers both formulas agree with the verdict; all three verdicts occur."""
    rng = random.Random(20260310)
    seen = dict.fromkeys((TRUE, FALSE, UNKNOWN), 0)
    for _ in range(CASES // 10):
        program = strategies.program(rng, rules=2, questions=4, depth=4)
        space = Space()
        tris = [space.truth(rule.when) for rule in program.rules]
        for _ in range(5):
            answers = strategies.answers(rng, program.features)
            by_question = dict(zip(program.features, answers, strict=True))
            for rule, tri in zip(program.rules, tris, strict=True):
                verdict = reference.evaluate(rule.when, answers)
                seen[verdict] += 1
                assert evaluated(space, tri, by_question) == (verdict is TRUE, verdict is FALSE)
    assert all(count > CASES // 50 for count in seen.values())


def test_every_verdict_that_can_be_has_a_witness_and_no_other() -> None:
    """For random conditions: a model of each verdict gives it in the reference engine; none found, none met."""
    rng = random.Random(7)
    found = 0
    for _ in range(CASES // 30):
        program = strategies.program(rng, rules=1, questions=3, depth=3)
        node = program.rules[0].when
        space = Space()
        tri = space.truth(node)
        impossible = set()
        for verdict, formula in ((TRUE, tri.true), (FALSE, tri.false), (UNKNOWN, tri.unknown)):
            solver = z3.Solver()
            solver.add(*space.bounds(), formula)
            if solver.check() == z3.sat:
                assert replay(node, space.witness(solver.model())) is verdict
                found += 1
            else:
                impossible.add(verdict)
        for _ in range(20):
            assert reference.evaluate(node, strategies.answers(rng, program.features)) not in impossible
    assert found > CASES // 30


def test_a_difference_is_one_for_the_reference_engine_and_equal_conditions_have_none() -> None:
    """Random pairs: a difference is confirmed; where there is none, random answers show none either."""
    rng = random.Random(99)
    same = different = 0
    for _ in range(CASES // 10):
        asked = strategies.features(rng, 2)
        left, right = strategies.node(rng, asked, 2), strategies.node(rng, asked, 2)
        found = difference(left, right)
        if found is not None:
            different += 1
            assert replay(left, found) is not replay(right, found)
            continue
        same += 1
        for _ in range(20):
            answers = strategies.answers(rng, asked)
            assert reference.evaluate(left, answers) is reference.evaluate(right, answers)
    assert same >= CASES // 1000
    assert different > CASES // 30


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Not(Compare(RANGE, Comparison.BELOW, Decimal(1))), Compare(RANGE, Comparison.AT_LEAST, Decimal(1)), True),
        (Compare(RANGE, Comparison.BELOW, Decimal(1)), Compare(RANGE, Comparison.AT_MOST, Decimal(1)), False),
        (Any((Missing(WORD), Not(Missing(WORD)))), All(()), False),
        (Not(All((Missing(WORD), Missing(RANGE)))), Any((Not(Missing(WORD)), Not(Missing(RANGE)))), True),
        (
            Any((Compare(RANGE, Comparison.BELOW, Decimal(1)), Compare(RANGE, Comparison.AT_LEAST, Decimal(1)))),
            Not(Missing(RANGE)),
            False,
        ),
    ],
)
def test_laws_of_three_values(left: Node, right: Node, *, same: bool) -> None:
    """De Morgan holds; excluded middle does not, since an interval may lie on both sides."""
    assert equivalent(left, right) is same


def test_equal_questions_are_one_input_whatever_their_number() -> None:
    """Two programs number their questions differently; a space does not mind."""
    moved = replace(RANGE, index=17)
    assert equivalent(
        Compare(RANGE, Comparison.BELOW, Decimal(1)), Not(Not(Compare(moved, Comparison.BELOW, Decimal(1))))
    )


def test_the_packaged_rules_are_the_same_as_themselves_and_bounded_by_the_vocabulary() -> None:
    """A rule equals its double negation; a plausible count is never below none."""
    linked = link(packaged_rules(), "us", DAY)
    space = Space(linked.lexicon)
    for rule in linked.program.rules[:40]:
        assert equivalent(rule.when, Not(Not(rule.when)), space)
    counts = next(f for f in linked.program.features if f.kind == "latest" and f.subject == "anc")
    impossible = Compare(counts, Comparison.BELOW, Decimal(0))
    solver = z3.Solver()
    solver.add(space.truth(impossible).true, *space.bounds(leaf.feature for leaf in leaves(impossible)))
    assert solver.check() == z3.unsat
