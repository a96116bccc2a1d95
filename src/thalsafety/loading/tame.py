"""YAML, tamed: text only, no guessing of types, no anchors, no tags, no duplicate keys, bounded size.

JSON is read by the same rules, since every JSON text here is YAML. Every scalar arrives as the text
that was written; what type it has is for the model to say.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import yaml
from yaml.reader import ReaderError

from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_NODES = 300_000

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Path_: TypeAlias = "tuple[str | int, ...]"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_HALVES = r"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>d[89ab][0-9a-f]{2})\\u(?P<low>d[c-f][0-9a-f]{2})"
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(NamedTuple):
    """What a file says: its data, and where each key and value stands (line, column, from 1)."""

    file: str
    data: Data
    places: dict[Path_, tuple[int, int]]

    def place(self, path: Path_) -> Place:
        """Return where a path stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Place(self.file, line, column)

    def resolve(self, location: tuple[str | int, ...]) -> Path_:
        """Return the part of a model's error location that exists in the data (tags are dropped)."""
        path: Path_ = ()
        here: Data = self.data
        for step in location:
            if (isinstance(here, dict) and isinstance(step, str) and step in here) or (
                isinstance(here, list) and isinstance(step, int) and step < len(here)
            ):
                here = here[step]  # type: ignore[index]  # checked just above
                path = (*path, step)
        return path


def read_bytes(path: Path, most: int = MAX_BYTES, hint: str = "split it into several files") -> bytes:
    """Return a file's bytes; `InputError` when it is not there, not a file, or too large."""
    name = str(path)
    try:
        with open(path, "rb", opener=_opener) as file:  # Path.open takes no opener
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InputError([Problem(Place(name), "this is not a regular file")])
            if status.st_size > most:
                message = f"the file has {status.st_size:,} bytes; at most {most:,} are read"
                raise InputError([Problem(Place(name), message, hint)])
            return file.read(most + 1)
    except FileNotFoundError:
        raise InputError([Problem(Place(name), "no such file", "check the path")]) from None
    except IsADirectoryError:
        raise InputError([Problem(Place(name), "this is a folder, not a file")]) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise InputError([Problem(Place(name), f"the file cannot be read: {reason}")]) from None


def _opener(name: str, flags: int) -> int:
    """Open without waiting for somebody to write into a pipe."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def read(path: Path) -> Document:
    """Read one file."""
    return parse(read_bytes(path), str(path))


def parse(content: bytes, name: str) -> Document:
    """Read the bytes of one file; `InputError` with every problem found in its syntax."""
    text = decoded(content, name)
    if text.lstrip()[:1] in {"{", "["}:  # JSON writes a character beyond U+FFFF as two halves, YAML as one
        text = re.sub(_HALVES, _joined, text, flags=re.IGNORECASE)
    builder = _Builder(name)
    try:
        data = builder.build(yaml.parse(text, Loader=_PARSER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        problem = (error.problem or "the text cannot be read as YAML").rstrip(".")
        hint = _syntax_hint(error, text)
        raise InputError([*builder.problems, Problem(place, f"this is not valid YAML: {problem}", hint)]) from None
    except ReaderError as error:
        before = text[: error.position]
        place = Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the character U+{ord(text[error.position]):04X} may not stand here"
        raise InputError([Problem(place, message, "remove it")]) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise InputError([Problem(Place(name), f"this is not valid YAML: {reason}")]) from None
    if builder.problems:
        raise InputError(builder.problems)
    return Document(name, data, builder.places)


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file; `InputError` when it is empty or no text in UTF-8."""
    if not content.strip():
        raise InputError([Problem(Place(name), "the file is empty")])
    if b"\x00" in content:
        raise InputError([Problem(Place(name), "this is not a text file", "write YAML or JSON in UTF-8")])
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise InputError(
            [
                Problem(
                    Place(name, line, column),
                    f"byte 0x{content[error.start]:02x} is not UTF-8",
                    "save the file with the encoding UTF-8",
                )
            ]
        ) from None


def _joined(halves: re.Match[str]) -> str:
    """Return one escape for the two halves of a character; columns to its right move by two."""
    high, low = int(halves["high"], 16), int(halves["low"], 16)
    return f"{halves['before']}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _syntax_hint(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what to do about the commonest slips in writing YAML."""
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    at = line[mark.column : mark.column + 1] if mark else ""
    begun = error.context_mark.line + 1 if error.context_mark else 0
    context = error.context or ""
    if at == "\t":
        return "indent with spaces; a tab does not indent"
    if "cannot start any token" in (error.problem or ""):
        return f"put a text that begins with `{at}` in quotes"
    if "escape" in (error.problem or ""):
        return "write the character itself, or put the text in single quotes"
    if "quoted scalar" in context:
        return f"close the quote that opens on line {begun}"
    if "flow" in context:
        return f"look for a missing comma, quote or end of what opens with a bracket on line {begun}"
    if "<document start>" in (error.problem or ""):
        return "remove what stands after the end"
    if "mapping values" in (error.problem or ""):
        return "indent evenly, and put a text with a colon in it in quotes"
    return ""


class _Builder:
    """Turns a stream of YAML events into plain data, and keeps where everything stood."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._nodes = 0

    def build(self, events: Iterator[Any]) -> Data:
        """Read one document; a second one is refused."""
        result: Data | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if result is not None:
                    self._fatal(event, "a second document begins here", "write one document per file")
                result = self._node(next(events), events, ())
        if result is None:
            raise InputError([Problem(Place(self.name), "the file holds only comments")])
        return result

    def _node(self, event: Any, events: Iterator[Any], path: Path_) -> Data:
        """Read one value and everything in it."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fatal(event, f"the file has more than {MAX_NODES:,} values", "split it into several files")
        if len(path) > MAX_DEPTH:
            self._fatal(event, f"values are nested more than {MAX_DEPTH} deep", "no file kind here needs that")
        self._plain(event)
        mark = event.start_mark
        self.places.setdefault(path, (mark.line + 1, mark.column + 1))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101  the only kind left
        if event.implicit[0] and event.value in _NULLS:
            self._problem(
                event,
                "a value is missing here",
                "leave the key out when nothing was recorded; write [] for a list recorded as empty",
            )
        return event.value

    def _plain(self, event: Any) -> None:
        """Refuse aliases, anchors and tags, on values and on keys."""
        if isinstance(event, yaml.AliasEvent):
            self._fatal(event, f"`*{event.anchor}` is an alias", "write the value out; aliases are not read")
        if getattr(event, "anchor", None) is not None:
            self._fatal(event, f"`&{event.anchor}` is an anchor", "remove it; anchors are not read")
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            shown = tag.replace("tag:yaml.org,2002:", "!!", 1)
            self._fatal(event, f"`{shown}` is a tag", "remove it; types are not chosen in the file")

    def _mapping(self, events: Iterator[Any], path: Path_) -> dict[str, Data]:
        """Read the pairs of a mapping."""
        result: dict[str, Data] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            self._plain(event)
            if not isinstance(event, yaml.ScalarEvent):
                self._fatal(event, "a key must be a word", "write `key: value`")
            key = event.value
            here = (*path, key)
            if key in result:
                line = self.places[here][0]
                self._problem(event, f"`{key}` is written twice; the first is on line {line}", "keep one of them")
            self.places[here] = (event.start_mark.line + 1, event.start_mark.column + 1)
            value = self._node(next(events), events, here)
            result.setdefault(key, value)
        return result

    def _sequence(self, events: Iterator[Any], path: Path_) -> list[Data]:
        """Read the items of a list."""
        result: list[Data] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self._node(event, events, (*path, len(result))))
        return result

    def _problem(self, event: Any, message: str, hint: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(Place(self.name, mark.line + 1, mark.column + 1), message, hint))

    def _fatal(self, event: Any, message: str, hint: str) -> None:
        self._problem(event, message, hint)
        raise InputError(self.problems)
