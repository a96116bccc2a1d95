"""Forms without a patient: what stands on them, that nothing that can matter is left out, and how they are set."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pypdfium2
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import strategies
from building import DAY, RULES, Workshop, example_patients, packaged_rules
from thalsafety import features
from thalsafety.checklists import wording
from thalsafety.checklists.simplifying import simplified
from thalsafety.checklists.stages import STAGES, Outlook
from thalsafety.cli import cli
from thalsafety.engines import reference
from thalsafety.linking.linker import link
from thalsafety.model.patient import EarlierCourse, PatientFacts, Treatment
from thalsafety.program import Compare, Not, leaves
from thalsafety.rendering import forms, parameter_sheet, pdf_forms, plain_forms
from thalsafety.rendering.rulebook import used
from thalsafety.rendering.sheets import OURS, PAUSE_AT, plainly
from thalsafety.truth import FALSE, TRUE, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from thalsafety.checklists.stages import Concern
    from thalsafety.linked import Linked
    from thalsafety.model.when import When
    from thalsafety.program import Node, Pinned
    from thalsafety.rendering.forms import Act, Form
    from thalsafety.rendering.parameter_sheet import ParameterSheet

GOLDEN = Path(__file__).parent / "golden"
NAMES = tuple(stage.name for stage in STAGES)
STAGE = {stage.name: stage for stage in STAGES}
PAPERS = ("a4", "letter")
SMALLEST = 10.0
MOST_PAGES = {"start": 12, "visit": 20, "stop": 10, "restart": 20}
"""Pages of a whole form; more says that it has become longer, which is worth a look."""
MOST_TO_ASK = 6
_ON_A_PAGE = 50

ON = {
    "start": {
        "first-pregnancy-test-missing",
        "second-pregnancy-test-missing",
        "pregnancy-tests-before-first-prescription",
        "risk-benefit-not-on-file",
        "neurological-baseline-missing",
        "baseline-laboratory-tests",
        "not-enrolled-with-agreement",
        "anc-too-low-to-start",
        "two-methods-needed-before-start",
        "thrombosis-assessment-missing",
        "child-benefit-risk-not-weighed",
        "planned-date-passed",
    },
    "visit": {
        "anc-low-on-treatment",
        "blood-count-due",
        "blood-count-overdue",
        "neuropathy-symptom-review-due",
        "neurological-examination-due",
        "pregnancy-test-due",
        "pregnancy-test-overdue",
        "prescription-over-the-limits",
        "patient-survey-due",
        "rash-not-evaluated",
        "dose-not-once-at-bedtime",
        "antithrombotic-not-considered",
    },
    "stop": {
        "two-methods-missing-after-last-dose",
        "contraception-counselling-missing",
        "pregnancy-test-due",
        "follow-up-plan-after-stop",
        "neuropathy-after-stopping",
        "neuropathy-symptom-review-after-stop-due",
        "clot-after-last-dose",
        "semen-donation-planned-in-risk-period",
        "severe-reaction-ban-not-recorded",
    },
    "restart": {
        "restart-with-rash",
        "restart-after-rash-not-reduced",
        "restart-after-rash-not-evaluated",
        "neuropathy-restart-not-recovered",
        "neuropathy-restart-recovery-not-shown",
        "blood-count-before-restart",
        "counts-too-low-to-restart",
        "counts-recovered-restart",
        "patient-survey-before-restart",
    },
}
OFF = {
    "start": {
        "anc-low-on-treatment",
        "blood-count-due",
        "pregnancy-test-due",
        "restart-with-rash",
        "neuropathy-on-treatment",
        "follow-up-plan-after-stop",
        "neuropathy-after-stopping",
        "two-methods-missing-in-course",
    },
    "visit": {
        "first-pregnancy-test-missing",
        "baseline-laboratory-tests",
        "restart-with-rash",
        "counts-recovered-restart",
        "follow-up-plan-after-stop",
        "two-methods-missing-after-last-dose",
        "neurological-baseline-missing",
    },
    "stop": {
        "dose-above-800",
        "anc-low-on-treatment",
        "first-pregnancy-test-missing",
        "risk-benefit-not-on-file",
        "restart-with-rash",
        "prescription-over-the-limits",
        "patient-survey-due",
    },
    "restart": {
        "anc-low-on-treatment",
        "rash-not-cleared-on-treatment",
        "neuropathy-on-treatment",
        "follow-up-plan-after-stop",
        "neuropathy-after-stopping",
        "dose-not-once-at-bedtime",
    },
}


@cache
def linked() -> Linked:
    """Return the packaged rules under the profile of the forms."""
    return link(packaged_rules(), "us", DAY)


@cache
def naming() -> forms.Naming:
    """Return the titles of the packaged definitions."""
    return forms.Naming({name: found.title for name, found in packaged_rules().definitions.items()}, "0")


@cache
def concerns(name: str) -> dict[str, Concern]:
    """Return the rules that can concern a stage."""
    return {concern.rule.id: concern for concern in Outlook(linked(), STAGE[name], DAY).concerns()}


@cache
def form(name: str) -> Form:
    """Return the form of a stage."""
    return forms.form(linked(), STAGE[name], DAY, naming())


@cache
def numbers(*only: str) -> ParameterSheet:
    """Return the parameter sheet, or that of a topic."""
    return parameter_sheet.sheet(linked(), DAY, "0", only)


@cache
def printed(name: str, paper: str) -> bytes:
    """Return a whole form or the whole parameter sheet as PDF."""
    return pdf_forms.render(numbers() if name == "parameters" else form(name), paper)


def acts(made: Form) -> list[Act]:
    """Return every rule of a form, in order."""
    return [act for part in made.parts for group in part.acts for act in group.acts]


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["forms", *arguments, "--rules", str(RULES)])


# ---------------------------------------------------------------- which rules


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_has_its_rules(name: str) -> None:
    """Rules that clinicians expect at a stage are on its form."""
    assert ON[name] - concerns(name).keys() == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_has_no_rules_of_others(name: str) -> None:
    """Rules that suppose something else are not."""
    assert OFF[name] & concerns(name).keys() == set()


def test_every_rule_in_force_concerns_some_stage() -> None:
    """No rule is on no form, but for one on a pause that nobody plans to end: no form has that."""
    on_some = set().union(*(concerns(name) for name in NAMES))
    assert {rule.id for rule in linked().program.rules} == on_some | {"settled-symptom-restart"}


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_stands_once(name: str) -> None:
    """Every rule that can concern the stage is on the form exactly once, numbered without a gap."""
    found = acts(form(name))
    assert Counter(act.rule for act in found) == Counter(list(concerns(name)))
    assert [act.number for act in found] == list(range(1, len(found) + 1))
    assert form(name).counts.startswith(f"{len(found)} of {len(linked().rules)} rules")


def courses(name: str, rng: random.Random, state: PatientFacts) -> Treatment:
    """Return the patient's course as it would be at a stage: what the stage supposes, and the rest as it is."""
    known = state.treatment or Treatment.model_validate({})
    day = state.as_of
    dates = some_dates(rng, state)
    open_ = known.model_copy(update={"planned_start": next(dates), "planned_restart": next(dates), "stopped": None})
    if name == "visit":
        pauses = known.interruptions and tuple(pause for pause in known.interruptions if pause.stop is not None)
        return open_.model_copy(update={"status": "active", "interruptions": pauses})
    if name == "stop":
        stopped = rng.choice([None, day, known.stopped])
        return open_.model_copy(update={"status": "stopped", "stopped": stopped, "planned_restart": None})
    untouched = {"status": "planned", "doses": (), "interruptions": (), "planned_restart": None}
    if name == "start":
        return open_.model_copy(update={**untouched, "earlier_courses": ()})
    if rng.random() < 0.5:
        restart = next(date for date in dates if date is not None)
        return open_.model_copy(update={"status": "interrupted", "planned_restart": restart})
    ends = [course for course in known.earlier_courses or () if course.stop is not None]
    earlier = tuple(ends) or (EarlierCourse.model_validate({"stop": rng.choice(["2025-01-10", "2025", "2024-05"])}),)
    return open_.model_copy(update={**untouched, "earlier_courses": earlier})


def some_dates(rng: random.Random, state: PatientFacts) -> Iterator[When | None]:
    """Return dates without end, near the patient's day and far from it, some missing."""
    while True:
        year = int(state.as_of.text[:4]) + rng.choice([-1, 0, 0, 0, 1])
        day = f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        written = rng.choice([day, day, str(year), None])
        yield Treatment.model_validate({"planned_start": written}).planned_start


def at_stage(name: str, rng: random.Random) -> PatientFacts:
    """Return an example patient, put into a stage, with some of the record left out."""
    loaded = rng.choice(list(example_patients().values()))
    assert loaded.state is not None
    state = cast("PatientFacts", loaded.state)
    gone = [field for field in PatientFacts.model_fields if field not in {"as_of", "treatment"} and rng.random() < 0.25]
    return state.model_copy(update={"treatment": courses(name, rng, state), **dict.fromkeys(gone)})


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10**9))
def test_nothing_that_can_matter_is_left_out(name: str, seed: int) -> None:
    """Whatever is recorded of a patient at a stage: a rule that applies or cannot be told is on the stage's form."""
    state = at_stage(name, random.Random(seed))
    answers = features.answer(linked().program.features, state, linked().lexicon)
    open_ = {id_ for id_, truth in reference.run(linked().program, answers).items() if truth is not FALSE}
    assert open_ - concerns(name).keys() == set()


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10**9))
def test_what_is_left_of_a_condition_means_the_same(name: str, seed: int) -> None:
    """What stands on a form is true for the same patients of its stage as the rule itself."""
    state = at_stage(name, random.Random(seed))
    answers = features.answer(linked().program.features, state, linked().lexicon)
    for rule in linked().program.rules:
        concern = concerns(name).get(rule.id)
        if concern is None or (concern.way and not right_way(concern, state)):
            continue
        rest = concern.rest
        found = rest if isinstance(rest, Truth) else reference.evaluate(simplified(rest), answers)
        assert (found is TRUE) is (reference.evaluate(rule.when, answers) is TRUE), rule.id


def right_way(concern: Concern, state: PatientFacts) -> bool:
    """Whether a patient's course stands in the way that a rule was told for."""
    assert state.treatment is not None
    return (concern.way == "new course planned") is (state.treatment.status == "planned")


@given(seed=st.integers(0, 10**9))
def test_a_simpler_condition_is_true_for_the_same_answers(seed: int) -> None:
    """Conditions made simpler stay true and stay untrue, on random programs."""
    rng = random.Random(seed)
    made = strategies.program(rng, 4, 4, 4)
    answers = strategies.answers(rng, made.features)
    for rule in made.rules:
        simple = reference.evaluate(simplified(rule.when), answers)
        assert (simple is TRUE) is (reference.evaluate(rule.when, answers) is TRUE)


@given(seed=st.integers(0, 10**9))
def test_packaged_conditions_made_simpler_are_true_for_the_same_patients(seed: int) -> None:
    """The same for every part of the packaged conditions, on patients as they are recorded."""
    rng = random.Random(seed)
    state = at_stage(rng.choice(NAMES), rng)
    answers = features.answer(linked().program.features, state, linked().lexicon)
    for node in rng.sample(every_node(), 400):
        simple = reference.evaluate(simplified(node), answers)
        assert (simple is TRUE) is (reference.evaluate(node, answers) is TRUE), node


@cache
def every_node() -> list[Node]:
    """Return every part of a condition of the packaged rules and schedules, each once."""
    phases = [phase.when for schedule in linked().schedules.values() for phase in schedule.phases if phase.when]
    todo = [*(rule.when for rule in linked().program.rules), *phases]
    found: dict[Node, None] = {}
    while todo:
        node = todo.pop()
        if node not in found:
            found[node] = None
            todo += [node.part] if isinstance(node, Not) else getattr(node, "parts", ())
    return list(found)


# ---------------------------------------------------------------- numbers


def pinned(node: Node | Truth) -> Iterator[Pinned]:
    """Return every number that a condition rests on."""
    for leaf in () if isinstance(node, Truth) else leaves(simplified(node)):
        if isinstance(leaf, Compare) and leaf.parameter is not None:
            yield leaf.parameter
        yield from leaf.feature.pinned


def said(number: Pinned) -> str:
    """Return a number as it stands on a form."""
    value = (
        abs(number.value) if number.name in {s.opens_before.name for s in linked().schedules.values()} else number.value
    )
    text = plainly(wording.quantity(value, number.unit))
    return f"{text.partition(' ')[0]}" if not text.partition(" ")[2] else text


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_condition_is_told(name: str) -> None:
    """Every number that a condition of the form rests on stands there, and those of ours are marked."""
    made = form(name)
    shared = " ".join(m.text for part in made.parts for m in (*part.often, *part.meanings))
    text = {a.rule: f"{group.lead} {a.when} {shared}" for p in made.parts for group in p.acts for a in group.acts}
    for rule, concern in concerns(name).items():
        for number in pinned(concern.rest):
            if number.plain_count:
                continue  # said as "no", "any" or "today"
            wanted = re.escape(said(number))
            marked = rf"(?<![\d.]){wanted}{OURS}" if number.assumption else rf"(?<![\d.]){wanted}(?![\d{OURS}])"
            words = marked.replace("\\ ", f"{OURS}? ") if number.assumption else marked
            assert re.search(words, text[rule]) or re.search(wanted + OURS, text[rule]), (rule, number.name, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_every_deadline_is_told(name: str) -> None:
    """Whoever has until later is told until when, and that the time is ours."""
    rules = {rule.id: rule for rule in linked().rules}
    for act in acts(form(name)):
        deadline = rules[act.rule].deadline
        if deadline is not None and not rules[act.rule].due_from:
            assert f"{said(deadline)}{OURS if deadline.assumption else ''}" in act.who
        if rules[act.rule].due_from:
            assert "on its date" in act.who.lower()


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_told(name: str) -> None:
    """Each rule's numbers lead to its sources and places, and to no others."""
    made = form(name)
    places = {
        int(number): (source.name.partition(",")[0], at)
        for source in made.sources
        for number, at in re.findall(r"\[(\d+)\] (.*?)(?=; \[|$)", source.text)
    }
    rules = {rule.id: rule for rule in linked().rules}
    for act in acts(made):
        wanted = {(c.source, forms.place(c.locator)) for c in rules[act.rule].guidance if c.in_force}
        assert {places[int(number)] for number in act.sources.split(", ")} == wanted


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("name", NAMES)
def test_a_question_stands_once(name: str) -> None:
    """Nothing is asked twice in the same way."""
    made = form(name)
    families = [*made.families, *(family for part in made.parts for family in part.families)]
    asked = Counter((family.title, one.text) for family in families for one in family.asked)
    assert asked
    assert [key for key, count in asked.items() if count > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_explained(name: str) -> None:
    """What a condition names stands on the form with its meaning, once."""
    made = form(name)
    explained = Counter(meaning.name for part in made.parts for meaning in part.meanings)
    texts = [act.when for act in acts(made)] + [group.lead for part in made.parts for group in part.acts]
    texts += [m.text for part in made.parts for m in (*part.often, *part.meanings)]
    used = {found for text in texts for found in re.findall(r"“([^”]*)”", text)}
    assert used <= explained.keys()
    assert set(explained.values()) <= {1}


@pytest.mark.parametrize("name", NAMES)
def test_questions_alone_are_explained_too(name: str) -> None:
    """On a form of questions only, what a schedule names is explained; what only rules name is not."""
    made = forms.form(linked(), STAGE[name], DAY, naming(), forms.Choice(part="ask"))
    explained = {meaning.name for meaning in made.meanings}
    texts = [one.text for part in made.parts for one in part.often] + [meaning.text for meaning in made.meanings]
    assert {found for text in texts for found in re.findall(r"“([^”]*)”", text)} == explained
    page = plain_forms.text(made)
    assert all(f"{name}: " in re.sub(r"\s+", " ", page) for name in explained)


@pytest.mark.parametrize("name", NAMES)
def test_brackets_are_closed(name: str) -> None:
    """Brackets that hold alternatives together come in pairs."""
    for act in acts(form(name)):
        for opening, closing in ("[]", "()", "“”"):
            assert act.when.count(opening) == act.when.count(closing), act.when


@pytest.mark.parametrize("name", NAMES)
def test_pauses_come_often_enough(name: str) -> None:
    """At most nine items stand between two pause points."""
    since = 0
    for part in form(name).parts:
        for group in part.acts:
            since = len(group.acts) if group.pause else since + len(group.acts)
            assert since <= PAUSE_AT


def test_a_few_conditions_read_like_this() -> None:
    """Conditions that a nurse meets often, word for word."""
    told = {act.rule: act.when for act in acts(form("visit"))}
    assert told["anc-low-on-treatment"] == "absolute neutrophil count (last 31 days†) below 750 per cubic millimetre"
    assert told["blood-count-overdue"] == "neutrophil count, platelet count, white cell count or haemoglobin overdue"
    assert told["driving-counselling-missing"] == "no counselling on drowsiness, driving and machines on file"
    assert told["supply-not-on-file"] == "latest prescription not recorded or latest dispensing not recorded"
    assert told["blood-donation-planned-in-risk-period"] == "blood donation today or after"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", [plain_forms.text, plain_forms.markdown])
def test_no_patient_is_on_a_form(name: str, write: object) -> None:
    """No label of an example patient stands on a form; that it is generic does."""
    page = write(form(name))  # type: ignore[operator]  # one of two functions
    labels = {loaded.state.patient.label for loaded in example_patients().values() if loaded.state}
    assert [label for label in labels if label and label in page] == []
    assert "GENERIC FORM · no patient" in page
    assert "This form supposes:" in page
    assert "Second identifier" in page
    for act in acts(form(name)):
        assert act.rule in page


def test_recorded_form(request: pytest.FixtureRequest) -> None:
    """The form of the last stage is as recorded, letter by letter."""
    made = plain_forms.text(form("stop"))
    found, file = re.sub(r"\([0-9a-f]{12}\)", "(<digest>)", made), GOLDEN / "form-stop.txt"
    if request.config.getoption("--accept"):
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8")
    assert max(map(len, found.splitlines())) <= 92


# ---------------------------------------------------------------- the parameter sheet


def test_every_number_stands_once() -> None:
    """Every number in force is on the sheet, once, with its value, source, mark and, where it is ours, its reason."""
    sheet = numbers()
    told = [one for group in (*sheet.first, *sheet.groups) for one in group.numbers] + list(sheet.plain)
    assert [one.name for one in sheet.reasons.numbers] == sorted(
        one.name for group in sheet.first for one in group.numbers if one.ours
    )
    assert all(len(one.source) > len("project: ") for one in sheet.reasons.numbers)
    assert Counter(one.name for one in told) == Counter(list(linked().parameters))
    for one in told:
        known = linked().parameters[one.name]
        assert one.value.rstrip(OURS) == plainly(wording.quantity(known.value, known.unit))
        assert one.value.endswith(OURS) is one.ours is known.assumption
        assert one.source.startswith(known.source)
    page = plain_forms.text(sheet)
    assert all(re.search(rf"\b{one.name}\b", page) for one in told)
    assert f"{len(told)} numbers, {sum(one.ours for one in told)} of them" in sheet.counts


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("topic", sorted(packaged_rules().topics))
def test_a_topics_numbers_fit_one_page(topic: str, paper: str) -> None:
    """The sheet of one topic is one page, two where it has more than fifty numbers, with the sign-off on the last."""
    sheet = numbers(topic)
    pages = pypdfium2.PdfDocument(pdf_forms.render(sheet, paper))
    assert len(pages) <= (1 if sum(len(group.numbers) for group in sheet.first) <= _ON_A_PAGE else 2)
    assert "Pharmacist" in pages[len(pages) - 1].get_textpage().get_text_range()


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("profile", ["us", "eu", "uk", "br", "us+enl+paediatric+dermatology", "uk+network"])
def test_what_is_signed_is_one_page(profile: str, paper: str) -> None:
    """The first page has every number that a stop item rests on, and the only place to sign."""
    in_force = link(packaged_rules(), profile, DAY)
    made = parameter_sheet.sheet(in_force, DAY, "0")
    pages = [page.get_textpage() for page in pypdfium2.PdfDocument(pdf_forms.render(made, paper))]
    first = squeezed(pages[0].get_text_range())
    stops = {one.name for rule in in_force.rules if rule.severity == "stop" for one in used(in_force, rule.id)}
    told = {one.name: one for group in made.first for one in group.numbers}
    assert stops - {one.name for one in made.plain} <= set(told)
    assert all(squeezed(f"{one.value} {one.text} ({one.source})") in first for one in told.values())
    assert "Pharmacist" in first
    assert len(pages) > 1
    assert "Signatures" not in "".join(page.get_text_range() for page in pages[1:])


@pytest.mark.parametrize("paper", PAPERS)
def test_the_whole_sheet_is_signed_once(paper: str) -> None:
    """The whole sheet counts its pages and has one place to sign."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed("parameters", paper))]
    assert len(pages) <= 7
    assert [f"page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert sum("Signatures" in page for page in pages) == 1


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", [*NAMES, "parameters"])
def test_type_is_large_enough(name: str, paper: str) -> None:
    """No letter is smaller than ten points, and every page says what it is."""
    for page in pypdfium2.PdfDocument(printed(name, paper)):
        text = page.get_textpage()
        sizes = {
            round(pypdfium2.raw.FPDFText_GetFontSize(text, index), 2)
            for index in range(text.count_chars())
            if text.get_text_range(index, 1).strip()
        }
        assert min(sizes) >= SMALLEST
        head = text.get_text_range(0, 120)
        assert "no patient" in head
        assert "not a medical device" in head


def squeezed(text: str) -> str:
    """Return a text without its spaces, and without hyphens, which read otherwise at the end of a line."""
    return re.sub(r"[\s\ufffe\u00ad-]", "", text)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", NAMES)
def test_no_item_is_split(name: str, paper: str) -> None:
    """Every item stands whole on one page, in one column."""
    pages = [page.get_textpage() for page in pypdfium2.PdfDocument(printed(name, paper))]
    letters = [
        [(index, char) for index in range(page.count_chars()) if (char := squeezed(page.get_text_range(index, 1)))]
        for page in pages
    ]
    texts = ["".join(char for _, char in page) for page in letters]
    for act in acts(form(name)):
        when = f"If {act.when}." if act.when else ""
        who = f"{act.who}." if act.who else ""
        wanted = squeezed(f"{act.number}{act.signal}: {act.action}{when}{who}[{act.sources}]")
        where = [(number, text.find(wanted)) for number, text in enumerate(texts) if wanted in text]
        assert len(where) == 1, act.rule
        number, start = where[0]
        boxes = [pages[number].get_charbox(index) for index, _ in letters[number][start : start + len(wanted)]]
        assert max(box[2] for box in boxes) - min(box[0] for box in boxes) < pages[number].parent.get_width() / 2
        climbs = [later[1] - earlier[3] for earlier, later in pairwise(boxes)]  # a quotation mark stands above a comma
        assert max(climbs, default=0) < SMALLEST, act.rule


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_no_book(name: str, paper: str) -> None:
    """A whole form, and the questions alone, have no more pages than they were found to need."""
    assert len(pypdfium2.PdfDocument(printed(name, paper))) <= MOST_PAGES[name]
    questions = forms.form(linked(), STAGE[name], DAY, naming(), forms.Choice(part="ask"))
    assert len(pypdfium2.PdfDocument(pdf_forms.render(questions, paper))) <= MOST_TO_ASK


@pytest.mark.parametrize("name", [*NAMES, "parameters"])
def test_the_same_form_again_is_the_same(name: str) -> None:
    """The same input gives the same bytes."""
    again = pdf_forms.render(numbers() if name == "parameters" else form(name), "a4")
    assert again == printed(name, "a4")


@pytest.mark.parametrize("name", [*NAMES, "parameters"])
def test_the_pdf_says_that_it_is_accessible(name: str) -> None:
    """The file is marked as PDF/UA-1 and PDF/A-2a, which the typesetter grants only when it is."""
    content = printed(name, "letter")
    assert re.search(rb"pdfuaid:part>1<", content)
    assert re.search(rb"pdfaid:part>2<", content)
    assert re.search(rb"pdfaid:conformance>A<", content)
    assert b"fictional patient" not in content


# ---------------------------------------------------------------- the command


def test_the_command_prints_a_form() -> None:
    """Without a file the text is printed."""
    found = run("stop", "--as-of", DAY.isoformat())
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("GENERIC FORM")
    assert f"as of {DAY}" in found.stdout


@pytest.mark.parametrize("ending", ["pdf", "md", "txt"])
@pytest.mark.parametrize("kind", ["restart", "parameters"])
def test_the_command_writes_a_form(kind: str, ending: str, tmp_path: Path) -> None:
    """The ending of the file says how."""
    file = tmp_path / f"form.{ending}"
    found = run(kind, "-o", str(file), "--paper", "letter")
    assert found.exit_code == 0, found.output
    starts = {"pdf": b"%PDF-", "md": b"# ", "txt": b"GENERIC FORM" if kind == "restart" else b"PARAMETER SHEET"}
    assert file.read_bytes().startswith(starts[ending])


def test_a_topic_and_a_part_can_be_chosen() -> None:
    """A choice prints less, and says so."""
    found = run("visit", "--only", "haematology", "--part", "ask").stdout
    assert "Shown: only haematology. Not the whole form." in found
    assert "Shown: only the questions." in found
    assert "absolute neutrophil count" in found
    assert "ACT." not in found
    assert "BLOOD COUNTS" in run("visit", "--only", "haematology", "--part", "act").stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["begin"], "'begin' is not one of"),
        (["start", "--only", "heamatology"], "`heamatology` is not a topic"),
        (["parameters", "--part", "ask"], "the parameter sheet has no parts"),
        (["start", "--format", "pdf"], "a PDF is not for the terminal"),
        (["start", "-o", "form.docx"], "the ending `.docx` names no format"),
        (["start", "--profile", "mars"], "`mars` is not a profile"),
    ],
)
def test_mistakes_are_told(arguments: list[str], wanted: str) -> None:
    """A mistake is a message, never a traceback."""
    found = run(*arguments)
    assert found.exit_code != 0
    assert wanted in f"{found.output}{found.exception}"


def test_a_form_without_anything_on_it_is_told(workshop: Workshop) -> None:
    """A topic whose rules suppose another stage, or use no number, has no form and no sheet."""
    workshop.write("education/topic.yaml", "topic: education\ntitle: Education\ndescription: What is told.\n")
    workshop.rule("not-told", {"fact": "treatment_status", "is": "planned"})
    (workshop.root / "haematology" / "not-told.yaml").rename(workshop.root / "education" / "not-told.yaml")
    for arguments, wanted in (
        (["stop", "--only", "education"], "no rule of education can concern the stage stop"),
        (["parameters", "--only", "education"], "no number is used by education"),
    ):
        found = CliRunner().invoke(cli, ["forms", *arguments, "--rules", str(workshop.root)])
        assert found.exit_code != 0
        assert wanted in f"{found.output}{found.exception}"
