"""Rules, definitions and schedules: what a clinical author writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union

from pydantic import Discriminator, Field, Tag, model_validator

from thalsafety.model import question as q
from thalsafety.model.common import Code, Line, ProfileName, Prose, RuleId, StatementId, Written
from thalsafety.model.knowledge import Parameter
from thalsafety.model.patient import PatientFacts, Severity

DEADLINE_TODAY = "today"


class AllOf(Written):
    """True when every part is."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AnyOf(Written):
    """True when one part is."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]


class NotThis(Written):
    """True when its part is not."""

    not_: Condition = Field(alias="not")


_KEYS: dict[str, type[Written]] = {"all": AllOf, "any": AnyOf, "not": NotThis, **q.QUESTIONS, **q.REFERENCES}
_RESULT_IS_AN_OPTION_OF = ("on_file", "days_since", "days_from", "count")


def _tag(value: Any) -> str | None:
    """Return which key names the node; an unknown one is found by pydantic."""
    keys = set(value) if isinstance(value, dict) else {type(value).__name__}
    if not isinstance(value, dict):
        return next((key for key, kind in _KEYS.items() if isinstance(value, kind)), None)
    found = [key for key in _KEYS if key in keys]
    if "result" in found and any(key in _RESULT_IS_AN_OPTION_OF for key in found):
        found.remove("result")
    return found[0] if found else None


if TYPE_CHECKING:
    Condition: TypeAlias = AllOf | AnyOf | NotThis | q.Question | q.Holds | q.Due | q.Overdue | q.InScore
else:
    Condition = Annotated[
        Union[tuple(Annotated[kind, Tag(key)] for key, kind in _KEYS.items())],  # noqa: UP007  made from a table
        Discriminator(
            _tag,
            custom_error_type="unknown_question",
            custom_error_message="no question here that the rule language knows",
        ),
    ]
"""A tree of `all`, `any`, `not` and lines."""


class Guidance(Written):
    """A statement that a rule rests on."""

    statement: StatementId
    note: Line | None = Field(None, description="What the rule takes from it, where that is not all.")


Role = Literal["prescriber", "pharmacist", "nurse", "laboratory", "any clinician"]


class Recommendation(Written):
    """What a clinician is asked to review."""

    severity: Severity
    action: Annotated[str, Field(min_length=10, max_length=140)] = Field(description="One sentence in the imperative.")
    by: Role
    deadline: Code = Field(
        "today", description="`today`, or the name of a parameter: so long after the day of the check."
    )
    due_from: RuleId | None = Field(None, description="A schedule: its due date is printed instead.")


class Example(Written):
    """A worked example inside a rule."""

    name: Line
    profile: ProfileName | None = Field(None, description="Default: the first profile with the rule in force.")
    given: PatientFacts
    expect: Literal["applies", "does_not_apply", "cannot_tell", "not_in_force"]
    severity: Severity | None = Field(None, description="How severe what is found is.")
    covers: tuple[RuleId, ...] = Field((), description="Rules that are open then, and that this one covers.")


class Rule(Written):
    """One rule: why, numbers, logic, what to do, worked examples."""

    rule: RuleId
    title: Line
    status: Literal["draft", "active", "retired"]
    why: Prose | None = Field(None, description="What a reader should know that the title does not say.")
    guidance: Annotated[tuple[Guidance, ...], Field(min_length=1)]
    parameters: dict[Code, Parameter] = Field(default_factory=dict)
    when: Condition
    recommend: Recommendation
    supersedes: tuple[RuleId, ...] = ()
    tests: tuple[Example, ...] = ()


class Cases(Written):
    """More worked examples of a rule, kept beside it: found by a search for what its own examples leave out.

    They count as the rule's own. Each was judged by a person before it was kept.
    """

    cases: RuleId = Field(description="The rule, and the name of this file.")
    tests: Annotated[tuple[Example, ...], Field(min_length=1)]


class Variant(Written):
    """A definition's condition as one source has it."""

    source: RuleId
    when: Condition


class Definition(Written):
    """A named condition that rules share."""

    definition: Code
    title: Line
    why: Prose | None = None
    guidance: tuple[Guidance, ...] = ()
    parameters: dict[Code, Parameter] = Field(default_factory=dict)
    when: Condition | None = None
    variants: tuple[Variant, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Definition:
        """Ask for `when`, or for variants per source."""
        if (self.when is None) == (not self.variants):
            message = f"definition `{self.definition}` needs either `when` or `variants`"
            raise ValueError(message)
        return self


class Phase(Written):
    """A stretch of a schedule; the first phase whose `when` holds is the one that counts."""

    name: Line
    when: Condition | None = None
    every: Code = Field(description="A parameter: the interval in d, wk, mo or a.")


class Schedule(Written):
    """What is done how often in which phase.

    A turn falls due `every` so long after the latest entry of the task on file, or after
    `counted_from` when there is none. It opens `opens_before` earlier and is overdue after `grace`.
    """

    schedule: RuleId
    title: Line
    why: Prose | None = None
    guidance: tuple[Guidance, ...] = ()
    task: Code = Field(description="The observation, procedure or document that counts as done.")
    counted_from: q.Anchor = "treatment_start"
    opens_before: Code = Field(description="A parameter: days before the due date from which it may be done.")
    grace: Code = Field(description="A parameter: days after the due date until which it is not overdue.")
    parameters: dict[Code, Parameter] = Field(default_factory=dict)
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]


class ScoreItem(Written):
    """What gives points, or takes some away, when it holds."""

    name: Line
    points: Code = Field(description="A parameter, a whole number.")
    when: Condition
    recorded_race: bool = Field(
        default=False, description="It rests on recorded race: shown beside the total, and left out of what decides."
    )


class FirstOf(Written):
    """Alternatives: only the first that holds gives points."""

    first_of: Annotated[tuple[ScoreItem, ...], Field(min_length=2)]


class Band(Written):
    """A range of totals with a name, up to the next one."""

    name: Line
    at_least: Code | None = Field(None, description="A parameter; the lowest band has none.")


class Score(Written):
    """A table of points. With unknown inputs the total is a range."""

    score: Code
    title: Line
    why: Prose | None = None
    guidance: tuple[Guidance, ...] = ()
    parameters: dict[Code, Parameter] = Field(default_factory=dict)
    items: Annotated[tuple[ScoreItem | FirstOf, ...], Field(min_length=1)]
    bands: tuple[Band, ...] = Field((), description="From the lowest to the highest.")


for _model in (AllOf, AnyOf, NotThis):
    _model.model_rebuild()
