"""The documentation as a folder of linked HTML pages, which need no other file, no network and no JavaScript."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from thalsafety.model.plain import SEVERITIES
from thalsafety.rendering.documented import STATES
from thalsafety.rendering.documented_words import amount
from thalsafety.rendering.not_covered import CONFIDENCE, LIMITS, not_covered
from thalsafety.rendering.pages import Foot, environment, setter
from thalsafety.rendering.parameter_sheet import origin
from thalsafety.rendering.sheets import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

    from thalsafety.rendering.documented_pages import Library
    from thalsafety.rendering.pages import Setter

NOTICE = "DOCUMENTATION OF THE RULES · fictional patients only · for review by clinicians · not a medical device"
_WAYS = (
    ("index.html", "Overview"),
    ("index.html#profiles", "Profiles"),
    ("index.html#rules", "Rules"),
    ("sources.html", "Sources"),
    ("guidance.html", "Statements"),
    ("numbers.html", "Numbers"),
    ("shared.html", "Definitions"),
    ("patients.html", "Example patients"),
    ("not-covered.html", "Not covered"),
)
_JOINTS = {
    "and": "all of these:",
    "or": "one of these:",
    "first": "the first of these that holds:",
    "sum": "points, added up:",
    "lines": "",
}
"""What leads the parts of a condition, a schedule or a score."""
_STATES = {
    "encoded": "encoded",
    "not_encoded": "not encoded, with the reason",
    "not_computable": "not computable",
    "missing": "not yet encoded",
}


def render(library: Library) -> dict[str, bytes]:
    """Return the pages by their names within the folder, in ASCII."""
    return {name: page.encode("ascii", "xmlcharrefreplace") for name, page in _pages(library)}


def _pages(library: Library) -> Iterator[tuple[str, str]]:
    profiles = [name for name in library.profiles if "+" not in name] or list(library.profiles)
    foot = Foot(f"Profiles {', '.join(profiles)}, and add-ons", library.versions, library.rule_set.digest, library.day)
    page = setter(_environment(), foot, library=library)
    rules = [library.rule_page(rule) for rule in library.by_rule.values()]
    by_profile = [library.profile_page(name) for name in library.profiles]
    yield from _overviews(library, page)
    yield (
        "index.html",
        page("docs_index.html.j2", scripted=True, rules=rules, profiles=by_profile, addons=library.addons()),
    )
    for one in rules:
        yield f"rules/{one.rule.id}.html", page("docs_rule.html.j2", "../", one=one)
    for source in library.source_pages.values():
        yield f"sources/{source.name}.html", page("docs_source.html.j2", "../", one=source)
    for profile in by_profile:
        yield f"profiles/{profile.profile.profile}.html", page("docs_profile.html.j2", "../", one=profile)


def _overviews(library: Library, page: Setter) -> Iterator[tuple[str, str]]:
    yield "sources.html", page("docs_sources.html.j2", scripted=True)
    yield "guidance.html", page("docs_guidance.html.j2", scripted=True, entries=list(library.entries()))
    yield "numbers.html", page("docs_numbers.html.j2", scripted=True, numbers=library.numbers())
    yield "shared.html", page("docs_shared.html.j2", scripted=True, shared=list(library.shared()))
    yield "patients.html", page("docs_patients.html.j2", scripted=True, patients=list(library.patients()))
    yield "not-covered.html", page("docs_not_covered.html.j2", scripted=True, missing=not_covered(library))


@cache
def _environment() -> jinja2.Environment:
    shared = {
        "notice": NOTICE,
        "part_of": "Documentation",
        "ways": _WAYS,
        "ours": OURS,
        "states": {name: _STATES[name] for name in STATES},
        "confidences": CONFIDENCE,
        "limits": LIMITS,
        "severities": SEVERITIES,
        "joints": _JOINTS,
    }
    return environment({"amount": amount, "origin": origin, "address": _address}, shared)


def _address(url: str) -> str:
    """Return an address that a link may lead to, or nothing when it is no page of the web."""
    return url if url.startswith(("https://", "http://")) else ""
