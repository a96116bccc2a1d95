"""The house rules: what imports what, no clock below the command line, documents that keep up, telling names."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from building import EXAMPLES, ROOT, RULES
from thalsafety.checklists import Outcome
from thalsafety.cli import _COMMANDS
from thalsafety.model.plain import SEVERITIES

SRC = ROOT / "src" / "thalsafety"
MODULES = sorted(SRC.rglob("*.py"))
DOCS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), EXAMPLES / "README.md"))
README = ROOT / "README.md"
NOT_RULES = {"sources", "profiles", "vocabulary", "parameters", "definitions", "cases", "invariants", "scores"}
TEXTS = {".py", ".md", ".yaml", ".yml", ".json", ".toml", ".sh", ".txt", ""}
SKIPPED = {".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache"}


def name_of(path: Path) -> str:
    """Return a path within the repository."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """Return the syntax of a module."""
    return ast.parse(path.read_text("utf-8"))


def repository() -> list[Path]:
    """Return every text file that belongs to the repository, tracked or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  git, wherever it is installed
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        files = [ROOT / line for line in listed.stdout.splitlines()]
    else:  # an unpacked source archive
        files = [path for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return [path for path in files if path.is_file() and path.suffix in TEXTS]


# ---------------------------------------------------------------- code


def test_arrows_point_down() -> None:
    """The import contracts of `pyproject.toml` hold."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_command_line_looks_at_the_clock(path: Path) -> None:
    """Below the command line, time is data."""
    looks = {
        f"{ast.unparse(node.value)}.{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "localtime", "gmtime"}
    }
    imported = {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if alias.name == "time" or (isinstance(node, ast.ImportFrom) and node.module == "time")
    }
    if not path.is_relative_to(SRC / "cli"):
        clocks = {look for look in looks if look.partition(".")[0] in {"time", "datetime", "date", "_time"}}
        assert clocks | imported == set()


def test_the_clock_is_looked_at_somewhere() -> None:
    """The command line does read the day, so that the test above looks for the right thing."""
    found = [path for path in MODULES if "datetime.now(" in path.read_text("utf-8")]
    assert found
    assert all(path.is_relative_to(SRC / "cli") for path in found)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is(path: Path) -> None:
    """Every module has a docstring, and neither it nor its classes have a name that says nothing."""
    module = tree(path)
    assert ast.get_docstring(module)
    said = [path.parent.name if path.stem == "__init__" else path.stem]
    said += [node.name for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    words = [word.lower() for name in said for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]
    empty = {"manager", "managers", "helper", "helpers", "util", "utils", "data"}
    assert [word for word in words if word in empty] == []


# ---------------------------------------------------------------- rules


def test_every_topic_says_what_it_is() -> None:
    """Each folder of rules has a topic file."""
    folders = [path for path in RULES.iterdir() if path.is_dir() and path.name not in NOT_RULES]
    assert folders
    assert [folder.name for folder in folders if not (folder / "topic.yaml").is_file()] == []


def test_nothing_is_left_to_be_done() -> None:
    """No source file and no rule holds a mark of unfinished work."""
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    files = [path for folder in (ROOT / "src", RULES) for path in folder.rglob("*") if path.suffix in TEXTS - {""}]
    assert len(files) > 100
    assert [name_of(path) for path in files if marks.search(path.read_text("utf-8"))] == []


def test_no_path_of_somebodys_machine() -> None:
    """No file of the repository holds an absolute path into a person's home."""
    home = re.compile(rb"(?<![\w.])/(?:home|Users)/[A-Za-z0-9_.-]+/|/[r]oot/|[A-Z]:\\\\?Users\\|/[w]ork/main")
    files = repository()
    assert README in files
    assert [name_of(path) for path in files if home.search(path.read_bytes())] == []


# ---------------------------------------------------------------- documents


def blocks(path: Path) -> list[tuple[str, str]]:
    """Return the code blocks of a page, each with its language."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def without_code(text: str) -> str:
    """Return the prose of a page."""
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to another page, and to a heading in one, resolves."""
    broken = []
    for link in re.findall(r"\[[^]]*\]\(([^)\s]+)\)", without_code(path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("marker", ["main-job", "tests"])
def test_readme_has_the_commands_that_the_gate_runs(marker: str) -> None:
    """After each marker of the README stands a block of shell commands that begins with something to run."""
    text = README.read_text("utf-8")
    found = re.findall(rf"^<!-- {marker} -->\n+```sh\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    assert shlex.split(found[0], comments=True)


def commands(path: Path) -> list[list[str]]:
    """Return the `thalsafety` commands of a page's shell blocks, as lists of words."""
    lines = [
        line.removeprefix("$ ")
        for language, block in blocks(path)
        if language in {"sh", "console", "bash"}
        for line in block.replace("\\\n", " ").splitlines()
    ]
    words = [shlex.split(line, comments=True) for line in lines if "thalsafety" in line]
    starts = [(line, next((i for i, w in enumerate(line) if Path(w).name == "thalsafety"), None)) for line in words]
    return [line[at + 1 :] for line, at in starts if at is not None]


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_documents_name_commands_and_examples_that_exist(path: Path) -> None:
    """Each command of a shell block exists, and so does each example file that a page names."""
    strangers = [
        line[0] for line in commands(path) if line and not line[0].startswith("-") and line[0] not in _COMMANDS
    ]
    assert strangers == []
    named = re.findall(r"\bexamples/([\w-]+\.(?:yaml|json))\b", path.read_text("utf-8"))
    assert [file for file in named if not (EXAMPLES / file).is_file()] == []


def test_readme_shows_the_main_job() -> None:
    """The README shows a check of example patients that exist."""
    text = README.read_text("utf-8")
    assert re.search(r"examples/[\w-]+\.yaml", text)
    assert "check" in [line[0] for line in commands(README) if line]


def test_the_glossary_has_every_severity_and_outcome() -> None:
    """Every word that a checklist uses for a severity or an outcome stands in the glossary."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8").lower()
    words = [*SEVERITIES, *(outcome.value.replace("_", " ") for outcome in Outcome)]
    assert [word for word in words if not re.search(rf"\b{word}\b", glossary.replace("_", " "))] == []


def test_the_changelog_speaks_of_this_version() -> None:
    """The changelog has an entry for the version of the program."""
    from thalsafety import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
