"""The published form of `verify --format json`; the program writes it, others may rely on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from thalsafety.model.common import Written


class PlaceShown(Written):
    """Where a claim's subject is written."""

    file: str
    line: int
    column: int


class AssumedShown(Written):
    """What the proofs rest on: bounds of answers, and relations between the answers of one record, by name."""

    ranges: str
    relations: list[str]


class ClaimShown(Written):
    """One thing held of the rules, and what became of it."""

    check: str = Field(description="One of `checks`.")
    about: list[str]
    claim: str
    status: Literal["proved", "refuted", "open", "accepted", "elsewhere"]
    place: PlaceShown
    tries: int = Field(description="Models that were looked at.")
    accepted: str | None = Field(description="The authors' reason to mean a refuted claim.")
    elsewhere: str | None = Field(description="A profile under which a line makes a difference that makes none here.")
    patient_states: list[dict[str, Any]] = Field(description="Fictional patients who show a refutation.")


class NotAskedShown(Written):
    """Something that is stated and was not asked under a profile, and why."""

    check: str = Field(description="One of `checks`.")
    about: list[str]
    because: str
    place: PlaceShown


class VerificationShown(Written):
    """The verification of one profile on one day."""

    profile: str
    day: str
    rule_set: str = Field(description="The SHA-256 of the rule files.")
    rules: int
    same_as: str | None = Field(description="A profile with the same rules and numbers, whose report has the claims.")
    assumed: AssumedShown
    claims: list[ClaimShown]
    not_asked: list[NotAskedShown]


class VerifyDocument(Written):
    """Everything that one run printed; `checks` says in words what each id stands for."""

    format: Literal["thalsafety.verify/1"]
    checks: dict[str, str]
    reports: list[VerificationShown]
