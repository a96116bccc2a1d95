"""Rules, sources, profiles and numbers gathered for the pages of the documentation, each linked with the others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from thalsafety.checklists import wording
from thalsafety.coverage.layers import state_of
from thalsafety.linked import State
from thalsafety.linking.linker import link
from thalsafety.linting.checks import cited_statements
from thalsafety.rendering.documented import (
    CONFIDENCES,
    STATES,
    Alike,
    Cites,
    Entry,
    Figure,
    Logic,
    Meaning,
    Means,
    Number,
    Other,
    PatientRow,
    ProfilePage,
    RulePage,
    Shared,
    SourcePage,
    TopicOf,
    Worked,
)
from thalsafety.rendering.documented_words import (
    amount,
    apart,
    by_when,
    names_within,
    of_schedule,
    of_score,
    phases,
    points,
    root,
)
from thalsafety.rendering.links import Link
from thalsafety.rendering.parameter_sheet import origin
from thalsafety.rendering.phrasing import Outline, Phrases
from thalsafety.rendering.rulebook import numbers_of
from thalsafety.rendering.sheets import plainly
from thalsafety.rendering.side_by_side import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from thalsafety.coverage import Case
    from thalsafety.linked import Cited, Linked, LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.knowledge import ParameterValue, Profile, Source, Statement
    from thalsafety.model.rule import Definition, Rule, Schedule, Score
    from thalsafety.program import Node, Pinned

T = TypeVar("T")
_NAMED = {
    "schedule": "a schedule; its intervals stand under its name",
    "score": "a score; its points stand under its name",
}


class Library:
    """What every page draws on, read once: a rule set linked for some profiles, and outcomes of example patients."""

    def __init__(
        self,
        rule_set: RuleSet,
        profiles: Sequence[str],
        day: date,
        patients: Sequence[Case] = (),
        outcomes: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Link the rules for a day under each profile."""
        self.rule_set = rule_set
        self.day = day
        self.linked = {name: link(rule_set, name, day) for name in profiles}
        self.profiles = {name: rule_set.profile_named(name) for name in self.linked}
        self.cases = [case for case in patients if case.profile in self.linked]
        self.outcomes = outcomes or {}
        self._written: dict[str, Number] = {}

    @cached_property
    def first(self) -> Linked:
        """Return the first profile's rules."""
        return next(iter(self.linked.values()))

    @cached_property
    def versions(self) -> str:
        """Return the versions of the rules under the profiles."""
        return ", ".join(sorted({linked.version for linked in self.linked.values()}))

    # ------------------------------------------------------------ places

    def rule_link(self, rule: str) -> Link:
        """Return the way to a rule's page, or its name where it has none here."""
        known = self.by_rule.get(rule)
        return Link(rule, f"rules/{quote(rule)}.html", known.title) if known else Link(rule, "")

    def source_link(self, source: str) -> Link:
        """Return the way to a source's page, or its name where it has none here."""
        if source not in self.sources:
            return Link(source, "")
        return Link(source, f"sources/{quote(source)}.html", self.rule_set.sources[source].title)

    def statement_link(self, statement: str) -> Link:
        """Return the way to a statement on its source's page."""
        known = self.rule_set.statements.get(statement)
        if known is None or known[1] not in self.sources:
            return Link(statement, "")
        return Link(statement, f"sources/{quote(known[1])}.html#{quote(statement)}")

    def profile_link(self, profile: str) -> Link:
        """Return the way to a profile's page, or its name where it has none here."""
        if profile not in self.profiles:
            return Link(profile, "")
        return Link(profile, f"profiles/{quote(profile)}.html", self.profiles[profile].title)

    def number_link(self, name: str) -> Link:
        """Return the way to a number."""
        return Link(name, f"numbers.html#{quote(name)}")

    def name_link(self, name: str) -> Link:
        """Return the way to whatever has a name: a definition, `schedule NAME`, `score NAME` or a rule."""
        kind, _, bare = name.rpartition(" ")
        if not kind and name in self.rule_set.definitions:
            kind = "definition"
        elif not kind and name not in self.by_rule:
            kind = "schedule" if name in self.rule_set.schedules else "score" if name in self.rule_set.scores else ""
        return Link(f"{kind} {bare}", f"shared.html#{kind}-{quote(bare)}") if kind else self.rule_link(name)

    def told(self, profiles: Iterable[str]) -> tuple[Link, ...]:
        """Return profiles without those with an add-on whose profile alone stands there too."""
        names = set(profiles)
        kept = [name for name in self.linked if name in names and not (names - {name}) & set(_within(name))]
        return tuple(map(self.profile_link, kept))

    def _grouped(self, found: Mapping[str, T], key: Callable[[T], Hashable]) -> Iterator[tuple[T, tuple[Link, ...]]]:
        """Yield what profiles have, what is the same once, each with its profiles."""
        groups: dict[Hashable, list[str]] = {}
        for profile, one in found.items():
            groups.setdefault(key(one), []).append(profile)
        yield from ((found[names[0]], self.told(names)) for names in groups.values())

    def _alike(self, found: Mapping[str, str]) -> tuple[Alike, ...]:
        return tuple(Alike(text, profiles) for text, profiles in self._grouped(found, str))

    # ------------------------------------------------------------ what there is

    @cached_property
    def _standing(self) -> dict[str, dict[str, LinkedRule]]:
        """Return every rule as each profile has it."""
        found: dict[str, dict[str, LinkedRule]] = {}
        for profile, linked in self.linked.items():
            for rule in linked.rules:
                found.setdefault(rule.id, {})[profile] = rule
        return found

    @cached_property
    def by_rule(self) -> dict[str, LinkedRule]:
        """Return the rules that have a page: in force or in error under a profile, or retired; by topic."""
        found = {}
        for name, by_profile in self._standing.items():
            rules = list(by_profile.values())
            speaking = [rule for rule in rules if rule.state is not State.NOT_IN_FORCE]
            if speaking or rules[0].status == "retired":
                found[name] = speaking[0] if speaking else rules[0]
        order = self.first.topics
        return dict(sorted(found.items(), key=lambda pair: (*order.get(pair[1].topic, (1000, pair[1].topic)), pair[0])))

    def speaking(self, rule: str) -> list[str]:
        """Return the profiles under which a rule is in force."""
        return [name for name, one in self._standing[rule].items() if one.state is State.IN_FORCE]

    @cached_property
    def sources(self) -> list[str]:
        """Return the sources that a profile has, in their order."""
        names = dict.fromkeys(name for profile in self.profiles.values() for name in profile.sources)
        return [name for name in names if name in self.rule_set.sources]

    def topic_title(self, topic: str) -> str:
        """Return what a topic is called."""
        return self.first.topics.get(topic, (0, topic.replace("-", " ").capitalize()))[1]

    @cached_property
    def _when(self) -> dict[str, dict[str, Node]]:
        """Return the condition of every rule in force under each profile."""
        found: dict[str, dict[str, Node]] = {}
        for profile, linked in self.linked.items():
            for program in linked.program.rules:
                found.setdefault(program.id, {})[profile] = program.when
        return found

    @cached_property
    def _distinct(self) -> dict[str, list[tuple[Node, list[str]]]]:
        """Return the conditions of every rule in force that differ, each with its profiles."""
        return {rule: apart(by_profile) for rule, by_profile in self._when.items()}

    # ------------------------------------------------------------ words

    def _phrases(self, linked: Linked) -> Phrases:
        titles = {name: definition.title for name, definition in self.rule_set.definitions.items()}
        titles |= {f"schedule {name}": schedule.title for name, schedule in linked.schedules.items()}
        titles |= {f"score {name}": score.title for name, score in linked.scores.items()}
        return Phrases(linked.lexicon, titles)

    def _logic(self, conditions: Iterable[tuple[Node, list[str]]], *, named: bool = False) -> Iterator[Logic]:
        """Yield what conditions ask in words, what is the same once; with `named`, each belongs to what has a name."""
        said: dict[Outline, list[tuple[list[str], Phrases]]] = {}
        for node, profiles in conditions:
            phrases = self._phrases(self.linked[profiles[0]])
            outline = phrases.outline(node, node.origin.via if named else ())
            said.setdefault(outline, []).append((profiles, phrases))
        yield from (self._told_alike(outline, told) for outline, told in said.items())

    def _told_alike(self, outline: Outline, told: Sequence[tuple[list[str], Phrases]]) -> Logic:
        """Return one condition in words with the profiles that have it, and what its names mean under each."""
        means: dict[Link, dict[Outline, list[str]]] = {}
        for profiles, phrases in told:
            for place, meaning in self._meanings(phrases):
                means.setdefault(place, {}).setdefault(meaning, []).extend(profiles)
        meanings = (
            Meaning(place, tuple(Means(meaning, self.told(profiles)) for meaning, profiles in found.items()))
            for place, found in sorted(means.items())
        )
        return Logic(self.told(name for profiles, _ in told for name in profiles), outline, tuple(meanings))

    def _meanings(self, phrases: Phrases) -> Iterator[tuple[Link, Outline]]:
        """Yield what was named on the way, with the place where it stands and what it means."""
        for name, meaning in phrases.outlined.items():
            yield Link(phrases.title(name), self.name_link(name).href), meaning
        for name in phrases.schedules:
            place = self.name_link(f"schedule {name}")
            title = phrases.title(f"schedule {name}")
            yield Link(title, place.href), Outline("a schedule; its intervals stand under its name")
        for name in phrases.scores:
            place = self.name_link(f"score {name}")
            yield (
                Link(phrases.title(f"score {name}"), place.href),
                Outline("a score; its table of points stands under its name"),
            )

    # ------------------------------------------------------------ numbers

    def number(self, name: str) -> Number:
        """Return a number with every value that is written, and the profiles under which each is used."""
        if name not in self._written:
            parameter = self.rule_set.parameters[name]
            pinned = {profile: linked.parameters.get(name) for profile, linked in self.linked.items()}
            figures = tuple(self._figure(value, parameter.unit, pinned) for value in parameter.values)
            users = tuple(self.name_link(user) for user in self._users_of_numbers.get(name, ()))
            ours = not parameter.plain_count
            self._written[name] = Number(
                name,
                self.number_link(name),
                parameter.description,
                tuple(figure._replace(ours=figure.ours and ours) for figure in figures),
                parameter.stricter or "",
                users,
            )
        return self._written[name]

    def _figure(self, value: ParameterValue, unit: str, pinned: Mapping[str, Pinned | None]) -> Figure:
        here = (value.value, value.source, value.effective.isoformat())
        names = [name for name, one in pinned.items() if one and (one.value, one.source, one.effective) == here]
        ours = value.source == "project"
        text = plainly(wording.quantity(value.value, unit))
        aside = "" if names else self._aside(value, pinned)
        return Figure(text, ours, self.source_link(value.source), value, origin(value.locator), self.told(names), aside)

    def _aside(self, value: ParameterValue, pinned: Mapping[str, Pinned | None]) -> str:
        """Return why a value that is written is used under no profile here."""
        having = [name for name, profile in self.profiles.items() if value.source in profile.sources]
        if not having:
            return "its source is in force under no profile shown here"
        if value.effective > self.day:
            return f"holds from {value.effective} on"
        if not any(pinned[name] for name in having):
            return "no rule in force uses it"
        instead = (one for one in map(pinned.get, having) if one)
        return f"yields to {' and '.join(sorted({f'{amount(one)} of {one.source}' for one in instead}))}"

    @cached_property
    def _users_of_numbers(self) -> dict[str, list[str]]:
        """Return the rules that use each number, in a condition or as a deadline, then schedules and scores."""
        found: dict[str, dict[str, None]] = {}
        for rule, by_profile in self._numbers_of_rules.items():
            for name in by_profile:
                found.setdefault(name, {})[rule] = None
        for linked in self.linked.values():
            for schedule in linked.schedules.values():
                for one in of_schedule(schedule):
                    found.setdefault(one.name, {})[f"schedule {schedule.id}"] = None
            for score in linked.scores.values():
                for one in of_score(score):
                    found.setdefault(one.name, {})[f"score {score.id}"] = None
        return {name: list(users) for name, users in found.items()}

    @cached_property
    def _numbers_of_rules(self) -> dict[str, dict[str, None]]:
        """Return the names of the numbers that each rule with a page uses under some profile."""
        found: dict[str, dict[str, None]] = {rule: {} for rule in self.by_rule}
        for rule, distinct in self._distinct.items():
            for node, _ in distinct:
                found[rule] |= dict.fromkeys(one.name for one in numbers_of(node))
            deadlines = (one.deadline for one in self._standing[rule].values())
            found[rule] |= dict.fromkeys(one.name for one in deadlines if one is not None)
        return found

    def numbers(self) -> list[Number]:
        """Return the numbers that have a value in force or a source here."""
        every = (self.number(name) for name in sorted(self.rule_set.parameters))
        return [one for one in every if any(figure.profiles or figure.source.href for figure in one.figures)]

    # ------------------------------------------------------------ rules

    def rule_page(self, rule: LinkedRule) -> RulePage:
        """Return everything about one rule."""
        by_profile = self._standing[rule.id]
        written = self.rule_set.rules.get(rule.id)
        in_force = {name: one for name, one in by_profile.items() if one.state is State.IN_FORCE}
        out = {name: one.reason for name, one in by_profile.items() if one.state is not State.IN_FORCE}
        return RulePage(
            rule=rule,
            link=self.rule_link(rule.id),
            topic=self.topic_title(rule.topic),
            file=rule.file,
            in_force=self.told(in_force),
            not_in_force=self._alike({name: _without_profile(reason, name) for name, reason in out.items()}),
            deadlines=self._alike({name: by_when(one) for name, one in in_force.items()}),
            logic=tuple(self._logic(self._distinct.get(rule.id, ()))),
            numbers=tuple(self.number(name) for name in self._numbers_of_rules.get(rule.id, ())),
            statements=tuple(self._cites(cited) for cited in rule.guidance),
            uses=tuple(self.name_link(name) for name in self._used_names(rule.id)),
            worked=tuple(self._worked(written)) if written else (),
            patients=self._patients_of(rule.id),
            supersedes=tuple(self.rule_link(other) for other in rule.supersedes),
            superseded=tuple(self.rule_link(name) for name, one in self.by_rule.items() if rule.id in one.supersedes),
        )

    def _cites(self, cited: Cited) -> Cites:
        having = [name for name, profile in self.profiles.items() if cited.source in profile.sources]
        note = self.rule_set.statements[cited.statement][0].note or ""
        return Cites(
            cited, self.statement_link(cited.statement), self.source_link(cited.source), self.told(having), note
        )

    def _used_names(self, rule: str) -> list[str]:
        due_from = self.by_rule[rule].due_from
        found = {f"schedule {due_from}"} if due_from else set()
        return sorted(found.union(*(names_within(node) for node, _ in self._distinct.get(rule, ()))))

    def _worked(self, rule: Rule) -> Iterator[Worked]:
        for example, _ in self.rule_set.examples(rule):
            yield Worked(example.name, example.expect, example.profile or "")

    def _patients_of(self, rule: str) -> dict[str, tuple[Link, ...]]:
        """Return the example patients to whom a rule applies, or for whom it cannot be told."""
        told: dict[str, list[Link]] = {"applies": [], "cannot_tell": []}
        for case in self.cases:
            outcome = self.outcomes.get(case.name, {}).get(rule, "")
            if outcome in told:
                told[outcome].append(self.patient_link(case.name))
        return {outcome: tuple(links) for outcome, links in told.items()}

    # ------------------------------------------------------------ example patients

    @cached_property
    def _places(self) -> dict[str, int]:
        return {case.name: number for number, case in enumerate(self.cases, 1)}

    def patient_link(self, name: str) -> Link:
        """Return the way to an example patient."""
        return Link(name, f"patients.html#patient-{self._places[name]}")

    def patients(self) -> Iterator[PatientRow]:
        """Yield the example patients of the profiles here."""
        for case in self.cases:
            outcomes = self.outcomes.get(case.name, {})
            of = {
                word: tuple(self.rule_link(rule) for rule in self.by_rule if outcomes.get(rule) == word)
                for word in ("applies", "cannot_tell")
            }
            yield PatientRow(
                case.name,
                f"patient-{self._places[case.name]}",
                self.profile_link(case.profile),
                case.facts.as_of.text,
                of["applies"],
                of["cannot_tell"],
            )

    # ------------------------------------------------------------ sources and statements

    @cached_property
    def _cited(self) -> dict[str, list[str]]:
        return cited_statements(self.rule_set)

    @cached_property
    def _users_of_statements(self) -> dict[str, tuple[Link, ...]]:
        return {
            statement: tuple(self.name_link(name) for name in sorted(set(names)))
            for statement, names in self._cited.items()
        }

    def entry(self, statement: Statement, source: str) -> Entry:
        """Return a statement with what became of it."""
        users = self._users_of_statements.get(statement.id, ())
        return Entry(
            statement=statement,
            source=self.source_link(source),
            link=self.statement_link(statement.id),
            topic=self.topic_title(statement.topic),
            state=state_of(cited=bool(users), explained=bool(statement.not_encoded), computable=statement.computable),
            users=users,
            past_review=self._past_review(self.rule_set.sources[source]),
        )

    def asks(self, entry: Entry, rules: Collection[str]) -> bool:
        """Whether one of some rules cites a statement, or uses a definition, schedule or score that does."""
        citing = self._cited.get(entry.statement.id, ())
        if any(name in rules for name in citing):
            return True
        users = {rule for name in citing for rule in self._users_of_names.get(self.name_link(name).text, ())}
        return not users.isdisjoint(rules)

    @cached_property
    def _users_of_names(self) -> dict[str, set[str]]:
        """Return the rules that use each definition, schedule or score, by its kind and name."""
        found: dict[str, set[str]] = {}
        for rule, names in self._names_of_rules.items():
            for name in names:
                found.setdefault(self.name_link(name).text, set()).add(rule)
        return found

    def _past_review(self, source: Source) -> bool:
        return source.review_by is not None and source.review_by < self.day

    @cached_property
    def source_pages(self) -> dict[str, SourcePage]:
        """Return every source with its statements."""
        return {name: self._source_page(name) for name in self.sources}

    def _source_page(self, name: str) -> SourcePage:
        source = self.rule_set.sources[name]
        entries = tuple(self.entry(statement, name) for statement in source.statements)
        numbers = [
            known
            for known, parameter in sorted(self.rule_set.parameters.items())
            if any(value.source == name for value in parameter.values)
        ]
        return SourcePage(
            name=name,
            source=source,
            link=self.source_link(name),
            profiles=self.told(profile for profile, one in self.profiles.items() if name in one.sources),
            past_review=self._past_review(source),
            confidence={word: sum(e.statement.confidence == word for e in entries) for word in CONFIDENCES},
            states={word: sum(e.state == word for e in entries) for word in STATES},
            entries=entries,
            numbers=tuple(map(self.number, numbers)),
        )

    def entries(self) -> Iterator[Entry]:
        """Yield every statement of every source."""
        for page in self.source_pages.values():
            yield from page.entries

    # ------------------------------------------------------------ profiles

    def profile_page(self, name: str) -> ProfilePage:
        """Return a profile with its rules by topic, its numbers, and what other profiles ask for."""
        linked, profile = self.linked[name], self.profiles[name]
        addons = [other for other in self.profiles if name in _within(other)]
        compared = _within(name) if "+" in name else [other for other in self.profiles if "+" not in other]
        return ProfilePage(
            profile=profile,
            link=self.profile_link(name),
            sources=tuple(self.source_pages[one] for one in profile.sources if one in self.source_pages),
            topics=tuple(self._topics_of(linked)),
            numbers=tuple((self.number(one), linked.parameters[one]) for one in sorted(linked.parameters)),
            others=tuple(self._other(name, other) for other in compared if other in self.profiles and other != name),
            addons=tuple(map(self.profile_link, addons)),
            alone=next((base for base in _within(name) if base in self.profiles), ""),
        )

    def addons(self) -> dict[str, Profile]:
        """Return the add-ons that a profile here has."""
        used = {part for name in self.profiles for part in name.split("+")[1:]}
        return {name: addon for name, addon in sorted(self.rule_set.addons.items()) if name in used}

    def _topics_of(self, linked: Linked) -> Iterator[TopicOf]:
        by_topic: dict[str, list[LinkedRule]] = {}
        here = {rule.id: rule for rule in linked.rules if rule.state is State.IN_FORCE}
        for name in self.by_rule:
            if name in here:
                by_topic.setdefault(here[name].topic, []).append(here[name])
        for topic, rules in by_topic.items():
            rows = ((rule, self.rule_link(rule.id), by_when(rule)) for rule in rules)
            yield TopicOf(self.topic_title(topic), tuple(rows))

    def _other(self, name: str, other: str) -> Other:
        topics = beside(self.linked[name], self.linked[other])
        speaking = (topic for topic in topics if topic.only_a or topic.only_b or topic.differing)
        return Other(self.profile_link(other), tuple(speaking))

    # ------------------------------------------------------------ definitions, schedules and scores

    def shared(self) -> Iterator[Shared]:
        """Yield every definition, schedule and score that is used here or rests on a source here."""
        for name, definition in sorted(self.rule_set.definitions.items()):
            yield from self._shared("definition", name, definition)
        for name, schedule in sorted(self.rule_set.schedules.items()):
            yield from self._shared("schedule", name, schedule)
        for name, score in sorted(self.rule_set.scores.items()):
            yield from self._shared("score", name, score)

    def _shared(self, kind: str, name: str, written: Definition | Schedule | Score) -> Iterator[Shared]:
        known = name if kind == "definition" else f"{kind} {name}"
        say = {"definition": self._definition, "schedule": self._schedule, "score": self._score}[kind]
        numbers = [one for one in written.parameters if one in self.rule_set.parameters]
        yield Shared(
            kind=kind,
            name=name,
            anchor=f"{kind}-{name}",
            title=written.title,
            why=written.why or "",
            said=tuple(say(name)),
            numbers=tuple(map(self.number, numbers)),
            statements=tuple(self.statement_link(one.statement) for one in written.guidance),
            users=tuple(self.rule_link(rule) for rule in self.by_rule if known in self._names_of_rules.get(rule, ())),
        )

    @cached_property
    def _names_of_rules(self) -> dict[str, list[str]]:
        return {rule: self._used_names(rule) for rule in self.by_rule}

    def _definition(self, name: str) -> Iterator[Logic]:
        """Yield a definition in words, as the first rule in force that uses it has it."""
        found: dict[str, Node] = {}
        users = [rule for rule in self._when if name in self._names_of_rules.get(rule, ())]
        for profile in self.linked:
            rooted = (root(self._when[rule][profile], name) for rule in users if profile in self._when[rule])
            node = next((node for node in rooted if node is not None), None)
            if node is not None:
                found[profile] = node
        yield from self._logic(apart(found), named=True)

    def _schedule(self, name: str) -> Iterator[Logic]:
        """Yield a schedule: its interval in each phase, when a turn opens, and its grace."""
        told = []
        for profile, linked in self.linked.items():
            if name in linked.schedules:
                phrases = self._phrases(linked)
                told.append((phases(phrases, linked.schedules[name]), [profile], phrases))
        yield from self._listed(told)

    def _score(self, name: str) -> Iterator[Logic]:
        """Yield a score: what gives points, and its bands."""
        told = []
        for profile, linked in self.linked.items():
            if name in linked.scores:
                phrases = self._phrases(linked)
                told.append((points(phrases, linked.scores[name]), [profile], phrases))
        yield from self._listed(told)

    def _listed(self, told: Iterable[tuple[Outline, list[str], Phrases]]) -> Iterator[Logic]:
        said: dict[Outline, list[tuple[list[str], Phrases]]] = {}
        for outline, profiles, phrases in told:
            said.setdefault(outline, []).append((profiles, phrases))
        yield from (self._told_alike(outline, alike) for outline, alike in said.items())


def _within(profile: str) -> list[str]:
    """Return the profile alone, where a name has add-ons, and nothing else."""
    base, plus, _ = profile.partition("+")
    return [base] if plus else []


def _without_profile(reason: str, profile: str) -> str:
    """Return a reason without the name of the profile, so that it can be told of several."""
    return reason.removesuffix(f" under profile {profile}").replace(f" under profile {profile} ", " ")
