"""Checks about single rules and their lines, and about pairs of rules."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import z3

from thalsafety.engines import reference
from thalsafety.errors import Place
from thalsafety.program import Compare, Missing, Not, leaves
from thalsafety.proving.encoding import differing
from thalsafety.proving.ground import claimed
from thalsafety.proving.results import Claim, Status
from thalsafety.proving.searching import solver_of
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from thalsafety.program import Node
    from thalsafety.proving.ground import Ground
    from thalsafety.truth import Truth


def can_apply(ground: Ground) -> Iterator[Claim]:
    """Tell for every rule whether some patient meets it."""
    yield from _some_patient(ground, "V001", "applies", TRUE)


def can_fail(ground: Ground) -> Iterator[Claim]:
    """Tell for every rule whether some patient surely does not meet it."""
    yield from _some_patient(ground, "V002", "does not apply", FALSE)


def _some_patient(ground: Ground, check: str, words: str, wanted: Truth) -> Iterator[Claim]:
    for name in ground.nodes:
        place = ground.place(name, "when")
        text = f"{name} {words} to some patient"
        if any(reference.evaluate(ground.nodes[name], answers) is wanted for answers in ground.known[name]):
            yield Claim(check, (name,), text, Status.PROVED, place)
            continue
        tri = ground.side.truths[name]
        formula = tri.true if wanted is TRUE else tri.false
        confirmed = ground.is_true(name) if wanted is TRUE else ground.is_false(name)
        found = claimed(check, (name,), text, place, ground.searcher.search([formula], [ground.nodes[name]], confirmed))
        yield found._replace(status=_TURNED[found.status], states=())


_TURNED = {Status.PROVED: Status.REFUTED, Status.REFUTED: Status.PROVED, Status.OPEN: Status.OPEN}
"""A claim that something exists is proved by what would refute its opposite."""


# ---------------------------------------------------------------- lines


def lines_matter(ground: Ground, wanted: Container[tuple[str, int]] | None = None) -> Iterator[Claim]:
    """Tell for every line, or some, whether some verdict of a rule that it stands in would be another without it."""
    users: dict[tuple[str, int], list[str]] = {}
    asked: dict[tuple[str, int], str] = {}
    for name, node in ground.nodes.items():
        for leaf in leaves(node):
            line = (leaf.origin.file, leaf.origin.line)
            asked.setdefault(line, f"{leaf.feature.kind} {leaf.feature.subject}")
            if name not in users.setdefault(line, []):
                users[line].append(name)
    for line, rules in users.items():
        if wanted is not None and line not in wanted:
            continue
        file, number = line
        of = (_short(file), asked[line])
        text = f"{of[0]} cannot do without {of[1]}"
        known = any(_matters_for_a_known_patient(ground, rule, line) for rule in rules)
        status = Status.PROVED if known else _matters(ground, rules, line)
        yield Claim("V003", of, text, status, Place(file, number, 1))


def _short(file: str) -> str:
    return "/".join(file.replace("\\", "/").split("/")[-2:])


def without(node: Node, line: tuple[str, int]) -> Node | None:
    """Return a condition without one line, or nothing when no other is left; what stays is the same object."""
    if isinstance(node, (Compare, Missing)):
        return None if (node.origin.file, node.origin.line) == line else node
    if isinstance(node, Not):
        part = without(node.part, line)
        return node if part is node.part else None if part is None else Not(part, node.origin)
    kept = tuple(without(part, line) for part in node.parts)
    if all(new is old for new, old in zip(kept, node.parts, strict=True)):
        return node
    parts = tuple(part for part in kept if part is not None)
    return type(node)(parts, node.origin) if parts else None


def _matters_for_a_known_patient(ground: Ground, rule: str, line: tuple[str, int]) -> bool:
    """Return whether one of the rule's own worked examples is decided otherwise without the line."""
    node = ground.nodes[rule]
    rest = without(node, line)
    return rest is None or any(
        reference.evaluate(rest, answers) is not reference.evaluate(node, answers) for answers in ground.known[rule]
    )


def _matters(ground: Ground, rules: list[str], line: tuple[str, int]) -> Status:
    """Return whether some answers are decided otherwise without the line."""
    unsure = False
    for rule in rules:
        rest = without(ground.nodes[rule], line)
        if rest is None:
            return Status.PROVED
        side, solver = ground.alone(rule)
        solver.push()
        solver.add(differing(side.truths[rule], side.space.truth(rest)))
        found = solver.check()
        solver.pop()
        if found == z3.sat:
            return Status.PROVED
        unsure = unsure or found == z3.unknown
    return Status.OPEN if unsure else Status.REFUTED


# ---------------------------------------------------------------- pairs


def goes_without_saying(ground: Ground) -> Iterator[Claim]:
    """Tell for every two rules whether one never applies without the other, milder or equal, being superseded."""
    nodes = {name: ground.nodes[name] for name in ground.active}
    for name, node in nodes.items():
        others = {
            other: condition
            for other, condition in nodes.items()
            if other != name and ground.rank(name) <= ground.rank(other) and not ground.covers(name, other)
            if any(feature.kind != "fact" for feature in ground.asked[name] if feature in ground.asked[other])
        }
        for answers in ground.known[name]:
            if reference.evaluate(node, answers) is TRUE:
                kept = others.items()
                others = {other: found for other, found in kept if reference.evaluate(found, answers) is TRUE}
        for other in others:
            yield _implied(ground, name, other)


def _implied(ground: Ground, name: str, other: str) -> Claim:
    """Return a claim where one rule may imply another; answers that let the one apply alone refute the implication."""
    side = ground.patient(names=[name, other])
    solver = solver_of(side)
    solver.add(side.truths[name].true, z3.Not(side.truths[other].true))
    text = f"some answers let {name} apply without {other}, which it does not supersede"
    return Claim("V004", (name, other), text, _EXISTS[str(solver.check())], ground.place(name, "supersedes"))


_EXISTS = {"sat": Status.PROVED, "unsat": Status.REFUTED, "unknown": Status.OPEN}


def opposing_actions(ground: Ground) -> Iterator[Claim]:
    """Tell for every two rules whose actions oppose one another whether both can stand open on one page."""
    for invariants, document in ground.rule_set.invariants:
        for index, opposing in enumerate(invariants.opposing):
            place = document.place(("opposing", index))
            for one in opposing.one:
                for other in opposing.other:
                    if one in ground.active and other in ground.active:
                        yield _both(ground, one, other, place)


def _both(ground: Ground, one: str, other: str, place: Place) -> Claim:
    """Return whether two rules apply to one patient with neither covered by any applying rule."""
    above = [name for name in ground.active if any(ground.covers(name, covered) for covered in (one, other))]
    truths = ground.side.truths
    shown = [truths[one].true, truths[other].true, *(z3.Not(truths[name].true) for name in above)]
    nodes = [ground.nodes[name] for name in (one, other, *above)]
    search = ground.searcher.search(
        shown,
        nodes,
        lambda answers: (
            ground.is_true(one)(answers)
            and ground.is_true(other)(answers)
            and not any(ground.is_true(name)(answers) for name in above)
        ),
    )
    return claimed("V005", (one, other), f"{one} and {other} never stand on one page", place, search)


# ---------------------------------------------------------------- supersession and numbers


def no_circle(ground: Ground) -> Iterator[Claim]:
    """Tell whether following supersession from any rule ever leads back to it."""
    for name in ground.rules:
        seen: set[str] = set()
        ahead = [other for other in ground.rules[name].supersedes if other in ground.rules]
        while ahead:
            step = ahead.pop()
            if step not in seen:
                seen.add(step)
                ahead += [other for other in ground.rules[step].supersedes if other in ground.rules]
        status = Status.REFUTED if name in seen else Status.PROVED
        yield Claim("V006", (name,), f"{name} does not supersede itself", status, ground.place(name, "supersedes"))


def nothing_milder(ground: Ground) -> Iterator[Claim]:
    """Tell for every supersession whether it is by a rule at least as grave."""
    for name, rule in ground.rules.items():
        for index, other in enumerate(rule.supersedes):
            if other not in ground.rules:
                continue
            graver = ground.rank(name) <= ground.rank(other)
            text = f"{name} ({rule.severity}) is no milder than {other} ({ground.rules[other].severity})"
            status = Status.PROVED if graver else Status.REFUTED
            yield Claim("V007", (name, other), text, status, ground.place(name, "supersedes", index))


def numbers_rise(ground: Ground) -> Iterator[Claim]:
    """Tell whether numbers that belong together rise in the order that the authors give."""
    for invariants, document in ground.rule_set.invariants:
        for index, rising in enumerate(invariants.rising):
            not_asked = {pair for pair, _because in ground.orders_not_asked(rising)}
            for step, (low, high) in enumerate(pairwise(rising.rising)):
                least, most = ground.pinned(low), ground.pinned(high)
                if least is None or most is None or (low, high) in not_asked:
                    continue
                holds = least <= most if rising.or_equal else least < most
                status = Status.PROVED if holds else Status.REFUTED
                place = document.place(("rising", index, "rising", step))
                yield Claim("V009", (low, high), f"{low} is below {high}", status, place)
