"""`coverage`: what the rules cover, and what their examples exercise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.printing import library_missing
from thalsafety.cli.writing import put, refuse_to_replace, write_file, write_folder
from thalsafety.errors import InputError, Place, Problem
from thalsafety.linking.epochs import Links
from thalsafety.loading.folders import located, packaged
from thalsafety.loading.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from typing import TypeAlias

    from thalsafety.coverage import Case, Coverage
    from thalsafety.loading.rules import RuleSet
    from thalsafety.rendering.covered import Report

    PageRenderer: TypeAlias = Callable[[Report, RuleSet, date], dict[str, bytes]]

_JOBS = 2
"""Processes: one measures worked examples and one patients, and each proves half of what is to be proved."""
_MARKER = "thalsafety-coverage.txt"
"""The file of a report that lists its files, so that nothing else is ever overwritten."""


@click.command("coverage")
@click.argument("paths", metavar="[PATIENT…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--profile", metavar="NAME", help="The profile to measure; default: the first.")
@click.option(
    "--everywhere",
    is_flag=True,
    help="Measure every active rule instead, each under the first profile with it in force, and every statement.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option("--missing", "show_all", is_flag=True, help="List everything that is missing, with file and line.")
@click.option(
    "--fail-under",
    multiple=True,
    metavar="[LAYER=]PERCENT",
    help="Exit with 1 when guidance, or a layer by worked examples, is under this (repeatable: guidance, rules, lines, "
    "decisive, numbers). Shares are never rounded up.",
)
@click.option(
    "--traces",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the raw trace of every worked example (JSON Lines), for a checker of its own.",
)
@click.option(
    "--html",
    "pages",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a report of linked pages too, for a committee; an earlier report there is replaced.",
)
@output_option
@rules_option
def coverage_command(
    *,
    paths: tuple[Path, ...],
    profile: str | None,
    everywhere: bool,
    form: str,
    show_all: bool,
    fail_under: tuple[str, ...],
    traces: Path | None,
    pages: Path | None,
    output: Path | None,
    rules: Path | None,
) -> None:
    """Measure what is encoded and exercised: guidance, rules, lines, decisive lines, numbers.

    Each layer is an exact fraction with the list of what is missing, for the worked examples inside rules and
    for example patients (PATIENT files or folders; default: those that come with the program).

    A line is decisive in a case when the verdict would be another one if that line alone were the other way
    (masking MC/DC, in three-valued logic). What no record could exercise is not counted: by the meaning of a
    question, or by a proof about several (pip install 'thalsafety[verify]'; without it that counts as missing).

    \b
    Exit codes: 0 measured; 1 --fail-under was met; 2 a file cannot be used.
    """  # noqa: D301  click wants the character itself
    from thalsafety.coverage import cover, cover_everywhere, guidance, guidance_layer, layers, shortfalls
    from thalsafety.rendering import covered

    least = _least(fail_under)
    if everywhere and (profile is not None or pages is not None):
        other = "--profile" if profile is not None else "--html"
        hint = "leave one of the two out; the pages are those of one profile"
        raise InputError([Problem(Place("--everywhere"), f"`--everywhere` does not go with {other}", hint)])
    set_pages = None if pages is None else _page_renderer(pages)
    rule_set = load_rules(located(rules))
    name = profile_of(rule_set, profile)
    patients, problems = example_patients(rule_set, paths)
    problems += rule_set.problems
    links = Links(rule_set)
    if everywhere:
        measured = cover_everywhere(rule_set, patients, traced=traces is not None, jobs=_JOBS, links=links)
    else:
        measured = cover(rule_set, name, patients, traced=traces is not None)
    coverage = _attainable(rule_set, measured, links)
    if traces is not None:
        rows = (json.dumps(trace, ensure_ascii=False) for trace in coverage.examples.traces or ())
        write_file(traces, "".join(f"{row}\n" for row in rows).encode())
    day = datetime.now(tz=UTC).date()
    statements = guidance(rule_set, coverage, day)
    report = covered.Report(
        coverage,
        guidance_layer(statements),
        layers(coverage, coverage.examples),
        layers(coverage, coverage.patients),
        statements,
    )
    if pages is not None and set_pages is not None:
        write_folder(pages, set_pages(report, rule_set, day), _MARKER)
    renderers = {"json": covered.as_json, "junit": covered.junit}
    put(renderers[form](report) if form in renderers else covered.text(report, show_all=show_all), output)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise click.exceptions.Exit(2)
    short = list(shortfalls(report.gate, least))
    for layer in short:
        click.echo(f"{layer.name}: {covered.percent(layer)} is under {least[layer.name]:g} %", err=True)
    if short:
        raise click.exceptions.Exit(1)


def _attainable(rule_set: RuleSet, coverage: Coverage, links: Links) -> Coverage:
    """Return coverage without what no record can reach, by proof; where there is no solver, say that and leave it."""
    if find_spec("z3") is None:
        return replace(coverage, unasked="Z3 is not installed (pip install 'thalsafety[verify]')")
    from thalsafety.attaining import attainable

    return attainable(rule_set, coverage, jobs=_JOBS, links=links)


def _least(wanted: Sequence[str]) -> dict[str, float]:
    """Return the least share asked of each layer; a number without a name is asked of all."""
    from thalsafety.coverage.layers import TITLES

    found: dict[str, float] = {}
    for text in wanted:
        name, _, percent = text.rpartition("=")
        try:
            share = float(percent)
        except ValueError:
            share = -1
        if not 0 <= share <= 100 or (name and name not in TITLES):  # noqa: PLR2004  percent
            hint = f"write a number from 0 to 100, alone or after one of {', '.join(TITLES)}, as in lines=100"
            raise InputError([Problem(Place("--fail-under"), f"`{text}` is not a share of a layer", hint)])
        found.update(dict.fromkeys([name] if name else TITLES, share))
    return found


def _page_renderer(folder: Path) -> PageRenderer:
    """Return what sets the pages; `InputError` when its library is missing, or the folder holds something else."""
    refuse_to_replace(folder, _MARKER)
    try:
        from thalsafety.rendering import covered_html
    except ImportError as error:
        raise library_missing(form="html", error=error, option="--html") from None
    return covered_html.render


def profile_of(rule_set: RuleSet, name: str | None) -> str:
    """Return the profile to measure: the one named, or the first."""
    if name is None:
        return rule_set.first_profile
    return rule_set.profile_named(name).profile


def example_patients(rule_set: RuleSet, paths: Sequence[Path]) -> tuple[list[Case], list[Problem]]:
    """Return the example patients of files, or those of the package, and what is wrong with the files."""
    from thalsafety.coverage import Case
    from thalsafety.loading.patients import load_patient_states, patient_files

    examples = packaged("examples")
    files, problems = patient_files(paths or ([examples] if examples.is_dir() else []))
    found: list[Case] = []
    for file in files:
        for loaded in load_patient_states(file, rule_set.lexicon, rule_set.profile_names):
            if loaded.state is None:
                problems += loaded.problems
                continue
            name = file.name if loaded.position is None else f"{file.name}#{loaded.position}"
            found.append(Case(name, loaded.state, loaded.state.profile))
    return found, problems
