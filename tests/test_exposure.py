"""Exposure: how much was taken, day by day, and ranges where a day is not known."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from building import DAY, Workshop, facts, packaged_rules
from thalsafety import features
from thalsafety.errors import InputError
from thalsafety.linking.linker import link, link_problems
from thalsafety.program import Absent, AnswerType, Feature, Known, Unsure
from thalsafety.truth import TRUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.program import Answer


def asked(subject: str, **options: object) -> Feature:
    """Return a question about exposure."""
    return Feature("exposure", subject, tuple(sorted(options.items())), AnswerType.NUMBER, "", (), 0)


def answered(subject: str, state: dict[str, object], **options: object) -> Answer:
    """Return the answer for a patient."""
    (found,) = features.answer([asked(subject, **options)], facts(as_of=DAY, **state), packaged_rules().lexicon)
    return found


def course(*doses: tuple[str, str | None, int], pauses: object = (), status: str = "active") -> dict[str, object]:
    """Return a course with dose segments and interruptions."""
    segments = [{"start": start, "mg_per_day": mg, **({"stop": stop} if stop else {})} for start, stop, mg in doses]
    return {"treatment": {"status": status, "doses": segments, "interruptions": pauses}}


MG = 1000
TEN_DAYS = ("2026-03-01", None, 100)


@pytest.mark.parametrize(
    ("subject", "state", "low", "high"),
    [
        ("cumulative_dose", course(TEN_DAYS), 1000, 1000),
        ("cumulative_dose", course(("2026-03-01", "2026-03-05", 100), ("2026-03-06", None, 200)), 1500, 1500),
        ("cumulative_dose", course(("2026-03-01", "2026-03-05", 100)), 500, 500),
        ("cumulative_dose", course(TEN_DAYS, pauses=[{"start": "2026-03-04", "stop": "2026-03-06"}]), 700, 700),
        ("cumulative_dose", course(TEN_DAYS, pauses=[{"start": "2026-03-04"}], status="interrupted"), 300, 300),
        ("cumulative_dose", course(("2026-02", None, 100)), 1100, 3800),
        ("cumulative_dose", course(("2026-02-01", "2026-02", 100), ("2026-03-01", None, 50)), 600, 3300),
        ("cumulative_dose", course(), 0, 0),
        ("mean_daily_dose", course(TEN_DAYS, pauses=[{"start": "2026-03-04", "stop": "2026-03-08"}]), 50, 50),
        ("interruptions", course(TEN_DAYS, pauses=[{"start": "2026-03-04", "stop": "2026-03-08"}]), 1, 1),
        ("interruptions", course(TEN_DAYS, pauses=[{"start": "2026-03"}]), 0, 1),
        ("rises", course(("2026-01-01", None, 50), ("2026-02-01", None, 100), ("2026-03-01", None, 50)), 1, 1),
        ("reductions", course(("2026-01-01", None, 50), ("2026-02-01", None, 100), ("2026-03-01", None, 50)), 1, 1),
    ],
)
def test_what_was_taken(subject: str, state: dict[str, object], low: int, high: int) -> None:
    """The day of the check is DAY, 10 March; the dose of that day counts."""
    found = answered(subject, state)
    assert isinstance(found, Known)
    if subject == "cumulative_dose":
        found = Known(found.low * MG, found.high * MG)
    assert [found.low, found.high] == [Decimal(low), Decimal(high)]


@pytest.mark.parametrize(
    ("subject", "state", "kind", "reason"),
    [
        ("cumulative_dose", {}, Absent, "the course of treatment is not recorded"),
        ("cumulative_dose", {"treatment": {"status": "active"}}, Absent, "doses are not recorded"),
        ("interruptions", {"treatment": {"status": "active"}}, Absent, "interruptions are not recorded"),
        ("cumulative_dose", course(TEN_DAYS, pauses=None), Unsure, "interruptions are not recorded"),
        ("cumulative_dose", course(TEN_DAYS, status="stopped"), Absent, "the day of the last dose is not recorded"),
        ("cumulative_dose", course(("1950-01-01", None, 100)), Unsure, "the doses go back further than"),
    ],
)
def test_what_is_not_recorded_is_told(subject: str, state: dict[str, object], kind: type, reason: str) -> None:
    """A gap is no zero."""
    treatment = state.get("treatment")
    if isinstance(treatment, dict) and treatment.get("interruptions", ()) is None:
        del treatment["interruptions"]
    found = answered(subject, state)
    assert isinstance(found, kind)
    assert reason in str(getattr(found, "reason", ""))


def test_the_dose_since_an_examination() -> None:
    """Only the days after the latest one count; without one, all of them."""
    state = course(TEN_DAYS)
    done = {"observations": [{"code": "nerve_conduction_study", "value": "normal", "date": "2026-03-05"}]}
    option = {"after_latest": "nerve_conduction_study"}
    for given, low, high in (
        ({**state, **done}, 500, 500),
        ({**state, "observations": []}, 1000, 1000),
        ({**state, "observations": [{"code": "nerve_conduction_study", "value": "normal", "date": "2026-03"}]}, 0, 900),
    ):
        found = answered("cumulative_dose", given, **option)
        assert isinstance(found, Known)
        assert [found.low, found.high] == [Decimal(low) / MG, Decimal(high) / MG]
    assert isinstance(answered("cumulative_dose", state, **option), Unsure)


def test_cycles_that_have_run_their_length() -> None:
    """A cycle counts from its last day on."""
    length = ("cycle", Decimal(28), "d")
    for days, cycles in ((27, 0), (28, 1), (29, 1), (55, 1), (56, 2)):
        first = (DAY - timedelta(days=days - 1)).isoformat()
        found = answered("completed_cycles", course((first, None, 100)), every=length)
        assert isinstance(found, Known)
        assert [found.low, found.high] == [Decimal(cycles), Decimal(cycles)]


def exact(doses: Sequence[tuple[date, date | None, int]], pauses: Sequence[tuple[date, date | None]]) -> Decimal:
    """Return what was taken, by looking at each day."""
    total = Decimal(0)
    for number in range(400):
        day = DAY - timedelta(days=number)
        if any(start <= day and (stop is None or day <= stop) for start, stop in pauses):
            continue
        begun = [segment for segment in doses if segment[0] <= day]
        if begun and (begun[-1][1] is None or day <= begun[-1][1]):
            total += begun[-1][2]
    return total


@pytest.mark.parametrize("seed", range(60))
def test_every_completion_of_unknown_days_lies_in_the_range(seed: int) -> None:
    """Months without a day are filled in at random: what was taken then is never outside of what is told."""
    rng = random.Random(seed)
    starts = sorted(rng.sample(range(10, 300), rng.randint(1, 3)), reverse=True)
    doses, pauses = [], []
    for place, back in enumerate(starts):
        until = starts[place + 1] + 1 if place + 1 < len(starts) else 0
        stop = rng.choice([None, rng.randint(until, back)])
        doses.append(
            (DAY - timedelta(days=back), None if stop is None else DAY - timedelta(days=stop), 50 * (place + 1))
        )
    for _ in range(rng.randint(0, 2)):
        back = rng.randint(1, starts[0])
        pauses.append((DAY - timedelta(days=back), DAY - timedelta(days=rng.randint(0, back))))
    vague = rng.random() < 0.7

    def said(day: date) -> str:
        return day.isoformat()[: 7 if vague and rng.random() < 0.5 else 10]

    state = course(
        *((said(start), said(stop) if stop else None, mg) for start, stop, mg in doses),
        pauses=[{"start": said(start), "stop": said(stop)} for start, stop in pauses],
    )
    found = answered("cumulative_dose", state)
    assert isinstance(found, Known)
    truth = exact(doses, pauses) / MG
    assert isinstance(found.low, Decimal)
    assert isinstance(found.high, Decimal)
    assert found.low <= truth <= found.high
    if not vague:
        assert found.low == found.high == truth


def test_exposure_in_a_rule(workshop: Workshop) -> None:
    """A limit in grams is held against milligrams, and what does not fit together is told."""
    workshop.number("much", "g", 20)
    workshop.rule("much-taken", {"exposure": "cumulative_dose", "at_least": "much"})
    linked = link(workshop.load(), "us", DAY)
    (leaf,) = (rule.when for rule in linked.program.rules if rule.id == "much-taken")
    assert getattr(leaf, "operand", None) == Decimal(20)
    from thalsafety.engines import reference

    state = facts(as_of=DAY, **course(("2025-08-23", None, 100)))
    answers = features.answer(linked.program.features, state, linked.lexicon)
    assert reference.evaluate(leaf, answers) is TRUE
    workshop.rule("astray", {"exposure": "cumulative_dose", "after_latest": "anc", "at_least": "much"})
    assert link_problems(workshop.load(), "us", DAY) == []
    workshop.rule("astray", {"exposure": "cumulative_dose", "after_latest": "rash", "at_least": "much"})
    assert "`rash` is not a known observation, procedure or document" in str(link_problems(workshop.load(), "us", DAY))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"exposure": "completed_cycles", "at_least": "much"}, "`every` belongs to `exposure: completed_cycles`"),
        ({"exposure": "rises", "after_latest": "anc", "at_least": "much"}, "`after_latest` belongs to"),
    ],
)
def test_options_that_have_no_meaning_are_refused(line: dict[str, str], message: str, workshop: Workshop) -> None:
    """What belongs to another measure is told with the file."""
    workshop.number("much", "g", 20)
    workshop.rule("astray", line)
    from thalsafety.loading.rules import load_rules

    assert message in str([problem.message for problem in load_rules(workshop.root).problems])
    assert InputError is not None
