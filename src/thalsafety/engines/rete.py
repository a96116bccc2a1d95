"""The durable-rules engine, used inside the fragment that was measured to be safe.

Every rule is entered twice, as itself and as its negation with the negation pushed to the leaves, over
one flat fact per patient. Proved means true, refuted means false, neither means unknown: a test on a
field that is absent matches nothing, so silence proves and refutes nothing.

What keeps it safe:

* numbers reach the engine as ranks among the thresholds of their question (small integers, so no
  float ever meets its parser) and their comparison is the engine's own work; words reach it as T or F
  for each list of words that some rule asks about;
* no joins, no `none`, no absence tests, no lists, no timers; one constant session, deleted after every
  patient, and one rule that fires for every patient, whose firing is checked;
* the C module is called directly: no background thread, no swallowed exception, no ten-second clock;
* capacity is checked when rules are compiled, against limits read in the engine's source; subtrees
  that several rules share, or that would make a rule too wide, are decided first and passed on;
* after anything unexpected the engine refuses to go on.

This is the only module that may import durable-rules.
"""

from __future__ import annotations

import json
import os
import typing
from bisect import bisect_left
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import durable_rules_engine as engine

from thalsafety.errors import EngineError
from thalsafety.program import Absent, All, Any, Comparison, Known, Missing, Not
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from thalsafety.program import Answer, Leaf, Node, Program

Test: TypeAlias = tuple[str, str, "int | str"]
"""A field, an operator and a value."""
Formula: TypeAlias = "tuple[str, tuple[Formula, ...]] | Test"

# Limits of the engine (rete.h, rete.c, events.c of 2.0.28), each with a margin.
MAX_STACK = 60  # 64 alpha nodes waiting at once
MAX_CHILDREN = 400  # 512 slots under one node; the 513th never returns
MAX_FORWARDS = 120  # 128 disjunctions hanging on one node
MAX_SAME = 200  # 256 rules ending on one node
MAX_CONNECTIVES = 12  # 15 `$and` and `$or` in one rule
MAX_FIELDS = 240  # 255 properties of one fact
MAX_FIRINGS = 64  # true paths through one rule: time, not safety
MAX_SHARD_FIRINGS = 2000
SHARD_RULES = 20  # fastest size measured

_FLIPPED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_WRITTEN = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_RESERVED = ("sid", "id", "alive", "$s", "$m", "$forward", "m", "all", "any", "pri", "count", "cap", "dist")


class CapacityError(EngineError):
    """A rule, or a set of rules, does not fit into the engine."""


def fnv1a(text: str) -> int:
    """Return the 32-bit hash by which the engine tells field names apart."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


# ---------------------------------------------------------------- formulas


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    """Return the parts of a conjunction or disjunction."""
    return typing.cast("tuple[Formula, ...]", formula[1])


def connectives(formula: Formula) -> int:
    """Return how many `$and` and `$or` a formula has; the engine allows fifteen in a rule."""
    if formula[0] in {"and", "or"}:
        return 1 + sum(connectives(part) for part in parts_of(formula))
    return 0


def firings(formula: Formula) -> int:
    """Return the most true paths through a formula; the rule fires once for each."""
    if formula[0] == "or":
        alternatives = {part[0] for part in parts_of(formula) if part[1] == "=="}  # one value equals one of them
        return len(alternatives) + sum(firings(part) for part in parts_of(formula) if part[1] != "==")
    product = 1
    if formula[0] == "and":
        for part in parts_of(formula):
            product *= firings(part)
    return product


def tests_of(formula: Formula) -> Iterator[Test]:
    """Return every test of a formula."""
    if formula[0] in {"and", "or"}:
        for part in parts_of(formula):
            yield from tests_of(part)
    else:
        yield formula  # type: ignore[misc]  # a word in front tells groups from tests


def join(word: str, parts: Iterable[Formula]) -> Formula:
    """Return a conjunction or disjunction, flat, without repetitions, tests before groups."""
    flat: list[Formula] = []
    for part in parts:
        for inner in part[1] if part[0] == word else (part,):
            if inner not in flat:
                flat.append(inner)  # type: ignore[arg-type]  # a word in front tells groups from tests
    if len(flat) == 1:
        return flat[0]
    flat.sort(key=lambda f: (f[0] in {"and", "or"}, firings(f) if f[0] in {"and", "or"} else 0, repr(f)))
    return (word, tuple(flat))


def _written(formula: Formula) -> dict[str, object]:
    """Return a formula as the engine reads it."""
    if formula[0] in {"and", "or"}:
        return {f"${formula[0]}": [_written(part) for part in parts_of(formula)]}
    field, operator, value = formula  # type: ignore[misc]  # a word in front tells groups from tests
    return {field: value} if operator == "==" else {_WRITTEN[operator]: {field: value}}


# ---------------------------------------------------------------- capacity


class _AlphaNode:
    """A node of the network that the engine builds: what hangs below it."""

    __slots__ = ("children", "ends", "forwards", "height", "most")

    def __init__(self) -> None:
        self.children: dict[Test, _AlphaNode] = {}
        self.most: dict[str, int] | None = None  # of the tests on a field, how many can be true together
        self.forwards: list[_AlphaNode] = []
        self.ends = 0
        self.height: int | None = None

    def child(self, test: Test) -> _AlphaNode:
        """Return the node of a test directly below, made where there is none yet."""
        found = self.children.get(test)
        if found is None:
            found = self.children[test] = _AlphaNode()
            if self.most is not None:
                self.most.pop(test[0], None)
        return found

    def true_together(self) -> int:
        """Return how many of the tests directly below can be true of one fact."""
        if len(self.children) < 2:  # noqa: PLR2004  one test alone
            return len(self.children)
        by_field: dict[str, list[Test]] = {}
        known = self.most = self.most or {}
        for test in self.children:
            if test[0] not in known:
                by_field.setdefault(test[0], []).append(test)
        known.update((field, _most_true(tests)) for field, tests in by_field.items())
        return sum(known.values())


def _grow(formula: Formula, parent: _AlphaNode) -> _AlphaNode:
    """Add a formula below a node as the engine does; return where it ends. All on the way forgets its height."""
    parent.height = None
    if formula[0] == "and":
        for part in parts_of(formula):
            parent = _grow(part, parent)
        return parent
    if formula[0] == "or":
        forward = _AlphaNode()
        for part in parts_of(formula):
            _grow(part, parent).forwards.append(forward)
        return forward
    parent = parent.child(formula)  # type: ignore[arg-type]  # a word in front tells groups from tests
    parent.height = None
    return parent


def _height(node: _AlphaNode) -> int:
    """Return the most nodes that can wait on the engine's stack below this one, for any fact."""
    if node.height is None:
        if len(node.children) > MAX_CHILDREN or len(node.forwards) > MAX_FORWARDS or node.ends > MAX_SAME:
            message = "too many tests hang on one node of the engine"
            raise CapacityError(message)
        width = len(node.forwards) + node.true_together()
        below = [_height(child) for child in (*node.children.values(), *node.forwards)]
        node.height = max([width, *(width - 1 + height for height in below)])
    return node.height


def _most_true(tests: list[Test]) -> int:
    """Return how many tests on one field can be true of one value."""
    if len(tests) == 1:
        return 1
    values: set[int | str] = set()
    for _field, _operator, value in tests:
        values |= {value} if isinstance(value, str) else {value - 1, value, value + 1}
    return max(sum(_holds(operator, value, tested) for _f, operator, tested in tests) for value in values)


def _holds(operator: str, value: int | str, tested: int | str) -> bool:
    if operator == "==":
        return value == tested
    assert isinstance(value, int)  # noqa: S101  only integers are ordered here
    assert isinstance(tested, int)  # noqa: S101  as its value
    return {"<": value < tested, "<=": value <= tested, ">": value > tested, ">=": value >= tested}[operator]


def check_rule(name: str, formula: Formula) -> None:
    """Refuse a rule that the engine cannot hold, whatever stands beside it."""
    if connectives(formula) > MAX_CONNECTIVES + 1 or firings(formula) > MAX_FIRINGS:
        message = f"rule {name} has too many alternatives for the engine; move a part of it into a definition"
        raise CapacityError(message)


class _Network:
    """What the engine builds for a set of rules, as it grows: `CapacityError` where it could overflow, for any fact."""

    def __init__(self) -> None:
        self.rules: list[tuple[str, Formula]] = []
        self._root = _AlphaNode()
        self._fields: set[str] = set()
        self._firings = 0
        _grow(("alive", "==", "T"), self._root).ends += 1

    def add(self, rules: Sequence[tuple[str, Formula]]) -> None:
        """Add rules; after a `CapacityError` the network is of no more use, but for the `rules` that fitted."""
        for name, formula in rules:
            check_rule(name, formula)
            end = _grow(formula, self._root)
            end.ends += 1
            end.height = None
            self._fields.update(test[0] for test in tests_of(formula))
            self._firings += firings(formula)
        count = len(self.rules) + len(rules)
        if len(self._fields) > MAX_FIELDS or self._firings > MAX_SHARD_FIRINGS:
            message = f"{count} rules over {len(self._fields)} fields are too many for one ruleset"
            raise CapacityError(message)
        if _height(self._root) > MAX_STACK:
            message = f"{count} rules could overflow the engine's stack"
            raise CapacityError(message)
        self.rules += rules


def check_shard(rules: Sequence[tuple[str, Formula]]) -> None:
    """Refuse a set of rules that could ever overflow the engine, for any fact."""
    _Network().add(rules)


def check_names(fields: Iterable[str]) -> None:
    """Refuse field names that the engine could take for one another."""
    seen: dict[int, str] = {}
    for name in (*_RESERVED, *fields):
        other = seen.setdefault(fnv1a(name), name)
        if other != name:
            message = f"the engine cannot tell the fields {other} and {name} apart"
            raise CapacityError(message)


# ---------------------------------------------------------------- from program to formulas


class _Encoding:
    """How answers become fields: one or two per question, named by the question's index."""

    def __init__(self, program: Program) -> None:
        self.thresholds: dict[int, list[Decimal]] = {}
        self.words: dict[tuple[int, frozenset[str]], str] = {}
        self.missing: set[int] = set()
        for rule in program.rules:
            self._collect(rule.when)
        for values in self.thresholds.values():
            values.sort()

    @classmethod
    def of_plan(cls, plan: dict[str, typing.Any]) -> _Encoding:
        """Return the encoding of a plan made earlier."""
        made = cls.__new__(cls)
        made.thresholds = {index: [Decimal(value) for value in values] for index, values in plan["thresholds"]}
        made.words = {(index, frozenset(words)): field for field, index, words in plan["words"]}
        made.missing = set(plan["missing"])
        return made

    def as_plan(self) -> dict[str, typing.Any]:
        """Return the encoding as plain JSON data."""
        return {
            "thresholds": [[index, [str(value) for value in values]] for index, values in self.thresholds.items()],
            "words": [[field, index, sorted(words)] for (index, words), field in self.words.items()],
            "missing": sorted(self.missing),
        }

    def _collect(self, node: Node) -> None:
        if isinstance(node, (All, Any)):
            for part in node.parts:
                self._collect(part)
        elif isinstance(node, Not):
            self._collect(node.part)
        elif isinstance(node, Missing):
            self.missing.add(node.feature.index)
        elif isinstance(node.operand, frozenset):
            self.words.setdefault((node.feature.index, node.operand), f"w{len(self.words)}")
        else:
            values = self.thresholds.setdefault(node.feature.index, [])
            if node.operand not in values:
                values.append(node.operand)

    def test(self, leaf: Leaf, *, positive: bool) -> Formula:
        """Return what must be seen to prove (or refute) a leaf."""
        index = leaf.feature.index
        if isinstance(leaf, Missing):
            return (f"m{index}", "==", "T" if positive else "F")
        if isinstance(leaf.operand, frozenset):
            return (self.words[index, leaf.operand], "==", "T" if positive else "F")
        rank = 2 * bisect_left(self.thresholds[index], leaf.operand) + 1
        operator = {
            Comparison.BELOW: "<",
            Comparison.AT_MOST: "<=",
            Comparison.ABOVE: ">",
            Comparison.AT_LEAST: ">=",
        }[leaf.comparison]
        operator = operator if positive else _FLIPPED[operator]
        # a whole interval lies below when its upper end does, and above when its lower end does
        end = "h" if operator in {"<", "<="} else "l"
        return (f"{end}{index}", operator, rank)

    def fields(self) -> Iterator[str]:
        """Return the name of every field."""
        yield from (f"{end}{index}" for index in self.thresholds for end in "lh")
        yield from self.words.values()
        yield from (f"m{index}" for index in self.missing)

    def fragments(self, answers: Sequence[Answer]) -> dict[str, str]:
        """Return the fields of the known answers, each ready to stand in a fact."""
        result: dict[str, str] = {}
        for index, values in self.thresholds.items():
            answer = answers[index]
            if isinstance(answer, Known):
                low, high = answer.low, answer.high
                name, rank = f"l{index}", _rank(values, low)
                result[name] = f'"{name}":{rank}'
                name = f"h{index}"
                result[name] = f'"{name}":{rank if low == high else _rank(values, high)}'
        for (index, words), name in self.words.items():
            answer = answers[index]
            if isinstance(answer, Known):
                result[name] = f'"{name}":"T"' if answer.low in words else f'"{name}":"F"'
        for index in self.missing:
            answer = answers[index]
            name = f"m{index}"
            if isinstance(answer, Absent):
                result[name] = f'"{name}":"T"'
            elif isinstance(answer, Known):
                result[name] = f'"{name}":"F"'
        return result


def _rank(values: list[Decimal], value: Decimal | str) -> int:
    """Return 2i+1 when a value equals the i-th threshold, and the even number between otherwise."""
    assert isinstance(value, Decimal)  # noqa: S101  a number question has a number for an answer
    index = bisect_left(values, value)
    return 2 * index + 1 if index < len(values) and values[index] == value else 2 * index


class _Graph:
    """Conditions as a graph in which equal subtrees are one node; constants are folded away."""

    TRUE = 0
    FALSE = 1

    def __init__(self) -> None:
        self.nodes: list[tuple[str, tuple[int, ...], Leaf | None]] = [("true", (), None), ("false", (), None)]
        self.known: dict[object, int] = {}
        self.uses: dict[int, int] = {}

    def add(self, node: Node) -> int:
        """Enter a condition; return its number."""
        if isinstance(node, (All, Any)):
            word, neutral, deciding = ("all", 0, 1) if isinstance(node, All) else ("any", 1, 0)
            parts: list[int] = []
            for part in node.parts:
                number = self.add(part)
                if number == deciding:
                    return deciding
                if number != neutral and number not in parts:
                    parts.append(number)
            if len(parts) < 2:  # noqa: PLR2004  none or one: nothing to join
                return parts[0] if parts else neutral
            return self._enter((word, tuple(parts), None))
        if isinstance(node, Not):
            number = self.add(node.part)
            if number in {0, 1}:
                return 1 - number
            return self._enter(("not", (number,), None))
        return self._enter(("leaf", (), node))

    def _enter(self, node: tuple[str, tuple[int, ...], Leaf | None]) -> int:
        if node not in self.known:
            self.known[node] = len(self.nodes)
            self.nodes.append(node)
            for part in node[1]:
                self.uses[part] = self.uses.get(part, 0) + 1
        return self.known[node]

    def size(self, number: int) -> int:
        """Return how many leaves lie below a node."""
        word, parts, _leaf = self.nodes[number]
        return 1 if word == "leaf" else sum(self.size(part) for part in parts)


class _Plan:
    """Which subtrees are decided first, in which layer, and the formulas of every layer."""

    def __init__(self, graph: _Graph, roots: Sequence[int], encoding: _Encoding) -> None:
        self.graph, self.encoding = graph, encoding
        uses = dict(graph.uses)
        for root in set(roots):
            uses[root] = uses.get(root, 0) + 1
        self.first = {
            number
            for number, count in uses.items()
            if count > 1 and graph.nodes[number][0] in {"all", "any"} and graph.size(number) > 2  # noqa: PLR2004  two tests cost less than one rule more
        } | {root for root in roots if root > 1}
        for number in sorted(self.first):
            self._narrow(number)

    def _narrow(self, number: int) -> None:
        """Decide more of a subtree first, until what is left fits into one rule."""
        while True:
            pair = self.formula(number, positive=True), self.formula(number, positive=False)
            if all(connectives(f) <= MAX_CONNECTIVES and firings(f) <= MAX_FIRINGS for f in pair):
                return
            inner = [child for child in self._below(number) if child not in self.first]
            if not inner:
                return
            widest = max(inner, key=lambda child: (self.graph.size(child), child))
            self.first.add(widest)
            self._narrow(widest)

    def _below(self, number: int) -> Iterator[int]:
        """Return the compound nodes inside a subtree, up to those decided first."""
        for part in self.graph.nodes[number][1]:
            if part not in self.first:
                if self.graph.nodes[part][0] in {"all", "any"}:
                    yield part
                yield from self._below(part)

    def formula(self, number: int, *, positive: bool, top: bool = True) -> Formula:
        """Return what must be seen to prove (or refute) a node."""
        if not top and number in self.first:
            return (f"x{number}", "==", "T" if positive else "F")
        word, parts, leaf = self.graph.nodes[number]
        if leaf is not None:
            return self.encoding.test(leaf, positive=positive)
        if word == "not":
            return self.formula(parts[0], positive=not positive, top=False)
        joined = "and" if (word == "all") == positive else "or"
        return join(joined, [self.formula(part, positive=positive, top=False) for part in parts])

    def layer(self, number: int) -> int:
        """Return in which pass a node can be decided: after everything decided first inside it."""
        parts = self.graph.nodes[number][1]
        return max((self.layer(part) + (1 if part in self.first else 0) for part in parts), default=0)


# ---------------------------------------------------------------- running


class _Shard:
    """One ruleset inside the engine."""

    def __init__(self, name: str, fields: Sequence[str], rules: Sequence[str], definition: str) -> None:
        self.fields = tuple(fields)
        self.names = frozenset((*rules, "alive"))
        self.handle = engine.create_ruleset(name, definition)
        if self.run({}):
            message = "a rule fired without any fact"
            raise EngineError(message)

    def run(self, fragments: dict[str, str]) -> set[str]:
        """Return the rules that fire on one fact; the session is empty before and after."""
        parts = [fragments[field] for field in self.fields if field in fragments]
        fact = ",".join(('{"sid":"s","id":"p","alive":"T"', *parts)) + "}"
        code, offset = engine.assert_fact(self.handle, fact)
        if code != 0:
            message = f"the engine answered {code} to a fact"
            raise EngineError(message)
        fired: set[str] = set()
        started = engine.start_action_for_state(self.handle, offset)
        action = started[1] if started else None
        while action:
            fired.add(action[2 : action.index('"', 2)])
            action = engine.complete_and_start_action(self.handle, offset)
        if "alive" not in fired or not fired <= self.names:
            message = f"the engine lost a firing or invented one: {sorted(fired)}"
            raise EngineError(message)
        engine.delete_state(self.handle, "s")
        fired.discard("alive")
        return fired


class Rete:
    """A program compiled for durable-rules; one patient at a time."""

    def __init__(self, program: Program) -> None:
        """Compile every rule twice; `CapacityError` when something cannot be held safely."""
        self._load(self.plan(program))

    @classmethod
    def of_plan(cls, plan: dict[str, typing.Any]) -> Rete:
        """Return the engine for a plan made earlier."""
        made = cls.__new__(cls)
        made._load(plan)  # noqa: SLF001  its own
        return made

    def _load(self, plan: dict[str, typing.Any]) -> None:
        _settle_allocator()
        self._lock = Lock()
        self._dead = ""
        self._encoding = _Encoding.of_plan(plan["encoding"])
        self._roots: list[tuple[str, int]] = [(rule, number) for rule, number in plan["roots"]]
        self._needed = frozenset(plan["needed"])
        self._layers = [[_Shard(*shard) for shard in layer] for layer in plan["layers"]]

    @staticmethod
    def checked(plan: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """Return a plan that was kept somewhere, when it has the shape of one; `ValueError` otherwise."""
        _Encoding.of_plan(plan["encoding"])
        whole = all(len(shard) == 4 for layer in plan["layers"] for shard in layer)  # noqa: PLR2004  what _Shard takes
        if not whole or not all(len(root) == 2 for root in plan["roots"]) or "needed" not in plan:  # noqa: PLR2004  name and number
            message = "this is no plan for the engine"
            raise ValueError(message)
        return plan

    @staticmethod
    def plan(program: Program) -> dict[str, typing.Any]:
        """Return everything that the engine is given, checked against its limits, as plain JSON data."""
        encoding = _Encoding(program)
        graph = _Graph()
        roots = [graph.add(rule.when) for rule in program.rules]
        plan = _Plan(graph, roots, encoding)
        check_names([*encoding.fields(), *(f"x{number}" for number in plan.first)])
        layers: dict[int, list[int]] = {}
        for number in sorted(plan.first):
            layers.setdefault(plan.layer(number), []).append(number)
        needed = {
            test[0]
            for number in plan.first
            for test in tests_of(plan.formula(number, positive=True))
            if test[0].startswith("x")
        }
        return {
            "encoding": encoding.as_plan(),
            "roots": [[rule.id, root] for rule, root in zip(program.rules, roots, strict=True)],
            "needed": sorted(needed),
            "layers": [_shards(plan, layers[depth], f"l{depth}") for depth in sorted(layers)],
        }

    def run(self, answers: Sequence[Answer]) -> dict[str, Truth]:
        """Return the verdict of every rule."""
        return self.decide(self._encoding.fragments(answers))

    def decide(self, fragments: dict[str, str]) -> dict[str, Truth]:
        """Return the verdict of every rule, given the known answers as pieces of a fact."""
        with self._lock:
            if self._dead:
                message = f"the engine stopped after: {self._dead}"
                raise EngineError(message)
            try:
                return self._decide(fragments)
            except BaseException as error:
                self._dead = str(error) or type(error).__name__
                raise

    def _decide(self, fragments: dict[str, str]) -> dict[str, Truth]:
        truths: dict[int, Truth] = {_Graph.TRUE: TRUE, _Graph.FALSE: FALSE}
        for shards in self._layers:
            for shard in shards:
                for name in shard.run(fragments):
                    number, truth = int(name[1:]), TRUE if name[0] == "p" else FALSE
                    if truths.setdefault(number, truth) is not truth:
                        message = "the engine proved and refuted the same condition"
                        raise EngineError(message)
                    field = f"x{number}"
                    if field in self._needed:
                        fragments[field] = f'"{field}":"{"T" if truth is TRUE else "F"}"'
        return {rule: truths.get(number, UNKNOWN) for rule, number in self._roots}


class Worker:
    """The same engine in a process of its own, for many patients.

    When that process dies, hangs or fails, the patient at hand gets an `EngineError`, and the next one a
    new process: a crash in the engine's C code never looks like "nothing applies", and takes nobody else
    with it.
    """

    def __init__(self, plan: dict[str, typing.Any], patience: float = 60.0) -> None:
        """Take a plan; `patience` is how many seconds one patient may take."""
        self._plan = plan
        self._patience = patience
        self._encoding = _Encoding.of_plan(plan["encoding"])
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, answers: Sequence[Answer]) -> dict[str, Truth]:
        """Return the verdict of every rule; `EngineError` when the process did not answer."""
        pipe = self._pipe or self._start()
        try:
            pipe.send(self._encoding.fragments(answers))
            if not pipe.poll(self._patience):
                why = f"it gave no answer within {self._patience:g} seconds"
                raise _lost(why)
            kind, content = pipe.recv()
        except (EOFError, OSError) as error:
            why = f"its process ended with code {self.stop()}"
            raise _lost(why) from error
        except EngineError:
            self.stop()
            raise
        if kind == "error":
            self.stop()
            raise EngineError(content)
        return {rule: Truth(word) for rule, word in content.items()}

    def _start(self) -> Connection:
        import multiprocessing

        forks = "fork" in multiprocessing.get_all_start_methods()
        context: typing.Any = multiprocessing.get_context("fork" if forks else "spawn")
        here: Connection
        here, there = context.Pipe()
        self._process = process = context.Process(target=_serve, args=(self._plan, there, os.getpid()), daemon=True)
        process.start()
        there.close()
        self._pipe = here
        return here

    def stop(self) -> int | None:
        """End the process; return its exit code, negative when a signal ended it."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is None:
            return None
        process.join(0.2)
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode


def _lost(why: str) -> EngineError:
    return EngineError(f"durable-rules was lost, and with it this patient's verdicts: {why}")


def _serve(plan: dict[str, typing.Any], pipe: Connection, parent: int) -> None:
    """Answer patients until the other end is closed, or the process that started this one is gone."""
    made = Rete.of_plan(plan)
    while True:
        try:
            while not pipe.poll(1):  # a forked sibling may hold the other end open
                if os.getppid() != parent:
                    return
            fragments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            reply: tuple[str, object] = (
                "verdicts",
                {rule: truth.value for rule, truth in made.decide(fragments).items()},
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the other process tells
            reply = ("error", str(error) or type(error).__name__)
        pipe.send(reply)


def _shards(plan: _Plan, numbers: Sequence[int], prefix: str) -> list[list[typing.Any]]:
    """Return rulesets for some conditions, each as full as is safe: name, fields, rules, definition."""
    networks = [_Network()]
    for number in numbers:
        pair = [
            (f"p{number}", plan.formula(number, positive=True)),
            (f"n{number}", plan.formula(number, positive=False)),
        ]
        if len(networks[-1].rules) >= 2 * SHARD_RULES:
            networks.append(_Network())
        try:
            networks[-1].add(pair)
        except CapacityError:
            if not networks[-1].rules:
                raise
            networks.append(_Network())
            networks[-1].add(pair)
    groups = [network.rules for network in networks]
    return [_written_shard(f"{prefix}s{index}", group) for index, group in enumerate(groups) if group]


def _written_shard(name: str, rules: Sequence[tuple[str, Formula]]) -> list[typing.Any]:
    """Return one ruleset as the engine reads it."""
    fields = sorted({test[0] for _rule, formula in rules for test in tests_of(formula)})
    definition: dict[str, object] = {"alive": {"all": [{"m": {"$and": [{"alive": "T"}]}}]}}
    for rule, formula in rules:
        written = _written(formula)
        definition[rule] = {"all": [{"m": written if "$and" in written else {"$and": [written]}}]}
    return [name, fields, [rule for rule, _formula in rules], json.dumps(definition, separators=(",", ":"))]


def _settle_allocator() -> None:
    """Keep freed engine state in the process: glibc otherwise returns and refetches it again and again.

    glibc takes the size of a freed large block for the limit from which on it asks the system for each; the
    block's pages are never written to, and so cost nothing.
    """
    block = bytes(31 << 20)
    del block
