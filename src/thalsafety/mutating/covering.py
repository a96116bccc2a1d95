"""The fewest of the scenarios found, as far as a greedy choice finds them, that together notice every mutant.

What is chosen says what the rules say today; whether that is right, a person has to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety import features
from thalsafety.coverage.generating import fewest
from thalsafety.engines import reference
from thalsafety.linking.linker import first_profile
from thalsafety.model.patient import PatientFacts
from thalsafety.mutating import kinds
from thalsafety.testing import WORDS
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from thalsafety.mutating.mutants import Mutant
    from thalsafety.mutating.promises import Promises
    from thalsafety.mutating.results import Fate, Scenario
    from thalsafety.mutating.running import Trial
    from thalsafety.program import Node


class Case(NamedTuple):
    """A scenario as a worked example of its rule: what it promises, and the places of the mutants that it notices."""

    rule: str
    base: str
    changed: tuple[str, ...]
    state: dict[str, Any]
    promises: dict[str, Any]
    reaches: frozenset[int]


class Cover:
    """Scenarios of one rule set, each held against every mutant that it may notice."""

    def __init__(self, trial: Trial) -> None:
        """Take the trial that the mutants survived."""
        self._trial = trial
        self._promises: Promises = trial.promises

    def fewest(self, fates: Iterable[Fate]) -> list[Case]:
        """Return worked examples that notice every survivor for which a scenario was found, by rule."""
        survivors = [fate for fate in fates if fate.survived]
        by_rule: dict[str, dict[str, Scenario]] = {}
        for fate in survivors:
            if fate.scenario is not None:
                by_rule.setdefault(fate.scenario.rule, {}).setdefault(repr(fate.scenario.state), fate.scenario)
        mutants = list(enumerate(fate.mutant for fate in survivors))
        cases: list[Case] = []
        for rule, scenarios in sorted(by_rule.items()):
            near = [(place, mutant) for place, mutant in mutants if rule in self._trial.reached(mutant)]
            cases += self._cases(rule, list(scenarios.values()), near)
        chosen = {id(case) for case in fewest(cases)}
        return [case for case in cases if id(case) in chosen]

    def _cases(self, rule: str, scenarios: Sequence[Scenario], near: Sequence[tuple[int, Mutant]]) -> list[Case]:
        """Return the scenarios of one rule with the mutants that each notices."""
        conditions = [(place, mutant) for place, mutant in near if mutant.kind not in kinds.OF_PAGES]
        pages = [(place, mutant) for place, mutant in near if mutant.kind in kinds.OF_PAGES]
        changed: dict[date, list[tuple[int, Node | None]]] = {}
        cases: list[Case] = []
        for scenario in scenarios:
            facts = PatientFacts.model_validate(scenario.state)
            answers = features.Answers(self._promises.questions.listed, facts, self._promises.rule_set.lexicon)
            day = self._promises.stretch(facts.as_of.day())
            if day not in changed:
                changed[day] = [
                    (place, self._promises.condition_in(self._trial.changed(mutant), rule, day))
                    for place, mutant in conditions
                ]
            was = self._promises.condition(rule, day)
            if was is None:
                continue
            verdict = reference.evaluate(was, answers)
            noticed = {
                place
                for place, node in changed[day]
                if node is not None and reference.evaluate(node, answers) is not verdict
            }
            promises: dict[str, Any] = {"expect": WORDS[verdict]}
            if verdict is TRUE:
                shown = {place: mutant for place, mutant in pages if self._shown(mutant, answers, day)}
                promises |= self._of_page(rule, shown.values())
                noticed |= shown.keys()
            if self._promises.profile != first_profile(self._promises.rule_set, self._promises.rule_set.rules[rule]):
                promises = {"profile": self._promises.profile, **promises}
            cases.append(Case(rule, scenario.base, scenario.changed, scenario.state, promises, frozenset(noticed)))
        return cases

    def _shown(self, mutant: Mutant, answers: features.Answers, day: date) -> bool:
        """Whether the page of a state in which the mutant's rule applies differs with the mistake."""
        if mutant.kind == kinds.SEVERITY:
            return True
        node = self._promises.condition(self._uncovered(mutant), day)
        return node is not None and reference.evaluate(node, answers) is not FALSE

    def _uncovered(self, mutant: Mutant) -> str:
        """Return the rule that is no longer superseded with a mistake."""
        return next(iter(set(self._promises.rule_set.rules[mutant.owner].supersedes) - set(mutant.written.supersedes)))

    def _of_page(self, rule: str, shown: Iterable[Mutant]) -> dict[str, Any]:
        """Return what an example has to say of its item for some mistakes to be noticed."""
        promises: dict[str, Any] = {}
        others: list[str] = []
        for mutant in shown:
            if mutant.kind == kinds.SEVERITY:
                promises["severity"] = self._promises.rule_set.rules[rule].recommend.severity
            else:
                others.append(self._uncovered(mutant))
        return {**promises, "covers": sorted(others)} if others else promises
