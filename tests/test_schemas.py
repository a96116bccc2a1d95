"""The published schemas: up to date, and fit for every file that comes with the program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
import yaml
from click.testing import CliRunner

from building import EXAMPLES, RULES, SCHEMAS, mistakes
from thalsafety.cli import cli
from thalsafety.schemas import KINDS

if TYPE_CHECKING:
    from pathlib import Path


class CoreLoader(yaml.SafeLoader):
    """YAML as its version 1.2 has it: dates are text, and so are `yes`, `no` and numbers with colons."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))
CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def read(path: Path) -> object:
    """Return what a YAML or JSON file holds."""
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=CoreLoader)  # noqa: S506  the loader makes only plain data


def kind_of(path: Path) -> str:
    """Return which kind of file stands in a folder of rules."""
    folder = path.relative_to(RULES).parts[0]
    by_folder = {"sources": "source", "profiles": "profile", "definitions": "definition", "scores": "score"}
    if folder in {"vocabulary", "parameters", "cases", "invariants"}:
        return folder
    if folder in by_folder:
        return by_folder[folder]
    if path.stem == "topic":
        return "topic"
    return "schedule" if re.search(r"^schedule:", path.read_text("utf-8"), re.MULTILINE) else "rule"


EXAMPLE_FILES = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in {".yaml", ".json"})
RULE_FILES = sorted(path for path in RULES.rglob("*.yaml") if "notes" not in path.parts)


def test_values_are_typed_as_yaml_1_2_does() -> None:
    """The loader of these tests leaves dates and words as text."""
    text = "[true, no, 2026-03-09, 2026, 12:30, 1.5, 1e3, 0x10, ~, null, '7', .5]"
    expected = [True, "no", "2026-03-09", 2026, "12:30", 1.5, 1000.0, "0x10", None, None, "7", 0.5]
    assert yaml.load(text, Loader=CoreLoader) == expected  # noqa: S506  the loader makes only plain data


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_what_the_program_prints(kind: str) -> None:
    """Each schema on disk equals, byte for byte, what `thalsafety schema` prints."""
    result = CliRunner().invoke(cli, ["schema", kind])
    assert result.exit_code == 0
    assert (SCHEMAS / f"{kind}.schema.json").read_text("utf-8") == result.stdout


def test_no_schema_is_left_over() -> None:
    """There is a schema for every kind of file, and none beside."""
    assert {path.name for path in SCHEMAS.iterdir()} == {f"{kind}.schema.json" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema(kind: str) -> None:
    """Every schema is valid itself, and refuses a file that is empty or has a key too many."""
    assert jsonschema_rs.meta.is_valid(json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8")))
    assert mistakes({}, kind)
    assert any("key_too_many" in mistake for mistake in mistakes({"key_too_many": 1}, kind))


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.name)
def test_an_example_fits_its_schema(path: Path) -> None:
    """An editor that knows the schema finds nothing wrong with an example patient."""
    document = read(path)
    kind = "patient-states" if isinstance(document, dict) and "patients" in document else "patient-state"
    assert mistakes(document, kind) == []


@pytest.mark.untraced  # many turns through code that other tests measure
def test_rule_files_fit_their_schemas() -> None:
    """An editor that knows the schemas finds nothing wrong with the rules."""
    found = {path: mistakes(read(path), kind_of(path)) for path in RULE_FILES}
    assert len(found) > 100
    assert {kind_of(path) for path in found} == set(KINDS) - {
        "patient-state",
        "patient-states",
        "checklist",
        "calendar",
        "verification",
        "comparison",
    }
    assert {str(path): errors for path, errors in found.items() if errors} == {}


YAML_FILES = [path for path in (*EXAMPLE_FILES, *RULE_FILES) if path.suffix == ".yaml"]


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_a_file_names_its_schema(path: Path) -> None:
    """A YAML file says in its first line which schema it follows, and that is the right one."""
    line = path.read_text("utf-8").partition("\n")[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", line)
    assert match is not None, line
    named = (path.parent / match[1]).resolve()
    assert named.is_file()
    data = read(path)
    if path.is_relative_to(EXAMPLES):
        kind = "patient-states" if isinstance(data, dict) and "patients" in data else "patient-state"
    else:
        kind = kind_of(path)
    assert named.name == f"{kind}.schema.json"
