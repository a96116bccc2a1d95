"""Parts of a checklist: one topic, one severity, one rule; the counts stay those of the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thalsafety.checklists import Outcome
from thalsafety.model.patient import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.checklists import Checklist


def select(checklist: Checklist, topics: Sequence[str], severity: str | None) -> Checklist:
    """Return the findings of some topics and of a severity or graver; errors are never left out."""
    if not topics and severity is None:
        return checklist
    limit = SEVERITIES.index(severity) if severity else len(SEVERITIES)
    words = [f"topic {', '.join(topics)}"] if topics else []
    words += [f"severity {severity} and above"] if severity else []
    return replace(
        checklist,
        total=checklist.counts,
        selection=" and ".join(words),
        findings=tuple(
            finding
            for finding in checklist.findings
            if finding.outcome is Outcome.ERROR
            or ((not topics or finding.rule.topic in topics) and SEVERITIES.index(finding.rule.severity) <= limit)
        ),
    )


def only_rule(checklist: Checklist, rule: str) -> Checklist:
    """Return the finding of one rule."""
    return replace(
        checklist,
        total=checklist.counts,
        selection=f"rule {rule}",
        findings=tuple(finding for finding in checklist.findings if finding.rule.id == rule),
    )
