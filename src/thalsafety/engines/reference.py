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


def explain(
    node: Node, answers: Answers, known: dict[int, tuple[Truth, Reasons]] | None = None
) -> tuple[Truth, Reasons]:
    """Return the verdict with the leaves that decide it.

    A true `all` is decided by all its parts, a false one by its false parts, an unknown one by its
    unknown parts; `any` is the mirror image. For a verdict of unknown these are the leaves whose
    answers are still open and can matter. `known` keeps what was found for nodes that several rules of
    one program share; it belongs to one set of answers.
    """
    known = {} if known is None else known
    found = known.get(id(node))
    if found is not None:
        return found
    why: Reasons
    if isinstance(node, Compare):
        truth = compare(node, answers[node.feature.index])
        why = ((node, truth),)
    elif isinstance(node, Missing):
        truth = missing(node, answers[node.feature.index])
        why = ((node, truth),)
    elif isinstance(node, Not):
        truth, why = explain(node.part, answers, known)
        truth = truth.negated()
    else:
        deciding, truth = (FALSE, TRUE) if isinstance(node, All) else (TRUE, FALSE)
        parts = [explain(part, answers, known) for part in node.parts]
        for verdict, _why in parts:
            if verdict is deciding:
                truth = deciding
                break
            if verdict is UNKNOWN:
                truth = UNKNOWN
        if node.origin.choice and truth is not UNKNOWN:
            parts = _way_taken(parts, known[id(_condition_of(node))][0])
        why = tuple([reason for verdict, reasons in parts if verdict is truth for reason in reasons])
    known[id(node)] = (truth, why)
    return truth, why


def _condition_of(choice: Node) -> Node:
    """Return the condition of "if c then a, else b", which is written as an `Any` of three parts."""
    assert isinstance(choice, Any)  # noqa: S101  the linker marks no other node
    first = choice.parts[0]
    assert isinstance(first, All)  # noqa: S101  for the type checker: the linker makes nothing else here
    return first.parts[0]


def _way_taken(parts: list[tuple[Truth, Reasons]], condition: Truth) -> list[tuple[Truth, Reasons]]:
    """Return the part of a decided choice that says why: the way taken, or what both ways agree on."""
    if condition is TRUE:
        return parts[:1]
    return parts[1:2] if condition is FALSE else parts[2:]
