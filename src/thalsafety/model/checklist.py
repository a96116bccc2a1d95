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


class Counts(Written):
    """Rules per outcome; they add up to the number of rules, whatever is shown."""

    applies: int
    cannot_tell: int
    error: int
    does_not_apply: int
    not_in_force: int


class AnswerShown(Written):
    """The answer to a question: a value, or bounds, or why there is none; and what it rests on."""

    known: bool
    value: str | None = None
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    reason: str | None = None
    written: str | None = Field(None, description="As written in the patient state.")
    converted: str | None = Field(None, description="In the vocabulary's unit.")
    date: str | None = None


class ParameterShown(Written):
    """A number that a clause rests on."""

    value: str
    unit: str
    description: str
    source: str
    locator: str
    assumption: bool = Field(description="Whether the project chose the number itself.")


class ClauseShown(Written):
    """A clause of a rule, with the file and line where it was written and the definitions it came through."""

    text: str
    question: str
    subject: str
    file: str
    line: int
    via: list[str]
    parameters: list[str]


class StatementShown(Written):
    """A guidance statement."""

    source: str
    title: str
    edition: str
    locator: str
    strength: Literal["must", "should", "consider", "inform"]
    confidence: Literal["high", "medium", "low"]
    evidence_level: str | None = Field(description="As in `anecdotal`.")
    text: str
    in_force: bool


class RuleShown(Written):
    """What a rule is, for every patient."""

    status: Literal["draft", "active", "retired"]
    state: Literal["in_force", "not_in_force", "error"]
    file: str
    why: str
    statements: list[str]
    supersedes: list[str]


class RuleSetShown(Written):
    """The rules of one profile on one day; `digest` is the SHA-256 of their files."""

    profile: str
    title: str
    version: str
    digest: str
    review_by: dict[str, str] = Field(description="For each source in force, the day by which it is reviewed again.")
    rules: dict[str, RuleShown]
    statements: dict[str, StatementShown]
    parameters: dict[str, ParameterShown]
    clauses: list[ClauseShown]


class ReasonShown(Written):
    """A clause that decided the outcome: its number in the rule set, the number of its answer, its truth."""

    clause: int
    answer: int
    truth: Literal["true", "false", "unknown"]


class QuestionShown(Written):
    """A question whose answer would settle "cannot tell"."""

    question: str
    reason: str


class WayAnswerShown(Written):
    """A question, and the answers to it that serve, in words."""

    question: str
    answer: str


class WayShown(Written):
    """Questions that together lead to an outcome, whatever the others are answered."""

    outcome: Literal["applies", "does_not_apply"]
    answers: list[WayAnswerShown]


class SettlingShown(Written):
    """What would settle "cannot tell"."""

    best: Literal["does_not_apply", "cannot_tell"] | None = Field(
        description="The outcome that asks for least of those that answers can lead to; null when it was not found."
    )
    worst: Literal["applies", "cannot_tell"] | None = Field(
        description="The outcome that asks for most of those that answers can lead to; null when it was not found."
    )
    ways: list[WayShown] = Field(description="The smallest sets of questions of which some answers decide.")
    surely: list[list[str]] | None = Field(
        description="The smallest sets of questions that decide whatever is answered; null with too many to look."
    )


class OutlookShown(Written):
    """With `--what-if`: what would change a finding. An explanation of the rules, not advice."""

    settling: SettlingShown | None = Field(None, description="Of what cannot be told.")
    clearing: list[str] = Field([], description="Single changes of what a clinic can change that clear an item.")
    clears: str | None = Field(None, description="The first day on which it no longer applies, if nothing is done.")
    opens: str | None = Field(None, description="The first day on which it can no longer be told.")
    covered: str | None = Field(None, description="The first day on which a graver item covers it.")
    covered_by: str | None = None
    looked_ahead_days: int | None = Field(None, description="How far these days were looked for.")


StandingWord = Literal[
    "applies",
    "cannot_tell",
    "covered",
    "does_not_apply",
    "not_in_force",
    "error",
    "not_in_rule_set",
    "not_shown",
]


class ChangeShown(Written):
    """What an open finding is beside an earlier check of the patient, and how its rule stood there."""

    kind: Literal["new", "still_open", "not_compared"]
    before: StandingWord
    severity_before: Severity | None = Field(None, description="Where it was another one.")
    due_changed: bool = Field(default=False, description="Whether another due date was given then.")


class GoneShown(Written):
    """What was open in the earlier check, with its severity there, and what became of it."""

    rule: str
    title: str
    topic: str
    severity: Severity
    before: Literal["applies", "cannot_tell"]
    became: Literal["covered", "does_not_apply", "not_in_force", "error", "not_in_rule_set"]
    covered_by: list[str]


class SinceShown(Written):
    """A comparison with an earlier check of the patient, as `--since` makes it."""

    as_of: str | None = Field(description="The day of the earlier check.")
    lack: Literal["no_check", "no_identity", "later", "ambiguous"] | None = Field(
        description="Why nothing was compared; null when something was."
    )
    profile: str | None
    digest: str | None
    rule_set_differs: bool = Field(description="Whether differences may come from the rules.")
    selection: str | None = Field(description="What the earlier check was asked to show; the rest is not compared.")
    resolved: list[GoneShown] = Field(description="Open then; does not apply now.")
    covered: list[GoneShown] = Field(description="Open then; asked for now by a graver item, so not resolved.")
    unchecked: list[GoneShown] = Field(description="Open then; not checked now, so not resolved.")


class FindingShown(Written):
    """One rule's outcome."""

    rule: str
    title: str
    topic: str
    severity: Severity
    action: str
    by: str
    outcome: OutcomeWord
    because: list[ReasonShown]
    due: str | None = None
    to_settle: list[QuestionShown] = Field([])
    assumptions: list[str] = Field([], description="Names of the project's own numbers that decided.")
    unverified: list[str] = Field([], description="Cited statements whose wording was not verified.")
    superseded_by: list[str] = Field([])
    reason: str | None = Field(None, description="Why a rule is not in force, or what is wrong with it.")
    change: ChangeShown | None = Field(None, description="With `--since`: of what is open.")
    outlook: OutlookShown | None = Field(None, description="With `--what-if`: of what applies or cannot be told.")


class TotalShown(Written):
    """The lowest and the highest total that is still possible."""

    low: str
    high: str


class PointsShown(Written):
    """One line of a score."""

    name: str
    points: str
    counts: Literal["true", "false", "unknown"]
    recorded_race: bool


class ScoreShown(Written):
    """A score that a finding shown rests on."""

    title: str
    decides: TotalShown = Field(description="Without what rests on recorded race; this total decides.")
    with_race: TotalShown | None = Field(description="Null when no line rests on recorded race.")
    bands: list[str] = Field(description="Those in which the deciding total may lie.")
    lines: list[PointsShown]


class CheckShown(Written):
    """One patient's check."""

    file: str
    position: int | None = Field(description="Which patient of the file, from 1; null when it holds one.")
    patient: PatientShown
    as_of: str
    profile: str
    rule_set: int = Field(description="The rules used: a number in `rule_sets`.")
    engines: list[str]
    counts: Counts
    selection: str | None
    since: SinceShown | None = Field(None, description="With `--since`.")
    findings: list[FindingShown]
    scores: dict[str, ScoreShown] = Field({}, description="By name; left out when no finding shown rests on one.")
    answers: dict[str, AnswerShown]


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
    rule_sets: list[RuleSetShown]
    checks: list[CheckShown]
    problems: list[ProblemShown]
