"""The published form of `check --format json`; the program writes it, others may rely on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from thalsafety.model.common import Written
from thalsafety.model.patient import Severity

OutcomeWord = Literal["applies", "cannot_tell", "error", "does_not_apply", "not_in_force"]


class PatientShown(Written):
    """Whom the check is about."""

    label: str | None
    identifier: str | None
    fictional: Literal[True]


class RulesShown(Written):
    """Which rules were used: SHA-256 of their content, and how many."""

    digest: str
    count: int


class Counts(Written):
    """Rules per outcome; they add up to the number of rules."""

    applies: int
    cannot_tell: int
    error: int
    does_not_apply: int
    not_in_force: int


class AnswerShown(Written):
    """The answer to a question: bounds (equal when certain) or why there is none, and what it rests on."""

    known: bool
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    reason: str | None = None
    written: str | None = Field(None, description="As written in the patient state.")
    converted: str | None = Field(None, description="In the vocabulary's unit.")
    date: str | None = None


class ParameterShown(Written):
    """A number that a clause rests on."""

    name: str
    value: str
    unit: str
    source: str
    locator: str
    assumption: bool


class ClauseShown(Written):
    """A clause that decided the outcome, with the file and line where it was written."""

    clause: str
    question: str
    subject: str
    file: str
    line: int
    via: list[str]
    parameters: list[ParameterShown]
    truth: Literal["true", "false", "unknown"]
    answer: AnswerShown


class QuestionShown(Written):
    """A question whose answer would settle "cannot tell"."""

    question: str
    reason: str


class CitedShown(Written):
    """A guidance statement."""

    statement: str
    source: str
    title: str
    edition: str
    locator: str
    strength: Literal["must", "should", "consider", "inform"]
    confidence: Literal["high", "medium", "low"]
    text: str
    in_force: bool


class FindingShown(Written):
    """One rule's outcome."""

    rule: str
    title: str
    topic: str
    status: Literal["draft", "active", "retired"]
    severity: Severity
    action: str
    by: str
    file: str
    guidance: list[CitedShown]
    outcome: OutcomeWord
    due: str | None
    because: list[ClauseShown]
    to_settle: list[QuestionShown]
    assumptions: list[str]
    unverified: list[str]
    superseded_by: list[str]
    reason: str


class CheckShown(Written):
    """One patient's check."""

    file: str
    position: int | None = Field(description="Which patient of the file, from 1; null when it holds one.")
    patient: PatientShown
    as_of: str
    profile: str
    rules: RulesShown
    engines: list[str]
    counts: Counts
    selection: str | None
    findings: list[FindingShown]


class ProblemShown(Written):
    """Something that could not be used."""

    file: str
    line: int
    column: int
    message: str
    hint: str


class CheckDocument(Written):
    """Everything that one run printed."""

    format: Literal["thalsafety.check/1"]
    notice: str
    generator: str
    checks: list[CheckShown]
    problems: list[ProblemShown]
