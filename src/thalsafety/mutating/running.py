"""Every mutant against the tests that it can touch; with the first of them that notices."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.engines import reference
from thalsafety.errors import EngineError
from thalsafety.model.plain import SEVERITIES
from thalsafety.mutating import kinds
from thalsafety.mutating.covering import Cover
from thalsafety.mutating.mutants import RULE, mutants, uses
from thalsafety.mutating.results import Fate, Report
from thalsafety.mutating.scenarios import Scenarios
from thalsafety.truth import FALSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from concurrent.futures import Executor
    from datetime import date

    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.rule import Rule
    from thalsafety.mutating.covering import Case
    from thalsafety.mutating.mutants import Mutant, Spot
    from thalsafety.mutating.promises import Patient, Promises, Worked
    from thalsafety.mutating.results import Scenario
    from thalsafety.program import Node
    from thalsafety.truth import Truth


class Tried(NamedTuple):
    """What became of a mutant: the test that notices it, or nothing; `usable` is false when it is no other rule set.

    A mutant that cannot be linked, or is linked to the very same conditions, is not usable.
    """

    killed_by: str = ""
    usable: bool = True
    equivalent: str = ""
    scenario: Scenario | None = None
    sought: bool = False

    @property
    def survived(self) -> bool:
        """Whether no test notices the mutant, though one might."""
        return self.usable and not self.killed_by and not self.equivalent


class Trial:
    """Mutants of one rule set, tried one after the other."""

    def __init__(self, promises: Promises) -> None:
        """Take the tests; which rules each definition and schedule reaches is looked up once."""
        self.promises = promises
        self._users: dict[str, list[str]] = {}
        for rule in promises.rule_set.rules:
            for name in uses(promises.rule_set, promises.profile, rule):
                self._users.setdefault(name, []).append(rule)

    def reached(self, mutant: Mutant) -> list[str]:
        """Return the rules whose condition a mutant changes, in order."""
        return [mutant.owner] if mutant.what == RULE else sorted(self._users.get(mutant.owner, ()))

    def tried(self, mutant: Mutant) -> Tried:
        """Return what becomes of a mutant."""
        if mutant.kind in kinds.OF_PAGES:
            return self._listed(mutant)
        changed = self.changed(mutant)
        found: dict[tuple[str, date], Node] = {}
        alike = True
        for rule in self.reached(mutant):
            for day in self.promises.days_of(rule):
                was = self.promises.condition(rule, day)
                now = None if was is None else self.promises.condition_in(changed, rule, day)
                if was is None:
                    continue
                if now is None:
                    return Tried(usable=False)
                alike = alike and now == was
                found[rule, day] = now
            killer = self._noticed(rule, found)
            if killer:
                return Tried(killer)
        if alike:
            return Tried(usable=False)
        return Tried(next((p.name for p in self.promises.patients if self._disappointed(p, found)), ""))

    def failing(self) -> list[str]:
        """Return the tests that fail without any mistake; against them nothing can be measured."""
        found = [one.name for rule, many in self.promises.worked.items() for one in many if not self._kept(rule, one)]
        return found + [one.name for one in self.promises.patients if one.broken({}, one.rules)]

    def _kept(self, name: str, one: Worked) -> bool:
        """Whether a worked example has what it promises by the rules as they are."""
        rule = self.promises.rule_set.rules[name]
        node = self.promises.condition(name, one.day)
        if node is None or reference.evaluate(node, one.answers) is not one.expected:
            return False
        return one.severity in {None, rule.recommend.severity} and self._covers(rule, one.covers)

    def changed(self, mutant: Mutant) -> RuleSet:
        """Return the rule set with the mistake in it."""
        return mutant.applied(self.promises.rule_set)

    def _noticed(self, rule: str, found: dict[tuple[str, date], Node]) -> str:
        """Return the first worked example of a rule that has another outcome."""
        for one in self.promises.worked[rule]:
            node = found.get((rule, one.day))
            if node is not None and reference.evaluate(node, one.answers) is not one.expected:
                return one.name
        for one in self.promises.covering.get(rule, ()):
            node = found.get((rule, one.day))
            if node is not None and reference.evaluate(node, one.answers) is FALSE:
                return one.name
        return ""

    @staticmethod
    def _disappointed(patient: Patient, found: dict[tuple[str, date], Node]) -> bool:
        """Whether a patient's promises are not kept with other conditions."""
        verdicts: dict[str, Truth] = {}
        for (rule, day), node in found.items():
            if day == patient.day and rule in patient.verdicts:
                verdict = reference.evaluate(node, patient.answers)
                if verdict is not patient.verdicts[rule]:
                    verdicts[rule] = verdict
        return bool(verdicts) and patient.broken(verdicts, patient.rules)

    def _listed(self, mutant: Mutant) -> Tried:
        """Return what becomes of another severity or supersession: no verdict changes, but the page may."""
        rule = mutant.written
        for one in self.promises.worked[mutant.owner]:
            if one.severity not in {None, rule.recommend.severity} or not self._covers(rule, one.covers):
                return Tried(one.name)
        for one in self.promises.covering.get(mutant.owner, ()):
            above = self.promises.rule_set.rules[one.name.partition("::")[0]]
            if _rank(above) > _rank(rule):
                return Tried(one.name)
        for patient in self.promises.patients:
            rules = tuple(
                one._replace(severity=rule.recommend.severity, supersedes=rule.supersedes)
                if one.id == mutant.owner
                else one
                for one in patient.rules
            )
            if patient.broken({}, rules):
                return Tried(patient.name)
        return Tried()

    def _covers(self, rule: Rule, others: tuple[str, ...]) -> bool:
        """Whether a rule covers others that are open while it applies."""
        rules = self.promises.rule_set.rules
        return all(other in rule.supersedes and _rank(rule) <= _rank(rules[other]) for other in others)


def _rank(rule: Rule) -> int:
    return SEVERITIES.index(rule.recommend.severity)


# ---------------------------------------------------------------- many at once


class Run:
    """All mutants of a rule set, and what is done about each; parts may run in processes of their own."""

    def __init__(
        self,
        promises: Promises,
        only: Collection[str] = (),
        *,
        prove: bool,
        seek: bool,
        elsewhere: Collection[Spot] = (),
    ) -> None:
        """Take the tests, the names of what to change (none: everything in force), and what to do about survivors.

        What mistakes are made in `elsewhere` is left alone.
        """
        self.trial = Trial(promises)
        self.promises = promises
        self.prove = prove
        self._scenarios = Scenarios(self.trial) if seek else None
        grouped: dict[str, list[Mutant]] = {}
        for mutant in mutants(promises.rule_set, promises.profile, only, elsewhere):
            grouped.setdefault(mutant.owner, []).append(mutant)
        self.groups = list(grouped.values())

    def __len__(self) -> int:
        """Return how many parts there are."""
        return len(self.groups)

    def parts(self, jobs: int) -> Iterator[list[Tried]]:
        """Return what becomes of the mutants of each owner, in order; the work begins before the first is asked for."""
        if jobs == 1:
            return map(self.part, range(len(self)))
        import multiprocessing

        fork = multiprocessing.get_context("fork")  # every process has the answers that are known already
        pool = ProcessPoolExecutor(jobs, mp_context=fork, initializer=_inherit, initargs=(self,))
        return _until_done(pool, pool.map(_part, range(len(self))))

    def part(self, index: int) -> list[Tried]:
        """Return what becomes of the mutants of one owner."""
        group = self.groups[index]
        tried = [self.trial.tried(mutant) for mutant in group]
        if self.prove:
            tried = [
                self._proved(mutant, one) if one.survived else one for mutant, one in zip(group, tried, strict=True)
            ]
        return self._sought(group, tried) if self._scenarios is not None else tried

    def _proved(self, mutant: Mutant, tried: Tried) -> Tried:
        """Return a survivor with the proof that nothing can notice it, where there is one."""
        from thalsafety.mutating.proofs import Prover  # noqa: PLC0415  only where Z3 is installed

        return tried._replace(equivalent=Prover(self.trial).equivalent(mutant))

    def _sought(self, group: list[Mutant], tried: list[Tried]) -> list[Tried]:
        """Return survivors with scenarios, where some were found."""
        assert self._scenarios is not None  # noqa: S101  asked before
        places = [place for place, one in enumerate(tried) if one.survived]
        found = self._scenarios.found([group[place] for place in places]) if places else {}
        told = list(tried)
        for position, place in enumerate(places):
            told[place] = tried[place]._replace(scenario=found.get(position), sought=True)
        return told

    def report(self, parts: Iterable[list[Tried]]) -> Report:
        """Return the whole run as one report."""
        told = [pair for group, part in zip(self.groups, parts, strict=True) for pair in zip(group, part, strict=True)]
        fates = tuple(
            Fate(mutant, one.killed_by, one.equivalent, one.scenario, one.sought) for mutant, one in told if one.usable
        )
        worked = sum(len(many) for many in self.promises.worked.values())
        return Report(
            self.promises.profile, worked, len(self.promises.patients), fates, len(told) - len(fates), self.prove
        )

    def cases(self, report: Report) -> list[Case]:
        """Return the fewest worked examples, by rule, that notice every survivor that has a scenario."""
        return Cover(self.trial).fewest(report.fates)


_INHERITED: list[Run] = []
"""The run that a forked process took part of with its memory."""


def _inherit(run: Run) -> None:
    _INHERITED[:] = [run]


def _until_done(pool: Executor, parts: Iterator[list[Tried]]) -> Iterator[list[Tried]]:
    """Go through the parts as they are done, then let the processes go; `EngineError` when one of them died."""
    with pool:
        try:
            yield from parts
        except BrokenExecutor:
            message = "a process of the run died; use fewer with --jobs"
            raise EngineError(message) from None


def _part(index: int) -> list[Tried]:
    return _INHERITED[0].part(index)
