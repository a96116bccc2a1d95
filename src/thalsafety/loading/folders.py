"""Where the packaged rules, examples and schemas are, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path


def located(root: Path | None) -> Path:
    """Return the folder of rules to use: the one named, or the packaged one."""
    return root if root is not None else packaged("rules")


def packaged(folder: str) -> Path:
    """Return a packaged folder (`rules`, `examples`, `schemas`)."""
    package = Path(__file__).resolve().parent.parent
    inside = package / folder
    return inside if inside.is_dir() else package.parent.parent / folder
