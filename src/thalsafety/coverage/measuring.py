"""What the worked examples of rules and the example patients exercise, measured side by side."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from thalsafety import features
from thalsafety.coverage.goals import DECIDES, NUMBER, TRUTH, Goal, goals, positions_of
from thalsafety.coverage.lines import Lines, Seen
from thalsafety.coverage.numbers import Beside, Number
from thalsafety.errors import EngineError
from thalsafety.linking.epochs import Links, changes
from thalsafety.linking.linker import first_profile
from thalsafety.linting.boundaries import numbers_of, owner_of
from thalsafety.loading.patients import findings
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.engines import reference
    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Leaf, Node

OUTCOMES = {TRUE: "applies", FALSE: "does_not_apply", UNKNOWN: "cannot_tell"}


@dataclass(frozen=True, slots=True)
class Case:
    """A patient state that was checked: a worked example of one rule, or an example patient of all (`rule` empty)."""

    name: str
    facts: PatientFacts
    profile: str
    rule: str = ""


@dataclass
class Measured:
    """What some cases exercised: each goal with the case that reached it first."""

    cases: list[str] = field(default_factory=list)
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)
    reached: dict[Goal, str] = field(default_factory=dict)
    matrix: dict[str, dict[str, str]] = field(default_factory=dict)
    traces: list[dict[str, object]] | None = None

    def add(self, later: Measured) -> None:
        """Add what later cases exercised; what both did stays with the earlier one."""
        self.cases += later.cases
        self.matrix |= later.matrix
        self.reached = later.reached | self.reached
        for rule, outcomes in later.outcomes.items():
            self.outcomes[rule] = outcomes | self.outcomes.get(rule, {})


@dataclass
class Coverage:
    """Everything measured under one profile: what there is to exercise, and what each kind of case did of it.

    Without a profile, every active rule was measured, under the profile of its own that `homes` has. `beyond` has the
    goals that were left out because a proof says that no record reaches them; `unasked` says why no proofs were looked
    for, so that such goals count as missing.
    """

    profile: str
    goals: dict[str, tuple[Goal, ...]]
    examples: Measured
    patients: Measured
    beyond: tuple[Goal, ...] = ()
    unasked: str = "no proofs were asked for"
    homes: dict[str, str] = field(default_factory=dict)

    def profile_of(self, rule: str) -> str:
        """Return the profile under which a rule was measured."""
        return self.homes.get(rule, self.profile)


def cover(rule_set: RuleSet, profile: str, patients: Iterable[Case], *, traced: bool = False) -> Coverage:
    """Return the coverage of the active rules in force under a profile, by examples and by patients.

    With `traced`, the raw trace of every worked example is kept too.
    """
    measuring = _Measuring(rule_set, profile)
    examples, shown = Measured(traces=[] if traced else None), Measured()
    measuring.run_all(worked_examples(rule_set, [profile]), examples)
    measuring.run_all((case for case in patients if case.profile == profile), shown)
    return Coverage(
        profile=profile,
        goals=measuring.goals,
        examples=examples,
        patients=shown,
    )


def cover_everywhere(
    rule_set: RuleSet,
    patients: Iterable[Case],
    *,
    traced: bool = False,
    jobs: int = 1,
    links: Links | None = None,
) -> Coverage:
    """Return the coverage of every active rule by cases under any profile.

    What there is to exercise of a rule is counted once, under the first profile with it in force. A rule in force
    nowhere has nothing to exercise but its outcomes, which nobody sees. With two `jobs` most patients are measured in a
    process of their own, where the system can fork; `EngineError` when it dies.
    """
    import multiprocessing

    homes = {name: first_profile(rule_set, rule) for name, rule in rule_set.rules.items() if rule.status == "active"}
    measuring = _Measuring(rule_set, "", homes, links)
    cases = worked_examples(rule_set, list(rule_set.profile_names))
    examples, shown, listed = Measured(traces=[] if traced else None), Measured(), list(patients)
    if jobs == 1 or "fork" not in multiprocessing.get_all_start_methods():
        measuring.run_all(cases, examples)
        measuring.run_all(listed, shown)
    else:
        few, most = listed[: len(listed) // 4], listed[len(listed) // 4 :]  # beside the examples, as much for each
        fork = multiprocessing.get_context("fork")  # what was read already is there, and need not be sent
        with ProcessPoolExecutor(1, fork, initializer=_inherit, initargs=(measuring, most)) as pool:
            later = pool.submit(_of_patients)
            measuring.run_all(cases, examples)
            measuring.run_all(few, shown)
            try:
                shown.add(later.result())
            except BrokenExecutor:
                message = "a process of the measurement died; there may be too little memory"
                raise EngineError(message) from None
    measuring.read_the_rest()
    return Coverage(profile="", goals=measuring.goals, examples=examples, patients=shown, homes=homes)


_INHERITED: list[tuple[_Measuring, list[Case]]] = []
"""What a forked process took with its memory."""


def _inherit(measuring: _Measuring, patients: list[Case]) -> None:
    _INHERITED[:] = [(measuring, patients)]


def _of_patients() -> Measured:
    measuring, patients = _INHERITED[0]
    return measuring.run_all(patients, Measured())


def worked_examples(rule_set: RuleSet, profiles: Sequence[str]) -> list[Case]:
    """Return the examples inside active rules that are meant for profiles and can be used, in the profiles' order."""
    found: dict[str, list[Case]] = {profile: [] for profile in profiles}
    for name, rule in sorted(rule_set.rules.items()):
        if rule.status != "active":
            continue
        home = first_profile(rule_set, rule)
        for example, _path in rule_set.examples(rule):
            meant = found.get(example.profile or home)
            if meant is not None and not findings(example.given, rule_set.lexicon):
                meant.append(Case(f"{name}::{example.name}", example.given, example.profile or home, name))
    return [case for cases in found.values() for case in cases]


class _Measuring:
    """One rule set, on every day that cases are made for: under one profile, or each rule under one of its own."""

    def __init__(
        self, rule_set: RuleSet, profile: str, homes: dict[str, str] | None = None, links: Links | None = None
    ) -> None:
        self.rule_set = rule_set
        self.profile = profile
        self.homes = homes
        self.links = links or Links(rule_set)
        self.goals: dict[str, tuple[Goal, ...]] = {}
        self._read: dict[tuple[int, str], Lines] = {}
        self._verdicts: dict[tuple[int, int, tuple[Truth, ...]], Truth] = {}
        self._open: dict[tuple[int, int], dict[Leaf, list[Goal]]] = {}

    def run_all(self, cases: Iterable[Case], into: Measured) -> Measured:
        """Measure cases."""
        for case in cases:
            self.run(case, into)
        return into

    def run(self, case: Case, into: Measured) -> None:
        """Measure one case."""
        linked = self.links.of(case.profile, case.facts.as_of.day())
        active = {rule.id for rule in linked.rules if rule.status == "active"}
        answers = features.Answers(linked.program.features, case.facts, linked.lexicon)  # one rule asks few of them
        into.cases.append(case.name)
        asking = Beside(linked, case.facts)
        for rule in linked.program.rules:
            meant = case.rule in {"", rule.id}
            if rule.id not in active or not (meant or self.homes is None):
                continue
            lines = self._lines(linked, rule.id, rule.when)
            if meant:
                self._seen(case, rule.id, lines, answers, into)
                for leaf in self._open_leaves(rule.id, lines, into):
                    for goal in _stood_on(rule.id, leaf, asking):
                        into.reached.setdefault(goal, case.name)

    def _lines(self, linked: Linked, rule: str, when: Node) -> Lines:
        key = (id(linked), rule)
        if key not in self._read:
            self._read[key] = Lines(when)
            if self.homes is None or self.homes[rule] == linked.profile:
                self.goals.setdefault(rule, tuple(goals(rule, self._read[key], linked.lexicon)))
        return self._read[key]

    def _open_leaves(self, rule: str, lines: Lines, into: Measured) -> list[Leaf]:
        """Return the questions of a rule with a place beside a number where no case has stood yet."""
        key = (id(lines), id(into))
        if key not in self._open:
            places = positions_of(rule, lines, self.rule_set.lexicon)
            numbers = {leaf: {Number(owner_of(leaf, rule), name) for name in numbers_of(leaf)} for leaf in lines.leaves}
            self._open[key] = {
                leaf: [Goal(NUMBER, number, place) for number in found for place in places.get(number, ())]
                for leaf, found in numbers.items()
            }
        wanted = self._open[key]
        for leaf in [leaf for leaf, some in wanted.items() if all(goal in into.reached for goal in some)]:
            del wanted[leaf]
        return list(wanted)

    def read_the_rest(self) -> None:
        """Read the rules that no case met under their own profile, so that nothing of them is left out."""
        homes = self.homes or {}
        for profile in sorted({home for rule, home in homes.items() if rule not in self.goals}):
            for day in changes(self.rule_set, profile):
                linked = self.links.of(profile, day)
                for rule in linked.program.rules:
                    if homes.get(rule.id) == profile:
                        self._lines(linked, rule.id, rule.when)
        for name in homes:
            self.goals.setdefault(name, ())

    def _seen(self, case: Case, rule: str, lines: Lines, answers: reference.Answers, into: Measured) -> None:
        answered = lines.answered(answers)
        key = (id(lines), id(into), answered)
        verdict = self._verdicts.get(key)
        if verdict is None:  # else an earlier case has reached all that this one does
            verdict, seen = lines.seen(
                answered, lambda line, truth: truth is not UNKNOWN and Goal(DECIDES, line, truth) not in into.reached
            )
            self._verdicts[key] = verdict
            for goal in exercised(seen):
                into.reached.setdefault(goal, case.name)
        if into.traces is not None:
            into.traces.append(
                {"case": case.name, "rule": rule, "verdict": verdict.value, "tree": lines.trace(answers)}
            )
        outcome = OUTCOMES[verdict]
        into.outcomes.setdefault(rule, {}).setdefault(outcome, case.name)
        into.matrix.setdefault(case.name, {})[rule] = outcome


def exercised(seen: Iterable[Seen]) -> Iterator[Goal]:
    """Return the truths that lines had in one case, and which of the lines decided."""
    for one in seen:
        yield Goal(TRUTH, one.line, one.truth)
        if one.decides and one.truth is not UNKNOWN:
            yield Goal(DECIDES, one.line, one.truth)


def stood_on(rule: str, lines: Lines, asking: Beside) -> Iterator[Goal]:
    """Return the places beside numbers on which one state stands."""
    for leaf in lines.leaves:
        yield from _stood_on(rule, leaf, asking)


def _stood_on(rule: str, leaf: Leaf, asking: Beside) -> Iterator[Goal]:
    for parameter, met in asking.numbers(leaf):
        yield from (Goal(NUMBER, Number(owner_of(leaf, rule), parameter), position) for position in met)
