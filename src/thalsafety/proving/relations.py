"""How the answers of one record hang together; without this, impossible patients would refute true things.

Every relation only restricts, holds of every record that is accepted, and says why in its docstring, by
`features.answering`. What is not certain is left out: then too much is thought possible, never too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

import z3

from thalsafety.features.answering import can_be_unsure
from thalsafety.proving.outline import Ages, Doubtful, Outline, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from thalsafety.program import Feature
    from thalsafety.proving.encoding import Input, Space
    from thalsafety.proving.outline import Named

Formulas: TypeAlias = "Iterator[z3.BoolRef]"
_SLACK = 4
_MONTH_LOW, _MONTH_HIGH = (3043, 100), (3044, 100)
"""A month is between 30.43 and 30.44 days long in the long run; `_SLACK` days cover the calendar."""
_DATED_KINDS = ("observations", "documents")
_MINUTES_OF_A_DAY = 1440


class Related(NamedTuple):
    """What holds of the answers of a space, relation by relation, and the record that they share."""

    outline: Outline
    by_name: dict[str, list[z3.BoolRef]]

    @property
    def formulas(self) -> list[z3.BoolRef]:
        """Return everything that holds."""
        return [formula for formulas in self.by_name.values() for formula in formulas]


def related(space: Space) -> Related:
    """Return the relations between all questions that were asked for so far."""
    outline = Outline(space)
    by_name: dict[str, list[z3.BoolRef]] = {}
    for relation in RELATIONS:
        found: list[z3.BoolRef] = []
        for feature in list(space.inputs):
            found += relation(outline, feature, space.input(feature))
        if found:
            by_name[relation.__name__] = found
    for of_course in OF_THE_RECORD:
        by_name[of_course.__name__] = list(of_course(outline))
    by_name["parts_of_a_record"] = outline.always
    return Related(outline, by_name)


# ---------------------------------------------------------------- small parts


def codes_of(feature: Feature) -> tuple[str, ...]:
    """Return the codes that a question is about: those of its group, or its subject."""
    return cast("tuple[str, ...]", feature.chosen.get("members") or (feature.subject,))


def kind_of(outline: Outline, feature: Feature) -> str:
    """Return the vocabulary of a question's subject; nothing for milestones and facts."""
    term = None if feature.kind == "fact" else outline.space.lexicon.terms.get(feature.subject)
    return term.kind if term is not None else ""


def _length(pinned: object) -> tuple[Decimal, str]:
    """Return a duration as the linker pins it, without the name of its parameter."""
    _name, value, unit = cast("tuple[str, Decimal, str]", pinned)
    return value, unit


def _days(feature: Feature, option: str) -> int | None:
    """Return a duration of a question in days; nothing without one, or when it is counted otherwise."""
    length = feature.chosen.get(option)
    if length is None:
        return None
    value, unit = _length(length)
    return int(value) if unit == "d" and value == int(value) else None


def least_and_most_days(feature: Feature, option: str) -> tuple[int, int] | None:
    """Return between how many days a duration lies: months differ."""
    length = feature.chosen.get(option)
    if length is None:
        return None
    value, unit = _length(length)
    if unit == "d":
        return int(value), int(value)
    if unit == "min":
        return int(value / _MINUTES_OF_A_DAY), int(value / _MINUTES_OF_A_DAY) + 2
    return int(value * _MONTH_LOW[0] / _MONTH_LOW[1]) - _SLACK, int(value * _MONTH_HIGH[0] / _MONTH_HIGH[1]) + _SLACK


def _yes(outline: Outline, asked: Input) -> z3.BoolRef:
    return z3.And(asked.known, asked.low == outline.space.word("yes"))


def _no(outline: Outline, asked: Input) -> z3.BoolRef:
    return z3.And(asked.known, asked.low == outline.space.word("no"))


def _entries(outline: Outline, feature: Feature) -> tuple[Ages, list[z3.BoolRef]]:
    """Return the entries that a question is about, and what makes several codes one."""
    kind, result = kind_of(outline, feature), str(feature.chosen.get("result") or "")
    parts = [outline.latest(kind, code, result) for code in codes_of(feature)]
    return union(parts, f"{outline.space.prefix}record:{kind}:{feature.subject}:{result}:of {len(parts)}")


def _some(outline: Outline, what: str, feature: Feature) -> Doubtful:
    """Return whether one of several drugs, methods or procedures surely, or perhaps, is there."""
    parts = [outline.perhaps(what, code) for code in codes_of(feature)]
    return Doubtful(z3.Or(*(part.surely for part in parts)), z3.Or(*(part.maybe for part in parts)))


def _of_unknown_class(outline: Outline, feature: Feature) -> z3.BoolRef:
    """Return whether a medicine is, or perhaps is, taken that may or may not be one of those asked about."""
    parts = [outline.perhaps("drugs", code) for code in outline.space.lexicon.in_doubt(codes_of(feature))]
    return z3.Or(*(z3.Or(part.surely, part.maybe) for part in parts))


# ---------------------------------------------------------------- lists


def list_not_recorded(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Give all questions about a list that was not recorded no answer: each begins by asking for the list.

    The kind of list is that of the subject in the vocabulary; methods stand under `reproduction`.
    """
    kind = kind_of(outline, feature)
    if kind in {"observations", "documents", "conditions", "procedures", "drugs", "events", "contraceptives"}:
        if feature.kind == "taking" and feature.subject == outline.space.lexicon.subject:
            return
        if feature.kind in {"body", "days_on"} and kind != "drugs":
            return
        if feature.kind == "days_on" and feature.subject == outline.space.lexicon.subject:
            return
        if feature.kind == "days_from":  # the milestone that it counts to is asked for first
            end = outline.milestone(str(feature.chosen["to"]))
            yield z3.Implies(z3.And(end.known, z3.Not(outline.recorded(kind))), asked.absent)
            return
        if feature.kind == "body":
            return
        yield z3.Implies(z3.Not(outline.recorded(kind)), asked.absent)


def nothing_in_an_unrecorded_list(outline: Outline, feature: Feature, _asked: Input) -> Formulas:
    """Let a list that was not recorded have no entries: there is nowhere that they could stand."""
    kind = kind_of(outline, feature)
    if kind in _DATED_KINDS and feature.kind != "body":
        entries, _made = _entries(outline, feature)
        yield z3.Implies(z3.Not(outline.recorded(kind)), z3.Not(entries.any))
        yield from _made
    if kind == "events":
        for code in codes_of(feature):
            yield z3.Implies(z3.Not(outline.recorded("events")), z3.Not(outline.event(code).ever))


def plain_yes_or_no(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer traits, conditions and former conditions by whether one of the codes stands in the list.

    A recorded list answers surely, whatever the dates: dates of conditions end on the day of the check.
    """
    lists = {"trait": "traits", "condition": "conditions", "condition_ever": "conditions"}
    if feature.kind not in lists:
        return
    yield z3.Not(asked.unsure)
    yield asked.absent == z3.Not(outline.recorded(lists[feature.kind]))
    held = z3.Or(*(outline.flag(feature.kind, code) for code in codes_of(feature)))
    yield z3.Implies(asked.known, _yes(outline, asked) == held)


def present_conditions_were_ever_there(outline: Outline, feature: Feature, _asked: Input) -> Formulas:
    """Count a present condition among all conditions: both questions read the same list."""
    if feature.kind in {"condition", "condition_ever"}:
        for code in codes_of(feature):
            yield z3.Implies(outline.flag("condition", code), outline.flag("condition_ever", code))


def doubtful_yes_or_no(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer drugs taken, methods in use and operations done: yes by a sure one, unsure by a possible one, else no.

    A drug that is not in the vocabulary, or of which only the group is recorded, is a possible one.
    """
    lists = {"taking": "drugs", "using": "contraceptives", "procedure": "procedures"}
    if feature.kind not in lists or feature.subject == outline.space.lexicon.subject:
        return
    yield asked.absent == z3.Not(outline.recorded(lists[feature.kind]))
    some = _some(outline, lists[feature.kind], feature)
    if "within" in feature.chosen:  # a method that was stopped not long ago counts too
        yield z3.Implies(z3.And(z3.Not(asked.absent), some.surely), _yes(outline, asked))
        return
    yield z3.Implies(z3.Not(asked.absent), _yes(outline, asked) == some.surely)
    maybe = z3.Or(some.maybe, _of_unknown_class(outline, feature)) if feature.kind == "taking" else some.maybe
    yield z3.Implies(z3.Not(asked.absent), asked.unsure == z3.And(z3.Not(some.surely), maybe))


def methods_counted(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count methods surely in use as the lower bound, and those perhaps in use on top as the upper: each code once."""
    if feature.kind != "methods_in_use":
        return
    parts = [outline.perhaps("contraceptives", code) for code in codes_of(feature)]
    yield asked.absent == z3.Not(outline.recorded("contraceptives"))
    yield z3.Not(asked.unsure)
    low = z3.Sum(*(z3.If(part.surely, 1, 0) for part in parts))
    high = z3.Sum(*(z3.If(z3.Or(part.surely, part.maybe), 1, 0) for part in parts))
    yield z3.Implies(asked.known, z3.And(asked.low == low, asked.high == high))


def days_of_use_need_use(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let days of use up to today be more than none only for a method that surely is in use today.

    A start that surely lies before today, and an end that does not, is what `period` calls surely in use.
    """
    if feature.kind != "days_using":
        return
    if "to" in feature.chosen:
        end = outline.milestone(str(feature.chosen["to"]))
        recorded = outline.recorded("contraceptives")
        yield z3.Implies(z3.And(recorded, end.absent), asked.absent)
        yield z3.Implies(z3.And(recorded, end.unsure), asked.unsure)
        yield z3.Implies(z3.And(recorded, end.known), z3.Not(asked.absent))
        return
    yield asked.absent == z3.Not(outline.recorded("contraceptives"))
    yield z3.Implies(z3.And(asked.known, asked.low > 0), _some(outline, "contraceptives", feature).surely)


def days_on_a_drug_need_it(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let days on a drug and its dose be known only while it surely is taken: otherwise both say why not."""
    if feature.kind in {"days_on", "dose_of"} and feature.subject != outline.space.lexicon.subject:
        some = _some(outline, "drugs", feature)
        yield z3.Implies(asked.known, some.surely)
        if feature.kind == "days_on":
            yield z3.Implies(z3.And(some.surely, z3.Not(some.maybe)), z3.Not(asked.absent))


def drugs_counted(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count entries of drugs wherever the list was recorded: one of unknown class only widens the bounds."""
    if feature.kind == "count" and kind_of(outline, feature) == "drugs" and "since" not in feature.chosen:
        yield asked.absent == z3.Not(outline.recorded("drugs"))
        yield z3.Not(asked.unsure)


def steroids_of_a_group(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let a group of steroids come to no less than those in it: its entries are theirs, and more.

    A group is known only when each entry in the time is, so what is in it is known as well.
    """
    if feature.kind != "steroid_dose":
        return
    codes = set(codes_of(feature))
    for other in list(outline.space.inputs):
        if (
            other.kind == "steroid_dose"
            and other != feature
            and other.chosen.get("within") == feature.chosen.get("within")
            and set(codes_of(other)) <= codes
        ):
            part = outline.space.input(other)
            yield z3.Implies(asked.known, part.known)
            yield z3.Implies(asked.known, z3.And(asked.low >= part.low, asked.high >= part.high))


# ---------------------------------------------------------------- events


def events_by_term(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer whether an event is active, or ever was, from the same entries, term by term.

    A group asks for all of its terms; `suspected` leaves entries out that are judged unrelated.
    """
    if feature.kind not in {"event_active", "event_ever"} or "since" in feature.chosen:
        return
    yield asked.absent == z3.Not(outline.recorded("events"))
    yield z3.Not(asked.unsure)
    field = feature.kind.removeprefix("event_") + ("_suspected" if feature.chosen.get("suspected") else "")
    there = z3.Or(*(getattr(outline.event(code), field) for code in codes_of(feature)))
    yield z3.Implies(asked.known, _yes(outline, asked) == there)


def grades_by_term(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Take the worst grade from the active entries, term by term; none active is grade 0."""
    if feature.kind != "grade":
        return
    yield asked.absent == z3.Not(outline.recorded("events"))
    yield z3.Not(asked.unsure)
    suffix = "_suspected" if feature.chosen.get("suspected") else ""
    events = [outline.event(code) for code in codes_of(feature)]
    for bound, field in ((asked.low, "low"), (asked.high, "high")):
        grades = [getattr(event, field + suffix) for event in events]
        yield z3.Implies(asked.known, z3.And(*(bound >= grade for grade in grades)))
        yield z3.Implies(asked.known, z3.Or(*(bound == grade for grade in grades)))


def worst_grade_is_no_less(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let the worst grade ever be no less than the worst that is active: resolved entries only add; none is grade 0."""
    if feature.kind != "worst_grade":
        return
    yield asked.absent == z3.Not(outline.recorded("events"))
    yield z3.Not(asked.unsure)
    suffix = "_suspected" if feature.chosen.get("suspected") else ""
    for code in codes_of(feature):
        event = outline.event(code)
        yield z3.Implies(asked.known, asked.low >= getattr(event, "low" + suffix))
        yield z3.Implies(asked.known, asked.high >= getattr(event, "high" + suffix))
    ever = z3.Or(*(getattr(outline.event(code), "ever" + suffix) for code in codes_of(feature)))
    yield z3.Implies(asked.known, z3.If(ever, asked.low >= 1, asked.high == 0))


def events_since_a_milestone(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer "since" with no when there is no such event, else by the milestone; a yes needs one not before it."""
    if feature.kind != "event_ever" or "since" not in feature.chosen:
        return
    start = outline.milestone(str(feature.chosen["since"]))
    suffix = "_suspected" if feature.chosen.get("suspected") else ""
    ever = z3.Or(*(getattr(outline.event(code), "ever" + suffix) for code in codes_of(feature)))
    recorded = outline.recorded("events")
    entries, made = _entries(outline, feature)
    yield from made
    yield z3.Implies(z3.And(recorded, z3.Not(ever)), _no(outline, asked))
    yield z3.Implies(z3.And(recorded, ever, start.absent), asked.absent)
    yield z3.Implies(z3.And(recorded, ever, start.unsure), asked.unsure)
    yield z3.Implies(z3.And(recorded, start.known), z3.Not(asked.absent))
    yield z3.Implies(_yes(outline, asked), z3.And(ever, entries.dated, entries.near <= start.far))
    if not suffix:
        later = z3.And(start.known, entries.dated, z3.Not(entries.undated), entries.far < start.near)
        yield z3.Implies(z3.And(recorded, later), _yes(outline, asked))


def recurrence(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let a recurrence need an event of the kind, and a restart that is dated; without events the answer is no."""
    if feature.kind != "recurred_after_restart":
        return
    restart = outline.milestone("restart")
    field = "ever_suspected" if feature.chosen.get("suspected") else "ever"
    ever = z3.Or(*(getattr(outline.event(code), field) for code in codes_of(feature)))
    recorded = outline.recorded("events")
    yield z3.Implies(z3.And(recorded, z3.Not(ever)), _no(outline, asked))
    yield z3.Implies(z3.And(recorded, ever, restart.none), _no(outline, asked))
    yield z3.Implies(z3.And(recorded, ever, restart.absent, z3.Not(restart.none)), asked.absent)
    yield z3.Implies(z3.And(recorded, ever, restart.unsure), asked.unsure)
    yield z3.Implies(z3.And(recorded, restart.known), z3.Not(asked.absent))
    yield z3.Implies(_yes(outline, asked), z3.And(ever, restart.known))
    for other, its in outline.space.inputs.items():
        if other.kind == "event_ever" and (other.subject, other.chosen.get("since")) == (feature.subject, "restart"):
            same = bool(other.chosen.get("suspected")) == bool(feature.chosen.get("suspected"))
            if same:
                yield z3.Implies(_yes(outline, asked), _yes(outline, its))


# ---------------------------------------------------------------- observations and documents


def on_file_at_all(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer "on file" without a window by whether there is an entry; with one, a yes needs an entry."""
    if feature.kind != "on_file" or kind_of(outline, feature) not in _DATED_KINDS:
        return
    entries, _made = _entries(outline, feature)
    recorded = outline.recorded(kind_of(outline, feature))
    yield z3.Implies(_yes(outline, asked), entries.any)
    yield z3.Implies(z3.And(recorded, z3.Not(entries.any)), _no(outline, asked))
    if feature.chosen.keys().isdisjoint({"before", "since", "since_latest", "from_", "within", "to"}):
        yield asked.absent == z3.Not(recorded)
        yield z3.Not(asked.unsure)
        yield z3.Implies(asked.known, _yes(outline, asked) == entries.any)


def on_file_within(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer "within so many days" by the age of the latest entry: older ones add nothing, undated ones leave doubt."""
    options = feature.chosen.keys() - {"members", "result"}
    if feature.kind != "on_file" or kind_of(outline, feature) not in _DATED_KINDS or options != {"within"}:
        return
    entries, _made = _entries(outline, feature)
    yield asked.absent == z3.Not(outline.recorded(kind_of(outline, feature)))
    lengths = least_and_most_days(feature, "within")
    if lengths is None:
        return
    least, most = lengths
    yes, maybe = z3.And(entries.dated, entries.far <= least), z3.And(entries.dated, entries.near <= least)
    yield z3.Implies(z3.And(asked.known, yes), _yes(outline, asked))
    yield z3.Implies(yes, z3.Not(asked.unsure))
    yield z3.Implies(_yes(outline, asked), z3.And(entries.dated, entries.far <= most))
    yield z3.Implies(z3.Or(entries.undated, maybe), z3.Not(_no(outline, asked)))
    yield z3.Implies(asked.unsure, z3.Or(entries.undated, z3.And(entries.dated, entries.near <= most)))


def on_file_since(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let "since a milestone" hold when the latest entry is surely not before it, and only when it may be so."""
    options = feature.chosen.keys() - {"members", "result"}
    if feature.kind != "on_file" or kind_of(outline, feature) not in _DATED_KINDS or options != {"since"}:
        return
    entries, _made = _entries(outline, feature)
    start = outline.milestone(str(feature.chosen["since"]))
    recorded = z3.And(outline.recorded(kind_of(outline, feature)), entries.any)
    yield z3.Implies(z3.And(recorded, start.absent), asked.absent)
    yield z3.Implies(z3.And(recorded, start.unsure), asked.unsure)
    yield z3.Implies(z3.And(recorded, start.known), z3.Not(asked.absent))
    yield z3.Implies(_yes(outline, asked), z3.And(start.known, entries.dated, entries.near <= start.far))
    yield z3.Implies(z3.And(recorded, start.known, entries.dated, entries.far < start.near), _yes(outline, asked))


def on_file_before(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let a window before a milestone need the milestone, and an entry that is not younger than the latest one."""
    if feature.kind != "on_file" or kind_of(outline, feature) not in _DATED_KINDS or "before" not in feature.chosen:
        return
    entries, _made = _entries(outline, feature)
    end = outline.milestone(str(feature.chosen["before"]))
    recorded = z3.And(outline.recorded(kind_of(outline, feature)), entries.any)
    yield z3.Implies(z3.And(recorded, end.absent), asked.absent)
    yield z3.Implies(z3.And(recorded, end.unsure), asked.unsure)
    if "since" not in feature.chosen:
        yield z3.Implies(z3.And(recorded, end.known), z3.Not(asked.absent))
    yield z3.Implies(_yes(outline, asked), z3.And(end.known, entries.dated))
    lengths = least_and_most_days(feature, "from_")
    if lengths is not None:
        yield z3.Implies(_yes(outline, asked), entries.near <= end.far + lengths[1])


def latest_value(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let all questions after the latest value of an observation read the same value, while it is fresh enough."""
    if feature.kind != "latest" or "members" in feature.chosen or kind_of(outline, feature) != "observations":
        return
    entries, _made = _entries(outline, feature)
    low, high = outline.value(feature.subject)
    yield z3.Implies(asked.known, z3.And(entries.any, asked.low == low, asked.high == high))
    yield z3.Implies(z3.Not(entries.any), asked.absent)
    yield from _fresh(outline, feature, asked, entries)


def _fresh(outline: Outline, feature: Feature, asked: Input, entries: Ages) -> Formulas:
    recorded = outline.recorded("observations")
    if "no_older_than" not in feature.chosen:
        yield asked.absent == z3.Not(z3.And(recorded, entries.any))
        return
    limit = _days(feature, "no_older_than")
    if limit is not None:
        yield z3.Implies(z3.And(recorded, entries.any), asked.absent == (entries.near > limit))
        yield z3.Implies(asked.known, entries.far <= limit)


def latest_result(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let the latest result be that of an entry: one with this result is on file, and is as young as any."""
    if feature.kind != "result" or "members" in feature.chosen:
        return
    entries, _made = _entries(outline, feature)
    yield z3.Implies(z3.Not(entries.any), asked.absent)
    yield from _fresh(outline, feature, asked, entries)
    for word in outline.space.words_of(feature):
        own = outline.latest("observations", feature.subject, word)
        its = z3.And(asked.known, asked.low == outline.space.word(word))
        yield z3.Implies(its, z3.And(own.dated, own.near <= entries.near + 1, own.far <= entries.far + 1))
        yield z3.Implies(its, outline.word(feature.subject) == outline.space.word(word))


def one_of_the_results(outline: Outline, feature: Feature, _asked: Input) -> Formulas:
    """Give every entry of a test one of its results: others are refused, so one result or the other is on file."""
    if kind_of(outline, feature) != "observations" or "members" in feature.chosen or feature.kind == "body":
        return
    words = outline.space.lexicon.terms[feature.subject].results
    if not words:
        return
    whole = outline.latest("observations", feature.subject)
    parts = [outline.latest("observations", feature.subject, word) for word in words]
    yield z3.Implies(whole.dated, z3.Or(*(z3.And(part.dated, part.far == whole.far) for part in parts)))
    yield z3.Implies(whole.dated, z3.Or(*(z3.And(part.dated, part.near == whole.near) for part in parts)))


def needs_an_entry(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Give no answer about values, changes and sensitivities without an entry."""
    kinds = {"sensitivity", "fall_from_baseline", "rise_from_baseline", "times_upper_limit", "lowest", "highest"}
    if feature.kind in kinds and kind_of(outline, feature) == "observations":
        entries, _made = _entries(outline, feature)
        yield z3.Implies(z3.Not(entries.any), asked.absent)


def extremes_within(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let the lowest and highest value of a window include the latest value when that lies surely in it."""
    limit = _days(feature, "within")
    if feature.kind not in {"lowest", "highest"} or limit is None or "members" in feature.chosen:
        return
    entries, _made = _entries(outline, feature)
    yield z3.Implies(asked.known, z3.And(entries.any, entries.far <= limit))
    yield z3.Implies(z3.And(entries.any, entries.far <= limit), asked.known)
    yield z3.Implies(z3.And(entries.any, entries.near > limit), asked.absent)
    low, high = outline.value(feature.subject)
    inside = z3.And(asked.known, entries.far <= limit)
    if feature.kind == "highest":
        yield z3.Implies(inside, z3.And(asked.low >= low, asked.high >= low))
    else:
        yield z3.Implies(inside, z3.And(asked.high <= high, asked.low <= high))
    yield from _only_one(outline, feature, asked, limit)


def _only_one(outline: Outline, feature: Feature, asked: Input, limit: int) -> Formulas:
    """Return that a window with one entry has that entry's value as its lowest and highest."""
    for other, count in outline.space.inputs.items():
        if other.kind == "count" and other.subject == feature.subject and _days(other, "within") == limit:
            if other.chosen.keys() - {"within"}:
                continue
            low, high = outline.value(feature.subject)
            one = z3.And(asked.known, count.known, count.high == 1)
            yield z3.Implies(one, z3.And(asked.low == asked.high, low <= asked.low, asked.low <= high))


def counted_entries(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count what a recorded list has; a window holds one at least when the latest surely lies in it, or else none."""
    if feature.kind != "count":
        return
    if "since" in feature.chosen:
        yield z3.Implies(z3.Not(outline.recorded(kind_of(outline, feature))), asked.absent)
        return
    yield asked.absent == z3.Not(outline.recorded(kind_of(outline, feature)))
    yield z3.Not(asked.unsure)
    if kind_of(outline, feature) not in _DATED_KINDS:
        return
    entries, _made = _entries(outline, feature)
    limit = _days(feature, "within")
    if limit is not None:
        yield z3.Implies(asked.known, (asked.low >= 1) == z3.And(entries.dated, entries.far <= limit))
        inside = z3.Or(entries.undated, z3.And(entries.dated, entries.near <= limit))
        yield z3.Implies(asked.known, (asked.high >= 1) == inside)


# ---------------------------------------------------------------- time


def days_since_entry(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count days since the latest entry as its age; no entry is no answer, an undated one leaves it open."""
    if feature.kind not in {"days_since", "months_since"} or kind_of(outline, feature) not in (*_DATED_KINDS, "events"):
        return
    entries, made = _entries(outline, feature)
    yield from made
    yield asked.absent == z3.Not(z3.And(outline.recorded(kind_of(outline, feature)), entries.any))
    yield z3.Implies(entries.undated, z3.Not(asked.known))
    yield z3.Implies(z3.And(entries.dated, z3.Not(entries.undated)), z3.Not(asked.unsure))
    if feature.kind == "days_since":
        yield z3.Implies(asked.known, z3.And(asked.low == entries.near, asked.high == entries.far))
    else:
        yield from _in_months(asked, entries.near, entries.far)


def _in_months(asked: Input, near: z3.ArithRef, far: z3.ArithRef) -> Formulas:
    """Return that completed months lie about where the days put them."""
    for months, days in ((asked.low, near), (asked.high, far)):
        yield z3.Implies(asked.known, days * 100 >= months * _MONTH_LOW[0] - 100 * _SLACK - abs_slack(months))
        yield z3.Implies(asked.known, days * 100 <= (months + 1) * _MONTH_HIGH[0] + 100 * _SLACK + abs_slack(months))


def abs_slack(months: z3.ArithRef) -> z3.ArithRef:
    """Return a hundredth of a day for every month, either way: negative spans turn the bounds round."""
    return z3.If(months >= 0, months, -months)


def dates_named(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer days and months to and from a milestone, and whether it is recorded, from the same date."""
    if feature.kind not in {"days_since", "days_until", "months_since", "recorded"} or kind_of(outline, feature):
        return
    date = outline.milestone(feature.subject)
    if feature.kind == "recorded":
        yield z3.Implies(date.known, _yes(outline, asked))
        yield z3.Implies(date.none, _no(outline, asked))
        yield z3.Implies(z3.And(date.absent, z3.Not(date.none)), asked.absent)
        yield z3.Implies(_no(outline, asked), date.none)
        yield z3.Implies(date.unsure, asked.unsure if can_be_unsure(feature) else _yes(outline, asked))
        return
    yield asked.absent == date.absent
    yield asked.unsure == date.unsure
    if feature.kind == "days_since":
        yield z3.Implies(asked.known, z3.And(asked.low == date.near, asked.high == date.far))
    elif feature.kind == "days_until":
        yield z3.Implies(asked.known, z3.And(asked.low == -date.far, asked.high == -date.near))
    else:
        yield from _in_months(asked, date.near, date.far)


def plans_lie_ahead(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count days until a planned entry from none up: one whose day has surely passed is no plan."""
    if feature.kind == "days_until" and kind_of(outline, feature):
        yield z3.Implies(asked.known, asked.low >= 0)


def days_between_dates(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count the days between two milestones from their dates; hours lie within a day and the offsets of them."""
    if feature.kind not in {"days_from", "hours_from"} or kind_of(outline, feature):
        return
    start, end = outline.milestone(feature.subject), outline.milestone(str(feature.chosen["to"]))
    yield asked.known == z3.And(start.known, end.known)
    if feature.kind == "days_from":
        yield asked.absent == z3.Or(end.absent, z3.And(end.known, start.absent))
    else:
        yield asked.absent == z3.Or(start.absent, z3.And(start.known, end.absent))
    low, high = start.near - end.far, start.far - end.near
    if feature.kind == "days_from":
        yield z3.Implies(asked.known, z3.And(asked.low == low, asked.high == high))
    else:
        day = 24
        offsets = 28
        yield z3.Implies(asked.known, asked.low >= day * low - day - offsets)
        yield z3.Implies(asked.known, asked.high <= day * high + day + offsets)
        yield z3.Implies(asked.known, asked.low <= day * low + day + offsets)


def _since(feature: Feature, milestone: str) -> tuple[tuple[str, object], ...]:
    """Return the options of a question whether such an entry is on file since a milestone."""
    kept = [option for option in feature.options if option[0] in {"members", "result"}]
    return tuple(sorted([*kept, ("since", milestone)], key=lambda option: option[0]))


def days_from_an_entry(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count days from an entry to a milestone only where both are there, and never below none."""
    if feature.kind != "days_from" or not kind_of(outline, feature):
        return
    end = outline.milestone(str(feature.chosen["to"]))
    yield z3.Implies(asked.known, z3.And(end.known, asked.low >= 0))
    yield z3.Implies(end.absent, asked.absent)
    yield z3.Implies(end.unsure, asked.unsure)
    if kind_of(outline, feature) not in _DATED_KINDS:
        return
    entries, _made = _entries(outline, feature)
    yield z3.Implies(asked.known, entries.any)
    yield z3.Implies(z3.And(end.known, z3.Not(entries.any)), asked.absent)
    all_later = z3.And(asked.absent, end.known, outline.recorded(kind_of(outline, feature)), entries.any)
    since = _since(feature, str(feature.chosen["to"]))
    for other, its in outline.space.inputs.items():
        if (other.kind, other.subject, other.options) == ("on_file", feature.subject, since):
            yield z3.Implies(all_later, _yes(outline, its))
    past = z3.And(end.known, entries.dated, z3.Not(entries.undated), entries.near >= end.far, end.near == end.far)
    yield z3.Implies(
        z3.And(past, entries.near == entries.far),
        z3.And(asked.known, asked.low == entries.near - end.far, asked.high == asked.low),
    )


def turns(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count overdue days from the later of the latest entry and the date that starts the first interval."""
    if feature.kind != "days_overdue" or kind_of(outline, feature) not in _DATED_KINDS:
        return
    entries, _made = _entries(outline, feature)
    recorded = outline.recorded(kind_of(outline, feature))
    name = feature.chosen.get("counted_from")
    lengths = least_and_most_days(feature, "every")
    start = outline.milestone(str(name)) if name else None
    begun = start.known if start is not None else z3.BoolVal(val=False)
    nothing = z3.And(recorded, z3.Not(entries.any))
    yield z3.Implies(nothing, asked.known == begun)
    yield z3.Implies(nothing, asked.absent == z3.Not(begun))
    yield z3.Implies(z3.And(recorded, entries.undated), asked.unsure)
    there = z3.And(recorded, entries.dated, z3.Not(entries.undated))
    yield z3.Implies(there, asked.known)
    if lengths is None:
        return
    for bound, age, at_start in (
        (asked.low, entries.near, start.near if start else None),
        (asked.high, entries.far, start.far if start else None),
    ):
        base = age
        if start is not None and at_start is not None:
            base = z3.If(z3.And(start.known, z3.Or(z3.Not(entries.any), at_start < age)), at_start, age)
        yield z3.Implies(asked.known, z3.And(bound >= base - lengths[1], bound <= base - lengths[0]))


# ---------------------------------------------------------------- the course


def facts_are_sure(_outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Never leave a single fact open: it is a word of the record, or not recorded."""
    if feature.kind == "fact":
        yield z3.Not(asked.unsure)


def doses(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Take today's dose as none unless treatment is active, and the first dose as there when the course has begun."""
    if feature.kind != "dose":
        return
    yield z3.Implies(asked.known, asked.low == asked.high)
    if feature.subject == "current":
        idle = outline.fact_is("treatment_status", "planned", "interrupted", "stopped")
        yield z3.Implies(idle, z3.And(asked.known, asked.low == 0))
        begun = outline.milestone("treatment_start").known
        yield z3.Implies(z3.And(asked.known, z3.Not(idle)), z3.And(asked.low > 0, begun))
    else:
        yield z3.Not(asked.unsure)
        yield z3.Implies(asked.known, asked.low > 0)
    if feature.subject == "first":
        yield asked.known == outline.milestone("treatment_start").known


def dose_changes(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let the latest change of dose differ from none exactly when its date is recorded."""
    if feature.kind not in {"dose_change", "days_before_dose_change"}:
        return
    changed = outline.milestone("dose_change")
    if feature.kind == "days_before_dose_change":
        yield asked.known == changed.known
        yield z3.Not(asked.unsure)
    elif feature.subject == "latest":
        yield z3.Not(asked.unsure)
        yield asked.absent == z3.And(changed.absent, z3.Not(changed.none))
        yield z3.Implies(asked.known, z3.And(asked.low == asked.high, (asked.low == 0) == changed.none))
    else:
        yield z3.Not(asked.unsure)
        yield z3.Implies(asked.known, asked.low == asked.high)


def times_of_day(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Call a dose "several" exactly when it is given at more than one time of day."""
    if feature.kind == "times_per_day":
        yield z3.Not(asked.unsure)
        several = z3.And(asked.known, asked.low > 1)
        yield outline.fact_is("dose_time", "several") == several
        yield outline.fact("dose_time").known == z3.And(asked.known, asked.low >= 1)
        yield z3.Implies(asked.known, asked.low == asked.high)


def days_on_thalidomide(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Count days on thalidomide between its first and last dose; pauses only make them fewer."""
    if feature.kind != "days_on" or feature.subject != outline.space.lexicon.subject:
        return
    start, last = outline.milestone("treatment_start"), outline.milestone("last_dose")
    yield asked.known == z3.And(start.known, last.known)
    yield asked.unsure == z3.And(start.known, last.unsure)
    most = start.far - last.near
    yield z3.Implies(asked.known, asked.high <= z3.If(most > 0, most, 0))


def reasons_of_pauses(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Answer the reason of a pause with yes exactly when one of the codes is the present or an earlier reason.

    Without a present pause there is no present reason; without a status nobody knows. The reason of an
    interruption stands with its start.
    """
    if feature.kind != "paused_for":
        return
    which = str(feature.chosen.get("which") or "any")
    parts = {"current": ("current",), "earlier": ("earlier",)}.get(which, ("current", "earlier"))
    held = z3.Or(*(outline.flag(f"reason_{part}", code) for part in parts for code in codes_of(feature)))
    yield _yes(outline, asked) == held
    at_rest = outline.fact_is("treatment_status", "stopped", "interrupted")
    interrupted = outline.fact_is("treatment_status", "interrupted")
    for code in codes_of(feature):
        present = outline.flag("reason_current", code)
        yield z3.Implies(present, at_rest)
        yield z3.Implies(z3.And(present, interrupted), outline.milestone("interruption_start").known)
    if which == "current":
        status = outline.fact("treatment_status")
        yield z3.Implies(z3.And(status.known, z3.Not(at_rest)), _no(outline, asked))
        yield z3.Implies(status.absent, asked.absent)
        yield z3.Implies(interrupted, z3.Not(asked.absent))
        return
    pause, course = outline.milestone("interruption_start"), outline.milestone("earlier_course_end")
    recorded = [z3.Or(date.known, date.unsure, date.none) for date in (pause, course)]
    yield z3.Implies(_no(outline, asked), z3.And(*recorded))
    for code in codes_of(feature):
        before = z3.Or(pause.known, course.known, course.unsure)
        yield z3.Implies(outline.flag("reason_earlier", code), before)


def prescriptions_and_dispensings(outline: Outline, feature: Feature, asked: Input) -> Formulas:
    """Let facts and supplies of the latest prescription and dispensing be there only with it."""
    of = {"prescribed_days": "prescription", "refills": "prescription", "dispensed_days": "dispensing"}
    if feature.kind == "fact" and feature.subject.startswith(("prescription_", "dispensing_")):
        date = outline.milestone(feature.subject.split("_", maxsplit=1)[0])
        yield z3.Implies(asked.known, date.known)
        if feature.subject in {"prescription_authorised", "dispensing_confirmed"}:
            yield asked.known == date.known
    elif feature.kind == "supply" and feature.subject in of:
        date = outline.milestone(of[feature.subject])
        yield z3.Implies(asked.known, z3.And(date.known, asked.low == asked.high))
        yield z3.Implies(date.absent, asked.absent)
        yield asked.unsure == date.unsure
    elif feature.kind == "supply":
        yield z3.Implies(outline.milestone("dispensing").absent, asked.absent)


# ---------------------------------------------------------------- the record as a whole


def status_and_dates(outline: Outline) -> Formulas:
    """Let the status of treatment and its dates agree: a record in which they do not is refused.

    Planned has no doses; only a stopped course has a day of the last dose; on active treatment the last
    dose is today's.
    """
    begun, stop, last = (outline.milestone(name) for name in ("treatment_start", "treatment_stop", "last_dose"))
    status = outline.fact("treatment_status")
    yield z3.Implies(begun.known, z3.Not(outline.fact_is("treatment_status", "planned")))
    yield z3.Implies(stop.known, outline.fact_is("treatment_status", "stopped"))
    yield z3.Implies(outline.fact_is("treatment_status", "active"), z3.And(last.known, last.near == 0, last.far == 0))
    yield z3.Implies(status.absent, z3.And(last.absent, z3.Not(last.none)))
    stopped = outline.fact_is("treatment_status", "stopped")
    yield z3.Implies(z3.And(stopped, stop.known), _same(last, stop))
    yield z3.Implies(z3.And(stopped, z3.Not(stop.known)), z3.And(last.absent, z3.Not(last.none)))
    yield z3.Implies(z3.And(stop.known, begun.known), stop.near <= begun.far)


def _same(left: Named, right: Named) -> z3.BoolRef:
    return z3.And(left.known == right.known, left.near == right.near, left.far == right.far)


def planned_and_interrupted(outline: Outline) -> Formulas:
    """Take the last dose of a planned course from the earlier one, and of an interrupted course from its pause."""
    last, course = outline.milestone("last_dose"), outline.milestone("earlier_course_end")
    planned = outline.fact_is("treatment_status", "planned")
    yield z3.Implies(planned, z3.And(last.unsure == course.unsure, last.none == course.none))
    yield z3.Implies(planned, z3.And(_same(last, course)))
    interrupted = outline.fact_is("treatment_status", "interrupted")
    yield z3.Implies(z3.And(interrupted, last.known), outline.milestone("interruption_start").known)
    yield z3.Implies(interrupted, z3.Not(last.none))
    yield z3.Implies(z3.Not(planned), z3.Not(last.unsure))


def restarts(outline: Outline) -> Formulas:
    """Let a restart need a pause or an earlier course, and there be none where both are recorded as empty."""
    restart, pause = outline.milestone("restart"), outline.milestone("interruption_start")
    course = outline.milestone("earlier_course_end")
    yield z3.Implies(restart.known, z3.Or(pause.known, course.known, course.unsure))
    yield z3.Implies(z3.And(pause.none, course.none), restart.none)
    yield z3.Implies(restart.none, z3.And(*(z3.Or(date.known, date.unsure, date.none) for date in (pause, course))))


def dates_of_a_section(outline: Outline) -> Formulas:
    """Let a date that stands in a section be there, or surely not, where something else of that section is."""
    course = z3.Or(*(outline.fact(name).known for name in ("treatment_status", "indication")))
    of_reproduction = ("menstrual_status", "puberty", "cycle_regularity", "cycle_confirmed", "pregnancy", "abstinence")
    person = z3.Or(outline.recorded("contraceptives"), *(outline.fact(name).known for name in of_reproduction))
    for section, names in (
        (course, ("planned_start", "planned_restart", "treatment_stop")),
        (person, ("last_period", "last_natural_menses")),
    ):
        for name in names:
            if name in outline.milestones:
                date = outline.milestone(name)
                yield z3.Implies(section, z3.Or(date.known, date.none))


def one_present_reason(outline: Outline) -> Formulas:
    """Let the present pause have one reason at most: it is one entry of the record."""
    present = [flag for (what, _code), flag in outline.flags.items() if what == "reason_current"]
    if len(present) > 1:
        yield z3.PbLe([(flag, 1) for flag in present], 1)


def prescription_dates(outline: Outline) -> Formulas:
    """Let an authorisation, an earlier prescription, a confirmation and the end of supply need what they belong to."""
    for part, whole in (
        ("authorisation", "prescription"),
        ("previous_prescription", "prescription"),
        ("confirmation", "dispensing"),
        ("supply_end", "dispensing"),
    ):
        if part in outline.milestones:
            date, of = outline.milestone(part), outline.milestone(whole)
            yield z3.Implies(of.absent, date.absent)
            yield z3.Implies(of.none, date.none)
            if part != "supply_end":
                yield z3.Implies(z3.And(date.absent, z3.Not(date.none)), z3.And(of.absent, z3.Not(of.none)))
            if part != "previous_prescription":
                yield z3.Implies(date.known, of.known)
                yield date.unsure == of.unsure
    if "supply_end" in outline.milestones:
        end, of = outline.milestone("supply_end"), outline.milestone("dispensing")
        yield z3.Implies(end.known, z3.And(end.near <= of.near, end.far - end.near == of.far - of.near))


def surgery_ends_menses(outline: Outline) -> Formulas:
    """Let nobody menstruate after the operations that end it: a record that says both is refused."""
    done = z3.Or(
        *(
            outline.perhaps("procedures", code).surely
            for code in outline.space.lexicon.covers("definitive_infertility_surgery")
        )
    )
    yield z3.Implies(done, z3.Not(outline.fact_is("menstrual_status", "menstruating", "perimenopausal")))


def procedures_on_file(outline: Outline) -> Formulas:
    """Let nothing stand in a list that was not recorded: drugs, methods, procedures, conditions, traits."""
    lists = {"trait": "traits", "condition": "conditions", "condition_ever": "conditions"}
    for (what, _code), some in outline.doubtful.items():
        yield z3.Implies(z3.Not(outline.recorded(what)), z3.Not(z3.Or(some.surely, some.maybe)))
    for (what, _code), flag in outline.flags.items():
        if what in lists:
            yield z3.Implies(z3.Not(outline.recorded(lists[what])), z3.Not(flag))


RELATIONS: tuple[Callable[[Outline, Feature, Input], Formulas], ...] = (
    list_not_recorded,
    nothing_in_an_unrecorded_list,
    plain_yes_or_no,
    present_conditions_were_ever_there,
    doubtful_yes_or_no,
    methods_counted,
    days_of_use_need_use,
    days_on_a_drug_need_it,
    drugs_counted,
    steroids_of_a_group,
    events_by_term,
    grades_by_term,
    worst_grade_is_no_less,
    events_since_a_milestone,
    recurrence,
    on_file_at_all,
    on_file_within,
    on_file_since,
    on_file_before,
    latest_value,
    latest_result,
    one_of_the_results,
    needs_an_entry,
    extremes_within,
    counted_entries,
    days_since_entry,
    dates_named,
    plans_lie_ahead,
    days_between_dates,
    days_from_an_entry,
    turns,
    facts_are_sure,
    doses,
    dose_changes,
    times_of_day,
    days_on_thalidomide,
    reasons_of_pauses,
    prescriptions_and_dispensings,
)
"""Relations of one question with the record."""
OF_THE_RECORD: tuple[Callable[[Outline], Formulas], ...] = (
    status_and_dates,
    planned_and_interrupted,
    restarts,
    dates_of_a_section,
    one_present_reason,
    prescription_dates,
    surgery_ends_menses,
    procedures_on_file,
)
"""Relations between the parts of a record."""
