"""YAML, tamed: text only, no guessing of types, no anchors, no tags, no duplicate keys, bounded size.

JSON is read by the same rules, since every JSON text here is YAML. Every scalar arrives as the text
that was written; what type it has is for the model to say.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml

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
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
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
                here = here[step]  # type: ignore[index,call-overload]  # checked just above
                path = (*path, step)
        return path


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; `InputError` when it is not there, not a file, or too large."""
    name = str(path)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InputError([Problem(Place(name), "this is not a regular file")])
            if status.st_size > MAX_BYTES:
                raise InputError(
                    [
                        Problem(
                            Place(name),
                            f"the file has {status.st_size:,} bytes; at most {MAX_BYTES:,} are read",
                            "split it into several files",
                        )
                    ]
                )
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError([Problem(Place(name), "no such file", "check the path")]) from None
    except IsADirectoryError:
        raise InputError([Problem(Place(name), "this is a folder, not a file")]) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise InputError([Problem(Place(name), f"the file cannot be read: {reason}")]) from None


def read(path: Path) -> Document:
    """Read one file."""
    return parse(read_bytes(path), str(path))


def parse(content: bytes, name: str) -> Document:
    """Read the bytes of one file; `InputError` with every problem found in its syntax."""
    if not content.strip():
        raise InputError([Problem(Place(name), "the file is empty")])
    if b"\x00" in content:
        raise InputError([Problem(Place(name), "this is not a text file", "write YAML or JSON in UTF-8")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError(
            [
                Problem(
                    Place(name, line, column),
                    f"byte 0x{content[error.start]:02x} is not UTF-8",
                    "save the file with the encoding UTF-8",
                )
            ]
        ) from None
    builder = _Builder(name)
    try:
        data = builder.build(cast("Iterator[yaml.Event]", yaml.parse(text, Loader=_PARSER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        problem = (error.problem or "the text cannot be read as YAML").rstrip(".")
        raise InputError([*builder.problems, Problem(place, f"this is not valid YAML: {problem}")]) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise InputError([Problem(Place(name), f"this is not valid YAML: {reason}")]) from None
    if builder.problems:
        raise InputError(builder.problems)
    return Document(name, data, builder.places)


class _Builder:
    """Turns a stream of YAML events into plain data, and keeps where everything stood."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._nodes = 0

    def build(self, events: Iterator[yaml.Event]) -> Data:
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

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path_) -> Data:
        """Read one value and everything in it."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fatal(event, f"the file has more than {MAX_NODES:,} values", "split it into several files")
        if len(path) > MAX_DEPTH:
            self._fatal(event, f"values are nested more than {MAX_DEPTH} deep", "no file kind here needs that")
        if isinstance(event, yaml.AliasEvent):
            self._fatal(event, f"`*{event.anchor}` is an alias", "write the value out; aliases are not read")
        if getattr(event, "anchor", None) is not None:
            self._fatal(event, f"`&{event.anchor}` is an anchor", "remove it; anchors are not read")
        if getattr(event, "tag", None) not in (None, "!"):
            self._fatal(event, f"`{event.tag}` is a tag", "remove it; types are not chosen in the file")
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

    def _mapping(self, events: Iterator[yaml.Event], path: Path_) -> dict[str, Data]:
        """Read the pairs of a mapping."""
        result: dict[str, Data] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
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

    def _sequence(self, events: Iterator[yaml.Event], path: Path_) -> list[Data]:
        """Read the items of a list."""
        result: list[Data] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self._node(event, events, (*path, len(result))))
        return result

    def _problem(self, event: yaml.Event, message: str, hint: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(Place(self.name, mark.line + 1, mark.column + 1), message, hint))

    def _fatal(self, event: yaml.Event, message: str, hint: str) -> None:
        self._problem(event, message, hint)
        raise InputError(self.problems)
