"""Which answers would decide an open verdict: the fewest questions that could, and what they would have to say.

A *certificate* is a set of open questions with, for each, the answers that it may have, such that the verdict is
decided whatever the other open questions say. Certificates are built from the leaves upwards: for `all` to be true one
is needed of every part, for it to be false one of any part; `any` is the mirror image. Only the smallest are kept.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from thalsafety.checklists.settling import possible
from thalsafety.engines import reference
from thalsafety.program import All, Compare, Feature, Missing, Not, leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thalsafety.program import Answer, Node

Certificate: TypeAlias = "frozenset[tuple[Feature, frozenset[int]]]"
"""Questions with the places of those of their possible answers that serve."""
_AS_IT_IS = -1
"""The place that stands for leaving a question as it is."""
_MOST = 400
_SURELY_UP_TO = 5
"""Open questions beyond which it is not looked for what would decide surely; it takes every combination of answers."""


class Way(NamedTuple):
    """Some open questions that could decide: each with the answers that would, and the verdict then."""

    verdict: Truth
    answers: tuple[tuple[Feature, tuple[Answer, ...]], ...]


class Settling(NamedTuple):
    """What would settle an open verdict.

    `ways` are the smallest sets of questions of which some answers decide, fewest questions first. `surely` are the
    smallest sets whose answers decide whatever they are, or nothing when there are too many questions to look.
    `too_many` are the verdicts to which there are more ways than anyone would read; none of them is in `ways`.
    """

    ways: tuple[Way, ...]
    surely: tuple[tuple[Feature, ...], ...] | None
    too_many: frozenset[Truth] = frozenset()


class _TooManyError(Exception):
    """There are more certificates than anyone would read."""


def settling(when: Node, open_: Sequence[Feature], answers: Sequence[Answer]) -> Settling:
    """Return what would settle a condition whose verdict is unknown, given its open questions."""
    asked = leaves(when)
    choices = {
        feature: possible([leaf for leaf in asked if leaf.feature == feature], answers[feature.index])
        for feature in open_
    }
    builder = _Builder(choices, answers)
    ways: list[Way] = []
    too_many: set[Truth] = set()
    for verdict in (FALSE, TRUE):
        try:
            found = _smallest(map(_asked, builder.of(when, verdict)))
        except _TooManyError:
            too_many.add(verdict)
            continue
        for certificate in sorted(found, key=_order):
            parts = sorted(certificate, key=lambda pair: pair[0].index)
            told = tuple(
                (feature, tuple(choices[feature][place] for place in sorted(places))) for feature, places in parts
            )
            ways.append(Way(verdict, told))
    shortest_first = tuple(sorted(ways, key=lambda way: len(way.answers)))
    return Settling(shortest_first, _surely(when, choices, answers), frozenset(too_many))


def _asked(certificate: Certificate) -> Certificate:
    """Return a certificate without the questions that serve as they are."""
    return frozenset((feature, places) for feature, places in certificate if _AS_IT_IS not in places)


def _order(certificate: Certificate) -> tuple[int, list[int]]:
    return len(certificate), sorted(feature.index for feature, _ in certificate)


class _Builder:
    """The certificates of one condition, node by node."""

    def __init__(self, choices: dict[Feature, list[Answer]], answers: Sequence[Answer]) -> None:
        self._choices = choices
        self._answers = answers
        self._made: dict[tuple[int, Truth], set[Certificate]] = {}

    def of(self, node: Node, truth: Truth) -> set[Certificate]:
        """Return the smallest certificates for a node to be true, or false."""
        key = (id(node), truth)
        if key not in self._made:
            self._made[key] = _smallest(self._build(node, truth))
        return self._made[key]

    def _build(self, node: Node, truth: Truth) -> Iterable[Certificate]:
        if isinstance(node, (Compare, Missing)):
            return self._leaf(node, truth)
        if isinstance(node, Not):
            return self.of(node.part, truth.negated())
        every = truth is (TRUE if isinstance(node, All) else FALSE)
        parts = [self.of(part, truth) for part in node.parts]
        if not every:
            return {certificate for part in parts for certificate in part}
        joined: set[Certificate] = {frozenset()}
        for part in parts:
            joined = _smallest(both for one in joined for other in part if (both := _joined(one, other)) is not None)
            if len(joined) > _MOST:
                raise _TooManyError
        return joined

    def _leaf(self, node: Compare | Missing, truth: Truth) -> set[Certificate]:
        if node.feature not in self._choices:
            found = reference.evaluate(node, self._answers)
            return {frozenset()} if found is truth else set()
        found = reference.evaluate(node, self._answers)
        places = {
            place
            for place, choice in enumerate(self._choices[node.feature])
            if reference.evaluate(node, {node.feature.index: choice}) is truth
        }
        if found is truth:
            places.add(_AS_IT_IS)
        return {frozenset({(node.feature, frozenset(places))})} if places else set()


def _joined(one: Certificate, other: Certificate) -> Certificate | None:
    """Return a certificate that is both, or nothing when a question would need two answers."""
    places = dict(one)
    for feature, wanted in other:
        both = places.get(feature, wanted) & wanted
        if not both:
            return None
        places[feature] = both
    return frozenset(places.items())


def _smallest(found: Iterable[Certificate]) -> set[Certificate]:
    """Return certificates that no other serves for: none asks fewer questions and takes at least the same answers."""
    kept: list[dict[Feature, frozenset[int]]] = []
    for certificate in sorted(set(found), key=_order):
        wanted = dict(certificate)
        if not any(
            all(feature in wanted and places >= wanted[feature] for feature, places in one.items()) for one in kept
        ):
            kept.append(wanted)
    return {frozenset(one.items()) for one in kept}


def _surely(
    when: Node, choices: dict[Feature, list[Answer]], answers: Sequence[Answer]
) -> tuple[tuple[Feature, ...], ...] | None:
    """Return the smallest sets of questions that decide whatever they are answered."""
    if len(choices) > _SURELY_UP_TO:
        return None
    found: list[tuple[Feature, ...]] = []
    for size in range(1, len(choices) + 1):
        for chosen in combinations(choices, size):
            if not any(set(one) <= set(chosen) for one in found) and _decides(when, chosen, choices, answers):
                found.append(chosen)
    return tuple(found)


def _decides(
    when: Node, chosen: tuple[Feature, ...], choices: dict[Feature, list[Answer]], answers: Sequence[Answer]
) -> bool:
    trial = dict(enumerate(answers))
    for given in product(*(choices[feature] for feature in chosen)):
        trial.update({feature.index: answer for feature, answer in zip(chosen, given, strict=True)})
        if reference.evaluate(when, trial) is UNKNOWN:
            return False
    return True
