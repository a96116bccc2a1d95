"""The packaged rules: every worked example and every promise of an example patient is a test of its own."""

from __future__ import annotations

from functools import cache

import pytest

from building import EXAMPLES, example_patients, packaged_rules
from thalsafety.errors import Place
from thalsafety.linting import lint
from thalsafety.model.patient import PatientState
from thalsafety.testing import Runner

WORKED = [
    f"{name}::{example.name}"
    for name, rule in sorted(packaged_rules().rules.items())
    for example, _ in packaged_rules().examples(rule)
]


@cache
def runner() -> Runner:
    """Return one runner, so that the rules are linked and compiled once."""
    return Runner(packaged_rules())


@cache
def cases_of(rule: str) -> dict[str, tuple[str, ...]]:
    """Return what went wrong in each worked example of a rule."""
    return {case.name: case.failures for case in runner().rule_cases(frozenset({rule}))}


@pytest.mark.parametrize("name", WORKED)
def test_worked_example(name: str) -> None:
    """A worked example has the outcome that its rule promises."""
    assert cases_of(name.partition("::")[0])[name] == ()


@pytest.mark.parametrize("name", example_patients())
def test_example_patient(name: str) -> None:
    """An example patient can be read, promises something, and gets what it promises."""
    loaded = example_patients()[name]
    assert loaded.problems == ()
    assert isinstance(loaded.state, PatientState)
    assert loaded.state.expect is not None
    assert runner().state_case(name, loaded.state, Place(loaded.file)).failures == ()


def test_every_example_file_is_read() -> None:
    """No file among the examples is passed over, and none of the rules is without a worked example."""
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.suffix != ".md"}
    assert {name.partition("#")[0] for name in example_patients()} == {file for file in files if "." in file}
    assert {name.partition("::")[0] for name in WORKED} == set(packaged_rules().rules)


def test_nothing_is_wrong_with_the_files() -> None:
    """Every rule file can be read and fits its schema."""
    assert [str(problem) for problem in packaged_rules().problems] == []


def test_lint_has_no_errors() -> None:
    """Lint has warnings at most, on the day of the newest example patient."""
    day = max(loaded.state.as_of.day() for loaded in example_patients().values() if loaded.state is not None)
    assert [str(issue.problem) for issue in lint(packaged_rules(), day) if issue.severity == "error"] == []
