"""The printed checklist before it is set: every text of a page in its place, and nothing of how it looks.

PDF, HTML, Markdown and plain text are set from the same sheet, so that they cannot drift apart.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count as naturals
from math import ceil
from typing import TYPE_CHECKING

from thalsafety.checklists import Outcome, wording
from thalsafety.checklists.scoring import tally
from thalsafety.checklists.upcoming import upcoming
from thalsafety.model.plain import SEVERITIES
from thalsafety.program import Compare, Known
from thalsafety.rendering import changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.checklists.changes import Gone
    from thalsafety.linked import Linked
    from thalsafety.program import Leaf, Pinned
    from thalsafety.truth import Truth

NOTICE = "FICTIONAL PATIENT · for clinician review · not a medical device"
OURS = "†"
LEGEND = f"{OURS} number or date chosen by this project: an assumption, not from a source"
TITLE = "Safety-monitoring checklist"
AHEAD = 28
"""Days ahead for which the next turns of schedules are printed."""
PAUSE_AT = 9
"""At most so many items stand between two pause points."""
_GAPS_FROM = 6
"""From so many open rules on, what is missing is listed once, by letter, instead of with each rule."""
_MOST_REASONS = 4
"""Reasons printed with an item; when there are more, the rest is counted."""
_BEST_REASONS = 2
_MEANINGS = {
    "stop": "review before anything else",
    "urgent": "review at this visit, act by the date given",
    "due": "falls due on the date given",
    "note": "to be aware of",
}
_TWICE = re.compile(r".* on file(?P<window> \([^()]*\))?: no \((?P<why>no [^()]* is on file)\)")
_TOLD = re.compile(
    r" (not recorded|on file)$|^the latest .* is older than |one of the medicines asked about is not known$"
)
"""Reasons that name what is missing themselves."""
ROLES = {"prescriber": "Prescriber", "pharmacist": "Pharmacist", "any clinician": "Any clinician"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to review: what, who, by when, why, from where.

    `best` are the places of the reasons that say most, for a page without room for all; `more` is how many
    reasons are not printed at all. `remarks` must not be overlooked: a draft, wording that was not verified.
    `notes` explain scores, and say what would change it, where that was asked for.
    """

    number: str
    severity: str
    signal: str
    action: str
    who: str
    rule: str
    reasons: tuple[str, ...] = ()
    sources: str = ""
    remarks: tuple[str, ...] = ()
    settle: str = ""
    change: str = ""
    notes: tuple[str, ...] = ()
    best: tuple[int, ...] = ()
    more: int = 0

    @property
    def why(self) -> str:
        """Return the reasons in one sentence."""
        more = f"; and {self.more} more, see thalsafety explain" if self.more else ""
        return f"{'; '.join(self.reasons)}{more}." if self.reasons else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand together; `pause` is what to check before going on to them."""

    title: str
    items: tuple[Item, ...]
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not on file, and how many rules it leaves open."""

    letter: str
    text: str
    opens: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: `kind` is a severity, `unknown`, `draft` or `error`; `pause` stands before it."""

    kind: str
    heading: str
    meaning: str
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...] = ()
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A short entry with what is said of it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One patient's checklist, ready to be set."""

    title: str
    notice: str
    label: str
    identity: str
    as_of: str
    profile: str
    rule_set: str
    summary: str
    nothing: str
    remarks: tuple[str, ...]
    sections: tuple[Section, ...]
    covered: tuple[Line, ...]
    clear: tuple[Line, ...]
    ahead: tuple[Line, ...]
    resolved: tuple[Line, ...]
    not_resolved: tuple[Line, ...]
    sources: tuple[Line, ...]
    signatures: tuple[str, ...]
    counts: str
    legend: str
    worst: str
    items: int
    unknown: int
    next_due: str


@dataclass(frozen=True, slots=True)
class Row:
    """A patient's line on the cover."""

    label: str
    identity: str
    as_of: str
    worst: str
    items: int
    unknown: int
    next_due: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed at once: sheets, a cover when there are several, and what could not be used."""

    title: str
    notice: str
    date: str
    rows: tuple[Row, ...]
    lost: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def document(sheets: Sequence[Sheet], lost: Sequence[str]) -> Document:
    """Return a document of at least one sheet; `lost` says what has none, and why."""
    several = len(sheets) > 1 or bool(lost)
    title = f"{TITLE}s: {len(sheets)} patient{'' if len(sheets) == 1 else 's'}"
    return Document(
        title=title if several else f"{TITLE}: {sheets[0].label}",
        notice=NOTICE,
        date=max(sheet.as_of for sheet in sheets)[:10],
        rows=tuple(_row(sheet) for sheet in sheets) if several else (),
        lost=tuple(lost),
        sheets=tuple(sheets),
    )


def _row(sheet: Sheet) -> Row:
    return Row(
        label=sheet.label,
        identity=sheet.identity,
        as_of=sheet.as_of,
        worst=sheet.worst.upper() or "none",
        items=sheet.items,
        unknown=sheet.unknown,
        next_due=sheet.next_due or "none",
    )


def sheet(checklist: Checklist, file: str, version: str) -> Sheet:
    """Return the sheet of one patient's checklist; `version` is the program's."""
    linked, state = checklist.linked, checklist.state
    person = state.patient
    label = person.label if person and person.label else "no label"
    counter = _Counter()
    sections = tuple(_sections(checklist, counter))
    return Sheet(
        title=TITLE,
        notice=NOTICE,
        label=label,
        identity=_identity(checklist),
        as_of=state.as_of.text,
        profile=f"{linked.profile} ({linked.profile_title})",
        rule_set=f"thalsafety {version}, rules {linked.version} ({linked.digest[:12]})",
        summary=_summary(checklist),
        nothing=_nothing(checklist),
        remarks=tuple(_remarks(checklist, file)),
        sections=sections,
        covered=tuple(_covered(checklist)),
        clear=tuple(_clear(checklist)),
        ahead=tuple(_ahead(checklist)),
        resolved=_gone(checklist.since.resolved if checklist.since else ()),
        not_resolved=_gone((*checklist.since.covered, *checklist.since.unchecked) if checklist.since else ()),
        sources=tuple(_sources(checklist)),
        signatures=("Prescriber", "Pharmacist"),
        counts=_counts(checklist),
        legend=LEGEND,
        worst=_worst(checklist),
        items=len(checklist.items),
        unknown=len(checklist.unknown),
        next_due=_next_due(checklist),
    )


# ---------------------------------------------------------------- head


def _identity(checklist: Checklist) -> str:
    """Return the second identifier: as recorded, else the birth date, else a line to fill in."""
    person = checklist.state.patient
    parts = []
    if person and person.identifier:
        parts.append(f"identifier {person.identifier}")
    if person and person.birth_date:
        parts.append(f"born {person.birth_date.text}")
    elif person and person.age is not None:
        parts.append(f"age {wording.number(person.age)}")
    if person and person.sex_at_birth:
        parts.append(person.sex_at_birth)
    if not (person and (person.identifier or person.birth_date)):
        parts.append("second identifier ____________")
    return ", ".join(parts)


def _summary(checklist: Checklist) -> str:
    """Return how many items there are of each severity."""
    counts = Counter(f.rule.severity for f in checklist.items if f.rule.status == "active")
    parts = [f"{counts[name]} {name}" for name in SEVERITIES if counts[name]]
    drafts = sum(f.rule.status == "draft" for f in checklist.items)
    parts += [f"{drafts} from draft rules"] if drafts else []
    parts += [f"{len(checklist.unknown)} cannot tell"] if checklist.unknown else []
    errors = len(checklist.of(Outcome.ERROR))
    parts += [f"{errors} not checked (error)"] if errors else []
    return ", ".join(parts) or "no items"


def _worst(checklist: Checklist) -> str:
    found = [f.rule.severity for f in checklist.items]
    return min(found, key=SEVERITIES.index) if found else ""


def _nothing(checklist: Checklist) -> str:
    """Return what to say when there is no item; nothing when there is one."""
    if checklist.items or checklist.of(Outcome.ERROR):
        return ""
    if checklist.selection:
        return "No rule of this selection asks for anything on this day."
    if checklist.unknown:
        return "No rule surely asks for anything on this day; some cannot be told, see below."
    return "No rule asks for anything on this day. What was looked at stands below."


def _remarks(checklist: Checklist, file: str) -> Iterator[str]:
    if checklist.selection:
        total = sum(checklist.counts.values())
        yield f"Shown: only {checklist.selection} ({len(checklist.findings)} of {total} rules). Not a whole checklist."
    yield f"Made from {file}; two engines agree on every rule."
    stale = wording.past_review(checklist.linked, checklist.state.as_of.day())
    if stale:
        yield f"{stale}."
    since = checklist.since
    if since is not None:
        said = (changed.summary(since), *changed.warnings(since))
        yield " ".join(f"{text[:1].upper()}{text[1:]}." for text in said)


# ---------------------------------------------------------------- items


class _Counter:
    """Numbers the items of a sheet, and decides where a reader pauses."""

    def __init__(self) -> None:
        self.last = 0
        self.since = 0
        self.from_ = 1

    def number(self) -> str:
        self.last += 1
        return str(self.last)

    def pause(self, size: int) -> str:
        """Return the text of a pause point when a group of this size needs one before it."""
        if self.since == 0 or self.since + size <= PAUSE_AT:
            self.since += size
            return ""
        first, last = self.from_, self.last
        self.from_, self.since = last + 1, size
        which = f"item {last} has" if first == last else f"items {first} to {last} have"
        return f"Pause. Check that {which} an answer before going on."


def _sections(checklist: Checklist, counter: _Counter) -> Iterator[Section]:
    active = [f for f in checklist.items if f.rule.status == "active"]
    for name in SEVERITIES:
        found = [f for f in active if f.rule.severity == name]
        if found:
            yield _section(name, name.upper(), _MEANINGS[name], _groups(found, checklist, counter))
    if checklist.unknown:
        lettered = len(checklist.unknown) >= _GAPS_FROM
        gaps = _gaps(checklist.unknown, checklist) if lettered else {}
        groups = _open_groups(checklist, gaps, counter)
        yield _section("unknown", "CANNOT TELL", "and what would settle it", groups, tuple(gaps.values()))
    drafts = [f for f in checklist.items if f.rule.status == "draft"]
    if drafts:
        yield _section("draft", "DRAFT RULES", "not reviewed, for discussion only", _groups(drafts, checklist, counter))
    errors = checklist.of(Outcome.ERROR)
    if errors:
        groups = _chunks("", errors, lambda finding: _error(finding, counter), counter)
        yield _section("error", "NOT CHECKED", "these rules are in error and say nothing about this patient", groups)


def _section(kind: str, heading: str, meaning: str, groups: Iterable[Group], gaps: tuple[Gap, ...] = ()) -> Section:
    """Return a section; a pause before its first group is a pause before the section."""
    first, *rest = groups
    return Section(kind, heading, meaning, (replace(first, pause=""), *rest), gaps, first.pause)


def _groups(found: Sequence[Finding], checklist: Checklist, counter: _Counter) -> Iterator[Group]:
    """Return a section's items: in one group when they are few, else by topic."""
    topics: dict[str, list[Finding]] = {}
    for finding in found:
        topics.setdefault(_topic(finding, checklist.linked) if len(found) > PAUSE_AT else "", []).append(finding)
    for title, findings in topics.items():
        yield from _chunks(title, findings, lambda finding: _item(finding, checklist, counter), counter)


def _chunks(
    title: str, findings: Sequence[Finding], item: Callable[[Finding], Item], counter: _Counter
) -> Iterator[Group]:
    """Return items in groups of at most nine and of like size, numbered as they come."""
    size = ceil(len(findings) / ceil(len(findings) / PAUSE_AT))
    for start in range(0, len(findings), size):
        chunk = findings[start : start + size]
        pause = counter.pause(len(chunk))
        shown = f"{title}, continued" if title and start else title
        yield Group(shown, tuple(map(item, chunk)), pause)


def _topic(finding: Finding, linked: Linked) -> str:
    return linked.topics.get(finding.rule.topic, (0, finding.rule.topic))[1]


def _item(finding: Finding, checklist: Checklist, counter: _Counter) -> Item:
    """Return one applying rule."""
    rule = finding.rule
    reasons, best, more = _reasons(finding, checklist)
    return Item(
        number=counter.number(),
        severity=rule.severity,
        signal=rule.severity.upper(),
        action=rule.action,
        who=_who(finding),
        rule=rule.id,
        reasons=reasons,
        best=best,
        more=more,
        sources=_cited([finding]),
        remarks=tuple(_marks(finding, checklist)),
        change=_change(finding, checklist),
        notes=_notes(finding, checklist),
    )


def _notes(finding: Finding, checklist: Checklist) -> tuple[str, ...]:
    """Return the scores that a finding rests on, and what would change it, where that was asked for."""
    notes = [wording.tally(tally(checklist.linked.scores[name], checklist.answers)) for name in finding.rule.scores]
    if checklist.outlooks is not None and finding.rule.id in checklist.outlooks:
        from thalsafety.rendering import outlooks  # noqa: PLC0415  only where it was asked for

        notes += outlooks.short(checklist.outlooks[finding.rule.id], finding, checklist)
    return tuple(map(plainly, notes))


def _error(finding: Finding, counter: _Counter) -> Item:
    rule = finding.rule
    reasons = (finding.reason,)
    who = "Author of the rules"
    return Item(counter.number(), rule.severity, "NOT CHECKED", rule.title, who, rule.id, reasons, best=(0,))


def _who(finding: Finding) -> str:
    """Return who is asked, and by when."""
    rule = finding.rule
    who = ROLES.get(rule.by, rule.by)
    if finding.due is None:
        return who
    ours = rule.deadline is not None and rule.deadline.assumption and not rule.due_from
    return f"{who}, by {finding.due.isoformat()}{OURS if ours else ''}"


def _reasons(finding: Finding, checklist: Checklist) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Return the reasons to print, each once, the places of the best of them, and how many are left out."""
    told: dict[str, tuple[bool, bool, bool]] = {}
    for leaf, truth in finding.because:
        told.setdefault(_reason(leaf, truth, checklist), _weight(leaf, checklist))
    texts = list(told)
    ranked = sorted(range(len(texts)), key=lambda place: (told[texts[place]], -place), reverse=True)
    kept = sorted(ranked[:_MOST_REASONS])
    best = tuple(sorted(kept.index(place) for place in ranked[:_BEST_REASONS]))
    return tuple(texts[place] for place in kept), best, len(texts) - len(kept)


def _reason(leaf: Leaf, truth: Truth, checklist: Checklist) -> str:
    """Return one clause with its answer, with numbers of ours marked."""
    text = wording.answered(leaf, truth, checklist.answers[leaf.feature.index], checklist.linked.lexicon)
    parameter = getattr(leaf, "parameter", None)
    return plainly(_shorter(marked(text, [*([parameter] if parameter else []), *leaf.feature.pinned])))


def marked(text: str, parameters: Iterable[Pinned]) -> str:
    """Return a text with the numbers of ours marked in it."""
    for parameter in parameters:
        if parameter.assumption:
            number = wording.quantity(parameter.value, parameter.unit)
            text = re.sub(rf"(?<![\w.]){re.escape(number)}(?!\w)", f"{number}{OURS}", text, count=1)
    return text


def _weight(leaf: Leaf, checklist: Checklist) -> tuple[bool, bool, bool]:
    """Return how much a clause says: written in the rule itself, held against a number, answered with a date."""
    answer = checklist.answers[leaf.feature.index]
    dated = bool(answer.evidence and answer.evidence.date)
    return not leaf.origin.via, isinstance(leaf, Compare) and leaf.parameter is not None, dated


def _shorter(text: str) -> str:
    """Return "no X is on file (window)" for "X on file (window): no (no X is on file)"."""
    found = _TWICE.fullmatch(text)
    return f"{found['why']}{found['window'] or ''}" if found else text


def _change(finding: Finding, checklist: Checklist) -> str:
    """Return whether an item is new or still open, when an earlier check was given."""
    since = checklist.since
    return changed.tag(since.marks.get(finding.rule.id), since).strip("[]") if since else ""


def _gone(gone: Sequence[Gone]) -> tuple[Line, ...]:
    return tuple(Line(one.title, changed.became(one)) for one in gone)


def _marks(finding: Finding, checklist: Checklist) -> Iterator[str]:
    """Return what stands out: how an item stood before, a draft rule, wording that was not verified."""
    before = checklist.since and changed.detail(checklist.since.marks.get(finding.rule.id), finding.outcome.value)
    if before:
        yield f"Before: {before}"
    if finding.rule.status == "draft":
        yield "Draft rule, not reviewed"
    if finding.unverified:
        yield f"Source wording not verified ({', '.join(finding.unverified)}): confirm against the current document"


def _cited(findings: Iterable[Finding]) -> str:
    """Return sources with their locators, each source once."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        for cited in finding.rule.guidance:
            if cited.in_force:
                level = f" ({cited.evidence_level})" if cited.evidence_level else ""
                places.setdefault(cited.source, []).append(f"{cited.locator}{level}")
    return "; ".join(f"{source}: {', '.join(dict.fromkeys(locators))}" for source, locators in places.items())


# ---------------------------------------------------------------- cannot tell


def _open_groups(checklist: Checklist, gaps: dict[str, Gap], counter: _Counter) -> Iterator[Group]:
    """Return the rules that cannot be told, most severe first; by severity when they are many."""
    found = checklist.unknown
    parts: dict[str, list[Finding]] = {}
    for finding in found:
        parts.setdefault(f"Would be {finding.rule.severity}" if len(found) > PAUSE_AT else "", []).append(finding)
    for title, findings in parts.items():
        yield from _chunks(title, findings, lambda finding: _open(finding, checklist, gaps, counter), counter)


def _open(finding: Finding, checklist: Checklist, gaps: dict[str, Gap], counter: _Counter) -> Item:
    """Return a rule that cannot be told."""
    rule = finding.rule
    lacks = _lacks(finding, checklist)
    settle = ", ".join(gap.letter for lack, gap in gaps.items() if lack in lacks) if gaps else "; ".join(lacks)
    return Item(
        number=counter.number(),
        severity=rule.severity,
        signal=f"WOULD BE {rule.severity.upper()}",
        action=rule.title,
        who=ROLES.get(rule.by, rule.by),
        rule=rule.id,
        remarks=tuple(_marks(finding, checklist)),
        settle=settle,
        change=_change(finding, checklist),
        notes=_notes(finding, checklist),
    )


def _lacks(finding: Finding, checklist: Checklist) -> tuple[str, ...]:
    """Return what is missing for a verdict: each lack once, with its question where the lack does not name it."""
    lexicon = checklist.linked.lexicon
    lacks = []
    for question in finding.to_settle:
        reason = wording.lack(question.answer, question.feature, lexicon)
        told = not isinstance(question.answer, Known) and _TOLD.search(reason)
        lacks.append(plainly(reason if told else f"{wording.question(question.feature, lexicon)}: {reason}"))
    return tuple(dict.fromkeys(lacks))


def _gaps(found: Sequence[Finding], checklist: Checklist) -> dict[str, Gap]:
    """Return what is missing, lettered, what leaves most rules open first."""
    counts = Counter(lack for finding in found for lack in _lacks(finding, checklist))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    letters = (letter for letter in map(_letter, naturals()) if letter not in _MISREAD)
    return {text: Gap(letter, text, count) for letter, (text, count) in zip(letters, ranked, strict=False)}


_MISREAD = frozenset({"AD", "AS", "AU", "BT", "HS", "IM", "IN", "IT", "IV", "OD", "OS", "OU", "PO", "SC", "SL", "SQ"})
"""Pairs of letters that are misread as an abbreviation."""


def _letter(index: int) -> str:
    """Return A to Z, then AA, AB and on."""
    first, last = divmod(index, 26)
    return (_letter(first - 1) if first else "") + chr(ord("A") + last)


# ---------------------------------------------------------------- the rest


def _ahead(checklist: Checklist) -> Iterator[Line]:
    """Return the next turn of each schedule within four weeks, by day, supposing that all goes on as it is."""
    today = checklist.state.as_of.day()
    calendar = upcoming(checklist.linked, checklist.state, today + timedelta(days=AHEAD), ends=False)
    days: dict[date, list[str]] = {}
    for window in calendar.next_due:
        if window.due > today:
            days.setdefault(window.due, []).append(window.label)
    for due, labels in sorted(days.items()):
        yield Line(due.isoformat(), ", ".join(labels))
    undecided = [one.label for one in calendar.undecided]
    if undecided:
        yield Line("date cannot be told", ", ".join(dict.fromkeys(undecided)))


def _next_due(checklist: Checklist) -> str:
    """Return the earliest day on which an item is due."""
    return min((finding.due.isoformat() for finding in checklist.items if finding.due), default="")


def _covered(checklist: Checklist) -> Iterator[Line]:
    for finding in checklist.covered:
        doubt = "cannot tell; " if finding.outcome is Outcome.CANNOT_TELL else ""
        yield Line(finding.rule.title, f"{doubt}see {', '.join(finding.superseded_by)}")


def _clear(checklist: Checklist) -> Iterator[Line]:
    """Return how many rules of each topic were looked at and ask for nothing."""
    clear = Counter(_topic(finding, checklist.linked) for finding in checklist.of(Outcome.DOES_NOT_APPLY))
    for topic, count in sorted(clear.items()):
        yield Line(topic, f"{count} rule{'' if count == 1 else 's'}")


def _sources(checklist: Checklist) -> Iterator[Line]:
    """Return title and edition of every source that an item or an open rule cites."""
    shown: dict[str, str] = {}
    for finding in checklist.items:
        for cited in finding.rule.guidance:
            if cited.in_force:
                shown[cited.source] = f"{cited.source_title} ({_edition(cited.edition)})"
    for name, text in sorted(shown.items()):
        yield Line(name, text)


def _edition(text: str) -> str:
    """Return an edition as far as a reader on paper needs it: up to its first remark."""
    return re.split(r"; | \(", text, maxsplit=1)[0]


def _counts(checklist: Checklist) -> str:
    counts = checklist.counts
    words = {
        Outcome.APPLIES: "apply",
        Outcome.CANNOT_TELL: "cannot tell",
        Outcome.DOES_NOT_APPLY: "do not apply",
        Outcome.NOT_IN_FORCE: "not in force",
        Outcome.ERROR: "in error",
    }
    text = ", ".join(f"{counts[outcome]} {word}" for outcome, word in words.items() if counts[outcome])
    return f"{sum(counts.values())} rules: {text}"


# ---------------------------------------------------------------- words for paper

_TIME = {"d": "day", "wk": "week", "mo": "month", "a": "year", "h": "hour", "min": "minute"}
_UNITS = {
    "10*9/L": "\N{MULTIPLICATION SIGN} 10⁹/L",
    "10^9/L": "\N{MULTIPLICATION SIGN} 10⁹/L",
    "10*12/L": "\N{MULTIPLICATION SIGN} 10¹²/L",
    "10*3/uL": "\N{MULTIPLICATION SIGN} 10³ per microlitre",
    "10*6/uL": "\N{MULTIPLICATION SIGN} 10⁶ per microlitre",
    "/uL": "per microlitre",
    "/mL": "per mL",
    "/mm3": "per cubic millimetre",
    "/min": "per minute",
    "m[IU]/mL": "milli-international units per mL",
    "m[IU]/L": "milli-international units per L",
    "[IU]/L": "international units per L",
    "u[IU]/mL": "micro-international units per mL",
    "U/L": "units per L",
    "ukat/L": "microkatal per L",
    "umol/L": "micromol per L",
    "uV": "microvolt",
    "ug/L": "microgram per L",
    "ug/mL": "microgram per mL",
    "ng/L": "nanogram per L",
    "ng/dL": "nanogram per dL",
    "ng/mL": "nanogram per mL",
    "pg/mL": "picogram per mL",
    "meq/L": "milliequivalent per L",
    "{copies}/mL": "copies per mL",
    "mg/d": "mg per day",
    "mL/d": "mL per day",
    "L/d": "L per day",
    "Cel": "degrees Celsius",
    "mm[Hg]": "mm Hg",
    "kg/m2": "kg/m²",
    "mL/min": "mL per minute",
    "mL/min/{1.73_m2}": "mL per minute per 1.73 m²",
    "mL/s": "mL per second",
    "m/s": "m per second",
    "[in_i]": "inches",
    "[lb_av]": "pounds",
}
_SPOKEN = re.compile(
    r"(?<![\w.])(-?\d+(?:\.\d+)?) ("
    + "|".join(re.escape(unit) for unit in sorted((*_TIME, *_UNITS), key=len, reverse=True))
    + r")(?![\w/*^\[{])"
)


_JOINED = re.compile(r"(?<=[a-z])_(?=[a-z0-9])")
"""What joins the words of a code, such as `tanner_3`."""


def plainly(text: str) -> str:
    """Return a text with units and codes as a reader on paper expects them, free of error-prone abbreviations."""
    return _SPOKEN.sub(lambda found: amount(found[0]), _JOINED.sub(" ", text))


def amount(text: str) -> str:
    """Return a number with its unit in words: `28 d` as `28 days`."""
    number, _, unit = text.partition(" ")
    if unit in _TIME:
        return f"{number} {_TIME[unit]}{'' if number in {'1', '-1'} else 's'}"
    return f"{number} {_UNITS.get(unit, unit)}".strip()
