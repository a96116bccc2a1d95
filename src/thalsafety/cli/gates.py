"""`test` and `lint`: the gates of rule authors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from thalsafety.cli.options import rules_option
from thalsafety.cli.writing import put_rows
from thalsafety.errors import Place, Problem
from thalsafety.loading.folders import located, packaged
from thalsafety.loading.rules import load_rules


def _is_rule(path: Path) -> bool:
    """Whether a file begins as a rule does."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(line.startswith("rule:") for line, _ in zip(file, range(_FIRST_LINES), strict=False))


_FIRST_LINES = 10


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@rules_option
@click.option("--verbose", "-v", is_flag=True, help="Print every case, not only the failing ones.")
def test_command(paths: tuple[Path, ...], rules: Path | None, verbose: bool) -> None:
    """Run the examples inside rules, and the `expect` blocks of example patient states.

    PATHS are patient-state files or folders of them, or rule files (to run only their examples).
    Without PATHS: every rule, and the example states that come with the program.

    Exit code 1 when a promise was not kept, 2 when a file cannot be used.
    """
    from thalsafety.loading.patients import load_patient_states, patient_files
    from thalsafety.testing import Runner

    rule_set = load_rules(located(rules))
    runner = Runner(rule_set)
    here = located(rules).resolve()
    of_rules = [path for path in paths if path.is_file() and (here in path.resolve().parents or _is_rule(path))]
    named = frozenset(path.stem for path in of_rules)
    cases = list(runner.rule_cases(named if paths else None)) if named or not paths else []
    examples = [path for path in paths if path not in of_rules] if paths else [packaged("examples")]
    if not paths and not examples[0].is_dir():
        examples = []
    files, problems = patient_files(examples)
    problems += rule_set.problems
    for path in of_rules:
        if path.stem not in rule_set.rules and path.stem not in rule_set.broken:
            hint = "use --rules FOLDER (or THALSAFETY_RULES) for rules that are not the packaged ones"
            problems.append(Problem(Place(str(path)), f"this is no rule of {located(rules)}", hint))
    for file in files:
        for loaded in load_patient_states(file, rule_set.lexicon, rule_set.profile_names):
            name = str(file) if loaded.position is None else f"{file}#{loaded.position}"
            if loaded.state is None:
                problems += loaded.problems
                continue
            cases.append(runner.state_case(name, loaded.state, Place(str(file), 1, 1)))
    failed = [case for case in cases if case.failures]
    lines: list[str] = []
    for case in cases if verbose else failed:
        lines.append(f"{'FAIL' if case.failures else 'ok  '} {case.name}")
        lines += [f"     {case.place}: {failure}" for failure in case.failures]
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        lines.append(f"{len(problems)} problems keep files from being used, so not everything was run")
    lines.append(f"rules: {located(rules)}")
    put_rows([*lines, f"{len(cases) - len(failed)} passed, {len(failed)} failed"])
    if problems:
        raise click.exceptions.Exit(2)
    if failed:
        raise click.exceptions.Exit(1)


@click.command("lint")
@rules_option
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--list", "list_checks", is_flag=True, help="Print every check with its id and severity.")
def lint_command(rules: Path | None, strict: bool, list_checks: bool) -> None:
    """Look for what would mislead a clinician or hide a gap: broken names, missing examples, uncited guidance.

    Exit code 1 when an error was found (with --strict, also for warnings).
    """
    from thalsafety.linting import CHECKS, lint

    if list_checks:
        put_rows(f"{name}  {severity:7}  {text}" for name, (severity, text) in CHECKS.items())
        return
    rule_set = load_rules(located(rules))
    issues = lint(rule_set, datetime.now(tz=UTC).date())
    lines: list[str] = []
    for issue in issues:
        lines.append(f"{issue.problem.place}: {issue.severity} {issue.check}: {issue.problem.message}")
        lines += [f"    hint: {issue.problem.hint}"] if issue.problem.hint else []
    errors = sum(issue.severity == "error" for issue in issues)
    lines.append(f"rules: {located(rules)}")
    put_rows([*lines, f"{len(rule_set.rules)} rules: {errors} errors, {len(issues) - errors} warnings"])
    if errors or (strict and issues):
        raise click.exceptions.Exit(1)
