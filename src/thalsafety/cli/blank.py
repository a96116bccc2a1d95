"""`forms`: generic forms for a clinic, made from the rules, with no patient in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from thalsafety import __version__
from thalsafety.checklists.stages import STAGES
from thalsafety.cli.checking import ready
from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.printing import chosen_format, library_missing
from thalsafety.cli.reading import day_option, on, rules_profile_option
from thalsafety.cli.writing import put, write_file
from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from pathlib import Path
    from typing import TypeAlias

    from thalsafety.prepared import Prepared
    from thalsafety.rendering.forms import Form
    from thalsafety.rendering.parameter_sheet import ParameterSheet

    Setter: TypeAlias = Callable[[Form | ParameterSheet], bytes]

_ENDINGS = {".pdf": "pdf", ".md": "md", ".txt": "txt"}
_PARAMETERS = "parameters"


@click.command("forms")
@click.argument("kind", type=click.Choice([*(stage.name for stage in STAGES), _PARAMETERS]))
@rules_profile_option
@day_option
@output_option
@click.option(
    "--format", "form", type=click.Choice([*_ENDINGS.values()]), help="The format, where the ending of -o does not say."
)
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Size of the PDF's pages."
)
@click.option("--only", multiple=True, metavar="TOPIC", help="Print only what belongs to a topic (repeatable).")
@click.option("--part", type=click.Choice(["ask", "act"]), help="Print only the questions, or only when to act.")
@rules_option
def forms_command(
    *,
    kind: str,
    profile: str,
    as_of: datetime | None,
    output: Path | None,
    form: str | None,
    paper: str,
    only: tuple[str, ...],
    part: str | None,
    rules: Path | None,
) -> None:
    """Print a generic form for a stage of treatment, or the numbers in force for sign-off, with no patient in it.

    KIND is a stage: start (before the first dose), visit (during treatment), stop (after the last dose) or
    restart. A form is made from the rules that can concern a patient at that stage: how often things are due,
    every question once with room for its answer, and for each rule when it asks for what, of whom and how
    soon, with the numbers in force. What the form supposes of the patient stands on it. The questions come
    first and need few pages; what to act on follows.

    `forms parameters` prints every number in force with its source, to be checked and signed: the numbers of
    stop items on one page with room for two signatures, the others in its annex.

    \b
    Examples:
      thalsafety forms visit -o visit.pdf
      thalsafety forms start --part ask -o first-questions.pdf --paper letter
      thalsafety forms parameters --only haematology -o numbers.pdf
    """  # noqa: D301  click wants the character itself
    form = chosen_format(output, None, form, _ENDINGS)
    render = _setter(form, paper)
    prepared = ready(rules, only)
    if kind == _PARAMETERS and part is not None:
        raise InputError([Problem(Place("--part"), "the parameter sheet has no parts", "leave --part out")])
    made = _parameters(prepared, profile, on(as_of), only) if kind == _PARAMETERS else None
    content = render(made or _form(prepared, kind, profile, on(as_of), only, part))
    if output is not None:
        write_file(output, content)
    else:
        put(content.decode(), None)


def _form(  # noqa: PLR0917  what was asked for on the command line
    prepared: Prepared, kind: str, profile: str, day: date, only: tuple[str, ...], part: str | None
) -> Form:
    """Return the form of a stage; `InputError` when nothing is on it."""
    from thalsafety.rendering import forms

    stage = next(stage for stage in STAGES if stage.name == kind)
    titles = {name: definition.title for name, definition in prepared.rule_set.definitions.items()}
    linked = prepared.checker(profile, day).linked
    naming = forms.Naming(titles, __version__)
    made = forms.form(linked, stage, day, naming, forms.Choice(only, part or ""))
    if not made.parts:
        message = f"no rule of {', '.join(only) or 'this rule set'} can concern the stage {kind}"
        raise InputError([Problem(Place("--only"), message, "choose another topic, or another stage")])
    return made


def _parameters(prepared: Prepared, profile: str, day: date, only: tuple[str, ...]) -> ParameterSheet:
    from thalsafety.rendering import parameter_sheet

    made = parameter_sheet.sheet(prepared.checker(profile, day).linked, day, __version__, only)
    if not made.first and not made.plain:
        raise InputError([Problem(Place("--only"), f"no number is used by {', '.join(only)}", "choose another topic")])
    return made


def _setter(form: str, paper: str) -> Setter:
    """Return what sets a form; `InputError` when the library for it is not installed."""
    try:
        if form == "pdf":
            from thalsafety.rendering import pdf_forms

            return lambda made: pdf_forms.render(made, paper)
    except ImportError as error:
        raise library_missing(form, error) from None
    from thalsafety.rendering import plain_forms

    write = plain_forms.markdown if form == "md" else plain_forms.text
    return lambda made: write(made).encode()
