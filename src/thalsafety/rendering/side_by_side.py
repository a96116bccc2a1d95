"""Two profiles side by side, topic by topic, as their rules have it: what only one asks for, and other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety.checklists import wording
from thalsafety.linked import State
from thalsafety.rendering.rulebook import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.program import Pinned

FORMAT = "thalsafety.profiles/1"


class OtherNumber(NamedTuple):
    """A number of a rule that is another one under the other profile."""

    name: str
    description: str
    a: Pinned
    b: Pinned


class Differing(NamedTuple):
    """A rule in force under both profiles that does not ask the same: other numbers, or also another question."""

    rule: LinkedRule
    numbers: tuple[OtherNumber, ...]
    otherwise: bool


class Beside(NamedTuple):
    """One topic: rules in force under one profile only, those that differ, and how many are the same."""

    topic: str
    title: str
    only_a: tuple[LinkedRule, ...]
    only_b: tuple[LinkedRule, ...]
    differing: tuple[Differing, ...]
    same: int


def beside(a: Linked, b: Linked) -> list[Beside]:
    """Return every topic with a rule in force under one of two profiles, in their order."""
    of_a, of_b = _in_force(a), _in_force(b)
    conditions = {side.profile: {rule.id: rule.when for rule in side.program.rules} for side in (a, b)}
    found = []
    for topic, (_, title) in sorted({**b.topics, **a.topics}.items(), key=lambda pair: (pair[1][0], pair[0])):
        names = sorted({name for name, rule in {**of_a, **of_b}.items() if rule.topic == topic})
        if not names:
            continue
        both = [name for name in names if name in of_a and name in of_b]
        differing = []
        for name in both:
            numbers = tuple(_numbers(a, b, name))
            same = conditions[a.profile][name] == conditions[b.profile][name]
            if numbers or not same:
                otherwise = not same and _shape(a, name) != _shape(b, name)
                differing.append(Differing(of_a[name], numbers, otherwise))
        found.append(
            Beside(
                topic,
                title,
                tuple(of_a[name] for name in names if name not in of_b),
                tuple(of_b[name] for name in names if name not in of_a),
                tuple(one for one in differing if one.numbers or one.otherwise),
                len(both) - sum(bool(one.numbers or one.otherwise) for one in differing),
            )
        )
    return found


def _in_force(linked: Linked) -> dict[str, LinkedRule]:
    return {rule.id: rule for rule in linked.rules if rule.state is State.IN_FORCE and rule.status == "active"}


def _numbers(a: Linked, b: Linked, rule: str) -> Iterator[OtherNumber]:
    """Return the numbers of a rule, its deadline among them, whose values differ."""
    of_a, of_b = _pinned(a, rule), _pinned(b, rule)
    for name in sorted(of_a.keys() & of_b.keys()):
        if (of_a[name].value, of_a[name].unit) != (of_b[name].value, of_b[name].unit):
            yield OtherNumber(name, of_a[name].description, of_a[name], of_b[name])


def _pinned(linked: Linked, rule: str) -> dict[str, Pinned]:
    found = {pinned.name: pinned for pinned in used(linked, rule)}
    deadline = next(known.deadline for known in linked.rules if known.id == rule)
    if deadline is not None:
        found[deadline.name] = deadline
    return found


def _shape(linked: Linked, rule: str) -> str:
    """Return a rule's condition as it is written, without the numbers that profiles give it."""
    when = next(program.when for program in linked.program.rules if program.id == rule)
    text = repr(when)
    for pinned in used(linked, rule):
        text = text.replace(repr(pinned), pinned.name).replace(repr(pinned.operand), pinned.name)
    return text


def lines(a: Linked, b: Linked, *, topic: str | None = None) -> Iterator[str]:
    """Yield the comparison for a reader."""
    yield f"Profile {a.profile} ({a.profile_title}) beside {b.profile} ({b.profile_title}), as the rules have it"
    yield (
        f"Whether two differing rules ever differ for a patient is shown by: thalsafety diff {a.profile} {b.profile}"
    )
    totals = [0, 0, 0, 0]
    for part in beside(a, b):
        if topic is not None and part.topic != topic:
            continue
        totals = [
            total + count
            for total, count in zip(
                totals, (len(part.only_a), len(part.only_b), len(part.differing), part.same), strict=True
            )
        ]
        yield ""
        yield f"{part.title} ({part.topic})"
        for name, rules in ((a.profile, part.only_a), (b.profile, part.only_b)):
            yield from (f"  only {name}: {rule.title} [{rule.severity}] · {rule.id}" for rule in rules)
        for one in part.differing:
            words = "asks for something else" if one.otherwise else "other numbers"
            yield f"  {words}: {one.rule.title} · {one.rule.id}"
            yield from (f"      {_number(number, a.profile, b.profile)}" for number in one.numbers)
        if part.same:
            yield f"  the same: {part.same} rule{'s' if part.same > 1 else ''}"
    yield ""
    only_a, only_b, differing, same = totals
    yield (
        f"rules only under {a.profile}: {only_a}, only under {b.profile}: {only_b}, differing: {differing}, "
        f"the same: {same}"
    )


def _number(number: OtherNumber, a: str, b: str) -> str:
    def said(pinned: Pinned) -> str:
        source = "our assumption" if pinned.assumption else f"{pinned.source}, {pinned.locator}"
        return f"{wording.quantity(pinned.value, pinned.unit)} ({source})"

    return f"{number.description}: {a} {said(number.a)}, {b} {said(number.b)} · {number.name}"


def document(a: Linked, b: Linked) -> dict[str, Any]:
    """Return the comparison as data."""
    return {
        "format": FORMAT,
        "a": {"profile": a.profile, "title": a.profile_title, "digest": a.digest},
        "b": {"profile": b.profile, "title": b.profile_title, "digest": b.digest},
        "topics": [
            {
                "topic": part.topic,
                "only_a": [_rule(rule) for rule in part.only_a],
                "only_b": [_rule(rule) for rule in part.only_b],
                "differing": [
                    {
                        "rule": one.rule.id,
                        "asks_otherwise": one.otherwise,
                        "numbers": [
                            {"name": number.name, "a": _pinned_data(number.a), "b": _pinned_data(number.b)}
                            for number in one.numbers
                        ],
                    }
                    for one in part.differing
                ],
                "same": part.same,
            }
            for part in beside(a, b)
        ],
    }


def _rule(rule: LinkedRule) -> dict[str, str]:
    return {"rule": rule.id, "title": rule.title, "severity": rule.severity}


def _pinned_data(pinned: Pinned) -> dict[str, str]:
    return {
        "value": wording.number(pinned.value),
        "unit": pinned.unit,
        "source": pinned.source,
        "locator": pinned.locator,
    }
