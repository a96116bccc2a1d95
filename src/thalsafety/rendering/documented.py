"""What the pages of the documentation hold, as data: rules, sources, profiles and numbers with links to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from thalsafety.linked import Cited, LinkedRule
    from thalsafety.model.knowledge import ParameterValue, Profile, Source, Statement
    from thalsafety.program import Pinned
    from thalsafety.rendering.links import Link
    from thalsafety.rendering.phrasing import Outline
    from thalsafety.rendering.side_by_side import Beside

CONFIDENCES = ("high", "medium", "low")
STATES = ("encoded", "not_encoded", "not_computable", "missing")


class Alike(NamedTuple):
    """A text with the profiles under which it holds."""

    text: str
    profiles: tuple[Link, ...]


class Means(NamedTuple):
    """What a name stands for under some profiles."""

    outline: Outline
    profiles: tuple[Link, ...]


class Meaning(NamedTuple):
    """A name in the words of a condition, with all that it stands for."""

    link: Link
    alike: tuple[Means, ...]


class Logic(NamedTuple):
    """A condition in words under some profiles, with what its names mean under each."""

    profiles: tuple[Link, ...]
    outline: Outline
    meanings: tuple[Meaning, ...]


class Figure(NamedTuple):
    """One value of a number, its source, and the profiles under which a rule uses it; `aside` says why none does."""

    value: str
    ours: bool
    source: Link
    written: ParameterValue
    locator: str
    profiles: tuple[Link, ...]
    aside: str


class Number(NamedTuple):
    """A named number with all its values."""

    name: str
    link: Link
    description: str
    figures: tuple[Figure, ...]
    stricter: str
    users: tuple[Link, ...]

    @property
    def differs(self) -> bool:
        """Whether profiles have different values."""
        return len({figure.value for figure in self.figures if figure.profiles}) > 1

    @property
    def ours(self) -> bool:
        """Whether a value in force is the project's own choice."""
        return any(figure.ours and figure.profiles for figure in self.figures)


class Cites(NamedTuple):
    """A statement that a rule rests on, the profiles that have its source, and what is noted of its wording."""

    cited: Cited
    link: Link
    source: Link
    profiles: tuple[Link, ...]
    note: str


class Worked(NamedTuple):
    """A worked example in short."""

    name: str
    expected: str
    profile: str


class RulePage(NamedTuple):
    """Everything about one rule."""

    rule: LinkedRule
    link: Link
    topic: str
    file: str
    in_force: tuple[Link, ...]
    not_in_force: tuple[Alike, ...]
    deadlines: tuple[Alike, ...]
    logic: tuple[Logic, ...]
    numbers: tuple[Number, ...]
    statements: tuple[Cites, ...]
    uses: tuple[Link, ...]
    worked: tuple[Worked, ...]
    patients: dict[str, tuple[Link, ...]]
    supersedes: tuple[Link, ...]
    superseded: tuple[Link, ...]


class Entry(NamedTuple):
    """A statement, what became of it, and what rests on it."""

    statement: Statement
    source: Link
    link: Link
    topic: str
    state: str
    users: tuple[Link, ...]
    past_review: bool


class SourcePage(NamedTuple):
    """A source with its statements and the numbers taken from it."""

    name: str
    source: Source
    link: Link
    profiles: tuple[Link, ...]
    past_review: bool
    confidence: dict[str, int]
    states: dict[str, int]
    entries: tuple[Entry, ...]
    numbers: tuple[Number, ...]


class TopicOf(NamedTuple):
    """A topic with its rules in force under a profile."""

    title: str
    rules: tuple[tuple[LinkedRule, Link, str], ...]


class Other(NamedTuple):
    """Another profile, and what it asks for differently."""

    link: Link
    topics: tuple[Beside, ...]

    @property
    def only_here(self) -> int:
        """Return how many rules the other profile lacks."""
        return sum(len(topic.only_a) for topic in self.topics)

    @property
    def only_there(self) -> int:
        """Return how many rules only the other profile has."""
        return sum(len(topic.only_b) for topic in self.topics)

    @property
    def differing(self) -> int:
        """Return how many rules both have, with other numbers or another question."""
        return sum(len(topic.differing) for topic in self.topics)


class ProfilePage(NamedTuple):
    """A profile with its sources, its rules by topic, its numbers, and what others ask for.

    Of one with an add-on, `alone` is the profile without it, where that is shown too.
    """

    profile: Profile
    link: Link
    sources: tuple[SourcePage, ...]
    topics: tuple[TopicOf, ...]
    numbers: tuple[tuple[Number, Pinned], ...]
    others: tuple[Other, ...]
    addons: tuple[Link, ...]
    alone: str

    @property
    def rules(self) -> int:
        """Return how many rules are in force."""
        return sum(len(topic.rules) for topic in self.topics)


class Shared(NamedTuple):
    """A definition, schedule or score: what it says under each profile, and the rules that use it."""

    kind: str
    name: str
    anchor: str
    title: str
    why: str
    said: tuple[Logic, ...]
    numbers: tuple[Number, ...]
    statements: tuple[Link, ...]
    users: tuple[Link, ...]


class PatientRow(NamedTuple):
    """An example patient with the rules that apply, and those that cannot be told."""

    name: str
    anchor: str
    profile: Link
    day: str
    applies: tuple[Link, ...]
    cannot_tell: tuple[Link, ...]
