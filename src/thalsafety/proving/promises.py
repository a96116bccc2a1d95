"""Checks of what authors state: invariants, changes for the worse, and information taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import z3

from thalsafety.engines import reference
from thalsafety.model.plain import SEVERITIES
from thalsafety.proving.encoding import Space
from thalsafety.proving.ground import claimed
from thalsafety.proving.outline import Outline
from thalsafety.proving.relations import codes_of, kind_of
from thalsafety.proving.results import Claim, Status
from thalsafety.proving.searching import PATIENCE, Ending, Searcher
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from thalsafety.errors import Place
    from thalsafety.model.invariant import Worse
    from thalsafety.program import Answer, Feature
    from thalsafety.proving.ground import Ground, Stated
    from thalsafety.proving.searching import Search, Side
    from thalsafety.proving.states import Written

_VALUES = {"latest", "lowest", "highest"}
_CHANGES = {"fall_from_baseline": -1, "rise_from_baseline": 1}
_GRADES = {"grade", "worst_grade"}
_DATES = {"on_file", "days_since", "months_since", "days_overdue", "days_from", "count"}


# ---------------------------------------------------------------- invariants


def promises_kept(ground: Ground) -> Iterator[Claim]:
    """Tell for every invariant whether it holds for every patient."""
    for stated in ground.stated:
        if stated.invariant.always is not None:
            yield _always(ground, stated)
        else:
            yield from _never(ground, stated)


def _always(ground: Ground, stated: Stated) -> Claim:
    promise = stated.invariant.always
    assert promise is not None  # noqa: S101  the caller has looked
    candidates = [
        rule
        for rule in ground.active.values()
        if (not promise.topics or rule.topic in promise.topics) and (not promise.rules or rule.id in promise.rules)
    ]
    names = ground.of_at_least(promise.severity, candidates)
    given = ground.side.space.truth(stated.given)
    nodes = [stated.given, *(ground.nodes[name] for name in names)]
    broken = (FALSE,) if promise.or_cannot_tell else (FALSE, UNKNOWN)
    truths = [ground.side.truths[name] for name in names]
    search = ground.searcher.search(
        [given.true, *(tri.false if promise.or_cannot_tell else z3.Not(tri.true) for tri in truths)],
        nodes,
        lambda answers: (
            reference.evaluate(stated.given, answers) is TRUE
            and all(reference.evaluate(node, answers) in broken for node in nodes[1:])
        ),
    )
    check = "V008" if stated.invariant.covers else "V010"
    return claimed(check, (stated.invariant.invariant,), stated.invariant.title, stated.place, search)


def _never(ground: Ground, stated: Stated) -> Iterator[Claim]:
    for name in stated.invariant.never or ():
        if name not in ground.active:
            continue
        given = ground.side.space.truth(stated.given)
        nodes = [stated.given, ground.nodes[name]]
        search = ground.searcher.search(
            [given.true, ground.side.truths[name].true],
            nodes,
            lambda answers, both=tuple(nodes): all(reference.evaluate(node, answers) is TRUE for node in both),
        )
        of = (stated.invariant.invariant, name)
        yield claimed("V011", of, stated.invariant.title, stated.place, search)


# ---------------------------------------------------------------- for the worse


def worse_is_no_milder(ground: Ground) -> Iterator[Claim]:
    """Tell for every change for the worse whether it ever lowers the worst severity."""
    for invariants, document in ground.rule_set.invariants:
        for index, worse in enumerate(invariants.worse):
            yield from _no_milder(ground, worse, document.place(("worse", index)))


def _no_milder(ground: Ground, worse: Worse, place: Place) -> Iterator[Claim]:
    touched = Touched(Outline(Space(ground.linked.lexicon)), worse)
    moved = {name for name, asked in ground.asked.items() if any(touched.feature(f) for f in asked)}
    for severity in SEVERITIES[: SEVERITIES.index(worse.down_to) + 1]:
        names = ground.of_at_least(severity)
        may_change = [name for name in names if name in moved]
        if not may_change:
            continue
        milder = _Milder(ground, worse, names, may_change)
        search = milder.of_few()
        if search is None:
            search = milder.search(ground.comparer(severity), names)
        text = f"{worse.title}: {severity} stays" + (" or cannot be told" if worse.or_cannot_tell else "")
        yield claimed("V012", (worse.worse, severity), text, place, search)


class _Milder(NamedTuple):
    """The search for a patient whose page grows milder by one change, of the rules of one severity or graver."""

    ground: Ground
    worse: Worse
    names: Sequence[str]
    may_change: Sequence[str]

    def of_few(self) -> Search | None:
        """Return what the rules that the change can reach show alone; nothing when the others matter.

        A proof of few holds of all. A patient found by few counts only when all rules confirm it, and that is tried
        only where rules that cannot tell are no obstacle: nobody asked what they want to know.
        """
        searcher = Searcher(self.ground.day, *self.ground.pair(self.may_change))
        if self.worse.or_cannot_tell:
            return searcher.impossible(self._shown(searcher, self.may_change))
        search = self.search(searcher, self.may_change)
        return None if search.ending is Ending.OPEN else search

    def search(self, searcher: Searcher, names: Sequence[str]) -> Search:
        """Return whether two patients, of whom some rules are asked, show that the page grows milder."""
        nodes = [self.ground.nodes[name] for name in names]
        return searcher.search(self._shown(searcher, names), nodes, self._confirmed)

    def _shown(self, searcher: Searcher, names: Sequence[str]) -> list[z3.BoolRef]:
        before, after = searcher.sides
        gone = (after.truths[name] for name in names)
        return [
            *Touched(before.related.outline, self.worse).changed(before, after),
            z3.Or(*(before.truths[name].true for name in self.may_change)),
            *(tri.false if self.worse.or_cannot_tell else z3.Not(tri.true) for tri in gone),
        ]

    def _confirmed(self, before: Sequence[Answer], after: Sequence[Answer]) -> bool:
        gone = (FALSE,) if self.worse.or_cannot_tell else (FALSE, UNKNOWN)
        return any(self.ground.is_true(name)(before) for name in self.may_change) and all(
            reference.evaluate(self.ground.nodes[name], after) in gone for name in self.names
        )


class Touched:
    """What one change for the worse may touch; everything else is the same for both patients."""

    def __init__(self, outline: Outline, worse: Worse) -> None:
        """Take the code that changes, or the codes of its group."""
        self.worse = worse
        self.outline = outline
        self.codes = frozenset(outline.space.lexicon.covers(worse.of))
        self.kind = outline.space.lexicon.terms[worse.of].kind

    def feature(self, feature: Feature) -> bool:
        """Return whether the answer to a question may change."""
        if kind_of(self.outline, feature) != self.kind or not self.codes & set(codes_of(feature)):
            return False
        if self.worse.change in {"lower", "higher"}:
            return feature.kind in _VALUES or feature.kind in _CHANGES
        if self.worse.change == "graver":
            return feature.kind in _GRADES
        return self.worse.change == "present" or feature.kind in _DATES

    def changed(self, before: Side, after: Side) -> Iterator[z3.BoolRef]:
        """Return what one patient and the worse one have in common, and how they differ."""
        for feature in before.space.inputs:
            one, other = before.space.input(feature), after.space.input(feature)
            if not self.feature(feature):
                yield z3.And(*(mine == its for mine, its in zip(one, other, strict=True)))
            elif self.worse.change in {"lower", "higher"}:
                sign = 1 if self.worse.change == "higher" else -1
                sign *= _CHANGES.get(feature.kind, 1)
                yield z3.And(one.absent == other.absent, one.unsure == other.unsure)
                yield z3.And(other.low * sign >= one.low * sign, other.high * sign >= one.high * sign)
            elif feature.kind == "recurred_after_restart" or (
                feature.kind == "event_ever" and "since" in feature.chosen
            ):
                yes = before.space.word("yes")
                yield z3.Implies(z3.And(one.known, one.low == yes), z3.And(other.known, other.low == yes))
            elif feature.kind == "worst_grade":
                yield z3.And(one.absent == other.absent, other.low >= one.low, other.high >= one.high)
        yield from self._records(before.related.outline, after.related.outline)

    def _records(self, one: Outline, other: Outline) -> Iterator[z3.BoolRef]:
        """Return that the two records are the same but for the change."""
        for table in ("lists", "flags", "doubtful", "milestones", "ages", "events", "words", "values"):
            mine, its = getattr(one, table), getattr(other, table)
            for key in [key for key in mine if key in its]:
                code = key[1] if isinstance(key, tuple) else key
                parts = mine[key] if isinstance(mine[key], tuple) else (mine[key],)
                others = its[key] if isinstance(its[key], tuple) else (its[key],)
                if code in self.codes and table not in {"lists", "milestones"}:
                    yield from self._moved(table, parts, others)
                else:
                    yield z3.And(*(a == b for a, b in zip(parts, others, strict=True)))

    def _moved(self, table: str, parts: Any, others: Any) -> Iterator[z3.BoolRef]:
        """Return how a part of the record that is about the code may move."""
        change = self.worse.change
        same = z3.And(*(a == b for a, b in zip(parts, others, strict=True)))
        if change == "older" and table == "ages":
            yield z3.And(parts.dated == others.dated, parts.undated == others.undated)
            yield z3.And(others.near >= parts.near, others.far >= parts.far)
        elif change == "graver" and table == "events":
            yield z3.And(*(a == b for a, b in zip(parts[:4], others[:4], strict=True)))
            yield z3.And(*(b >= a for a, b in zip(parts[4:], others[4:], strict=True)))
        elif change == "present" and table in {"events", "flags", "doubtful"}:
            # what was there stays there; the rest may come
            flags = [(a, b) for a, b in zip(parts, others, strict=True) if z3.is_bool(a)]
            yield z3.And(*(z3.Implies(a, b) for a, b in flags))
            if table == "events":
                yield z3.And(*(b >= a for a, b in zip(parts[4:], others[4:], strict=True)))
                yield z3.Implies(others.ever, z3.Or(parts.ever, others.active))
        elif change == "present" and table == "ages":
            yield z3.And(z3.Implies(parts.dated, others.dated), parts.undated == others.undated)
            yield z3.Implies(parts.dated, z3.And(others.near <= parts.near, others.far <= parts.far))
        elif not (change in {"lower", "higher"} and table == "values"):
            yield same


# ---------------------------------------------------------------- information taken away


def nothing_is_silenced(ground: Ground) -> Iterator[Claim]:
    """Tell for every rule whether it can go from applying to not applying when only information is taken away.

    It may when the topic still says something at least as grave, or cannot tell it.
    """
    for name in ground.active:
        text = f"{name} is not silenced by information that is taken away"
        place = ground.place(name, "when")
        if _speaks_by_itself(ground, name):
            yield Claim("V013", (name,), text, Status.PROVED, place)
            continue
        search = _silenced(ground, name)
        gone = _gone(*search.states) if search.states else []
        text += f" (here: {', '.join(gone)})" if gone else ""
        yield claimed("V013", (name,), text, place, search)


def _speaks_by_itself(ground: Ground, name: str) -> bool:
    """Return whether no answers at all, however little they hang together, let the rule fall silent."""
    node = ground.nodes[name]
    more, less = Space(ground.linked.lexicon, "a:"), Space(ground.linked.lexicon, "b:")
    solver = z3.Solver()
    solver.set("rlimit", PATIENCE)
    solver.add(more.truth(node).true, less.truth(node).false)
    for feature in ground.asked[name]:
        one, other = more.input(feature), less.input(feature)
        solver.add(z3.Or(_equal(one, other), other.absent))
    solver.add(*more.bounds(), *less.bounds())
    return bool(solver.check() == z3.unsat)


def _equal(one: Sequence[z3.ExprRef], other: Sequence[z3.ExprRef]) -> z3.BoolRef:
    return z3.And(*(mine == its for mine, its in zip(one, other, strict=True)))


def _silenced(ground: Ground, name: str) -> Search:
    rule = ground.active[name]
    others = [
        other.id
        for other in ground.active.values()
        if other.id != name
        and SEVERITIES.index(other.severity) <= ground.rank(name)
        and (other.topic == rule.topic or ground.covers(other.id, name))
    ]
    names = (name, *others)
    nodes = [ground.nodes[one] for one in names]
    before, after = ground.pair(names)
    shown = [
        before.truths[name].true,
        *(after.truths[one].false for one in names),
        *_less(before, after, list(before.space.inputs)),
    ]

    def confirmed(more: Sequence[Answer], less: Sequence[Answer]) -> bool:
        return ground.is_true(name)(more) and all(reference.evaluate(node, less) is FALSE for node in nodes)

    def change(states: tuple[Written, ...]) -> tuple[Written, ...]:
        return _least_taken(before, states, confirmed)

    return Searcher(ground.day, before, after).search(shown, nodes, confirmed, change)


def _least_taken(
    side: Side, states: tuple[Written, ...], confirmed: Callable[[Sequence[Answer], Sequence[Answer]], bool]
) -> tuple[Written, ...]:
    """Return the first record, and the same with as little taken away as still shows it."""
    more = states[0]
    less = _without(more, states[1])
    full = side.answers(more)
    for path in _taken(more, less):
        fuller = _given_back(more, less, path)
        answers = side.answers(fuller)
        if full is not None and answers is not None and confirmed(full, answers):
            less = fuller
    return more, less


def _taken(more: Written, less: Written, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the keys that one record has and the other lacks."""
    for key, value in more.items():
        if key not in less:
            yield (*path, key)
        elif isinstance(value, dict):
            yield from _taken(value, less[key], (*path, key))


def _given_back(more: Written, less: Written, path: tuple[str, ...]) -> Written:
    """Return a record with one of the keys that it lacks."""
    key = path[0]
    return less | {key: more[key] if len(path) == 1 else _given_back(more[key], less[key], path[1:])}


def _gone(more: Written, less: Written) -> list[str]:
    return [".".join(path) for path in _taken(more, less)]


def _less(before: Side, after: Side, asked: Iterable[Feature]) -> Iterator[z3.BoolRef]:
    """Return that the second patient's record is the first one's without some lists, facts and dates."""
    one, other = before.related.outline, after.related.outline
    for feature in asked:
        mine, its = before.space.input(feature), after.space.input(feature)
        same = _equal(mine, its)
        yield z3.Or(same, its.absent)
        kind = kind_of(one, feature)
        if kind in other.lists:
            gone = z3.And(its.absent, z3.Not(mine.absent))
            if feature.chosen.keys().isdisjoint({"since", "since_latest", "before", "to", "counted_from"}):
                yield z3.Implies(gone, z3.Not(other.recorded(kind)))
    for what in one.lists:
        yield z3.Implies(other.recorded(what), one.recorded(what))
    for name in one.milestones:
        mine_, its_ = one.milestone(name), other.milestone(name)
        same = _equal(mine_, its_)
        yield z3.Or(same, z3.And(its_.absent, z3.Not(its_.none)))
    for key, ages in one.ages.items():
        kept = other.recorded(key[0])
        yield z3.Implies(kept, _equal(ages, other.ages[key]))
    for code, event in one.events.items():
        both = _equal(event, other.events[code])
        yield z3.Implies(other.recorded("events"), both)


def _without(more: Written, less: Written) -> Written:
    """Return a record without the keys that another one lacks."""
    return {
        key: _without(value, less[key]) if isinstance(value, dict) and isinstance(less[key], dict) else value
        for key, value in more.items()
        if key in less
    }
