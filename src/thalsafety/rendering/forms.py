"""Forms without a patient before they are set: what to ask, how often and when to act, made from the rules.

Every rule that can concern a stage of treatment stands on the stage's form once, with what is left of its condition.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from thalsafety.checklists import wording
from thalsafety.checklists.stages import Outlook
from thalsafety.model.milestones import MILESTONES
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import leaves
from thalsafety.rendering.phrasing import Phrases
from thalsafety.rendering.sheets import LEGEND, PAUSE_AT, ROLES, amount, marked, plainly
from thalsafety.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from thalsafety.checklists.stages import Concern, Stage
    from thalsafety.linked import Linked, LinkedPhase, LinkedRule, LinkedSchedule
    from thalsafety.program import Feature, Node, Pinned

NOTICE = "GENERIC FORM · no patient · for clinician review · not a medical device"
_DEFAULT = (
    "The prescriber acts, today, where nobody and no time is named; square brackets hold together what belongs "
    "together, and the numbers at the end of an item are its sources"
)
_QUOTED = re.compile(r"“([^”]*)”")
_LED_FROM = 3
"""A requirement that so many rules of a topic share is told once, before them."""
_SHARED_FROM = 3
"""A question or definition that rules of so many topics ask about stands at the beginning of the form."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to ask or look at; `unit` is printed after the room for a value."""

    text: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Questions that are answered in the same way."""

    title: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A name with what it stands for: a definition, a schedule, a source."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """One rule: when it asks for what, by whom and how soon, and from where."""

    number: int
    rule: str
    severity: str
    signal: str
    when: str
    action: str
    who: str
    sources: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Acts:
    """Rules between two pause points that share `lead`; `pause` asks whether those before have been gone through."""

    lead: str
    acts: tuple[Act, ...]
    pause: str


@dataclass(frozen=True, slots=True)
class Part:
    """A topic of the form."""

    name: str
    title: str
    often: tuple[Meaning, ...]
    meanings: tuple[Meaning, ...]
    families: tuple[Family, ...]
    acts: tuple[Acts, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The generic checklist of one stage, ready to be set."""

    kind: str
    asks: bool
    acts: bool
    title: str
    notice: str
    profile: str
    as_of: str
    rule_set: str
    counts: str
    supposes: str
    default: str
    remarks: tuple[str, ...]
    identifiers: tuple[str, ...]
    families: tuple[Family, ...]
    parts: tuple[Part, ...]
    meanings: tuple[Meaning, ...]
    sources: tuple[Meaning, ...]
    signatures: tuple[str, ...]
    legend: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a form is wanted: some topics or all, and `ask`, `act` or both."""

    topics: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """What a linked rule set does not say of itself: titles of definitions, and the program's version."""

    titles: Mapping[str, str]
    version: str


WHOLE = Choice()


def form(linked: Linked, stage: Stage, day: date, naming: Naming, choice: Choice = WHOLE) -> Form:
    """Return the form of a stage."""
    return _Maker(linked, stage, day, naming, choice).form()


class _Maker:
    """One form in the making."""

    def __init__(self, linked: Linked, stage: Stage, day: date, naming: Naming, choice: Choice) -> None:
        self.linked = linked
        self.stage = stage
        self.day = day
        self.outlook = Outlook(linked, stage, day)
        self.all = self.outlook.concerns()
        self.naming = naming
        self.choice = choice
        shown = [one for one in self.all if not choice.topics or one.rule.topic in choice.topics]
        named = {f"schedule {name}": schedule.title for name, schedule in linked.schedules.items()}
        named |= {f"score {name}": score.title for name, score in linked.scores.items()}
        self.phrases = Phrases(linked.lexicon, {**naming.titles, **named})
        self.by_topic: dict[str, list[Concern]] = {}
        for concern in sorted(shown, key=lambda concern: self._rank(concern.rule)):
            self.by_topic.setdefault(concern.rule.topic, []).append(concern)
        self.places: dict[tuple[str, str], int] = {}
        self.last = 0
        self.since = 0
        self.first = 1

    def _rank(self, rule: LinkedRule) -> tuple[int, int, str]:
        """Return what orders rules: the topic, then the gravest first."""
        return self.linked.topics.get(rule.topic, (999, ""))[0], SEVERITIES.index(rule.severity), rule.id

    def form(self) -> Form:
        """Return the form."""
        asked = {topic: self._asked(concerns) for topic, concerns in self.by_topic.items()}
        often = Counter(key for keys in asked.values() for key in keys)
        shared = {key for key, count in often.items() if count >= _SHARED_FROM}
        parts, seen = [], set(shared)
        for topic, concerns in self.by_topic.items():
            fresh = {key: one for key, one in asked[topic].items() if key not in seen}
            parts.append(self._part(topic, concerns, fresh))
            seen |= fresh.keys()
        linked = self.linked
        return Form(
            kind=self.stage.name,
            asks=self.choice.part != "act",
            acts=self.choice.part != "ask",
            title=f"{self.stage.title}: what to ask, to look at and to act on",
            notice=NOTICE,
            profile=f"{linked.profile} ({linked.profile_title})",
            as_of=self.day.isoformat(),
            rule_set=f"thalsafety {self.naming.version}, rules {linked.version} ({linked.digest[:12]})",
            counts=self._counts(),
            supposes=f"This form supposes: {'; '.join(self.stage.supposes)}.",
            default=_DEFAULT,
            remarks=tuple(self._remarks()),
            identifiers=("Patient", "Second identifier", "Date"),
            families=_families({key: one for keys in asked.values() for key, one in keys.items() if key in shared}),
            parts=tuple(parts),
            meanings=tuple(self._needed_to_ask(parts)) if self.choice.part == "ask" else (),
            sources=tuple(self._sources()),
            signatures=("Prescriber", "Pharmacist"),
            legend=f"{LEGEND} · ° or not recorded · * unless unrelated or unlikely",
        )

    def _part(self, topic: str, concerns: Sequence[Concern], asked: Mapping[_Key, Asked]) -> Part:
        """Return a topic; what was named or scheduled in an earlier one is not told again."""
        named, scheduled = set(self.phrases.named), set(self.phrases.schedules)
        acts = tuple(self._acts(concerns))
        self.phrases.schedules.update(dict.fromkeys(c.rule.due_from for c in concerns if c.rule.due_from))
        schedules = self.linked.schedules
        fresh = [schedules[name] for name in self.phrases.schedules if name in schedules and name not in scheduled]
        often = _alike(self._often(schedule) for schedule in fresh)
        meanings = tuple(self._meaning(name) for name in self.phrases.named if name not in named)
        title = self.linked.topics.get(topic, (0, topic))[1]
        return Part(topic, title, often, meanings, _families(asked), acts)

    def _needed_to_ask(self, parts: Sequence[Part]) -> Iterator[Meaning]:
        """Return what the schedules name, and what that names: without the rules it is explained nowhere else."""
        known = {meaning.name: meaning for part in parts for meaning in part.meanings}
        todo = [one.text for part in parts for one in part.often]
        while todo:
            for name in _QUOTED.findall(todo.pop()):
                if name in known:
                    yield known[name]
                    todo.append(known.pop(name).text)

    def _remarks(self) -> Iterator[str]:
        if self.choice.topics:
            yield f"Shown: only {', '.join(self.choice.topics)}. Not the whole form."
        if self.choice.part:
            yield "Shown: only the questions." if self.choice.part == "ask" else "Shown: only when to act."

    def _counts(self) -> str:
        total = len(self.linked.rules)
        return f"{len(self.all)} of {total} rules can concern this stage; the others suppose something else"

    # ------------------------------------------------------------ acts

    def _acts(self, concerns: Sequence[Concern]) -> Iterator[Acts]:
        told = [(concern, self._requirements(concern)) for concern in concerns]
        for lead, group in _led(told):
            for start in range(0, len(group), PAUSE_AT):
                chunk = group[start : start + PAUSE_AT]
                pause = self._pause(len(chunk))
                yield Acts(lead, tuple(self._act(concern.rule, parts) for concern, parts in chunk), pause)

    def _requirements(self, concern: Concern) -> tuple[str, ...]:
        way = (concern.way,) if concern.way else ()
        return way if isinstance(concern.rest, Truth) else (*way, *self.phrases.requirements(concern.rest))

    def _pause(self, size: int) -> str:
        if self.since == 0 or self.since + size <= PAUSE_AT:
            self.since += size
            return ""
        first, last = self.first, self.last
        self.first, self.since = last + 1, size
        return f"Pause: {first} to {last} gone through" if first < last else f"Pause: {first} gone through"

    def _act(self, rule: LinkedRule, parts: Sequence[str]) -> Act:
        self.last += 1
        return Act(
            number=self.last,
            rule=rule.id,
            severity=rule.severity,
            signal=rule.severity.upper(),
            when=" and ".join(parts),
            action=rule.action,
            who=_who(rule),
            sources=", ".join(str(number) for number in sorted(self._cited(rule))),
            remark="Draft rule, not reviewed" if rule.status == "draft" else "",
        )

    def _cited(self, rule: LinkedRule) -> list[int]:
        """Return the numbers of a rule's sources in the list at the end."""
        places = [(cited.source, place(cited.locator)) for cited in rule.guidance if cited.in_force]
        return [self.places.setdefault(at, len(self.places) + 1) for at in dict.fromkeys(places)]

    def _meaning(self, name: str) -> Meaning:
        return Meaning(self.phrases.title(name), self.phrases.named[name])

    def _sources(self) -> Iterator[Meaning]:
        """Return each source with its numbered places."""
        titles = {
            cited.source: cited.source_title
            for concerns in self.by_topic.values()
            for concern in concerns
            for cited in concern.rule.guidance
        }
        for source in sorted({source for source, _ in self.places}):
            places = "; ".join(f"[{number}] {at}" for (of, at), number in self.places.items() if of == source)
            yield Meaning(f"{source}, {titles[source]}", places)

    # ------------------------------------------------------------ how often

    def _often(self, schedule: LinkedSchedule) -> Meaning:
        """Return a schedule: its interval in each phase that can hold here, when a turn opens, its grace."""
        phases = []
        for phase in schedule.phases:
            rest = None if phase.when is None else self.outlook.rest(phase.when)
            if isinstance(rest, Truth) and not self._holds(rest):
                continue
            phases.append(self._phase(schedule.id, phase, None if isinstance(rest, Truth) else rest))
        text = "; ".join(phases)
        opens = f"from {_number(schedule.opens_before)} before"
        return Meaning(schedule.title, f"{text}; {opens}, overdue {_number(schedule.grace)} after its date")

    @staticmethod
    def _holds(truth: Truth) -> bool:
        return truth is not Truth.FALSE

    def _phase(self, schedule: str, phase: LinkedPhase, rest: Node | None) -> str:
        every = f"every {_number(phase.every)}"
        if rest is None:
            return f"{phase.name}: {every}"
        return f"{phase.name} ({self.phrases.condition(rest, (f'schedule {schedule}',))}): {every}"

    # ------------------------------------------------------------ what is asked

    def _asked(self, concerns: Sequence[Concern]) -> dict[_Key, Asked]:
        """Return what rules ask, by how it is answered and its words."""
        found: dict[_Key, Asked] = {}
        for concern in concerns:
            if isinstance(concern.rest, Truth):
                continue
            for leaf in leaves(concern.rest):
                for family, asked in self._questions(leaf.feature):
                    found.setdefault((family, asked.text), asked)
        return found

    def _questions(self, feature: Feature) -> Iterator[tuple[int, Asked]]:
        """Return what to find out so that a question can be answered."""
        for name, value in feature.options:
            if name in {"to", "since", "before", "counted_from"} and isinstance(value, str) and value in MILESTONES:
                yield _DATES, Asked(MILESTONES[value])
        subject = feature.subject
        if subject in MILESTONES:
            yield _DATES, Asked(MILESTONES[subject])
            return
        term = self.linked.lexicon.terms.get(subject)
        if term is None or feature.kind in {"sensitivity", "paused_for"}:
            yield _SAID, Asked(plainly(wording.question(feature, self.linked.lexicon)), _unit(feature.unit))
            return
        family = _FAMILY_OF.get(term.kind, _SAID)
        if term.kind == "observations" and term.type == "quantity":
            family = _VALUES
        if family == _NOW and feature.kind in _EVER:
            family = _BEFORE
        if feature.kind == "condition_ever":
            family = _BEFORE
        label = self.linked.lexicon.within_a_sentence(subject).removesuffix(", any")
        unit = _unit(term.unit) if family == _VALUES else ""
        yield family, Asked(label, unit)


_Key: TypeAlias = "tuple[int, str]"
_Told: TypeAlias = "tuple[Concern, tuple[str, ...]]"
_SAID, _DATES, _NOW, _BEFORE, _HAS, _TAKES, _USES, _VALUES, _RESULTS, _PAPERS, _DONE = range(11)
_TITLES = (
    "Ask and write down",
    "Dates",
    "Now? Grade, since when",
    "Ever? When",
    "Present? Since when",
    "Medicine taken? Since when",
    "Contraception used? Since when",
    "Latest value, its date",
    "Latest result, its date",
    "On file? Date",
    "Done or planned? Date",
)
_FAMILY_OF = {
    "events": _NOW,
    "conditions": _HAS,
    "traits": _HAS,
    "drugs": _TAKES,
    "contraceptives": _USES,
    "observations": _RESULTS,
    "documents": _PAPERS,
    "procedures": _DONE,
}
_EVER = frozenset({"event_ever", "worst_grade", "recurred_after_restart"})


def _alike(often: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """Return schedules, those that say the same told together."""
    names: dict[str, list[str]] = {}
    for one in often:
        names.setdefault(one.text, []).append(one.name)
    return tuple(Meaning("; ".join(named), text) for text, named in names.items())


def _families(asked: Mapping[_Key, Asked]) -> tuple[Family, ...]:
    """Return questions by how they are answered."""
    grouped: dict[int, list[Asked]] = {}
    for (family, _), one in sorted(asked.items(), key=lambda pair: pair[0]):
        grouped.setdefault(family, []).append(one)
    return tuple(Family(_TITLES[family], tuple(found)) for family, found in grouped.items())


def _led(told: Sequence[_Told]) -> Iterator[tuple[str, list[_Told]]]:
    """Return rules in groups that share a requirement, which is told once; those that share none come first."""
    often = Counter(part for _, parts in told for part in parts if len(parts) > 1)
    leads: dict[str, list[_Told]] = {"": []}
    for concern, parts in told:
        shared = [part for part in parts if often[part] >= _LED_FROM and len(parts) > 1]
        lead = max(shared, key=lambda part: often[part], default="")
        leads.setdefault(lead, []).append((concern, tuple(part for part in parts if part != lead)))
    for lead, group in leads.items():
        if lead and len(group) == 1:
            leads[""].append((group[0][0], (lead, *group[0][1])))
    yield from ((lead, group) for lead, group in leads.items() if group and not (lead and len(group) == 1))


def _who(rule: LinkedRule) -> str:
    """Return who is asked and how soon, as far as it is not the prescriber, today."""
    parts = [] if rule.by == "prescriber" else [ROLES.get(rule.by, rule.by)]
    if rule.due_from:
        parts.append("on its date")
    elif rule.deadline is not None:
        parts.append(f"within {_number(rule.deadline)}")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _unit(unit: str) -> str:
    """Return a unit in words, as it stands behind the room for a value."""
    return "" if unit in {"", "1"} else amount(f"2 {unit}").removeprefix("2 ")


def _number(pinned: Pinned) -> str:
    """Return a number with its unit in words, marked when it is ours."""
    return plainly(marked(wording.quantity(pinned.value, pinned.unit), [pinned]))


def place(locator: str) -> str:
    """Return a locator as a reader on paper needs it."""
    return re.sub(r" \(MedDRA \d+\)", "", re.sub(r"^sections? (?=\d)", "§ ", locator))
