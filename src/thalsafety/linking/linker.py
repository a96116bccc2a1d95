"""The linker: one pass over the rules of a set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thalsafety.errors import NotInForceError, Place, Problem
from thalsafety.linked import (
    Cited,
    Linked,
    LinkedPhase,
    LinkedPoints,
    LinkedRule,
    LinkedSchedule,
    LinkedScore,
    State,
)
from thalsafety.linking.totals import Points, reaches
from thalsafety.loading import units
from thalsafety.loading.suggesting import did_you_mean
from thalsafety.model import question as q
from thalsafety.model.milestones import FACTS, MILESTONES
from thalsafety.model.rule import AllOf, AnyOf, FirstOf, NotThis
from thalsafety.program import (
    NEVER,
    All,
    AnswerType,
    Any,
    Compare,
    Comparison,
    Feature,
    Missing,
    Not,
    Origin,
    Pinned,
    Program,
    RuleProgram,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from decimal import Decimal

    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.knowledge import Parameter, ParameterValue, Profile
    from thalsafety.model.rule import Condition, Guidance, Rule, Schedule, Score
    from thalsafety.program import Node

_UNITS = {
    "body": {"weight": "kg", "height": "cm"},
    "exposure": {
        "cumulative_dose": "g",
        "mean_daily_dose": "mg/d",
        "completed_cycles": "1",
        "rises": "1",
        "reductions": "1",
        "interruptions": "1",
    },
}


class NotYetInForceError(NotInForceError):
    """A number's first value takes effect after the day of the check."""


def link(rule_set: RuleSet, profile: str, day: date) -> Linked:
    """Return the rule set as it stands under a profile on a day."""
    return _Linker(rule_set, rule_set.profile_named(profile), day).link()


def condition_of(
    rule_set: RuleSet, profile: str, day: date, rule: str, features: dict[Feature, Feature]
) -> Node | None:
    """Return one rule's condition, or nothing when it cannot be linked or takes no part.

    Questions among `features` keep their numbers; others are added there, each with the next number.
    """
    linker = _Linker(rule_set, rule_set.profile_named(profile), day)
    linker.features = features
    return linker.condition(rule)


def link_problems(rule_set: RuleSet, profile: str, day: date) -> list[Problem]:
    """Return everything that keeps a rule, definition or schedule from being linked."""
    linker = _Linker(rule_set, rule_set.profile_named(profile), day)
    linker.link()
    return linker.problems


def not_in_force_reason(rule_set: RuleSet, rule: Rule, profile: Profile) -> str:
    """Return why a rule takes no part under a profile, or nothing when it does.

    It does when a source that it cites is in force. A grading table, or an assumption of our own, recommends nothing:
    it puts a rule in force only when the rule cites nothing else.
    """
    if rule.status == "retired":
        return "the rule is retired"
    return sources_not_in_force(rule_set, rule.guidance, profile)


def sources_not_in_force(rule_set: RuleSet, guidance: Iterable[Guidance], profile: Profile) -> str:
    """Return which sources of some guidance are not in force under a profile, in words, or nothing when one is."""
    cited = {rule_set.statements[g.statement][1] for g in guidance if g.statement in rule_set.statements}
    sources = {name for name in cited if not _recommends_nothing(rule_set, name)} or cited
    if sources and not sources & set(profile.sources):
        return f"its sources ({', '.join(sorted(sources))}) are not in force under profile {profile.profile}"
    return ""


def _recommends_nothing(rule_set: RuleSet, source: str) -> bool:
    return source in rule_set.sources and rule_set.sources[source].kind in {"grading", "project"}


def first_profile(rule_set: RuleSet, rule: Rule) -> str:
    """Return the profile under which a rule's examples run when they name none.

    The first with it in force: profiles alone before those with an add-on, and `us` before others.
    """
    names = list(rule_set.profile_names)
    fitting = (name for name in names if not not_in_force_reason(rule_set, rule, rule_set.profile_named(name)))
    return next(fitting, names[0])


def pin(parameter: Parameter, name: str, profile: Profile, day: date) -> ParameterValue:
    """Return the one value of a parameter in force under a profile on a day.

    A number of our own yields to that of any other source. Where sources differ, the stricter number is taken if the
    parameter says which that is. `NotInForceError` when there is none, or when two sources differ otherwise;
    `NotYetInForceError` when the first takes effect later.
    """
    under = [value for value in parameter.values if value.source in profile.sources]
    if not under:
        known = ", ".join(sorted({value.source for value in parameter.values}))
        message = f"parameter `{name}` has no value under profile {profile.profile} (it has one from {known})"
        raise NotInForceError(message)
    begun = [value for value in under if value.effective <= day]
    if not begun:
        first = min(value.effective for value in under)
        message = f"parameter `{name}` has no value before {first}"
        raise NotYetInForceError(message)
    newest = {value.source: value for value in sorted(begun, key=lambda value: value.effective)}
    if len(newest) > 1:
        newest.pop("project", None)
    in_order = sorted(newest.values(), key=lambda value: profile.sources.index(value.source))
    if parameter.stricter is not None:
        return (min if parameter.stricter == "lower" else max)(in_order, key=lambda value: value.value)
    if len({value.value for value in in_order}) > 1:
        values = " and ".join(f"{value.value} from {source}" for source, value in sorted(newest.items()))
        message = f"parameter `{name}` has two values under profile {profile.profile}: {values}"
        raise NotInForceError(message)
    return in_order[0]


class _Unlinkable(Exception):  # noqa: N818  never leaves this module
    """What keeps one thing from being linked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _AlreadyTold(_Unlinkable):
    """What keeps one thing from being linked, and was reported where it is wrong."""


class _Linker:
    """One link: the questions met so far, and what went wrong."""

    def __init__(self, rule_set: RuleSet, profile: Profile, day: date) -> None:
        self.rule_set = rule_set
        self.profile = profile
        self.day = day
        self.features: dict[Feature, Feature] = {}
        self.pinned: dict[tuple[str, str], Pinned] = {}
        self.problems: list[Problem] = []
        self.schedules: dict[str, LinkedSchedule] = {}
        self.scores: dict[str, LinkedScore] = {}
        self.scores_met: dict[str, None] = {}
        self.open_scores: list[str] = []

    def link(self) -> Linked:
        """Link every rule; the broken ones become rules in error."""
        rules: list[LinkedRule] = []
        programs: list[RuleProgram] = []
        for name in sorted({*self.rule_set.rules, *self.rule_set.broken}):
            rule, when = self._rule(name)
            rules.append(rule)
            if when is not None:
                programs.append(RuleProgram(name, when))
        for name in self.rule_set.schedules:
            self._quietly_schedule(name)
        return Linked(
            profile=self.profile.profile,
            profile_title=self.profile.title,
            version=self.profile.version,
            digest=self.rule_set.digest,
            rules=tuple(rules),
            program=Program(tuple(programs), tuple(self.features.values())),
            schedules=self.schedules,
            topics={name: (topic.order, topic.title) for name, topic in self.rule_set.topics.items()},
            parameters={name: pinned for (name, unit), pinned in self.pinned.items() if not unit},
            lexicon=self.rule_set.lexicon,
            scores=self.scores,
            review_by={
                name: source.review_by.isoformat()
                for name, source in self.rule_set.sources.items()
                if name in self.profile.sources and source.review_by is not None
            },
        )

    def condition(self, name: str) -> Node | None:
        """Return one rule's condition when it takes part."""
        return self._rule(name)[1]

    def _quietly_schedule(self, name: str) -> None:
        """Link a schedule that no rule in force uses; one that is not in force here is left out."""
        try:
            self._schedule(name, Place(self.rule_set.root))
        except NotInForceError:
            return
        except _Unlinkable as error:
            if not isinstance(error, _AlreadyTold):
                self._note(error.problem)

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    # ------------------------------------------------------------ rules

    def _rule(self, name: str) -> tuple[LinkedRule, Node | None]:
        """Return a rule as a checklist speaks of it, and its condition when it takes part."""
        rule = self.rule_set.rules.get(name)
        if rule is None or name in self.rule_set.broken:
            problems = self.rule_set.broken[name]
            file = self._relative(problems[0].place.file)
            return _broken(name, self.rule_set.topic_of.get(name, ""), problems, file), None
        state, reason, when, deadline = State.IN_FORCE, "", None, None
        try:
            self._check_references(rule)
            reason = not_in_force_reason(self.rule_set, rule, self.profile)
            if reason:
                state = State.NOT_IN_FORCE
            else:
                before = dict(self.features)
                self.scores_met = {}
                try:
                    when = self._node(rule.when, name, ("when",), ())
                    deadline = self._deadline(rule)
                    if rule.recommend.due_from is not None:
                        self._schedule(rule.recommend.due_from, self.rule_set.place(name, "recommend", "due_from"))
                except Exception:
                    self.features = before
                    raise
        except NotYetInForceError as error:
            state, reason, when = State.NOT_IN_FORCE, str(error), None
        except NotInForceError as error:
            state, reason, when = State.ERROR, str(error), None
            self._note(Problem(self.rule_set.place(name, "when"), str(error), "give it a value, or change the profile"))
        except _Unlinkable as error:
            state, reason, when = State.ERROR, self._reason(error.problem, name), None
            if not isinstance(error, _AlreadyTold):
                self._note(error.problem)
        return (
            LinkedRule(
                id=name,
                title=rule.title,
                topic=self.rule_set.topic_of.get(name, ""),
                status=rule.status,
                severity=rule.recommend.severity,
                action=rule.recommend.action,
                by=rule.recommend.by,
                deadline=deadline,
                due_from=rule.recommend.due_from or "",
                supersedes=rule.supersedes,
                guidance=tuple(self._cited(guidance) for guidance in rule.guidance) if state is not State.ERROR else (),
                why=rule.why or "",
                file=self._relative(self.rule_set.documents[name].file),
                state=state,
                reason=reason,
                scores=tuple(self.scores_met) if state is State.IN_FORCE else (),
            ),
            when,
        )

    def _reason(self, problem: Problem, rule: str) -> str:
        """Return what is wrong, with its line, and its file when that is not the rule's own."""
        elsewhere = problem.place.file != self.rule_set.documents[rule].file
        file = f"{self._relative(problem.place.file)}, " if elsewhere else ""
        return f"{file}line {problem.place.line}: {problem.message}"

    def _check_references(self, rule: Rule) -> None:
        """Refuse guidance, rules and schedules that do not exist."""
        for index, guidance in enumerate(rule.guidance):
            if guidance.statement not in self.rule_set.statements:
                place = self.rule_set.place(rule.rule, "guidance", index, "statement")
                raise _unknown(place, guidance.statement, "guidance statement", self.rule_set.statements)
        for index, other in enumerate(rule.supersedes):
            if other not in self.rule_set.rules and other not in self.rule_set.broken:
                place = self.rule_set.place(rule.rule, "supersedes", index)
                raise _unknown(place, other, "rule", self.rule_set.rules)
        due_from = rule.recommend.due_from
        if due_from is not None and due_from not in self.rule_set.schedules:
            place = self.rule_set.place(rule.rule, "recommend", "due_from")
            self._usable(due_from, "schedule", place)
            raise _unknown(place, due_from, "schedule", self.rule_set.schedules)

    def _deadline(self, rule: Rule) -> Pinned | None:
        """Return the time until the action is due; nothing stands for today."""
        if rule.recommend.deadline == "today":
            return None
        place = self.rule_set.place(rule.rule, "recommend", "deadline")
        return self._parameter(rule.recommend.deadline, "d", place)

    def _cited(self, guidance: Guidance) -> Cited:
        statement, source_key = self.rule_set.statements[guidance.statement]
        source = self.rule_set.sources[source_key]
        return Cited(
            statement=statement.id,
            source=source_key,
            source_title=source.title,
            edition=source.edition,
            locator=statement.locator,
            strength=statement.strength,
            confidence=statement.confidence,
            text=statement.statement,
            in_force=source_key in self.profile.sources,
            note=guidance.note or "",
            evidence_level=statement.evidence_level or "",
        )

    # ------------------------------------------------------------ conditions

    def _node(self, condition: Condition, owner: str, path: tuple[str | int, ...], via: tuple[str, ...]) -> Node:
        """Return a written condition as core nodes; `via` names the definitions it was reached through."""
        place = self.rule_set.place(owner, *path)
        origin = Origin(self._relative(place.file), place.line, via)
        if isinstance(condition, AllOf):
            parts = (self._node(part, owner, (*path, "all", i), via) for i, part in enumerate(condition.all))
            return All(tuple(parts), origin)
        if isinstance(condition, AnyOf):
            parts = (self._node(part, owner, (*path, "any", i), via) for i, part in enumerate(condition.any))
            return Any(tuple(parts), origin)
        if isinstance(condition, NotThis):
            return Not(self._node(condition.not_, owner, (*path, "not"), via), origin)
        if isinstance(condition, q.Holds):  # kept as a node of its own, so that the line has a verdict
            return All((self._definition(condition.holds, place, via),), origin)
        if isinstance(condition, (q.Due, q.Overdue)):
            return All((self._turn(condition, place, origin),), origin)
        if isinstance(condition, q.InScore):
            return All((self._total(condition, place, origin),), origin)
        return self._line(condition, place, origin)

    def _usable(self, name: str, what: str, place: Place) -> None:
        """Refuse a name that is defined twice, or whose file cannot be read."""
        if name in self.rule_set.unusable:
            message = f"{what} `{name}` cannot be used: it is defined twice, or its file cannot be read"
            raise _AlreadyTold(Problem(place, message, "mend its file; what is wrong there is reported too"))

    def _relative(self, file: str) -> str:
        """Return a file's name within the folder of rules, so that output is the same on every machine."""
        return file.removeprefix(self.rule_set.root).lstrip("/\\").replace("\\", "/")

    def _definition(self, name: str, place: Place, via: tuple[str, ...]) -> Node:
        """Return a definition's condition, written out; the variant of the one source in force."""
        self._usable(name, "definition", place)
        definition = self.rule_set.definitions.get(name)
        if definition is None:
            raise _unknown(place, name, "definition", self.rule_set.definitions)
        if name in via:
            chain = " -> ".join((*via, name))
            raise _Unlinkable(Problem(place, f"definition `{name}` uses itself: {chain}", "break the circle"))
        if definition.when is not None:
            return self._node(definition.when, name, ("when",), (*via, name))
        fitting = [i for i, v in enumerate(definition.variants) if v.source in self.profile.sources]
        if len(fitting) != 1:
            which = "no variant" if not fitting else "more than one variant"
            message = f"definition `{name}` has {which} in force under profile {self.profile.profile}"
            raise NotInForceError(message)
        index = fitting[0]
        return self._node(definition.variants[index].when, name, ("variants", index, "when"), (*via, name))

    def _line(self, question: q.Question, place: Place, origin: Origin) -> Node:
        """Return one question held against its operand."""
        subject = str(getattr(question, _subject_field(question)))
        self._check_subject(question, subject, place)
        options, pinned = self._options(question, subject, place)
        if isinstance(question, q.NumberQuestion):
            unit = self._unit(question, subject)
            feature = self._feature(Feature(question.kind, subject, options, AnswerType.NUMBER, unit, pinned))
            name = next(n for n in q.NUMBER_COMPARISONS if getattr(question, n) is not None)
            parameter = self._parameter(getattr(question, name), unit, place, subject)
            leaf: Node = Compare(feature, Comparison(name), parameter.operand, parameter, origin)
        else:
            feature = self._feature(Feature(question.kind, subject, options, AnswerType.WORD, "", pinned))
            leaf = Compare(feature, Comparison.IN, self._words(question, subject, place), None, origin)
        return Any((leaf, Missing(feature, origin)), origin) if question.or_missing else leaf

    def _feature(self, feature: Feature) -> Feature:
        """Return the one bearer of a question in this program."""
        known = self.features.get(feature)
        if known is None:
            known = self.features[feature] = replace(feature, index=len(self.features))
        return known

    def _check_subject(self, question: q.Question, subject: str, place: Place) -> None:
        """Refuse a subject of the wrong kind."""
        term = self.rule_set.lexicon.terms.get(subject)
        if subject in question.words or (term is not None and term.kind in question.vocabularies):
            return
        choices = [
            *question.words,
            *(code for code, known in self.rule_set.lexicon.terms.items() if known.kind in question.vocabularies),
        ]
        kinds = " or ".join((*question.vocabularies, *(("fixed words",) if question.words else ())))
        nearest = self.rule_set.lexicon.nearest(subject, question.vocabularies)
        hint = f"did you mean `{nearest}`?" if nearest else did_you_mean(subject, choices)
        if term is not None:
            message = f"`{subject}` is one of the {term.kind}; `{question.kind}` asks about {kinds}"
        else:
            message = f"`{subject}` is not known among {kinds}"
        raise _Unlinkable(Problem(place, message, hint))

    def _options(
        self, question: q.Question, subject: str, place: Place
    ) -> tuple[tuple[tuple[str, object], ...], tuple[Pinned, ...]]:
        """Return the options that belong to the question itself, durations pinned and groups written out."""
        options: list[tuple[str, object]] = []
        pinned: list[Pinned] = []
        covers = self.rule_set.lexicon.covers(subject)
        if len(covers) > 1:
            options.append(("members", covers))
        for name in type(question).model_fields:
            if name in _COMMON or name == _subject_field(question):
                continue
            value = getattr(question, name)
            if value is None or value is False:
                continue
            if name in question.durations:
                parameter = self._parameter(value, question.durations[name], place)
                pinned.append(parameter)
                options.append(
                    (name, (parameter.name, parameter.operand, self._duration_unit(question, name, parameter)))
                )
            else:
                self._check_option(name, value, subject, place)
                options.append((name, value))
        return tuple(sorted(options, key=lambda pair: pair[0])), tuple(pinned)

    @staticmethod
    def _duration_unit(question: q.Question, name: str, parameter: Pinned) -> str:
        """Return the unit a duration was pinned in; `*` keeps minutes, days or months apart."""
        wanted = question.durations[name]
        return _scale(parameter.unit) if wanted == "*" else wanted

    def _check_option(self, name: str, value: object, subject: str, place: Place) -> None:
        """Refuse a milestone or a result word that does not exist."""
        if name in {"since", "before", "counted_from"} or (name == "to" and isinstance(value, str)):
            if value not in MILESTONES:
                raise _unknown(place, str(value), "milestone", MILESTONES)
        elif name == "after_latest":
            term = self.rule_set.lexicon.terms.get(str(value))
            if term is None or term.kind not in q.DaysOverdue.vocabularies:
                raise _unknown(place, str(value), "observation, procedure or document", self.rule_set.lexicon.terms)
        elif name == "since_latest":
            term = self.rule_set.lexicon.terms.get(str(value))
            if term is None or term.kind not in {"drugs", "contraceptives", "events", "conditions"}:
                raise _unknown(place, str(value), "medicine, method, event or condition", self.rule_set.lexicon.terms)
        elif name == "result":
            results = self.rule_set.lexicon.terms[subject].results
            if value not in results:
                raise _unknown(place, str(value), f"result of `{subject}`", results)

    def _unit(self, question: q.NumberQuestion, subject: str) -> str:
        """Return the unit of the answer."""
        if question.unit != "subject":
            return question.unit
        if question.kind in _UNITS:
            return _UNITS[question.kind][subject]
        return self.rule_set.lexicon.terms[subject].unit

    def _words(self, question: q.Question, subject: str, place: Place) -> frozenset[str]:
        """Return the words that make the line true; groups of indications are written out."""
        if isinstance(question, q.YesNoQuestion):
            return frozenset({question.is_})
        assert isinstance(question, q.WordQuestion)  # noqa: S101  the only kind left
        written = question.in_ if question.in_ is not None else (str(question.is_),)
        lexicon = self.rule_set.lexicon
        if question.kind == "fact" and subject == "indication":
            choices: Iterable[str] = [c for c, term in lexicon.terms.items() if term.kind == "indications"]
        elif question.kind == "fact":
            choices = FACTS[subject]
        else:
            choices = lexicon.terms[subject].results
        for word in written:
            if word not in choices:
                raise _unknown(place, word, f"word for `{subject}`", choices)
        return frozenset(code for word in written for code in lexicon.covers(word))

    # ------------------------------------------------------------ numbers

    def _parameter(self, name: str, unit: str, place: Place, subject: str = "") -> Pinned:
        """Return a parameter with the value in force, as a number in `unit` (`*`: days or months)."""
        key = (name, f"{unit} {subject}")
        if key in self.pinned:
            return self.pinned[key]
        self._usable(name, "parameter", place)
        parameter = self.rule_set.parameters.get(name)
        if parameter is None:
            raise _unknown(place, name, "parameter", self.rule_set.parameters)
        value = pin(parameter, name, self.profile, self.day)
        if value.source not in self.rule_set.sources:
            raise _unknown(self.rule_set.place(name), value.source, "source", self.rule_set.sources)
        pinned = Pinned(
            name=name,
            value=value.value,
            unit=parameter.unit,
            operand=self._operand(parameter, name, value.value, unit, subject, place),
            description=parameter.description,
            source=value.source,
            locator=value.locator,
            effective=value.effective.isoformat(),
            last_reviewed=value.last_reviewed.isoformat(),
            plain_count=parameter.plain_count,
        )
        self.pinned[key] = pinned
        self.pinned.setdefault((name, ""), pinned)
        return pinned

    def _operand(  # noqa: PLR0913, PLR0917  a number, its unit, the unit wanted and where it stands
        self, parameter: Parameter, name: str, value: Decimal, unit: str, subject: str, place: Place
    ) -> Decimal:
        """Return the value in the unit of the question."""
        if parameter.unit == unit:
            return value
        wanted = _scale(parameter.unit) if unit == "*" else unit
        converted = units.convert_time(value, parameter.unit, wanted)
        if converted is not None:
            return converted
        term = self.rule_set.lexicon.terms.get(subject)
        known = dict(term.factors) if term else {}
        if parameter.unit in known:
            return value * known[parameter.unit]
        message = f"parameter `{name}` is in {parameter.unit}, but the question is answered in {wanted}"
        if {parameter.unit, wanted} & {"mo", "a"}:
            other = "months_since" if wanted == "d" else "a parameter in months or years"
            raise _Unlinkable(Problem(place, message, f"a calendar month has no fixed number of days; use {other}"))
        try:
            return value * units.factor(parameter.unit, wanted)
        except units.UnitError as error:
            raise _Unlinkable(Problem(place, message, "give the parameter a unit of the same kind")) from error

    # ------------------------------------------------------------ scores

    def _total(self, line: q.InScore, place: Place, origin: Origin) -> Node:
        """Return when the total of a score compares as asked, written out over its items."""
        name = next(name for name in q.NUMBER_COMPARISONS if getattr(line, name) is not None)
        score = self._score(line.score, place)
        self.scores_met[score.id] = None
        limit = self._parameter(getattr(line, name), "1", place)
        inside = origin._replace(via=(*origin.via, f"score {score.id}"))
        groups = [[Points(one.points.operand, one.when) for one in group] for group in _deciding(score)]
        least = limit.operand + 1 if name in {"above", "at_most"} else limit.operand  # points are whole numbers
        enough = reaches(groups, least, inside)
        return Not(enough, inside) if name in {"below", "at_most"} else enough

    def _score(self, name: str, place: Place) -> LinkedScore:
        """Return a score with its points pinned and its items linked."""
        if name in self.scores:
            return self.scores[name]
        self._usable(name, "score", place)
        score = self.rule_set.scores.get(name)
        if score is None:
            raise _unknown(place, name, "score", self.rule_set.scores)
        if name in self.open_scores:
            chain = " -> ".join((*self.open_scores, name))
            raise _Unlinkable(Problem(place, f"score `{name}` uses itself: {chain}", "break the circle"))
        self.open_scores.append(name)
        try:
            linked = LinkedScore(
                id=name,
                title=score.title,
                groups=tuple(self._points(score, index) for index in range(len(score.items))),
                bands=tuple(
                    (band.name, None if band.at_least is None else self._parameter(band.at_least, "1", place))
                    for band in score.bands
                ),
            )
        finally:
            self.open_scores.pop()
        self._check_bands(linked)
        self.scores[name] = linked
        return linked

    def _points(self, score: Score, index: int) -> tuple[LinkedPoints, ...]:
        """Return one group of a score."""
        item = score.items[index]
        path = ("items", index)
        several = isinstance(item, FirstOf)
        found = []
        for number, one in enumerate(item.first_of if isinstance(item, FirstOf) else (item,)):
            inner: tuple[str | int, ...] = (*path, "first_of", number) if several else path
            place = self.rule_set.place(score.score, *inner, "points")
            points = self._parameter(one.points, "1", place)
            if points.operand != int(points.operand):
                message = f"parameter `{one.points}` is {points.operand}: points are whole numbers"
                raise _Unlinkable(Problem(place, message, "write a whole number"))
            when = self._node(one.when, score.score, (*inner, "when"), (f"score {score.score}",))
            found.append(LinkedPoints(one.name, points, when, one.recorded_race))
        return tuple(found)

    def _check_bands(self, score: LinkedScore) -> None:
        """Refuse bands that do not rise from one without a lower end."""
        limits = [limit.operand for _, limit in score.bands if limit is not None]
        if not score.bands:
            return
        open_ended = [limit is None for _, limit in score.bands]
        if open_ended != [True, *(False for _ in limits)] or limits != sorted(set(limits)):
            message = f"the bands of score `{score.id}` do not rise from one that has no `at_least`"
            hint = "write them from the lowest to the highest"
            raise _Unlinkable(Problem(self.rule_set.place(score.id, "bands"), message, hint))

    # ------------------------------------------------------------ schedules

    def _schedule(self, name: str, place: Place) -> LinkedSchedule:
        """Return a schedule with its numbers pinned."""
        if name in self.schedules:
            return self.schedules[name]
        self._usable(name, "schedule", place)
        schedule = self.rule_set.schedules.get(name)
        if schedule is None:
            raise _unknown(place, name, "schedule", self.rule_set.schedules)
        at = self.rule_set.place(name, "task")
        task = self.rule_set.lexicon.terms.get(schedule.task)
        if task is None or task.kind not in q.DaysOverdue.vocabularies:
            raise _unknown(at, schedule.task, "observation, procedure or document", self.rule_set.lexicon.terms)
        linked = LinkedSchedule(
            id=name,
            title=schedule.title,
            task=schedule.task,
            opens_before=self._parameter(schedule.opens_before, "d", at),
            grace=self._parameter(schedule.grace, "d", at),
            phases=tuple(self._phase(schedule, index) for index in range(len(schedule.phases))),
        )
        self.schedules[name] = linked
        return linked

    def _phase(self, schedule: Schedule, index: int) -> LinkedPhase:
        phase = schedule.phases[index]
        path = ("phases", index)
        question = q.DaysOverdue.model_validate(
            {
                "days_overdue": schedule.task,
                "every": phase.every,
                "counted_from": schedule.counted_from,
                "above": schedule.grace,
            }
        )
        place = self.rule_set.place(schedule.schedule, *path, "every")
        options, pinned = self._options(question, schedule.task, place)
        feature = self._feature(Feature("days_overdue", schedule.task, options, AnswerType.NUMBER, "d", pinned))
        when = (
            None
            if phase.when is None
            else self._node(phase.when, schedule.schedule, (*path, "when"), (f"schedule {schedule.schedule}",))
        )
        return LinkedPhase(phase.name, when, feature, pinned[0])

    def _turn(self, line: q.Due | q.Overdue, place: Place, origin: Origin) -> Node:
        """Return "the schedule's turn is open" or "is overdue", written out over its phases."""
        name = line.due if isinstance(line, q.Due) else line.overdue
        schedule = self._schedule(name, place)
        origin = origin._replace(via=(*origin.via, f"schedule {name}"))
        result: Node = NEVER
        for phase in reversed(schedule.phases):
            if isinstance(line, q.Due):
                before = schedule.opens_before
                opens = before._replace(value=-before.value, operand=-before.operand)
                turn: Node = Compare(phase.overdue, Comparison.AT_LEAST, opens.operand, opens, origin)
                if not line.or_overdue:
                    grace = schedule.grace
                    still = Compare(phase.overdue, Comparison.AT_MOST, grace.operand, grace, origin)
                    turn = All((turn, still), origin)
            else:
                turn = Compare(phase.overdue, Comparison.ABOVE, schedule.grace.operand, schedule.grace, origin)
            if line.or_missing:
                turn = Any((turn, Missing(phase.overdue, origin)), origin)
            result = turn if phase.when is None else _if(phase.when, turn, result, origin)
        return result


def _deciding(score: LinkedScore) -> Iterator[list[LinkedPoints]]:
    """Return the groups of a score without what rests on recorded race."""
    for group in score.groups:
        kept = [one for one in group if not one.recorded_race]
        if kept:
            yield kept


def _if(condition: Node, then: Node, otherwise: Node, origin: Origin) -> Node:
    """Return a choice that is also decided when both ways agree, whatever the condition is."""
    if otherwise == NEVER:
        return All((condition, then), origin)
    ways = (
        All((condition, then), origin),
        All((Not(condition, origin), otherwise), origin),
        All((then, otherwise), origin),
    )
    return Any(ways, origin._replace(choice=True))


def _scale(unit: str) -> str:
    """Return the unit in which a duration is counted: calendar months, minutes of a clock, or days."""
    if unit in {"mo", "a"}:
        return "mo"
    return "min" if unit in {"min", "h"} else "d"


_COMMON = frozenset({"or_missing", "is_", "in_", *q.NUMBER_COMPARISONS})


def _subject_field(question: q.Question) -> str:
    """Return the field whose key names the question."""
    return question.kind


def _unknown(place: Place, name: str, what: str, choices: Iterable[str]) -> _Unlinkable:
    return _Unlinkable(Problem(place, f"`{name}` is not a known {what}", did_you_mean(name, list(choices))))


def _broken(name: str, topic: str, problems: list[Problem], file: str) -> LinkedRule:
    """Return a rule whose file cannot be read, as one in error."""
    return LinkedRule(
        id=name,
        title=f"Rule file {name} cannot be used",
        topic=topic,
        status="active",
        severity="stop",
        action="Have the rule file mended: nothing that it would check was checked.",
        by="any clinician",
        deadline=None,
        due_from="",
        supersedes=(),
        guidance=(),
        why="",
        file=file,
        state=State.ERROR,
        reason="; ".join(f"line {problem.place.line}: {problem.message}" for problem in problems),
    )
