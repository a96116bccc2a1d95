"""Looks for a patient that shows something, and makes sure by a real check that it does.

A search ends in one of three ways: no answers at all show it (proved, within the bounds and relations),
a patient state does (refuted), or answers do but no patient state was found (open: nothing is claimed).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import z3
from pydantic import ValidationError

from thalsafety import features
from thalsafety.engines import reference
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientState
from thalsafety.program import Known, leaves
from thalsafety.proving.encoding import Space, replay
from thalsafety.proving.relations import related
from thalsafety.proving.states import Realiser, Written, quiet, usual
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from thalsafety.linked import Linked
    from thalsafety.program import Answer, Feature, Leaf, Node
    from thalsafety.proving.relations import Related
    from thalsafety.truth import Truth

TRIES = 10
"""Models that are looked at for each kind of record: without a past, plain, and any."""
PATIENCE = 40_000_000
"""What the solver may spend on one question, in its own count: the same on every machine, however busy."""


class Ending(StrEnum):
    """How a search ended."""

    PROVED = "proved"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Search:
    """How a search ended, with the patient states that show it (two where patients are compared)."""

    ending: Ending
    states: tuple[Written, ...] = ()
    tries: int = 0


class Side:
    """One patient of a search: the space of answers, the record behind them, and the formulas of the rules."""

    def __init__(
        self, linked: Linked, prefix: str = "", names: Iterable[str] | None = None, more: Iterable[Node] = ()
    ) -> None:
        """Take the linked rules, all or those with some names; `more` conditions are asked about as well."""
        self.linked = linked
        self.space = Space(linked.lexicon, prefix)
        wanted = None if names is None else set(names)
        self.nodes = {rule.id: rule.when for rule in linked.program.rules if wanted is None or rule.id in wanted}
        self.truths = {name: self.space.truth(node) for name, node in self.nodes.items()}
        for node in more:
            self.space.truth(node)
        self.related: Related = related(self.space)
        self.plain = z3.Bool(f"{prefix}plain")
        self.quiet = z3.Bool(f"{prefix}quiet")

    def holds(self) -> list[z3.BoolRef]:
        """Return everything that holds of this patient; `plain` and `quiet` are wishes that a search may make."""
        sure = [z3.Implies(self.plain, formula) for formula in self._sure()]
        past = [z3.Implies(self.quiet, formula) for formula in quiet(self.related.outline)]
        return [*self.space.bounds(), *self.related.formulas, *sure, *past]

    def _sure(self) -> Iterable[z3.BoolRef]:
        outline = self.related.outline
        for asked in self.space.inputs.values():
            yield z3.And(z3.Not(asked.unsure), asked.low == asked.high)
        for ages in outline.ages.values():
            yield z3.And(z3.Not(ages.undated), ages.near == ages.far)
        for date_ in outline.milestones.values():
            yield z3.And(z3.Not(date_.unsure), date_.near == date_.far)
        for some in outline.doubtful.values():
            yield z3.Not(some.maybe)
        yield from usual(outline)

    def written(self, model: z3.ModelRef, asked: Iterable[Feature], day: date) -> Written:
        """Return the patient state that a model proposes, complete but for what nobody asks."""
        record = Realiser(self.related.outline, model, asked, day).record()
        person = {"label": "Fictional patient found by verify", **record.pop("patient", {})}
        return {"fictional": True, "profile": self.linked.profile, "patient": person, **record}

    def answers(self, written: Written) -> Sequence[Answer] | None:
        """Return the real answers of a patient state; nothing when it would be refused."""
        try:
            state = PatientState.model_validate(written)
        except ValidationError:
            return None
        if any(True for _ in findings(state, self.linked.lexicon)):
            return None
        return features.answer(self.linked.program.features, state, self.linked.lexicon)

    def unlike(self, model: z3.ModelRef, nodes: Iterable[Node], answers: Sequence[Answer]) -> list[z3.BoolRef]:
        """Return what the model says of the lines that the real answers decide otherwise."""
        said: list[z3.BoolRef] = []
        for leaf in dict.fromkeys(leaf for node in nodes for leaf in leaves(node)):
            if leaf.feature.index < 0:
                continue
            verdict = replay(leaf, self.space.witness(model, [leaf.feature]))
            if verdict is not reference.evaluate(leaf, answers):
                said.append(self._said(leaf, verdict))
        return said

    def decided_otherwise(self, model: z3.ModelRef, nodes: Iterable[Node], answers: Sequence[Answer]) -> list[Node]:
        """Return the conditions that the real answers decide otherwise than the model."""
        return [
            node
            for node in nodes
            if replay(node, self.space.witness(model, (leaf.feature for leaf in leaves(node))))
            is not reference.evaluate(node, answers)
        ]

    def _said(self, leaf: Leaf, verdict: Truth) -> z3.BoolRef:
        tri = self.space.truth(leaf)
        return tri.true if verdict is TRUE else tri.false if verdict is FALSE else tri.unknown


def solver_of(*sides: Side) -> z3.Solver:
    """Return a solver that knows what holds of some patients."""
    solver = z3.Solver()
    solver.set("rlimit", PATIENCE)
    for side in sides:
        solver.add(*side.holds())
    return solver


class Searcher:
    """Answers one question after the other over one or two patients."""

    def __init__(self, day: date, *sides: Side, milliseconds: int = 0) -> None:
        """Take the day of the check, the patients, and time for a question where somebody sets one."""
        self.day = day
        self.sides = sides
        self.solver = solver_of(*sides)
        if milliseconds:
            self.solver.set("timeout", milliseconds)
            self.solver.set("rlimit", 0)  # no other limit

    def impossible(self, shown: Iterable[z3.BoolRef]) -> Search | None:
        """Return a proof that no patient shows what the formulas say; nothing without one, and nobody is looked for."""
        self.solver.push()
        self.solver.add(*shown)
        found = self.solver.check()
        self.solver.pop()
        return Search(Ending.PROVED) if found == z3.unsat else None

    def search(
        self,
        shown: Iterable[z3.BoolRef],
        nodes: Sequence[Node],
        confirmed: Callable[..., bool],
        change: Callable[[tuple[Written, ...]], tuple[Written, ...]] | None = None,
    ) -> Search:
        """Return whether some patient shows what the formulas say.

        `nodes` are the conditions that matter; `confirmed` is given the real answers of each patient.
        """
        self.solver.push()
        try:
            self.solver.add(*shown)
            return self._search(nodes, confirmed, change)
        finally:
            self.solver.pop()

    def _search(
        self,
        nodes: Sequence[Node],
        confirmed: Callable[..., bool],
        change: Callable[[tuple[Written, ...]], tuple[Written, ...]] | None,
    ) -> Search:
        asked = list(dict.fromkeys(leaf.feature for node in nodes for leaf in leaves(node) if leaf.feature.index >= 0))
        tries, eager = 0, z3.FreshBool("eager")
        plain, silent = [side.plain for side in self.sides], [side.quiet for side in self.sides]
        for wishes in ([*plain, *silent], plain, []):
            for _ in range(TRIES):
                found = self.solver.check(*wishes, eager)
                if found != z3.sat and tries:
                    found = self.solver.check(*wishes)
                if found == z3.unsat and tries == 0 and not wishes:
                    return Search(Ending.PROVED)
                if found != z3.sat:
                    break
                tries += 1
                model = self.solver.model()
                states = tuple(side.written(model, asked, self.day) for side in self.sides)
                states = change(states) if change is not None else states
                answers = [side.answers(state) for side, state in zip(self.sides, states, strict=True)]
                if all(answer is not None for answer in answers) and confirmed(*answers):
                    return Search(Ending.REFUTED, states, tries)
                self.solver.add(z3.Not(z3.And(*self._blocked(model, nodes, asked, answers))))
                self.solver.add(*(z3.Implies(eager, each) for each in self._blocked_eagerly(model, nodes, answers)))
        return Search(Ending.OPEN, tries=tries)

    def _blocked(
        self, model: z3.ModelRef, nodes: Sequence[Node], asked: Sequence[Feature], answers: Sequence[Any]
    ) -> list[z3.BoolRef]:
        """Return what is not looked for again: what the record said otherwise, or these very answers."""
        said = [
            formula
            for side, answer in zip(self.sides, answers, strict=True)
            if answer is not None
            for formula in side.unlike(model, nodes, answer)
        ]
        if said:
            return said
        return [
            side.space.equals(feature, answer)
            for side in self.sides
            for feature, answer in side.space.witness(model, asked).items()
            if isinstance(answer, Known)
        ] or [z3.BoolVal(val=True)]

    def _blocked_eagerly(
        self, model: z3.ModelRef, nodes: Sequence[Node], answers: Sequence[Any]
    ) -> Iterator[z3.BoolRef]:
        """Yield what is better not looked for again: the lines of each condition that the record decides otherwise.

        It may be too much, so it is taken back when nothing is left.
        """
        for side, answer in zip(self.sides, answers, strict=True):
            if answer is not None:
                for node in side.decided_otherwise(model, nodes, answer):
                    yield z3.Not(z3.And(*side.unlike(model, [node], answer)))
