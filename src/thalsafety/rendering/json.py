"""A checklist as JSON: versioned, self-contained, byte-identical for identical input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thalsafety.checklists import wording
from thalsafety.program import Compare, Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.errors import Problem
    from thalsafety.linked import Cited
    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Answer, Feature, Leaf, Pinned
    from thalsafety.truth import Truth

FORMAT = "thalsafety.check/1"
NOTICE = (
    "Fictional patient. For review by a clinician, who decides. Not a medical device; not for the care of real people."
)


def render(checks: Sequence[tuple[str, int | None, Checklist]], problems: Sequence[Problem], version: str) -> str:
    """Return every check of a run, and every problem that kept one from being made."""
    document = {
        "format": FORMAT,
        "notice": NOTICE,
        "generator": f"thalsafety {version}",
        "checks": [_check(file, position, checklist) for file, position, checklist in checks],
        "problems": [
            {
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _check(file: str, position: int | None, checklist: Checklist) -> dict[str, Any]:
    linked = checklist.linked
    person = checklist.state.patient
    words = Wording(linked.lexicon, checklist.answers)
    return {
        "file": file,
        "position": position,
        "patient": {
            "label": person.label if person else None,
            "identifier": person.identifier if person else None,
            "fictional": True,
        },
        "as_of": checklist.state.as_of.text,
        "profile": linked.profile,
        "rules": {"digest": linked.digest, "count": len(linked.rules)},
        "engines": ["reference", "rete"],
        "counts": {outcome.value: count for outcome, count in checklist.counts.items()},
        "selection": checklist.selection or None,
        "findings": [words.finding(finding) for finding in checklist.findings],
    }


class Wording:
    """Turns findings into plain data; what is the same for every patient is written once."""

    _static: dict[int, tuple[object, dict[str, Any]]] = {}  # noqa: RUF012  a cache of the process
    _rules: dict[int, tuple[object, dict[str, Any]]] = {}  # noqa: RUF012

    def __init__(self, lexicon: Lexicon, answers: Sequence[Answer]) -> None:
        """Take the words and the answers of one patient."""
        self._lexicon = lexicon
        self._answers = answers
        self._answered: dict[int, dict[str, Any]] = {}

    def finding(self, finding: Finding) -> dict[str, Any]:
        """Return one rule's outcome as data."""
        return {
            **self._rule(finding),
            "outcome": finding.outcome.value,
            "due": finding.due.isoformat() if finding.due else None,
            "because": [self._clause(leaf, truth) for leaf, truth in finding.because],
            "to_settle": [
                {"question": wording.question(q.feature, self._lexicon), "reason": self._reason(q.answer, q.feature)}
                for q in finding.to_settle
            ],
            "assumptions": finding.assumptions,
            "unverified": finding.unverified,
            "superseded_by": finding.superseded_by,
            "reason": finding.reason,
        }

    def _rule(self, finding: Finding) -> dict[str, Any]:
        """Return what is the same for every patient; kept while the rule lives."""
        rule = finding.rule
        kept = self._rules.get(id(rule))
        if kept is not None and kept[0] is rule:
            return kept[1]
        data = {
            "rule": rule.id,
            "title": rule.title,
            "topic": rule.topic,
            "status": rule.status,
            "severity": rule.severity,
            "action": rule.action,
            "by": rule.by,
            "file": rule.file,
            "guidance": [_cited(cited) for cited in rule.guidance],
        }
        self._rules[id(rule)] = (rule, data)
        return data

    def _clause(self, leaf: Leaf, truth: Truth) -> dict[str, Any]:
        kept = self._static.get(id(leaf))
        if kept is None or kept[0] is not leaf:
            kept = self._static[id(leaf)] = (leaf, self._written(leaf))
        return {**kept[1], "truth": truth.value, "answer": self._answer(leaf.feature)}

    def _written(self, leaf: Leaf) -> dict[str, Any]:
        return {
            "clause": wording.clause(leaf, self._lexicon),
            "question": leaf.feature.kind,
            "subject": leaf.feature.subject,
            "file": leaf.origin.file,
            "line": leaf.origin.line,
            "via": leaf.origin.via,
            "parameters": [
                _parameter(parameter)
                for parameter in ((leaf.parameter if isinstance(leaf, Compare) else None), *leaf.feature.pinned)
                if parameter is not None
            ],
        }

    def _answer(self, feature: Feature) -> dict[str, Any]:
        index = feature.index
        if index not in self._answered:
            self._answered[index] = _answer(self._answers[index], feature.unit)
        return self._answered[index]

    def _reason(self, answer: Answer, feature: Feature) -> str:
        if isinstance(answer, Known):
            return f"only known to lie between: {wording.answer(answer, feature, self._lexicon)}"
        return answer.reason


def _answer(answer: Answer, unit: str) -> dict[str, Any]:
    data: dict[str, Any] = {"known": isinstance(answer, Known)}
    if isinstance(answer, Known):
        data["low"], data["high"] = _value(answer.low), _value(answer.high)
        if unit and unit != "1":
            data["unit"] = unit
    else:
        data["reason"] = answer.reason
    seen = answer.evidence
    if seen is not None:
        for name in ("written", "converted", "date"):
            if text := getattr(seen, name):
                data[name] = text
    return data


def _value(value: object) -> str:
    return value if isinstance(value, str) else wording.number(value)  # type: ignore[arg-type]


def _parameter(parameter: Pinned) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "value": wording.number(parameter.value),
        "unit": parameter.unit,
        "source": parameter.source,
        "locator": parameter.locator,
        "assumption": parameter.assumption,
    }


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "statement": cited.statement,
        "source": cited.source,
        "title": cited.source_title,
        "edition": cited.edition,
        "locator": cited.locator,
        "strength": cited.strength,
        "confidence": cited.confidence,
        "text": cited.text,
        "in_force": cited.in_force,
    }
