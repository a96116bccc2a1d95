"""From verdicts to a checklist: outcomes, supersession, due dates, order, marks, reasons, and engines that differ."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from building import DAY, Workshop, example_patients, facts, packaged_rules
from thalsafety import features
from thalsafety.checklists import Checker, Finding, Outcome, wording
from thalsafety.checklists.assembling import due_date
from thalsafety.engines import reference
from thalsafety.engines.rete import Rete
from thalsafety.errors import EngineDisagreementError, EngineError
from thalsafety.linked import Linked, State
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import link
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import Absent, Compare
from thalsafety.rendering import json as as_json
from thalsafety.rendering import sheets, text
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from thalsafety.checklists import Checklist
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Answer, Leaf

A = {"condition": "multiple_myeloma"}
B = {"procedure": "hysterectomy"}
C = {"trait": "smoker_current"}


def checker(linked: Linked) -> Checker:
    """Return a checker with both engines."""
    return Checker(linked, Rete(linked.program).run)


def checked(workshop: Workshop, patient: PatientFacts) -> Checklist:
    """Return the checklist of a patient under a small rule set."""
    return checker(workshop.linked(day=patient.as_of.day())).check(patient)


def found(checklist: Checklist, rule: str) -> Finding:
    """Return what was found of one rule."""
    return next(finding for finding in checklist.findings if finding.rule.id == rule)


def patient(
    a: bool | None = None,  # noqa: FBT001  a column of the table
    b: bool | None = None,  # noqa: FBT001  a column of the table
    c: bool | None = None,  # noqa: FBT001  a column of the table
    **more: object,
) -> PatientFacts:
    """Return a patient for whom the conditions A, B and C hold, do not hold, or are not recorded."""
    given: dict[str, object] = {}
    if a is not None:
        given["conditions"] = [{"code": "multiple_myeloma"}] if a else []
    if b is not None:
        given["procedures"] = [{"code": "hysterectomy", "date": "2020-01-01"}] if b else []
    if c is not None:
        given["patient"] = {"traits": ["smoker_current"] if c else []}
    return facts(DAY, **given, **more)


# ---------------------------------------------------------------- every example patient


@pytest.fixture(scope="module")
def checklists(rule_set: RuleSet, without_tracing: Callable[[], AbstractContextManager[None]]) -> dict[str, Checklist]:
    """Return the checklist of every example patient."""
    links = Links(rule_set)
    checkers: dict[int, Checker] = {}
    made = {}
    with without_tracing():
        for name, loaded in example_patients().items():
            assert loaded.state is not None
            linked = links.of(loaded.state.profile, loaded.state.as_of.day())
            if id(linked) not in checkers:
                checkers[id(linked)] = checker(linked)
            made[name] = checkers[id(linked)].check(loaded.state)
    return made


def test_every_rule_has_one_outcome(checklists: dict[str, Checklist], rule_set: RuleSet) -> None:
    """For every example patient each rule is found exactly once, and the counts add up to the number of rules."""
    assert checklists
    for name, checklist in checklists.items():
        assert sum(checklist.counts.values()) == len(rule_set.rules), name
        assert sorted(finding.rule.id for finding in checklist.findings) == sorted(rule_set.rules), name
        assert checklist.counts == {outcome: len(checklist.of(outcome)) for outcome in Outcome}, name
        assert checklist.counts[Outcome.ERROR] == 0, name


def test_items_unknown_and_covered_are_apart(checklists: dict[str, Checklist]) -> None:
    """What applies or cannot be told is an item, an open question or covered, and never two of these."""
    for name, checklist in checklists.items():
        shown = Counter(f.rule.id for f in (*checklist.items, *checklist.unknown, *checklist.covered))
        counted = checklist.counts[Outcome.APPLIES] + checklist.counts[Outcome.CANNOT_TELL]
        assert set(shown.values()) <= {1}, name
        assert len(shown) == counted, name
    assert any(checklist.covered for checklist in checklists.values())


def test_findings_stand_in_order(checklists: dict[str, Checklist]) -> None:
    """The gravest come first; then what is due first, then the order of topics, then names."""
    for name, checklist in checklists.items():
        keys = [
            (
                SEVERITIES.index(finding.rule.severity),
                finding.due or date.max,
                checklist.linked.topics[finding.rule.topic][0],
                finding.rule.id,
            )
            for finding in checklist.findings
        ]
        assert keys == sorted(keys), name
        assert len(set(keys)) == len(keys), name


def test_each_outcome_carries_what_it_needs(checklists: dict[str, Checklist]) -> None:
    """Reasons bear the truth of their rule, an open question is asked only where nothing can be told."""
    for name, checklist in checklists.items():
        conditions = {rule.id: rule.when for rule in checklist.linked.program.rules}
        for finding in checklist.findings:
            where = f"{name}: {finding.rule.id}"
            assert bool(finding.to_settle) is (finding.outcome is Outcome.CANNOT_TELL), where
            assert (finding.due is not None) is (finding.outcome in {Outcome.APPLIES, Outcome.CANNOT_TELL}), where
            assert bool(finding.reason) is (finding.rule.state is not State.IN_FORCE), where
            assert bool(finding.because) is (finding.rule.state is State.IN_FORCE), where
            if finding.because:
                for leaf, truth in finding.because:
                    assert reference.evaluate(leaf, checklist.answers) is truth, where
                truth = reference.evaluate(conditions[finding.rule.id], checklist.answers)
                assert finding.outcome.value == {TRUE: "applies", FALSE: "does_not_apply"}.get(truth, "cannot_tell")
            if finding.outcome is Outcome.CANNOT_TELL:
                assert {truth for _, truth in finding.because} == {UNKNOWN}, where
                asked = {question.feature for question in finding.to_settle}
                assert len(asked) == len(finding.to_settle), where


def test_what_covers_applies_and_is_no_milder(checklists: dict[str, Checklist]) -> None:
    """In every example, what makes a finding redundant applies itself, names it, and is as grave or graver."""
    for name, checklist in checklists.items():
        for finding in checklist.covered:
            for other in finding.superseded_by:
                by = found(checklist, other)
                assert by.outcome is Outcome.APPLIES, name
                assert by.rule.status == "active", name
                assert finding.rule.id in by.rule.supersedes, name
                assert SEVERITIES.index(by.rule.severity) <= SEVERITIES.index(finding.rule.severity), name


# ---------------------------------------------------------------- supersession


@pytest.mark.parametrize(
    ("upper", "lower", "a", "b", "covered"),
    [
        ("stop", "due", True, True, True),
        ("stop", "stop", True, True, True),
        ("stop", "due", True, None, True),
        ("stop", "due", None, True, False),
        ("stop", "due", None, None, False),
        ("stop", "due", False, True, False),
        ("stop", "due", False, None, False),
        ("stop", "due", True, False, False),
        ("due", "stop", True, True, False),
        ("due", "stop", True, None, False),
        ("note", "due", True, True, False),
        ("urgent", "due", True, None, True),
    ],
)
def test_supersession(  # noqa: PLR0913, PLR0917  one parameter per column of the table
    upper: str,
    lower: str,
    a: bool | None,  # noqa: FBT001  a column of the table
    b: bool | None,  # noqa: FBT001  a column of the table
    covered: bool,  # noqa: FBT001  a column of the table
    workshop: Workshop,
) -> None:
    """An applying rule covers what applies or cannot be told and is no graver; nothing else covers anything."""
    workshop.rule("upper", A, severity=upper, supersedes=["lower"])
    workshop.rule("lower", B, severity=lower)
    checklist = checked(workshop, patient(a, b))
    finding = found(checklist, "lower")
    assert finding.superseded_by == (("upper",) if covered else ())
    assert (finding in checklist.covered) is covered
    assert (finding in checklist.items) is (b is True and not covered)
    assert (finding in checklist.unknown) is (b is None and not covered)
    assert found(checklist, "upper").superseded_by == ()


def test_a_draft_covers_nothing(workshop: Workshop) -> None:
    """A rule that nobody has reviewed hides no other; it may be covered itself."""
    workshop.rule("draft-upper", A, severity="stop", status="draft", supersedes=["lower"])
    workshop.rule("lower", B, severity="due")
    workshop.rule("upper", A, severity="stop", supersedes=["draft-lower"])
    workshop.rule("draft-lower", B, severity="due", status="draft")
    for b in (True, None):
        checklist = checked(workshop, patient(a=True, b=b))
        assert found(checklist, "lower").superseded_by == ()
        assert found(checklist, "draft-lower").superseded_by == ("upper",)


def test_several_rules_cover_one(workshop: Workshop) -> None:
    """All that make a finding redundant are named, by name; a covered rule still covers."""
    workshop.rule("zz-first", A, severity="stop", supersedes=["lower"])
    workshop.rule("aa-second", A, severity="urgent", supersedes=["lower", "zz-first"])
    workshop.rule("middle", A, severity="urgent", supersedes=["lower"])
    workshop.rule("upper", A, severity="stop", supersedes=["middle"])
    workshop.rule("lower", B, severity="due")
    checklist = checked(workshop, patient(a=True, b=True))
    assert found(checklist, "lower").superseded_by == ("aa-second", "middle", "zz-first")
    assert found(checklist, "middle").superseded_by == ("upper",)
    assert found(checklist, "zz-first").superseded_by == ()


# ---------------------------------------------------------------- due dates


@pytest.mark.parametrize(
    ("deadline", "days"),
    [(None, 0), (("d", 0), 0), (("d", 3), 3), (("wk", 2), 14), (("h", 48), 2)],
)
def test_a_deadline_counts_from_the_day_of_the_check(
    deadline: tuple[str, int] | None, days: int, workshop: Workshop
) -> None:
    """Without a deadline the action is due on the day; an open question has a day too, a clear rule none."""
    more: dict[str, object] = {}
    if deadline is not None:
        workshop.number("time_left", *deadline)
        more["deadline"] = "time_left"
    workshop.rule("timed", A, **more)
    due = DAY + timedelta(days=days)
    assert [found(checked(workshop, patient(a)), "timed").due for a in (True, None, False)] == [due, due, None]


def scheduled(workshop: Workshop) -> None:
    """Add a schedule, weekly for smokers and every four weeks else, and a rule due as it says."""
    for name, days in (("every_week", 7), ("every_month", 28), ("no_grace", 0), ("two_days", 2)):
        workshop.number(name, "d", days)
    schedule = {
        "schedule": "testing",
        "title": "Tests",
        "task": "pregnancy_test",
        "opens_before": "two_days",
        "grace": "no_grace",
        "phases": [
            {"name": "smokers", "when": C, "every": "every_week"},
            {"name": "myeloma", "when": B, "every": "every_month"},
        ],
    }
    workshop.write("haematology/testing.yaml", json.dumps(schedule))
    workshop.rule("test-due", A, due_from="testing", deadline="two_days")


@pytest.mark.parametrize(
    ("smoker", "other", "done", "due"),
    [
        (True, True, "2026-03-05", "2026-03-12"),
        (True, None, "2026-03-05", "2026-03-12"),
        (False, True, "2026-03-05", "2026-04-02"),
        (True, False, "2026-02-20", "2026-02-27"),
        (None, True, "2026-03-05", "2026-03-12"),
        (None, False, "2026-03-05", "2026-03-12"),
        (False, None, "2026-03-05", "2026-04-02"),
        (True, True, "2026-03", "2026-03-08"),
        (False, False, "2026-03-05", "2026-03-12"),
        (True, True, None, "2026-03-12"),
        (None, None, None, "2026-03-12"),
    ],
)
def test_a_due_date_from_a_schedule(
    smoker: bool | None,  # noqa: FBT001  a column of the table
    other: bool | None,  # noqa: FBT001  a column of the table
    done: str | None,
    due: str,
    workshop: Workshop,
) -> None:
    """The phase that holds says the day, the earliest of those that may; without any, the deadline does."""
    scheduled(workshop)
    tests = [{"code": "pregnancy_test", "value": "negative", "date": done}] if done else []
    checklist = checked(workshop, patient(a=True, b=other, c=smoker, observations=tests))
    finding = found(checklist, "test-due")
    assert finding.due == date.fromisoformat(due)
    direct = due_date(checklist.linked.schedules["testing"], checklist.answers, DAY)
    fallback = (smoker, other) == (False, False) or done is None
    assert direct == (None if fallback else finding.due)


# ---------------------------------------------------------------- order


def test_the_order_of_a_checklist(workshop: Workshop) -> None:
    """Severity comes first, then the due day, the order of topics and the name."""
    workshop.number("in_a_week", "wk", 1)
    workshop.write(
        "earlier/topic.yaml", json.dumps({"topic": "earlier", "title": "T", "description": "D.", "order": 1})
    )
    for name, changes in {
        "b-note": {"severity": "note"},
        "a-note": {"severity": "note"},
        "late-stop": {"severity": "stop", "deadline": "in_a_week"},
        "z-stop": {"severity": "stop"},
        "a-due": {"severity": "due", "deadline": "in_a_week"},
        "b-due": {"severity": "due"},
    }.items():
        workshop.rule(name, A, **changes)
    (workshop.root / "haematology" / "b-note.yaml").rename(workshop.root / "earlier" / "b-note.yaml")
    order = [f.rule.id for f in checked(workshop, patient(a=True)).items]
    assert order == ["z-stop", "late-stop", "b-due", "a-due", "b-note", "a-note"]


# ---------------------------------------------------------------- marks


def test_assumptions_that_decide_are_marked(workshop: Workshop) -> None:
    """A finding names the project's own numbers on which it rests: operand, window and deadline, and no others."""
    workshop.number("our_count", "10*9/L", 1, "project")
    workshop.number("their_count", "10*9/L", 1)
    workshop.number("our_window", "d", 30, "project")
    workshop.number("our_deadline", "d", 3, "project")
    workshop.number("no_days_left", "d", 0, "project", plain_count=True)
    own = {"latest": "anc", "below": "our_count", "no_older_than": "our_window"}
    theirs = {"latest": "anc", "below": "their_count"}
    workshop.rule("ours", {"any": [own, C]}, deadline="our_deadline")
    workshop.rule("theirs", theirs)
    workshop.rule("counted", theirs, deadline="no_days_left")
    low = [{"code": "anc", "value": 0.5, "unit": "10*9/L", "date": "2026-03-09"}]
    checklist = checked(workshop, patient(c=False, observations=low))
    marks = {f.rule.id: f.assumptions for f in checklist.findings if f.rule.id != "anc-low"}
    assert marks == {"ours": ("our_count", "our_window", "our_deadline"), "theirs": (), "counted": ()}
    high = [{"code": "anc", "value": 5, "unit": "10*9/L", "date": "2026-03-09"}]
    assert found(checked(workshop, patient(c=True, observations=high)), "ours").assumptions == ("our_deadline",)


def test_unverified_wording_is_marked(workshop: Workshop) -> None:
    """A cited statement of low confidence is named, unless its source is not in force."""
    lines = (workshop.root / "sources" / "us-pi.yaml").read_text()
    statement = lines[lines.index("  - id:") :].replace("confidence: high", "confidence: low")
    second = statement.replace("US-PI-1", "US-PI-2")
    workshop.write("sources/us-pi.yaml", lines + second)
    elsewhere = lines.replace("source: us-pi", "source: elsewhere").replace("US-PI-1", "EL-1")
    workshop.write("sources/elsewhere.yaml", elsewhere.replace("confidence: high", "confidence: low"))
    cited = ("US-PI-1", "US-PI-2", "EL-1")
    workshop.rule("cites", A, guidance=[{"statement": name} for name in cited])
    workshop.rule("sound", A)
    checklist = checked(workshop, patient(a=True))
    assert found(checklist, "cites").unverified == ("US-PI-2",)
    assert found(checklist, "sound").unverified == ()


# ---------------------------------------------------------------- reasons


def reasons(because: Sequence[tuple[Leaf, Truth]]) -> dict[str, Truth]:
    """Return the subjects of the deciding clauses with their truth."""
    return {leaf.feature.subject: truth for leaf, truth in because}


MYELOMA, WOMB, SMOKES = "multiple_myeloma", "hysterectomy", "smoker_current"


@pytest.mark.parametrize(
    ("when", "holds", "outcome", "expected"),
    [
        ({"all": [A, B, C]}, (True, True, True), "applies", {MYELOMA: TRUE, WOMB: TRUE, SMOKES: TRUE}),
        ({"all": [A, B, C]}, (True, False, None), "does_not_apply", {WOMB: FALSE}),
        ({"all": [A, B, C]}, (False, True, False), "does_not_apply", {MYELOMA: FALSE, SMOKES: FALSE}),
        ({"all": [A, B, C]}, (True, None, None), "cannot_tell", {WOMB: UNKNOWN, SMOKES: UNKNOWN}),
        ({"any": [A, B, C]}, (False, False, False), "does_not_apply", {MYELOMA: FALSE, WOMB: FALSE, SMOKES: FALSE}),
        ({"any": [A, B, C]}, (False, True, None), "applies", {WOMB: TRUE}),
        ({"any": [A, B, C]}, (True, False, True), "applies", {MYELOMA: TRUE, SMOKES: TRUE}),
        ({"any": [A, B, C]}, (False, None, False), "cannot_tell", {WOMB: UNKNOWN}),
        ({"not": {"any": [A, B]}}, (False, False, True), "applies", {MYELOMA: FALSE, WOMB: FALSE}),
        ({"not": {"all": [A, B]}}, (True, False, True), "applies", {WOMB: FALSE}),
        ({"all": [A, {"not": C}]}, (True, None, None), "cannot_tell", {SMOKES: UNKNOWN}),
        ({"all": [A, {"any": [B, C]}]}, (True, False, True), "applies", {MYELOMA: TRUE, SMOKES: TRUE}),
    ],
)
def test_reasons_of_a_verdict(
    when: object,
    holds: tuple[bool | None, bool | None, bool | None],
    outcome: str,
    expected: dict[str, Truth],
    workshop: Workshop,
) -> None:
    """A verdict is explained by the clauses that decide it; what is open is asked for, each question once."""
    workshop.rule("asks", when)
    finding = found(checked(workshop, patient(*holds)), "asks")
    assert finding.outcome.value == outcome
    assert reasons(finding.because) == expected
    asked = [question.feature.subject for question in finding.to_settle]
    assert asked == (list(expected) if outcome == "cannot_tell" else [])


def test_a_question_that_cannot_matter_is_not_asked(workshop: Workshop) -> None:
    """Where both answers to a question lead to the same verdict, it is not among those that would settle it."""
    workshop.rule("asks", {"any": [{"all": [C, A]}, {"all": [{"not": C}, A]}, {"all": [A, B]}]})
    finding = found(checked(workshop, patient(a=None, b=False, c=None)), "asks")
    assert finding.outcome is Outcome.CANNOT_TELL
    (question,) = finding.to_settle
    assert question.feature.subject == MYELOMA
    assert question.answer == Absent("conditions are not recorded")
    workshop.rule("asks", {"any": [{"all": [C, A]}, {"all": [C, {"not": A}]}]})
    finding = found(checked(workshop, patient(a=None, c=None)), "asks")
    assert [question.feature.subject for question in finding.to_settle] == [SMOKES]


def test_reasons_keep_their_numbers(workshop: Workshop) -> None:
    """A reason holds the answer and the number against which it was held."""
    low = [{"code": "anc", "value": 749, "unit": "/mm3", "date": "2026-03-03"}]
    checklist = checked(workshop, facts(treatment={"status": "active"}, observations=low))
    finding = found(checklist, "anc-low")
    (leaf,) = [leaf for leaf, _ in finding.because if leaf.feature.kind == "latest"]
    assert isinstance(leaf, Compare)
    assert leaf.parameter is not None
    assert leaf.parameter.value == 750
    evidence = checklist.answers[leaf.feature.index].evidence
    assert evidence is not None
    assert (evidence.written, evidence.date) == ("749 /mm3", "2026-03-03")


# ---------------------------------------------------------------- rules that take no part


def test_rules_that_take_no_part_are_found_too(workshop: Workshop) -> None:
    """A rule not in force and one in error are outcomes of their own, with a reason and nothing else."""
    workshop.rule("old", A, status="retired")
    workshop.rule("broken", {"holds": "nothing_of_that_name"}, severity="note")
    checklist = checked(workshop, patient(a=True))
    old, broken = found(checklist, "old"), found(checklist, "broken")
    assert (old.outcome, old.reason) == (Outcome.NOT_IN_FORCE, "the rule is retired")
    assert broken.outcome is Outcome.ERROR
    assert "`nothing_of_that_name` is not a known definition" in broken.reason
    assert checklist.counts[Outcome.ERROR] == checklist.counts[Outcome.NOT_IN_FORCE] == 1
    for finding in (old, broken):
        assert (finding.because, finding.to_settle, finding.due, finding.superseded_by) == ((), (), None, ())


# ---------------------------------------------------------------- engines


def test_engines_that_differ_make_no_checklist(workshop: Workshop) -> None:
    """One verdict that the two engines do not share ends the check, with every rule in which they differ."""
    workshop.rule("asks", A)
    workshop.rule("other", B)
    linked = workshop.linked()
    right = Rete(linked.program).run

    def wrong(answers: Sequence[Answer]) -> dict[str, Truth]:
        return {**right(answers), "asks": FALSE}

    def silent(answers: Sequence[Answer]) -> dict[str, Truth]:
        return {rule: truth for rule, truth in right(answers).items() if rule == "anc-low"}

    with pytest.raises(EngineDisagreementError) as caught:
        Checker(linked, wrong).check(patient(a=True))
    assert str(caught.value) == "the engines differ: asks: reference true, rete false"
    with pytest.raises(EngineDisagreementError) as caught:
        Checker(linked, silent).check(patient(a=True, b=None))
    told = "asks: reference true, rete nothing; other: reference unknown, rete nothing"
    assert str(caught.value) == f"the engines differ: {told}"
    assert found(Checker(linked, wrong).check(patient(a=False)), "asks").outcome is Outcome.DOES_NOT_APPLY


def test_an_engine_that_fails_is_not_passed_over(workshop: Workshop) -> None:
    """A failure of the fast engine reaches the caller; the reference alone makes no checklist."""

    def fails(_answers: Sequence[Answer]) -> dict[str, Truth]:
        message = "the engine lost a message"
        raise EngineError(message)

    with pytest.raises(EngineError, match="the engine lost a message"):
        Checker(workshop.linked(), fails).check(patient())


def test_both_engines_get_the_same_answers(workshop: Workshop) -> None:
    """The engine is asked with the answers on which the checklist rests."""
    linked = workshop.linked()
    seen: list[Sequence[Answer]] = []

    def watched(answers: Sequence[Answer]) -> dict[str, Truth]:
        seen.append(answers)
        return reference.run(linked.program, answers)

    state = patient(a=True)
    checklist = Checker(linked, watched).check(state)
    assert seen == [checklist.answers]
    assert list(seen[0]) == list(features.answer(linked.program.features, state, linked.lexicon))


def test_a_source_past_its_review_date_is_told_on_every_page() -> None:
    """From the day after, and only where the source is in force: on the terminal, on paper and in the data."""
    linked = link(packaged_rules(), "us", DAY)
    last = date.fromisoformat(max(linked.review_by.values()))
    assert wording.past_review(linked, date.fromisoformat(min(linked.review_by.values()))) == ""
    assert "us-pi (review was due by 2027-01-15)" in wording.past_review(linked, last + timedelta(days=1))
    found = Checker(linked, Rete(linked.program).run).check(facts(as_of=str(last + timedelta(days=1))))
    told = "Sources past their review date, which may have changed"
    assert told in " ".join(text.plain(text.render(found, "x.yaml")).split())
    assert any(told in remark for remark in sheets.sheet(found, "x.yaml", "1").remarks)
    assert json.loads(as_json.render([("x.yaml", None, found)], [], "1"))["rule_sets"][0]["review_by"]["us-pi"]
