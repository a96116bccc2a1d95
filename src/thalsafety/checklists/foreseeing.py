"""What becomes of an item by itself, as the days go by and nothing else changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.engines import reference
from thalsafety.features import Answers
from thalsafety.linked import State
from thalsafety.model.plain import SEVERITIES
from thalsafety.model.when import When
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from thalsafety.checklists.assembling import Checklist, Finding
    from thalsafety.linked import LinkedRule
    from thalsafety.program import Node
    from thalsafety.truth import Truth

LOOKED_AHEAD = 400


class Ahead(NamedTuple):
    """The first days on which something changes, where it does within the days looked ahead.

    The item `clears` when its rule no longer applies, is `open` when that can no longer be told, and is `covered`
    when a graver rule that supersedes it, `by`, applies.
    """

    clears: date | None = None
    opens: date | None = None
    covered: date | None = None
    by: str = ""


def foresee(checklist: Checklist, finding: Finding, days: int = LOOKED_AHEAD) -> Ahead:
    """Return what becomes of an applying item if nothing is done and nothing else happens."""
    linked, state = checklist.linked, checklist.state
    conditions = {rule.id: rule.when for rule in linked.program.rules}
    when = conditions[finding.rule.id]
    graver = [
        (rule.id, conditions[rule.id]) for rule in linked.rules if _covers(rule, finding) and rule.id in conditions
    ]
    today = state.as_of.day()
    found = Ahead()
    for ahead in range(1, days + 1):
        day = today + timedelta(days=ahead)
        moved = state.model_copy(update={"as_of": When.parse(day)})
        found = _later(found, day, when, graver, Answers(linked.program.features, moved, linked.lexicon))
        if found.clears or found.opens or found.covered:
            break
    return found


def _covers(rule: LinkedRule, finding: Finding) -> bool:
    """Whether a rule, if it applied, would make an item redundant."""
    worse = SEVERITIES.index(rule.severity) <= SEVERITIES.index(finding.rule.severity)
    active = rule.status == "active" and rule.state is State.IN_FORCE
    return active and worse and finding.rule.id in rule.supersedes


def _later(found: Ahead, day: date, when: Node, graver: list[tuple[str, Node]], answers: Answers) -> Ahead:
    """Return what is known after one more day."""
    by = next((rule for rule, condition in graver if reference.evaluate(condition, answers) is TRUE), "")
    if by:
        return found._replace(covered=day, by=by)
    truth: Truth = reference.evaluate(when, answers)
    if truth is FALSE:
        return found._replace(clears=day)
    return found._replace(opens=day) if truth is UNKNOWN else found
