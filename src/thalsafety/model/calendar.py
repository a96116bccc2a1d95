"""The published form of `calendar --format json`; the program writes it, others may rely on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from thalsafety.model.checklist import PatientShown, ProblemShown, QuestionShown
from thalsafety.model.common import Written
from thalsafety.model.patient import Severity


class WindowShown(Written):
    """One turn of a schedule."""

    schedule: str
    task: str
    label: str
    phase: str
    turn: int = Field(description="Which turn of the course, from 1.")
    counted_from: str = Field(description="The date, as written, from which turns are counted; empty without one.")
    opens: str = Field(description="The first day on which it may be done.")
    due: str = Field(description="The day on which it is due, or the earliest that may be.")
    latest: str = Field(description="The latest day on which it may be due; equal to `due` when that is certain.")
    done: str = Field(description="The day on which the calendar supposes it to be done.")
    closes: str = Field(description="The first day on which it is not open any more.")
    overdue_from: str | None = Field(description="The first day on which rules call it overdue.")
    none_before: bool = Field(description="Whether nothing of the task is on file before.")
    rules: list[str]
    numbers: list[str] = Field(description="Names of the numbers that the dates rest on.")
    assumptions: list[str] = Field(description="Those that the project chose itself.")
    to_settle: list[QuestionShown]


class ChangeShown(Written):
    """A day on which another phase begins, or turns begin or end to be asked for."""

    day: str
    schedule: str
    label: str
    kind: Literal["phase", "begins", "ends", "rests", "resumes"]
    before: str | None
    after: str | None
    turn: int = Field(description="The turn that comes next.")


class UndecidedShown(Written):
    """What cannot be told from the first to the last of some days."""

    schedule: str
    label: str
    about: Literal["whether", "when"]
    first: str
    last: str
    earliest: str | None = Field(description="When the next turn is due at the earliest, if it is asked for.")
    latest: str | None
    rules: list[str]
    to_settle: list[QuestionShown]


class LaterShown(Written):
    """When the next turn of a schedule is due that has none within the calendar."""

    schedule: str
    label: str
    phase: str
    due: str
    latest: str
    rules: list[str]


class NumberShown(Written):
    """A number of a schedule."""

    name: str
    value: str
    unit: str
    source: str
    locator: str
    assumption: bool = Field(description="Whether the project chose the number itself.")


class PhaseShown(Written):
    """A phase of a schedule, with its interval."""

    name: str
    every: NumberShown


class ScheduleShown(Written):
    """A schedule with its numbers."""

    title: str
    task: str
    label: str
    phases: list[PhaseShown]
    opens_before: NumberShown
    grace: NumberShown


class AskingRuleShown(Written):
    """A rule that asks for turns."""

    title: str
    status: Literal["draft", "active", "retired"]
    severity: Severity
    action: str
    by: str
    statements: list[str]


class CitedShown(Written):
    """A guidance statement."""

    source: str
    title: str
    edition: str
    locator: str
    confidence: Literal["high", "medium", "low"]
    text: str


class RuleErrorShown(Written):
    """A rule that cannot be used, and why."""

    rule: str
    reason: str


class CalendarShown(Written):
    """One patient's calendar."""

    file: str
    position: int | None = Field(description="Which patient of the file, from 1; null when it holds one.")
    patient: PatientShown
    as_of: str
    until: str
    profile: str
    digest: str = Field(description="The SHA-256 of the rule files.")
    number_changes: list[str] = Field(description="Days on which numbers of the rules change; not taken into account.")
    windows: list[WindowShown]
    changes: list[ChangeShown]
    undecided: list[UndecidedShown]
    later: list[LaterShown]
    not_asked_for: list[str] = Field(description="Schedules that no rule asks for on any of the days.")
    errors: list[RuleErrorShown]
    schedules: dict[str, ScheduleShown]
    rules: dict[str, AskingRuleShown]
    statements: dict[str, CitedShown]


class CalendarDocument(Written):
    """Everything that one run printed."""

    format: Literal["thalsafety.calendar/1"]
    notice: str
    generator: str
    supposed: str = Field(description="What every date in the document supposes.")
    calendars: list[CalendarShown]
    problems: list[ProblemShown]
