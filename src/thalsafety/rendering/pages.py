"""What every folder of linked HTML pages shares: one style sheet, one script, a head and a foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.rendering.html import part, policy, templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from typing import TypeAlias

    import jinja2

    Setter: TypeAlias = Callable[..., str]


class Foot(NamedTuple):
    """What stands at the foot of every page: what the pages are about, the rule set and the day."""

    about: str
    version: str
    digest: str
    day: date


def environment(filters: Mapping[str, object], shared: Mapping[str, object]) -> jinja2.Environment:
    """Return the template engine with the filters and the values of one kind of pages."""
    made = templates()
    made.filters |= {"said": _said, "twice": _twice, **filters}
    made.globals |= shared
    return made


def setter(engine: jinja2.Environment, foot: Foot, **always: object) -> Setter:
    """Return what sets a page: its template, the way up to the folder, whether it has the script, and its values."""
    style, script = part("pages.css"), part("pages.js")

    def page(template: str, root: str = "", *, scripted: bool = False, **about: object) -> str:
        code = script if scripted else ""
        shown = {"style": style, "script": code, "policy": policy(style, code), "root": root, "foot": foot}
        return engine.get_template(template).render(**shown, **always, **about)

    return page


def _said(word: str) -> str:
    return word.replace("_", " ")


def _twice(word: str) -> tuple[str, str]:
    """Return a word as what is chosen and as what is shown."""
    return word, word
