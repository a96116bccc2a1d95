"""Every mutant against the tests that it can touch; with the first of them that notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.engines import reference
from thalsafety.mutating import kinds
from thalsafety.mutating.mutants import RULE, uses

if TYPE_CHECKING:
    from datetime import date

    from thalsafety.loading.rules import RuleSet
    from thalsafety.mutating.mutants import Mutant
    from thalsafety.mutating.promises import Patient, Promises
    from thalsafety.program import Node
    from thalsafety.truth import Truth


class Tried(NamedTuple):
    """What became of a mutant: the test that notices it, or nothing; `usable` is false when it cannot be linked."""

    killed_by: str = ""
    usable: bool = True


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
        if mutant.kind in {kinds.SEVERITY, kinds.SUPERSESSION}:
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

    def changed(self, mutant: Mutant) -> RuleSet:
        """Return the rule set with the mistake in it."""
        return mutant.applied(self.promises.rule_set)

    def _noticed(self, rule: str, found: dict[tuple[str, date], Node]) -> str:
        """Return the first worked example of a rule that has another outcome."""
        for one in self.promises.worked[rule]:
            node = found.get((rule, one.day))
            if node is not None and reference.evaluate(node, one.answers) is not one.expected:
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


# ---------------------------------------------------------------- many at once


class Run:
    """All mutants of a rule set, with what each part of the run needs; the parts may run in processes of their own."""

    def __init__(self, promises: Promises, only: Collection[str] = ()) -> None:
        """Take the tests and the names of what to change; without names, everything in force."""
        self.trial = Trial(promises)
        grouped: dict[str, list[Mutant]] = {}
        for mutant in mutants(promises.rule_set, promises.profile, only):
            grouped.setdefault(mutant.owner, []).append(mutant)
        self.groups = list(grouped.values())

    def part(self, index: int) -> list[Fate | None]:
        """Return what became of the mutants of one owner; nothing for those that cannot be linked."""
        return [self._fate(mutant) for mutant in self.groups[index]]

    def _fate(self, mutant: Mutant) -> Fate | None:
        tried = self.trial.tried(mutant)
        return Fate(mutant, tried.killed_by) if tried.usable else None
