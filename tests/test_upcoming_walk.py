"""The calendar against the checks themselves: a patient state for every day, checked day by day for three years.

What is read here comes from checks of rules written for the purpose (`probes`), with what a schedule is asked for
under copied out by hand, and from states in which every turn is a real entry. Nothing of the calendar's own code
takes part.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from building import RULES, Workshop, packaged_rules
from chance import BENIGN, LONG, NOT_SHRUNK, patient
from thalsafety.checklists import Checker, Outcome
from thalsafety.checklists.upcoming import upcoming
from thalsafety.engines import reference
from thalsafety.engines.rete import Rete
from thalsafety.linking.linker import link
from thalsafety.model.patient import PatientFacts
from thalsafety.model.when import When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thalsafety.checklists import Finding
    from thalsafety.checklists.upcoming import Window
    from thalsafety.linked import Linked

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

IN_COURSE: tuple[object, ...] = ({"holds": "in_course"},)
COUNTS: tuple[object, ...] = ({"holds": "blood_counts_followed"},)
ASKED_UNDER: dict[str, tuple[object, ...]] = {
    "adverse-event-review": IN_COURSE,
    "clot-symptom-review": IN_COURSE,
    "haemoglobin-measurement": COUNTS,
    "heart-rate-review": IN_COURSE,
    "hiv-viral-load": (*IN_COURSE, {"holds": "hiv_infected"}),
    "liver-tests": IN_COURSE,
    "long-term-disease-review": ({"holds": "long_term_treatment"},),
    "nerve-conduction": IN_COURSE,
    "neurological-examination": (
        {
            "any": [
                {"holds": "in_course"},
                {
                    "all": [
                        {"fact": "treatment_status", "is": "stopped"},
                        {"event_active": "neuropathy", "suspected": True},
                    ]
                },
            ]
        },
    ),
    "neuropathy-symptom-review": (
        {"holds": "in_course"},
        {"on_file": "neurological_examination", "within": "nerve_examination_includes_asking_for", "is": "no"},
    ),
    "neuropathy-symptom-review-after-stop": (
        {"fact": "treatment_status", "is": "stopped"},
        {"holds": "neuropathy_watch_runs"},
        {"on_file": "neurological_examination", "within": "neuropathy_symptom_review_interval_after_stop", "is": "no"},
    ),
    "neutrophil-count": COUNTS,
    "patient-survey": (
        {
            "any": [
                {"holds": "on_treatment"},
                {
                    "all": [
                        {"fact": "treatment_status", "is": "interrupted"},
                        {"recorded": "planned_restart"},
                        {"days_until": "planned_restart", "at_most": "patient_survey_opens"},
                    ]
                },
            ]
        },
    ),
    "platelet-count": COUNTS,
    "pregnancy-testing": ({"holds": "duties_run"}, {"holds": "can_become_pregnant"}),
    "renal-tests": IN_COURSE,
    "white-cell-count": COUNTS,
}
"""What the packaged rules ask besides the turn, by hand; no rule in force under `us` asks for other schedules."""
MISSING_COUNTS = {"pregnancy-testing"}
"""Schedules whose rules ask for the task also when nothing tells when it was last done."""
UNDATED = timedelta(days=3)
"""How far ahead the due date of a probe lies whose schedule gives none."""
YEARS = 3
LEFT_OUT = 10
"""So many windows of each calendar are looked at as if left out."""


@dataclass
class Probed:
    """What a check of the probes says of one schedule on one day."""

    asks: Outcome
    due: Finding
    overdue: Finding
    today: date

    @property
    def missing(self) -> bool:
        """Whether it is overdue without a date."""
        return self.overdue.outcome is Outcome.APPLIES and self.overdue.due == self.today + UNDATED

    @property
    def open(self) -> bool:
        """Whether the turn may be open, as far as the schedule goes."""
        in_doubt = self.overdue.outcome is Outcome.CANNOT_TELL
        return self.dated and (self.due.outcome is not Outcome.DOES_NOT_APPLY or in_doubt) and not self.late

    @property
    def dated(self) -> bool:
        """Whether the schedule gave a date."""
        return self.date is not None

    @property
    def date(self) -> date | None:
        """Return the due date, where the turn may be open or overdue."""
        if self.missing:
            return self.today
        found = next((f.due for f in (self.due, self.overdue) if f.outcome is not Outcome.DOES_NOT_APPLY), None)
        return None if found == self.today + UNDATED and self._undated else found

    @property
    def _undated(self) -> bool:
        asked = [q for f in (self.due, self.overdue) for q in f.to_settle if q.feature.kind == "days_overdue"]
        return any(hasattr(question.answer, "reason") for question in asked)

    @property
    def late(self) -> bool:
        """Whether the turn is surely overdue."""
        return self.overdue.outcome is Outcome.APPLIES

    @property
    def is_due(self) -> bool:
        """Whether the task is due now, or may be."""
        return self.asks is Outcome.APPLIES and (self.late or (self.date is not None and self.date <= self.today))


class Daily:
    """A patient checked every day, with every turn that is due done on its day."""

    def __init__(
        self, linked: Linked, check: Callable[[PatientFacts], dict[str, Finding]], given_: dict[str, Any]
    ) -> None:
        """Take the rules, how a state is checked, and what is recorded."""
        self.linked = linked
        self.check = check
        self.given = given_
        self.kinds = {name: linked.lexicon.terms[s.task].kind for name, s in linked.schedules.items()}
        self.done: list[tuple[str, date, list[dict[str, Any]]]] = []

    def on(self, day: date, left_out: tuple[str, date] | None = None) -> dict[str, Probed]:
        """Return what the probes say on a day, without one task from its day on where one is left out."""
        recorded = dict(self.given) | {"as_of": day.isoformat()}
        for task, when, entries in self.done:
            if when < day and (left_out is None or task != left_out[0] or when < left_out[1]):
                kind = self.linked.lexicon.terms[task].kind
                recorded[kind] = [*(recorded.get(kind) or ()), *entries]
        found = self.check(PatientFacts.model_validate(recorded))
        return {
            name: Probed(found[f"asks-{name}"].outcome, found[f"due-{name}"], found[f"overdue-{name}"], day)
            for name in ASKED_UNDER
        }

    def do(self, task: str, day: date) -> list[dict[str, Any]]:
        """Return a task done on a day: its newest entries once more, or a first one."""
        covers = self.linked.lexicon.covers(task)
        kind = self.linked.lexicon.terms[task].kind
        listed = [*(self.given.get(kind) or ()), *(e for _, _, entries in self.done for e in entries)]
        dated = [(e, When.parse(e["date"])) for e in listed if e.get("code") in covers]
        if not dated:
            return [{**BENIGN.get(task, {"code": task}), "date": day.isoformat()}]
        first = max(min(when.first, day.toordinal()) for _, when in dated)
        newest = [e for e, when in dated if when.last >= first]
        return [
            {**e, "date": day.isoformat()} | ({"baseline": False} if kind == "observations" else {}) for e in newest
        ]


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Return the packaged schedules with three rules each: asked for, due, overdue."""
    root = tmp_path_factory.mktemp("probes") / "rules"
    shutil.copytree(RULES, root)
    workshop = Workshop(root)
    workshop.number("far_ahead", "d", UNDATED.days)
    names: list[str] = []
    for name, conditions in ASKED_UNDER.items():
        missing = {"or_missing": True} if name in MISSING_COUNTS else {}
        for probe, turn in (("asks", []), ("due", [{"due": name}]), ("overdue", [{"overdue": name, **missing}])):
            names.append(f"{probe}-{name}")
            workshop.rule(
                f"{probe}-{name}",
                {"all": [*conditions, *turn]},
                due_from=name,
                deadline="far_ahead",
                guidance=[{"statement": "US-PI-5.8-02"}],
            )
    rule_set = workshop.load()
    return link(replace(rule_set, rules={name: rule_set.rules[name] for name in names}), "us", date(2026, 3, 10))


@pytest.fixture(scope="module", autouse=True)
def quick_questions() -> Iterator[None]:
    """Let a check name every undecided question: which of them matter takes most of the time, and no test reads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thalsafety.checklists.assembling.open_questions", lambda _when, undecided, _answers: undecided)
        yield


@pytest.fixture(scope="module")
def linked() -> Linked:
    """Return the packaged rules, as the calendar uses them."""
    return link(packaged_rules(), "us", date(2026, 3, 10))


def by_reference(probes: Linked) -> Callable[[PatientFacts], dict[str, Finding]]:
    """Return the check of a state by the reference engine."""
    checker = Checker(probes, lambda answers: reference.run(probes.program, answers))
    return lambda state: {finding.rule.id: finding for finding in checker.check(state).findings}


def by_both(probes: Linked) -> Callable[[PatientFacts], dict[str, Finding]]:
    """Return the check of a state by both engines."""
    checker = Checker(probes, Rete.of_plan(Rete.plan(probes.program)).run)
    return lambda state: {finding.rule.id: finding for finding in checker.check(state).findings}


def hold(linked: Linked, daily: Daily, first: date, days: int) -> None:
    """Hold the calendar of a patient against the daily checks."""
    until = first + timedelta(days=days)
    calendar = upcoming(linked, PatientFacts.model_validate(daily.given), until)
    open_since: dict[str, date] = {}
    found: dict[tuple[str, date], tuple[date, date]] = {}
    in_doubt: dict[tuple[str, date], str] = {}
    horizon = until + timedelta(days=12)
    for day in (first + timedelta(days=k) for k in range((horizon - first).days + 1)):
        doing: dict[str, list[dict[str, Any]]] = {}
        for name, probed in daily.on(day).items():
            if probed.asks is Outcome.CANNOT_TELL:
                in_doubt[name, day] = "whether"
            elif probed.asks is Outcome.APPLIES and not probed.dated and probed.due.outcome is Outcome.CANNOT_TELL:
                in_doubt[name, day] = "when"
            if probed.asks is not Outcome.APPLIES or not probed.open:
                open_since.pop(name, None)
            else:
                open_since.setdefault(name, day)
            if probed.is_due:
                assert probed.date is not None
                found[name, day] = (open_since.pop(name, day), probed.date)
                task = linked.schedules[name].task
                doing[task] = daily.do(task, day)
        daily.done += [(task, day, entries) for task, entries in doing.items()]
    windows = {(w.schedule.id, w.done): w for w in calendar.windows}
    assert windows.keys() == {key for key in found if key[1] <= until}
    for (name, done), window in windows.items():
        opened, due = found[name, done]
        assert window.due == due, (name, done)
        if opened > first:
            assert window.opens == opened, (name, done)
        elif window.opens > first:
            assert opened == window.opens
    stretches = {
        (u.schedule.id, u.first + timedelta(days=k)): u.about
        for u in calendar.undecided
        for k in range((u.last - u.first).days + 1)
    }
    assert stretches == {key: about for key, about in in_doubt.items() if key[1] <= until}
    for window in random.Random(days).sample(calendar.windows, min(len(calendar.windows), LEFT_OUT)):
        leave_out(window, daily, until)


def leave_out(window: Window, daily: Daily, until: date) -> None:
    """Hold the end of a window against the checks of a patient for whom that one turn was left out."""
    name = window.schedule.id
    closes = overdue_from = None
    day, last = window.done, min(until + timedelta(days=12), window.done + timedelta(days=40))
    while day <= last and overdue_from is None:
        probed = daily.on(day, (window.schedule.task, window.done))[name]
        if closes is None and (probed.asks is Outcome.DOES_NOT_APPLY or not probed.open):
            closes = day
        if probed.asks is Outcome.APPLIES and probed.late:
            overdue_from = day
        day += timedelta(days=1)
    if overdue_from == date.fromisoformat(daily.given["as_of"][:10]):  # it was so before the first day
        assert window.overdue_from is not None, name
        assert window.overdue_from <= overdue_from
        return
    if window.overdue_from is None:
        assert overdue_from is None or overdue_from > until, name
    else:
        assert overdue_from == window.overdue_from or (overdue_from is None and window.overdue_from > last), name
    assert closes is None or window.closes == closes, name


def random_patient(seed: int) -> tuple[dict[str, Any], date]:
    """Return what is recorded of a random patient, and the day."""
    recorded = patient(random.Random(seed))
    return recorded, date.fromisoformat(recorded["as_of"][:10])


@settings(max_examples=300 if LONG else 2, phases=NOT_SHRUNK)
@given(seed=st.integers(0, 2**32))
def test_three_years_day_by_day(linked: Linked, probes: Linked, seed: int) -> None:
    """The calendar of random patients is what the checks of every day say, for three years."""
    recorded, first = random_patient(seed)
    hold(linked, Daily(probes, by_reference(probes), recorded), first, YEARS * 365)


@settings(max_examples=2000 if LONG else 12, phases=NOT_SHRUNK)
@given(seed=st.integers(0, 2**32))
def test_two_months_day_by_day(linked: Linked, probes: Linked, seed: int) -> None:
    """The same for many more patients over two months."""
    recorded, first = random_patient(seed)
    hold(linked, Daily(probes, by_reference(probes), recorded), first, 60)


@settings(max_examples=50 if LONG else 4, phases=NOT_SHRUNK)
@given(seed=st.integers(0, 2**32))
def test_a_month_by_both_engines(linked: Linked, probes: Linked, seed: int) -> None:
    """The same over a month with both engines asked on every day."""
    recorded, first = random_patient(seed)
    hold(linked, Daily(probes, by_both(probes), recorded), first, 30)
