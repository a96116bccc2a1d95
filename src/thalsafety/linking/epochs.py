"""Links kept by epoch: between two days on which a number changes, one link serves every day."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from thalsafety.linking.linker import link

if TYPE_CHECKING:
    from datetime import date

    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet


def days_by_source(rule_set: RuleSet) -> dict[str, list[date]]:
    """Return, for each source, the days on which a number of it takes effect."""
    found: dict[str, set[date]] = {}
    for parameter in rule_set.parameters.values():
        for value in parameter.values:
            found.setdefault(value.source, set()).add(value.effective)
    return {source: sorted(days) for source, days in sorted(found.items())}


def changes(rule_set: RuleSet, profile: str) -> list[date]:
    """Return the days on which a number takes effect under a profile, in order."""
    found = days_by_source(rule_set)
    return sorted({day for source in rule_set.profile_named(profile).sources for day in found.get(source, ())})


def epoch(changes_: list[date], day: date) -> int:
    """Return how many changes have taken effect on a day."""
    return bisect_right(changes_, day)


class Links:
    """A rule set, linked on demand."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Start without any link."""
        self.rule_set = rule_set
        self._changes: dict[str, list[date]] = {}
        self._links: dict[tuple[str, int], Linked] = {}

    def of(self, profile: str, day: date) -> Linked:
        """Return the rule set linked for a profile and a day."""
        if profile not in self._changes:
            self._changes[profile] = changes(self.rule_set, profile)
        key = (profile, epoch(self._changes[profile], day))
        if key not in self._links:
            self._links[key] = link(self.rule_set, profile, day)
        return self._links[key]
