"""What `verify` says is so: defects that are put into the rules are found, and shown by patients who are real to it."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from building import DAY, RULES, mistakes, packaged_rules
from test_relations import mixed
from thalsafety import features
from thalsafety.cli import cli
from thalsafety.engines import reference
from thalsafety.errors import InputError
from thalsafety.loading.rules import load_rules
from thalsafety.model.patient import PatientState
from thalsafety.program import Absent
from thalsafety.proving.ground import Ground
from thalsafety.proving.results import CHECKS, Report, Status
from thalsafety.proving.verifying import verify
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from pathlib import Path

    from thalsafety.proving.results import Claim

LONG = os.environ.get("THALSAFETY_TESTS") == "long"
PATIENTS = 200_000 if LONG else 2_000
QUICK = frozenset(CHECKS) - {"V012", "V013"}
"""Checks of one patient at a time; the two others compare patients and take longer."""


def change(root: Path, name: str, old: str, new: str) -> None:
    """Change the first place in a file where something stands."""
    path = next(path for path in root.glob(f"*/{name}.yaml") if path.parent.name != "cases")
    text = path.read_text("utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1), "utf-8")


def rewrite(root: Path, name: str, when: str) -> None:
    """Give a rule another condition."""
    path = next(path for path in root.glob(f"*/{name}.yaml") if path.parent.name != "cases")
    text = path.read_text("utf-8")
    path.write_text(
        re.sub(r"^when:\n.*?^recommend:", f"when:\n{when}recommend:", text, flags=re.DOTALL | re.MULTILINE), "utf-8"
    )


# ---------------------------------------------------------------- defects

DEFECTS: dict[str, tuple[tuple[str, str, str], tuple[str, str]]] = {
    "a stop made milder": (
        ("neuropathy-severe", "severity: stop", "severity: urgent"),
        ("V007", "neuropathy-severe"),
    ),
    "a lower number": (
        ("anc-low-on-treatment", "below: anc_reevaluate_below", "below: anc_grade_4_below"),
        ("V008", "low-neutrophils-on-treatment-covered"),
    ),
    "a boundary turned round": (
        ("platelets-life-threatening", "below: platelets_grade_4_below", "above: platelets_grade_4_below"),
        ("V010", "grade-4-platelets-stop-treatment"),
    ),
    "an urgent item made a duty": (
        ("haemoglobin-low", "severity: urgent", "severity: due"),
        ("V008", "low-haemoglobin-on-treatment-covered"),
    ),
    "a missing test that no longer counts": (
        (
            "pregnancy-test-overdue",
            "          above: pregnancy_test_interval_regular\n          or_missing: true",
            "          above: pregnancy_test_interval_regular",
        ),
        ("V010", "pregnancy-test-too-old-stops-treatment"),
    ),
    "an event that is not asked for": (
        ("febrile-neutropenia", "        - event_active: febrile_neutropenia\n", ""),
        ("V010", "febrile-neutropenia-stops-treatment"),
    ),
    "a dose within the limit": (
        ("dose-above-800", "above: dose_maximum", "below: dose_maximum"),
        ("V008", "dose-above-the-maximum-covered"),
    ),
    "no turned into yes": (
        ("not-enrolled-with-agreement", 'is: "no"', 'is: "yes"'),
        ("V010", "no-enrolment-stops-the-course"),
    ),
    "a severe reaction that only is due": (
        ("severe-reaction-now", "severity: stop", "severity: due"),
        ("V010", "severe-skin-reaction-stops-the-course"),
    ),
    "a clot that is urgent only": (
        ("clot-not-settled", "severity: stop", "severity: urgent"),
        ("V010", "new-clot-stops-the-course"),
    ),
    "a start with few neutrophils": (
        ("anc-too-low-to-start", "severity: stop", "severity: note"),
        ("V010", "low-neutrophils-stop-the-start"),
    ),
    "a circle": (
        ("pregnancy-test-due", "tests:\n", "supersedes:\n  - pregnancy-test-overdue\ntests:\n"),
        ("V006", "pregnancy-test-due"),
    ),
    "a milder rule on top": (
        ("thyroid-test-for-symptoms", "tests:\n", "supersedes:\n  - platelets-low\ntests:\n"),
        ("V007", "thyroid-test-for-symptoms"),
    ),
    "an antithrombotic beside a bleed": (
        ("bleeding-with-low-platelets", "  - antithrombotic-not-considered\n", ""),
        ("V005", "antithrombotic-not-considered"),
    ),
    "a restart beside a ban": (
        ("restart-with-rash", "  - counts-recovered-restart\n", ""),
        ("V005", "counts-recovered-restart"),
    ),
    "going on beside a stop": (
        ("neuropathy-moderate-on-treatment", "  - neuropathy-on-treatment\n", ""),
        ("V005", "neuropathy-on-treatment"),
    ),
    "an implied rule that is not superseded": (
        ("rash-grade-2-or-3-on-treatment", "supersedes:\n  - rash-not-cleared-on-treatment\n", ""),
        ("V004", "rash-grade-2-or-3-on-treatment"),
    ),
    "a rule for nobody": (
        (
            "heart-rate-due",
            "    - holds: in_course\n",
            "    - holds: in_course\n    - fact: treatment_status\n      is: planned\n",
        ),
        ("V001", "heart-rate-due"),
    ),
    "a rule for everybody": (
        (
            "driving-counselling-missing",
            "@",
            "  any:\n    - {fact: puberty, is: started, or_missing: true}\n    - not: {fact: puberty, is: started}\n",
        ),
        ("V002", "driving-counselling-missing"),
    ),
    "a line without effect": (
        (
            "glucose-not-checked",
            "        - taking: metformin\n",
            "        - taking: metformin\n    - fact: treatment_status\n      in: [active, interrupted, stopped]\n",
        ),
        ("V003", "endocrine-metabolic/glucose-not-checked.yaml"),
    ),
    "a maximum below what is tolerated": (
        ("dose-above-800", "value: 800", "value: 300"),
        ("V009", "dose_generally_tolerated_below"),
    ),
    "grades out of order": (
        ("blood-counts", "- value: 1.5", "- value: 0.9"),
        ("V009", "anc_grade_3_below"),
    ),
    "a restart with few neutrophils": (
        ("counts-recovered-restart", "at_least: anc_grade_3_below", "at_least: anc_min_to_start"),
        ("V011", "no-restart-with-low-counts"),
    ),
    "pregnancy tests for men": (
        ("pregnancy-test-due", "    - holds: can_become_pregnant\n", ""),
        ("V011", "no-pregnancy-test-for-men"),
    ),
    "a mild rash that nobody looks at": (
        ("rash-not-cleared-on-treatment", "severity: due", "severity: note"),
        ("V008", "every-rash-on-treatment-covered"),
    ),
    "something accepted in vain": (
        (
            "accepted",
            "accepted:\n",
            "accepted:\n  - {check: V005, of: [platelets-low, anc-low-on-treatment], reason: Nobody knows.}\n",
        ),
        ("V014", "platelets-low"),
    ),
}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the verification of a rule set with all defects at once; each is about something else."""
    root = tmp_path_factory.mktemp("seeded") / "rules"
    shutil.copytree(RULES, root)
    for (name, old, new), _expected in DEFECTS.values():
        if old == "@":
            rewrite(root, name, new)
        else:
            change(root, name, old, new)
    rule_set = load_rules(root)
    assert not rule_set.problems
    return verify(rule_set, "us", DAY, QUICK)


@pytest.fixture(scope="module")
def sound() -> Report:
    """Return the verification of the packaged rules."""
    return verify(packaged_rules(), "us", DAY, QUICK)


def refuted(report: Report, check: str, about: str) -> list[Claim]:
    """Return the findings of a check about something."""
    return [c for c in report.of(Status.REFUTED) if c.check == check and any(of.startswith(about) for of in c.of)]


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(seeded: Report, sound: Report, defect: str) -> None:
    """Every defect is a finding, and no finding without it."""
    check, about = DEFECTS[defect][1]
    assert refuted(seeded, check, about)
    assert not refuted(sound, check, about)


def test_the_packaged_rules_have_no_findings(sound: Report) -> None:
    """Whatever must hold of the rules does, or is meant with a reason."""
    assert [claim.text for claim in sound.of(Status.REFUTED)] == []
    assert len(sound.of(Status.PROVED)) > 1000


def test_counterexamples_are_accepted_and_show_what_they_claim(seeded: Report, tmp_path: Path) -> None:
    """Every patient who refutes an invariant is checked like any other, and no promised item is printed."""
    shown = [claim for claim in seeded.of(Status.REFUTED) if claim.states]
    assert len(shown) > 8
    for claim in shown:
        for state in claim.states:
            path = tmp_path / "state.json"
            path.write_text(json.dumps(state), "utf-8")
            done = CliRunner().invoke(cli, ["check", str(path), "--format", "json"])
            assert done.exit_code == 0, (claim.text, done.output)


# ---------------------------------------------------------------- checks that compare patients


def test_defects_between_patients_are_found(tmp_path: Path) -> None:
    """Counts that heal by falling, and an item that silence removes."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    for path in (root / "invariants").iterdir():
        path.unlink()
    (root / "invariants" / "worse.yaml").write_text(
        "worse:\n  - {worse: fewer-platelets, title: Fewer platelets, of: platelets, change: lower, down_to: stop}\n",
        "utf-8",
    )
    change(root, "platelets-life-threatening", "below: platelets_grade_4_below", "above: platelets_grade_4_below")
    silent = '  all:\n    - not:\n        event_active: fever\n        is: "no"\n        or_missing: true\n'
    change(root, "driving-counselling-missing", "  all:\n", silent)
    report = verify(load_rules(root), "us", DAY, frozenset({"V012", "V013"}))
    assert refuted(report, "V012", "fewer-platelets")
    assert refuted(report, "V013", "driving-counselling-missing")
    for claim in (*refuted(report, "V012", "fewer-platelets"), *refuted(report, "V013", "driving-counselling-missing")):
        assert len(claim.states) == 2
        assert all(PatientState.model_validate(state) for state in claim.states)


# ---------------------------------------------------------------- what is proved


def test_a_patient_is_written_with_upper_limits() -> None:
    """A rule that counts in upper limits of normal is shown by a record that carries them."""
    ground = Ground(packaged_rules(), "us", DAY)
    rule = "recorded-grade-below-liver-tests"
    search = ground.searcher.search([ground.side.truths[rule].true], [ground.nodes[rule]], ground.is_true(rule))
    assert any("upper_limit" in entry for state in search.states for entry in state["observations"])


def test_no_random_patient_refutes_what_is_proved(sound: Report) -> None:
    """Invariants said to be proved hold of thousands of records that nobody chose; most of them are met by some."""
    ground = Ground(packaged_rules(), "us", DAY)
    proved = {claim.of for claim in sound.of(Status.PROVED)}
    source = mixed(random.Random(2026))
    met = dict.fromkeys((stated.invariant.invariant for stated in ground.stated), 0)
    for _ in range(PATIENTS):
        answers = features.answer(ground.linked.program.features, next(source), ground.linked.lexicon)
        for stated in ground.stated:
            if reference.evaluate(stated.given, answers) is not TRUE:
                continue
            met[stated.invariant.invariant] += 1
            promise = stated.invariant.always
            if promise is not None and (stated.invariant.invariant,) in proved:
                rules = [r for r in ground.active.values() if not promise.topics or r.topic in promise.topics]
                verdicts = [
                    reference.evaluate(ground.nodes[n], answers) for n in ground.of_at_least(promise.severity, rules)
                ]
                assert any(v is TRUE or (promise.or_cannot_tell and v is not FALSE) for v in verdicts)
            for name in stated.invariant.never or ():
                assert reference.evaluate(ground.nodes[name], answers) is not TRUE
    assert sum(count > 0 for count in met.values()) > len(met) // 2


# ---------------------------------------------------------------- the command


def test_the_command_prints_claims_and_writes_patients(tmp_path: Path) -> None:
    """Findings, exit code 1, JSON with what was assumed, and a patient state that can be checked."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    change(root, "haemoglobin-low", "severity: urgent", "severity: due")
    base = ["verify", "--rules", str(root), "--profile", "us", "--as-of", "2026-03-10", "--only", "V008"]
    done = CliRunner().invoke(cli, [*base, "--witness", str(tmp_path / "shown")])
    assert done.exit_code == 1
    assert "blood-counts.yaml" in done.output
    assert "V008 not so: On treatment every haemoglobin" in done.output
    (state,) = (tmp_path / "shown").iterdir()
    checked = CliRunner().invoke(cli, ["check", str(state), "--rules", str(root)])
    assert checked.exit_code == 0, checked.output
    done = CliRunner().invoke(cli, [*base, "--format", "json"])
    assert mistakes(json.loads(done.output), "verification") == []
    report = json.loads(done.output)["reports"][0]
    assert "events_by_term" in report["assumed"]["relations"]
    assert [claim["status"] for claim in report["claims"]].count("refuted") == 1


def test_checks_are_listed_and_unknown_ones_refused() -> None:
    """`--list` prints every id; `--only` takes no other."""
    listed = CliRunner().invoke(cli, ["verify", "--list"])
    assert [line.split()[0] for line in listed.output.splitlines()] == list(CHECKS)
    done = CliRunner().invoke(cli, ["verify", "--only", "V999"])
    assert isinstance(done.exception, InputError)
    assert "V999" in str(done.exception)


def test_a_missing_solver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Z3 the command says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = CliRunner().invoke(cli, ["verify"])
    assert "pip install 'thalsafety[verify]'" in str(done.exception)


UNLINKABLE = """
invariants:
  - invariant: odd
    title: Odd
    guidance: [{statement: US-PI-5.8-03}]
    given: {holds: nothing_known}
    never: [platelets-low]
"""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("invariants:\n  - {invariant: odd}\n", "guidance"),
        ("opposing:\n  - {opposing: odd, why: Because., one: [nobody], other: [platelets-low]}\n", "`nobody` is not"),
        ("rising:\n  - {rising: [nothing, one], why: Because.}\n", "`nothing` is not a known parameter"),
        ("worse:\n  - {worse: odd, title: Odd, of: nowhere, change: lower}\n", "`nowhere` is not in the vocabulary"),
        (UNLINKABLE, "`nothing_known` is not a known definition"),
    ],
)
def test_mistakes_in_invariants_are_told_with_their_place(tmp_path: Path, written: str, message: str) -> None:
    """What cannot be used is refused with file, line and column."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    (root / "invariants" / "odd.yaml").write_text(written, "utf-8")
    rule_set = load_rules(root)
    problems = list(rule_set.problems)
    if not problems:
        with pytest.raises(InputError) as refusal:
            Ground(rule_set, "us", DAY)
        problems = list(refusal.value.problems)
    assert any(message in str(problem) and "odd.yaml:" in str(problem) for problem in problems), problems


def test_an_answer_nobody_gave_is_absent() -> None:
    """A worked example without a list leaves its questions absent, as the searches do."""
    ground = Ground(packaged_rules(), "us", DAY)
    assert any(isinstance(answer, Absent) for _written, answers in ground.known[:3] for answer in answers)
