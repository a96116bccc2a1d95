"""Sheets as PDF, set by Typst: tagged (PDF/UA-1), archivable (PDF/A-2a), the same bytes for the same input."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import typst

if TYPE_CHECKING:
    from thalsafety.rendering.sheets import Document, Sheet

_FOLDER = Path(__file__).resolve().parent
_STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
_HEAD = 90
"""Longest name, in characters, in the running head; the first page has it whole."""
_LONG = 2500
"""An item with more characters than this may be higher than a page, and may be split."""


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
    texts = json.dumps(written, ensure_ascii=False)
    made = _compiler(template).compile(format="pdf", sys_inputs={"document": texts}, pdf_standards=[*_STANDARDS])
    return cast("bytes", made)  # one output is asked for


@cache
def _compiler(template: str) -> typst.Compiler:
    """Return the typesetter, with the fonts that come with the program and no others."""
    return typst.Compiler(
        input=str(_FOLDER / "typst" / template), font_paths=[str(_FOLDER / "fonts")], ignore_system_fonts=True
    )


def _written(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet as data, with what only a page with edges needs."""
    data = asdict(sheet)
    data["label-short"] = _short(sheet.label)
    data["identity-short"] = _short(sheet.identity)
    for section in data["sections"]:
        for group in section["groups"]:
            for item in group["items"]:
                texts = (item["action"], item["settle"], item["sources"], *item["reasons"], *item["remarks"])
                item["long"] = sum(map(len, texts)) > _LONG
    return data


def _short(text: str) -> str:
    return text if len(text) <= _HEAD else text[: _HEAD - 1] + "…"
