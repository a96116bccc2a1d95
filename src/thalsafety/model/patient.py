"""The patient state: a fictional patient on one day, as written in a file.

A list left out was not recorded; an empty list was recorded as empty.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from thalsafety.model.common import Code, Line, Number, ProfileName, Prose, Quantity, RuleId, Written
from thalsafety.model.plain import fictional, one_day, whole_cycle
from thalsafety.model.when import When

YesNo = bool
Severity = Literal["stop", "urgent", "due", "note"]

MILLIGRAMS = Annotated[Number, Field(gt=0, le=2000, description="mg per day")]


class PersonFacts(Written):
    """What is recorded of the person."""

    label: Line | None = None
    identifier: Line | None = Field(None, description="A second, fictional identifier.")
    birth_date: When | None = None
    age: Annotated[Number, Field(ge=0, le=130)] | None = Field(
        None, description="Years on `as_of`, when the birth date is not recorded."
    )
    sex_at_birth: Literal["female", "male"] | None = None
    height: Quantity | None = None
    weight: Quantity | None = None
    traits: tuple[Code, ...] | None = None


class Person(PersonFacts):
    """Who the fictional patient is."""

    label: Line = Field(description="What the checklist calls the patient; never a real name.")


class ContraceptiveUse(Written):
    """A contraceptive method over a period; without `stop` it is in use."""

    method: Code
    start: When | None = None
    stop: When | None = None


class Cycles(Written):
    """What is known of the menstrual cycle."""

    regularity: Literal["regular", "irregular"] | None = None
    confirmed: YesNo | None = Field(None, description="Whether a clinician confirmed it.")


class Partner(Written):
    """What is known of the sexual partner."""

    can_become_pregnant: YesNo | None = None
    pregnancy: Literal["none", "suspected", "confirmed"] | None = None
    condom_use: Literal["every_contact", "sometimes", "never", "no_contact"] | None = None
    condom_material: Literal["latex", "synthetic", "natural_skin"] | None = None


class Reproduction(Written):
    """Facts that decide whether a pregnancy can happen. Operations stand under `procedures`."""

    menstrual_status: (
        Literal[
            "not_started",
            "menstruating",
            "perimenopausal",
            "amenorrhoea_from_treatment",
            "amenorrhoea_other",
            "natural_menopause",
        ]
        | None
    ) = None
    puberty: Literal["not_started", "started"] | None = None
    last_period: When | None = None
    last_natural_menses: When | None = None
    cycles: Cycles | None = None
    pregnancy: Literal["none", "suspected", "confirmed"] | None = None
    breastfeeding: YesNo | None = None
    abstinence: Literal["committed", "not_committed"] | None = Field(
        None, description="Continuous abstinence from heterosexual contact."
    )
    contraception: tuple[ContraceptiveUse, ...] | None = None
    partner: Partner | None = None


TimeOfDay = Literal["morning", "midday", "afternoon", "evening", "bedtime"]


class DoseSegment(Written):
    """A period at one daily dose; without `stop` it goes on."""

    start: When
    stop: When | None = Field(None, description="The last day at this dose.")
    mg_per_day: MILLIGRAMS
    times: tuple[TimeOfDay, ...] | None = None


class Interruption(Written):
    """A pause in the course; without `stop` it goes on."""

    start: When = Field(description="The first day without a dose.")
    stop: When | None = Field(None, description="The last day without a dose.")
    reason: Code | None = None


class EarlierCourse(Written):
    """A course of thalidomide before this one."""

    start: When | None = None
    stop: When | None = None
    reason: Code | None = Field(None, description="Why it ended.")
    highest_mg_per_day: MILLIGRAMS | None = None


class Treatment(Written):
    """The course of thalidomide."""

    indication: Code | None = None
    status: Literal["planned", "active", "interrupted", "stopped"] | None = None
    planned_start: When | None = None
    planned_restart: When | None = None
    planned_mg_per_day: MILLIGRAMS | None = None
    doses: tuple[DoseSegment, ...] | None = None
    interruptions: tuple[Interruption, ...] | None = None
    stopped: When | None = Field(None, description="The day of the last dose of a stopped course.")
    stop_reason: Code | None = None
    earlier_courses: tuple[EarlierCourse, ...] | None = None


class Prescription(Written):
    """One prescription of thalidomide; the latest may be a plan."""

    date: When
    days_supply: Annotated[int, Field(ge=0, le=400)] | None = None
    refills: Annotated[int, Field(ge=0, le=50)] | None = None
    authorisation: Line | None = Field(None, description="The authorisation number, as issued.")
    authorised: When | None = Field(None, description="When the authorisation was issued.")
    risk_category: (
        Literal[
            "adult_female_can_get_pregnant",
            "adult_female_cannot_get_pregnant",
            "adult_male",
            "female_child_can_get_pregnant",
            "female_child_cannot_get_pregnant",
            "male_child",
        ]
        | None
    ) = None
    route: Literal["written", "electronic", "telephone"] | None = None


class Dispensing(Written):
    """One dispensing of thalidomide."""

    date: When
    days_supply: Annotated[int, Field(ge=0, le=400)] | None = None
    days_remaining: Annotated[int, Field(ge=0, le=400)] | None = Field(
        None, description="Days of the earlier supply still in hand on that day."
    )
    confirmation: Line | None = Field(None, description="The confirmation number, as issued.")
    confirmed: When | None = Field(None, description="When the confirmation number was issued.")
    pharmacy_certified: YesNo | None = None
    counselled: YesNo | None = None
    medication_guide: YesNo | None = None


class Observation(Written):
    """A measurement or a test result."""

    code: Code
    value: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        description="A number, with `unit`; or a result word of the vocabulary.",
        json_schema_extra={"type": ["string", "number"]},
    )
    unit: Line | None = Field(None, description="UCUM")
    date: When
    sensitivity: Quantity | None = Field(None, description="What a pregnancy test can detect.")
    baseline: YesNo = Field(default=False, description="Whether later values are compared with it.")
    upper_limit: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="The laboratory's upper limit of normal, in the unit of the value."
    )

    @field_validator("value", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        """Keep a number from JSON as the text it was."""
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Relation = Literal["unrelated", "unlikely", "possible", "probable", "definite"]


class AdverseEvent(Written):
    """An adverse event or symptom; without `resolved` it is still there."""

    term: Code
    grade: Annotated[int, Field(ge=1, le=5)] | None = Field(None, description="CTCAE v5.0")
    onset: When | None = None
    resolved: When | None = None
    relation: Relation | None = Field(None, description="To thalidomide.")
    action: Literal["none", "reduced", "interrupted", "stopped", "treated"] | None = None


class Condition(Written):
    """A diagnosis; without `resolved` it is still there."""

    code: Code
    onset: When | None = None
    resolved: When | None = None


class Procedure(Written):
    """An operation or intervention; a date after `as_of` is a plan."""

    code: Code
    date: When | None = None


class Medication(Written):
    """Another drug over a period; without `stop` it is being taken. Thalidomide stands under `treatment`."""

    drug: Code
    name: Line | None = Field(None, description="What it is called, where the vocabulary does not know the drug.")
    dose: Quantity | None = Field(None, description="Per day, as in mg/d.")
    start: When | None = None
    stop: When | None = None
    on_days: Annotated[tuple[Annotated[int, Field(ge=1, le=400)], ...], Field(min_length=1)] | None = Field(
        None, description="The days of a cycle on which the dose is taken; day 1 is `start`. Without it, every day."
    )
    of_days: Annotated[int, Field(ge=2, le=400)] | None = Field(None, description="The days of a cycle.")

    @model_validator(mode="after")
    def _cycle(self) -> Self:
        """Refuse half a cycle, and days beyond its end or told twice."""
        whole_cycle(self.on_days, self.of_days)
        return self


class Document(Written):
    """A form, assessment, survey, enrolment or piece of counselling on file."""

    code: Code
    date: When | None = None


class Expectation(Written):
    """What an example file promises of its own checklist."""

    applies: tuple[RuleId, ...] = ()
    does_not_apply: tuple[RuleId, ...] = ()
    cannot_tell: tuple[RuleId, ...] = ()
    only: tuple[RuleId, ...] | None = Field(
        None, description="The only rules that may apply; an empty list is a quiet patient."
    )
    worst: Severity | None = Field(None, description="No applying item may be more severe.")
    items: dict[RuleId, Severity] | None = Field(
        None, description="Every item of the checklist with its severity, and no other."
    )
    covered: dict[RuleId, tuple[RuleId, ...]] | None = Field(
        None, description="Every rule that a graver item covers, with those that cover it, and no other."
    )


class PatientFacts(Written):
    """Everything a patient state records, without the envelope; the `given` of a rule's example."""

    as_of: When
    patient: PersonFacts | None = None
    reproduction: Reproduction | None = None
    treatment: Treatment | None = None
    prescriptions: tuple[Prescription, ...] | None = None
    dispensings: tuple[Dispensing, ...] | None = None
    observations: tuple[Observation, ...] | None = None
    adverse_events: tuple[AdverseEvent, ...] | None = None
    conditions: tuple[Condition, ...] | None = None
    procedures: tuple[Procedure, ...] | None = None
    medications: tuple[Medication, ...] | None = None
    documents: tuple[Document, ...] | None = None

    @field_validator("as_of")
    @classmethod
    def _a_day(cls, value: When) -> When:
        """Refuse a month or a year, and a time without its offset."""
        return one_day(value)


class PatientState(PatientFacts):
    """One fictional patient on one day."""

    fictional: bool = Field(json_schema_extra={"const": True})
    profile: ProfileName = Field(description="The profile the state is meant for, as in `us` or `uk+enl`.")
    story: Prose | None = None
    patient: Person
    expect: Expectation | None = None

    @field_validator("fictional")
    @classmethod
    def _fictional(cls, value: bool) -> bool:  # noqa: FBT001  the signature is pydantic's
        """Refuse anything that is not declared fictional."""
        return fictional(value)


class PatientStates(Written):
    """Several patients in one file."""

    patients: Annotated[tuple[PatientState, ...], Field(min_length=1, max_length=1000)]
