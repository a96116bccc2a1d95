"""Parts of a checklist: one topic, one severity, one rule; the counts stay those of the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thalsafety.checklists import Outcome
from thalsafety.model.plain import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.checklists.changes import Since


def select(checklist: Checklist, topics: Sequence[str], severity: str | None) -> Checklist:
    """Return the findings of some topics and of a severity or graver; errors are never left out."""
    if not topics and severity is None:
        return checklist
    limit = SEVERITIES.index(severity) if severity else len(SEVERITIES)
    words = [f"topic {', '.join(topics)}"] if topics else []
    words += [f"severity {severity} and above"] if severity else []

    def chosen(topic: str, severity: str) -> bool:
        return (not topics or topic in topics) and SEVERITIES.index(severity) <= limit

    findings = tuple(
        finding
        for finding in checklist.findings
        if finding.outcome is Outcome.ERROR or chosen(finding.rule.topic, finding.rule.severity)
    )
    return replace(
        checklist,
        total=checklist.counts,
        selection=" and ".join(words),
        findings=findings,
        since=checklist.since and _changes(checklist.since, findings, chosen),
    )


def _changes(since: Since, findings: Sequence[Finding], chosen: Callable[[str, str], bool]) -> Since:
    """Return what changed in a part: the marks of its findings, and what of its topics and severities is gone."""
    from thalsafety.checklists.changes import Standing  # noqa: PLC0415  only where checks are compared

    shown = {finding.rule.id for finding in findings}
    return replace(
        since,
        marks={rule: mark for rule, mark in since.marks.items() if rule in shown},
        gone=tuple(one for one in since.gone if one.became is Standing.ERROR or chosen(one.topic, one.severity)),
    )


def only_rule(checklist: Checklist, rule: str) -> Checklist:
    """Return the finding of one rule."""
    return replace(
        checklist,
        total=checklist.counts,
        selection=f"rule {rule}",
        findings=tuple(finding for finding in checklist.findings if finding.rule.id == rule),
    )
