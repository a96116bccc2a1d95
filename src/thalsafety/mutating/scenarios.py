"""Patient states that tell a mutant from its rule, made of the rule's own examples by small edits.

Each would be the test that is missing, once a person has judged which of the two outcomes is right.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from thalsafety import features
from thalsafety.coverage.edits import Edits
from thalsafety.engines import reference
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.mutating import kinds
from thalsafety.mutating.results import Scenario
from thalsafety.program import Any, leaves
from thalsafety.testing import WORDS
from thalsafety.truth import TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from thalsafety.coverage.edits import State
    from thalsafety.mutating.mutants import Mutant
    from thalsafety.mutating.promises import Promises, Worked
    from thalsafety.mutating.running import Trial
    from thalsafety.program import Node
    from thalsafety.truth import Truth

_MOST = 6000
"""States that are looked at for the mutants of one rule."""
_FRONT = 60
"""States that are edited further, each unlike the others in what its lines say."""
_RULES = 3
"""Rules through which a definition or schedule is looked at; the others would ask the same of it."""


class _Tried(NamedTuple):
    """A state on the way: which example it was made of, what was changed, and its answers."""

    base: str
    changed: tuple[str, ...]
    state: State
    answers: features.Answers


class Scenarios:
    """The search for scenarios in one rule set."""

    def __init__(self, trial: Trial) -> None:
        """Take the trial that the mutants survived."""
        self._trial = trial
        self._promises: Promises = trial.promises

    def found(self, mutants: Sequence[Mutant]) -> dict[int, Scenario]:
        """Return a scenario for as many mutants of one owner as can be found, by their places."""
        found: dict[int, Scenario] = {}
        conditions = [place for place, mutant in enumerate(mutants) if mutant.kind not in kinds.OF_PAGES]
        for rule in self._trial.reached(mutants[0])[:_RULES] if conditions else ():
            wanted = [place for place in conditions if place not in found]
            found |= self._by_edits(rule, mutants, wanted)
        for place, mutant in enumerate(mutants):
            scenario = self._of_page(mutant) if mutant.kind in kinds.OF_PAGES else None
            if scenario is not None:
                found[place] = scenario
        return found

    # ------------------------------------------------------------ conditions

    def _by_edits(self, rule: str, mutants: Sequence[Mutant], wanted: list[int]) -> dict[int, Scenario]:
        """Return states on which the verdicts of a rule and of its mutants differ."""
        worked = self._promises.worked[rule]
        if not worked or not wanted:
            return {}
        day = worked[-1].day
        was = self._promises.condition(rule, day)
        if was is None:
            return {}
        changed = {
            place: self._promises.condition_in(self._trial.changed(mutants[place]), rule, day) for place in wanted
        }
        open_ = {place: node for place, node in changed.items() if node is not None and node != was}
        found: dict[int, Scenario] = {}
        for tried in self._states([one for one in worked if one.day == day], Any((was, *open_.values()))):
            verdict = reference.evaluate(was, tried.answers)
            for place, node in list(open_.items()):
                other = reference.evaluate(node, tried.answers)
                if other is not verdict:
                    found[place] = Scenario(*self._told(rule, tried), WORDS[verdict], WORDS[other], tried.state)
                    del open_[place]
            if not open_:
                break
        return found

    @staticmethod
    def _told(rule: str, tried: _Tried) -> tuple[str, str, tuple[str, ...]]:
        return rule, tried.base, tried.changed

    def _states(self, worked: Sequence[Worked], aims: Node) -> Iterator[_Tried]:
        """Return the examples, states one edit away, then states two edits away of those that are unlike others."""
        edits = Edits(aims, self._promises.rule_set.lexicon)
        asked = list(dict.fromkeys(leaves(aims)))
        front = [self._unchanged(one) for one in worked]
        seen = {repr(one.state) for one in front}
        like: set[tuple[object, ...]] = set()
        yield from front
        count = 0
        for _round in range(2):
            following: list[_Tried] = []
            for one in front:
                for said, made in chain(edits.of_the_past(one.state), edits.of(one.state)):
                    answers = self._answers(made, seen)
                    if answers is None:
                        continue
                    tried = _Tried(one.base, (*one.changed, said), made, answers)
                    yield tried
                    count += 1
                    if count >= _MOST:
                        return
                    look = tuple(reference.evaluate(leaf, answers) for leaf in asked)
                    if look not in like:
                        like.add(look)
                        following.append(tried)
            front = following[:_FRONT]

    def _answers(self, state: State, seen: set[str]) -> features.Answers | None:
        """Return the answers of a state; nothing when it was seen before, or would be refused."""
        key = repr(state)
        if key in seen:
            return None
        seen.add(key)
        lexicon = self._promises.rule_set.lexicon
        try:
            facts = PatientFacts.model_validate(state)
        except (ValidationError, ValueError):
            return None
        if next(iter(findings(facts, lexicon)), None) is not None:
            return None
        return features.Answers(self._promises.questions.listed, facts, lexicon)

    # ------------------------------------------------------------ pages

    def _of_page(self, mutant: Mutant) -> Scenario | None:
        """Return a state whose page would show another severity, or no longer cover something."""
        was = self._promises.rule_set.rules[mutant.owner]
        if mutant.kind == kinds.SEVERITY:
            shows: tuple[str, ...] = (mutant.owner,)
            words: tuple[str, str] = (was.recommend.severity, mutant.written.recommend.severity)
        else:
            other = next(iter(set(was.supersedes) - set(mutant.written.supersedes)))
            shows, words = (mutant.owner, other), (f"covers {other}", f"{other} stays open")
        worked = self._promises.worked[mutant.owner]
        for one, allowed in self._candidates(shows) if worked else ():
            if self._all_open(shows, one.answers, worked[0].day, allowed):
                return Scenario(mutant.owner, one.base, one.changed, *words, one.state)
        return None

    def _candidates(self, rules: Sequence[str]) -> Iterator[tuple[_Tried, frozenset[Truth]]]:
        """Return the examples of some rules, then small edits of the first rule's, and what the others may be then.

        Examples in which all apply go before those in which some cannot be told.
        """
        worked = self._promises.worked[rules[0]]
        plain = [self._unchanged(one) for rule in rules for one in self._promises.worked[rule]]
        yield from ((one, frozenset({TRUE})) for one in plain)
        yield from ((one, frozenset({TRUE, UNKNOWN})) for one in plain)
        nodes = [self._promises.condition(rule, worked[0].day) for rule in rules]
        known = [node for node in nodes if node is not None]
        if len(rules) > 1 and len(known) == len(rules):
            states = self._states(worked, Any(tuple(known)))
            yield from ((one, frozenset({TRUE, UNKNOWN})) for one in states)

    @staticmethod
    def _unchanged(one: Worked) -> _Tried:
        return _Tried(one.name.partition("::")[2], (), one.state, one.answers)

    def _all_open(self, rules: Sequence[str], answers: features.Answers, day: date, allowed: frozenset[Truth]) -> bool:
        """Whether the first of some rules applies, and the verdicts of the others are among some."""
        nodes = [self._promises.condition(rule, day) for rule in rules]
        verdicts = [reference.evaluate(node, answers) for node in nodes if node is not None]
        return len(verdicts) == len(rules) and verdicts[0] is TRUE and allowed.issuperset(verdicts)
