"""Whether two conditions of a rule ever differ, by the solver; needs Z3 and is imported only where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import z3

from thalsafety.comparing.results import Kind
from thalsafety.engines import reference
from thalsafety.program import Program, RuleProgram
from thalsafety.proving.alike import BY_RECORD, always_alike
from thalsafety.proving.encoding import differing
from thalsafety.proving.searching import Ending, Searcher, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from thalsafety.comparing.conditions import Joint
    from thalsafety.comparing.witnessing import Said, Written
    from thalsafety.linked import Linked
    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Answer


class Sought(NamedTuple):
    """How a search ended: what makes two conditions alike, or a patient who shows that they differ, or why neither."""

    kind: Kind
    rests_on: str = ""
    state: Written | None = None
    reason: str = ""
    relations: tuple[str, ...] = ()


class Prover:
    """Looks for patients for whom two conditions differ, or proves that there are none."""

    def __init__(self, linked: Linked, lexicon: Lexicon, day: date, seconds: float) -> None:
        """Take the rules of A, a vocabulary that accepts what A or B does, and the solver's time for a question."""
        self._linked = linked._replace(lexicon=lexicon)
        self._day = day
        self._milliseconds = max(1, int(seconds * 1000))

    def sought(self, joint: Joint, say: Callable[[Written], Said]) -> Sought:
        """Return how the search for a patient ended; `say` asks both rule sets."""
        basis = always_alike(joint.a, joint.b, self._linked.lexicon)
        if basis and basis != BY_RECORD:
            return Sought(Kind.ALIKE, basis)
        rules = (RuleProgram("a", joint.a), RuleProgram("b", joint.b))
        side = _Remembering(self._linked._replace(program=Program(rules, joint.features)))
        relations = tuple(side.related.by_name)
        if basis:
            return Sought(Kind.ALIKE, basis, relations=relations)
        search = _Search(joint, side, say)
        return search.found(Searcher(self._day, side, milliseconds=self._milliseconds), relations)


class _Remembering(Side):
    """One patient of whom both conditions ask; the state that was answered for last is kept."""

    last: Written

    def answers(self, written: Written) -> Sequence[Answer] | None:
        self.last = written
        return super().answers(written)


class _Search:
    """One search for a patient whom both accept; one whom only one accepts is kept for when there is no other."""

    def __init__(self, joint: Joint, side: _Remembering, say: Callable[[Written], Said]) -> None:
        self.joint = joint
        self.side = side
        self.say = say
        self.spare: Written | None = None
        self.accepted_by_one: Written | None = None

    def found(self, searcher: Searcher, relations: tuple[str, ...]) -> Sought:
        """Return a patient for whom one rule applies and the other does not, or any that shows a difference."""
        one, other = self.side.truths["a"], self.side.truths["b"]
        opposite = z3.Or(z3.And(one.true, other.false), z3.And(one.false, other.true))
        nodes = [self.joint.a, self.joint.b]
        search = searcher.search([opposite], nodes, self._clear)
        if search.ending is not Ending.REFUTED and self.spare is None:
            search = searcher.search([differing(one, other)], nodes, self._differ)
            if search.ending is Ending.PROVED:
                return Sought(Kind.ALIKE, BY_RECORD, relations=relations)
        state = search.states[0] if search.states else self.spare or self.accepted_by_one
        if state is not None:
            return Sought(Kind.DIFFERENT, state=state)
        tries = f"in {search.tries} tries" if search.tries else "within the time limit"
        reason = "neither a proof nor a patient was found" if not search.tries else "no patient was found"
        return Sought(Kind.UNDECIDED, reason=f"{reason} {tries}")

    def _clear(self, answers: Sequence[Answer]) -> bool:
        return self._said(answers).clear

    def _differ(self, answers: Sequence[Answer]) -> bool:
        return self._said(answers).differ

    def _said(self, answers: Sequence[Answer]) -> Said:
        said = self.say(self.side.last)
        if said.differ and self.spare is None:
            self.spare = self.side.last
        verdicts = [reference.evaluate(node, answers) for node in (self.joint.a, self.joint.b)]
        if said.one_refuses and verdicts[0] is not verdicts[1] and self.accepted_by_one is None:
            self.accepted_by_one = self.side.last
        return said
