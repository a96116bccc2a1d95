"""From a patient state to a checklist: answer, run both engines, explain, order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from thalsafety import features
from thalsafety.checklists.settling import open_questions
from thalsafety.engines import reference
from thalsafety.errors import EngineDisagreementError
from thalsafety.linked import State
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import Known
from thalsafety.superseding import covered
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thalsafety.checklists.changes import Since
    from thalsafety.checklists.outlook import Outlook
    from thalsafety.linked import Linked, LinkedRule, LinkedSchedule
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Answer, Feature, Leaf, Node


class Outcome(StrEnum):
    """What a check says of a rule; every rule has exactly one."""

    APPLIES = "applies"
    CANNOT_TELL = "cannot_tell"
    ERROR = "error"
    DOES_NOT_APPLY = "does_not_apply"
    NOT_IN_FORCE = "not_in_force"


_COVERABLE = (Outcome.APPLIES, Outcome.CANNOT_TELL)
_OF_TRUTH = {TRUE: Outcome.APPLIES, FALSE: Outcome.DOES_NOT_APPLY, UNKNOWN: Outcome.CANNOT_TELL}


class Question(NamedTuple):
    """An unanswered question that can change a verdict, and why it has no answer."""

    feature: Feature
    answer: Answer


class Finding(NamedTuple):
    """A rule's outcome for a patient, with the clauses that decided it."""

    rule: LinkedRule
    outcome: Outcome
    because: tuple[tuple[Leaf, Truth], ...] = ()
    to_settle: tuple[Question, ...] = ()
    due: date | None = None
    superseded_by: tuple[str, ...] = ()
    reason: str = ""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return the names of the project's own numbers that the finding rests on."""
        used = [
            parameter
            for leaf, _truth in self.because
            for parameter in (getattr(leaf, "parameter", None), *leaf.feature.pinned)
        ]
        if self.due is not None:
            used.append(self.rule.deadline)
        return tuple(dict.fromkeys(p.name for p in used if p is not None and p.assumption))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Return the cited statements whose wording was not verified against the source."""
        return tuple(cited.statement for cited in self.rule.guidance if cited.in_force and cited.confidence == "low")


@dataclass(frozen=True)
class Checklist:
    """Everything one check found, for one patient on one day.

    Where asked, `since` is what changed since an earlier check, and `outlooks` what would change each open finding, by
    rule.
    """

    linked: Linked
    state: PatientFacts
    answers: Sequence[Answer]
    findings: tuple[Finding, ...]
    selection: str = ""
    total: dict[Outcome, int] | None = None
    since: Since | None = None
    outlooks: Mapping[str, Outlook] | None = None

    @cached_property
    def counts(self) -> dict[Outcome, int]:
        """Return how many rules had each outcome; they add up to the number of rules, whatever is shown."""
        if self.total is not None:
            return self.total
        counts = dict.fromkeys(Outcome, 0)
        for finding in self.findings:
            counts[finding.outcome] += 1
        return counts

    def of(self, outcome: Outcome) -> list[Finding]:
        """Return the findings of one outcome, in order."""
        return [finding for finding in self.findings if finding.outcome is outcome]

    @property
    def unknown(self) -> list[Finding]:
        """Return what cannot be told and is not asked for already."""
        return [finding for finding in self.of(Outcome.CANNOT_TELL) if not finding.superseded_by]

    @property
    def covered(self) -> list[Finding]:
        """Return what a graver or equal applying item makes redundant."""
        return [finding for finding in self.findings if finding.superseded_by]

    @property
    def items(self) -> list[Finding]:
        """Return what a clinician is asked to review: applying rules that no other makes redundant."""
        return [finding for finding in self.of(Outcome.APPLIES) if not finding.superseded_by]


class Checker:
    """A linked rule set, ready to check patients; both engines are compiled once."""

    def __init__(self, linked: Linked, decide: Callable[[Sequence[Answer]], dict[str, Truth]]) -> None:
        """Take the rules and the fast engine's `run`; the reference engine is always asked too."""
        self.linked = linked
        self._decide = decide
        self._conditions = {rule.id: rule.when for rule in linked.program.rules}
        self._rank = {
            rule.id: (SEVERITIES.index(rule.severity), linked.topics.get(rule.topic, (999, ""))[0], rule.id)
            for rule in linked.rules
        }

    def check(self, state: PatientFacts) -> Checklist:
        """Return the checklist; `EngineDisagreementError` when the two engines differ in any rule."""
        answers = features.answer(self.linked.program.features, state, self.linked.lexicon)
        decided = self._decide(answers)
        today = state.as_of.day()
        findings: list[Finding] = []
        differing: list[str] = []
        known: dict[int, Truth] = {}
        for rule in self.linked.rules:
            when = self._conditions.get(rule.id)
            if when is None:
                outcome = Outcome.ERROR if rule.state is State.ERROR else Outcome.NOT_IN_FORCE
                findings.append(Finding(rule, outcome, reason=rule.reason))
                continue
            truth, why = reference.explain(when, answers, known)
            if decided.get(rule.id) is not truth:
                differing.append(f"{rule.id}: reference {truth.value}, rete {_shown(decided.get(rule.id))}")
                continue
            findings.append(self._finding(rule, when, truth, why, answers, today))
        if differing:
            message = "the engines differ: " + "; ".join(differing)
            raise EngineDisagreementError(message)
        return Checklist(self.linked, state, answers, self._ordered(findings))

    def _finding(  # noqa: PLR0913, PLR0917  one rule's verdict with all it rests on
        self,
        rule: LinkedRule,
        when: Node,
        truth: Truth,
        why: reference.Reasons,
        answers: Sequence[Answer],
        today: date,
    ) -> Finding:
        """Return what a verdict means for a clinician."""
        if truth is FALSE:
            return Finding(rule, Outcome.DOES_NOT_APPLY, why)
        because = tuple(dict.fromkeys(why))
        due = self._due(rule, answers, today)
        if truth is TRUE:
            return Finding(rule, Outcome.APPLIES, because, due=due)
        undecided = list(dict.fromkeys(leaf.feature for leaf, _ in because))
        asked = open_questions(when, undecided, answers) or undecided
        questions = tuple(Question(feature, answers[feature.index]) for feature in asked)
        return Finding(rule, Outcome.CANNOT_TELL, because, questions, due)

    def _due(self, rule: LinkedRule, answers: Sequence[Answer], today: date) -> date | None:
        """Return by when the action is due: from its schedule, or from its deadline."""
        if rule.due_from:
            schedule = self.linked.schedules.get(rule.due_from)
            found = due_date(schedule, answers, today) if schedule else None
            if found is not None:
                return found
        if rule.deadline is None:
            return today
        return today + timedelta(days=int(rule.deadline.operand))

    def _ordered(self, findings: list[Finding]) -> tuple[Finding, ...]:
        """Return findings most severe first, with those marked that another makes redundant.

        A finding that cannot be told is redundant too when a rule that supersedes it applies: what it might
        ask for is asked for already.
        """
        applying = {f.rule.id for f in findings if f.outcome is Outcome.APPLIES}
        open_ = {f.rule.id for f in findings if f.outcome in _COVERABLE}
        by = covered(self.linked.rules, applying, open_)
        marked = [f._replace(superseded_by=by[f.rule.id]) if f.rule.id in by else f for f in findings]
        return tuple(sorted(marked, key=self._key))

    def _key(self, finding: Finding) -> tuple[int, date, int, str]:
        severity, topic, name = self._rank[finding.rule.id]
        return severity, finding.due or date.max, topic, name


def due_date(schedule: LinkedSchedule, answers: Sequence[Answer], today: date) -> date | None:
    """Return when a schedule's next turn is due: in the phase that holds, or the earliest that may."""
    possible: list[date] = []
    for phase in schedule.phases:
        truth = TRUE if phase.when is None else reference.evaluate(phase.when, answers)
        if truth is FALSE:
            continue
        overdue = answers[phase.overdue.index]
        if isinstance(overdue, Known):
            possible.append(today - timedelta(days=int(overdue.high)))
        if truth is TRUE:
            break
    return min(possible, default=None)


def _shown(truth: Truth | None) -> str:
    return truth.value if truth is not None else "nothing"
