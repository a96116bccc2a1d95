"""Sheets as plain text and as Markdown, for a file, an e-mail or a note."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.rendering.sheets import Document, Item, Line, Section, Sheet

WIDTH = 92
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")


def text(document: Document) -> str:
    """Return the document as plain text, at most 92 characters wide."""
    parts = ["\n".join(_text_cover(document))] if document.rows else []
    parts += ["\n".join(_text_sheet(sheet)) for sheet in document.sheets]
    return f"\n\n{'=' * WIDTH}\n\n".join(parts) + "\n"


def markdown(document: Document) -> str:
    """Return the document as CommonMark with tables and task lists; every text is escaped."""
    parts = ["\n".join(_markdown_cover(document))] if document.rows else []
    parts += ["\n".join(_markdown_sheet(sheet)) for sheet in document.sheets]
    return "\n\n---\n\n".join(parts) + "\n"


# ---------------------------------------------------------------- plain text


def wrapped(lead: str, said: str) -> Iterator[str]:
    """Return a text broken into lines, the later ones under the first."""
    indent = " " * len(lead)
    yield from textwrap.wrap(said, WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False)


def _text_cover(document: Document) -> Iterator[str]:
    yield document.notice
    yield document.title
    if document.lost:
        yield ""
        yield "No checklist could be made of these:"
        for line in document.lost:
            yield from wrapped("  ! ", line)
    yield ""
    for number, row in enumerate(document.rows, 1):
        known = f"{row.items} items, {row.unknown} cannot tell, worst {row.worst}, next due {row.next_due}"
        yield from wrapped(f"{number:>4}  ", f"{row.label} ({row.identity}), as of {row.as_of}: {known}")


def _text_sheet(sheet: Sheet) -> Iterator[str]:
    yield sheet.notice
    yield f"{sheet.title}: {sheet.label}"
    yield sheet.identity
    yield f"as of {sheet.as_of} · profile {sheet.profile} · {sheet.rule_set}"
    yield from wrapped("", f"{sheet.summary}. {sheet.counts}.")
    for remark in sheet.remarks:
        yield from wrapped("", remark)
    if sheet.nothing:
        yield ""
        yield sheet.nothing
    for section in sheet.sections:
        yield from _text_section(section)
    for title, lines in _lists(sheet):
        yield ""
        yield title.upper()
        for line in lines:
            yield from wrapped("    ", f"{line.name}: {line.text}")
    yield ""
    for role in sheet.signatures:
        yield f"{role} {'_' * 40} date {'_' * 12} time {'_' * 8}"
    yield sheet.legend


def _text_section(section: Section) -> Iterator[str]:
    yield ""
    if section.pause:
        yield f"---- [ ] {section.pause} ----"
        yield ""
    yield f"{section.heading}, {section.meaning}"
    for gap in section.gaps:
        yield from wrapped(f"[ ] {gap.letter:>2}  ", f"{gap.text} (leaves {gap.opens} open)")
    for group in section.groups:
        if group.pause:
            yield f"---- [ ] {group.pause} ----"
        if group.title:
            yield f"  {group.title}"
        for item in group.items:
            yield from _text_item(item)


def _text_item(item: Item) -> Iterator[str]:
    change = f"[{item.change}] " if item.change else ""
    yield from wrapped(f"[ ] {item.number:>2} ", f"{change}{item.signal}: {item.action}")
    lead = " " * 7
    for remark in item.remarks:
        yield from wrapped(lead, remark)
    if item.settle:
        yield from wrapped(lead, f"To settle: {item.settle}")
    if item.reasons:
        yield from wrapped(lead, f"Why: {item.why}")
    for said in item.notes:
        yield from wrapped(lead, said)
    yield from wrapped(lead, f"{item.who} · {item.rule}")
    if item.sources:
        yield from wrapped(lead, f"Source: {item.sources}")
    if item.settle:
        yield f"{lead}[ ] settled: ______________________________ initials ____ date __________"
    else:
        yield f"{lead}[ ] done  [ ] not applicable  [ ] overridden, because ____________________"
        yield f"{lead}initials ____ date __________"


def _lists(sheet: Sheet) -> Iterator[tuple[str, Sequence[Line]]]:
    """Return the short lists that follow the items, those that have entries."""
    lists = (
        ("Covered by a graver item", sheet.covered),
        ("Resolved since last time", sheet.resolved),
        ("No longer open, but not resolved", sheet.not_resolved),
        ("Next four weeks, if all goes on as it is", sheet.ahead),
        ("Checked and clear", sheet.clear),
        ("Sources", sheet.sources),
    )
    yield from ((title, lines) for title, lines in lists if lines)


# ---------------------------------------------------------------- Markdown


def safe(said: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", said)


def _markdown_cover(document: Document) -> Iterator[str]:
    yield f"# {safe(document.title)}"
    yield ""
    yield f"**{safe(document.notice)}**"
    if document.lost:
        yield ""
        yield "No checklist could be made of these:"
        yield ""
        for line in document.lost:
            yield f"- {safe(line)}"
    yield ""
    yield "| No. | Patient | Known by | As of | Worst | Items | Cannot tell | Next due |"
    yield "|---:|---|---|---|---|---:|---:|---|"
    for number, row in enumerate(document.rows, 1):
        cells = (row.label, row.identity, row.as_of, row.worst, str(row.items), str(row.unknown), row.next_due)
        yield f"| {number} | {' | '.join(safe(cell) for cell in cells)} |"


def _markdown_sheet(sheet: Sheet) -> Iterator[str]:
    yield f"# {safe(f'{sheet.title}: {sheet.label}')}"
    yield ""
    yield f"**{safe(sheet.notice)}**"
    yield ""
    yield f"{safe(sheet.identity)}  "
    yield f"as of **{safe(sheet.as_of)}** · profile {safe(sheet.profile)} · {safe(sheet.rule_set)}  "
    yield f"**{safe(sheet.summary)}.** {safe(sheet.counts)}."
    for remark in (*sheet.remarks, *([sheet.nothing] if sheet.nothing else [])):
        yield ""
        yield safe(remark)
    for section in sheet.sections:
        yield from _markdown_section(section)
    for title, lines in _lists(sheet):
        yield ""
        yield f"## {title}"
        yield ""
        for line in lines:
            yield f"- {safe(line.name)}: {safe(line.text)}"
    yield ""
    yield "## Signatures"
    yield ""
    for role in sheet.signatures:
        yield f"- {role}: `{'_' * 30}` date `{'_' * 10}` time `{'_' * 6}`"
    yield ""
    yield safe(sheet.legend)


def _markdown_section(section: Section) -> Iterator[str]:
    yield ""
    if section.pause:
        yield f"- [ ] **{safe(section.pause)}**"
        yield ""
    yield f"## {safe(section.heading)}, {safe(section.meaning)}"
    yield ""
    for gap in section.gaps:
        yield f"- [ ] **{gap.letter}** {safe(gap.text)} (leaves {gap.opens} open)"
    for group in section.groups:
        if group.pause:
            yield ""
            yield f"- [ ] **{safe(group.pause)}**"
        if group.title:
            yield ""
            yield f"### {safe(group.title)}"
        yield ""
        for item in group.items:
            yield from _markdown_item(item)


def _markdown_item(item: Item) -> Iterator[str]:
    change = f"\\[{safe(item.change)}\\] " if item.change else ""
    yield f"- [ ] **{item.number}. {change}{safe(f'{item.signal}: {item.action}')}**  "
    lines = [*(f"**{safe(remark)}**" for remark in item.remarks)]
    lines += [safe(f"To settle: {item.settle}")] if item.settle else []
    lines += [safe(f"Why: {item.why}")] if item.reasons else []
    lines += map(safe, item.notes)
    lines += [f"**{safe(item.who)}** · `{item.rule}`"]
    lines += [safe(f"Source: {item.sources}")] if item.sources else []
    yield "  \n".join(f"  {line}" for line in lines)
    if item.settle:
        yield "  - [ ] settled: `____________` initials `____` date `________`"
    else:
        yield "  - [ ] done"
        yield "  - [ ] not applicable"
        yield "  - [ ] overridden, because `____________________`"
        yield "  - initials `____` date `________`"
