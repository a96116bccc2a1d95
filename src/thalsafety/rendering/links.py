"""Places in a folder of pages, with their words.

Links are written from the folder; whoever sets a page that lies deeper goes up first.
"""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """A place in the folder with its words, or words without a place; `more` says what the words alone do not."""

    text: str
    href: str
    more: str = ""
