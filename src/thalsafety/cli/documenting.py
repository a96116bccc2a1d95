"""`docs`: the rules, their sources and their profiles as pages to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety.cli.covering import example_patients
from thalsafety.cli.options import rules_option
from thalsafety.cli.printing import library_missing
from thalsafety.cli.reading import day_option, on
from thalsafety.cli.writing import put, refuse_to_replace, write_folder
from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading.folders import located
from thalsafety.loading.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from thalsafety.loading.rules import RuleSet
    from thalsafety.rendering.documented_pages import Library

_MARKER = "thalsafety-docs.txt"
"""The file of the pages that lists them, so that nothing else is ever overwritten."""


@click.command("docs")
@click.argument("paths", metavar="[PATIENT…]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the pages; earlier ones there are replaced. With --not-covered: the file.",
)
@click.option(
    "--profile",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only what is in force under this profile, as in us+dermatology (repeatable; default: every one, alone and "
    "with each add-on).",
)
@click.option(
    "--not-covered", "only_gaps", is_flag=True, help="Only the page of what is not covered, as Markdown, printed here."
)
@day_option
@rules_option
def docs_command(
    *,
    paths: tuple[Path, ...],
    output: Path | None,
    names: tuple[str, ...],
    only_gaps: bool,
    as_of: datetime | None,
    rules: Path | None,
) -> None:
    """Write the rules as linked pages: one per rule, source and profile, the numbers, and what is not covered.

    A rule's page has its action, its logic in words, its numbers with their sources under each profile, the
    statements it rests on, worked examples, and example patients (PATIENT files or folders; default: those that
    come with the program). A source's page has every statement with the rules that rest on it, or the reason why
    none does. The pages need no network and no JavaScript, and open from a folder.

    \b
    Examples:
      thalsafety docs -o pages
      thalsafety docs -o pages --profile us+dermatology
      thalsafety docs --not-covered
    """  # noqa: D301  click wants the character itself
    from thalsafety.rendering.documented_pages import Library

    day = on(as_of)
    if only_gaps:
        from thalsafety.rendering.not_covered import markdown

        rule_set = load_rules(located(rules))
        library = Library(rule_set, _profiles(rule_set, names), day)
        put(markdown(library, _refreshing(names, day)), output)
        _tell(rule_set.problems)
        return
    if output is None:
        raise InputError([Problem(Place("-o"), "no folder is named for the pages", "write -o DIR, or --not-covered")])
    render = _renderer(output)
    from thalsafety.coverage.outcomes import outcomes

    rule_set = load_rules(located(rules))
    profiles = _profiles(rule_set, names)
    patients, wrong = example_patients(rule_set, paths)
    patients = [case for case in patients if case.profile in profiles]
    library = Library(rule_set, profiles, day, patients, outcomes(rule_set, patients))
    write_folder(output, render(library), _MARKER)
    _tell([*rule_set.problems, *wrong])


def _tell(problems: Sequence[Problem]) -> None:
    """Tell what could not be used, and leave with the code for it."""
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise click.exceptions.Exit(2)


def _renderer(folder: Path) -> Callable[[Library], dict[str, bytes]]:
    """Return what sets the pages; `InputError` when its library is missing, or the folder holds something else."""
    refuse_to_replace(folder, _MARKER)
    try:
        from thalsafety.rendering import documented_html
    except ImportError as error:
        raise library_missing(form="html", error=error, option="docs") from None
    return documented_html.render


def _profiles(rule_set: RuleSet, names: Sequence[str]) -> list[str]:
    """Return the profiles that were named, each once, or all of them."""
    return list(dict.fromkeys(rule_set.profile_named(name).profile for name in names)) or list(rule_set.profile_names)


def _refreshing(names: Sequence[str], day: date) -> str:
    """Return the command that makes the page of what is not covered again."""
    chosen = (f"--profile {name}" for name in names)
    return " ".join(["thalsafety docs --not-covered", *chosen, f"--as-of {day}"])
