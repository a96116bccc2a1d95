"""What a verification found; plain and frozen, and free of the solver, so that anything may print it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from thalsafety.errors import Place


class Status(StrEnum):
    """What is known of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    OPEN = "open"


CHECKS: dict[str, str] = {
    "V001": "every rule applies to some patient",
    "V002": "every rule leaves some patient out",
    "V003": "no line could be left out without changing some verdict",
    "V004": "no rule goes without saying beside a milder or equal one that it does not supersede",
    "V005": "actions that oppose one another never stand on one page",
    "V006": "supersession runs in no circle",
    "V007": "nothing is superseded by something milder",
    "V008": "what the rules promise to cover has no gap",
    "V009": "numbers that belong together rise in their order",
    "V010": "what must always be printed is",
    "V011": "what must never be printed is not",
    "V012": "a change for the worse lowers no severity",
    "V013": "information taken away silences no item",
    "V014": "every accepted finding is still found",
}


class Claim(NamedTuple):
    """One thing held of the rules: proved within the bounds, refuted, or open after so many tries.

    `states` are patient states, ready to be written, that show a refutation; none where none is needed.
    `accepted` is the authors' reason to mean a refuted claim. `elsewhere` is a profile under which a line that makes
    no difference here was proved to make one: the profiles share it, so nobody can leave it out.
    """

    check: str
    of: tuple[str, ...]
    text: str
    status: Status
    place: Place
    states: tuple[dict[str, Any], ...] = ()
    tries: int = 0
    accepted: str = ""
    elsewhere: str = ""


class NotAsked(NamedTuple):
    """Something that authors state and that was not asked under a profile, and why."""

    check: str
    of: tuple[str, ...]
    because: str
    place: Place


class Report(NamedTuple):
    """Everything that one verification of a profile found, and what its proofs rest on.

    With `same_as` the rules are those of another profile, whose report has the claims. `names` are the rules in force.
    """

    profile: str
    day: date
    digest: str
    rules: int
    claims: tuple[Claim, ...]
    assumed: tuple[str, ...]
    same_as: str = ""
    names: tuple[str, ...] = ()
    not_asked: tuple[NotAsked, ...] = ()

    def of(self, status: Status) -> list[Claim]:
        """Return the claims of one status; of the refuted only those that are findings."""
        return [c for c in self.claims if c.status is status and not c.accepted and not c.elsewhere]

    @property
    def accepted(self) -> list[Claim]:
        """Return the refuted claims that the authors mean, with their reasons."""
        return [claim for claim in self.claims if claim.accepted]

    @property
    def elsewhere(self) -> list[Claim]:
        """Return the refuted claims about lines that make a difference under another profile."""
        return [claim for claim in self.claims if claim.elsewhere]
