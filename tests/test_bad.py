"""Bad inputs: each mistake gets its exact message in its exact place, hides nothing else, and never a traceback.

Files under `bad/` say in their first comment lines what is to be said of them. `bad/base` is a small rule set
without a mistake. Inputs that cannot carry a comment are made here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from thalsafety.cli import cli
from thalsafety.cli.writing import write_file
from thalsafety.errors import InputError, Place, Problem
from thalsafety.linking.linker import link_problems
from thalsafety.linting import lint
from thalsafety.loading import tame
from thalsafety.loading.patients import load_patient_states, patient_files
from thalsafety.loading.rules import load_rules
from thalsafety.loading.validating import validate
from thalsafety.model.patient import PatientState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.loading.patients import Loaded
    from thalsafety.loading.rules import RuleSet

BAD = Path(__file__).parent / "bad"
BASE = BAD / "base"
MISTAKES = sorted((BAD / "patients").iterdir())
BROKEN_RULES = sorted(path.name for path in (BAD / "rules").iterdir())
TWO_OF_ONE_NAME = {"parameter_name_twice", "rule_name_taken"}
DAY = date(2026, 3, 10)
NOBODY = 65534

GOOD = """\
fictional: true
as_of: 2026-03-10
profile: us
patient: {label: Ada}
treatment: {status: active}
observations:
  - {code: anc, value: 600, unit: /mm3, date: 2026-03-03}
"""
GOOD_JSON = (
    '{"fictional": true, "as_of": "2026-03-10", "profile": "us", "patient": {"label": "Ada"},'
    ' "treatment": {"status": "active"},'
    ' "observations": [{"code": "anc", "value": 600, "unit": "/mm3", "date": "2026-03-03"}]}'
)
QUIET = GOOD.replace("value: 600", "value: 6000").replace("label: Ada", "label: Ben")
UNKNOWN = GOOD.replace("code: anc", "code: ancc").replace("label: Ada", "label: Cleo")
NOT_TOLD = GOOD.partition("observations:")[0]


@pytest.fixture(scope="session")
def base() -> RuleSet:
    """Return the small rule set."""
    rule_set = load_rules(BASE)
    assert not rule_set.problems
    return rule_set


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for compiled rules that no other test uses."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """Return a file with a patient whom the one rule concerns."""
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


# ---------------------------------------------------------------- helpers


def expected(path: Path) -> list[str]:
    """Return the problems that the first comment lines of a file announce, hints included."""
    found: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# expect: "):
            found.append(line.removeprefix("# expect: "))
        elif line.startswith("# hint: "):
            found[-1] += "\n    hint: " + line.removeprefix("# hint: ")
        elif not line.startswith("# yaml-language-server:"):
            break
    return found


def told(problems: Iterable[Problem], file: Path) -> list[str]:
    """Return problems as they are printed, in the order in which they are, without the file's name."""
    printed = [str(problem) for problem in InputError(problems).problems]
    assert all(text.startswith(f"{file}:") for text in printed), printed
    return [text.removeprefix(f"{file}:").lstrip() for text in printed]


def loaded(path: Path, base: RuleSet) -> list[Loaded]:
    """Return the patients of a file under the small rule set."""
    return load_patient_states(path, base.lexicon, list(base.profiles))


def problems_of(path: Path, base: RuleSet) -> list[str]:
    """Return everything said of a file."""
    return told([problem for entry in loaded(path, base) for problem in entry.problems], path)


def only_state(path: Path, base: RuleSet) -> PatientState:
    """Return the one patient of a file without a mistake."""
    (entry,) = loaded(path, base)
    assert entry.state is not None, entry.problems
    return entry.state


def calm(text: str) -> str:
    """Return a text in which there is no traceback."""
    assert "Traceback" not in text, text
    assert "Exception ignored" not in text, text
    return text


def thalsafety(cache: Path, *args: str | Path, stdout: int = subprocess.PIPE) -> tuple[int, str, str]:
    """Run the program with the small rule set; its exit code and what it wrote, never a traceback."""
    environment = {**os.environ, "THALSAFETY_CACHE": str(cache), "THALSAFETY_RULES": str(BASE), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "thalsafety", *map(str, args)]
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment, timeout=30, check=False)
    return done.returncode, calm((done.stdout or b"").decode()), calm(done.stderr.decode())


def checked(monkeypatch: pytest.MonkeyPatch, rules: Path, *args: str | Path) -> tuple[int, dict[str, Any], str]:
    """Run `check` within this process; its exit code, its JSON and what it complained of."""
    monkeypatch.setenv("THALSAFETY_CACHE", "off")
    command = ["check", *map(str, args), "--rules", str(rules), "--format", "json"]
    result = CliRunner().invoke(cli, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(calm(result.stdout)), calm(result.stderr)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be an ordinary user for a moment; the superuser may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# ---------------------------------------------------------------- patient states: one mistake each


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.name)
def test_mistake_is_told_exactly(path: Path, base: RuleSet) -> None:
    """A file with a mistake is refused with the message, place and hint that it announces."""
    announced = expected(path)
    assert announced
    assert problems_of(path, base) == announced


def test_several_problems_are_told_at_once() -> None:
    """There are files in which several things are wrong, and all are announced."""
    assert sum(len(expected(path)) > 2 for path in MISTAKES) >= 2


LATIN = GOOD.replace("Ada", "Zoë").encode("latin-1")
DEEP = "a: " + "[" * 5000 + "]" * 5000
MANY = "observations: [" + "1," * 300_001 + "]"
BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
LONG = GOOD.replace("label: Ada", "label: " + "A" * 5000)
SYNTAX = "write YAML or JSON in UTF-8"
WITHOUT_COMMENT: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\t\n", "the file is empty"),
    "NUL bytes": (b"fictional: true\n\x00\x00", f"this is not a text file\n    hint: {SYNTAX}"),
    "binary": (bytes(range(256)), f"this is not a text file\n    hint: {SYNTAX}"),
    "UTF-16": (GOOD.encode("utf-16"), f"this is not a text file\n    hint: {SYNTAX}"),
    "Latin-1": (LATIN, "4:20: byte 0xeb is not UTF-8\n    hint: save the file with the encoding UTF-8"),
    "Latin-1 after a byte-order mark and an umlaut": (
        b"\xef\xbb\xbf\xc3\xa4: \xeb\n",
        "1:4: byte 0xeb is not UTF-8\n    hint: save the file with the encoding UTF-8",
    ),
    "deeply nested": (
        DEEP.encode(),
        "1:44: values are nested more than 40 deep\n    hint: no file kind here needs that",
    ),
    "too many values": (
        MANY.encode(),
        "1:600012: the file has more than 300,000 values\n    hint: split it into several files",
    ),
    "alias bomb": (BOMB.encode(), "1:4: `&a` is an anchor\n    hint: remove it; anchors are not read"),
    "label of 5,000 characters": (LONG.encode(), "4:11: the text has 5,000 characters; at most 200 are read"),
}


@pytest.mark.parametrize("name", WITHOUT_COMMENT)
def test_input_without_comment_is_told_exactly(name: str, tmp_path: Path, base: RuleSet) -> None:
    """What cannot carry a comment is refused with its message all the same."""
    content, announced = WITHOUT_COMMENT[name]
    path = tmp_path / "state.yaml"
    path.write_bytes(content)
    assert problems_of(path, base) == [announced]


def test_fifty_megabytes_are_not_read(tmp_path: Path, base: RuleSet) -> None:
    """A file of 50 MB is refused before it is read."""
    path = tmp_path / "large.yaml"
    path.touch()
    os.truncate(path, 50_000_000)
    text = "the file has 50,000,000 bytes; at most 5,000,000 are read\n    hint: split it into several files"
    assert problems_of(path, base) == [text]


def test_file_that_is_not_there(tmp_path: Path, base: RuleSet) -> None:
    """A path that leads nowhere is named."""
    assert problems_of(tmp_path / "nobody.yaml", base) == ["no such file\n    hint: check the path"]


def test_folder_without_files(tmp_path: Path) -> None:
    """A folder in which there is nothing to check is a mistake, not a success."""
    (tmp_path / "notes.txt").touch()
    files, problems = patient_files([tmp_path])
    assert files == []
    text = "the folder holds no .yaml, .yml or .json file\n    hint: name another folder"
    assert told(problems, tmp_path) == [text]


def test_folder_named_as_a_file(tmp_path: Path, base: RuleSet) -> None:
    """A folder whose name ends as a file's does is still a folder."""
    (tmp_path / "state.yaml").mkdir()
    assert problems_of(tmp_path / "state.yaml", base) == ["this is a folder, not a file"]
    assert patient_files([tmp_path])[0] == []


def test_unreadable_file(patient: Path, base: RuleSet) -> None:
    """A file that may not be read says so."""
    patient.chmod(0)
    with without_rights():
        told_of = problems_of(patient, base)
    assert told_of == ["the file cannot be read: permission denied"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipe_is_not_waited_for(tmp_path: Path, base: RuleSet) -> None:
    """A named pipe into which nobody writes is refused at once."""
    path = tmp_path / "state.yaml"
    os.mkfifo(path)
    assert problems_of(path, base) == ["this is not a regular file"]


def test_links_in_a_circle(tmp_path: Path, base: RuleSet) -> None:
    """A link to itself is refused."""
    path = tmp_path / "state.yaml"
    path.symlink_to(path)
    assert problems_of(path, base) == ["the file cannot be read: too many levels of symbolic links"]


def test_thousands_of_entries_with_one_mistake(tmp_path: Path, base: RuleSet) -> None:
    """One mistake among thousands of entries is found in seconds, and only that one."""
    path = tmp_path / "state.yaml"
    entry = "  - {code: anc, value: 600, unit: /mm3, date: 2026-03-03}\n"
    path.write_text(GOOD + entry * 10_000 + entry.replace("date: 2026-03-03", "date: 2026-03-32") + entry * 10_000)
    assert problems_of(path, base) == ["10008:41: `2026-03-32` is not a day of the calendar"]


# ---------------------------------------------------------------- patient states: unusual, and right


def test_byte_order_mark_and_line_ends_of_windows(tmp_path: Path, base: RuleSet) -> None:
    """A byte-order mark and CRLF change nothing."""
    path = tmp_path / "state.yaml"
    path.write_text(GOOD)
    plain = only_state(path, base)
    for content in (b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()):
        path.write_bytes(content)
        assert only_state(path, base) == plain


def test_json_says_the_same(patient: Path, base: RuleSet) -> None:
    """JSON is read as YAML is; a comma too many, which YAML allows, and tabs change nothing."""
    path = patient.with_suffix(".json")
    for text in (GOOD_JSON, GOOD_JSON.replace("}]}", "},],}"), GOOD_JSON.replace(", ", ",\n\t")):
        path.write_text(text)
        assert only_state(path, base) == only_state(patient, base)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (r"\ud83e\udda9", "\N{FLAMINGO}"),
        (r"\uD83E\uDDA9\ud83e\udda9!", "\N{FLAMINGO}\N{FLAMINGO}!"),
        (r"\\ud83e\\udda9", r"\ud83e\udda9"),
        (r"a\/\u00e9", "a/é"),
        ("\N{FLAMINGO}", "\N{FLAMINGO}"),
    ],
)
def test_characters_written_as_json_does(written: str, label: str, tmp_path: Path, base: RuleSet) -> None:
    """A character that JSON writes as two halves is one character, as `json` itself has it."""
    path = tmp_path / "state.json"
    path.write_text(GOOD_JSON.replace("Ada", written), "utf-8")
    assert only_state(path, base).patient.label == label == json.loads(f'"{written}"')


def test_half_a_character(tmp_path: Path, base: RuleSet) -> None:
    """Half a character is refused."""
    path = tmp_path / "state.json"
    path.write_text(GOOD_JSON.replace("Ada", r"\ud83e"), "utf-8")
    message = "1:85: this is not valid YAML: found invalid Unicode character escape code"
    hint = "write the character itself, or put the text in single quotes"
    assert problems_of(path, base) == [f"{message}\n    hint: {hint}"]


@pytest.mark.parametrize(
    "plan",
    [
        "treatment: {status: planned, planned_start: 2026-04-01, planned_mg_per_day: 100}",
        "treatment: {status: interrupted, planned_restart: 2026-04-01, interruptions: [{start: 2026-03-01}]}",
        "treatment: {status: active, interruptions: [{start: 2026-03-01, stop: 2026-03-09}]}",
        "treatment: {doses: [{start: 2026-03-10, stop: 2026-04-10, mg_per_day: 100}]}",
        "treatment: {doses: [{start: 2026-01, stop: 2026-02, mg_per_day: 50}, {start: 2026-02, mg_per_day: 100}]}",
        "prescriptions: [{date: 2026-04-01, days_supply: 28}]",
        "procedures: [{code: major_surgery, date: 2026-04-01}]",
        "medications: [{drug: dexamethasone, start: 2026-04-01, stop: 2026-05-01}]",
        "observations: [{code: anc, value: 6.0e2, unit: /mm3, date: 2026-03}]",
    ],
)
def test_plans_lie_in_the_future(plan: str, tmp_path: Path, base: RuleSet) -> None:
    """A date after the day of the check stands where a plan is meant, and partial dates get the benefit of doubt."""
    path = tmp_path / "state.yaml"
    path.write_text(GOOD.partition("treatment:")[0] + plan + "\n")
    assert problems_of(path, base) == []


def test_one_bad_patient_among_three(base: RuleSet) -> None:
    """The other patients of a file are read."""
    entries = loaded(BAD / "patients" / "several_one_bad.yaml", base)
    assert [entry.state is not None for entry in entries] == [True, False, True]
    assert [entry.position for entry in entries] == [1, 2, 3]


# ---------------------------------------------------------------- rules


def rules_with(case: str, tmp_path: Path) -> Path:
    """Return a copy of the small rule set, with the files of a case added."""
    root = tmp_path / "rules"
    shutil.copytree(BASE, root)
    shutil.copytree(BAD / "rules" / case, root, dirs_exist_ok=True)
    return root


def linted(rule_set: RuleSet, file: Path) -> list[str]:
    """Return what lint says of a file, as it is announced."""
    return [
        str(Problem(Place("", place.line, place.column), f"{issue.severity} {issue.check}: {message}", hint))
        .removeprefix(":")
        .replace(rule_set.root, "ROOT")
        for issue in lint(rule_set, DAY)
        for place, message, hint in [(issue.problem.place, issue.problem.message, issue.problem.hint)]
        if place.file == str(file)
    ]


@pytest.mark.parametrize("case", BROKEN_RULES)
def test_lint_tells_a_broken_rule_exactly(case: str, tmp_path: Path) -> None:
    """Lint says of every file of a broken set what it announces, and nothing of the others."""
    root = rules_with(case, tmp_path)
    rule_set = load_rules(root)
    announced = {path: expected(path) for path in sorted(root.rglob("*.yaml"))}
    assert sum(map(len, announced.values()))
    assert {path: linted(rule_set, path) for path in announced} == announced


@pytest.mark.parametrize("case", [case for case in BROKEN_RULES if case not in TWO_OF_ONE_NAME])
def test_check_goes_on_without_a_broken_rule(
    case: str, tmp_path: Path, patient: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a broken rule the good one is still checked, the broken one is an error, and the exit code says so."""
    root = rules_with(case, tmp_path)
    code, document, _complaints = checked(monkeypatch, root, patient)
    found = {finding["rule"]: finding for finding in document["checks"][0]["findings"]}
    broken = "other-name" if case == "file_name_differs" else "bad-rule"
    assert code == 2
    assert {name: finding["outcome"] for name, finding in found.items()} == {"anc-low": "applies", broken: "error"}
    announced = [text for path in root.rglob("*.yaml") for text in expected(path) if "L013" not in text]
    messages = [re.sub(r"^[^`a-z]*(\d+:\d+: )?error L\d+: ", "", text.partition("\n")[0]) for text in announced]
    if case != "value_source_unknown":
        assert all(message in found[broken]["reason"] for message in messages)


@pytest.mark.parametrize("case", sorted(TWO_OF_ONE_NAME))
def test_a_name_taken_twice_is_a_failure(
    case: str, tmp_path: Path, patient: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When two things bear one name neither is used, what depends on them is an error, and the exit code tells."""
    code, document, complaints = checked(monkeypatch, rules_with(case, tmp_path), patient)
    outcomes = {finding["rule"]: finding["outcome"] for finding in document["checks"][0]["findings"]}
    assert code == 2
    assert outcomes["anc-low"] == "error"
    assert "is defined twice; the first is in" in complaints


def test_statement_that_is_not_there(tmp_path: Path, patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that rests on a statement nobody wrote cannot be linked."""
    root = tmp_path / "rules"
    shutil.copytree(BASE, root)
    good = (root / "haematology" / "anc-low.yaml").read_text()
    text = good.replace("rule: anc-low", "rule: bad-rule").replace("US-PI-1", "US-PI-11").replace("anc_low", "anc_bad")
    file = root / "haematology" / "bad-rule.yaml"
    file.write_text(text)
    message = "6:5: `US-PI-11` is not a known guidance statement\n    hint: did you mean `US-PI-1`?"
    assert told(link_problems(load_rules(root), "us", DAY), file) == [message]
    code, document, _complaints = checked(monkeypatch, root, patient)
    outcomes = {finding["rule"]: finding["outcome"] for finding in document["checks"][0]["findings"]}
    assert code == 2
    assert outcomes == {"anc-low": "applies", "bad-rule": "error"}


def test_rules_that_are_no_folder(cache: Path, patient: Path, tmp_path: Path) -> None:
    """A folder of rules that is not there, or is empty, is named."""
    code, _, complaints = thalsafety(cache, "check", patient, "--rules", tmp_path / "nowhere")
    assert code == 2
    assert complaints == f"{tmp_path}/nowhere: this is not a folder of rules\n    hint: name one with --rules\n"
    (tmp_path / "empty").mkdir()
    code, _, complaints = thalsafety(cache, "lint", "--rules", tmp_path / "empty")
    assert code == 2
    assert complaints == f"{tmp_path}/empty: the folder holds no .yaml file\n    hint: name another with --rules\n"


def test_validate_keeps_what_stands_elsewhere(tmp_path: Path) -> None:
    """A mistake in one key does not hide one in another."""
    path = tmp_path / "state.yaml"
    path.write_text(GOOD.replace("as_of: 2026-03-10", "as_of: 2026").replace("status: active", "status: on"))
    _, problems = validate(PatientState, tame.read(path))
    assert [problem.place.line for problem in problems] == [2, 5]


# ---------------------------------------------------------------- the command line


def test_one_bad_file_hides_no_other(cache: Path, tmp_path: Path) -> None:
    """The other files are checked and printed; the bad one is told, and the exit code is 2."""
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(UNKNOWN)
    (tmp_path / "c.yaml").write_text(QUIET)
    code, printed, complaints = thalsafety(cache, "check", tmp_path)
    assert code == 2
    assert "\nAda\n" in printed
    assert "\nBen\n" in printed
    assert "Cleo" not in printed
    where = f"{tmp_path}/b.yaml:7:6"
    assert complaints == f"{where}: `ancc` is not known among observations\n    hint: did you mean `anc`?\n"


def test_every_kind_of_bad_file_in_one_run(cache: Path, patient: Path, tmp_path: Path) -> None:
    """All bad files of this suite at once: the good one is printed, each other one is told."""
    (tmp_path / "nul.yaml").write_bytes(b"\x00")
    code, printed, complaints = thalsafety(
        cache, "check", BAD / "patients", tmp_path, tmp_path / "nobody", "--format", "json"
    )
    assert code == 2
    document = json.loads(printed)
    assert str(patient) in [check["file"] for check in document["checks"]]
    told_of = {problem["file"] for problem in document["problems"]}
    assert told_of == {str(path) for path in (*MISTAKES, tmp_path / "nul.yaml", tmp_path / "nobody")}
    assert all(f"{path}:" in complaints for path in MISTAKES)


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        (GOOD, "stop", 0),
        (GOOD, "urgent", 1),
        (GOOD, "note", 1),
        (QUIET, "note", 0),
        (NOT_TOLD, "urgent", 1),
        (NOT_TOLD, "stop", 0),
        (UNKNOWN, "note", 2),
    ],
)
def test_fail_on(text: str, fail_on: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--fail-on` ends with 1 when something so severe applies or cannot be ruled out, and never hides a 2."""
    path = tmp_path / "state.yaml"
    path.write_text(text)
    assert checked(monkeypatch, BASE, path, "--fail-on", fail_on)[0] == code


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--as-of", "2026-02-30"], "--as-of: `2026-02-30` is not a day of the calendar\n"),
        (["--as-of", "2026-03"], "--as-of: `2026-03` is not one day; a check needs the day it is made for\n"),
        (
            ["--as-of", "tomorrow"],
            "--as-of: `tomorrow` is not a date; write 2026-03-09, 2026-03, 2026 or 2026-03-09T14:30+01:00\n",
        ),
        (
            ["--profile", "uss"],
            "--profile: `uss` is not a profile of the rule set\n    hint: did you mean `us`?\n",
        ),
        (
            ["--only", "haematolgy"],
            "--only: `haematolgy` is not a topic of the rules\n    hint: known: haematology\n",
        ),
    ],
)
def test_bad_option_is_told_where_it_stands(
    arguments: list[str], complaint: str, cache: Path, patient: Path, tmp_path: Path
) -> None:
    """What is wrong on the command line is told once, of the option, however many files there are."""
    (tmp_path / "other.yaml").write_text(QUIET)
    assert thalsafety(cache, "check", patient.parent, *arguments) == (2, "", complaint)


def test_as_of_before_the_record(cache: Path, patient: Path) -> None:
    """An earlier day for the check makes what came later a mistake, told where it stands."""
    code, printed, complaints = thalsafety(cache, "check", patient, "--as-of", "2026-03-02")
    assert (code, printed) == (2, "")
    assert complaints.startswith(f"{patient}:7:41: 2026-03-03 lies after as_of (2026-03-02)\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["chek", "x.yaml"], "No such command: chek. Did you mean check?"),
        (["check"], "Missing argument"),
        (["check", "x.yaml", "--severity", "urgnt"], "'urgnt' is not one of 'stop', 'urgent', 'due', 'note'"),
    ],
)
def test_bad_usage(arguments: list[str], complaint: str, cache: Path) -> None:
    """A command line that makes no sense is told with the nearest one that does."""
    code, printed, complaints = thalsafety(cache, *arguments)
    assert (code, printed) == (2, "")
    assert complaint in complaints


def test_explain_what_is_not_there(cache: Path, patient: Path) -> None:
    """A rule or a patient that does not exist is named."""
    code, _, complaints = thalsafety(cache, "explain", patient, "anc-lo")
    assert code == 2
    assert complaints == f"{BASE}: `anc-lo` is not a rule\n    hint: did you mean `anc-low`?\n"


# ---------------------------------------------------------------- output


def parts(folder: Path) -> list[str]:
    """Return the unfinished files in a folder."""
    return [path.name for path in folder.rglob("*.part")]


def test_output_over_an_existing_file(cache: Path, patient: Path, tmp_path: Path) -> None:
    """A file that is there is replaced whole, and keeps its rights."""
    out = tmp_path / "out.json"
    out.write_text("x" * 100_000)
    out.chmod(0o640)
    assert thalsafety(cache, "check", patient, "--format", "json", "-o", out) == (0, "", "")
    assert json.loads(out.read_text())["checks"][0]["patient"]["label"] == "Ada"
    assert out.stat().st_mode & 0o777 == 0o640
    assert parts(tmp_path) == []


def test_output_when_nothing_can_be_checked(cache: Path, tmp_path: Path) -> None:
    """A run in which every file was refused still writes its output, with the reasons in it."""
    bad, out = tmp_path / "bad.yaml", tmp_path / "out.json"
    bad.write_text(UNKNOWN)
    code, printed, _ = thalsafety(cache, "check", bad, "--format", "json", "-o", out)
    assert (code, printed) == (2, "")
    document = json.loads(out.read_text())
    assert document["checks"] == []
    assert [problem["line"] for problem in document["problems"]] == [7]


def test_output_into_a_missing_folder(cache: Path, patient: Path, tmp_path: Path) -> None:
    """A folder that is not there is not made."""
    out = tmp_path / "nowhere" / "out.txt"
    text = f"{out}: the output cannot be written: its folder does not exist\n    hint: choose another path with -o\n"
    assert thalsafety(cache, "check", patient, "-o", out) == (2, "", text)
    assert not out.parent.exists()


def test_output_over_a_folder(cache: Path, patient: Path, tmp_path: Path) -> None:
    """A folder is not written over."""
    text = f"{tmp_path}: the output cannot be written: this is a folder\n    hint: choose another path with -o\n"
    assert thalsafety(cache, "check", patient, "-o", tmp_path) == (2, "", text)
    assert parts(tmp_path.parent) == []


def test_output_into_a_folder_without_rights(tmp_path: Path) -> None:
    """A folder into which nobody may write is named, and nothing is left in it."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    with without_rights(), pytest.raises(InputError) as caught:
        write_file(folder / "out.txt", b"text")
    folder.chmod(0o755)
    text = "the output cannot be written: permission denied\n    hint: choose another path with -o"
    assert told(caught.value.problems, folder / "out.txt") == [text]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_output_that_fails_leaves_the_old_file(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails or is stopped, the old file stands and no part of the new one is left."""
    out = tmp_path / "out.txt"
    out.write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((InputError, KeyboardInterrupt)):
        write_file(out, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    assert out.read_text() == "old"


def test_output_through_a_link(tmp_path: Path) -> None:
    """A link stays a link, and what it leads to is written."""
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_output_into_a_pipe(tmp_path: Path) -> None:
    """A pipe or a device is written to and never replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_file(pipe, b"text")
    reader.join(10)
    assert read == [b"text"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("form", ["text", "json"])
def test_reader_who_has_read_enough(form: str, cache: Path, patient: Path) -> None:
    """A pipe that is closed at the other end, as by `head`, ends the output quietly and is no failure."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = thalsafety(cache, "check", patient, "--format", form, stdout=writing)
    finally:
        os.close(writing)
    assert result == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_full_disk_behind_standard_output(cache: Path, patient: Path) -> None:
    """Output that cannot be written is a failure with a reason."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        result = thalsafety(cache, "check", patient, stdout=full)
    finally:
        os.close(full)
    assert result == (2, "", "standard output: the output cannot be written: no space left on device\n")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text on other systems")
def test_file_name_that_is_not_utf8(cache: Path, tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is checked, printed and written of."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml"))
    path.write_text(GOOD)
    for extra in ((), ("--format", "json"), ("--format", "json", "-o", str(tmp_path / "out.json"))):
        code, _, complaints = thalsafety(cache, "check", path, *extra)
        assert (code, complaints) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["checks"][0]["file"].endswith("/\udcff.yaml")
