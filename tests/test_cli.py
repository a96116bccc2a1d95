"""The command line: every command, every option, every exit code."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from building import BASE, EXAMPLES, ROOT, Workshop, packaged_rules
from thalsafety import __version__
from thalsafety import cli as command_line
from thalsafety.cli import _COMMANDS, cli
from thalsafety.errors import EngineError
from thalsafety.linking.linker import link
from thalsafety.schemas import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

QUIET = EXAMPLES / "quiet-postmenopausal-woman-myeloma-dexamethasone.yaml"
CLOT = EXAMPLES / "leg-swelling-with-deep-vein-thrombosis.yaml"
SEVERAL = EXAMPLES / "three-patients-of-the-september-clinic.yaml"
STATE = """\
fictional: true
as_of: 2026-03-10
profile: us
patient: {label: Ada}
treatment: {status: active}
observations:
  - {code: anc, value: 600, unit: /mm3, date: 2026-03-03}
"""


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """Return a patient whom the one rule of the small rule set concerns."""
    path = tmp_path / "ada.yaml"
    path.write_text(STATE)
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use the small rule set wherever none is named."""
    monkeypatch.setenv("THALSAFETY_RULES", str(BASE))
    return BASE


def run(*words: object, colour: bool = False) -> Result:
    """Run a command within this process; no failure may be a traceback."""
    result = CliRunner().invoke(cli, [str(word) for word in words], color=colour, standalone_mode=True)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


def printed(*words: object) -> str:
    """Return what a command prints that must succeed without complaint."""
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def left(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Return the exit code of the whole program, with every failure turned into a message."""
    monkeypatch.setattr(sys, "argv", ["thalsafety", *map(str, words)])
    return command_line.run()


def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let output and complaints go to a terminal with colours."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


# ---------------------------------------------------------------- the program


def test_version_and_help() -> None:
    """The version and the list of commands are printed, and no command is left out of it."""
    assert printed("--version") == f"thalsafety, version {__version__}\n"
    page = printed("--help")
    assert "FICTIONAL" in page
    for name, (_, text) in _COMMANDS.items():
        assert f"  {name} " in page
        assert text.split()[0] in page


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Each command explains itself, and with -h too."""
    page = printed(name, "--help")
    assert page == printed(name, "-h")
    assert "Usage:" in page
    module = importlib.import_module(f"thalsafety.cli.{_COMMANDS[name][0]}")
    assert getattr(module, f"{name}_command").help.split()[0] in page


@pytest.mark.parametrize("words", [["chek"], ["rules", "shw"], ["check"], ["check", "x", "--frmat", "json"]])
def test_a_command_line_that_makes_no_sense(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be understood ends with 2, and nothing is printed."""
    assert run(*words).exit_code == 2
    assert run(*words).stdout == ""
    assert left(monkeypatch, *words) == 2


# ---------------------------------------------------------------- check


def test_check_prints_a_page() -> None:
    """A check prints the page of each patient, and findings are no failure."""
    page = printed("check", CLOT)
    assert page.startswith("FICTIONAL PATIENT · for review")
    assert "\n[ ] " in page
    assert "CHECKED AND CLEAR" in page
    assert "DOES NOT APPLY" not in page


def test_check_of_a_folder_and_of_several_patients(tmp_path: Path) -> None:
    """A folder stands for its files, a file may hold several, and each is named."""
    for path in (QUIET, SEVERAL):
        shutil.copy(path, tmp_path)
    page = printed("check", tmp_path)
    assert page.count("FICTIONAL PATIENT") == 4
    assert page.count("=" * 100) == 3
    for position in (1, 2, 3):
        assert f"{tmp_path / SEVERAL.name}, patient {position} · " in page
    document = json.loads(printed("check", tmp_path, "--format", "json"))
    assert [check["position"] for check in document["checks"]] == [None, 1, 2, 3]


def test_show_all() -> None:
    """`--show all` lists what does not apply, with its reasons; `--show items` is the default."""
    page = printed("check", CLOT, "--show", "all")
    assert "DOES NOT APPLY, and why not" in page
    assert "CHECKED AND CLEAR" not in page
    assert printed("check", CLOT, "--show", "items") == printed("check", CLOT)


def findings(*words: object) -> list[dict[str, Any]]:
    """Return the findings of one patient as JSON."""
    (check,) = json.loads(printed("check", *words, "--format", "json"))["checks"]
    found: list[dict[str, Any]] = check["findings"]
    return found


def test_only_and_severity() -> None:
    """`--only` and `--severity` leave out findings, together and alone, and say so."""
    everything = findings(CLOT)
    topics = {"thromboembolism", "haematology"}
    assert topics <= {finding["topic"] for finding in everything}
    words = [word for topic in sorted(topics) for word in ("--only", topic)]
    assert findings(CLOT, *words) == [f for f in everything if f["topic"] in topics]
    grave = {"stop", "urgent"}
    assert findings(CLOT, "--severity", "urgent") == [f for f in everything if f["severity"] in grave]
    both = [f for f in everything if f["topic"] in topics and f["severity"] in grave]
    assert findings(CLOT, "--severity", "urgent", *words) == both
    assert findings(CLOT, "--severity", "note") == everything
    page = printed("check", CLOT, "--only", "cardiac")
    assert "No rule of this selection (topic cardiac) asks for anything on this day." in page
    assert "shown: only topic cardiac (" in page


def test_as_of_and_profile(ada: Path, small: Path) -> None:
    """`--as-of` and `--profile` replace what the file says, and the page shows them."""
    assert small == BASE
    assert "\nas of 2026-04-01 · profile us (United States)\n" in printed("check", ada, "--as-of", "2026-04-01")
    assert printed("check", ada, "--profile", "us") == printed("check", ada)


def test_output_goes_to_a_file(ada: Path, small: Path, tmp_path: Path) -> None:
    """`-o` writes what would have been printed, and prints nothing."""
    assert small == BASE
    out = tmp_path / "out"
    for form in ("text", "json"):
        shown = printed("check", ada, "--format", form)
        assert printed("check", ada, "--format", form, "-o", out) == ""
        assert out.read_text("utf-8") == shown


def test_output_never_replaces_an_input(
    ada: Path, small: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file to be checked is not written over."""
    assert small == BASE
    assert left(monkeypatch, "check", ada, "-o", ada) == 2
    assert "the output is one of the files to check" in capfd.readouterr().err
    assert ada.read_text() == STATE


@pytest.mark.parametrize(("severity", "code"), [("stop", 0), ("urgent", 1), ("due", 1), ("note", 1)])
def test_fail_on(severity: str, code: int, ada: Path, small: Path) -> None:
    """`--fail-on` ends with 1 when something so severe applies; the page is printed all the same."""
    assert small == BASE
    result = run("check", ada, "--fail-on", severity)
    assert result.exit_code == code
    assert result.stdout == printed("check", ada)


@pytest.mark.parametrize("status", ["draft", "active"])
def test_fail_on_takes_no_draft(status: str, ada: Path, workshop: Workshop) -> None:
    """A draft fails nothing; the same rule does once it is active."""
    workshop.rule("grave", {"fact": "treatment_status", "is": "active"}, severity="stop", status=status)
    result = run("check", ada, "--fail-on", "stop", "--rules", workshop.root)
    assert result.exit_code == (1 if status == "active" else 0)
    assert ("DRAFT RULES, not reviewed" in result.stdout) is (status == "draft")


def test_exit_code_2_for_files_and_for_rules(ada: Path, workshop: Workshop, tmp_path: Path) -> None:
    """A file that cannot be used, or a rule, ends with 2; the rest is checked and printed."""
    result = run("check", ada, tmp_path / "nobody.yaml", "--rules", BASE)
    assert result.exit_code == 2
    assert "\nAda\n" in result.stdout
    assert result.stderr == f"{tmp_path}/nobody.yaml: no such file\n    hint: check the path\n"
    workshop.rule("broken", {"holds": "nothing_of_that_name"})
    result = run("check", ada, "--rules", workshop.root)
    assert result.exit_code == 2
    assert "ERROR, not checked" in result.stdout
    assert "[!] broken: " in result.stdout
    assert run("check", ada, "--rules", workshop.root, "--fail-on", "note").exit_code == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_exit_code_3_when_engines_differ(
    form: str, ada: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engines that differ make no checklist and end with 3, whatever else is wrong."""
    assert small == BASE
    for engine in ("Rete", "Worker"):
        monkeypatch.setattr(f"thalsafety.engines.rete.{engine}.run", lambda _self, _answers: {})
    result = run("check", ada, tmp_path / "nobody.yaml", "--format", form, "--fail-on", "note")
    assert result.exit_code == 3
    told = f"{ada}: engine error: the engines differ: anc-low: reference true, rete nothing"
    assert told in result.stderr
    if form == "json":
        document = json.loads(result.stdout)
        assert document["checks"] == []
        assert len(document["problems"]) == 2
    else:
        assert result.stdout == ""
    assert left(monkeypatch, "check", ada) == 3
    assert left(monkeypatch, "explain", ada, "anc-low") == 3


def test_an_engine_that_fails_hides_no_other_patient(
    ada: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the engine fails for one patient, the others are printed, and the exit code is 3."""
    from thalsafety.checklists import Checker

    assert small == BASE
    (tmp_path / "ben.yaml").write_text(STATE.replace("Ada", "Ben"))
    right = Checker.check

    def fails_for_ada(self: Checker, state: Any) -> Any:
        if state.patient.label == "Ada":
            message = "it lost a message"
            raise EngineError(message)
        return right(self, state)

    monkeypatch.setattr(Checker, "check", fails_for_ada)
    result = run("check", ada, tmp_path / "ben.yaml")
    assert result.exit_code == 3
    assert result.stderr == f"{ada}: engine error: it lost a message\n"
    assert "\nBen\n" in result.stdout
    assert "\nAda\n" not in result.stdout


# ---------------------------------------------------------------- colours and progress


def test_colours_only_on_a_terminal(ada: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours; a pipe, a file and whoever sets NO_COLOR get plain text, and the words are the same."""
    import re

    assert small == BASE
    plain = printed("check", ada)
    assert "\x1b" not in plain
    terminal(monkeypatch)
    coloured = run("check", ada, colour=True).stdout
    assert "\x1b[1;33mURGENT\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[" in run("explain", ada, "anc-low", colour=True).stdout
    run("check", ada, "-o", tmp_path / "out.txt", colour=True)
    assert (tmp_path / "out.txt").read_text("utf-8") == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("check", ada, colour=True).stdout == plain


@pytest.mark.parametrize(("seconds", "shown"), [(0.01, False), (0.7, True)])
def test_progress_after_a_second_on_a_terminal(
    seconds: float,
    shown: bool,  # noqa: FBT001  a column of the table
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work that takes longer than a second on a terminal shows how far it is; every file is checked once."""
    assert small == BASE
    for number in range(25):
        (tmp_path / f"p{number:02}.yaml").write_text(STATE.replace("Ada", f"Ada {number}"))
    plain = run("check", tmp_path, "--format", "json")
    terminal(monkeypatch)
    ticks = iter(range(100_000))
    monkeypatch.setattr("thalsafety.cli.checking.time", type("Clock", (), {"monotonic": lambda: next(ticks) * seconds}))
    result = run("check", tmp_path, "--format", "json", colour=True)
    assert result.stdout == plain.stdout
    assert len(json.loads(result.stdout)["checks"]) == 25
    assert ("checking" in result.stderr) is shown
    assert plain.stderr == ""


def test_no_progress_in_a_pipe(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes, nothing is shown where nobody looks."""
    assert small == BASE
    for number in range(5):
        (tmp_path / f"p{number}.yaml").write_text(STATE)
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10**6, 100)).__next__)
    assert run("check", tmp_path).stderr == ""


# ---------------------------------------------------------------- explain


def test_explain_a_rule_with_a_definition(ada: Path, small: Path) -> None:
    """A rule is explained on its own lines, with the answers, and its definitions are opened."""
    assert small == BASE
    page = printed("explain", ada, "anc-low")
    assert "\nanc-low: APPLIES\nLow neutrophils during treatment\nAda · " in page
    assert "T   16     - latest: anc\n" in page
    assert "-> 0.6 10*9/L (600 /mm3, 2026-03-03)" in page
    assert "\ndefinition on_treatment\nT treatment status: active\n" in page
    assert "What it asks for\n[ ] Re-evaluate the regimen" in page


def test_explain_a_rule_with_a_schedule(tmp_path: Path) -> None:
    """The lines that a schedule put into a rule are shown under its name, with its numbers."""
    page = printed("explain", QUIET, "clot-symptom-review-overdue")
    assert "clot-symptom-review-overdue: DOES NOT APPLY" in page
    assert "\nschedule clot-symptom-review\n" in page
    assert "F days that clot, stroke and heart attack symptoms asked about is overdue" in page
    out = tmp_path / "page.txt"
    assert printed("explain", QUIET, "clot-symptom-review-overdue", "-o", out) == ""
    assert out.read_text("utf-8") == page


def test_explain_what_cannot_be_told(small: Path, tmp_path: Path) -> None:
    """For "cannot tell" the questions that would settle it are listed."""
    assert small == BASE
    path = tmp_path / "state.yaml"
    path.write_text(STATE.partition("observations:")[0])
    page = printed("explain", path, "anc-low")
    assert "anc-low: CANNOT TELL" in page
    assert "What would settle it\n  latest absolute neutrophil count: observations are not recorded\n" in page


def test_explain_as_json(ada: Path, small: Path) -> None:
    """As JSON an explanation is a check of one rule."""
    assert small == BASE
    (check,) = json.loads(printed("explain", ada, "anc-low", "--format", "json"))["checks"]
    assert [finding["rule"] for finding in check["findings"]] == ["anc-low"]
    assert check["selection"] == "rule anc-low"


def test_explain_takes_the_chosen_patient(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """`--patient` counts from 1; without it, or beyond the last, the failure is told."""
    rule = "clot-symptom-review-overdue"
    assert "Fictional patient C-01" in printed("explain", SEVERAL, rule, "--patient", "1")
    assert "Fictional patient X-02" in printed("explain", SEVERAL, rule, "--patient", "2")
    for words, told in (([], "the file has 3 patients\n"), (["--patient", "4"], "the file has 3 patients, not 4\n")):
        assert left(monkeypatch, "explain", SEVERAL, rule, *words) == 2
        assert told in capfd.readouterr().err
    assert left(monkeypatch, "explain", SEVERAL, rule, "--patient", "0") == 2


def test_explain_a_rule_that_takes_no_part(ada: Path, workshop: Workshop) -> None:
    """A rule in error ends with 2; one out of force is explained by its reason."""
    workshop.rule("broken", {"holds": "nothing_of_that_name"})
    workshop.rule("old", {"trait": "smoker_current"}, status="retired")
    result = run("explain", ada, "broken", "--rules", workshop.root)
    assert result.exit_code == 2
    assert "broken: ERROR" in result.stdout
    assert "`nothing_of_that_name` is not a known definition" in result.stdout
    page = printed("explain", ada, "old", "--rules", workshop.root)
    assert page.endswith("\nold: NOT IN FORCE\nTitle of old\nAda · " + page.partition("Ada · ")[2])
    assert "\n\nthe rule is retired\n" in page


# ---------------------------------------------------------------- what the rules say


def test_rules_list() -> None:
    """Every rule is listed under its topic, once; a topic can be chosen."""
    page = printed("rules", "list", "--as-of", "2026-03-10")
    rules = packaged_rules().rules
    assert page.endswith(f"\n{len(rules)} rules under profile us on 2026-03-10\n")
    for name, rule in rules.items():
        assert page.count(f"  {rule.recommend.severity:6}  {name}: {rule.title}") == 1
    cardiac = printed("rules", "list", "--topic", "cardiac")
    assert cardiac.startswith("Heart (cardiac)\n")
    assert "neuropathy" not in cardiac
    assert "[not in force]" in printed("rules", "list", "--as-of", "1990-01-01")


def test_rules_show() -> None:
    """A rule's page has its guidance, numbers, condition, action and examples."""
    page = printed("rules", "show", "anc-low", "--rules", BASE, "--as-of", "2026-03-10", "--profile", "us")
    assert page.startswith("anc-low  [active, urgent]\nLow neutrophils during treatment\n")
    for part in (
        "US-PI-1 (us-pi, section 1; must, confidence high)",
        "anc_low_below = 750 /mm3: Neutrophil count under which",
        "      - latest: anc",
        "Asks: Re-evaluate the regimen and repeat the count.\n  by prescriber, today",
        "cannot_tell     no count recorded",
    ):
        assert part in page
    assert "NOT IN FORCE: " in printed("rules", "show", "anc-low", "--rules", BASE, "--as-of", "1990-01-01")


def test_parameters(tmp_path: Path) -> None:
    """Every number in force stands on one page with its source, marked when it is ours, with room to sign."""
    page = printed("parameters", "--as-of", "2026-03-10")
    assert page.startswith("Numbers in force: profile us (United States) on 2026-03-10\n")
    assert "Signature ____" in page
    assert "Not a medical device." in page
    names = link(packaged_rules(), "us", date(2026, 3, 10)).parameters
    assert all(f"  {name}\n" in page for name in names)
    assert page.count("\n* ") > 10
    part = printed("parameters", "--topic", "cardiac", "--profile", "us")
    assert 3 < len(part.splitlines()) < len(page.splitlines())
    assert printed("parameters", "--as-of", "2026-03-10", "-o", tmp_path / "page.txt") == ""
    assert (tmp_path / "page.txt").read_text("utf-8") == page


def test_profiles() -> None:
    """Each profile is listed with the sources it puts in force."""
    assert printed("profiles", "--rules", BASE) == (
        "us: United States\n  The made-up label and the assumptions of the project.\n"
        "  - us-pi: A made-up label\n  - project: Assumptions of this project\n"
    )


def test_vocabulary() -> None:
    """Codes are listed, of one kind or with one word, with units, results and groups."""
    page = printed("vocabulary", "--rules", BASE)
    assert page.endswith("\n21 codes\n")
    events = printed("vocabulary", "events", "--rules", BASE).splitlines()
    assert [line.split()[1] for line in events[:-1]] == ["rash", "peripheral_neuropathy", "febrile_neutropenia"]
    found = printed("vocabulary", "--search", "HEMOGLOBIN", "--rules", BASE)
    assert found.splitlines()[0].split()[:2] == ["observations", "haemoglobin"]
    assert "[negative, positive, indeterminate]" in page
    assert "(group of 2)" in page
    assert printed("vocabulary", "drugs", "--search", "rash", "--rules", BASE) == "0 codes\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rules", "show", "anc-lo"], "`anc-lo` is not a rule\n    hint: did you mean `anc-low`?"),
        (
            ["rules", "list", "--topic", "hematology"],
            "`hematology` is not a topic of the rules\n    hint: ",
        ),
        (["rules", "list", "--profile", "uk"], "`uk` is not a profile of this rule set\n    hint: known here: us"),
        (["check", "x.yaml", "--only", "heart"], "--only: `heart` is not a topic of the rules\n    hint: known: "),
        (["check", "x.yaml", "--profile", "uk"], "--profile: `uk` is not a profile of the rule set"),
        (["check", "x.yaml", "--as-of", "soon"], "--as-of: `soon` is not a date"),
        (["vocabulary", "event"], "`event` is not a kind of vocabulary\n    hint: known: "),
        (["schema", "rul"], "`rul` is not a kind of file\n    hint: did you mean `rule`?"),
        (["examples", "copy", "x", "quiet"], "quiet: no example has this name"),
        (["explain", "nobody.yaml", "anc-low"], "nobody.yaml: no such file"),
    ],
)
def test_names_that_nothing_carries(
    words: list[str], told: str, small: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A name that nothing carries ends with 2 and the nearest name."""
    assert small == BASE
    assert left(monkeypatch, *words) == 2
    output = capfd.readouterr()
    assert output.out == ""
    assert told in output.err


# ---------------------------------------------------------------- gates


def test_test_passes_and_fails(workshop: Workshop) -> None:
    """Promises kept end with 0, one broken with 1 and its place; `-v` prints every case."""
    rule = workshop.root / "haematology" / "anc-low.yaml"
    assert printed("test", rule, "--rules", workshop.root) == f"rules: {workshop.root}\n3 passed, 0 failed\n"
    every = printed("test", rule, "--rules", workshop.root, "-v")
    assert every.count("ok   anc-low::") == 3
    rule.write_text(rule.read_text().replace("value: 749", "value: 751"))
    result = run("test", rule, "--rules", workshop.root)
    assert result.exit_code == 1
    line = 1 + rule.read_text().splitlines().index("  - name: just under the limit")
    assert result.stdout == (
        "FAIL anc-low::just under the limit\n"
        f"     {rule}:{line}:5: expected applies, got does_not_apply\n"
        f"rules: {workshop.root}\n"
        "2 passed, 1 failed\n"
    )


def test_test_of_patients(ada: Path, small: Path, tmp_path: Path) -> None:
    """The promises of a patient state are kept or told one by one; a file that is refused ends with 2."""
    assert small == BASE
    ada.write_text(STATE + "expect: {applies: [anc-low], only: [anc-low], worst: urgent}\n")
    assert printed("test", ada).endswith("\n1 passed, 0 failed\n")
    ada.write_text(STATE + "expect: {does_not_apply: [anc-low], cannot_tell: [anc-high], only: [], worst: due}\n")
    result = run("test", ada)
    assert result.exit_code == 1
    for told in (
        "anc-low: expected does_not_apply, got applies",
        "`anc-high` is not a rule",
        "anc-low: applies, but only nothing may",
        "anc-low: applies with severity urgent; the worst expected is due",
        "0 passed, 1 failed",
    ):
        assert told in result.stdout
    result = run("test", ada, tmp_path / "nobody.yaml")
    assert result.exit_code == 2
    assert "1 problems keep files from being used" in result.stdout


def test_test_without_paths_takes_the_examples(small: Path, monkeypatch: pytest.MonkeyPatch, ada: Path) -> None:
    """Without paths every rule and the packaged examples are run."""
    assert small == BASE
    ada.write_text(STATE + "expect: {applies: [anc-low]}\n")
    monkeypatch.setattr("thalsafety.cli.gates.packaged", lambda _folder: ada.parent)
    assert printed("test").endswith("\n4 passed, 0 failed\n")


def test_lint(workshop: Workshop) -> None:
    """Lint counts errors and warnings; errors fail, warnings with `--strict` only."""
    file = workshop.root / "haematology" / "anc-low.yaml"
    assert printed("lint", "--rules", workshop.root).endswith("1 rules: 0 errors, 0 warnings\n")
    file.write_text(file.read_text().partition("\n")[2])
    page = printed("lint", "--rules", workshop.root)
    assert f"{file}:1:1: warning L016: " in page
    assert page.endswith("1 rules: 0 errors, 1 warnings\n")
    assert run("lint", "--rules", workshop.root, "--strict").exit_code == 1
    file.write_text(file.read_text().replace("value: 0.75,", "value: 0.76,"))
    result = run("lint", "--rules", workshop.root)
    assert result.exit_code == 1
    assert "error L004: " in result.stdout


def test_lint_lists_its_checks() -> None:
    """Every check is listed with its id and severity."""
    from thalsafety.linting import CHECKS

    lines = printed("lint", "--list").splitlines()
    assert lines == [f"{name}  {severity:7}  {text}" for name, (severity, text) in CHECKS.items()]


# ---------------------------------------------------------------- files to begin with


def test_schema(tmp_path: Path) -> None:
    """The kinds are listed; a schema is printed or written."""
    assert [line.split()[0] for line in printed("schema").splitlines()] == list(KINDS)
    shown = printed("schema", "rule")
    assert json.loads(shown)["title"] == "thalsafety rule"
    assert printed("schema", "rule", "-o", tmp_path / "rule.json") == ""
    assert (tmp_path / "rule.json").read_text("utf-8") == shown


def test_new_patient_state_can_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that `new patient-state` writes is valid as it stands, and is not written over."""
    monkeypatch.chdir(tmp_path)
    assert printed("new", "patient-state", "mine") == "wrote mine.yaml\n"
    assert "\nFictional patient mine\n" in printed("check", "mine.yaml")
    written = (tmp_path / "mine.yaml").read_text()
    assert "NAME" not in written
    (tmp_path / "mine.yaml").write_text("changed")
    assert left(monkeypatch, "new", "patient-state", "mine") == 2
    assert (tmp_path / "mine.yaml").read_text() == "changed"
    printed("new", "patient-state", "mine", "--force")
    assert (tmp_path / "mine.yaml").read_text() == written
    printed("new", "patient-state", "mine", "-o", tmp_path / "other.yaml")
    assert (tmp_path / "other.yaml").read_text() == written


def test_new_rule_passes_its_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file that `new rule` writes, put among the packaged rules, links and keeps its promises."""
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    path = rules / "haematology" / "my-new-rule.yaml"
    assert printed("new", "rule", "my-new-rule", "-o", path) == f"wrote {path}\n"
    assert printed("test", path, "--rules", rules) == f"rules: {rules}\n3 passed, 0 failed\n"
    assert left(monkeypatch, "new", "rule", "other", "-o", path) == 2
    assert "the file name `my-new-rule` does not equal the rule's name `other`" in capfd.readouterr().err


def example_files() -> list[Path]:
    """Return every example state, those in folders too."""
    return [path for path in EXAMPLES.rglob("*") if path.suffix in {".yaml", ".json"}]


def test_examples_list() -> None:
    """Every example is listed with the first words of its story."""
    lines = printed("examples", "list").splitlines()
    files = sorted(path.relative_to(EXAMPLES).as_posix() for path in example_files())
    assert [line.split()[0] for line in lines] == files
    assert [line for line in lines if line.split()[0].endswith(".yaml") and len(line.split()) < 5] == []


def test_examples_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All examples or some are copied, and nothing is written over."""
    count = len(example_files())
    assert printed("examples", "copy", tmp_path) == f"copied {count} example states to {tmp_path}/examples\n"
    assert (tmp_path / "examples" / QUIET.name).read_bytes() == QUIET.read_bytes()
    pair = EXAMPLES / "pairs" / "haematology.yaml"
    assert (tmp_path / "examples" / "pairs" / pair.name).read_bytes() == pair.read_bytes()
    (tmp_path / "examples" / QUIET.name).write_text("mine")
    assert left(monkeypatch, "examples", "copy", tmp_path) == 2
    assert (tmp_path / "examples" / QUIET.name).read_text() == "mine"
    other = tmp_path / "other"
    printed("examples", "copy", other, QUIET.stem, CLOT.name)
    assert sorted(path.name for path in (other / "examples").iterdir()) == sorted([QUIET.name, CLOT.name])


# ---------------------------------------------------------------- the end


def test_stopped_by_hand(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends with 130 and one word."""

    def stop(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("thalsafety.prepared.Prepared.__init__", stop)
    assert left(monkeypatch, "check", "x.yaml") == 130
    assert capfd.readouterr().err.strip() == "stopped"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (EngineError("it broke"), 3, "engine error: it broke\n"),
        (OSError(28, "No space left on device"), 2, "error: the output cannot be written: no space left on device\n"),
    ],
)
def test_failures_become_messages(
    error: Exception, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What can be foreseen to fail is a message with an exit code, and no traceback."""

    def fail(*_args: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr("thalsafety.prepared.Prepared.__init__", fail)
    monkeypatch.setattr("os.dup2", lambda *_: 0)
    assert left(monkeypatch, "check", "x.yaml") == code
    assert capfd.readouterr().err == told


def test_test_refuses_a_rule_of_another_folder(workshop: Workshop, tmp_path: Path) -> None:
    """A rule file that the rule set does not hold is named as such, and not read as a patient."""
    stranger = tmp_path / "stranger.yaml"
    stranger.write_text("# a rule\nrule: stranger\n")
    result = run("test", stranger, "--rules", workshop.root)
    assert result.exit_code == 2
    assert f"{stranger}: this is no rule of {workshop.root}" in result.stderr
    assert "is missing" not in result.stderr
