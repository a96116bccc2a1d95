"""Linking: numbers pinned by profile and day, units, definitions, schedules written out, and the copy for the cache."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest

from building import DAY, Workshop, example_patients, facts
from thalsafety import features
from thalsafety.engines import reference
from thalsafety.errors import NotInForceError, UnknownNameError
from thalsafety.linked import State
from thalsafety.linking import codec
from thalsafety.linking.epochs import Links, changes
from thalsafety.linking.linker import NotYetInForceError, link, link_problems, pin
from thalsafety.model.knowledge import Parameter, Profile
from thalsafety.program import All, Compare, Missing, Not, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.patient import PatientFacts
    from thalsafety.program import Node


def condition(linked: Linked, rule: str) -> Node:
    """Return the condition of a rule in force."""
    return next(program.when for program in linked.program.rules if program.id == rule)


def only_leaf(linked: Linked, rule: str) -> Compare:
    """Return the one comparison that a rule consists of."""
    (leaf,) = leaves(condition(linked, rule))
    assert isinstance(leaf, Compare)
    return leaf


def verdict(linked: Linked, rule: str, patient: PatientFacts) -> Truth:
    """Return what the reference engine says of a rule."""
    return reference.run(linked.program, features.answer(linked.program.features, patient, linked.lexicon))[rule]


# ---------------------------------------------------------------- numbers by profile and day


def value(number: int, source: str, effective: str) -> dict[str, object]:
    """Return one value of a parameter."""
    return {"value": number, "source": source, "effective": effective, "locator": "x", "last_reviewed": "2026-01-15"}


VALUES = (
    value(1, "label", "2020-01-01"),
    value(2, "label", "2024-06-01"),
    value(3, "label", "2027-01-01"),
    value(9, "other", "2024-06-01"),
)
PARAMETER = Parameter.model_validate({"description": "A number", "unit": "1", "values": VALUES})


def profile(*sources: str) -> Profile:
    """Return a profile with some sources in force."""
    data = {"profile": "here", "title": "Here", "description": "A made-up place.", "sources": sources}
    return Profile.model_validate(data)


@pytest.mark.parametrize(
    ("day", "sources", "expected"),
    [
        ("2020-01-01", ("label",), 1),
        ("2024-05-31", ("label",), 1),
        ("2024-06-01", ("label",), 2),
        ("2026-12-31", ("label",), 2),
        ("2027-01-01", ("label",), 3),
        ("2024-06-01", ("other",), 9),
        ("2024-05-31", ("other", "label"), 1),
    ],
)
def test_the_one_value_in_force(day: str, sources: tuple[str, ...], expected: int) -> None:
    """The newest value that has taken effect counts, from its first day on, whichever way the sources stand."""
    assert pin(PARAMETER, "n", profile(*sources), date.fromisoformat(day)).value == expected


@pytest.mark.parametrize(
    ("day", "sources", "kind", "message"),
    [
        (
            "2026-01-01",
            ("nothing",),
            NotInForceError,
            "parameter `n` has no value under profile here (it has one from label, other)",
        ),
        (
            "2024-06-01",
            ("label", "other"),
            NotInForceError,
            "parameter `n` has two values under profile here: 2 from label and 9 from other",
        ),
        ("2019-12-31", ("label", "other"), NotYetInForceError, "parameter `n` has no value before 2020-01-01"),
        ("2024-05-31", ("other",), NotYetInForceError, "parameter `n` has no value before 2024-06-01"),
    ],
)
def test_no_one_value_in_force(day: str, sources: tuple[str, ...], kind: type[Exception], message: str) -> None:
    """None, two, and one of the future are told apart."""
    with pytest.raises(NotInForceError) as caught:
        pin(PARAMETER, "n", profile(*sources), date.fromisoformat(day))
    assert type(caught.value) is kind
    assert str(caught.value) == message


SMALL_COUNT = {"latest": "anc", "below": "small_count"}


@pytest.mark.parametrize(
    ("values", "state", "reason"),
    [
        ([(1, "us-pi", "2026-03-10")], State.IN_FORCE, ""),
        ([(1, "us-pi", "2026-03-11")], State.NOT_IN_FORCE, "parameter `small_count` has no value before 2026-03-11"),
        (
            [(1, "elsewhere", "2020-01-01")],
            State.ERROR,
            "parameter `small_count` has no value under profile us (it has one from elsewhere)",
        ),
        (
            [(1, "us-pi", "2020-01-01"), (2, "us-other", "2020-01-01")],
            State.ERROR,
            "parameter `small_count` has two values under profile us: 2 from us-other and 1 from us-pi",
        ),
    ],
)
def test_a_rule_whose_number_is_not_in_force(
    values: list[tuple[object, str, str]], state: State, reason: str, workshop: Workshop
) -> None:
    """A number of the future puts its rule out of force, none or two are an error, and no other rule cares."""
    workshop.source("us-other", "US-OTHER-1")
    workshop.profile("us", "us-pi", "us-other", "project")
    workshop.parameter("small_count", "10*9/L", *values)
    workshop.rule("counted", SMALL_COUNT)
    linked = workshop.linked()
    found = {rule.id: rule for rule in linked.rules}
    assert (found["counted"].state, found["counted"].reason) == (state, reason)
    assert found["anc-low"].state is State.IN_FORCE
    assert ("counted" in {rule.id for rule in linked.program.rules}) is (state is State.IN_FORCE)
    told = [problem.message for problem in link_problems(workshop.load(), "us", DAY)]
    assert told == ([reason] if state is State.ERROR else [])


def test_each_profile_has_its_own_number(workshop: Workshop) -> None:
    """One rule holds the same answer against another number elsewhere, and a rule of a foreign source takes no part."""
    workshop.write(
        "profiles/au.yaml",
        """\
        profile: au
        title: Australia
        description: Another made-up place.
        sources: [au-pi]
        """,
    )
    workshop.write(
        "sources/au-pi.yaml",
        """\
        source: au-pi
        title: Another made-up label
        kind: label
        jurisdiction: au
        edition: "2026"
        statements:
          - id: AU-PI-1
            locator: section 1
            topic: haematology
            population: everyone
            statement: Look at the counts.
            strength: must
            computable: true
            confidence: high
        """,
    )
    workshop.parameter("small_count", "10*9/L", (1, "us-pi", "2020-01-01"), (2, "au-pi", "2020-01-01"))
    workshop.rule("counted", SMALL_COUNT, guidance=[{"statement": "US-PI-1"}, {"statement": "AU-PI-1"}])
    assert only_leaf(workshop.linked("us"), "counted").operand == 1
    assert only_leaf(workshop.linked("au"), "counted").operand == 2
    foreign = workshop.linked_rule("anc-low", "au")
    assert foreign.state is State.NOT_IN_FORCE
    assert foreign.reason == "its sources (us-pi) are not in force under profile au"
    cited = {cited.statement: cited.in_force for cited in workshop.linked_rule("counted", "au").guidance}
    assert cited == {"US-PI-1": False, "AU-PI-1": True}


def test_a_retired_rule_takes_no_part(workshop: Workshop) -> None:
    """A retired rule stays visible, out of force."""
    workshop.rule("old", {"trait": "smoker_current"}, status="retired")
    rule = workshop.linked_rule("old")
    assert (rule.state, rule.reason) == (State.NOT_IN_FORCE, "the rule is retired")


def test_unknown_profile(workshop: Workshop) -> None:
    """A profile that does not exist is named with the nearest that does."""
    with pytest.raises(UnknownNameError, match=r"`uss` is not a profile of this rule set\n    hint: did you mean `us`"):
        workshop.linked("uss")


def test_links_are_kept_between_changes(workshop: Workshop) -> None:
    """One link serves every day between two changes of a number, and never a day beyond."""
    workshop.parameter("small_count", "10*9/L", (1, "us-pi", "2025-01-01"), (2, "us-pi", "2026-02-01"))
    workshop.rule("counted", SMALL_COUNT)
    loaded = workshop.load()
    links = Links(loaded)
    days = changes(loaded, "us")
    assert {date(2025, 1, 1), date(2026, 2, 1)} <= set(days)
    for change in days:
        before, at = links.of("us", change - timedelta(days=1)), links.of("us", change)
        assert before is not at
        assert at is links.of("us", change)
    for day in (date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2030, 1, 1)):
        assert links.of("us", day) == link(loaded, "us", day)


# ---------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("line", "number", "unit", "operand"),
    [
        ({"latest": "anc"}, 750, "/mm3", "0.75"),
        ({"latest": "anc"}, 750, "/uL", "0.75"),
        ({"latest": "anc"}, "0.75", "10*9/L", "0.75"),
        ({"latest": "haemoglobin"}, 80, "g/L", "8"),
        ({"latest": "haemoglobin"}, "0.08", "kg/L", "8"),
        ({"body": "weight"}, 500, "g", "0.5"),
        ({"age": "patient"}, 18, "a", "18"),
        ({"age": "patient"}, 216, "mo", "18"),
        ({"days_since": "treatment_start"}, 4, "wk", "28"),
        ({"days_since": "treatment_start"}, 48, "h", "2"),
        ({"days_since": "treatment_start"}, 3, "d", "3"),
        ({"months_since": "treatment_start"}, 2, "a", "24"),
        ({"months_since": "treatment_start"}, 2, "mo", "2"),
        ({"hours_from": "authorisation", "to": "prescription"}, 1, "d", "24"),
        ({"hours_from": "authorisation", "to": "prescription"}, 90, "min", "1.5"),
        ({"dose": "current"}, "0.2", "g/d", "200"),
        ({"sensitivity": "pregnancy_test"}, 50, "m[IU]/mL", "50"),
        ({"sensitivity": "pregnancy_test"}, 50, "[IU]/L", "50"),
        ({"grade": "rash"}, 2, "1", "2"),
    ],
)
def test_a_number_in_the_unit_of_its_question(
    line: dict[str, str], number: object, unit: str, operand: str, workshop: Workshop
) -> None:
    """A parameter is converted exactly into the unit of the question, and keeps the value and unit of its source."""
    workshop.number("limit", unit, number)
    workshop.rule("measured", {**line, "below": "limit"})
    leaf = only_leaf(workshop.linked(), "measured")
    assert leaf.operand == Decimal(operand)
    assert leaf.parameter is not None
    assert (leaf.parameter.value, leaf.parameter.unit) == (Decimal(str(number)), unit)


@pytest.mark.parametrize(
    ("line", "unit", "message"),
    [
        ({"latest": "anc"}, "g/L", "parameter `limit` is in g/L, but the question is answered in 10*9/L"),
        ({"days_since": "last_dose"}, "mo", "parameter `limit` is in mo, but the question is answered in d"),
        ({"grade": "rash"}, "d", "parameter `limit` is in d, but the question is answered in 1"),
    ],
)
def test_a_number_of_another_kind(line: dict[str, str], unit: str, message: str, workshop: Workshop) -> None:
    """A parameter that measures something else, or months for days, is an error and never guessed at."""
    workshop.number("limit", unit, 2)
    workshop.rule("measured", {**line, "below": "limit"})
    rule = workshop.linked_rule("measured")
    assert rule.state is State.ERROR
    assert rule.reason.endswith(f": {message}")


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (2, "wk", ("14", "d")),
        (36, "h", ("2160", "min")),
        (1, "mo", ("1", "mo")),
        (1, "a", ("12", "mo")),
        (5, "d", ("5", "d")),
    ],
)
def test_a_window_keeps_its_scale(number: int, unit: str, expected: tuple[str, str], workshop: Workshop) -> None:
    """A window is counted in minutes, days or calendar months, as its parameter says."""
    workshop.number("window", unit, number)
    workshop.rule("filed", {"on_file": "informed_consent", "within": "window"})
    leaf = only_leaf(workshop.linked(), "filed")
    assert dict(leaf.feature.options)["within"] == ("window", Decimal(expected[0]), expected[1])
    assert [pinned.name for pinned in leaf.feature.pinned] == ["window"]


# ---------------------------------------------------------------- definitions


def unwrapped(node: Node) -> Node:
    """Return a condition without the nodes that only give a line a verdict of its own."""
    if isinstance(node, (Compare, Missing)):
        return node
    if isinstance(node, Not):
        return Not(unwrapped(node.part))
    parts = tuple(unwrapped(part) for part in node.parts)
    return parts[0] if len(parts) == 1 else type(node)(parts)


def definition(workshop: Workshop, name: str, **content: object) -> None:
    """Write a definition."""
    workshop.write(f"definitions/{name}.yaml", json.dumps({"definition": name, "title": f"Title of {name}", **content}))


def test_a_definition_is_written_out(workshop: Workshop) -> None:
    """A rule that uses definitions is the rule with their conditions in place, and remembers the way."""
    definition(workshop, "inner", when={"not": {"trait": "smoker_current"}})
    definition(workshop, "outer", when={"any": [{"holds": "inner"}, {"condition": "multiple_myeloma"}]})
    workshop.rule("named", {"all": [{"holds": "outer"}, {"holds": "on_treatment"}]})
    plain = {
        "all": [
            {"any": [{"not": {"trait": "smoker_current"}}, {"condition": "multiple_myeloma"}]},
            {"fact": "treatment_status", "is": "active"},
        ]
    }
    workshop.rule("spelt", plain)
    linked = workshop.linked()
    named = condition(linked, "named")
    assert unwrapped(named) == unwrapped(condition(linked, "spelt"))
    assert isinstance(named, All)
    assert {(part.origin.file, part.origin.via) for part in named.parts} == {("haematology/named.yaml", ())}
    via = [leaf.origin.via for leaf in leaves(condition(linked, "named"))]
    assert via == [("outer", "inner"), ("outer",), ("on_treatment",)]
    assert {leaf.origin.file for leaf in leaves(condition(linked, "spelt"))} == {"haematology/spelt.yaml"}
    assert leaves(condition(linked, "named"))[0].origin.file == "definitions/inner.yaml"


@pytest.mark.parametrize(
    ("sources", "subject", "reason"),
    [
        (("us-pi", "elsewhere"), "smoker", ""),
        (("elsewhere", "project"), "myeloma", ""),
        (("elsewhere",), None, "definition `varied` has no variant in force under profile us"),
        (("us-pi", "project"), None, "definition `varied` has more than one variant in force under profile us"),
    ],
)
def test_the_variant_of_the_source_in_force(
    sources: tuple[str, ...], subject: str | None, reason: str, workshop: Workshop
) -> None:
    """The one variant whose source is in force counts; none or two are an error of the rule that asks."""
    whens = {
        "us-pi": {"trait": "smoker_current"},
        "project": {"condition": "multiple_myeloma"},
        "elsewhere": {"procedure": "hysterectomy"},
    }
    definition(workshop, "varied", variants=[{"source": source, "when": whens[source]} for source in sources])
    workshop.rule("asks", {"holds": "varied"})
    linked = workshop.linked()
    rule = next(rule for rule in linked.rules if rule.id == "asks")
    assert rule.reason == reason
    if subject is not None:
        assert subject in only_leaf(linked, "asks").feature.subject
    else:
        assert rule.state is State.ERROR


@pytest.mark.parametrize(
    ("circle", "chain"),
    [
        (("one",), "one -> one"),
        (("one", "two"), "one -> two -> one"),
        (("one", "two", "six"), "one -> two -> six -> one"),
    ],
)
def test_definitions_in_a_circle(circle: tuple[str, ...], chain: str, workshop: Workshop) -> None:
    """A circle of definitions is an error of the rules that enter it, with the way round it, and of no other."""
    for name, following in zip(circle, (*circle[1:], circle[0]), strict=True):
        definition(workshop, name, when={"any": [{"holds": following}, {"trait": "smoker_current"}]})
    workshop.rule("asks", {"holds": "one"})
    rule = workshop.linked_rule("asks")
    assert rule.state is State.ERROR
    assert rule.reason.endswith(f": definition `one` uses itself: {chain}")
    assert workshop.linked_rule("anc-low").state is State.IN_FORCE


def test_a_rule_in_error_leaves_no_question_behind(workshop: Workshop) -> None:
    """The questions of a rule that cannot be linked are not asked, and the places of the others fit."""
    plain = workshop.linked().program
    workshop.rule("aaa-broken", {"all": [{"trait": "smoker_current"}, {"holds": "nothing_of_that_name"}]})
    linked = workshop.linked()
    assert linked.program.features == plain.features
    assert [feature.index for feature in linked.program.features] == list(range(len(plain.features)))


# ---------------------------------------------------------------- schedules


OPENS, GRACE = 2, 1
WEEKLY, MONTHLY, FORTNIGHTLY = 7, 28, 14
START = date(2026, 1, 1)


@pytest.fixture
def scheduled(workshop: Workshop) -> Workshop:
    """Return a rule set with a schedule of three phases and four rules that ask about it."""
    workshop.number("turn_opens", "d", OPENS)
    workshop.number("turn_grace", "d", GRACE)
    workshop.number("each_week", "wk", 1)
    workshop.number("each_fortnight", "d", FORTNIGHTLY)
    workshop.number("each_four_weeks", "wk", 4)
    schedule = {
        "schedule": "testing",
        "title": "Tests",
        "task": "pregnancy_test",
        "counted_from": "treatment_start",
        "opens_before": "turn_opens",
        "grace": "turn_grace",
        "phases": [
            {"name": "smokers", "when": {"trait": "smoker_current"}, "every": "each_week"},
            {"name": "myeloma", "when": {"condition": "multiple_myeloma"}, "every": "each_four_weeks"},
            {"name": "the others", "every": "each_fortnight"},
        ],
    }
    workshop.write("haematology/testing.yaml", json.dumps(schedule))
    for word, line in TURNS.items():
        workshop.rule(f"is-{word}", line)
        workshop.rule(f"is-{word}-or-missing", {**line, "or_missing": True})
        workshop.rule(f"is-not-{word}", {"not": line})
    return workshop


TURNS: dict[str, dict[str, object]] = {
    "due": {"due": "testing"},
    "overdue": {"overdue": "testing"},
    "open-or-late": {"due": "testing", "or_overdue": True},
}


def meant(word: str, today: date, done: list[date] | None, smoker: bool, myeloma: bool) -> bool | None:  # noqa: FBT001  a column of the table
    """Return what a schedule says when everything is known, read straight from its description."""
    if done is None:
        return None
    every = WEEKLY if smoker else MONTHLY if myeloma else FORTNIGHTLY
    due = max([START, *done]) + timedelta(days=every)
    opened, late = due - timedelta(days=OPENS) <= today, today > due + timedelta(days=GRACE)
    return {"due": opened and not late, "overdue": late, "open-or-late": opened}[word]


def of_worlds(worlds: set[bool | None]) -> Truth:
    """Return what is certain when one of several readings is the right one."""
    if worlds == {True}:
        return TRUE
    return FALSE if worlds == {False} else UNKNOWN


ANSWERS: tuple[bool | None, ...] = (True, False, None)
HISTORIES: dict[str, tuple[object, list[list[date] | None]]] = {
    "not recorded": (None, [None]),
    "none on file": ([], [[]]),
    "before the start": (["2025-12-30"], [[date(2025, 12, 30)]]),
    "on the twelfth": (["2026-01-12"], [[date(2026, 1, 12)]]),
    "several": (["2026-01-20", "2026-01-03"], [[date(2026, 1, 3), date(2026, 1, 20)]]),
    "some day of January": (["2026-01"], [[date(2026, 1, day)] for day in range(1, 32)]),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_a_schedule_against_its_plain_reading(history: str, scheduled: Workshop) -> None:
    """On every day, for every state of the phases' conditions, a turn is what all readings agree on."""
    linked = scheduled.linked()
    dates, readings = HISTORIES[history]
    found: set[Truth] = set()
    first_day = 31 if history == "some day of January" else 20 if history == "several" else 12
    for day, smoker, myeloma in product(range(first_day, 52), ANSWERS, ANSWERS):
        today = date(2026, 1, 1) + timedelta(days=day - 1)
        given: dict[str, object] = {"treatment": {"status": "active", "doses": [{"start": START, "mg_per_day": 100}]}}
        if isinstance(dates, list):
            tests = [{"code": "pregnancy_test", "value": "negative", "date": written} for written in dates]
            given["observations"] = tests
        if smoker is not None:
            given["patient"] = {"traits": ["smoker_current"] if smoker else []}
        if myeloma is not None:
            given["conditions"] = [{"code": "multiple_myeloma"}] if myeloma else []
        answers = features.answer(linked.program.features, facts(today, **given), linked.lexicon)
        verdicts = reference.run(linked.program, answers)
        cases = list(
            product(
                readings,
                [smoker] if smoker is not None else [True, False],
                [myeloma] if myeloma is not None else [True, False],
            )
        )
        for word in TURNS:
            expected = of_worlds({meant(word, today, *case) for case in cases})
            where = f"{word} on {today}, smoker {smoker}, myeloma {myeloma}"
            assert verdicts[f"is-{word}"] is expected, where
            assert verdicts[f"is-not-{word}"] is expected.negated(), where
            missing = TRUE if dates is None else expected
            assert verdicts[f"is-{word}-or-missing"] is missing, where
            found.add(expected)
    assert found == ({UNKNOWN} if dates is None else {TRUE, FALSE, UNKNOWN})


@pytest.mark.parametrize(
    ("done", "every", "last_day"),
    [
        ("2026-01-31", ("mo", 1), "2026-02-28"),
        ("2024-01-31", ("mo", 1), "2024-02-29"),
        ("2024-02-29", ("a", 1), "2025-02-28"),
        ("2025-11-30", ("mo", 3), "2026-02-28"),
        ("2026-01-15", ("mo", 1), "2026-02-15"),
    ],
)
def test_an_interval_of_calendar_months(done: str, every: tuple[str, int], last_day: str, workshop: Workshop) -> None:
    """An interval in months ends on the same day of the month, or on the month's last."""
    workshop.number("interval", *every)
    workshop.number("no_grace", "d", 0)
    schedule = {
        "schedule": "testing",
        "title": "Tests",
        "task": "pregnancy_test",
        "opens_before": "no_grace",
        "grace": "no_grace",
        "phases": [{"name": "always", "every": "interval"}],
    }
    workshop.write("haematology/testing.yaml", json.dumps(schedule))
    workshop.rule("is-due", {"due": "testing"})
    workshop.rule("is-overdue", {"overdue": "testing"})
    linked = workshop.linked()
    test = {"code": "pregnancy_test", "value": "negative", "date": done}
    for offset, verdicts in ((-1, (FALSE, FALSE)), (0, (TRUE, FALSE)), (1, (FALSE, TRUE))):
        patient = facts(date.fromisoformat(last_day) + timedelta(days=offset), observations=[test])
        assert (verdict(linked, "is-due", patient), verdict(linked, "is-overdue", patient)) == verdicts


def test_a_schedule_that_nobody_can_be_in(workshop: Workshop) -> None:
    """When no phase holds, nothing is due and nothing overdue."""
    workshop.number("interval", "d", 7)
    schedule = {
        "schedule": "testing",
        "title": "Tests",
        "task": "pregnancy_test",
        "opens_before": "interval",
        "grace": "interval",
        "phases": [{"name": "smokers", "when": {"trait": "smoker_current"}, "every": "interval"}],
    }
    workshop.write("haematology/testing.yaml", json.dumps(schedule))
    workshop.rule("is-overdue", {"overdue": "testing"})
    linked = workshop.linked()
    assert isinstance(condition(linked, "is-overdue"), All)
    test = {"code": "pregnancy_test", "value": "negative", "date": "2025-01-01"}
    for traits, expected in ((["smoker_current"], TRUE), ([], FALSE), (None, UNKNOWN)):
        assert verdict(linked, "is-overdue", facts(patient={"traits": traits}, observations=[test])) is expected


def test_or_missing_is_its_own_way_to_be_true(workshop: Workshop) -> None:
    """`or_missing` adds the lack of an answer as a second way, of the same question."""
    workshop.number("small_count", "10*9/L", 1)
    workshop.rule("counted", {**SMALL_COUNT, "or_missing": True})
    compared, lacking = leaves(condition(workshop.linked(), "counted"))
    assert isinstance(compared, Compare)
    assert isinstance(lacking, Missing)
    assert compared.feature is lacking.feature


# ---------------------------------------------------------------- the copy for the cache


@pytest.fixture(scope="module")
def copies(rule_set: RuleSet) -> list[tuple[Linked, Linked]]:
    """Return the packaged rules as linked for every profile, each with its copy through JSON text."""
    pairs = []
    for name in rule_set.profiles:
        linked = link(rule_set, name, DAY)
        written = json.dumps(codec.encode(linked), ensure_ascii=False)
        pairs.append((linked, codec.decode(json.loads(written), rule_set.lexicon)))
    return pairs


def beside_equality(node: Node) -> list[object]:
    """Return what the equality of conditions leaves out: where each part was written, and what it is answered by."""
    if isinstance(node, (Compare, Missing)):
        return [node.origin, node.feature.index, node.feature.pinned]
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return [node.origin, *(each for part in parts for each in beside_equality(part))]


def conditions(linked: Linked) -> list[Node]:
    """Return every condition of rules and of phases."""
    phases = [phase.when for schedule in linked.schedules.values() for phase in schedule.phases]
    return [program.when for program in linked.program.rules] + [when for when in phases if when is not None]


def test_a_copy_is_equal(copies: list[tuple[Linked, Linked]]) -> None:
    """What comes back from the cache is equal, down to files, lines, definitions and pinned numbers."""
    for linked, copy in copies:
        assert copy == linked
        assert list(copy.topics) == list(linked.topics)
        for ours, theirs in zip(conditions(linked), conditions(copy), strict=True):
            assert beside_equality(theirs) == beside_equality(ours)
        for asked, again in zip(linked.program.features, copy.program.features, strict=True):
            assert (again.index, again.pinned, again.chosen) == (asked.index, asked.pinned, asked.chosen)


def test_a_copy_of_a_copy_is_written_alike(copies: list[tuple[Linked, Linked]]) -> None:
    """Writing a copy gives the very text from which it was read."""
    for linked, copy in copies:
        assert json.dumps(codec.encode(copy)) == json.dumps(codec.encode(linked))


def test_equal_conditions_of_a_copy_are_one(copies: list[tuple[Linked, Linked]]) -> None:
    """Equal lines that stand in the same place are the same object in a copy, so that each is asked once."""
    for _linked, copy in copies:
        seen: dict[object, Node] = {}
        for when in conditions(copy):
            for leaf in leaves(when):
                assert seen.setdefault((leaf, leaf.origin), leaf) is leaf


@pytest.mark.untraced  # many turns through code that other tests measure
def test_a_copy_gives_the_same_verdicts(copies: list[tuple[Linked, Linked]]) -> None:
    """Every rule says the same of every example patient, whether linked or read back."""
    patients = [loaded.state for loaded in example_patients().values() if loaded.state is not None]
    assert patients
    for linked, copy in copies:
        for patient in patients:
            answers = features.answer(linked.program.features, patient, linked.lexicon)
            copied = features.answer(copy.program.features, patient, copy.lexicon)
            assert copied == answers
            assert reference.run(copy.program, copied) == reference.run(linked.program, answers)


def test_a_copy_of_the_vocabulary_is_equal(rule_set: RuleSet) -> None:
    """The vocabulary comes back with every code, unit, factor and group, in its order."""
    written = json.dumps(codec.encode_lexicon(rule_set.lexicon), ensure_ascii=False)
    copy = codec.decode_lexicon(json.loads(written))
    assert copy == rule_set.lexicon
    assert list(copy.terms) == list(rule_set.lexicon.terms)
    assert copy.subject == rule_set.lexicon.subject
