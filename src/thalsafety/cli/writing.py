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


# ---------------------------------------------------------------- folders


def refuse_to_replace(folder: Path, marker: str) -> None:
    """Refuse a folder that holds anything but what an earlier run wrote; `marker` names the list of that."""
    try:
        there = _there(folder)
        listed = (folder / marker).read_text("utf-8").splitlines() if marker in there else []
    except OSError as error:
        raise _no_folder(folder, (error.strerror or "it cannot be read").lower()) from None
    if there and marker not in there:
        raise _no_folder(folder, "the folder holds something else, which would be lost")
    if strangers := sorted(there - {marker, *listed}):
        raise _no_folder(folder, f"the folder holds `{strangers[0]}`, which no earlier run wrote and would be lost")


def _there(folder: Path) -> set[str]:
    """Return the files below a folder, and links to folders; nothing when it does not exist."""
    if not os.path.lexists(folder):
        return set()
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "this is not a folder")
    found = set()
    for top, folders, files in os.walk(folder, onerror=_stop):
        links = (name for name in folders if (Path(top) / name).is_symlink())
        found |= {(Path(top) / name).relative_to(folder).as_posix() for name in (*files, *links)}
    return found


def _stop(error: OSError) -> None:
    raise error


def _no_folder(folder: Path, reason: str) -> InputError:
    return InputError([Problem(Place(str(folder)), reason, "choose a new folder, or an empty one")])


def write_folder(folder: Path, files: dict[str, bytes], marker: str) -> None:
    """Write files beside a folder, then rename: it appears whole or not at all, in place of an earlier one."""
    refuse_to_replace(folder, marker)
    target = Path(os.path.realpath(folder))
    import shutil
    import tempfile  # slow to start, and only where a folder is written

    try:
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "its folder does not exist")
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    except OSError as error:
        raise _no_folder(folder, _reason(error)) from None
    try:
        _fill(scratch / "new", {**files, marker: "".join(f"{name}\n" for name in sorted(files)).encode()})
        _swap(scratch / "new", target, scratch / "old")
    except OSError as error:
        raise _no_folder(folder, _reason(error)) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put a folder in another's place; the other one comes back when that fails."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
