"""On which side of each number cases stand: just below it, on it, just above it; and written in which units."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.linting.boundaries import Asking
from thalsafety.program import Compare, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Feature, Leaf, Pinned

BELOW, ON, ABOVE = "just below", "on", "just above"


class Number(NamedTuple):
    """A parameter as one rule, definition or schedule uses it."""

    owner: str
    parameter: str


class Beside(Asking):
    """One patient state, asked on which side of each number it stands."""

    def numbers(self, leaf: Leaf) -> Iterator[tuple[str, list[str]]]:
        """Return the numbers of a leaf, each with the places beside it on which this state stands."""
        if isinstance(leaf, Compare) and leaf.parameter is not None:
            yield leaf.parameter.name, self._compared(leaf)
        for pinned in leaf.feature.pinned:
            yield pinned.name, self._lasting(leaf, pinned)

    def _compared(self, leaf: Compare) -> list[str]:
        """Return where the answer stands beside the number it is held against."""
        answer = self.answer(leaf.feature)
        if not isinstance(answer, Known) or answer.low != answer.high or leaf.parameter is None:
            return []
        assert isinstance(answer.low, Decimal)  # noqa: S101  a number is held against numbers
        assert isinstance(leaf.operand, Decimal)  # noqa: S101  its operand is one
        apart = answer.low - leaf.operand
        if abs(apart) > near_by(leaf.parameter, leaf.operand):
            return []
        unit = answer.evidence.written.rpartition(" ")[2] if answer.evidence is not None else ""
        found = [written_in(unit)] if unit in units_of(leaf.feature, self.lexicon) else []
        return [ON if apart == 0 else BELOW if apart < 0 else ABOVE, *found]

    def _lasting(self, leaf: Leaf, pinned: Pinned) -> list[str]:
        """Return where the record stands beside the end of a window or an interval."""
        answer = self.answer(leaf.feature)
        if leaf.feature.kind == "days_overdue":  # the interval ends on the day that is not yet overdue
            if not isinstance(answer, Known) or answer.low != answer.high:
                return []
            assert isinstance(answer.low, Decimal)  # noqa: S101  days are a number
            return {-1: [BELOW], 0: [ON], 1: [ABOVE]}.get(int(answer.low), [])
        longer, shorter, shortest = (not self.alike(leaf.feature, pinned.name, step) for step in (1, -1, -2))
        found = [ON] if shorter else [BELOW] if shortest else []
        return [*found, ABOVE] if longer else found


def units_of(feature: Feature, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the units in which the measurement that a question is about may be written, where there are several."""
    term = lexicon.terms.get(feature.subject)
    if feature.kind not in {"latest", "lowest", "highest"} or term is None or len(term.factors) == 1:
        return ()
    return tuple(unit for unit, _ in term.factors)


def written_in(unit: str) -> str:
    """Return the place beside a number that a measurement in a unit has, on whichever side."""
    return f"written in {unit} beside"


def near_by(parameter: Pinned, operand: Decimal) -> Decimal:
    """Return how far from a number is still just beside it: one in its last written place, in the answer's unit.

    A whole number has its last place at the units, though it may end in noughts.
    """
    exponent = parameter.value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101  no parameter is infinite
    step = Decimal(1).scaleb(min(exponent, 0))
    return step * operand / parameter.value if parameter.value and parameter.unit else step
