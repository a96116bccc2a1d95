"""Mutants that no test could notice, shown by proof: their verdicts are the same whatever the answers are.

Needs Z3; this module is imported only where it is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from thalsafety.model.patient import SEVERITIES
from thalsafety.mutating import kinds
from thalsafety.program import leaves
from thalsafety.proving.encoding import Space, differing
from thalsafety.proving.relations import related

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thalsafety.mutating.mutants import Mutant
    from thalsafety.mutating.running import Trial
    from thalsafety.program import Node

BY_ANSWERS = "whatever the answers, within their bounds"
BY_RECORD = "whatever the answers that one record can give (bounds, and relations between answers)"
OF_MILDER = "a milder rule covers nothing"
NEVER_BOTH = "never open while the other applies, whatever the answers that one record can give"
_EFFORT = 4_000_000
"""What the solver may spend on one question, in its own count, which is the same on every machine."""


class Prover:
    """Proofs about the mutants of one rule set."""

    def __init__(self, trial: Trial) -> None:
        """Take the trial that the mutants survived."""
        self._trial = trial
        self._lexicon = trial.promises.rule_set.lexicon

    def equivalent(self, mutant: Mutant) -> str:
        """Return what a proof that nothing can notice the mutant rests on; nothing when there is no such proof."""
        if mutant.kind == kinds.SEVERITY:
            return ""
        if mutant.kind == kinds.SUPERSESSION:
            return self._idle(mutant)
        rests = ""
        for was, now in self._pairs(mutant):
            if was == now:
                continue
            basis = self._alike(was, now)
            if not basis:
                return ""
            rests = BY_RECORD if BY_RECORD in {rests, basis} else basis
        return rests

    def _pairs(self, mutant: Mutant) -> Iterable[tuple[Node, Node]]:
        """Return each condition that a mutant changes, as it was and is, the shortest first."""
        changed = self._trial.changed(mutant)
        promises = self._trial.promises
        reached = {
            (rule, day): promises.condition(rule, day)
            for rule in self._trial.reached(mutant)
            for day in promises.days_of(rule)
        }
        in_force = [(rule, day, was) for (rule, day), was in reached.items() if was is not None]
        for rule, day, was in sorted(in_force, key=lambda one: (len(leaves(one[2])), one[:2])):
            now = promises.condition_in(changed, rule, day)
            if now is not None:
                yield was, now

    def _alike(self, was: Node, now: Node) -> str:
        """Return what a proof that two conditions always have the same verdict rests on, or nothing."""
        space = Space(self._lexicon)
        unlike = differing(space.truth(was), space.truth(now))
        solver = _solver([*space.bounds(), unlike])
        if solver.check() == z3.unsat:
            return BY_ANSWERS
        solver = _solver([*related(space).formulas, *space.bounds(), unlike])
        return BY_RECORD if solver.check() == z3.unsat else ""

    def _idle(self, mutant: Mutant) -> str:
        """Return what a proof that a supersession never does anything rests on, or nothing."""
        promises = self._trial.promises
        rules = promises.rule_set.rules
        was = rules[mutant.owner]
        other = next(iter(set(was.supersedes) - set(mutant.written.supersedes)))
        if _rank(was.recommend.severity) > _rank(rules[other].recommend.severity):
            return OF_MILDER
        for day in promises.days_of(mutant.owner):
            one, two = promises.condition(mutant.owner, day), promises.condition(other, day)
            if one is None or two is None:
                continue
            space = Space(self._lexicon)
            both = z3.And(space.truth(one).true, z3.Not(space.truth(two).false))
            if _solver([*related(space).formulas, *space.bounds(), both]).check() != z3.unsat:
                return ""
        return NEVER_BOTH


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)


def _solver(formulas: Sequence[z3.BoolRef]) -> z3.Solver:
    solver = z3.Solver()
    solver.set("rlimit", _EFFORT)
    solver.add(*formulas)
    return solver
