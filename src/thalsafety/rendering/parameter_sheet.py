"""The numbers in force before they are set, for a prescriber and a pharmacist to check and sign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thalsafety.checklists import wording
from thalsafety.rendering.forms import place
from thalsafety.rendering.rulebook import used
from thalsafety.rendering.sheets import LEGEND, OURS, plainly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.program import Pinned

NOTICE = "PARAMETER SHEET · no patient · for clinician review · not a medical device"
_SHARED = "Used in several topics"
_UNUSED = "Used by no rule in force"


@dataclass(frozen=True, slots=True)
class Number:
    """One number in force: what it means, how much, from where."""

    name: str
    text: str
    value: str
    source: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers that stand together."""

    title: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class ParameterSheet:
    """Every number in force once, ready to be set: `first` on the page that is signed, `groups` in its annex.

    The annex begins with `reasons`, those of the first page's own assumptions, which have no room there. Without an
    annex `first` are all that were asked for. `plain` are none and one as counts.
    """

    title: str
    notice: str
    profile: str
    as_of: str
    rule_set: str
    counts: str
    remarks: tuple[str, ...]
    first: tuple[Group, ...]
    checked: tuple[str, ...]
    annex: str
    reasons: Group
    groups: tuple[Group, ...]
    plain: tuple[Number, ...]
    signatures: tuple[str, ...]
    legend: str


def sheet(linked: Linked, day: date, version: str, only: Sequence[str] = ()) -> ParameterSheet:
    """Return the numbers in force by topic: those of stop items to sign on one page, the others in its annex.

    With `only`, the numbers that some topics use, without an annex.
    """
    topics = _topics(linked, linked.rules)
    chosen = [
        pinned
        for name, pinned in sorted(linked.parameters.items())
        if not only or topics.get(name, set()).intersection(only)
    ]
    listed = [pinned for pinned in chosen if not pinned.plain_count]
    grave = {} if only else _topics(linked, [rule for rule in linked.rules if rule.severity == "stop"])
    first = [pinned for pinned in listed if pinned.name in grave]
    others = [pinned for pinned in listed if pinned.name not in grave]
    if not first or not others:
        first, others, grave = listed, [], topics
    ours = sum(pinned.assumption for pinned in chosen)
    whole = f"; the profile has {len(linked.parameters)}" if only else ""
    shown = f"; first the {len(first)} of stop items, the others in the annex" if others else ""
    return ParameterSheet(
        title="Numbers in force, for sign-off",
        notice=NOTICE,
        profile=f"{linked.profile} ({linked.profile_title})",
        as_of=day.isoformat(),
        rule_set=f"thalsafety {version}, rules {linked.version} ({linked.digest[:12]})",
        counts=f"{len(chosen)} numbers, {ours} of them our own assumptions ({OURS}){whole}{shown}",
        remarks=(f"Shown: only what {', '.join(only)} uses. Not every number.",) if only else (),
        first=_grouped(first, grave, linked, short=bool(others)),
        checked=("The numbers of stop items are checked", "The numbers of the annex are checked") if others else (),
        annex="Annex: the other numbers in force" if others else "",
        reasons=Group(
            f"Reasons of what is marked {OURS} on the first page",
            tuple(_number(pinned) for pinned in first if pinned.assumption and others),
        ),
        groups=_grouped(others, topics, linked),
        plain=tuple(_number(pinned) for pinned in chosen if pinned.plain_count),
        signatures=("Prescriber", "Pharmacist"),
        legend=LEGEND,
    )


def _grouped(
    numbers: Iterable[Pinned], topics: Mapping[str, set[str]], linked: Linked, *, short: bool = False
) -> tuple[Group, ...]:
    """Return numbers under the titles of their topics, in the order of topics."""
    groups: dict[str, list[Number]] = {}
    for pinned in numbers:
        groups.setdefault(_group(topics.get(pinned.name, set()), linked), []).append(_number(pinned, short=short))
    order = {title: place for place, title in sorted(linked.topics.values())}
    ranked = sorted(groups.items(), key=lambda pair: {_SHARED: -1, _UNUSED: 9999}.get(pair[0], order.get(pair[0], 0)))
    return tuple(Group(title, tuple(numbers)) for title, numbers in ranked)


def _topics(linked: Linked, rules: Iterable[LinkedRule]) -> dict[str, set[str]]:
    """Return the topics whose rules, of these, use a number in a condition, as a deadline or through a schedule."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for pinned in _of_rule(linked, rule):
            found.setdefault(pinned.name, set()).add(rule.topic)
    return found


def _of_rule(linked: Linked, rule: LinkedRule) -> Iterator[Pinned]:
    yield from used(linked, rule.id)
    if rule.deadline is not None:
        yield rule.deadline
    schedule = linked.schedules.get(rule.due_from)
    if schedule is not None:
        yield from (schedule.opens_before, schedule.grace, *(phase.every for phase in schedule.phases))


def _group(topics: set[str], linked: Linked) -> str:
    if not topics:
        return _UNUSED
    return _SHARED if len(topics) > 1 else linked.topics[next(iter(topics))][1]


def _number(pinned: Pinned, *, short: bool = False) -> Number:
    """Return a number in words; where the project chose it, the reason stands for the source, unless it is `short`."""
    return Number(
        name=pinned.name,
        text=pinned.description,
        value=plainly(wording.quantity(pinned.value, pinned.unit)) + (OURS if pinned.assumption else ""),
        source="project" if short and pinned.assumption else f"{pinned.source}: {origin(pinned.locator)}",
        ours=pinned.assumption,
    )


def origin(locator: str) -> str:
    """Return a locator, or the reason for a number of ours, as it stands after the name of its source."""
    return re.sub(r"^assumption: ", "", place(locator))
