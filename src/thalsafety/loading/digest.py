"""Which files a rule set consists of, and a digest of their content."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from pathlib import Path


def files_of(root: Path) -> list[str]:
    """Return the path of every file that a rule set consists of, in a fixed order; `notes` folders are prose.

    Paths are text here and in `digest_of`: every run goes through hundreds of them.
    """
    if not root.is_dir():
        raise InputError([Problem(Place(str(root)), "this is not a folder of rules", "name one with --rules")])
    found: list[str] = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name != "notes" and not name.startswith("."))
        found += [os.path.join(folder, name) for name in files if name.endswith((".yaml", ".yml"))]  # noqa: PTH118  fast
    if not found:
        raise InputError([Problem(Place(str(root)), "the folder holds no .yaml file", "name another with --rules")])
    return sorted(found)


_CHUNK = 1 << 16
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def _content(path: str) -> bytes:
    """Return the bytes of a file, by the system's own calls: over hundreds of files that takes a third less time."""
    handle = os.open(path, _READ)
    try:
        content = chunk = os.read(handle, _CHUNK)
        while len(chunk) == _CHUNK:
            chunk = os.read(handle, _CHUNK)
            content += chunk
    finally:
        os.close(handle)
    return content


def digest_of(root: Path, files: list[str]) -> str:
    """Return the SHA-256 of every file's name and content."""
    total = hashlib.sha256()
    start = len(str(root)) + 1
    for path in files:
        try:
            content = _content(path)
        except OSError as error:
            reason = (error.strerror or "it cannot be read").lower()
            raise InputError([Problem(Place(path), f"the file cannot be read: {reason}")]) from None
        total.update(f"{path[start:]}\0{len(content)}\0".replace(os.sep, "/").encode())
        total.update(content)
    return total.hexdigest()
