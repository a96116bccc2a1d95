"""A rule set linked for a profile and a day: the program, and what to say about each of its rules.

Frozen data without behaviour, made by `linking` and read by everything after it, so that a cached
copy needs no rule files.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.model.lexicon import Lexicon

if TYPE_CHECKING:
    from datetime import date

    from thalsafety.program import Feature, Node, Pinned, Program


class State(StrEnum):
    """Whether a rule takes part in a check."""

    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    ERROR = "error"


class Cited(NamedTuple):
    """A guidance statement that a rule rests on."""

    statement: str
    source: str
    source_title: str
    edition: str
    locator: str
    strength: str
    confidence: str
    text: str
    in_force: bool
    note: str = ""
    evidence_level: str = ""


class LinkedRule(NamedTuple):
    """What a checklist says of one rule, whatever its outcome; `reason` explains a rule that takes no part."""

    id: str
    title: str
    topic: str
    status: str
    severity: str
    action: str
    by: str
    deadline: Pinned | None
    due_from: str
    supersedes: tuple[str, ...]
    guidance: tuple[Cited, ...]
    why: str
    file: str
    state: State
    reason: str = ""
    scores: tuple[str, ...] = ()


class LinkedPhase(NamedTuple):
    """A stretch of a schedule: when it counts, the question how overdue its task is, and its interval."""

    name: str
    when: Node | None
    overdue: Feature
    every: Pinned


class LinkedSchedule(NamedTuple):
    """A schedule with its numbers pinned."""

    id: str
    title: str
    task: str
    opens_before: Pinned
    grace: Pinned
    phases: tuple[LinkedPhase, ...]


class LinkedPoints(NamedTuple):
    """What gives points when it holds; `recorded_race` keeps it out of what decides."""

    name: str
    points: Pinned
    when: Node
    recorded_race: bool


class LinkedScore(NamedTuple):
    """A table of points: in each group only the first that holds counts. Bands are named from their lowest total up."""

    id: str
    title: str
    groups: tuple[tuple[LinkedPoints, ...], ...]
    bands: tuple[tuple[str, Pinned | None], ...]


class Linked(NamedTuple):
    """Everything that a check needs of the rules."""

    profile: str
    profile_title: str
    digest: str
    rules: tuple[LinkedRule, ...]
    program: Program
    schedules: dict[str, LinkedSchedule]
    topics: dict[str, tuple[int, str]]
    parameters: dict[str, Pinned]
    lexicon: Lexicon = Lexicon()
    version: str = "undated"
    scores: dict[str, LinkedScore] = {}  # noqa: RUF012  never changed
    review_by: dict[str, str] = {}  # noqa: RUF012  never changed

    def __repr__(self) -> str:
        """Return what it is, without the megabytes in it."""
        return f"Linked({self.profile!r}, {len(self.rules)} rules, {self.version!r}, {self.digest[:12]!r})"

    def past_review(self, day: date) -> list[tuple[str, str]]:
        """Return the sources in force whose day of review lies before a day, each with that day."""
        return [(source, by) for source, by in sorted(self.review_by.items()) if by < day.isoformat()]
