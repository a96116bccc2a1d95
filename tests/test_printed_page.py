"""The printed page as a reader has it in hand: what stands where, how large, and whether all of it is there.

Everything is measured on the finished PDF of every example patient, on both papers, alone and in one document of all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from printed import (
    ARTIFACT,
    BUSY,
    PAPERS,
    Printed,
    Tag,
    alone,
    example_sheets,
    items,
    renumbered,
    setting,
    several,
    singles,
    squeezed,
    together,
)
from thalsafety.model.plain import SEVERITIES
from thalsafety.rendering.sheets import Group, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from printed import Box, Page
    from thalsafety.rendering.sheets import Item, Sheet

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

SIDE = 31.5
"""Nothing is printed nearer to the left and right edges of the paper, in points."""
EDGE = 12.0
"""Nothing is printed nearer to the upper and lower edges: common printers leave out 4.2 millimetres, 12 points."""
SMALLEST = 10.0
"""Type is never smaller, in points: studies of checklists ask for 10 and more."""
TOUCH = 0.6
EVERYDAY = 3000
"""Characters of all items together beyond which a patient is no everyday one."""
"""Boxes that share less than this, in points, only touch."""
NINE = 9
LONG = 1200
"""Only an item of more characters may be split over pages."""
FIRST_TICK = re.compile(r"Tick box: item (\d+) (reviewed|settled)")


class Part:
    """The pages of one patient: the sheet they were set from, their elements, and the pages they fill."""

    def __init__(self, name: str, sheet: Sheet, printed: Printed, tags: tuple[Tag, ...]) -> None:
        self.name = name
        self.sheet = sheet
        self.printed = printed
        self.tags = Tag("Part", "", "", tags)

    def numbers(self) -> list[int]:
        """Return the numbers of the pages, from 0."""
        return sorted({page for page, _ in self.tags.leaves()})

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [self.printed.pages[number] for number in self.numbers()]

    def entries(self) -> dict[str, Tag]:
        """Return the element of each item, by the item's number, in reading order."""
        found: dict[str, Tag] = {}
        for tag in self.tags.parts:
            assert isinstance(tag, Tag)
            ticks = (FIRST_TICK.fullmatch(inner.alt) for inner in tag.walk() if inner.kind == "Figure")
            tick = next((tick for tick in ticks if tick), None)
            if tick:
                assert tick[1] not in found
                found[tick[1]] = tag
        return found

    def headings(self, level: int) -> list[str]:
        """Return the headings of a level, in order."""
        return [tag.title for tag in self.tags.walk() if tag.kind == f"H{level}"]


def cut(printed: Printed) -> list[tuple[Tag, ...]]:
    """Return the elements of a document, cut before each title."""
    parts: list[list[Tag]] = []
    for tag in printed.tags.parts:
        assert isinstance(tag, Tag)
        if tag.kind == "H1":
            parts.append([])
        parts[-1].append(tag)
    return [tuple(part) for part in parts]


@cache
def patients(paper: str) -> tuple[Part, ...]:
    """Return every example patient's pages, from a document of its own or from the one of many."""
    _cover, *cuts = cut(together(paper))
    apart = tuple(
        Part(f"{name}, alone", sheet, alone(name, paper), cut(alone(name, paper))[0])
        for name, sheet in singles(paper).items()
    )
    among = tuple(
        Part(f"{name}, among others", sheet, together(paper), tags)
        for (name, sheet), tags in zip(several(paper).items(), cuts, strict=True)
    )
    return apart + among


def documents(paper: str) -> Iterator[tuple[str, Printed]]:
    """Return every document of example patients, each with a name."""
    yield "many", together(paper)
    for name in singles(paper):
        yield name, alone(name, paper)


papers = pytest.mark.parametrize("paper", PAPERS)


# ---------------------------------------------------------------- type and place


def small(page: Page) -> list[str]:
    """Return words whose type is too small."""
    return [f"{word.text} in {word.size} pt" for word in page.words if word.size < SMALLEST]


def outside(page: Page) -> list[str]:
    """Return words that stand in the margins, and body text that runs into the head or the foot."""
    across = [w for w in page.words if w.left < SIDE or w.right > page.width - SIDE]
    down = [w for w in page.words if w.bottom < EDGE or w.top > page.height - EDGE]
    head = min(w.bottom for w in page.words if w.mark == ARTIFACT and w.base > page.height / 2)
    foot = max((w.top for w in page.words if w.mark == ARTIFACT and w.base < page.height / 2), default=0.0)
    beyond = [w for w in page.words if w.mark != ARTIFACT and (w.top > head + TOUCH or w.bottom < foot - TOUCH)]
    return [f"{word.text} at {word.left:.0f}, {word.bottom:.0f}" for word in (*across, *down, *beyond)]


def overlapping(page: Page) -> list[str]:
    """Return pairs of words that are printed over one another, and words that a picture or a rule covers."""
    words = sorted(page.words, key=lambda word: word.bottom)
    found = []
    for index, word in enumerate(words):
        for other in words[index + 1 :]:
            if other.bottom > word.top:
                break
            if word.over(other, TOUCH):
                found.append(f"{word.text} and {other.text}")
    for box in page.drawings:
        frame = box.mark == ARTIFACT  # a rule, or a band or frame around words
        found += [
            f"{word.text} and a drawing"
            for word in words
            if box.over(word, 0.3) and not (frame and box.bottom < word.bottom and word.top < box.top)
        ]
    return found


@papers
def test_type_is_large_enough(paper: str) -> None:
    """No character of any page is smaller than 10 points."""
    found = [f"{name}: {word}" for name, printed in documents(paper) for page in printed.pages for word in small(page)]
    assert found == []


@papers
def test_nothing_stands_in_the_margins(paper: str) -> None:
    """No word comes near an edge of the paper, and no text runs into the running head or the foot."""
    found = [f"{name}: {word}" for name, made in documents(paper) for page in made.pages for word in outside(page)]
    assert found == []


@papers
def test_nothing_is_printed_over_something_else(paper: str) -> None:
    """No two words share ink, and no rule, box or sign runs through a word."""
    found = [f"{name}: {pair}" for name, made in documents(paper) for page in made.pages for pair in overlapping(page)]
    assert found == []


@papers
def test_pages_are_of_the_paper_that_was_asked_for(paper: str) -> None:
    """Every page has the size of its paper, upright."""
    width, height = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}[paper]
    sizes = {(page.width, page.height) for _, printed in documents(paper) for page in printed.pages}
    assert all(abs(x - width) < 0.1 and abs(y - height) < 0.1 for x, y in sizes)


@papers
def test_pages_are_black_white_and_grey(paper: str) -> None:
    """Every dot of every page is as red as it is green and blue, so that nothing is told by colour."""
    coloured = [
        f"{name}, page {number}"
        for name, printed in documents(paper)
        for number, (blue, green, red) in enumerate(printed.colours(), 1)
        if not blue == green == red or min(red) > 64
    ]
    assert coloured == []


# ---------------------------------------------------------------- items


def said(item: Item, density: int) -> str:
    """Return the text of an item as it is printed in one of the three densities."""
    shown = [item.reasons[place] for place in item.best] if density == 2 else list(item.reasons)
    left = item.more + len(item.reasons) - len(shown)
    hint = ", see thalsafety explain" if density < 2 else ""
    more = f"; and {left} more{hint}" if left else ""
    parts = [f"{item.signal}: {item.action}", *item.remarks]
    parts += [f"To settle: {item.settle}"] if item.settle else []
    parts += item.notes
    parts += [f"Why: {'; '.join(shown)}{more}."] if shown else []
    parts += [f"{item.who} · {item.rule}"]
    parts += [f"Source: {item.sources}"] if item.sources else []
    return plain(" ".join(parts))


def plain(text: str) -> str:
    """Return a text without spaces and without the dots that stand between its parts."""
    return squeezed(text).replace("·", "")


def size_of(item: Item) -> int:
    """Return how many characters an item has."""
    return sum(map(len, (item.action, item.settle, item.sources, *item.notes, *item.reasons, *item.remarks)))


def cells(entry: Tag) -> list[Tag]:
    """Return the cells of an item's row."""
    (row,) = [entry] if len(entry.parts) > 1 else entry.parts
    assert isinstance(row, Tag)
    inner = row.parts if len(row.parts) > 1 else row.parts[0].parts  # type: ignore[union-attr]  # a row in a block
    return [cell for cell in inner if isinstance(cell, Tag)]


@papers
def test_every_item_is_there_in_order(paper: str) -> None:
    """The items of a sheet are printed each once, numbered from 1, in the order of the view model."""
    for part in patients(paper):
        expected = [item.number for _, item in items(part.sheet)]
        assert expected == [str(number) for number in range(1, len(expected) + 1)], part.name
        assert list(part.entries()) == expected, part.name


@papers
def test_no_item_is_split_over_pages(paper: str) -> None:
    """All words and boxes of an item stand on one page, unless the item may be higher than a page."""
    split = [
        f"{part.name}: item {item.number}"
        for part in patients(paper)
        for _, item in items(part.sheet)
        if size_of(item) <= LONG and len({page for page, _ in part.entries()[item.number].leaves()}) > 1
    ]
    assert split == []


@papers
def test_an_item_has_all_its_text(paper: str) -> None:
    """What, who, by when, why and from where stand with each item, in full, closely set pages with fewer reasons."""
    for part in patients(paper):
        entries = part.entries()
        full = [(item, section) for section, item in items(part.sheet) if not section.gaps]
        fits = [
            density
            for density in range(3)
            if all(plain(part.printed.text(cells(entries[item.number])[1])) == said(item, density) for item, _ in full)
        ]
        assert fits, part.name
        for section, item in items(part.sheet):
            if section.gaps:
                text = plain(part.printed.text(entries[item.number]))
                remarks = "".join(f"{remark}." for remark in item.remarks)
                brief = f"{item.number}{item.signal}:{item.action}{remarks}{item.rule}needs{item.settle}initialsdate"
                assert text == plain(brief), part.name


@papers
def test_an_item_can_be_answered(paper: str) -> None:
    """Every item has its box to tick, and boxes and lines for its disposition; an open one, for what settled it."""
    for part in patients(paper):
        entries = part.entries()
        for section, item in items(part.sheet):
            where = f"{part.name}: item {item.number}"
            entry = entries[item.number]
            ticks = [tag.alt.removeprefix(f"Tick box: item {item.number} ") for tag in entry.walk() if tag.alt]
            words = part.printed.text(cells(entry)[-1]).split()
            if section.gaps:
                expected, said_, rules = ["settled"], "initials date", 2
            elif section.kind == "unknown":
                expected, said_, rules = ["reviewed", "settled"], "settled: initials date", 3
            else:
                expected = ["reviewed", "done", "not applicable", "overridden"]
                said_, rules = "done not applicable overridden, because initials date", 3
            assert ticks == expected, where
            assert " ".join(words) == said_, where
            assert len(lines_within(part, entry)) == rules, where


def lines_within(part: Part, tag: Tag) -> list[Box]:
    """Return the lines to write on that stand in the last column of an element."""
    boxes = [
        *part.printed.words(tag),
        *(
            (page, part.printed.pictures[page, mark])
            for page, mark in tag.leaves()
            if (page, mark) in part.printed.pictures
        ),
    ]
    number = boxes[0][0]
    bottom, top = min(box.bottom for _, box in boxes), max(box.top for _, box in boxes)
    drawn = part.printed.pages[number].drawings
    return [
        box
        for box in drawn
        if box.top - box.bottom < 2 and 15 < box.right - box.left < 130 and bottom - 2 < box.bottom < top + 2
    ]


@papers
def test_boxes_to_tick_are_large_enough(paper: str) -> None:
    """A box to tick is at least 9 points high and wide, and a line to write on at least 20 points long."""
    for part in patients(paper):
        figures = [tag for tag in part.tags.walk() if tag.alt.startswith("Tick box")]
        for figure in figures:
            (place,) = figure.leaves()
            box = part.printed.pictures[place]
            assert min(box.right - box.left, box.top - box.bottom) > 9, (part.name, figure.alt)
        for entry in part.entries().values():
            assert all(line.right - line.left > 20 for line in lines_within(part, entry)), part.name


@papers
def test_what_must_stop_is_set_larger(paper: str) -> None:
    """The text of an item of severity stop is larger than that of others, its action at least 11 points."""
    for part in patients(paper):
        entries = part.entries()
        for section, item in items(part.sheet):
            if section.gaps:
                continue
            reading = cells(entries[item.number])[1]
            sizes = {word.size for _, word in part.printed.words(reading)}
            heading = next(tag for tag in reading.walk() if tag.kind[0] == "H")
            action = {word.size for _, word in part.printed.words(heading)}
            if item.severity == "stop" and section.kind != "unknown":
                assert min(action) >= 11, part.name
                assert min(sizes) > SMALLEST, part.name
            else:
                assert max(sizes) == SMALLEST, part.name


@papers
def test_the_signal_word_says_the_severity(paper: str) -> None:
    """An item begins with the word of its section, and an open one with the severity it would have."""
    for part in patients(paper):
        for section, item in items(part.sheet):
            text = part.printed.text(part.entries()[item.number])
            assert re.match(rf"{item.number} {item.signal}:", text), part.name
            if section.kind in SEVERITIES:
                assert item.signal == section.heading == item.severity.upper() == section.kind.upper()
            else:
                words = {"error": "NOT CHECKED", "unknown": f"WOULD BE {item.severity.upper()}"}
                assert item.signal == words.get(section.kind, item.severity.upper())


# ---------------------------------------------------------------- the whole


LISTS = {
    "Covered by a graver item": "covered",
    "Resolved since last time": "resolved",
    "No longer open, but not resolved": "not_resolved",
    "Next four weeks, if all goes on as it is": "ahead",
    "Checked and clear": "clear",
    "Sources": "sources",
}


@papers
def test_sections_stand_in_the_order_of_their_weight(paper: str) -> None:
    """Stop, urgent, due, note, cannot tell, drafts, errors; then the lists, and at last the signatures."""
    order = [*SEVERITIES, "unknown", "draft", "error"]
    for part in patients(paper):
        kinds = [section.kind for section in part.sheet.sections]
        assert kinds == sorted(kinds, key=order.index), part.name
        headings = part.headings(2)
        sections = [f"{section.heading}, {section.meaning}" for section in part.sheet.sections]
        assert headings[: len(sections)] == sections, part.name
        *lists, last = headings[len(sections) :]
        assert last == "Signatures", part.name
        expected = [title for title, name in LISTS.items() if getattr(part.sheet, name)]
        assert lists in (expected, expected[:-1]), part.name
        assert lists == expected or len(part.numbers()) <= 2, part.name


@papers
def test_there_is_a_pause_at_least_after_nine_items(paper: str) -> None:
    """Between two pause points stand at most nine items."""
    for part in patients(paper):
        since = longest = 0
        seen: set[str] = set()
        for tag in part.tags.walk():
            tick = FIRST_TICK.fullmatch(tag.alt)
            if tag.alt == "Tick box: pause point":
                since = 0
            elif tick and tick[1] not in seen:
                seen.add(tick[1])
                since += 1
                longest = max(longest, since)
        assert longest <= NINE, part.name


@papers
def test_the_signatures_stand_together(paper: str) -> None:
    """Prescriber and pharmacist sign, with date and time, under one heading on the last page of the patient."""
    for part in patients(paper):
        tags = [tag for tag in part.tags.walk() if tag is not part.tags]
        heading = next(index for index, tag in enumerate(tags) if tag.title == "Signatures")
        leaves = list(tags[heading].leaves())
        all_leaves = list(part.tags.leaves())
        block = all_leaves[all_leaves.index(leaves[0]) :]
        assert {page for page, _ in block} == {part.numbers()[-1]}, part.name
        words = [word for place in block for word in part.printed.marked.get(place, ())]
        assert " ".join(word.text for word in words) == "Signatures Prescriber date time Pharmacist date time"
        page = part.printed.pages[part.numbers()[-1]]
        lines = [box for box in page.drawings if box.top - box.bottom < 2 and box.top < words[0].bottom]
        lines = sorted((box for box in lines if box.mark == ARTIFACT), key=lambda box: box.right - box.left)
        assert len(lines) == 6, part.name
        assert all(line.right - line.left > least for line, least in zip(lines, (25, 25, 45, 45, 50, 50), strict=True))


@papers
def test_headings_are_not_stranded(paper: str) -> None:
    """After every heading something of what it heads stands on the same page."""
    for part in patients(paper):
        places = list(part.tags.leaves())
        for tag in part.tags.walk():
            if tag.kind in {"H2", "H3", "H4"}:
                *_, last = tag.leaves()
                following = places[places.index(last) + 1]
                assert following[0] == last[0], (part.name, tag.title)


@papers
def test_every_page_names_the_patient_and_where_it_belongs(paper: str) -> None:
    """Each page says fictional, whose it is by two identifiers, its day, profile and rules, and its place."""
    for part in patients(paper):
        sheet, pages = part.sheet, part.pages()
        assert part.numbers() == list(range(part.numbers()[0], part.numbers()[0] + len(pages))), part.name
        for number, page in enumerate(pages, 1):
            around = squeezed(page.around)
            assert squeezed(sheet.notice) in around, part.name
            assert squeezed(f"page {number} of {len(pages)}") in around, part.name
            whole = squeezed(" ".join(word.text for word in page.words))
            for text in (sheet.label, sheet.identity, sheet.as_of, sheet.profile, sheet.rule_set):
                assert squeezed(text) in (around if number > 1 else whole), (part.name, text)
            if "†" in whole:
                assert squeezed(sheet.legend) in around, part.name


@papers
def test_the_cover_lists_every_patient(paper: str) -> None:
    """The cover of several has a row for each, and says its own pages."""
    printed = together(paper)
    (cover, *_) = cut(printed)
    table = next(tag for top in cover for tag in top.walk() if tag.kind == "Table")
    rows = [tag for tag in table.walk() if tag.kind == "TR"]
    found = list(several(paper).values())
    texts = [[printed.text(cell) for cell in row.walk() if cell.kind in {"TD", "TH"}] for row in rows]
    assert texts[0] == ["No.", "Patient", "Known by", "As of", "Worst", "Items", "Cannot tell", "Next due"]
    for number, (cells_, sheet) in enumerate(zip(texts[1:], found, strict=True), 1):
        assert squeezed("".join(cells_)) == squeezed(
            f"{number}{sheet.label}{sheet.identity}{sheet.as_of}{sheet.worst.upper() or 'none'}{sheet.items}"
            f"{sheet.unknown}{sheet.next_due or 'none'}"
        )
    count = 1 + max(page for top in cover for page, _ in top.leaves())
    for number in range(count):
        assert f"cover, page {number + 1} of {count}" in printed.pages[number].around


@papers
def test_an_everyday_checklist_is_one_page(paper: str) -> None:
    """Up to seven items of everyday length and fewer than six open questions fill one page; the busiest patient two."""
    for name, sheet in singles(paper).items():
        if sheet.items <= 7 and sheet.unknown < 6 and sum(size_of(item) for _, item in items(sheet)) < EVERYDAY:
            assert len(alone(name, paper).pages) == 1, name
    assert len(alone(BUSY, paper).pages) == 2


def spread(ranked: list[Item], count: int) -> list[Item]:
    """Return some items of a list, as long as those of their share of it are in the middle."""
    return [ranked[len(ranked) * (2 * place + 1) // (2 * count)] for place in range(count)]


def nine_items(*, longest: bool) -> Sheet:
    """Return a sheet of nine items of the examples with at most 350 characters: the longest, or long and short."""
    found = [
        item
        for sheet in example_sheets().values()
        for section, item in items(sheet)
        if section.kind in SEVERITIES and size_of(item) <= 350
    ]
    distinct = {item.rule: item for item in sorted(found, key=size_of)}
    ranked = sorted(distinct.values(), key=size_of, reverse=True)
    by_severity = {name: [item for item in ranked if item.severity == name] for name in SEVERITIES}
    wanted = {"stop": 1, "urgent": 2, "due": 5, "note": 1}
    picked = {
        name: by_severity[name][:count] if longest else spread(by_severity[name], count)
        for name, count in wanted.items()
    }
    numbered = iter(renumbered(item for chosen in picked.values() for item in chosen))
    sections = tuple(
        Section(name, name.upper(), "as in the examples", (Group("", tuple(next(numbered) for _ in chosen)),))
        for name, chosen in picked.items()
    )
    return replace(example_sheets()[BUSY], sections=sections, items=NINE, unknown=0)


@pytest.mark.parametrize(("paper", "longest"), [("a4", False), ("a4", True), ("letter", False)])
def test_nine_items_fit_on_one_page(paper: str, *, longest: bool) -> None:
    """Nine items of everyday length, under four headings, fill one page with all that belongs to it.

    Everyday are items of at most 350 characters, the shortest with some 200. Nine of the longest of them still
    fit on A4; Letter is 50 points lower and takes two pages for them.
    """
    sheet = nine_items(longest=longest)
    assert len(list(items(sheet))) == NINE
    printed = setting([sheet], paper)
    part = Part("nine items", sheet, printed, cut(printed)[0])
    assert len(printed.pages) == 1
    assert len(part.entries()) == NINE
    assert [*small(printed.pages[0]), *outside(printed.pages[0]), *overlapping(printed.pages[0])] == []
