"""A folder of rules in; a rule set out, with everything that was wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading import profiles, tame, units
from thalsafety.loading.digest import digest_of, files_of
from thalsafety.loading.naming import ProfileNames
from thalsafety.loading.validating import validate
from thalsafety.model.invariant import Invariants
from thalsafety.model.knowledge import (
    Entry,
    Parameter,
    Parameters,
    Profile,
    Source,
    Statement,
    Topic,
    Vocabulary,
)
from thalsafety.model.lexicon import Lexicon, Term
from thalsafety.model.milestones import MILESTONES
from thalsafety.model.rule import Cases, Definition, Example, Rule, Schedule, Score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from pydantic import BaseModel

    from thalsafety.loading.tame import Document

_FOLDERS: dict[str, type[BaseModel]] = {
    "sources": Source,
    "profiles": Profile,
    "vocabulary": Vocabulary,
    "parameters": Parameters,
    "definitions": Definition,
    "scores": Score,
    "cases": Cases,
    "invariants": Invariants,
}


@dataclass
class RuleSet:
    """All knowledge of one folder.

    `places` maps a name (rule, definition, schedule, parameter, source, statement …) to where it is
    written; `broken` maps the stem of a rule file that cannot be used to what is wrong with it, and
    `unusable` names what is defined twice or in a file that cannot be read.
    """

    root: str
    digest: str
    rules: dict[str, Rule] = field(default_factory=dict)
    cases: dict[str, Cases] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    topic_of: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    statements: dict[str, tuple[Statement, str]] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    addons: dict[str, Profile] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    lexicon: Lexicon = field(default_factory=Lexicon)
    invariants: list[tuple[Invariants, Document]] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    broken: dict[str, list[Problem]] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def place(self, owner: str, *path: str | int) -> Place:
        """Return where something stands in the file that defines `owner`."""
        document = self.documents.get(owner)
        return document.place(path) if document else Place(self.root)

    def profile_named(self, name: str) -> Profile:
        """Return a profile, with its add-ons; `UnknownNameError` with the nearest name when there is none."""
        return profiles.named(self.profiles, self.addons, name, self.root)

    @property
    def first_profile(self) -> str:
        """Return the profile that is meant where none is named: `us`, or the first."""
        return next(iter(self.profile_names))

    @property
    def profile_names(self) -> ProfileNames:
        """Return the names that profiles and add-ons make."""
        return ProfileNames(list(self.profiles), {name: addon.adds_to or () for name, addon in self.addons.items()})

    def examples(self, rule: Rule) -> Iterator[tuple[Example, tuple[str, str, int]]]:
        """Return the worked examples of a rule, its own and those kept beside it, each with what `place` takes."""
        yield from ((example, (rule.rule, "tests", index)) for index, example in enumerate(rule.tests))
        more = self.cases.get(rule.rule)
        for index, example in enumerate(more.tests if more else ()):
            yield example, (_beside(rule.rule), "tests", index)


def load_rules(root: Path) -> RuleSet:
    """Read a folder of rules; what is wrong with one file is kept in `problems` and hides nothing else."""
    files = files_of(root)
    rule_set = RuleSet(root=str(root), digest=digest_of(root, files))
    for path in map(Path, files):
        try:
            document = tame.read(path)
        except InputError as error:
            _refuse(rule_set, root, path, list(error.problems))
            continue
        _load_file(rule_set, root, path, document)
    _index_vocabulary(rule_set)
    _cases_have_rules(rule_set)
    return rule_set


def _cases_have_rules(rule_set: RuleSet) -> None:
    """Note files of examples whose rule does not exist."""
    for name in rule_set.cases:
        if name not in rule_set.rules and name not in rule_set.broken:
            place = rule_set.place(_beside(name), "cases")
            rule_set.problems.append(
                Problem(place, f"`{name}` is not a rule", "name the rule whose examples these are")
            )


def _refuse(rule_set: RuleSet, root: Path, path: Path, problems: list[Problem]) -> None:
    """Keep what is wrong with a file; a rule file's stem stands for its rule."""
    rule_set.problems += problems
    folder = path.relative_to(root).parts[0]
    if folder == "definitions":
        rule_set.unusable.add(path.stem)
    if folder not in _FOLDERS and path.stem != "topic":
        rule_set.broken[path.stem] = sorted(problems, key=lambda problem: problem.place.line)
        rule_set.topic_of.setdefault(path.stem, folder)


def _load_file(rule_set: RuleSet, root: Path, path: Path, document: Document) -> None:
    """Read one file by the kind that its folder, or its first key, says."""
    folder = path.relative_to(root).parts[0]
    model = _FOLDERS.get(folder) or _topic_kind(path, document)
    value, problems = validate(model, document)
    if value is None:
        _refuse(rule_set, root, path, problems)
        return
    name = _name_of(value)
    if name is not None and name != path.stem:
        key = next(iter(type(value).model_fields))
        problem = Problem(
            document.place((key,)),
            f"`{name}` does not equal the file name `{path.stem}`",
            "name the file after what it holds",
        )
        _refuse(rule_set, root, path, [problem])
        return
    _ADD[type(value)](rule_set, value, document)
    if isinstance(value, (Rule, Schedule)) and name is not None:
        rule_set.topic_of.setdefault(name, folder)


def _topic_kind(path: Path, document: Document) -> type[BaseModel]:
    if path.stem == "topic":
        return Topic
    return Schedule if isinstance(document.data, dict) and "schedule" in document.data else Rule


def _name_of(value: Any) -> str | None:
    """Return the name that must equal the file stem; parameter files, invariants and topics have none."""
    if isinstance(value, (Parameters, Topic, Invariants)):
        return None
    return str(getattr(value, next(iter(type(value).model_fields))))


def _register(
    rule_set: RuleSet, table: dict[str, Any], name: str, value: object, document: Document, *path: str | int
) -> None:
    """Enter a name once; a second bearer of it is a problem."""
    if name in table:
        problem = Problem(
            document.place(path),
            f"`{name}` is defined twice; the first is in {_where(rule_set, name)}",
            "rename or remove one of them",
        )
        rule_set.problems.append(problem)
        rule_set.unusable.add(name)
        if table is rule_set.rules:
            rule_set.broken[name] = [problem]
        return
    table[name] = value
    rule_set.documents.setdefault(name, document)


def _where(rule_set: RuleSet, name: str) -> str:
    document = rule_set.documents.get(name)
    return document.file if document else "another file"


def _add_parameters(rule_set: RuleSet, parameters: Mapping[str, Parameter], document: Document) -> None:
    for name, parameter in parameters.items():
        _register(rule_set, rule_set.parameters, name, parameter, document, "parameters", name)


def _add_rule(rule_set: RuleSet, rule: Rule, document: Document) -> None:
    _register(rule_set, rule_set.rules, rule.rule, rule, document, "rule")
    _add_parameters(rule_set, rule.parameters, document)


def _beside(rule: str) -> str:
    """Return the name under which the file of a rule's further examples is kept."""
    return f"cases of {rule}"


def _add_cases(rule_set: RuleSet, cases: Cases, document: Document) -> None:
    rule_set.cases[cases.cases] = cases
    rule_set.documents[_beside(cases.cases)] = document


def _add_definition(rule_set: RuleSet, definition: Definition, document: Document) -> None:
    _register(rule_set, rule_set.definitions, definition.definition, definition, document, "definition")
    _add_parameters(rule_set, definition.parameters, document)


def _add_schedule(rule_set: RuleSet, schedule: Schedule, document: Document) -> None:
    _register(rule_set, rule_set.schedules, schedule.schedule, schedule, document, "schedule")
    _add_parameters(rule_set, schedule.parameters, document)


def _add_score(rule_set: RuleSet, score: Score, document: Document) -> None:
    _register(rule_set, rule_set.scores, score.score, score, document, "score")
    _add_parameters(rule_set, score.parameters, document)


def _add_source(rule_set: RuleSet, source: Source, document: Document) -> None:
    _register(rule_set, rule_set.sources, source.source, source, document, "source")
    for index, statement in enumerate(source.statements):
        _register(
            rule_set, rule_set.statements, statement.id, (statement, source.source), document, "statements", index
        )


def _add_profile(rule_set: RuleSet, profile: Profile, document: Document) -> None:
    table = rule_set.profiles if profile.adds_to is None else rule_set.addons
    other = rule_set.addons if profile.adds_to is None else rule_set.profiles
    _register(rule_set, other if profile.profile in other else table, profile.profile, profile, document, "profile")


def _add_shared(rule_set: RuleSet, parameters: Parameters, document: Document) -> None:
    _add_parameters(rule_set, parameters.parameters, document)


def _add_topic(rule_set: RuleSet, topic: Topic, document: Document) -> None:
    _register(rule_set, rule_set.topics, topic.topic, topic, document, "topic")


def _add_invariants(rule_set: RuleSet, invariants: Invariants, document: Document) -> None:
    rule_set.invariants.append((invariants, document))


def _add_vocabulary(rule_set: RuleSet, vocabulary: Vocabulary, document: Document) -> None:
    for index, entry in enumerate(vocabulary.entries):
        _register(rule_set, rule_set.entries, entry.code, entry, document, "entries", index)
        rule_set.lexicon.terms.setdefault(
            entry.code, Term(code=entry.code, kind=vocabulary.vocabulary, label=entry.label)
        )


_ADD: dict[type[BaseModel], Callable[[RuleSet, Any, Document], None]] = {
    Rule: _add_rule,
    Definition: _add_definition,
    Cases: _add_cases,
    Schedule: _add_schedule,
    Score: _add_score,
    Source: _add_source,
    Profile: _add_profile,
    Parameters: _add_shared,
    Topic: _add_topic,
    Invariants: _add_invariants,
    Vocabulary: _add_vocabulary,
}


def _index_vocabulary(rule_set: RuleSet) -> None:
    """Turn entries into terms: groups resolved, unit factors computed."""
    kinds = {code: term.kind for code, term in rule_set.lexicon.terms.items()}
    for code, entry in rule_set.entries.items():
        place = rule_set.place(code)
        if code in MILESTONES:
            message = f"`{code}` is the name of a milestone, and cannot be a code as well"
            rule_set.problems.append(Problem(place, message, "choose another code"))
        members = _members(rule_set, code, ())
        try:
            factors = units.factors(entry)
        except units.UnitError as error:
            rule_set.problems.append(Problem(place, f"{error} (observation `{code}`)", "write a UCUM unit"))
            factors = {}
        rule_set.lexicon.terms[code] = Term(
            code=code,
            kind=kinds[code],
            label=entry.label,
            type=entry.type or "",
            unit=entry.unit or "",
            factors=tuple(sorted(factors.items())),
            low=entry.plausible.low if entry.plausible else None,
            high=entry.plausible.high if entry.plausible else None,
            results=entry.results,
            grades=entry.grades,
            members=members,
            synonyms=entry.synonyms,
            subject=entry.subject,
            unlisted=entry.unlisted,
            dexamethasone=_dexamethasone(entry),
        )


def _dexamethasone(entry: Entry) -> Decimal | None:
    """Return how many mg of dexamethasone one mg of a steroid stands for."""
    known = entry.equivalent
    return None if known is None else known.dexamethasone_mg / known.mg


def _members(rule_set: RuleSet, code: str, above: tuple[str, ...]) -> tuple[str, ...]:
    """Return every code under a group, groups within it included; a cycle or a stranger is a problem."""
    found: list[str] = []
    for member in rule_set.entries[code].members or ():
        if member in (*above, code):
            rule_set.problems.append(Problem(rule_set.place(code), f"group `{code}` contains itself"))
        elif member not in rule_set.entries:
            rule_set.problems.append(
                Problem(
                    rule_set.place(code),
                    f"`{member}`, a member of `{code}`, is not in the vocabulary",
                    "add it, or correct the spelling",
                )
            )
        else:
            found += [member, *_members(rule_set, member, (*above, code))]
    return tuple(dict.fromkeys(found))
