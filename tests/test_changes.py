"""What changed since an earlier check: new, still open, no longer open; which check is compared with; in words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from building import BASE, EXAMPLES, RULES, example_patients, facts, mistakes
from thalsafety.checklists import Checklist, Finding, Outcome
from thalsafety.checklists.changes import Change, Lack, Mark, Since, Standing, compare
from thalsafety.cli import cli
from thalsafety.errors import InputError
from thalsafety.linked import Linked, LinkedRule, State
from thalsafety.loading.previous import FORMAT, read_previous
from thalsafety.model.plain import SEVERITIES
from thalsafety.prepared import Prepared
from thalsafety.program import Program
from thalsafety.rendering import changed, text
from thalsafety.rendering import json as rendering
from thalsafety.rendering.selecting import select

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from thalsafety.loading.previous import Previous

THEN = date(2026, 3, 10)
NOW = date(2026, 3, 24)
DIGEST = "a" * 64
OPEN = {Outcome.APPLIES, Outcome.CANNOT_TELL}
LONDON = [next(EXAMPLES.glob(f"london-{number}-*.yaml")) for number in (1, 2, 3)]


# ---------------------------------------------------------------- a workshop for checks


def rule(name: str, severity: str = "urgent", topic: str = "haematology", due_from: str = "") -> LinkedRule:
    """Return a rule of which only what is printed matters."""
    title, action = f"Title of {name}", f"Look at {name}."
    return LinkedRule(
        name, title, topic, "active", severity, action, "prescriber", None, due_from, (), (), "", "x", State.IN_FORCE
    )


def checklist(
    *findings: Finding,
    day: str | date = NOW,
    label: str | None = "Ada",
    identifier: str | None = None,
    digest: str = DIGEST,
    profile: str = "us",
) -> Checklist:
    """Return a check with some findings, of rules that are no others."""
    linked = Linked(
        profile, "Anywhere", digest, tuple(finding.rule for finding in findings), Program((), ()), {}, {}, {}
    )
    state = facts(str(day), patient={"label": label, "identifier": identifier})
    return Checklist(linked, state, (), findings)


def written(*checklists: Checklist) -> Previous:
    """Return some checks as they come back from the JSON of a run."""
    checks = [("ada.yaml", None, made) for made in checklists]
    return read_previous(rendering.render(checks, [], "0").encode(), "previous.json")


def since(then: Checklist, now: Checklist) -> Since:
    """Return what changed between two checks."""
    return compare(now, written(then))


def one(outcome: Outcome, severity: str = "urgent", day: date = THEN, **more: Any) -> Checklist:
    """Return a check of one rule."""
    return checklist(Finding(rule("a-rule", severity), outcome, **more), day=day)


def page(now: Checklist, found: Since) -> str:
    """Return the page of a check that was compared."""
    return text.plain(text.render(replace(now, since=found), "ada.yaml"))


# ---------------------------------------------------------------- random checks


def findings_of(names: list[str]) -> st.SearchStrategy[tuple[Finding, ...]]:
    """Return findings of some of the rules, with any outcome, severity, due date and cover."""
    each = [
        st.builds(
            Finding,
            st.builds(rule, st.just(name), st.sampled_from(SEVERITIES), st.sampled_from(["haematology", "renal"])),
            st.sampled_from(Outcome),
            due=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
            superseded_by=st.just(()),
        )
        for name in names
    ]

    def covered(findings: tuple[Finding, ...], by: list[bool]) -> tuple[Finding, ...]:
        return tuple(
            finding._replace(superseded_by=("r9",)) if cover and finding.outcome in OPEN else finding
            for finding, cover in zip(findings, by, strict=False)
        )

    covers = st.lists(st.booleans(), min_size=len(names), max_size=len(names))
    return st.builds(covered, st.tuples(*each), covers)


some_findings = st.sets(st.sampled_from([f"r{number}" for number in range(6)]), min_size=2).flatmap(
    lambda names: findings_of(sorted(names))
)


def open_of(made: Checklist) -> set[str]:
    """Return the rules of what is open."""
    return {finding.rule.id for finding in (*made.items, *made.unknown)}


@given(some_findings, some_findings)
def test_nothing_is_lost_and_nothing_is_told_twice(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> None:
    """What is open now is new, still open or not compared; what was open is still open or gone."""
    then, now = checklist(*before, day=THEN), checklist(*after)
    found = since(then, now)
    kinds = {kind: {name for name, mark in found.marks.items() if mark.change is kind} for kind in Change}
    gone = [one.rule for one in found.gone]
    assert sorted(found.marks) == sorted(open_of(now))
    assert kinds[Change.STILL_OPEN] == open_of(then) & open_of(now)
    assert len(gone) == len(set(gone))
    assert set(gone) == open_of(then) - open_of(now)
    assert sorted(gone) == sorted(one.rule for one in (*found.resolved, *found.covered, *found.unchecked))
    clear = {finding.rule.id for finding in now.of(Outcome.DOES_NOT_APPLY)}
    assert {one.rule for one in found.resolved} == open_of(then) & clear
    in_error = {finding.rule.id for finding in then.of(Outcome.ERROR)}
    assert kinds[Change.NOT_COMPARED] == open_of(now) & in_error


@given(some_findings)
def test_a_check_beside_itself_is_all_still_open(findings: tuple[Finding, ...]) -> None:
    """Compared with itself, a check has nothing new, nothing gone, and no change in what is open."""
    made = checklist(*findings)
    found = since(made, made)
    assert set(found.marks) == open_of(made)
    for finding in (*made.items, *made.unknown):
        assert found.marks[finding.rule.id] == Mark(Change.STILL_OPEN, Standing(finding.outcome.value))
    assert found.gone == ()
    assert changed.warnings(found) == []


@given(some_findings, some_findings, st.sets(st.sampled_from(["haematology", "renal"])), st.sampled_from(SEVERITIES))
def test_what_was_not_shown_is_never_new(
    before: tuple[Finding, ...], after: tuple[Finding, ...], topics: set[str], severity: str
) -> None:
    """When the earlier check showed a part, its marks are those of the whole or "not compared", never others."""
    then, now = checklist(*before, day=THEN), checklist(*after)
    whole, part = since(then, now), since(select(then, sorted(topics), severity), now)
    for name, mark in part.marks.items():
        assert mark in {whole.marks[name], Mark(Change.NOT_COMPARED, Standing.NOT_SHOWN)}
    assert set(part.gone) <= set(whole.gone)


@given(some_findings, some_findings, st.sets(st.sampled_from(["haematology", "renal"])), st.sampled_from(SEVERITIES))
def test_a_part_of_today_tells_a_part_of_the_changes(
    before: tuple[Finding, ...], after: tuple[Finding, ...], topics: set[str], severity: str
) -> None:
    """A selection keeps the marks of what it shows and what is gone of its topics and severities, and errors."""
    then, now = checklist(*before, day=THEN), checklist(*after)
    whole = since(then, now)
    part = select(replace(now, since=whole), sorted(topics), severity)
    assert part.since is not None
    assert part.since.marks == {name: mark for name, mark in whole.marks.items() if name in open_of(part)}
    limit = SEVERITIES.index(severity)
    assert list(part.since.gone) == [
        one
        for one in whole.gone
        if one.became is Standing.ERROR
        or ((not topics or one.topic in topics) and SEVERITIES.index(one.severity) <= limit)
    ]


@given(some_findings, some_findings)
def test_json_and_page_say_what_was_found(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> None:
    """The JSON fits its schema and has every mark; the page names all that is open or gone, and can be compared."""
    then, now = checklist(*before, day=THEN), checklist(*after)
    found = since(then, now)
    made = replace(now, since=found)
    document = json.loads(rendering.render([("ada.yaml", None, made)], [], "0"))
    (check,) = document["checks"]
    kinds = {shown["rule"]: shown["change"]["kind"] for shown in check["findings"] if "change" in shown}
    assert kinds == {name: mark.change.value for name, mark in found.marks.items()}
    told = {one["rule"] for key in ("resolved", "covered", "unchecked") for one in check["since"][key]}
    assert told == {one.rule for one in found.gone}
    shown = page(now, found)
    for name, mark in found.marks.items():
        assert f"· {name}\n" in shown
        assert changed.tag(mark, found) in shown
    for one in found.gone:
        assert f"· {one.rule}:" in shown
    assert mistakes(document, "checklist") == []
    assert compare(now, written(made)).count(Change.STILL_OPEN) == len(open_of(now))


# ---------------------------------------------------------------- one finding


@pytest.mark.parametrize(
    ("before", "after", "tag", "detail"),
    [
        (Outcome.APPLIES, Outcome.APPLIES, "[STILL OPEN since 2026-03-10]", ""),
        (Outcome.CANNOT_TELL, Outcome.CANNOT_TELL, "[STILL OPEN since 2026-03-10]", ""),
        (
            Outcome.CANNOT_TELL,
            Outcome.APPLIES,
            "[STILL OPEN since 2026-03-10]",
            "could not be told before, now applies",
        ),
        (Outcome.APPLIES, Outcome.CANNOT_TELL, "[STILL OPEN since 2026-03-10]", "applied before, cannot be told now"),
        (Outcome.DOES_NOT_APPLY, Outcome.APPLIES, "[NEW]", ""),
        (Outcome.DOES_NOT_APPLY, Outcome.CANNOT_TELL, "[NEW]", ""),
        (Outcome.NOT_IN_FORCE, Outcome.APPLIES, "[NEW]", "its rule was not in force then"),
        (Outcome.ERROR, Outcome.APPLIES, "[NOT CHECKED BEFORE]", "its rule was in error then"),
    ],
)
def test_what_is_open(before: Outcome, after: Outcome, tag: str, detail: str) -> None:
    """An open finding is new, still open, or was not checked before, and says how it stood."""
    now = one(after, day=NOW)
    found = since(one(before), now)
    mark = found.marks["a-rule"]
    assert (changed.tag(mark, found), changed.detail(mark, after)) == (tag, detail)
    shown = page(now, found)
    assert tag in shown
    assert (f"\n    before: {detail}\n" in shown) is bool(detail)
    assert found.gone == ()


@pytest.mark.parametrize(
    ("before", "after", "words", "heading"),
    [
        (Outcome.APPLIES, Outcome.DOES_NOT_APPLY, "does not apply now", "RESOLVED SINCE 2026-03-10"),
        (
            Outcome.CANNOT_TELL,
            Outcome.DOES_NOT_APPLY,
            "could not be told; does not apply now",
            "RESOLVED SINCE 2026-03-10",
        ),
        (
            Outcome.APPLIES,
            Outcome.NOT_IN_FORCE,
            "its rule is not in force now, so it was not checked",
            "OPEN ON 2026-03-10 AND NOT CHECKED NOW, so not resolved",
        ),
        (
            Outcome.APPLIES,
            Outcome.ERROR,
            "its rule is in error now, so it was not checked",
            "OPEN ON 2026-03-10 AND NOT CHECKED NOW, so not resolved",
        ),
    ],
)
def test_what_is_no_longer_open(before: Outcome, after: Outcome, words: str, heading: str) -> None:
    """What was open is resolved only when it does not apply; what was not checked is told apart."""
    now = one(after, "stop", NOW)
    found = since(one(before, "due"), now)
    assert found.marks == {}
    assert [changed.became(gone) for gone in found.gone] == [words]
    shown = " ".join(page(now, found).split())
    assert f"{heading} DUE Title of a-rule · a-rule: {words}" in shown
    assert ("RESOLVED" in shown) is (after is Outcome.DOES_NOT_APPLY)


def test_what_a_graver_item_covers_is_not_resolved() -> None:
    """An item that is covered now is told as covered, and by what; one that was covered then is new when open."""
    cover = Finding(rule("b-rule", "stop"), Outcome.APPLIES)
    covered = Finding(rule("a-rule"), Outcome.APPLIES, superseded_by=("b-rule",))
    alone = Finding(rule("a-rule"), Outcome.APPLIES)
    calm = Finding(rule("b-rule", "stop"), Outcome.DOES_NOT_APPLY)
    now = checklist(cover, covered)
    found = since(checklist(calm, alone, day=THEN), now)
    assert [(gone.rule, gone.covered_by) for gone in found.covered] == [("a-rule", ("b-rule",))]
    assert found.resolved == ()
    shown = page(now, found)
    assert "COVERED BY A GRAVER ITEM SINCE 2026-03-10, so not resolved" in shown
    assert "a-rule: covered now by b-rule" in shown
    assert "since the check of 2026-03-10: 1 new, 0 still open, 0 resolved, 1 covered by a graver item" in shown
    back = since(checklist(cover, covered, day=THEN), checklist(calm, alone))
    assert back.marks == {"a-rule": Mark(Change.NEW, Standing.COVERED)}
    assert "    before: covered by a graver item then\n" in page(checklist(calm, alone), back)
    assert [gone.rule for gone in back.resolved] == ["b-rule"]


def test_rules_that_come_and_go() -> None:
    """A rule of today that was not there is new and says so; one that is there no longer is not resolved."""
    then, now = (
        checklist(Finding(rule("old"), Outcome.APPLIES), day=THEN),
        checklist(Finding(rule("young"), Outcome.APPLIES), digest="b" * 64),
    )
    found = since(then, now)
    assert found.marks == {"young": Mark(Change.NEW, Standing.NOT_IN_RULE_SET)}
    assert [(gone.rule, gone.title, gone.became) for gone in found.unchecked] == [
        ("old", "Title of old", Standing.NOT_IN_RULE_SET)
    ]
    shown = " ".join(page(now, found).split())
    assert "before: its rule was not in the rule set then" in shown
    assert "old: its rule is no longer in the rule set, so it was not checked" in shown
    assert f"another rule set, {DIGEST[:12]}: differences may come from the rules" in shown


def test_severity_and_due_date() -> None:
    """Another severity is told, and another due date; one that is counted from the check moves along unsaid."""
    shift = NOW - THEN
    cases = [
        (THEN + timedelta(2), THEN + timedelta(2) + shift, "", False),
        (THEN + timedelta(2), THEN + timedelta(2), "", True),
        (THEN + timedelta(2), THEN + timedelta(2), "a-schedule", False),
        (THEN + timedelta(2), THEN + timedelta(2) + shift, "a-schedule", True),
        (None, NOW, "a-schedule", False),
    ]
    for earlier, later, due_from, differs in cases:
        then = checklist(Finding(rule("a", "due", due_from=due_from), Outcome.APPLIES, due=earlier), day=THEN)
        now = checklist(Finding(rule("a", "stop", due_from=due_from), Outcome.APPLIES, due=later))
        mark = since(then, now).marks["a"]
        assert mark == Mark(Change.STILL_OPEN, Standing.APPLIES, "due", differs)
        words = "severity was due" + ("; due on another date than before" if differs else "")
        assert changed.detail(mark, "applies") == words
        printed = rendering.render([("x", None, replace(now, since=since(then, now)))], [], "0")
        assert ('"due_changed":true' in printed) is differs


def test_nothing_of_the_earlier_check_is_carried_over() -> None:
    """The title of today's rule is printed, not the earlier one; the earlier due date is nowhere."""
    then = checklist(
        Finding(rule("a-rule")._replace(title="Old title"), Outcome.APPLIES, due=date(2026, 3, 11)), day=THEN
    )
    for outcome in (Outcome.APPLIES, Outcome.DOES_NOT_APPLY):
        now = one(outcome, day=NOW, due=date(2026, 4, 2))
        shown = page(now, since(then, now))
        assert "Old title" not in shown
        assert "2026-03-11" not in shown
        assert "2026-03-11" not in rendering.render([("x", None, replace(now, since=since(then, now)))], [], "0")


def test_a_selection_leaves_out_what_went_away_but_no_error() -> None:
    """Of what is gone a selection tells its own part and what is in error; so does a comparison made after it."""
    names = ("in-part", "elsewhere", "broken")
    then = checklist(
        *(
            Finding(rule(name, topic="renal" if name != "in-part" else "haematology"), Outcome.APPLIES)
            for name in names
        ),
        day=THEN,
    )
    now = checklist(
        Finding(rule("in-part"), Outcome.DOES_NOT_APPLY),
        Finding(rule("elsewhere", topic="renal"), Outcome.DOES_NOT_APPLY),
        Finding(rule("broken", topic="renal"), Outcome.ERROR),
    )
    part = select(replace(now, since=since(then, now)), ["haematology"], None)
    assert part.since is not None
    assert [gone.rule for gone in part.since.gone] == ["in-part", "broken"]
    assert since(then, part) == part.since


# ---------------------------------------------------------------- which check


def test_the_patient_is_found_by_label_and_identifier() -> None:
    """Another label or another identifier is another patient; a patient without either cannot be found."""
    item = Finding(rule("a-rule"), Outcome.APPLIES)
    then = checklist(item, day=THEN, label="Ada", identifier="7")
    assert since(then, checklist(item, label="Ada", identifier="7")).lack is None
    for label, identifier in (("Ada", None), ("Ada", "8"), ("Ben", "7"), (None, "7")):
        now = checklist(item, label=label, identifier=identifier)
        found = since(then, now)
        assert (found.lack, found.marks) == (Lack.NO_CHECK, {})
        shown = page(now, found)
        assert shown.count("no previous check of this patient: nothing is marked\n") == 1
        assert "[ ] Look at a-rule." in shown
    nobody = checklist(item, label=None)
    assert since(checklist(item, day=THEN, label=None), nobody).lack is Lack.NO_IDENTITY


def test_the_latest_check_that_is_not_later_counts() -> None:
    """Of several days the latest counts that is not after today; a time without a rival on its day may be any."""
    days = ["2026-03-01", "2026-03-10", "2026-03-24T08:00Z", "2026-03-25"]
    previous = written(*(one(Outcome.APPLIES, day=day) for day in days))  # type: ignore[arg-type]  # facts read text
    for today, expected in (
        ("2026-03-09", "2026-03-01"),
        ("2026-03-23", "2026-03-10"),
        ("2026-03-24", "2026-03-24T08:00Z"),
        ("2026-03-24T07:59Z", "2026-03-10"),
        ("2026-03-24T09:00+01:00", "2026-03-24T08:00Z"),
        ("2026-12-01", "2026-03-25"),
    ):
        found = compare(checklist(Finding(rule("a-rule"), Outcome.APPLIES), day=today), previous)
        assert (found.as_of, found.lack) == (expected, None)
        assert found.count(Change.STILL_OPEN) == 1


def test_only_later_checks() -> None:
    """When there are only later checks, nothing is compared and the day is named."""
    previous = written(one(Outcome.APPLIES, day=NOW), one(Outcome.APPLIES, day=NOW + timedelta(1)))
    found = compare(one(Outcome.APPLIES), previous)
    assert (found.lack, found.as_of, found.marks, found.gone) == (Lack.LATER, "2026-03-24", {}, ())


def test_two_checks_of_one_day() -> None:
    """Of two checks of the latest day the one under the same profile counts; of two such, none."""
    item = Finding(rule("a-rule"), Outcome.APPLIES)
    german, american = (checklist(item, day=THEN, profile=profile) for profile in ("de", "us"))
    now = checklist(item)
    assert compare(now, written(german, american)).profile == "us"
    assert compare(now, written(american, american)).lack is Lack.AMBIGUOUS
    assert compare(checklist(item, profile="ch"), written(american, german)).lack is Lack.AMBIGUOUS
    found = compare(now, written(german))
    assert found.profile_differs
    assert "under another profile, de: differences may come from the profile" in " ".join(page(now, found).split())


# ---------------------------------------------------------------- the command line


def run(*words: object) -> Result:
    """Run `check` within this process; no failure may be a traceback."""
    result = CliRunner().invoke(cli, ["check", *map(str, words)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return the JSON of each of the three days of one example patient."""
    folder = tmp_path_factory.mktemp("earlier")
    made = {number: folder / f"{number}.json" for number in (1, 2, 3)}
    for number, path in made.items():
        assert run(LONDON[number - 1], "--format", "json", "-o", path).exit_code == 0
    return made


@pytest.mark.parametrize(("then", "now"), [(1, 2), (1, 3), (2, 3)])
def test_recorded_page(then: int, now: int, earlier: dict[int, Path], request: pytest.FixtureRequest) -> None:
    """The pages of one patient's second and third day, beside an earlier day, are what was recorded and read."""
    from test_rendering import compare as recorded

    result = run(LONDON[now - 1], "--since", earlier[then])
    assert (result.exit_code, result.stderr) == (0, "")
    digest = json.loads(earlier[then].read_text("utf-8"))["rule_sets"][0]["digest"][:12]
    found = result.stdout.replace(digest, "<digest>").replace(str(LONDON[now - 1]), LONDON[now - 1].name)
    recorded(request, f"london-{now}-since-{then}.txt", found)


def test_json_of_a_comparison(earlier: dict[int, Path]) -> None:
    """The JSON of a compared run fits the schema, and can itself be compared with."""
    result = run(LONDON[2], "--since", earlier[2], "--format", "json")
    document = json.loads(result.stdout)
    assert mistakes(document, "checklist") == []
    assert document["checks"][0]["since"]["as_of"] == "2026-07-14"
    assert read_previous(result.stdout.encode(), "x").checks[0].as_of == "2026-09-02"
    plain = run(LONDON[2], "--format", "json").stdout
    (check,) = document["checks"]
    del check["since"]
    for finding in check["findings"]:
        finding.pop("change", None)
    assert document == json.loads(plain)


def test_a_later_run_is_told(earlier: dict[int, Path]) -> None:
    """An earlier run that is a later one is a problem of its own; the check is made and printed, unmarked."""
    result = run(LONDON[0], "--since", earlier[3])
    assert result.exit_code == 2
    assert result.stderr == (
        f"{earlier[3]}: {LONDON[0]}: the previous check of this patient is of a later day, 2026-09-02, "
        "and this check is of 2026-06-10\n"
        "    hint: give an earlier run in which the patient was checked once, on this day or before\n"
    )
    assert "nothing is marked" in result.stdout
    assert "[ ] Review the fall" in result.stdout
    printed = json.loads(run(LONDON[0], "--since", earlier[3], "--format", "json").stdout)
    assert printed["checks"][0]["since"]["lack"] == "later"
    assert [problem["file"] for problem in printed["problems"]] == [str(earlier[3])]
    assert mistakes(printed, "checklist") == []


def test_fail_on_takes_no_notice(earlier: dict[int, Path]) -> None:
    """`--fail-on` looks at what is open, whether it is new or not."""
    for number in (1, 3):
        assert run(LONDON[2], "--since", earlier[number], "--fail-on", "stop").exit_code == 1
    assert run(LONDON[1], "--since", earlier[1], "--fail-on", "note").exit_code == 0


def test_the_earlier_run_is_never_written_over(earlier: dict[int, Path]) -> None:
    """The file to compare with cannot be the output."""
    before = earlier[1].read_bytes()
    result = CliRunner().invoke(cli, ["check", str(LONDON[1]), "--since", str(earlier[1]), "-o", str(earlier[1])])
    assert "the output is the file to compare with" in str(result.exception)
    assert earlier[1].read_bytes() == before


def test_check_refuses_before_it_checks() -> None:
    """A patient state in the place of an earlier run ends the command, and nothing is printed."""
    result = CliRunner().invoke(cli, ["check", str(LONDON[0]), "--since", str(LONDON[0])])
    assert isinstance(result.exception, InputError)
    assert "this is not JSON" in str(result.exception)
    assert result.stdout == ""


def test_without_it_nothing_of_it_is_imported(earlier: dict[int, Path]) -> None:
    """A check that is compared with nothing imports nothing for it."""
    program = "import sys\nfrom thalsafety.cli import run\ncode = run()\nprint(*sorted(sys.modules), file=sys.stderr)\n"
    ours = {"thalsafety.checklists.changes", "thalsafety.loading.previous", "thalsafety.rendering.changed"}
    for words, expected in (([], set()), (["--since", str(earlier[1])], ours)):
        command = [sys.executable, "-c", program, "check", str(LONDON[1]), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert set(done.stderr.split()) & ours == expected


def test_selections_on_the_command_line(earlier: dict[int, Path], tmp_path: Path) -> None:
    """What another selection did not show is neither new nor resolved, and the page says so."""
    part = tmp_path / "part.json"
    run(LONDON[0], "--only", "cardiac", "--format", "json", "-o", part)
    shown = run(LONDON[2], "--since", part).stdout
    assert "the previous check showed only topic cardiac: what it did not show is not marked\n" in shown
    assert "since the check of 2026-06-10: 0 new, 0 still open, 0 resolved, 2 not compared\n" in shown
    assert "[NEW]" not in shown
    assert "0 resolved\n" in run(LONDON[1], "--since", earlier[1], "--only", "cardiac").stdout
    assert "RESOLVED" not in run(LONDON[1], "--since", earlier[1], "--severity", "stop").stdout
    assert "RESOLVED" in run(LONDON[1], "--since", earlier[1], "--only", "neuropathy").stdout


@pytest.mark.untraced  # hundreds of turns through code that other tests measure
def test_every_example_beside_itself() -> None:
    """Each example patient, written and read again: all that is open is still open, nothing is gone."""
    prepared = Prepared(RULES)
    for name, loaded in example_patients().items():
        assert loaded.state is not None
        made = prepared.checker(loaded.state.profile, loaded.state.as_of.day()).check(loaded.state)
        found = compare(made, written(made))
        identity = made.state.patient and (made.state.patient.label or made.state.patient.identifier)
        assert (found.lack is None) is bool(identity), name
        assert found.count(Change.STILL_OPEN) == len(found.marks), name
        assert found.gone == ()


def test_the_format_that_is_read_is_the_one_that_is_written() -> None:
    """What `check` writes today is what can be compared with."""
    assert FORMAT == rendering.FORMAT


def test_an_error_then_and_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule in error today leaves its earlier item unresolved; one in error then makes nothing new."""
    monkeypatch.setenv("THALSAFETY_CACHE", "off")
    broken = tmp_path / "rules"
    shutil.copytree(BASE, broken)
    (broken / "haematology" / "anc-low.yaml").write_text("rule: anc-low\n")
    state = tmp_path / "ada.yaml"
    state.write_text(
        "fictional: true\nas_of: 2026-03-10\nprofile: us\npatient: {label: Ada}\ntreatment: {status: active}\n"
        "observations: [{code: anc, value: 600, unit: /mm3, date: 2026-03-03}]\n"
    )
    sound, lame = tmp_path / "sound.json", tmp_path / "lame.json"
    run(state, "--rules", BASE, "--format", "json", "-o", sound)
    run(state, "--rules", broken, "--format", "json", "-o", lame)
    now_broken = run(state, "--rules", broken, "--since", sound)
    assert now_broken.exit_code == 2
    assert "OPEN ON 2026-03-10 AND NOT CHECKED NOW, so not resolved\n" in now_broken.stdout
    assert "URGENT Low neutrophils during treatment · anc-low: its rule is in error now" in now_broken.stdout
    assert "RESOLVED" not in now_broken.stdout
    mended = run(state, "--rules", BASE, "--since", lame)
    assert mended.exit_code == 0
    assert "[ ] [NOT CHECKED BEFORE] Re-evaluate" in mended.stdout
    assert "0 new, 0 still open, 0 resolved, 1 not compared" in mended.stdout
    assert "[NEW]" not in mended.stdout
