"""A linked rule set and its lexicon as plain JSON data and back, for the cache on disk."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from thalsafety.linked import (
    Cited,
    Linked,
    LinkedPhase,
    LinkedPoints,
    LinkedRule,
    LinkedSchedule,
    LinkedScore,
    State,
)
from thalsafety.model.lexicon import Lexicon, Term
from thalsafety.program import (
    All,
    AnswerType,
    Compare,
    Comparison,
    Feature,
    Missing,
    Not,
    Origin,
    Pinned,
    Program,
    RuleProgram,
)
from thalsafety.program import (
    Any as AnyOf,
)

if TYPE_CHECKING:
    from thalsafety.program import Node

_COMPARISONS = {comparison.value: comparison for comparison in Comparison}
_TYPES = {kind.value: kind for kind in AnswerType}


class _Table:
    """Things written once and referred to by number."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, key: Any, row: Any) -> int:
        """Return the number of a row, adding it when it is new."""
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(row)
        return self._numbers[key]


class _Encoder:
    def __init__(self) -> None:
        self.pins, self.origins, self.nodes, self.cites = _Table(), _Table(), _Table(), _Table()
        self.wheres, self.sources = _Table(), _Table()

    def pin(self, pinned: Pinned | None) -> int:
        if pinned is None:
            return -1
        row = [str(part) if isinstance(part, Decimal) else part for part in pinned]
        return self.pins.number(pinned, row)

    def feature(self, feature: Feature) -> list[Any]:
        options = [[name, _written(value)] for name, value in feature.options]
        pins = [self.pin(pinned) for pinned in feature.pinned]
        return [feature.kind, feature.subject, options, feature.type.value, feature.unit, pins]

    def node(self, node: Node) -> int:
        written = node.origin
        where = (written.file, written.via)
        row_of_origin = [
            self.wheres.number(where, [written.file, list(written.via)]),
            written.line,
            int(written.choice),
        ]
        origin = self.origins.number(written, row_of_origin)
        row: list[Any]
        if isinstance(node, Compare):
            operand = sorted(node.operand) if isinstance(node.operand, frozenset) else str(node.operand)
            row = ["c", origin, node.feature.index, node.comparison.value, operand, self.pin(node.parameter)]
        elif isinstance(node, Missing):
            row = ["m", origin, node.feature.index]
        elif isinstance(node, Not):
            row = ["!", origin, self.node(node.part)]
        else:
            row = ["&" if isinstance(node, All) else "|", origin, *(self.node(part) for part in node.parts)]
        return self.nodes.number(repr(row), row)

    def cited(self, cited: Cited) -> int:
        source = (cited.source, cited.source_title, cited.edition)
        row = [cited.statement, self.sources.number(source, list(source)), *cited[4:]]
        return self.cites.number(cited, row)

    def rule(self, rule: LinkedRule) -> list[Any]:
        return [
            rule.id,
            rule.title,
            rule.topic,
            rule.status,
            rule.severity,
            rule.action,
            rule.by,
            self.pin(rule.deadline),
            rule.due_from,
            list(rule.supersedes),
            [self.cited(cited) for cited in rule.guidance],
            rule.why,
            rule.file,
            rule.state.value,
            rule.reason,
            list(rule.scores),
        ]

    def score(self, score: LinkedScore) -> list[Any]:
        groups = [
            [[one.name, self.pin(one.points), self.node(one.when), int(one.recorded_race)] for one in group]
            for group in score.groups
        ]
        return [score.id, score.title, groups, [[name, self.pin(limit)] for name, limit in score.bands]]

    def schedule(self, schedule: LinkedSchedule) -> list[Any]:
        phases = [
            [
                phase.name,
                -1 if phase.when is None else self.node(phase.when),
                phase.overdue.index,
                self.pin(phase.every),
            ]
            for phase in schedule.phases
        ]
        return [
            schedule.id,
            schedule.title,
            schedule.task,
            self.pin(schedule.opens_before),
            self.pin(schedule.grace),
            phases,
        ]


def _written(value: object) -> object:
    if isinstance(value, tuple):
        if len(value) == 3 and isinstance(value[1], Decimal):  # noqa: PLR2004  name, length, unit
            return {"length": [value[0], str(value[1]), value[2]]}
        return list(value)
    return value


def _read(value: Any) -> object:
    if isinstance(value, dict):
        name, length, unit = value["length"]
        return (name, Decimal(length), unit)
    return tuple(value) if isinstance(value, list) else value


def encode(linked: Linked) -> dict[str, Any]:
    """Return a linked rule set, without its lexicon, as plain data."""
    encoder = _Encoder()
    return {
        "profile": linked.profile,
        "profile_title": linked.profile_title,
        "version": linked.version,
        "digest": linked.digest,
        "features": [encoder.feature(feature) for feature in linked.program.features],
        "programs": [[rule.id, encoder.node(rule.when)] for rule in linked.program.rules],
        "rules": [encoder.rule(rule) for rule in linked.rules],
        "schedules": [encoder.schedule(schedule) for schedule in linked.schedules.values()],
        "scores": [encoder.score(score) for score in linked.scores.values()],
        "review_by": linked.review_by,
        "topics": {name: list(topic) for name, topic in linked.topics.items()},
        "parameters": {name: encoder.pin(pinned) for name, pinned in linked.parameters.items()},
        "pins": encoder.pins.rows,
        "wheres": encoder.wheres.rows,
        "origins": encoder.origins.rows,
        "sources": encoder.sources.rows,
        "nodes": encoder.nodes.rows,
        "cites": encoder.cites.rows,
    }


def decode(data: dict[str, Any], lexicon: Lexicon) -> Linked:
    """Return the linked rule set that plain data stands for."""
    pins = [Pinned(r[0], Decimal(r[1]), r[2], Decimal(r[3]), *r[4:]) for r in data["pins"]]
    wheres = [(file, tuple(via)) for file, via in data["wheres"]]
    origins = [Origin(wheres[i][0], line, wheres[i][1], bool(choice)) for i, line, choice in data["origins"]]
    features = [
        Feature(
            kind,
            subject,
            tuple([(name, _read(value)) for name, value in options]),
            _TYPES[kind_of_answer],
            unit,
            tuple([pins[i] for i in pinned]),
            index,
        )
        for index, (kind, subject, options, kind_of_answer, unit, pinned) in enumerate(data["features"])
    ]
    nodes: list[Node] = []
    for row in data["nodes"]:
        nodes.append(_node(row, origins[row[1]], nodes, features, pins))
    sources = data["sources"]
    cites = [Cited(row[0], *sources[row[1]], *row[2:]) for row in data["cites"]]
    return Linked(
        profile=data["profile"],
        profile_title=data["profile_title"],
        version=data["version"],
        digest=data["digest"],
        rules=tuple(_rule(row, pins, cites) for row in data["rules"]),
        program=Program(tuple(RuleProgram(name, nodes[number]) for name, number in data["programs"]), tuple(features)),
        schedules={row[0]: _schedule(row, pins, nodes, features) for row in data["schedules"]},
        scores={row[0]: _score(row, pins, nodes) for row in data["scores"]},
        review_by=data["review_by"],
        topics={name: (order, title) for name, (order, title) in data["topics"].items()},
        parameters={name: pins[number] for name, number in data["parameters"].items()},
        lexicon=lexicon,
    )


def _node(row: list[Any], origin: Origin, nodes: list[Node], features: list[Feature], pins: list[Pinned]) -> Node:
    kind = row[0]
    if kind == "c":
        operand = frozenset(row[4]) if isinstance(row[4], list) else Decimal(row[4])
        parameter = pins[row[5]] if row[5] >= 0 else None
        return Compare(features[row[2]], _COMPARISONS[row[3]], operand, parameter, origin)
    if kind == "m":
        return Missing(features[row[2]], origin)
    if kind == "!":
        return Not(nodes[row[2]], origin)
    parts = tuple([nodes[number] for number in row[2:]])
    return All(parts, origin) if kind == "&" else AnyOf(parts, origin)


def _rule(row: list[Any], pins: list[Pinned], cites: list[Cited]) -> LinkedRule:
    return LinkedRule(
        id=row[0],
        title=row[1],
        topic=row[2],
        status=row[3],
        severity=row[4],
        action=row[5],
        by=row[6],
        deadline=pins[row[7]] if row[7] >= 0 else None,
        due_from=row[8],
        supersedes=tuple(row[9]),
        guidance=tuple(cites[number] for number in row[10]),
        why=row[11],
        file=row[12],
        state=State(row[13]),
        reason=row[14],
        scores=tuple(row[15]),
    )


def _score(row: list[Any], pins: list[Pinned], nodes: list[Node]) -> LinkedScore:
    groups = tuple(
        tuple(LinkedPoints(name, pins[points], nodes[when], bool(race)) for name, points, when, race in group)
        for group in row[2]
    )
    bands = tuple((name, pins[limit] if limit >= 0 else None) for name, limit in row[3])
    return LinkedScore(row[0], row[1], groups, bands)


def _schedule(row: list[Any], pins: list[Pinned], nodes: list[Node], features: list[Feature]) -> LinkedSchedule:
    phases = tuple(
        LinkedPhase(name, nodes[when] if when >= 0 else None, features[overdue], pins[every])
        for name, when, overdue, every in row[5]
    )
    return LinkedSchedule(row[0], row[1], row[2], pins[row[3]], pins[row[4]], phases)


def encode_lexicon(lexicon: Lexicon) -> list[list[Any]]:
    """Return every term as a row."""
    return [
        [
            t.code,
            t.kind,
            t.label,
            t.type,
            t.unit,
            [[unit, str(f)] for unit, f in t.factors],
            None if t.low is None else str(t.low),
            None if t.high is None else str(t.high),
            list(t.results),
            list(t.grades),
            list(t.members),
            list(t.synonyms),
            t.subject,
            t.unlisted,
            None if t.dexamethasone is None else str(t.dexamethasone),
        ]
        for t in lexicon.terms.values()
    ]


def decode_lexicon(rows: list[list[Any]]) -> Lexicon:
    """Return the lexicon that rows stand for."""
    terms = {}
    for row in rows:
        code, kind, label, type_, unit, factors, low, high, results, grades, members, synonyms, *rest = row
        subject, unlisted, steroid = rest
        terms[code] = Term(
            code,
            kind,
            label,
            type_,
            unit,
            tuple((name, Decimal(factor)) for name, factor in factors) if factors else (),
            None if low is None else Decimal(low),
            None if high is None else Decimal(high),
            tuple(results),
            tuple(grades),
            tuple(members),
            tuple(synonyms),
            subject,
            unlisted,
            None if steroid is None else Decimal(steroid),
        )
    return Lexicon(terms)
