"""The printed page as a screen reader tells it, as an archive keeps it, and the same page made twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import pdfua
import pikepdf
import pytest

from building import EXAMPLES, ROOT
from printed import (
    BUSY,
    PAPERS,
    alone,
    complaints,
    example_sheets,
    items,
    setting,
    several,
    singles,
    squeezed,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from printed import Printed, Tag
    from thalsafety.rendering.sheets import Sheet

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

MUCH_OPEN = "woman-much-not-recorded.yaml"
QUIET = "quiet-woman-month-4-regular-cycles.yaml"
SHOWN = (BUSY, MUCH_OPEN, QUIET, "suspected-dress-in-week-five.yaml", "woman-menopause-18-months-only.yaml")
"""Patients with long, open, empty and urgent checklists, for what takes long to look at."""
UNABLE = {"UA-14-001"}
"""Rules that pdfua does not evaluate on these files: 0.1.3 asks an array for a key that only dictionaries have, and
says so itself. The rule wants headings that are not empty, which `test_headings_say_no_more_than_their_words` sees."""


def named(paper: str) -> Iterator[tuple[str, Printed]]:
    """Return the documents to look at, each with a name: some of one patient, and that of many."""
    yield "many", together(paper)
    for name in SHOWN:
        yield name, alone(name, paper)


papers = pytest.mark.parametrize("paper", PAPERS)

# ---------------------------------------------------------------- what the file says of itself


@papers
def test_the_file_says_what_it_conforms_to(paper: str) -> None:
    """Each file names PDF/UA-1 and PDF/A-2a, its language and its title, and asks to have the title shown."""
    for name, printed in named(paper):
        with pikepdf.open(BytesIO(printed.content)) as document, document.open_metadata() as said:
            assert said["pdfuaid:part"] == "1", name
            assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("2", "A"), name
            assert said["dc:language"] == {"en"}, name
            sheet = example_sheets().get(name)
            assert sheet is None or said["dc:title"] == f"Safety-monitoring checklist: {sheet.label}"
            assert said["dc:title"], name
            root = document.Root
            assert str(root.Lang) == "en", name
            assert bool(root.ViewerPreferences.DisplayDocTitle), name
            assert bool(root.MarkInfo.Marked), name


def test_the_checker_finds_what_is_missing() -> None:
    """The checker would say that a page has no structure, so that its silence means something."""
    with pikepdf.open(BytesIO(alone(QUIET, "a4").content)) as document:
        del document.Root.StructTreeRoot
        spoilt = BytesIO()
        document.save(spoilt)
    assert complaints(spoilt.getvalue())


@papers
def test_other_checkers_find_nothing(paper: str, tmp_path: Path) -> None:
    """Two independent checkers pass every file for PDF/UA-1 and PDF/A-2a; one rule of one of them cannot be run."""
    for name, printed in named(paper):
        assert complaints(printed.content) == [], name
        file = tmp_path / "page.pdf"
        file.write_bytes(printed.content)
        outcomes = pdfua.validate(str(file)).outcomes
        assert len(outcomes) > len(UNABLE)
        assert [finding for outcome in outcomes for finding in outcome.findings] == [], name
        assert {outcome.rule_id for outcome in outcomes if outcome.skipped_reason} == UNABLE, name


# ---------------------------------------------------------------- what is told


def figures(printed: Printed) -> list[Tag]:
    """Return every picture that is told."""
    return [tag for tag in printed.tags.walk() if tag.kind == "Figure"]


@papers
def test_every_picture_is_told(paper: str) -> None:
    """Every box to tick says what it is for; within a patient no two boxes say the same but those of pauses."""
    for name, sheet in singles(paper).items():
        told = [figure.alt for figure in figures(alone(name, paper))]
        assert all(told), name
        once = [alt for alt in told if alt != "Tick box: pause point"]
        assert len(once) == len(set(once)), name
        assert len(once) >= sheet.items * 4, name
    assert all(figure.alt for figure in figures(together(paper)))


@papers
def test_every_word_is_told_or_outside(paper: str) -> None:
    """Every word of a page is part of the structure, but for the running head and the foot."""
    for name, printed in named(paper):
        told = set(printed.tags.leaves())
        drawn = {place for place in (*printed.marked, *printed.pictures) if place[1] >= 0}
        assert drawn <= told, name
        assert len(list(printed.tags.leaves())) == len(told), name


@papers
def test_headings_leave_no_level_out(paper: str) -> None:
    """There is one title for each patient, and one of the cover; below it no level of headings is left out."""
    for name, printed in (*named(paper), *((name, alone(name, paper)) for name in singles(paper))):
        levels = [int(tag.kind[1:]) for tag in printed.tags.walk() if tag.kind[0] == "H" and tag.kind[1:].isdigit()]
        assert levels[0] == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name
        assert levels.count(1) == (1 if name != "many" else len(several(paper)) + 1), name


@papers
def test_every_item_has_a_heading(paper: str) -> None:
    """What to do is a heading, so that a reader can go from item to item; briefly listed open rules are none."""
    for name, sheet in singles(paper).items():
        titles = [squeezed(tag.title) for tag in alone(name, paper).tags.walk() if tag.kind in {"H3", "H4"}]
        expected = [squeezed(f"{item.signal}: {item.action}") for section, item in items(sheet) if not section.gaps]
        assert [title for title in titles if title in expected] == expected, name


def test_headings_say_no_more_than_their_words() -> None:
    """The name of a heading, as in a list of headings, is what is printed, without spaces around it."""
    printed = together("a4")
    headings = [tag for tag in printed.tags.walk() if tag.kind[0] == "H" and tag.kind[1:].isdigit()]
    assert len(headings) > len(several("a4"))
    assert [tag.title for tag in headings if not tag.title or tag.title != tag.title.strip()] == []
    assert [tag.title for tag in headings if squeezed(printed.text(tag)) != squeezed(tag.title)] == []


@papers
def test_the_cover_is_a_table_with_headings(paper: str) -> None:
    """The cells of the first row head their columns, in the structure too."""
    tables = [tag for tag in together(paper).tags.walk() if tag.kind == "Table"]
    assert len(tables) == 1
    head = [tag for tag in tables[0].walk() if tag.kind == "TH"]
    assert len(head) == 8
    assert {tag.scope for tag in head} == {"/Column"}
    rows = [tag for tag in tables[0].walk() if tag.kind == "TR"]
    assert len(rows) == len(several(paper)) + 1
    assert {len(row.parts) for row in rows} == {8}


@papers
def test_pages_are_told_in_the_order_of_the_sheet(paper: str) -> None:
    """Read aloud, a page begins with the patient and goes through sections, items and lists as the sheet has them."""
    for name, sheet in singles(paper).items():
        text = squeezed(alone(name, paper).text())
        at = 0
        for expected in told(sheet):
            found = text.find(squeezed(expected), at)
            assert found >= 0, (name, expected)
            at = found + len(squeezed(expected))


def told(sheet: Sheet) -> Iterator[str]:
    """Return the texts of a sheet, as far as every density of setting prints them, in order."""
    yield from (f"{sheet.title}: {sheet.label}", sheet.identity, sheet.as_of, sheet.profile, sheet.rule_set)
    yield from (sheet.summary, sheet.counts, *sheet.remarks, sheet.nothing)
    for section in sheet.sections:
        yield from (section.pause, section.heading, section.meaning)
        for gap in section.gaps:
            yield f"{gap.letter} {gap.text} ({gap.opens})"
        for group in section.groups:
            yield from (group.pause, group.title)
            for item in group.items:
                brief = bool(section.gaps)
                yield from (item.number, f"{item.signal}: {item.action}", *item.remarks)
                yield from (item.rule, item.settle) if brief else (item.settle, *[item.reasons[at] for at in item.best])
                yield from () if brief else (item.who, item.rule, item.sources)
    for lines in (sheet.covered, sheet.resolved, sheet.not_resolved, sheet.ahead):
        yield from (f"{line.name}: {line.text}" for line in lines)
    yield from (f"{line.name}: {line.text.split()[0]}" for line in sheet.clear)
    yield from sheet.signatures


# ---------------------------------------------------------------- the same page twice


def made(folder: Path, file: str, **environment: str) -> str:
    """Return the digest of a page printed by a process of its own, in a folder of its own."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "thalsafety", "checklist", str(EXAMPLES / file), "-o", "out.pdf"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return hashlib.sha256((folder / "out.pdf").read_bytes()).hexdigest()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither the order of sets, nor the time zone, nor the folder, nor the language of the machine leaves a trace."""
    file = BUSY.partition("#")[0]
    first = made(tmp_path / "one", file, PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", SOURCE_DATE_EPOCH="0")
    second = made(tmp_path / "two", file, PYTHONHASHSEED="2", TZ="Pacific/Niue", LANG="de_DE.UTF-8")
    assert first == second


def test_no_page_has_the_day_on_which_it_was_printed() -> None:
    """The dates in a file are those of the check: there is no other in its metadata, nor in its information."""
    for name in SHOWN:
        day = example_sheets()[name].as_of[:10]
        with pikepdf.open(BytesIO(alone(name, "a4").content)) as document, document.open_metadata() as said:
            assert {said["xmp:CreateDate"][:10], said["xmp:ModifyDate"][:10]} == {day}, name
            dates = [str(value) for key, value in document.docinfo.items() if "Date" in str(key)]
            assert all(date.startswith(f"D:{day.replace('-', '')}") for date in dates), name


def test_a_second_setting_in_one_process_is_the_same() -> None:
    """Nothing is left over from one document to the next."""
    again = setting([example_sheets()[BUSY]], "a4")
    assert again.content == alone(BUSY, "a4").content
