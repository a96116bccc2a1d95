"""The packaged rules: every worked example, and every promise of an example patient, by both engines."""

from __future__ import annotations

from functools import cache

import pytest

from building import EXAMPLES, example_patients, packaged_rules
from thalsafety.errors import Place
from thalsafety.linting import lint
from thalsafety.model.patient import PatientState
from thalsafety.testing import Runner


@cache
def runner() -> Runner:
    """Return one runner, so that the rules are linked and compiled once."""
    return Runner(packaged_rules())


@pytest.mark.untraced  # thousands of runs through code that other tests measure
@pytest.mark.parametrize("rule", sorted(packaged_rules().rules))
def test_worked_examples(rule: str) -> None:
    """A rule has worked examples, and each has the outcome that it promises."""
    cases = list(runner().rule_cases(frozenset({rule})))
    assert cases
    assert {case.name: case.failures for case in cases if case.failures} == {}


@pytest.mark.untraced
@pytest.mark.parametrize("name", example_patients())
def test_example_patient(name: str) -> None:
    """An example patient can be read, promises something, and gets what it promises."""
    loaded = example_patients()[name]
    assert loaded.problems == ()
    assert isinstance(loaded.state, PatientState)
    assert loaded.state.expect is not None
    assert runner().state_case(name, loaded.state, Place(loaded.file)).failures == ()


def test_every_example_file_is_read() -> None:
    """No file among the examples is passed over."""
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.suffix != ".md"}
    assert {name.partition("#")[0] for name in example_patients()} == {file for file in files if "." in file}


def test_nothing_is_wrong_with_the_files() -> None:
    """Every rule file can be read and fits its schema."""
    assert [str(problem) for problem in packaged_rules().problems] == []


@pytest.mark.untraced  # many turns through code that other tests measure
def test_lint_has_no_errors() -> None:
    """Lint has warnings at most, on the day of the newest example patient."""
    day = max(loaded.state.as_of.day() for loaded in example_patients().values() if loaded.state is not None)
    assert [str(issue.problem) for issue in lint(packaged_rules(), day) if issue.severity == "error"] == []


@pytest.mark.untraced
def test_every_active_rule_applies_to_an_example_patient() -> None:
    """Whoever wants to see a rule's item on a page finds a patient who has it."""
    seen: set[str] = set()
    for loaded in example_patients().values():
        assert loaded.state is not None
        outcomes = runner().outcomes(loaded.state, loaded.state.profile)
        seen |= {rule for rule, outcome in outcomes.items() if outcome == "applies"}
    assert {name for name, rule in packaged_rules().rules.items() if rule.status == "active"} <= seen
