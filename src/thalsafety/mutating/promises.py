"""What the tests of a rule set promise: outcomes in worked examples, and what example patients expect."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety import features
from thalsafety.engines import reference
from thalsafety.linked import State
from thalsafety.linking.epochs import Links, changes
from thalsafety.linking.linker import condition_of, first_profile
from thalsafety.loading.patients import findings
from thalsafety.testing import WORDS, unkept
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thalsafety.linked import LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import Expectation, PatientState
    from thalsafety.program import Feature, Node

_TRUTHS = {"applies": TRUE, "does_not_apply": FALSE, "cannot_tell": UNKNOWN}


class Questions:
    """Every question that the rules or any mutant asks, each with one number; the list grows."""

    def __init__(self) -> None:
        """Start without any."""
        self.by_feature: dict[Feature, Feature] = {}
        self.listed: list[Feature] = []

    def catch_up(self) -> None:
        """List the questions that were added since."""
        if len(self.by_feature) > len(self.listed):
            self.listed += list(self.by_feature.values())[len(self.listed) :]


class Worked(NamedTuple):
    """A worked example of one rule: what it expects, the answers of its record, and the record as it is written."""

    name: str
    day: date
    expected: Truth
    answers: features.Answers
    state: dict[str, Any]
    severity: str | None = None
    covers: tuple[str, ...] = ()


class Patient(NamedTuple):
    """An example patient: what is expected, the answers, and the verdicts of the rules as they are."""

    name: str
    day: date
    expected: Expectation
    answers: features.Answers
    verdicts: Mapping[str, Truth]
    rules: tuple[LinkedRule, ...]

    def broken(self, verdicts: Mapping[str, Truth], rules: tuple[LinkedRule, ...]) -> bool:
        """Whether some promise is not kept with other verdicts of some rules, or other rules."""
        outcomes = {rule.id: "error" if rule.state is State.ERROR else "not_in_force" for rule in rules}
        outcomes |= {name: WORDS[truth] for name, truth in self.verdicts.items()}
        outcomes |= {name: WORDS[truth] for name, truth in verdicts.items()}
        return next(unkept(self.expected, outcomes, rules), None) is not None


class Promises:
    """All tests of a rule set under one profile, with everything answered once and kept."""

    def __init__(self, rule_set: RuleSet, profile: str, patients: Iterable[tuple[str, PatientState]]) -> None:
        """Take the rules and the example patients by name."""
        self.rule_set = rule_set
        self.profile = profile
        self.questions = Questions()
        self.links = Links(rule_set)
        self._stretches: dict[int, date] = {}
        self._conditions: dict[tuple[str, date], Node | None] = {}
        self.worked = {name: self._worked(name) for name in sorted(rule_set.rules)}
        self.covering = self._covering()
        self.patients = [
            self._patient(name, state)
            for name, state in patients
            if state.profile == profile and state.expect is not None
        ]

    def _worked(self, name: str) -> list[Worked]:
        rule = self.rule_set.rules[name]
        home = first_profile(self.rule_set, rule)
        found: list[Worked] = []
        for example, _ in self.rule_set.examples(rule):
            meant = (example.profile or home) == self.profile
            refused = next(iter(findings(example.given, self.rule_set.lexicon)), None) is not None
            if meant and not refused and example.expect in _TRUTHS:
                answers = features.Answers(self.questions.listed, example.given, self.rule_set.lexicon)
                state = example.given.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
                day = self.stretch(example.given.as_of.day())
                expected = _TRUTHS[example.expect]
                found.append(
                    Worked(f"{name}::{example.name}", day, expected, answers, state, example.severity, example.covers)
                )
        return found

    @cached_property
    def _latest(self) -> date:
        """Return the latest day that any test is for; without any, one on which every number is in force."""
        tested = [one.day for many in self.worked.values() for one in many]
        in_force = changes(self.rule_set, self.profile)
        return self.stretch(max(tested or in_force[-1:] or [date.max]))

    def _covering(self) -> dict[str, list[Worked]]:
        """Return the worked examples that promise to cover a rule, by that rule."""
        found: dict[str, list[Worked]] = {}
        for one in (one for many in self.worked.values() for one in many):
            for other in one.covers:
                found.setdefault(other, []).append(one)
        return found

    def _patient(self, name: str, state: PatientState) -> Patient:
        day = state.as_of.day()
        answers = features.Answers(self.questions.listed, state, self.rule_set.lexicon)
        rules = self.links.of(self.profile, day).rules
        nodes = {rule.id: self.condition(rule.id, day) for rule in rules}
        verdicts = {rule: reference.evaluate(node, answers) for rule, node in nodes.items() if node is not None}
        assert state.expect is not None  # noqa: S101  those without promises are left out
        return Patient(name, self.stretch(day), state.expect, answers, verdicts, rules)

    def stretch(self, day: date) -> date:
        """Return the day that stands for all on which the same numbers are in force."""
        return self._stretches.setdefault(id(self.links.of(self.profile, day)), day)

    def condition(self, rule: str, day: date) -> Node | None:
        """Return a rule's condition as it is; nothing when it takes no part."""
        key = (rule, self.stretch(day))
        if key not in self._conditions:
            self._conditions[key] = self.condition_in(self.rule_set, rule, day)
        return self._conditions[key]

    def condition_in(self, rule_set: RuleSet, rule: str, day: date) -> Node | None:
        """Return a rule's condition in another rule set, asking by the common numbers."""
        node = condition_of(rule_set, self.profile, day, rule, self.questions.by_feature)
        self.questions.catch_up()
        return node

    def days_of(self, rule: str) -> list[date]:
        """Return the stretches of time in which tests look at a rule; the latest one known when none does."""
        looking = (*self.worked[rule], *self.covering.get(rule, ()), *self.patients)
        return sorted({one.day for one in looking} or {self._latest})
