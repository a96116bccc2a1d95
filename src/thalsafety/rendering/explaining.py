"""One rule's outcome on the lines that its author wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.checklists import Outcome, wording
from thalsafety.coverage.clearing import outlook
from thalsafety.engines import reference
from thalsafety.program import Compare, Known, Missing, Not, leaves
from thalsafety.rendering import outlooks
from thalsafety.rendering.text import BANNER, item, scores, sources, wrapped
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.checklists.outlook import Outlook
    from thalsafety.program import Leaf, Node
    from thalsafety.rendering.text import Line
    from thalsafety.truth import Truth

_WAYS = 4
_CHANGES = 6
_MARKS = {TRUE: ("due", "T"), FALSE: ("quiet", "F"), UNKNOWN: ("urgent", "?")}
_WORDS = {
    Outcome.APPLIES: "APPLIES",
    Outcome.DOES_NOT_APPLY: "DOES NOT APPLY",
    Outcome.CANNOT_TELL: "CANNOT TELL",
    Outcome.NOT_IN_FORCE: "NOT IN FORCE",
    Outcome.ERROR: "ERROR",
}


def render(checklist: Checklist, finding: Finding, file: str, text_of: Callable[[str], str]) -> list[Line]:
    """Return the page; `text_of` gives the text of a rule file by its name within the rules."""
    person, linked = checklist.state.patient, checklist.linked
    about = [person.label if person and person.label else "no label", file, f"as of {checklist.state.as_of.text}"]
    lines: list[Line] = [
        [("title", BANNER)],
        [("title", f"{finding.rule.id}: {_WORDS[finding.outcome]}")],
        [("", finding.rule.title)],
        [("quiet", " · ".join((*about, f"profile {linked.profile}")))],
    ]
    when = next((rule.when for rule in checklist.linked.program.rules if rule.id == finding.rule.id), None)
    if when is None:
        return [*lines, [], [("", finding.reason)]]
    lines += [[], [("title", "The rule's own lines (T true, F false, ? unknown)")]]
    lines += _marked(checklist, when, finding.rule.file, text_of, "when:")
    for name in dict.fromkeys(name for leaf in leaves(when) for name in leaf.origin.via):
        inside = [leaf for leaf in leaves(when) if leaf.origin.via and leaf.origin.via[-1] == name]
        lines += [[], [("title", name if name.startswith(("schedule ", "score ")) else f"definition {name}")]]
        lines += _defined(checklist, inside)
    if finding.rule.scores:
        lines += [[], [("title", "Scores")], *scores(finding, checklist)]
    if finding.to_settle:
        lines += [[], [("title", "What would settle it")]]
        for question in finding.to_settle:
            asked = wording.question(question.feature, checklist.linked.lexicon)
            answer = question.answer
            lines.append(
                [
                    ("", f"  {asked}: "),
                    ("quiet", "known only within bounds" if isinstance(answer, Known) else answer.reason),
                ]
            )
    asks = finding.outcome is Outcome.APPLIES
    looked = outlook(checklist, finding)
    lines += [*_ways(checklist, finding, looked), *_future(looked)]
    heading = "What it asks for" if asks else "What it would ask for (it does not apply, or cannot be told)"
    lines += [[], [("title", heading)]]
    lines += item(finding, checklist) if asks else [[("", f"    {finding.rule.action}")], *sources(finding)]
    return lines


def _ways(checklist: Checklist, finding: Finding, outlook: Outlook) -> Iterator[Line]:
    """Return the shortest ways to a verdict: which answers would decide it, and what decides whatever is answered."""
    found = outlook.settling
    if found is None:
        return
    yield []
    yield [("title", "The shortest ways to a verdict")]
    for verdict, words in outlooks.VERDICTS:
        ways = [way for way in found.ways if way.verdict is verdict]
        for way in ways[:_WAYS]:
            yield from wrapped(f"  {words}, when ", outlooks.way(way, finding, checklist), "    ", "")
        if len(ways) > _WAYS:
            yield [("quiet", f"  and {len(ways) - _WAYS} more ways in which it {words}")]
        if verdict in found.too_many:
            yield [("quiet", f"  too many ways in which it {words} to list them")]
    for sure in found.surely or ():
        asked = "; ".join(wording.question(feature, checklist.linked.lexicon) for feature in sure)
        yield from wrapped("  decided whatever is answered, by ", asked, "    ", "")


def _future(outlook: Outlook) -> Iterator[Line]:
    """Return what would clear an item, and what becomes of it by itself."""
    if outlook.ahead is None:
        return
    yield []
    yield [("title", "What would clear it (shown to explain the item, not as advice)")]
    for said in outlook.clearing[:_CHANGES]:
        yield from wrapped("  ", said, "    ", "")
    if len(outlook.clearing) > _CHANGES:
        yield [("quiet", f"  and {len(outlook.clearing) - _CHANGES} more single changes")]
    if not outlook.clearing:
        yield [("", f"  {outlooks.NOTHING_CLEARS}")]
    yield from wrapped("  by itself, if nothing else happens: ", outlooks.by_itself(outlook.ahead), "    ", "")


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Not):
        yield from _walk(node.part)
    elif not isinstance(node, (Compare, Missing)):
        for part in node.parts:
            yield from _walk(part)


def _marked(checklist: Checklist, when: Node, file: str, text_of: Callable[[str], str], key: str) -> Iterator[Line]:
    """Return the lines of a file's condition, each with the truth of what begins on it."""
    truths: dict[int, Truth] = {}
    answers: dict[int, Leaf] = {}
    for node in _walk(when):
        if node.origin.file != file or node.origin.via:
            continue
        truths.setdefault(node.origin.line, reference.evaluate(node, checklist.answers))
        if isinstance(node, Compare):
            answers.setdefault(node.origin.line, node)
    written = text_of(file).splitlines()
    start = next((i for i, line in enumerate(written) if line.startswith(key)), 0)
    for number in range(start, len(written)):
        line = written[number]
        if number > start and line and not line.startswith((" ", "-", "#")):
            return
        style, mark = _MARKS[truths[number + 1]] if number + 1 in truths else ("", " ")
        yield [(style, f"{mark} "), ("", f"{number + 1:4} {line}")]
        if number + 1 in answers:
            leaf = answers[number + 1]
            given = wording.answer(checklist.answers[leaf.feature.index], leaf.feature, checklist.linked.lexicon)
            yield [("quiet", f"{'':7}{' ' * (len(line) - len(line.lstrip()))}-> {given}")]


def _defined(checklist: Checklist, inside: list[Leaf]) -> Iterator[Line]:
    """Return the leaves that a definition or schedule put into the rule."""
    seen: set[tuple[int, str]] = set()
    for leaf in inside:
        truth = reference.evaluate(leaf, checklist.answers)
        text = wording.answered(leaf, truth, checklist.answers[leaf.feature.index], checklist.linked.lexicon)
        if (leaf.origin.line, text) not in seen:
            seen.add((leaf.origin.line, text))
            style, mark = _MARKS[truth]
            yield [(style, f"{mark} "), ("", text)]
