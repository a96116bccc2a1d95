"""Whether two conditions can ever differ, or ever meet; with a bound on effort that is the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from thalsafety.proving.encoding import Space, differing
from thalsafety.proving.relations import related

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Node

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


def _impossible(formulas: Sequence[z3.BoolRef]) -> bool:
    """Return whether formulas were proved to have no model."""
    solver = z3.Solver()
    solver.set("rlimit", _EFFORT)
    solver.add(*formulas)
    return bool(solver.check() == z3.unsat)
