"""`diff`: two rule sets, revisions or profiles side by side."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from thalsafety import __version__
from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.writing import put, write_file
from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading.folders import located, packaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from thalsafety.comparing.results import Report
    from thalsafety.comparing.sides import Meant
    from thalsafety.model.patient import PatientState

T = TypeVar("T")


@click.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("paths", metavar="[PATIENT…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--profile", metavar="NAME", help="The profile of a side that names none.")
@click.option("--as-of", metavar="DATE", help="The day whose numbers are in force; default: today.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)
@click.option(
    "--witnesses",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write the patient states that show differences into this folder, one file each.",
)
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 when anything is listed as changed or undecided.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.001, 3600),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="How long the solver may take for one question; a rule takes a few. What is not decided then is told.",
)
@output_option
@rules_option
def diff_command(
    *,
    a: str,
    b: str,
    paths: tuple[Path, ...],
    profile: str | None,
    as_of: str | None,
    form: str,
    witnesses: Path | None,
    fail_on_change: bool,
    time_limit: float,
    output: Path | None,
    rules: Path | None,
) -> None:
    """Compare two rule sets: what differs, for which patient, and how checklists move.

    A and B are each one of:

    \b
      rules-2026/      a folder of rules
      v1.2, HEAD~3     a git revision of the repository that the rules (--rules) lie in
      HEAD~3:old/path  a git revision in which the rules lie elsewhere
      eu               a profile of the rules (--rules)

    `#PROFILE` after a folder or revision names its profile, as in rules-2026#eu. A side without one takes --profile,
    or that of the other side; where nobody names one, every profile that both have is compared with itself. When
    a word could be two of these, write folder:WORD, git:WORD or profile:WORD.

    A rule that changed is proved to behave alike for every patient, or shown to differ by a fictional patient with
    few facts, for whom both rule sets were run; otherwise it is undecided. Proofs need Z3, the extra `verify`;
    without it a changed condition is undecided unless a known patient shows that it differs.

    Checklists are those of PATIENT files or folders (default: the example patients under the profiles compared).

    \b
    Exit codes: 0 done; 1 --fail-on-change was met; 2 something cannot be used; 3 the engines differ.

    \b
    Examples:
      thalsafety diff HEAD~1 rules
      thalsafety diff us eu
      thalsafety diff v1.2#us rules#us --witnesses shown/
      thalsafety diff main rules --fail-on-change --format json -o diff.json
    """  # noqa: D301  click wants the character itself
    from thalsafety.comparing.running import Asked, Comparison
    from thalsafety.comparing.sides import Sides, profiles_of
    from thalsafety.rendering import compared

    day = _day(as_of)
    sides = Sides(located(rules))
    one, other = sides.meant(a), sides.meant(b)
    pairs = profiles_of(one, other, profile)
    patients = _patients(one, other, paths)
    reports: list[Report] = []
    for pair in pairs:
        chosen = [(name, state) for name, state in patients if paths or state.profile in pair]
        asked = Asked(day, chosen, find_spec("z3") is not None, time_limit)
        comparison = Comparison(one, other, pair, asked)
        for _ in _with_progress(comparison.steps(), len(comparison)):
            pass
        reports.append(comparison.report())
    if witnesses is not None:
        _write_all(witnesses, reports)
    put(compared.document(reports, __version__) if form == "json" else compared.text(reports), output)
    if fail_on_change and any(report.changed for report in reports):
        raise click.exceptions.Exit(1)


def _day(as_of: str | None) -> date:
    """Return the day whose numbers are in force."""
    from thalsafety.model.patient import PatientFacts

    if as_of is None:
        return datetime.now(tz=UTC).date()
    try:
        return PatientFacts.model_validate({"as_of": as_of}).as_of.day()
    except ValueError:
        raise InputError([Problem(Place("--as-of"), f"`{as_of}` is not a day", "write 2026-03-09")]) from None


def _patients(one: Meant, other: Meant, paths: Sequence[Path]) -> list[tuple[str, PatientState]]:
    """Return the patients by name; a file that one side refuses is read by the other's vocabulary."""
    from thalsafety.loading.patients import load_patient_states, patient_files

    examples = packaged("examples")
    files, problems = patient_files(paths or ([examples] if examples.is_dir() else []))
    names = [*one.rule_set.profiles, *other.rule_set.profiles]
    found: list[tuple[str, PatientState]] = []
    unfit = 0
    for file in files:
        by_b = load_patient_states(file, other.rule_set.lexicon, names)
        for loaded, again in zip(by_b, load_patient_states(file, one.rule_set.lexicon, names), strict=True):
            state = loaded.state or again.state
            if state is None and not paths:
                unfit += 1
                continue
            if state is None:
                problems += loaded.problems
                continue
            found.append((file.name if loaded.position is None else f"{file.name}#{loaded.position}", state))
    if problems:
        raise InputError(problems)
    if unfit:
        click.echo(f"{unfit} example patients fit neither A nor B and are left out", err=True)
    return found


def _write_all(folder: Path, reports: Iterable[Report]) -> None:
    """Write the patient states that show differences."""
    from thalsafety.rendering import compared

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        message = f"the folder cannot be made: {reason}"
        raise InputError([Problem(Place(str(folder)), message, "choose another with --witnesses")]) from None
    for report in reports:
        for name, text in compared.witness_files(report).items():
            write_file(folder / name, text.encode())


def _with_progress(steps: Iterable[T], count: int) -> Iterable[T]:
    """Go through steps with a progress bar, where somebody watches."""
    if not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, "comparing", total=count, console=Console(stderr=True), transient=True)
