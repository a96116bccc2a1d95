"""Mutants that no test could notice, shown by proof: their verdicts are the same whatever the answers are.

Needs Z3; this module is imported only where it is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.model.plain import SEVERITIES
from thalsafety.mutating import kinds
from thalsafety.program import All, Not, leaves
from thalsafety.program import Any as AnyOf
from thalsafety.proving.alike import BY_RECORD, always_alike, never_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.mutating.mutants import Mutant
    from thalsafety.mutating.running import Trial
    from thalsafety.program import Node

OF_MILDER = "a milder rule covers nothing"
NEVER_BOTH = "never open while the other applies, whatever the answers that one record can give"


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
            parts = reversed(list(_differing_parts(was, now)))
            basis = next(filter(None, (always_alike(*part, self._lexicon) for part in parts)), "")
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
            if one is not None and two is not None and not never_together(one, two, self._lexicon):
                return ""
        return NEVER_BOTH


def _differing_parts(was: Node, now: Node) -> Iterator[tuple[Node, Node]]:
    """Return two conditions, then the smaller and smaller parts of them beside which they are the same.

    Where such parts are always alike, so are the conditions; and small parts are proved with less effort.
    """
    while True:
        yield was, now
        if isinstance(was, Not) and isinstance(now, Not):
            was, now = was.part, now.part
            continue
        if type(was) is not type(now) or not isinstance(was, (All, AnyOf)) or not isinstance(now, (All, AnyOf)):
            return
        unlike = [(one, other) for one, other in zip(was.parts, now.parts, strict=False) if one != other]
        if len(was.parts) != len(now.parts) or len(unlike) != 1:
            return
        was, now = unlike[0]


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)
