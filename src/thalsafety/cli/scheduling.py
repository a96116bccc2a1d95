"""`calendar`: every monitoring window ahead."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety import __version__
from thalsafety.cli.checking import Run, ready, refuse_to_overwrite
from thalsafety.cli.options import output_option, profile_option, rules_option
from thalsafety.cli.writing import put, put_bytes, put_lines
from thalsafety.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from thalsafety.checklists import Checklist
    from thalsafety.checklists.upcoming import Calendar

_WEEKS = 12
_LONGEST = 3660
"""Days that a calendar may reach ahead: ten years, beyond which no record speaks."""
_FORMATS = ("text", "json", "ics")


@click.command("calendar")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--until",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="DATE",
    help=f"The last day of the calendar; default: {_WEEKS} weeks after the day of the patient state.",
)
@profile_option
@click.option("--as-of", metavar="DATE", help="Begin on this day instead of the one in the file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="What to print; default: by the ending of the output (.json, .ics), else text.",
)
@output_option
@rules_option
def calendar_command(
    *,
    paths: tuple[Path, ...],
    until: datetime | None,
    profile: str | None,
    as_of: str | None,
    form: str | None,
    output: Path | None,
    rules: Path | None,
) -> None:
    """Print every monitoring window ahead, from the schedules that the rules ask for.

    FILE is a patient state (YAML or JSON, one patient or several) or a folder of them. The calendar supposes
    that the recorded facts stay as they are, and that each turn is done on the day it is due, with its latest
    result once more. What cannot be told is listed with what would settle it.

    --format ics writes all-day events for a calendar program, from the day a turn opens until it is overdue;
    importing a later calendar of the same patient moves them. It needs: pip install 'thalsafety[calendar]'

    \b
    Exit codes: 0 the calendars were made; 2 a file or a rule cannot be used;
    3 the two engines differ on the first day, or one failed.

    \b
    Examples:
      thalsafety calendar patient.yaml
      thalsafety calendar patient.yaml --until 2027-01-01 -o patient.ics
      thalsafety calendar examples/ --format json -o calendars.json
    """  # noqa: D301  click wants the character itself
    chosen = form or _by_ending(output)
    refuse_to_overwrite(output, paths)
    if chosen == "ics":
        _need_icalendar()
    prepared = ready(rules)
    run = Run(prepared, profile, as_of)
    checks: list[tuple[str, int | None, Checklist]] = []
    calendars = list(_calendars(run, paths, until.date() if until else None, checks))
    run.problems += _write(calendars, run.problems, chosen, output)
    for problem in run.problems:
        click.echo(str(problem), err=True)
    sys.exit(run.exit_code(checks, None))


def _by_ending(output: Path | None) -> str:
    """Return the form that the name of the output asks for."""
    ending = output.suffix.lower().removeprefix(".") if output is not None else ""
    return ending if ending in _FORMATS else "text"


def _need_icalendar() -> None:
    """Refuse to go on where the package that writes iCalendar is not installed."""
    from importlib.util import find_spec

    if find_spec("icalendar") is None:
        message = "`ics` needs the package icalendar, which is not installed"
        hint = "pip install 'thalsafety[calendar]', or choose text or json"
        raise InputError([Problem(Place("--format"), message, hint)])


def _calendars(
    run: Run, paths: Sequence[Path], until: date | None, checks: list[tuple[str, int | None, Checklist]]
) -> Iterator[tuple[str, int | None, Calendar]]:
    """Make the calendar of every patient whom both engines agree on today."""
    from thalsafety.checklists.upcoming import upcoming

    for file, position, checklist in run.checks(paths):
        checks.append((file, position, checklist))
        linked, state = checklist.linked, checklist.state
        try:
            last = _last_day(state.as_of.day(), until, file)
        except InputError as error:
            run.problems += error.problems
            continue
        changes = run.prepared.changes(linked.profile, state.as_of.day(), last)
        yield file, position, upcoming(linked, state, last, changes)


def _last_day(first: date, until: date | None, file: str) -> date:
    """Return the last day of a calendar; `InputError` when it lies before the first, or too far ahead."""
    if until is None:
        return min(first, date.max - timedelta(weeks=_WEEKS)) + timedelta(weeks=_WEEKS)
    if until < first:
        message = f"--until {until} lies before as_of ({first})"
        raise InputError([Problem(Place(file), message, "choose a later day, or an earlier one with --as-of")])
    if (until - first).days > _LONGEST:
        message = f"--until {until} lies more than ten years after as_of ({first})"
        raise InputError([Problem(Place(file), message, "choose an earlier day")])
    return until


def _write(
    calendars: Sequence[tuple[str, int | None, Calendar]], problems: Sequence[Problem], form: str, output: Path | None
) -> list[Problem]:
    """Write the calendars in the form asked for, and return what kept one from being written."""
    found: list[Problem] = []
    if form == "ics":
        from thalsafety.rendering import calendar_ics

        content, found = calendar_ics.render(calendars, __version__)
        put_bytes(content, output)
    elif form == "json":
        from thalsafety.rendering import calendar_json

        put(calendar_json.render(calendars, problems, __version__), output)
    elif calendars or output is not None:
        from thalsafety.rendering import calendar_text, text

        lines: list[text.Line] = []
        for file, position, calendar in calendars:
            if lines:
                lines += [[], [("quiet", "=" * 100)], []]
            shown = file if position is None else f"{file}, patient {position}"
            lines += calendar_text.render(calendar, shown)
        put_lines(lines, output)
    return found
