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
    from collections.abc import Iterator, Sequence
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
    """Every number in force once, ready to be set; `plain` are none and one as counts."""

    title: str
    notice: str
    profile: str
    as_of: str
    rule_set: str
    counts: str
    remarks: tuple[str, ...]
    groups: tuple[Group, ...]
    plain: tuple[Number, ...]
    signatures: tuple[str, ...]
    legend: str


def sheet(linked: Linked, day: date, version: str, only: Sequence[str] = ()) -> ParameterSheet:
    """Return the numbers in force, or those that some topics use, by topic."""
    topics = _topics(linked)
    chosen = [
        pinned
        for name, pinned in sorted(linked.parameters.items())
        if not only or topics.get(name, set()).intersection(only)
    ]
    groups: dict[str, list[Number]] = {}
    for pinned in chosen:
        if not pinned.plain_count:
            groups.setdefault(_group(topics.get(pinned.name, set()), linked), []).append(_number(pinned))
    order = {title: place for place, title in sorted(linked.topics.values())}
    ranked = sorted(groups.items(), key=lambda pair: {_SHARED: -1, _UNUSED: 9999}.get(pair[0], order.get(pair[0], 0)))
    ours = sum(pinned.assumption for pinned in chosen)
    whole = f"; the profile has {len(linked.parameters)}" if only else ""
    return ParameterSheet(
        title="Numbers in force, for sign-off",
        notice=NOTICE,
        profile=f"{linked.profile} ({linked.profile_title})",
        as_of=day.isoformat(),
        rule_set=f"thalsafety {version}, rules {linked.version} ({linked.digest[:12]})",
        counts=f"{len(chosen)} numbers, {ours} of them our own assumptions ({OURS}){whole}",
        remarks=(f"Shown: only what {', '.join(only)} uses. Not every number.",) if only else (),
        groups=tuple(Group(title, tuple(numbers)) for title, numbers in ranked),
        plain=tuple(_number(pinned) for pinned in chosen if pinned.plain_count),
        signatures=("Prescriber", "Pharmacist"),
        legend=LEGEND,
    )


def _topics(linked: Linked) -> dict[str, set[str]]:
    """Return the topics whose rules use a number, in a condition, as a deadline or through a schedule."""
    found: dict[str, set[str]] = {}
    for rule in linked.rules:
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


def _number(pinned: Pinned) -> Number:
    """Return a number in words; where the project chose it, the reason stands for the source."""
    return Number(
        name=pinned.name,
        text=pinned.description,
        value=plainly(wording.quantity(pinned.value, pinned.unit)) + (OURS if pinned.assumption else ""),
        source=f"{pinned.source}: {origin(pinned.locator)}",
        ours=pinned.assumption,
    )


def origin(locator: str) -> str:
    """Return a locator, or the reason for a number of ours, as it stands after the name of its source."""
    return re.sub(r"^assumption: ", "", place(locator))
