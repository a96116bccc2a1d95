"""Conditions made shorter for a reader, without a change of what makes them true."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from thalsafety.program import All, Any, Compare, Comparison, Missing, Not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.program import Feature, Node

_OTHER_SIDE = {Comparison.AT_LEAST: Comparison.BELOW, Comparison.ABOVE: Comparison.AT_MOST}
_Joint = TypeVar("_Joint", All, Any)
_ABOUT_ONE_VALUE = frozenset(
    {"latest", "result", "highest", "lowest", "fall_from_baseline", "rise_from_baseline", "times_upper_limit"}
)


def simplified(node: Node, *, denied: bool = False) -> Node:
    """Return a condition that is true for the same patients, with less to read; `denied` when a "not" stands before."""
    if isinstance(node, Not):
        return replace(node, part=simplified(node.part, denied=not denied))
    if isinstance(node, All):
        needed = _narrowed(_flat(node, denied=denied))
        return _single(_absorbed(needed if denied else _guarded(needed)))
    if isinstance(node, Any) and or_nothing(node) is None:
        choice = _absorbed(_flat(node, denied=denied))
        return _single(choice if denied else _possible(choice))
    return node


def _flat(node: _Joint, *, denied: bool) -> _Joint:
    """Return a node with its parts made simple, and those of its own kind taken in; what has a name stays whole."""
    parts: list[Node] = []
    for inner in node.parts:
        part = simplified(inner, denied=denied)
        same = isinstance(part, type(node)) and part.origin.via == node.origin.via and or_nothing(part) is None
        parts += part.parts if same else (part,)  # type: ignore[union-attr]  # of the node's own kind: it has parts
    return replace(node, parts=tuple(dict.fromkeys(parts)))


def _possible(node: Any) -> Any:
    """Return alternatives without those that contradict themselves; they are there for what is known in part only."""
    kept = tuple(part for part in node.parts if not (isinstance(part, All) and _contradicts_itself(part)))
    return replace(node, parts=kept or node.parts)


def _contradicts_itself(node: All) -> bool:
    """Whether a requirement asks that an answer be on both sides of one number."""
    sides = {(part.feature, part.operand, part.comparison) for part in node.parts if isinstance(part, Compare)}
    return any((feature, operand, _OTHER_SIDE.get(side)) in sides for feature, operand, side in sides)


def _single(node: All | Any) -> Node:
    return node.parts[0] if len(node.parts) == 1 else node


def _absorbed(node: _Joint) -> _Joint:
    """Return a node without the parts that another part makes redundant: "a, or a and b" is a."""
    other = Any if isinstance(node, All) else All
    kept = tuple(
        part
        for part in node.parts
        if not (isinstance(part, other) and any(inner in node.parts for inner in part.parts))
    )
    return replace(node, parts=kept)


def _narrowed(node: All) -> All:
    """Return requirements with those of one question told once: "yes or nothing" and "no or nothing" is "nothing"."""
    words: dict[Feature, tuple[frozenset[str], Node]] = {}
    parts: list[Node] = []
    for part in node.parts:
        found = _word_or_nothing(part)
        if found is None:
            parts.append(part)
        elif found[0] in words:
            words[found[0]] = (words[found[0]][0] & found[1], part)
        else:
            words[found[0]] = (found[1], part)
    parts += [_rewritten(part, left) for left, part in words.values()]
    order = {id(part): place for place, part in enumerate(node.parts)}
    return replace(node, parts=tuple(sorted(parts, key=lambda part: order.get(id(part), len(order)))))


def or_nothing(node: Node) -> Compare | None:
    """Return the line of "this line, or nothing on file"; nothing for anything else."""
    if not isinstance(node, Any) or len(node.parts) != 2:  # noqa: PLR2004  a line and "not on file"
        return None
    line, missing = node.parts
    if not isinstance(line, Compare) or not isinstance(missing, Missing):
        return None
    return line if line.feature == missing.feature else None


def _word_or_nothing(node: Node) -> tuple[Feature, frozenset[str]] | None:
    """Return the question and the words of "one of these words, or nothing on file"; nothing for anything else."""
    line = or_nothing(node)
    return (line.feature, line.operand) if line is not None and isinstance(line.operand, frozenset) else None


def _rewritten(part: Node, words: frozenset[str]) -> Node:
    """Return "one of these words, or nothing on file" with other words; with none, "nothing on file"."""
    assert isinstance(part, Any)  # noqa: S101  made of a line and "not on file" by the linker
    line, missing = part.parts
    assert isinstance(line, Compare)  # noqa: S101  as above
    if line.operand == words:
        return part
    return replace(part, parts=(replace(line, operand=words), missing)) if words else missing


def _guarded(node: All) -> All:
    """Return requirements without "something is on file" where another speaks of that very thing."""
    return replace(node, parts=tuple(part for part in node.parts if not _is_guard(part, node.parts)))


def _is_guard(part: Node, beside: Sequence[Node]) -> bool:
    """Whether a part only says that there is an answer to what another part asks."""
    if not isinstance(part, Compare) or part.operand != frozenset({"yes"}):
        return False
    others = [other for other in beside if isinstance(other, Compare) and other is not part]
    asked, options = part.feature, part.feature.chosen
    if asked.kind == "recorded":
        return any(other.feature.subject == asked.subject for other in others)
    if asked.kind != "on_file" or not {*options} <= {"members", "within", "result"}:
        return False
    return any(_speaks_of(other, asked) for other in others)


def _speaks_of(line: Compare, asked: Feature) -> bool:
    """Whether a line holds a value that can only be there when what is asked for is on file."""
    feature, options = line.feature, asked.chosen
    if feature.subject != asked.subject or feature.kind not in _ABOUT_ONE_VALUE:
        return False
    window = options.get("within")
    if window is not None and window not in {feature.chosen.get("no_older_than"), feature.chosen.get("within")}:
        return False
    result = options.get("result")
    return result is None or line.operand == frozenset({result})
