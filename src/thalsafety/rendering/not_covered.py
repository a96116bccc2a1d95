"""What the rules do not cover, how sure the wording of the sources is, and what the program is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.linked import State
from thalsafety.rendering.plain import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.rendering.documented import Entry, SourcePage
    from thalsafety.rendering.documented_pages import Library
    from thalsafety.rendering.links import Link

TITLE = "What is not covered, and how sure the sources are"
NOTICE = "Fictional patients only, for review by clinicians. Not a medical device."
LIMITS = (
    "It is not a medical device, and nobody has validated it as one. It refuses records not declared fictional.",
    "It decides nothing. It asks a clinician to review; it computes no dose, chooses no drug and ranks no treatment.",
    "A quiet checklist means that no encoded rule asks for anything on that day, and not that a patient is safe.",
    "It knows the editions named below, as far as they were read. A later one changes nothing until it is written in.",
    "The statements are in the project's own words. The publishers of the sources had no part in this.",
    "Confidence says how sure the project is of the wording of a source, and nothing about the evidence behind it.",
    "Where no source gives a number, the project chose one. Each is marked, and none has been validated.",
    "Only countries with a profile are covered, and each profile only as far as the tables below say.",
    "Whatever a patient record has no words for cannot be asked, and is never supposed to be absent.",
    "Examples and example patients are made up by the project. They show what the rules say, not that it is right.",
)
CONFIDENCE = {
    "high": "the text was read in a retrieved document",
    "medium": "read second hand only, or in part",
    "low": "recalled or relayed, and not read: the wording is not verified",
}
REASONS = {
    "missing": "Could be encoded, and is not yet: no reason is given",
    "left_out": "Could be encoded, and is left out for a reason",
    "beyond": "Cannot be told from a patient record, for a reason",
}
"""Why a statement has no rule, in three groups."""


class Reason(NamedTuple):
    """Statements without a rule for one kind of reason, by topic."""

    key: str
    title: str
    topics: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def size(self) -> int:
        """Return how many statements there are."""
        return sum(len(entries) for _, entries in self.topics)


class Reach(NamedTuple):
    """How far a profile reaches: its rules, the statements of its sources and what became of them, its own numbers."""

    link: Link
    title: str
    rules: int
    statements: int
    asked: int
    elsewhere: int
    explained: int
    missing: int
    numbers: int
    ours: int


class TopicRow(NamedTuple):
    """A topic: for each profile how many rules are in force, and how many statements of its sources have none."""

    title: str
    cells: tuple[tuple[int, int], ...]


class Doubtful(NamedTuple):
    """A rule that rests on wording that was not verified."""

    link: Link
    title: str
    severity: str
    statements: tuple[Link, ...]
    only: bool


class NotCovered(NamedTuple):
    """Everything that the page says."""

    reasons: tuple[Reason, ...]
    reach: tuple[Reach, ...]
    topics: tuple[TopicRow, ...]
    profiles: tuple[Link, ...]
    sources: tuple[SourcePage, ...]
    past_review: tuple[SourcePage, ...]
    doubtful: tuple[Doubtful, ...]
    broken: tuple[tuple[Link, str], ...]


def not_covered(library: Library) -> NotCovered:
    """Return what a library does not cover."""
    pages = list(library.source_pages.values())
    alone = [name for name in library.linked if "+" not in name] or list(library.linked)
    return NotCovered(
        reasons=tuple(_reasons(list(library.entries()))),
        reach=tuple(_reach(library, name) for name in library.linked),
        topics=tuple(_topics(library, alone)),
        profiles=tuple(map(library.profile_link, alone)),
        sources=tuple(sorted((page for page in pages if page.entries), key=_by_doubt)),
        past_review=tuple(page for page in pages if page.past_review),
        doubtful=tuple(_doubtful(library)),
        broken=tuple((library.rule_link(n), r.reason) for n, r in library.by_rule.items() if r.state is State.ERROR),
    )


def _reasons(entries: Sequence[Entry]) -> Iterator[Reason]:
    """Yield statements without a rule by kind of reason; those with the same reason in a topic stand together."""
    for key, title in REASONS.items():
        of = sorted(
            (entry for entry in entries if _kind(entry) == key),
            key=lambda entry: (entry.topic, entry.statement.not_encoded or "", entry.source.text),
        )
        topics = dict.fromkeys(entry.topic for entry in of)
        yield Reason(key, title, tuple((topic, tuple(e for e in of if e.topic == topic)) for topic in topics))


def _kind(entry: Entry) -> str:
    if entry.state == "encoded":
        return ""
    if not entry.statement.computable:
        return "beyond"
    return "left_out" if entry.statement.not_encoded else "missing"


def _reach(library: Library, name: str) -> Reach:
    linked, profile = library.linked[name], library.profiles[name]
    speaking = {rule.id for rule in linked.rules if rule.state is State.IN_FORCE}
    entries = [
        entry for one in profile.sources if one in library.source_pages for entry in library.source_pages[one].entries
    ]
    encoded = [entry for entry in entries if entry.state == "encoded"]
    asked = sum(library.asks(entry, speaking) for entry in encoded)
    missing = sum(entry.state == "missing" for entry in entries)
    return Reach(
        link=library.profile_link(name),
        title=profile.title,
        rules=len(speaking),
        statements=len(entries),
        asked=asked,
        elsewhere=len(encoded) - asked,
        explained=len(entries) - len(encoded) - missing,
        missing=missing,
        numbers=len(linked.parameters),
        ours=sum(pinned.assumption for pinned in linked.parameters.values()),
    )


def _topics(library: Library, profiles: Iterable[str]) -> Iterator[TopicRow]:
    known = sorted(library.first.topics.items(), key=lambda pair: (pair[1][0], pair[0]))
    names = dict.fromkeys([name for name, _ in known] + [e.statement.topic for e in library.entries()])
    for topic in names:
        cells = []
        for profile in profiles:
            rules = sum(rule.topic == topic and rule.state is State.IN_FORCE for rule in library.linked[profile].rules)
            pages = (library.source_pages.get(one) for one in library.profiles[profile].sources)
            entries = (entry for page in pages if page for entry in page.entries)
            without = sum(entry.statement.topic == topic and entry.state != "encoded" for entry in entries)
            cells.append((rules, without))
        yield TopicRow(library.topic_title(topic), tuple(cells))


def _by_doubt(page: SourcePage) -> tuple[float, str]:
    """Return what puts sources with the least verified wording first."""
    low, medium = page.confidence["low"], page.confidence["medium"]
    return -(low + medium / 2) / max(1, len(page.entries)), page.name


def _doubtful(library: Library) -> Iterator[Doubtful]:
    """Yield the rules that rest on wording of low confidence, first those that rest on nothing else."""
    found = []
    for name, rule in library.by_rule.items():
        low = [cited for cited in rule.guidance if cited.confidence == "low"]
        if low:
            links = tuple(library.statement_link(cited.statement) for cited in low)
            only = len(low) == len(rule.guidance)
            found.append(Doubtful(library.rule_link(name), rule.title, rule.severity, links, only))
    yield from sorted(found, key=lambda one: not one.only)


# ---------------------------------------------------------------- Markdown


def markdown(library: Library, refresh: str) -> str:
    """Return the page as Markdown; `refresh` is the command that makes it again."""
    return "\n".join(_lines(library, not_covered(library), refresh)) + "\n"


def _lines(library: Library, page: NotCovered, refresh: str) -> Iterator[str]:
    yield from (f"# {TITLE}", "", f"**{NOTICE}**", "")
    yield f"As of {library.day}, rules {_plain(library.versions)}. Made from the rules by `{refresh}`, not by hand."
    yield from ("The same page with links, and one for every rule, source and profile: `thalsafety docs -o DIR`.", "")
    yield from ("## What the program is not", "", *(f"- {limit}" for limit in LIMITS), "")
    yield from _reach_lines(page)
    yield from _topic_lines(page)
    yield from _source_lines(page)
    yield from _doubt_lines(page)
    yield from _reason_lines(page)


def _reach_lines(page: NotCovered) -> Iterator[str]:
    yield from ("## How far each profile reaches", "")
    yield "A profile with an add-on stands here as well; several add-ons together put all of theirs in force."
    yield "Of the statements of its sources, *asked* is what a rule in force asks for, *elsewhere* what only a rule of"
    yield "another profile asks for, *left out* what carries the reason why no rule rests on it, and *not yet* what has"
    yield from ("neither. *Our own* are numbers that no source gives.", "")
    heads = (
        "profile",
        "rules",
        "statements",
        "asked",
        "elsewhere",
        "left out",
        "not yet",
        "numbers",
        "our own",
    )
    yield from _table(heads, ((_plain(r.link.text), *map(str, r[2:])) for r in page.reach))
    if page.broken:
        yield from ("### Rules in error: what they would check is not checked", "")
        yield from (*(f"- {_plain(link.text)}: {_plain(reason)}" for link, reason in page.broken), "")


def _topic_lines(page: NotCovered) -> Iterator[str]:
    yield from ("## Topics under each profile", "")
    yield "Rules in force, and after the plus sign the statements of the profile's sources on that topic on which no"
    yield from ("rule rests. **none** marks a topic without any rule.", "")
    rows = (
        (
            _plain(row.title),
            *(f"{rules or '**none**'}{f' + {without}' if without else ''}" for rules, without in row.cells),
        )
        for row in page.topics
    )
    yield from _table(("topic", *(_plain(link.text) for link in page.profiles)), rows)


def _source_lines(page: NotCovered) -> Iterator[str]:
    yield from ("## How sure the sources are", "")
    yield "Statements of each source by confidence in their wording, the least verified sources first."
    yield from ("", *(f"- *{word}*: {meaning}" for word, meaning in CONFIDENCE.items()), "")
    rows = (
        (
            f"{_plain(one.name)}: {_plain(one.source.title)}",
            _plain(one.source.edition),
            *(str(number) for number in one.confidence.values()),
            "none" if one.source.review_by is None else str(one.source.review_by),
        )
        for one in page.sources
    )
    yield from _table(("source", "edition", "high", "medium", "low", "review by"), rows)
    yield from ("### Past their review date", "")
    yield from (f"- {_plain(one.name)}: to be reviewed by {one.source.review_by}" for one in page.past_review)
    yield from (*(() if page.past_review else ("None.",)), "")


def _doubt_lines(page: NotCovered) -> Iterator[str]:
    yield from ("## Rules that rest on wording not verified", "")
    yield from ("Such an item keeps its severity and says on the page that the wording is not verified.", "")
    for one in page.doubtful:
        alone = "nothing else" if one.only else "among others"
        ids = ", ".join(_plain(link.text) for link in one.statements)
        yield f"- `{_plain(one.link.text)}` ({one.severity}): {_plain(one.title)}. Rests on {ids}; {alone}."
    yield from (*(() if page.doubtful else ("None.",)), "")


def _reason_lines(page: NotCovered) -> Iterator[str]:
    yield from ("## Statements that no rule rests on", "")
    for reason in page.reasons:
        yield from (f"### {reason.title} ({reason.size})", "")
        for topic, entries in reason.topics:
            yield from (f"#### {_plain(topic)}", "")
            yield from (_entry(entry) for entry in entries)
            yield ""


def _entry(entry: Entry) -> str:
    one = entry.statement
    why = f" *Why not:* {_plain(one.not_encoded)}" if one.not_encoded else ""
    doubt = "" if one.confidence == "high" else f", confidence {one.confidence}"
    place = f"{_plain(entry.source.text)}, {_plain(one.locator)}{doubt}"
    return f"- **{_plain(one.id)}** ({place}): {_plain(one.statement)}{why}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return safe(" ".join(text.split()))
