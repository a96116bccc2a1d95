"""The files that `thalsafety new` writes: commented, and valid as they stand."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "starters"


def filled(kind: str, name: str) -> str:
    """Return the text of a starting file for a name."""
    return (_FOLDER / f"{kind}.yaml").read_text("utf-8").replace("NAME", name)
