"""The published form of `diff --format json`; the program writes it, others may rely on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from thalsafety.model.checklist import StandingWord
from thalsafety.model.common import Written
from thalsafety.model.patient import Severity
from thalsafety.model.verification import AssumedShown

WitnessWord = Literal["applies", "cannot_tell", "does_not_apply", "refused"]
KindWord = Literal[
    "only_in_a",
    "only_in_b",
    "in_force_only_in_a",
    "in_force_only_in_b",
    "cannot_be_linked",
    "different",
    "undecided",
    "alike",
    "in_force_in_neither",
]
StepWord = Literal["gained", "lost", "severity", "to_cannot_tell", "from_cannot_tell"]


class SideShown(Written):
    """One of the two rule sets: how it was written, and what that is."""

    said: str
    kind: Literal["folder", "revision", "profile"]
    commit: str | None = Field(description="Of a revision.")
    profile: str
    version: str
    digest: str = Field(description="The SHA-256 of the rule files.")
    rules: int
    in_force: int


class ToldShown(Written):
    """One thing that is said otherwise: what it is, in A and in B; empty where there is none."""

    what: str
    a: str
    b: str


class WitnessShown(Written):
    """A fictional patient who shows how a rule differs, with its outcome in A and in B."""

    a: WitnessWord
    b: WitnessWord
    facts: int
    refusal: str | None = Field(description="Why one of the two refuses the file, where it does.")
    patient_state: dict[str, Any] = Field(description="As in the schema `patient-state`.")


class RuleCompared(Written):
    """One rule of either rule set; `title`, `topic` and `severity` are those of B where it has the rule."""

    rule: str
    title: str
    topic: str
    severity: Severity
    kind: KindWord
    rests_on: str | None = Field(description="What makes a rule alike.")
    reason: str | None = Field(description="Why a rule is undecided, not in force or cannot be linked.")
    witness: WitnessShown | None = Field(description="Of a rule that is different.")
    told: list[ToldShown] = Field(description="What the rule says otherwise, beside its condition.")


class ValueShown(Written):
    """A number in force, as its source states it."""

    value: str
    unit: str
    source: str
    locator: str
    effective: str
    last_reviewed: str
    description: str


class NumberShown(Written):
    """A parameter that is not the same in both; `equal` when only what is said about the number differs."""

    parameter: str
    equal: bool
    a: ValueShown | None
    b: ValueShown | None


class MoveShown(Written):
    """A rule that stands elsewhere on a patient's checklist."""

    rule: str
    title: str
    step: StepWord
    a: StandingWord
    b: StandingWord
    severity_a: Severity | None = Field(description="Where it is open.")
    severity_b: Severity | None


class PatientMoved(Written):
    """What moves on one patient's checklist, or why A or B refuses the patient."""

    patient: str
    as_of: str
    refused_a: str | None
    refused_b: str | None
    moves: list[MoveShown]


class ComparisonShown(Written):
    """One profile of A beside one of B."""

    a: SideShown
    b: SideShown
    day: str = Field(description="Whose numbers are in force; patients are checked on their own day.")
    changed: bool = Field(description="Whether anything is listed as changed or undecided.")
    proofs: bool = Field(description="Whether the solver was there; without it nothing was proved.")
    assumed: AssumedShown
    counts: dict[KindWord, int]
    rules: list[RuleCompared]
    numbers: list[NumberShown]
    schedules: list[ToldShown]
    vocabulary: list[ToldShown]
    moves: dict[StepWord, int]
    patients: list[PatientMoved]


class DiffDocument(Written):
    """Everything that one run printed."""

    format: Literal["thalsafety.diff/1"]
    notice: str
    generator: str
    reports: list[ComparisonShown]
