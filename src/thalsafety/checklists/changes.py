"""What changed since an earlier check of the same patient: new, still open, no longer open and why.

Of the earlier check only names, severities, outcomes and due dates are looked at, and only names,
severities and outcomes are given back: what is said of today comes from today's check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from thalsafety.model.when import When, minutes_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from thalsafety.checklists.assembling import Checklist, Finding
    from thalsafety.loading.previous import Previous, PreviousCheck, PreviousFinding


class Change(StrEnum):
    """What an open finding is, beside the earlier check."""

    NEW = "new"
    STILL_OPEN = "still_open"
    NOT_COMPARED = "not_compared"


class Standing(StrEnum):
    """Where a rule stands in one check: its outcome, or covered, or why that check says nothing of it."""

    APPLIES = "applies"
    CANNOT_TELL = "cannot_tell"
    COVERED = "covered"
    DOES_NOT_APPLY = "does_not_apply"
    NOT_IN_FORCE = "not_in_force"
    ERROR = "error"
    NOT_IN_RULE_SET = "not_in_rule_set"
    NOT_SHOWN = "not_shown"


class Lack(StrEnum):
    """Why there is nothing to compare with."""

    NO_CHECK = "no_check"
    NO_IDENTITY = "no_identity"
    LATER = "later"
    AMBIGUOUS = "ambiguous"


_OPEN = frozenset({Standing.APPLIES, Standing.CANNOT_TELL})
_NOT_CHECKED = frozenset({Standing.ERROR, Standing.NOT_IN_FORCE, Standing.NOT_IN_RULE_SET})
_SAYS_NOTHING = frozenset({Standing.NOT_SHOWN, Standing.ERROR})


@dataclass(frozen=True, slots=True)
class Mark:
    """What an open finding is beside the earlier check.

    `severity_before` is given where it was another one; `due_changed` says that the due date is no longer
    the one that was given then.
    """

    change: Change
    before: Standing
    severity_before: str = ""
    due_changed: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """What was open before and is not now: how it stood, and what became of it; `severity` is the earlier one."""

    rule: str
    title: str
    topic: str
    severity: str
    before: Standing
    became: Standing
    covered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Since:
    """A comparison with an earlier check of the same patient.

    With a `lack` there was none to compare with, and nothing is marked; `as_of` is then empty, or the day of
    the one that could not be used. `marks` has every open finding of today by its rule; `gone` what was open
    and is not today.
    """

    as_of: str = ""
    lack: Lack | None = None
    profile: str = ""
    profile_differs: bool = False
    digest: str = ""
    rule_set_differs: bool = False
    selection: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    gone: tuple[Gone, ...] = ()

    @property
    def resolved(self) -> tuple[Gone, ...]:
        """Return what was open and does not apply today."""
        return tuple(one for one in self.gone if one.became is Standing.DOES_NOT_APPLY)

    @property
    def covered(self) -> tuple[Gone, ...]:
        """Return what was open and is asked for today by a graver item: it has not gone away."""
        return tuple(one for one in self.gone if one.became is Standing.COVERED)

    @property
    def unchecked(self) -> tuple[Gone, ...]:
        """Return what was open and was not checked today: its rule is in error, not in force, or no longer there."""
        return tuple(one for one in self.gone if one.became in _NOT_CHECKED)

    def count(self, change: Change) -> int:
        """Return how many open findings are new, still open, or could not be compared."""
        return sum(mark.change is change for mark in self.marks.values())


def compare(checklist: Checklist, previous: Previous) -> Since:
    """Return what changed since the latest earlier check of the patient; or why there is none to compare with."""
    found = _earlier(checklist, previous)
    if isinstance(found, Since):
        return found
    rule_set = previous.rule_sets[found.rule_set]
    then = _Then(found, frozenset(rule_set.rules))
    today = checklist.state.as_of
    return Since(
        as_of=found.as_of,
        profile=found.profile,
        profile_differs=found.profile != checklist.linked.profile,
        digest=rule_set.digest,
        rule_set_differs=rule_set.digest != checklist.linked.digest,
        selection=found.selection or "",
        marks={finding.rule.id: then.mark(finding, today) for finding in (*checklist.items, *checklist.unknown)},
        gone=tuple(_gone(checklist, then)),
    )


class _Then:
    """An earlier check, asked rule by rule."""

    def __init__(self, check: PreviousCheck, known: frozenset[str]) -> None:
        self.day = When.parse(check.as_of)
        self.findings = {finding.rule: finding for finding in check.findings}
        self._known = known

    def standing(self, rule: str) -> Standing:
        """Return where a rule stood."""
        finding = self.findings.get(rule)
        if finding is None:
            return Standing.NOT_SHOWN if rule in self._known else Standing.NOT_IN_RULE_SET
        return Standing.COVERED if finding.superseded_by else Standing(finding.outcome)

    def mark(self, finding: Finding, today: When) -> Mark:
        """Return what an open finding of today is."""
        before = self.standing(finding.rule.id)
        if before in _SAYS_NOTHING:
            return Mark(Change.NOT_COMPARED, before)
        if before not in _OPEN:
            return Mark(Change.NEW, before)
        earlier = self.findings[finding.rule.id]
        severity = earlier.severity if earlier.severity != finding.rule.severity else ""
        return Mark(Change.STILL_OPEN, before, severity, self._due_changed(finding, earlier, today))

    def _due_changed(self, finding: Finding, earlier: PreviousFinding, today: When) -> bool:
        """Return whether the due date is another one; one that is counted from the check moves along with it."""
        if finding.due is None or earlier.due is None:
            return False
        if finding.rule.due_from:
            return finding.due != earlier.due
        return finding.due - today.day() != earlier.due - self.day.day()


def _gone(checklist: Checklist, then: _Then) -> Iterator[Gone]:
    """Return what was open then and is not today, in the order of then, but for what a selection leaves out today."""
    known = {rule.id for rule in checklist.linked.rules}
    today = {finding.rule.id: finding for finding in checklist.findings}
    for rule, earlier in then.findings.items():
        before = then.standing(rule)
        if before not in _OPEN:
            continue
        finding = today.get(rule)
        if finding is None:
            if rule not in known:
                yield _left(earlier, before, Standing.NOT_IN_RULE_SET)
            continue
        became = Standing.COVERED if finding.superseded_by else Standing(finding.outcome.value)
        if became not in _OPEN:
            yield _left(earlier, before, became, finding)


def _left(earlier: PreviousFinding, before: Standing, became: Standing, finding: Finding | None = None) -> Gone:
    """Return what became of an earlier finding, under its present title where it has one."""
    return Gone(
        rule=earlier.rule,
        title=earlier.title if finding is None or became is Standing.ERROR else finding.rule.title,
        topic=earlier.topic if finding is None else finding.rule.topic,
        severity=earlier.severity,
        before=before,
        became=became,
        covered_by=finding.superseded_by if finding else (),
    )


# ---------------------------------------------------------------- which check


def _earlier(checklist: Checklist, previous: Previous) -> PreviousCheck | Since:
    """Return the latest check of the patient that is not after today's, or why there is none."""
    person, today = checklist.state.patient, checklist.state.as_of
    identity = (person.label, person.identifier) if person else (None, None)
    if identity == (None, None):
        return Since(lack=Lack.NO_IDENTITY)
    same = [check for check in previous.checks if (check.patient.label, check.patient.identifier) == identity]
    if not same:
        return Since(lack=Lack.NO_CHECK)
    before = [check for check in same if not _surely_before(today, When.parse(check.as_of))]
    if not before:
        return Since(as_of=min(same, key=lambda check: When.parse(check.as_of).first).as_of, lack=Lack.LATER)
    latest = _latest(before)
    chosen = latest if len(latest) == 1 else [c for c in latest if c.profile == checklist.linked.profile]
    return chosen[0] if len(chosen) == 1 else Since(as_of=latest[0].as_of, lack=Lack.AMBIGUOUS)


def _latest(checks: Sequence[PreviousCheck]) -> list[PreviousCheck]:
    """Return the checks after which surely no other comes."""
    days = [When.parse(check.as_of) for check in checks]
    return [check for check, day in zip(checks, days, strict=True) if not any(_surely_before(day, d) for d in days)]


def _surely_before(one: When, other: When) -> bool:
    """Return whether one moment comes before another, however the hours that were not written are filled in."""
    return minutes_between(one, other)[0] > 0
