"""The closed set of questions a rule may ask, as the lines of its `when`.

A line asks one question and holds the answer against one named parameter (`below`, `at_most`,
`above`, `at_least`) or against words (`is`, `in`). Each class here is one question: its first field
is the key that names it, `subject` says what may stand there, and `durations` names the options
that are parameters measured in time.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from thalsafety.model.common import Code, RuleId, Written
from thalsafety.model.milestones import FACTS, MILESTONES

Subject = Literal["code", "milestone", "dated", "word"]
NUMBER_COMPARISONS = ("below", "at_most", "above", "at_least")


class Question(Written):
    """One line of a condition."""

    kind: ClassVar[str]
    unit: ClassVar[str] = "1"
    """UCUM unit of a number; `subject` means the canonical unit of the observation or drug asked about."""
    vocabularies: ClassVar[tuple[str, ...]] = ()
    """The vocabularies from which the subject comes."""
    words: ClassVar[tuple[str, ...]] = ()
    """The fixed words that the subject may be, beside the vocabularies."""
    durations: ClassVar[dict[str, str]] = {}
    """Options that name a parameter, with the unit they are pinned in."""

    or_missing: bool = Field(
        default=False,
        description="Guidance treats an answer that is not on file as the problem: then the line is true.",
    )


def _check_comparisons(line: NumberQuestion | InScore) -> None:
    """Refuse a line with more or fewer than one comparison."""
    given = [name for name in NUMBER_COMPARISONS if getattr(line, name) is not None]
    if len(given) != 1:
        message = f"`{line.kind}` needs exactly one of below, at_most, above, at_least with the name of a parameter" + (
            f"; it has {' and '.join(given)}" if given else ""
        )
        raise ValueError(message)


class NumberQuestion(Question):
    """A question answered by a number; exactly one comparison with a parameter."""

    below: Code | None = None
    at_most: Code | None = None
    above: Code | None = None
    at_least: Code | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> NumberQuestion:
        """Ask for exactly one."""
        _check_comparisons(self)
        return self


class YesNoQuestion(Question):
    """A question answered by yes or no; without `is` it asks for yes."""

    is_: Literal["yes", "no"] = Field("yes", alias="is")


class WordQuestion(Question):
    """A question answered by a word; exactly one of `is` and `in`."""

    is_: Code | None = Field(None, alias="is")
    in_: tuple[Code, ...] | None = Field(None, alias="in")

    @model_validator(mode="after")
    def _one_comparison(self) -> WordQuestion:
        """Ask for exactly one."""
        if (self.is_ is None) == (self.in_ is None):
            message = f"`{self.kind}` needs exactly one of is (a word) and in (a list of words)"
            raise ValueError(message)
        return self


DATED = ("observations", "events", "conditions", "procedures", "documents", "drugs")


# ---------------------------------------------------------------- numbers


class Age(NumberQuestion):
    """Completed years of age."""

    kind = "age"
    unit = "a"
    words = ("patient",)
    age: Literal["patient"]


class Body(NumberQuestion):
    """Body weight, height or surface area, from the latest measurement or the patient's entry."""

    kind = "body"
    unit = "subject"
    words = ("weight", "height")
    body: Literal["weight", "height"]


class Latest(NumberQuestion):
    """The latest value of an observation."""

    kind = "latest"
    unit = "subject"
    vocabularies = ("observations",)
    durations: ClassVar = {"no_older_than": "d"}
    latest: Code
    no_older_than: Code | None = Field(None, description="A parameter; an older value says nothing.")


class Lowest(NumberQuestion):
    """The lowest value of an observation within a window up to `as_of`."""

    kind = "lowest"
    unit = "subject"
    vocabularies = ("observations",)
    durations: ClassVar = {"within": "d"}
    lowest: Code
    within: Code


class Highest(NumberQuestion):
    """The highest value of an observation within a window up to `as_of`."""

    kind = "highest"
    unit = "subject"
    vocabularies = ("observations",)
    durations: ClassVar = {"within": "d"}
    highest: Code
    within: Code


class FallFromBaseline(NumberQuestion):
    """How far the latest value has fallen from the baseline value, in percent of the baseline."""

    kind = "fall_from_baseline"
    unit = "%"
    vocabularies = ("observations",)
    durations: ClassVar = {"no_older_than": "d"}
    fall_from_baseline: Code
    no_older_than: Code | None = None


class RiseFromBaseline(NumberQuestion):
    """How far the latest value has risen from the baseline value, in percent of the baseline."""

    kind = "rise_from_baseline"
    unit = "%"
    vocabularies = ("observations",)
    durations: ClassVar = {"no_older_than": "d"}
    rise_from_baseline: Code
    no_older_than: Code | None = None


class TimesUpperLimit(NumberQuestion):
    """How many times the laboratory's own upper limit of normal the latest value is, or the baseline value."""

    kind = "times_upper_limit"
    vocabularies = ("observations",)
    durations: ClassVar = {"no_older_than": "d"}
    times_upper_limit: Code
    no_older_than: Code | None = Field(None, description="A parameter; an older value says nothing.")
    of: Literal["baseline"] | None = Field(None, description="The baseline value instead of the latest.")

    @model_validator(mode="after")
    def _age_of_the_latest(self) -> TimesUpperLimit:
        """Refuse an age of the baseline: it is as old as it is."""
        if self.of is not None and self.no_older_than is not None:
            message = "`no_older_than` is for the latest value; leave it out beside `of: baseline`"
            raise ValueError(message)
        return self


class Sensitivity(NumberQuestion):
    """The smallest amount that the latest test of a kind can detect."""

    kind = "sensitivity"
    unit = "m[IU]/mL"
    vocabularies = ("observations",)
    sensitivity: Code


class DaysSince(NumberQuestion):
    """Days from the latest dated entry, or from a milestone, to `as_of`."""

    kind = "days_since"
    unit = "d"
    vocabularies = DATED
    words = tuple(MILESTONES)
    days_since: Code
    result: Code | None = Field(None, description="Only entries with this result count.")


class DaysUntil(NumberQuestion):
    """Days from `as_of` to a milestone or a planned procedure; negative when it has passed."""

    kind = "days_until"
    unit = "d"
    vocabularies = ("procedures",)
    words = tuple(MILESTONES)
    days_until: Code


class MonthsSince(NumberQuestion):
    """Completed calendar months from the latest dated entry, or from a milestone, to `as_of`."""

    kind = "months_since"
    unit = "mo"
    vocabularies = DATED
    words = tuple(MILESTONES)
    months_since: Code


class DaysFrom(NumberQuestion):
    """Days from the latest entry on or before a milestone to that milestone."""

    kind = "days_from"
    unit = "d"
    vocabularies = DATED
    words = tuple(MILESTONES)
    days_from: Code
    to: Code = Field(description="A milestone.")
    result: Code | None = None


class HoursFrom(NumberQuestion):
    """Hours from one milestone to another; dates without a time leave a span of hours."""

    kind = "hours_from"
    unit = "h"
    words = tuple(MILESTONES)
    hours_from: Code
    to: Code = Field(description="A milestone.")


class DaysOverdue(NumberQuestion):
    """Days past the day on which something done `every` so often fell due; negative before that day."""

    kind = "days_overdue"
    unit = "d"
    vocabularies = ("observations", "procedures", "documents")
    durations: ClassVar = {"every": "*"}
    days_overdue: Code
    every: Code
    counted_from: Code | None = Field(
        None, description="A milestone that starts the first interval when nothing is on file."
    )


class DaysOn(NumberQuestion):
    """Days on thalidomide in this course, without its interruptions; or days on another drug."""

    kind = "days_on"
    unit = "d"
    vocabularies = ("drugs",)
    days_on: Code


class Dose(NumberQuestion):
    """The daily dose of thalidomide: current, planned, first or highest of this course."""

    kind = "dose"
    unit = "mg/d"
    words = ("current", "planned", "first", "highest")
    dose: Literal["current", "planned", "first", "highest"]


class TimesPerDay(NumberQuestion):
    """How many times of day the current dose is divided over."""

    kind = "times_per_day"
    words = ("dose",)
    times_per_day: Literal["dose"]


class DoseChange(NumberQuestion):
    """The last change of the daily dose, or the change over the latest restart; a rise is positive."""

    kind = "dose_change"
    unit = "mg/d"
    words = ("latest", "at_restart")
    dose_change: Literal["latest", "at_restart"]


class DaysBeforeDoseChange(NumberQuestion):
    """Days for which the dose before the last change had been given."""

    kind = "days_before_dose_change"
    unit = "d"
    words = ("latest",)
    days_before_dose_change: Literal["latest"]


class DoseOf(NumberQuestion):
    """The daily dose of another drug that is being taken."""

    kind = "dose_of"
    unit = "mg/d"
    vocabularies = ("drugs",)
    dose_of: Code


class Exposure(NumberQuestion):
    """How much thalidomide was taken in this course, and how evenly.

    `cumulative_dose` in g, of the days after the latest entry of `after_latest` where that is given; `mean_daily_dose`
    in mg/d over the days from the first to the last dose, interruptions included; `completed_cycles` of a length; how
    often the dose rose or was reduced, and how many interruptions there were.
    """

    kind = "exposure"
    unit = "subject"
    words = (
        "cumulative_dose",
        "mean_daily_dose",
        "completed_cycles",
        "rises",
        "reductions",
        "interruptions",
    )
    durations: ClassVar = {"every": "d"}
    exposure: Literal["cumulative_dose", "mean_daily_dose", "completed_cycles", "rises", "reductions", "interruptions"]
    after_latest: Code | None = Field(
        None, description="An observation, procedure or document: only what was taken after the latest one counts."
    )
    every: Code | None = Field(None, description="A parameter: the length of a cycle.")

    @model_validator(mode="after")
    def _options_fit(self) -> Exposure:
        """Ask for the length of a cycle where cycles are counted, and for nothing that has no meaning."""
        if (self.every is not None) != (self.exposure == "completed_cycles"):
            message = "`every` belongs to `exposure: completed_cycles`, and is needed there"
            raise ValueError(message)
        if self.after_latest is not None and self.exposure != "cumulative_dose":
            message = "`after_latest` belongs to `exposure: cumulative_dose`"
            raise ValueError(message)
        return self


class SteroidDose(NumberQuestion):
    """The most of a steroid, in mg of dexamethasone, in any so many days in a row up to now or from now on."""

    kind = "steroid_dose"
    unit = "mg"
    vocabularies = ("drugs",)
    durations: ClassVar = {"within": "d"}
    steroid_dose: Code
    within: Code = Field(description="A parameter: how many days in a row.")


class Grade(NumberQuestion):
    """The worst CTCAE grade of an active event; 0 when it is not there."""

    kind = "grade"
    vocabularies = ("events",)
    grade: Code
    suspected: bool = Field(default=False, description="Leave out events recorded as unrelated or unlikely.")


class WorstGrade(NumberQuestion):
    """The worst CTCAE grade an event ever had; 0 when it never happened."""

    kind = "worst_grade"
    vocabularies = ("events",)
    worst_grade: Code
    suspected: bool = False


class Count(NumberQuestion):
    """How many entries lie within a window up to `as_of`, or on or after a milestone."""

    kind = "count"
    vocabularies = DATED
    durations: ClassVar = {"within": "d"}
    count: Code
    within: Code | None = None
    since: Code | None = Field(None, description="A milestone: on or after it.")
    result: Code | None = None

    @model_validator(mode="after")
    def _one_window(self) -> Count:
        """Refuse two windows at once."""
        if self.within is not None and self.since is not None:
            message = "`count` takes `within` or `since`, not both"
            raise ValueError(message)
        return self


class DaysUsing(NumberQuestion):
    """Days for which a contraceptive method of a group has been in use; the longest one counts."""

    kind = "days_using"
    unit = "d"
    vocabularies = ("contraceptives",)
    days_using: Code
    to: Code | None = Field(None, description="A milestone; without it, up to `as_of`.")


class MethodsInUse(NumberQuestion):
    """How many different contraceptive methods of a group are in use."""

    kind = "methods_in_use"
    vocabularies = ("contraceptives",)
    methods_in_use: Code


class Supply(NumberQuestion):
    """Days' supply, refills or days remaining of the latest prescription or dispensing."""

    kind = "supply"
    words = ("prescribed_days", "refills", "dispensed_days", "days_remaining_at_dispensing")
    supply: Literal["prescribed_days", "refills", "dispensed_days", "days_remaining_at_dispensing"]


# ---------------------------------------------------------------- yes or no


class Taking(YesNoQuestion):
    """Whether a drug, or one of a class, is being taken; thalidomide is taken while treatment is active."""

    kind = "taking"
    vocabularies = ("drugs",)
    taking: Code


class EventActive(YesNoQuestion):
    """Whether an adverse event is there on `as_of`."""

    kind = "event_active"
    vocabularies = ("events",)
    event_active: Code
    suspected: bool = Field(default=False, description="Leave out events recorded as unrelated or unlikely.")


class EventEver(YesNoQuestion):
    """Whether an adverse event was ever recorded, or since a milestone."""

    kind = "event_ever"
    vocabularies = ("events",)
    event_ever: Code
    since: Code | None = Field(None, description="A milestone.")
    suspected: bool = False


class RecurredAfterRestart(YesNoQuestion):
    """Whether an event that had been recorded before a restart began again after it."""

    kind = "recurred_after_restart"
    vocabularies = ("events",)
    recurred_after_restart: Code
    suspected: bool = False


class HasCondition(YesNoQuestion):
    """Whether a condition is present on `as_of`."""

    kind = "condition"
    vocabularies = ("conditions",)
    condition: Code


class ConditionEver(YesNoQuestion):
    """Whether a condition was ever recorded."""

    kind = "condition_ever"
    vocabularies = ("conditions",)
    condition_ever: Code


class HadProcedure(YesNoQuestion):
    """Whether a procedure was done on or before `as_of`."""

    kind = "procedure"
    vocabularies = ("procedures",)
    procedure: Code


class HasTrait(YesNoQuestion):
    """Whether a trait is recorded."""

    kind = "trait"
    vocabularies = ("traits",)
    trait: Code


class OnFile(YesNoQuestion):
    """Whether an observation or a document is on file, in a window where one is given.

    `within` counts back from `as_of`; `before` with `from` and `to` counts back from a milestone. `since_latest` wants
    an entry on or after the start of the latest medicine, method, event or condition there; without one, any counts.
    """

    kind = "on_file"
    vocabularies = ("observations", "documents")
    durations: ClassVar = {"within": "*", "from_": "*", "to": "*"}
    on_file: Code
    result: Code | None = None
    within: Code | None = Field(None, description="A parameter: at most so long before `as_of`.")
    since: Code | None = Field(None, description="A milestone: on or after it.")
    since_latest: Code | None = Field(
        None, description="A medicine, method, event or condition: on or after the start of the latest one now."
    )
    before: Code | None = Field(None, description="A milestone: counted back from it.")
    from_: Code | None = Field(None, alias="from", description="A parameter: at most so long before.")
    to: Code | None = Field(None, description="A parameter: at least so long before.")

    @model_validator(mode="after")
    def _window(self) -> OnFile:
        """Refuse a window that is half given, or counted from two dates."""
        if self.since_latest is not None and (self.since is not None or self.before is not None):
            message = "`since_latest` stands beside no milestone"
            raise ValueError(message)
        if (self.from_ is not None or self.to is not None) and self.before is None:
            message = "`from` and `to` count back from a milestone; name it with `before`"
            raise ValueError(message)
        return self


class Using(YesNoQuestion):
    """Whether a contraceptive method of a group is in use on `as_of`, or was not long ago."""

    kind = "using"
    vocabularies = ("contraceptives",)
    durations: ClassVar = {"within": "d"}
    using: Code
    within: Code | None = Field(None, description="A parameter: a method counts for so long after its last day too.")


class PausedFor(YesNoQuestion):
    """Whether this or an earlier course was interrupted or ended for a reason."""

    kind = "paused_for"
    vocabularies = ("reasons",)
    paused_for: Code
    which: Literal["current", "earlier"] | None = Field(
        None, description="Only the pause or stop that holds now, or only those before it; default: any."
    )


class PatientKnown(YesNoQuestion):
    """Whether the record says a milestone has a date."""

    kind = "recorded"
    words = tuple(MILESTONES)
    recorded: Code


# ---------------------------------------------------------------- words


class Fact(WordQuestion):
    """A single fact of the record."""

    kind = "fact"
    words = tuple(FACTS)
    vocabularies = ()
    fact: Code


class Result(WordQuestion):
    """The latest result of a test."""

    kind = "result"
    vocabularies = ("observations",)
    durations: ClassVar = {"no_older_than": "d"}
    result: Code
    no_older_than: Code | None = None


# ---------------------------------------------------------------- references to other files


class Holds(Written):
    """A definition, used by name."""

    kind: ClassVar = "holds"
    holds: Code


class Due(Written):
    """A schedule whose next turn is open: from its opening up to the end of its grace."""

    kind: ClassVar = "due"
    due: RuleId
    or_overdue: bool = Field(default=False, description="True also when the turn has passed its grace.")
    or_missing: bool = Field(default=False, description="True when nothing says when it was last done.")


class Overdue(Written):
    """A schedule whose next turn has passed its grace, or was never done in time."""

    kind: ClassVar = "overdue"
    overdue: RuleId
    or_missing: bool = Field(default=False, description="True when nothing says when it was last done.")


class InScore(Written):
    """A score held against a number: true or false only when every total that is still possible agrees."""

    kind: ClassVar = "score"
    score: Code
    below: Code | None = None
    at_most: Code | None = None
    above: Code | None = None
    at_least: Code | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> InScore:
        """Ask for exactly one."""
        _check_comparisons(self)
        return self


QUESTIONS: dict[str, type[Question]] = {
    question.kind: question
    for question in (
        Age,
        Body,
        Latest,
        Lowest,
        Highest,
        FallFromBaseline,
        RiseFromBaseline,
        TimesUpperLimit,
        Sensitivity,
        DaysSince,
        DaysUntil,
        MonthsSince,
        DaysFrom,
        HoursFrom,
        DaysOverdue,
        DaysOn,
        Dose,
        TimesPerDay,
        DoseChange,
        DaysBeforeDoseChange,
        DoseOf,
        Exposure,
        SteroidDose,
        Grade,
        WorstGrade,
        Count,
        DaysUsing,
        MethodsInUse,
        Supply,
        Taking,
        EventActive,
        EventEver,
        RecurredAfterRestart,
        HasCondition,
        ConditionEver,
        HadProcedure,
        HasTrait,
        OnFile,
        Using,
        PausedFor,
        PatientKnown,
        Fact,
        Result,
    )
}
"""Every question by the key that names it."""

REFERENCES: dict[str, type[Written]] = {"holds": Holds, "due": Due, "overdue": Overdue, "score": InScore}

Anchor = Annotated[str, Field(json_schema_extra={"enum": list(MILESTONES)})]
