"""What `verify` says is so: defects that are put into the rules are found, and shown by patients who are real to it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from building import DAY, RULES, mistakes, packaged_rules
from chance import LONG
from defects import DEFECTS
from thalsafety.cli import cli, proving
from thalsafety.errors import InputError
from thalsafety.loading.rules import load_rules
from thalsafety.model.invariant import Accepted, Invariants
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import Absent
from thalsafety.proving.ground import Ground
from thalsafety.proving.results import CHECKS, Report, Status
from thalsafety.proving.verifying import verify, verify_profiles
from thalsafety.rendering.verified import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from building import Workshop
    from thalsafety.loading.rules import RuleSet
    from thalsafety.proving.results import Claim

QUICK = frozenset(CHECKS) - {"V012", "V013"}
"""Checks of one patient at a time; the two others compare patients and take longer."""


def change(root: Path, name: str, old: str, new: str) -> None:
    """Change the first place in a file where something stands."""
    path = next(path for path in root.glob(f"*/{name}.yaml") if path.parent.name != "cases")
    text = path.read_text("utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1), "utf-8")


# ---------------------------------------------------------------- defects

SEEDED = {name: defect for name, defect in DEFECTS.items() if len(defect.found_by) == 2}
"""The mistakes of the table that `verify` is to find."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the rules with all defects at once; each is about something else."""
    root = tmp_path_factory.mktemp("seeded") / "rules"
    shutil.copytree(RULES, root)
    for defect in SEEDED.values():
        path = root / f"{defect.file}.yaml"
        path.write_text(defect.edited(path.read_text("utf-8")), "utf-8")
    return root


@pytest.fixture(scope="module")
def seeded(spoilt: Path, without_tracing: Callable[[], AbstractContextManager[None]]) -> Report:
    """Return the verification of the rules with all defects."""
    rule_set = load_rules(spoilt)
    assert not rule_set.problems
    with without_tracing():
        return verify(rule_set, "us", DAY, QUICK)


@pytest.fixture(scope="module")
def sound() -> Report:
    """Return the verification of the packaged rules; whole in long runs, as the gate makes it under every profile."""
    return verify(packaged_rules(), "us", DAY, QUICK if LONG else frozenset({"V001", "V002", "V006", "V007", "V009"}))


def refuted(report: Report, check: str, about: str) -> list[Claim]:
    """Return the findings of a check about something."""
    return [c for c in report.of(Status.REFUTED) if c.check == check and any(of.startswith(about) for of in c.of)]


@pytest.mark.parametrize("defect", SEEDED)
def test_a_defect_is_found(seeded: Report, sound: Report, defect: str) -> None:
    """Every defect is a finding, and no finding without it, as far as that was looked for."""
    check, about = SEEDED[defect].found_by
    assert refuted(seeded, check, about)
    assert not refuted(sound, check, about)


def test_the_packaged_rules_have_no_findings(sound: Report) -> None:
    """Whatever must hold of the rules does, or is meant with a reason."""
    assert [claim.text for claim in sound.of(Status.REFUTED)] == []
    assert len(sound.of(Status.PROVED)) > (1000 if LONG else 400)


# ---------------------------------------------------------------- counterexamples


def pages(claims: Iterable[Claim], rules: Path, folder: Path) -> Iterator[tuple[Claim, list[dict[str, str]]]]:
    """Yield claims with what `check` says of each patient state that `verify --witness` writes: verdicts by rule.

    Where a rule is covered, its verdict says so and not that it applies.
    """
    for number, claim in enumerate(claims):
        report = Report("us", DAY, "", 0, (claim._replace(accepted=""),), ())
        proving._write_states(folder / str(number), report)
        shown: list[dict[str, str]] = []
        for path in sorted((folder / str(number)).iterdir()):
            done = CliRunner().invoke(cli, ["check", str(path), "--format", "json", "--rules", str(rules)])
            assert done.exit_code in {0, 1}, (claim.text, done.output, done.exception)
            (check,) = json.loads(done.stdout)["checks"]
            assert check["engines"] == ["reference", "rete"]
            shown.append({one["rule"]: _verdict(one) for one in check["findings"]})
        yield claim, shown


def _verdict(finding: dict[str, Any]) -> str:
    return "covered" if finding.get("superseded_by") and finding["outcome"] == "applies" else str(finding["outcome"])


def graver(rule_set: RuleSet, severity: str, topics: Iterable[str] = ()) -> set[str]:
    """Return the active rules of a severity or graver, of some topics or of all."""
    least = SEVERITIES.index(severity)
    return {
        name
        for name, rule in rule_set.rules.items()
        if rule.status == "active"
        and SEVERITIES.index(rule.recommend.severity) <= least
        and (not topics or rule_set.topic_of[name] in topics)
    }


def reproduces(claim: Claim, shown: list[dict[str, str]], rule_set: RuleSet) -> bool:
    """Whether the pages of the patients show that a claim is not so, by what `check` prints and nothing else."""
    stated = {one.invariant: one for invariants, _ in rule_set.invariants for one in invariants.invariants}
    speaks = [{rule for rule, verdict in page.items() if verdict in {"applies", "covered"}} for page in shown]
    if claim.check == "V005":
        return all(shown[0][rule] == "applies" for rule in claim.of)
    if claim.check in {"V008", "V010"}:
        promise = stated[claim.of[0]].always
        assert promise is not None
        return not speaks[0] & graver(rule_set, promise.severity, promise.topics)
    if claim.check == "V011":
        return claim.of[1] in speaks[0]
    if claim.check == "V012":
        names = graver(rule_set, claim.of[1])
        return bool(speaks[0] & names) and not speaks[1] & names
    assert claim.check == "V013"
    return claim.of[0] in speaks[0] and shown[1][claim.of[0]] == "does_not_apply"


def test_written_counterexamples_reproduce(seeded: Report, spoilt: Path, tmp_path: Path) -> None:
    """Every patient who refutes something is written, read and checked like any other, and the page shows it."""
    shown = [claim for claim in seeded.of(Status.REFUTED) if claim.states]
    assert {claim.check for claim in shown} == {"V005", "V008", "V010", "V011"}
    rule_set = load_rules(spoilt)
    unlike = [claim.text for claim, found in pages(shown, spoilt, tmp_path) if not reproduces(claim, found, rule_set)]
    assert unlike == []


@pytest.mark.untraced  # many turns through code that other tests measure
def test_pages_of_sound_rules_do_not_reproduce(seeded: Report, tmp_path: Path) -> None:
    """The test above can fail: by the packaged rules none of these patients shows it, but for a lower maximum's one."""
    shown = [claim for claim in seeded.of(Status.REFUTED) if claim.states]
    rules = packaged_rules()
    still = {claim.of[0] for claim, found in pages(shown, RULES, tmp_path) if reproduces(claim, found, rules)}
    assert still <= {"dose-above-the-maximum-covered"}


# ---------------------------------------------------------------- checks that compare patients

WORSE: dict[str, tuple[str, str, str]] = {
    "fewer-platelets": (
        "haematology/platelets-life-threatening",
        "below: platelets_grade_4_below",
        "above: platelets_grade_4_below",
    ),
    "graver-neuropathy": (
        "neuropathy/neuropathy-severe",
        "      at_least: neuropathy_discontinue_from_grade",
        "      at_most: neuropathy_discontinue_from_grade",
    ),
    "higher-temperature": (
        "haematology/febrile-neutropenia",
        "              above: febrile_above",
        "              below: febrile_above",
    ),
    "graver-low-neutrophils": (
        "haematology/neutropenia-severe-or-persisting",
        "at_least: cytopenia_grade_life_threatening",
        "at_most: cytopenia_grade_severe",
    ),
    "dexamethasone-added": (
        "thromboembolism/clot-not-settled",
        "    - holds: clot_unsettled\n",
        '    - holds: clot_unsettled\n    - taking: dexamethasone\n      is: "no"\n      or_missing: true\n',
    ),
}
"""Defects that let a page grow milder as a patient grows worse: one for each kind of change but age."""
SILENT = '  all:\n    - not:\n        event_active: fever\n        is: "no"\n        or_missing: true\n'


def only_worse(rule_set: RuleSet, *names: str) -> RuleSet:
    """Return rules of which nothing is stated but some changes for the worse."""
    kept = [
        (Invariants(worse=tuple(worse for worse in invariants.worse if worse.worse in names)), document)
        for invariants, document in rule_set.invariants
    ]
    return replace(rule_set, invariants=kept)


@pytest.mark.untraced  # many turns through code that other tests measure
def test_a_page_that_grows_milder_is_found_and_reproduces(tmp_path: Path) -> None:
    """A lower value, a higher one, a graver event, a drug added: two records show each, and check tells them apart."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    for name, old, new in WORSE.values():
        path = root / f"{name}.yaml"
        text = path.read_text("utf-8")
        assert old in text, name
        path.write_text(text.replace(old, new, 1), "utf-8")
    rule_set = load_rules(root)
    assert not rule_set.problems
    found = verify(only_worse(rule_set, *WORSE), "us", DAY, frozenset({"V012"})).of(Status.REFUTED)
    assert sorted({claim.of[0] for claim in found}) == sorted(WORSE)
    for claim, shown in pages(found, root, tmp_path / "shown"):
        assert len(shown) == 2
        assert reproduces(claim, shown, rule_set), claim.text


def test_an_older_entry_is_told_apart(tmp_path: Path) -> None:
    """What the authors accept of an older pregnancy test is shown by two records like anything else."""
    rule_set = packaged_rules()
    found = verify(only_worse(rule_set, "older-pregnancy-test"), "us", DAY, frozenset({"V012"})).of(Status.REFUTED)
    assert [claim.of for claim in found] == [("older-pregnancy-test", "stop")]
    ((claim, shown),) = pages(found, RULES, tmp_path)
    assert reproduces(claim, shown, rule_set)


def test_a_patient_is_written_with_upper_limits() -> None:
    """A rule that counts in upper limits of normal is shown by a record that carries them."""
    ground = Ground(packaged_rules(), "us", DAY)
    rule = "recorded-grade-below-liver-tests"
    search = ground.searcher.search([ground.side.truths[rule].true], [ground.nodes[rule]], ground.is_true(rule))
    assert any("upper_limit" in entry for state in search.states for entry in state["observations"])


def test_silence_is_found_and_reproduces(tmp_path: Path) -> None:
    """An item that goes when information is taken away is shown by a record with it and one without."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    change(root, "driving-counselling-missing", "  all:\n", SILENT)
    rule_set = load_rules(root)
    few = replace(rule_set, rules={name: rule_set.rules[name] for name in ("driving-counselling-missing",)})
    few = replace(only_worse(few), invariants=[])
    found = verify(few, "us", DAY, frozenset({"V013"})).of(Status.REFUTED)
    ((claim, shown),) = pages(found, root, tmp_path / "shown")
    assert claim.of == ("driving-counselling-missing",)
    assert len(shown) == 2
    assert reproduces(claim, shown, rule_set)


# ---------------------------------------------------------------- every profile

CONTRACEPTION = {
    "abstinence-not-confirmed-this-month": (
        "    - using: effective_besides_vasectomy_eu ",
        "    - using: highly_effective_eu ",
    ),
    "second-method-not-hormonal": (
        "        - procedure: tubal_ligation\n",
        '        - not:\n            procedure: tubal_ligation\n            is: "no"\n            or_missing: true\n',
    ),
}
"""Ways in which rules of the European Union and Brazil would fall silent when something is taken away."""


@pytest.mark.untraced  # many turns through code that other tests measure
@pytest.mark.parametrize("profile", ["eu", "br"])
def test_silence_is_found_under_other_profiles(tmp_path: Path, profile: str) -> None:
    """A rule that treats a list nobody recorded as none is found there too; the packaged rules have no such item."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    for name, (old, new) in CONTRACEPTION.items():
        change(root, name, old, new)
    about: dict[str, set[str]] = {}
    for of, rule_set in (("spoilt", load_rules(root)), ("sound", packaged_rules())):
        assert not rule_set.problems
        asked = {name for name in rule_set.rules if rule_set.topic_of[name] == "contraception"}
        covered = {other for name in asked for other in rule_set.rules[name].supersedes}
        rules = {name: rule_set.rules[name] for name in sorted({*asked, *covered, "pregnancy-prevention-record"})}
        accepted = [
            (Invariants(accepted=tuple(known for known in invariants.accepted if known.check == "V013")), document)
            for invariants, document in rule_set.invariants
        ]
        report = verify(replace(rule_set, rules=rules, invariants=accepted), profile, DAY, frozenset({"V013"}))
        about[of] = {claim.of[0] for claim in report.of(Status.REFUTED) if claim.check == "V013"} & asked
        if of == "spoilt":
            assert about[of] == set(CONTRACEPTION) & set(report.names)
    assert about["sound"] == set()


@pytest.mark.untraced  # many turns through code that other tests measure
@pytest.mark.parametrize("profile", ["eu", "br"])
def test_a_line_that_matters_elsewhere_is_told_and_no_finding(profile: str) -> None:
    """Where numbers coincide or rules are not in force, a shared line is no finding, and the other profile is named."""
    report = verify(packaged_rules(), profile, DAY, frozenset({"V003"}))
    assert report.of(Status.REFUTED) == []
    assert report.elsewhere
    (other,) = {claim.elsewhere for claim in report.elsewhere}
    assert other != profile
    there = {claim.place: claim.status for claim in verify(packaged_rules(), other, DAY, frozenset({"V003"})).claims}
    assert {there[claim.place] for claim in report.elsewhere} == {Status.PROVED}


def test_a_line_that_matters_nowhere_is_a_finding(tmp_path: Path) -> None:
    """A shared rule is asked about under every other profile, and a line without effect under any stays a finding."""
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    old = "    - using: copper_iud\n"
    change(root, "copper-device-in-use", old, old + "    - not:\n        using: copper_iud\n        is: no\n")
    rule_set = load_rules(root)
    assert not rule_set.problems
    rules = {name: rule_set.rules[name] for name in ("copper-device-in-use",)}
    few = replace(rule_set, rules=rules, invariants=[])
    found = verify(few, "eu", DAY, frozenset({"V003"})).of(Status.REFUTED)
    assert ("contraception/copper-device-in-use.yaml", "using copper_iud") in {claim.of for claim in found}


def test_an_order_of_numbers_is_asked_for_where_its_guidance_is(tmp_path: Path) -> None:
    """The European Union has one interval for all; a shorter one later there, or two alike in the US, is found."""
    intervals = ("pregnancy_test_interval_irregular", "pregnancy_test_interval_regular")
    orders = frozenset({"V009"})
    sound = verify(packaged_rules(), "eu", DAY, orders)
    assert sound.of(Status.REFUTED) == []
    assert [one.because for one in sound.not_asked if one.of == intervals] == [
        "its sources (us-pi) are not in force under profile eu"
    ]
    root = tmp_path / "rules"
    shutil.copytree(RULES, root)
    path = root / "pregnancy-prevention" / "pregnancy-testing.yaml"
    before, after = path.read_text("utf-8").split("  pregnancy_test_interval_irregular:\n")
    after = after.replace("{value: 4,", "{value: 2,", 1).replace(
        "{value: 2, effective: 2023", "{value: 4, effective: 2023", 1
    )
    path.write_text(f"{before}  pregnancy_test_interval_irregular:\n{after}", "utf-8")
    rule_set = load_rules(root)
    first = ("pregnancy_test_interval_at_first", "pregnancy_test_interval_irregular")
    assert [claim.of for claim in verify(rule_set, "eu", DAY, orders).of(Status.REFUTED)] == [first]
    assert [claim.of for claim in verify(rule_set, "us", DAY, orders).of(Status.REFUTED)] == [intervals]


def test_what_is_not_in_force_is_listed_as_not_asked() -> None:
    """A promise that rests on documents of another place is no finding, and the report says why it was not asked."""
    report = verify(packaged_rules(), "eu", DAY, frozenset({"V008", "V010", "V011"}))
    assert report.of(Status.REFUTED) == []
    reasons = {one.of[0]: one.because for one in report.not_asked}
    assert "us-pi" in reasons["fever-with-severe-neutropenia-stops-treatment"]
    assert "seed-mds" in reasons["low-haemoglobin-on-treatment-covered"]
    stated = {one.invariant for invariants, _document in packaged_rules().invariants for one in invariants.invariants}
    assert {claim.of[0] for claim in report.claims} | reasons.keys() == stated
    assert not {claim.of[0] for claim in report.claims} & reasons.keys()
    assert any("not asked of low-haemoglobin" in line for line in lines([report], full=True))


def test_acceptance_is_in_vain_only_where_everybody_was_asked() -> None:
    """What is accepted under one profile is no finding of another that was verified alone; of the right one it is."""
    accepted = Accepted(check="V009", of=("one", "two"), reason="Nobody knows.")
    _invariants, document = packaged_rules().invariants[0]
    rule_set = replace(packaged_rules(), invariants=[(Invariants(accepted=(accepted,)), document)])
    check = frozenset({"V009"})
    assert verify(rule_set, "eu", DAY, check).of(Status.REFUTED) == []
    names = [name for name in rule_set.profile_names if "+" not in name]
    found = [claim for report in verify_profiles(rule_set, names, DAY, check) for claim in report.of(Status.REFUTED)]
    assert [(claim.check, claim.of) for claim in found] == [("V014", ("one", "two"))]


def test_processes_find_what_one_alone_does() -> None:
    """Checks shared out among processes give the same report, in the same order."""
    checks = frozenset({"V003", "V009", "V012", "V013"})
    (alone,) = verify_profiles(packaged_rules(), ["br"], DAY, checks)
    (shared,) = verify_profiles(packaged_rules(), ["br"], DAY, checks, jobs=2)
    told = [[(claim.check, claim.of, claim.status) for claim in report.claims] for report in (alone, shared)]
    assert told[0] == told[1]
    assert [alone.names, alone.not_asked] == [shared.names, shared.not_asked]


def test_the_solver_stops_by_its_own_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no patience nothing is proved, and nothing is called proved."""
    monkeypatch.setattr("thalsafety.proving.searching.PATIENCE", 1)
    report = verify(packaged_rules(), "br", DAY, frozenset({"V012"}))
    assert {claim.status for claim in report.claims if claim.check == "V012"} == {Status.OPEN}


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
    guidance: [{statement: US-PI-1}]
    given: {holds: nothing_known}
    never: [anc-low]
"""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("invariants:\n  - {invariant: odd}\n", "guidance"),
        ("opposing:\n  - {opposing: odd, why: Because., one: [nobody], other: [anc-low]}\n", "`nobody` is not"),
        ("rising:\n  - {rising: [nothing, one], why: Because.}\n", "`nothing` is not a known parameter"),
        ("worse:\n  - {worse: odd, title: Odd, of: nowhere, change: lower}\n", "`nowhere` is not in the vocabulary"),
        (UNLINKABLE, "`nothing_known` is not a known definition"),
    ],
)
def test_mistakes_in_invariants_are_told_with_their_place(workshop: Workshop, written: str, message: str) -> None:
    """What cannot be used is refused with file, line and column."""
    workshop.write("invariants/odd.yaml", written)
    rule_set = load_rules(workshop.root)
    problems = list(rule_set.problems)
    if not problems:
        with pytest.raises(InputError) as refusal:
            Ground(rule_set, "us", DAY)
        problems = list(refusal.value.problems)
    assert any(message in str(problem) and "odd.yaml:" in str(problem) for problem in problems), problems


def test_an_answer_nobody_gave_is_absent() -> None:
    """A worked example without a list leaves its questions absent, as the searches do."""
    ground = Ground(packaged_rules(), "us", DAY)
    rule = "anc-low-on-treatment"
    asked = [feature.index for feature in ground.asked[rule]]
    assert any(isinstance(answers[index], Absent) for answers in ground.known[rule] for index in asked)
