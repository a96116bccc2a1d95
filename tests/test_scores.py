"""Scores: totals as ranges when something is not known, what decides, and what is shown beside it."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest

from building import DAY, Workshop, facts
from thalsafety import features
from thalsafety.checklists import Checker
from thalsafety.checklists.scoring import Total, tally
from thalsafety.engines import reference
from thalsafety.engines.rete import Rete
from thalsafety.linked import LinkedPoints, LinkedScore, State
from thalsafety.linking import codec
from thalsafety.linking.linker import link, link_problems
from thalsafety.linking.totals import Points, reaches
from thalsafety.model.checklist import CheckDocument
from thalsafety.mutating.mutants import SCORE, mutants
from thalsafety.program import AnswerType, Compare, Comparison, Feature, Known, Origin, Pinned, Unsure
from thalsafety.rendering import json as as_json
from thalsafety.rendering import plain, sheets, text
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.checklists import Checklist
    from thalsafety.loading.rules import RuleSet
    from thalsafety.program import Answer

ANSWERS: tuple[Answer, ...] = (Known("yes", "yes"), Known("no", "no"), Unsure("not recorded"))
TRUTHS = {"yes": TRUE, "no": FALSE}


def pinned(value: int) -> Pinned:
    """Return a number."""
    number = Decimal(value)
    return Pinned("n", number, "1", number, "a number", "project", "x", "2020-01-01", "2026-01-15")


def random_score(seed: int) -> tuple[LinkedScore, int]:
    """Return a score of some groups over questions of their own, and how many questions there are."""
    rng = random.Random(seed)
    groups = []
    count = 0
    for _ in range(rng.randint(1, 4)):
        group = []
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            feature = Feature("trait", f"t{count}", (), AnswerType.WORD, "", (), count)
            when = Compare(feature, Comparison.IN, frozenset({"yes"}))
            group.append(
                LinkedPoints(f"item {count}", pinned(rng.choice([-4, -3, -1, 1, 2, 3, 5])), when, recorded_race=False)
            )
            count += 1
        groups.append(tuple(group))
    return LinkedScore("made", "Made", tuple(groups), ()), count


def added(score: LinkedScore, answers: Sequence[Answer]) -> set[Decimal]:
    """Return every total that some completion of the answers gives, by trying all of them."""
    open_ = [place for place, answer in enumerate(answers) if not isinstance(answer, Known)]
    totals = set()
    for given in product(ANSWERS[:2], repeat=len(open_)):
        whole = list(answers)
        for place, answer in zip(open_, given, strict=True):
            whole[place] = answer
        total = Decimal(0)
        for group in score.groups:
            first = (one.points.operand for one in group if reference.evaluate(one.when, whole) is TRUE)
            total += next(first, Decimal(0))
        totals.add(total)
    return totals


@pytest.mark.parametrize("seed", range(150))
def test_a_comparison_is_decided_exactly_when_every_possible_total_agrees(seed: int) -> None:
    """True when the lowest total is enough, false when the highest is not, unknown between."""
    score, count = random_score(seed)
    rng = random.Random(seed)
    groups = [[Points(one.points.operand, one.when) for one in group] for group in score.groups]
    for _ in range(30):
        answers = [rng.choice(ANSWERS) for _ in range(count)]
        totals = added(score, answers)
        found = tally(score, answers)
        assert found.decides == (min(totals), max(totals))
        least = Decimal(rng.randint(-8, 10))
        expected = TRUE if min(totals) >= least else FALSE if max(totals) < least else UNKNOWN
        assert reference.evaluate(reaches(groups, least, Origin()), answers) is expected


# ---------------------------------------------------------------- written scores


def points(item: str, number: str, when: object, **more: object) -> dict[str, object]:
    """Return one line of a score."""
    return {"name": item, "points": number, "when": when, **more}


EVENT = {"event_active": "rash"}
HIGH = {"latest": "anc", "above": "count_high"}
MIDDLE = {"latest": "anc", "at_least": "count_middle"}
ITEMS = [
    points("A rash", "three", EVENT),
    {"first_of": [points("A high count", "two", HIGH), points("A middling count", "one", MIDDLE)]},
    points("Recorded race", "minus_three", {"trait": "race"}, recorded_race=True),
]
BANDS: list[dict[str, object]] = [{"name": "low"}, {"name": "high", "at_least": "enough"}]


@pytest.fixture
def scored(workshop: Workshop) -> Workshop:
    """Return a rule set with a score, and a rule for each comparison with it."""
    for name, value in (("one", 1), ("two", 2), ("three", 3), ("minus_three", -3), ("enough", 2)):
        workshop.number(name, "1", value)
    workshop.number("count_high", "10*9/L", 8)
    workshop.number("count_middle", "10*9/L", 4)
    workshop.write("vocabulary/traits.yaml", "vocabulary: traits\nentries:\n  - {code: race, label: Recorded race}\n")
    workshop.score("made", ITEMS, bands=BANDS)
    for comparison in ("at_least", "above", "at_most", "below"):
        workshop.rule(f"score-{comparison.replace('_', '-')}", {"score": "made", comparison: "enough"})
    return workshop


def anc(value: float | None) -> dict[str, object]:
    """Return the observations of a patient with a count, or with none recorded."""
    if value is None:
        return {}
    return {"observations": [{"code": "anc", "value": value, "unit": "10*9/L", "date": str(DAY)}]}


def checked(workshop: Workshop, **state: object) -> Checklist:
    """Return a check by both engines, of a patient without a rash unless the state says otherwise; None is left out."""
    linked = link(workshop.load(), "us", DAY)
    known = {key: value for key, value in {"adverse_events": [], **state}.items() if value is not None}
    return Checker(linked, Rete(linked.program).run).check(facts(as_of=DAY, **known))


def verdicts(found: Checklist) -> dict[str, str]:
    """Return the outcomes of the four comparisons."""
    return {f.rule.id: f.outcome.value for f in found.findings if f.rule.id.startswith("score-")}


YES, NO, OPEN = "applies", "does_not_apply", "cannot_tell"


@pytest.mark.parametrize(
    ("state", "total", "at_least", "above", "at_most", "below"),
    [
        (anc(3.9), (0, 0), NO, NO, YES, YES),
        (anc(4), (1, 1), NO, NO, YES, YES),
        (anc(8), (1, 1), NO, NO, YES, YES),
        (anc(8.1), (2, 2), YES, NO, YES, NO),
        ({**anc(8.1), "adverse_events": None}, (2, 5), YES, OPEN, OPEN, NO),
        ({**anc(4), "adverse_events": None}, (1, 4), OPEN, OPEN, OPEN, OPEN),
        (anc(None), (0, 2), OPEN, NO, YES, OPEN),
        ({"adverse_events": [{"term": "rash", "grade": 1, "onset": str(DAY)}]}, (3, 5), YES, YES, NO, NO),
    ],
)
def test_totals_at_the_edges_of_a_band(  # noqa: PLR0913, PLR0917  a table
    state: dict[str, object],
    total: tuple[int, int],
    at_least: str,
    above: str,
    at_most: str,
    below: str,
    scored: Workshop,
) -> None:
    """Both engines agree, and each comparison is open exactly when some total would make it another one."""
    found = checked(scored, **state)
    expected = {"score-at-least": at_least, "score-above": above, "score-at-most": at_most, "score-below": below}
    assert verdicts(found) == expected
    assert tuple(map(int, tally(found.linked.scores["made"], found.answers).decides)) == total


def test_recorded_race_is_shown_and_never_decides(scored: Workshop) -> None:
    """The total without it decides; the page and the data have both."""
    state = {**anc(8.1), "patient": {"traits": ["race"]}}
    found = checked(scored, **state)
    made = tally(found.linked.scores["made"], found.answers)
    assert made.decides == Total(Decimal(2), Decimal(2))
    assert made.with_race == Total(Decimal(-1), Decimal(-1))
    assert made.bands == ("high",)
    assert verdicts(found)["score-at-least"] == YES
    said = (
        "Made-up score: 2 (high). Counted: A high count, 2 points. "
        "With recorded race (Recorded race, minus 3 points) it would be -1; that does not decide."
    )
    assert said in " ".join(text.plain(text.render(found, "x.yaml")).replace("\n", " ").split())
    document = sheets.document([sheets.sheet(found, "x.yaml", "1")], [])
    assert said in plain.markdown(document).replace("\\", "")
    written = json.loads(as_json.render([("x.yaml", None, found)], [], "1"))
    CheckDocument.model_validate(written)
    score = written["checks"][0]["scores"]["made"]
    assert score["decides"] == {"low": "2", "high": "2"}
    assert score["with_race"] == {"low": "-1", "high": "-1"}
    assert score["bands"] == ["high"]
    assert [(line["name"], line["counts"]) for line in score["lines"]] == [
        ("A rash", "false"),
        ("A high count", "true"),
        ("A middling count", "false"),
        ("Recorded race", "true"),
    ]


def test_a_range_touches_the_bands_that_it_reaches(scored: Workshop) -> None:
    """A patient of whom too little is known is in no single band, and what is not known is named with its points."""
    found = checked(scored)
    made = tally(found.linked.scores["made"], found.answers)
    assert made.bands == ("low", "high")
    page = " ".join(text.plain(text.render(found, "x.yaml")).split())
    assert "Made-up score: 0 to 2 (low or high). Not known: A high count, 2 points; A middling count, 1 point." in page


def test_the_cached_copy_of_a_score_is_the_same(scored: Workshop) -> None:
    """What the cache keeps leads to the same tally and the same verdicts."""
    linked = link(scored.load(), "us", DAY)
    copy = codec.decode(json.loads(json.dumps(codec.encode(linked))), linked.lexicon)
    assert copy.scores == linked.scores
    assert copy == linked
    answers = features.answer(linked.program.features, facts(as_of=DAY, **anc(5)), linked.lexicon)
    assert reference.run(copy.program, answers) == reference.run(linked.program, answers)


@pytest.mark.parametrize(
    ("items", "bands", "message"),
    [
        ([points("A rash", "unknown_points", EVENT)], BANDS, "`unknown_points` is not a known parameter"),
        ([points("A rash", "half", EVENT)], BANDS, "parameter `half` is 0.5: points are whole numbers"),
        (ITEMS, BANDS[1:], "the bands of score `made` do not rise from one that has no `at_least`"),
        (ITEMS, [*BANDS, *BANDS[1:]], "the bands of score `made` do not rise from one that has no `at_least`"),
        (
            [points("Itself", "one", {"score": "made", "at_least": "enough"})],
            BANDS,
            "score `made` uses itself: made -> made",
        ),
    ],
)
def test_a_score_that_cannot_be_used_is_told(
    items: list[dict[str, object]], bands: list[dict[str, object]], message: str, scored: Workshop
) -> None:
    """The mistake is named, and the rules that use the score are in error."""
    scored.number("half", "1", 0.5)
    scored.score("made", items, bands=bands)
    rule_set = scored.load()
    assert message in [problem.message for problem in link_problems(rule_set, "us", DAY)]
    found = {rule.id: rule.state for rule in link(rule_set, "us", DAY).rules}
    assert found["score-above"] is State.ERROR
    assert found["anc-low"] is State.IN_FORCE


def test_mistakes_in_a_score_are_made_and_noticed(scored: Workshop) -> None:
    """Points, items, their order and their conditions are mutated; what rests on race is not."""
    rule_set = scored.load()
    found = [mutant for mutant in mutants(rule_set, "us") if mutant.what == SCORE]
    words = [mutant.words for mutant in found]
    assert "`name: A rash`: three 4 instead of 3" in words
    assert "item dropped: A rash" in words
    assert "“A middling count” before “A high count”" in words
    assert not any("race" in said for said in words)
    patient = facts(as_of=DAY, adverse_events=[], **anc(8.1))

    def outcome(mutant_or_not: RuleSet) -> dict[str, Truth]:
        linked = link(mutant_or_not, "us", DAY)
        return reference.run(linked.program, features.answer(linked.program.features, patient, linked.lexicon))

    noticed = {mutant.words for mutant in found if outcome(mutant.applied(rule_set)) != outcome(rule_set)}
    assert "item dropped: A high count or A middling count" in noticed
    assert "“A middling count” before “A high count”" in noticed
