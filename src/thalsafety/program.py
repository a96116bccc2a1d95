"""The core language: what rule files become and what engines run.

Five kinds of node over features. A `Feature` is a question about a patient state that has one
answer, or none. Everything here is frozen and has no behaviour; the meaning is in
`engines.reference`.

What is compared by all its fields is a named tuple, here and in other modules that every run imports,
since making the class takes a quarter of the time that a frozen dataclass takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal


class Comparison(StrEnum):
    """How an answer is held against an operand; the words that rule authors write."""

    BELOW = "below"
    AT_MOST = "at_most"
    ABOVE = "above"
    AT_LEAST = "at_least"
    IN = "in"


class AnswerType(StrEnum):
    """What kind of answer a question has."""

    NUMBER = "number"
    WORD = "word"


class Pinned(NamedTuple):
    """A parameter with the value in force: the number, its unit and where it comes from.

    `value` is in `unit` as the source states it; `operand` is the same quantity in the unit of the
    question it is compared with.
    """

    name: str
    value: Decimal
    unit: str
    operand: Decimal
    description: str
    source: str
    locator: str
    effective: str
    last_reviewed: str
    plain_count: bool = False

    @property
    def assumption(self) -> bool:
        """Whether the project chose this number itself; none and one, as counts, are nobody's choice."""
        return self.source == "project" and not self.plain_count


class Origin(NamedTuple):
    """Where a node was written: file, line (from 1) and the names of definitions it came through.

    `choice` marks an `Any` that stands for "if c then a, else b": its parts are c and a, not c and b,
    a and b. It changes no verdict, only which reasons are given.
    """

    file: str = ""
    line: int = 0
    via: tuple[str, ...] = ()
    choice: bool = False


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Feature:
    """A question with one answer or none.

    `options` are pairs in the order of their names; a duration in them is `(number, unit)`.
    `index` is the place of the answer in a list of answers and takes no part in equality.
    """

    kind: str
    subject: str
    options: tuple[tuple[str, object], ...] = ()
    type: AnswerType = AnswerType.NUMBER
    unit: str = ""
    pinned: tuple[Pinned, ...] = field(default=(), compare=False)
    index: int = field(default=-1, compare=False)
    chosen: dict[str, object] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the options by name too: every answer looks some of them up."""
        object.__setattr__(self, "chosen", dict(self.options))

    def __hash__(self) -> int:
        """Return what two words say, which tells most questions apart; every checklist looks up thousands."""
        return hash((self.kind, self.subject))


@dataclass(frozen=True, slots=True)
class Compare:
    """The answer held against a number (a pinned parameter) or against words."""

    feature: Feature
    comparison: Comparison
    operand: Decimal | frozenset[str]
    parameter: Pinned | None = None
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether the question has no answer on file."""

    feature: Feature
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is true; false when one is false."""

    parts: tuple[Node, ...]
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Any:
    """True when one part is true; false when every part is false."""

    parts: tuple[Node, ...]
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of its part."""

    part: Node
    origin: Origin = field(default=NOWHERE, compare=False)


Leaf: TypeAlias = Compare | Missing
Node: TypeAlias = Leaf | All | Any | Not

ALWAYS, NEVER = All(()), Any(())


class RuleProgram(NamedTuple):
    """One rule's condition."""

    id: str
    when: Node


class Program(NamedTuple):
    """The conditions of every rule in force, and the questions they ask, each once."""

    rules: tuple[RuleProgram, ...]
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer: a number between two bounds (equal when it is certain), or a word.

    `evidence` says which entries of the patient state gave it.
    """

    low: Decimal | str
    high: Decimal | str
    evidence: Evidence | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no answer on file, and why.

    `known_none` says that the part of the record was kept and holds none, so that the lack is certain.
    """

    reason: str
    evidence: Evidence | None = field(default=None, compare=False)
    known_none: bool = False


@dataclass(frozen=True, slots=True)
class Unsure:
    """Something is on file, but it does not say what the answer is, or whether there is one."""

    reason: str
    evidence: Evidence | None = field(default=None, compare=False)


class Evidence(NamedTuple):
    """What an answer rests on: the value as written, as converted, and its date."""

    written: str = ""
    converted: str = ""
    date: str = ""


Answer: TypeAlias = Known | Absent | Unsure


def leaves(node: Node) -> tuple[Leaf, ...]:
    """Return the leaves of a tree from left to right."""
    found: list[Leaf] = []
    _gather(node, found)
    return tuple(found)


def _gather(node: Node, found: list[Leaf]) -> None:
    if isinstance(node, (Compare, Missing)):
        found.append(node)
    elif isinstance(node, Not):
        _gather(node.part, found)
    else:
        for part in node.parts:
            _gather(part, found)
