"""The coverage report as pages: complete, linked, true to what was measured, and open to everybody."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urldefrag

import pytest
from click.testing import CliRunner

import mcdc
from building import BASE, DAY, EXAMPLES, Workshop, example_patients, packaged_rules
from test_html_page import TAGS
from thalsafety.cli import cli
from thalsafety.coverage import Case, Measured, cover, guidance, guidance_layer, layers
from thalsafety.coverage.goals import Goal
from thalsafety.coverage.lines import Line
from thalsafety.coverage.numbers import ABOVE, BELOW, ON, Number
from thalsafety.rendering import covered, covered_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result
    from playwright.sync_api import Browser, Page

HOSTILE = "</title><script>alert(1)</script>{{7*7}} {% raw %} \"twice\" 'quoted' & &amp; <!-- ]]></style>"
BROKEN = "we<i>rd & 'so' 100%#x?"
"""The name of a rule file that cannot be read."""
FRACTION = r'<span class="share sign \w+"><span class="unbroken">(\d+/\d+)<'
PATIENT = """
    fictional: true
    profile: us
    as_of: 2026-03-10
    patient: {label: Somebody fictional}
    treatment: {status: active}
    observations:
      - {code: anc, value: 749, unit: /mm3, date: 2026-03-03}
"""


# ---------------------------------------------------------------- reports


class Made(NamedTuple):
    """A report in a folder, with what it was made from."""

    folder: Path
    report: covered.Report
    traces: list[dict[str, Any]]

    def read(self, name: str) -> str:
        """Return a page."""
        return (self.folder / name).read_text("ascii")

    @property
    def pages(self) -> list[str]:
        """Return the names of all pages."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return the report of the packaged rules."""
    rule_set = packaged_rules()
    cases = [
        Case(name, loaded.state, loaded.state.profile)
        for name, loaded in example_patients().items()
        if loaded.state is not None
    ]
    coverage = cover(rule_set, "us", cases, traced=True)
    statements = guidance(rule_set, coverage, DAY)
    by_examples, by_patients = layers(coverage, coverage.examples), layers(coverage, coverage.patients)
    report = covered.Report(coverage, guidance_layer(statements), by_examples, by_patients, statements)
    folder = tmp_path_factory.mktemp("packaged")
    for name, page in covered_html.render(report, rule_set, DAY).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(page)
    return Made(folder, report, [dict(trace) for trace in coverage.examples.traces or ()])


def small(root: Path) -> Workshop:
    """Return a few rules: active, draft, retired, broken, with further examples; and an example patient."""
    shutil.copytree(BASE, root / "rules")
    made = Workshop(root / "rules")
    made.number("days_in", "d", 28, "project")
    made.rule("new-rule", {"holds": "on_treatment"}, status="draft", title=HOSTILE, supersedes=["anc-low"])
    made.rule("old-rule", {"holds": "on_treatment"}, status="retired", why=HOSTILE)
    both = [{"days_since": "treatment_start", "above": "days_in"}, {"fact": "pregnancy", "is": "confirmed"}]
    made.rule("one-line", {"any": both}, why=HOSTILE)
    made.write(f"haematology/{BROKEN}.yaml", f"rule: {HOSTILE!r}\n")
    tests = [
        {"name": HOSTILE, "given": {"as_of": str(DAY), "treatment": {"status": "stopped"}}, "expect": "cannot_tell"}
    ]
    made.write("cases/anc-low.yaml", json.dumps({"cases": "anc-low", "tests": tests}, indent=1))
    text = (made.root / "sources" / "us-pi.yaml").read_text("utf-8")
    made.write("sources/us-pi.yaml", text.replace("review_by: 2099-01-01", "review_by: 2001-01-01"))
    made.write("../patient.yaml", PATIENT)
    return made


def run(root: Path, *more: object) -> Result:
    """Run `coverage` on the few rules."""
    words = ["coverage", root / "patient.yaml", "--rules", root / "rules", *more]
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report of the few rules."""
    root = tmp_path_factory.mktemp("few")
    small(root)
    assert run(root, "--html", root / "report").exit_code == 2  # one rule file is broken, and the rest is reported
    return root / "report"


class _Links(HTMLParser):
    """Gathers links, ids, texts and what would be fetched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            elif name == "id":
                self.ids.append(value or "")
            elif name in {"src", "srcset", "action", "data", "poster"} or name.startswith("on"):
                self.fetched.append(f"{tag} {name}")


def lost(folder: Path) -> list[str]:
    """Return every link that leads nowhere, every id that stands twice, and everything that would be fetched."""
    found = {path.relative_to(folder).as_posix(): _Links(path.read_text("ascii")) for path in folder.rglob("*.html")}
    wrong = []
    for name, page in found.items():
        wrong += [f"{name}: {one}" for one in page.fetched]
        wrong += [f"{name}: {one} twice" for one in set(page.ids) if page.ids.count(one) > 1]
        for link in page.links:
            file, fragment = urldefrag(link)
            target = os.path.normpath(os.path.join(os.path.dirname(name), unquote(file))) if file else name  # noqa: PTH118, PTH120  names within the folder
            if target not in found or (fragment and unquote(fragment) not in found[target].ids):
                wrong.append(f"{name}: {link}")
    return wrong


# ---------------------------------------------------------------- complete and linked


@pytest.mark.untraced  # the report of all rules is made for it
def test_every_rule_definition_and_schedule_has_a_page(packaged: Made) -> None:
    """Nothing of the packaged rules is without its page."""
    rule_set = packaged_rules()
    wanted = {f"rules/{name}.html" for name in (*rule_set.rules, *rule_set.broken)}
    wanted |= {f"definitions/{name}.html" for name in rule_set.definitions}
    wanted |= {f"schedules/{name}.html" for name in rule_set.schedules}
    wanted |= {f"scores/{name}.html" for name in rule_set.scores}
    overviews = {"index.html", "guidance.html", "scenarios.html", "missing.html"}
    assert {f"rules/{name}.html" for name in packaged.report.coverage.goals} <= wanted
    assert set(packaged.pages) == wanted | overviews


def test_every_link_leads_somewhere(packaged: Made, few: Path) -> None:
    """Links are relative, and their pages and places exist; ids are given once; nothing is fetched."""
    assert lost(packaged.folder) == []
    assert lost(few) == []


def test_every_line_of_a_rule_can_be_linked_to(packaged: Made) -> None:
    """Each line of a rule's file has an id after its number, apart from those between parts."""
    for name, rule in packaged_rules().rules.items():
        text = (EXAMPLES.parent / "rules" / packaged_rules().topic_of[name] / f"{name}.yaml").read_text("utf-8")
        ids = set(_Links(packaged.read(f"rules/{name}.html")).ids)
        lines = {number for number, line in enumerate(text.splitlines(), 1) if line.strip() and line != "tests:"}
        assert {f"line-{number}" for number in lines} <= ids, rule.rule


# ---------------------------------------------------------------- true to what was measured


def cells(page: str, start: str) -> list[str]:
    """Return the fractions of the table that follows a heading."""
    table = page.partition(start)[2].partition("</table>")[0]
    return re.findall(FRACTION, table)


def test_fractions_are_those_of_the_json(packaged: Made) -> None:
    """The overview has the figures of the JSON, and percentages that are not rounded up."""
    told = json.loads(covered.as_json(packaged.report))
    rows = [told["guidance"]]
    for examples, patients in zip(told["worked_examples"]["layers"], told["example_patients"]["layers"], strict=True):
        rows += [examples, patients]
    page = packaged.read("index.html")
    assert cells(page, 'id="layers"') == [f"{row['covered']}/{row['total']}" for row in rows]
    for layer in (*packaged.report.examples, *packaged.report.patients):
        assert covered.percent(layer) in page
    for layer in packaged.report.examples:
        share = float(covered.percent(layer).removesuffix(" %"))
        assert share * layer.total <= 100 * layer.covered


def test_fractions_of_a_topic_and_a_rule(packaged: Made) -> None:
    """A topic's and a rule's fractions are counts of their goals."""
    coverage, rule_set = packaged.report.coverage, packaged_rules()
    for name, rules in (
        ("thromboembolism", [name for name in coverage.goals if rule_set.topic_of[name] == "thromboembolism"]),
        ("bleeding-signs", ["bleeding-signs"]),
    ):
        goals = {goal for rule in rules for goal in coverage.goals[rule]}
        outcomes = sum(len(coverage.examples.outcomes[rule]) for rule in rules)
        wanted = [f"{outcomes}/{3 * len(rules)}"]
        for kind in ("truth", "decides", "number"):
            mine = {goal for goal in goals if goal.kind == kind}
            wanted.append(f"{len(mine & coverage.examples.reached.keys())}/{len(mine)}")
        title = rule_set.topics[name].title if name in rule_set.topics else f'rules/{name}.html">'
        section = "topics" if name in rule_set.topics else "rule-list"
        row = packaged.read("index.html").partition(f'id="{section}"')[2].partition(title)[2].partition("</tr>")[0]
        assert re.findall(FRACTION, row) == wanted


def painted(page: str) -> dict[int, list[dict[str, str]]]:
    """Return what stands under each line: for each question what became of each truth."""
    found: dict[int, list[dict[str, str]]] = {}
    for line in re.split(r'(?=<li id="line-)', page)[1:]:
        number = int(re.match(r'<li id="line-(\d+)"', line)[1])  # type: ignore[index]  # split there
        for question in line.split('<div class="asks">')[1:]:
            marks = re.findall(r'<li class="(\w+)"><b class="sign \1">(\w+)</b>', question)
            found.setdefault(number, []).append({truth: state for state, truth in marks})
    return found


@pytest.mark.untraced  # many turns through code that other tests measure
def test_painted_lines_are_what_an_independent_checker_finds(packaged: Made) -> None:
    """Every mark on every page is what the raw traces give when they are evaluated anew."""
    _, truths, decided = mcdc.derive(packaged.traces)
    goals = {goal for wanted in packaged.report.coverage.goals.values() for goal in wanted}
    lines = sorted({goal.what for goal in goals if isinstance(goal.what, Line)})
    pages = {line.file: packaged.read(page_of(line.file)) for line in lines}
    seen = {file: painted(page) for file, page in pages.items()}
    for line in lines:
        marks = seen[line.file][line.line][line.place]
        possible = {goal.how.value for goal in goals if goal.what == line and goal.kind == "truth"}  # type: ignore[union-attr]  # truths
        for truth in ("true", "false", "unknown"):
            wanted = "never" if truth in possible else "cannot"
            if (tuple(line), truth) in truths:
                wanted = "whole" if truth == "unknown" or (tuple(line), truth) in decided else "seen"
            assert marks[truth] == wanted, (line, truth)
    assert sum(len(questions) for found in seen.values() for questions in found.values()) == len(lines)


def page_of(file: str) -> str:
    """Return the page of a file of rules."""
    folder, _, name = file.partition("/")
    stem = name.removesuffix(".yaml")
    kind = "definitions" if folder == "definitions" else "rules" if stem in packaged_rules().rules else "schedules"
    return f"{kind}/{stem}.html"


def test_the_places_beside_numbers(packaged: Made) -> None:
    """A rule's numbers have a mark for each place: met with its case, never, or not possible."""
    coverage = packaged.report.coverage
    goals = {goal for wanted in coverage.goals.values() for goal in wanted}
    owners = {goal.what.owner for goal in goals if isinstance(goal.what, Number)} & packaged_rules().rules.keys()
    assert len(owners) > 20
    for rule in sorted(owners):
        page = packaged.read(f"rules/{rule}.html").partition("<h2>Numbers</h2>")[2]
        rows: dict[str, str] = {}
        for row in page.split('role="rowheader">')[1:]:  # a rule's own numbers stand before those of what it uses
            rows.setdefault(re.sub(r"<.*", "", row, flags=re.DOTALL).strip(), row)
        for number in {goal.what for goal in goals if isinstance(goal.what, Number) and goal.what.owner == rule}:
            for position in (BELOW, ON, ABOVE):
                goal = Goal("number", number, position)
                cell = (
                    rows[number.parameter].partition(f'data-head="{position.capitalize()} "')[2].partition("</td>")[0]
                )
                case = coverage.examples.reached.get(goal)
                said = case.partition("::")[2] if case else "never" if goal in goals else "cannot be"
                assert said in unescape(cell), (number, position)


def test_the_matrix_is_the_measured_one(packaged: Made) -> None:
    """A cell leads to each rule that applies or cannot be told, and no cell says so where it is not so."""
    measured: Measured = packaged.report.coverage.patients
    page = packaged.read("scenarios.html")
    found = set()
    for row in page.partition('id="matrix"')[2].partition('id="patients"')[0].split("<tr ")[1:]:
        patient = re.search(r'#patient-\d+">([^<]+)<', row)
        for rule, outcome in re.findall(r'aria-label="([^:]+): ([^"]+)"', row):
            assert patient is not None
            found.add((patient[1], rule, outcome.replace(" ", "_")))
    silent = "does_not_apply"
    wanted = {(p, rule, what) for p, row in measured.matrix.items() for rule, what in row.items() if what != silent}
    assert found == wanted


def test_every_statement_is_traced(packaged: Made) -> None:
    """The matrix of guidance has each statement once, with its state and the figures of the measurement."""
    page = packaged.read("guidance.html")
    rows = {row.partition('"')[0]: row for row in page.split('<tr role="row" id="')[1:]}
    assert list(rows) == [one.id for one in packaged.report.statements]
    for one in packaged.report.statements:
        row = rows[one.id]
        assert f'data-state="{one.state}"' in row
        assert f'data-head="Worked examples: ">{one.examples}<' in row
        assert row.count("scenarios.html#patient-") == one.patients
        assert all(re.search(f">(definition |schedule )?{name}</a>", row) for name in one.cited_by)


def test_what_is_missing_is_listed(packaged: Made) -> None:
    """As many things are listed as the layers lack."""
    parts = packaged.read("missing.html").split("<h2>")[1:]
    assert [part.count("<li>") for part in parts] == [len(layer.missing) for layer in packaged.report.examples]


def test_a_line_with_two_questions_and_what_cannot_be(few: Path) -> None:
    """Questions on one line are painted one by one; a fact that is taken as it stands is never unknown."""
    page = (few / "rules" / "anc-low.html").read_text("ascii")
    whole = {"true": "whole", "false": "never", "unknown": "whole"}
    marks = painted(page)
    assert [marks[line] for line in sorted(marks)][1] == [{**whole, "false": "whole"}]
    assert len(painted((few / "rules" / "one-line.html").read_text("ascii"))[1]) == 2


# ---------------------------------------------------------------- what is not active, and hostile texts


def test_what_is_not_active_is_listed(few: Path) -> None:
    """Drafts, retired rules and rules in error are named, as are statements past their review date."""
    page = (few / "index.html").read_text("ascii").partition('id="standing"')[2].partition('id="topics"')[0]
    for words in ("In error: 1", "Draft: 1", "Retired: 1", "Statements past their review date: 1"):
        assert words in page
    assert "Not counted: draft" in (few / "rules" / "new-rule.html").read_text("ascii")
    assert "In error: line 1" in (few / "rules" / f"{BROKEN}.html").read_text("ascii")


def test_examples_kept_beside_a_rule_are_shown(few: Path) -> None:
    """An example of `rules/cases` stands with the rule's own, with what came out."""
    page = (few / "rules" / "anc-low.html").read_text("ascii")
    assert page.count('<article class="worked"') == 4
    assert 'id="case-1"' in page
    assert "expects cannot tell, but does not apply" in page
    assert page.count("as expected") == 3


def test_hostile_texts_are_escaped(few: Path) -> None:
    """A text that looks like markup, or like a template, is shown and nothing else."""
    seen = 0
    for path in few.rglob("*.html"):
        page = path.read_text("ascii")
        scripts = _Links(page).tags.count("script")
        assert scripts == (path.parent == few)
        assert "49" not in re.findall(r"script&gt;(\S+)", page)
        seen += unescape(page).count(HOSTILE)
    assert seen > 5


def test_pages_are_the_same_every_time(tmp_path: Path) -> None:
    """The bytes do not depend on the order of hashes."""
    small(tmp_path)
    made = []
    for seed in ("0", "1"):
        target = tmp_path / seed
        words = ["coverage", tmp_path / "patient.yaml", "--rules", tmp_path / "rules", "--html", target]
        command = [sys.executable, "-m", "thalsafety", *map(str, words)]
        subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        made.append({path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()})
    assert made[0]
    assert made[0] == made[1]


# ---------------------------------------------------------------- the command


def test_a_report_replaces_an_earlier_one(tmp_path: Path) -> None:
    """What is not in the new report is gone, and nothing is left beside it."""
    made = small(tmp_path)
    target = tmp_path / "report"
    target.mkdir()  # an empty folder holds nothing to lose
    run(tmp_path, "--html", target)
    assert (target / "rules" / f"{BROKEN}.html").is_file()
    (made.root / "haematology" / f"{BROKEN}.yaml").unlink()
    done = run(tmp_path, "--html", target)
    assert done.exit_code == 0
    assert "Coverage under profile us" in done.stdout
    assert not (target / "rules" / f"{BROKEN}.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["patient.yaml", "report", "rules"]


@pytest.mark.parametrize("name", ["letters.txt", "report/letters.txt", "report/rules/mine.html"])
def test_what_is_no_report_of_ours_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A folder with anything else in it is refused before anything is measured, and stays as it was."""
    small(tmp_path)
    target = tmp_path / "report"
    if name.startswith("report"):
        run(tmp_path, "--html", target)
    else:
        target = tmp_path
    (tmp_path / name).write_text("dear", "utf-8")
    before = sorted(path.as_posix() for path in tmp_path.rglob("*"))
    monkeypatch.setattr("thalsafety.coverage.cover", None)  # nothing may be measured
    done = run(tmp_path, "--html", target)
    assert done.exit_code == 1
    assert "would be lost" in str(done.exception)
    assert "choose a new folder" in str(done.exception)
    assert sorted(path.as_posix() for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("target", "said"), [("patient.yaml", "this is not a folder"), ("none/report", "its folder does not exist")]
)
def test_a_place_that_cannot_be(tmp_path: Path, target: str, said: str) -> None:
    """A file, or a folder in a folder that does not exist, is refused in words."""
    small(tmp_path)
    done = run(tmp_path, "--html", tmp_path / target)
    assert said in str(done.exception)
    assert (tmp_path / "patient.yaml").is_file()


def test_an_interrupted_report_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a page cannot be written, the earlier report is whole and nothing lies beside it."""
    small(tmp_path)
    target = tmp_path / "report"
    run(tmp_path, "--html", target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    done = run(tmp_path, "--html", target)
    monkeypatch.undo()
    assert "no space left on device" in str(done.exception)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["patient.yaml", "report", "rules"]


def test_the_command_names_the_library_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Jinja the command says what to install."""
    small(tmp_path)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for name in ("html", "pages", "covered_html"):
        monkeypatch.delitem(sys.modules, f"thalsafety.rendering.{name}")
        monkeypatch.delattr(f"thalsafety.rendering.{name}")
    done = run(tmp_path, "--html", tmp_path / "report")
    assert "pip install 'thalsafety[print]'" in str(done.exception)
    assert not (tmp_path / "report").exists()


def checklist(*words: object) -> Result:
    """Run `checklist` on an example patient."""
    return CliRunner().invoke(cli, ["checklist", str(EXAMPLES / "woman-missed-period.yaml"), *map(str, words)])


def test_a_checklist_leads_to_the_report(packaged: Made) -> None:
    """With `--rule-links` rules of an HTML checklist lead to their pages; without, they are plain text."""
    linked = _Links(checklist("--format", "html", "--rule-links", "report/").stdout).links
    pages = [link.removeprefix("report/") for link in linked if link.startswith("report/")]
    assert "rules/pregnancy-alarm.html" in pages
    assert set(pages) <= set(packaged.pages)
    assert not any("rules/" in link for link in _Links(checklist("--format", "html").stdout).links)


@pytest.mark.parametrize(
    ("form", "base"), [("html", "javascript:alert(1)"), ("html", " "), ("html", "java\tscript:1"), ("md", "report")]
)
def test_links_that_cannot_be(form: str, base: str) -> None:
    """Links that would run something, and links where there are none, are refused."""
    done = checklist("--format", form, "--rule-links", base)
    assert "--rule-links" in str(done.exception)


# ---------------------------------------------------------------- in a browser


PAGES = [
    "packaged/index.html",
    "packaged/missing.html",
    "packaged/guidance.html",
    "packaged/scenarios.html",
    "packaged/rules/limb-oedema-clot-not-excluded.html",
    "packaged/definitions/clot_unsettled.html",
    "packaged/schedules/pregnancy-testing.html",
    "few/index.html",
    "few/scenarios.html",
    "few/rules/new-rule.html",
    "few/rules/anc-low.html",
    "few/rules/one-line.html",
    f"few/rules/{BROKEN}.html",
]


@pytest.fixture
def opened(browser: Browser, packaged: Made, few: Path) -> Iterator[Callable[..., Page]]:
    """Return what opens a page as a file, in a window of a given width."""
    contexts = []
    folders = {"packaged": packaged.folder, "few": few}

    def opener(name: str, width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        folder, _, rest = name.partition("/")
        page.goto((folders[folder] / rest).as_uri())
        return page

    yield opener
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_nobody_is_barred(opened: Callable[..., Page], name: str, width: int, scheme: str) -> None:
    """The accessibility checker finds nothing wrong, and nothing it could not judge."""
    assert barriers(opened(name, width, color_scheme=scheme)) == []


def barriers(page: Page) -> list[tuple[str, ...]]:
    """Return what the accessibility checker finds wrong with a page, or could not judge, with everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate((files("axe_core_python") / "axe.min.js").read_text("utf-8"))
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations", "incomplete"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    told = [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in found["violations"]]
    return told + [(one["id"], node["html"]) for one in found["incomplete"] for node in one["nodes"]]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 800, 1060, 1280])
def test_nothing_is_wider_than_the_window(opened: Callable[..., Page], name: str, width: int) -> None:
    """Nothing has to be scrolled to sideways."""
    assert opened(name, width).evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_itself_only(browser: Browser, packaged: Made, few: Path, name: str) -> None:
    """One request, for the file; no complaint of the page's own policy, and no dialogue."""
    folder, _, rest = name.partition("/")
    address = ({"packaged": packaged.folder, "few": few}[folder] / rest).as_uri()
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert asked == [address]
    assert told == []
    context.close()


@pytest.mark.parametrize("name", PAGES[:8])
def test_everything_is_there_without_javascript(opened: Callable[..., Page], name: str) -> None:
    """Every row, list entry and heading is shown; of what has a filter, only the filter is not."""
    page = opened(name, java_script_enabled=False)
    seen = "one => one.checkVisibility() || one.closest('details:not([open])') !== null"
    rest = page.locator("main tr, main li, main h2, main h3, main p, main dd")
    assert rest.count() > 3
    assert rest.evaluate_all(f"all => all.filter(one => !({seen})(one)).map(one => one.outerHTML)") == []
    assert page.locator("form.filter:visible").count() == 0


def test_a_filter_shows_what_fits(opened: Callable[..., Page]) -> None:
    """Words and choices narrow the list of rules, and the page says how many are left."""
    page = opened("packaged/index.html")
    rows = page.locator("#rule-list tbody tr:visible")
    whole = rows.count()
    page.get_by_role("searchbox").fill("nosebleed BLEEDING signs")
    assert rows.count() == 0
    page.get_by_role("searchbox").fill("BLEEDING signs")
    assert 0 < rows.count() < whole
    assert f"{rows.count()} of {whole} rows shown" in page.locator("output").inner_text()
    page.get_by_label("Severity").select_option("stop")
    assert all("STOP" in text for text in rows.all_inner_texts())
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Severity").select_option("")
    page.get_by_label("Worked examples").select_option("gap")
    assert 0 < rows.count() < whole


def test_a_deep_link_shows_its_line(opened: Callable[..., Page]) -> None:
    """A link to a line leads there, and a link into a folded example unfolds it."""
    page = opened("few/rules/anc-low.html")
    page.goto(f"{page.url}#line-16")
    assert page.evaluate("document.querySelector(':target .no').textContent") == "16"
    page.goto(page.url.replace("line-16", "line-27"))
    page.wait_for_function("document.querySelector(':target').checkVisibility()")
