"""A checklist for the terminal: lines of styled pieces; plain when joined, coloured by the command line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from thalsafety.checklists import Outcome, wording
from thalsafety.program import Known
from thalsafety.truth import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.linked import Cited
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Leaf
    from thalsafety.truth import Truth

Piece: TypeAlias = tuple[str, str]
"""A style (`stop`, `urgent`, `due`, `note`, `title`, `quiet`, `warn` or nothing) and a text."""
Line: TypeAlias = "list[Piece]"

BANNER = "FICTIONAL PATIENT · for review by a clinician, who decides · not a medical device"
_SECTIONS = {"stop": "STOP", "urgent": "URGENT", "due": "DUE", "note": "NOTE"}
_MARKS = {TRUE: "+", FALSE: "-"}
_WIDTH = 100
_MANY_UNKNOWN = 6
_GAPS_SHOWN = 8


def plain(lines: Sequence[Line]) -> str:
    """Return the text without styles."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def render(checklist: Checklist, file: str, *, show_all: bool = False) -> list[Line]:
    """Return the whole page."""
    return [
        *_head(checklist, file),
        *_items(checklist),
        *_unknown(checklist),
        *_gone(checklist),
        *_rest(checklist, show_all),
        *_counts(checklist),
    ]


def overview(checklists: Sequence[Checklist], problems: int) -> list[Line]:
    """Return one line over many patients: how many have an item of each severity, and what could not be used."""
    counts = Counter(
        min((f.rule.severity for f in checklist.items), key=list(_SECTIONS).index, default="nothing")
        for checklist in checklists
    )
    words = [f"{counts[name]} with {heading} at worst" for name, heading in _SECTIONS.items() if counts[name]]
    words += [f"{counts['nothing']} with nothing asked for"] if counts["nothing"] else []
    text = f"{len(checklists)} patients: {', '.join(words)}"
    lost = f"; {problems} problems, see the messages" if problems else ""
    return [[("title", text), ("stop", lost)]]


def _head(checklist: Checklist, file: str) -> Iterator[Line]:
    linked = checklist.linked
    yield [("title", BANNER)]
    yield [("title", label_of(checklist.state))]
    yield [("", f"as of {checklist.state.as_of.text} · profile {linked.profile} ({linked.profile_title})")]
    yield [
        (
            "quiet",
            f"{file} · rule set {linked.version} ({linked.digest[:12]}), {len(linked.rules)} rules, both engines agree",
        )
    ]
    stale = wording.past_review(linked, checklist.state.as_of.day())
    if stale:
        yield from wrapped("", stale, "", "warn")
    if checklist.since is not None:
        from thalsafety.rendering import changed  # noqa: PLC0415  only where checks are compared

        yield from wrapped("", changed.summary(checklist.since), "", "title")
        for warning in changed.warnings(checklist.since):
            yield from wrapped("", warning, "", "warn")


def label_of(state: PatientFacts) -> str:
    """Return what a page calls the patient, with the second identifier."""
    person = state.patient
    label = person.label if person and person.label else "no label"
    return f"{label} ({person.identifier})" if person and person.identifier else label


def _items(checklist: Checklist) -> Iterator[Line]:
    items = checklist.items
    for severity, heading in _SECTIONS.items():
        chosen = [f for f in items if f.rule.severity == severity and f.rule.status == "active"]
        if chosen:
            yield []
            yield [(severity, heading)]
            for finding in chosen:
                yield from item(finding, checklist)
    drafts = [f for f in items if f.rule.status == "draft"]
    if drafts:
        yield []
        yield [("title", "DRAFT RULES, not reviewed")]
        for finding in drafts:
            yield from item(finding, checklist)
    errors = checklist.of(Outcome.ERROR)
    if errors:
        yield []
        yield [("stop", "ERROR, not checked")]
        for finding in errors:
            yield [("stop", f"[!] {finding.rule.id}"), ("", f": {finding.reason}")]
            yield [("quiet", f"    {finding.rule.file}")]
    if not items and not errors:
        yield []
        yield [("", _nothing(checklist))]


def _nothing(checklist: Checklist) -> str:
    """Return what to say when there is no item."""
    if checklist.selection:
        return f"No rule of this selection ({checklist.selection}) asks for anything on this day."
    if checklist.unknown:
        return "No rule surely asks for anything on this day; some cannot be told, see below."
    return "No rule asks for anything on this day."


def item(finding: Finding, checklist: Checklist) -> Iterator[Line]:
    """Return one item: what to do, who, by when, why, from which source."""
    rule = finding.rule
    mark, before = _beside(finding, checklist)
    yield from wrapped(f"[ ] {mark}", rule.action, "    ", rule.severity)
    due = f" · by {finding.due.isoformat()}" if finding.due else ""
    if finding.due and rule.deadline is not None and rule.deadline.assumption and not rule.due_from:
        due += f" (our deadline, {wording.quantity(rule.deadline.value, rule.deadline.unit)})"
    yield [("quiet", f"    {rule.by}{due} · {rule.id}")]
    yield from before
    yield from _reasons(finding, checklist)
    yield from scores(finding, checklist)
    yield from _outlook(finding, checklist)
    yield from sources(finding)


def scores(finding: Finding, checklist: Checklist) -> Iterator[Line]:
    """Return the scores that a finding rests on, with every point."""
    for name in finding.rule.scores:
        from thalsafety.checklists.scoring import tally  # noqa: PLC0415  only where a score was asked

        said = wording.tally(tally(checklist.linked.scores[name], checklist.answers))
        yield from wrapped("    = ", said, "      ", "")


def _outlook(finding: Finding, checklist: Checklist) -> Iterator[Line]:
    """Return what would change a finding, where that was asked for."""
    if checklist.outlooks is None or finding.rule.id not in checklist.outlooks:
        return
    from thalsafety.rendering import outlooks  # noqa: PLC0415  only where it was asked for

    for said in outlooks.short(checklist.outlooks[finding.rule.id], finding, checklist):
        yield from wrapped("    ~ ", said, "      ", "quiet")


def _beside(finding: Finding, checklist: Checklist) -> tuple[str, list[Line]]:
    """Return the mark of an open finding, with a space after it, and how it stood in the earlier check."""
    since = checklist.since
    if since is None:
        return "", []
    from thalsafety.rendering import changed  # noqa: PLC0415  only where checks are compared

    mark = since.marks.get(finding.rule.id)
    tag, before = changed.tag(mark, since), changed.detail(mark, finding.outcome)
    return f"{tag} " if tag else "", list(wrapped("    before: ", before, "            ", "")) if before else []


def _reasons(finding: Finding, checklist: Checklist) -> Iterator[Line]:
    seen: set[str] = set()
    for leaf, truth in finding.because:
        text = wording.answered(leaf, truth, checklist.answers[leaf.feature.index], checklist.linked.lexicon)
        if text not in seen:  # a definition may ask the same twice, once of each side
            seen.add(text)
            yield from clause(leaf, truth, checklist, "    ")


def clause(leaf: Leaf, truth: Truth, checklist: Checklist, indent: str) -> Iterator[Line]:
    """Return one clause with its answer and where it came from."""
    found = checklist.answers[leaf.feature.index]
    text = wording.answered(leaf, truth, found, checklist.linked.lexicon)
    yield from wrapped(f"{indent}{_MARKS.get(truth, '?')} ", text, f"{indent}  ", "")
    parameter = getattr(leaf, "parameter", None)
    for pinned in (parameter, *leaf.feature.pinned):
        if pinned is not None and pinned.assumption:
            text = f"our assumption: {pinned.name} = {wording.quantity(pinned.value, pinned.unit)}"
            yield [("warn", f"{indent}  {text}")]


def sources(finding: Finding) -> Iterator[Line]:
    """Return the cited statements, and a warning for wording that was not verified."""
    text = statements(finding.rule.guidance)
    if text:
        yield from wrapped("    from ", text, "         ", "quiet")
    if finding.unverified:
        names = ", ".join(finding.unverified)
        text = f"source wording not verified ({names}): confirm against the current document"
        yield from wrapped("    ", text, "    ", "warn")


def statements(guidance: Iterable[Cited]) -> str:
    """Return the cited statements in force, each with its source and where it stands."""
    return "; ".join(
        f"{c.statement} ({c.source}, {c.locator}{f', {c.evidence_level}' if c.evidence_level else ''})"
        for c in guidance
        if c.in_force
    )


def _unknown(checklist: Checklist) -> Iterator[Line]:
    unknown = checklist.unknown
    if not unknown:
        return
    yield []
    yield [("title", "CANNOT TELL, and what would settle it")]
    yield from _most_open(unknown)
    for finding in unknown:
        rule = finding.rule
        draft = " (draft rule, not reviewed)" if rule.status == "draft" else ""
        heading = f"{_SECTIONS[rule.severity]}{draft}"
        mark, before = _beside(finding, checklist)
        yield [(rule.severity, f"[?] {mark}{heading}"), ("", f" {rule.title}"), ("quiet", f" · {rule.id}")]
        yield from before
        asked = [
            f"{wording.question(q.feature, checklist.linked.lexicon)} ({why(q.answer)})" for q in finding.to_settle
        ]
        yield from wrapped("    settle: ", "; ".join(asked), "            ", "")
        yield from scores(finding, checklist)
        yield from _outlook(finding, checklist)


def _most_open(unknown: Sequence[Finding]) -> Iterator[Line]:
    """Return what leaves most rules open, when there are many: one gap often stands behind a dozen items."""
    if len(unknown) < _MANY_UNKNOWN:
        return
    counts = Counter(reason for finding in unknown for reason in {why(q.answer) for q in finding.to_settle})
    for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_GAPS_SHOWN]:
        if count > 1:
            yield [("", f"    {reason}: part of {count} open rules")]


def why(answer: object) -> str:
    """Return why a question has no sufficient answer."""
    return "known only within bounds" if isinstance(answer, Known) else str(getattr(answer, "reason", ""))


def _gone(checklist: Checklist) -> Iterator[Line]:
    """Return what was open in the earlier check and is not now; what is covered or unchecked is not resolved."""
    since = checklist.since
    if since is None:
        return
    from thalsafety.rendering import changed  # noqa: PLC0415  only where checks are compared

    for heading, style, found in (
        (f"OPEN ON {since.as_of} AND NOT CHECKED NOW, so not resolved", "stop", since.unchecked),
        (f"COVERED BY A GRAVER ITEM SINCE {since.as_of}, so not resolved", "title", since.covered),
        (f"RESOLVED SINCE {since.as_of}", "title", since.resolved),
    ):
        if found:
            yield []
            yield [(style, heading)]
        for one in found:
            text = f"{_SECTIONS[one.severity]} {one.title} · {one.rule}: {changed.became(one)}"
            yield from wrapped("    ", text, "      ", "")


def _rest(checklist: Checklist, show_all: bool) -> Iterator[Line]:  # noqa: FBT001  an option of the page
    folded = checklist.covered
    if folded:
        yield []
        yield [("title", "COVERED BY A GRAVER ITEM")]
        for finding in folded:
            doubt = "cannot tell, " if finding.outcome is Outcome.CANNOT_TELL else ""
            see = f"({doubt}see {', '.join(finding.superseded_by)})"
            yield [("quiet", f"    {finding.rule.id}: {finding.rule.title} {see}")]
    clear: dict[str, list[str]] = {}
    for finding in checklist.of(Outcome.DOES_NOT_APPLY):
        title = checklist.linked.topics.get(finding.rule.topic, (0, finding.rule.topic))[1]
        clear.setdefault(title, []).append(finding.rule.id)
    if clear and not show_all:
        yield []
        yield [("title", "CHECKED AND CLEAR")]
        text = "; ".join(f"{topic} {len(rules)}" for topic, rules in sorted(clear.items()))
        yield from wrapped("    ", f"{text}  (--show all lists them)", "    ", "quiet")
    if show_all:
        yield from _listed(checklist, Outcome.DOES_NOT_APPLY, "DOES NOT APPLY, and why not")
        yield from _listed(checklist, Outcome.NOT_IN_FORCE, "NOT IN FORCE")


def _listed(checklist: Checklist, outcome: Outcome, heading: str) -> Iterator[Line]:
    found = checklist.of(outcome)
    if found:
        yield []
        yield [("title", heading)]
    for finding in found:
        yield [("", f"    {finding.rule.id}: {finding.rule.title}"), ("quiet", f" {finding.reason}".rstrip())]
        for leaf, truth in finding.because:
            yield from clause(leaf, truth, checklist, "      ")


def _counts(checklist: Checklist) -> Iterator[Line]:
    counts = checklist.counts
    words = {
        Outcome.APPLIES: "apply",
        Outcome.CANNOT_TELL: "cannot tell",
        Outcome.DOES_NOT_APPLY: "do not apply",
        Outcome.NOT_IN_FORCE: "not in force",
        Outcome.ERROR: "in error",
    }
    yield []
    yield [
        (
            "quiet",
            "[ ] to review  [?] cannot be told  + holds  - does not hold  ? not known; numbers of ours are marked",
        )
    ]
    text = ", ".join(f"{counts[outcome]} {word}" for outcome, word in words.items())
    yield [("", f"{sum(counts.values())} rules: {text}")]
    if checklist.selection:
        yield [
            ("warn", f"shown: only {checklist.selection} ({len(checklist.findings)} of {sum(counts.values())} rules)")
        ]


def wrapped(first: str, text: str, rest: str, style: str) -> Iterator[Line]:
    """Return a text broken into lines; its first line begins with one lead, the others with another."""
    lead, line = first, ""
    for word in text.split():
        if line and len(lead) + len(line) + 1 + len(word) > _WIDTH:
            yield [("", lead), (style, line)]
            lead, line = rest, word
        else:
            line = f"{line} {word}" if line else word
    yield [("", lead), (style, line)]
