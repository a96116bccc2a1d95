"""Sheets as PDF, set by Typst: tagged (PDF/UA-1), archivable (PDF/A-2a), the same bytes for the same input."""

from __future__ import annotations

import json
import re
from bisect import bisect
from dataclasses import asdict
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import typst

from thalsafety.errors import InputError, Place, Problem, ThalsafetyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalsafety.rendering.sheets import Document, Sheet

_FOLDER = Path(__file__).resolve().parent
_STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
_HEAD = 90
"""Longest name, in everyday characters, in the running head; the first page has it whole."""
_MANY = 24
"""With more items than this no setting fits on two pages, and none is tried."""
_LONG = 1200
"""An item with more characters than this may be higher than a page, and may be split."""
_RUN = re.compile(r"[^\s/-]{25,}")
"""A word in which no line can end, longer than the narrowest column."""
_PIECE = re.compile(r"\[U\+[0-9A-F]{4,6}\]|[^\[]{1,10}|\[")


_FONTS = _FOLDER / "fonts"
_NEEDED = ("NotoSans-SemiCondensed.ttf", "NotoSans-SemiCondensedBold.ttf")
"""The fonts of everyday texts; without the others, letters of other scripts are printed by number."""
_UNUSUAL = re.compile(r"[^\x20-\x7e\xa0-\xac\xae-\xff\u2010-\u201d\u2020\u2026\u2070\u2074-\u2089]")
"""Everything but what our own texts are made of."""
_REORDERING = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F})
_CONTROLS = frozenset({*range(0x20), *range(0x7F, 0xA0)})
"""Some fonts say that they draw them, and then draw nothing."""


def render(document: Document, paper: str) -> bytes:
    """Return the document; `paper` is `a4` or `letter`."""
    written = {
        "title": document.title,
        "notice": document.notice,
        "paper": paper,
        "date": document.date,
        "rows": [asdict(row) for row in document.rows],
        "lost": document.lost,
        "sheets": [_written(sheet) for sheet in document.sheets],
    }
    return typeset("checklist.typ", written)


def typeset(template: str, written: dict[str, Any]) -> bytes:
    """Return texts set by a template of the folder `typst`."""
    try:
        return _set(template, _settable(written, _drawable))
    except typst.TypstError:
        pass  # most likely letters and marks that no one font has together
    try:
        return _set(template, _settable(written, _by_number))
    except typst.TypstError as error:
        message = f"the pages could not be set: {str(error).partition(chr(10))[0]}"
        raise ThalsafetyError(message) from None


def _set(template: str, document: object) -> bytes:
    """Return the PDF of a document."""
    texts = json.dumps(document, ensure_ascii=False)
    made = _compiler(template).compile(format="pdf", sys_inputs={"document": texts}, pdf_standards=[*_STANDARDS])
    return cast("bytes", made)  # one output is asked for


# ---------------------------------------------------------------- characters


def _settable(value: object, unusual: Callable[[re.Match[str]], str]) -> object:
    """Return the document with every character that is not of everyday texts replaced."""
    if isinstance(value, str):
        return _RUN.sub(_breakable, _UNUSUAL.sub(unusual, value))
    if isinstance(value, dict):
        return {key: _settable(inner, unusual) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(inner, unusual) for inner in value]
    return value


def _drawable(found: re.Match[str]) -> str:
    """Return a character that our fonts can draw; others, and those that reorder their neighbours, by number."""
    return found[0] if ord(found[0]) in _drawn() else _by_number(found)


def _by_number(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"


def _breakable(found: re.Match[str]) -> str:
    """Return a long word with places where a line may end."""
    return "\u200b".join(_PIECE.findall(found[0]))


@cache
def _drawn() -> frozenset[int]:
    """Return the characters that the fonts can draw; controls are not among them."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  only unusual characters need it

    drawn: set[int] = set()
    for file in sorted(_FONTS.glob("*.ttf")):
        with TTFont(file, lazy=True) as font:
            drawn |= font.getBestCmap().keys()
    return frozenset(drawn - _REORDERING - _CONTROLS)


@cache
def _compiler(template: str) -> typst.Compiler:
    """Return the typesetter, with the fonts that come with the program and no others; `InputError` without them."""
    missing = [name for name in _NEEDED if not (_FONTS / name).is_file()]
    if missing:
        message = f"{'a font' if len(missing) == 1 else 'fonts'} of the program cannot be found: {', '.join(missing)}"
        raise InputError([Problem(Place(str(_FONTS)), message, "install the program again, with its fonts")])
    return typst.Compiler(input=str(_FOLDER / "typst" / template), font_paths=[str(_FONTS)], ignore_system_fonts=True)


def _written(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet as data, with what only a page with edges needs."""
    data = asdict(sheet)
    data["label-short"] = _short(sheet.label)
    data["identity-short"] = _short(sheet.identity)
    items = [item for section in data["sections"] for group in section["groups"] for item in group["items"]]
    data["long"] = len(items) > _MANY
    for item in items:
        texts = (item["action"], item["settle"], item["sources"], *item["reasons"], *item["remarks"], *item["notes"])
        item["long"] = sum(map(_length, texts)) > _LONG
    return data


def _length(text: str) -> int:
    """Return how many characters a text has when its unusual ones are printed by number."""
    return len(_UNUSUAL.sub(_by_number, text))


def _short(text: str) -> str:
    """Return a text that leaves room for another of its kind on two lines of the running head."""
    ends = list(accumulate(map(_width, text)))
    return text if not ends or ends[-1] <= _HEAD else text[: bisect(ends, _HEAD - 1)] + "…"


def _width(character: str) -> float:
    """Return about how wide a character is printed, beside an everyday one."""
    if _UNUSUAL.match(character) and ord(character) not in _drawn():
        return 1.3 * len(f"[U+{ord(character):04X}]")
    return 1.7 if character.isupper() or character in "mw@%" or not character.isascii() else 1.0
