"""Bytes out: a page on the terminal, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.rendering.text import Line

_STYLES = {"stop": "bold red", "urgent": "bold yellow", "due": "bold blue", "note": "bold", "title": "bold", "quiet": "dim", "warn": "magenta"}


def write_file(path: Path, content: bytes) -> None:
    """Write beside the file, then rename; `InputError` when that cannot be done."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)  # noqa: PTH101  the temporary name is a string
        os.replace(name, path)  # noqa: PTH105
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> InputError:
    reason = (error.strerror or "it cannot be written").lower()
    return InputError([Problem(Place(str(path)), f"the output cannot be written: {reason}", "choose another path with -o")])


def put(text: str, output: Path | None) -> None:
    """Write a text to a file, or to the terminal."""
    if output is not None:
        write_file(output, text.encode())
    else:
        click.echo(text, nl=False)


def put_lines(lines: Sequence[Line], output: Path | None) -> None:
    """Write styled lines: coloured on a terminal, plain when piped, written to a file, or with NO_COLOR."""
    if output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        from rich.console import Console  # noqa: PLC0415  heavy, and only for a terminal
        from rich.text import Text  # noqa: PLC0415

        console = Console(highlight=False, soft_wrap=True)
        for line in lines:
            console.print(Text.assemble(*((text, _STYLES.get(style, "")) for style, text in line)))
        return
    from thalsafety.rendering import text as rendering  # noqa: PLC0415

    put(rendering.plain(lines), output)
