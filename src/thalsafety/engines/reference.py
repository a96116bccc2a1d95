"""The meaning of the rule language, short enough to read in one sitting.

It never optimises. Every other engine is held to what is written here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from thalsafety.program import (
    Absent,
    All,
    Any,
    Compare,
    Comparison,
    Known,
    Missing,
    Not,
)
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from typing import Protocol

    from thalsafety.program import Answer, Leaf, Node, Program

    class Answers(Protocol):
        """Whatever gives the answer to a question by the question's number."""

        def __getitem__(self, index: int, /) -> Answer:
            """Return one answer."""


def run(program: Program, answers: Answers) -> dict[str, Truth]:
    """Return the verdict of every rule of the program; `answers[i]` answers `features[i]`."""
    return {rule.id: evaluate(rule.when, answers) for rule in program.rules}


def evaluate(node: Node, answers: Answers) -> Truth:
    """Return what is known of a condition, given what is known of its questions."""
    if isinstance(node, Compare):
        return compare(node, answers[node.feature.index])
    if isinstance(node, All):
        return _conjunction(node.parts, answers, decided_by=FALSE, otherwise=TRUE)
    if isinstance(node, Any):
        return _conjunction(node.parts, answers, decided_by=TRUE, otherwise=FALSE)
    if isinstance(node, Not):
        return evaluate(node.part, answers).negated()
    return missing(node, answers[node.feature.index])


def _conjunction(parts: tuple[Node, ...], answers: Answers, *, decided_by: Truth, otherwise: Truth) -> Truth:
    """One deciding part decides; else one unknown part makes the whole unknown."""
    result = otherwise
    for part in parts:
        truth = evaluate(part, answers)
        if truth is decided_by:
            return decided_by
        if truth is UNKNOWN:
            result = UNKNOWN
    return result


def compare(node: Compare, answer: Answer) -> Truth:
    """An interval decides only when all of it lies on one side; no answer decides nothing."""
    if not isinstance(answer, Known):
        return UNKNOWN
    low, high, operand = answer.low, answer.high, node.operand
    if isinstance(operand, frozenset):
        return TRUE if low in operand else FALSE
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        message = f"{node.feature.kind} {node.feature.subject} was answered by a word, not a number"
        raise TypeError(message)
    comparison = node.comparison
    if comparison is Comparison.BELOW:
        return _decide(high < operand, low < operand)
    if comparison is Comparison.AT_MOST:
        return _decide(high <= operand, low <= operand)
    if comparison is Comparison.ABOVE:
        return _decide(low > operand, high > operand)
    return _decide(low >= operand, high >= operand)


def missing(_node: Missing, answer: Answer) -> Truth:
    """True when nothing is on file, false when something answers, unknown when unsure."""
    if isinstance(answer, Absent):
        return TRUE
    return FALSE if isinstance(answer, Known) else UNKNOWN


def _decide(surely: bool, possibly: bool) -> Truth:  # noqa: FBT001  what holds for all and for some of it
    """Return what holds for a whole interval."""
    if surely:
        return TRUE
    return UNKNOWN if possibly else FALSE


Reasons: TypeAlias = "tuple[tuple[Leaf, Truth], ...]"


def explain(node: Node, answers: Answers, known: dict[int, Truth] | None = None) -> tuple[Truth, Reasons]:
    """Return the verdict with the leaves that decide it.

    A true `all` is decided by all its parts, a false one by its false parts, an unknown one by its
    unknown parts; `any` is the mirror image. For a verdict of unknown these are the leaves whose
    answers are still open and can matter. `known` keeps the verdicts of nodes that several rules of
    one program share; it belongs to one set of answers.
    """
    known = {} if known is None else known
    truth = once(node, answers, known)
    why: list[tuple[Leaf, Truth]] = []
    _gather(node, truth, answers, known, why)
    return truth, tuple(why)


def once(node: Node, answers: Answers, known: dict[int, Truth]) -> Truth:
    """Return the verdict as `evaluate` does, asking no node twice; `known` belongs to one set of answers."""
    truth = known.get(id(node))
    if truth is None:
        if isinstance(node, (All, Any)):
            decided_by, truth = (FALSE, TRUE) if isinstance(node, All) else (TRUE, FALSE)
            for part in node.parts:
                found = once(part, answers, known)
                if found is decided_by:
                    truth = found
                    break
                if found is UNKNOWN:
                    truth = found
        elif isinstance(node, Not):
            truth = once(node.part, answers, known).negated()
        else:
            truth = evaluate(node, answers)
        known[id(node)] = truth
    return truth


def _gather(node: Node, truth: Truth, answers: Answers, known: dict[int, Truth], why: list[tuple[Leaf, Truth]]) -> None:
    """Add the leaves that decide a node whose verdict is known; what does not decide is not looked into."""
    if isinstance(node, (Compare, Missing)):
        why.append((node, truth))
    elif isinstance(node, Not):
        _gather(node.part, truth.negated(), answers, known, why)
    else:
        parts = node.parts
        if node.origin.choice and truth is not UNKNOWN:
            parts = _way_taken(parts, once(_condition_of(node), answers, known))
        for part in parts:
            if once(part, answers, known) is truth:
                _gather(part, truth, answers, known, why)


def _condition_of(choice: Node) -> Node:
    """Return the condition of "if c then a, else b", which is written as an `Any` of three parts."""
    assert isinstance(choice, Any)  # noqa: S101  the linker marks no other node
    first = choice.parts[0]
    assert isinstance(first, All)  # noqa: S101  for the type checker: the linker makes nothing else here
    return first.parts[0]


def _way_taken(parts: tuple[Node, ...], condition: Truth) -> tuple[Node, ...]:
    """Return the part of a decided choice that says why: the way taken, or what both ways agree on."""
    if condition is TRUE:
        return parts[:1]
    return parts[1:2] if condition is FALSE else parts[2:]
