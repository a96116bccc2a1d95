"""The conformance cases: what each engine must say of written programs and answers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from thalsafety.engines import reference, rete
from thalsafety.program import (
    Absent,
    All,
    AnswerType,
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
from thalsafety.program import Any as AnyOf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from thalsafety.program import Answer, Node
    from thalsafety.truth import Truth

CASES = yaml.safe_load((Path(__file__).parent / "conformance" / "kleene.yaml").read_text("utf-8"))
ENGINES: dict[str, Callable[[Program, Sequence[Answer]], dict[str, Truth]]] = {
    "reference": reference.run,
    "explanation": lambda program, answers: {
        rule.id: reference.explain(rule.when, answers)[0] for rule in program.rules
    },
    "rete": lambda program, answers: rete.Rete(program).run(answers),
}


def _node(written: list[Any], features: dict[str, Feature]) -> Node:
    """Return the tree that a nested list stands for."""
    word, *rest = written
    if word == "all":
        return All(tuple(_node(part, features) for part in rest))
    if word == "any":
        return AnyOf(tuple(_node(part, features) for part in rest))
    if word == "not":
        return Not(_node(rest[0], features))
    words = word == "in"
    feature = features.setdefault(
        rest[0],
        Feature("latest", rest[0], (), AnswerType.WORD if words else AnswerType.NUMBER, "", index=len(features)),
    )
    if word == "missing":
        return Missing(feature)
    if words:
        return Compare(feature, Comparison.IN, frozenset(rest[1:]))
    return Compare(feature, Comparison(word), Decimal(str(rest[1])))


def _answer(written: object) -> Answer:
    """Return the answer that a case gives."""
    if written == "absent":
        return Absent("not recorded")
    if written == "unsure":
        return Unsure("dates are partial")
    if isinstance(written, list):
        return Known(Decimal(str(written[0])), Decimal(str(written[1])))
    if isinstance(written, str):
        return Known(written, written)
    return Known(Decimal(str(written)), Decimal(str(written)))


def _items() -> Iterator[Any]:
    for entry in CASES:
        for number, case in enumerate(entry["cases"], 1):
            yield pytest.param(entry["when"], case, id=f"{entry['name']} {number}")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("when", "case"), list(_items()))
def test_conformance(engine: str, when: list[Any], case: dict[str, Any]) -> None:
    """Every engine gives the written verdict."""
    features: dict[str, Feature] = {}
    tree = _node(when, features)
    for name in case["answers"]:
        features.setdefault(name, Feature("latest", name, index=len(features)))
    program = Program((RuleProgram("r", tree),), tuple(features.values()))
    answers = [_answer(case["answers"].get(name, "absent")) for name in features]
    assert ENGINES[engine](program, answers)["r"].value == case["verdict"]
