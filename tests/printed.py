"""What a reader finds on printed pages: words where they stand, boxes to tick, tags in reading order.

Everything here is read from the finished PDF, with two independent libraries: PDFium for what is drawn, pikepdf for
the structure tree. Nothing is taken from the template.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import page as page_validation
import pikepdf
import pypdfium2
from pypdfium2 import raw

from building import RULES, example_patients
from chance import LONG
from thalsafety.prepared import Prepared
from thalsafety.rendering import pdf, sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.rendering.sheets import Item, Section, Sheet

PAPERS = ("a4", "letter")
ARTIFACT = -1
"""The mark of what stands outside the structure: running heads, rules, lines to write on."""
MISTAKEN = "STREAM-LENGTH"
VERSION = "1.2.3"
BUSY = "three-patients-of-the-september-clinic.yaml#2"
"""The example patient with the longest checklist."""
_GAP = 4.0
"""Characters further apart than this, in points, are two words, even without a space between them."""

# ---------------------------------------------------------------- what is drawn


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points, from the lower left corner of the page, and the mark of what is drawn in it."""

    left: float
    bottom: float
    right: float
    top: float
    mark: int

    def over(self, other: Box, least: float) -> bool:
        """Return whether both share a rectangle of more than this length and height."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > least
            and min(self.top, other.top) - max(self.bottom, other.bottom) > least
        )


@dataclass(frozen=True, slots=True)
class Word(Box):
    """Characters that touch, of one size; `size` is their height of type and `base` the line they stand on."""

    text: str
    size: float
    base: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is drawn: its words in the order of drawing, and pictures such as tick boxes."""

    width: float
    height: float
    words: tuple[Word, ...]
    drawings: tuple[Box, ...]

    @property
    def around(self) -> str:
        """Return what stands outside the structure: the running head and the foot."""
        return " ".join(word.text for word in self.words if word.mark == ARTIFACT)


class _Doubles:
    """Places for the numbers that PDFium answers with."""

    def __init__(self, count: int) -> None:
        self.cells = tuple(ctypes.c_double() for _ in range(count))

    def __iter__(self) -> Iterator[float]:
        return (cell.value for cell in self.cells)


def _page(page: Any) -> Page:
    """Return what PDFium finds on a page."""
    width, height = page.get_size()
    return Page(width, height, tuple(_words(page)), tuple(_drawings(page)))


def _words(page: Any) -> Iterator[Word]:
    """Return the words of a page; a word ends at a space, at a gap, and where size, line or mark changes."""
    text = page.get_textpage()
    edges, origin = _Doubles(4), _Doubles(2)
    object_, size, mark = None, 0.0, ARTIFACT
    word: Word | None = None
    for index in range(text.count_chars()):
        letter = "-" if raw.FPDFText_IsHyphen(text, index) == 1 else chr(raw.FPDFText_GetUnicode(text, index))
        if letter.isspace() or raw.FPDFText_IsGenerated(text, index) == 1:
            if word:
                yield word
            word = None
            continue
        found = raw.FPDFText_GetTextObject(text, index)
        address = ctypes.cast(found, ctypes.c_void_p).value
        if address != object_:
            object_, size, mark = address, _size(found), raw.FPDFPageObj_GetMarkedContentID(found)
        raw.FPDFText_GetCharBox(text, index, *edges.cells)
        raw.FPDFText_GetCharOrigin(text, index, *origin.cells)
        left, right, bottom, top = edges
        base = tuple(origin)[1]
        joins = word and (word.size, word.mark, word.base) == (size, mark, base) and -9 < left - word.right < _GAP
        if word and joins:
            word = Word(
                min(left, word.left),
                min(bottom, word.bottom),
                max(right, word.right),
                max(top, word.top),
                mark,
                word.text + letter,
                size,
                base,
            )
            continue
        if word:
            yield word
        word = Word(left, bottom, right, top, mark, letter, size, base)
    if word:
        yield word


def _size(found: Any) -> float:
    """Return the size of a text object's type as it is printed."""
    size, matrix = ctypes.c_float(), raw.FS_MATRIX()
    assert raw.FPDFTextObj_GetFontSize(found, size)
    assert raw.FPDFPageObj_GetMatrix(found, matrix)
    return round(size.value * float((matrix.c**2 + matrix.d**2) ** 0.5), 2)


def _drawings(page: Any) -> Iterator[Box]:
    """Return everything on a page that is not text: pictures, frames, rules."""
    edges = tuple(ctypes.c_float() for _ in range(4))
    for index in range(raw.FPDFPage_CountObjects(page)):
        found = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(found) != raw.FPDF_PAGEOBJ_TEXT:
            assert raw.FPDFPageObj_GetBounds(found, *edges)
            left, bottom, right, top = (edge.value for edge in edges)
            yield Box(left, bottom, right, top, raw.FPDFPageObj_GetMarkedContentID(found))


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of the structure tree; a part is an element, or page and mark of a content."""

    kind: str
    alt: str
    title: str
    parts: tuple[Tag | tuple[int, int], ...]
    scope: str = ""

    def walk(self) -> Iterator[Tag]:
        """Return this element and all below it, in reading order."""
        yield self
        for part in self.parts:
            if isinstance(part, Tag):
                yield from part.walk()

    def leaves(self) -> Iterator[tuple[int, int]]:
        """Return page and mark of all contents, in reading order."""
        for part in self.parts:
            if isinstance(part, Tag):
                yield from part.leaves()
            else:
                yield part


def _tag(element: Any, pages: dict[tuple[int, int], int], page: int) -> Tag:
    """Return an element of the structure tree with all below it."""
    if "/Pg" in element:
        page = pages[element.Pg.objgen]
    inner = element.get("/K", ())
    parts: list[Tag | tuple[int, int]] = []
    for part in inner if isinstance(inner, pikepdf.Array) else (inner,) if inner != () else ():
        if isinstance(part, int):
            parts.append((page, part))
        elif "/MCID" in part:
            parts.append((pages[part.Pg.objgen] if "/Pg" in part else page, int(part.MCID)))
        elif "/S" in part:
            parts.append(_tag(part, pages, page))
    given = element.get("/A", ())
    scopes = [
        str(entry.Scope) for entry in (given if isinstance(given, pikepdf.Array) else [given]) if "/Scope" in entry
    ]
    return Tag(
        str(element.S)[1:],
        str(element.get("/Alt", "")),
        str(element.get("/T", "")),
        tuple(parts),
        scopes[0] if scopes else "",
    )


# ---------------------------------------------------------------- a document


class Printed:
    """A finished PDF, read when it is asked for, each part once."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return the pages as they are drawn."""
        document = pypdfium2.PdfDocument(self.content)
        try:
            return tuple(_page(page) for page in document)
        finally:
            document.close()

    @cached_property
    def tags(self) -> Tag:
        """Return the structure tree."""
        with pikepdf.open(BytesIO(self.content)) as document:
            pages = {page.obj.objgen: index for index, page in enumerate(document.pages)}
            top = document.Root.StructTreeRoot.K
            (first,) = top if isinstance(top, pikepdf.Array) else (top,)
            return _tag(first, pages, 0)

    @cached_property
    def marked(self) -> dict[tuple[int, int], tuple[Word, ...]]:
        """Return the words of each mark, by page and mark."""
        found: dict[tuple[int, int], list[Word]] = {}
        for index, page in enumerate(self.pages):
            for word in page.words:
                found.setdefault((index, word.mark), []).append(word)
        return {place: tuple(words) for place, words in found.items()}

    @cached_property
    def pictures(self) -> dict[tuple[int, int], Box]:
        """Return the picture of each mark, by page and mark."""
        return {
            (index, box.mark): box
            for index, page in enumerate(self.pages)
            for box in page.drawings
            if box.mark != ARTIFACT
        }

    def words(self, tag: Tag) -> Iterator[tuple[int, Word]]:
        """Return the words of an element in reading order, each with its page."""
        for page, mark in tag.leaves():
            for word in self.marked.get((page, mark), ()):
                yield page, word

    def text(self, tag: Tag | None = None) -> str:
        """Return the text of an element, or of the whole document, in reading order."""
        return " ".join(word.text for _, word in self.words(tag or self.tags))

    def colours(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Return each page in dots, at 72 to the inch: how blue, how green and how red they are."""
        document = pypdfium2.PdfDocument(self.content)
        try:
            for page in document:
                drawn = page.render(scale=1)
                each, wide = drawn.n_channels, drawn.width * drawn.n_channels
                dots = bytes(drawn.buffer)
                rows = b"".join(dots[start : start + wide] for start in range(0, len(dots), drawn.stride))
                yield rows[0::each], rows[1::each], rows[2::each]
        finally:
            document.close()


def squeezed(text: str) -> str:
    """Return a text without the spaces, and the hyphens at the end of lines, that setting may add or take."""
    return re.sub(r"[\s\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}]", "", text)


def complaints(content: bytes) -> list[str]:
    """Return what the checker `page` says against a file, for PDF/UA-1 and PDF/A-2a.

    It takes the last byte of a stream for an end of line when that byte happens to be a carriage return, and says that
    the stream's length is wrong. Where such a stream is in the file, and qpdf finds every length right, that is left
    out; nothing else is.
    """
    said = [
        f"{failure.rule_id}: {failure.message}"
        for profile in ("ua1", "2a")
        for failure in page_validation.validate_pdf_bytes(content, profile=profile).failures
    ]
    if any(MISTAKEN in text for text in said) and b"\r\nendstream" in content:
        with pikepdf.open(BytesIO(content)) as document:
            if not document.check_pdf_syntax():
                said = [text for text in said if MISTAKEN not in text]
    return said


# ---------------------------------------------------------------- the example patients


@cache
def example_sheets() -> dict[str, Sheet]:
    """Return the sheet of every example patient."""
    prepared = Prepared(RULES)
    made: dict[str, Sheet] = {}
    for name, loaded in example_patients().items():
        state = loaded.state
        assert state is not None
        made[name] = sheets.sheet(
            prepared.checker(state.profile, state.as_of.day()).check(state), name.replace("#", ", patient "), VERSION
        )
    return made


def singles(paper: str) -> dict[str, Sheet]:
    """Return the sheets printed each by itself on a paper: half of them, the others on the other; all in long runs."""
    found = example_sheets()
    return found if LONG else dict(list(found.items())[PAPERS.index(paper) :: 2])


def several(paper: str) -> dict[str, Sheet]:
    """Return the sheets printed in one document on a paper: a fifth of all, others on each paper; all in long runs."""
    found = example_sheets()
    return found if LONG else dict(list(found.items())[PAPERS.index(paper) :: 5])


def setting(made: Sequence[Sheet], paper: str = "a4", lost: Sequence[str] = ()) -> Printed:
    """Return a document of these sheets, printed."""
    return Printed(pdf.render(sheets.document(made, lost), paper))


@cache
def alone(name: str, paper: str) -> Printed:
    """Return one example patient's checklist, printed."""
    return setting([example_sheets()[name]], paper)


@cache
def together(paper: str) -> Printed:
    """Return many example patients' checklists in one document."""
    return setting(list(several(paper).values()), paper)


def items(sheet: Sheet) -> Iterator[tuple[Section, Item]]:
    """Return the items of a sheet in order, each with its section."""
    for section in sheet.sections:
        for group in section.groups:
            for item in group.items:
                yield section, item


def renumbered(found: Iterable[Item]) -> tuple[Item, ...]:
    """Return items numbered from 1."""
    return tuple(replace(item, number=str(number)) for number, item in enumerate(found, 1))
