"""Three-valued logic keeps its laws."""

from __future__ import annotations

import pytest

from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth


@pytest.mark.parametrize("truth", list(Truth))
def test_double_negation(truth: Truth) -> None:
    """Negating twice changes nothing."""
    assert truth.negated().negated() is truth


def test_negation() -> None:
    """Only the known values change sides."""
    assert (TRUE.negated(), FALSE.negated(), UNKNOWN.negated()) == (FALSE, TRUE, UNKNOWN)


@pytest.mark.parametrize("truth", list(Truth))
def test_truth_is_no_condition(truth: Truth) -> None:
    """A truth in an `if` raises, so that unknown is never read as no."""
    with pytest.raises(TypeError, match="three values"):
        bool(truth)
