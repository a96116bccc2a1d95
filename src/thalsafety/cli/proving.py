"""`verify`: proofs about the rules, for every patient there may be."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.writing import put, put_rows, write_file
from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading.folders import located
from thalsafety.loading.rules import load_rules

if TYPE_CHECKING:
    from thalsafety.proving.results import Claim, Report


@click.command("verify")
@rules_option
@click.option("--profile", metavar="NAME", help="Only this profile, as in us or us+enl; without it, every profile.")
@click.option("--addons", is_flag=True, help="Also every profile with each one of its add-ons; takes far longer.")
@click.option("--as-of", metavar="DATE", help="The day whose numbers are in force; default: today.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--only", metavar="ID", multiple=True, help="Only this check, such as V010; may be repeated.")
@click.option(
    "--witness", metavar="DIR", type=click.Path(path_type=Path), help="Write patient states that show findings."
)
@click.option("--full", is_flag=True, help="Print what was proved, and what is meant, one by one.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes, when there are several profiles.",
)
@click.option("--list", "list_checks", is_flag=True, help="Print every check with its id.")
@output_option
def verify_command(  # noqa: PLR0917  one parameter per option
    rules: Path | None,
    profile: str | None,
    addons: bool,
    as_of: str | None,
    format_: str,
    only: tuple[str, ...],
    witness: Path | None,
    full: bool,
    jobs: int,
    list_checks: bool,
    output: Path | None,
) -> None:
    """Prove, or refute with a fictional patient, what must hold of the rules for every patient there may be.

    What must hold is the same for all rules (--list), or stated in rules/invariants. A proof covers all
    answers within the plausible ranges of the vocabulary; what is neither proved nor refuted is printed
    as open.

    Exit code 1 when something does not hold and is not accepted in rules/invariants.
    """
    from thalsafety.proving.results import CHECKS, Status
    from thalsafety.rendering.verified import document, lines

    if list_checks:
        put_rows(f"{name}  {text}" for name, text in CHECKS.items())
        return
    _needs_the_solver()
    unknown = [name for name in only if name not in CHECKS]
    if unknown:
        raise InputError([Problem(Place("--only"), f"`{unknown[0]}` is not a check", "--list prints them all")])
    reports = _reports(located(rules), profile, as_of, frozenset(only), jobs, addons=addons)
    if witness is not None:
        for report in reports:
            _write_states(witness, report)
    text = document(reports) if format_ == "json" else "".join(f"{line}\n" for line in lines(reports, full=full))
    put(text, output)
    if any(report.of(Status.REFUTED) for report in reports):
        raise click.exceptions.Exit(1)


def _needs_the_solver() -> None:
    """Refuse when the solver is not installed."""
    if importlib.util.find_spec("z3") is None:
        hint = "pip install 'thalsafety[verify]'"
        raise InputError([Problem(Place("verify"), "proofs need Z3, which is not installed", hint)])


def _reports(
    root: Path, profile: str | None, as_of: str | None, only: frozenset[str], jobs: int, *, addons: bool
) -> list[Report]:
    """Return the verification of one profile, or of all."""
    from thalsafety.model.patient import PatientFacts
    from thalsafety.proving.verifying import verify_profiles

    rule_set = load_rules(root)
    if rule_set.problems:
        raise InputError(rule_set.problems)
    try:
        day = PatientFacts.model_validate({"as_of": as_of}).as_of.day() if as_of else datetime.now(tz=UTC).date()
    except ValueError:
        raise InputError([Problem(Place("--as-of"), f"`{as_of}` is not a day", "write 2026-03-09")]) from None
    names = [profile] if profile else [name for name in rule_set.profile_names if addons or "+" not in name]
    tell = _told if sys.stderr.isatty() else None
    reports = verify_profiles(rule_set, names, day, only, jobs=jobs, tell=tell)
    if tell is not None:
        click.echo("\r\x1b[K", err=True, nl=False)
    return reports


def _told(check: str, count: int) -> None:
    """Show how far the verification is, on one line of the terminal."""
    click.echo(f"\r\x1b[K{check}: {count} claims", err=True, nl=False)


def _write_states(folder: Path, report: Report) -> None:
    """Write the patient states that show what does not hold."""
    from thalsafety.proving.results import Status

    folder.mkdir(parents=True, exist_ok=True)
    for claim in report.of(Status.REFUTED):
        for number, state in enumerate(claim.states, 1):
            name = "-".join((claim.check, *claim.of, *((str(number),) if len(claim.states) > 1 else ())))
            path = folder / f"{report.profile}-{name.replace('/', '-').replace(':', '-')}.yaml"
            write_file(path, _written(claim, state).encode())


def _written(claim: Claim, state: dict[str, object]) -> str:
    """Return a patient state as YAML, with what it shows above it."""
    import yaml

    return f"# {claim.check}: {claim.text}\n# This fictional patient shows that it is not so.\n" + yaml.safe_dump(
        state, sort_keys=False, allow_unicode=True, width=120
    )
