"""What the pages of a coverage report say: every rule, definition and schedule with what exercised it.

Links are written from the report's root; whoever sets a page that lies deeper goes up first.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from thalsafety.checklists import wording
from thalsafety.coverage.goals import DECIDES, NUMBER, TRUTH, Goal
from thalsafety.coverage.layers import DECISIVE, LINES, NUMBERS, RULES, Layer
from thalsafety.coverage.lines import Line, Lines
from thalsafety.coverage.measuring import OUTCOMES
from thalsafety.coverage.numbers import ABOVE, BELOW, ON, Number
from thalsafety.linked import State
from thalsafety.linking.linker import link
from thalsafety.program import All, Any, Compare, Missing, leaves
from thalsafety.rendering.links import Link
from thalsafety.rendering.rulebook import deadline, used
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from thalsafety.coverage import Measured
    from thalsafety.linked import Cited, LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.rule import Definition, Rule, Schedule, Score
    from thalsafety.program import Node, Pinned
    from thalsafety.rendering.covered import Report

KINDS = ((TRUTH, LINES), (DECIDES, DECISIVE), (NUMBER, NUMBERS))
DECIDED, SEEN, NEVER, CANNOT = "decides", "seen", "never", "cannot"
"""What became of one truth of a line: seen where it alone decides, seen only, not seen, not possible."""
_ACROSS = 16
"""Rules of a topic that stand side by side in the matrix; more are split, so that it can be printed."""


class Mark(NamedTuple):
    """One truth of a line, or one place beside a number: what became of it, and in which case first."""

    word: str
    state: str
    case: Link | None = None
    deciding: Link | None = None


class Question(NamedTuple):
    """A written line in words, with its truths; `leads` is the definition or schedule that it names."""

    words: str
    leads: Link | None
    marks: tuple[Mark, ...]

    @property
    def whole(self) -> bool:
        """Whether every truth that can be was seen, and decided where it can."""
        return all(
            mark.state in {DECIDED, CANNOT} or (mark.word, mark.state) == ("unknown", SEEN) for mark in self.marks
        )


class Row(NamedTuple):
    """A line of a file as it is written, with the questions that begin on it."""

    number: int
    text: str
    questions: tuple[Question, ...] = ()


class Beside(NamedTuple):
    """A number as one rule, definition or schedule uses it, with the places beside it."""

    pinned: Pinned | None
    name: str
    value: str
    owner: Link | None
    marks: tuple[Mark, ...]


class Worked(NamedTuple):
    """A worked example: what it expects, what came out (empty where it was not measured), and its own text."""

    anchor: str
    name: str
    expected: str
    found: str
    profile: str
    place: str
    prefix: str
    rows: tuple[Row, ...]


class Shared(NamedTuple):
    """A definition or a schedule."""

    link: Link
    kind: str
    name: str
    title: str
    why: str
    file: str
    statements: tuple[Link, ...]
    shares: tuple[tuple[Layer, Layer], ...]
    numbers: tuple[Beside, ...]
    rows: tuple[Row, ...]
    users: tuple[Link, ...]
    uses: tuple[Link, ...]


class RulePage(NamedTuple):
    """Everything about one rule."""

    rule: LinkedRule
    link: Link
    topic: str
    standing: str
    deadline: str
    shares: tuple[tuple[Layer, Layer], ...]
    statements: tuple[tuple[Cited, Link], ...]
    numbers: tuple[Beside, ...]
    rows: tuple[Row, ...]
    uses: tuple[Link, ...]
    worked: tuple[Worked, ...]
    patients: dict[str, tuple[Link, ...]]
    supersedes: tuple[Link, ...]
    superseded: tuple[Link, ...]

    @property
    def whole(self) -> bool:
        """Whether worked examples left nothing out."""
        return all(by_examples.whole for by_examples, _ in self.shares)


class TopicRow(NamedTuple):
    """A topic with its rules and what exercised them."""

    name: str
    title: str
    rules: int
    shares: tuple[tuple[Layer, Layer], ...]


class Cross(NamedTuple):
    """A topic's part of the matrix: rules across, example patients down; a patient without a mark is left out."""

    title: str
    rules: tuple[Link, ...]
    patients: tuple[tuple[Link, tuple[str, ...]], ...]


class Book:
    """What every page draws on, read once."""

    def __init__(self, report: Report, rule_set: RuleSet, day: date) -> None:
        """Link the rules for the day of the report."""
        self.report = report
        self.coverage = report.coverage
        self.rule_set = rule_set
        self.day = day
        self.linked = link(rule_set, report.coverage.profile, day)
        self._texts: dict[str, list[str]] = {}
        self._examples, self._patients = report.coverage.examples, report.coverage.patients

    # ------------------------------------------------------------ what there is

    @cached_property
    def rules(self) -> list[LinkedRule]:
        """Return every rule by topic, in the order of a checklist."""
        return sorted(self.linked.rules, key=lambda rule: (*self._order(rule.topic), rule.id))

    def _order(self, topic: str) -> tuple[int, str]:
        return self.linked.topics.get(topic, (1000, topic))

    @cached_property
    def conditions(self) -> dict[str, Node]:
        """Return the condition of every rule in force on the day."""
        return {program.id: program.when for program in self.linked.program.rules}

    @cached_property
    def _goals(self) -> set[Goal]:
        return {goal for wanted in self.coverage.goals.values() for goal in wanted}

    @cached_property
    def _lines(self) -> dict[str, dict[int, list[Line]]]:
        """Return the written lines of every file, by their numbers."""
        found: dict[str, dict[int, list[Line]]] = {}
        for line in sorted({goal.what for goal in self._goals if isinstance(goal.what, Line)}):
            found.setdefault(line.file, {}).setdefault(line.line, []).append(line)
        return found

    @cached_property
    def _nodes(self) -> dict[Line, Node]:
        """Return what each written line asks."""
        found: dict[Line, Node] = {}
        for rule in self.coverage.goals:
            if rule in self.conditions:
                found |= Lines(self.conditions[rule]).nodes
        return found

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """Return the definitions and schedules that each rule uses, also through one another."""
        return {
            rule: tuple(sorted({name for leaf in leaves(when) for name in leaf.origin.via}))
            for rule, when in self.conditions.items()
        }

    @cached_property
    def _owners(self) -> dict[str, list[Number]]:
        """Return the numbers of each rule, definition or schedule."""
        numbers = sorted({goal.what for goal in self._goals if isinstance(goal.what, Number)})
        found: dict[str, list[Number]] = {}
        for number in numbers:
            found.setdefault(number.owner, []).append(number)
        return found

    # ------------------------------------------------------------ places

    def rule_link(self, rule: str) -> Link:
        """Return the way to a rule's page."""
        return Link(rule, f"rules/{quote(rule)}.html", self._titles.get(rule, ""))

    @cached_property
    def _titles(self) -> dict[str, str]:
        return {rule.id: rule.title for rule in self.linked.rules}

    def name_link(self, name: str) -> Link:
        """Return the way to whatever has a name: a definition, `schedule NAME`, `score NAME` or a rule."""
        bare = name.removeprefix("schedule ").removeprefix("score ")
        if bare in self.rule_set.definitions and bare == name:
            return Link(f"definition {bare}", f"definitions/{bare}.html", self.rule_set.definitions[bare].title)
        if bare in self.rule_set.schedules:
            return Link(f"schedule {bare}", f"schedules/{bare}.html", self.rule_set.schedules[bare].title)
        if bare in self.rule_set.scores:
            return Link(f"score {bare}", f"scores/{bare}.html", self.rule_set.scores[bare].title)
        return self.rule_link(bare)

    @cached_property
    def _cases(self) -> dict[str, tuple[str, str]]:
        """Return the rule and the anchor of every worked example."""
        found: dict[str, tuple[str, str]] = {}
        for name, rule in self.rule_set.rules.items():
            for example, path in self.rule_set.examples(rule):
                found.setdefault(f"{name}::{example.name}", (name, _anchor(name, path)))
        return found

    @cached_property
    def numbered(self) -> dict[str, int]:
        """Return the number of every example patient."""
        names = dict.fromkeys(self._patients.cases)
        return {name: number for number, name in enumerate(names, 1)}

    def patient_link(self, name: str) -> Link:
        """Return the way to an example patient."""
        return Link(name, f"scenarios.html#patient-{self.numbered[name]}")

    def _case_link(self, case: str | None, here: str) -> Link | None:
        """Return the way to the worked example that was first, named without its rule where that is plain."""
        if case is None:
            return None
        rule, anchor = self._cases[case]
        name = case.removeprefix(f"{rule}::")
        return Link(name, f"rules/{quote(rule)}.html#{anchor}", "" if rule == here else rule)

    # ------------------------------------------------------------ shares

    def shares(self, rules: Iterable[str], goals: Iterable[Goal]) -> tuple[tuple[Layer, Layer], ...]:
        """Return four layers over some rules and goals, by worked examples and by example patients."""
        rules, goals = list(rules), set(goals)
        by = (self._examples, self._patients)
        outcomes = tuple(_outcomes(rules, measured) for measured in by)
        found = [(outcomes[0], outcomes[1])]
        for kind, name in KINDS:
            wanted = [goal for goal in goals if goal.kind == kind]
            covered = [Layer(name, sum(goal in one.reached for goal in wanted), len(wanted), ()) for one in by]
            found.append((covered[0], covered[1]))
        return tuple(found)

    def of_rule(self, rule: str) -> tuple[tuple[Layer, Layer], ...]:
        """Return the layers of one rule: its own lines, and those of what it uses."""
        return self.shares([rule] if rule in self.coverage.goals else [], self.coverage.goals.get(rule, ()))

    def topics(self) -> Iterator[TopicRow]:
        """Return the topics in order; a line that several topics use counts once in each."""
        by_topic: dict[str, list[str]] = {}
        for rule in self.rules:
            if rule.id in self.coverage.goals:
                by_topic.setdefault(rule.topic, []).append(rule.id)
        for topic, rules in by_topic.items():
            goals = (goal for rule in rules for goal in self.coverage.goals[rule])
            yield TopicRow(topic, self.topic_title(topic), len(rules), self.shares(rules, goals))

    def topic_title(self, topic: str) -> str:
        """Return what a topic is called."""
        return self._order(topic)[1]

    # ------------------------------------------------------------ painting

    def _text(self, file: str) -> list[str]:
        """Return the lines of a file within the rules."""
        if file not in self._texts:
            content = (Path(self.rule_set.root) / file).read_bytes()
            self._texts[file] = content.decode("utf-8", "replace").splitlines()
        return self._texts[file]

    def _painted(self, file: str, here: str, left_out: range = range(0)) -> tuple[Row, ...]:
        """Return a file line by line, with what was seen of each."""
        lines = self._lines.get(file, {})
        return tuple(
            Row(number, text, tuple(self._question(line, here) for line in lines.get(number, ())))
            for number, text in enumerate(self._text(file), 1)
            if number not in left_out
        )

    def _question(self, line: Line, here: str) -> Question:
        node = self._nodes.get(line)
        leads = _refers_to(node)
        words = "" if node is None or leads else self._words(node)
        return Question(words, self.name_link(leads) if leads else None, tuple(self._truths(line, here)))

    def _words(self, node: Node) -> str:
        if isinstance(node, (Compare, Missing)):
            return wording.clause(node, self.linked.lexicon)
        assert isinstance(node, Any)  # noqa: S101  a question with `or_missing`; nothing else is a line
        return f"{self._words(node.parts[0])}; or not on file"

    def _truths(self, line: Line, here: str) -> Iterator[Mark]:
        """Return a mark for each truth; what no record could exercise is no goal, and cannot be."""
        reached = self._examples.reached
        for truth in (TRUE, FALSE, UNKNOWN):
            seen, decides = reached.get(Goal(TRUTH, line, truth)), reached.get(Goal(DECIDES, line, truth))
            state = DECIDED if decides else SEEN if seen else NEVER
            if state == NEVER and Goal(TRUTH, line, truth) not in self._goals:
                state = CANNOT
            yield Mark(truth.value, state, self._case_link(seen, here), self._case_link(decides, here))

    def _beside(self, number: Number, here: str) -> Beside:
        """Return a number with what stands beside it."""
        return self._number(number.parameter, number.owner, here, tuple(self._places(number, here)))

    def _places(self, number: Number, here: str) -> Iterator[Mark]:
        for position in (BELOW, ON, ABOVE):
            goal = Goal(NUMBER, number, position)
            case = self._examples.reached.get(goal)
            state = SEEN if case else NEVER if goal in self._goals else CANNOT
            yield Mark(position, state, self._case_link(case, here))

    def _number(self, name: str, owner: str, here: str, marks: tuple[Mark, ...]) -> Beside:
        pinned = self.linked.parameters.get(name)
        value = wording.quantity(pinned.value, pinned.unit) if pinned else ""
        return Beside(pinned, name, value, None if owner == here else self.name_link(owner), marks)

    # ------------------------------------------------------------ rules

    def rule_page(self, rule: LinkedRule) -> RulePage:
        """Return everything about one rule."""
        written = self.rule_set.rules.get(rule.id) if rule.state is not State.ERROR else None
        folded = self._folded(rule, written) if written else range(0)
        return RulePage(
            rule=rule,
            link=self.rule_link(rule.id),
            topic=self.topic_title(rule.topic),
            standing=standing(rule),
            deadline=deadline(rule),
            shares=self.of_rule(rule.id),
            statements=tuple((cited, self._statement_link(cited.statement)) for cited in rule.guidance),
            numbers=tuple(self._numbers(rule)),
            rows=self._painted(rule.file, rule.id, folded) if rule.file else (),
            uses=tuple(self.name_link(name) for name in self._names.get(rule.id, ())),
            worked=tuple(self._worked(written, folded)) if written else (),
            patients=self._outcomes_of(rule.id),
            supersedes=tuple(self.rule_link(other) for other in rule.supersedes),
            superseded=tuple(self.rule_link(other.id) for other in self.rules if rule.id in other.supersedes),
        )

    def _statement_link(self, statement: str) -> Link:
        return Link(statement, f"guidance.html#{statement}" if statement in self._listed else "")

    @cached_property
    def _listed(self) -> set[str]:
        return {one.id for one in self.report.statements}

    def _numbers(self, rule: LinkedRule) -> Iterator[Beside]:
        """Return the numbers of a rule, those of what it uses, and its deadline."""
        wanted = {goal.what for goal in self.coverage.goals.get(rule.id, ()) if isinstance(goal.what, Number)}
        yield from (self._beside(number, rule.id) for number in sorted(wanted, key=lambda n: (n.owner != rule.id, n)))
        told = {number.parameter for number in wanted}
        more = [*used(self.linked, rule.id), *([rule.deadline] if rule.deadline else [])]
        for name in dict.fromkeys(pinned.name for pinned in more):
            if name not in told:
                yield self._number(name, rule.id, rule.id, ())

    def _outcomes_of(self, rule: str) -> dict[str, tuple[Link, ...]]:
        """Return the example patients of each outcome of a rule."""
        found: dict[str, list[Link]] = {outcome: [] for outcome in OUTCOMES.values()}
        for patient, outcomes in self._patients.matrix.items():
            if rule in outcomes:
                found[outcomes[rule]].append(self.patient_link(patient))
        return {outcome: tuple(links) for outcome, links in found.items()}

    # ------------------------------------------------------------ worked examples

    def _folded(self, rule: LinkedRule, written: Rule) -> range:
        """Return the lines of a rule's file that its worked examples fill, where each begins on a line of its own."""
        block = _block(self._text(rule.file))
        starts = [self.rule_set.place(rule.id, "tests", index).line for index in range(len(written.tests))]
        apart = all(one < other for one, other in pairwise(starts))
        return block if apart and all(start in block for start in starts) else range(0)

    def _worked(self, rule: Rule, folded: range) -> Iterator[Worked]:
        """Return the worked examples of a rule with the text of each, where it stands on lines of its own."""
        examples = list(self.rule_set.examples(rule))
        starts = [self.rule_set.place(*path).line for _, path in examples]
        for position, (example, path) in enumerate(examples):
            own = path[0] == rule.rule
            place = self.rule_set.place(*path)
            file = self._relative(place.file)
            follows = position + 1 < len(examples) and examples[position + 1][1][0] == path[0]
            end = starts[position + 1] if follows else folded.stop if own else len(self._text(file)) + 1
            case = f"{rule.rule}::{example.name}"
            yield Worked(
                anchor=_anchor(rule.rule, path),
                name=example.name,
                expected=example.expect,
                found=self._examples.matrix.get(case, {}).get(rule.rule, ""),
                profile=example.profile or "",
                place=f"{file}:{place.line}",
                prefix="line" if own else "case-line",
                rows=tuple(self._slice(file, place.line, end)) if folded or not own else (),
            )

    def _slice(self, file: str, start: int, end: int) -> Iterator[Row]:
        rows = [Row(number, self._text(file)[number - 1]) for number in range(start, end)]
        while rows and not rows[-1].text.strip():
            rows.pop()
        yield from rows

    def _relative(self, file: str) -> str:
        return file.removeprefix(self.rule_set.root).lstrip("/\\").replace("\\", "/")

    # ------------------------------------------------------------ definitions, schedules and scores

    def shared(self) -> Iterator[Shared]:
        """Return every definition, every schedule and every score."""
        for name, definition in sorted(self.rule_set.definitions.items()):
            yield self._shared(name, "definition", definition)
        for name, schedule in sorted(self.rule_set.schedules.items()):
            yield self._shared(name, "schedule", schedule)
        for name, score in sorted(self.rule_set.scores.items()):
            yield self._shared(name, "score", score)

    def _shared(self, name: str, kind: str, written: Definition | Schedule | Score) -> Shared:
        file = self._relative(self.rule_set.documents[name].file)
        known = name if kind == "definition" else f"{kind} {name}"
        lines = {line for found in self._lines.get(file, {}).values() for line in found}
        numbers = self._owners.get(name, [])
        goals = {goal for goal in self._goals if goal.what in lines or goal.what in numbers}
        rows = self._painted(file, name)
        return Shared(
            link=self.name_link(known),
            kind=kind,
            name=name,
            title=written.title,
            why=written.why or "",
            file=file,
            statements=tuple(self._statement_link(one.statement) for one in written.guidance),
            shares=self.shares([], goals)[1:],
            numbers=tuple(self._beside(number, name) for number in numbers),
            rows=rows,
            users=tuple(self.rule_link(rule.id) for rule in self.rules if known in self._names.get(rule.id, ())),
            uses=tuple(_once(question.leads for row in rows for question in row.questions)),
        )

    # ------------------------------------------------------------ what is missing

    def missing(self) -> Iterator[tuple[Layer, list[tuple[Link, str]]]]:
        """Return every layer by worked examples with what is missing of it, each with the way there."""
        lacking: dict[str, list[tuple[Link, str]]] = {RULES: list(self._never())}
        for kind, name in KINDS:
            goals = {goal for goal in self._goals if goal.kind == kind} - self._examples.reached.keys()
            lacking[name] = sorted({self._lack(goal) for goal in goals}, key=_by_line)
        for layer in self.report.examples:
            yield layer, lacking[layer.name]

    def _never(self) -> Iterator[tuple[Link, str]]:
        for rule in sorted(self.coverage.goals):
            for outcome in OUTCOMES.values():
                if outcome not in self._examples.outcomes.get(rule, {}):
                    yield self.rule_link(rule), f"never {outcome.replace('_', ' ')}"

    def _lack(self, goal: Goal) -> tuple[Link, str]:
        how = goal.how.value if isinstance(goal.how, Truth) else goal.how
        if isinstance(goal.what, Number):
            owner = self.name_link(goal.what.owner)
            return owner._replace(more=""), f"no example {how} {goal.what.parameter}"
        page, line = self._pages[goal.what.file], goal.what.line
        which = f" (question {goal.what.place + 1} of the line)" if goal.what.place else ""
        said = "never" if goal.kind == TRUTH else "never decides while"
        return Link(page.text, f"{page.href}#line-{line}", f"line {line}"), f"{said} {how}{which}"

    @cached_property
    def _pages(self) -> dict[str, Link]:
        """Return the page of each file of rules."""
        files = {rule.file: self.rule_link(rule.id) for rule in self.linked.rules}
        names = [*self.rule_set.definitions, *(f"schedule {name}" for name in self.rule_set.schedules)]
        for name in (*names, *(f"score {name}" for name in self.rule_set.scores)):
            document = self.rule_set.documents[name.removeprefix("schedule ").removeprefix("score ")]
            files[self._relative(document.file)] = self.name_link(name)
        return files

    # ------------------------------------------------------------ example patients

    def crosses(self) -> Iterator[Cross]:
        """Return the matrix of example patients and rules, topic by topic; rules that never speak are left out."""
        matrix = self._patients.matrix
        silent = OUTCOMES[FALSE]
        speaking = {rule for outcomes in matrix.values() for rule, outcome in outcomes.items() if outcome != silent}
        by_topic: dict[str, list[str]] = {}
        for rule in self.rules:
            if rule.id in speaking:
                by_topic.setdefault(rule.topic, []).append(rule.id)
        for topic, rules in by_topic.items():
            parts = [rules[start : start + _ACROSS] for start in range(0, len(rules), _ACROSS)]
            for place, part in enumerate(parts, 1):
                which = f", part {place} of {len(parts)}" if len(parts) > 1 else ""
                yield self._cross(self.topic_title(topic) + which, part)

    def _cross(self, title: str, rules: Sequence[str]) -> Cross:
        matrix = self._patients.matrix.items()
        rows = ((name, tuple(outcomes.get(rule, "") for rule in rules)) for name, outcomes in matrix)
        found = ((self.patient_link(name), row) for name, row in rows if {*row} - {OUTCOMES[FALSE], ""})
        return Cross(title, tuple(map(self.rule_link, rules)), tuple(found))

    def asked_of(self, patient: str) -> dict[str, tuple[Link, ...]]:
        """Return the rules that apply to an example patient, and those that cannot be told."""
        outcomes = self._patients.matrix.get(patient, {})
        return {
            outcome: tuple(self.rule_link(rule.id) for rule in self.rules if outcomes.get(rule.id) == outcome)
            for outcome in (OUTCOMES[TRUE], OUTCOMES[UNKNOWN])
        }

    @cached_property
    def applying(self) -> dict[str, list[str]]:
        """Return the example patients to which each rule applies."""
        found: dict[str, list[str]] = {}
        for patient, outcomes in self._patients.matrix.items():
            for rule, outcome in outcomes.items():
                if outcome == OUTCOMES[TRUE]:
                    found.setdefault(rule, []).append(patient)
        return found

    def reaching(self, rules: Sequence[str]) -> list[Link]:
        """Return the example patients to which one of some rules applies."""
        names = {patient for rule in rules for patient in self.applying.get(rule, ())}
        return [self.patient_link(name) for name in self.numbered if name in names]


def standing(rule: LinkedRule) -> str:
    """Return how a rule stands: active, draft, retired, in error or not in force."""
    if rule.state is State.ERROR:
        return "in error"
    if rule.status == "active":
        return "active" if rule.state is State.IN_FORCE else "not in force"
    return rule.status


def _outcomes(rules: Sequence[str], measured: Measured) -> Layer:
    met = sum(outcome in measured.outcomes.get(rule, {}) for rule in rules for outcome in OUTCOMES.values())
    return Layer(RULES, met, len(rules) * len(OUTCOMES), ())


def _refers_to(node: Node | None) -> str:
    """Return the definition or schedule that a line names, or nothing when it is a question."""
    if isinstance(node, All) and node.parts:
        via = node.parts[0].origin.via
        return via[-1] if via else ""
    return ""


def _anchor(rule: str, path: tuple[str, str, int]) -> str:
    return f"{'example' if path[0] == rule else 'case'}-{path[2] + 1}"


def _block(lines: Sequence[str]) -> range:
    """Return the numbers of the lines under `tests:`."""
    start = next((number for number, line in enumerate(lines, 1) if line.startswith("tests:")), 0)
    if not start:
        return range(0)
    after = (number for number in range(start + 1, len(lines) + 1) if lines[number - 1][:1] not in {"", " ", "-", "#"})
    return range(start, next(after, len(lines) + 1))


def _by_line(lack: tuple[Link, str]) -> tuple[str, int, str]:
    link_, words = lack
    return link_.text, int(link_.more.removeprefix("line ") or 0), words


def _once(links: Iterable[Link | None]) -> list[Link]:
    return list(dict.fromkeys(one for one in links if one is not None))
