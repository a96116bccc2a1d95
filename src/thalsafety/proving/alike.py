"""What never is: two conditions that differ or meet, a truth of a node, a node that decides, an answer in some place.

With a bound on effort that is the same on every machine. `False` says that there is no proof, not that it can be.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import z3

from thalsafety.program import All, Not
from thalsafety.program import Any as AnyOf
from thalsafety.proving.encoding import Space, Tri, differing, number
from thalsafety.proving.relations import related
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Feature, Node
    from thalsafety.truth import Truth

BY_ANSWERS = "whatever the answers, within their bounds"
BY_RECORD = "whatever the answers that one record can give (bounds, and relations between answers)"
_EFFORT = 4_000_000
"""What the solver may spend on one question, in its own count."""


def always_alike(one: Node, other: Node, lexicon: Lexicon) -> str:
    """Return what a proof that two conditions always have the same verdict rests on; nothing without such a proof."""
    space = Space(lexicon)
    unlike = differing(space.truth(one), space.truth(other))
    if _impossible([*space.bounds(), unlike]):
        return BY_ANSWERS
    return BY_RECORD if _impossible([*related(space).formulas, *space.bounds(), unlike]) else ""


def never_together(true: Node, open_: Node, lexicon: Lexicon) -> bool:
    """Return whether there is a proof that one condition is never true while another is true or unknown."""
    space = Space(lexicon)
    both = z3.And(space.truth(true).true, z3.Not(space.truth(open_).false))
    return _impossible([*related(space).formulas, *space.bounds(), both])


def never_has(node: Node, truth: Truth, within: Node, lexicon: Lexicon) -> bool:
    """Return whether there is a proof that no record gives a node a truth; `within` is the condition it stands in."""
    space = Space(lexicon)
    space.truth(within)
    return _never(space, _having(space.truth(node), truth))


def never_decides(way: Sequence[tuple[Node, int]], truth: Truth, lexicon: Lexicon) -> bool:
    """Return whether there is a proof that no record has a node decide a condition while it has a truth.

    `way` leads down from the condition to the node, each with which part of the one above it is. A node decides when
    the verdict would be another one if it alone were the other way.
    """
    space = Space(lexicon)
    space.truth(way[0][0])
    yes, no = z3.BoolVal(val=True), z3.BoolVal(val=False)
    if_true, if_false, if_unknown = Tri(yes, no), Tri(no, yes), Tri(no, no)
    for (above, _), (_, place) in pairwise(way):
        if isinstance(above, Not):
            if_true, if_false = if_false, if_true
            continue
        assert isinstance(above, (All, AnyOf))  # noqa: S101  a comparison has no parts
        others = space.truth(type(above)(above.parts[:place] + above.parts[place + 1 :]))
        whole = _chosen(others, if_true, if_false, if_unknown)
        if isinstance(above, All):
            if_true, if_unknown = whole, _either(others.false, if_false, if_unknown)
        else:
            if_false, if_unknown = whole, _either(others.true, if_true, if_unknown)
    line = _having(space.truth(way[-1][0]), truth)
    return _never(space, z3.And(line, differing(if_true, if_false)))


def never_differ(one: Node, other: Node, line: Node, truth: Truth, lexicon: Lexicon) -> bool:
    """Return whether there is a proof that two conditions never differ while a line has a truth."""
    space = Space(lexicon)
    while_so = _having(space.truth(line), truth)
    return _never(space, z3.And(while_so, differing(space.truth(one), space.truth(other))))


def never_beside(feature: Feature, number_: Decimal, other: Decimal, within: Node, lexicon: Lexicon) -> bool:
    """Return whether there is a proof that no record has a sure answer beside a number, as far as to another.

    The number itself does not count, and the other does; where both are the same, it alone does.
    """
    space = Space(lexicon)
    space.truth(within)
    asked = space.input(feature)
    least, most = number(min(number_, other)), number(max(number_, other))
    there = [asked.known, asked.low == asked.high, asked.low >= least, asked.low <= most]
    if number_ != other:
        there.append(asked.low != number(number_))
    return _never(space, z3.And(*there))


def _having(tri: Tri, truth: Truth) -> z3.BoolRef:
    return tri.true if truth is TRUE else tri.false if truth is FALSE else tri.unknown


def _chosen(by: Tri, if_true: Tri, if_false: Tri, if_unknown: Tri) -> Tri:
    """Return one of three verdicts, by the truth of something else."""
    return _either(by.true, if_true, _either(by.false, if_false, if_unknown))


def _either(condition: z3.BoolRef, one: Tri, other: Tri) -> Tri:
    return Tri(z3.If(condition, one.true, other.true), z3.If(condition, one.false, other.false))


def _never(space: Space, formula: z3.BoolRef) -> bool:
    """Return whether there is a proof that no record gives answers of which a formula holds."""
    return _impossible([*related(space).formulas, *space.bounds(), formula])


def _impossible(formulas: Sequence[z3.BoolRef]) -> bool:
    """Return whether formulas were proved to have no model."""
    solver = z3.Solver()
    solver.set("rlimit", _EFFORT)
    solver.add(*formulas)
    return bool(solver.check() == z3.unsat)
