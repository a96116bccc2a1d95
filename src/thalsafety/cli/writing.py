"""Bytes out: a page on the terminal, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thalsafety.rendering.text import Line

STYLES = {
    "stop": "bold red",
    "urgent": "bold yellow",
    "due": "bold blue",
    "note": "bold",
    "title": "bold",
    "quiet": "dim",
    "warn": "magenta",
}


def write_file(path: Path, content: bytes) -> None:
    """Write beside the file, then rename; `InputError` when that cannot be done.

    A link is followed and stays a link; a device or a pipe is written to, since it must not be replaced.
    """
    try:
        target = Path(os.path.realpath(path))  # unlike Path.resolve, no error of its own for links in a circle
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "this is a folder")
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "its folder does not exist")
        import tempfile  # slow to start, and only where a file is written

        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)  # noqa: PTH101  the temporary name is a string
        os.replace(name, target)  # noqa: PTH105  both names are strings
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError([Problem(Place(str(path)), _reason(error), "choose another path with -o")])


def _reason(error: OSError) -> str:
    return f"the output cannot be written: {(error.strerror or 'no reason given').lower()}"


def put(text: str, output: Path | None) -> None:
    """Write a text to a file, or to the terminal."""
    if output is not None:
        write_file(output, text.encode(errors="backslashreplace"))
    else:
        _print(text)


def put_bytes(content: bytes, output: Path | None) -> None:
    """Write bytes as they are to a file, or to the terminal."""
    if output is not None:
        write_file(output, content)
    else:
        _echo(content)


def _print(text: str) -> None:
    """Write a text to standard output, what its encoding lacks as escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    _echo(text.encode(encoding, "backslashreplace").decode(encoding))


def _echo(content: str | bytes) -> None:
    """Write to standard output; a reader who has read enough, as `head` does, is no failure."""
    try:
        click.echo(content, nl=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left cannot be written either
        raise InputError([Problem(Place("standard output"), _reason(error))]) from None


def put_rows(rows: Iterable[str]) -> None:
    """Write rows of text to the terminal."""
    put("".join(f"{row}\n" for row in rows), None)


def put_lines(lines: Sequence[Line], output: Path | None) -> None:
    """Write styled lines: coloured on a terminal, plain when piped, written to a file, or with NO_COLOR."""
    if output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True)
        for line in lines:
            console.print(Text.assemble(*((text, STYLES.get(style, "")) for style, text in line)))
        return
    from thalsafety.rendering import text as rendering

    put(rendering.plain(lines), output)
