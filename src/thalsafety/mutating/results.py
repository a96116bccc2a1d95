"""What became of every mutant, and the score: exact numbers, by kind of mistake and by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety.mutating.kinds import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thalsafety.mutating.mutants import Mutant


class Scenario(NamedTuple):
    """A patient state that tells a mutant from its rule: what was changed of which example, and both outcomes."""

    rule: str
    base: str
    changed: tuple[str, ...]
    was: str
    becomes: str
    state: dict[str, Any]


class Fate(NamedTuple):
    """What became of a mutant: the test that notices it; or a proof that nothing could, and what that rests on.

    `sought` says whether a scenario was looked for.
    """

    mutant: Mutant
    killed_by: str = ""
    equivalent: str = ""
    scenario: Scenario | None = None
    sought: bool = False

    @property
    def survived(self) -> bool:
        """Whether no test notices the mutant, though one might."""
        return not self.killed_by and not self.equivalent


class Score(NamedTuple):
    """How many mutants were noticed of those that can be."""

    name: str
    killed: int
    mutants: int
    equivalent: int

    @property
    def countable(self) -> int:
        """Return how many mutants can be noticed, as far as is known."""
        return self.mutants - self.equivalent

    @property
    def tenths(self) -> int:
        """Return the share in tenths of a percent, rounded down; all of nothing is everything."""
        return 1000 * self.killed // self.countable if self.countable else 1000

    def under(self, percent: float) -> bool:
        """Whether the share is less than some percent."""
        return 100 * self.killed < percent * self.countable


class Report(NamedTuple):
    """One run: every usable mutant with its fate, in order; `proofs` says whether a solver was at hand.

    Without a profile, each mutant was tried under the first with it in force.
    """

    profile: str
    tests: int
    patients: int
    fates: tuple[Fate, ...]
    unusable: int
    proofs: bool

    def with_more(self, other: Report) -> Report:
        """Return this run and another, under another profile, as one."""
        return Report(
            "",
            self.tests + other.tests,
            self.patients + other.patients,
            self.fates + other.fates,
            self.unusable + other.unusable,
            self.proofs,
        )

    @property
    def score(self) -> Score:
        """Return the score of all mutants."""
        return _score("all", self.fates)

    @property
    def by_kind(self) -> list[Score]:
        """Return a score for each kind of mistake that was made."""
        return _grouped(self.fates, lambda fate: fate.mutant.kind, list(TITLES))

    @property
    def by_topic(self) -> list[Score]:
        """Return a score for each topic."""
        topics = sorted({fate.mutant.topic for fate in self.fates})
        return _grouped(self.fates, lambda fate: fate.mutant.topic, topics)

    @property
    def survivors(self) -> list[Fate]:
        """Return the mutants that no test notices."""
        return [fate for fate in self.fates if fate.survived]

    @property
    def equivalent(self) -> list[Fate]:
        """Return the mutants that were proved to change nothing."""
        return [fate for fate in self.fates if fate.equivalent]


def _score(name: str, fates: Iterable[Fate]) -> Score:
    listed = list(fates)
    killed = sum(1 for fate in listed if fate.killed_by)
    return Score(name, killed, len(listed), sum(1 for fate in listed if fate.equivalent))


def _grouped(fates: Iterable[Fate], key: Callable[[Fate], str], names: list[str]) -> list[Score]:
    groups: dict[str, list[Fate]] = {}
    for fate in fates:
        groups.setdefault(key(fate), []).append(fate)
    return [_score(name, groups[name]) for name in names if name in groups]
