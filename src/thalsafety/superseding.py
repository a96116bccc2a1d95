"""Which findings an applying rule makes redundant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.model.plain import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from thalsafety.linked import LinkedRule


def covered(
    rules: Sequence[LinkedRule], applying: Collection[str], open_: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return each open rule that an applying one supersedes, with all that do; a draft or a milder rule does not."""
    rank = {rule.id: SEVERITIES.index(rule.severity) for rule in rules}
    by: dict[str, list[str]] = {}
    for rule in rules:
        if rule.id not in applying or rule.status != "active":
            continue
        for other in rule.supersedes:
            if other in open_ and rank[rule.id] <= rank[other]:
                by.setdefault(other, []).append(rule.id)
    return {other: tuple(sorted(names)) for other, names in by.items()}
