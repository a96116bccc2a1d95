"""`check` and `explain`: the main job."""

from __future__ import annotations

import gc
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import click

from thalsafety import __version__
from thalsafety.cli.options import as_of_option, output_option, profile_option, rules_option, what_if_option
from thalsafety.cli.writing import put, put_lines
from thalsafety.errors import EngineError, InputError, Place, Problem, UnknownNameError
from thalsafety.loading.folders import located
from thalsafety.loading.patients import Loaded, load_patient_states, patient_files
from thalsafety.model.plain import SEVERITIES
from thalsafety.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.loading.previous import Previous

    Check: TypeAlias = tuple[str, int | None, Checklist]

T = TypeVar("T")
_MANY = 20
"""From so many files on, memory is worth the time that it costs to look after it."""


@click.command("check")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@profile_option
@as_of_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)
@output_option
@click.option("--only", multiple=True, metavar="TOPIC", help="Show only findings of a topic (repeatable).")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Show only findings this severe or more.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="Exit with 1 when an item shown, this severe or more, applies or cannot be ruled out; drafts do not count.",
)
@click.option(
    "--show",
    type=click.Choice(["items", "all"]),
    default="items",
    show_default=True,
    help="all: also what does not apply, and why not.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="PREVIOUS.json",
    help="Mark what is new or still open, and list what is resolved, since this earlier output of --format json.",
)
@what_if_option
@rules_option
def check_command(
    *,
    paths: tuple[Path, ...],
    profile: str | None,
    as_of: str | None,
    form: str,
    output: Path | None,
    only: tuple[str, ...],
    severity: str | None,
    fail_on: str | None,
    show: str,
    since: Path | None,
    what_if: bool,
    rules: Path | None,
) -> None:
    """Check fictional patient states and print what a clinician is asked to review.

    FILE is a patient state (YAML or JSON, one patient or several) or a folder of them. Each rule has
    exactly one outcome: applies, does not apply, cannot tell, not in force, or error. A file that cannot
    be used is reported and hides no other.

    \b
    Exit codes: 0 the checks were made (findings are not failures); 1 --fail-on was met;
    2 a file or a rule cannot be used; 3 the two engines differ, or one failed.

    \b
    Examples:
      thalsafety check patient.yaml
      thalsafety check examples/ --only neuropathy --severity urgent
      thalsafety check patient.yaml --format json -o checklist.json
      thalsafety check patient.yaml --as-of 2026-04-01 --show all
      thalsafety check patient.yaml --since checklist.json
    """  # noqa: D301  click wants the character itself
    refuse_to_overwrite(output, paths)
    earlier = earlier_run(since, output) if since is not None else None
    run = Run(ready(rules, only), profile, as_of, modelled=what_if)
    checks = run.all(paths, since, earlier)
    chosen = selected(checks, only, severity, what_if=what_if)
    if form == "json":
        from thalsafety.rendering import json as rendering

        put(rendering.render(chosen, run.problems, __version__), output)
    elif chosen or output is not None:
        from thalsafety.rendering import text

        lines: list[text.Line] = []
        for name, position, checklist in chosen:
            if lines:
                lines += [[], [("quiet", "=" * 100)], []]
            shown = name if position is None else f"{name}, patient {position}"
            lines += text.render(checklist, shown, show_all=show == "all")
        if len(chosen) > 1:
            lines += [[], *text.overview([checklist for _, _, checklist in chosen], len(run.problems))]
        put_lines(lines, output)
    for problem in run.problems:
        click.echo(str(problem), err=True)
    sys.exit(run.exit_code(chosen, fail_on))


def selected(checks: Sequence[Check], only: tuple[str, ...], severity: str | None, *, what_if: bool) -> list[Check]:
    """Return what is shown of each check, with what would change its findings where that was asked for."""
    from thalsafety.rendering.selecting import select

    chosen = [(name, position, select(checklist, only, severity)) for name, position, checklist in checks]
    if not what_if:
        return chosen
    from thalsafety.coverage.clearing import with_outlooks

    return [(name, position, with_outlooks(checklist)) for name, position, checklist in chosen]


def refuse_to_overwrite(
    output: Path | None, inputs: Sequence[Path], message: str = "the output is one of the files to check"
) -> None:
    """Refuse an output that is one of the inputs."""
    if output is not None and output.exists() and any(path.exists() and path.samefile(output) for path in inputs):
        raise InputError([Problem(Place(str(output)), message, "choose another path with -o")])


def earlier_run(since: Path, output: Path | None) -> Previous:
    """Read an earlier run, which no output may replace."""
    from thalsafety.loading.previous import load_previous

    refuse_to_overwrite(output, [since], "the output is the file to compare with")
    return load_previous(since)


def ready(rules: Path | None, only: tuple[str, ...] = ()) -> Prepared:
    """Return the rules made ready, with what is wrong with them told; refuse a topic that they do not have."""
    prepared = Prepared(located(rules))
    for problem in prepared.problems:
        click.echo(str(problem), err=True)
    _check_topics(prepared, only)
    return prepared


def _check_topics(prepared: Prepared, only: tuple[str, ...]) -> None:
    known = prepared.topics
    for topic in only:
        if topic not in known:
            message = f"`{topic}` is not a topic of the rules"
            raise UnknownNameError([Problem(Place("--only"), message, f"known: {', '.join(sorted(known))}")])


class Run:
    """One run over files: what was wrong, and whether an engine failed.

    `modelled` asks for states with their models, which take as long to start as all the rest of a short run.
    """

    def __init__(self, prepared: Prepared, profile: str | None, as_of: str | None, *, modelled: bool = False) -> None:
        self.modelled = modelled
        self.prepared = prepared
        self.profile = profile
        self.as_of = as_of
        self.problems: list[Problem] = []
        self.engine_failed = False
        self.many = False

    def all(self, paths: Sequence[Path], since: Path | None, earlier: Previous | None) -> list[Check]:
        """Check every patient of every file, compared with an earlier run where one is given."""
        checks = list(self.checks(paths))
        if since is None or earlier is None:
            return checks
        return [self.compared(check, since, earlier) for check in checks]

    def checks(self, paths: Sequence[Path]) -> Iterator[Check]:
        """Check every patient of every file, in order."""
        files, self.problems = patient_files(paths)
        if len(files) > _MANY:
            gc.enable()
        for file in _with_progress(files):
            patients = self.load(file)
            self.many = self.many or len(files) > 1 or len(patients) > 1
            for loaded in patients:
                try:
                    checklist = self.check(loaded)
                except InputError as error:
                    self.problems += error.problems
                except EngineError as error:
                    self.engine_failed = True
                    self.problems.append(Problem(Place(loaded.file), f"engine error: {error}"))
                else:
                    yield loaded.file, loaded.position, checklist

    def load(self, file: Path) -> list[Loaded]:
        """Read a file under the options of the command line."""
        wanted = (("profile", self.profile), ("as_of", self.as_of))
        changes = {name: value for name, value in wanted if value is not None}
        shape = None if self.modelled else self.prepared.shape
        return load_patient_states(file, self.prepared.lexicon, self.prepared.profiles, changes, shape)

    def check(self, loaded: Loaded) -> Checklist:
        """Check one patient; `InputError` when its state cannot be used."""
        if loaded.state is None:
            raise InputError(loaded.problems)
        state = loaded.state
        return self.prepared.checker(state.profile, state.as_of.day(), apart=self.many).check(state)

    def compared(self, check: Check, since: Path, previous: Previous) -> Check:
        """Return a check compared with an earlier one; note when the one that was given cannot serve."""
        from thalsafety.checklists.changes import Lack, compare
        from thalsafety.rendering import changed

        file, position, checklist = check
        found = compare(checklist, previous)
        if found.lack in {Lack.LATER, Lack.AMBIGUOUS}:
            name = file if position is None else f"{file}, patient {position}"
            message = f"{name}: {changed.lack(found)}, and this check is of {checklist.state.as_of.text}"
            hint = "give an earlier run in which the patient was checked once, on this day or before"
            self.problems.append(Problem(Place(str(since)), message, hint))
        return file, position, replace(checklist, since=found)

    def exit_code(self, checks: Sequence[Check], fail_on: str | None) -> int:
        """Return the gravest of what happened."""
        from thalsafety.checklists import Outcome

        if self.engine_failed:
            return 3
        broken = any(checklist.counts[Outcome.ERROR] for _, _, checklist in checks)
        if self.problems or broken or self.prepared.problems:
            return 2
        if fail_on is not None:
            limit = SEVERITIES.index(fail_on)
            for _, _, checklist in checks:
                for finding in (*checklist.items, *checklist.unknown):
                    if finding.rule.status != "draft" and SEVERITIES.index(finding.rule.severity) <= limit:
                        return 1
        return 0


def _with_progress(files: list[T]) -> Iterator[T]:
    """Go through files; after a second of work on a terminal, show how far it has come."""
    started = time.monotonic()
    todo = iter(files)
    done = 0
    for file in todo:
        yield file
        done += 1
        if done < len(files) and sys.stderr.isatty() and time.monotonic() - started > 1:
            break
    else:
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(todo, "checking", total=len(files), completed=done, console=Console(stderr=True), transient=True)


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("rule")
@click.option(
    "--patient", "position", type=click.IntRange(1), help="Which patient of a file with several; 1 is the first."
)
@profile_option
@as_of_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
@rules_option
def explain_command(
    *,
    file: Path,
    rule: str,
    position: int | None,
    profile: str | None,
    as_of: str | None,
    form: str,
    output: Path | None,
    rules: Path | None,
) -> None:
    """Explain one rule's outcome for one patient: why, or why not, on the rule's own lines.

    Each line of the rule's condition is marked T (true), F (false) or ? (unknown), followed by the answer
    that made it so. For "cannot tell" the questions that would settle it are listed, and the shortest ways to
    a verdict; for an item, what would clear it and what becomes of it as the days go by.
    """
    prepared = ready(rules)
    run = Run(prepared, profile, as_of, modelled=True)
    patients = run.load(file)
    if position is not None and position > len(patients):
        message = f"the file has {len(patients)} patients, not {position}"
        raise InputError([Problem(Place(str(file)), message, "choose another with --patient")])
    if position is None and len(patients) > 1:
        message = f"the file has {len(patients)} patients"
        raise InputError([Problem(Place(str(file)), message, "choose one with --patient")])
    loaded = patients[(position or 1) - 1]
    checklist = run.check(loaded)
    finding = next((f for f in checklist.findings if f.rule.id == rule), None)
    if finding is None:
        from thalsafety.loading.suggesting import did_you_mean

        hint = did_you_mean(rule, [f.rule.id for f in checklist.findings])
        raise UnknownNameError([Problem(Place(str(located(rules))), f"`{rule}` is not a rule", hint)])
    if form == "json":
        from thalsafety.coverage.clearing import with_outlooks
        from thalsafety.rendering import json as rendering
        from thalsafety.rendering.selecting import only_rule

        explained = with_outlooks(only_rule(checklist, rule))
        put(rendering.render([(loaded.file, loaded.position, explained)], [], __version__), output)
        sys.exit(_explained(finding))
    from thalsafety.rendering import explaining

    put_lines(
        explaining.render(checklist, finding, loaded.file, lambda name: (located(rules) / name).read_text("utf-8")),
        output,
    )
    sys.exit(_explained(finding))


def _explained(finding: Finding) -> int:
    """Return the exit code of an explanation: a rule in error cannot be used."""
    return 2 if finding.outcome.value == "error" else 0
