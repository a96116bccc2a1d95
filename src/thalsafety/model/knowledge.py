"""The knowledge around rules: sources with guidance statements, profiles, vocabulary, numbers, topics."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from thalsafety.model.common import Code, Line, Number, Prose, RuleId, StatementId, Written

Strength = Literal["must", "should", "consider", "inform"]
Confidence = Literal["high", "medium", "low"]


class Statement(Written):
    """One guidance statement, in the project's own words."""

    id: StatementId
    locator: Line
    topic: RuleId
    population: Line
    statement: Prose
    strength: Strength
    computable: bool
    confidence: Confidence
    evidence_level: Line | None = None
    parameters: dict[str, Any] | None = None
    grades: dict[str, Any] | None = None
    points: Any = None
    test_vectors: Any = None
    conflicts: Any = None
    note: Prose | None = None
    evidence: tuple[str, ...] | None = None
    not_encoded: Prose | None = Field(None, description="Why no rule rests on it.")


class Source(Written):
    """A document that guidance comes from."""

    source: RuleId
    title: Line
    publisher: Line | None = None
    kind: Literal["label", "programme", "smpc", "guideline", "score", "grading", "article", "secondary", "project"]
    jurisdiction: RuleId
    edition: Prose
    url: Line | None = None
    review_by: date | None = Field(None, description="The day by which a person looks again whether this is so.")
    complete: bool = Field(
        default=False,
        description="Whether every computable statement must be encoded or carry a reason; lint enforces it.",
    )
    complete_topics: tuple[RuleId, ...] | None = Field(
        None, description="The topics for which that holds, when it does not hold for all."
    )
    statements: tuple[Statement, ...] = ()


class Profile(Written):
    """Which sources are in force somewhere; or, as an add-on, which it puts in force beside those of a profile."""

    profile: RuleId
    title: Line
    adds_to: tuple[RuleId, ...] | None = Field(
        None, description="Makes it an add-on, and names the profiles that it can be added to, as in `us+enl`."
    )
    version: Line = Field("undated", description="Of the rules and numbers under this profile, as in 2026.01.")
    description: Prose
    sources: Annotated[tuple[RuleId, ...], Field(min_length=1)]


class Topic(Written):
    """A folder of rules."""

    topic: RuleId
    title: Line
    description: Prose
    order: Annotated[int, Field(ge=0, le=1000)] = 500


class PlausibleRange(Written):
    """The range outside which a value is taken for a slip of the pen, in the canonical unit."""

    low: Number
    high: Number


class Equivalent(Written):
    """So many mg of a steroid stand for so many of dexamethasone."""

    mg: Annotated[Number, Field(gt=0)]
    dexamethasone_mg: Annotated[Number, Field(gt=0)]
    source: RuleId
    locator: Line
    last_reviewed: date


class Entry(Written):
    """One code of the vocabulary. With `members` it is a group."""

    code: Code
    label: Line
    description: Prose | None = None
    synonyms: tuple[str, ...] = ()
    members: tuple[Code, ...] | None = None
    type: (
        Literal[
            "quantity",
            "result",
            "form",
            "assessment",
            "plan",
            "enrolment",
            "survey",
            "education",
            "report",
            "certification",
        ]
        | None
    ) = None
    unit: Line | None = None
    units: tuple[Line, ...] = ()
    plausible: PlausibleRange | None = None
    molar_mass: Number | None = Field(None, description="g/mol, for units of amount of substance.")
    equivalent: Equivalent | None = Field(None, description="Of a steroid: what it stands for in dexamethasone.")
    results: tuple[Code, ...] = ()
    grades: tuple[int, ...] = ()
    effectiveness_by_source: dict[RuleId, Literal["highly_effective", "additional", "not_accepted"]] | None = None
    subject: bool = Field(default=False, description="The drug this rule set is about.")
    unlisted: bool = Field(default=False, description="Stands for any drug that the vocabulary does not know.")
    ctcae: Line | None = None
    meddra: Line | None = None
    loinc: Line | None = None
    icd10: Line | None = None
    atc: Line | None = None
    rxnorm: Line | None = None
    snomed: Line | None = None

    @model_validator(mode="after")
    def _complete(self) -> Entry:
        """A quantity needs its unit among its units, a result its words."""
        if self.type == "quantity" and not self.members and (self.unit is None or self.unit not in self.units):
            message = f"quantity `{self.code}` needs `unit`, and that unit among its `units`"
            raise ValueError(message)
        if self.type == "result" and not self.results:
            message = f"result `{self.code}` needs its `results`"
            raise ValueError(message)
        return self


VocabularyKind = Literal[
    "observations",
    "events",
    "drugs",
    "conditions",
    "procedures",
    "documents",
    "traits",
    "contraceptives",
    "indications",
    "reasons",
]


class Vocabulary(Written):
    """The codes of one kind."""

    vocabulary: VocabularyKind
    entries: tuple[Entry, ...]


class ParameterValue(Written):
    """A number with its source, from a day on."""

    value: Number
    effective: date
    source: RuleId = Field(description="A source; `project` marks a number that we chose ourselves.")
    locator: Line
    last_reviewed: date


class Parameter(Written):
    """A named number; which value is in force is decided by profile and day."""

    description: Line
    unit: Line = Field(description="UCUM; `1` for a plain number.")
    plain_count: bool = Field(
        default=False, description="None or one, as in `on the day itself`: a count, and nobody's choice."
    )
    stricter: Literal["lower", "higher"] | None = Field(
        None, description="Which number counts when two sources in force give different ones; without it, neither does."
    )
    values: Annotated[tuple[ParameterValue, ...], Field(min_length=1)]


class Parameters(Written):
    """Numbers that several rules share."""

    parameters: dict[Code, Parameter]
