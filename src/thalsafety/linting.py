"""Opinions about a rule set, each with a stable id: what would mislead a clinician or hide a gap.

`CHECKS` lists them. An error fails the gate; a warning is shown and counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from thalsafety import features
from thalsafety.engines import rete
from thalsafety.errors import EngineError, Place, Problem
from thalsafety.linked import State
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import link_problems, not_in_force_reason
from thalsafety.loading import units
from thalsafety.loading.patients import findings
from thalsafety.model.patient import SEVERITIES
from thalsafety.program import Compare, Feature, Known, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.rule import Rule
    from thalsafety.program import Answer, Leaf


@dataclass(frozen=True, slots=True)
class Issue:
    """One opinion: which check, how grave, where, what."""

    check: str
    severity: str
    problem: Problem


CHECKS: dict[str, tuple[str, str]] = {
    "L001": ("error", "a file cannot be read or does not fit its schema"),
    "L002": ("error", "a rule, definition or schedule cannot be linked under a profile"),
    "L003": ("error", "an active rule lacks an example that applies, does not apply or cannot tell"),
    "L004": ("error", "no example stands exactly on a number that a rule's own line uses"),
    "L005": ("error", "no example stands exactly on a number of a definition or schedule"),
    "L006": ("error", "a guidance statement is neither cited nor listed as not encoded"),
    "L007": ("error", "a guidance statement is cited and listed as not encoded"),
    "L008": ("warning", "an active rule rests on a statement whose wording was not verified"),
    "L009": ("error", "a parameter, definition or schedule is used by nothing"),
    "L010": ("error", "rules supersede in a circle, or a milder rule supersedes a graver one"),
    "L011": ("error", "an example's patient state is refused"),
    "L012": ("error", "a folder of rules has no topic file"),
    "L013": ("error", "a parameter's unit is not UCUM"),
    "L014": ("error", "a profile names a source that does not exist"),
    "L015": ("error", "a rule set does not fit safely into the durable-rules engine"),
    "L016": ("warning", "a file does not name its schema in the first line"),
    "L017": ("error", "two examples of a rule have the same name"),
    "L018": ("warning", "a number comes from a source that the rule does not cite"),
}


def lint(rule_set: RuleSet, day: date) -> list[Issue]:
    """Return every opinion about a rule set, in the order of files and lines."""
    issues = [_issue("L001", problem) for problem in rule_set.problems]
    for check in (
        _links,
        _example_kinds,
        _guidance,
        _unverified,
        _unused,
        _supersession,
        _topics,
        _units,
        _profiles,
        _capacity,
        _schema_lines,
        _foreign_numbers,
        _numbers,
    ):
        issues += check(rule_set, day)
    return sorted(issues, key=lambda i: (i.problem.place.file, i.problem.place.line, i.check, i.problem.message))


def _issue(check: str, problem: Problem) -> Issue:
    return Issue(check, CHECKS[check][0], problem)


def _says(check: str, place: Place, message: str, hint: str = "") -> Issue:
    return _issue(check, Problem(place, message, hint))


def _links(rule_set: RuleSet, day: date) -> Iterator[Issue]:
    seen: set[Problem] = set()
    for profile in rule_set.profiles:
        for problem in link_problems(rule_set, profile, day):
            if problem not in seen:
                seen.add(problem)
                yield _issue("L002", problem)


def _active(rule_set: RuleSet) -> Iterator[Rule]:
    return (rule for rule in rule_set.rules.values() if rule.status == "active")


def _example_kinds(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        have = {example.expect for example in rule.tests}
        for wanted in ("applies", "does_not_apply", "cannot_tell"):
            if wanted not in have:
                yield _says("L003", rule_set.place(rule.rule, "tests"), f"`{rule.rule}` has no example that expects {wanted}")
        for name, count in Counter(example.name for example in rule.tests).items():
            if count > 1:
                yield _says("L017", rule_set.place(rule.rule, "tests"), f"two examples are named `{name}`")
        for index, example in enumerate(rule.tests):
            for where, message, hint in findings(example.given, rule_set.lexicon):
                yield _says("L011", rule_set.place(rule.rule, "tests", index, "given", *where), message, hint)


def cited_statements(rule_set: RuleSet) -> dict[str, list[str]]:
    """Return, for every guidance statement, what cites it: rules (retired ones do not count), definitions, schedules."""
    cited: dict[str, list[str]] = {}
    for rule in rule_set.rules.values():
        if rule.status != "retired":
            for guidance in rule.guidance:
                cited.setdefault(guidance.statement, []).append(rule.rule)
    for name, definition in rule_set.definitions.items():
        for guidance in definition.guidance:
            cited.setdefault(guidance.statement, []).append(name)
    for name, schedule in rule_set.schedules.items():
        for guidance in schedule.guidance:
            cited.setdefault(guidance.statement, []).append(name)
    return cited


def _guidance(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    cited = cited_statements(rule_set)
    for name in cited:
        if name not in rule_set.statements:
            owner = cited[name][0]
            yield _says("L002", rule_set.place(owner, "guidance"), f"`{name}` is not a guidance statement")
    for source in rule_set.sources.values():
        for index, statement in enumerate(source.statements):
            place = rule_set.place(source.source, "statements", index)
            enforced = source.complete or statement.topic in (source.complete_topics or ())
            if statement.id in cited and statement.not_encoded:
                yield _says("L007", place, f"`{statement.id}` is cited by {cited[statement.id][0]} and listed as not encoded")
            elif enforced and statement.id not in cited and not statement.not_encoded:
                yield _says(
                    "L006", place, f"`{statement.id}` is not cited by any rule", "cite it, or give `not_encoded:` with the reason"
                )


def _unverified(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        for index, guidance in enumerate(rule.guidance):
            known = rule_set.statements.get(guidance.statement)
            if known is not None and known[0].confidence == "low":
                place = rule_set.place(rule.rule, "guidance", index)
                yield _says("L008", place, f"the wording of `{guidance.statement}` was not verified against its source")


def _unused(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    """Look for names that nothing mentions, as the written data has them."""
    mentioned: set[str] = set()
    for document in {id(d): d for d in rule_set.documents.values()}.values():
        _mentions(document.data, mentioned)
    for kind, table in (("parameter", rule_set.parameters), ("definition", rule_set.definitions), ("schedule", rule_set.schedules)):
        for name in table:
            if name not in mentioned:
                path = ("parameters", name) if kind == "parameter" else (kind,)
                yield _says("L009", rule_set.place(name, *path), f"{kind} `{name}` is used by nothing", "use it, or remove it")


_REFERRING = frozenset(
    {
        "below", "at_most", "above", "at_least", "no_older_than", "within", "from", "to", "every", "opens_before",
        "grace", "deadline", "holds", "due", "overdue", "due_from",
    }
)


def _mentions(data: object, found: set[str]) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _REFERRING and isinstance(value, str):
                found.add(value)
            elif key not in {"tests", "statements", "entries"}:
                _mentions(value, found)
    elif isinstance(data, list):
        for value in data:
            _mentions(value, found)


def _supersession(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in rule_set.rules.values():
        for index, name in enumerate(rule.supersedes):
            other = rule_set.rules.get(name)
            if other is None:
                continue
            place = rule_set.place(rule.rule, "supersedes", index)
            if SEVERITIES.index(rule.recommend.severity) > SEVERITIES.index(other.recommend.severity):
                yield _says("L010", place, f"`{rule.rule}` is {rule.recommend.severity} and supersedes `{name}`, which is {other.recommend.severity}")
            if _reaches(rule_set, name, rule.rule, frozenset()):
                yield _says("L010", place, f"`{rule.rule}` and `{name}` supersede each other")


def _reaches(rule_set: RuleSet, start: str, goal: str, seen: frozenset[str]) -> bool:
    rule = rule_set.rules.get(start)
    if rule is None or start in seen:
        return False
    return goal in rule.supersedes or any(_reaches(rule_set, name, goal, seen | {start}) for name in rule.supersedes)


def _topics(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for name, topic in sorted(rule_set.topic_of.items()):
        if topic not in rule_set.topics:
            yield _says("L012", rule_set.place(name), f"the folder `{topic}` has no topic.yaml", "describe the topic")


def _units(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for name, parameter in rule_set.parameters.items():
        if not units.is_unit(parameter.unit):
            yield _says("L013", rule_set.place(name, "parameters", name, "unit"), f"`{parameter.unit}` is not a UCUM unit")
        for index, value in enumerate(parameter.values):
            if value.source not in rule_set.sources:
                place = rule_set.place(name, "parameters", name, "values", index, "source")
                yield _says("L014", place, f"`{value.source}` is not a source")


def _profiles(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for name, profile in rule_set.profiles.items():
        for index, source in enumerate(profile.sources):
            if source not in rule_set.sources:
                yield _says("L014", rule_set.place(name, "sources", index), f"`{source}` is not a source")


def _capacity(rule_set: RuleSet, day: date) -> Iterator[Issue]:
    links = Links(rule_set)
    for name in rule_set.profiles:
        try:
            rete.Rete(links.of(name, day).program)
        except EngineError as error:
            yield _says("L015", Place(rule_set.root), f"under profile {name}: {error}", "split the rule, or share a definition")


def _schema_lines(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for document in {d.file: d for d in rule_set.documents.values()}.values():
        with open(document.file, encoding="utf-8") as file:  # noqa: PTH123  one line of a file already read
            if not file.readline().startswith("# yaml-language-server: $schema="):
                yield _says("L016", Place(document.file, 1, 1), "the first line names no schema", "add `# yaml-language-server: $schema=…`")


def _foreign_numbers(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        cited = {rule_set.statements[g.statement][1] for g in rule.guidance if g.statement in rule_set.statements}
        for name, parameter in rule.parameters.items():
            for index, value in enumerate(parameter.values):
                if value.source != "project" and value.source not in cited:
                    place = rule_set.place(rule.rule, "parameters", name, "values", index)
                    yield _says("L018", place, f"`{name}` comes from {value.source}, which `{rule.rule}` does not cite")


# ---------------------------------------------------------------- numbers on their boundary


def _numbers(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    """Ask, for every number in a line, for an example in which the slightest change of it changes the line."""
    if rule_set.problems:
        return
    wanted, met = boundary_numbers(rule_set)
    for key in sorted(wanted, key=str):
        if key in met:
            continue
        owner, name = key
        kind = "L004" if owner in rule_set.rules else "L005"
        place = rule_set.place(owner)
        yield _says(kind, place, f"no example stands exactly on `{name}` as `{owner}` uses it", "add one with that very value")


Number = tuple[str, str]
"""Who uses a number (rule, definition or schedule), and its parameter."""


def boundary_numbers(rule_set: RuleSet) -> tuple[set[Number], set[Number]]:
    """Return the numbers that lines use, and those that some example stands exactly on."""
    owners = {
        **{f"{name}": name for name in rule_set.rules},
        **{f"{name}": name for name in rule_set.definitions},
        **{f"{name}": name for name in rule_set.schedules},
    }
    by_file = {
        document.file.removeprefix(rule_set.root).lstrip("/"): owner
        for owner, document in rule_set.documents.items()
        if owner in owners
    }
    links = Links(rule_set)
    wanted: set[Number] = set()
    met: set[Number] = set()
    for rule in _active(rule_set):
        for index, example in enumerate(rule.tests):
            profile = example.profile or next(
                (n for n, p in sorted(rule_set.profiles.items(), key=lambda p: (p[0] != "us", p[0]))
                 if not not_in_force_reason(rule_set, rule, p)),
                None,
            )
            if profile is None or findings(example.given, rule_set.lexicon):
                continue
            linked = links.of(profile, example.given.as_of.day())
            state = next((r.state for r in linked.rules if r.id == rule.rule), None)
            if state is not State.IN_FORCE:
                continue
            when = next(r.when for r in linked.program.rules if r.id == rule.rule)
            asked = list(dict.fromkeys(leaves(when)))
            answers = cast("list[Answer]", [None] * len(linked.program.features))
            for leaf in asked:
                feature = leaf.feature
                if answers[feature.index] is None:
                    answers[feature.index] = features.answer([feature], example.given, linked.lexicon)[0]
            for leaf in asked:
                owner = _owner(leaf, by_file)
                if owner:
                    _meet(leaf, owner, answers, wanted, met, lambda f, g=example.given, n=linked: features.answer([f], g, n.lexicon)[0])
    return wanted, met


def _owner(leaf: Leaf, by_file: dict[str, str]) -> str:
    """Return the rule, definition or schedule whose line a leaf is."""
    last = leaf.origin.via[-1] if leaf.origin.via else ""
    if last.startswith("schedule "):
        return last.removeprefix("schedule ")
    return last or by_file.get(leaf.origin.file, "")


def _meet(  # noqa: PLR0913, PLR0917  one leaf in one example
    leaf: Leaf,
    owner: str,
    answers: list[Answer],
    wanted: set[Number],
    met: set[Number],
    ask: Callable[[Feature], Answer],
) -> None:
    """Note which numbers of a leaf there are, and which this example stands on."""
    answer = answers[leaf.feature.index]
    if isinstance(leaf, Compare) and leaf.parameter is not None:
        wanted.add((owner, leaf.parameter.name))
        if isinstance(answer, Known) and answer.low == answer.high == leaf.operand:
            met.add((owner, leaf.parameter.name))
    for pinned in leaf.feature.pinned:
        wanted.add((owner, pinned.name))
        if leaf.feature.kind == "days_overdue":  # every nudge shows in the days; the turn itself is the boundary
            on_turn = isinstance(answer, Known) and answer.low == answer.high
            if on_turn and isinstance(leaf, Compare) and answer.low in {Decimal(0), leaf.operand}:  # type: ignore[union-attr]
                met.add((owner, pinned.name))
            continue
        for step in (Decimal(1), Decimal(-1)):
            if not _alike(ask(_nudged(leaf.feature, pinned.name, step)), answer):
                met.add((owner, pinned.name))


def _alike(one: Answer, other: Answer) -> bool:
    if isinstance(one, Known) and isinstance(other, Known):
        return (one.low, one.high) == (other.low, other.high)
    return type(one) is type(other)


def _nudged(feature: Feature, name: str, step: Decimal) -> Feature:
    """Return a question with one of its durations a little longer or shorter."""
    options = tuple(
        (key, (value[0], value[1] + step, value[2])) if isinstance(value, tuple) and len(value) == 3 and value[0] == name  # noqa: PLR2004
        else (key, value)
        for key, value in feature.options
    )
    return replace(feature, options=options)


