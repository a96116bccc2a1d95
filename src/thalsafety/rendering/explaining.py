"""One rule's outcome on the lines that its author wrote."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from thalsafety.checklists import Outcome, wording
from thalsafety.checklists.deciding import settling
from thalsafety.checklists.foreseeing import LOOKED_AHEAD, foresee
from thalsafety.coverage.clearing import clearing
from thalsafety.engines import reference
from thalsafety.program import Compare, Known, Missing, Not, leaves
from thalsafety.rendering.text import BANNER, item, sources, wrapped
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.program import Feature, Leaf, Node
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
        lines += [[], [("title", name if name.startswith("schedule ") else f"definition {name}")]]
        lines += _defined(checklist, inside)
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
        lines += _ways(checklist, finding, when)
    asks = finding.outcome is Outcome.APPLIES
    if asks:
        lines += _future(checklist, finding)
    heading = "What it asks for" if asks else "What it would ask for (it does not apply, or cannot be told)"
    lines += [[], [("title", heading)]]
    lines += item(finding, checklist) if asks else [[("", f"    {finding.rule.action}")], *sources(finding)]
    return lines


def _ways(checklist: Checklist, finding: Finding, when: Node) -> Iterator[Line]:
    """Return the shortest ways to a verdict: which answers would decide it, and what decides whatever is answered."""
    lexicon = checklist.linked.lexicon
    limits: dict[Feature, list[Decimal]] = {question.feature: [] for question in finding.to_settle}
    for leaf in leaves(when):
        if isinstance(leaf, Compare) and isinstance(leaf.operand, Decimal):
            limits.setdefault(leaf.feature, []).append(leaf.operand)
    found = settling(when, [question.feature for question in finding.to_settle], checklist.answers)
    yield []
    yield [("title", "The shortest ways to a verdict")]
    for verdict, words in ((FALSE, "does not apply"), (TRUE, "applies")):
        ways = [way for way in found.ways if way.verdict is verdict]
        for way in ways[:_WAYS]:
            parts = [
                f"{wording.question(feature, lexicon)}: {wording.any_of(given, feature, limits[feature], lexicon)}"
                for feature, given in way.answers
            ]
            yield from wrapped(f"  {words}, when ", "; and ".join(parts), "    ", "")
        if len(ways) > _WAYS:
            yield [("quiet", f"  and {len(ways) - _WAYS} more ways in which it {words}")]
    for sure in found.surely or ():
        asked = "; ".join(wording.question(feature, lexicon) for feature in sure)
        yield from wrapped("  decided whatever is answered, by ", asked, "    ", "")


def _future(checklist: Checklist, finding: Finding) -> Iterator[Line]:
    """Return what would clear an item, and what becomes of it by itself."""
    yield []
    yield [("title", "What would clear it (shown to explain the item, not as advice)")]
    changes = clearing(checklist, finding)
    for said in changes[:_CHANGES]:
        yield from wrapped("  ", said, "    ", "")
    if len(changes) > _CHANGES:
        yield [("quiet", f"  and {len(changes) - _CHANGES} more single changes")]
    if not changes:
        yield [("", "  no single change of what a clinic can change today, among those looked at")]
    ahead = foresee(checklist, finding)
    words = {
        "clears": f"no longer applies from {ahead.clears}" if ahead.clears else "",
        "opens": f"can no longer be told from {ahead.opens}" if ahead.opens else "",
        "covered": f"is covered by {ahead.by} from {ahead.covered}" if ahead.covered else "",
    }
    said = next((text for text in words.values() if text), f"does not change within {LOOKED_AHEAD} days")
    yield from wrapped("  by itself, if nothing else happens: ", said, "    ", "")


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
