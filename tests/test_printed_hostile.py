"""Pages from texts that no one meant to print: always a PDF that conforms, with every word on it, and none astray.

Files limit names to 200 characters; here they are longer, since a page must not depend on that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from printed import BUSY, PAPERS, Printed, complaints, example_sheets, items, renumbered, setting, squeezed
from test_printed_page import Part, cut, outside, overlapping, small
from thalsafety.rendering.sheets import Group, Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thalsafety.rendering.sheets import Item, Sheet

pytestmark = pytest.mark.untraced  # many turns through code that other tests measure

QUIET = "quiet-woman-month-4-regular-cycles.yaml"
MISSED = "woman-missed-period.yaml"

LABELS = {
    "markup of a page": "<script>alert('x')</script> &amp; <b>Ada</b>",
    "Typst: a rule": "#set text(1pt)",
    "Typst: an import": '#import "/etc/passwd": *',
    "Typst: mathematics": "$x$ $ x/0 $ $",
    "Typst: strong": "*b* _i_ `code` ```raw```",
    "Typst: references": "@ref <label> = heading - list + list / term: x",
    "Typst: escapes": r"\u{1F600} \# \ ~ -- --- ... // comment /* open",
    "braces": "}}) ] { ( [",
    "JSON": '", "label": "other", \\',
    "one long word": "w" * 5000,
    "one long word in capitals": "W" * 5000,
    "many words": "many words " * 455,
    "right to left": "אבגד הוזח",
    "Arabic": "مريض خيالي",
    "two scripts in one word": "abאבמريضcd",
    "Hebrew points and Arabic vowels": "שָׁלוֹם مَرِيض",
    "Chinese": "中文患者",
    "emoji": "😀 patient 👨‍👩‍👧 🇨🇭",
    "combining": "e\u0301\u0327\u0323 Z\u0351\u0352\u0353a\u0315lgo",
    "controls": "a\x00b\x07c\x1bd\x7fe\tf\ng\rh\x85i",
    "lone surrogates": "a\ud800b\udfffc",
    "not characters": "a\ufffeb\uffffc\U0010ffffd",
    "overriding the direction": "abc\u202edef\u202c ghi\u2066jkl\u2069",
    "spaces of all kinds": "a\u00a0b\u2003c\u200bd\ufeffe\u2028f\u3000g",
    "soft hyphens": "soft\u00adhyphen",
    "ligatures": "office ﬁne ﬀ",
    "nothing": "",
    "a space": " ",
}


def readable(label: str, printed: Printed) -> bool:
    """Return whether each character of a label is on the first page of its patient, as itself or by number."""
    words = " ".join(word.text for page in printed.pages for word in page.words)
    text = squeezed(words)
    numbered = {character: f"[U+{ord(character):04X}]" for character in set(label)}
    whole = "".join(
        character
        if " " < character < "\x7f"
        else ""
        if character.isspace() and character < "!"
        else numbered[character]
        for character in label
    )
    if whole in text or squeezed(label) in text:
        return True
    # Letters that join or run from right to left may be found in another order, or in forms of their own.
    return all(
        character in words or numbered[character] in text or character.isspace() or character > "\u0300"
        for character in set(label)
    )


def astray(printed: Printed) -> list[str]:
    """Return words that are too small, in the margins, or over other words."""
    return [found for page in printed.pages for look in (small, outside, overlapping) for found in look(page)]


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_any_name_can_be_printed(label: str) -> None:
    """A name is printed as it is written, unusual characters by number, and nothing of it is read as a command."""
    sheet = replace(example_sheets()[MISSED], label=label, identity=f"identifier {label}")
    printed = setting([sheet])
    assert complaints(printed.content) == []
    assert readable(label, printed)
    assert {word.size for page in printed.pages for word in page.words} == {10.0, 11.0, 12.0, 13.0}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_any_name_leaves_the_page_in_order(label: str) -> None:
    """On the running heads of many pages a name is cut short; it pushes nothing into the margins or over a line."""
    sheet = replace(example_sheets()["woman-much-not-recorded.yaml"], label=label, identity=f"identifier {label}")
    printed = setting([sheet, example_sheets()[QUIET]], "letter")
    if not re.search(r"[\u0300-\U0010ffff]", label):  # letters of other scripts are higher
        assert astray(printed) == []
    assert [word for page in printed.pages for word in page.words if not 0 < word.base < page.height - 7] == []


SURROGATES = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.one_of(st.characters(), SURROGATES), max_size=60))
@example("\r")
@example("\u0610\u05d0 \u0301")
@example("\u0600\u06dd\u0653")
def test_any_characters_can_be_printed(label: str) -> None:
    """Whatever characters a name has, a PDF is made that opens and has all of them that are of ASCII."""
    printed = setting([replace(example_sheets()[QUIET], label=label)])
    text = squeezed(" ".join(word.text for page in printed.pages for word in page.words))
    assert all(
        character in text or f"[U+{ord(character):04X}]" in text
        for character in label
        if character < "\x7f" and character != " "
    )


def test_unusual_characters_are_printed_by_number() -> None:
    """What the fonts cannot draw is named by its number in Unicode, so that two names stay different."""
    text = squeezed(setting([replace(example_sheets()[QUIET], label="中 a\u202eb 😀")]).text())
    assert "[U+4E2D]a[U+202E]b[U+1F600]" in text


def test_letters_of_other_scripts_are_printed_as_they_are() -> None:
    """Letters of the scripts that the fonts have stay letters."""
    text = squeezed(setting([replace(example_sheets()[QUIET], label="Šárka Ωψώδης Йцщ")]).text())
    assert "ŠárkaΩψώδηςЙцщ" in text


# ---------------------------------------------------------------- sizes


def composed(count: int, base: Sheet) -> Sheet:
    """Return a sheet with so many items of the examples, in the order of severity, in groups of nine."""
    found = [item for sheet in example_sheets().values() for section, item in items(sheet) if section.kind == "due"]
    numbered = renumbered(found[index % len(found)] for index in range(count))
    groups = tuple(
        Group("", numbered[start : start + 9], "Pause. Check that all have an answer." if start else "")
        for start in range(0, count, 9)
    )
    sections = (Section("due", "DUE", "falls due on the date given", groups),) if count else ()
    return replace(base, sections=sections, items=count, unknown=0)


def longer(item: Item, reasons: Iterable[str]) -> Item:
    """Return an item with these reasons."""
    told = tuple(reasons)
    return replace(item, reasons=told, best=tuple(range(len(told))), more=0)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("count", [0, 1, 9, 10, 60])
def test_any_number_of_items_can_be_printed(count: int, paper: str) -> None:
    """None, one or sixty items: all are there, none is split, nothing is astray."""
    sheet = composed(count, example_sheets()[BUSY])
    printed = setting([sheet], paper)
    part = Part("composed", sheet, printed, cut(printed)[0])
    assert list(part.entries()) == [str(number) for number in range(1, count + 1)]
    assert all(len({page for page, _ in entry.leaves()}) == 1 for entry in part.entries().values())
    assert astray(printed) == []
    assert complaints(printed.content) == []


WORD = "{number:04d}-word"


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("words", [200, 800, 3000])
def test_an_item_higher_than_a_page_loses_nothing(words: int, paper: str) -> None:
    """An item with any number of reasons may go over pages; every word of it is there, in order."""
    base = example_sheets()[MISSED]
    ((section, item),) = items(base)
    reasons = [WORD.format(number=number) for number in range(words)]
    sheet = replace(base, sections=(replace(section, groups=(Group("", (longer(item, reasons),)),)),))
    printed = setting([sheet], paper)
    assert re.findall(r"\d{4}-word", squeezed(printed.text())) == reasons
    assert astray(printed) == []
    assert complaints(printed.content) == []


@pytest.mark.parametrize("letter", ["W", "i", "中", "ש"])
@pytest.mark.parametrize("length", [400, 900, 1300, 2000, 2500])
def test_wide_letters_lose_nothing_either(letter: str, length: int) -> None:
    """However wide the letters and whether or not there are spaces, no item runs off the page."""
    base = example_sheets()[MISSED]
    ((section, item),) = items(base)
    made = longer(replace(item, action=letter * 140), [letter * 9 + (" " + letter * 9) * (length // 10 - 1)])
    sheet = replace(base, sections=(replace(section, groups=(Group("", (made,)),)),))
    printed = setting([sheet], "letter")
    text = squeezed(" ".join(word.text for page in printed.pages for word in page.words))
    shown = letter if letter != "中" else "[U+4E2D]"
    assert text.count(shown) >= 140 + length // 10 * 9
    assert [word.text for page in printed.pages for word in page.words if word.bottom < 10] == []
    if letter != "ש":
        assert astray(printed) == []


def test_long_words_are_broken() -> None:
    """A word longer than its line goes on in the next, so that it does not run into the next column."""
    base = example_sheets()[MISSED]
    ((section, item),) = items(base)
    made = longer(replace(item, action="w" * 300, rule="r" * 120, sources="s" * 300, who="x" * 90), ["y" * 500])
    sheet = replace(base, sections=(replace(section, groups=(Group("", (made,)),)),))
    for paper in PAPERS:
        printed = setting([sheet], paper)
        assert astray(printed) == []
        text = squeezed(printed.text())
        assert all(letter * count in text for letter, count in (("w", 300), ("r", 120), ("s", 300), ("y", 500)))


def test_the_cover_takes_any_name_and_any_complaint() -> None:
    """Names and complaints on the cover are told in full, without running into another column or off the page."""
    sheets = [replace(example_sheets()[QUIET], label=label, identity="i" * 300) for label in ("w" * 300, "$x$ #y")]
    lost = [f"{'f' * 300}.yaml:1:1: `{'k' * 200}` is not a key", "#set page(width: 1pt)"]
    for paper in PAPERS:
        printed = setting(sheets, paper, lost)
        cover = squeezed(" ".join(word.text for word in printed.pages[0].words))
        assert all(text in cover for text in ("w" * 300, "i" * 300, "f" * 300, "k" * 200, "$x$#y", "#setpage"))
        assert astray(printed) == []
        assert complaints(printed.content) == []


def test_a_document_needs_a_sheet() -> None:
    """There is no document without a patient."""
    with pytest.raises(IndexError):
        setting([])
