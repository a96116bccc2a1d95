"""What a comparison of two rule sets found; plain and frozen, and free of the solver, so that anything may print it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import date


class Kind(StrEnum):
    """Where a rule stands between two rule sets."""

    ONLY_A = "only_in_a"
    ONLY_B = "only_in_b"
    IN_FORCE_ONLY_A = "in_force_only_in_a"
    IN_FORCE_ONLY_B = "in_force_only_in_b"
    UNUSABLE = "cannot_be_linked"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    ALIKE = "alike"
    IN_FORCE_IN_NEITHER = "in_force_in_neither"


SAME = "the conditions are the same"
WITHOUT_PROOFS = "not proved: Z3 is not installed (pip install 'thalsafety[verify]')"
REFUSED = "refused"


class Witness(NamedTuple):
    """A patient state, ready to be written, that shows how a rule differs: the outcome in A and in B.

    `facts` counts what is recorded; `refusal` says why one of the two refuses the file, where it does.
    """

    state: dict[str, Any]
    a: str
    b: str
    facts: int
    refusal: str = ""


class Told(NamedTuple):
    """One thing that a rule says otherwise, whatever its condition does: what it is, in A and in B."""

    what: str
    a: str
    b: str


class Compared(NamedTuple):
    """One rule of either rule set.

    `rests_on` is what makes it alike; `reason` why it is undecided, not in force or cannot be linked.
    """

    rule: str
    title: str
    topic: str
    severity: str
    kind: Kind
    rests_on: str = ""
    reason: str = ""
    witness: Witness | None = None
    told: tuple[Told, ...] = ()


class Value(NamedTuple):
    """A number in force, as its source states it."""

    value: str
    unit: str
    source: str
    locator: str
    effective: str
    last_reviewed: str
    description: str


class Number(NamedTuple):
    """A parameter in force that is not the same in both; `equal` when only what is said about the number differs."""

    name: str
    a: Value | None
    b: Value | None
    equal: bool = False


class Step(StrEnum):
    """How an item of a patient's checklist moves from A to B."""

    GAINED = "gained"
    LOST = "lost"
    SEVERITY = "severity"
    TO_CANNOT_TELL = "to_cannot_tell"
    FROM_CANNOT_TELL = "from_cannot_tell"


class Move(NamedTuple):
    """One rule on one patient's checklist that stands elsewhere in B than in A; severities where it is open."""

    rule: str
    title: str
    step: Step
    a: str
    b: str
    severity_a: str = ""
    severity_b: str = ""


class Patient(NamedTuple):
    """What moves on one patient's checklist; or why A or B refuses the patient."""

    name: str
    as_of: str
    moves: tuple[Move, ...] = ()
    refused_a: str = ""
    refused_b: str = ""


class Side(NamedTuple):
    """One of the two: how it was written, what it is, and the rules that it holds."""

    said: str
    kind: str
    commit: str
    profile: str
    version: str
    digest: str
    rules: int
    in_force: int


class Report(NamedTuple):
    """Everything that one comparison found, and what its proofs rest on."""

    a: Side
    b: Side
    day: date
    proofs: bool
    rules: tuple[Compared, ...]
    numbers: tuple[Number, ...]
    schedules: tuple[Told, ...]
    vocabulary: tuple[Told, ...]
    patients: tuple[Patient, ...]
    assumed: tuple[str, ...]

    def of(self, *kinds: Kind) -> list[Compared]:
        """Return the rules that stand in one of some ways."""
        return [rule for rule in self.rules if rule.kind in kinds]

    @property
    def told_otherwise(self) -> list[Compared]:
        """Return the rules of both that say something otherwise, and do not behave otherwise."""
        return [rule for rule in self.of(Kind.ALIKE, Kind.IN_FORCE_IN_NEITHER) if rule.told]

    @property
    def changed(self) -> bool:
        """Whether anything is not known to be the same; what is undecided is not."""
        listed = self.of(*(kind for kind in Kind if kind not in {Kind.ALIKE, Kind.IN_FORCE_IN_NEITHER}))
        moved = any(patient.moves or patient.refused_a or patient.refused_b for patient in self.patients)
        return bool(listed or self.told_otherwise or self.numbers or self.schedules or self.vocabulary or moved)

    def moves(self, step: Step) -> int:
        """Return how many items move in one way, over all patients."""
        return sum(move.step is step for patient in self.patients for move in patient.moves)
