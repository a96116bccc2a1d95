"""The documentation as pages: complete, linked both ways, true to the rules, harmless, and open to everybody."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from building import DAY, ROOT, example_patients, packaged_rules
from test_coverage_report import BROKEN, HOSTILE, barriers, lost, small
from thalsafety.cli import cli
from thalsafety.coverage import Case
from thalsafety.coverage.outcomes import outcomes
from thalsafety.linked import State
from thalsafety.linking.linker import link
from thalsafety.linting.checks import cited_statements
from thalsafety.rendering import documented_html
from thalsafety.rendering.documented_pages import Library
from thalsafety.rendering.documented_words import amount
from thalsafety.rendering.not_covered import REASONS, markdown, not_covered
from thalsafety.rendering.phrasing import Outline, Phrases
from thalsafety.testing import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from click.testing import Result
    from playwright.sync_api import Browser

    from building import Workshop

NOT_COVERED = ROOT / "docs" / "not-covered.md"
OVERVIEWS = {"index", "sources", "guidance", "numbers", "shared", "patients", "not-covered"}


class Made(NamedTuple):
    """The pages of the packaged rules in a folder, with what they were made from."""

    folder: Path
    library: Library

    def read(self, name: str) -> str:
        """Return a page as a reader sees its texts."""
        return unescape((self.folder / name).read_text("ascii"))


@pytest.fixture(scope="module")
def packaged(
    tmp_path_factory: pytest.TempPathFactory, without_tracing: Callable[[], AbstractContextManager[None]]
) -> Made:
    """Return the pages of the packaged rules."""
    rule_set = packaged_rules()
    cases = [
        Case(name, loaded.state, loaded.state.profile)
        for name, loaded in example_patients().items()
        if loaded.state is not None and loaded.state.profile in list(rule_set.profile_names)
    ]
    folder = tmp_path_factory.mktemp("docs")
    with without_tracing():
        library = Library(rule_set, list(rule_set.profile_names), DAY, cases, outcomes(rule_set, cases))
        for name, page in documented_html.render(library).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(page)
    return Made(folder, library)


def run(root: Path, *more: object) -> Result:
    """Run `docs` on the few rules."""
    words = ["docs", root / "patient.yaml", "--rules", root / "rules", "--as-of", DAY, *more]
    return CliRunner().invoke(cli, [str(word) for word in words])


def few(root: Path) -> Workshop:
    """Return a few rules, one of them broken, with hostile texts, an add-on with its own number, and a patient."""
    made = small(root)
    made.source("skin", "SKIN-1")
    made.profile("skin-diseases", "skin", adds_to=["us"], title=HOSTILE)
    made.parameter("days_in", "d", (28, "project", "2000-01-01"), (21, "skin", "2000-01-01"))
    text = (made.root / "sources" / "skin.yaml").read_text("utf-8")
    text = text.replace('"edition": "2026"', '"edition": "2026", "url": "javascript:alert(1)"')
    made.write("sources/skin.yaml", text.replace('"Look at the counts."', json.dumps(HOSTILE)))
    return made


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pages of the few rules."""
    root = tmp_path_factory.mktemp("few")
    few(root)
    assert run(root, "-o", root / "pages").exit_code == 2  # one rule file is broken, and the rest is there
    return root / "pages"


# ---------------------------------------------------------------- complete and linked


def test_every_rule_source_and_profile_has_a_page(packaged: Made) -> None:
    """Nothing of the packaged rules is without its page, and there are no others."""
    rule_set = packaged_rules()
    wanted = {f"rules/{name}.html" for name in rule_set.rules}
    wanted |= {f"sources/{name}.html" for name in rule_set.sources}
    wanted |= {f"profiles/{name}.html" for name in rule_set.profile_names}
    wanted |= {f"{name}.html" for name in OVERVIEWS}
    assert {path.relative_to(packaged.folder).as_posix() for path in packaged.folder.rglob("*.html")} == wanted


def test_every_link_leads_somewhere(packaged: Made, pages: Path) -> None:
    """Pages and places exist, ids are given once, nothing is fetched; only sources lead out, to pages of the web."""
    outward = re.compile(r"sources/[\w-]+\.html: https?://")
    assert [one for one in lost(packaged.folder) if not outward.match(one)] == []
    assert lost(pages) == []


def statements(page: str) -> dict[str, str]:
    """Return what stands on a source's page under each statement."""
    parts = re.split(r'<article class="cited" id="([^"]+)">', page)[1:]
    return {name: text.partition("</article>")[0] for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_rules_and_statements_lead_to_one_another(packaged: Made) -> None:
    """Each rule's page leads to its statements, and each of these back to the rule, or says why no rule rests on it."""
    rule_set = packaged_rules()
    cited = cited_statements(rule_set)
    for name, rule in rule_set.rules.items():
        page = packaged.read(f"rules/{name}.html")
        for one in rule.guidance:
            source = rule_set.statements[one.statement][1]
            assert f'href="../sources/{source}.html#{one.statement}"' in page, name
    for name, document in rule_set.sources.items():
        found = statements(packaged.read(f"sources/{name}.html"))
        assert list(found) == [statement.id for statement in document.statements]
        for statement in document.statements:
            text = found[statement.id]
            assert f"confidence {statement.confidence}" in text
            assert statement.statement in text
            for user in cited.get(statement.id, ()):
                assert re.search(rf'href="\.\./(rules/{user}\.html|shared\.html#\w+-{user})"', text), statement.id
            assert (statement.not_encoded or "<p>") in text
            assert ("Encoded</b> in" in text) is (statement.id in cited)


def test_a_rule_has_everything(packaged: Made) -> None:
    """Action, severity, who, why, worked examples and redundant rules of each rule stand on its page."""
    for name, rule in packaged_rules().rules.items():
        page = packaged.read(f"rules/{name}.html")
        texts = [rule.title, rule.recommend.action, f"<strong>{rule.recommend.severity.upper()}</strong>"]
        texts += [f"<dd>{rule.recommend.by}</dd>", rule.why or rule.title]
        texts += [f"<li>{example.name}" for example, _ in packaged_rules().examples(rule)]
        texts += [f'href="../rules/{other}.html"' for other in rule.supersedes]
        assert [text for text in texts if text not in page] == [], name
        expected = Counter(example.expect for example, _ in packaged_rules().examples(rule))
        assert all(f"{word.replace('_', ' ').capitalize()}: {count}<" in page for word, count in expected.items())


# ---------------------------------------------------------------- true to the rules


def under(figure_profiles: list[set[str]], profile: str) -> int | None:
    """Return which of a number's values a reader finds for a profile: its own, or that of the profile alone."""
    for name in (profile, profile.partition("+")[0]):
        for place, profiles in enumerate(figure_profiles):
            if name in profiles:
                return place
    return None


def test_every_number_is_found_under_every_profile(packaged: Made) -> None:
    """Whoever looks a number up under a profile finds the value and the source that a check uses."""
    looked = 0
    for profile, linked in packaged.library.linked.items():
        for name, pinned in linked.parameters.items():
            number = packaged.library.number(name)
            place = under([{one.text for one in figure.profiles} for figure in number.figures], profile)
            assert place is not None, (profile, name)
            figure = number.figures[place]
            found = figure.written
            assert (found.value, found.source, found.locator) == (pinned.value, pinned.source, pinned.locator)
            assert figure.value + "†" * figure.ours == amount(pinned)
            looked += 1
    assert looked > 1000


def test_the_page_of_numbers_has_each_value(packaged: Made) -> None:
    """Each number stands there once with each of its values; those that differ between profiles can be chosen."""
    page = packaged.read("numbers.html")
    rows = dict(re.findall(r'<tr role="row" id="([^"]+)"(.*?)</tr>', page, re.DOTALL))
    numbers = packaged.library.numbers()
    assert list(rows) == [number.name for number in numbers]
    for number in numbers:
        row = rows[number.name]
        assert row.count('<b class="unbroken">') == len(packaged_rules().parameters[number.name].values)
        assert ('data-differs="yes"' in row) is number.differs
    assert 'data-differs="yes"' in rows["menopause_settled_after"]


def test_a_profile_has_its_rules_and_sources(packaged: Made) -> None:
    """Rules in force stand on a profile's page, and no others; so do its numbers and its sources."""
    for profile, linked in packaged.library.linked.items():
        page = packaged.read(f"profiles/{profile}.html")
        shown = page.partition('id="topics"')[2].partition('id="numbers"')[0]
        in_force = [rule.id for rule in linked.rules if rule.state is State.IN_FORCE]
        assert sorted(re.findall(r'href="\.\./rules/([^"]+)\.html"', shown)) == in_force
        shown = page.partition('id="numbers"')[2].partition('id="others"')[0]
        assert re.findall(r'<th [^>]*><a href="\.\./numbers\.html#([^"]+)"', shown) == sorted(linked.parameters)
        shown = page.partition('id="sources"')[2].partition('id="topics"')[0]
        assert re.findall(r'href="\.\./sources/([^"]+)\.html"', shown) == list(
            packaged.library.profiles[profile].sources
        )


def test_what_is_compared_is_what_differs(packaged: Made) -> None:
    """Beside another profile stand the rules that only one of the two has."""
    rules = {
        profile: {rule.id for rule in packaged.library.linked[profile].rules if rule.state is State.IN_FORCE}
        for profile in ("us", "eu", "us+dermatology")
    }
    for here, there in (("us", "eu"), ("us+dermatology", "us")):
        page = packaged.read(f"profiles/{here}.html").partition(f'<h3><a href="../profiles/{there}.html"')[2]
        page = page.partition("</details>")[0]
        found = [
            set(re.findall(rf'only {re.escape(name)}: <a href="\.\./rules/([^"]+)\.html', page))
            for name in (here, there)
        ]
        assert found == [rules[here] - rules[there], rules[there] - rules[here]]


def leaves(outline: Outline) -> Iterator[str]:
    """Yield the texts at the ends of a list within lists."""
    if not outline.parts:
        yield outline.text
    for part in outline.parts:
        yield from leaves(part)


def test_lists_say_what_the_words_say(packaged: Made) -> None:
    """A condition as a list has the texts of the condition in one sentence, in their order, and nothing else."""
    linked = packaged.library.linked["us"]
    for program in linked.program.rules:
        sentence = Phrases(linked.lexicon, {}).condition(program.when)
        outline = Phrases(linked.lexicon, {}).outline(program.when)
        assert outline.text == sentence
        rest = sentence
        for text in leaves(outline):
            before, found, rest = rest.partition(text)
            assert found, (program.id, text)
            assert re.fullmatch(r"(\[|\]| and | or |any of: |; )*", before), (program.id, before)
        assert re.fullmatch(r"\]*", rest), program.id


def test_a_list_keeps_apart_what_must_hold_and_what_may() -> None:
    """Requirements and alternatives are told apart at each level, and of one kind are one list."""
    linked = link(packaged_rules(), "us", DAY)
    when = next(one.when for one in linked.program.rules if one.id == "pregnancy-test-overdue")
    outline = Phrases(linked.lexicon, {}).outline(when)
    assert outline.joint == "and"
    course = outline.parts[0]
    assert course.joint == "or"
    assert course.parts[0] == Outline("course running")
    assert [part.text for part in course.parts[1].parts] == [
        "course interrupted or course stopped",
        "planned restart recorded",
    ]
    assert course.parts[1].joint == "and"


def test_example_patients_have_the_outcomes_of_both_engines() -> None:
    """What the reference engine tells for the pages is what both engines tell together."""
    name, loaded = next(iter(example_patients().items()))
    assert loaded.state is not None
    found = outcomes(packaged_rules(), [Case(name, loaded.state, loaded.state.profile)])[name]
    both = Runner(packaged_rules()).outcomes(loaded.state, loaded.state.profile)
    assert found == {rule: outcome for rule, outcome in both.items() if outcome != "not_in_force"}


def test_patients_stand_on_the_pages_of_their_rules(packaged: Made) -> None:
    """A rule's page leads to the patients to whom it applies, and theirs back to the rule."""
    told = packaged.read("patients.html")
    rows = re.findall(r'<tr role="row" id="(patient-\d+)".*?rowheader">([^<]+)<(.*?)</tr>', told, re.DOTALL)
    assert len(rows) == len(packaged.library.cases) > 100
    applying = 0
    for anchor, name, row in rows:
        applies = row.partition('data-head="Applies: "')[2].partition("</td>")[0]
        wanted = [rule for rule, outcome in packaged.library.outcomes[name].items() if outcome == "applies"]
        assert sorted(re.findall(r'href="rules/([^"]+)\.html"', applies)) == sorted(wanted)
        for rule in wanted[:1]:
            assert f'href="../patients.html#{anchor}"' in packaged.read(f"rules/{rule}.html")
            applying += 1
    assert applying > 50


# ---------------------------------------------------------------- what is not covered


def test_nothing_that_is_not_covered_is_left_out(packaged: Made) -> None:
    """Every statement that nothing cites is listed once with its reason, in both forms of the page, and no other."""
    rule_set = packaged_rules()
    cited = cited_statements(rule_set)
    wanted = sorted(name for name in rule_set.statements if name not in cited)
    page = not_covered(packaged.library)
    assert sorted(e.statement.id for reason in page.reasons for _, entries in reason.topics for e in entries) == wanted
    assert {reason.key for reason in page.reasons} == set(REASONS)
    html = packaged.read("not-covered.html").partition('id="statements"')[2]
    assert sorted(re.findall(r'<li><a href="sources/[^"]+">([^<]+)</a>', html)) == wanted
    text = markdown(packaged.library, "COMMAND").partition("## Statements that no rule rests on")[2]
    assert sorted(re.findall(r"^- \*\*([^*]+)\*\*", text, re.MULTILINE)) == wanted
    assert text.count("*Why not:*") == sum(bool(rule_set.statements[name][0].not_encoded) for name in wanted)


def test_the_figures_of_a_profile_add_up(packaged: Made) -> None:
    """Every statement of a profile's sources is asked, asked elsewhere, left out or not encoded yet."""
    page = not_covered(packaged.library)
    for one in page.reach:
        assert one.asked + one.elsewhere + one.explained + one.missing == one.statements
    us = next(one for one in page.reach if one.link.text == "us")
    linked = packaged.library.linked["us"]
    cited = {c.statement for rule in linked.rules if rule.state is State.IN_FORCE for c in rule.guidance if c.in_force}
    assert us.rules == sum(rule.state is State.IN_FORCE for rule in linked.rules)
    assert us.asked >= len(cited) > 0
    assert us.ours == sum(pinned.assumption for pinned in linked.parameters.values())


def test_topics_without_rules_and_doubtful_wording_are_named(workshop: Workshop) -> None:
    """A topic of a source without a rule, a source past its review and a rule on unverified wording are all there."""
    text = (workshop.root / "sources" / "us-pi.yaml").read_text("utf-8")
    text = text.replace("confidence: high", "confidence: low").replace("2099-01-01", "2001-01-01")
    more = "  - {id: US-PI-2, locator: section 2, topic: eyes, population: all, statement: Look at the eyes., "
    more += "strength: should, computable: true, confidence: high}\n"
    workshop.write("sources/us-pi.yaml", text + more)
    page = not_covered(Library(workshop.load(), ["us"], DAY))
    assert [(row.title, row.cells) for row in page.topics] == [("Blood counts", ((1, 0),)), ("Eyes", ((0, 1),))]
    assert [one.name for one in page.past_review] == ["us-pi"]
    assert [(one.link.text, one.only) for one in page.doubtful] == [("anc-low", True)]
    told = markdown(Library(workshop.load(), ["us"], DAY), "COMMAND")
    assert "| Eyes | **none** + 1 |" in told
    assert "- us-pi: to be reviewed by 2001-01-01" in told


def test_the_recorded_page_of_what_is_not_covered(request: pytest.FixtureRequest) -> None:
    """The page in the documentation is what the rules say on the day that it names."""
    found = re.search(r"`(thalsafety docs --not-covered --as-of (\S+))`", NOT_COVERED.read_text("utf-8"))
    assert found is not None
    rule_set = packaged_rules()
    made = markdown(Library(rule_set, list(rule_set.profile_names), date.fromisoformat(found[2])), found[1])
    if request.config.getoption("--accept"):
        NOT_COVERED.write_text(made, "utf-8")
    again = f"{found[1]} -o docs/not-covered.md, or pytest --accept -k recorded"
    assert NOT_COVERED.read_text("utf-8") == made, f"the rules have changed; make the page again: {again}"


# ---------------------------------------------------------------- hostile texts, and the same bytes


def test_hostile_texts_are_escaped(pages: Path) -> None:
    """A text that looks like markup, like a template or like an address is shown and nothing else."""
    seen = 0
    for path in pages.rglob("*.html"):
        page = path.read_text("ascii")
        assert page.count("<script>") == (path.parent == pages), path
        assert "javascript:alert(1)</a>" not in page
        assert 'href="javascript' not in page
        assert not re.search(r"script&gt;49", page)
        seen += unescape(page).count(HOSTILE)
    assert seen > 10
    assert "javascript:alert(1)</dd>" in (pages / "sources" / "skin.html").read_text("ascii")
    assert "In error: line 1" in (pages / "rules" / f"{BROKEN}.html").read_text("ascii")


def test_hostile_texts_are_escaped_in_markdown(tmp_path: Path) -> None:
    """A reason that looks like markup is shown as it is."""
    few(tmp_path)
    told = run(tmp_path, "--not-covered").stdout
    assert "<script>" not in told
    assert r"\<script\>alert(1)" in told


def test_pages_are_the_same_every_time(tmp_path: Path) -> None:
    """The bytes do not depend on the order of hashes."""
    few(tmp_path)
    made = []
    for seed in ("0", "1"):
        target = tmp_path / seed
        words = ["docs", tmp_path / "patient.yaml", "--rules", tmp_path / "rules", "--as-of", DAY, "-o", target]
        command = [sys.executable, "-m", "thalsafety", *map(str, words)]
        subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        made.append({path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()})
    assert len(made[0]) > len(OVERVIEWS)
    assert made[0] == made[1]


def test_every_page_says_what_it_is(pages: Path) -> None:
    """No page is without the notice that patients are fictional and that this is no medical device."""
    said = "fictional patients only &#183; for review by clinicians &#183; not a medical device"
    assert [path for path in pages.rglob("*.html") if said not in path.read_text("ascii")] == []


# ---------------------------------------------------------------- the command


def test_one_profile_alone(tmp_path: Path) -> None:
    """With a profile, only what it has is shown; names of what has no page are plain text."""
    made = few(tmp_path)
    made.rule("skin-only", {"holds": "on_treatment"}, guidance=[{"statement": "SKIN-1"}])
    run(tmp_path, "--profile", "us", "-o", tmp_path / "us")
    run(tmp_path, "--profile", "us+skin-diseases", "-o", tmp_path / "both")
    assert not (tmp_path / "us" / "rules" / "skin-only.html").exists()
    assert not (tmp_path / "us" / "sources" / "skin.html").exists()
    assert (tmp_path / "both" / "rules" / "skin-only.html").exists()
    assert lost(tmp_path / "us") == lost(tmp_path / "both") == []
    assert "28 days" in (tmp_path / "us" / "numbers.html").read_text("ascii")
    row = (tmp_path / "both" / "numbers.html").read_text("ascii").partition('id="days_in"')[2].partition("</tr>")[0]
    assert "21 days</b> under" in row
    assert "yields to 21 days of skin" in row


def test_pages_replace_earlier_ones_and_nothing_else(tmp_path: Path) -> None:
    """Earlier pages go as a whole; a folder with anything else is refused and stays as it was."""
    made = few(tmp_path)
    target = tmp_path / "pages"
    run(tmp_path, "-o", target)
    (made.root / "haematology" / f"{BROKEN}.yaml").unlink()
    assert run(tmp_path, "-o", target).exit_code == 0
    assert not (target / "rules" / f"{BROKEN}.html").exists()
    (target / "mine.txt").write_text("dear", "utf-8")
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    assert "would be lost" in str(run(tmp_path, "-o", target).exception)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "write -o DIR, or --not-covered"),
        (["-o", "{root}/none/pages"], "its folder does not exist"),
        (["-o", "{root}/pages", "--profile", "uss"], "did you mean us"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    """No folder, a folder in none, and a profile that does not exist are told in words."""
    few(tmp_path)
    done = run(tmp_path, *(word.format(root=tmp_path) for word in words))
    assert said in str(done.exception).replace("`", "")
    assert not (tmp_path / "pages").exists()


def test_the_command_names_the_library_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Jinja the command says what to install, and still prints what is not covered."""
    few(tmp_path)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for name in ("html", "pages", "documented_html"):
        monkeypatch.delitem(sys.modules, f"thalsafety.rendering.{name}", raising=False)
        monkeypatch.delattr(f"thalsafety.rendering.{name}", raising=False)
    assert "pip install 'thalsafety[print]'" in str(run(tmp_path, "-o", tmp_path / "pages").exception)
    assert not (tmp_path / "pages").exists()
    assert run(tmp_path, "--not-covered").stdout.startswith("# What is not covered")


# ---------------------------------------------------------------- in a browser


SHOWN = [
    "rules/pregnancy-test-overdue.html",
    "sources/powell-1994.html",
    "profiles/br+enl.html",
    "not-covered.html",
    "sources.html",
]


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_nobody_is_barred(browser: Browser, packaged: Made, name: str, width: int, scheme: str) -> None:
    """A page asks for itself only, is no wider than its window, and the accessibility checker finds nothing."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto((packaged.folder / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    assert len(asked) == 1
    context.close()


def test_rules_are_found_by_profile(browser: Browser, packaged: Made) -> None:
    """The list of rules narrows to those in force under a profile, and further by words."""
    page = browser.new_page()
    page.goto((packaged.folder / "index.html").as_uri())
    rows = page.locator("#rule-list tbody tr:visible")
    page.get_by_label("In force under").select_option("us+enl")
    assert rows.count() == sum(rule.state is State.IN_FORCE for rule in packaged.library.linked["us+enl"].rules)
    page.get_by_role("searchbox").fill("taper step")
    assert 0 < rows.count() < 5
    page.close()
