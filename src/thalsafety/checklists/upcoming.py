"""The monitoring ahead: every turn of every schedule between two days, supposing that nothing else changes.

The walk goes from day to day. On each day the rules say which schedules count, and the schedules what is due; what
is due is supposed to be done on that day, with the latest result on file once more, and the walk goes on with it.
Beside it runs, for each turn, what the rules would say had that one turn been left out: so it is known from which
day on it would be overdue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Any

from thalsafety.checklists.assembling import Question
from thalsafety.checklists.duties import duties
from thalsafety.checklists.settling import open_questions
from thalsafety.engines import reference
from thalsafety.features import Answers
from thalsafety.linked import State
from thalsafety.model.plain import Plain
from thalsafety.model.when import When
from thalsafety.program import Absent, Known, Unsure
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.checklists.duties import Duty, Tie
    from thalsafety.linked import Linked, LinkedPhase, LinkedRule, LinkedSchedule
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Answer, Node, Pinned

_LAST_DAY = date.max.toordinal()
_FIXED = frozenset({"", "treatment_start", "treatment_stop"})
"""Milestones that stay where they are as the days go by."""


@dataclass(frozen=True, slots=True)
class Window:
    """One turn of a schedule.

    It may be done from `opens` on and is due on `due`, or on a day from `due` to `latest` where partial dates or an
    unknown phase leave that open, which `to_settle` would settle. `done` is the day on which the calendar supposes it
    to be done. `closes` is the first day on which the turn is not open any more, and `overdue_from` the first one on
    which rules call it overdue, if they ever do. `turn` counts the turns of the course from 1. `first` says that
    nothing of the task is on file before.
    """

    schedule: LinkedSchedule
    label: str
    phase: str
    turn: int
    anchor: str
    opens: date
    due: date
    latest: date
    done: date
    closes: date
    overdue_from: date | None
    rules: tuple[LinkedRule, ...]
    numbers: tuple[Pinned, ...]
    to_settle: tuple[Question, ...] = ()
    first: bool = False

    @property
    def assumptions(self) -> tuple[Pinned, ...]:
        """Return the project's own numbers that the dates rest on."""
        return tuple(number for number in self.numbers if number.assumption)


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """A day on which another phase of a schedule begins, or its turns begin or end to be asked for.

    `kind` is `phase`, `begins` or `ends`; `rests` and `resumes` stand for an end and a beginning with the other one
    within the calendar. `turn` is the number of the next turn.
    """

    schedule: LinkedSchedule
    label: str
    day: date
    kind: str
    before: str
    after: str
    turn: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """What cannot be told from `first` to `last`: `whether` a schedule's turns are asked for, or `when` they are due.

    `earliest` and `latest` bound the due date of the next turn, if it is asked for, where that much is known.
    """

    schedule: LinkedSchedule
    label: str
    about: str
    first: date
    last: date
    earliest: date | None
    latest: date | None
    anchor: str
    rules: tuple[LinkedRule, ...]
    to_settle: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """A schedule that counts on the calendar's last day without a turn before it: when its next turn is due then."""

    schedule: LinkedSchedule
    label: str
    phase: str
    due: date
    latest: date
    rules: tuple[LinkedRule, ...]


@dataclass(frozen=True)
class Calendar:
    """Everything that schedules ask for from the day of a patient state until another day, both included.

    `quiet` are the schedules of which nothing is asked on any of the days; `errors` are rules that cannot be used and
    might have asked for more. `number_changes` are days within it on which numbers of the rules change: the calendar
    goes by those in force on its first day.
    """

    linked: Linked
    state: PatientFacts
    until: date
    windows: tuple[Window, ...]
    changes: tuple[PhaseChange, ...]
    undecided: tuple[Undecided, ...]
    later: tuple[Later, ...]
    quiet: tuple[LinkedSchedule, ...]
    errors: tuple[LinkedRule, ...]
    number_changes: tuple[date, ...] = ()

    @property
    def next_due(self) -> tuple[Window, ...]:
        """Return the first window of each schedule that has one, in the order of their days."""
        found: dict[str, Window] = {}
        for window in self.windows:
            found.setdefault(window.schedule.id, window)
        return tuple(found.values())


def upcoming(
    linked: Linked, state: PatientFacts, until: date, number_changes: tuple[date, ...] = (), *, ends: bool = True
) -> Calendar:
    """Return the calendar from the day of a state until another day, which must not lie before it.

    Without `ends` it is not looked for when a turn that is left out closes and is overdue, which takes a third of the
    time; all else is the same.
    """
    return replace(_Walk(linked, state, until, ends=ends).calendar(), number_changes=number_changes)


# ---------------------------------------------------------------- what is supposed to be done


class _How(Enum):
    """What a supposed entry is made of."""

    AGAIN = auto()  # the newest on file once more, or a procedure or document, which has no result
    FIRST = auto()  # an observation that is on file for the first time: its result is not supposed
    ALONE = auto()  # its list was not recorded and stays so: only the schedule itself sees the entry


@dataclass(frozen=True, slots=True)
class _Done:
    """A task that is supposed to be done on a day, as entries of a list of the record."""

    task: str
    day: int
    name: str
    entries: tuple[Any, ...]
    how: _How


_SUPPOSED: dict[str, dict[str, object]] = {
    "observations": {"value": "not known", "unit": None, "sensitivity": None, "baseline": False, "upper_limit": None},
    "procedures": {},
    "documents": {},
}
"""What an entry says beside its code and its date when it is on file for the first time."""


def _on(day: int) -> When:
    return When(date.fromordinal(day).isoformat(), day, day)


def _suppose(task: str, day: int, view: _View, *, first: bool) -> _Done:
    """Return a task done on a day: the newest entry of it once more, or a first one."""
    kind = view.linked.lexicon.terms[task].kind
    newest = view.answers.newest(task)
    if newest:
        changes: dict[str, object] = {"date": _on(day)}
        if kind == "observations":
            changes["baseline"] = False
        entries = tuple(dated.entry.model_copy(update=changes) for dated in newest)
        return _Done(task, day, kind, entries, _How.FIRST if first else _How.AGAIN)
    entry = Plain(_SUPPOSED[kind] | {"code": task, "date": _on(day)})
    if newest is None:
        return _Done(task, day, kind, (entry,), _How.ALONE)
    return _Done(task, day, kind, (entry,), _How.FIRST if kind == "observations" else _How.AGAIN)


def _moved(state: PatientFacts, day: int, done: Iterable[_Done]) -> PatientFacts:
    """Return a state on a later day, with what is supposed to be done by then."""
    changes: dict[str, Any] = {} if day == state.as_of.first else {"as_of": _on(day)}
    for turn in done:
        changes[turn.name] = (*changes.get(turn.name, getattr(state, turn.name) or ()), *turn.entries)
    return state.model_copy(update=changes)


class _View:
    """One day of the walk as the rules see it."""

    def __init__(
        self, linked: Linked, state: PatientFacts, day: int, done: Sequence[_Done], veiled: frozenset[int]
    ) -> None:
        """Take the day and what is supposed; `veiled` are the questions about results that nobody supposes."""
        self.linked = linked
        self.day = day
        self._state = state
        self._done = done
        self._veiled = veiled
        self._alone = {turn.task for turn in done if turn.how is _How.ALONE}
        self._first = any(turn.how is _How.FIRST for turn in done)
        self._known: dict[int, Truth] = {}
        self._known_before: dict[int, Truth] = {}
        self.answers = self._asked(turn for turn in done if turn.how is not _How.ALONE)

    def _asked(self, done: Iterable[_Done]) -> Answers:
        return Answers(self.linked.program.features, _moved(self._state, self.day, done), self.linked.lexicon)

    @cached_property
    def _before_first(self) -> Answers:
        """Return the answers without the turns whose results are not supposed."""
        return self._asked(turn for turn in self._done if turn.how is _How.AGAIN)

    def __getitem__(self, index: int, /) -> Answer:
        """Return one answer."""
        return _RESULT_OPEN if index in self._veiled else self.answers[index]

    def truth(self, node: Node) -> Truth:
        """Return what is known of a condition; what only the result of a first turn could tell is as before it."""
        truth = reference.once(node, self, self._known)
        if truth is UNKNOWN and self._first:
            return reference.once(node, self._before_first, self._known_before)
        return truth

    def overdue(self, task: str, phase: LinkedPhase) -> Answer:
        """Return how many days a task is overdue in a phase."""
        if task not in self._alone:
            return self[phase.overdue.index]
        own = [turn for turn in self._done if turn.task == task]
        state = self._state.model_copy(update={own[0].name: None})
        moved = _moved(state, self.day, own)
        return Answers(self.linked.program.features, moved, self.linked.lexicon)[phase.overdue.index]


_RESULT_OPEN = Unsure("its first result is not known yet")


# ---------------------------------------------------------------- one schedule on one day


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a schedule stands on a day: whether it counts, in which phases it may be, and when its turn is due."""

    truth: Truth
    ties: tuple[Tie, ...] = ()
    phases: tuple[tuple[LinkedPhase, Truth], ...] = ()
    dues: tuple[tuple[int, int], ...] = ()
    missing: bool = False
    sure_phase: bool = False

    @property
    def phase(self) -> str:
        return " or ".join(phase.name for phase, _ in self.phases)

    @property
    def dated(self) -> bool:
        return bool(self.dues)

    @property
    def earliest(self) -> int:
        return min(low for low, _ in self.dues)

    @property
    def latest(self) -> int:
        return max(high for _, high in self.dues)

    def is_due(self, day: int) -> bool:
        """Whether the turn may be due, where it surely is asked for."""
        return self.truth is TRUE and self.dated and self.earliest <= day

    def is_open(self, day: int, schedule: LinkedSchedule) -> bool:
        """Whether the turn may be done, and is not late in every phase that may hold."""
        if self.truth is FALSE or not self.dated:
            return False
        return self.earliest - int(schedule.opens_before.operand) <= day and not self._late(day, schedule)

    def is_overdue(self, day: int, schedule: LinkedSchedule) -> bool:
        """Whether the turn is surely overdue."""
        return self.truth is TRUE and self.dated and self.sure_phase and self._late(day, schedule)

    def _late(self, day: int, schedule: LinkedSchedule) -> bool:
        return self.missing or self.latest + int(schedule.grace.operand) < day


def _standing(duty: Duty, view: _View) -> _Standing:
    """Return how a schedule stands on the day of a view."""
    truths = [(tie, view.truth(tie.when)) for tie in duty.ties]
    truth = TRUE if any(t is TRUE for _, t in truths) else UNKNOWN if any(t is UNKNOWN for _, t in truths) else FALSE
    if truth is FALSE:
        return _Standing(FALSE)
    ties = tuple(tie for tie, found in truths if found is truth)
    phases = tuple(_possible(duty.schedule, view))
    answers = [view.overdue(duty.schedule.task, phase) for phase, _ in phases]
    missing = any(tie.or_missing for tie in ties) and any(isinstance(answer, Absent) for answer in answers)
    known = [answer for answer in answers if isinstance(answer, Known)]
    if missing:
        dues: tuple[tuple[int, int], ...] = ((view.day, view.day),)
    elif len(known) == len(answers):
        dues = tuple((view.day - int(answer.high), view.day - int(answer.low)) for answer in known)
    else:
        dues = ()
    return _Standing(truth, ties, phases, dues, missing, bool(phases) and phases[-1][1] is TRUE)


def _possible(schedule: LinkedSchedule, view: _View) -> Iterator[tuple[LinkedPhase, Truth]]:
    """Return the phases that may hold: all before the first that surely does, but those that surely do not."""
    for phase in schedule.phases:
        truth = TRUE if phase.when is None else view.truth(phase.when)
        if truth is not FALSE:
            yield phase, truth
        if truth is TRUE:
            return


def _unsettled(node: Node, view: _View) -> list[Question]:
    """Return what would settle a condition that is unknown."""
    _truth, why = reference.explain(node, view)
    undecided = list(dict.fromkeys(leaf.feature for leaf, _ in why))
    return [Question(f, view[f.index]) for f in open_questions(node, undecided, view) or undecided]


def _once(questions: Iterable[Question]) -> tuple[Question, ...]:
    return tuple({question.feature: question for question in questions}.values())


def _whether(standing: _Standing, view: _View) -> tuple[Question, ...]:
    """Return what would settle whether a schedule counts."""
    return _once(question for tie in standing.ties for question in _unsettled(tie.when, view))


def _when(duty: Duty, standing: _Standing, view: _View) -> tuple[Question, ...]:
    """Return what would settle when a turn is due: the phase, or the day from which it counts."""
    found: list[Question] = []
    for phase, truth in standing.phases:
        if truth is UNKNOWN and phase.when is not None:
            found += _unsettled(phase.when, view)
    for phase, _ in standing.phases:
        answer = view.overdue(duty.schedule.task, phase)
        if not isinstance(answer, Known) or answer.low != answer.high:
            found.append(Question(phase.overdue, answer))
    return _once(found)


# ---------------------------------------------------------------- the walk


@dataclass(slots=True)
class _Track:
    """What the walk remembers of one schedule."""

    duty: Duty
    anchor: str
    turn: int
    first: bool
    fixed: bool
    open_since: int | None = None
    phase: str | None = None
    asked: bool = False
    stretch: Undecided | None = None
    last: _Standing | None = None


@dataclass(slots=True)
class _Omitted:
    """A turn as if it had been left out: how the rules would see it on the days after.

    `dues` are its due dates by phase, where leaving it out changes nothing else and they stay as they are.
    """

    place: int
    track: _Track
    day: int
    dues: dict[int, tuple[int, int]] | None
    closed: bool = False
    over: bool = False


class _Walk:
    """One walk over the days: what was found so far."""

    def __init__(self, linked: Linked, state: PatientFacts, until: date, *, ends: bool = True) -> None:
        self.linked = linked
        self.ends = ends
        self.state = state
        self.start = state.as_of.first
        self.until = until.toordinal()
        self.done: list[_Done] = []
        self.firsts: set[str] = set()
        self.veiled: frozenset[int] = frozenset()
        self.windows: list[Window] = []
        self.changes: list[PhaseChange] = []
        self.undecided: list[Undecided] = []
        self.omitted: list[_Omitted] = []
        self.tracks: list[_Track] = []

    def calendar(self) -> Calendar:
        """Walk, and return what was found."""
        self.tracks = [self._track(duty) for duty in duties(self.linked)]
        day = self.start
        while day <= _LAST_DAY and (day <= self.until or self.omitted):
            self._step(day)
            day += 1
        return Calendar(
            linked=self.linked,
            state=self.state,
            until=date.fromordinal(self.until),
            windows=tuple(sorted(self.windows, key=lambda w: (w.done, w.due))),
            changes=tuple(sorted(_named(self.changes), key=lambda change: change.day)),
            undecided=tuple(sorted(self.undecided, key=lambda stretch: stretch.first)),
            later=tuple(self._later()),
            quiet=tuple(track.duty.schedule for track in self.tracks if not track.asked),
            errors=tuple(rule for rule in self.linked.rules if rule.state is State.ERROR),
        )

    def _track(self, duty: Duty) -> _Track:
        answers = Answers(self.linked.program.features, self.state, self.linked.lexicon)
        anchor = answers.milestone(duty.counted_from) if duty.counted_from else None
        past = answers.past(duty.schedule.task)
        dates = [dated.date for dated in past or () if dated.date is not None]
        begun = anchor.last if isinstance(anchor, When) else 0
        turns = len({when.first for when in dates if when.first > begun})
        fixed = duty.plain and duty.counted_from in _FIXED and isinstance(anchor, When) and anchor.certain
        fixed = fixed and len(dates) == len(past or ()) and not self._movable(duty)
        return _Track(duty, anchor.text if isinstance(anchor, When) else "", turns + 1, not past, fixed)

    def _movable(self, duty: Duty) -> bool:
        """Whether an entry of the task is a plan, or carries a date that is not one day."""
        kind = self.linked.lexicon.terms[duty.schedule.task].kind
        covers = self.linked.lexicon.covers(duty.schedule.task)
        dates = [entry.date for entry in getattr(self.state, kind) or () if entry.code in covers]
        return any(when is None or not when.certain or when.first > self.start for when in dates)

    def _view(self, day: int, left_out: _Omitted | None = None) -> _View:
        done = self.done
        if left_out is not None:
            task = left_out.track.duty.schedule.task
            done = [turn for turn in done if turn.task != task or turn.day < left_out.day]
        return _View(self.linked, self.state, day, done, self.veiled)

    def _step(self, day: int) -> None:
        """Look at one day, and suppose what is due on it done."""
        view = self._view(day)
        standings = [(track, _standing(track.duty, view)) for track in self.tracks]
        now = {track.duty.schedule.id: standing for track, standing in standings}
        for omitted in self.omitted:
            self._look_again(omitted, day, now[omitted.track.duty.schedule.id])
        self.omitted = [omitted for omitted in self.omitted if not omitted.over]
        supposed: dict[str, _Done] = {}
        for track, standing in standings:
            if day <= self.until:
                self._note(track, standing, view)
            if standing.is_due(day):
                if day <= self.until:
                    self._found(track, standing, view)
                task = track.duty.schedule.task
                supposed.setdefault(task, _suppose(task, day, view, first=task in self.firsts))
                track.turn += 1
                track.open_since = None
        for turn in supposed.values():
            self._do(turn)

    def _do(self, turn: _Done) -> None:
        """Suppose a turn done, and forget those of its task that nothing asks about any more."""
        duties_ = [track.duty for track in self.tracks if track.duty.schedule.task == turn.task]
        if turn.how is _How.FIRST:
            self.firsts.add(turn.task)
            self.veiled = self.veiled.union(*(duty.told_by_results for duty in duties_))
        if all(duty.by_newest for duty in duties_):
            pending = [o.day for o in self.omitted if o.track.duty.schedule.task == turn.task]
            before = max(
                (d.day for d in self.done if d.task == turn.task and d.day < min(pending, default=turn.day)), default=0
            )
            self.done = [done for done in self.done if done.task != turn.task or done.day >= before]
        self.done.append(turn)

    # ------------------------------------------------------------ what a day tells

    def _note(self, track: _Track, standing: _Standing, view: _View) -> None:
        """Take down what a day tells of a schedule: its phase, what cannot be told, since when its turn is open."""
        track.asked = track.asked or standing.truth is UNKNOWN or bool(standing.phases)
        track.last = standing
        self._note_doubt(track, standing, view)
        self._note_phase(track, standing, view.day)
        if not standing.is_open(view.day, track.duty.schedule) or standing.truth is not TRUE:
            track.open_since = None
        elif track.open_since is None:
            track.open_since = self._opened(track, standing, view.day)

    def _opened(self, track: _Track, standing: _Standing, day: int) -> int:
        """Return since when a turn found open on a day is open: on the first day, as its own date says."""
        if day > self.start or standing.missing:
            return day
        return min(standing.earliest - int(track.duty.schedule.opens_before.operand), day)

    def _note_doubt(self, track: _Track, standing: _Standing, view: _View) -> None:
        """Begin, go on with or end a stretch in which something cannot be told."""
        about = ""
        if standing.truth is UNKNOWN:
            about = "whether"
        elif standing.truth is TRUE and standing.phases and not standing.dated:
            about = "when"
        before, track.stretch = track.stretch, None
        if about and before is not None and before.about == about:
            track.stretch = replace(before, last=date.fromordinal(view.day))
            self.undecided[self.undecided.index(before)] = track.stretch
        elif about:
            track.stretch = self._doubt(track, standing, view, about)
            self.undecided.append(track.stretch)

    def _doubt(self, track: _Track, standing: _Standing, view: _View, about: str) -> Undecided:
        duty, today = track.duty, date.fromordinal(view.day)
        questions = _whether(standing, view) if about == "whether" else _when(duty, standing, view)
        return Undecided(
            schedule=duty.schedule,
            label=duty.label,
            about=about,
            first=today,
            last=today,
            earliest=date.fromordinal(standing.earliest) if standing.dated else None,
            latest=date.fromordinal(standing.latest) if standing.dated else None,
            anchor=track.anchor,
            rules=tuple(tie.rule for tie in standing.ties),
            to_settle=questions,
        )

    def _note_phase(self, track: _Track, standing: _Standing, day: int) -> None:
        """Take down that a phase, or asking for turns at all, begins or ends; in doubt what was known stays."""
        if standing.truth is UNKNOWN:
            return
        before, track.phase = track.phase, standing.phase
        if before is None or before == track.phase or day == self.start:
            return
        kind = "begins" if not before else "phase" if track.phase else "ends"
        duty = track.duty
        change = PhaseChange(
            duty.schedule, duty.label, date.fromordinal(day), kind, before, track.phase, track.turn, track.anchor
        )
        self.changes.append(change)

    # ------------------------------------------------------------ turns

    def _found(self, track: _Track, standing: _Standing, view: _View) -> None:
        """Take down the turn that is due, and begin to look at it as if it were left out."""
        duty, day = track.duty, view.day
        schedule = duty.schedule
        opens = track.open_since if track.open_since is not None else self._opened(track, standing, day)
        late = standing.is_overdue(day, schedule)
        since = day
        if late and day == self.start and not standing.missing:
            since = standing.latest + int(schedule.grace.operand) + 1
        sure = standing.sure_phase and standing.earliest == standing.latest
        self.windows.append(
            Window(
                schedule=schedule,
                label=duty.label,
                phase=standing.phase,
                turn=track.turn,
                anchor=track.anchor,
                opens=date.fromordinal(opens),
                due=date.fromordinal(standing.earliest),
                latest=date.fromordinal(standing.latest),
                done=date.fromordinal(day),
                closes=date.fromordinal(since),
                overdue_from=date.fromordinal(since) if late else None,
                rules=tuple(tie.rule for tie in standing.ties),
                numbers=_numbers(schedule, standing),
                to_settle=() if sure else _when(duty, standing, view),
                first=track.first,
            )
        )
        track.first = False
        if self.ends and not late:
            dues = _dues(duty, view) if track.fixed else None
            self.omitted.append(_Omitted(len(self.windows) - 1, track, day, dues))

    def _look_again(self, omitted: _Omitted, day: int, now: _Standing) -> None:
        """Look at a day as if a turn had been left out, until it is overdue or the calendar ends without that."""
        duty = omitted.track.duty
        if omitted.dues is not None:
            dues = omitted.dues
            standing = replace(now, dues=tuple(dues[phase.overdue.index] for phase, _ in now.phases))
        else:
            view = self._view(day, omitted)
            standing, dues = _standing(duty, view), _dues(duty, view)
        last = max((high for _, high in dues.values()), default=0) + int(duty.schedule.grace.operand)
        overdue = standing.is_overdue(day, duty.schedule)
        window, today = self.windows[omitted.place], date.fromordinal(day)
        if not omitted.closed and not standing.is_open(day, duty.schedule):
            omitted.closed = True
            window = replace(window, closes=today)
        if overdue:
            window = replace(window, overdue_from=today)
        self.windows[omitted.place] = window
        omitted.over = overdue or (omitted.closed and day > max(self.until, last))

    def _later(self) -> Iterator[Later]:
        """Return what counts on the last day and was not due before."""
        seen = {window.schedule.id for window in self.windows}
        for track in self.tracks:
            standing, schedule = track.last, track.duty.schedule
            if standing is None or standing.truth is not TRUE or not standing.dated or schedule.id in seen:
                continue
            rules = tuple(tie.rule for tie in standing.ties)
            due, latest = date.fromordinal(standing.earliest), date.fromordinal(standing.latest)
            yield Later(schedule, track.duty.label, standing.phase, due, latest, rules)


def _dues(duty: Duty, view: _View) -> dict[int, tuple[int, int]]:
    """Return the first and last day on which a turn may be due, by the question of each phase."""
    answers = [(phase.overdue.index, view.overdue(duty.schedule.task, phase)) for phase in duty.schedule.phases]
    return {
        index: (view.day - int(answer.high), view.day - int(answer.low))
        for index, answer in answers
        if isinstance(answer, Known)
    }


def _numbers(schedule: LinkedSchedule, standing: _Standing) -> tuple[Pinned, ...]:
    """Return the numbers that the dates of a turn rest on, each once."""
    every = [phase.every for phase, _ in standing.phases]
    return tuple({number.name: number for number in (*every, schedule.opens_before, schedule.grace)}.values())


def _named(changes: list[PhaseChange]) -> Iterator[PhaseChange]:
    """Return changes, an end with a beginning after it and that beginning called a rest."""
    for place, change in enumerate(changes):
        ended = any(c.kind == "ends" and c.schedule is change.schedule for c in changes[:place])
        begun = any(c.kind == "begins" and c.schedule is change.schedule for c in changes[place + 1 :])
        if change.kind == "ends" and begun:
            yield replace(change, kind="rests")
        elif change.kind == "begins" and ended:
            yield replace(change, kind="resumes")
        else:
            yield change
