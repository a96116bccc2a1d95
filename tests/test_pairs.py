"""A pair of example patients for each topic that differ in one fact; and every topic shown under each base profile.

The pages of a pair are judged as a whole by the promises of the two patients (`test_rules.py`). Here the pair itself is
held to what makes it one: a single difference in the record, and an item of its topic on one page only.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from building import EXAMPLES, RULES, example_patients, packaged_rules
from thalsafety.linked import State
from thalsafety.testing import Page, Runner, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.loading.patients import Loaded
    from thalsafety.model.patient import PatientState

PAIRS = EXAMPLES / "pairs"
TOPICS = sorted(path.parent.name for path in RULES.glob("*/topic.yaml"))
BASE_PROFILES = ("us", "eu", "uk", "br")
NAMES = {("patient", "label"), ("patient", "identifier")}


@cache
def runner() -> Runner:
    """Return one runner, so that the rules are linked and compiled once."""
    return Runner(packaged_rules())


def state_of(loaded: Loaded) -> PatientState:
    """Return the state of an example patient, which must have no problem."""
    assert loaded.state is not None, loaded.problems
    return loaded.state


def pair_of(topic: str) -> list[Loaded]:
    """Return the patients of a topic's pair."""
    file = f"pairs/{topic}.yaml"
    return [loaded for name, loaded in example_patients().items() if name.partition("#")[0] == file]


def recorded(loaded: Loaded) -> object:
    """Return what a file says of one patient, as written."""
    assert loaded.document is not None
    data: object = loaded.document.data
    for step in loaded.path:
        data = data[step]  # type: ignore[index]  # the path was made from this document
    return data


def leaves(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every leaf of a record with its path; an empty list or mapping is a leaf as well."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if not data or not isinstance(data, (dict, list)):
        yield path, str(data)
    for step, part in entries:
        yield from leaves(part, (*path, step))


def facts(loaded: Loaded) -> dict[tuple[str | int, ...], str]:
    """Return the leaves of a record but for its names and its promises."""
    return {path: leaf for path, leaf in leaves(recorded(loaded)) if path[0] != "expect" and path not in NAMES}


def story_of(topic: str) -> str:
    """Return the words before the patients of a pair, in one line."""
    header = (PAIRS / f"{topic}.yaml").read_text("utf-8").partition("\npatients:")[0]
    return " ".join(line.removeprefix("#").strip() for line in header.splitlines())


@cache
def outcomes(name: str) -> dict[str, str]:
    """Return the outcome of every rule for an example patient under its own profile."""
    state = state_of(example_patients()[name])
    return runner().outcomes(state, state.profile)


def page_of(name: str) -> Page:
    """Return the page of an example patient."""
    state = state_of(example_patients()[name])
    return page(outcomes(name), runner().links.of(state.profile, state.as_of.day()).rules)


# ---------------------------------------------------------------- pairs


def test_every_topic_has_a_pair_and_nothing_else_is_one() -> None:
    """Each topic has a file of its name with two patients, and no other file stands among the pairs."""
    assert len(TOPICS) > 20
    assert sorted(path.name for path in PAIRS.iterdir()) == [f"{topic}.yaml" for topic in TOPICS]
    assert {topic: len(pair_of(topic)) for topic in TOPICS} == dict.fromkeys(TOPICS, 2)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_pair_differs_in_one_leaf(topic: str) -> None:
    """One leaf of the two records has two values, or stands in one of them only."""
    one, other = map(facts, pair_of(topic))
    assert len([path for path in one.keys() | other.keys() if one.get(path) != other.get(path)]) == 1


@pytest.mark.parametrize("topic", TOPICS)
def test_an_item_of_the_topic_flips(topic: str) -> None:
    """The rule that the story names is of the topic and an item on one page only; both promise their whole page."""
    items = []
    for position, loaded in enumerate(pair_of(topic), 1):
        expect = state_of(loaded).expect
        assert expect is not None
        assert expect.items is not None
        assert expect.covered is not None
        items.append(page_of(f"pairs/{topic}.yaml#{position}").items.keys())
    one, other = items
    told = re.search(r"What differs: .+ What flips: ([a-z0-9-]+)", story_of(topic))
    assert told
    assert told[1] in one ^ other
    assert packaged_rules().topic_of[told[1]] == topic


@pytest.mark.parametrize("topic", TOPICS)
def test_the_pages_of_a_pair_are_short(topic: str) -> None:
    """Beside what flips, nothing takes the eye: no page of a pair has more than one item."""
    assert max(len(page_of(f"pairs/{topic}.yaml#{position}").items) for position in (1, 2)) == 1


# ---------------------------------------------------------------- topics and profiles


def topics_in_force(profile: str) -> set[str]:
    """Return the topics with a rule in force under a profile, on the day of the newest example patient."""
    day = max(state_of(loaded).as_of.day() for loaded in example_patients().values())
    rules = runner().links.of(profile, day).rules
    return {rule.topic for rule in rules if rule.state is State.IN_FORCE}


@pytest.mark.untraced  # every example patient, through code that other tests measure
@pytest.mark.parametrize("profile", BASE_PROFILES)
def test_every_topic_of_a_profile_is_shown(profile: str) -> None:
    """For each topic of a profile a rule applies to an example patient of it, or of it with an add-on."""
    names = [name for name, loaded in example_patients().items() if state_of(loaded).profile.split("+")[0] == profile]
    shown = {
        packaged_rules().topic_of[rule] for name in names for rule, word in outcomes(name).items() if word == "applies"
    }
    wanted = topics_in_force(profile)
    assert wanted
    assert wanted - shown == set()
