"""Mutants of a rule set: every rule, definition and schedule with one mistake in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety.linking.linker import not_in_force_reason
from thalsafety.model import question as q
from thalsafety.model.plain import SEVERITIES
from thalsafety.model.rule import AllOf, AnyOf, FirstOf, NotThis
from thalsafety.mutating import kinds
from thalsafety.mutating.conditions import Slip, Slips

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from thalsafety.errors import Place
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.knowledge import Parameter
    from thalsafety.model.rule import Condition, Definition, Rule, Schedule, Score, ScoreItem
    from thalsafety.mutating.conditions import Path

RULE, DEFINITION, SCHEDULE, SCORE = "rule", "definition", "schedule", "score"
_TABLES = {RULE: "rules", DEFINITION: "definitions", SCHEDULE: "schedules", SCORE: "scores"}


class Spot(NamedTuple):
    """Something written that mistakes are made in: a rule, a schedule, a score, or one condition of a definition."""

    what: str
    name: str
    path: Path = ()


class Mutant(NamedTuple):
    """A rule set with one mistake: its kind, what it stands in and where, in words, and what is written then."""

    kind: str
    what: str
    owner: str
    topic: str
    place: Place
    words: str
    written: Any
    numbers: tuple[tuple[str, Parameter], ...] = ()

    def applied(self, rule_set: RuleSet) -> RuleSet:
        """Return the rule set with the mistake in it; the one given stays as it is."""
        table = _TABLES[self.what]
        changed: dict[str, Any] = {table: {**getattr(rule_set, table), self.owner: self.written}}
        if self.numbers:
            changed["parameters"] = {**rule_set.parameters, **dict(self.numbers)}
        return replace(rule_set, **changed)


def mutants(
    rule_set: RuleSet, profile: str, only: Collection[str] = (), elsewhere: Collection[Spot] = ()
) -> Iterator[Mutant]:
    """Return every mutant of what is in force under a profile, in order, but for spots that are changed `elsewhere`.

    `only` names what to change.
    """
    for what, names in in_force(rule_set, profile).items():
        for name in sorted(names):
            if not only or name in only:
                yield from _distinct(_makers(rule_set, profile, what, name, elsewhere))


def spots(rule_set: RuleSet, profile: str, only: Collection[str] = ()) -> Iterator[Spot]:
    """Return where mistakes are made under a profile: in whole rules, schedules and scores, in parts of definitions."""
    for what, names in in_force(rule_set, profile).items():
        for name in names:
            if not only or name in only:
                paths = [path for path, _ in conditions_of(rule_set, profile, name)] if what == DEFINITION else [()]
                yield from (Spot(what, name, path) for path in paths)


def _distinct(found: Iterable[Mutant]) -> Iterator[Mutant]:
    """Return mutants, of those that are written alike the first only."""
    seen: set[str] = set()
    for mutant in found:
        key = repr(mutant.written)
        if key not in seen:
            seen.add(key)
            yield mutant


def in_force(rule_set: RuleSet, profile: str) -> dict[str, list[str]]:
    """Return the active rules of a profile, and the definitions, schedules and scores that they rest on."""
    rules = [
        name
        for name, rule in sorted(rule_set.rules.items())
        if rule.status == "active" and not not_in_force_reason(rule_set, rule, rule_set.profile_named(profile))
    ]
    used = {name for rule in rules for name in uses(rule_set, profile, rule)}
    return {
        RULE: rules,
        DEFINITION: sorted(used & set(rule_set.definitions)),
        SCHEDULE: sorted(used & set(rule_set.schedules)),
        SCORE: sorted(used & set(rule_set.scores)),
    }


def uses(rule_set: RuleSet, profile: str, rule: str) -> set[str]:
    """Return the definitions and schedules that a rule's condition rests on, also those that these rest on."""
    found: set[str] = set()
    ahead = [rule_set.rules[rule].when]
    while ahead:
        for name in _named(ahead.pop()):
            if name not in found:
                found.add(name)
                ahead += [condition for _, condition in conditions_of(rule_set, profile, name)]
    return found


def conditions_of(rule_set: RuleSet, profile: str, name: str) -> list[tuple[Path, Condition]]:
    """Return the conditions of a definition, schedule or score that count under a profile, with where they stand."""
    score = rule_set.scores.get(name)
    if score is not None:
        return list(_of_items(score))
    schedule = rule_set.schedules.get(name)
    if schedule is not None:
        return [(("phases", i, "when"), p.when) for i, p in enumerate(schedule.phases) if p.when is not None]
    definition = rule_set.definitions.get(name)
    if definition is None:
        return []
    if definition.when is not None:
        return [(("when",), definition.when)]
    sources = rule_set.profile_named(profile).sources
    return [(("variants", i, "when"), v.when) for i, v in enumerate(definition.variants) if v.source in sources]


def _of_items(score: Score) -> Iterator[tuple[Path, Condition]]:
    """Return the conditions of a score's items that decide, with where they stand."""
    for index, item in enumerate(score.items):
        if isinstance(item, FirstOf):
            for number, one in enumerate(item.first_of):
                if not one.recorded_race:
                    yield ("items", index, "first_of", number, "when"), one.when
        elif not item.recorded_race:
            yield ("items", index, "when"), item.when


def _named(condition: Condition) -> Iterator[str]:
    """Return the definitions and schedules that a condition names."""
    if isinstance(condition, (AllOf, AnyOf)):
        for part in condition.all if isinstance(condition, AllOf) else condition.any:
            yield from _named(part)
    elif isinstance(condition, NotThis):
        yield from _named(condition.not_)
    elif isinstance(condition, (q.Holds, q.Due, q.Overdue, q.InScore)):
        yield str(getattr(condition, condition.kind))


# ---------------------------------------------------------------- what mutants are made of


def _makers(rule_set: RuleSet, profile: str, what: str, name: str, elsewhere: Collection[Spot]) -> Iterator[Mutant]:
    """Return the mutants of one rule, definition or schedule."""
    slips = Slips(rule_set)
    if what != DEFINITION and Spot(what, name) in elsewhere:
        return
    if what == RULE:
        found = _of_rule(slips, rule_set.rules[name])
    elif what == DEFINITION:
        conditions = conditions_of(rule_set, profile, name)
        kept = [(path, condition) for path, condition in conditions if Spot(what, name, path) not in elsewhere]
        found = _of_definition(slips, rule_set.definitions[name], kept)
    elif what == SCHEDULE:
        found = _of_schedule(slips, rule_set.schedules[name])
    else:
        found = _of_score(slips, rule_set.scores[name])
    topic = rule_set.topic_of.get(name, "definitions")
    for slip in found:
        place = rule_set.place(name, *slip.path)
        yield Mutant(slip.kind, what, name, topic, place, slip.words, slip.written, slip.numbers)


def _of_rule(slips: Slips, rule: Rule) -> Iterator[Slip]:
    for slip in slips.of(rule.when, ("when",)):
        yield slip._replace(written=rule.model_copy(update={"when": slip.written}))
    now = SEVERITIES.index(rule.recommend.severity)
    for step, words in ((-1, "graver"), (1, "milder")):
        if 0 <= now + step < len(SEVERITIES):
            other = SEVERITIES[now + step]
            recommend = rule.recommend.model_copy(update={"severity": other})
            text = f"severity {other} instead of {rule.recommend.severity}, one {words}"
            changed = rule.model_copy(update={"recommend": recommend})
            yield Slip(kinds.SEVERITY, ("recommend", "severity"), text, changed)
    for index, other in enumerate(rule.supersedes):
        fewer = rule.model_copy(update={"supersedes": rule.supersedes[:index] + rule.supersedes[index + 1 :]})
        yield Slip(kinds.SUPERSESSION, ("supersedes", index), f"does not supersede {other}", fewer)


def _of_definition(slips: Slips, definition: Definition, conditions: list[tuple[Path, Condition]]) -> Iterator[Slip]:
    for path, condition in conditions:
        for slip in slips.of(condition, path):
            yield slip._replace(written=_with(definition, path, slip.written))


def _with(written: Definition | Schedule, path: Path, condition: Condition) -> Definition | Schedule:
    """Return a definition or schedule with another condition in one place."""
    if len(path) == 1:
        return written.model_copy(update={"when": condition})
    key, index = str(path[0]), int(path[1])
    parts = list(getattr(written, key))
    parts[index] = parts[index].model_copy(update={"when": condition})
    return written.model_copy(update={key: tuple(parts)})


def _of_schedule(slips: Slips, schedule: Schedule) -> Iterator[Slip]:
    for field in ("opens_before", "grace"):
        yield from slips.nudged(schedule, field, (), kinds.SCHEDULE)
    for index, phase in enumerate(schedule.phases):
        for slip in slips.nudged(phase, "every", ("phases", index), kinds.SCHEDULE):
            phases = (*schedule.phases[:index], slip.written, *schedule.phases[index + 1 :])
            yield slip._replace(written=schedule.model_copy(update={"phases": phases}))
        if index + 1 < len(schedule.phases):
            following = schedule.phases[index + 1]
            phases = (*schedule.phases[:index], following, phase, *schedule.phases[index + 2 :])
            text = f"phase “{following.name}” before “{phase.name}”"
            changed = schedule.model_copy(update={"phases": phases})
            yield Slip(kinds.SCHEDULE, ("phases", index + 1), text, changed)
        if phase.when is not None:
            for slip in slips.of(phase.when, ("phases", index, "when")):
                yield slip._replace(written=_with(schedule, ("phases", index), slip.written))


def _of_score(slips: Slips, score: Score) -> Iterator[Slip]:
    """Return a score with other points, an item left out, two alternatives swapped, or a mistake in a condition."""
    for index, item in enumerate(score.items):
        path: Path = ("items", index)
        fewer = score.model_copy(update={"items": score.items[:index] + score.items[index + 1 :]})
        rests_on_race = not isinstance(item, FirstOf) and item.recorded_race
        if len(score.items) > 1 and not rests_on_race:
            name = " or ".join(one.name for one in item.first_of) if isinstance(item, FirstOf) else item.name
            yield Slip(kinds.CLAUSE, path, f"item dropped: {name}", fewer)
        if isinstance(item, FirstOf):
            swapped = item.model_copy(update={"first_of": (item.first_of[1], item.first_of[0], *item.first_of[2:])})
            text = f"“{item.first_of[1].name}” before “{item.first_of[0].name}”"
            yield Slip(kinds.SCHEDULE, (*path, "first_of"), text, _with_item(score, index, swapped))
            for number, one in enumerate(item.first_of):
                for slip in _of_item(slips, one, (*path, "first_of", number)):
                    several = (*item.first_of[:number], slip.written, *item.first_of[number + 1 :])
                    changed = item.model_copy(update={"first_of": several})
                    yield slip._replace(written=_with_item(score, index, changed))
        else:
            for slip in _of_item(slips, item, path):
                yield slip._replace(written=_with_item(score, index, slip.written))


def _of_item(slips: Slips, item: ScoreItem, path: Path) -> Iterator[Slip]:
    """Return one item with other points or another condition; what rests on recorded race decides nothing."""
    if item.recorded_race:
        return
    yield from slips.nudged(item, "points", path)
    for slip in slips.of(item.when, (*path, "when")):
        yield slip._replace(written=item.model_copy(update={"when": slip.written}))


def _with_item(score: Score, index: int, item: ScoreItem | FirstOf) -> Score:
    return score.model_copy(update={"items": (*score.items[:index], item, *score.items[index + 1 :])})
