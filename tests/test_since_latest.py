"""Whether something was done on or after the start of the latest medicine or event that is there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from building import DAY, Workshop, facts, packaged_rules
from thalsafety import features
from thalsafety.linking.linker import link_problems
from thalsafety.loading.rules import load_rules
from thalsafety.program import Absent, AnswerType, Feature, Known, Unsure

REVIEWED = {"documents": [{"code": "medication_review", "date": "2026-02-10"}]}


def answered(since: str, state: dict[str, object]) -> object:
    """Return the answer whether the medicines were reviewed since the latest of something; or the kind of gap."""
    options = (("since_latest", since),)
    feature = Feature("on_file", "medication_review", options, AnswerType.WORD, "", (), 0)
    (found,) = features.answer([feature], facts(as_of=DAY, **state), packaged_rules().lexicon)
    return found.low if isinstance(found, Known) else type(found)


@pytest.mark.parametrize(
    ("medications", "expected"),
    [
        ([{"drug": "lorazepam", "start": "2026-02-09"}], "yes"),
        ([{"drug": "lorazepam", "start": "2026-02-10"}], "yes"),
        ([{"drug": "lorazepam", "start": "2026-02-11"}], "no"),
        ([{"drug": "lorazepam", "start": "2026-02-11"}, {"drug": "morphine", "start": "2025-01-01"}], "no"),
        ([{"drug": "lorazepam", "start": "2026-02-11", "stop": "2026-03-01"}], "yes"),
        ([{"drug": "lorazepam", "start": "2026-02-11", "stop": "2026-03"}], Unsure),
        ([{"drug": "lorazepam", "start": "2026-02"}], Unsure),
        ([{"drug": "lorazepam", "start": "2026-01"}], "yes"),
        ([{"drug": "lorazepam"}], Unsure),
        ([{"drug": "lorazepam", "start": "2026-04-01"}], "yes"),
        ([{"drug": "aspirin", "start": "2026-03-01"}], "yes"),
        ([], "yes"),
        ([{"drug": "other_drug", "name": "Zyloxin", "start": "2026-03-01"}], Unsure),
        ([{"drug": "other_drug", "name": "Zyloxin"}], Unsure),
        ([{"drug": "other_drug", "name": "Zyloxin"}, {"drug": "lorazepam", "start": "2026-02-11"}], "no"),
        ([{"drug": "morphine"}, {"drug": "lorazepam", "start": "2026-02-11"}], "no"),
        (
            [
                {"drug": "other_drug", "name": "Zyloxin", "start": "2025-03-01"},
                {"drug": "lorazepam", "start": "2026-02-09"},
            ],
            "yes",
        ),
        (None, Absent),
    ],
)
def test_since_the_latest_medicine(medications: list[dict[str, str]] | None, expected: object) -> None:
    """The start of the latest one that is taken counts, and a gap is no answer."""
    state: dict[str, object] = dict(REVIEWED) if medications is None else {**REVIEWED, "medications": medications}
    assert answered("sedatives", state) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"term": "fever", "onset": "2026-02-10"}], "yes"),
        ([{"term": "fever", "onset": "2026-02-11"}], "no"),
        ([{"term": "fever", "onset": "2026-02-11", "resolved": "2026-02-12"}], "yes"),
        ([{"term": "fever"}], Unsure),
    ],
)
def test_since_the_latest_event(events: list[dict[str, str]], expected: object) -> None:
    """The onset of the latest one that is active counts."""
    assert answered("fever", {**REVIEWED, "adverse_events": events}) == expected


def test_what_it_cannot_count_from(workshop: Workshop) -> None:
    """An observation has no start, and no other date may stand beside it."""
    line = {"on_file": "anc", "since_latest": "rash", "is": "no"}
    workshop.rule("astray", line)
    assert link_problems(workshop.load(), "us", DAY) == []
    workshop.rule("astray", {**line, "since_latest": "anc"})
    assert "`anc` is not a known medicine, method, event or condition" in str(link_problems(workshop.load(), "us", DAY))
    workshop.rule("astray", {**line, "since": "treatment_start"})
    problems = load_rules(workshop.root).problems
    assert "`since_latest` stands beside no milestone" in str([problem.message for problem in problems])


@pytest.mark.parametrize(
    ("dates", "bounds"),
    [
        ([], (0, 0)),
        (["2026-01-31"], (0, 0)),
        (["2026-02-01", "2026-03-10"], (2, 2)),
        (["2026-01-31", "2026-02-01"], (1, 1)),
        (["2026-01", "2026-02"], (1, 1)),
        (["2026", "2026-02-02"], (1, 2)),
    ],
)
def test_how_many_since_a_milestone(dates: list[str], bounds: tuple[int, int]) -> None:
    """An entry before it is not counted, and one of an unknown day may be."""
    feature = Feature("count", "hiv_viral_load", (("since", "treatment_start"),), AnswerType.NUMBER, "", (), 0)
    loads = [{"code": "hiv_viral_load", "value": 20, "unit": "{copies}/mL", "date": date} for date in dates]
    treatment = {"status": "active", "doses": [{"start": "2026-02-01", "mg_per_day": 100}]}
    state = facts(as_of=DAY, treatment=treatment, observations=loads)
    (found,) = features.answer([feature], state, packaged_rules().lexicon)
    assert isinstance(found, Known)
    assert [found.low, found.high] == [Decimal(bound) for bound in bounds]


def test_a_count_takes_one_window(workshop: Workshop) -> None:
    """Two windows at once are refused."""
    workshop.number("much", "1", 2)
    workshop.number("long", "d", 28)
    workshop.rule("astray", {"count": "anc", "since": "treatment_start", "within": "long", "at_least": "much"})
    problems = load_rules(workshop.root).problems
    assert "takes `within` or `since`" in str([problem.message for problem in problems])
