"""Mutation of rules: which mistakes are made, which tests notice, what is proved, what a score is, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from building import ROOT, Workshop, packaged_rules
from thalsafety.cli import cli
from thalsafety.errors import EngineError, InputError
from thalsafety.model.patient import PatientState
from thalsafety.mutating import kinds
from thalsafety.mutating.mutants import Mutant, mutants
from thalsafety.mutating.promises import Promises
from thalsafety.mutating.results import Score
from thalsafety.mutating.running import Run
from thalsafety.program import All, Compare, Comparison, Feature, Not
from thalsafety.program import Any as AnyOf
from thalsafety.rendering import mutated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thalsafety.mutating.results import Fate, Report

ACTIVE = {"fact": "treatment_status", "is": "active"}
LOW = {"latest": "anc", "below": "anc_low"}
GIVEN: dict[str, Any] = {"as_of": "2026-03-10", "treatment": {"status": "active"}}


def numbered(workshop: Workshop) -> Workshop:
    """Return a workshop with numbers of several units, and without its own rule."""
    (workshop.root / "haematology" / "anc-low.yaml").unlink()
    workshop.number("anc_low", "10*9/L", "0.75")
    workshop.number("week", "d", "7")
    workshop.number("month", "d", "28")
    workshop.number("grade_2", "1", "2")
    workshop.number("one_wk", "wk", "1")
    return workshop


def slips(workshop: Workshop, when: object, **more: object) -> list[tuple[str, str]]:
    """Return the mistakes in a rule with one condition: kind and words."""
    numbered(workshop).rule("wrong", when, tests=[], **more)
    return [(mutant.kind, mutant.words) for mutant in mutants(workshop.load(), "us", ["wrong"])]


def of_kind(found: list[tuple[str, str]], kind: str) -> list[str]:
    """Return the words of the mistakes of one kind."""
    return [words for known, words in found if known == kind]


# ---------------------------------------------------------------- which mistakes are made


def test_comparisons_numbers_units(workshop: Workshop) -> None:
    """A comparison takes in its number or is turned; the number goes a step up and down, or to other units."""
    found = slips(workshop, LOW)
    assert of_kind(found, kinds.COMPARISON) == [
        "`latest: anc`: `below` became `at_most`",
        "`latest: anc`: `below` became `at_least`",
    ]
    assert of_kind(found, kinds.NUMBER) == [
        "`latest: anc`: anc_low 0.76 instead of 0.75 10*9/L",
        "`latest: anc`: anc_low 0.74 instead of 0.75 10*9/L",
    ]
    assert of_kind(found, kinds.UNIT) == ["`latest: anc`: anc_low read in /mm3 instead of 10*9/L"]


def test_durations_are_numbers(workshop: Workshop) -> None:
    """The duration of a window goes a step up and down too, and the window may be left out."""
    found = slips(workshop, {**LOW, "no_older_than": "week"})
    assert "`latest: anc`: week 8 instead of 7 d" in of_kind(found, kinds.NUMBER)
    assert of_kind(found, kinds.WINDOW) == ["`latest: anc` without `no_older_than`"]


def test_clauses(workshop: Workshop) -> None:
    """Clauses are dropped, negated and joined otherwise; the only clause stays."""
    found = slips(workshop, {"all": [ACTIVE, {"any": [LOW]}, {"not": {"holds": "on_treatment"}}]})
    assert of_kind(found, kinds.CLAUSE) == [
        "clause dropped: `fact: treatment_status`",
        "clause dropped: `any` of 1 clauses",
        "clause dropped: `not` `holds: on_treatment`",
    ]
    assert of_kind(found, kinds.JOINT) == ["`all` became `any`"]
    assert of_kind(found, kinds.NEGATED) == [
        "`fact: treatment_status` negated",
        "`any` of 1 clauses negated",
        "`not` dropped before `holds: on_treatment`",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LOW, ["`latest: anc` became `lowest: anc`", "`latest: anc` became `highest: anc`"]),
        ({"event_active": "rash"}, ["`event_active: rash` became `event_ever: rash`"]),
        ({"event_ever": "rash"}, ["`event_ever: rash` became `event_active: rash`"]),
        ({"days_since": "treatment_start", "below": "week"}, ["`days_since: treatment_start` became `days_until: "]),
        ({"grade": "rash", "at_least": "grade_2"}, ["`grade: rash` became `worst_grade: rash`"]),
        ({"dose": "first", "at_least": "grade_2"}, ["`dose: first` became `dose: current`"]),
        ({"paused_for": "reason_rash", "which": "current"}, ["`paused_for: reason_rash`: the earlier pause"]),
    ],
)
def test_questions(workshop: Workshop, line: object, words: list[str]) -> None:
    """A question becomes another one that takes the same subject."""
    found = of_kind(slips(workshop, line), kinds.QUESTION)
    assert len(found) == len(words)
    assert all(text.startswith(wanted) for text, wanted in zip(found, words, strict=True))


def test_narrowings(workshop: Workshop) -> None:
    """`suspected`, a result and a window can be forgotten; a window counted back goes with its ends."""
    assert of_kind(slips(workshop, {"event_active": "rash", "suspected": True}), kinds.WINDOW) == [
        "`event_active: rash` without `suspected`"
    ]
    line = {"on_file": "anc", "before": "treatment_start", "from": "month", "to": "week"}
    workshop.number("month", "d", "28")
    workshop.rule("wrong", line, tests=[])
    found = [(one.kind, one.words) for one in mutants(workshop.load(), "us", ["wrong"])]
    assert of_kind(found, kinds.WINDOW) == [
        "`on_file: anc` without `before`",
        "`on_file: anc` without `from`",
        "`on_file: anc` without `to`",
    ]


def test_words_and_lacks(workshop: Workshop) -> None:
    """Yes becomes no, words go one by one, and `or_missing` comes or goes."""
    found = slips(
        workshop, {"all": [{"event_active": "rash"}, {"fact": "treatment_status", "in": ["active", "planned"]}]}
    )
    assert of_kind(found, kinds.WORDS) == [
        "`event_active: rash` asks for no, not yes",
        "`fact: treatment_status` without `active`",
        "`fact: treatment_status` without `planned`",
    ]
    assert of_kind(found, kinds.LACK) == [
        "`or_missing` added to `event_active: rash`",
        "`or_missing` added to `fact: treatment_status`",
    ]
    workshop.rule("wrong", {"event_active": "rash", "or_missing": True}, tests=[])
    again = [(one.kind, one.words) for one in mutants(workshop.load(), "us", ["wrong"])]
    assert of_kind(again, kinds.LACK) == ["`or_missing` dropped from `event_active: rash`"]


def test_a_turn_that_may_be_late(workshop: Workshop) -> None:
    """`or_overdue` is put in and left out as `or_missing` is."""
    schedule(workshop)
    workshop.rule("wrong", {"due": "counts", "or_overdue": True}, tests=[])
    found = [(one.kind, one.words) for one in mutants(workshop.load(), "us", ["wrong"])]
    assert of_kind(found, kinds.LACK) == [
        "`or_overdue` dropped from `due: counts`",
        "`or_missing` added to `due: counts`",
    ]
    assert of_kind(found, kinds.QUESTION) == ["`due: counts` became `overdue: counts`"]


def test_severities_and_supersessions(workshop: Workshop) -> None:
    """A severity goes one up and one down as far as there are any; each supersession is left out."""
    numbered(workshop).rule("covered", ACTIVE, tests=[], severity="note")
    workshop.rule("wrong", ACTIVE, tests=[], severity="stop", supersedes=["covered"])
    found = [(one.kind, one.words) for one in mutants(workshop.load(), "us", ["wrong"])]
    assert of_kind(found, kinds.SEVERITY) == ["severity urgent instead of stop, one milder"]
    assert of_kind(found, kinds.SUPERSESSION) == ["does not supersede covered"]


def schedule(workshop: Workshop) -> None:
    """Write a schedule with two phases, and the rule that asks for its turns."""
    numbered(workshop).number("grace", "d", "3")
    data = {
        "schedule": "counts",
        "title": "Counts",
        "task": "anc",
        "opens_before": "grace",
        "grace": "grace",
        "phases": [
            {"name": "with rash", "when": {"event_active": "rash"}, "every": "one_wk"},
            {"name": "others", "every": "month"},
        ],
    }
    workshop.write("haematology/counts.yaml", json.dumps(data))
    workshop.rule("wrong", {"all": [ACTIVE, {"overdue": "counts"}]}, tests=[])


def test_schedules(workshop: Workshop) -> None:
    """Opening, grace and intervals go a step, phases change places, and `overdue` becomes `due`."""
    schedule(workshop)
    found = [(one.kind, one.owner, one.words) for one in mutants(workshop.load(), "us")]
    of_schedule = [words for kind, owner, words in found if owner == "counts" and kind == kinds.SCHEDULE]
    assert of_schedule == [
        "`schedule: counts`: grace 4 instead of 3 d",
        "`schedule: counts`: grace 2 instead of 3 d",
        "`schedule: counts`: grace 4 instead of 3 d",
        "`schedule: counts`: grace 2 instead of 3 d",
        "`name: with rash`: one_wk 2 instead of 1 wk",
        "`name: with rash`: one_wk 0 instead of 1 wk",
        "phase “others” before “with rash”",
        "`name: others`: month 29 instead of 28 d",
        "`name: others`: month 27 instead of 28 d",
    ]
    assert (kinds.QUESTION, "wrong", "`overdue: counts` became `due: counts`") in found
    assert (kinds.WORDS, "counts", "`event_active: rash` asks for no, not yes") in found


def test_places() -> None:
    """A mutant names the file and line of what was changed."""
    found = [one for one in mutants(packaged_rules(), "us", ["anc-low-on-treatment"]) if one.kind == kinds.COMPARISON]
    assert {one.place.line for one in found} == {30}
    assert {one.place.file for one in found} == {str(ROOT / "rules/haematology/anc-low-on-treatment.yaml")}


def test_no_mutant_twice() -> None:
    """No two mutants of one rule are written alike, and none is the rule itself."""
    rule_set = packaged_rules()
    found = list(mutants(rule_set, "us", ["anc-low-on-treatment", "on_treatment"]))
    written = Counter(repr(one.written) for one in found)
    assert set(written.values()) == {1}
    assert repr(rule_set.rules["anc-low-on-treatment"]) not in written


# ---------------------------------------------------------------- which tests notice


def example(name: str, expect: str, anc: str | None = None, **more: object) -> dict[str, object]:
    """Return a worked example on treatment, with a count where one is given."""
    given = dict(GIVEN)
    if anc is not None:
        given["observations"] = [{"code": "anc", "value": anc, "unit": "10*9/L", "date": "2026-03-09"}]
    return {"name": name, "given": given, "expect": expect, **more}


BOTH_SIDES = (
    example("under", "applies", "0.74"),
    example("on", "does_not_apply", "0.75"),
    example("none", "cannot_tell"),
)


def ran(workshop: Workshop, *patients: dict[str, Any], seek: bool = False, prove: bool = False) -> Report:
    """Return the run over a workshop's rules, and patients by what they record and expect."""
    envelope = {"fictional": True, "profile": "us", "patient": {"label": "Fictional patient T"}}
    states = [
        (f"patient {place}", PatientState.model_validate({**GIVEN, **envelope, **state}))
        for place, state in enumerate(patients)
    ]
    run = Run(Promises(workshop.load(), "us", states), prove=prove, seek=seek)
    assert run.trial.failing() == []
    return run.report(run.parts(1))


def fates(report: Report, kind: str) -> Iterator[Fate]:
    """Return the fates of the mutants of one kind."""
    return (fate for fate in report.fates if fate.mutant.kind == kind)


def test_killed_and_surviving(workshop: Workshop) -> None:
    """With examples on both sides of a number the comparisons are noticed; a window that none stands beside is not."""
    numbered(workshop).rule("low", {**LOW, "no_older_than": "week"}, tests=BOTH_SIDES)
    report = ran(workshop, seek=True)
    told = {fate.mutant.words: fate.killed_by for fate in report.fates}
    assert told["`latest: anc`: `below` became `at_most`"] == "low::on"
    assert told["`latest: anc`: `below` became `at_least`"] == "low::under"
    assert told["`latest: anc`: anc_low 0.76 instead of 0.75 10*9/L"] == "low::on"
    assert told["`or_missing` added to `latest: anc`"] == "low::none"
    assert told["`latest: anc`: week 8 instead of 7 d"] == ""


def test_a_survivor_has_a_scenario(workshop: Workshop) -> None:
    """The state that would notice a survivor is named by what was changed, and does tell the two apart."""
    numbered(workshop).rule("low", {**LOW, "no_older_than": "week"}, tests=BOTH_SIDES)
    report = ran(workshop, seek=True)
    fate = next(fate for fate in report.survivors if fate.mutant.words == "`latest: anc`: week 8 instead of 7 d")
    assert fate.scenario is not None
    assert fate.scenario.state["observations"][0]["date"] == "2026-03-02"
    assert {fate.scenario.was, fate.scenario.becomes} > {"cannot_tell"}
    assert fate.scenario.changed == ("observations date 2026-03-02",)


def test_no_scenario_of_another_age(workshop: Workshop) -> None:
    """A lowest value of all time is told from the latest by a second value, not by one of a hundred years ago."""
    numbered(workshop).rule("low", LOW, tests=[*BOTH_SIDES, example("far", "does_not_apply", "2")])
    report = ran(workshop, seek=True)
    states = [fate.scenario.state for fate in report.survivors if fate.scenario]
    assert len(states) > 2
    assert {one["date"][:2] for state in states for one in state.get("observations", [])} == {"20"}


def test_fewer_tests_lower_the_score(workshop: Workshop) -> None:
    """A rule whose tests are removed notices nothing any more."""
    numbered(workshop).rule("low", LOW, tests=BOTH_SIDES)
    whole = ran(workshop).score
    workshop.rule("low", LOW, tests=BOTH_SIDES[:1])
    less = ran(workshop).score
    workshop.rule("low", LOW, tests=[])
    none = ran(workshop).score
    assert whole.killed > less.killed > none.killed == 0
    assert whole.mutants == less.mutants == none.mutants


def test_a_definition_is_noticed_through_a_rule(workshop: Workshop) -> None:
    """A mistake in a definition is noticed by the examples of the rules that use it."""
    numbered(workshop).rule("on", {"holds": "on_treatment"}, tests=[example("on", "applies")])
    report = ran(workshop)
    of_definition = [fate for fate in report.fates if fate.mutant.what == "definition"]
    assert {fate.mutant.words: fate.killed_by for fate in of_definition} == {
        "`fact: treatment_status` negated": "on::on",
        "`or_missing` added to `fact: treatment_status`": "",
    }


def test_example_patients_notice(workshop: Workshop) -> None:
    """What a patient expects notices other verdicts."""
    numbered(workshop).rule("on", {"holds": "on_treatment"}, tests=[])
    assert not any(fate.killed_by for fate in ran(workshop).fates)
    for expect in ({"applies": ["on"]}, {"items": {"on": "due"}}):
        report = ran(workshop, {"expect": expect})
        negated = next(fates(report, kinds.NEGATED))
        assert negated.killed_by == "patient 0"


@pytest.mark.parametrize(
    ("expect", "noticed"),
    [
        ({"applies": ["on"]}, set()),
        ({"worst": "due"}, {"severity urgent instead of due, one graver"}),
        (
            {"items": {"on": "due"}},
            {"severity urgent instead of due, one graver", "severity note instead of due, one milder"}
            | {"does not supersede other"},
        ),
        ({"covered": {"other": ["on"]}}, {"does not supersede other"}),
    ],
)
def test_severities_are_noticed(workshop: Workshop, expect: dict[str, Any], noticed: set[str]) -> None:
    """Severities and supersessions are noticed by what a patient expects of the page."""
    numbered(workshop).rule("other", ACTIVE, tests=[], severity="note")
    workshop.rule("on", ACTIVE, tests=[], supersedes=["other"])
    report = ran(workshop, {"expect": expect})
    found = {fate.mutant.words for fate in report.fates if fate.killed_by and fate.mutant.owner == "on"}
    assert {words for words in found if "severity" in words or "supersede" in words} == noticed


def test_worked_examples_notice_the_item(workshop: Workshop) -> None:
    """A worked example may say how severe the item is, and what it covers."""
    numbered(workshop).rule("other", ACTIVE, tests=[], severity="note")
    tests = [example("on", "applies", severity="due", covers=["other"])]
    workshop.rule("on", ACTIVE, tests=tests, supersedes=["other"])
    report = ran(workshop)
    of_pages = [*fates(report, kinds.SEVERITY), *fates(report, kinds.SUPERSESSION)]
    told = {fate.mutant.words: fate.killed_by for fate in of_pages if fate.mutant.owner == "on"}
    assert set(told.values()) == {"on::on"}
    negated = next(fate for fate in fates(report, kinds.NEGATED) if fate.mutant.owner == "other")
    assert negated.killed_by == "on::on"


def test_a_page_has_a_scenario(workshop: Workshop) -> None:
    """A severity or supersession that nothing notices comes with an example in which a page would show it."""
    numbered(workshop).rule("other", ACTIVE, tests=[], severity="note")
    workshop.rule("on", ACTIVE, tests=[example("on", "applies")], supersedes=["other"])
    report = ran(workshop, seek=True)
    scenarios = {f.mutant.words: f.scenario for f in report.survivors if f.mutant.owner == "on"}
    covers = scenarios["does not supersede other"]
    severe = scenarios["severity note instead of due, one milder"]
    assert covers is not None
    assert (covers.base, covers.was, covers.becomes) == ("on", "covers other", "other stays open")
    assert severe is not None
    assert (severe.was, severe.becomes) == ("due", "note")


# ---------------------------------------------------------------- what is proved


def test_equivalent_by_proof(workshop: Workshop) -> None:
    """A mistake without effect is proved to be one, and told with what the proof rests on."""
    when = {"any": [{"event_active": "rash"}, {"all": [{"event_active": "rash"}, LOW]}]}
    workshop = numbered(workshop)
    workshop.rule("twice", when, tests=[])
    report = ran(workshop, prove=True)
    proved = {fate.mutant.words: fate.equivalent for fate in report.equivalent}
    basis = "whatever the answers, within their bounds"
    assert proved["clause dropped: `all` of 2 clauses"] == basis
    assert proved["`latest: anc`: `below` became `at_most`"] == basis
    assert "clause dropped: `event_active: rash`" not in proved
    assert report.score.countable == len(report.fates) - len(report.equivalent)


def test_whole_numbers(workshop: Workshop) -> None:
    """A grade above 1 is one of at least 2: proved by what grades can be."""
    numbered(workshop).number("between", "1", "1.5")
    workshop.rule("graded", {"grade": "rash", "above": "between"}, tests=[])
    proved = {fate.mutant.words for fate in ran(workshop, prove=True).equivalent}
    assert "`grade: rash`: `above` became `at_least`" in proved


def test_idle_supersessions(workshop: Workshop) -> None:
    """A supersession by a milder rule, or of a rule that never is open beside, is proved to do nothing."""
    numbered(workshop).rule("graver", ACTIVE, tests=[], severity="urgent")
    workshop.rule("apart", {"not": ACTIVE}, tests=[], severity="note")
    workshop.rule("same", ACTIVE, tests=[], severity="note")
    workshop.rule("on", ACTIVE, tests=[example("on", "applies")], supersedes=["graver", "apart", "same"])
    report = ran(workshop, prove=True)
    proved = {fate.mutant.words: fate.equivalent for fate in report.equivalent if fate.mutant.owner == "on"}
    assert proved["does not supersede graver"] == "a milder rule covers nothing"
    assert proved["does not supersede apart"].startswith("never open while the other applies")
    assert "does not supersede same" not in proved


def test_a_proof_begins_with_the_smallest_part() -> None:
    """Of two conditions the parts that differ are told, down to the line; more than one such part ends it."""
    from thalsafety.mutating.proofs import _differing_parts

    yes, no, open_ = (Compare(Feature("trait", word), Comparison.IN, frozenset({"yes"})) for word in "abc")
    was, now = All((yes, Not(AnyOf((no, open_))))), All((yes, Not(AnyOf((no, yes)))))
    assert [pair[0] for pair in _differing_parts(was, now)] == [
        was,
        Not(AnyOf((no, open_))),
        AnyOf((no, open_)),
        open_,
    ]
    other = All((no, Not(AnyOf((no, yes)))))
    assert list(_differing_parts(was, other)) == [(was, other)]
    assert list(_differing_parts(was, All((yes,)))) == [(was, All((yes,)))]


def test_nothing_to_miss_in_a_list_that_was_kept(workshop: Workshop) -> None:
    """A count has an answer where the list was kept, which the line beside it needs anyway."""
    workshop = numbered(workshop)
    counted = {"count": "rash", "at_least": "grade_2"}
    workshop.rule("over", {"all": [{"event_active": "rash", "is": "no"}, counted]}, tests=[])
    workshop.rule("counted", counted, tests=[])
    report = ran(workshop, prove=True)
    wanted = "`or_missing` added to `count: rash`"
    told = {fate.mutant.owner: bool(fate.equivalent) for fate in report.fates if fate.mutant.words == wanted}
    assert told == {"over": True, "counted": False}


def test_without_proofs_survivors_are_listed(workshop: Workshop) -> None:
    """Without the solver everything that survives is told as surviving, and that proofs are lacking."""
    numbered(workshop).rule("twice", {"any": [ACTIVE, {"all": [ACTIVE, LOW]}]}, tests=[])
    report = ran(workshop)
    assert report.equivalent == []
    assert "Z3 is not installed" in mutated.text(report, survivors=False)


@pytest.mark.untraced  # many turns through code that other tests measure
def test_no_proof_against_a_test() -> None:
    """Nothing that a test notices is ever proved to change nothing: a proof and a record cannot both be right."""
    from thalsafety.mutating.proofs import Prover

    run = Run(Promises(packaged_rules(), "us", ()), _A_FEW_RULES, prove=False, seek=False)
    prover = Prover(run.trial)
    noticed = [one for group in run.groups for one in group if run.trial.tried(one).killed_by]
    assert len(noticed) > 100
    assert [one.words for one in noticed if prover.equivalent(one)] == []


_A_FEW_RULES = ("anc-low-on-treatment", "blood-donation-planned-in-risk-period", "rising-blasts", "pregnancy-test-due")


# ---------------------------------------------------------------- scores


@pytest.mark.parametrize(
    ("killed", "mutants_", "equivalent", "shown", "under_95"),
    [
        (19, 20, 0, "95.0 %", False),
        (9499, 10000, 0, "94.9 %", True),
        (9999, 10000, 0, "99.9 %", False),
        (19, 30, 10, "95.0 %", False),
        (0, 3, 3, "100.0 %", False),
    ],
)
def test_shares(killed: int, mutants_: int, equivalent: int, shown: str, under_95: bool) -> None:  # noqa: FBT001  a row of a table
    """A share is exact and never rounded up; what cannot be noticed is not counted."""
    score = Score("all", killed, mutants_, equivalent)
    assert mutated.percent(score) == shown
    assert score.under(95) is under_95


# ---------------------------------------------------------------- the command


def called(workshop: Workshop, *words: str) -> Any:
    """Return the result of the command over a workshop's rules, without example patients but an empty folder."""
    (workshop.root.parent / "none").mkdir(exist_ok=True)
    (workshop.root.parent / "none" / "one.yaml").write_text(
        "{fictional: true, profile: us, as_of: 2026-03-10, patient: {label: Fictional patient T}}", "utf-8"
    )
    arguments = ["mutate", str(workshop.root.parent / "none"), "--rules", str(workshop.root), *words]
    return CliRunner().invoke(cli, arguments)


def test_command(workshop: Workshop) -> None:
    """The command prints the score by kind and topic, and lists survivors when asked."""
    result = called(workshop, "--survivors", "--jobs", "1")
    assert result.exit_code == 0
    assert "Mutation under profile us: " in result.output
    assert "BY TOPIC" in result.output
    assert "haematology/anc-low.yaml:" in result.output


def test_json_has_the_state(workshop: Workshop) -> None:
    """JSON tells every mutant with its place and fate, and the state of each scenario."""
    found = json.loads(called(workshop, "--survivors", "--format", "json", "--jobs", "1").output)
    assert found["format"] == "thalsafety.mutation/1"
    assert {"killed", "survived"} <= {one["outcome"] for one in found["mutants"]}
    assert any("as_of" in one.get("scenario", {}).get("state", {}) for one in found["mutants"])
    assert sum(kind["mutants"] for kind in found["kinds"]) == found["score"]["mutants"] == len(found["mutants"])


def test_exit_codes(workshop: Workshop) -> None:
    """1 under the gate; 2 for an unknown name, an unusable file, or tests that fail without any mistake."""
    assert called(workshop, "--fail-under", "10", "--jobs", "1").exit_code == 0
    assert called(workshop, "--fail-under", "100", "--jobs", "1").exit_code == 1
    assert CliRunner().invoke(cli, ["mutate", "--rule", "no-such-rule"]).exit_code != 0
    workshop.rule("fails", ACTIVE, tests=[example("wrong", "does_not_apply")])
    result = called(workshop, "--jobs", "1")
    assert "fails without any mistake" in str(result.exception)
    workshop.write("haematology/broken.yaml", "rule: broken\n")
    assert called(workshop, "--jobs", "1").exit_code != 0


def test_everywhere(workshop: Workshop) -> None:
    """Every mistake is made once, under the first profile with what it stands in in force; none for a profile alone."""
    workshop.source("elsewhere", "ELSEWHERE-1")
    workshop.profile("us2", "us-pi", "elsewhere")
    workshop.profile("us3", "us-pi", "elsewhere")
    numbered(workshop).rule("here", {"all": [ACTIVE, LOW]}, tests=list(BOTH_SIDES))
    workshop.rule("there", LOW, guidance=[{"statement": "ELSEWHERE-1"}], tests=list(BOTH_SIDES))

    def told(*words: str) -> tuple[Any, Counter[tuple[str, str]]]:
        result = called(workshop, *words, "--format", "json", "--jobs", "1")
        assert result.exit_code == 0, result.output
        found = json.loads(result.output)
        return found, Counter((one["owner"], one["mistake"]) for one in found["mutants"])

    (_, here), (_, there), (whole, everywhere) = told("--profile", "us"), told("--profile", "us2"), told("--everywhere")
    assert not any(owner == "there" for owner, _ in here)
    assert set(here.values()) == set(everywhere.values()) == {1}
    assert everywhere.keys() == here.keys() | there.keys()
    assert whole["profile"] is None
    assert whole["score"]["killed"] > 0
    assert {one["outcome"] for one in whole["mutants"] if one["owner"] == "there"} >= {"killed"}
    listed = called(workshop, "--everywhere", "--jobs", "1")
    assert "under the first profile with each line in force" in listed.output
    refused = called(workshop, "--everywhere", "--profile", "us")
    assert "`--everywhere` does not go with --profile" in str(refused.exception)


def test_names(workshop: Workshop) -> None:
    """Only what is named is changed."""
    found = json.loads(called(workshop, "--rule", "on_treatment", "--format", "json", "--jobs", "1").output)
    assert {one["owner"] for one in found["mutants"]} == {"on_treatment"}


def test_the_same_every_time(workshop: Workshop, tmp_path: Path) -> None:
    """Neither the number of processes nor the order of sets changes a byte."""
    numbered(workshop).rule("low", {**LOW, "no_older_than": "week"}, tests=BOTH_SIDES)
    workshop.rule(
        "rash", {"all": [{"event_active": "rash"}, {"holds": "on_treatment"}]}, tests=[example("x", "cannot_tell")]
    )
    pages = set()
    for seed, jobs in (("0", "1"), ("1", "2"), ("2", "3")):
        page = tmp_path / f"{seed}.json"
        words = [
            "mutate",
            "--rules",
            str(workshop.root),
            "--jobs",
            jobs,
            "--survivors",
            "--format",
            "json",
            "-o",
            str(page),
        ]
        empty = tmp_path / "one.yaml"
        empty.write_text("{fictional: true, profile: us, as_of: 2026-03-10, patient: {label: T}}", "utf-8")
        subprocess.run(
            [sys.executable, "-m", "thalsafety", *words, str(empty)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        pages.add(page.read_bytes())
    assert len(pages) == 1


def test_a_process_that_dies(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies ends the run with a message, not with a traceback or a wait without end."""
    numbered(workshop).rule("low", LOW, tests=BOTH_SIDES)
    run = Run(Promises(workshop.load(), "us", ()), prove=False, seek=False)
    monkeypatch.setattr(run, "part", lambda index: os._exit(3 + index))
    with pytest.raises(EngineError, match="a process of the run died"):
        list(run.parts(2))


def test_a_mutant_leaves_the_rules_alone() -> None:
    """Making a mistake changes nothing of the rule set that it is made in."""
    rule_set = packaged_rules()
    before = rule_set.rules["anc-low-on-treatment"]
    mutant: Mutant = next(iter(mutants(rule_set, "us", ["anc-low-on-treatment"])))
    changed = mutant.applied(rule_set)
    assert rule_set.rules["anc-low-on-treatment"] is before
    assert changed.rules["anc-low-on-treatment"] is mutant.written


# ---------------------------------------------------------------- the tests that are missing


def read(file: Path) -> dict[str, Any]:
    """Return what a file of cases says."""
    return dict(yaml.safe_load(file.read_text("utf-8")))


def test_the_cases_notice_what_survived(workshop: Workshop) -> None:
    """Written beside the rules, the cases leave no survivor that had a scenario, and every one of them holds."""
    numbered(workshop).rule("low", {"all": [ACTIVE, {**LOW, "no_older_than": "week"}]}, tests=BOTH_SIDES)
    workshop.rule("on", {"holds": "on_treatment"}, tests=[example("on", "applies")])
    before = ran(workshop, seek=True)
    with_scenario = {(fate.mutant.owner, fate.mutant.words) for fate in before.survivors if fate.scenario}
    assert ("on_treatment", "`or_missing` added to `fact: treatment_status`") in with_scenario
    folder = workshop.root / "cases"
    result = called(workshop, "--cases", str(folder), "--jobs", "1")
    assert f"examples notice {len(with_scenario)} of {len(before.survivors)} survivors; written to" in result.stderr
    after = ran(workshop, seek=True)
    assert [fate.mutant.words for fate in after.survivors if fate.scenario] == []
    assert after.score.killed == before.score.killed + len(with_scenario)
    written = [test["name"] for file in folder.iterdir() for test in read(file)["tests"]]
    assert after.tests - before.tests == len(written) < len(with_scenario)


def test_no_case_is_needless(workshop: Workshop) -> None:
    """Each of the chosen cases notices something that none of the others does."""
    numbered(workshop).rule("low", {"all": [ACTIVE, {**LOW, "no_older_than": "week"}]}, tests=BOTH_SIDES[:1])
    run = Run(Promises(workshop.load(), "us", ()), ["low"], prove=False, seek=True)
    report = run.report(run.parts(1))
    cases = run.cases(report)
    count = Counter(place for case in cases for place in case.reaches)
    assert len(cases) > 1
    assert all(any(count[place] == 1 for place in case.reaches) for case in cases)
    assert {place for place, fate in enumerate(report.survivors) if fate.scenario} <= count.keys()


def test_a_case_says_what_it_covers(workshop: Workshop) -> None:
    """Where a supersession was not noticed, the case names the rules that its own covers."""
    numbered(workshop)
    for name in ("this", "that"):
        workshop.rule(name, ACTIVE, tests=[example(name, "applies")], severity="note")
    workshop.rule("on", ACTIVE, tests=[example("on", "applies", severity="due")], supersedes=["this", "that"])
    called(workshop, "--rule", "on", "--cases", str(workshop.root / "cases"), "--jobs", "1")
    found = {test["name"]: test.get("covers") for test in read(workshop.root / "cases" / "on.yaml")["tests"]}
    assert ["that", "this"] in found.values()
    assert not any(fate.mutant.kind == kinds.SUPERSESSION for fate in ran(workshop).survivors)


def test_cases_go_after_those_that_are_there(workshop: Workshop) -> None:
    """What a file has stays as it is written, a comment too; another run with the same rules writes the same."""
    numbered(workshop).rule("low", LOW, tests=BOTH_SIDES[:1])
    old = "# read twice\ncases: low\ntests:\n  - {name: old, given: {as_of: 2026-03-10}, expect: cannot_tell}"
    aside = [workshop.root.parent / name for name in ("one", "two")]
    for folder in aside:
        folder.mkdir()
        (folder / "low.yaml").write_text(old, "utf-8")
        called(workshop, "--rule", "low", "--cases", str(folder), "--jobs", "1")
    texts = {(folder / "low.yaml").read_text("utf-8") for folder in aside}
    assert len(texts) == 1
    (text,) = texts
    assert text.startswith(old + "\n  - name: as “under”, but ")
    names = [test["name"] for test in yaml.safe_load(text)["tests"]]
    assert len(names) == len(set(names)) > 1


@pytest.mark.parametrize(
    "text",
    [
        "cases: low\ntests: [{name: old, given: {as_of: 2026-03-10}, expect: cannot_tell}]\n",
        "tests:\n  - {name: old, given: {as_of: 2026-03-10}, expect: cannot_tell}\ncases: low\n",
        "cases: other\ntests:\n  - {name: old, given: {as_of: 2026-03-10}, expect: cannot_tell}\n",
        "cases: low\n",
    ],
)
def test_whole_files_or_none(workshop: Workshop, text: str) -> None:
    """Where one file cannot take its cases, no file is written."""
    numbered(workshop).rule("low", LOW, tests=BOTH_SIDES[:1])
    workshop.rule("first", {**LOW, "or_missing": True}, tests=BOTH_SIDES[:1])
    folder = workshop.root.parent / "aside"
    folder.mkdir()
    (folder / "low.yaml").write_text(text, "utf-8")
    result = called(workshop, "--rule", "low", "--rule", "first", "--cases", str(folder), "--jobs", "1")
    assert isinstance(result.exception, InputError)
    assert [(file.name, file.read_text("utf-8")) for file in folder.iterdir()] == [("low.yaml", text)]
