"""Coverage as a folder of linked HTML pages, which need no other file, no network and no JavaScript."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from thalsafety.coverage.layers import DECISIVE, GUIDANCE, LINES, NUMBERS, RULES, TITLES
from thalsafety.rendering.covered import percent
from thalsafety.rendering.covered_pages import Book
from thalsafety.rendering.pages import Foot, environment, setter
from thalsafety.rendering.sheets import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import jinja2

    from thalsafety.coverage import Layer
    from thalsafety.loading.rules import RuleSet
    from thalsafety.rendering.covered import Report

NOTICE = "COVERAGE OF THE RULES · fictional patients only · for review by a safety committee · not a medical device"
_OUTCOMES = {
    "applies": ("A\N{BLACK UP-POINTING TRIANGLE}", "applies"),
    "cannot_tell": ("C?", "cannot tell"),
    "does_not_apply": ("", "does not apply"),
    "": ("", "not in force"),
}
"""A letter with a symbol, and words for each outcome in the matrix."""
_WAYS = (
    ("index.html", "Overview"),
    ("index.html#topics", "Topics"),
    ("index.html#rules", "Rules"),
    ("missing.html", "Missing"),
    ("guidance.html", "Guidance"),
    ("scenarios.html", "Example patients"),
)
_STATES = {
    "encoded": "encoded",
    "not_encoded": "not encoded, with the reason",
    "not_computable": "not computable",
    "missing": "missing",
}


def render(report: Report, rule_set: RuleSet, day: date) -> dict[str, bytes]:
    """Return the pages by their names within the folder, in ASCII."""
    return {name: page.encode("ascii", "xmlcharrefreplace") for name, page in _pages(Book(report, rule_set, day))}


def _pages(book: Book) -> Iterator[tuple[str, str]]:
    linked = book.linked
    foot = Foot(f"Profile {linked.profile} ({linked.profile_title})", linked.version, linked.digest, book.day)
    page = setter(_environment(), foot, book=book)
    rules = [book.rule_page(rule) for rule in book.rules]
    shared = list(book.shared())
    yield "index.html", page("coverage_index.html.j2", scripted=True, pages=rules, shared=shared)
    yield "missing.html", page("coverage_missing.html.j2", scripted=True)
    yield "guidance.html", page("coverage_guidance.html.j2", scripted=True)
    yield "scenarios.html", page("coverage_scenarios.html.j2", scripted=True)
    for one in rules:
        yield f"rules/{one.rule.id}.html", page("coverage_rule.html.j2", "../", one=one)
    for other in shared:
        yield f"{other.kind}s/{other.name}.html", page("coverage_shared.html.j2", "../", one=other)


@cache
def _environment() -> jinja2.Environment:
    filters = {"percent": percent, "fraction": _fraction}
    shared = {
        "notice": NOTICE,
        "part_of": "Report",
        "ways": _WAYS,
        "ours": OURS,
        "outcomes": _OUTCOMES,
        "states": _STATES,
        "titles": TITLES,
        "names": {RULES: "Outcomes", LINES: "Lines", DECISIVE: "Decisive", NUMBERS: "Numbers", GUIDANCE: "Guidance"},
    }
    return environment(filters, shared)


def _fraction(layer: Layer) -> str:
    return f"{layer.covered}/{layer.total}" if layer.total else "none"
