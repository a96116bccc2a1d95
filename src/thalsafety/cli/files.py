"""`schema`, `new`, `examples`: files to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from thalsafety.cli.options import output_option
from thalsafety.cli.writing import put, put_rows, write_file
from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading.folders import packaged
from thalsafety.loading.suggesting import did_you_mean


@click.command("schema")
@click.argument("kind", required=False)
@output_option
def schema_command(kind: str | None, output: Path | None) -> None:
    """Print the JSON Schema of a KIND of file; without KIND, list the kinds.

    Editors with a YAML language server use these to complete and check files as you type.
    """
    from thalsafety.schemas import KINDS, schema

    if kind is None:
        put_rows(f"{name:14} {text}" for name, (_, text) in KINDS.items())
        return
    if kind not in KINDS:
        raise InputError([Problem(Place("schema"), f"`{kind}` is not a kind of file", did_you_mean(kind, KINDS))])
    put(json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n", output)


@click.command("new")
@click.argument("kind", type=click.Choice(["rule", "patient-state"]))
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it; default: NAME.yaml here.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def new_command(kind: str, name: str, output: Path | None, force: bool) -> None:
    """Write a commented, valid file to start from: a rule, or a fictional patient state, called NAME."""
    from thalsafety.templates import filled

    path = output if output is not None else Path(f"{name}.yaml")
    if kind == "rule" and path.stem != name:
        message = f"the file name `{path.stem}` does not equal the rule's name `{name}`"
        raise InputError([Problem(Place(str(path)), message, f"write to {path.with_stem(name)}")])
    if path.exists() and not force:
        raise InputError([Problem(Place(str(path)), "the file exists", "choose another with -o, or use --force")])
    write_file(path, filled(kind, name).encode())
    click.echo(f"wrote {path}")


@click.group("examples")
def examples_command() -> None:
    """List or copy the fictional patient states that come with the program."""


@examples_command.command("list")
def list_examples() -> None:
    """List the example states, each with the first line of its story."""
    root = packaged("examples")
    put_rows(f"{path.relative_to(root).as_posix():52} {_about(path)}" for path in _example_files(root))


def _example_files(root: Path) -> list[Path]:
    """Return every example state, YAML or JSON."""
    return sorted(path for path in root.rglob("*") if path.suffix in {".yaml", ".json"})


def _about(path: Path) -> str:
    """Return the first line of an example's header."""
    lines = path.read_text("utf-8").splitlines()[1:]
    return next((line[1:].strip() for line in lines if line.startswith("#")), "")


@examples_command.command("copy")
@click.argument("destination", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
def copy_examples(destination: Path, names: tuple[str, ...]) -> None:
    """Copy the example states (all, or those with NAMES) into DESTINATION/examples."""
    root = packaged("examples")
    found = {path.stem: path for path in _example_files(root)}
    unknown = [name for name in names if name.removesuffix(".yaml") not in found]
    if unknown:
        problems = [Problem(Place(name), "no example has this name", did_you_mean(name, found)) for name in unknown]
        raise InputError(problems)
    chosen = [found[name.removesuffix(".yaml")] for name in names] if names else list(found.values())
    folder = destination / "examples"
    for path in chosen:
        target = folder / path.relative_to(root)
        if target.exists():
            raise InputError([Problem(Place(str(target)), "the file exists", "choose another destination")])
    for path in chosen:
        target = folder / path.relative_to(root)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or "it cannot be made").lower()
            raise InputError([Problem(Place(str(folder)), f"the folder cannot be made: {reason}")]) from None
        write_file(target, path.read_bytes())
    click.echo(f"copied {len(chosen)} example states to {folder}")
