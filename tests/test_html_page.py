"""The checklist as an HTML page, in a browser: nobody barred, nothing fetched or lost, on screen and on paper."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import pytest
from click.testing import CliRunner

from building import EXAMPLES, example_patients, packaged_rules
from thalsafety.checklists import Checker
from thalsafety.cli import cli
from thalsafety.engines.rete import Rete
from thalsafety.linking.linker import link
from thalsafety.rendering import html, plain, sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result
    from playwright.sync_api import Browser, Page

QUIET = "quiet-woman-month-4-regular-cycles.yaml"
CLINIC = "three-patients-of-the-september-clinic.yaml"
BUSY = f"{CLINIC}#2"
STOP = "london-3-neuropathy-recurs-at-50-mg.yaml"
OPEN = "woman-much-not-recorded.yaml"
HOSTILE = (
    "</title><script>alert(1)</script> {{7*7}} {% raw %} \"quoted\" 'twice' & &amp; <!-- "
    "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}\N{HEBREW LETTER VAV}\N{HEBREW LETTER FINAL MEM} "
    "\N{RIGHT-TO-LEFT OVERRIDE}back ]]></style> "
)
LABEL = HOSTILE + "W" * 5000
QUIETLY = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
TAGS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21aa", "wcag22aa", "best-practice"]


# ---------------------------------------------------------------- pages


@cache
def sheet(name: str) -> sheets.Sheet:
    """Return the sheet of an example patient."""
    loaded = example_patients()[name]
    state = loaded.state
    assert state is not None
    linked = link(packaged_rules(), state.profile or "us", state.as_of.day())
    return sheets.sheet(Checker(linked, Rete(linked.program).run).check(state), f"examples/{name}", "0")


def hostile() -> sheets.Sheet:
    """Return a sheet whose texts try to be something else."""
    one = sheet(STOP)
    item = one.sections[0].groups[0].items[0]
    item = replace(item, action=HOSTILE, reasons=(LABEL,), remarks=(HOSTILE,), change=HOSTILE)
    group = replace(one.sections[0].groups[0], title=HOSTILE, items=(item,), pause=HOSTILE)
    section = replace(one.sections[0], groups=(group,), gaps=(sheets.Gap("A", HOSTILE, 3),))
    return replace(one, label=LABEL, identity=HOSTILE, remarks=(HOSTILE,), sections=(section, *one.sections[1:]))


@cache
def documents() -> dict[str, sheets.Document]:
    """Return what the browser is shown: few items and many, open ones, several patients, a hostile one."""
    clinic = [sheet(f"{CLINIC}#{number}") for number in (1, 2, 3)]
    return {
        "quiet": sheets.document([sheet(QUIET)], []),
        "busy": sheets.document([sheet(BUSY)], []),
        "stop": sheets.document([sheet(STOP)], []),
        "open": sheets.document([sheet(OPEN)], []),
        "several": sheets.document(clinic, ["lost.yaml:1:1: not a patient"]),
        "hostile": sheets.document([hostile()], []),
        "many": replace(sheets.document([sheet(BUSY)] * 80, []), sheets=()),
        "hostile cover": sheets.document([hostile(), sheet(QUIET)], [LABEL]),
    }


PAGES = ["quiet", "busy", "stop", "open", "several", "hostile", "hostile cover"]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Return what opens a document as a file, in a window of a given width; every request is kept in `asked`."""
    contexts = []

    def opener(name: str, width: int = 1280, **options: Any) -> Page:
        path = tmp_path / "page.html"
        path.write_bytes(html.render(documents()[name]))
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield opener
    for context in contexts:
        context.close()


# ---------------------------------------------------------------- texts


class _Text(HTMLParser):
    """Gathers what a page says, without its style sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.styling = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.styling = False

    def handle_data(self, data: str) -> None:
        if not self.styling:
            self.said.append(data)


def said_by_html(document: sheets.Document) -> str:
    """Return the text content of the page."""
    parser = _Text()
    parser.feed(html.render(document).decode("ascii"))
    return "".join(parser.said)


def said_by_markdown(document: sheets.Document) -> str:
    """Return what the Markdown shows."""
    return re.sub(r"\\([\\`*_{}\[\]<>#|~])", r"\1", plain.markdown(document))


FORMS: dict[str, Callable[[sheets.Document], str]] = {
    "html": said_by_html,
    "md": said_by_markdown,
    "txt": plain.text,
}
UNSAID = {
    "Document.date": "the day stands in each sheet",
    "Item.best": "which reasons a page without room prints",
    "Item.severity": "its signal says it",
    "Section.kind": "its heading says it",
    "Sheet.worst": "the cover says it",
    "Sheet.items": "the cover says it",
    "Sheet.unknown": "the cover says it",
    "Sheet.next_due": "the cover says it",
}


def texts(part: Any) -> Iterator[str]:
    """Return every text and number of a document that a reader should find."""
    if isinstance(part, tuple):
        for one in part:
            yield from texts(one)
    elif is_dataclass(part):
        for field in fields(part):
            if f"{type(part).__name__}.{field.name}" not in UNSAID:
                yield from texts(getattr(part, field.name))
    elif part != "":
        yield str(part)


def filled(kind: Any, numbers: Iterator[int]) -> Any:
    """Return an instance with a text of its own in every field, and two entries in every list."""
    if kind is str:
        return f"words{next(numbers)}x"
    if kind is int:
        return 70000 + next(numbers)
    if get_origin(kind) is tuple:
        return tuple(filled(get_args(kind)[0], numbers) for _ in range(2))
    hints = get_type_hints(kind)
    return kind(**{field.name: filled(hints[field.name], numbers) for field in fields(kind)})


def normal(text: str) -> str:
    """Return a text with single spaces, and without lines to write on."""
    return " ".join(re.sub(r"_{6,}", "", text).split())


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_the_sheet_is_said(form: str) -> None:
    """Whatever field the view model has or gets, each form says what stands in it."""
    document = filled(sheets.Document, count(1))
    said = FORMS[form](document)
    assert len(list(texts(document))) > 100
    assert [text for text in texts(document) if text not in said] == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["quiet", "busy", "stop", "open", "several"])
def test_every_text_of_an_example_is_said(form: str, name: str) -> None:
    """Texts of example patients stand in each form, apart from breaks between lines."""
    document = documents()[name]
    said = normal(FORMS[form](document))
    assert [text for text in texts(document) if normal(text) not in said] == []


@pytest.mark.parametrize("name", ["hostile", "hostile cover"])
def test_hostile_texts_are_said_as_they_are(name: str) -> None:
    """A text that looks like markup, or like a template, is shown and nothing else."""
    document = documents()[name]
    said = normal(said_by_html(document))
    assert [text for text in texts(document) if normal(text) not in said] == []
    assert b"<script" not in html.render(document)


def test_a_page_is_the_same_every_time(tmp_path: Path) -> None:
    """The bytes do not depend on the order of hashes."""
    made = []
    for seed in ("0", "1"):
        target = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "thalsafety", "checklist", str(EXAMPLES / CLINIC), "-o", str(target)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        made.append(target.read_bytes())
    assert made[0] == made[1]
    assert made[0].isascii()


def test_what_the_page_is_made_of_comes_with_the_program() -> None:
    """Template and style sheet lie beside the module."""
    folder = files("thalsafety") / "rendering" / "web"
    assert (folder / "checklist.html.j2").is_file()
    assert (folder / "checklist.css").is_file()


# ---------------------------------------------------------------- the command


def run(*words: object) -> Result:
    """Run `checklist` within this process."""
    return CliRunner().invoke(cli, ["checklist", *map(str, words)])


def test_the_command_writes_one_page(tmp_path: Path) -> None:
    """The ending of `-o` says that a page is wanted; the terminal gets the same one."""
    target = tmp_path / "clinic.HTML"
    assert run(EXAMPLES / CLINIC, "-o", target).exit_code == 0
    shown = run(EXAMPLES / CLINIC, "--format", "html")
    assert shown.exit_code == 0
    assert target.read_bytes() == shown.stdout.encode()
    assert shown.stdout.startswith("<!DOCTYPE html>\n<html lang=")


def test_the_command_writes_a_page_for_each_patient(tmp_path: Path) -> None:
    """`--split` gives a page each, without a list of patients."""
    assert run(EXAMPLES / CLINIC, "--split", tmp_path, "--format", "html").exit_code == 0
    written = sorted(tmp_path.iterdir())
    assert [path.name for path in written] == [CLINIC.replace(".yaml", f"-{number}.html") for number in (1, 2, 3)]
    assert not any("<table" in path.read_text("ascii") for path in written)


def test_the_command_names_the_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Jinja the command says what to install."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "thalsafety.rendering.html")
    monkeypatch.delattr("thalsafety.rendering.html")
    told = run(EXAMPLES / CLINIC, "--format", "html")
    assert told.exit_code != 0
    assert "thalsafety[print]" in str(told.exception)


# ---------------------------------------------------------------- on screen


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the accessibility checker's program."""
    return (files("axe_core_python") / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_nobody_is_barred(opened: Callable[..., Page], axe: str, name: str, width: int, scheme: str) -> None:
    """The accessibility checker finds nothing wrong, and nothing it could not judge about contrast."""
    page = opened(name, width, color_scheme=scheme)
    page.evaluate(axe)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations", "incomplete"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    told = [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in found["violations"]]
    assert told == []
    assert [(one["id"], node["html"]) for one in found["incomplete"] for node in one["nodes"]] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_window(opened: Callable[..., Page], name: str, width: int) -> None:
    """Nothing has to be scrolled to sideways."""
    page = opened(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_it_is_one_file(browser: Browser, tmp_path: Path, name: str) -> None:
    """The page asks for itself and nothing else, with no complaint of its own policy and without a dialogue."""
    path = tmp_path / "page.html"
    path.write_bytes(html.render(documents()[name]))
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    assert asked == [path.as_uri()]
    assert told == []
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.notice')).borderTopStyle") == "solid"
    context.close()


def test_no_line_ends_within_a_date(opened: Callable[..., Page]) -> None:
    """Dates, and numbers with their units, stand on one line, however narrow the window."""
    page = opened("busy", 320)
    lines = page.eval_on_selector_all(
        ".unbroken", "all => all.map(one => [one.innerText, one.getClientRects().length])"
    )
    for whole in ("4 weeks†", "90 days†", "2026-09-19†"):
        assert any(text.startswith(whole) for text, _ in lines)
    assert [text for text, count in lines if count != 1] == []


def test_it_works_without_javascript(opened: Callable[..., Page]) -> None:
    """Boxes can be ticked and lines filled in, by their names and by keyboard; links lead to their places."""
    page = opened("several", java_script_enabled=False)
    first = documents()["several"].sheets[0].items
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#patient-1")
    done = page.get_by_role("checkbox", name="patient 2, item 1: done", exact=True)
    page.get_by_text("done", exact=True).nth(first).click()
    assert done.is_checked()
    done.focus()
    page.keyboard.press("Space")
    assert not done.is_checked()
    because = page.get_by_role("textbox", name="patient 2, item 1: overridden because", exact=True)
    because.fill("seen elsewhere")
    assert because.input_value() == "seen elsewhere"
    page.get_by_role("link", name="Fictional patient B-06").click()
    assert page.url.endswith("#patient-3")


def test_every_control_has_a_name_of_its_own(opened: Callable[..., Page]) -> None:
    """No two places to tick or to write on have the same name, whoever's they are."""
    page = opened("several")
    names = page.eval_on_selector_all("input, textarea", "all => all.map(one => one.getAttribute('aria-label'))")
    assert len(names) > 50
    assert len(set(names)) == len(names)
    ids = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(set(ids)) == len(ids)
    links = page.eval_on_selector_all("a", "all => all.map(one => one.getAttribute('href'))")
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_a_missing_identifier_can_be_filled_in(opened: Callable[..., Page]) -> None:
    """Where the second identifier is a line on paper, it is a field on screen."""
    page = opened("open", 360)
    page.get_by_role("textbox", name="second identifier").fill("X-17")
    assert page.get_by_role("link", name="C", exact=True).first.get_attribute("href") == "#sheet-gap-C"


# ---------------------------------------------------------------- on paper


def bare(text: str) -> str:
    """Return letters and digits only, wherever lines ended."""
    return re.sub(r"\W", "", text)


def printed(page: Page, paper: str) -> list[str]:
    """Return the text of each page on paper."""
    document: Any = import_module("pypdfium2").PdfDocument(page.pdf(format=paper))
    said = []
    for one in document:
        said.append(" ".join(one.get_textpage().get_text_bounded().split()))
        one.close()
    document.close()
    return said


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["busy", "stop", "open", "several"])
def test_no_item_goes_over_the_edge(opened: Callable[..., Page], name: str, paper: str) -> None:
    """An item's action, its last words, its boxes and what was written in them stand on one page of paper."""
    page = opened(name)
    page.eval_on_selector_all(
        ".item",
        "all => all.forEach((one, at) => [...one.querySelectorAll('.answer input.day')].at(-1).value = `w${at}`)",
    )
    pages = printed(page, paper)
    items = [
        item
        for one in documents()[name].sheets
        for section in one.sections
        for group in section.groups
        for item in group.items
    ]
    assert items
    for at, item in enumerate(items):
        written = [text for text in pages if re.search(rf"\bw{at}\b", text)]
        assert len(written) == 1, f"item {item.number}"
        assert bare(f"{item.signal}: {item.action}") in bare(written[0])
        assert bare(item.sources or item.rule) in bare(written[0])


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_and_whose_it_is(opened: Callable[..., Page], name: str, paper: str) -> None:
    """The notice, the patient and the page's number stand on each page; signatures stay together."""
    document = documents()[name]
    pages = printed(opened(name), paper)
    assert [text for text in pages if sheets.NOTICE not in text] == []
    for at, text in enumerate(pages, 1):
        assert f"page {at} of {len(pages)}" in text
    if not name.startswith("hostile"):
        heads = [f"{one.label} · {one.identity} · as of {one.as_of}" for one in document.sheets]
        assert sum(not any(head in text for head in heads) for text in pages) == (1 if document.rows else 0)
    signed = [text for text in pages if "Signatures" in text]
    assert len(signed) == len(document.sheets)
    assert all("Prescriber" in text and "Pharmacist date time" in text for text in signed)


def test_a_long_list_of_patients_keeps_its_heads(opened: Callable[..., Page]) -> None:
    """Each page of the list has the notice, the names of the columns and the day, for each row."""
    pages = printed(opened("many"), "A4")
    assert len(pages) > 1
    assert [text for text in pages if f"{sheets.NOTICE} No. Patient" not in text.partition(" Safety")[0]][1:] == []
    busy = documents()["many"].rows[0]
    row = f"{busy.identity} {busy.as_of} {busy.worst.upper()} {busy.items} {busy.unknown}".replace("  ", " ")
    assert sum(text.count(row) for text in pages) == 80


def test_letters_are_large_enough(opened: Callable[..., Page]) -> None:
    """No text is smaller than 16 pixels on screen or 10 points on paper, and what stops is larger."""
    page = opened("stop")
    smallest = "all => Math.min(...all.map(one => parseFloat(getComputedStyle(one).fontSize)))"
    assert page.eval_on_selector_all("body *", smallest) >= 16
    page.emulate_media(media="print")
    assert page.eval_on_selector_all("body *", smallest) >= 10 * 96 / 72 - 0.01
    assert page.eval_on_selector_all(".grave h3", smallest) >= 12 * 96 / 72 - 0.01
