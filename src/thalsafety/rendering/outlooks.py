"""What would change a finding, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from thalsafety.checklists import wording
from thalsafety.checklists.foreseeing import LOOKED_AHEAD
from thalsafety.program import Compare, leaves
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.checklists.deciding import Way
    from thalsafety.checklists.foreseeing import Ahead
    from thalsafety.checklists.outlook import Outlook
    from thalsafety.program import Feature
    from thalsafety.truth import Truth

VERDICTS = ((FALSE, "does not apply"), (TRUE, "applies"))
NOTHING_CLEARS = "no single change of what a clinic can change today, among those looked at"


def told(way: Way, finding: Finding, checklist: Checklist) -> list[tuple[str, str]]:
    """Return the questions of a way to a verdict, each with the answers that serve."""
    lexicon = checklist.linked.lexicon
    limits = _limits(finding, checklist)
    return [
        (wording.question(feature, lexicon), wording.any_of(given, feature, limits.get(feature, []), lexicon))
        for feature, given in way.answers
    ]


def way(found: Way, finding: Finding, checklist: Checklist) -> str:
    """Return a way to a verdict in one line."""
    return "; and ".join(f"{question}: {answer}" for question, answer in told(found, finding, checklist))


def by_itself(ahead: Ahead) -> str:
    """Return what becomes of an item when nothing is done and nothing else happens."""
    if ahead.clears is not None:
        return f"no longer applies from {ahead.clears}"
    if ahead.opens is not None:
        return f"can no longer be told from {ahead.opens}"
    if ahead.covered is not None:
        return f"is covered by {ahead.by} from {ahead.covered}"
    return f"does not change within {LOOKED_AHEAD} days"


def short(outlook: Outlook, finding: Finding, checklist: Checklist) -> Iterator[str]:
    """Return the outlook of a finding in a sentence or two, for a page."""
    if outlook.ahead is not None:
        yield f"If nothing is done and nothing else happens: {by_itself(outlook.ahead)}."
        yield f"It would clear (an explanation, not advice) with: {_first(outlook.clearing)}."
    if outlook.settling is None:
        return
    for verdict, words in VERDICTS:
        ways = [one for one in outlook.settling.ways if one.verdict is verdict]
        if ways:
            yield f"Shortest way to {_NOUNS[verdict]}: {way(ways[0], finding, checklist)}{_others(ways)}."
        elif verdict in outlook.settling.too_many:
            yield f"There are too many ways in which it {words} to list them."
        else:
            yield f"No answer to these questions alone makes it {_NOUNS[verdict]}."


_NOUNS: dict[Truth, str] = {FALSE: "“does not apply”", TRUE: "“applies”"}


def _others(ways: Sequence[Way]) -> str:
    return f" ({len(ways) - 1} more)" if len(ways) > 1 else ""


def _first(changes: Sequence[str]) -> str:
    """Return the first change, and how many more there are."""
    if not changes:
        return NOTHING_CLEARS
    return changes[0] + (f" ({len(changes) - 1} more)" if len(changes) > 1 else "")


def _limits(finding: Finding, checklist: Checklist) -> dict[Feature, list[Decimal]]:
    """Return the numbers that a rule holds each question's answer against."""
    when = next(rule.when for rule in checklist.linked.program.rules if rule.id == finding.rule.id)
    limits: dict[Feature, list[Decimal]] = {}
    for leaf in leaves(when):
        if isinstance(leaf, Compare) and isinstance(leaf.operand, Decimal):
            limits.setdefault(leaf.feature, []).append(leaf.operand)
    return limits
