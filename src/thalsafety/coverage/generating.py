"""The fewest new worked examples, as far as a greedy choice finds them, that close what coverage lists as missing."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from thalsafety.coverage.measuring import cover
from thalsafety.coverage.seeking import Found, Seeker
from thalsafety.linking.epochs import Links
from thalsafety.linking.linker import first_profile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from thalsafety.coverage.goals import Goal
    from thalsafety.loading.rules import RuleSet


def missing_goals(rule_set: RuleSet, profile: str) -> dict[str, set[Goal]]:
    """Return what the worked examples of each active rule leave out, and no other rule's examples reach either."""
    coverage = cover(rule_set, profile, ())
    return {
        rule: {goal for goal in goals if goal not in coverage.examples.reached}
        for rule, goals in coverage.goals.items()
    }


def generate(rule_set: RuleSet, profile: str, rules: Collection[str], depth: int) -> Iterator[tuple[str, list[Found]]]:
    """Return, rule by rule, states that reach what is missing: one edit of an example first, then more."""
    missing = missing_goals(rule_set, profile)
    open_ = {goal for goals in missing.values() for goal in goals}
    links = Links(rule_set)
    for rounds in range(1, depth + 1):
        for name in sorted(rules):
            wanted = missing.get(name, set()) & open_
            if not wanted:
                continue
            found: list[Found] = []
            for one in _seeker(rule_set, links, profile, name).seek(_bases(rule_set, profile, name), wanted, rounds):
                found.append(one)
                if rounds > 1:
                    wanted -= one.reaches
            yield name, found
            open_ -= {goal for one in found for goal in one.reaches}


def _seeker(rule_set: RuleSet, links: Links, profile: str, name: str) -> Seeker:
    rule = rule_set.rules[name]
    day = next(iter(rule_set.examples(rule)))[0].given.as_of.day()
    linked = links.of(profile, day)
    return Seeker(linked, next(program for program in linked.program.rules if program.id == name))


def _bases(rule_set: RuleSet, profile: str, name: str) -> list[tuple[str, dict[str, object]]]:
    """Return the examples of a rule as they are written."""
    rule = rule_set.rules[name]
    return [
        (example.name, example.given.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True))
        for example, _ in rule_set.examples(rule)
        if example.expect != "not_in_force" and (example.profile or first_profile(rule_set, rule)) == profile
    ]


class Reaching(Protocol):
    """A state that may become a worked example, with what it reaches."""

    @property
    def rule(self) -> str:
        """The rule whose example it would be."""

    @property
    def changed(self) -> tuple[str, ...]:
        """What was changed of an example that there is."""

    @property
    def state(self) -> dict[str, Any]:
        """The state as it is written."""

    @property
    def reaches(self) -> frozenset[Any]:
        """What it is good for."""


Some = TypeVar("Some", bound=Reaching)


def fewest(found: Sequence[Some]) -> list[Some]:
    """Return some of the states that together reach all goals: those that reach most first, then the shortest."""
    open_ = {goal for one in found for goal in one.reaches}
    order = [(-len(one.reaches), len(one.changed), len(repr(one.state)), place) for place, one in enumerate(found)]
    heapq.heapify(order)
    chosen: list[Some] = []
    while order and open_:
        count, changes, length, place = heapq.heappop(order)
        reaches = len(found[place].reaches & open_)
        if reaches == -count:
            chosen.append(found[place])
            open_ -= found[place].reaches
        elif reaches:
            heapq.heappush(order, (-reaches, changes, length, place))
    return _needed(chosen)


def _needed(chosen: Sequence[Some]) -> list[Some]:
    """Return states without those whose goals the others reach too; the first chosen are the first to go."""
    count = Counter(goal for one in chosen for goal in one.reaches)
    kept: list[Some] = []
    for one in chosen:
        if all(count[goal] > 1 for goal in one.reaches):
            count.subtract(one.reaches)
        else:
            kept.append(one)
    return kept


def by_rule(chosen: Iterable[Some]) -> dict[str, list[Some]]:
    """Return states by the rule whose examples they were made of."""
    found: dict[str, list[Some]] = {}
    for one in chosen:
        found.setdefault(one.rule, []).append(one)
    return found
