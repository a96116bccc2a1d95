"""The calendar: what each kind of schedule and patient gives, and what holds for all of them."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from building import BASE, Workshop, facts, packaged_rules
from chance import BENIGN, LONG, NOT_SHRUNK, patient
from thalsafety.checklists.duties import duties
from thalsafety.checklists.upcoming import _Walk, upcoming
from thalsafety.linking.linker import link
from thalsafety.model.patient import PatientFacts

if TYPE_CHECKING:
    from thalsafety.checklists.upcoming import Calendar, Window
    from thalsafety.linked import Linked

DOSES = [{"start": "2026-01-31", "mg_per_day": 100}]
ACTIVE = {"status": "active", "doses": DOSES, "interruptions": []}


def day(text: str) -> date:
    """Return a day."""
    return date.fromisoformat(text)


@pytest.fixture(scope="module")
def linked() -> Linked:
    """Return the packaged rules."""
    return link(packaged_rules(), "us", date(2026, 3, 10))


def scheduled(
    workshop: Workshop, every: tuple[int, str], *, grace: int = 2, opens: int = 3, task: str = "anc", **more: Any
) -> None:
    """Write a schedule `turns` of one phase, or of `phases`, and the rule that asks for it on treatment."""
    workshop.number("turn_every", every[1], every[0], source="project")
    workshop.number("turn_opens", "d", opens)
    workshop.number("turn_grace", "d", grace, plain_count=False)
    schedule = {
        "schedule": "turns",
        "title": "Turns",
        "task": task,
        "counted_from": "treatment_start",
        "opens_before": "turn_opens",
        "grace": "turn_grace",
        "phases": [{"name": "always", "every": "turn_every"}],
        **more,
    }
    workshop.write("haematology/turns.yaml", json.dumps(schedule))
    workshop.rule(
        "turn-due",
        {"all": [{"holds": "on_treatment"}, {"any": [{"due": "turns"}, {"overdue": "turns"}]}]},
        due_from="turns",
    )


def ahead(workshop: Workshop, as_of: str, until: str, **given_: Any) -> Calendar:
    """Return the calendar of a patient on treatment, or of one whose `treatment` is given."""
    recorded = {"treatment": ACTIVE, "observations": [], **given_}
    return upcoming(workshop.linked(), facts(as_of, **recorded), day(until))


def dues(calendar: Calendar) -> list[str]:
    """Return the due dates."""
    return [window.due.isoformat() for window in calendar.windows]


def anc(when: str, value: str = "3") -> dict[str, str]:
    """Return a neutrophil count."""
    return {"code": "anc", "value": value, "unit": "10*9/L", "date": when}


# ---------------------------------------------------------------- dates


def test_a_window_and_its_days(workshop: Workshop) -> None:
    """A turn opens before its date, is overdue after its grace, and the next is counted from it."""
    scheduled(workshop, (2, "wk"))
    calendar = ahead(workshop, "2026-03-10", "2026-04-10", observations=[anc("2026-03-05")])
    first, second = calendar.windows
    assert (first.opens, first.due, first.overdue_from) == (day("2026-03-16"), day("2026-03-19"), day("2026-03-22"))
    assert (first.done, first.closes, first.latest) == (first.due, first.overdue_from, first.due)
    assert (first.turn, second.turn) == (2, 3)
    assert second.due == day("2026-04-02")
    assert [rule.id for rule in first.rules] == ["turn-due"]
    assert [number.name for number in first.assumptions] == ["turn_every"]
    assert not first.first
    assert calendar.next_due == (first,)
    assert (calendar.changes, calendar.undecided, calendar.quiet) == ((), (), ())


def test_month_ends_and_leap_days(workshop: Workshop) -> None:
    """A month after the 31st is the last day of a shorter month; the day then stays what it has become."""
    scheduled(workshop, (1, "mo"))
    assert dues(ahead(workshop, "2026-02-01", "2026-06-30", observations=[anc("2026-01-31")])) == [
        "2026-02-28",
        "2026-03-28",
        "2026-04-28",
        "2026-05-28",
        "2026-06-28",
    ]
    leap = {"status": "active", "doses": [{"start": "2028-01-31", "mg_per_day": 100}], "interruptions": []}
    assert dues(ahead(workshop, "2028-02-01", "2028-04-01", treatment=leap)) == ["2028-02-29", "2028-03-29"]


def test_a_year_from_a_leap_day(workshop: Workshop) -> None:
    """A year after 29 February is 28 February."""
    scheduled(workshop, (1, "a"))
    course = {"status": "active", "doses": [{"start": "2027-06-01", "mg_per_day": 100}], "interruptions": []}
    calendar = ahead(workshop, "2028-03-01", "2030-04-01", treatment=course, observations=[anc("2028-02-29")])
    assert dues(calendar) == ["2029-02-28", "2030-02-28"]


def test_overdue_today(workshop: Workshop) -> None:
    """A turn that was missed is supposed done today, and keeps the days on which it opened and became overdue."""
    scheduled(workshop, (1, "wk"))
    first, second = ahead(workshop, "2026-03-10", "2026-03-17", observations=[anc("2026-02-20")]).windows
    assert (first.opens, first.due, first.overdue_from) == (day("2026-02-24"), day("2026-02-27"), day("2026-03-02"))
    assert first.done == day("2026-03-10")
    assert second.due == day("2026-03-17")


def test_only_days_matter(workshop: Workshop) -> None:
    """A time within the day moves nothing."""
    scheduled(workshop, (1, "wk"))
    seen = [
        [(w.opens, w.due, w.done, w.overdue_from) for w in ahead(workshop, as_of, "2026-05-01").windows]
        for as_of in ("2026-03-10", "2026-03-10T00:01+14:00", "2026-03-10T23:59-12:00")
    ]
    assert seen[0] == seen[1] == seen[2]


def test_the_last_day_counts(workshop: Workshop) -> None:
    """A turn due on the last day is in the calendar, one due the day after stands under what is due later."""
    scheduled(workshop, (1, "wk"))
    assert dues(ahead(workshop, "2026-03-10", "2026-03-17", observations=[anc("2026-03-10")])) == ["2026-03-17"]
    calendar = ahead(workshop, "2026-03-10", "2026-03-16", observations=[anc("2026-03-10")])
    assert calendar.windows == ()
    assert [(later.schedule.id, later.due) for later in calendar.later] == [("turns", day("2026-03-17"))]


def test_a_calendar_at_the_end_of_time(workshop: Workshop) -> None:
    """The last days of the calendar are no trouble."""
    scheduled(workshop, (1, "d"))
    course = {"status": "active", "doses": [{"start": "9999-12-20", "mg_per_day": 100}], "interruptions": []}
    assert dues(ahead(workshop, "9999-12-29", "9999-12-30", treatment=course)) == ["9999-12-21", "9999-12-30"]


# ---------------------------------------------------------------- what is on file


def test_never_done(workshop: Workshop) -> None:
    """A task that is not on file is counted from the first dose, and then from the turn supposed."""
    scheduled(workshop, (4, "wk"))
    first, second = ahead(workshop, "2026-02-10", "2026-04-01").windows
    assert (first.due, first.first, first.turn) == (day("2026-02-28"), True, 1)
    assert (second.due, second.first, second.turn) == (day("2026-03-28"), False, 2)


def test_a_first_result_is_not_supposed(workshop: Workshop) -> None:
    """What only the result of a first turn could tell is taken as it was before that turn."""
    workshop.number("low_below", "10*9/L", 1)
    workshop.number("turn_every_low", "d", 3)
    low = {"latest": "anc", "below": "low_below"}
    phases = [
        {"name": "low", "when": {"all": [{"on_file": "anc"}, low]}, "every": "turn_every_low"},
        {"name": "else", "every": "turn_every"},
    ]
    scheduled(workshop, (2, "wk"), phases=phases)
    calendar = ahead(workshop, "2026-02-10", "2026-03-20")
    assert dues(calendar) == ["2026-02-14", "2026-02-28", "2026-03-14"]
    assert {window.phase for window in calendar.windows} == {"else"}
    low_again = ahead(workshop, "2026-02-10", "2026-02-17", observations=[anc("2026-02-08", "0.5")])
    assert dues(low_again) == ["2026-02-11", "2026-02-14", "2026-02-17"]


def test_a_copy_is_no_baseline(workshop: Workshop) -> None:
    """The supposed turn repeats the latest result, but does not become what later values are compared with."""
    scheduled(workshop, (1, "wk"))
    state = facts("2026-03-10", treatment=ACTIVE, observations=[anc("2026-03-09", "5") | {"baseline": True}])
    walk = _Walk(workshop.linked(), state, day("2026-03-20"))
    walk.calendar()
    (entry,) = walk.done[-1].entries
    assert (entry.value, entry.date.text, entry.baseline) == ("5", "2026-03-16", False)


def test_procedures_and_documents(workshop: Workshop) -> None:
    """A task may be a procedure, also a planned one, or a document."""
    scheduled(workshop, (1, "wk"), task="major_surgery")
    planned = [{"code": "major_surgery", "date": "2026-03-14"}]
    calendar = ahead(workshop, "2026-03-10", "2026-03-28", procedures=planned)
    assert [window.done.isoformat() for window in calendar.windows] == ["2026-03-10", "2026-03-21", "2026-03-28"]
    scheduled(workshop, (1, "wk"), task="informed_consent")
    assert dues(ahead(workshop, "2026-03-10", "2026-03-18", documents=[]))[-1] == "2026-03-17"


def test_a_group_is_done_by_any_of_its_members(workshop: Workshop) -> None:
    """The newest entry of a group is the one repeated, and counts of one day are one turn."""
    scheduled(workshop, (1, "wk"), task="blood_count")
    haemoglobin = {"code": "haemoglobin", "value": "12", "unit": "g/dL", "date": "2026-03-08"}
    calendar = ahead(workshop, "2026-03-10", "2026-03-22", observations=[anc("2026-03-08"), haemoglobin])
    assert dues(calendar) == ["2026-03-15", "2026-03-22"]
    assert [window.turn for window in calendar.windows] == [2, 3]


# ---------------------------------------------------------------- what cannot be told


def test_no_list_no_date(workshop: Workshop) -> None:
    """Where the list was not recorded, it cannot be told when the task is due, and that is said with its reason."""
    scheduled(workshop, (1, "wk"))
    calendar = ahead(workshop, "2026-03-10", "2026-04-10", observations=None)
    assert (calendar.windows, calendar.quiet) == ((), ())
    (stretch,) = calendar.undecided
    assert (stretch.about, stretch.first, stretch.last) == ("when", day("2026-03-10"), day("2026-04-10"))
    assert [question.feature.kind for question in stretch.to_settle] == ["days_overdue"]
    assert getattr(stretch.to_settle[0].answer, "reason", "") == "observations are not recorded"


def test_no_anchor(workshop: Workshop) -> None:
    """Without a first dose and without an entry there is nothing to count from."""
    scheduled(workshop, (1, "wk"))
    (stretch,) = ahead(workshop, "2026-03-10", "2026-04-10", treatment={"status": "active"}).undecided
    assert (stretch.about, stretch.anchor) == ("when", "")


def test_whether_it_is_asked_for(workshop: Workshop) -> None:
    """Where it cannot be told whether the rules ask, no turn is supposed, and the next due date is told with an if."""
    scheduled(workshop, (1, "wk"))
    calendar = ahead(workshop, "2026-03-10", "2026-04-10", treatment={"doses": DOSES}, observations=[anc("2026-03-08")])
    assert calendar.windows == ()
    (stretch,) = calendar.undecided
    assert (stretch.about, stretch.earliest, stretch.latest) == ("whether", day("2026-03-15"), day("2026-03-15"))
    assert [question.feature.subject for question in stretch.to_settle] == ["treatment_status"]
    assert [rule.id for rule in stretch.rules] == ["turn-due"]


def test_a_partial_date_gives_earliest_and_latest(workshop: Workshop) -> None:
    """A task done in some day of a month is due in a stretch of days; the turns after it are certain."""
    scheduled(workshop, (4, "wk"))
    calendar = ahead(workshop, "2026-03-10", "2026-05-10", observations=[anc("2026-02")])
    first, second = calendar.windows[:2]
    assert (first.due, first.latest, first.done) == (day("2026-03-01"), day("2026-03-28"), day("2026-03-10"))
    assert (first.opens, first.overdue_from) == (day("2026-02-26"), day("2026-03-31"))
    assert [question.feature.kind for question in first.to_settle] == ["days_overdue"]
    assert (second.due, second.latest, second.to_settle) == (day("2026-04-07"), day("2026-04-07"), ())


def test_a_month_that_still_runs(workshop: Workshop) -> None:
    """A task done in some day of the present month may have been done later than today's check could know."""
    scheduled(workshop, (4, "wk"))
    (window,) = ahead(workshop, "2026-03-10", "2026-04-10", observations=[anc("2026-03")]).windows
    assert (window.due, window.done, window.overdue_from) == (day("2026-03-29"), day("2026-03-29"), day("2026-05-01"))


def test_an_unknown_phase_gives_earliest_and_latest(workshop: Workshop) -> None:
    """Where the phase cannot be told, the turn is done on the earliest date, and the phase would settle it."""
    workshop.number("turn_every_else", "wk", 4)
    phases = [
        {"name": "smokers", "when": {"trait": "smoker_current"}, "every": "turn_every"},
        {"name": "others", "every": "turn_every_else"},
    ]
    scheduled(workshop, (1, "wk"), phases=phases)
    window = ahead(workshop, "2026-03-10", "2026-03-16", observations=[anc("2026-03-08")], patient={}).windows[0]
    assert (window.phase, window.due, window.latest) == ("smokers or others", day("2026-03-15"), day("2026-04-05"))
    assert [question.feature.kind for question in window.to_settle] == ["trait"]


def test_a_schedule_without_a_phase_that_holds(workshop: Workshop) -> None:
    """Where no phase can hold nothing is due, and the schedule is named among those of which nothing is asked."""
    workshop.number("low_below", "10*9/L", 1)
    phases = [{"name": "low", "when": {"latest": "anc", "below": "low_below"}, "every": "turn_every"}]
    scheduled(workshop, (1, "wk"), phases=phases)
    calendar = ahead(workshop, "2026-03-10", "2026-04-10", observations=[anc("2026-03-08")])
    assert (calendar.windows, calendar.undecided, calendar.later) == ((), (), ())
    assert [schedule.id for schedule in calendar.quiet] == ["turns"]


def test_a_phase_that_may_hold_and_no_other(workshop: Workshop) -> None:
    """Where it is unknown whether any phase holds, a turn is never overdue for certain, and the walk still ends."""
    phases = [{"name": "smokers", "when": {"trait": "smoker_current"}, "every": "turn_every"}]
    scheduled(workshop, (1, "wk"), phases=phases)
    calendar = ahead(workshop, "2026-03-10", "2026-03-30", observations=[anc("2026-03-08")], patient={})
    assert dues(calendar) == ["2026-03-15", "2026-03-22", "2026-03-29"]
    assert {window.overdue_from for window in calendar.windows} == {None}
    assert [(w.closes - w.due).days for w in calendar.windows] == [3, 3, 3]
    assert [question.feature.kind for question in calendar.windows[0].to_settle] == ["trait"]


def test_a_rule_in_error_is_told(workshop: Workshop) -> None:
    """A rule that cannot be used might have asked for more."""
    scheduled(workshop, (1, "wk"))
    workshop.rule("lost", {"holds": "nowhere"})
    rule_set = workshop.load()
    calendar = upcoming(link(rule_set, "us", day("2026-03-10")), facts(treatment=ACTIVE), day("2026-03-11"))
    assert [rule.id for rule in calendar.errors] == ["lost"]


# ---------------------------------------------------------------- the packaged rules


def of(calendar: Calendar, schedule: str) -> list[Window]:
    """Return the windows of one schedule."""
    return [window for window in calendar.windows if window.schedule.id == schedule]


def woman(start: str, tests: list[str], **course: Any) -> dict[str, Any]:
    """Return a woman who can become pregnant, with confirmed regular cycles."""
    return {
        "patient": {"birth_date": "1990-05-04", "sex_at_birth": "female"},
        "reproduction": {"menstrual_status": "menstruating", "cycles": {"regularity": "regular", "confirmed": True}},
        "treatment": {"status": "active", "doses": [{"start": start, "mg_per_day": 100}], "interruptions": []} | course,
        "observations": [BENIGN["pregnancy_test"] | {"date": when} for when in tests],
        "procedures": [],
        "adverse_events": [],
    }


def test_weekly_becomes_four_weekly(linked: Linked) -> None:
    """Pregnancy tests are weekly through the first four weeks; the changes of phase stand on their days."""
    state = facts("2026-02-01", **woman("2026-02-01", ["2026-02-01"]))
    calendar = upcoming(linked, state, day("2026-04-30"))
    tests = of(calendar, "pregnancy-testing")
    assert [w.due.isoformat() for w in tests] == [
        "2026-02-08",
        "2026-02-15",
        "2026-02-22",
        "2026-03-01",
        "2026-03-29",
        "2026-04-26",
    ]
    assert [(c.day.isoformat(), c.kind) for c in calendar.changes if c.schedule.id == "pregnancy-testing"] == [
        ("2026-03-02", "phase"),
        ("2026-03-09", "phase"),
    ]
    assert tests[0].overdue_from == day("2026-02-09")
    assert (tests[3].closes, tests[3].overdue_from) == (day("2026-03-02"), day("2026-03-23"))


def test_stopped(linked: Linked) -> None:
    """Tests go on for four weeks after the last dose and end on the day after."""
    course = {"status": "stopped", "stopped": "2026-03-01", "stop_reason": "reason_neuropathy"}
    calendar = upcoming(linked, facts("2026-03-10", **woman("2026-01-05", ["2026-03-08"], **course)), day("2026-06-01"))
    assert of(calendar, "pregnancy-testing") == []
    ends = [(c.day, c.kind, c.after) for c in calendar.changes if c.schedule.id == "pregnancy-testing"]
    assert ends == [(day("2026-03-30"), "ends", "")]
    long_ago = {"status": "stopped", "stopped": "2025-11-01", "stop_reason": "reason_neuropathy"}
    state = facts("2026-03-10", **woman("2025-01-05", ["2025-11-01"], **long_ago))
    assert "pregnancy-testing" in [schedule.id for schedule in upcoming(linked, state, day("2026-06-01")).quiet]


def test_interrupted(linked: Linked) -> None:
    """An interruption ends neither pregnancy tests nor reviews, but surveys and most blood counts."""
    pause = {"status": "interrupted", "interruptions": [{"start": "2026-03-01", "reason": "reason_neuropathy"}]}
    state = facts("2026-03-10", **woman("2026-01-05", ["2026-03-08"], **pause), documents=[])
    calendar = upcoming(linked, state, day("2026-06-01"))
    assert of(calendar, "pregnancy-testing")
    assert of(calendar, "adverse-event-review")
    assert {"patient-survey", "neutrophil-count"} <= {schedule.id for schedule in calendar.quiet}


def test_a_man(linked: Linked) -> None:
    """A man has no pregnancy tests, and monthly surveys."""
    given_ = woman("2026-01-05", [], status="active") | {
        "patient": {"sex_at_birth": "male", "birth_date": "1960-01-01"}
    }
    survey = [{"code": "patient_survey", "date": "2026-03-05"}]
    calendar = upcoming(linked, facts("2026-03-10", **given_, documents=survey), day("2026-06-01"))
    assert "pregnancy-testing" in [schedule.id for schedule in calendar.quiet]
    assert not [stretch for stretch in calendar.undecided if stretch.schedule.id == "pregnancy-testing"]
    assert [w.due.isoformat() for w in of(calendar, "patient-survey")] == ["2026-04-05", "2026-05-05"]
    unrecorded = upcoming(linked, facts("2026-03-10", **given_), day("2026-06-01")).undecided
    assert ("patient-survey", "when") in {(stretch.schedule.id, stretch.about) for stretch in unrecorded}


def test_a_child_grows_up(linked: Linked) -> None:
    """A child stays on monthly examinations until the birthday on which it is none any more."""
    given_ = woman("2025-01-05", [], status="active") | {
        "patient": {"sex_at_birth": "male", "birth_date": "2008-04-20"},
        "medications": [],
        "observations": [BENIGN["neurological_examination"] | {"date": "2026-03-05"}],
    }
    calendar = upcoming(linked, facts("2026-03-10", **given_), day("2026-08-01"))
    exams = of(calendar, "neurological-examination")
    assert [w.due.isoformat() for w in exams] == ["2026-04-05", "2026-07-05"]
    assert [(c.day.isoformat(), c.after) for c in calendar.changes if c.schedule.id == "neurological-examination"] == [
        ("2026-04-20", "later")
    ]


def test_one_task_lets_another_rest(linked: Linked) -> None:
    """An examination counts as having asked: the question rests and is asked for again, which is told as such."""
    given_ = woman("2025-01-05", []) | {
        "medications": [],
        "observations": [BENIGN["neurological_examination"] | {"date": "2026-03-05"}],
        "documents": [{"code": "neuropathy_symptom_review", "date": "2026-03-05"}],
    }
    calendar = upcoming(linked, facts("2026-03-10", **given_), day("2026-08-01"))
    kinds = [(c.day.isoformat(), c.kind) for c in calendar.changes if c.schedule.id == "neuropathy-symptom-review"]
    assert kinds == [("2026-03-27", "begins"), ("2026-06-06", "rests"), ("2026-06-27", "resumes")]
    late = of(calendar, "neuropathy-symptom-review")[-1]
    assert (late.due, late.opens, late.done) == (day("2026-07-05"), day("2026-06-28"), day("2026-07-05"))


def test_tests_are_asked_for_where_nothing_is_recorded(linked: Linked) -> None:
    """Without any list of observations a test is due today all the same, and the list stays not recorded."""
    state = facts("2026-03-10", **woman("2026-01-05", []) | {"observations": None})
    calendar = upcoming(linked, state, day("2026-04-30"))
    first, second = of(calendar, "pregnancy-testing")[:2]
    assert (first.due, first.opens, first.overdue_from) == (day("2026-03-10"),) * 3
    assert (second.due, second.latest) == (day("2026-03-24"), day("2026-04-07"))  # a menstrual history may be on file
    undated = {stretch.schedule.id for stretch in calendar.undecided if stretch.about == "when"}
    assert "neutrophil-count" in undated


# ---------------------------------------------------------------- what holds for all


def random_state(seed: int) -> PatientFacts:
    """Return a random patient."""
    return PatientFacts.model_validate(patient(random.Random(seed)))


@settings(max_examples=1000 if LONG else 12, phases=NOT_SHRUNK)
@given(seed=st.integers(0, 2**32))
def test_turns_come_in_order(linked: Linked, seed: int) -> None:
    """The turns of a schedule come one after another and are numbered so; opening, due, done follow in this order."""
    state = random_state(seed)
    calendar = upcoming(linked, state, state.as_of.day() + timedelta(days=200))
    for schedule in linked.schedules:
        windows = of(calendar, schedule)
        assert [w.done for w in windows] == sorted({w.done for w in windows})
        assert [w.turn for w in windows] == [windows[0].turn + k for k in range(len(windows))] if windows else True
        for w in windows:
            assert w.opens <= w.done
            assert w.due <= w.latest
            assert w.due <= w.done <= calendar.until
            assert w.overdue_from is None or w.closes <= w.overdue_from
            assert (w.due == w.latest) or w.to_settle
            assert w.rules


def test_without_ends_all_else_is_the_same(linked: Linked) -> None:
    """A sheet, which does not say when a turn closes, has the turns and the doubts of the whole calendar."""
    known = facts("2026-02-01", **woman("2026-02-01", ["2026-02-01"]))
    told = 0
    for state in (known, *map(random_state, range(5))):
        today = state.as_of.day()
        whole = upcoming(linked, state, today + timedelta(days=60))
        short = upcoming(linked, state, today + timedelta(days=60), ends=False)
        assert [replace(w, closes=w.done, overdue_from=None) for w in whole.windows] == [
            replace(w, closes=w.done, overdue_from=None) for w in short.windows
        ]
        told += sum(w.overdue_from is not None for w in whole.windows if w.done > today)
        assert not any(w.overdue_from for w in short.windows if w.done > today)
        assert (whole.undecided, whole.later, whole.changes) == (short.undecided, short.later, short.changes)
    assert told


def test_duties_are_found_once_and_for_each_rule_set(linked: Linked, workshop: Workshop) -> None:
    """What was found for the rules asked about last is kept, and never told of other rules."""
    first = duties(linked)
    assert duties(linked) is first
    other = duties(workshop.linked())
    assert {duty.schedule.id for duty in other} != {duty.schedule.id for duty in first}
    assert duties(linked) == first


@pytest.fixture(scope="module")
def by_days(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Return small rules in days and weeks only: months are not alike, so a shift would change them."""
    root = tmp_path_factory.mktemp("days") / "rules"
    shutil.copytree(BASE, root)
    workshop = Workshop(root)
    for name, length in (("early_for", 30), ("every_early", 7), ("every_later", 28), ("low_below", 1)):
        workshop.number(name, "10*9/L" if name == "low_below" else "d", length)
    phases = [
        {"name": "low", "when": {"latest": "anc", "below": "low_below"}, "every": "every_early"},
        {"name": "early", "when": {"days_since": "treatment_start", "at_most": "early_for"}, "every": "every_early"},
        {"name": "later", "every": "every_later"},
    ]
    scheduled(workshop, (1, "wk"), phases=phases)
    return workshop.linked()


@settings(max_examples=1000 if LONG else 60, phases=NOT_SHRUNK)
@given(shift=st.integers(-400, 4000), seed=st.integers(0, 2**32))
def test_a_shift_of_all_dates_shifts_the_calendar(by_days: Linked, shift: int, seed: int) -> None:
    """When every date moves by some days, so does the whole calendar, in days and weeks."""
    start = date(2024, 2, 20)
    assert shifted(by_days, start, seed) == shifted(by_days, start + timedelta(days=shift), seed)


def shifted(linked: Linked, start: date, seed: int) -> list[tuple[object, ...]]:
    """Return the calendar of a random patient who is checked on a day, in days from that day."""
    rng = random.Random(seed)
    begun, stopped = rng.randint(0, 90), rng.choice((None, rng.randint(0, 30)))
    course: dict[str, Any] = {"status": "active" if stopped is None else "stopped", "interruptions": []}
    course["doses"] = [{"start": (start - timedelta(days=begun)).isoformat(), "mg_per_day": 100}]
    if stopped is not None:
        course["stopped"] = (start - timedelta(days=min(stopped, begun))).isoformat()
    counts = [anc((start - timedelta(days=rng.randint(0, 60))).isoformat(), rng.choice(("0.5", "3")))]
    calendar = upcoming(linked, facts(start, treatment=course, observations=counts), start + timedelta(days=120))

    def from_start(*days: date | None) -> tuple[int | None, ...]:
        return tuple(None if day is None else (day - start).days for day in days)

    return [
        *((w.phase, w.turn, *from_start(w.opens, w.due, w.done, w.closes, w.overdue_from)) for w in calendar.windows),
        *((c.kind, c.before, c.after, *from_start(c.day)) for c in calendar.changes),
        *((u.about, *from_start(u.first, u.last)) for u in calendar.undecided),
    ]
