"""What must hold of the whole rule set, whatever the patient: what `thalsafety verify` tries to refute."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from thalsafety.model.common import Code, Line, Prose, RuleId, Written
from thalsafety.model.patient import Severity
from thalsafety.model.rule import Condition, Guidance

Rules = Annotated[tuple[RuleId, ...], Field(min_length=1)]


class Promise(Written):
    """Some rule of at least this severity applies, or perhaps cannot tell; of these topics or rules, where named."""

    severity: Severity
    topics: tuple[RuleId, ...] = ()
    rules: tuple[RuleId, ...] = ()
    or_cannot_tell: bool = Field(default=False, description="A rule that cannot tell keeps the promise too.")


class Invariant(Written):
    """Whenever `given` surely holds, `always` or `never` does."""

    invariant: RuleId
    title: Line
    why: Prose | None = None
    guidance: Annotated[tuple[Guidance, ...], Field(min_length=1)]
    given: Condition
    always: Promise | None = None
    never: Rules | None = Field(None, description="None of these rules applies.")
    covers: bool = Field(default=False, description="A range without a gap: only the check's id differs.")

    @model_validator(mode="after")
    def _one_claim(self) -> Invariant:
        """Ask for exactly one claim."""
        if (self.always is None) == (self.never is None):
            message = f"invariant `{self.invariant}` needs either `always` or `never`"
            raise ValueError(message)
        return self


class Worse(Written):
    """A change for the worse, with everything else as it was, never lowers the worst severity."""

    worse: RuleId
    title: Line
    of: Code = Field(description="An observation, event, condition, trait, drug or document.")
    change: Literal["lower", "higher", "graver", "present", "older"] = Field(
        description="Its value is lower or higher, its grade graver, it is there, or its latest entry is older."
    )
    down_to: Severity = Field("urgent", description="Severities from `stop` down to this one are kept.")
    or_cannot_tell: bool = Field(default=False, description="A rule that cannot tell keeps the severity too.")


class Rising(Written):
    """Parameters of which each is less than the next."""

    rising: Annotated[tuple[Code, ...], Field(min_length=2)]
    or_equal: bool = False
    guidance: tuple[Guidance, ...] = Field(
        (), description="Where the order comes from; it is asked for only where this is in force."
    )
    why: Line


class Opposing(Written):
    """Actions that nobody can do both of: a rule of one side and one of the other never stand on one page."""

    opposing: RuleId
    why: Line
    one: Rules
    other: Rules


class Accepted(Written):
    """A finding that the authors mean, with their reason; one that is found no more is a finding itself."""

    check: Annotated[str, Field(pattern=r"^V\d{3}$")]
    of: Annotated[tuple[Line, ...], Field(min_length=1)] = Field(description="What the finding is about.")
    each: bool = Field(default=False, description="Every name is a finding of its own, meant for the same reason.")
    reason: Prose


class Invariants(Written):
    """One file of what must hold; some of it, at least."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    invariants: tuple[Invariant, ...] = ()
    worse: tuple[Worse, ...] = ()
    rising: tuple[Rising, ...] = ()
    opposing: tuple[Opposing, ...] = ()
    accepted: tuple[Accepted, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Invariants:
        """Ask for one list at least."""
        if not self.model_fields_set:
            message = "the file states nothing; it needs one of invariants, worse, rising, opposing, accepted"
            raise ValueError(message)
        return self


for _model in (Invariant, Invariants):
    _model.model_rebuild()
