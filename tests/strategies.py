"""Random programs and answers, for every test that holds one engine against another."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

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
)

if TYPE_CHECKING:
    import random

    from thalsafety.program import Answer, Node

WORDS = ("yes", "no", "positive", "negative")
NUMBERS = tuple(Decimal(text) for text in ("-1", "0", "0.5", "0.75", "0.750000001", "1", "2", "7", "28", "1e-7"))


def features(rng: random.Random, count: int) -> tuple[Feature, ...]:
    """Return questions, numbers and words mixed."""
    return tuple(
        Feature("latest", f"q{i}", (), rng.choice((AnswerType.NUMBER, AnswerType.WORD)), "", index=i)
        for i in range(count)
    )


def node(rng: random.Random, asked: tuple[Feature, ...], depth: int) -> Node:
    """Return a random condition."""
    kind = rng.choice(("leaf", "leaf", "all", "any", "not", "missing")) if depth else "leaf"
    if kind in {"all", "any"}:
        parts = tuple(node(rng, asked, depth - 1) for _ in range(rng.choice((0, 1, 2, 2, 3, 4))))
        return All(parts) if kind == "all" else Any(parts)
    if kind == "not":
        return Not(node(rng, asked, depth - 1))
    feature = rng.choice(asked)
    if kind == "missing":
        return Missing(feature)
    if feature.type is AnswerType.WORD:
        return Compare(feature, Comparison.IN, frozenset(rng.sample(WORDS, rng.randint(1, 3))))
    comparison = rng.choice((Comparison.BELOW, Comparison.AT_MOST, Comparison.ABOVE, Comparison.AT_LEAST))
    return Compare(feature, comparison, rng.choice(NUMBERS))


def program(rng: random.Random, rules: int, questions: int, depth: int) -> Program:
    """Return a random program; some rules are equal, and some subtrees are shared."""
    asked = features(rng, questions)
    trees: list[Node] = []
    for _ in range(rules):
        tree = node(rng, asked, depth)
        if trees and rng.random() < 0.3:
            tree = rng.choice((All, Any))((tree, rng.choice(trees)))
        trees.append(tree)
    return Program(tuple(RuleProgram(f"r{i}", tree) for i, tree in enumerate(trees)), asked)


def answers(rng: random.Random, asked: tuple[Feature, ...]) -> list[Answer]:
    """Return random answers: certain, between two bounds, absent or unsure."""
    return [answer(rng, feature) for feature in asked]


def answer(rng: random.Random, feature: Feature) -> Answer:
    """Return one random answer."""
    kind = rng.random()
    if kind < 0.2:
        return Absent("not recorded")
    if kind < 0.3:
        return Unsure("dates are partial")
    if feature.type is AnswerType.WORD:
        word = rng.choice((*WORDS, "indeterminate"))
        return Known(word, word)
    low, high = sorted((rng.choice(NUMBERS), rng.choice(NUMBERS)))
    return Known(low, low) if rng.random() < 0.6 else Known(low, high)
