"""Coverage: what counts as exercised, what cannot be, exact shares, an independent derivation, and the search."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

import mcdc
from building import EXAMPLES, ROOT, Workshop, facts, packaged_rules
from thalsafety import features
from thalsafety.attaining import attainable, proved_beyond
from thalsafety.cli import cli
from thalsafety.cli import run as whole_program
from thalsafety.coverage import Case, Coverage, Layer, cover, cover_everywhere, guidance, guidance_layer, layers
from thalsafety.coverage.edits import Edits
from thalsafety.coverage.generating import fewest, generate
from thalsafety.coverage.goals import DECIDES, NUMBER, TRUTH, Goal
from thalsafety.coverage.layers import Missing
from thalsafety.coverage.lines import Line, Lines
from thalsafety.coverage.measuring import Measured
from thalsafety.coverage.numbers import ABOVE, BELOW, ON, written_in
from thalsafety.linking.epochs import Links
from thalsafety.loading.patients import load_patient_states
from thalsafety.model.patient import PatientState
from thalsafety.program import Compare, Feature
from thalsafety.rendering.covered import percent
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from pathlib import Path

ACTIVE = {"fact": "treatment_status", "is": "active"}
STOPPED = {"fact": "treatment_status", "is": "stopped"}
LOW = {"latest": "anc", "below": "anc_low"}


def counted(workshop: Workshop, when: object, *tests: tuple[dict[str, Any], str]) -> Coverage:
    """Return the coverage of one rule by its examples, each a state and what it expects."""
    examples = [
        {"name": f"example {place}", "given": {"as_of": "2026-03-10", **given}, "expect": expect}
        for place, (given, expect) in enumerate(tests)
    ]
    workshop.number("anc_low", "10*9/L", "0.75")
    workshop.rule("measured", when, tests=examples)
    return cover(workshop.load(), "us", ())


def anc(value: str, unit: str = "10*9/L") -> dict[str, Any]:
    """Return a state with a count."""
    return {"observations": [{"code": "anc", "value": value, "unit": unit, "date": "2026-03-09"}]}


def reached(coverage: Coverage, kind: str) -> set[tuple[str, object]]:
    """Return what the rule `measured` reached of a kind: the line number or parameter, and how."""
    return {
        (goal.what.parameter if goal.kind == NUMBER else str(goal.what.place), goal.how)  # type: ignore[union-attr]  # numbers have parameters
        for goal in coverage.examples.reached
        if goal.kind == kind and goal in coverage.goals["measured"]
    }


# ---------------------------------------------------------------- lines that decide


@pytest.mark.parametrize(
    ("status", "value", "decides"),
    [
        ("active", "0.5", {(0, TRUE), (1, TRUE)}),
        ("active", "2", {(1, FALSE)}),
        ("stopped", "0.5", {(0, FALSE)}),
        ("stopped", "2", set()),
    ],
)
def test_a_line_decides_when_it_alone_could_change_the_verdict(
    workshop: Workshop, status: str, value: str, decides: set[tuple[int, object]]
) -> None:
    """In `all`, a true line decides when the other is true; a false one when it is the only false one."""
    workshop.number("anc_low", "10*9/L", "0.75")
    workshop.rule("measured", {"all": [ACTIVE, LOW]})
    linked = workshop.linked()
    when = next(rule.when for rule in linked.program.rules if rule.id == "measured")
    lines = Lines(when)
    order = list(lines.nodes)
    state = facts(treatment={"status": status}, **anc(value))
    _, seen = lines.seen(lines.answered(features.answer(linked.program.features, state, linked.lexicon)))
    assert {(order.index(one.line), one.truth) for one in seen if one.decides} == decides


def test_a_line_in_several_places_also_decides_by_all_of_them(workshop: Workshop) -> None:
    """Where one place of a line is backed by the others, it decides when it is the other way in all of them."""
    workshop.number("anc_low", "10*9/L", "0.75")
    workshop.write(
        "definitions/low.yaml",
        "definition: low\ntitle: Low\nwhen:\n  latest: anc\n  below: anc_low\n",
    )
    low = {"holds": "low"}
    workshop.rule("measured", {"any": [{"all": [ACTIVE, low]}, {"all": [low, {"not": ACTIVE}]}, low]})
    linked = workshop.linked()
    lines = Lines(next(rule.when for rule in linked.program.rules if rule.id == "measured"))
    asked = next(line for line in lines.nodes if line.file.endswith("low.yaml"))
    for value, in_one_place in (("0.5", False), ("2", True)):
        state = facts(treatment={"status": "active"}, **anc(value))
        _, seen = lines.seen(lines.answered(features.answer(linked.program.features, state, linked.lexicon)))
        decides = [one.decides for one in seen if one.line == asked]
        assert any(decides[:3]) is in_one_place
        assert in_one_place or decides[3:] == [True]


def test_an_open_line_decides_when_settling_it_could_change_the_verdict(workshop: Workshop) -> None:
    """Beside a true part of `all` an open line decides; beside a false one it does not."""
    workshop.number("anc_low", "10*9/L", "0.75")
    workshop.rule("measured", {"all": [ACTIVE, LOW]})
    linked = workshop.linked()
    lines = Lines(next(rule.when for rule in linked.program.rules if rule.id == "measured"))
    for status, expected in (("active", True), ("stopped", False)):
        state = facts(treatment={"status": status})
        _, seen = lines.seen(lines.answered(features.answer(linked.program.features, state, linked.lexicon)))
        assert [one.decides for one in seen if one.truth is UNKNOWN] == [expected]


def test_examples_reach_what_they_show_and_no_more(workshop: Workshop) -> None:
    """Truths, deciding lines and places beside a number are those of the examples."""
    active = {"treatment": {"status": "active"}}
    coverage = counted(workshop, LOW, ({**active, **anc("0.74")}, "applies"), (anc("0.75"), "does_not_apply"))
    assert {how for _, how in reached(coverage, TRUTH)} == {TRUE, FALSE}
    assert {how for _, how in reached(coverage, DECIDES)} == {TRUE, FALSE}
    assert {how for _, how in reached(coverage, NUMBER)} == {BELOW, ON, written_in("10*9/L")}
    more = counted(workshop, LOW, (anc("760", "/uL"), "does_not_apply"), ({}, "cannot_tell"))
    assert {how for _, how in reached(more, TRUTH)} == {FALSE, UNKNOWN}
    assert {how for _, how in reached(more, NUMBER)} == {ABOVE, written_in("/uL")}


def test_every_unit_of_an_observation_is_asked_for(workshop: Workshop) -> None:
    """One goal for each unit; a value far from the number, and one without a unit of its own, reach none."""
    coverage = counted(workshop, LOW, (anc("20", "/uL"), "applies"), ({}, "cannot_tell"))
    units = {goal.how for goal in coverage.goals["measured"] if goal.kind == NUMBER} - {BELOW, ON, ABOVE}
    assert units == {written_in(unit) for unit in ("/uL", "10*9/L", "/mm3")}
    assert reached(coverage, NUMBER) == set()


def test_what_no_record_can_exercise_is_no_goal(workshop: Workshop) -> None:
    """A fact that counts when it is missing cannot be open; a grade has no place under nought."""
    workshop.number("nothing", "1", 0, plain_count=True)
    coverage = counted(workshop, {"any": [{**ACTIVE, "or_missing": True}, {"grade": "rash", "above": "nothing"}]})
    goals = coverage.goals["measured"]
    truths = [sum(goal.kind == TRUTH and goal.what == line for goal in goals) for line in {g.what for g in goals}]
    assert sorted(truths) == [0, 2, 3]  # of the number, the fact and the grade
    assert {goal.how for goal in goals if goal.kind == NUMBER} == {ON, ABOVE}


@pytest.mark.parametrize(
    ("asked", "truths"),
    [
        ({"dose_change": "latest"}, {TRUE, FALSE}),
        ({"dose_change": "at_restart"}, {TRUE, FALSE}),
        ({"dose": "first"}, {TRUE, FALSE}),
        ({"times_per_day": "dose"}, {TRUE, FALSE}),
        ({"dose": "current"}, {TRUE, FALSE, UNKNOWN}),  # whether a segment still holds may hang on an unknown day
        ({"days_before_dose_change": "latest"}, {TRUE, FALSE, UNKNOWN}),  # bounds, where a day is unknown
        ({"days_since": "dose_change"}, {TRUE, FALSE, UNKNOWN}),
    ],
)
def test_a_number_as_entered_is_known_or_not_recorded(
    workshop: Workshop, asked: dict[str, str], truths: set[Truth]
) -> None:
    """Where nothing on file counts as an answer, only doubt or bounds could leave a number open."""
    kind = next(iter(asked))
    unit = {"dose": "mg/d", "dose_change": "mg/d", "times_per_day": "1"}.get(kind, "d")
    workshop.number("nothing_more", unit, 0, plain_count=True)
    coverage = counted(workshop, {**asked, "at_least": "nothing_more", "or_missing": True})
    assert {goal.how for goal in coverage.goals["measured"] if goal.kind == TRUTH} == truths


# ---------------------------------------------------------------- beyond every record


@pytest.mark.parametrize(
    ("when", "beyond"),
    [
        ({"any": [{"all": [ACTIVE, STOPPED]}, {"event_active": "rash"}]}, {(DECIDES, 0, TRUE), (DECIDES, 1, TRUE)}),
        ({"any": [{"event_active": "rash"}, {"event_active": "rash", "suspected": True}]}, {(DECIDES, 1, TRUE)}),
        (
            {"all": [{"event_active": "rash"}, {"not": {"event_ever": "rash"}}]},
            {(DECIDES, 0, TRUE), (DECIDES, 1, FALSE)},
        ),
        ({"not": {"all": [ACTIVE, {"not": ACTIVE}]}}, set()),
        (
            {"fall_from_baseline": "anc", "above": "all_of_it"},
            {(NUMBER, "all_of_it", ABOVE), (TRUTH, 0, TRUE), (DECIDES, 0, TRUE)},
        ),
        ({"all": [ACTIVE, {"event_active": "rash"}]}, set()),
        ({"all": [{**ACTIVE, "or_missing": True}, {**STOPPED, "or_missing": True}]}, set()),
    ],
)
def test_goals_that_several_questions_rule_out(
    workshop: Workshop, when: object, beyond: set[tuple[str, int | str, object]]
) -> None:
    """What no record reaches is left out by proof, with the goal named; whatever else stays, reached or not."""
    workshop.number("all_of_it", "%", "100")
    workshop.rule("measured", when, tests=[{"name": "x", "given": {"as_of": "2026-03-10"}, "expect": "cannot_tell"}])
    rule_set = workshop.load()
    coverage = cover(rule_set, "us", ())
    counted = attainable(rule_set, coverage)
    assert {
        (goal.kind, goal.what.place if isinstance(goal.what, Line) else goal.what.parameter, goal.how)
        for goal in counted.beyond
        if goal in coverage.goals["measured"]
    } == beyond
    assert set(coverage.goals["measured"]) == {*counted.goals["measured"], *counted.beyond}


def test_a_definition_decides_nothing_where_its_own_lines_do_not(workshop: Workshop) -> None:
    """A proof within a definition serves every rule; one that needs the rule must hold in each of them."""
    given = [{"name": "x", "given": {"as_of": "2026-03-10"}, "expect": "cannot_tell"}]
    workshop.write(
        "definitions/doubly.yaml",
        "definition: doubly\ntitle: Doubly\nwhen:\n  any:\n    - event_active: rash\n    - event_ever: rash\n",
    )
    workshop.rule("measured", {"all": [{"holds": "doubly"}, {"event_active": "rash"}]}, tests=given)
    rule_set = workshop.load()

    def beyond() -> set[tuple[int, object]]:
        found = attainable(rule_set, cover(rule_set, "us", ())).beyond
        return {(g.what.line, g.how) for g in found if isinstance(g.what, Line) and "doubly" in g.what.file}

    assert beyond() == {(5, TRUE), (5, FALSE), (6, TRUE), (6, FALSE)}
    workshop.rule("other", {"holds": "doubly"}, tests=given)
    rule_set = workshop.load()
    assert beyond() == {(5, TRUE)}


def test_a_proof_may_leave_out_what_stands_beside_a_line() -> None:
    """Two points of PRISM move no total over its limit once the drug has its own; that is proved in a large rule."""
    profile, name = "us+thrombosis", "clot-score-high-without-anticoagulant"
    rule_set = packaged_rules()
    linked = Links(rule_set).of(profile, date(2026, 3, 10))
    lines = Lines(next(rule.when for rule in linked.program.rules if rule.id == name))
    by_question = {
        node.feature.subject: line
        for line, node in lines.nodes.items()
        if isinstance(node, Compare) and line.file.endswith("prism.yaml")
    }
    found, operated = by_question["metaphase_cytogenetics"], by_question["surgery_of_any_kind"]
    never = tuple(Goal(DECIDES, found, truth) for truth in (TRUE, FALSE))
    can = tuple(Goal(DECIDES, operated, truth) for truth in (TRUE, FALSE))
    coverage = Coverage(profile, {name: (*never, *can)}, Measured(), Measured())
    assert proved_beyond(rule_set, coverage, (*never, *can)) == never


def test_nothing_is_left_out_without_the_solver(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Z3, or where examples are what is missing, everything counts as missing and the page says why."""
    when = {"any": [{"all": [ACTIVE, STOPPED]}, {"event_active": "rash"}]}
    workshop.rule("measured", when, tests=[{"name": "x", "given": {"as_of": "2026-03-10"}, "expect": "cannot_tell"}])
    words = ("coverage", patient(workshop), "--rules", workshop.root, "--profile", "us", "--missing")
    proved = run(*words)
    assert "2 not counted: proved to be beyond every record" in proved.stdout
    told = json.loads(run(*words[:-1], "--format", "json").stdout)["not_counted"]
    assert [(one["what"], one["line"]) for one in told["beyond_every_record"]] == [
        ("never decides while true", 1),
        ("never decides while true (question 2 of the line)", 1),
    ]
    monkeypatch.setattr("thalsafety.cli.covering.find_spec", lambda _name: None)
    counted = run(*words)
    assert "no proof was looked for: Z3 is not installed (pip install 'thalsafety[verify]')" in counted.stdout
    assert counted.stdout.count("never decides") == proved.stdout.count("never decides")
    monkeypatch.undo()
    monkeypatch.setattr("thalsafety.attaining.MOST", 3)
    assert "no proof was looked for: more than 3 are missing" in run(*words).stdout


@cache
def packaged() -> Coverage:
    """Return the coverage of the packaged rules by their examples and one patient, with traces."""
    rule_set = packaged_rules()
    file = EXAMPLES / "neutrophils-exactly-750.yaml"
    (loaded,) = load_patient_states(file, rule_set.lexicon, list(rule_set.profiles))
    assert loaded.state is not None
    return cover(rule_set, "us", [Case("one", loaded.state, "us")], traced=True)


@pytest.mark.untraced
def test_nothing_that_was_reached_is_proved_to_be_beyond() -> None:
    """A proof and a record cannot both be right: none of the goals that examples reach is proved away."""
    rule_set, coverage = packaged_rules(), packaged()
    some = ("anc-low-on-treatment", "risk-category-missing-or-wrong", "reproductive-potential-unsettled")
    reached = [goal for rule in some for goal in coverage.goals[rule] if goal in coverage.examples.reached]
    assert len(reached) > 100
    assert proved_beyond(rule_set, coverage, reached) == ()


# ---------------------------------------------------------------- shares


def test_shares_are_exact_and_never_rounded_up() -> None:
    """One thing missing of very many is not all of them."""
    gap = (Missing("one"),)
    assert percent(Layer("lines", 9999, 10000, gap)) == "99.9 %"
    assert percent(Layer("lines", 1, 3, gap)) == "33.3 %"
    assert percent(Layer("lines", 10000, 10000, ())) == "100.0 %"


@pytest.mark.untraced
def test_the_packaged_rules_are_covered_by_their_examples() -> None:
    """Every outcome, line, deciding line and number, but for the few that are proved to be beyond every record."""
    coverage = attainable(packaged_rules(), packaged())
    found = {layer.name: layer for layer in layers(coverage, coverage.examples)}
    assert {name: layer.missing for name, layer in found.items() if not layer.whole} == {}
    assert {layer.tenths for layer in found.values()} == {1000}
    assert len(coverage.beyond) < 20


@pytest.mark.untraced
def test_an_independent_checker_derives_the_same() -> None:
    """Outcomes, truths and deciding lines from raw traces, by a program that shares no code."""
    coverage = packaged()
    outcomes, truths, decided = mcdc.derive(json.loads(json.dumps(coverage.examples.traces)))
    examples = coverage.examples
    assert outcomes == {
        (rule, {"applies": "true", "does_not_apply": "false", "cannot_tell": "unknown"}[outcome])
        for rule, found in examples.outcomes.items()
        for outcome in found
    }
    of = {
        kind: {(tuple(goal.what), goal.how.value) for goal in examples.reached if goal.kind == kind}  # type: ignore[union-attr]  # truths have values
        for kind in (TRUTH, DECIDES)
    }
    assert truths == of[TRUTH]
    assert decided == of[DECIDES]


def test_the_independent_checker_can_disagree() -> None:
    """A trace whose verdict does not follow from its tree is refused."""
    row = {"case": "one", "rule": "r", "verdict": "true", "tree": {"all": [{"truth": "true"}, {"truth": "unknown"}]}}
    with pytest.raises(SystemExit, match="the trace says true, the tree unknown"):
        mcdc.derive([row])


def test_every_statement_is_in_one_state() -> None:
    """Encoded, explained, not computable or missing; what is past its review date is told."""
    rule_set, coverage = packaged_rules(), packaged()
    statements = guidance(rule_set, coverage, date(2026, 3, 10))
    assert {one.state for one in statements} <= {"encoded", "not_encoded", "not_computable", "missing"}
    assert any(one.patients for one in statements)
    assert not any(one.past_review for one in statements)
    assert any(one.past_review for one in guidance(rule_set, coverage, date(2030, 1, 1)))
    layer = guidance_layer(statements)
    assert layer.total == sum(one.state != "not_computable" for one in statements)


# ---------------------------------------------------------------- the command


def patient(workshop: Workshop) -> Path:
    """Return the file of a patient on treatment, of whom nothing else is known."""
    file = workshop.root.parent / "patient.yaml"
    file.write_text("fictional: true\nas_of: 2026-03-10\nprofile: us\npatient: {label: Nobody}\n", "utf-8")
    return file


def run(*words: object) -> Any:
    """Run the command line."""
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_forms_of_output_agree(workshop: Workshop) -> None:
    """Text, JSON and JUnit tell the same fractions and the same things missing."""
    counted(workshop, LOW, (anc("0.5"), "applies"), (anc("2"), "does_not_apply"), ({}, "cannot_tell"))
    words = ("coverage", patient(workshop), "--rules", workshop.root, "--profile", "us")
    told = json.loads(run(*words, "--format", "json").stdout)
    numbers = next(layer for layer in told["worked_examples"]["layers"] if layer["layer"] == "numbers")
    assert sum(one["what"].startswith("measured: ") for one in numbers["missing"]) == 3 + 3  # places and units
    text = run(*words, "--missing").stdout
    assert f"{numbers['covered']}/{numbers['total']}" in text
    for one in numbers["missing"]:
        assert one["what"] in text
    suites = {suite.get("name"): suite for suite in ET.fromstring(run(*words, "--format", "junit").stdout)}  # noqa: S314  our own output
    assert suites["numbers"].get("failures") == str(len(numbers["missing"]))


@pytest.mark.parametrize("share", ["101", "-1", "many", "lines=", "words=5", "=5x"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    """The message quotes what was written and says what to write."""
    result = run("coverage", f"--fail-under={share}")
    assert result.exit_code != 0
    assert f"`{share}` is not a share of a layer" in str(result.exception)


def test_a_layer_under_its_share_fails(workshop: Workshop) -> None:
    """Exit code 1, with the layer named; other layers are not asked."""
    counted(workshop, LOW, (anc("0.5"), "applies"), (anc("2"), "does_not_apply"), ({}, "cannot_tell"))
    words = ("coverage", patient(workshop), "--rules", workshop.root, "--profile", "us")
    short = run(*words, "--fail-under", "numbers=99")
    assert short.exit_code == 1
    assert "is under 99 %" in short.stderr
    assert "lines" not in short.stderr
    assert run(*words, "--fail-under", "lines=1").exit_code == 0


# ---------------------------------------------------------------- every profile


@pytest.fixture
def two_profiles(workshop: Workshop) -> Workshop:
    """Return rules of which one is in force under two profiles, one under the second only, and one has no example."""
    workshop.source("elsewhere", "ELSEWHERE-1")
    workshop.profile("us2", "us-pi", "elsewhere")
    workshop.number("anc_low", "10*9/L", "0.75")
    given = {"as_of": "2026-03-10", **anc("0.5")}
    low = {"name": "low", "given": given, "expect": "applies"}
    workshop.rule("both", LOW, tests=[low, {**low, "name": "low elsewhere", "profile": "us2"}])
    cited = [{"statement": "ELSEWHERE-1"}]
    workshop.rule("second", LOW, guidance=cited, tests=[low])
    workshop.rule("untried", ACTIVE, guidance=cited)
    return workshop


def test_every_rule_is_measured_once_under_the_first_profile_with_it_in_force(two_profiles: Workshop) -> None:
    """What there is to exercise counts once, whatever the profiles of the examples that reach it."""
    rule_set = two_profiles.load()
    found = cover_everywhere(rule_set, ())
    assert {rule: found.homes[rule] for rule in ("both", "second", "untried")} == {
        "both": "us",
        "second": "us2",
        "untried": "us2",
    }
    assert found.goals["both"] == cover(rule_set, "us", ()).goals["both"]
    assert found.goals["second"] == cover(rule_set, "us2", ()).goals["second"]
    assert "second" not in cover(rule_set, "us", ()).goals
    cases = [name for name in found.examples.cases if not name.startswith("anc-low::")]
    assert cases == ["both::low", "both::low elsewhere", "second::low"]
    assert found.examples.outcomes["both"] == {"applies": "both::low"}
    assert found.examples.outcomes["second"] == {"applies": "second::low"}
    state = PatientState.model_validate(
        {"fictional": True, "profile": "us2", "as_of": "2026-03-10", "patient": {"label": "T"}, **anc("0.5")}
    )
    patients = [Case(name, state, "us2") for name in ("one", "two", "three", "four", "five")]
    alone, beside = (cover_everywhere(rule_set, patients, jobs=jobs) for jobs in (1, 2))
    assert alone == beside
    assert beside.patients.matrix["one"]["second"] == "applies"


def test_a_rule_that_no_example_meets_is_listed(two_profiles: Workshop) -> None:
    """All that there is to exercise of it is missing, and every statement of every source is asked for."""
    found = cover_everywhere(two_profiles.load(), ())
    assert {(goal.kind, goal.how) for goal in found.goals["untried"]} == {
        (TRUTH, TRUE),
        (TRUTH, FALSE),
        (TRUTH, UNKNOWN),
        (DECIDES, TRUE),
        (DECIDES, FALSE),
    }
    assert not found.examples.reached.keys() & set(found.goals["untried"])
    words = ("coverage", patient(two_profiles), "--rules", two_profiles.root, "--everywhere", "--missing")
    listed = run(*words).stdout
    assert "under the first profile with it in force" in listed
    for outcome in ("applies", "does not apply", "cannot tell"):
        assert f"untried never {outcome}" in listed
    told = json.loads(run(*words[:-1], "--format", "json").stdout)
    assert {"US-PI-1", "ELSEWHERE-1"} <= {one["id"] for one in told["guidance"]["statements"]}


@pytest.mark.parametrize("other", [("--profile", "us"), ("--html", "report")])
def test_everywhere_goes_with_neither_a_profile_nor_pages(
    workshop: Workshop, other: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with 2 before anything is measured, and names the other option."""
    words = ["thalsafety", "coverage", "--rules", str(workshop.root), "--everywhere", *other]
    monkeypatch.setattr("sys.argv", words)
    assert whole_program() == 2
    printed = capsys.readouterr()
    assert f"`--everywhere` does not go with {other[0]}" in printed.err
    assert not printed.out


# ---------------------------------------------------------------- the search


def test_the_search_closes_what_is_missing(workshop: Workshop) -> None:
    """From one low count: the other truths, both deciding truths and all three places beside the number."""
    coverage = counted(workshop, {"all": [ACTIVE, LOW]}, ({"treatment": {"status": "active"}, **anc("0.5")}, "applies"))
    rule_set = workshop.load()
    found = [one for _, states in generate(rule_set, "us", ["measured"], 2) for one in states]
    chosen = fewest(found)
    wanted = {goal for goal in coverage.goals["measured"] if goal not in coverage.examples.reached}
    assert {goal for one in chosen for goal in one.reaches} == wanted
    assert len(chosen) < len(wanted)


def test_the_search_finds_the_same_again(workshop: Workshop) -> None:
    """What is found does not depend on the run."""
    counted(workshop, {"all": [ACTIVE, LOW]}, ({"treatment": {"status": "active"}, **anc("0.5")}, "applies"))
    rule_set = workshop.load()
    once, again = (
        [(one.changed, one.state) for _, states in generate(rule_set, "us", ["measured"], 1) for one in states]
        for _ in range(2)
    )
    assert once == again


def test_what_is_generated_is_read_and_kept(workshop: Workshop) -> None:
    """The files that the command writes are cases of their rules, and every one holds."""
    counted(workshop, {"all": [ACTIVE, LOW]}, ({"treatment": {"status": "active"}, **anc("0.5")}, "applies"))
    result = run("scenarios", "generate", "-o", workshop.root / "cases", "--rule", "measured", "--rules", workshop.root)
    assert "missing; written to" in result.stdout
    rule_set = workshop.load()
    assert len(list(rule_set.examples(rule_set.rules["measured"]))) > 1
    tested = run("test", "--rules", workshop.root, workshop.root / "haematology" / "measured.yaml")
    assert "0 failed" in tested.stdout
    whole = cover(rule_set, "us", ())
    assert {goal for goal in whole.goals["measured"] if goal not in whole.examples.reached} == set()


def test_what_is_generated_for_another_profile_names_it(workshop: Workshop) -> None:
    """Without the profile the example would run under the first that has its rule in force."""
    workshop.write("profiles/eu.yaml", "profile: eu\ntitle: Europe\ndescription: Another.\nsources: [us-pi, project]\n")
    workshop.number("anc_low", "10*9/L", "0.75")
    given = {"as_of": "2026-03-10", "treatment": {"status": "active"}, **anc("0.5")}
    for profile in ("us", "eu"):
        test = {"name": "low", "profile": profile, "given": given, "expect": "applies"}
        workshop.rule("measured", {"all": [ACTIVE, LOW]}, tests=[test])
        out = workshop.root.parent / f"generated-{profile}"
        result = run("scenarios", "generate", "-o", out, "--profile", profile, "--rules", workshop.root)
        assert "missing; written to" in result.stdout
        assert ("profile: eu" in (out / "measured.yaml").read_text("utf-8")) == (profile == "eu")


def test_goals_are_told_apart() -> None:
    """A truth of a line and its deciding with that truth are two goals."""
    coverage = packaged()
    some = next(goal for goal in coverage.goals["anc-low-on-treatment"] if goal.kind == TRUTH and goal.how is TRUE)
    assert Goal(DECIDES, some.what, TRUE) != some
    assert (ROOT / "rules" / some.what.file).is_file()  # type: ignore[union-attr]  # truths are of lines


@pytest.mark.parametrize(("options", "place"), [((), 1), ((("of", "baseline"),), 0)])
def test_a_value_becomes_so_many_times_its_upper_limit(options: tuple[tuple[str, object], ...], place: int) -> None:
    """The latest value is multiplied, or the baseline where that is asked about; one without a limit is left alone."""
    observations: list[dict[str, Any]] = [
        {"code": "alt", "value": "20", "upper_limit": "40", "baseline": True},
        {"code": "alt", "value": "30", "upper_limit": "50"},
        {"code": "alt", "value": "30"},
    ]
    feature = Feature("times_upper_limit", "alt", options)
    ((said, state),) = Edits._multiplied({"observations": observations}, feature, Decimal(3))
    expected = ("120", "150")[place]
    assert said.endswith(expected)
    assert [entry["value"] for entry in state["observations"]] == [
        expected if index == place else entry["value"] for index, entry in enumerate(observations)
    ]
