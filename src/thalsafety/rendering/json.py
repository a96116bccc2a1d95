"""Checks as JSON: versioned, self-contained, byte-identical for identical input.

What is the same for every patient (rules, guidance statements, clauses, numbers) stands once, under
`rule_sets`; findings refer to clauses and answers by number. That part is written once per rule set and
kept, so that a check costs only what is new in it.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any

from thalsafety.checklists import wording
from thalsafety.program import Compare, Known, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.checklists.changes import Gone, Mark, Since
    from thalsafety.checklists.outlook import Outlook
    from thalsafety.checklists.scoring import Total
    from thalsafety.errors import Problem
    from thalsafety.linked import Cited, Linked, LinkedRule
    from thalsafety.program import Answer, Feature, Leaf, Origin, Pinned

FORMAT = "thalsafety.check/1"
NOTICE = (
    "Fictional patient. For review by a clinician, who decides. Not a medical device; not for the care of real people."
)
_TRUTHS = {TRUE: '"true"}', FALSE: '"false"}', UNKNOWN: '"unknown"}'}


def render(checks: Sequence[tuple[str, int | None, Checklist]], problems: Sequence[Problem], version: str) -> str:
    """Return every check of a run, and every problem that kept one from being made."""
    sets: dict[int, tuple[int, RuleSetText]] = {}
    written: list[str] = []
    for file, position, checklist in checks:
        linked = checklist.linked
        if id(linked) not in sets:
            sets[id(linked)] = (len(sets), RuleSetText.of(linked))
        number, text = sets[id(linked)]
        written.append(_check(file, position, checklist, number, text))
    found = [
        {"file": p.place.file, "line": p.place.line, "column": p.place.column, "message": p.message, "hint": p.hint}
        for p in problems
    ]
    return (
        f'{{"format":{quoted(FORMAT)},"notice":{quoted(NOTICE)},"generator":{quoted(f"thalsafety {version}")},'
        f'"rule_sets":[{",".join(text.text for _, text in sets.values())}],'
        f'"checks":[{",".join(written)}],"problems":{_dump(found)}}}\n'
    )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class RuleSetText:
    """What a rule set contributes to every check: its own text, and the pieces that findings begin with."""

    _kept: dict[int, tuple[Linked, RuleSetText]] = {}  # noqa: RUF012  one entry per linked rule set of the process

    def __init__(self, linked: Linked) -> None:
        """Write everything that does not depend on a patient."""
        self.clauses: dict[int, str] = {}
        clauses: list[dict[str, Any]] = []
        parameters: dict[str, Pinned] = {}
        numbers: dict[tuple[Leaf, Origin], int] = {}
        for program in linked.program.rules:
            for leaf in leaves(program.when):
                if id(leaf) in self.clauses:
                    continue
                parameter = leaf.parameter if isinstance(leaf, Compare) else None
                pinned = [p for p in (parameter, *leaf.feature.pinned) if p is not None]
                parameters.update({p.name: p for p in pinned})
                key = (leaf, leaf.origin)
                if key not in numbers:
                    numbers[key] = len(clauses)
                    clauses.append(_clause(leaf, pinned, linked))
                self.clauses[id(leaf)] = f'{{"clause":{numbers[key]},"answer":{leaf.feature.index},"truth":'
        statements = {cited.statement: cited for rule in linked.rules for cited in rule.guidance}
        self.rules = {rule.id: _opening(rule) for rule in linked.rules}
        self.text = _dump(
            {
                "profile": linked.profile,
                "title": linked.profile_title,
                "version": linked.version,
                "digest": linked.digest,
                "review_by": linked.review_by,
                "rules": {rule.id: _rule(rule) for rule in linked.rules},
                "statements": {name: _cited(cited) for name, cited in sorted(statements.items())},
                "parameters": {name: _parameter(pinned) for name, pinned in sorted(parameters.items())},
                "clauses": clauses,
            }
        )

    @classmethod
    def of(cls, linked: Linked) -> RuleSetText:
        """Return the text of a linked rule set, written once."""
        kept = cls._kept.get(id(linked))
        if kept is None or kept[0] is not linked:
            kept = cls._kept[id(linked)] = (linked, cls(linked))
        return kept[1]


def _opening(rule: LinkedRule) -> str:
    """Return how every finding of a rule begins."""
    data = {
        "rule": rule.id,
        "title": rule.title,
        "topic": rule.topic,
        "severity": rule.severity,
        "action": rule.action,
        "by": rule.by,
    }
    return _dump(data)[:-1]


def _check(file: str, position: int | None, checklist: Checklist, number: int, text: RuleSetText) -> str:
    """Return one patient's check."""
    person = checklist.state.patient
    head: dict[str, Any] = {
        "file": file,
        "position": position,
        "patient": {
            "label": person.label if person else None,
            "identifier": person.identifier if person else None,
            "fictional": True,
        },
        "as_of": checklist.state.as_of.text,
        "profile": checklist.linked.profile,
        "rule_set": number,
        "engines": ["reference", "rete"],
        "counts": {outcome.value: count for outcome, count in checklist.counts.items()},
        "selection": checklist.selection or None,
    }
    if checklist.since is not None:
        head["since"] = _since(checklist.since)
    asked: dict[int, Feature] = {}
    findings = [_finding(finding, checklist, text, asked) for finding in checklist.findings]
    answers = [f'"{index}":{_answer(checklist.answers[index], asked[index])}' for index in sorted(asked)]
    scores = _scores(checklist)
    return f'{_dump(head)[:-1]},"findings":[{",".join(findings)}]{scores},"answers":{{{",".join(answers)}}}}}'


def _scores(checklist: Checklist) -> str:
    """Return the scores that a finding shown rests on, with the key before them; nothing when there is none."""
    names = sorted({name for finding in checklist.findings for name in finding.rule.scores})
    if not names:
        return ""
    from thalsafety.checklists.scoring import tally  # noqa: PLC0415  only where a score was asked

    found = {name: tally(checklist.linked.scores[name], checklist.answers) for name in names}
    written = {
        name: {
            "title": one.score.title,
            "decides": _total(one.decides),
            "with_race": None if one.with_race is None else _total(one.with_race),
            "bands": one.bands,
            "lines": [
                {
                    "name": line.item.name,
                    "points": wording.number(line.item.points.operand),
                    "counts": line.truth.value,
                    "recorded_race": line.item.recorded_race,
                }
                for line in one.lines
            ],
        }
        for name, one in found.items()
    }
    return f',"scores":{_dump(written)}'


def _total(total: Total) -> dict[str, str]:
    return {"low": wording.number(total.low), "high": wording.number(total.high)}


def _finding(finding: Finding, checklist: Checklist, text: RuleSetText, asked: dict[int, Feature]) -> str:
    """Return one rule's outcome."""
    because = []
    for leaf, truth in finding.because:
        asked[leaf.feature.index] = leaf.feature
        because.append(text.clauses[id(leaf)] + _TRUTHS[truth])
    parts = [f'{text.rules[finding.rule.id]},"outcome":"{finding.outcome.value}","because":[{",".join(because)}]']
    if finding.due:
        parts.append(f'"due":"{finding.due.isoformat()}"')
    if finding.to_settle:
        lexicon = checklist.linked.lexicon
        settle = [
            {"question": wording.question(q.feature, lexicon), "reason": wording.lack(q.answer, q.feature, lexicon)}
            for q in finding.to_settle
        ]
        parts.append(f'"to_settle":{_dump(settle)}')
    if finding.because and finding.due:
        if finding.assumptions:
            parts.append(f'"assumptions":{_dump(finding.assumptions)}')
        if finding.unverified:
            parts.append(f'"unverified":{_dump(finding.unverified)}')
    if finding.superseded_by:
        parts.append(f'"superseded_by":{_dump(finding.superseded_by)}')
    if finding.reason:
        parts.append(f'"reason":{quoted(finding.reason)}')
    mark = checklist.since.marks.get(finding.rule.id) if checklist.since is not None else None
    if mark is not None:
        parts.append(f'"change":{_dump(_change(mark))}')
    if checklist.outlooks is not None and finding.rule.id in checklist.outlooks:
        parts.append(f'"outlook":{_dump(_outlook(checklist.outlooks[finding.rule.id], finding, checklist))}')
    return ",".join(parts) + "}"


def _outlook(outlook: Outlook, finding: Finding, checklist: Checklist) -> dict[str, Any]:
    """Return what would change a finding; what there is nothing of is left out."""
    from thalsafety.checklists.foreseeing import LOOKED_AHEAD  # noqa: PLC0415  only where it was asked for
    from thalsafety.rendering import outlooks  # noqa: PLC0415  only where it was asked for

    made: dict[str, Any] = {}
    settling, ahead = outlook.settling, outlook.ahead
    if settling is not None:
        words = {verdict: word.replace(" ", "_") for verdict, word in outlooks.VERDICTS}
        lexicon = checklist.linked.lexicon
        made["settling"] = {
            "best": outlook.best,
            "worst": outlook.worst,
            "ways": [
                {
                    "outcome": words[way.verdict],
                    "answers": [
                        {"question": question, "answer": answer}
                        for question, answer in outlooks.told(way, finding, checklist)
                    ],
                }
                for way in settling.ways
            ],
            "surely": None
            if settling.surely is None
            else [[wording.question(feature, lexicon) for feature in sure] for sure in settling.surely],
        }
    if ahead is not None:
        days = {"clears": ahead.clears, "opens": ahead.opens, "covered": ahead.covered}
        made |= {"clearing": outlook.clearing}
        made |= {name: day.isoformat() for name, day in days.items() if day is not None}
        made |= {"covered_by": ahead.by} if ahead.by else {}
        made["looked_ahead_days"] = LOOKED_AHEAD
    return made


def _change(mark: Mark) -> dict[str, Any]:
    """Return what an open finding is beside the earlier check; what did not change is left out."""
    made: dict[str, Any] = {"kind": mark.change, "before": mark.before}
    if mark.severity_before:
        made["severity_before"] = mark.severity_before
    if mark.due_changed:
        made["due_changed"] = True
    return made


def _since(since: Since) -> dict[str, Any]:
    """Return which earlier check a patient's was compared with, and what is no longer open."""
    return {
        "as_of": since.as_of or None,
        "lack": since.lack,
        "profile": since.profile or None,
        "digest": since.digest or None,
        "rule_set_differs": since.rule_set_differs,
        "selection": since.selection or None,
        "resolved": [_gone(one) for one in since.resolved],
        "covered": [_gone(one) for one in since.covered],
        "unchecked": [_gone(one) for one in since.unchecked],
    }


def _gone(gone: Gone) -> dict[str, Any]:
    return {
        "rule": gone.rule,
        "title": gone.title,
        "topic": gone.topic,
        "severity": gone.severity,
        "before": gone.before,
        "became": gone.became,
        "covered_by": gone.covered_by,
    }


def _answer(answer: Answer, feature: Feature) -> str:
    """Return an answer: its value or its bounds, or why there is none, and what it rests on."""
    if not isinstance(answer, Known):
        text = f'{{"known":false,"reason":{quoted(answer.reason)}'
    elif isinstance(answer.low, str):
        text = f'{{"known":true,"value":{quoted(answer.low)}'
    else:
        unit = f',"unit":{quoted(feature.unit)}' if feature.unit not in {"", "1"} else ""
        if answer.low == answer.high:
            text = f'{{"known":true,"value":"{wording.number(answer.low)}"{unit}'
        else:
            high = wording.number(answer.high)  # type: ignore[arg-type]  # a number: words were told above
            text = f'{{"known":true,"low":"{wording.number(answer.low)}","high":"{high}"{unit}'
    seen = answer.evidence
    if seen is not None:
        if seen.written:
            text += f',"written":{quoted(seen.written)}'
        if seen.converted:
            text += f',"converted":{quoted(seen.converted)}'
        if seen.date:
            text += f',"date":{quoted(seen.date)}'
    return text + "}"


def _clause(leaf: Leaf, pinned: Sequence[Pinned], linked: Linked) -> dict[str, Any]:
    return {
        "text": wording.clause(leaf, linked.lexicon),
        "question": leaf.feature.kind,
        "subject": leaf.feature.subject,
        "file": leaf.origin.file,
        "line": leaf.origin.line,
        "via": leaf.origin.via,
        "parameters": [parameter.name for parameter in pinned],
    }


def _rule(rule: LinkedRule) -> dict[str, Any]:
    return {
        "status": rule.status,
        "state": rule.state.value,
        "file": rule.file,
        "why": rule.why,
        "statements": [cited.statement for cited in rule.guidance],
        "supersedes": rule.supersedes,
    }


def _parameter(parameter: Pinned) -> dict[str, Any]:
    return {
        "value": wording.number(parameter.value),
        "unit": parameter.unit,
        "description": parameter.description,
        "source": parameter.source,
        "locator": parameter.locator,
        "assumption": parameter.assumption,
    }


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "source": cited.source,
        "title": cited.source_title,
        "edition": cited.edition,
        "locator": cited.locator,
        "strength": cited.strength,
        "confidence": cited.confidence,
        "evidence_level": cited.evidence_level or None,
        "text": cited.text,
        "in_force": cited.in_force,
    }
