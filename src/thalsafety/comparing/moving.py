"""How the checklists of patients move from one rule set to another, by both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.checklists.changes import Standing
from thalsafety.comparing.results import Move, Patient, Step
from thalsafety.errors import EngineDisagreementError
from thalsafety.loading.patients import findings
from thalsafety.testing import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.linked import LinkedRule
    from thalsafety.model.patient import PatientFacts, PatientState
    from thalsafety.testing import Runner


class Judge(NamedTuple):
    """One side, ready to check patients: its rules under its profile."""

    runner: Runner
    profile: str

    def outcomes(self, state: PatientFacts) -> dict[str, str]:
        """Return the outcome of every rule; `EngineDisagreementError` when the two engines differ in any."""
        found = self.runner.outcomes(state, self.profile)
        differing = sorted(rule for rule, outcome in found.items() if outcome == "engines disagree")
        if differing:
            message = f"the engines differ: {', '.join(differing)}"
            raise EngineDisagreementError(message)
        return found

    def refusal(self, state: PatientFacts) -> str:
        """Return why the vocabulary of this side refuses a patient; nothing when it does not."""
        wrong = findings(state, self.runner.rule_set.lexicon)
        return wrong[0][1] if wrong else ""

    def standings(self, state: PatientFacts) -> dict[str, tuple[Standing, LinkedRule]]:
        """Return where every rule stands on a patient's checklist."""
        rules = self.runner.links.of(self.profile, state.as_of.day()).rules
        outcomes = self.outcomes(state)
        covered = page(outcomes, rules).covered
        return {
            rule.id: (Standing.COVERED if rule.id in covered else Standing(outcomes[rule.id]), rule) for rule in rules
        }


def moved(name: str, state: PatientState, a: Judge, b: Judge) -> Patient:
    """Return what moves on one patient's checklist; each side numbers what is in force on the patient's own day."""
    refused = a.refusal(state), b.refusal(state)
    if any(refused):
        return Patient(name, state.as_of.text, (), *refused)
    return Patient(name, state.as_of.text, tuple(_moves(a.standings(state), b.standings(state))))


def _moves(a: dict[str, tuple[Standing, LinkedRule]], b: dict[str, tuple[Standing, LinkedRule]]) -> Iterator[Move]:
    for name in sorted(a.keys() | b.keys()):
        before, one = a.get(name, (Standing.NOT_IN_RULE_SET, None))
        after, other = b.get(name, (Standing.NOT_IN_RULE_SET, None))
        severity_a = one.severity if one is not None and before in _OPEN else ""
        severity_b = other.severity if other is not None and after in _OPEN else ""
        step = _step(before, after, severity_a, severity_b)
        if step is not None:
            rule = other or one
            assert rule is not None  # noqa: S101  the name came from one of the two
            yield Move(name, rule.title, step, before.value, after.value, severity_a, severity_b)


_OPEN = frozenset({Standing.APPLIES, Standing.CANNOT_TELL})


def _step(before: Standing, after: Standing, severity_a: str, severity_b: str) -> Step | None:
    """Return how an item moved: in the list, in severity, or to or from what cannot be told."""
    if before is after or (before not in _OPEN and after not in _OPEN):
        return Step.SEVERITY if severity_a != severity_b else None
    if after is Standing.CANNOT_TELL:
        return Step.TO_CANNOT_TELL
    if before is Standing.CANNOT_TELL:
        return Step.FROM_CANNOT_TELL
    return Step.GAINED if after is Standing.APPLIES else Step.LOST
