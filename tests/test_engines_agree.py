"""Random programs and answers: every engine equals the reference, and the reference keeps its laws."""

from __future__ import annotations

import os
import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

import strategies
from thalsafety.checklists.settling import open_questions
from thalsafety.engines import reference, rete
from thalsafety.program import (
    Absent,
    All,
    AnswerType,
    Any,
    Compare,
    Comparison,
    Feature,
    Known,
    Missing,
    Not,
    Program,
    RuleProgram,
    Unsure,
    leaves,
)
from thalsafety.truth import TRUE, UNKNOWN

if TYPE_CHECKING:
    from thalsafety.program import Answer, Node

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

LONG = os.environ.get("THALSAFETY_TESTS") == "long"
PROGRAMS = 6000 if LONG else 700
AGREEMENTS = 200_000 if LONG else 20_000


def test_rete_agrees_with_the_reference() -> None:
    """At least 20,000 verdicts of random programs are the same; refused programs are few and counted."""
    agreed = refused = 0
    seen = dict.fromkeys(("true", "false", "unknown"), 0)
    for seed in range(PROGRAMS):
        rng = random.Random(seed)
        program = strategies.program(rng, rng.randint(1, 12), rng.randint(1, 8), rng.randint(1, 4))
        try:
            engine = rete.Rete(program)
        except rete.CapacityError:
            refused += 1
            continue
        for _ in range(8):
            answers = strategies.answers(rng, program.features)
            meant = reference.run(program, answers)
            assert engine.run(answers) == meant, f"seed {seed}"
            agreed += len(meant)
            for truth in meant.values():
                seen[truth.value] += 1
    assert agreed >= AGREEMENTS
    assert refused * 100 <= PROGRAMS
    assert min(seen.values()) * 10 >= agreed, f"a verdict is hardly ever reached: {seen}"


def test_explanation_has_the_verdict_of_the_evaluator() -> None:
    """The verdict with reasons is the verdict; its leaves alone bring it about."""
    for seed in range(800):
        rng = random.Random(seed)
        program = strategies.program(rng, 3, 5, 4)
        answers = strategies.answers(rng, program.features)
        for rule in program.rules:
            truth, why = reference.explain(rule.when, answers)
            assert truth is reference.evaluate(rule.when, answers)
            if truth is UNKNOWN:
                assert why
                assert all(known is UNKNOWN for _, known in why)


def _de_morgan(node: Node) -> Node:
    """Return the same condition with every `all` and `any` turned inside out."""
    if isinstance(node, All):
        return Not(Any(tuple(Not(_de_morgan(part)) for part in node.parts)))
    if isinstance(node, Any):
        return Not(All(tuple(Not(_de_morgan(part)) for part in node.parts)))
    if isinstance(node, Not):
        return Not(Not(Not(_de_morgan(node.part))))
    return node


@pytest.mark.parametrize("seed", range(150))
def test_de_morgan_and_double_negation(seed: int) -> None:
    """Both laws hold in both engines."""
    rng = random.Random(seed)
    program = strategies.program(rng, 4, 6, 3)
    turned = Program(tuple(RuleProgram(r.id, _de_morgan(r.when)) for r in program.rules), program.features)
    answers = strategies.answers(rng, program.features)
    meant = reference.run(program, answers)
    assert reference.run(turned, answers) == meant
    assert rete.Rete(turned).run(answers) == meant


def _narrowed(rng: random.Random, feature: Feature, given: Answer) -> Answer:
    """Return an answer that says at least as much as the one given."""
    if isinstance(given, Unsure):
        return strategies.answer(rng, feature)
    if isinstance(given, Known) and given.low != given.high:
        low = rng.choice([n for n in strategies.NUMBERS if given.low <= n <= given.high])  # type: ignore[operator]  # a number question has numbers for bounds
        return Known(low, low)
    return given


@pytest.mark.parametrize("seed", range(300))
def test_knowing_more_never_unsettles(seed: int) -> None:
    """An answer made more precise never turns a known verdict into another one."""
    rng = random.Random(seed)
    program = strategies.program(rng, 4, 6, 4)
    answers = strategies.answers(rng, program.features)
    better = [_narrowed(rng, f, a) for f, a in zip(program.features, answers, strict=True)]
    before, after = reference.run(program, answers), reference.run(program, better)
    for rule, truth in before.items():
        if truth is not UNKNOWN:
            assert after[rule] is truth


@pytest.mark.parametrize("seed", range(300))
def test_a_first_answer_never_unsettles_what_asks_only_for_values(seed: int) -> None:
    """Without `or_missing`, recording something new never turns a known verdict into another one."""
    rng = random.Random(seed)
    program = strategies.program(rng, 4, 6, 3)
    program = Program(
        tuple(r for r in program.rules if all(isinstance(leaf, Compare) for leaf in leaves(r.when))), program.features
    )
    answers = strategies.answers(rng, program.features)
    better = [
        strategies.answer(rng, f) if isinstance(a, Absent) else a
        for f, a in zip(program.features, answers, strict=True)
    ]
    before, after = reference.run(program, answers), reference.run(program, better)
    for rule, truth in before.items():
        if truth is not UNKNOWN:
            assert after[rule] is truth


@pytest.mark.parametrize("seed", range(250))
def test_open_questions_equal_brute_force(seed: int) -> None:
    """The questions listed for "cannot tell" are exactly those that can change the verdict."""
    rng = random.Random(seed)
    program = strategies.program(rng, 1, 4, 3)
    when = program.rules[0].when
    answers = strategies.answers(rng, program.features)
    truth, why = reference.explain(when, answers)
    if truth is not UNKNOWN:
        return
    listed = set(open_questions(when, [leaf.feature for leaf, _ in why], answers))
    assert listed == _that_matter(when, program.features, answers)


def _that_matter(when: Node, features: tuple[Feature, ...], answers: list[Answer]) -> set[Feature]:
    """Return the open questions whose answer changes the verdict in some completion of the others."""
    from itertools import product

    used = {leaf.feature for leaf in leaves(when)}
    unsettled = [f for f in features if f in used and not _certain(answers[f.index])]
    choices = [_all_answers(when, f, answers[f.index]) for f in unsettled]
    matter: set[Feature] = set()
    for position, feature in enumerate(unsettled):
        others = choices[:position] + choices[position + 1 :]
        for picks in product(*others):
            trial = list(answers)
            rest = unsettled[:position] + unsettled[position + 1 :]
            for other, pick in zip(rest, picks, strict=True):
                trial[other.index] = pick
            verdicts = set()
            for choice in choices[position]:
                trial[feature.index] = choice
                verdicts.add(reference.evaluate(when, trial))
            if len(verdicts) > 1:
                matter.add(feature)
                break
    return matter


def _certain(answer: Answer) -> bool:
    return isinstance(answer, Known) and answer.low == answer.high


def _all_answers(when: Node, feature: Feature, given: Answer) -> list[Answer]:
    """Return every answer that the test's own numbers and words allow, and none where that is still possible."""
    asks_whether = any(isinstance(leaf, Missing) and leaf.feature == feature for leaf in leaves(when))
    none: list[Answer] = [Absent("nothing is on file")] if asks_whether and not isinstance(given, Known) else []
    return none + _all_values(when, feature, given)


def _all_values(when: Node, feature: Feature, given: Answer) -> list[Answer]:
    asked = [leaf for leaf in leaves(when) if isinstance(leaf, Compare) and leaf.feature == feature]
    if asked and isinstance(asked[0].operand, frozenset):
        return [Known(word, word) for word in (*strategies.WORDS, "indeterminate")]
    points = {*strategies.NUMBERS}
    points |= {(a + b) / 2 for a in points for b in points} | {min(points) - 1, max(points) + 1}
    if isinstance(given, Known):
        points = {p for p in points if given.low <= p <= given.high}  # type: ignore[operator]  # a number question has numbers for bounds
    return [Known(p, p) for p in sorted(points)]


def test_a_true_all_is_explained_by_all_its_parts() -> None:
    """Every part of a true conjunction is among its reasons."""
    rng = random.Random(1)
    features = strategies.features(rng, 3)
    tree = All(tuple(strategies.node(rng, features, 0) for _ in range(3)))
    for seed in range(200):
        answers = strategies.answers(random.Random(seed), features)
        truth, why = reference.explain(tree, answers)
        if truth is TRUE:
            assert [leaf for leaf, _ in why] == list(tree.parts)
            return
    pytest.fail("no answers made the conjunction true")


def test_a_long_chain_of_open_questions_is_walked_once() -> None:
    """The diagram has few parts, though there are more ways through it than anyone could walk.

    The last question cannot matter, whatever is answered: that is what the whole diagram is needed for.
    """
    asked = [Feature("trait", f"t{number}", (), AnswerType.WORD, "", (), number) for number in range(80)]
    *lines, idle = [Compare(feature, Comparison.IN, frozenset({"yes"})) for feature in asked]
    when = All((*(Any(pair) for pair in pairwise(lines)), Any((idle, Not(idle)))))
    answers: list[Answer] = [Unsure("not recorded")] * len(asked)
    assert open_questions(when, asked, answers) == asked[:-1]
