"""From a model back to a record: the inverse of `features.answering`, as far as it goes.

What comes out is only a proposal: whoever uses it checks it with the real questions and the reference
engine, and looks for another model when it does not show what the model shows.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import z3

from thalsafety.program import Known
from thalsafety.proving.relations import codes_of, kind_of, least_and_most_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.program import Answer, Feature
    from thalsafety.proving.encoding import Input
    from thalsafety.proving.outline import Ages, Named, Outline

Written = dict[str, Any]
_LISTS = {
    "observations": "observations",
    "documents": "documents",
    "events": "adverse_events",
    "conditions": "conditions",
    "procedures": "procedures",
    "drugs": "medications",
}
_PERSON_FACTS = ("menstrual_status", "puberty", "pregnancy", "abstinence", "breastfeeding")
_FLAGS = frozenset({"breastfeeding", "cycle_confirmed", "partner_can_become_pregnant"})
_CYCLE_FACTS = {"cycle_regularity": "regularity", "cycle_confirmed": "confirmed"}
_PARTNER_FACTS = {
    "partner_can_become_pregnant": "can_become_pregnant",
    "partner_pregnancy": "pregnancy",
    "condom_use": "condom_use",
    "condom_material": "condom_material",
}
_A_DOSE = Decimal(100)
_DIGITS = Decimal("0.000001")


class Realiser:
    """Writes the record that one model proposes, as far as some questions ask about it."""

    def __init__(self, outline: Outline, model: z3.ModelRef, asked: Iterable[Feature], day: date) -> None:
        """Take the outline that the model fills, the questions that matter, and the day of the check."""
        self.outline = outline
        self.model = model
        self.asked = tuple(dict.fromkeys(asked))
        self.day = day
        self.answers: dict[Feature, Answer] = outline.space.witness(model, self.asked)
        self._of_kind = {(kind_of(outline, feature), code) for feature in self.asked for code in codes_of(feature)}

    def record(self) -> Written:
        """Return a patient state as it would be written, without its label and profile."""
        written: Written = {"as_of": self.day.isoformat()}
        for key, part in (
            ("patient", self._person()),
            ("reproduction", self._reproduction()),
            ("treatment", self._treatment()),
        ):
            if part:
                written[key] = part
        for kind, key in _LISTS.items():
            if self._is(self.outline.recorded(kind)):
                written[key] = getattr(self, f"_{kind}")()
        written.update(self._supplies())
        return written

    # ------------------------------------------------------------ reading the model

    def _is(self, formula: z3.BoolRef) -> bool:
        return bool(z3.is_true(self.model.eval(formula, model_completion=True)))

    def _int(self, term: z3.ArithRef) -> int:
        return int(self._number(term))

    def _number(self, term: z3.ArithRef) -> Decimal:
        value: Any = self.model.eval(term, model_completion=True)
        fraction = Fraction(value.as_long()) if isinstance(value, z3.IntNumRef) else value.as_fraction()
        return Decimal(fraction.numerator) / Decimal(fraction.denominator)

    def _on(self, age: z3.ArithRef | int) -> str:
        days = age if isinstance(age, int) else self._int(age)
        return (self.day - timedelta(days=max(-30000, min(days, 60000)))).isoformat()

    def _milestone(self, name: str) -> Named | None:
        """Return a milestone that some question asks for and the model knows."""
        found = self.outline.milestones.get(name)
        return found if found is not None and self._is(found.known) else None

    def _fact(self, name: str) -> str | None:
        feature = next((f for f in self.outline.space.inputs if f.kind == "fact" and f.subject == name), None)
        answer = self.outline.space.witness(self.model, [feature])[feature] if feature is not None else None
        return str(answer.low) if isinstance(answer, Known) else None

    def _known(self, kind: str, subject: str) -> Known | None:
        """Return the first known answer to a question of a kind about a subject."""
        for feature, answer in self.answers.items():
            if feature.kind == kind and feature.subject == subject and isinstance(answer, Known):
                return answer
        return None

    # ------------------------------------------------------------ the person

    def _person(self) -> Written:
        person: Written = {}
        sex = self._fact("sex_at_birth")
        if sex:
            person["sex_at_birth"] = sex
        age = self._known("age", "patient")
        if age is not None:
            person["age"] = _plain(age.low)
        if self._is(self.outline.recorded("traits")):
            held = self.outline.flags.items()
            person["traits"] = [code for (what, code), flag in held if what == "trait" and self._is(flag)]
        return person

    def _reproduction(self) -> Written:
        part: Written = {}
        for name in _PERSON_FACTS:
            part[name] = self._written_fact(name)
        part["cycles"] = {field: self._written_fact(name) for name, field in _CYCLE_FACTS.items()}
        part["partner"] = {field: self._written_fact(name) for name, field in _PARTNER_FACTS.items()}
        for name in ("last_period", "last_natural_menses"):
            found = self._milestone(name)
            part[name] = self._on(found.near) if found is not None else None
        if self._is(self.outline.recorded("contraceptives")):
            part["contraception"] = self._contraceptives()
        return _without_nothing(part)

    def _written_fact(self, name: str) -> str | bool | None:
        word = self._fact(name)
        return word == "yes" if word is not None and name in _FLAGS else word

    def _contraceptives(self) -> list[Written]:
        uses: list[Written] = []
        for (what, code), some in self.outline.doubtful.items():
            if what == "contraceptives" and self._is(some.surely):
                start = self._start_of_use(code)
                uses.append({"method": code} | ({"start": start} if start else {}))
        return uses

    def _start_of_use(self, code: str) -> str | None:
        for feature, answer in self.answers.items():
            if feature.kind == "days_using" and code in codes_of(feature) and isinstance(answer, Known):
                end = self._milestone(str(feature.chosen.get("to", "")))
                ahead = self._int(end.near) if end is not None else 0
                return self._on(int(answer.low) + ahead)
        return None

    # ------------------------------------------------------------ the course

    def _treatment(self) -> Written:
        status = self._fact("treatment_status")
        part: Written = {"status": status, "indication": self._fact("indication")}
        for name in ("planned_start", "planned_restart"):
            found = self._milestone(name)
            part[name] = self._on(found.near) if found is not None else None
        planned = self._known("dose", "planned")
        part["planned_mg_per_day"] = _plain(planned.low) if planned else None
        part["doses"] = self._doses(status)
        part["interruptions"] = self._interruptions(status)
        part["earlier_courses"] = self._earlier_courses()
        stop = self._milestone("treatment_stop")
        part["stopped"] = self._on(stop.near) if stop is not None else None
        if status == "stopped":
            part["stop_reason"] = self._reason("current")
        return {key: value for key, value in part.items() if value is not None}

    def _reason(self, which: str) -> str | None:
        """Return the reason of a pause: one that is asked for and holds, or one that nobody asks for."""
        held = self.outline.flags.items()
        found = next((code for (what, code), flag in held if what == f"reason_{which}" and self._is(flag)), None)
        asked = [feature for feature in self.asked if feature.kind == "paused_for"]
        if found is not None or not asked or not any(isinstance(self.answers[f], Known) for f in asked):
            return found
        meant = {code for feature in asked for code in codes_of(feature)}
        reasons = (code for code, term in self.outline.space.lexicon.terms.items() if term.kind == "reasons")
        return next((code for code in reasons if code not in meant), None)

    def _doses(self, status: str | None) -> list[Written] | None:
        begun = self._milestone("treatment_start")
        if begun is None:
            start = self.outline.milestones.get("treatment_start")
            return [] if start is not None and self._is(start.none) else None
        first = self._known("dose", "first")
        amount = Decimal(first.low) if first is not None else _A_DOSE
        segments: list[Written] = [{"start": self._on(begun.near), "mg_per_day": _plain(amount)}]
        changed = self._milestone("dose_change")
        change = self._known("dose_change", "latest")
        if changed is not None and change is not None:
            segments[0]["stop"] = self._on(self._int(changed.near) + 1)
            amount = max(amount + Decimal(change.low), Decimal(1))
            segments.append({"start": self._on(changed.near), "mg_per_day": _plain(amount)})
        segments += self._after_the_pause(segments[-1], amount)
        current = self._known("dose", "current")
        if current is not None and status == "active" and current.low:
            segments[-1]["mg_per_day"] = _plain(current.low)
        self._times(segments[-1])
        last = self._milestone("last_dose")
        if status in {"stopped", "interrupted"} and last is not None:
            segments[-1]["stop"] = self._on(last.near)
        return segments

    def _after_the_pause(self, segment: Written, amount: Decimal) -> list[Written]:
        """Return the dose after a restart, where a question says how it changed; the earlier one ends."""
        change, pause = self._known("dose_change", "at_restart"), self._milestone("interruption_start")
        restart = self._milestone("restart")
        if change is None or pause is None or restart is None:
            return []
        segment["stop"] = self._on(self._int(pause.near) + 1)
        after = max(amount + Decimal(change.low), Decimal(1))
        return [{"start": self._on(restart.near), "mg_per_day": _plain(after)}]

    def _times(self, segment: Written) -> None:
        time = self._fact("dose_time")
        if time == "several":
            segment["times"] = ["morning", "bedtime"]
        elif time:
            segment["times"] = [time]

    def _interruptions(self, status: str | None) -> list[Written] | None:
        named = self.outline.milestones.get("interruption_start")
        if named is None or not self._is(named.known):
            return [] if named is not None and self._is(named.none) else None
        pause: Written = {"start": self._on(named.near)}
        reason = self._reason("current" if status == "interrupted" else "earlier")
        if reason:
            pause["reason"] = reason
        if status != "interrupted":
            restart = self._milestone("restart")
            start = self._int(named.near)
            pause["stop"] = self._on(max(1, min(self._int(restart.near) + 1, start)) if restart is not None else start)
        return [pause]

    def _earlier_courses(self) -> list[Written] | None:
        named = self.outline.milestones.get("earlier_course_end")
        if named is None or not (self._is(named.known) or self._is(named.unsure)):
            return [] if named is not None and self._is(named.none) else None
        course: Written = {"stop": self._on(named.near)} if self._is(named.known) else {}
        reason = self._reason("earlier")
        return [course | ({"reason": reason} if reason else {})]

    def _supplies(self) -> Written:
        written: Written = {}
        prescription, dispensing = self._prescriptions(), self._dispensings()
        if prescription is not None:
            written["prescriptions"] = prescription
        if dispensing is not None:
            written["dispensings"] = dispensing
        return written

    def _prescriptions(self) -> list[Written] | None:
        named = self.outline.milestones.get("prescription")
        if named is None or not self._is(named.known):
            return [] if named is not None and self._is(named.none) else None
        latest: Written = {"date": self._on(named.near)}
        for name, field in (("prescribed_days", "days_supply"), ("refills", "refills")):
            found = self._known("supply", name)
            if found is not None:
                latest[field] = int(found.low)
        authorised = self._milestone("authorisation")
        if self._fact("prescription_authorised") == "yes":
            latest["authorisation"] = "A-1"
        latest["authorised"] = self._on(authorised.near) if authorised is not None else None
        latest["route"] = self._fact("prescription_route")
        latest["risk_category"] = self._fact("prescription_risk_category")
        before = self._milestone("previous_prescription")
        earlier = [{"date": self._on(before.near)}] if before is not None else []
        return [*earlier, {key: value for key, value in latest.items() if value is not None}]

    def _dispensings(self) -> list[Written] | None:
        named = self.outline.milestones.get("dispensing")
        if named is None or not self._is(named.known):
            return [] if named is not None and self._is(named.none) else None
        latest: Written = {"date": self._on(named.near)}
        for name, field in (("dispensed_days", "days_supply"), ("days_remaining_at_dispensing", "days_remaining")):
            found = self._known("supply", name)
            if found is not None:
                latest[field] = int(found.low)
        end = self._milestone("supply_end")
        if end is not None:
            latest["days_supply"] = self._int(named.near) - self._int(end.near)
        confirmed = self._milestone("confirmation")
        latest["confirmed"] = self._on(confirmed.near) if confirmed is not None else None
        if self._fact("dispensing_confirmed") == "yes":
            latest["confirmation"] = "C-1"
        for name in ("pharmacy_certified", "counselled", "medication_guide"):
            word = self._fact(f"dispensing_{name}")
            latest[name] = None if word is None else word == "yes"
        return [{key: value for key, value in latest.items() if value is not None}]

    # ------------------------------------------------------------ lists

    def _observations(self) -> list[Written]:
        entries: list[Written] = []
        for (kind, code, result), ages in self.outline.ages.items():
            if kind != "observations" or (kind, code) not in self._of_kind or not self._is(ages.dated):
                continue
            term = self.outline.space.lexicon.terms[code]
            if bool(result) != bool(term.results):
                continue
            if result:
                entries.append(self._test(code, result, ages))
            elif term.unit:
                entries += self._measured(code, ages)
        return entries + self._before_milestones()

    def _test(self, code: str, result: str, ages: Ages) -> Written:
        entry: Written = {"code": code, "value": result, "date": self._on(ages.near)}
        found = self._known("sensitivity", code)
        return entry | ({"sensitivity": {"value": _plain(found.low), "unit": "m[IU]/mL"}} if found else {})

    def _measured(self, code: str, ages: Ages) -> list[Written]:
        """Return the latest value, and what makes the extremes, the change and the number of values of a window."""
        term = self.outline.space.lexicon.terms[code]
        value = self._value(code)
        latest = self._int(ages.near)
        entries = [self._quantity(code, value, latest)]
        for feature, answer in self.answers.items():
            if code not in codes_of(feature) or not isinstance(answer, Known):
                continue
            if feature.kind in {"highest", "lowest"} and answer.low != value:
                entries.append(self._quantity(code, Decimal(answer.low), max(latest, _window(feature))))
            elif feature.kind in {"rise_from_baseline", "fall_from_baseline"}:
                sign = 1 if feature.kind == "rise_from_baseline" else -1
                base = value / (1 + sign * Decimal(answer.low) / 100) if answer.low != -sign * 100 else term.high
                plausible = max(term.low or Decimal(0), min(Decimal(base or 0), term.high or Decimal(base or 0)))
                entries.append(self._quantity(code, plausible, latest + 400) | {"baseline": True})
        return self._with_limits(code, entries, latest)

    def _with_limits(self, code: str, entries: list[Written], latest: int) -> list[Written]:
        """Return the values of an observation with the upper limits that make them so many times as high."""
        for feature, answer in self.answers.items():
            if feature.kind != "times_upper_limit" or code not in codes_of(feature) or not isinstance(answer, Known):
                continue
            entry = entries[0]
            if feature.chosen.get("of") == "baseline":
                marked = [known for known in entries if known.get("baseline")]
                if not marked:
                    marked = [self._quantity(code, self._value(code), latest + 400) | {"baseline": True}]
                    entries += marked
                entry = marked[0]
            times = Decimal(answer.low)
            if times > 0:
                entry["upper_limit"] = _plain(Decimal(entry["value"]) / times)
        return entries

    def _value(self, code: str) -> Decimal:
        bounds = self.outline.values.get(code)
        if bounds is not None:
            return self._number(bounds[0])
        term = self.outline.space.lexicon.terms[code]
        return (term.low + term.high) / 2 if term.low is not None and term.high is not None else Decimal(1)

    def _quantity(self, code: str, value: Decimal, age: int) -> Written:
        unit = self.outline.space.lexicon.terms[code].unit
        return {"code": code, "value": _plain(value), "unit": unit, "date": self._on(age)}

    def _before_milestones(self) -> list[Written]:
        """Return tests that lie in a window before a milestone, where a question finds one there."""
        entries: list[Written] = []
        for feature, answer in self.answers.items():
            end = self._milestone(str(feature.chosen.get("before", "")))
            if feature.kind != "on_file" or end is None or not (isinstance(answer, Known) and answer.low == "yes"):
                continue
            age = max(self._int(end.near) + _window(feature, "to"), 0)
            term = self.outline.space.lexicon.terms[feature.subject]
            if term.kind == "observations":
                word = feature.chosen.get("result") or (term.results[0] if term.results else None)
                entries.append(
                    {"code": feature.subject, "value": word, "date": self._on(age)}
                    if word
                    else self._quantity(feature.subject, self._value(feature.subject), age)
                )
        return entries

    def _documents(self) -> list[Written]:
        entries: list[Written] = []
        for (kind, code, _result), ages in self.outline.ages.items():
            if kind == "documents" and (kind, code) in self._of_kind:
                entries += [{"code": code, "date": self._on(ages.near)}] if self._is(ages.dated) else []
                entries += [{"code": code}] if self._is(ages.undated) else []
        return entries

    def _events(self) -> list[Written]:
        entries: list[Written] = []
        for code in self.outline.events:
            if ("events", code) in self._of_kind:
                entries += self._of_term(code)
        return entries

    def _of_term(self, code: str) -> list[Written]:
        event = self.outline.events[code]
        if not self._is(event.ever):
            return []
        ages = self.outline.latest("events", code)
        mild = {"grade": min(self.outline.space.lexicon.terms[code].grades or (1,))}
        onset = {"onset": self._on(ages.near)} if self._is(ages.dated) else {}
        entries: list[Written] = []
        if self._is(event.active_suspected):
            grades = self._grades(event.low_suspected, event.high_suspected)
            entries += [{"term": code, **grade, **onset} for grade in grades]
        elif self._is(event.ever_suspected):
            entries.append({"term": code, **mild, **onset, "resolved": self._on(ages.near if onset else 0)})
        more = self._is(event.active) and not (
            self._is(event.active_suspected) and self._int(event.low) == self._int(event.low_suspected)
        )
        if more:
            grades = self._grades(event.low, event.high)
            entries += [{"term": code, **grade, **onset, "relation": "unrelated"} for grade in grades]
        elif not entries:
            entries.append(
                {"term": code, **onset, "resolved": self._on(ages.near if onset else 0), "relation": "unrelated"}
            )
        return entries + self._earlier_bout(code)

    def _earlier_bout(self, code: str) -> list[Written]:
        """Return an entry from before the restart, where a question says that the event came back after it."""
        restart = self._milestone("restart")
        for feature, answer in self.answers.items():
            asked = feature.kind == "recurred_after_restart" and code in codes_of(feature) and restart is not None
            if asked and restart is not None and isinstance(answer, Known) and answer.low == "yes":
                day = self._on(self._int(restart.far) + 30)
                return [{"term": code, "onset": day, "resolved": day}]
        return []

    def _grades(self, low: z3.ArithRef, high: z3.ArithRef) -> list[Written]:
        """Return the grades of active entries: one, or one beside an entry without a grade, which may be the worst."""
        least = self._int(low)
        return [{"grade": least}] if least == self._int(high) else [{"grade": least}, {}]

    def _conditions(self) -> list[Written]:
        held = {key for key, flag in self.outline.flags.items() if self._is(flag)}
        present = [{"code": code} for what, code in held if what == "condition"]
        former = [code for what, code in held if what == "condition_ever" and ("condition", code) not in held]
        return sorted(
            [*present, *({"code": code, "resolved": self._on(400)} for code in former)], key=lambda entry: entry["code"]
        )

    def _procedures(self) -> list[Written]:
        entries: list[Written] = []
        for (what, code), some in self.outline.doubtful.items():
            if what == "procedures" and self._is(some.surely):
                age = self._age_of_procedure(code)
                entries.append({"code": code} | ({"date": self._on(age)} if age is not None else {}))
        for feature, answer in self.answers.items():
            if feature.kind == "days_until" and kind_of(self.outline, feature) and isinstance(answer, Known):
                entries.append({"code": feature.subject, "date": self._on(-int(answer.low))})
        return entries

    def _age_of_procedure(self, code: str) -> int | None:
        for feature, answer in self.answers.items():
            if code not in codes_of(feature) or not isinstance(answer, Known):
                continue
            end = self._milestone(str(feature.chosen.get("to", "")))
            if feature.kind == "days_from" and end is not None:
                return self._int(end.near) + int(answer.low)
            if feature.kind == "count" and "within" in feature.chosen:
                return 0 if answer.low else _window(feature) + 1
        return None

    def _drugs(self) -> list[Written]:
        entries: list[Written] = []
        for (what, code), some in self.outline.doubtful.items():
            if what == "drugs" and self._is(some.surely):
                days = next(
                    (answer for f, answer in self.answers.items() if f.kind == "days_on" and code in codes_of(f)), None
                )
                start = {"start": self._on(int(days.low))} if isinstance(days, Known) else {}
                name = {"name": "a new remedy"} if code == self.outline.space.lexicon.unlisted else {}
                entries.append({"drug": code, **name, **start})
        return entries + self._former_drugs() + self._steroids()

    def _former_drugs(self) -> list[Written]:
        """Return drugs that were stopped: where a question counts more of them than are taken."""
        entries: list[Written] = []
        for feature, answer in self.answers.items():
            if feature.kind == "count" and kind_of(self.outline, feature) == "drugs" and isinstance(answer, Known):
                code = codes_of(feature)[-1]
                taken = self.outline.doubtful.get(("drugs", code))
                if answer.low and not (taken is not None and self._is(taken.surely)):
                    entries.append({"drug": code, "start": self._on(400), "stop": self._on(60)})
        return entries

    def _steroids(self) -> list[Written]:
        """Return steroids given on one day before today: what a question about their dose asks for, no less."""
        entries: list[Written] = []
        asked = [(f, answer) for f, answer in self.answers.items() if f.kind == "steroid_dose"]
        given, terms = Decimal(0), self.outline.space.lexicon.terms
        for feature, answer in sorted(asked, key=lambda pair: len(codes_of(pair[0]))):
            codes = [c for c in codes_of(feature) if terms[c].dexamethasone]
            if isinstance(answer, Known) and isinstance(answer.low, Decimal) and answer.low > given and codes:
                ratio = terms[codes[-1]].dexamethasone or 1
                dose = {"value": str((answer.low - given) / ratio), "unit": "mg/d"}
                entries.append({"drug": codes[-1], "dose": dose, "start": self._on(1), "stop": self._on(1)})
                given = answer.low
        return entries


_ORDER = (
    ("earlier_course_end", "treatment_start"),
    ("treatment_start", "dose_change"),
    ("treatment_start", "interruption_start"),
    ("interruption_start", "restart"),
    ("interruption_start", "treatment_stop"),
    ("previous_prescription", "prescription"),
)
"""Which date usually comes before which: no relation, since records may differ, but easier to write."""
_LONG_AGO, _FAR_AHEAD = 6000, 700


def usual(outline: Outline) -> Iterator[z3.BoolRef]:
    """Return what a plain record keeps to, so that it can be written; nothing is concluded from it."""
    for before, after in _ORDER:
        if before in outline.milestones and after in outline.milestones:
            earlier, later = outline.milestones[before], outline.milestones[after]
            yield z3.Implies(z3.And(earlier.known, later.known), earlier.near > later.near + 1)
    for name, date_ in outline.milestones.items():
        limit = _LONG_AGO * 3 if name == "last_natural_menses" else _LONG_AGO
        yield z3.And(date_.near >= -_FAR_AHEAD, date_.near <= limit)
    for ages in outline.ages.values():
        yield ages.near <= _LONG_AGO
    yield from _paused(outline)
    yield from _one_result_at_a_time(outline)
    for feature, asked in outline.space.inputs.items():
        yield from _clear_of_the_calendar(outline, feature, asked)
        if feature.kind == "times_upper_limit":
            yield from _with_a_plausible_limit(outline, feature, asked)


def quiet(outline: Outline) -> Iterator[z3.BoolRef]:
    """Return what a record without a past keeps to: looked for first, since it is the easiest to write and to read."""
    for name in ("interruption_start", "earlier_course_end", "restart", "dose_change", "planned_restart"):
        if name in outline.milestones:
            yield outline.milestones[name].none
    for feature, asked in outline.space.inputs.items():
        if feature.kind in {"rise_from_baseline", "fall_from_baseline"}:
            yield asked.absent


def _paused(outline: Outline) -> Iterator[z3.BoolRef]:
    last, pause = outline.milestone("last_dose"), outline.milestone("interruption_start")
    yield z3.Implies(z3.And(outline.fact_is("treatment_status", "active"), pause.known), pause.near > 1)
    yield z3.Implies(
        z3.And(outline.fact_is("treatment_status", "interrupted"), last.known), last.near == pause.near + 1
    )


def _one_result_at_a_time(outline: Outline) -> Iterator[z3.BoolRef]:
    """Return that tests of one kind on one day have one result."""
    for (kind, code, result), ages in outline.ages.items():
        if result:
            whole = outline.latest(kind, code)
            latest = z3.And(ages.dated, ages.near == whole.near)
            yield z3.Implies(latest, outline.word(code) == outline.space.word(result))


def _with_a_plausible_limit(outline: Outline, feature: Feature, asked: Input) -> Iterator[z3.BoolRef]:
    """Return that a value is of a size beside which the upper limit that gives the answer can be written."""
    yield z3.Implies(asked.known, z3.And(asked.low == asked.high, asked.low * 2 >= 1))
    for code in codes_of(feature):
        high = outline.space.lexicon.terms[code].high
        if high is not None:
            value, _ = outline.value(code)
            yield z3.And(value * 100 >= z3.RealVal(str(high)), value * 2 <= z3.RealVal(str(high)))


def _clear_of_the_calendar(outline: Outline, feature: Feature, asked: Input) -> Iterator[z3.BoolRef]:
    """Return that no span counted in months ends where only the calendar can tell on which side it lies."""
    if feature.kind == "months_since":
        days = outline.milestone(feature.subject).near if not kind_of(outline, feature) else None
        if days is not None:
            yield z3.Implies(asked.known, z3.Or(days * 100 >= asked.low * 3044 + 500, asked.low == 0))
            yield z3.Implies(asked.known, days * 100 <= (asked.low + 1) * 3043 - 500)
        return
    if feature.kind == "on_file" and "within" in feature.chosen:
        lengths = least_and_most_days(feature, "within")
        if lengths is not None and lengths[0] != lengths[1]:
            for code in codes_of(feature):
                ages = outline.latest(kind_of(outline, feature), code)
                yield z3.Or(ages.near <= lengths[0], ages.near > lengths[1])
    if feature.kind == "days_overdue":
        lengths = least_and_most_days(feature, "every")
        if lengths is not None and lengths[0] != lengths[1]:
            slack = lengths[1] - lengths[0]
            for operand in (-7, 0, 3, 7):
                yield z3.Implies(asked.known, z3.Or(asked.low > operand + slack, asked.low < operand - slack))


def _window(feature: Feature, option: str = "within") -> int:
    length = feature.chosen.get(option)
    return int(length[1]) if length is not None and length[2] == "d" else 0  # type: ignore[index]  # the linker pins durations as three things


def _plain(value: Decimal | str) -> str:
    """Return a number as it is written."""
    text = format(Decimal(value).quantize(_DIGITS), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _without_nothing(part: Written) -> Written:
    """Return a part of a record without what is not recorded; an empty list is recorded."""
    kept = {
        key: _without_nothing(value) if isinstance(value, dict) else value
        for key, value in part.items()
        if value is not None
    }
    return {key: value for key, value in kept.items() if value != {}}
