"""`checklist`: the page that people take away."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from thalsafety import __version__
from thalsafety.cli.checking import Run, earlier_run, ready, refuse_to_overwrite, selected
from thalsafety.cli.options import as_of_option, profile_option, rules_option, what_if_option
from thalsafety.cli.writing import put, write_file
from thalsafety.errors import InputError, Place, Problem
from thalsafety.model.plain import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from thalsafety.rendering.sheets import Document

    Renderer: TypeAlias = Callable[[Document], bytes]

_FORMATS = ("pdf", "html", "md", "txt")
_ENDINGS = {".pdf": "pdf", ".html": "html", ".md": "md", ".txt": "txt"}


@click.command("checklist")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this file; it appears whole or not at all."
)
@click.option("--split", type=click.Path(path_type=Path), metavar="DIR", help="Write one file per patient into DIR.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="The format, where the ending of -o does not say.")
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Size of the PDF's pages."
)
@profile_option
@as_of_option
@click.option("--only", multiple=True, metavar="TOPIC", help="Print only findings of a topic (repeatable).")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Print only findings this severe or more.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="PREVIOUS.json",
    help="Mark what is new, still open or resolved since an earlier check --format json.",
)
@what_if_option
@click.option(
    "--rule-links",
    metavar="BASE",
    help="In HTML, let rules lead to their pages in a coverage report: a folder as seen from the page, or a URL.",
)
@rules_option
def checklist_command(
    *,
    paths: tuple[Path, ...],
    output: Path | None,
    split: Path | None,
    form: str | None,
    paper: str,
    profile: str | None,
    as_of: str | None,
    only: tuple[str, ...],
    severity: str | None,
    since: Path | None,
    what_if: bool,
    rule_links: str | None,
    rules: Path | None,
) -> None:
    """Print checklists of fictional patients, to be worked through with a pen.

    FILE is a patient state (YAML or JSON, one patient or several) or a folder of them. Several patients make
    one document with a cover, or one file each with --split. Without -o the text is printed here. PDF is
    tagged for screen readers (PDF/UA-1), fit for archives (PDF/A-2a) and the same, byte for byte, for the
    same input; HTML is one file that needs no other.

    \b
    Exit codes: 0 printed; 2 a file or a rule cannot be used (the others are printed, and the cover says
    what is missing); 3 the two engines differ, or one failed.

    \b
    Examples:
      thalsafety checklist patient.yaml -o checklist.pdf
      thalsafety checklist examples/ -o clinic.pdf --paper letter
      thalsafety checklist examples/ --split sheets/ --format html
      thalsafety checklist patient.yaml --since last-month.json -o checklist.pdf
    """  # noqa: D301  click wants the character itself
    form = chosen_format(output, split, form, _ENDINGS)
    refuse_to_overwrite(output, paths)
    earlier = None if since is None else earlier_run(since, output)
    _check_links(rule_links, form)
    render = _renderer(form, paper, rule_links or "")
    run = Run(ready(rules, only), profile, as_of, modelled=what_if)
    checks = run.all(paths, since, earlier)
    from thalsafety.rendering import sheets

    chosen = selected(checks, only, severity, what_if=what_if)
    made = [
        sheets.sheet(checklist, name if position is None else f"{name}, patient {position}", __version__)
        for name, position, checklist in chosen
    ]
    lost = [str(problem).replace("\n", " ") for problem in run.problems]
    if split is not None:
        names = _names([(name, position) for name, position, _ in chosen], form)
        _write_all(split, {name: render(sheets.document([sheet], [])) for name, sheet in zip(names, made, strict=True)})
    elif made:
        content = render(sheets.document(made, lost))
        if output is not None:
            write_file(output, content)
        else:
            put(content.decode(), None)
    for problem in run.problems:
        click.echo(str(problem), err=True)
    sys.exit(run.exit_code(chosen, None))


def chosen_format(output: Path | None, split: Path | None, form: str | None, endings: Mapping[str, str]) -> str:
    """Return the format that was asked for, by name or by the ending of the output."""
    if output is not None and split is not None:
        message = "-o and --split were both given"
        raise InputError([Problem(Place("--split"), message, "choose one file with -o, or one each with --split")])
    if form is None and output is not None:
        form = endings.get(output.suffix.lower())
        if form is None:
            message = f"the ending `{output.suffix}` names no format" if output.suffix else "the name has no ending"
            known = ", ".join(endings)
            raise InputError([Problem(Place(str(output)), message, f"known endings: {known}; or choose --format")])
    if form is None:
        form = "pdf" if split is not None else "txt"
    if form == "pdf" and output is None and split is None:
        message = "a PDF is not for the terminal"
        raise InputError([Problem(Place("--format"), message, "choose a file with -o")])
    return form


def _check_links(base: str | None, form: str) -> None:
    """Refuse links where a page has none, and those that would run something."""
    if base is None:
        return
    if form != "html":
        message = f"{form.upper()} has no links to rules"
        raise InputError([Problem(Place("--rule-links"), message, "print HTML: -o NAME.html, or --format html")])
    bare = re.sub(r"[\x00-\x20]", "", base)  # as browsers read it
    scheme = re.match(r"([A-Za-z][\w+.-]*):", bare)
    if not bare or (scheme is not None and scheme[1].lower() not in {"http", "https", "file"}):
        message = f"`{base}` is no place of a report"
        raise InputError([Problem(Place("--rule-links"), message, "give a folder, or a URL with https, http or file")])


def _renderer(form: str, paper: str, rule_links: str) -> Renderer:
    """Return what sets a document; `InputError` when the libraries for it are not installed."""
    try:
        if form == "pdf":
            from thalsafety.rendering import pdf

            def written(document: Document) -> bytes:
                try:
                    return pdf.render(document, paper)
                except ImportError as error:  # of what only unusual characters need
                    raise library_missing(form, error) from None

            return written
        if form == "html":
            from thalsafety.rendering import html

            return lambda document: html.render(document, rule_links)
    except ImportError as error:
        raise library_missing(form, error) from None
    from thalsafety.rendering import plain

    write = plain.markdown if form == "md" else plain.text
    return lambda document: write(document).encode()


def library_missing(form: str, error: ImportError, option: str = "--format") -> InputError:
    """Return what to say when a format's library is not installed."""
    message = f"{form.upper()} needs the library `{error.name}`, which is not installed"
    return InputError([Problem(Place(option), message, "install it with: pip install 'thalsafety[print]'")])


def _names(patients: Sequence[tuple[str, int | None]], form: str) -> list[str]:
    """Return a file name for each patient, after the file it stands in; no two alike."""
    names: list[str] = []
    for file, position in patients:
        stem = Path(file).stem + ("" if position is None else f"-{position}")
        name, count = stem, 1
        while f"{name}.{form}" in names:
            count += 1
            name = f"{stem}-{count}"
        names.append(f"{name}.{form}")
    return names


def _write_all(folder: Path, contents: dict[str, bytes]) -> None:
    """Write files into a folder, which is made when it does not exist."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder cannot be made: {(error.strerror or 'no reason given').lower()}"
        raise InputError([Problem(Place(str(folder)), message, "choose another with --split")]) from None
    for name, content in contents.items():
        write_file(folder / name, content)
