"""Opinions about a rule set, each with a stable id: what would mislead a clinician or hide a gap.

`CHECKS` lists them. An error fails the gate; a warning is shown and counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thalsafety.engines import rete
from thalsafety.errors import EngineError, Place, Problem
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import link_problems, not_in_force_reason
from thalsafety.linting.boundaries import boundary_numbers
from thalsafety.loading import units
from thalsafety.loading.patients import findings
from thalsafety.model.plain import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.rule import Rule


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
    "L014": ("error", "a profile names a source, or an add-on a profile, that does not exist"),
    "L015": ("error", "a rule set does not fit safely into the durable-rules engine"),
    "L016": ("warning", "a file does not name its schema in the first line"),
    "L017": ("error", "two examples of a rule have the same name"),
    "L019": ("error", "a number is called a plain count, but is neither none nor one"),
    "L021": ("warning", "a source is past the day by which it was to be reviewed, or names none"),
    "L020": ("error", "an active rule is in force under no profile"),
    "L018": ("warning", "a number comes from a source that the rule does not cite"),
}


def lint(rule_set: RuleSet, day: date) -> list[Issue]:
    """Return every opinion about a rule set, in the order of files and lines."""
    issues = [_issue("L001", problem) for problem in rule_set.problems]
    for check in (
        _links,
        _in_force_somewhere,
        _example_kinds,
        _guidance,
        _unverified,
        _freshness,
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
    seen: set[tuple[str, Problem]] = set()
    for profile in rule_set.profile_names:
        base = profile.partition("+")[0]
        for problem in link_problems(rule_set, profile, day):
            anywhere = problem._replace(message=problem.message.replace(f"profile {profile}", "profile"))
            if not seen & {(base, anywhere), ("", problem)}:  # an add-on adds nothing to what is wrong without it
                seen |= {(base, anywhere), ("", problem)}
                yield _issue("L002", problem)


def _active(rule_set: RuleSet) -> Iterator[Rule]:
    return (rule for rule in rule_set.rules.values() if rule.status == "active")


def _in_force_somewhere(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        names = map(rule_set.profile_named, rule_set.profile_names)
        reasons = [not_in_force_reason(rule_set, rule, profile) for profile in names]
        if reasons and all(reasons):
            hint = "add one of its sources to a file in rules/profiles/"
            yield _says("L020", rule_set.place(rule.rule, "guidance"), f"`{rule.rule}`: {reasons[0]}", hint)


def _example_kinds(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        examples = list(rule_set.examples(rule))
        have = {example.expect for example, _ in examples}
        for wanted in ("applies", "does_not_apply", "cannot_tell"):
            if wanted not in have:
                yield _says(
                    "L003", rule_set.place(rule.rule, "tests"), f"`{rule.rule}` has no example that expects {wanted}"
                )
        for name, count in Counter(example.name for example, _ in examples).items():
            if count > 1:
                yield _says("L017", rule_set.place(rule.rule, "tests"), f"two examples are named `{name}`")
        for example, path in examples:
            for where, message, hint in findings(example.given, rule_set.lexicon):
                yield _says("L011", rule_set.place(*path, "given", *where), message, hint)


def cited_statements(rule_set: RuleSet) -> dict[str, list[str]]:
    """Return what cites each guidance statement: definitions, schedules, scores, and rules that are not retired."""
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
    for name, score in rule_set.scores.items():
        for guidance in score.guidance:
            cited.setdefault(guidance.statement, []).append(name)
    return cited


def _guidance(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    cited = cited_statements(rule_set)
    for name in cited:
        if name not in rule_set.statements and (strangers := [o for o in cited[name] if o not in rule_set.rules]):
            owner = strangers[0]  # a rule's own citations are checked when it is linked
            yield _says("L002", rule_set.place(owner, "guidance"), f"`{name}` is not a guidance statement")
    for source in rule_set.sources.values():
        for index, statement in enumerate(source.statements):
            place = rule_set.place(source.source, "statements", index)
            enforced = source.complete or statement.topic in (source.complete_topics or ())
            if statement.id in cited and statement.not_encoded:
                yield _says(
                    "L007", place, f"`{statement.id}` is cited by {cited[statement.id][0]} and listed as not encoded"
                )
            elif enforced and statement.id not in cited and not statement.not_encoded:
                yield _says(
                    "L006",
                    place,
                    f"`{statement.id}` is not cited by any rule",
                    "cite it, or give `not_encoded:` with the reason",
                )


def _unverified(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for rule in _active(rule_set):
        for index, guidance in enumerate(rule.guidance):
            known = rule_set.statements.get(guidance.statement)
            if known is not None and known[0].confidence == "low":
                place = rule_set.place(rule.rule, "guidance", index)
                yield _says("L008", place, f"the wording of `{guidance.statement}` was not verified against its source")


def _freshness(rule_set: RuleSet, day: date) -> Iterator[Issue]:
    for name, source in rule_set.sources.items():
        if source.review_by is None:
            hint = "look whether it is current, and write the day by which to look again"
            yield _says("L021", rule_set.place(name, "source"), f"source `{name}` has no `review_by`", hint)
        elif source.review_by < day:
            place = rule_set.place(name, "review_by")
            hint = "look whether the document or its wording changed, and write the next day"
            yield _says("L021", place, f"source `{name}` was to be reviewed by {source.review_by}", hint)


def _unused(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    """Look for names that nothing mentions, as the written data has them."""
    mentioned: set[str] = set()
    for document in {id(d): d for d in rule_set.documents.values()}.values():
        _mentions(document.data, mentioned)
    for kind, table in (
        ("parameter", rule_set.parameters),
        ("definition", rule_set.definitions),
        ("schedule", rule_set.schedules),
        ("score", rule_set.scores),
    ):
        for name in table:
            if name not in mentioned:
                path = ("parameters", name) if kind == "parameter" else (kind,)
                yield _says(
                    "L009", rule_set.place(name, *path), f"{kind} `{name}` is used by nothing", "use it, or remove it"
                )


_REFERRING = frozenset(
    {
        "below",
        "at_most",
        "above",
        "at_least",
        "no_older_than",
        "within",
        "from",
        "to",
        "every",
        "opens_before",
        "grace",
        "deadline",
        "holds",
        "due",
        "overdue",
        "due_from",
        "score",
        "points",
    }
)


def _mentions(data: object, found: set[str]) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _REFERRING and isinstance(value, str) and not (key == "score" and "items" in data):
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
                mine, its = rule.recommend.severity, other.recommend.severity
                yield _says("L010", place, f"`{rule.rule}` is {mine} and supersedes `{name}`, which is {its}")
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
            yield _says(
                "L013", rule_set.place(name, "parameters", name, "unit"), f"`{parameter.unit}` is not a UCUM unit"
            )
        for index, value in enumerate(parameter.values):
            if parameter.plain_count and value.value not in {0, 1}:
                place = rule_set.place(name, "parameters", name, "plain_count")
                yield _says("L019", place, f"`{name}` is {value.value}: a choice, and no plain count")
            if value.source not in rule_set.sources:
                place = rule_set.place(name, "parameters", name, "values", index, "source")
                yield _says("L014", place, f"`{value.source}` is not a source")


def _profiles(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for name, profile in (*rule_set.profiles.items(), *rule_set.addons.items()):
        for index, source in enumerate(profile.sources):
            if source not in rule_set.sources:
                yield _says("L014", rule_set.place(name, "sources", index), f"`{source}` is not a source")
        for index, base in enumerate(profile.adds_to or ()):
            if base not in rule_set.profiles:
                yield _says("L014", rule_set.place(name, "adds_to", index), f"`{base}` is not a profile")


def _capacity(rule_set: RuleSet, day: date) -> Iterator[Issue]:
    links = Links(rule_set)
    for name in rule_set.profile_names:
        try:
            rete.Rete.plan(links.of(name, day).program)
        except EngineError as error:
            yield _says(
                "L015", Place(rule_set.root), f"under profile {name}: {error}", "split the rule, or share a definition"
            )


def _schema_lines(rule_set: RuleSet, _day: date) -> Iterator[Issue]:
    for document in {d.file: d for d in rule_set.documents.values()}.values():
        with open(document.file, encoding="utf-8") as file:  # noqa: PTH123  one line of a file already read
            if not file.readline().startswith("# yaml-language-server: $schema="):
                yield _says(
                    "L016",
                    Place(document.file, 1, 1),
                    "the first line names no schema",
                    "add `# yaml-language-server: $schema=…`",
                )


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
        yield _says(
            kind, place, f"no example stands exactly on `{name}` as `{owner}` uses it", "add one with that very value"
        )
