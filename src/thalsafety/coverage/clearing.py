"""What would change a finding, among it the smallest changes of what a clinic can change that clear an item.

Nothing here recommends anything: it is shown so that a reader understands what an item rests on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from thalsafety import features
from thalsafety.checklists import Outcome
from thalsafety.checklists.deciding import settling
from thalsafety.checklists.foreseeing import foresee
from thalsafety.checklists.outlook import Outlook
from thalsafety.coverage.edits import Edits
from thalsafety.engines import reference
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.program import leaves
from thalsafety.truth import FALSE

if TYPE_CHECKING:
    from thalsafety.checklists import Checklist, Finding
    from thalsafety.coverage.edits import State

_ENVELOPE = {"fictional", "profile", "story", "expect"}


def with_outlooks(checklist: Checklist) -> Checklist:
    """Return a checklist with the outlook of every finding that is asked for: what applies, and what cannot be told."""
    asked = (*checklist.items, *checklist.unknown)
    return replace(checklist, outlooks={finding.rule.id: outlook(checklist, finding) for finding in asked})


def outlook(checklist: Checklist, finding: Finding) -> Outlook:
    """Return what would change a finding; nothing is known of one that neither applies nor is open."""
    if finding.outcome is Outcome.APPLIES:
        return Outlook(clearing=tuple(clearing(checklist, finding)), ahead=foresee(checklist, finding))
    if finding.outcome is Outcome.CANNOT_TELL:
        when = next(rule.when for rule in checklist.linked.program.rules if rule.id == finding.rule.id)
        return Outlook(settling(when, [question.feature for question in finding.to_settle], checklist.answers))
    return Outlook()


def clearing(checklist: Checklist, finding: Finding) -> list[str]:
    """Return the single changes of modifiable facts that clear an applying item, in words; none when none does."""
    linked = checklist.linked
    when = next(rule.when for rule in linked.program.rules if rule.id == finding.rule.id)
    asked = list(dict.fromkeys(leaf.feature for leaf in leaves(when)))
    answers = list(checklist.answers)
    written = checklist.state.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    state = {key: value for key, value in written.items() if key not in _ENVELOPE}
    found: list[str] = []
    for said, made in Edits(when, linked.lexicon).modifying(state):
        facts = _valid(made, checklist)
        if facts is None:
            continue
        for feature, answer in zip(asked, features.answer(asked, facts, linked.lexicon), strict=True):
            answers[feature.index] = answer
        if reference.evaluate(when, answers) is FALSE:
            found.append(said)
    return list(dict.fromkeys(found))


def _valid(state: State, checklist: Checklist) -> PatientFacts | None:
    try:
        facts = PatientFacts.model_validate(state)
    except (ValidationError, ValueError):
        return None
    return None if findings(facts, checklist.linked.lexicon) else facts
