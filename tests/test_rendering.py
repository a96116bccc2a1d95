"""Checklists as pages and as JSON: recorded examples, published form, same bytes every time, and hostile labels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from building import BASE, EXAMPLES, ROOT, RULES, Workshop, example_patients, mistakes
from chance import LONG
from thalsafety.checklists import Outcome
from thalsafety.cli import cli
from thalsafety.loading.patients import load_patient_states
from thalsafety.loading.rules import load_rules
from thalsafety.prepared import Prepared
from thalsafety.rendering import explaining, text
from thalsafety.rendering import json as rendering
from thalsafety.rendering.selecting import only_rule, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from thalsafety.checklists import Checklist

    Checks: TypeAlias = list[tuple[str, int | None, Checklist]]

GOLDEN = Path(__file__).parent / "golden"
RECORDED = (
    "leg-swelling-with-deep-vein-thrombosis",
    "partial-dates-leave-questions-open",
    "quiet-postmenopausal-woman-myeloma-dexamethasone",
)
LABEL = """\
fictional: true
as_of: 2026-03-10
profile: us
patient: {label: LABEL}
treatment: {status: active}
observations:
  - {code: anc, value: 600, unit: /mm3, date: 2026-03-03}
"""


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """Return the packaged rules, compiled."""
    return Prepared(RULES)


@pytest.fixture(scope="module")
def checks(prepared: Prepared, without_tracing: Callable[[], AbstractContextManager[None]]) -> Checks:
    """Return the check of every example patient."""
    made: Checks = []
    with without_tracing():
        for name, loaded in example_patients().items():
            assert loaded.state is not None, name
            checker = prepared.checker(loaded.state.profile, loaded.state.as_of.day())
            made.append((f"examples/{name.partition('#')[0]}", loaded.position, checker.check(loaded.state)))
    return made


@pytest.fixture(scope="module")
def document(checks: Checks) -> str:
    """Return the JSON of every example patient."""
    return rendering.render(checks, [], "0")


def compare(request: pytest.FixtureRequest, name: str, found: str) -> None:
    """Hold a text against the recorded one, or record it when pytest was given `--accept`."""
    path = GOLDEN / name
    if request.config.getoption("--accept"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    assert path.is_file(), f"record {path} with: pytest {Path(__file__).name} --accept"
    assert found == path.read_text("utf-8"), f"{path} differs; if the new page is right, run pytest with --accept"


def followed(printed: str) -> dict[str, Any]:
    """Return a JSON document as someone reads it who follows every reference, without the digest of the rules.

    What no finding refers to, and the bare numbers of clauses and answers, change with any rule that is added; what is
    left changes only when something is said differently of this patient.
    """
    data: dict[str, Any] = json.loads(printed)
    for check in data["checks"]:
        rules = data["rule_sets"][check.pop("rule_set")]
        answers = check.pop("answers")
        check["of_rules"] = {key: rules[key] for key in ("profile", "title")}
        check["findings"] = [finding for finding in check["findings"] if finding["outcome"] != "does_not_apply"]
        for finding in check["findings"]:
            finding["of_rule"] = {key: value for key, value in rules["rules"][finding["rule"]].items() if key != "why"}
            cited = {name: rules["statements"][name] for name in finding["of_rule"]["statements"]}
            finding["of_rule"]["statements"] = cited
            for reason in finding["because"]:
                clause = rules["clauses"][reason["clause"]]
                numbers = {name: rules["parameters"][name] for name in clause["parameters"]}
                reason["clause"] = {key: value for key, value in clause.items() if key != "line"}
                reason["clause"]["parameters"] = numbers
                reason["answer"] = answers[str(reason["answer"])]
    del data["rule_sets"]
    return data


# ---------------------------------------------------------------- recorded pages


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_page(name: str, request: pytest.FixtureRequest, checks: Checks) -> None:
    """The page of an example is what was recorded and read, but for the digest of the rules."""
    file, _, checklist = next(check for check in checks if check[0] == f"examples/{name}.yaml")
    page = text.plain(text.render(checklist, file))
    compare(request, f"{name}.txt", page.replace(checklist.linked.digest[:12], "<digest>"))


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_json(name: str, request: pytest.FixtureRequest, checks: Checks) -> None:
    """The JSON of an example, with every reference followed, is what was recorded and read."""
    check = next(check for check in checks if check[0] == f"examples/{name}.yaml")
    found = json.dumps(followed(rendering.render([check], [], "0")), ensure_ascii=False, indent=1)
    compare(request, f"{name}.json", found + "\n")


def small_check(path: Path, written: str) -> Checklist:
    """Return the check of a patient under the small rule set."""
    path.write_text(written, "utf-8")
    rule_set = load_rules(BASE)
    (loaded,) = load_patient_states(path, rule_set.lexicon, list(rule_set.profiles))
    assert loaded.state is not None, loaded.problems
    return Prepared(BASE).checker("us", loaded.state.as_of.day()).check(loaded.state)


def test_recorded_bytes(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The JSON under the small rule set is, byte for byte, what others rely on; so is its page."""
    checklist = small_check(tmp_path / "state.yaml", LABEL.replace("LABEL", "Ada"))
    digest = checklist.linked.digest
    printed = rendering.render([("state.yaml", None, checklist)], [], "0").replace(digest, "<digest>")
    compare(request, "small.json", printed)
    page = text.plain(text.render(checklist, "state.yaml", show_all=True)).replace(digest[:12], "<digest>")
    compare(request, "small.txt", page)


# ---------------------------------------------------------------- JSON


def test_json_fits_the_published_schema(document: str) -> None:
    """The JSON of all example patients validates against the schema that others rely on."""
    assert mistakes(json.loads(document), "checklist") == []


def test_json_of_problems_fits_the_published_schema(tmp_path: Path) -> None:
    """A run in which a file was refused validates too, and so does the explanation of one rule."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("fictional: false\n")
    good = EXAMPLES / f"{RECORDED[0]}.yaml"
    for command in (["check", str(bad), str(good)], ["explain", str(good), "anc-low-on-treatment"]):
        printed = CliRunner().invoke(cli, [*command, "--format", "json"]).stdout
        assert mistakes(json.loads(printed), "checklist") == []
        assert bool(json.loads(printed)["problems"]) is (command[0] == "check")


def test_json_is_canonical(document: str) -> None:
    """The JSON is written as the standard library writes it without spaces, on one line."""
    assert json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":")) + "\n" == document


def test_json_says_what_it_is_for(document: str) -> None:
    """The JSON says that the patient is fictional, who decides, and what the program is not."""
    data = json.loads(document)
    assert data["notice"].startswith("Fictional patient. For review by a clinician")
    assert "Not a medical device" in data["notice"]
    assert all(check["patient"]["fictional"] is True for check in data["checks"])


def test_json_says_what_the_checklist_says(document: str, checks: Checks) -> None:
    """Outcomes, days, reasons and counts of the JSON are those of the checklists, in the same order."""
    data = json.loads(document)
    assert len(data["checks"]) == len(checks)
    for written, (file, position, checklist) in zip(data["checks"], checks, strict=True):
        assert (written["file"], written["position"]) == (file, position)
        assert written["counts"] == {outcome.value: len(checklist.of(outcome)) for outcome in Outcome}
        clauses = data["rule_sets"][written["rule_set"]]["clauses"]
        for shown, finding in zip(written["findings"], checklist.findings, strict=True):
            assert (shown["rule"], shown["outcome"]) == (finding.rule.id, finding.outcome.value)
            assert shown.get("due") == (finding.due.isoformat() if finding.due else None)
            assert shown.get("superseded_by", []) == list(finding.superseded_by)
            for reason, (leaf, truth) in zip(shown["because"], finding.because, strict=True):
                clause = clauses[reason["clause"]]
                assert (clause["question"], clause["subject"]) == (leaf.feature.kind, leaf.feature.subject)
                assert reason["truth"] == truth.value
                assert str(reason["answer"]) in written["answers"]


@pytest.mark.untraced  # many turns through code that other tests measure
def test_json_again_is_the_same(document: str, checks: Checks, prepared: Prepared) -> None:
    """Checking and writing a second time gives the same bytes, whatever was written before."""
    assert rendering.render(checks, [], "0") == document
    again = []
    for file, position, checklist in checks:
        checker = prepared.checker(checklist.linked.profile, checklist.state.as_of.day())
        again.append((file, position, checker.check(checklist.state)))
    assert rendering.render(again, [], "0") == document


@pytest.mark.parametrize("form", ["json", "text"])
def test_another_process_prints_the_same(form: str) -> None:
    """Processes whose hashes differ, and that compile the rules themselves, print the same bytes."""
    running = []
    some = (
        ["examples"] if LONG else [f"examples/{name}" for name in sorted({*example_patients()})[::5] if "#" not in name]
    )
    for seed in ("1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "THALSAFETY_CACHE": "off", "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "thalsafety", "check", *some, "--format", form]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE))
    first, second = (process.communicate(timeout=600)[0] for process in running)
    assert [process.returncode for process in running] == [0, 0]
    assert first == second
    assert first


def test_a_part_says_that_it_is_one(checks: Checks) -> None:
    """A selection keeps the counts of the whole, and says on the page and in JSON what was left out."""
    checklist = next(checklist for _, _, checklist in checks if len(checklist.items) > 2)
    topic = checklist.items[0].rule.topic
    part = select(checklist, [topic], "urgent")
    assert part.counts == checklist.counts
    assert {f.rule.topic for f in part.findings} == {topic}
    assert {f.rule.severity for f in part.findings} <= {"stop", "urgent"}
    words = f"topic {topic} and severity urgent and above"
    total = sum(checklist.counts.values())
    assert f"shown: only {words} ({len(part.findings)} of {total} rules)" in text.plain(text.render(part, "x"))
    assert json.loads(rendering.render([("x", None, part)], [], "0"))["checks"][0]["selection"] == words
    one = only_rule(checklist, checklist.items[0].rule.id)
    assert [f.rule.id for f in one.findings] == [checklist.items[0].rule.id]
    assert select(checklist, [], None) is checklist


# ---------------------------------------------------------------- pages


def notices(page: str) -> list[bool]:
    """Return whether a page says the three things that every page has to say."""
    first = page.partition("\n")[0].lower()
    return ["fictional" in first, "for review" in first, "not a medical device" in first]


@pytest.mark.untraced  # many turns through code that other tests measure
def test_every_page_says_what_it_is(checks: Checks) -> None:
    """The first line of every page says: fictional, for review, not a medical device."""
    for file, _, checklist in checks:
        for show_all in (False, True):
            assert notices(text.plain(text.render(checklist, file, show_all=show_all))) == [True] * 3
        finding = checklist.findings[0]
        page = explaining.render(checklist, finding, file, lambda name: (RULES / name).read_text("utf-8"))
        assert notices(text.plain(page)) == [True] * 3


@pytest.mark.untraced  # many turns through code that other tests measure
def test_every_page_holds_every_item(checks: Checks) -> None:
    """What applies or cannot be told stands on the page by name; with `--show all`, every rule does."""
    for file, _, checklist in checks:
        page = text.plain(text.render(checklist, file))
        for finding in (*checklist.items, *checklist.unknown):
            assert f"· {finding.rule.id}\n" in page, file
        for finding in checklist.covered:
            doubt = "cannot tell, " if finding.outcome is Outcome.CANNOT_TELL else ""
            by = ", ".join(finding.superseded_by)
            assert f"    {finding.rule.id}: {finding.rule.title} ({doubt}see {by})\n" in page, file
        everything = text.plain(text.render(checklist, file, show_all=True))
        for finding in checklist.findings:
            assert finding.rule.id in everything, file


def test_no_line_of_a_page_ends_in_space(checks: Checks) -> None:
    """Pages have no trailing space and end with one line break."""
    for file, _, checklist in checks:
        page = text.plain(text.render(checklist, file, show_all=True))
        assert page.endswith("\n")
        assert not page.endswith("\n\n")
        assert [line for line in page.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("name", RECORDED)
def test_every_rule_can_be_explained(name: str, checks: Checks) -> None:
    """For each rule of an example there is a page with its outcome, its lines and the marks beside them."""
    file, _, checklist = next(check for check in checks if check[0] == f"examples/{name}.yaml")
    written = {path.relative_to(RULES).as_posix(): path.read_text("utf-8") for path in RULES.rglob("*.yaml")}
    for finding in checklist.findings:
        page = text.plain(explaining.render(checklist, finding, file, lambda name: written[name]))
        lines = page.splitlines()
        assert lines[1] == f"{finding.rule.id}: {finding.outcome.value.replace('_', ' ').upper()}"
        shown = [line for line in lines if line[7:].startswith("when:")]
        assert len(shown) == (1 if finding.because else 0), finding.rule.id
        if finding.because:
            marks = {line[0] for line in lines[6:] if line[:1] in "TF?" and line[1:2] == " "}
            assert marks, finding.rule.id


# ---------------------------------------------------------------- hostile labels


STRANGE = {
    "markup of rich": "[bold red]Ada[/bold red] [link=https://example.org]x[/link] [/]",
    "an unclosed bracket": "[/red] [",
    "markup of HTML": "<script>alert('&amp;')</script>",
    "quotes and a backslash": 'Ada "the \\" first\\n',
    "Hebrew and Arabic": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "an emoji of several parts": "\U0001f469\u200d\u2695\ufe0f \U0001f9a9",
    "combining marks": "Zoe\u0308 \u1e9e",
    "braces and percents": "{0} {label} %s %(x)s $HOME",
    "two hundred characters": "x" * 200,
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_label_is_printed_as_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label is text and nothing else: on the page, in colour, and in JSON."""
    label = STRANGE[name]
    path = tmp_path / "state.yaml"
    checklist = small_check(path, LABEL.replace("LABEL", json.dumps(label, ensure_ascii=False)))
    assert text.plain(text.render(checklist, "state.yaml")).splitlines()[1] == label
    printed = rendering.render([("state.yaml", None, checklist)], [], "0")
    assert json.loads(printed)["checks"][0]["patient"]["label"] == label
    assert json.dumps(json.loads(printed), ensure_ascii=False, separators=(",", ":")) + "\n" == printed
    assert mistakes(json.loads(printed), "checklist") == []
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    result = CliRunner().invoke(cli, ["check", str(path), "--rules", str(BASE)], color=True)
    assert result.exit_code == 0
    assert f"\x1b[1m{label}\x1b[0m\n" in result.stdout


CONTROLS = ["\u0000", "\u0007", "\u001b[2J", "\u007f", "\u0085", "\u009b31m", "\u2028", "a\nb", "a\rb", "a\tb"]


@pytest.mark.parametrize("label", CONTROLS, ids=ascii)
def test_a_label_cannot_steer_the_terminal(label: str, tmp_path: Path) -> None:
    """A label with a control character or a line break is refused, and the refusal holds none either."""
    path = tmp_path / "state.yaml"
    path.write_text(LABEL.replace("LABEL", json.dumps(label)), "utf-8")
    result = CliRunner().invoke(cli, ["check", str(path), "--rules", str(BASE)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{path}:4:11: " in result.stderr
    told = result.stderr.replace("\n", "")
    assert [character for character in told if ord(character) < 32 or 127 <= ord(character) < 160] == []


def test_rule_text_is_no_markup(workshop: Workshop, tmp_path: Path) -> None:
    """Brackets in the words of a rule are printed as they are."""
    workshop.rule("strange", {"fact": "treatment_status", "is": "active"}, title="[red]Title[/red] [")
    path = tmp_path / "state.yaml"
    path.write_text(LABEL.replace("LABEL", "Ada"))
    result = CliRunner().invoke(cli, ["explain", str(path), "strange", "--rules", str(workshop.root)])
    assert result.exit_code == 0
    assert "\n[red]Title[/red] [\n" in result.stdout
