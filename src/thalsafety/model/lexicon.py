"""The vocabulary as engines and readers of patient states need it: plain, frozen, quick to load."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal


class Term(NamedTuple):
    """One code: what it means, and for observations how values of it are written.

    `factors` maps each accepted UCUM unit to the factor into `unit`; `low` and `high` bound what is
    plausible, in `unit`. `members` are the codes of a group, groups within it resolved. `dexamethasone` is how many
    mg of it one mg of a steroid stands for.
    """

    code: str
    kind: str
    label: str
    type: str = ""
    unit: str = ""
    factors: tuple[tuple[str, Decimal], ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    results: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()
    members: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    subject: bool = False
    unlisted: bool = False
    dexamethasone: Decimal | None = None


@dataclass(frozen=True)
class Lexicon:
    """Every term by its code."""

    terms: dict[str, Term] = field(default_factory=dict)
    _doubts: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def label(self, code: str) -> str:
        """Return the words for a code; the code itself, spaced, when it is not in the vocabulary."""
        term = self.terms.get(code)
        return term.label if term else code.replace("_", " ")

    def within_a_sentence(self, code: str) -> str:
        """Return the words for a code as they stand inside a sentence; names such as HIV keep their capitals."""
        label = self.label(code)
        return label[:1].lower() + label[1:] if label[1:2].islower() else label

    def covers(self, code: str) -> tuple[str, ...]:
        """Return the code itself and, for a group, every code in it."""
        term = self.terms.get(code)
        return (code, *term.members) if term else (code,)

    def named(self, name: str, kind: str) -> str:
        """Return the code of one kind that has a name exactly, letter case and hyphens aside, or nothing."""
        return self._names.get(kind, {}).get(_plainly(name), "")

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        """Return the codes of each kind by their names: code, label and synonyms."""
        names: dict[str, dict[str, str]] = {}
        for code, term in self.terms.items():
            of_kind = names.setdefault(term.kind, {})
            for name in (code, term.label, *term.synonyms):
                of_kind.setdefault(_plainly(name), code)
        return names

    def in_doubt(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the drugs on record that may or may not be one of some drugs.

        They are the medicine that the vocabulary does not know, and groups of which only some members are meant.
        """
        if codes not in self._doubts:
            meant = set(codes)
            self._doubts[codes] = tuple(
                term.code
                for term in self._vague_drugs
                if term.code not in meant and (term.unlisted or not meant.isdisjoint(term.members))
            )
        return self._doubts[codes]

    @cached_property
    def _vague_drugs(self) -> tuple[Term, ...]:
        """Return the drugs that do not say which one is meant."""
        return tuple(term for term in self.terms.values() if term.kind == "drugs" and (term.unlisted or term.members))

    def nearest(self, word: str, kinds: tuple[str, ...] = ()) -> str:
        """Return the most similar code of some kinds, or nothing; synonyms and labels count."""
        from difflib import get_close_matches  # noqa: PLC0415  slow to start, and only for a message

        candidates: dict[str, str] = {}
        for code, term in self.terms.items():
            if not kinds or term.kind in kinds:
                for name in (code, term.label.lower(), *term.synonyms):
                    candidates.setdefault(name.lower(), code)
        found = get_close_matches(word.lower(), candidates, n=1, cutoff=0.6)
        return candidates[found[0]] if found else ""

    @cached_property
    def subject(self) -> str:
        """Return the code of the drug that the rule set is about."""
        return next((code for code, term in self.terms.items() if term.subject), "thalidomide")

    @cached_property
    def unlisted(self) -> str:
        """Return the code that stands for a medicine that the vocabulary does not know, or nothing."""
        return next((code for code, term in self.terms.items() if term.unlisted), "")


def _plainly(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
