"""Three-valued logic (strong Kleene); knows nothing else.

`Truth.__bool__` raises, so that "unknown" can never be read as "no" by a careless `if`.
"""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Truth(Enum):
    """What is known of a statement."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        """Refuse: a truth is compared with `is`, never used as a condition."""
        message = "a Truth has three values; compare it with `is`"
        raise TypeError(message)

    def negated(self) -> Truth:
        """Return the opposite; the opposite of unknown is unknown."""
        return _NEGATED[self]


TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
_NEGATED = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}
