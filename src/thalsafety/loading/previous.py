"""The JSON of an earlier run in; what it said of whom, out, to be compared with.

Only what a comparison needs is read, and other keys are passed over: what a later version adds to the
format does not keep its files from being read.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading import tame
from thalsafety.loading.validating import validate
from thalsafety.model.checklist import OutcomeWord
from thalsafety.model.patient import Severity
from thalsafety.model.plain import one_line
from thalsafety.model.when import When

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from thalsafety.loading.tame import Path_

FORMAT = "thalsafety.check/1"
MAX_BYTES = 100_000_000
_TOLD = 5
_LONG = 60
_LONGEST = 200
_WANTED = "give what `thalsafety check --format json` wrote"
_CUT = f"the file was cut short; {_WANTED}"
_CHANGED = f"the file is not as it was written; {_WANTED}"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _one_day(text: str) -> str:
    """Refuse what is not the day of a check."""
    if not When.parse(text).certain:
        message = f"`{text}` is not one day"
        raise ValueError(message)
    return text


Text = Annotated[str, Field(max_length=400), AfterValidator(one_line)]
"""Text that may be printed again."""


class _Read(BaseModel):
    """Part of a check; unknown keys are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class PreviousFinding(_Read):
    """A rule's outcome then."""

    rule: Text
    title: Text
    topic: Text
    severity: Severity
    outcome: OutcomeWord
    due: date | None = None
    superseded_by: tuple[Text, ...] = ()


def _each_once(findings: tuple[PreviousFinding, ...]) -> tuple[PreviousFinding, ...]:
    """Refuse two outcomes of one rule."""
    seen: set[str] = set()
    for finding in findings:
        if finding.rule in seen:
            message = f"rule `{finding.rule}` stands twice among these findings"
            raise ValueError(message)
        seen.add(finding.rule)
    return findings


class PreviousPatient(_Read):
    """Whom the check was about."""

    label: str | None
    identifier: str | None


class PreviousCheck(_Read):
    """One patient's check then; `rule_set` is a number in `rule_sets`."""

    patient: PreviousPatient
    as_of: Annotated[str, Field(max_length=40), AfterValidator(_one_day)]
    profile: Text
    rule_set: Annotated[int, Field(ge=0)]
    selection: Text | None
    findings: Annotated[tuple[PreviousFinding, ...], AfterValidator(_each_once)]


class PreviousRuleSet(_Read):
    """The rules of a check then; of each, its name is all that counts here."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rules: dict[str, Any]


class Previous(_Read):
    """Everything that an earlier run said."""

    rule_sets: tuple[PreviousRuleSet, ...]
    checks: tuple[PreviousCheck, ...]


def load_previous(path: Path) -> Previous:
    """Read what an earlier `check --format json` wrote; `InputError` when the file is something else."""
    content = tame.read_bytes(path, MAX_BYTES, "check fewer patients in one run")
    return read_previous(content, str(path))


def read_previous(content: bytes, name: str) -> Previous:
    """Read the bytes of such a file."""
    text = tame.decoded(content, name)
    try:
        return _previous(text, name)
    except RecursionError:
        raise InputError([Problem(Place(name), "values are nested too deep", _WANTED)]) from None


def _previous(text: str, name: str) -> Previous:
    data = _parsed(text, name)
    given = data.get("format") if isinstance(data, dict) else None
    if not isinstance(given, str):
        raise InputError([Problem(Place(name, 1, 1), "this is no check: it names no `format`", _WANTED)])
    if given != FORMAT:
        message = _printable(f"`{given[:_LONG]}` is not a format that can be read here; `{FORMAT}` is")
        raise InputError([Problem(_places(text, name, {("format",)})[("format",)], message, _WANTED)])
    try:
        previous = Previous.model_validate(data)
    except ValidationError as error:
        raise InputError(_problems(text, name, data, error)) from None
    for index, check in enumerate(previous.checks):
        if check.rule_set >= len(previous.rule_sets):
            where: Path_ = ("checks", index, "rule_set")
            message = f"rule set {check.rule_set} is none of the {len(previous.rule_sets)} in the file"
            raise InputError([Problem(_places(text, name, {where})[where], message, _CHANGED)])
    return previous


# ---------------------------------------------------------------- JSON


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that stands twice would be a silent choice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _no_constant(word: str) -> NoReturn:
    """Refuse what the standard library reads although JSON has no such word."""
    raise ValueError(word)


def _parsed(text: str, name: str) -> Any:
    """Return what a JSON text says; `InputError` where it is not JSON, or says something twice."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError([_syntax(error, text, name)]) from None
    except _TwiceError:
        raise InputError([_twice(text, name)]) from None
    except ValueError:
        raise InputError([Problem(Place(name), "a number in it cannot be read", _CHANGED)]) from None


def _syntax(error: json.JSONDecodeError, text: str, name: str) -> Problem:
    """Return where a text stops being JSON, and whether it is something else or a part."""
    place = Place(name, error.lineno, error.colno)
    if not text.lstrip().startswith("{"):
        return Problem(place, "this is not JSON", _WANTED)
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return Problem(place, "the text ends before the JSON does", _CUT)
    return Problem(place, f"this is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}", _CHANGED)


def _twice(text: str, name: str) -> Problem:
    """Return the first key that stands twice in one object."""
    seen: set[Path_] = set()
    for path, offset in _walk(text):
        if path in seen:
            return Problem(_place(text, name, offset), _printable(f"`{path[-1]}` is written twice"), _CHANGED)
        seen.add(path)
    return Problem(Place(name), "a key is written twice", _CHANGED)


def _problems(text: str, name: str, data: Any, error: ValidationError) -> Sequence[Problem]:
    """Return the first things that are wrong, each in its place."""
    bare = tame.Document(name, data, {})
    wanted = {bare.resolve(detail["loc"]) for detail in error.errors(include_url=False, include_context=False)}
    places = {path: (place.line, place.column) for path, place in _places(text, name, wanted).items()}
    _, problems = validate(Previous, tame.Document(name, data, places))
    return [Problem(problem.place, _printable(problem.message), _CHANGED) for problem in problems[:_TOLD]]


def _printable(message: str) -> str:
    """Return a message that quotes a file, short and without characters that steer a terminal."""
    short = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)


def _places(text: str, name: str, wanted: set[Path_]) -> dict[Path_, Place]:
    """Return where some keys and list entries of a valid JSON text stand."""
    return {path: _place(text, name, offset) for path, offset in _walk(text) if path in wanted}


def _place(text: str, name: str, offset: int) -> Place:
    return Place(name, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _walk(text: str) -> Iterator[tuple[Path_, int]]:
    """Go through every key and list entry of a text that is valid JSON, with where each begins."""
    path: list[str | int] = []
    keyed = False  # whether a key comes next
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == ",":
            keyed = isinstance(path[-1], str)
            if not keyed:
                path[-1] += 1  # type: ignore[operator]  # a place in a list, as was just seen
        elif mark in "}]":
            path.pop()
        elif keyed:
            path[-1], keyed = json.loads(mark), False
            yield tuple(path), token.start()
        elif mark != ":":
            if path and isinstance(path[-1], int):
                yield tuple(path), token.start()
            if mark in "{[":
                path.append("" if mark == "{" else 0)
                keyed = mark == "{"
