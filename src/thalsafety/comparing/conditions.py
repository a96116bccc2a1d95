"""Conditions of two rule sets over the same questions: what is only said otherwise is taken away first.

The names of parameters, their sources and the order within a group change no answer and no verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from thalsafety.model.lexicon import Lexicon
from thalsafety.program import All, Any, Compare, Feature, Missing, Not

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thalsafety.linked import LinkedSchedule
    from thalsafety.model.lexicon import Term
    from thalsafety.program import Node


class Joint(NamedTuple):
    """One rule's two conditions over one list of questions."""

    a: Node
    b: Node
    features: tuple[Feature, ...]

    @property
    def same(self) -> bool:
        """Whether the two are one condition, line by line."""
        return self.a == self.b


def joint(a: Node, b: Node) -> Joint:
    """Return two conditions with equal questions made one."""
    asked: dict[Feature, Feature] = {}
    return Joint(plain(a, asked), plain(b, asked), tuple(asked.values()))


def plain(node: Node, asked: dict[Feature, Feature]) -> Node:
    """Return a condition without the names of its numbers, over the questions of `asked`, to which it may add."""
    if isinstance(node, Compare):
        return Compare(_plain_question(node.feature, asked), node.comparison, node.operand, None, node.origin)
    if isinstance(node, Missing):
        return Missing(_plain_question(node.feature, asked), node.origin)
    if isinstance(node, Not):
        return Not(plain(node.part, asked), node.origin)
    parts = tuple(plain(part, asked) for part in node.parts)
    return All(parts, node.origin) if isinstance(node, All) else Any(parts, node.origin)


def _plain_question(feature: Feature, asked: dict[Feature, Feature]) -> Feature:
    options = tuple((name, _plain_option(name, value)) for name, value in feature.options)
    found = replace(feature, options=options, index=len(asked))
    return asked.setdefault(found, found)


def _plain_option(name: str, value: object) -> object:
    if name == "members":
        first, *rest = cast("tuple[str, ...]", value)
        return (first, *sorted(rest))
    if isinstance(value, tuple) and len(value) == len(("name", "number", "unit")):
        return ("", *value[1:])
    return value


def plain_schedule(schedule: LinkedSchedule) -> tuple[object, ...]:
    """Return what a schedule does, without the names of its numbers."""
    asked: dict[Feature, Feature] = {}
    phases = tuple(
        (
            phase.name,
            None if phase.when is None else plain(phase.when, asked),
            _plain_question(phase.overdue, asked),
            phase.every.operand,
        )
        for phase in schedule.phases
    )
    return schedule.title, schedule.task, schedule.opens_before.operand, schedule.grace.operand, phases


# ---------------------------------------------------------------- two vocabularies


def both(a: Lexicon, b: Lexicon) -> Lexicon:
    """Return a vocabulary that accepts whatever one of two accepts, where the two mean the same."""
    terms = dict(a.terms)
    for code, term in b.terms.items():
        terms[code] = _wider(terms[code], term) if code in terms else term
    return Lexicon(terms)


def _wider(one: Term, other: Term) -> Term:
    bounded = None not in {one.low, one.high, other.low, other.high}
    return one._replace(
        low=min(one.low, other.low) if bounded and one.low is not None and other.low is not None else None,
        high=max(one.high, other.high) if bounded and one.high is not None and other.high is not None else None,
        results=tuple(dict.fromkeys((*one.results, *other.results))),
        members=tuple(dict.fromkeys((*one.members, *other.members))),
    )


def meant_otherwise(features: Iterable[Feature], a: Lexicon, b: Lexicon) -> list[str]:
    """Return the codes of some questions that two vocabularies both know, and answer by otherwise."""
    codes = {
        code
        for feature in features
        for code in (feature.subject, *cast("tuple[str, ...]", feature.chosen.get("members") or ()))
    }
    found = {
        code for code in codes if code in a.terms and code in b.terms and _means(a.terms[code]) != _means(b.terms[code])
    }
    return sorted(found | ({a.subject, b.subject} if a.subject != b.subject else set()))


def _means(term: Term) -> tuple[object, ...]:
    """Return what answers rest on; words, members (written out in the question) and plausible ranges are not."""
    return term.kind, term.type, term.unit, dict(term.factors), term.grades
