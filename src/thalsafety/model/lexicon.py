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
    dexamethasone: Decimal | None = None


@dataclass(frozen=True)
class Lexicon:
    """Every term by its code."""

    terms: dict[str, Term] = field(default_factory=dict)

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
