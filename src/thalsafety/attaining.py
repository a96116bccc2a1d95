"""Goals of coverage that no record could reach, because the questions of a condition hang together.

What the meaning of one question rules out, `coverage.goals` leaves out by itself. What several questions rule out
together needs a proof, and here coverage meets the proofs. Needs Z3; imported only where it is installed.
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from thalsafety.coverage.goals import DECIDES
from thalsafety.coverage.lines import Line, Lines, Step, is_reference
from thalsafety.coverage.numbers import ABOVE, BELOW, ON, Number, near_by
from thalsafety.errors import EngineError
from thalsafety.linking.epochs import Links, changes
from thalsafety.linting.boundaries import owner_of
from thalsafety.program import All, Any, Compare, Not, leaves
from thalsafety.proving.alike import never_beside, never_decides, never_differ, never_has
from thalsafety.truth import FALSE, TRUE, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from thalsafety.coverage import Coverage
    from thalsafety.coverage.goals import Goal
    from thalsafety.loading.rules import RuleSet
    from thalsafety.program import Feature, Leaf, Node, Pinned


MOST = 100
"""Missing goals for which proofs are looked for: with more, it is worked examples that are missing."""


def attainable(rule_set: RuleSet, coverage: Coverage, *, jobs: int = 1, links: Links | None = None) -> Coverage:
    """Return coverage without the goals that no case reached and that are proved to be beyond every record.

    With two `jobs` half of them are looked at in a process of its own; `EngineError` when it dies.
    """
    reached = coverage.examples.reached.keys() | coverage.patients.reached.keys()
    missing = dict.fromkeys(goal for wanted in coverage.goals.values() for goal in wanted if goal not in reached)
    if len(missing) > MOST:
        return replace(coverage, unasked=f"more than {MOST} are missing")
    links = links or Links(rule_set)
    prove = proved_beyond if jobs == 1 else _shared
    beyond = prove(rule_set, coverage, missing, links)
    goals = {rule: tuple(goal for goal in wanted if goal not in beyond) for rule, wanted in coverage.goals.items()}
    return replace(coverage, goals=goals, beyond=beyond, unasked="")


def _shared(rule_set: RuleSet, coverage: Coverage, goals: Collection[Goal], links: Links) -> tuple[Goal, ...]:
    """Return what is proved of some goals, each other one in another process, where the system can fork."""
    import multiprocessing

    if "fork" not in multiprocessing.get_all_start_methods():
        return proved_beyond(rule_set, coverage, goals, links)
    listed = list(goals)
    fork = multiprocessing.get_context("fork")  # the rules are there, and need not be sent
    with ProcessPoolExecutor(1, fork, initializer=_inherit, initargs=(rule_set, coverage, listed[1::2], links)) as pool:
        later = pool.submit(_of_half)
        here = proved_beyond(rule_set, coverage, listed[::2], links)
        try:
            proved = {*here, *later.result()}
        except BrokenExecutor:
            message = "a process of the proofs died; there may be too little memory"
            raise EngineError(message) from None
    return tuple(goal for goal in listed if goal in proved)


_INHERITED: list[tuple[RuleSet, Coverage, list[Goal], Links]] = []
"""What a forked process took with its memory."""


def _inherit(rule_set: RuleSet, coverage: Coverage, goals: list[Goal], links: Links) -> None:
    _INHERITED[:] = [(rule_set, coverage, goals, links)]


def _of_half() -> tuple[Goal, ...]:
    return proved_beyond(*_INHERITED[0])


def proved_beyond(
    rule_set: RuleSet, coverage: Coverage, goals: Iterable[Goal], links: Links | None = None
) -> tuple[Goal, ...]:
    """Return those of some goals that are proved to be beyond every record, in their order."""
    asked = dict.fromkeys(goals)
    prover = _Prover(links or Links(rule_set), coverage, asked)
    return tuple(goal for goal in asked if prover.beyond(goal))


class _Prover:
    """Proofs about the goals of one coverage, whatever numbers are in force; what was proved once is kept."""

    def __init__(self, links: Links, coverage: Coverage, asked: Collection[Goal]) -> None:
        rule_set = links.rule_set
        self._goals = {rule: wanted for rule, wanted in coverage.goals.items() if any(one in asked for one in wanted)}
        self._lexicon = rule_set.lexicon
        self._lines: dict[str, list[Lines]] = {}
        for profile in sorted({coverage.profile_of(rule) for rule in self._goals}):
            for day in changes(rule_set, profile):
                for rule in links.of(profile, day).program.rules:
                    if rule.id in self._goals and coverage.profile_of(rule.id) == profile:
                        self._lines.setdefault(rule.id, []).append(Lines(rule.when))
        self._known: dict[tuple[object, ...], bool] = {}

    def beyond(self, goal: Goal) -> bool:
        """Return whether no record could reach a goal in any rule that has it."""
        rules = [rule for rule, wanted in self._goals.items() if goal in wanted]
        return all(self._proved(goal, rule, lines) for rule in rules for lines in self._lines[rule])

    def _proved(self, goal: Goal, rule: str, lines: Lines) -> bool:
        if not isinstance(goal.what, Line):
            return self._never_stands(goal, rule, lines)
        assert isinstance(goal.how, Truth)  # noqa: S101  lines have truths
        if goal.kind == DECIDES:
            ways = list(lines.places(goal.what))
            return all(self._never_decides(way, goal.how) for way in ways) and (
                len(ways) == 1 or self._never_decides_everywhere(goal.what, goal.how, lines)
            )
        node = lines.nodes.get(goal.what)
        return node is None or self._never_has(node, goal.how, lines.when)

    def _never_has(self, node: Node, truth: Truth, when: Node) -> bool:
        return any(
            self._kept(("has", node, truth, within), partial(never_has, node, truth, within, self._lexicon))
            for within in (node, when)
        )

    def _never_decides(self, way: tuple[Step, ...], truth: Truth) -> bool:
        """Return whether a line never decides: not even the definition that it stands in, or else not the rule."""
        return any(
            self._kept(
                ("decides", part[0].node, tuple(step.place for step in part[1:]), truth),
                partial(never_decides, part, truth, self._lexicon),
            )
            for part in _parts(way)
        )

    def _never_decides_everywhere(self, line: Line, truth: Truth, lines: Lines) -> bool:
        """Return whether a line that stands in several places never decides by being another way in all of them."""
        with_it = (lines.with_line(line, TRUE), lines.with_line(line, FALSE))
        return self._kept(
            ("decides", lines.when, line, truth),
            partial(never_differ, *with_it, lines.nodes[line], truth, self._lexicon),
        )

    def _never_stands(self, goal: Goal, rule: str, lines: Lines) -> bool:
        """Return whether no answer stands beside a number; of windows, intervals and units nothing is proved."""
        return goal.how in {BELOW, ON, ABOVE} and all(
            isinstance(leaf, Compare)
            and leaf.parameter is not None
            and goal.what not in {Number(owner_of(leaf, rule), pinned.name) for pinned in leaf.feature.pinned}
            and self._never_beside(leaf, leaf.parameter, goal, lines.when)
            for leaf in lines.leaves
            if goal.what in {Number(owner_of(leaf, rule), pinned.name) for pinned in _numbers(leaf)}
        )

    def _never_beside(self, leaf: Compare, parameter: Pinned, goal: Goal, when: Node) -> bool:
        operand = leaf.operand
        assert isinstance(operand, Decimal)  # noqa: S101  a parameter is held against numbers
        step = near_by(parameter, operand)
        other = operand + {BELOW: -step, ABOVE: step}.get(str(goal.how), Decimal(0))
        return any(
            self._kept(
                ("beside", leaf, goal.how, within),
                partial(never_beside, leaf.feature, operand, other, within, self._lexicon),
            )
            for within in (leaf, when)
        )

    def _kept(self, key: tuple[object, ...], prove: Callable[[], bool]) -> bool:
        if key not in self._known:
            self._known[key] = prove()
        return self._known[key]


def _parts(way: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Return two lean ways to a line, the one from the nearest `holds`, `due` or `overdue` above it, and the whole way.

    A lean way leaves out parts beside it. What decides a condition decides it without any of those too (all that they
    can do is to take its say away), so a proof about less holds, and is found soon where the whole is too much.
    """
    above = next((place for place in reversed(range(1, len(way) - 1)) if is_reference(way[place].node)), 0)
    own = _asked(way[-1].node)
    via = way[-1].node.origin.via
    around = _asked(next(step.node for step in way if step.node.origin.via == via))
    same = _lean(way, lambda part: not own.isdisjoint(_asked(part)))
    yield same
    within = _lean(way, lambda part: _asked(part) <= around)
    if within != same:
        yield within
    if above:
        yield way[above:]
    if way not in (same, within):
        yield way


def _lean(way: tuple[Step, ...], keep: Callable[[Node], bool]) -> tuple[Step, ...]:
    """Return a way with only some of the parts beside it."""
    below = way[-1].node
    found: list[Step] = []
    for step, (_, place) in zip(reversed(way[:-1]), reversed(way), strict=False):
        above = step.node
        if isinstance(above, Not):
            found.append(Step(below, 0))
            below = replace(above, part=below)
            continue
        assert isinstance(above, (All, Any))  # noqa: S101  a comparison has no parts
        before = tuple(part for part in above.parts[:place] if keep(part))
        after = tuple(part for part in above.parts[place + 1 :] if keep(part))
        found.append(Step(below, len(before)))
        below = replace(above, parts=(*before, below, *after))
    return (Step(below, 0), *reversed(found))


def _asked(node: Node) -> frozenset[Feature]:
    """Return the questions of a condition."""
    return frozenset(leaf.feature for leaf in leaves(node))


def _numbers(leaf: Leaf) -> tuple[Pinned, ...]:
    """Return every number that a question has, or is held against."""
    own = (leaf.parameter,) if isinstance(leaf, Compare) and leaf.parameter is not None else ()
    return (*own, *leaf.feature.pinned)
