"""Profiles with add-ons: what is in force, which numbers count where sources differ, and how they are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from building import DAY, Workshop
from thalsafety.cli import cli
from thalsafety.errors import InputError, UnknownNameError
from thalsafety.linked import State
from thalsafety.linking.linker import first_profile, link, link_problems
from thalsafety.linting.checks import lint
from thalsafety.prepared import Prepared

if TYPE_CHECKING:
    from thalsafety.loading.rules import RuleSet

OLD = "2020-01-01"


@pytest.fixture
def with_addons(workshop: Workshop) -> Workshop:
    """Return a rule set with two profiles, and two add-ons of which one can be added to the first profile only."""
    for source in ("au-pi", "skin-notes", "child-notes"):
        workshop.source(source, f"{source.upper()}-1")
    workshop.profile("au", "au-pi", "project")
    workshop.profile("skin", "skin-notes", adds_to=["us", "au"])
    workshop.profile("child", "child-notes", adds_to=["us"])
    workshop.number("some_count", "10*9/L", 1, "project")
    workshop.rule("skin-only", {"latest": "anc", "below": "some_count"}, guidance=[{"statement": "SKIN-NOTES-1"}])
    return workshop


def states(rule_set: RuleSet, profile: str) -> dict[str, State]:
    """Return how each rule stands under a profile."""
    return {rule.id: rule.state for rule in link(rule_set, profile, DAY).rules}


def test_an_addon_puts_its_sources_in_force_beside_those_of_the_profile(with_addons: Workshop) -> None:
    """A rule of the add-on takes part with it only; those of the profile take part all the same."""
    rule_set = with_addons.load()
    assert states(rule_set, "us")["skin-only"] is State.NOT_IN_FORCE
    assert states(rule_set, "us+skin")["skin-only"] is State.IN_FORCE
    assert states(rule_set, "us+skin")["anc-low"] is State.IN_FORCE
    assert states(rule_set, "au+skin")["anc-low"] is State.NOT_IN_FORCE


def test_names_are_known_in_any_order_and_kept_in_one(with_addons: Workshop) -> None:
    """Add-ons are named in alphabetical order, however they are asked for, and each profile takes its own only."""
    rule_set = with_addons.load()
    assert list(rule_set.profile_names) == ["us", "au", "us+child", "us+skin", "au+skin"]
    assert "us+skin+child" in rule_set.profile_names
    assert "us+child+skin" in rule_set.profile_names
    assert "au+skin+child" not in rule_set.profile_names
    assert rule_set.profile_named("us+skin+child").profile == "us+child+skin"
    assert link(rule_set, "us+skin+child", DAY).profile == "us+child+skin"
    assert link(rule_set, "us+skin", DAY).profile_title == f"{rule_set.profiles['us'].title}, with Title of skin"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("uss", "`uss` is not a profile of this rule set", "did you mean `us`?"),
        ("skin", "`skin` is an add-on, and no profile by itself", "add it to a profile: us+skin, au+skin"),
        ("us+skim", "`skim` is not an add-on of this rule set", "did you mean `skin`?"),
        ("au+child", "add-on `child` cannot be added to profile `au`", "it can be added to: us"),
    ],
)
def test_a_name_that_cannot_be_used_is_told_with_a_way_out(
    name: str, message: str, hint: str, with_addons: Workshop
) -> None:
    """What is wrong with a name, and what to write instead."""
    with pytest.raises(UnknownNameError) as caught:
        with_addons.load().profile_named(name)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)
    with pytest.raises(UnknownNameError):
        Prepared(with_addons.root).checker(name, DAY)


def numbered(workshop: Workshop, *values: tuple[object, str, str], **more: object) -> tuple[State, str, str]:
    """Return how a rule with such a number stands under `us+skin`, why, and which number counts."""
    workshop.parameter("small_count", "10*9/L", *values, **more)
    workshop.rule("counted", {"latest": "anc", "below": "small_count"})
    linked = link(workshop.load(), "us+skin", DAY)
    found = next(rule for rule in linked.rules if rule.id == "counted")
    pinned = linked.parameters.get("small_count")
    return found.state, found.reason, f"{pinned.value} {pinned.source}" if pinned else ""


def test_numbers_that_collide_are_an_error_that_names_both(with_addons: Workshop) -> None:
    """No number is chosen in silence; lint tells it too."""
    found = numbered(with_addons, (1, "us-pi", OLD), (2, "skin-notes", OLD))
    reason = "parameter `small_count` has two values under profile us+skin: 2 from skin-notes and 1 from us-pi"
    assert found == (State.ERROR, reason, "")
    assert [p.message for p in link_problems(with_addons.load(), "us+skin", DAY)] == [reason]
    assert link_problems(with_addons.load(), "us", DAY) == []
    assert reason in {issue.problem.message for issue in lint(with_addons.load(), DAY)}


@pytest.mark.parametrize(("stricter", "expected"), [("lower", "1 us-pi"), ("higher", "2 skin-notes")])
def test_the_stricter_number_counts_where_the_parameter_says_which(
    stricter: str, expected: str, with_addons: Workshop
) -> None:
    """An author may say that the lower, or the higher number is the stricter one."""
    found = numbered(with_addons, (1, "us-pi", OLD), (2, "skin-notes", OLD), stricter=stricter)
    assert found == (State.IN_FORCE, "", expected)


def test_equal_numbers_do_not_collide(with_addons: Workshop) -> None:
    """Two sources that say the same are no conflict; the profile's own is cited."""
    found = numbered(with_addons, (2, "skin-notes", OLD), (2, "us-pi", OLD))
    assert found == (State.IN_FORCE, "", "2 us-pi")


def test_a_number_of_our_own_yields_to_any_other(with_addons: Workshop) -> None:
    """An assumption stands in only where no source gives a number, even where it would be the stricter one."""
    found = numbered(with_addons, (1, "project", OLD), (2, "skin-notes", OLD), stricter="lower")
    assert found == (State.IN_FORCE, "", "2 skin-notes")


def test_worked_examples_of_an_addons_rule_run_with_the_addon(with_addons: Workshop) -> None:
    """A rule that only an add-on has in force is tested under the first profile that takes it."""
    rule_set = with_addons.load()
    assert first_profile(rule_set, rule_set.rules["skin-only"]) == "us+skin"
    assert first_profile(rule_set, rule_set.rules["anc-low"]) == "us"


def test_an_addon_for_a_profile_that_does_not_exist_is_told(with_addons: Workshop) -> None:
    """Lint names the place."""
    with_addons.profile("skin", "skin-notes", adds_to=["us", "atlantis"])
    told = {issue.problem.message for issue in lint(with_addons.load(), DAY)}
    assert "`atlantis` is not a profile" in told


def test_a_patient_is_checked_under_a_profile_with_addons(with_addons: Workshop) -> None:
    """A file may name the profile in any order; every page says which add-ons are in force."""
    state = "fictional: true\nprofile: us+skin+child\nas_of: 2026-03-10\npatient: {label: Ada}\n"
    file = with_addons.write("../ada.yaml", state)
    result = CliRunner().invoke(cli, ["check", str(file), "--rules", str(with_addons.root)])
    assert "profile us+child+skin" in result.stdout
    assert "skin-only" in result.stdout
    again = CliRunner().invoke(cli, ["check", str(file), "--rules", str(with_addons.root), "--profile", "au+child"])
    assert isinstance(again.exception, InputError)
    assert "`au+child` is not a profile of the rule set" in str(again.exception)


def compared(workshop: Workshop, *arguments: str) -> str:
    """Return what `profiles --rules … compare` prints."""
    result = CliRunner().invoke(cli, ["profiles", "--rules", str(workshop.root), "compare", *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_two_profiles_are_compared_from_the_rules(with_addons: Workshop) -> None:
    """What only one asks for, other numbers with their sources, and what is the same."""
    both = [{"statement": "US-PI-1"}, {"statement": "AU-PI-1"}]
    with_addons.parameter("limit", "10*9/L", (1, "us-pi", OLD), (2, "au-pi", OLD))
    with_addons.rule("other-number", {"latest": "anc", "below": "limit"}, guidance=both)
    with_addons.rule("alike", {"latest": "anc", "below": "some_count"}, guidance=both)
    with_addons.rule("only-there", {"latest": "anc", "below": "some_count"}, guidance=[{"statement": "AU-PI-1"}])
    page = compared(with_addons, "us", "au")
    assert " · anc-low" in page
    assert "  only au: Title of only-there [due] · only-there" in page
    assert "  other numbers: Title of other-number · other-number" in page
    assert "What limit means: us 1 10*9/L (us-pi, section 1), au 2 10*9/L (au-pi, section 1) · limit" in page
    assert "rules only under us: 1, only under au: 1, differing: 1, the same: 1" in page
    found = json.loads(compared(with_addons, "us", "au", "--format", "json"))
    (topic,) = found["topics"]
    assert topic["same"] == 1
    assert topic["differing"] == [
        {
            "rule": "other-number",
            "asks_otherwise": False,
            "numbers": [
                {
                    "name": "limit",
                    "a": {"value": "1", "unit": "10*9/L", "source": "us-pi", "locator": "section 1"},
                    "b": {"value": "2", "unit": "10*9/L", "source": "au-pi", "locator": "section 1"},
                }
            ],
        }
    ]


def test_another_question_is_told_apart_from_another_number(with_addons: Workshop) -> None:
    """A definition with a variant for each source makes a rule ask for something else."""
    with_addons.write(
        "definitions/low.yaml",
        """\
        definition: low
        title: Low
        variants:
          - {source: us-pi, when: {latest: anc, below: some_count}}
          - {source: au-pi, when: {lowest: anc, within: window, below: some_count}}
        """,
    )
    with_addons.number("window", "d", 7, "project")
    both = [{"statement": "US-PI-1"}, {"statement": "AU-PI-1"}]
    with_addons.rule("by-variant", {"holds": "low"}, guidance=both)
    assert "asks for something else: Title of by-variant · by-variant" in compared(with_addons, "us", "au")
    assert "by-variant" not in compared(with_addons, "us", "us+skin")
    assert "only us+skin: Title of skin-only [due] · skin-only" in compared(with_addons, "us", "us+skin")
