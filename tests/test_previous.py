"""Earlier runs that cannot be read: each mistake is told in its place, and none is a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalsafety.errors import InputError
from thalsafety.loading import previous
from thalsafety.loading.previous import load_previous, read_previous

if TYPE_CHECKING:
    from pathlib import Path

    from thalsafety.errors import Problem

WANTED = "give what `thalsafety check --format json` wrote"
CUT = f"the file was cut short; {WANTED}"
CHANGED = f"the file is not as it was written; {WANTED}"
NOT_READ = "not a format that can be read here; `thalsafety.check/1` is"
GOOD: dict[str, Any] = {
    "format": "thalsafety.check/1",
    "rule_sets": [{"digest": "a" * 64, "rules": {"anc-low": {}}}],
    "checks": [
        {
            "patient": {"label": "Ada", "identifier": None},
            "as_of": "2026-03-10",
            "profile": "us",
            "rule_set": 0,
            "selection": None,
            "findings": [
                {
                    "rule": "anc-low",
                    "title": "Low neutrophils",
                    "topic": "haematology",
                    "severity": "urgent",
                    "outcome": "applies",
                }
            ],
        }
    ],
}
TEXT = json.dumps(GOOD, indent=1)


def told(content: bytes | str) -> str:
    """Return what is said of a file that cannot be read."""
    given_bytes = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    with pytest.raises(InputError) as caught:
        read_previous(given_bytes, "p.json")
    return str(caught.value)


def line_of(word: str, text: str = TEXT) -> str:
    """Return `line:column` of the first place where a word stands."""
    before = text[: text.index(word)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_a_good_one() -> None:
    """The file that the others are made of can be read, with or without a mark in front, and with keys to come."""
    assert read_previous(TEXT.encode(), "p.json").checks[0].findings[0].rule == "anc-low"
    assert read_previous(b"\xef\xbb\xbf" + TEXT.encode(), "p.json").checks[0].patient.label == "Ada"
    assert read_previous(TEXT.replace('"label"', '"born": 1961, "label"').encode(), "p.json").checks


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "p.json: the file is empty"),
        (b" \n", "p.json: the file is empty"),
        (b"\xff\xfe{\x00}\x00", "p.json: this is not a text file\n    hint: write YAML or JSON in UTF-8"),
        (b'{"a": "\xff"}', "p.json:1:8: byte 0xff is not UTF-8\n    hint: save the file with the encoding UTF-8"),
        (b"fictional: true\n", f"p.json:1:1: this is not JSON\n    hint: {WANTED}"),
        (b"FICTIONAL PATIENT \xc2\xb7 for review", f"p.json:1:1: this is not JSON\n    hint: {WANTED}"),
        (b"[]", f"p.json:1:1: this is no check: it names no `format`\n    hint: {WANTED}"),
        (b"3", f"p.json:1:1: this is no check: it names no `format`\n    hint: {WANTED}"),
        (b'{"fictional": true}', f"p.json:1:1: this is no check: it names no `format`\n    hint: {WANTED}"),
        (b'{"format": 1}', f"p.json:1:1: this is no check: it names no `format`\n    hint: {WANTED}"),
        (TEXT[:-2], f"p.json:{len(TEXT[:-2].splitlines())}:3: the text ends before the JSON does\n    hint: {CUT}"),
        (b'{"format": "thals', f"p.json:1:12: the text ends before the JSON does\n    hint: {CUT}"),
        (b'{"format" "x"}', f"p.json:1:11: this is not valid JSON: expecting ':' delimiter\n    hint: {CHANGED}"),
        (TEXT + "{}", f"p.json:{len(TEXT.splitlines())}:2: this is not valid JSON: extra data\n    hint: {CHANGED}"),
        (b'{"a": NaN}', f"p.json: a number in it cannot be read\n    hint: {CHANGED}"),
        (b'{"a": ' + b"9" * 5000 + b"}", f"p.json: a number in it cannot be read\n    hint: {CHANGED}"),
        (b'{"a": ' + b"[" * 100_000, f"p.json: values are nested too deep\n    hint: {WANTED}"),
        (
            b'{"format": "thalsafety.check/1",\n "checks": [],\n "checks": []}',
            f"p.json:3:2: `checks` is written twice\n    hint: {CHANGED}",
        ),
        (
            TEXT.replace("check/1", "check/2"),
            f"p.json:2:2: `thalsafety.check/2` is {NOT_READ}\n    hint: {WANTED}",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_earlier_run(content: bytes | str, expected: str) -> None:
    """A file that is something else, or only a part, is told as such."""
    assert told(content) == expected


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('"as_of": "2026-03-10"', '"as_of": "2026-03"', '"as_of"', "`2026-03` is not one day"),
        ('"as_of": "2026-03-10"', '"as_of": "2026-02-30"', '"as_of"', "`2026-02-30` is not a day of the calendar"),
        ('"as_of": "2026-03-10"', '"on": 1', '{\n   "patient"', "`as_of` is missing"),
        ('"rule_set": 0', '"rule_set": 7', '"rule_set": 7', "rule set 7 is none of the 1 in the file"),
        ('"rule_set": 0', '"rule_set": -1', '"rule_set": -1', "`-1` must be at least 0"),
        (
            '"outcome": "applies"',
            '"outcome": "\\u001b[31m"',
            '"outcome"',
            "`\N{REPLACEMENT CHARACTER}[31m` is not one of applies, cannot_tell, error, does_not_apply, not_in_force",
        ),
        (
            '"title": "Low neutrophils"',
            '"title": "Low\\u001b[2J"',
            '"title"',
            "the text holds a line break or another control character",
        ),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_was_changed_by_hand(old: str, new: str, where: str, message: str) -> None:
    """A value that cannot be right is told where it stands."""
    text = TEXT.replace(old, new)
    assert text != TEXT
    assert told(text) == f"p.json:{line_of(where, text)}: {message}\n    hint: {CHANGED}"


def test_a_rule_that_stands_twice() -> None:
    """Two outcomes of one rule would be a silent choice."""
    twice = json.loads(TEXT)
    twice["checks"][0]["findings"] *= 2
    assert "rule `anc-low` stands twice among these findings" in told(json.dumps(twice))


def test_few_are_told_of_many() -> None:
    """A file with a thousand mistakes is not told a thousand times."""
    many = json.loads(TEXT)
    many["checks"] = [{} for _ in range(1000)]
    assert told(json.dumps(many)).count("hint") == 5


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there, a folder, or a file too large is told."""
    monkeypatch.setattr(previous, "MAX_BYTES", 100)
    large = tmp_path / "large.json"
    large.write_text(TEXT)
    for path, message in (
        (tmp_path / "nowhere.json", "no such file\n    hint: check the path"),
        (tmp_path, "this is a folder, not a file"),
        (
            large,
            f"the file has {len(TEXT)} bytes; at most 100 are read\n    hint: check fewer patients in one run",
        ),
    ):
        with pytest.raises(InputError) as caught:
            load_previous(path)
        assert str(caught.value) == f"{path}: {message}"


# ---------------------------------------------------------------- anything at all


def survives(content: bytes) -> None:
    """Read some bytes: an earlier run, or problems without a character that steers a terminal."""
    problems: tuple[Problem, ...] = ()
    try:
        read_previous(content, "p.json")
    except InputError as error:
        problems = error.problems
    assert all(problem.message.isprintable() and len(problem.message) < 250 for problem in problems)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


@given(st.binary(max_size=60))
def test_any_bytes(content: bytes) -> None:
    """No bytes at all are a traceback."""
    survives(content)


@given(st.integers(0, len(TEXT)), st.integers(0, 12), st.binary(max_size=6))
def test_any_damage(start: int, length: int, put: bytes) -> None:
    """Neither is an earlier run of which some bytes were lost or replaced."""
    raw = TEXT.encode()
    survives(raw[:start] + put + raw[start + length :])


@given(st.sampled_from(places(GOOD)), values, st.booleans())
def test_any_value_anywhere(path: tuple[Any, ...], value: Any, ascii_only: bool) -> None:  # noqa: FBT001  drawn by name
    """Nor one in which any value was replaced by any other."""
    document = json.loads(TEXT)
    if not path:
        document = value
    else:
        here = document
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value
    survives(json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
