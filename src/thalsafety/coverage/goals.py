"""What there is to exercise in a rule, and what of it no record could.

A goal that is left out here is left out of every fraction, so each reason is one that holds by the meaning of
the questions, and none is a judgement.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.coverage.lines import is_question
from thalsafety.coverage.numbers import ABOVE, BELOW, ON, Number, near_by, units_of, written_in
from thalsafety.features import can_be_unsure, can_have_bounds
from thalsafety.linting.boundaries import owner_of
from thalsafety.model.milestones import MILESTONES
from thalsafety.program import All, Any, Compare, Missing, Not
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.coverage.lines import Line, Lines
    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Feature, Node, Pinned

TRUTH, DECIDES, NUMBER = "truth", "decides", "number"
_NOT_NEGATIVE = frozenset(
    {
        "age",
        "count",
        "days_on",
        "days_using",
        "dose",
        "dose_of",
        "exposure",
        "grade",
        "methods_in_use",
        "supply",
        "times_per_day",
        "steroid_dose",
    }
    | {"worst_grade", "months_since", "days_before_dose_change", "sensitivity", "times_upper_limit"}
)
_OF_ENTRIES = frozenset({"days_from", "days_until", "days_since"})
"""Questions that are never under nought when asked of an entry: it lies on the asked side, or there is no answer."""
_HIGHEST_GRADE = 5
_SHORTEST = 2
"""A window shorter than this has no day just inside its end."""


class Goal(NamedTuple):
    """Something to exercise: a truth of a line, a line that decides, or a place beside a number."""

    kind: str
    what: Line | Number
    how: Truth | str


def goals(rule: str, lines: Lines, lexicon: Lexicon) -> Iterator[Goal]:
    """Return everything that some record could exercise in a rule."""
    for line, node in lines.nodes.items():
        truths = [truth for truth in (TRUE, FALSE, UNKNOWN) if truth is not UNKNOWN or can_be_unknown(node)]
        yield from (Goal(TRUTH, line, truth) for truth in truths)
        yield from (Goal(DECIDES, line, truth) for truth in truths if truth is not UNKNOWN)
    for number, positions in positions_of(rule, lines, lexicon).items():
        yield from (Goal(NUMBER, number, position) for position in positions)


def can_be_unknown(node: Node) -> bool:
    """Whether a line can be neither true nor false.

    A comparison always can, for want of an answer. Where the want is itself taken for an answer (`or_missing`),
    only doubt about what is on file, or a number known within bounds, leaves the line open.
    """
    if isinstance(node, Missing):
        return can_be_unsure(node.feature)
    if is_question(node) and isinstance(node, Any):
        leaf = node.parts[0]
        assert isinstance(leaf, Compare)  # noqa: S101  a question with `or_missing` has it first
        return can_be_unsure(leaf.feature) or can_have_bounds(leaf.feature)
    if isinstance(node, Not):
        return can_be_unknown(node.part)
    if isinstance(node, (All, Any)):
        return any(can_be_unknown(part) for part in node.parts)
    return True


def positions_of(rule: str, lines: Lines, lexicon: Lexicon) -> dict[Number, tuple[str, ...]]:
    """Return the numbers of a rule's lines, each with the places beside it where a record can stand."""
    found: dict[Number, set[str]] = {}
    for leaf in lines.leaves:
        owner = owner_of(leaf, rule)
        if isinstance(leaf, Compare) and leaf.parameter is not None and isinstance(leaf.operand, Decimal):
            found.setdefault(Number(owner, leaf.parameter.name), set()).update(_beside(leaf, lexicon))
        for pinned in leaf.feature.pinned:
            found.setdefault(Number(owner, pinned.name), set()).update(_within(leaf.feature, pinned))
    order = {position: place for place, position in enumerate((BELOW, ON, ABOVE))}
    return {n: tuple(sorted(where, key=lambda one: (order.get(one, len(order)), one))) for n, where in found.items()}


def _beside(leaf: Compare, lexicon: Lexicon) -> Iterator[str]:
    """Return where an answer can stand beside the number that it is held against."""
    assert leaf.parameter is not None  # noqa: S101  asked before
    assert isinstance(leaf.operand, Decimal)  # noqa: S101  asked before
    step = near_by(leaf.parameter, leaf.operand)
    low, high = _bounds(leaf.feature, lexicon)
    for position, value in ((BELOW, leaf.operand - step), (ON, leaf.operand), (ABOVE, leaf.operand + step)):
        if (low is None or value >= low) and (high is None or value <= high):
            yield position
    yield from map(written_in, units_of(leaf.feature, lexicon))


def _bounds(feature: Feature, lexicon: Lexicon) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and highest answer that a question can have, where there is one."""
    if feature.kind in {"grade", "worst_grade"}:
        graded = [lexicon.terms[code].grades for code in lexicon.covers(feature.subject) if code in lexicon.terms]
        highest = max((max(grades) for grades in graded if grades), default=_HIGHEST_GRADE)
        return Decimal(0), Decimal(highest)
    if feature.kind in _NOT_NEGATIVE or (feature.kind in _OF_ENTRIES and feature.subject not in MILESTONES):
        return Decimal(0), None
    if feature.kind in {"latest", "lowest", "highest"}:
        term = lexicon.terms.get(feature.subject)
        return (term.low, term.high) if term else (None, None)
    return None, None


def _within(feature: Feature, pinned: Pinned) -> tuple[str, ...]:
    """Return where a record can stand beside the end of a window or an interval."""
    long = feature.kind == "days_overdue" or pinned.operand >= _SHORTEST
    return (BELOW, ON, ABOVE) if long else (ON, ABOVE)
