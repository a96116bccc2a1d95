"""The lines of a condition as its author wrote them, and which of them decide a verdict.

A line is a question held against its operand (with its `or_missing`), or a `holds`, `due` or `overdue`.
`all`, `any` and `not` join lines and are none themselves. A line of a definition or schedule is the same line
in every rule that uses it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from thalsafety.engines import reference
from thalsafety.program import ALWAYS, NEVER, All, Any, Compare, Missing, Not, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from thalsafety.program import Leaf, Node, Origin


class Line(NamedTuple):
    """Where a line is written: the file within the folder of rules, its line, and which of that line's it is."""

    file: str
    line: int
    place: int = 0


class Seen(NamedTuple):
    """A line in one case: its truth, and the verdicts that the rule would have with it true, false and unknown."""

    line: Line
    truth: Truth
    if_true: Truth
    if_false: Truth
    if_unknown: Truth

    @property
    def decides(self) -> bool:
        """Whether the verdict would be another one if only this line were the other way, here or everywhere."""
        if self.truth is UNKNOWN:
            return self.if_unknown is not self.if_true or self.if_unknown is not self.if_false
        return self.if_true is not self.if_false


class Step(NamedTuple):
    """One node on the way down to a line, and which part of the node above it is."""

    node: Node
    place: int


class _Place(NamedTuple):
    """A node on the way down: the verdict of the whole for each truth of this node."""

    node: Node
    if_true: Truth
    if_false: Truth
    if_unknown: Truth


class _Occurrences(NamedTuple):
    """The nodes of a line that stands in several places, and the nodes above any of them."""

    nodes: frozenset[int]
    above: frozenset[int]


class Lines:
    """One condition, read once: the line that each of its nodes stands for."""

    def __init__(self, when: Node) -> None:
        """Number the lines that share a line of text, in the order in which they stand."""
        self.when = when
        self.nodes: dict[Line, Node] = {}
        self._line: dict[int, Line] = {}
        self._count: dict[tuple[str, int], dict[Node, int]] = {}
        self._inner: dict[int, tuple[tuple[int, Line], ...]] = {}
        self._read(when)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Return the questions of the condition, each once."""
        return tuple(dict.fromkeys(leaves(self.when)))

    @cached_property
    def _leaf(self) -> dict[int, int]:
        """Every occurrence of a question, with its place among `leaves`."""
        places = {leaf: place for place, leaf in enumerate(self.leaves)}
        return {id(leaf): places[leaf] for leaf in leaves(self.when)}

    def _read(self, node: Node) -> None:
        if is_line(node):
            line = self._line[id(node)] = self._named(node)
            self.nodes.setdefault(line, node)
        if is_question(node):
            return
        for part in parts_of(node):
            if _is_turn(node):
                self._read_phases(part, node.origin)
            else:
                self._read(part)

    def _read_phases(self, node: Node, turn: Origin) -> None:
        """Read the lines of a schedule's phases; the comparisons with its intervals belong to the turn's own line."""
        if is_line(node) and (node.origin.file, node.origin.line) != (turn.file, turn.line):
            self._read(node)
            return
        for part in parts_of(node):
            self._read_phases(part, turn)

    def places(self, line: Line) -> Iterator[tuple[Step, ...]]:
        """Return the ways from the whole condition down to every occurrence of a line."""
        todo: list[tuple[Step, ...]] = [(Step(self.when, 0),)]
        while todo:
            way = todo.pop()
            if self._line.get(id(way[-1].node)) == line:
                yield way
            todo += [(*way, Step(part, place)) for place, part in enumerate(parts_of(way[-1].node))]

    def with_line(self, line: Line, truth: Truth) -> Node:
        """Return the condition with a line decided, as true or as false, in all its places."""
        return self._with(self.when, line, ALWAYS if truth is TRUE else NEVER)

    def _with(self, node: Node, line: Line, decided: Node) -> Node:
        if self._line.get(id(node)) == line:
            return decided
        if isinstance(node, Not):
            return Not(self._with(node.part, line, decided), node.origin)
        if isinstance(node, (All, Any)):
            return type(node)(tuple(self._with(part, line, decided) for part in node.parts), node.origin)
        return node

    def _named(self, node: Node) -> Line:
        at = (node.origin.file, node.origin.line)
        known = self._count.setdefault(at, {})
        return Line(*at, known.setdefault(node, len(known)))

    def answered(self, answers: reference.Answers) -> tuple[Truth, ...]:
        """Return the truths of `leaves` in one case, which settle all else about the case."""
        return tuple(reference.evaluate(leaf, answers) for leaf in self.leaves)

    def seen(
        self, answered: Sequence[Truth], needed: Callable[[Line, Truth], bool] | None = None
    ) -> tuple[Truth, list[Seen]]:
        """Return the verdict for truths of `leaves`, and every occurrence of a line with what it would change.

        A line in several places of which none decides alone comes once more, with what all of them would change
        together; with `needed`, only where that says so of the line and its truth.
        """
        truths = {number: answered[place] for number, place in self._leaf.items()}
        verdict = _evaluated(self.when, truths)
        found: list[Seen] = []
        many = dict(self._repeated)
        todo = [_Place(self.when, TRUE, FALSE, UNKNOWN)]
        while todo:
            place = todo.pop()
            node, *verdicts = place
            if verdicts[0] is verdicts[1] is verdicts[2]:  # nothing below changes anything either
                found += [Seen(line, truths[number], *verdicts) for number, line in self._within(node)]
                continue
            line = self._line.get(id(node))
            if line is not None:
                found.append(Seen(line, truths[id(node)], *verdicts))
                if found[-1].decides:
                    many.pop(line, None)
            todo += _below(place, truths)
        for line, occurrences in many.items():
            if needed is None or needed(line, truths[next(iter(occurrences.nodes))]):
                found.append(self._everywhere(line, occurrences, truths))
        return verdict, found

    def _within(self, node: Node) -> tuple[tuple[int, Line], ...]:
        """Return the lines of a node and of all below it, each with the number of its node."""
        known = self._inner.get(id(node))
        if known is None:
            own = ((id(node), self._line[id(node)]),) if id(node) in self._line else ()
            known = self._inner[id(node)] = own + tuple(one for part in parts_of(node) for one in self._within(part))
        return known

    @cached_property
    def _repeated(self) -> dict[Line, _Occurrences]:
        """The lines that stand in several places, as a choice does that the linker wrote out."""
        ways: dict[Line, list[tuple[int, ...]]] = {}
        todo: list[tuple[Node, tuple[int, ...]]] = [(self.when, ())]
        while todo:
            node, above = todo.pop()
            way = (*above, id(node))
            if id(node) in self._line:
                ways.setdefault(self._line[id(node)], []).append(way)
            todo += [(part, way) for part in parts_of(node)]
        return {
            line: _Occurrences(frozenset(way[-1] for way in found), frozenset(n for way in found for n in way[:-1]))
            for line, found in ways.items()
            if len(found) > 1
        }

    def _everywhere(self, line: Line, occurrences: _Occurrences, truths: dict[int, Truth]) -> Seen:
        """Return a line with what it would change if it were another way in all its places at once."""
        verdicts = (_replaced(self.when, occurrences, truth, truths) for truth in (TRUE, FALSE, UNKNOWN))
        return Seen(line, truths[next(iter(occurrences.nodes))], *verdicts)

    def trace(self, answers: reference.Answers) -> dict[str, object]:
        """Return one case as raw data for an independent checker: the tree with the truths of its leaves."""
        return self._traced(self.when, answers)

    def _traced(self, node: Node, answers: reference.Answers) -> dict[str, object]:
        found: dict[str, object] = {}
        if id(node) in self._line:
            found["line"] = list(self._line[id(node)])
        if isinstance(node, (Compare, Missing)):
            return {**found, "truth": reference.evaluate(node, answers).value}
        kind = "not" if isinstance(node, Not) else "all" if isinstance(node, All) else "any"
        return {**found, kind: [self._traced(part, answers) for part in parts_of(node)]}


def is_line(node: Node) -> bool:
    """Whether a node is one that an author wrote as a line."""
    return is_question(node) or is_reference(node)


def is_reference(node: Node) -> TypeGuard[All]:
    """Whether a node stands for `holds`, `due` or `overdue`: an `all` of one part, which came through a name."""
    return isinstance(node, All) and len(node.parts) == 1 and len(node.parts[0].origin.via) > len(node.origin.via)


def is_question(node: Node) -> bool:
    """Whether a node is a question, with or without its `or_missing`."""
    if isinstance(node, (Compare, Missing)):
        return True
    if not isinstance(node, Any) or len(node.parts) != 2:  # noqa: PLR2004  a comparison, and whether it is missing
        return False
    asked, lack = node.parts
    return isinstance(asked, Compare) and isinstance(lack, Missing) and asked.feature == lack.feature


def _is_turn(node: Node) -> bool:
    """Whether a node is a `due` or `overdue`, whose parts the linker wrote out from a schedule."""
    return is_reference(node) and node.parts[0].origin.via[-1].startswith("schedule ")


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below."""
    if isinstance(node, (All, Any)):
        return node.parts
    return (node.part,) if isinstance(node, Not) else ()


def _evaluated(node: Node, truths: dict[int, Truth]) -> Truth:
    """Return the truth of a node by those of its questions, and keep those of all between."""
    known = truths.get(id(node))
    if known is not None:
        return known
    if isinstance(node, Not):
        truth = _evaluated(node.part, truths).negated()
    else:
        truth = _joined([_evaluated(part, truths) for part in parts_of(node)], isinstance(node, All))
    truths[id(node)] = truth
    return truth


def _replaced(node: Node, occurrences: _Occurrences, by: Truth, truths: dict[int, Truth]) -> Truth:
    """Return the truth that a node would have with others of given truth in it."""
    if id(node) in occurrences.nodes:
        return by
    if id(node) not in occurrences.above:
        return truths[id(node)]
    if isinstance(node, Not):
        return _replaced(node.part, occurrences, by, truths).negated()
    below = [_replaced(part, occurrences, by, truths) for part in parts_of(node)]
    return _joined(below, isinstance(node, All))


def _joined(truths: Sequence[Truth], every: bool) -> Truth:  # noqa: FBT001  all of them or any
    deciding = FALSE if every else TRUE
    if deciding in truths:
        return deciding
    return UNKNOWN if UNKNOWN in truths else deciding.negated()


def _below(place: _Place, truths: dict[int, Truth]) -> Iterator[_Place]:
    """Return the nodes below one, each with the verdict of the whole for each of its truths."""
    node = place.node
    verdict = {TRUE: place.if_true, FALSE: place.if_false, UNKNOWN: place.if_unknown}
    if isinstance(node, Not):
        yield _Place(node.part, place.if_false, place.if_true, place.if_unknown)
    elif isinstance(node, (All, Any)):
        every = isinstance(node, All)
        own = [truths[id(part)] for part in node.parts]
        deciding = FALSE if every else TRUE
        decided, open_ = own.count(deciding), own.count(UNKNOWN)
        settled = verdict[deciding]
        for part, truth in zip(node.parts, own, strict=True):
            if decided - (truth is deciding):
                yield _Place(part, settled, settled, settled)
                continue
            unknown = verdict[UNKNOWN]
            rest = unknown if open_ - (truth is UNKNOWN) else verdict[deciding.negated()]
            yield _Place(part, *((rest, settled) if every else (settled, rest)), unknown)
