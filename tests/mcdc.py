"""Line, outcome and MC/DC coverage derived anew from raw traces; shares no code with the program.

    python tests/mcdc.py TRACES.jsonl

Each row of the traces is one worked example of one rule: the tree of its condition with the truth of every
question, and the file, line and place of every line. Kleene logic is written out as a table here; whether a line
decides is found by putting the other truth in its place and evaluating the whole tree again: in each of its places,
and in all of them at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AND = {
    ("true", "true"): "true",
    ("true", "unknown"): "unknown",
    ("unknown", "true"): "unknown",
    ("unknown", "unknown"): "unknown",
}
NOT = {"true": "false", "false": "true", "unknown": "unknown"}


def kleene(
    tree: dict[str, Any], replaced: frozenset[tuple[int, ...]] = frozenset(), by: str = "", path: tuple[int, ...] = ()
) -> str:
    """Return the truth of a tree, with the nodes at some paths replaced by a truth."""
    if path in replaced:
        return by
    if "truth" in tree:
        return str(tree["truth"])
    if "not" in tree:
        return NOT[kleene(tree["not"][0], replaced, by, (*path, 0))]
    every = "all" in tree
    truth = "true"
    for place, part in enumerate(tree["all" if every else "any"]):
        one = kleene(part, replaced, by, (*path, place))
        truth = AND.get((truth, one if every else NOT[one]), "false")
    return truth if every else NOT[truth]


def lines(
    tree: dict[str, Any], path: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[str, int, int], tuple[int, ...], dict[str, Any]]]:
    """Return every node that is a line, with its path."""
    if "line" in tree:
        file, line, place = tree["line"]
        yield (file, line, place), path, tree
    for kind in ("not", "all", "any"):
        for place, part in enumerate(tree.get(kind, ())):
            yield from lines(part, (*path, place))


Found = tuple[set[tuple[str, str]], set[tuple[tuple[str, int, int], str]], set[tuple[tuple[str, int, int], str]]]


def derive(rows: Iterable[dict[str, Any]]) -> Found:
    """Return the outcomes of rules, the truths of lines, and with which truths they decided."""
    found: Found = (set(), set(), set())
    outcomes, truths, decided = found
    for row in rows:
        tree = row["tree"]
        verdict = kleene(tree)
        if verdict != row["verdict"]:
            message = f"{row['case']}: the trace says {row['verdict']}, the tree {verdict}"
            raise SystemExit(message)
        outcomes.add((row["rule"], verdict))
        places: dict[tuple[tuple[str, int, int], str], list[tuple[int, ...]]] = {}
        for line, path, node in lines(tree):
            places.setdefault((line, kleene(node)), []).append(path)
        for (line, truth), paths in places.items():
            truths.add((line, truth))
            ways = [frozenset([path]) for path in paths] + [frozenset(paths)]
            if truth != "unknown" and any(kleene(tree, way, NOT[truth]) != verdict for way in ways):
                decided.add((line, truth))
    return found


if __name__ == "__main__":
    rows = Path(sys.argv[1]).read_text("utf-8").splitlines()
    outcomes, truths, decisive = derive(json.loads(row) for row in rows)
    sys.stdout.write(f"outcomes {len(outcomes)}, truths of lines {len(truths)}, decisive {len(decisive)}\n")
