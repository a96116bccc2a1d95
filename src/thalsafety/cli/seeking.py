"""`scenarios`: cases that close what coverage lists as missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from thalsafety.cli.covering import profile_of
from thalsafety.cli.options import rules_option
from thalsafety.cli.writing import put_rows, write_file
from thalsafety.errors import InputError, Place, Problem, UnknownNameError
from thalsafety.loading.folders import located
from thalsafety.loading.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thalsafety.loading.rules import RuleSet

T = TypeVar("T")


@click.group("scenarios")
def scenarios_command() -> None:
    """Find patient states that exercise what no worked example does."""


@scenarios_command.command("generate")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write into, one file per rule; `rules/cases` is where kept ones belong.",
)
@click.option("--profile", metavar="NAME", help="The profile to measure; default: the first.")
@click.option("--rule", "only", multiple=True, metavar="RULE", help="Only for this rule (repeatable).")
@click.option(
    "--depth",
    type=click.IntRange(1, 3),
    default=2,
    show_default=True,
    help="How many edits away from an example to look; each more takes far longer.",
)
@rules_option
def generate_command(
    *, output: Path, profile: str | None, only: tuple[str, ...], depth: int, rules: Path | None
) -> None:
    """Write the fewest new worked examples that close what `coverage` lists as missing.

    Each is one of a rule's own examples with a small edit: something left out, a date moved, a number set, another
    word, an entry added. What is written is what the rules say today, and says nothing of whether that is right:
    read every example against the guidance before it is kept. The same rules give the same files.

    Exit code 1 when something missing was not reached.
    """
    from thalsafety.coverage import generating
    from thalsafety.linking.linker import first_profile
    from thalsafety.rendering import cases

    rule_set = load_rules(located(rules))
    if rule_set.problems:
        raise InputError(rule_set.problems)
    name = profile_of(rule_set, profile)
    missing = generating.missing_goals(rule_set, name)
    for rule in only:
        if rule not in missing:
            raise UnknownNameError([Problem(Place("--rule"), f"`{rule}` is not an active rule under {name}")])
    wanted = set(only or missing)
    found = [
        one
        for _, states in _with_progress(generating.generate(rule_set, name, wanted, depth), len(wanted))
        for one in states
    ]
    chosen = generating.fewest(found)
    output.mkdir(parents=True, exist_ok=True)
    for rule, states in sorted(generating.by_rule(chosen).items()):
        named = "" if name == first_profile(rule_set, rule_set.rules[rule]) else name
        write_file(output / f"{rule}.yaml", cases.render(rule, states, _kept(rule_set, rule), named).encode())
    open_ = {goal for rule in wanted for goal in missing[rule]}
    reached = open_ & {goal for one in chosen for goal in one.reaches}
    put_rows([f"{len(chosen)} examples reach {len(reached)} of {len(open_)} missing; written to {output}"])
    if reached != open_:
        raise click.exceptions.Exit(1)


def _kept(rule_set: RuleSet, rule: str) -> list[dict[str, object]]:
    """Return the further examples that a rule has already, as they are written."""
    more = rule_set.cases.get(rule)
    tests = more.tests if more else ()
    return [test.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True) for test in tests]


def _with_progress(steps: Iterable[T], count: int) -> Iterable[T]:
    """Go through steps with a progress bar, where somebody watches."""
    import sys

    if not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, "looking", total=count, console=Console(stderr=True), transient=True)
