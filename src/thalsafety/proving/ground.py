"""What every check of a verification stands on: the linked rules, the promises, known patients, and a searcher."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

from thalsafety.engines import reference
from thalsafety.errors import InputError, Place, Problem
from thalsafety.features import Answers
from thalsafety.linked import State
from thalsafety.linking.linker import link, link_problems, sources_not_in_force
from thalsafety.model.plain import SEVERITIES
from thalsafety.model.rule import Recommendation, Rule
from thalsafety.program import leaves
from thalsafety.proving.results import Claim, NotAsked, Status
from thalsafety.proving.searching import Searcher, Side, solver_of
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    import z3

    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.loading.tame import Document, Path_
    from thalsafety.model.invariant import Invariant, Rising
    from thalsafety.program import Answer, Feature, Node
    from thalsafety.proving.searching import Search

_MARK = "invariant-"


class _Within(NamedTuple):
    """A document seen from one of its parts: where the condition of an invariant stands."""

    document: Document
    path: Path_

    @property
    def file(self) -> str:
        """Return the file."""
        return self.document.file

    def place(self, path: Path_) -> Place:
        """Return the place of a path that begins at the part; `when` is what an invariant calls `given`."""
        return self.document.place((*self.path, *("given" if step == "when" else step for step in path)))


@dataclass(frozen=True)
class Stated:
    """An invariant in force: what it says and where, and its linked condition."""

    invariant: Invariant
    place: Place
    given: Node


class Ground:
    """One profile on one day, ready for every check."""

    def __init__(self, rule_set: RuleSet, profile: str, day: date) -> None:
        """Link the rules and the conditions of the invariants together; `InputError` when one cannot be linked."""
        self.rule_set = rule_set
        self.profile = profile
        self.day = day
        self.relations: dict[str, None] = {}
        self._alone: dict[str, tuple[Side, z3.Solver]] = {}
        self._comparers: dict[str, Searcher] = {}
        self._places = {
            f"{_MARK}{invariant.invariant}": _Within(document, ("invariants", index))
            for invariants, document in rule_set.invariants
            for index, invariant in enumerate(invariants.invariants)
        }
        stated = {
            invariant.invariant: invariant
            for invariants, _document in rule_set.invariants
            for invariant in invariants.invariants
        }
        whole = self._with_invariants(stated)
        linked = link(whole, profile, day)
        self._refuse(whole, linked, stated)
        self.conditions = {rule.id: rule.when for rule in linked.program.rules}
        self.stated = [
            Stated(stated[name], self._places[_MARK + name].place(()), self.conditions[_MARK + name])
            for name in stated
            if _MARK + name in self.conditions
        ]
        self._out_of_force = {rule.id: rule.reason for rule in linked.rules if rule.state is State.NOT_IN_FORCE}
        own = tuple(rule for rule in linked.program.rules if not rule.id.startswith(_MARK))
        self.linked: Linked = linked._replace(
            rules=tuple(rule for rule in linked.rules if not rule.id.startswith(_MARK)),
            program=linked.program._replace(rules=own),
        )
        self.nodes = {rule.id: rule.when for rule in own}
        self.rules = {rule.id: rule for rule in self.linked.rules if rule.id in self.nodes}
        self.active = {name: rule for name, rule in self.rules.items() if rule.status == "active"}

    def _with_invariants(self, stated: dict[str, Invariant]) -> RuleSet:
        """Return the rule set with every invariant's condition as a rule, so that one link serves both."""
        rules, documents = dict(self.rule_set.rules), dict(self.rule_set.documents)
        for name, invariant in stated.items():
            rules[_MARK + name] = Rule.model_construct(
                rule=_MARK + name,
                title=invariant.title,
                status="active",
                guidance=invariant.guidance,
                when=invariant.given,
                recommend=Recommendation.model_construct(
                    severity="note", action="", by="prescriber", deadline="today", due_from=None
                ),
                supersedes=(),
                parameters={},
                tests=(),
                why=None,
            )
            documents[_MARK + name] = cast("Document", self._places[_MARK + name])
        return replace(self.rule_set, rules=rules, documents=documents)

    def _refuse(self, whole: RuleSet, linked: Linked, stated: dict[str, Invariant]) -> None:
        """Refuse rules and invariants that cannot be linked, and names that nothing carries."""
        problems: list[Problem] = []
        if any(rule.state is State.ERROR for rule in linked.rules):
            problems += link_problems(whole, self.profile, self.day)
        for name, invariant in stated.items():
            promised = (*(invariant.always.rules if invariant.always else ()), *(invariant.never or ()))
            problems += self._strangers(self._places[_MARK + name].place(()), promised)
        for invariants, document in self.rule_set.invariants:
            for index, opposing in enumerate(invariants.opposing):
                place = document.place(("opposing", index))
                problems += self._strangers(place, (*opposing.one, *opposing.other))
            for index, rising in enumerate(invariants.rising):
                place = document.place(("rising", index))
                unknown = [name for name in rising.rising if name not in self.rule_set.parameters]
                problems += [Problem(place, f"`{name}` is not a known parameter") for name in unknown]
                cited = [one.statement for one in rising.guidance if one.statement not in self.rule_set.statements]
                problems += [Problem(place, f"`{name}` is not a known statement") for name in cited]
            for index, worse in enumerate(invariants.worse):
                if worse.of not in self.rule_set.lexicon.terms:
                    place = document.place(("worse", index, "of"))
                    problems.append(Problem(place, f"`{worse.of}` is not in the vocabulary"))
        if problems:
            raise InputError(problems)

    def _strangers(self, place: Place, names: Iterable[str]) -> list[Problem]:
        return [Problem(place, f"`{name}` is not a known rule") for name in names if name not in self.rule_set.rules]

    # ------------------------------------------------------------ patients that are known

    @cached_property
    def known(self) -> dict[str, list[Answers]]:
        """Return the answers of every rule's own worked examples: patients for whom nothing needs to be searched."""
        asked = self.linked.program.features
        return {
            name: [Answers(asked, example.given, self.linked.lexicon) for example in self.rule_set.rules[name].tests]
            for name in self.nodes
        }

    # ------------------------------------------------------------ searching

    def patient(self, prefix: str = "", names: Iterable[str] | None = None, more: Iterable[Node] = ()) -> Side:
        """Return one patient of whom all rules ask, or some, and remember the relations that proofs rest on."""
        side = Side(self.linked, prefix, names, more)
        self.relations.update(dict.fromkeys(side.related.by_name))
        return side

    def pair(self, names: Iterable[str]) -> tuple[Side, Side]:
        """Return two patients who are compared, of whom only some rules ask."""
        asked = tuple(names)
        return self.patient("a:", asked), self.patient("b:", asked)

    @cached_property
    def side(self) -> Side:
        """Return one patient."""
        return self.patient(more=[stated.given for stated in self.stated])

    @cached_property
    def searcher(self) -> Searcher:
        """Return a searcher for one patient."""
        return Searcher(self.day, self.side)

    def alone(self, rule: str) -> tuple[Side, z3.Solver]:
        """Return one patient of whom only one rule asks, and a solver: much quicker where no other rule matters."""
        if rule not in self._alone:
            side = self.patient(names=[rule])
            self._alone[rule] = (side, solver_of(side))
        return self._alone[rule]

    def comparer(self, severity: str) -> Searcher:
        """Return a searcher for two patients, of whom the rules of a severity or graver ask."""
        if severity not in self._comparers:
            self._comparers[severity] = Searcher(self.day, *self.pair(self.of_at_least(severity)))
        return self._comparers[severity]

    @cached_property
    def asked(self) -> dict[str, tuple[Feature, ...]]:
        """Return the questions of every rule, in their order, so that every run finds the same."""
        return {name: tuple(dict.fromkeys(leaf.feature for leaf in leaves(node))) for name, node in self.nodes.items()}

    def is_true(self, rule: str) -> Callable[[Sequence[Answer]], bool]:
        """Return a test whether a rule really applies."""
        return lambda answers: reference.evaluate(self.nodes[rule], answers) is TRUE

    def is_false(self, rule: str) -> Callable[[Sequence[Answer]], bool]:
        """Return a test whether a rule really does not apply."""
        return lambda answers: reference.evaluate(self.nodes[rule], answers) is FALSE

    # ------------------------------------------------------------ rules

    def rank(self, rule: str) -> int:
        """Return how severe a rule is; none is the most."""
        return SEVERITIES.index(self.rules[rule].severity)

    def of_at_least(self, severity: str, candidates: Iterable[LinkedRule] | None = None) -> list[str]:
        """Return the active rules of a severity or graver."""
        limit = SEVERITIES.index(severity)
        chosen = self.active.values() if candidates is None else candidates
        return [rule.id for rule in chosen if SEVERITIES.index(rule.severity) <= limit]

    def not_asked(self) -> Iterator[NotAsked]:
        """Yield every invariant and order of numbers that is not in force here, and why."""
        for invariants, document in self.rule_set.invariants:
            for index, invariant in enumerate(invariants.invariants):
                reason = self._out_of_force.get(_MARK + invariant.invariant)
                if reason is not None:
                    check = "V011" if invariant.never else "V008" if invariant.covers else "V010"
                    yield NotAsked(check, (invariant.invariant,), reason, document.place(("invariants", index)))
            for index, rising in enumerate(invariants.rising):
                for of, reason in self.orders_not_asked(rising):
                    yield NotAsked("V009", of, reason, document.place(("rising", index)))

    def orders_not_asked(self, rising: Rising) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield every two numbers that are to rise and are not held against one another here, and why."""
        reason = sources_not_in_force(self.rule_set, rising.guidance, self.rule_set.profile_named(self.profile))
        for pair in pairwise(rising.rising):
            without = [name for name in pair if self.pinned(name) is None]
            if reason or without:
                yield pair, reason or f"{' and '.join(without)} has no value in force under profile {self.profile}"

    def pinned(self, parameter: str) -> Decimal | None:
        """Return a parameter as the lines that use it have it: in the unit of their question; nothing without one."""
        known = self.linked.parameters.get(parameter)
        return known.operand if known is not None else None

    def place(self, rule: str, *path: str | int) -> Place:
        """Return where a rule is written."""
        return self.rule_set.place(rule, *path)

    def covers(self, rule: str, other: str) -> bool:
        """Return whether an applying rule makes another redundant, directly: as a check has it."""
        names = self.rules[rule].supersedes
        return other in names and self.rules[rule].status == "active" and self.rank(rule) <= self.rank(other)


def claimed(check: str, of: tuple[str, ...], text: str, place: Place, search: Search) -> Claim:
    """Return what a search says of a claim."""
    return Claim(check, of, text, Status(search.ending.value), place, search.states, search.tries)
