"""Sheets as one HTML page that needs no other file and no JavaScript, to work on screen or on paper."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from thalsafety.rendering.sheets import Document, Line, Section, Sheet

_FOLDER = Path(__file__).resolve().parent / "web"
_HEAD = 90
"""Longest name, in characters, at the head of every printed page; the sheet's title has it whole."""
_CELL = 400
"""Longest name in the list of patients: browsers lose a table's head when a row is higher than a page."""
_UNBROKEN = re.compile(
    r"(\d{4}-\d{2}(?:-\d{2})?†?"
    r"|(?<!\S)\(?\d+(?:\.\d+)?†? (?:\N{MULTIPLICATION SIGN} \S{1,12}|[A-Za-z%]\S{0,11})(?!\S))"
)
"""A date, or a number with its unit or with what it counts: misread when a line ends within."""
_SHAPES = {
    "stop": '<path d="M6 1h8l5 5v8l-5 5H6l-5-5V6z" fill="currentColor"/>'
    '<path d="M5 10h10" class="cut" stroke-width="3"/>',
    "urgent": '<path d="M10 1l9.5 17.5H.5z" fill="currentColor"/>'
    '<path d="M10 7v6m0 1.5v2" class="cut" stroke-width="2"/>',
    "due": '<circle cx="10" cy="10" r="8.5"/><path d="M10 4.5V10l4 2.5"/>',
    "note": '<rect x="2" y="2" width="16" height="16" rx="3"/><path d="M10 8.5v7m0-11v2.2"/>',
    "unknown": '<circle cx="10" cy="10" r="8.5" stroke-dasharray="3 2"/><path d="M7 8a3 3 0 1 1 3.2 3.2V13m0 1.4v2"/>',
    "draft": '<rect x="2" y="2" width="16" height="16" stroke-dasharray="3 2"/>',
    "error": '<path d="M3 3l14 14m0-14L3 17" stroke-width="3"/>',
}
"""What stands beside each signal word, drawn as on the other printed page; told apart without colour."""


def render(document: Document, rule_links: str = "") -> bytes:
    """Return the page, in ASCII: whatever encoding it is later taken for, it reads the same.

    With `rule_links`, the place of a coverage report, the name of each item's rule leads to its page there.
    """
    template = _environment().get_template("checklist.html.j2")
    style = part("checklist.css")
    page = template.render(document=document, style=style, policy=policy(style), rule_links=rule_links.rstrip("/"))
    return page.encode("ascii", "xmlcharrefreplace")


def templates() -> jinja2.Environment:
    """Return the template engine, which escapes every text and refuses names that do not exist."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _environment() -> jinja2.Environment:
    environment = templates()
    environment.filters |= {"short": _short, "pieces": _UNBROKEN.split, "letters": _letters, "to_fill_in": _to_fill_in}
    environment.globals |= {"lists": _lists, "shapes": _SHAPES, "cell": _CELL}
    return environment


@cache
def part(name: str) -> str:
    """Return a style sheet or a script, which is put into pages whole."""
    return (_FOLDER / name).read_text("ascii")


def policy(style: str, script: str = "") -> str:
    """Return the content security policy: this very style sheet and script, and nothing else from anywhere."""
    scripts = f" script-src {_digest(script)};" if script else ""
    return f"default-src 'none'; style-src {_digest(style)};{scripts} base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# ---------------------------------------------------------------- what the template asks for


def _short(text: str, limit: int = _HEAD) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _letters(settle: str, section: Section) -> list[str]:
    """Return the letters of the gaps that would settle an item; none when it says so in words."""
    known = {gap.letter for gap in section.gaps}
    named = settle.split(", ")
    return named if known.issuperset(named) else []


def _to_fill_in(identity: str) -> tuple[str, bool]:
    """Return an identity without the line to write on at its end, and whether there was one."""
    text = re.sub(r"_{6,}$", "", identity)
    return text, text != identity


def _lists(sheet: Sheet) -> list[tuple[str, str, tuple[Line, ...]]]:
    """Return the short lists that follow the items: a name for their looks, a title, entries."""
    lists = [
        ("covered", "Covered by a graver item", sheet.covered),
        ("resolved", "Resolved since last time", sheet.resolved),
        ("not-resolved", "No longer open, but not resolved", sheet.not_resolved),
        ("ahead", "Next four weeks, if all goes on as it is", sheet.ahead),
        ("clear", "Checked and clear", sheet.clear),
        ("sources", "Sources", sheet.sources),
    ]
    return [entry for entry in lists if entry[2]]
