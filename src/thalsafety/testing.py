"""Runs what rules and example files promise: the worked examples of rules, the `expect` of patient states.

Every case goes through both engines, over the whole rule set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from thalsafety import features
from thalsafety.engines import reference, rete
from thalsafety.linked import State
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import first_profile
from thalsafety.loading.patients import findings
from thalsafety.model.plain import SEVERITIES
from thalsafety.superseding import covered
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from thalsafety.errors import Place
    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import Expectation, PatientFacts, PatientState
    from thalsafety.model.rule import Example, Rule

WORDS = {TRUE: "applies", FALSE: "does_not_apply", UNKNOWN: "cannot_tell"}


@dataclass(frozen=True, slots=True)
class Case:
    """One promise and whether it was kept: empty `failures` mean it was."""

    name: str
    place: Place
    failures: tuple[str, ...] = ()


class Runner:
    """Runs cases over one rule set."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Take a rule set that loaded without problems."""
        self.rule_set = rule_set
        self.links = Links(rule_set)
        self._engines: dict[int, rete.Rete] = {}

    def outcomes(self, facts: PatientFacts, profile: str) -> dict[str, str]:
        """Return the outcome of every rule; a disagreement of the engines is an outcome of its own."""
        linked = self.links.of(profile, facts.as_of.day())
        answers = features.answer(linked.program.features, facts, linked.lexicon)
        meant = reference.run(linked.program, answers)
        decided = self._rete(linked).run(answers)
        result = {
            rule.id: "error" if rule.state is State.ERROR else "not_in_force"
            for rule in linked.rules
            if rule.id not in meant
        }
        for rule, truth in meant.items():
            result[rule] = WORDS[truth] if decided.get(rule) is truth else "engines disagree"
        return result

    def _rete(self, linked: Linked) -> rete.Rete:
        if id(linked) not in self._engines:
            self._engines[id(linked)] = rete.Rete(linked.program)
        return self._engines[id(linked)]

    # ------------------------------------------------------------ examples inside rules

    def rule_cases(self, only: frozenset[str] | None = None) -> Iterator[Case]:
        """Run the worked examples of all rules, or of some."""
        for name in sorted(self.rule_set.rules):
            if only is None or name in only:
                rule = self.rule_set.rules[name]
                for example, path in self.rule_set.examples(rule):
                    yield self._example(rule, example, self.rule_set.place(*path))

    def _example(self, rule: Rule, example: Example, place: Place) -> Case:
        name = f"{rule.rule}::{example.name}"
        wrong = tuple(
            f"{message} ({hint})" if hint else message
            for _, message, hint in findings(example.given, self.rule_set.lexicon)
        )
        if wrong:
            return Case(name, place, tuple(f"the given state is refused: {text}" for text in wrong))
        outcomes = self.outcomes(example.given, self.profile_of(rule, example))
        found = outcomes.get(rule.rule, "nothing")
        if found == example.expect:
            return Case(name, place, tuple(self._other_item(rule, example, outcomes)))
        reason = self._reason(rule, example) if found == "error" else ""
        return Case(name, place, (f"expected {example.expect}, got {found}{reason}",))

    def _other_item(self, rule: Rule, example: Example, outcomes: Mapping[str, str]) -> Iterator[str]:
        """Return how the rule's item differs from what was promised: its severity, and what it covers."""
        severity = rule.recommend.severity
        if example.severity not in {None, severity}:
            yield f"expected severity {example.severity}, got {severity}"
        if example.covers:
            rules = self.links.of(self.profile_of(rule, example), example.given.as_of.day()).rules
            by = page(outcomes, rules).covered
            yield from (
                f"{other}: expected to be covered" for other in example.covers if rule.rule not in by.get(other, ())
            )

    def _reason(self, rule: Rule, example: Example) -> str:
        linked = self.links.of(self.profile_of(rule, example), example.given.as_of.day())
        return next((f": {known.reason}" for known in linked.rules if known.id == rule.rule), "")

    def profile_of(self, rule: Rule, example: Example) -> str:
        """Return the profile of an example: the one it names, or the first with the rule in force."""
        return example.profile or first_profile(self.rule_set, rule)

    # ------------------------------------------------------------ patient states

    def state_case(self, name: str, state: PatientState, place: Place) -> Case:
        """Run what one patient state expects of its own checklist."""
        if state.expect is None:
            return Case(name, place)
        outcomes = self.outcomes(state, state.profile)
        rules = self.links.of(state.profile, state.as_of.day()).rules
        return Case(name, place, tuple(unkept(state.expect, outcomes, rules)))


def unkept(expected: Expectation, outcomes: Mapping[str, str], rules: Sequence[LinkedRule]) -> Iterator[str]:
    """Return every promise that was not kept by the outcomes of all rules."""
    yield from _other_outcomes(expected, outcomes)
    yield from _not_allowed(expected, outcomes, rules)
    yield from _other_page(expected, outcomes, rules)
    for rule, outcome in sorted(outcomes.items()):
        if outcome in {"engines disagree", "error"}:
            yield f"{rule}: {outcome}"


def _other_outcomes(expected: Expectation, outcomes: Mapping[str, str]) -> Iterator[str]:
    """Return the rules that were promised another outcome."""
    for word in ("applies", "does_not_apply", "cannot_tell"):
        for rule in getattr(expected, word):
            if rule not in outcomes:
                yield f"`{rule}` is not a rule"
            elif outcomes[rule] != word:
                yield f"{rule}: expected {word}, got {outcomes[rule]}"


def _not_allowed(expected: Expectation, outcomes: Mapping[str, str], rules: Sequence[LinkedRule]) -> Iterator[str]:
    """Return the applying rules that may not apply, or are too severe."""
    applying = [rule for rule in rules if outcomes.get(rule.id) == "applies"]
    if expected.only is not None:
        for rule in applying:
            if rule.id not in expected.only:
                yield f"{rule.id}: applies, but only {', '.join(expected.only) or 'nothing'} may"
    if expected.worst is not None:
        limit = SEVERITIES.index(expected.worst)
        for rule in applying:
            if SEVERITIES.index(rule.severity) < limit:
                yield f"{rule.id}: applies with severity {rule.severity}; the worst expected is {expected.worst}"


def _other_page(expected: Expectation, outcomes: Mapping[str, str], rules: Sequence[LinkedRule]) -> Iterator[str]:
    """Return how the items of the checklist, and what they cover, differ from what was promised."""
    if expected.items is None and expected.covered is None:
        return
    found = page(outcomes, rules)
    for what, wanted, got in (
        ("item", expected.items, found.items),
        ("covered", expected.covered, found.covered),
    ):
        if wanted is None:
            continue
        for rule in sorted(wanted.keys() | got.keys()):
            if wanted.get(rule) != got.get(rule):
                yield f"{rule}: expected as {what} {_told(wanted.get(rule))}, got {_told(got.get(rule))}"


def _told(value: object) -> str:
    """Return a severity, or the names of rules, in words."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "nothing")


class Page(NamedTuple):
    """What a checklist lists: its items with their severities, and what is covered with what covers it."""

    items: dict[str, str]
    covered: dict[str, tuple[str, ...]]


def page(outcomes: Mapping[str, str], rules: Sequence[LinkedRule]) -> Page:
    """Return what the checklist of these outcomes lists."""
    applying = {rule for rule, outcome in outcomes.items() if outcome == "applies"}
    open_ = applying | {rule for rule, outcome in outcomes.items() if outcome == "cannot_tell"}
    by = covered(rules, applying, open_)
    items = {rule.id: rule.severity for rule in rules if rule.id in applying and rule.id not in by}
    return Page(items, by)
