"""The honesty of the tools: of a hundred mistakes in the packaged rules, examples and `verify` find all but two.

Each mistake is judged by the cheapest tool that can: the worked examples of the rules that it changes, run as
`thalsafety test` runs them, or one check of `verify`. In the long run each is made in a real copy of the folder.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from building import DAY, RULES, packaged_rules
from chance import LONG
from defects import DEFECTS, NOBODY
from thalsafety.linking.linker import link
from thalsafety.loading import rules as loading
from thalsafety.loading import tame
from thalsafety.loading.rules import RuleSet, load_rules
from thalsafety.model.lexicon import Lexicon
from thalsafety.proving.results import CHECKS, Status
from thalsafety.proving.verifying import verify
from thalsafety.testing import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from defects import Defect
    from thalsafety.proving.results import Claim

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

BY_EXAMPLES = [name for name, defect in DEFECTS.items() if defect.found_by == ("examples",)]
BY_VERIFY = [name for name, defect in DEFECTS.items() if len(defect.found_by) == 2]
QUICK = frozenset(CHECKS) - {"V012", "V013"}
UNFOUND = [name for name, defect in DEFECTS.items() if defect.found_by == NOBODY]


# ---------------------------------------------------------------- making a mistake


def seeded(defect: Defect, folder: Path) -> RuleSet:
    """Return the packaged rules with the mistake in them, of which only the edited file is read again."""
    if LONG:
        root = folder / "rules"
        shutil.copytree(RULES, root)
        (root / f"{defect.file}.yaml").write_text(defect.edited(), "utf-8")
        return load_rules(root)
    path = folder / f"{defect.file}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(defect.edited(), "utf-8")
    fresh = RuleSet(root=str(RULES), digest="")
    loading._load_file(fresh, folder, path, tame.read(path))
    return merged(packaged_rules(), fresh, path)


def merged(sound: RuleSet, fresh: RuleSet, path: Path) -> RuleSet:
    """Return rules with those of one file in place of what they were."""
    changed: dict[str, Any] = {"problems": fresh.problems, "broken": fresh.broken}
    for table in fields(RuleSet):
        known, new = getattr(sound, table.name), getattr(fresh, table.name)
        if isinstance(known, dict) and table.name != "broken":
            changed[table.name] = {**known, **new}
    kept = [(one, document) for one, document in sound.invariants if Path(document.file).name != path.name]
    changed["invariants"] = [*kept, *fresh.invariants] if fresh.invariants else sound.invariants
    if fresh.entries:
        changed["lexicon"] = Lexicon(terms={**sound.lexicon.terms, **fresh.lexicon.terms})
    made = replace(sound, **changed)
    if fresh.entries:
        loading._index_vocabulary(made)
    return made


# ---------------------------------------------------------------- the worked examples


@cache
def conditions() -> dict[str, Any]:
    """Return every rule as it is linked."""
    return linked(packaged_rules())


def linked(rule_set: RuleSet) -> dict[str, Any]:
    """Return what a page depends on, rule by rule: the condition, the severity, the status and what is covered."""
    whole = link(rule_set, "us", DAY)
    nodes = {rule.id: rule.when for rule in whole.program.rules}
    return {rule.id: (nodes.get(rule.id), rule.severity, rule.status, rule.supersedes) for rule in whole.rules}


def reached(rule_set: RuleSet) -> frozenset[str]:
    """Return the rules that a mistake changes; all where it changes none, but perhaps what may be recorded."""
    now = linked(rule_set)
    return frozenset(name for name, was in conditions().items() if now[name] != was) or frozenset(rule_set.rules)


def failing(rule_set: RuleSet) -> Iterator[str]:
    """Yield the worked examples that a mistake makes fail."""
    for case in Runner(rule_set).rule_cases(reached(rule_set)):
        if case.failures:
            yield case.name


@pytest.mark.parametrize("name", BY_EXAMPLES if LONG else BY_EXAMPLES[::4])
def test_a_worked_example_finds_it(name: str, tmp_path: Path) -> None:
    """Some worked example of a rule that the mistake changes has another outcome, or is not accepted any more."""
    rule_set = seeded(DEFECTS[name], tmp_path)
    assert not rule_set.problems
    assert next(failing(rule_set), None) is not None


# ---------------------------------------------------------------- verify


def findings(name: str, folder: Path) -> list[Claim]:
    """Return what the check that is to find a mistake finds of it."""
    defect = DEFECTS[name]
    check, about = defect.found_by
    rule_set = seeded(defect, folder)
    assert not rule_set.problems
    report = verify(rule_set, "us", DAY, frozenset({check}))
    return [
        claim
        for claim in report.of(Status.REFUTED)
        if claim.check == check and any(of.startswith(about) for of in claim.of)
    ]


@pytest.mark.parametrize("name", [n for n in BY_VERIFY if LONG or DEFECTS[n].found_by[0] in {"V006", "V007", "V009"}])
def test_verify_finds_it_alone(name: str, tmp_path: Path) -> None:
    """The check finds the mistake when it is the only one; `test_verify` has all of them at once."""
    assert findings(name, tmp_path)


# ---------------------------------------------------------------- the table


def test_a_hundred_mistakes_of_many_kinds() -> None:
    """A hundred different edits of many kinds, of which at most two are found by nothing."""
    assert len(DEFECTS) >= 100
    assert len({(defect.file, defect.edited()) for defect in DEFECTS.values()}) == len(DEFECTS)
    assert all(defect.edited() != (RULES / f"{defect.file}.yaml").read_text("utf-8") for defect in DEFECTS.values())
    assert len(Counter(defect.kind for defect in DEFECTS.values())) >= 20
    assert len(UNFOUND) <= 2
    assert len(BY_EXAMPLES) + len(BY_VERIFY) >= 98


@pytest.mark.parametrize("name", UNFOUND)
def test_what_no_tool_finds_is_known(name: str, tmp_path: Path) -> None:
    """A deadline and a statement are for readers to judge: nothing that examples or proofs look at is another."""
    rule_set = seeded(DEFECTS[name], tmp_path)
    assert not rule_set.problems
    assert linked(rule_set) == conditions()
    if LONG:
        assert list(failing(rule_set)) == []
        assert verify(rule_set, "us", DAY, QUICK).of(Status.REFUTED) == []
