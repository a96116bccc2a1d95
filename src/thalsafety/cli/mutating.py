"""`mutate`: mistakes made in the rules on purpose, and whether any test notices."""

from __future__ import annotations

from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from thalsafety.cli.covering import profile_of
from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.writing import put, write_file
from thalsafety.errors import InputError, Place, Problem, UnknownNameError
from thalsafety.loading import tame
from thalsafety.loading.folders import located, packaged
from thalsafety.loading.rules import load_rules
from thalsafety.loading.suggesting import did_you_mean
from thalsafety.loading.validating import validate
from thalsafety.model.rule import Cases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import PatientState
    from thalsafety.mutating.covering import Case
    from thalsafety.mutating.mutants import Spot
    from thalsafety.mutating.running import Run

T = TypeVar("T")
_FIRST = "mend it first; `thalsafety test` says what is wrong"


@click.command("mutate")
@click.argument("paths", metavar="[PATIENT…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--profile", metavar="NAME", help="The profile under which tests run; default: the first.")
@click.option(
    "--everywhere",
    is_flag=True,
    help="Make every mistake instead, each under the first profile with what it stands in in force.",
)
@click.option(
    "--rule",
    "only",
    multiple=True,
    metavar="NAME",
    help="Make mistakes in this rule, definition or schedule only (repeatable).",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes to run in.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 when fewer mistakes than this are noticed; the share is never rounded up.",
)
@click.option(
    "--survivors",
    is_flag=True,
    help="List the mistakes that nothing notices, and look for a patient state that would show each.",
)
@click.option(
    "--cases",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the fewest of these states that together show every mistake as worked examples, one file per rule, "
    "after those that DIR has; `rules/cases` is where kept ones belong. Read each against the guidance first.",
)
@output_option
@rules_option
def mutate_command(
    *,
    paths: tuple[Path, ...],
    profile: str | None,
    everywhere: bool,
    only: tuple[str, ...],
    jobs: int,
    form: str,
    fail_under: float | None,
    survivors: bool,
    cases: Path | None,
    output: Path | None,
    rules: Path | None,
) -> None:
    """Make one small mistake after the other in the rules, and see whether any test notices.

    A mistake is noticed when a worked example has another outcome, or an example patient (PATIENT files or folders;
    default: those that come with the program) does not get what it expects. The score is the share that is noticed
    of all mistakes that can be: those proved to change nothing are listed apart (this needs Z3, the extra `verify`).

    What --cases writes is what the rules say today, and says nothing of whether that is right: read every example
    against the guidance before it is kept. The same rules give the same files, whole ones or none.

    \b
    Exit codes: 0 done; 1 --fail-under was met; 2 a file cannot be used.
    """  # noqa: D301  click wants the character itself
    from thalsafety.mutating.results import Report
    from thalsafety.rendering import mutated

    if everywhere and profile is not None:
        hint = "leave one of the two out"
        raise InputError([Problem(Place("--everywhere"), "`--everywhere` does not go with --profile", hint)])
    rule_set = load_rules(located(rules))
    if rule_set.problems:
        raise InputError(rule_set.problems)
    _known(rule_set, only)
    profiles = list(rule_set.profile_names) if everywhere else [profile_of(rule_set, profile)]
    runs = _runs(rule_set, profiles, _patients(rule_set, paths), only, seek=survivors or cases is not None)
    done = [(run, run.report(_with_progress(run.parts(jobs), len(run)))) for run in runs]
    report = reduce(Report.with_more, (report for _, report in done))
    if cases is not None:
        chosen = [case for run, report in done for case in run.cases(report)]
        _write_cases(rule_set, chosen, cases)
        shown = len({(case.rule, place) for case in chosen for place in case.reaches})
        told = f"{len(chosen)} examples notice {shown} of {len(report.survivors)} survivors; written to {cases}"
        click.echo(told, err=True)
    root = rule_set.root
    page = mutated.as_json(report, root) if form == "json" else mutated.text(report, survivors=survivors, root=root)
    put(page, output)
    if fail_under is not None and report.score.under(fail_under):
        click.echo(f"{mutated.percent(report.score)} is under {fail_under:g} %", err=True)
        raise click.exceptions.Exit(1)


def _runs(
    rule_set: RuleSet,
    profiles: Sequence[str],
    patients: Sequence[tuple[str, PatientState]],
    only: Collection[str],
    *,
    seek: bool,
) -> list[Run]:
    """Return a run for each profile, every mistake in the first of them that has it; `InputError` where a test fails.

    A profile of several without a mistake of its own is left out.
    """
    from thalsafety.mutating.mutants import spots
    from thalsafety.mutating.promises import Promises
    from thalsafety.mutating.running import Run

    found: list[Run] = []
    failing: list[Problem] = []
    elsewhere: set[Spot] = set()
    for profile in profiles:
        here = set(spots(rule_set, profile, only))
        if here <= elsewhere and found:
            continue
        promises = Promises(rule_set, profile, patients)
        run = Run(promises, only, prove=find_spec("z3") is not None, seek=seek, elsewhere=frozenset(elsewhere))
        failing += [Problem(Place(name), "this test fails without any mistake", _FIRST) for name in run.trial.failing()]
        elsewhere |= here
        found.append(run)
    if failing:
        raise InputError(failing)
    return found


def _write_cases(rule_set: RuleSet, chosen: Sequence[Case], folder: Path) -> None:
    """Write worked examples by rule, after those that a folder has; every file is made before the first is written."""
    from thalsafety.coverage.generating import by_rule

    files = {
        folder / f"{rule}.yaml": _appended(rule_set, rule, new, folder / f"{rule}.yaml")
        for rule, new in sorted(by_rule(chosen).items())
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_file(file, content)


def _appended(rule_set: RuleSet, rule: str, new: Sequence[Case], file: Path) -> bytes:
    """Return a file of a rule's examples with new ones at its end; `InputError` where they would not be read there."""
    from thalsafety.rendering import cases

    taken = {example.name for example, _ in rule_set.examples(rule_set.rules[rule])}
    if not file.exists():
        return cases.append(rule, new, taken=taken).encode()
    content = tame.read_bytes(file)
    before, problems = validate(Cases, tame.parse(content, str(file)))
    if before is None:
        raise InputError(problems)
    taken |= {example.name for example in before.tests}
    longer = cases.append(rule, new, tame.decoded(content, str(file)), taken).encode()
    try:
        after, _ = validate(Cases, tame.parse(longer, str(file)))
    except InputError:
        after = None
    if after is None or (rule, before.tests) != (after.cases, after.tests[: -len(new)]):
        hint = f"let it be `cases: {rule}` with `tests:` as its last block, or choose another folder"
        raise InputError([Problem(Place(str(file)), f"no example of `{rule}` can be put at its end", hint)])
    return longer


def _known(rule_set: RuleSet, names: Iterable[str]) -> None:
    """Refuse names that no rule, definition or schedule has."""
    choices = [*rule_set.rules, *rule_set.definitions, *rule_set.schedules, *rule_set.scores]
    problems = [
        Problem(Place("--rule"), f"`{name}` is not a rule, definition or schedule", did_you_mean(name, choices))
        for name in names
        if name not in choices
    ]
    if problems:
        raise UnknownNameError(problems)


def _patients(rule_set: RuleSet, paths: Sequence[Path]) -> list[tuple[str, PatientState]]:
    """Return the example patients by name; `InputError` when one of their files cannot be used."""
    from thalsafety.loading.patients import load_patient_states, patient_files

    examples = packaged("examples")
    files, problems = patient_files(paths or ([examples] if examples.is_dir() else []))
    found: list[tuple[str, PatientState]] = []
    for file in files:
        for loaded in load_patient_states(file, rule_set.lexicon, rule_set.profile_names):
            if loaded.state is None:
                problems += loaded.problems
                continue
            found.append((file.name if loaded.position is None else f"{file.name}#{loaded.position}", loaded.state))
    if problems:
        raise InputError(problems)
    return found


def _with_progress(steps: Iterable[T], count: int) -> Iterable[T]:
    """Go through steps with a progress bar, where somebody watches."""
    import sys

    if not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, "mutating", total=count, console=Console(stderr=True), transient=True)
