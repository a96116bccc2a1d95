"""Small edits of a patient state: leave something out, move a date, set a number, say another word, add an entry.

Each edit has words, so that a state that was made of another can be named after what was changed.
"""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from thalsafety.checklists.wording import number
from thalsafety.coverage.numbers import near_by
from thalsafety.model.milestones import FACTS
from thalsafety.model.when import add_months
from thalsafety.program import Compare, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thalsafety.model.lexicon import Lexicon, Term
    from thalsafety.program import Feature, Leaf, Node

State: TypeAlias = dict[str, Any]
"""A patient state as it is written in a file."""
Edit: TypeAlias = tuple[str, State]
"""What was changed, and the state that it makes."""
Path: TypeAlias = tuple[str | int, ...]

_PLACES = {
    "sex_at_birth": ("patient", "sex_at_birth"),
    "treatment_status": ("treatment", "status"),
    "indication": ("treatment", "indication"),
    "menstrual_status": ("reproduction", "menstrual_status"),
    "puberty": ("reproduction", "puberty"),
    "cycle_regularity": ("reproduction", "cycles", "regularity"),
    "pregnancy": ("reproduction", "pregnancy"),
    "abstinence": ("reproduction", "abstinence"),
    "partner_pregnancy": ("reproduction", "partner", "pregnancy"),
    "condom_use": ("reproduction", "partner", "condom_use"),
    "condom_material": ("reproduction", "partner", "condom_material"),
}
_MODIFIABLE = {"abstinence", "condom_use", "condom_material"}
"""Facts that a person can change."""
_TRUE_OR_FALSE = {
    "cycle_confirmed": ("reproduction", "cycles", "confirmed"),
    "breastfeeding": ("reproduction", "breastfeeding"),
    "partner_can_become_pregnant": ("reproduction", "partner", "can_become_pregnant"),
}
_DATES = {
    "start",
    "stop",
    "date",
    "onset",
    "resolved",
    "planned_start",
    "planned_restart",
    "stopped",
    "last_period",
    "last_natural_menses",
    "birth_date",
    "authorised",
    "confirmed",
}
_LISTS = {
    "observations": "observations",
    "events": "adverse_events",
    "conditions": "conditions",
    "procedures": "procedures",
    "documents": "documents",
    "drugs": "medications",
}
_OPTIONAL_DATES: dict[Path, tuple[str, ...]] = {
    ("treatment", "stopped"): ("treatment_stop", "last_dose", "treatment_status"),
    ("treatment", "planned_start"): ("planned_start",),
    ("treatment", "planned_restart"): ("planned_restart", "restart"),
    ("reproduction", "last_period"): ("last_period",),
    ("reproduction", "last_natural_menses"): ("last_natural_menses",),
}
"""Dates that a state may leave out, with the questions that they answer."""
_MODERATE = 2
_GRADES = (1, 2, 3, 4)
_LONGEST = 11
"""Characters of a number beyond which a unit does not suit it."""
_MEMBERS_TRIED = 3
"""Members of a group that entries are made of; the others would say the same."""


class Edits:
    """The edits that can matter to one condition."""

    def __init__(self, when: Node, lexicon: Lexicon) -> None:
        """Look through a condition for the questions and numbers that edits should aim at."""
        self._lexicon = lexicon
        self._leaves: list[Leaf] = list(dict.fromkeys(leaves(when)))
        self._features: list[Feature] = list(dict.fromkeys(leaf.feature for leaf in self._leaves))
        self._codes = {code for feature in self._features for code in (_codes(feature))}

    def of(self, state: State) -> Iterator[Edit]:
        """Return every state one edit away."""
        for edits in (self._leaving_out, self._moving, self._setting, self._saying, self._adding):
            yield from edits(state)

    def modifying(self, state: State) -> Iterator[Edit]:
        """Return states with one thing done that can be done today: something measured, filed, begun or stopped."""
        today = str(state["as_of"])[:10]
        yield from self._measured(state, today)
        had = {code for feature in self._features if feature.kind == "procedure" for code in _codes(feature)}
        for code in sorted(self._codes):
            term = self._lexicon.terms.get(code)
            if term is None or term.members or code in had:
                continue
            if term.kind in {"documents", "procedures"}:
                name = _LISTS[term.kind]
                entry = {"code": code, "date": today}
                yield f"{term.label} on file today", {**state, name: [*(state.get(name) or []), entry]}
            elif term.kind == "contraceptives":
                known = (state.get("reproduction") or {}).get("contraception") or []
                entry = {"method": code, "start": today}
                yield f"{term.label} begun today", _with(state, ("reproduction", "contraception"), [*known, entry])
        yield from self._stopping(state, today)
        for feature in self._features:
            place = _PLACES.get(feature.subject) if feature.kind == "fact" else None
            written = _at(state, place) if place is not None else None
            if place is None or (written is not None and feature.subject not in _MODIFIABLE):
                continue
            recorded = "" if written is not None else " recorded as"
            for word in FACTS[feature.subject]:
                if word != written:
                    yield f"{_said(feature.subject)}{recorded or ':'} {_said(word)}", _with(state, place, word)

    def _measured(self, state: State, today: str) -> Iterator[Edit]:
        """Return states with a new result of today, on either side of every number that the condition knows."""
        for leaf in self._leaves:
            for code in _codes(leaf.feature)[: _MEMBERS_TRIED + 1]:
                term = self._lexicon.terms.get(code)
                if term is None or term.kind != "observations" or term.members:
                    continue
                known = state.get("observations") or []
                for word in term.results:
                    entry = {"code": code, "value": word, "date": today}
                    yield f"{term.label} today: {_said(word)}", {**state, "observations": [*known, entry]}
                if isinstance(leaf, Compare) and leaf.parameter is not None and isinstance(leaf.operand, Decimal):
                    step = near_by(leaf.parameter, leaf.operand)
                    for value in (leaf.operand - step, leaf.operand, leaf.operand + step) if term.unit else ():
                        entry = {"code": code, "value": number(value), "unit": term.unit, "date": today}
                        said = f"{term.label} today: {number(value)} {term.unit}"
                        yield said, {**state, "observations": [*known, entry]}

    @staticmethod
    def _stopping(state: State, today: str) -> Iterator[Edit]:
        """Return states in which a medicine, or thalidomide, is stopped or paused."""
        yesterday = date.fromordinal(date.fromisoformat(today).toordinal() - 1).isoformat()
        for index, entry in enumerate(state.get("medications") or ()):
            if not entry.get("stop"):
                yield f"{_said(entry['drug'])} stopped", _with(state, ("medications", index, "stop"), yesterday)
        if _at(state, ("treatment", "status")) == "active":
            paused = _with(state, ("treatment", "status"), "interrupted")
            known = _at(state, ("treatment", "interruptions")) or []
            yield "thalidomide paused today", _with(paused, ("treatment", "interruptions"), [*known, {"start": today}])

    def of_the_past(self, state: State) -> Iterator[Edit]:
        """Return states in which something is over, or was measured with another value before."""
        yesterday = date.fromordinal(date.fromisoformat(str(state["as_of"])[:10]).toordinal() - 1).isoformat()
        for name in ("adverse_events", "conditions"):
            for index, entry in enumerate(state.get(name) or ()):
                if "resolved" not in entry:
                    yield f"{_entry(entry)} resolved {yesterday}", _with(state, (name, index, "resolved"), yesterday)
        for code in sorted(self._codes & self._lexicon.terms.keys()):
            yield from self._over(state, self._lexicon.terms[code], yesterday)
        yield from self._measured_before(state)

    @staticmethod
    def _over(state: State, term: Term, day: str) -> Iterator[Edit]:
        """Return states with an event or a condition that is over."""
        entries: dict[str, State] = {
            "events": {"term": term.code, "grade": _grade(term), "onset": day, "resolved": day},
            "conditions": {"code": term.code, "resolved": day},
        }
        entry = entries.get(term.kind)
        if entry is not None and not term.members:
            name = _LISTS[term.kind]
            yield f"with {_said(term.code)} that is over", {**state, name: [*(state.get(name) or []), entry]}

    def _measured_before(self, state: State) -> Iterator[Edit]:
        """Return states with an earlier measurement on the other side of a number that is asked for."""
        for entry in state.get("observations") or ():
            when = str(entry.get("date", ""))
            if len(when) < len("2026-01-01"):
                continue
            earlier = date.fromordinal(date.fromisoformat(when[:10]).toordinal() - 1).isoformat()
            for leaf in self._leaves:
                if not isinstance(leaf, Compare) or leaf.parameter is None or not isinstance(leaf.operand, Decimal):
                    continue
                if entry.get("code") not in _codes(leaf.feature):
                    continue
                step = near_by(leaf.parameter, leaf.operand)
                for value in (leaf.operand - step, leaf.operand + step):
                    made = {"code": entry["code"], "value": number(value), "unit": leaf.feature.unit, "date": earlier}
                    words = f"with {_said(entry['code'])} {made['value']} {made['unit']} on {earlier}"
                    yield words, {**state, "observations": [*state["observations"], made]}

    # ------------------------------------------------------------ leaving out

    def _leaving_out(self, state: State) -> Iterator[Edit]:
        for key in state:
            if key != "as_of":
                yield f"{_said(key)} not recorded", _without(state, (key,))
        for path, value in _walk(state):
            name = str(path[-1])
            if isinstance(value, list) and value:
                yield f"no {_said(name)}", _with(state, path, [])
            if len(path) > 1 and not isinstance(path[-1], int):
                yield f"{_where(path)} not recorded", _without(state, path)
            if isinstance(path[-1], int):
                yield f"without {_entry(value)}", _without(state, path)
        for name in _LISTS.values():
            if name not in state:
                yield f"no {_said(name)}", {**state, name: []}

    # ------------------------------------------------------------ dates

    def _moving(self, state: State) -> Iterator[Edit]:
        today = date.fromisoformat(str(state["as_of"])[:10]).toordinal()
        anchors = {today} | {
            date.fromisoformat(value[:10]).toordinal()
            for path, value in _walk(state)
            if _is_day(path, value) and path[0] in {"treatment", "prescriptions", "dispensings", "reproduction"}
        }
        wanted = sorted({day for anchor in anchors for day in self._days(anchor)})
        for path, value in _walk(state):
            if not _is_day(path, value):
                continue
            at = date.fromisoformat(value[:10]).toordinal()
            for day in sorted({*wanted, at - 1, at + 1}, key=lambda day: abs(day - at)):
                if day != at:
                    text = date.fromordinal(day).isoformat()
                    yield f"{_where(path)} {text}", _with(state, path, text)
            yield f"{_where(path)} known to the month only", _with(state, path, value[:7])

    def _days(self, anchor: int) -> Iterator[int]:
        """Return the days at every length of time that the condition knows, before and after a day."""
        for length, unit in self._lengths():
            for shift in (-1, 0, 1):
                for sign in (-1, 1):
                    if unit in {"mo", "a"}:
                        months = int(length) * (12 if unit == "a" else 1)
                        yield add_months(anchor, sign * months) + shift
                    else:
                        yield anchor + sign * int(length) + shift

    def _lengths(self) -> set[tuple[Decimal, str]]:
        found: set[tuple[Decimal, str]] = {(Decimal(0), "d")}
        for leaf in self._leaves:
            if (
                isinstance(leaf, Compare)
                and isinstance(leaf.operand, Decimal)
                and leaf.feature.unit in {"d", "mo", "a"}
            ):
                found.add((leaf.operand, leaf.feature.unit))
            for value in leaf.feature.chosen.values():
                if isinstance(value, tuple) and len(value) == 3 and isinstance(value[1], Decimal):  # noqa: PLR2004  name, length, unit
                    length, unit = (value[1] / 1440, "d") if value[2] == "min" else (value[1], str(value[2]))
                    found.add((length, unit))
        return found

    # ------------------------------------------------------------ numbers

    def _setting(self, state: State) -> Iterator[Edit]:
        for leaf in self._leaves:
            if isinstance(leaf, Compare) and leaf.parameter is not None and isinstance(leaf.operand, Decimal):
                step = near_by(leaf.parameter, leaf.operand)
                for value in (leaf.operand - step, leaf.operand, leaf.operand + step):
                    yield from self._set(state, leaf.feature, value)
        for path, value in _walk(state):
            if path[-1] == "grade":
                yield from (
                    (f"{_where(path)} {grade}", _with(state, path, grade)) for grade in _GRADES if grade != value
                )

    def _set(self, state: State, feature: Feature, value: Decimal) -> Iterator[Edit]:
        """Return states in which the answer to a question is a number."""
        codes, plain = _codes(feature), number(value)
        yield from self._observed(state, codes, value)
        if feature.kind == "age":
            yield f"age {plain}", _with(_without(state, ("patient", "birth_date")), ("patient", "age"), plain)
        elif feature.kind == "dose" and feature.subject == "planned":
            yield f"planned dose {plain}", _with(state, ("treatment", "planned_mg_per_day"), plain)
        elif feature.kind in {"dose", "dose_change"}:
            yield from _doses(state, value)
        elif feature.kind == "supply":
            for path, _ in list(_walk(state)):
                if path[-1] in {"days_supply", "refills", "days_remaining"}:
                    yield f"{_where(path)} {plain}", _with(state, path, int(value))
        elif feature.kind in {"fall_from_baseline", "rise_from_baseline"}:
            yield from self._changed(state, feature, value)
        elif feature.kind == "times_upper_limit":
            yield from self._multiplied(state, feature, value)
        elif feature.kind == "dose_of":
            yield from _quantities(state, ("medications", "drug", "dose"), codes, plain, "mg/d")
        elif feature.kind == "steroid_dose":
            yield from self._steroids(state, codes, value)
        elif feature.kind == "sensitivity":
            yield from _quantities(state, ("observations", "code", "sensitivity"), codes, plain, "m[IU]/mL")

    def _steroids(self, state: State, codes: Sequence[str], value: Decimal) -> Iterator[Edit]:
        """Return states in which the only steroid of some codes was given on one day, yesterday."""
        known = [m for m in state.get("medications") or () if m.get("drug") not in codes]
        day = date.fromordinal(date.fromisoformat(str(state["as_of"])[:10]).toordinal() - 1).isoformat()
        for code in codes:
            ratio = self._lexicon.terms[code].dexamethasone
            if ratio is not None and value > 0:
                plain = number(value / ratio)
                entry = {"drug": code, "dose": {"value": plain, "unit": "mg/d"}, "start": day, "stop": day}
                yield f"{_said(code)} {plain} mg on one day", {**state, "medications": [*known, entry]}

    def _changed(self, state: State, feature: Feature, value: Decimal) -> Iterator[Edit]:
        """Return states in which a measurement has changed by some percent from its baseline."""
        share = (100 + (value if feature.kind == "rise_from_baseline" else -value)) / 100
        entries = list(enumerate(state.get("observations") or ()))
        for _, base in entries:
            if not base.get("baseline") or base.get("code") not in _codes(feature):
                continue
            for index, entry in entries:
                if (
                    entry.get("code") == base["code"]
                    and not entry.get("baseline")
                    and entry.get("unit") == base["unit"]
                ):
                    text = number(Decimal(str(base["value"])) * share)
                    yield f"{_said(entry['code'])} {text}", _with(state, ("observations", index, "value"), text)

    @staticmethod
    def _multiplied(state: State, feature: Feature, value: Decimal) -> Iterator[Edit]:
        """Return states in which a measurement is so many times the upper limit recorded beside it."""
        baseline = feature.chosen.get("of") == "baseline"
        for index, entry in enumerate(state.get("observations") or ()):
            limit = entry.get("upper_limit")
            if limit is None or entry.get("code") not in _codes(feature) or bool(entry.get("baseline")) != baseline:
                continue
            text = number(Decimal(str(limit)) * value)
            of = " at baseline" if baseline else ""
            yield f"{_said(entry['code'])}{of} {text}", _with(state, ("observations", index, "value"), text)

    def _observed(self, state: State, codes: Sequence[str], value: Decimal) -> Iterator[Edit]:
        """Return states with a measured value, in each unit in which it can be written exactly."""
        for index, entry in enumerate(state.get("observations") or ()):
            if entry.get("code") not in codes:
                continue
            for unit, factor in self._lexicon.terms[entry["code"]].factors:
                text = number(value / factor)
                if len(text) <= _LONGEST and (text, unit) != (str(entry.get("value")), entry.get("unit")):
                    made = _with(state, ("observations", index, "value"), text)
                    yield f"{_said(entry['code'])} {text} {unit}", _with(made, ("observations", index, "unit"), unit)

    # ------------------------------------------------------------ words

    def _saying(self, state: State) -> Iterator[Edit]:
        for feature in self._features:
            if feature.kind == "fact" and feature.subject in _PLACES:
                for word in FACTS[feature.subject] or self._words_of(feature):
                    yield f"{_said(feature.subject)}: {_said(word)}", _with(state, _PLACES[feature.subject], word)
            elif feature.kind == "fact" and feature.subject in _TRUE_OR_FALSE:
                for said, truth in (("yes", True), ("no", False)):
                    yield f"{_said(feature.subject)}: {said}", _with(state, _TRUE_OR_FALSE[feature.subject], truth)
        for path, value in _walk(state):
            yield from self._otherwise(state, path, value)

    def _otherwise(self, state: State, path: Path, value: Any) -> Iterator[Edit]:
        """Return states in which one place says another word."""
        if path[-1] == "value" and path[0] == "observations":
            code = state["observations"][path[1]]["code"]
            for word in self._lexicon.terms[code].results if code in self._lexicon.terms else ():
                if word != value:
                    yield f"{_said(code)} {_said(word)}", _with(state, path, word)
        elif path[0] == "adverse_events" and len(path) == 2:  # noqa: PLR2004  an entry of the list
            for relation in ("unrelated", "possible"):
                yield f"{_entry(value)} {relation}", _with(state, (*path, "relation"), relation)
        elif isinstance(value, bool):
            yield f"{_where(path)}: {'no' if value else 'yes'}", _with(state, path, not value)

    def _words_of(self, feature: Feature) -> list[str]:
        return sorted(
            {
                word
                for leaf in self._leaves
                if leaf.feature == feature and isinstance(leaf, Compare) and isinstance(leaf.operand, frozenset)
                for word in leaf.operand
            }
        )

    # ------------------------------------------------------------ entries

    def _adding(self, state: State) -> Iterator[Edit]:
        terms = self._lexicon.terms
        codes: set[str] = set()
        for feature in self._features:
            single = [code for code in _codes(feature) if code in terms and not terms[code].members]
            codes.update(single[:_MEMBERS_TRIED])
        for code in sorted(codes):
            yield from self._with_entry(state, terms[code])
        yield from self._dated(state)
        yield from self._with_baseline(state)

    def _dated(self, state: State) -> Iterator[Edit]:
        """Return states with a date that was not recorded, and with pauses and earlier courses that were none."""
        today = date.fromisoformat(str(state["as_of"])[:10]).toordinal()
        days = sorted({*self._days(today), today}, key=lambda day: abs(day - today))
        for path, words in _OPTIONAL_DATES.items():
            if _at(state, path) is None and self._words & {*words}:
                for day in days:
                    text = date.fromordinal(day).isoformat()
                    yield f"{_where(path)} {text}", _with(state, path, text)
        for name in ("interruptions", "earlier_courses", "doses"):
            if _at(state, ("treatment", name)) is None:
                yield f"no {_said(name)}", _with(state, ("treatment", name), [])
        for day in days:
            text = date.fromordinal(day).isoformat()
            if "prescription" in self._words or "previous_prescription" in self._words:
                known = state.get("prescriptions") or []
                yield f"with a prescription of {text}", {**state, "prescriptions": [*known, {"date": text}]}
            if "dispensing" in self._words:
                known = state.get("dispensings") or []
                yield f"with a dispensing of {text}", {**state, "dispensings": [*known, {"date": text}]}
            if "earlier_course_end" in self._words:
                yield f"earlier course ended {text}", _with(state, ("treatment", "earlier_courses"), [{"stop": text}])

    @staticmethod
    def _milestones(feature: Feature) -> set[str]:
        words = {feature.subject, *(str(value) for value in feature.chosen.values())}
        return {*words, "last_dose"} if feature.kind in {"days_on", "dose", "taking"} else words

    @cached_property
    def _words(self) -> set[str]:
        return {word for feature in self._features for word in self._milestones(feature)}

    def _with_baseline(self, state: State) -> Iterator[Edit]:
        """Return states with a baseline of a measurement and a later value, fallen or risen by every share asked."""
        today = date.fromisoformat(str(state["as_of"])[:10])
        for leaf in self._leaves:
            feature = leaf.feature
            if feature.kind not in {"fall_from_baseline", "rise_from_baseline"} or not isinstance(leaf, Compare):
                continue
            code = next((code for code in _codes(feature) if not self._lexicon.terms[code].members), "")
            if not code or not isinstance(leaf.operand, Decimal):
                continue
            base = {"code": code, "value": "20", "unit": self._lexicon.terms[code].unit, "baseline": True}
            base["date"] = date.fromordinal(today.toordinal() - 60).isoformat()
            sign = 1 if feature.kind == "rise_from_baseline" else -1
            for share in (leaf.operand - 1, leaf.operand, leaf.operand + 1):
                later = {**base, "value": number(20 * (100 + sign * share) / 100), "date": today.isoformat()}
                del later["baseline"]
                known = state.get("observations") or []
                yield f"{_said(code)} from 20 to {later['value']}", {**state, "observations": [*known, base, later]}

    def _with_entry(self, state: State, term: Term) -> Iterator[Edit]:
        """Return states with an entry of a code, of today."""
        code, today = term.code, str(state["as_of"])[:10]
        by_kind: dict[str, State | None] = {
            "observations": self._observation(code, today) if term.kind == "observations" else None,
            "events": {"term": code, "grade": _grade(term), "onset": today},
            "conditions": {"code": code},
            "procedures": {"code": code, "date": today},
            "documents": {"code": code, "date": today},
            "drugs": {"drug": code, "start": today},
        }
        entry = by_kind.get(term.kind)
        if entry is not None:
            name = _LISTS[term.kind]
            yield f"with {_said(code)}", {**state, name: [*(state.get(name) or []), entry]}
        elif term.kind == "traits":
            known = (state.get("patient") or {}).get("traits") or []
            yield f"with {_said(code)}", _with(state, ("patient", "traits"), [*known, code])
        elif term.kind == "contraceptives":
            known = (state.get("reproduction") or {}).get("contraception") or []
            for start in ({}, {"start": today}, {"start": today[: len("2026-03")]}):
                since = f" since {start['start']}" if start else ""
                entries = [*known, {"method": code, **start}]
                yield f"with {_said(code)}{since}", _with(state, ("reproduction", "contraception"), entries)
        elif term.kind == "reasons":
            pause = [{"start": today, "reason": code}]
            yield f"paused for {_said(code)}", _with(state, ("treatment", "interruptions"), pause)
            ended = [{"reason": code}]
            yield f"earlier course ended for {_said(code)}", _with(state, ("treatment", "earlier_courses"), ended)
            yield f"stopped for {_said(code)}", _with(state, ("treatment", "stop_reason"), code)

    def _observation(self, code: str, today: str) -> State | None:
        term = self._lexicon.terms[code]
        if term.results:
            return {"code": code, "value": term.results[0], "date": today}
        operands = [
            leaf.operand
            for leaf in self._leaves
            if isinstance(leaf, Compare) and isinstance(leaf.operand, Decimal) and leaf.feature.unit == term.unit
        ]
        if not operands or not term.unit:
            return None
        return {"code": code, "value": number(operands[0]), "unit": term.unit, "date": today}


# ---------------------------------------------------------------- states


def _grade(term: Term) -> int:
    """Return a grade that the event can have: moderate, or its mildest."""
    return _MODERATE if not term.grades or _MODERATE in term.grades else min(term.grades)


def _at(state: State, path: Path) -> Any:
    """Return what stands in a place, or nothing."""
    here: Any = state
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    return here


def _doses(state: State, value: Decimal) -> Iterator[Edit]:
    """Return states with another dose of thalidomide: the one asked for, or a little more or less than now."""
    for index, dose in enumerate((state.get("treatment") or {}).get("doses") or ()):
        now = Decimal(str(dose["mg_per_day"]))
        for amount in sorted({value, now + 1, now - 1} - {now}):
            path = ("treatment", "doses", index, "mg_per_day")
            yield f"dose {number(amount)} mg per day", _with(state, path, number(amount))


def _quantities(
    state: State, place: tuple[str, str, str], codes: Sequence[str], value: str, unit: str
) -> Iterator[Edit]:
    """Return states in which a quantity of an entry of some codes is set."""
    listed, key, name = place
    for index, entry in enumerate(state.get(listed) or ()):
        if entry.get(key) in codes:
            quantity = {"value": value, "unit": unit}
            yield f"{_said(entry[key])} {_said(name)} {value} {unit}", _with(state, (listed, index, name), quantity)


def _walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Return everything in a state with its place, outer before inner."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        if (*path, key) != ("as_of",):
            yield (*path, key), inner
            yield from _walk(inner, (*path, key))


def _is_day(path: Path, value: Any) -> bool:
    return path[-1] in _DATES and isinstance(value, str) and len(value) >= len("2026-01-01")


def _with(state: State, path: Path, value: Any) -> State:
    """Return a copy of a state with one place set; what is not there on the way is made."""
    made = copy.deepcopy(state)
    here: Any = made
    for key in path[:-1]:
        if isinstance(here, dict) and here.get(key) is None:
            here[key] = {}
        here = here[key]
    here[path[-1]] = value
    return made


def _without(state: State, path: Path) -> State:
    """Return a copy of a state with one place left out."""
    made = copy.deepcopy(state)
    here: Any = made
    for key in path[:-1]:
        if isinstance(here, dict) and key not in here:
            return made
        here = here[key]
    if isinstance(here, dict):
        here.pop(path[-1], None)
    else:
        del here[path[-1]]
    return made


def _codes(feature: Feature) -> tuple[str, ...]:
    """Return the codes that a question is about: of a group, its members."""
    members = feature.chosen.get("members")
    return members if isinstance(members, tuple) else (feature.subject,)


def _said(name: str) -> str:
    return name.replace("_", " ")


def _where(path: Path) -> str:
    return " ".join(_said(str(part)) for part in path if not isinstance(part, int))


def _entry(value: Any) -> str:
    if isinstance(value, dict):
        for key in ("code", "term", "drug", "method", "reason"):
            if key in value:
                return _said(str(value[key]))
        return "an entry"
    return _said(str(value))
