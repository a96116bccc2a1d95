"""What would change a finding: which answers would settle it, what would clear it, what time alone does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.checklists.assembling import Outcome
from thalsafety.truth import FALSE, TRUE, Truth

if TYPE_CHECKING:
    from thalsafety.checklists.deciding import Settling
    from thalsafety.checklists.foreseeing import Ahead


class Outlook(NamedTuple):
    """What would change a finding.

    `settling` is there for what cannot be told; `clearing` (single changes of what a clinic can change, in words) and
    `ahead` for what applies.
    """

    settling: Settling | None = None
    clearing: tuple[str, ...] = ()
    ahead: Ahead | None = None

    @property
    def best(self) -> Outcome | None:
        """Return the outcome that asks for least of those that answers can lead to; nothing when it was not found."""
        return self._reachable(FALSE, Outcome.DOES_NOT_APPLY)

    @property
    def worst(self) -> Outcome | None:
        """Return the outcome that asks for most of those that answers can lead to; nothing when it was not found."""
        return self._reachable(TRUE, Outcome.APPLIES)

    def _reachable(self, verdict: Truth, outcome: Outcome) -> Outcome | None:
        """Return the outcome of a verdict when some answers lead to it; otherwise it stays open."""
        if self.settling is None or verdict in self.settling.too_many:
            return None
        return outcome if any(way.verdict is verdict for way in self.settling.ways) else Outcome.CANNOT_TELL
