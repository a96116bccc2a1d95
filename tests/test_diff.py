"""What `diff` says of two rule sets: known changes are found, witnesses reproduce, alike rules never differ."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from building import DAY, RULES, Workshop, example_patients, facts, mistakes, packaged_rules
from test_relations import mixed
from thalsafety import features
from thalsafety.cli import cli
from thalsafety.comparing.results import SAME, Kind, Report, Step, Told
from thalsafety.comparing.running import Asked, Comparison
from thalsafety.comparing.sides import Meant, Sides, profiles_of
from thalsafety.comparing.witnessing import fewest
from thalsafety.engines import reference
from thalsafety.errors import InputError
from thalsafety.linking.epochs import Links
from thalsafety.loading.rules import load_rules
from thalsafety.model.patient import PatientState
from thalsafety.model.rule import AllOf, AnyOf, NotThis
from thalsafety.mutating import kinds
from thalsafety.mutating.mutants import mutants
from thalsafety.proving.alike import BY_ANSWERS, BY_RECORD
from thalsafety.rendering import compared as rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from thalsafety.comparing.results import Compared
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.rule import Condition
    from thalsafety.program import Node

LONG = os.environ.get("THALSAFETY_TESTS") == "long"
RANDOM_PAIRS = 8 if LONG else 2
RANDOM_PATIENTS = 20_000 if LONG else 2_000
ANC = {"all": [{"holds": "on_treatment"}, {"latest": "anc", "below": "anc_low_below"}]}


def meant(rule_set: RuleSet, said: str = "a side") -> Meant:
    """Return a rule set as if someone had written it for a side."""
    return Meant(said, "folder", rule_set)


def compared(  # noqa: PLR0913  two sides, and what a test changes of how they are compared
    a: RuleSet,
    b: RuleSet,
    profiles: tuple[str, str] = ("us", "us"),
    patients: Sequence[tuple[str, PatientState]] = (),
    *,
    prove: bool = True,
    seconds: float = 10,
) -> Report:
    """Return the comparison of two rule sets."""
    comparison = Comparison(meant(a), meant(b), profiles, Asked(DAY, patients, prove, seconds))
    assert len(list(comparison.steps())) == len(comparison)
    return comparison.report()


def rule_of(report: Report, name: str) -> Compared:
    """Return what a comparison says of one rule."""
    return next(rule for rule in report.rules if rule.rule == name)


@pytest.fixture
def pair(workshop: Workshop, tmp_path: Path) -> tuple[Workshop, Workshop]:
    """Return two small rule sets that are the same, to change the second of."""
    shutil.copytree(workshop.root, tmp_path / "other")
    return workshop, Workshop(tmp_path / "other")


def change(workshop: Workshop, file: str, old: str, new: str) -> None:
    """Change the first place in a file where something stands."""
    path = workshop.root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def shows(report: Report, name: str, a: Workshop, b: Workshop) -> PatientState:
    """Check that a rule is different, and that its patient really has the outcomes that were told."""
    rule = rule_of(report, name)
    assert rule.kind is Kind.DIFFERENT
    assert rule.witness is not None
    for workshop, word in ((a, rule.witness.a), (b, rule.witness.b)):
        path = workshop.root.parent / f"{name}.json"
        path.write_text(json.dumps(rule.witness.state), "utf-8")
        done = CliRunner().invoke(cli, ["check", str(path), "--rules", str(workshop.root), "--format", "json"])
        if word == "refused":
            assert done.exit_code == 2
            continue
        (check,) = json.loads(done.stdout)["checks"]
        found = {finding["rule"]: finding["outcome"] for finding in check["findings"]}
        assert found.get(name, "does_not_apply") == word
    return PatientState.model_validate(rule.witness.state)


# ---------------------------------------------------------------- known changes


def test_a_rule_set_beside_itself_is_alike(workshop: Workshop) -> None:
    """Nothing is listed, and nothing had to be proved."""
    report = compared(workshop.load(), workshop.load())
    assert {rule.kind for rule in report.rules} == {Kind.ALIKE}
    assert {rule.rests_on for rule in report.rules} == {SAME}
    assert not report.changed


def test_a_number_is_nudged(pair: tuple[Workshop, Workshop]) -> None:
    """The number is listed, and a patient between the two shows what it does."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "value: 750", "value: 700")
    report = compared(one.load(), other.load())
    (number,) = report.numbers
    assert (number.name, number.equal) == ("anc_low_below", False)
    assert number.a is not None
    assert number.b is not None
    assert (number.a.value, number.b.value, number.b.unit, number.b.source) == ("750", "700", "/mm3", "us-pi")
    state = shows(report, "anc-low", one, other)
    assert state.treatment is not None
    assert state.observations is not None
    witness = rule_of(report, "anc-low").witness
    assert witness is not None
    assert (witness.a, witness.b, witness.facts) == ("applies", "does_not_apply", 5)


def test_a_clause_is_dropped(pair: tuple[Workshop, Workshop]) -> None:
    """A patient without treatment shows that it mattered."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "    - holds: on_treatment\n", "")
    report = compared(one.load(), other.load())
    shows(report, "anc-low", one, other)
    assert report.numbers == ()


def test_an_equivalent_rewriting_is_proved(pair: tuple[Workshop, Workshop]) -> None:
    """Another order, a double negation, an absorbed part: alike by proof, whatever the answers."""
    one, other = pair
    one.rule("written", {"any": [{"condition": "multiple_myeloma"}, {"taking": "dexamethasone"}]})
    other.rule(
        "written",
        {
            "not": {
                "all": [
                    {"not": {"taking": "dexamethasone"}},
                    {"not": {"condition": "multiple_myeloma"}},
                    {"any": [{"not": {"taking": "dexamethasone"}}, {"condition": "multiple_myeloma"}]},
                ]
            }
        },
    )
    # the last part absorbs nothing by itself: what it lets through, the other two hold back
    report = compared(one.load(), other.load())
    assert (rule_of(report, "written").kind, rule_of(report, "written").rests_on) == (Kind.ALIKE, BY_ANSWERS)


def test_what_only_one_record_can_say_is_proved_by_its_relations(pair: tuple[Workshop, Workshop]) -> None:
    """A condition that is there was ever there: the proof says that it rests on the record."""
    one, other = pair
    one.rule("written", {"condition": "multiple_myeloma"})
    other.rule("written", {"all": [{"condition": "multiple_myeloma"}, {"condition_ever": "multiple_myeloma"}]})
    report = compared(one.load(), other.load())
    assert rule_of(report, "written").rests_on == BY_RECORD
    assert report.assumed


def test_kleene_laws_that_do_not_hold_are_not_proved(pair: tuple[Workshop, Workshop]) -> None:
    """`a or not a` is unknown where a is: it is not the same as always."""
    one, other = pair
    always = {"any": [{"recorded": "treatment_start"}, {"recorded": "treatment_start", "is": "no"}]}
    one.rule("written", {"all": [{"taking": "dexamethasone"}, always]})
    excluded = {"any": [{"condition": "multiple_myeloma"}, {"not": {"condition": "multiple_myeloma"}}]}
    other.rule("written", {"all": [{"taking": "dexamethasone"}, always, excluded]})
    report = compared(one.load(), other.load())
    shows(report, "written", one, other)
    witness = rule_of(report, "written").witness
    assert witness is not None
    assert (witness.a, witness.b) == ("applies", "cannot_tell")


def test_another_name_for_a_number_is_the_same_condition(pair: tuple[Workshop, Workshop]) -> None:
    """A parameter that is renamed and written in another unit changes no rule; both are listed as numbers."""
    one, other = pair
    for workshop, name, unit, value in ((one, "long", "d", 14), (other, "lengthy", "wk", 2)):
        workshop.number(name, unit, value)
        workshop.number("low", "10*9/L", 1)
        workshop.rule("written", {"latest": "anc", "below": "low", "no_older_than": name})
    report = compared(one.load(), other.load())
    assert rule_of(report, "written").rests_on == SAME
    assert [(number.name, number.equal) for number in report.numbers] == [("lengthy", False), ("long", False)]


def test_a_window_is_nudged(pair: tuple[Workshop, Workshop]) -> None:
    """A duration that belongs to the question is no mere name: one day more makes another rule."""
    one, other = pair
    for workshop, days in ((one, 14), (other, 15)):
        workshop.number("long", "d", days)
        workshop.number("low", "10*9/L", 1)
        workshop.rule("written", {"latest": "anc", "below": "low", "no_older_than": "long"})
    shows(compared(one.load(), other.load()), "written", one, other)


def test_a_number_in_another_unit_is_equal(pair: tuple[Workshop, Workshop]) -> None:
    """What is the same quantity is listed apart."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "unit: /mm3", 'unit: "10*9/L"')
    change(other, "haematology/anc-low.yaml", "value: 750, effective", "value: 0.75, effective")
    report = compared(one.load(), other.load())
    assert [(number.name, number.equal) for number in report.numbers] == [("anc_low_below", True)]
    assert rule_of(report, "anc-low").kind is Kind.ALIKE
    assert report.changed


def test_severity_and_wording_are_told_apart(pair: tuple[Workshop, Workshop]) -> None:
    """A rule that behaves alike and says something else is not among those that differ."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "severity: urgent", "severity: stop")
    change(other, "haematology/anc-low.yaml", "repeat the count", "repeat it")
    report = compared(one.load(), other.load())
    rule = rule_of(report, "anc-low")
    assert rule.kind is Kind.ALIKE
    assert tuple(rule.told[0]) == ("severity", "urgent", "stop")
    assert [one.what for one in rule.told] == ["severity", "action"]
    assert report.told_otherwise == [rule]
    assert report.changed


def test_long_texts_are_told_by_what_changed_in_them() -> None:
    """A few words stand around it; short texts stand whole, and lists of names as what comes and goes."""
    words = [f"word{number}" for number in range(40)]
    was, now = " ".join(words), " ".join([*words[:20], "other", *words[21:]])
    around = "… word17 word18 word19 {} word21 word22 word23 …"
    assert rendering._told(Told("why", was, now)) == f"why: {around.format('word20')} → {around.format('other')}"
    assert rendering._told(Told("why", was, f"{was} end")) == "why: … word37 word38 word39 → … word37 word38 word39 end"
    assert rendering._told(Told("action", "", "Look.")) == "action: nothing → Look."
    assert rendering._told(Told("supersedes", "a, b", "b, c")) == "supersedes: no longer a; now c"


def test_what_the_guidance_says_is_told(pair: tuple[Workshop, Workshop]) -> None:
    """A statement that is put otherwise is told with every rule that cites it."""
    one, other = pair
    change(other, "sources/us-pi.yaml", "strength: must", "strength: should")
    assert [told.what for told in rule_of(compared(one.load(), other.load()), "anc-low").told] == ["US-PI-1: strength"]


def test_new_and_retired_rules(pair: tuple[Workshop, Workshop]) -> None:
    """A rule of one only, and one that is there and not in force."""
    one, other = pair
    other.rule("added", {"taking": "dexamethasone"})
    change(other, "haematology/anc-low.yaml", "status: active", "status: retired")
    report = compared(one.load(), other.load())
    assert rule_of(report, "added").kind is Kind.ONLY_B
    assert rule_of(report, "anc-low").kind is Kind.IN_FORCE_ONLY_A
    assert rule_of(report, "anc-low").reason == "the rule is retired"
    back = compared(other.load(), one.load())
    assert (rule_of(back, "added").kind, rule_of(back, "anc-low").kind) == (Kind.ONLY_A, Kind.IN_FORCE_ONLY_B)
    both = compared(other.load(), other.load())
    assert rule_of(both, "anc-low").kind is Kind.IN_FORCE_IN_NEITHER
    assert not both.changed


def test_a_rule_that_cannot_be_linked_is_not_alike(pair: tuple[Workshop, Workshop]) -> None:
    """A number without a value in one of the two is told, and nothing is compared."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "source: us-pi,", "source: elsewhere,")
    report = compared(one.load(), other.load())
    assert rule_of(report, "anc-low").kind is Kind.UNUSABLE
    assert "B: parameter `anc_low_below` has no value under profile us" in rule_of(report, "anc-low").reason


def test_a_new_word_of_the_vocabulary(pair: tuple[Workshop, Workshop]) -> None:
    """Where only patients whom A refuses show a difference, the rule differs and the refusal is told."""
    one, other = pair
    change(
        other,
        "vocabulary/observations.yaml",
        "results: [negative, positive, indeterminate]",
        "results: [negative, positive, indeterminate, faint]",
    )
    one.rule("written", {"result": "pregnancy_test", "in": ["positive"]})
    other.rule("written", {"result": "pregnancy_test", "in": ["positive", "faint"]})
    report = compared(one.load(), other.load())
    assert [told.what for told in report.vocabulary] == ["pregnancy_test: results"]
    witness = rule_of(report, "written").witness
    assert witness is not None
    assert (witness.a, witness.b) == ("refused", "applies")
    assert "faint" in witness.refusal
    shows(report, "written", one, other)


def test_what_the_vocabulary_means_otherwise_is_never_called_alike(pair: tuple[Workshop, Workshop]) -> None:
    """A condition that reads the same over grades that mean something else is undecided."""
    one, other = pair
    one.number("grave", "1", 3)
    other.number("grave", "1", 3)
    for workshop in pair:
        workshop.rule("written", {"grade": "rash", "at_least": "grave"})
    change(other, "vocabulary/events.yaml", "grades: [1, 2, 3, 4]", "grades: [1, 2, 3, 4, 5]")
    rule = rule_of(compared(one.load(), other.load()), "written")
    assert rule.kind is Kind.UNDECIDED
    assert "mean something else by rash" in rule.reason


def test_without_the_solver_a_known_patient_decides_or_nobody(pair: tuple[Workshop, Workshop]) -> None:
    """A worked example of the rule shows a difference; what none shows is undecided, never alike."""
    one, other = pair
    one.rule("written", {"taking": "dexamethasone"})
    other.rule("written", {"not": {"taking": "dexamethasone", "is": "no"}})
    change(other, "haematology/anc-low.yaml", "value: 750", "value: 700")
    report = compared(one.load(), other.load(), prove=False)
    assert rule_of(report, "anc-low").kind is Kind.DIFFERENT
    assert rule_of(report, "written").kind is Kind.UNDECIDED
    assert "pip install" in rule_of(report, "written").reason
    assert not report.proofs
    assert rule_of(compared(one.load(), other.load()), "written").kind is Kind.ALIKE


def test_out_of_time_is_undecided(pair: tuple[Workshop, Workshop], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the solver does not answer is never told as alike."""
    import z3

    one, other = pair
    one.rule("written", {"taking": "dexamethasone"})
    other.rule("written", {"condition": "multiple_myeloma"})
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    rule = rule_of(compared(one.load(), other.load()), "written")
    assert rule.kind is Kind.UNDECIDED
    assert "within the time limit" in rule.reason


# ---------------------------------------------------------------- witnesses


def test_nothing_can_be_left_out_of_a_smallest_patient() -> None:
    """What shows something is kept, in whatever depth; everything else goes."""
    written = {"as_of": "2026-03-10", "patient": {"label": "x", "age": 3}, "list": [{"a": 1, "b": 2}, {"a": 5}], "k": 1}
    smallest = fewest(written, lambda part: any(entry.get("b") == 2 for entry in part.get("list", ())))
    assert smallest == {"as_of": "2026-03-10", "patient": {"label": "x"}, "list": [{"b": 2}]}


# ---------------------------------------------------------------- patients


def state_of(**given: Any) -> PatientState:
    """Return a patient state of the small rule set."""
    recorded = facts(**given).model_dump(mode="json", exclude_none=True)
    return PatientState.model_validate(
        {"fictional": True, "profile": "us", **recorded, "patient": {"label": "Nobody", **recorded.get("patient", {})}}
    )


def test_checklists_move(pair: tuple[Workshop, Workshop]) -> None:
    """Items come, go, change their severity, and go to and from what cannot be told."""
    one, other = pair
    for name, a, b in (
        ("gained", {"taking": "dexamethasone", "is": "no"}, {"taking": "dexamethasone"}),
        ("lost", {"taking": "dexamethasone"}, {"taking": "dexamethasone", "is": "no"}),
        ("to-doubt", {"taking": "dexamethasone"}, {"condition": "multiple_myeloma"}),
        ("from-doubt", {"condition": "multiple_myeloma"}, {"taking": "dexamethasone"}),
    ):
        one.rule(name, a)
        other.rule(name, b)
    one.rule("graver", {"taking": "dexamethasone"}, severity="due")
    other.rule("graver", {"taking": "dexamethasone"}, severity="stop")
    state = state_of(medications=[{"drug": "dexamethasone"}])
    quiet = state_of(medications=[], conditions=[])
    report = compared(one.load(), other.load(), patients=[("moving", state), ("other", quiet)], prove=False)
    moving = {move.rule: move for move in report.patients[0].moves}
    assert {name: move.step for name, move in moving.items()} == {
        "gained": Step.GAINED,
        "lost": Step.LOST,
        "to-doubt": Step.TO_CANNOT_TELL,
        "from-doubt": Step.FROM_CANNOT_TELL,
        "graver": Step.SEVERITY,
    }
    assert (moving["graver"].severity_a, moving["graver"].severity_b) == ("due", "stop")
    assert (moving["gained"].a, moving["gained"].b) == ("does_not_apply", "applies")
    assert {step: report.moves(step) for step in Step}[Step.GAINED] == 2  # `lost` comes for the other patient


def test_an_item_that_becomes_covered_is_lost(pair: tuple[Workshop, Workshop]) -> None:
    """What a graver item makes redundant leaves the list, and the move says so."""
    one, other = pair
    for workshop, supersedes in ((one, []), (other, ["milder"])):
        workshop.rule("milder", {"taking": "dexamethasone"})
        workshop.rule("graver", {"taking": "dexamethasone"}, severity="stop", supersedes=supersedes)
    state = state_of(medications=[{"drug": "dexamethasone"}])
    (move,) = compared(one.load(), other.load(), patients=[("x", state)]).patients[0].moves
    assert (move.rule, move.step, move.a, move.b) == ("milder", Step.LOST, "applies", "covered")


def test_a_patient_whom_one_side_refuses_is_told(pair: tuple[Workshop, Workshop]) -> None:
    """No checklist is compared with none."""
    one, other = pair
    change(other, "vocabulary/conditions.yaml", "multiple_myeloma", "myeloma")
    state = state_of(conditions=[{"code": "multiple_myeloma"}])
    (patient,) = compared(one.load(), other.load(), patients=[("x", state)]).patients
    assert patient.refused_a == ""
    assert "multiple_myeloma" in patient.refused_b
    assert patient.moves == ()


# ---------------------------------------------------------------- profiles of one rule set


def test_profiles_of_one_rule_set(workshop: Workshop) -> None:
    """Rules whose sources are in force in one profile only, and numbers that differ."""
    workshop.write("profiles/eu.yaml", "profile: eu\ntitle: Europe\ndescription: Another.\nsources: [eu-pi, project]\n")
    source = (workshop.root / "sources" / "us-pi.yaml").read_text("utf-8")
    workshop.write("sources/eu-pi.yaml", source.replace("us-pi", "eu-pi").replace("US-PI-1", "EU-PI-1"))
    workshop.parameter("limit", "10*9/L", (1, "us-pi", "2000-01-01"), (2, "eu-pi", "2000-01-01"))
    both_cited = [{"statement": "US-PI-1"}, {"statement": "EU-PI-1"}]
    workshop.rule("shared", {"latest": "anc", "below": "limit"}, guidance=both_cited)
    workshop.rule("equal", {"taking": "dexamethasone"}, guidance=both_cited)
    rule_set = workshop.load()
    report = compared(rule_set, rule_set, ("us", "eu"))
    assert rule_of(report, "anc-low").kind is Kind.IN_FORCE_ONLY_A
    assert rule_of(report, "shared").kind is Kind.DIFFERENT
    assert rule_of(report, "equal").kind is Kind.ALIKE
    assert [told.what for told in rule_of(report, "equal").told] == ["guidance in force"]
    assert [number.name for number in report.numbers if not number.equal] == ["anc_low_below", "limit"]


def test_which_profiles_are_compared(workshop: Workshop) -> None:
    """A side without a profile takes the one asked for, or the other's; without any, what both have."""
    workshop.write("profiles/eu.yaml", "profile: eu\ntitle: Europe\ndescription: Another.\nsources: [project]\n")
    whole = meant(workshop.load())
    of_eu = replace(whole, profile="eu")
    assert profiles_of(whole, whole, None) == [("eu", "eu"), ("us", "us")]
    assert profiles_of(whole, whole, "us") == [("us", "us")]
    assert profiles_of(whole, of_eu, None) == [("eu", "eu")]
    assert profiles_of(whole, of_eu, "us") == [("us", "eu")]
    with pytest.raises(InputError, match="both name their profile"):
        profiles_of(of_eu, of_eu, "us")
    with pytest.raises(InputError, match="`uk` is not a profile"):
        profiles_of(whole, whole, "uk")


# ---------------------------------------------------------------- git


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., str]:
    """Return what runs git in a new repository in which the small rule set was committed twice, as `v1` and `v2`."""
    top = tmp_path / "repository"
    workshop = Workshop(top / "deep" / "rules")
    shutil.copytree(RULES.parent / "tests" / "bad" / "base", workshop.root)

    def git(*arguments: str) -> str:
        named = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *named, *arguments]
        done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    (top / ".gitattributes").write_text("*.yaml export-ignore\n", "utf-8")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    change(workshop, "haematology/anc-low.yaml", "value: 750", "value: 700")
    git("commit", "-qam", "two")
    git("tag", "v2")
    return git


def test_two_revisions(repository: Callable[..., str], tmp_path: Path) -> None:
    """Revisions are read as git keeps them, and neither the work tree nor the index is touched."""
    rules = tmp_path / "repository" / "deep" / "rules"
    (rules / "haematology" / "anc-low.yaml").write_text("not: even a rule\n", "utf-8")
    (rules / "haematology" / "untracked.yaml").write_text("nothing", "utf-8")
    before = repository("status", "--porcelain")
    done = CliRunner().invoke(cli, ["diff", "v1", "v2", "--rules", str(rules), "--format", "json"])
    assert done.exit_code == 0, done.output
    (report,) = json.loads(done.stdout)["reports"]
    assert [rule["kind"] for rule in report["rules"]] == ["different"]
    assert report["a"]["commit"] == repository("rev-parse", "v1")
    assert report["a"]["kind"] == "revision"
    assert repository("status", "--porcelain") == before


def test_a_revision_of_another_path_beside_a_folder(
    repository: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules that moved are named by the path that they had, and what a hook says of git is not heeded."""
    repository("mv", "deep/rules", "knowledge")
    repository("commit", "-qm", "moved")
    rules = tmp_path / "repository" / "knowledge"
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    sides = Sides(rules)
    with pytest.raises(InputError, match="holds no folder `knowledge`"):
        sides.meant("v1")
    old, new = sides.meant("v1:deep/rules"), sides.meant(str(rules))
    assert rule_of(compared(old.rule_set, new.rule_set), "anc-low").kind is Kind.DIFFERENT


def test_what_is_wrong_in_a_revision_is_told_by_its_name(repository: Callable[..., str], tmp_path: Path) -> None:
    """A place in a revision is no place in a folder that is gone."""
    rules = tmp_path / "repository" / "deep" / "rules"
    (rules / "haematology" / "anc-low.yaml").write_text("rule: anc-low\n", "utf-8")
    repository("commit", "-qam", "broken")
    with pytest.raises(InputError, match=r"HEAD: haematology/anc-low\.yaml:1:1"):
        Sides(rules).meant("HEAD")


def test_a_link_in_a_revision_is_refused(repository: Callable[..., str], tmp_path: Path) -> None:
    """What git keeps as a link is not left out in silence."""
    rules = tmp_path / "repository" / "deep" / "rules"
    (rules / "haematology" / "more.yaml").symlink_to("anc-low.yaml")
    repository("add", ".")
    repository("commit", "-qm", "link")
    with pytest.raises(InputError, match="is a link"):
        Sides(rules).meant("HEAD")


def test_a_word_that_means_two_things_is_refused(
    repository: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how to write each."""
    rules = tmp_path / "repository" / "deep" / "rules"
    repository("branch", "us")
    sides = Sides(rules)
    with pytest.raises(InputError) as refusal:
        sides.meant("us")
    assert "can be a git revision and a profile" in str(refusal.value)
    assert "write git:us or profile:us" in str(refusal.value)
    assert (sides.meant("git:us").kind, sides.meant("profile:us").kind) == ("revision", "profile")
    assert sides.meant("v1#us").profile == "us"
    monkeypatch.chdir(tmp_path / "repository")
    assert sides.meant("deep/rules#us").kind == "folder"
    with pytest.raises(InputError, match="write deep/rules"):
        sides.meant("deep")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("nowhere", "is neither a folder, nor a git revision, nor a profile; .* lies in no git repository"),
        ("folder:nowhere", "is not a folder"),
        ("git:nowhere", "is not a git revision"),
        ("git:--all", "is not a git revision"),
        ("profile:usa", "did you mean `us`"),
        ("profile:us#eu", "has no profile of its own"),
    ],
)
def test_what_means_nothing_is_refused(workshop: Workshop, said: str, message: str) -> None:
    """Every refusal says how to write a side."""
    with pytest.raises(InputError) as refusal:
        Sides(workshop.root).meant(said)
    assert re.search(message, str(refusal.value).replace("\n", " ")), str(refusal.value)


# ---------------------------------------------------------------- random pairs


@cache
def slips() -> dict[str, list[Any]]:
    """Return mistakes in conditions of the packaged rules, by what they stand in."""
    found: dict[str, list[Any]] = {}
    for mutant in mutants(packaged_rules(), "us"):
        if mutant.kind not in {kinds.SEVERITY, kinds.SUPERSESSION} and not mutant.numbers:
            found.setdefault(mutant.owner, []).append(mutant)
    return found


def slipped(rng: random.Random) -> RuleSet:
    """Return the packaged rules with one mistake each in some of their conditions."""
    rule_set = packaged_rules()
    for owner in rng.sample(sorted(slips()), 40):
        rule_set = rng.choice(slips()[owner]).applied(rule_set)
    return rule_set


@pytest.mark.untraced  # many turns through code that other tests measure
@pytest.mark.parametrize("seed", range(RANDOM_PAIRS))
def test_random_pairs(seed: int) -> None:
    """Every witness reproduces in a link of its own; rules called alike agree on thousands of random patients."""
    rng = random.Random(seed)
    one, other = packaged_rules(), slipped(rng)
    report = compared(one, other, seconds=5)
    links = [Links(rule_set) for rule_set in (one, other)]
    linked = [each.of("us", DAY) for each in links]
    nodes: list[dict[str, Node]] = [{rule.id: rule.when for rule in each.program.rules} for each in linked]
    different = report.of(Kind.DIFFERENT)
    assert len(different) > 10
    for rule in different:
        assert rule.witness is not None
        state = PatientState.model_validate(rule.witness.state)
        words: list[str] = []
        for each in links:
            own = each.of("us", state.as_of.day())
            answers = features.answer(own.program.features, state, own.lexicon)
            when = next(known.when for known in own.program.rules if known.id == rule.rule)
            words.append(reference.evaluate(when, answers).value)
        told = {"applies": "true", "does_not_apply": "false", "cannot_tell": "unknown"}
        assert words == [told[rule.witness.a], told[rule.witness.b]]
    alike = [rule.rule for rule in report.of(Kind.ALIKE)]
    assert len(alike) > 50
    proved = [name for name in alike if nodes[0][name] != nodes[1][name]]
    assert proved
    for patient in islice(mixed(rng), RANDOM_PATIENTS):
        answers_of = [features.Answers(each.program.features, patient, each.lexicon) for each in linked]
        for name in proved:
            verdicts = [reference.evaluate(each[name], a) for each, a in zip(nodes, answers_of, strict=True)]
            assert verdicts[0] is verdicts[1], (name, patient)


def rewritten(rng: random.Random, condition: Condition) -> Condition:
    """Return a condition that says the same in other words, whatever is known."""
    if isinstance(condition, (AllOf, AnyOf)):
        own, other = (AllOf, AnyOf) if isinstance(condition, AllOf) else (AnyOf, AllOf)
        parts = [rewritten(rng, part) for part in (condition.all if isinstance(condition, AllOf) else condition.any)]
        rng.shuffle(parts)
        if rng.random() < 0.3:
            parts.append(parts[0])
        if rng.random() < 0.3:
            parts.append(grouped(other, [parts[0], rng.choice(parts)]))
        if rng.random() < 0.3:
            return negated(grouped(other, [negated(part) for part in parts]))
        return grouped(own, parts)
    if isinstance(condition, NotThis):
        return negated(rewritten(rng, condition.not_))
    return negated(negated(condition)) if rng.random() < 0.2 else condition


def grouped(kind: type[AllOf | AnyOf], parts: list[Condition]) -> Condition:
    """Return parts under one `all` or `any`."""
    return AllOf.model_construct(all=tuple(parts)) if kind is AllOf else AnyOf.model_construct(any=tuple(parts))


def negated(condition: Condition) -> Condition:
    """Return the opposite of a condition."""
    return NotThis.model_construct(not_=condition)


def test_random_rewritings_are_proved_alike() -> None:
    """Every rule in other words, by laws that hold of three values, behaves alike; a solver says so."""
    rng = random.Random(7)
    one = packaged_rules()
    names = rng.sample(sorted(one.rules), len(one.rules) if LONG else 40)
    rules = {name: one.rules[name].model_copy(update={"when": rewritten(rng, one.rules[name].when)}) for name in names}
    report = compared(one, replace(one, rules={**one.rules, **rules}))
    assert {rule.kind for rule in report.rules} <= {Kind.ALIKE, Kind.IN_FORCE_IN_NEITHER}
    assert sum(rule.kind is Kind.ALIKE for rule in report.rules) > 20
    assert sum(rule.rests_on == BY_ANSWERS for rule in report.rules) > len(names) // 2


# ---------------------------------------------------------------- the command


def test_the_command_prints_writes_and_fails(pair: tuple[Workshop, Workshop], tmp_path: Path) -> None:
    """Text, JSON by its schema, a file for every witness that can be checked, and exit code 1 for automation."""
    one, other = pair
    change(other, "haematology/anc-low.yaml", "value: 750", "value: 700")
    patient = tmp_path / "patient.yaml"
    patient.write_text(
        "fictional: true\nprofile: us\nas_of: 2026-03-10\npatient: {label: Nobody}\ntreatment: {status: active}\n"
        "observations:\n  - {code: anc, value: 0.72, unit: 10*9/L, date: 2026-03-09}\n",
        "utf-8",
    )
    base = ["diff", str(one.root), str(other.root), str(patient), "--rules", str(one.root), "--as-of", "2026-03-10"]
    done = CliRunner().invoke(cli, [*base, "--witnesses", str(tmp_path / "shown"), "--fail-on-change"])
    assert done.exit_code == 1, done.output
    assert "anc_low_below: 750 /mm3 (us-pi, section 1) → 700 /mm3 (us-pi, section 1)" in done.output
    assert "A: applies, B: does not apply, for this patient of 5 facts:" in done.output
    assert "lost: anc-low: applies (urgent) → does not apply" in done.output
    (written,) = (tmp_path / "shown").iterdir()
    assert written.read_text("utf-8").startswith("# anc-low: applies in A, does not apply in B\n")
    assert yaml.safe_load(written.read_text("utf-8"))["fictional"] is True
    done = CliRunner().invoke(cli, [*base, "--format", "json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert mistakes(document, "comparison") == []
    assert document["reports"][0]["moves"]["lost"] == 1
    same = CliRunner().invoke(cli, ["diff", str(one.root), str(one.root), str(patient), "--fail-on-change"])
    assert same.exit_code == 0
    assert "no rule differs" in same.output
    unread = CliRunner().invoke(cli, [*base, "--as-of", "spring"])
    assert isinstance(unread.exception, InputError)


def test_the_packaged_rules_beside_themselves() -> None:
    """The example patients keep their checklists."""
    patients = [(name, loaded.state) for name, loaded in example_patients().items() if loaded.state is not None]
    report = compared(packaged_rules(), load_rules(RULES), patients=patients[:10])
    assert not report.changed
    assert len(report.patients) == 10
