"""The nearest word that exists, for every mistake that names one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEW = 16


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the nearest choice, or all of them when there are few."""
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistake

    names = [str(choice) for choice in choices]
    found = get_close_matches(word, names, n=1, cutoff=0.6)
    if found:
        return f"did you mean `{found[0]}`?"
    return f"known here: {', '.join(sorted(names))}" if names and len(names) <= _FEW else ""
