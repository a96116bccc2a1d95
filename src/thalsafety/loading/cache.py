"""A cache of compiled rules on disk: plain JSON, keyed by content, written whole, rebuilt when damaged.

Nothing in it is ever executed. A folder that somebody else owns or may write to is not used, since
what is read from it decides what a checklist says. `THALSAFETY_CACHE` names another folder, or `off`.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

FORMAT = 2
_KEEP = 60


def folder() -> Path | None:
    """Return the folder of the cache, made if need be; nothing when it cannot be trusted or is off."""
    chosen = os.environ.get("THALSAFETY_CACHE")
    if chosen == "off":
        return None
    if chosen:
        path = Path(chosen)
    else:
        from platformdirs import user_cache_path  # noqa: PLC0415  only where no folder is named

        path = user_cache_path("thalsafety", appauthor=False)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except OSError:
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        return None
    return path


def read(key: str) -> Any | None:
    """Return what was kept under a key; nothing when there is none or it is damaged."""
    path = folder()
    if path is None:
        return None
    try:
        content = (path / f"{key}.json").read_bytes()
    except OSError:
        return None
    head, _, body = content.partition(b"\n")
    if head.decode("ascii", "replace") != _seal(body):
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def write(key: str, value: object) -> None:
    """Keep a value under a key; a cache that cannot be written is no failure."""
    path = folder()
    if path is None:
        return
    import tempfile  # noqa: PLC0415  slow to start, and only where something is kept

    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    with suppress(OSError):
        handle, name = tempfile.mkstemp(dir=path, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(body).encode() + b"\n" + body)
            os.replace(name, path / f"{key}.json")  # noqa: PTH105  atomic on every system
        except OSError:
            Path(name).unlink(missing_ok=True)
        _tidy(path)


def _seal(body: bytes) -> str:
    return f"thalsafety {FORMAT} {hashlib.sha256(body).hexdigest()}"


def _tidy(path: Path) -> None:
    """Drop the oldest entries beyond a few dozen."""
    entries = sorted(path.glob("*.json"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[_KEEP:]:
        entry.unlink(missing_ok=True)


def fingerprint(root: Path) -> str:
    """Return a digest of the code that compiles rules, so that a changed program rebuilds its cache."""
    total = hashlib.sha256(str(FORMAT).encode())
    for folder_name in (".", "linking", "model", "loading", "engines"):
        for path in sorted((root / folder_name).glob("*.py")):
            status = path.stat()
            total.update(f"{folder_name}/{path.name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return total.hexdigest()
