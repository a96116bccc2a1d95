"""On which numbers some worked example stands exactly.

A number in a comparison is met when an example's answer equals it. A number that is part of a question
(a window, an age limit) is met when making it one unit longer or shorter changes the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from thalsafety import features
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import first_profile
from thalsafety.loading.patients import findings
from thalsafety.program import Compare, Feature, Known, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Answer, Leaf

Number: TypeAlias = tuple[str, str]
"""Who uses a number (rule, definition or schedule), and its parameter."""
_STEPS = (1, -1)


def boundary_numbers(rule_set: RuleSet) -> tuple[set[Number], set[Number]]:
    """Return the numbers that lines of active rules use, and those that some example stands exactly on."""
    wanted: set[Number] = set()
    met: set[Number] = set()
    links = Links(rule_set)
    for rule in rule_set.rules.values():
        if rule.status != "active":
            continue
        home = first_profile(rule_set, rule)
        for example, _path in rule_set.examples(rule):
            profile = example.profile or home
            if findings(example.given, rule_set.lexicon):
                continue
            linked = links.of(profile, example.given.as_of.day())
            when = next((known.when for known in linked.program.rules if known.id == rule.rule), None)
            if when is None:
                continue
            asking = Asking(linked, example.given)
            for leaf in dict.fromkeys(leaves(when)):
                owner = owner_of(leaf, rule.rule)
                asked = {(owner, name) for name in numbers_of(leaf)}
                wanted |= asked
                if not asked <= met:
                    met |= {(owner, name) for name, stands_on_it in _stood_on(asking, leaf) if stands_on_it}
    return wanted, met


def owner_of(leaf: Leaf, rule: str) -> str:
    """Return the rule, definition, schedule or score whose line a leaf is."""
    return leaf.origin.via[-1].removeprefix("schedule ").removeprefix("score ") if leaf.origin.via else rule


class Asking:
    """One patient state, asked question by question, also with durations made a little longer and shorter."""

    def __init__(self, linked: Linked, facts: PatientFacts) -> None:
        """Take the rules and the state."""
        self.lexicon = linked.lexicon
        self._facts = facts
        self._answers: dict[Feature, Answer] = {}

    def answer(self, feature: Feature) -> Answer:
        """Return the answer to a question, found once."""
        if feature not in self._answers:
            self._answers[feature] = features.answer([feature], self._facts, self.lexicon)[0]
        return self._answers[feature]

    def alike(self, feature: Feature, parameter: str, step: int) -> bool:
        """Whether the answer stays the same when one of the question's durations is that much longer."""
        return _alike(self.answer(_nudged(feature, parameter, step)), self.answer(feature))


def numbers_of(leaf: Leaf) -> tuple[str, ...]:
    """Return the parameters that a question has, or is held against."""
    own = (leaf.parameter.name,) if isinstance(leaf, Compare) and leaf.parameter is not None else ()
    return (*own, *(pinned.name for pinned in leaf.feature.pinned))


def _stood_on(asking: Asking, leaf: Leaf) -> Iterator[tuple[str, bool]]:
    """Return the numbers of a leaf, each with whether a state stands on it."""
    answer = asking.answer(leaf.feature)
    exact = answer.low if isinstance(answer, Known) and answer.low == answer.high else None
    if isinstance(leaf, Compare) and leaf.parameter is not None:
        yield leaf.parameter.name, exact == leaf.operand
    for pinned in leaf.feature.pinned:
        if leaf.feature.kind == "days_overdue":  # every nudge shows in the days: the turn itself is the boundary
            yield pinned.name, exact == 0 or (isinstance(leaf, Compare) and exact == leaf.operand)
        else:
            yield pinned.name, not all(asking.alike(leaf.feature, pinned.name, step) for step in _STEPS)


def _alike(one: Answer, other: Answer) -> bool:
    if isinstance(one, Known) and isinstance(other, Known):
        return (one.low, one.high) == (other.low, other.high)
    return type(one) is type(other)


def _nudged(feature: Feature, name: str, step: int) -> Feature:
    """Return a question with one of its durations a little longer or shorter."""
    options = tuple(
        (key, (value[0], value[1] + step, value[2])) if isinstance(value, tuple) and value[0] == name else (key, value)
        for key, value in feature.options
    )
    return replace(feature, options=options)
