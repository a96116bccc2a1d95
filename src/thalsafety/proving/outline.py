"""What the questions of a space share: which lists were recorded, which entries there are, and the dates named.

An outline holds inputs that stand for parts of a record, not for answers. `relations` says how the
answers follow from them, and `states` writes a record from them. Ages count days back from the check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import z3

from thalsafety.program import AnswerType, Feature
from thalsafety.proving.encoding import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalsafety.proving.encoding import Input, Space

RECORDED = frozenset({"observations", "documents", "events", "conditions"})
"""Kinds whose entries have happened, so that no age is below none."""
_ONLY_PAST = frozenset(
    {
        "treatment_start",
        "last_dose",
        "treatment_stop",
        "interruption_start",
        "restart",
        "dose_change",
        "authorisation",
        "dispensing",
        "confirmation",
        "last_period",
        "last_natural_menses",
        "earlier_course_end",
    }
)
_NEVER_UNSURE = frozenset(
    {
        "treatment_start",
        "planned_start",
        "planned_restart",
        "treatment_stop",
        "interruption_start",
        "dose_change",
        "last_period",
        "last_natural_menses",
    }
)


class Ages(NamedTuple):
    """The entries of one code (with one result): whether some are dated or undated, and how old the latest is."""

    dated: z3.BoolRef
    undated: z3.BoolRef
    near: z3.ArithRef
    far: z3.ArithRef

    @property
    def any(self) -> z3.BoolRef:
        """Return the formula for "there is an entry"."""
        return z3.Or(self.dated, self.undated)


class Named(NamedTuple):
    """A milestone: known with its age between two bounds, unsure, or absent (`none`: surely)."""

    known: z3.BoolRef
    unsure: z3.BoolRef
    none: z3.BoolRef
    near: z3.ArithRef
    far: z3.ArithRef

    @property
    def absent(self) -> z3.BoolRef:
        """Return the formula for "the record names no such date"."""
        return z3.Not(z3.Or(self.known, self.unsure))


class Event(NamedTuple):
    """One event term: ever and active, of any cause or suspected, with the grades of each."""

    ever: z3.BoolRef
    active: z3.BoolRef
    ever_suspected: z3.BoolRef
    active_suspected: z3.BoolRef
    low: z3.ArithRef
    high: z3.ArithRef
    low_suspected: z3.ArithRef
    high_suspected: z3.ArithRef


class Doubtful(NamedTuple):
    """Something that surely is, or perhaps is: a drug taken, a method in use, an operation done."""

    surely: z3.BoolRef
    maybe: z3.BoolRef


class Outline:
    """The shared parts of a record, each made when it is first asked for."""

    def __init__(self, space: Space) -> None:
        """Take the space whose questions are about this record."""
        self.space = space
        self.lists: dict[str, z3.BoolRef] = {}
        self.ages: dict[tuple[str, str, str], Ages] = {}
        self.milestones: dict[str, Named] = {}
        self.events: dict[str, Event] = {}
        self.doubtful: dict[tuple[str, str], Doubtful] = {}
        self.flags: dict[tuple[str, str], z3.BoolRef] = {}
        self.values: dict[str, tuple[z3.ArithRef, z3.ArithRef]] = {}
        self.words: dict[str, z3.ArithRef] = {}
        self.always: list[z3.BoolRef] = []

    def _name(self, *parts: str) -> str:
        return self.space.prefix + "record:" + ":".join(parts)

    def recorded(self, what: str) -> z3.BoolRef:
        """Return whether a list was recorded."""
        return self.lists.setdefault(what, z3.Bool(self._name("list", what)))

    def flag(self, what: str, code: str) -> z3.BoolRef:
        """Return whether a plain yes holds: a trait, a condition present or ever, a reason of a pause."""
        return self.flags.setdefault((what, code), z3.Bool(self._name(what, code)))

    def perhaps(self, what: str, code: str) -> Doubtful:
        """Return whether a drug, a method or a procedure surely, or perhaps, is there."""
        key = (what, code)
        if key not in self.doubtful:
            name = self._name(what, code)
            self.doubtful[key] = Doubtful(z3.Bool(f"{name}:surely"), z3.Bool(f"{name}:maybe"))
        return self.doubtful[key]

    def latest(self, kind: str, code: str, result: str = "") -> Ages:
        """Return the entries of one code, all or those with one result."""
        key = (kind, code, result)
        if key not in self.ages:
            name = self._name(kind, code, result)
            made = Ages(
                z3.Bool(f"{name}:dated"), z3.Bool(f"{name}:undated"), z3.Int(f"{name}:near"), z3.Int(f"{name}:far")
            )
            self.ages[key] = made
            self.always.append(made.near <= made.far)
            if kind in RECORDED:
                self.always.append(made.near >= 0)
            if kind == "observations":
                self.always.append(z3.Not(made.undated))
            if result:
                self.always += _part_of(made, self.latest(kind, code))
        return self.ages[key]

    def milestone(self, name: str) -> Named:
        """Return a date that the record names."""
        if name not in self.milestones:
            of = self._name("milestone", name)
            made = Named(
                z3.Bool(f"{of}:known"),
                z3.Bool(f"{of}:unsure"),
                z3.Bool(f"{of}:none"),
                z3.Int(f"{of}:near"),
                z3.Int(f"{of}:far"),
            )
            self.milestones[name] = made
            self.always += [
                z3.Not(z3.And(made.known, made.unsure)),
                z3.Implies(made.none, made.absent),
                made.near <= made.far,
            ]
            if name in _ONLY_PAST:
                self.always.append(made.near >= 0)
            if name in _NEVER_UNSURE:
                self.always.append(z3.Not(made.unsure))
        return self.milestones[name]

    def event(self, code: str) -> Event:
        """Return one event term."""
        if code not in self.events:
            self.events[code] = made = _event(self._name("event", code))
            grades = self.space.lexicon.terms[code].grades if code in self.space.lexicon.terms else ()
            self.always += _of_one_event(made, grades or (1, 2, 3, 4, 5))
            entries = self.latest("events", code)
            self.always.append(entries.any == made.ever)
        return self.events[code]

    def value(self, code: str, sort: Callable[[str], z3.ArithRef] = z3.Real) -> tuple[z3.ArithRef, z3.ArithRef]:
        """Return the bounds of the latest value of an observation."""
        if code not in self.values:
            name = self._name("value", code)
            low, high = self.values[code] = (sort(f"{name}:low"), sort(f"{name}:high"))
            term = self.space.lexicon.terms.get(code)
            self.always.append(low <= high)
            if term is not None and term.low is not None and term.high is not None:
                self.always += [low >= number(term.low), high <= number(term.high)]
        return self.values[code]

    def word(self, code: str) -> z3.ArithRef:
        """Return the latest result of an observation."""
        return self.words.setdefault(code, z3.Int(self._name("word", code)))

    def fact(self, name: str) -> Input:
        """Return the input of a single fact."""
        return self.space.input(Feature("fact", name, type=AnswerType.WORD))

    def fact_is(self, name: str, *words: str) -> z3.BoolRef:
        """Return whether a fact is recorded as one of some words."""
        asked = self.fact(name)
        return z3.And(asked.known, z3.Or(*(asked.low == self.space.word(word) for word in words)))


def _event(name: str) -> Event:
    flags = (z3.Bool(f"{name}:{part}") for part in ("ever", "active", "ever_suspected", "active_suspected"))
    grades = (z3.Int(f"{name}:{part}") for part in ("low", "high", "low_suspected", "high_suspected"))
    return Event(*flags, *grades)


def _of_one_event(event: Event, grades: tuple[int, ...]) -> list[z3.BoolRef]:
    """Return what holds of every term: suspected entries are among all, and grades are those that it defines."""
    return [
        z3.Implies(event.active, event.ever),
        z3.Implies(event.active_suspected, z3.And(event.active, event.ever_suspected)),
        z3.Implies(event.ever_suspected, event.ever),
        *_graded(event.active, event.low, event.high, grades),
        *_graded(event.active_suspected, event.low_suspected, event.high_suspected, grades),
        event.low_suspected <= event.low,
        event.high_suspected <= event.high,
    ]


def _graded(there: z3.BoolRef, low: z3.ArithRef, high: z3.ArithRef, grades: tuple[int, ...]) -> list[z3.BoolRef]:
    """Return that the worst grade is one of the term's, or up to its worst where some entry has none."""
    return [
        z3.If(there, z3.Or(*(low == grade for grade in grades)), low == 0),
        z3.If(there, z3.Or(high == low, high == max(grades)), high == 0),
    ]


def _part_of(part: Ages, whole: Ages) -> list[z3.BoolRef]:
    """Return that some entries are among others: the others are no fewer, and their latest is no older."""
    return [
        z3.Implies(part.dated, whole.dated),
        z3.Implies(part.undated, whole.undated),
        z3.Implies(part.dated, z3.And(whole.near <= part.near, whole.far <= part.far)),
    ]


def union(parts: list[Ages], name: str) -> tuple[Ages, list[z3.BoolRef]]:
    """Return the entries of several codes as one, and what makes them that."""
    if len(parts) == 1:
        return parts[0], []
    near, far = z3.Int(f"{name}:near"), z3.Int(f"{name}:far")
    dated = z3.Or(*(part.dated for part in parts))
    made = Ages(dated, z3.Or(*(part.undated for part in parts)), near, far)
    least = [z3.Implies(part.dated, z3.And(near <= part.near, far <= part.far)) for part in parts]
    met = [
        z3.Implies(dated, z3.Or(*(z3.And(part.dated, bound == getattr(part, field)) for part in parts)))
        for field, bound in (("near", near), ("far", far))
    ]
    return made, [*least, *met]
