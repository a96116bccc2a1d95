"""Forms and parameter sheets as plain text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.rendering.forms import Form
from thalsafety.rendering.plain import WIDTH, safe, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.rendering.forms import Act, Acts, Asked, Family, Meaning
    from thalsafety.rendering.parameter_sheet import Group, Number, ParameterSheet

_BLANK = "_" * 8


def text(made: Form | ParameterSheet) -> str:
    """Return a form or a parameter sheet as plain text, at most 92 characters wide."""
    lines = _text_form(made) if isinstance(made, Form) else _text_numbers(made)
    return "\n".join((*_text_head(made), *lines, *_text_end(made))) + "\n"


def markdown(made: Form | ParameterSheet) -> str:
    """Return a form or a parameter sheet as CommonMark with task lists; every text is escaped."""
    lines = _markdown_form(made) if isinstance(made, Form) else _markdown_numbers(made)
    return "\n".join((*_markdown_head(made), *lines, *_markdown_end(made))) + "\n"


# ---------------------------------------------------------------- plain text


def _text_head(made: Form | ParameterSheet) -> Iterator[str]:
    yield made.notice
    yield made.title
    yield f"profile {made.profile} · as of {made.as_of} · {made.rule_set}"
    yield from wrapped("", f"{made.counts}.")
    for remark in made.remarks:
        yield from wrapped("", remark)


def _text_end(made: Form | ParameterSheet) -> Iterator[str]:
    yield ""
    for role in made.signatures:
        yield f"{role} {'_' * 40} date {'_' * 12} time {'_' * 8}"
    yield from wrapped("", made.legend)


def _text_form(form: Form) -> Iterator[str]:
    yield from wrapped("", form.supposes)
    yield ""
    for name in form.identifiers:
        yield f"{name}: {'_' * (WIDTH - len(name) - 2)}"
    if form.asks:
        yield from _text_asked("About the patient", (), form.families)
        for part in form.parts:
            yield from _text_asked(part.title, part.often, part.families)
        if form.meanings:
            yield ""
            yield from _text_meanings("What is meant", form.meanings)
    if form.acts:
        yield ""
        yield from wrapped("", f"ACT. {form.default}.")
        for part in form.parts:
            yield from _text_pause(part.acts[0])
            yield ""
            yield part.title.upper()
            yield from _text_meanings("What is meant", part.meanings)
            for index, acts in enumerate(part.acts):
                yield from _text_pause(acts) if index else ()
                yield from _text_acts(acts)
        yield ""
        yield "SOURCES"
        for source in form.sources:
            yield from wrapped("    ", f"{source.name}: {source.text}")


def _text_asked(title: str, often: Sequence[Meaning], families: Sequence[Family]) -> Iterator[str]:
    if often or families:
        yield ""
        yield f"{title.upper()}: ASK AND LOOK AT"
        yield from _text_meanings("How often", often)
    for family in families:
        yield f"  {family.title}"
        for asked in family.asked:
            yield from wrapped("    [ ] ", _question(asked))


def _question(asked: Asked) -> str:
    value = f" {_BLANK} {asked.unit}" if asked.unit else ""
    return f"{asked.text}{value} {_BLANK}"


def _text_meanings(title: str, meanings: Sequence[Meaning]) -> Iterator[str]:
    if meanings:
        yield f"  {title}"
    for meaning in meanings:
        yield from wrapped("    ", f"{meaning.name}: {meaning.text}.")


def _text_pause(acts: Acts) -> Iterator[str]:
    if acts.pause:
        yield f"---- [ ] {acts.pause}, initials ____ ----"


def _text_acts(acts: Acts) -> Iterator[str]:
    if acts.lead:
        yield from wrapped("  ", f"If {acts.lead}:")
    for act in acts.acts:
        yield from wrapped(f"[ ] {act.number:>3} ", f"{act.signal}: {act.action}")
        for line in _said(act):
            yield from wrapped(" " * 8, line)


def _said(act: Act) -> Iterator[str]:
    """Return what stands under an action: a mark, its condition, who and how soon, its rule and sources."""
    if act.remark:
        yield act.remark
    if act.when:
        yield f"If {act.when}."
    yield " · ".join(part for part in (act.who, act.rule, f"sources {act.sources}") if part)


def _text_numbers(made: ParameterSheet) -> Iterator[str]:
    yield from _text_groups(made.first)
    if made.annex:
        yield ""
        yield from (f"[ ] {words}" for words in made.checked)
        yield ""
        yield f"---- {made.annex} ----"
        yield from _text_groups((made.reasons, *made.groups))
    if made.plain:
        yield ""
        yield from wrapped("", _plain(made.plain))


def _text_groups(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        yield ""
        yield group.title.upper()
        for one in group.numbers:
            yield from wrapped(f"[ ] {one.value:>26}  ", f"{one.text} ({one.source}) · {one.name}")


def _plain(numbers: Sequence[Number]) -> str:
    return f"Plain counts: {'; '.join(f'{one.text} {one.value} ({one.name})' for one in numbers)}."


# ---------------------------------------------------------------- Markdown


def _markdown_head(made: Form | ParameterSheet) -> Iterator[str]:
    yield f"# {safe(made.title)}"
    yield ""
    yield f"**{safe(made.notice)}**"
    yield ""
    yield f"profile {safe(made.profile)} · as of **{safe(made.as_of)}** · {safe(made.rule_set)}  "
    yield f"{safe(made.counts)}."
    for remark in made.remarks:
        yield ""
        yield f"**{safe(remark)}**"


def _markdown_end(made: Form | ParameterSheet) -> Iterator[str]:
    yield ""
    yield "## Signatures"
    yield ""
    for role in made.signatures:
        yield f"- {role}: `{'_' * 30}` date `{'_' * 10}` time `{'_' * 6}`"
    yield ""
    yield safe(made.legend)


def _markdown_form(form: Form) -> Iterator[str]:
    yield ""
    yield safe(form.supposes)
    yield ""
    for name in form.identifiers:
        yield f"- {name}: `{'_' * 30}`"
    if form.asks:
        yield ""
        yield "## Ask and look at"
        yield from _markdown_asked("About the patient", (), form.families)
        for part in form.parts:
            yield from _markdown_asked(part.title, part.often, part.families)
        if form.meanings:
            yield ""
            yield "### What is meant"
            yield ""
            yield from _markdown_meanings(form.meanings)
    if form.acts:
        yield ""
        yield "## Act"
        yield ""
        yield f"{safe(form.default)}."
        for part in form.parts:
            yield from _markdown_pause(part.acts[0])
            yield ""
            yield f"### {safe(part.title)}"
            yield ""
            yield from _markdown_meanings(part.meanings)
            for index, acts in enumerate(part.acts):
                yield from _markdown_pause(acts) if index else ()
                yield from _markdown_acts(acts)
        yield ""
        yield "## Sources"
        yield ""
        yield from _markdown_meanings(form.sources)


def _markdown_asked(title: str, often: Sequence[Meaning], families: Sequence[Family]) -> Iterator[str]:
    if often or families:
        yield ""
        yield f"### {safe(title)}"
    if often:
        yield ""
        yield from _markdown_meanings(often)
    for family in families:
        yield ""
        yield f"**{safe(family.title)}**"
        yield ""
        for asked in family.asked:
            value = f" `{_BLANK}` {safe(asked.unit)}" if asked.unit else ""
            yield f"- [ ] {safe(asked.text)}{value} `{_BLANK}`"


def _markdown_meanings(meanings: Sequence[Meaning]) -> Iterator[str]:
    for meaning in meanings:
        yield f"- **{safe(meaning.name)}**: {safe(meaning.text)}."


def _markdown_pause(acts: Acts) -> Iterator[str]:
    if acts.pause:
        yield ""
        yield f"- [ ] **{safe(acts.pause)}**, initials `____`"


def _markdown_acts(acts: Acts) -> Iterator[str]:
    yield ""
    if acts.lead:
        yield f"If {safe(acts.lead)}:"
        yield ""
    for act in acts.acts:
        yield f"- [ ] **{act.number}. {safe(f'{act.signal}: {act.action}')}**  "
        yield "  \n".join(f"  {safe(line)}" for line in _said(act))


def _markdown_numbers(made: ParameterSheet) -> Iterator[str]:
    yield from _markdown_groups("##", made.first)
    if made.annex:
        yield ""
        yield from (f"- [ ] {safe(words)}" for words in made.checked)
        yield ""
        yield f"## {safe(made.annex)}"
        yield from _markdown_groups("###", (made.reasons, *made.groups))
    if made.plain:
        yield ""
        yield safe(_plain(made.plain))


def _markdown_groups(level: str, groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        yield ""
        yield f"{level} {safe(group.title)}"
        yield ""
        yield "| What it means | Number | Source | Name |"
        yield "|---|---|---|---|"
        for one in group.numbers:
            cells = (one.text, one.value, one.source, one.name)
            yield f"| {' | '.join(safe(cell) for cell in cells)} |"
