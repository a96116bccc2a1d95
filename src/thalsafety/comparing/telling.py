"""What two rule sets say otherwise, beside when a rule applies: wording, guidance, numbers, schedules, vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.comparing.conditions import plain_schedule
from thalsafety.comparing.results import Number, Told, Value
from thalsafety.loading import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thalsafety.linked import Linked, LinkedRule, LinkedSchedule
    from thalsafety.model.lexicon import Term
    from thalsafety.program import Pinned

_NONE = ""


def told(a: LinkedRule, b: LinkedRule) -> tuple[Told, ...]:
    """Return everything that a rule says otherwise in B."""
    one, other = dict(_said(a)), dict(_said(b))
    found = [Told(what, one[what], other[what]) for what in one if one[what] != other[what]]
    return (*found, *_wording_of_guidance(a, b))


def _said(rule: LinkedRule) -> Iterator[tuple[str, str]]:
    yield "severity", rule.severity
    yield "status", rule.status
    yield "action", rule.action
    yield "by", rule.by
    yield "deadline", "today" if rule.deadline is None else f"{rule.deadline.operand.normalize():f} d"
    yield "due from", rule.due_from
    yield "supersedes", ", ".join(sorted(rule.supersedes))
    yield "title", rule.title
    yield "why", rule.why
    yield "topic", rule.topic
    yield "guidance in force", ", ".join(sorted(cited.statement for cited in rule.guidance if cited.in_force))
    yield "guidance cited", ", ".join(sorted(cited.statement for cited in rule.guidance))


def _wording_of_guidance(a: LinkedRule, b: LinkedRule) -> Iterator[Told]:
    """Return what statements that both cite say otherwise."""
    before = {cited.statement: cited for cited in a.guidance}
    for cited in b.guidance:
        earlier = before.get(cited.statement)
        if earlier is None:
            continue
        for name, field in (
            ("text", "text"),
            ("place in the source", "locator"),
            ("edition", "edition"),
            ("strength", "strength"),
            ("confidence", "confidence"),
            ("note", "note"),
        ):
            was, now = str(getattr(earlier, field)), str(getattr(cited, field))
            if was != now:
                yield Told(f"{cited.statement}: {name}", was, now)


# ---------------------------------------------------------------- numbers


def numbers(a: Linked, b: Linked) -> tuple[Number, ...]:
    """Return the parameters that rules in force use and that are not the same in both, those that differ first."""
    found = []
    for name in sorted(a.parameters.keys() | b.parameters.keys()):
        one, other = a.parameters.get(name), b.parameters.get(name)
        shown = [None if pinned is None else _value(pinned) for pinned in (one, other)]
        if shown[0] != shown[1]:
            equal = one is not None and other is not None and _equal(one, other)
            found.append(Number(name, shown[0], shown[1], equal))
    return tuple(sorted(found, key=lambda number: number.equal))


def _value(pinned: Pinned) -> Value:
    return Value(
        f"{pinned.value.normalize():f}",
        pinned.unit,
        pinned.source,
        pinned.locator,
        pinned.effective,
        pinned.last_reviewed,
        pinned.description,
    )


def _equal(one: Pinned, other: Pinned) -> bool:
    """Return whether two numbers with their units are the same quantity."""
    if one.unit == other.unit:
        return one.value == other.value
    converted = units.convert_time(one.value, one.unit, other.unit)
    if converted is None:
        try:
            converted = one.value * units.factor(one.unit, other.unit)
        except units.UnitError:
            return False
    return converted == other.value


# ---------------------------------------------------------------- schedules


def schedules(a: Linked, b: Linked) -> tuple[Told, ...]:
    """Return what schedules do otherwise; rules that ask for their turns are compared as rules."""
    found: list[Told] = []
    for name in sorted(a.schedules.keys() | b.schedules.keys()):
        one, other = a.schedules.get(name), b.schedules.get(name)
        if one is None or other is None:
            found.append(Told(name, *("in force" if known else "not in force" for known in (one, other))))
        elif plain_schedule(one) != plain_schedule(other):
            was, now = dict(_of_schedule(one)), dict(_of_schedule(other))
            parts = [key for key in {**was, **now} if was.get(key) != now.get(key)]
            found += [Told(f"{name}: {part}", was.get(part, _NONE), now.get(part, _NONE)) for part in parts]
            if not parts:
                found.append(Told(f"{name}: phases", "when they count", "otherwise"))
    return tuple(found)


def _of_schedule(schedule: LinkedSchedule) -> Iterator[tuple[str, str]]:
    yield "title", schedule.title
    yield "task", schedule.task
    yield "opens before", f"{schedule.opens_before.operand.normalize():f} d"
    yield "grace", f"{schedule.grace.operand.normalize():f} d"
    yield "phases", ", ".join(phase.name for phase in schedule.phases)
    for phase in schedule.phases:
        yield f"{phase.name}: every", f"{phase.every.value.normalize():f} {phase.every.unit}"
        yield f"{phase.name}: counted from", str(phase.overdue.chosen.get("counted_from") or _NONE)


# ---------------------------------------------------------------- vocabulary


def vocabulary(a: Linked, b: Linked) -> tuple[Told, ...]:
    """Return the codes that only one knows, or that mean, accept or are called something else."""
    found: list[Told] = []
    for code in sorted(a.lexicon.terms.keys() | b.lexicon.terms.keys()):
        one, other = a.lexicon.terms.get(code), b.lexicon.terms.get(code)
        if one is None or other is None:
            found.append(
                Told(code, *(_NONE if term is None else f"{term.kind}: {term.label}" for term in (one, other)))
            )
            continue
        was, now = _of_term(one), _of_term(other)
        found += [Told(f"{code}: {part}", was[part], now[part]) for part in was if was[part] != now[part]]
    return tuple(found)


def _of_term(term: Term) -> Mapping[str, str]:
    plausible = "" if term.low is None or term.high is None else f"{term.low} to {term.high}"
    factors = ", ".join(f"{unit} ({factor.normalize():f})" for unit, factor in term.factors)
    return {
        "kind": term.kind,
        "label": term.label,
        "type": term.type,
        "unit": term.unit,
        "units": factors,
        "plausible": plausible,
        "results": ", ".join(term.results),
        "grades": ", ".join(map(str, term.grades)),
        "members": ", ".join(term.members),
        "synonyms": ", ".join(term.synonyms),
        "equivalent": "" if term.dexamethasone is None else f"{term.dexamethasone.normalize():f} mg of dexamethasone",
        "subject": "the drug that the rules are about" if term.subject else "",
    }
