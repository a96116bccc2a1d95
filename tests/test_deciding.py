"""What would settle an open verdict, what clears an item, and what becomes of it by itself."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest

import strategies
from building import DAY, EXAMPLES, RULES, packaged_rules
from thalsafety import features
from thalsafety.checklists import Outcome, deciding
from thalsafety.checklists.deciding import settling
from thalsafety.checklists.foreseeing import foresee
from thalsafety.checklists.settling import possible
from thalsafety.coverage.clearing import clearing, outlook, with_outlooks
from thalsafety.engines import reference
from thalsafety.linking.linker import link
from thalsafety.loading.patients import load_patient_states
from thalsafety.model.checklist import CheckDocument
from thalsafety.model.when import When
from thalsafety.prepared import Prepared
from thalsafety.program import Known, leaves
from thalsafety.rendering import html, plain, sheets, text
from thalsafety.rendering import json as as_json
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.checklists import Checklist, Finding
    from thalsafety.program import Answer, Feature, Node
    from thalsafety.truth import Truth

MOST_CLAUSES = 10
MOST_OPEN = 6
"""Open questions of a packaged rule up to which every combination of answers is tried."""


def open_condition(seed: int) -> tuple[Node, list[Feature], list[Answer]] | None:
    """Return a random condition of at most ten clauses whose verdict is open, with its open questions."""
    rng = random.Random(seed)
    asked = strategies.features(rng, 5)
    when = strategies.node(rng, asked, 3)
    answers = strategies.answers(rng, asked)
    if not 1 < len(leaves(when)) <= MOST_CLAUSES or reference.evaluate(when, answers) is not UNKNOWN:
        return None
    open_ = [
        feature
        for feature in dict.fromkeys(leaf.feature for leaf in leaves(when))
        if not (isinstance(given := answers[feature.index], Known) and given.low == given.high)
    ]
    return when, open_, answers


def decides(when: Node, chosen: Sequence[Feature], answers: list[Answer]) -> list[Truth]:
    """Return the verdict for every combination of answers to some questions, the others as they are."""
    choices = [possible([leaf for leaf in leaves(when) if leaf.feature == f], answers[f.index]) for f in chosen]
    verdicts = []
    for given in product(*choices):
        trial = dict(enumerate(answers))
        trial.update({feature.index: answer for feature, answer in zip(chosen, given, strict=True)})
        verdicts.append(reference.evaluate(when, trial))
    return verdicts


def smallest(sets: list[frozenset[Feature]]) -> set[frozenset[Feature]]:
    """Return the sets that hold no other one."""
    return {one for one in sets if not any(other < one for other in sets)}


@pytest.mark.untraced  # many turns through code that other tests measure
@pytest.mark.parametrize("start", range(0, 3000, 300))
def test_settling_equals_trying_everything(start: int) -> None:
    """The smallest sets that can settle, and those that settle surely, are those of all combinations of answers."""
    tried = 0
    for seed in range(start, start + 300):
        made = open_condition(seed)
        if made is None:
            continue
        tried += 1
        when, open_, answers = made
        settled_alike(when, open_, answers)
    assert tried > 10


@pytest.mark.untraced  # many turns through code that other tests measure
def test_settling_of_packaged_rules_equals_trying_everything() -> None:
    """The same for the packaged rules of at most ten clauses, in every worked example that cannot be told."""
    rule_set = packaged_rules()
    linked = link(rule_set, "us", DAY)
    tried = set()
    for name, when in ((rule.id, rule.when) for rule in linked.program.rules):
        asked = list(dict.fromkeys(leaf.feature for leaf in leaves(when)))
        if len(leaves(when)) > MOST_CLAUSES:
            continue
        for example, _ in rule_set.examples(rule_set.rules[name]):
            answers = features.answer(linked.program.features, example.given, linked.lexicon)
            if reference.evaluate(when, answers) is not UNKNOWN:
                continue
            open_ = [one for one in asked if not (isinstance(had := answers[one.index], Known) and had.low == had.high)]
            if len(open_) <= MOST_OPEN:
                tried.add(name)
                settled_alike(when, open_, answers)
    assert len(tried) > 50


def settled_alike(when: Node, open_: list[Feature], answers: list[Answer]) -> None:
    """Hold what would settle a condition against trying every combination of answers."""
    found = settling(when, open_, answers)
    sets = [frozenset(chosen) for size in range(1, len(open_) + 1) for chosen in combinations(open_, size)]
    verdicts = {one: decides(when, sorted_(one), answers) for one in sets}
    for verdict in (TRUE, FALSE):
        ways = [frozenset(feature for feature, _ in way.answers) for way in found.ways if way.verdict is verdict]
        assert smallest(ways) == smallest([one for one in sets if verdict in verdicts[one]])
    if found.surely is not None:
        surely = {frozenset(one) for one in found.surely}
        assert surely == smallest([one for one in sets if UNKNOWN not in verdicts[one]])


def sorted_(features: frozenset[Feature]) -> list[Feature]:
    """Return questions in the order of their numbers."""
    return sorted(features, key=lambda feature: feature.index)


@pytest.mark.untraced  # many turns through code that other tests measure
@pytest.mark.parametrize("seed", range(200))
def test_a_way_leads_to_its_verdict(seed: int) -> None:
    """With any of the answers that a way names, the verdict is the one it promises."""
    made = open_condition(seed)
    if made is None:
        return
    when, open_, answers = made
    for way in settling(when, open_, answers).ways:
        for given in product(*(choices for _, choices in way.answers)):
            trial = dict(enumerate(answers))
            trial.update({feature.index: answer for (feature, _), answer in zip(way.answers, given, strict=True)})
            assert reference.evaluate(when, trial) is way.verdict


# ---------------------------------------------------------------- one item of one patient


def found_in(name: str, rule: str) -> tuple[Prepared, Checklist, Finding]:
    """Return the finding of one rule for one example patient."""
    rule_set = packaged_rules()
    prepared = Prepared(RULES)
    loaded = load_patient_states(EXAMPLES / name, rule_set.lexicon, list(rule_set.profiles))[0]
    assert loaded.state is not None
    checklist = prepared.checker("us", loaded.state.as_of.day()).check(loaded.state)
    return prepared, checklist, next(finding for finding in checklist.findings if finding.rule.id == rule)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("neutrophils-600-per-microlitre.yaml", "anc-low-on-treatment"),
        ("woman-stopped-three-weeks-ago.yaml", "two-methods-missing-after-last-dose"),
        ("nerve-examination-missed-in-month-two.yaml", "neurological-examination-due"),
        ("tingling-after-three-weeks.yaml", "neuropathy-on-treatment"),
    ],
)
def test_what_becomes_of_an_item_is_what_checks_of_every_day_say(name: str, rule: str) -> None:
    """The first day on which the rule stops applying, or is covered, is the first one on which a real check says so."""
    prepared, checklist, finding = found_in(name, rule)
    ahead = foresee(checklist, finding, 60)
    first: tuple[str, date] | None = None
    for days in range(1, 61):
        day = checklist.state.as_of.day() + timedelta(days=days)
        state = checklist.state.model_copy(update={"as_of": When.parse(day)})
        later = next(f for f in prepared.checker("us", day).check(state).findings if f.rule.id == rule)
        if later.superseded_by:
            first = ("covered", day)
        elif later.outcome.value != "applies":
            first = ({"does_not_apply": "clears", "cannot_tell": "opens"}[later.outcome.value], day)
        if first:
            break
    told = [(word, day) for word, day in (("clears", ahead.clears), ("opens", ahead.opens), ("covered", ahead.covered))]
    assert [pair for pair in told if pair[1]] == ([first] if first else [])


def test_what_clears_an_item_is_told() -> None:
    """A count at the limit clears a low count; one under it does not."""
    _, checklist, finding = found_in("neutrophils-600-per-microlitre.yaml", "anc-low-on-treatment")
    changes = clearing(checklist, finding)
    assert "Absolute neutrophil count today: 0.75 10*9/L" in changes
    assert not any("0.749" in said for said in changes)


def test_what_cannot_be_changed_is_no_way_out() -> None:
    """Neither sex, nor birth date, nor what has happened is among the changes."""
    for name, rule in (
        ("woman-positive-test-on-treatment.yaml", "pregnancy-suspected-or-confirmed"),
        ("woman-week-2-pregnancy-test-overdue.yaml", "pregnancy-test-overdue"),
    ):
        _, checklist, finding = found_in(name, rule)
        for said in clearing(checklist, finding):
            assert not any(word in said for word in ("sex", "birth", "age", "not recorded", "without"))


def test_surgery_is_no_way_out() -> None:
    """An operation is not told as something that would clear an item; a fact that was never recorded is."""
    _, checklist, finding = found_in("woman-much-not-recorded.yaml", "reproductive-potential-unsettled")
    changes = clearing(checklist, finding)
    assert "menstrual status recorded as menstruating" in changes
    assert not any("ectomy" in said for said in changes)


def test_every_finding_that_is_asked_for_has_an_outlook() -> None:
    """What applies is told what clears it and what time does; what is open, how it would be settled."""
    _, checklist, _ = found_in("woman-much-not-recorded.yaml", "pregnancy-alarm")
    looked = with_outlooks(checklist)
    assert looked.outlooks is not None
    assert looked.outlooks.keys() == {finding.rule.id for finding in (*checklist.items, *checklist.unknown)}
    for finding in checklist.items:
        assert looked.outlooks[finding.rule.id].ahead is not None
    for finding in checklist.unknown:
        found = looked.outlooks[finding.rule.id]
        assert found.settling is not None
        assert found.best in {None, Outcome.DOES_NOT_APPLY, Outcome.CANNOT_TELL}
        assert found.worst in {None, Outcome.APPLIES, Outcome.CANNOT_TELL}


def test_too_many_ways_are_neither_listed_nor_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ways to a verdict are too many to look through, the outcome is not called out of reach."""
    _, checklist, finding = found_in("woman-much-not-recorded.yaml", "pregnancy-alarm")
    assert outlook(checklist, finding).best is Outcome.DOES_NOT_APPLY
    monkeypatch.setattr(deciding, "_MOST", 0)
    found = outlook(checklist, finding)
    assert found.best is None
    assert found.settling is not None
    assert found.settling.too_many
    assert {way.verdict for way in found.settling.ways}.isdisjoint(found.settling.too_many)


def test_the_outlook_stands_on_every_kind_of_page_when_asked_for() -> None:
    """`--what-if` adds the same sentences to the terminal, the sheets and, whole, to JSON; without it none is there."""
    _, checklist, finding = found_in("neutrophils-600-per-microlitre.yaml", "anc-low-on-treatment")
    looked = with_outlooks(checklist)
    said = "If nothing is done and nothing else happens"
    assert said in " ".join(text.plain(text.render(looked, "x.yaml")).split())
    assert said not in text.plain(text.render(checklist, "x.yaml"))
    document = sheets.document([sheets.sheet(looked, "x.yaml", "1")], [])
    assert said in " ".join(plain.text(document).split())
    assert said in plain.markdown(document)
    assert said in html.render(document, "").decode()
    written = json.loads(as_json.render([("x.yaml", None, looked)], [], "1"))
    CheckDocument.model_validate(written)
    outlooks = {f["rule"]: f["outlook"] for f in written["checks"][0]["findings"] if "outlook" in f}
    assert "Absolute neutrophil count today: 0.75 10*9/L" in outlooks[finding.rule.id]["clearing"]
    assert looked.outlooks is not None
    assert outlooks.keys() == looked.outlooks.keys()


def test_what_would_settle_is_whole_in_json() -> None:
    """Every way is written with its outcome, its questions and the answers that serve."""
    _, checklist, finding = found_in("woman-much-not-recorded.yaml", "pregnancy-alarm")
    looked = with_outlooks(checklist)
    written = json.loads(as_json.render([("x.yaml", None, looked)], [], "1"))
    CheckDocument.model_validate(written)
    (found,) = (f["outlook"]["settling"] for f in written["checks"][0]["findings"] if f["rule"] == finding.rule.id)
    assert (found["best"], found["worst"]) == ("does_not_apply", "applies")
    expected = outlook(checklist, finding).settling
    assert expected is not None
    assert len(found["ways"]) == len(expected.ways)
    shortest = found["ways"][0]
    assert shortest["outcome"] == "does_not_apply"
    assert {"question": "surgery after which pregnancy is impossible done", "answer": "yes"} in [
        answer for way in found["ways"] for answer in way["answers"]
    ]
