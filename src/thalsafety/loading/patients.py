"""Patient-state files in; states out, each with everything that is wrong in it.

Shape is checked by the model, or where nothing is wrong by the table made from it (`loading.plainly`); here
codes, units, plausible values and dates are checked against the vocabulary and against one another. Nothing is
corrected and nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading import plainly, tame
from thalsafety.loading.suggesting import did_you_mean
from thalsafety.model.plain import one_day
from thalsafety.model.when import When

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from thalsafety.loading.plainly import Shape
    from thalsafety.loading.tame import Document, Path_
    from thalsafety.model.lexicon import Lexicon
    from thalsafety.model.patient import Observation, PatientFacts, PatientState

Finding = tuple["Path_", str, str]
"""Where in the data, what is wrong, what to do."""

_NO_DAY = "9999-12-31"
"""Stands for an `as_of` that cannot be read, while the rest is looked at: nothing lies after it."""
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LARGEST_EXPONENT = 30


class Loaded(NamedTuple):
    """One patient of a file: its state, or what is wrong with it."""

    file: str
    position: int | None
    state: PatientState | None
    problems: tuple[Problem, ...] = ()
    document: Document | None = None
    path: Path_ = ()


def patient_files(paths: Sequence[Path]) -> tuple[list[Path], list[Problem]]:
    """Return the files meant by some paths; a folder stands for its YAML and JSON files, recursively."""
    files: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix in {".yaml", ".yml", ".json"} and p.is_file())
            if not found:
                problems.append(
                    Problem(Place(str(path)), "the folder holds no .yaml, .yml or .json file", "name another folder")
                )
            files += found
        else:
            files.append(path)
    return list(dict.fromkeys(files)), problems


def load_patient_states(
    path: Path,
    lexicon: Lexicon,
    profiles: Collection[str],
    changes: Mapping[str, str] | None = None,
    shape: Shape | None = None,
) -> list[Loaded]:
    """Read one file; one entry per patient in it, or a single one that says why it cannot be read.

    `changes` replace `profile` or `as_of` of every patient before anything is checked; `InputError`
    when one of them cannot be used. With a `shape`, states in which nothing is wrong are read by it and come as
    `Plain`, which has the names and values of the models but takes no pydantic.
    """
    _check_changes(changes or {}, profiles)
    try:
        document = tame.read(path)
    except InputError as error:
        return [Loaded(str(path), None, None, error.problems)]
    for patient in _patients(document.data):
        patient.update(changes or {})
    return read_states(document, lexicon, profiles, shape)


def _check_changes(changes: Mapping[str, str], profiles: Collection[str]) -> None:
    """Refuse what the command line puts in the place of a file's own values, where it stands there."""
    if "profile" in changes and changes["profile"] not in profiles:
        raise InputError([Problem(Place("--profile"), *_no_profile(changes["profile"], profiles))])
    if "as_of" in changes:
        try:
            one_day(When.parse(changes["as_of"]))
        except ValueError as error:
            raise InputError([Problem(Place("--as-of"), str(error))]) from None


def _no_profile(name: str, profiles: Collection[str]) -> tuple[str, str]:
    return f"`{name}` is not a profile of the rule set", did_you_mean(name, profiles)


def _patients(data: tame.Data) -> list[dict[str, tame.Data]]:
    """Return the mappings that stand for patients."""
    listed = data["patients"] if isinstance(data, dict) and "patients" in data else [data]
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def read_states(
    document: Document, lexicon: Lexicon, profiles: Collection[str], shape: Shape | None = None
) -> list[Loaded]:
    """Return the patients of a document that has been read."""
    data = document.data
    if isinstance(data, dict) and "patients" in data:
        listed = data["patients"]
        strangers = [key for key in data if key != "patients"]
        problems = [
            Problem(document.place((key,)), f"`{key}` is not a key here", "beside `patients`, nothing else may stand")
            for key in strangers
        ]
        if not isinstance(listed, list) or not listed:
            problems.append(Problem(document.place(("patients",)), "`patients` must be a list of patient states"))
        if problems or not isinstance(listed, list):
            return [Loaded(document.file, None, None, tuple(problems))]
        return [
            _plain(document, one, ("patients", i), i + 1, lexicon, profiles, shape)
            or _one(document, ("patients", i), i + 1, lexicon, profiles)
            for i, one in enumerate(listed)
        ]
    return [_plain(document, data, (), None, lexicon, profiles, shape) or _one(document, (), None, lexicon, profiles)]


def _plain(  # noqa: PLR0913, PLR0917  as `_one`, with the data and its table
    document: Document,
    data: tame.Data,
    path: Path_,
    position: int | None,
    lexicon: Lexicon,
    profiles: Collection[str],
    shape: Shape | None,
) -> Loaded | None:
    """Read one patient without the models, where that can be done and nothing at all is wrong."""
    if shape is None:
        return None
    try:
        state = cast("PatientState", plainly.read(shape, data))
    except ValueError:
        return None
    if state.profile not in profiles or findings(state, lexicon):
        return None
    return Loaded(document.file, position, state, (), document, path)


def _one(document: Document, path: Path_, position: int | None, lexicon: Lexicon, profiles: Collection[str]) -> Loaded:
    """Read one patient."""
    from thalsafety.loading.validating import validate  # noqa: PLC0415  not needed where `_plain` serves
    from thalsafety.model.patient import PatientState  # noqa: PLC0415  as above

    state, problems = validate(PatientState, document, path)
    found: list[Finding] = []
    if state is not None:
        if state.profile not in profiles:
            found.append((("profile",), *_no_profile(state.profile, profiles)))
        found += findings(state, lexicon)
    else:
        found += _findings_of_the_rest(document, path, lexicon)
    problems += [Problem(document.place((*path, *where)), message, hint) for where, message, hint in found]
    unique = tuple(dict.fromkeys(problems))
    return Loaded(document.file, position, None if unique else state, unique, document, path)


def _findings_of_the_rest(document: Document, path: Path_, lexicon: Lexicon) -> Iterator[Finding]:
    """Check what can still be read when parts cannot, so that all problems are shown at once."""
    from pydantic import ValidationError  # noqa: PLC0415  not needed where `_plain` serves

    from thalsafety.model.patient import PatientFacts  # noqa: PLC0415  as above

    data: Any = document.data
    for step in path:
        data = data[step]
    if not isinstance(data, dict):
        return
    data = {name: data[name] for name in data if name in PatientFacts.model_fields}
    gone: set[Path_] = set()
    while True:
        numbers: dict[Path_, list[int]] = {}
        rest = _without(data, gone, (), numbers)
        try:
            facts = PatientFacts.model_validate({"as_of": _NO_DAY, **rest})
        except ValidationError as error:
            bad = {_part(rest, numbers, detail["loc"]) for detail in error.errors(include_url=False)}
            if () in bad or bad <= gone:
                return
            gone |= bad
            if ("treatment", "status") in gone:  # what contradicts a status cannot be said without it
                gone.add(("treatment", "stopped"))
            continue
        break
    for where, message, hint in findings(facts, lexicon):
        yield _original(where, numbers), message, hint


def _without(data: Any, gone: set[Path_], here: Path_, numbers: dict[Path_, list[int]]) -> Any:
    """Return a copy of some data without the parts that are gone; `numbers` keeps which items stayed."""
    if isinstance(data, dict):
        return {
            key: _without(value, gone, (*here, key), numbers) for key, value in data.items() if (*here, key) not in gone
        }
    if isinstance(data, list):
        numbers[here] = [i for i in range(len(data)) if (*here, i) not in gone]
        return [_without(data[i], gone, (*here, i), numbers) for i in numbers[here]]
    return data


def _part(rest: Any, numbers: dict[Path_, list[int]], location: Path_) -> Path_:
    """Return the part to leave out for an error: the list item it is in, or else its key."""
    found: Path_ = ()
    item: Path_ = ()
    here = rest
    for step in location:
        if isinstance(here, (str, dict)) and (isinstance(here, str) or step not in here):
            break
        here = here[step]
        found = (*found, step)
        if isinstance(step, int):
            item = found
    return _original(item or found, numbers)


def _original(path: Path_, numbers: dict[Path_, list[int]]) -> Path_:
    """Return the path in the data as written of a path in what was left of it."""
    written: Path_ = ()
    for step in path:
        written = (*written, numbers[written][step] if isinstance(step, int) else step)
    return written


def findings(facts: PatientFacts, lexicon: Lexicon) -> list[Finding]:
    """Return everything in a state that contradicts the vocabulary, the calendar or itself."""
    return [
        *_codes(facts, lexicon),
        *_medicines(facts, lexicon),
        *_observations(facts, lexicon),
        *_events(facts, lexicon),
        *_future(facts),
        *_periods(facts),
        *_course(facts),
        *_person(facts, lexicon),
        *_fixed_units(facts),
        *_contradictions(facts, lexicon),
    ]


# ---------------------------------------------------------------- codes

_CODED: tuple[tuple[str, str, str], ...] = (
    ("observations", "code", "observations"),
    ("adverse_events", "term", "events"),
    ("conditions", "code", "conditions"),
    ("procedures", "code", "procedures"),
    ("medications", "drug", "drugs"),
    ("documents", "code", "documents"),
)


def _codes(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    for name, field, kind in _CODED:
        for index, entry in enumerate(getattr(facts, name) or ()):
            yield from _code((name, index, field), getattr(entry, field), kind, lexicon)
    for path, code, kind in _single_codes(facts):
        yield from _code(path, code, kind, lexicon)


def _single_codes(facts: PatientFacts) -> Iterator[tuple[Path_, str, str]]:
    """Return the codes that stand outside the coded lists, with the vocabulary each is from."""
    person, course, reproduction = facts.patient, facts.treatment, facts.reproduction
    for index, trait in enumerate((person.traits if person else None) or ()):
        yield ("patient", "traits", index), trait, "traits"
    for index, use in enumerate((reproduction.contraception if reproduction else None) or ()):
        yield ("reproduction", "contraception", index, "method"), use.method, "contraceptives"
    if course is None:
        return
    for name, code, kind in (
        ("indication", course.indication, "indications"),
        ("stop_reason", course.stop_reason, "reasons"),
    ):
        if code is not None:
            yield ("treatment", name), code, kind
    for name in ("interruptions", "earlier_courses"):
        for index, pause in enumerate(getattr(course, name) or ()):
            if pause.reason is not None:
                yield ("treatment", name, index, "reason"), pause.reason, "reasons"


def _code(path: Path_, code: str, kind: str, lexicon: Lexicon) -> Iterator[Finding]:
    term = lexicon.terms.get(code)
    if term is None:
        nearest = lexicon.nearest(code, (kind,))
        hint = f"did you mean `{nearest}`?" if nearest else f"`thalsafety vocabulary {kind}` lists the known codes"
        if kind == "drugs" and lexicon.unlisted:
            hint += f" (a medicine that is not among them: `drug: {lexicon.unlisted}` with its `name`)"
        yield path, f"`{code}` is not known among {kind}", hint
    elif term.kind != kind:
        yield path, f"`{code}` is one of the {term.kind}, not of the {kind}", "write it where it belongs"


def _medicines(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    """Refuse thalidomide, which is no other medicine, and a medicine whose code and name do not go together."""
    for index, medicine in enumerate(facts.medications or ()):
        path: Path_ = ("medications", index)
        if medicine.drug == lexicon.subject:
            message = f"`{medicine.drug}` does not stand among other medications"
            yield (*path, "drug"), message, "write its course under `treatment`"
        if medicine.drug == lexicon.unlisted:
            known = lexicon.named(medicine.name or "", "drugs")
            if medicine.name is None:
                yield path, f"`{medicine.drug}` needs the name of the medicine", "add `name:`, as it was reported"
            elif known == lexicon.subject:
                yield (
                    (*path, "name"),
                    f"`{medicine.name}` is {lexicon.within_a_sentence(known)}",
                    "write its course under `treatment`",
                )
            elif known:
                yield (*path, "name"), f"`{medicine.name}` is in the vocabulary", f"write `drug: {known}`"
        elif medicine.name is not None:
            message = (
                f"`{medicine.drug}` says which medicine it is; a name is for one that the vocabulary does not know"
            )
            hint = f"remove `name`, or write `drug: {lexicon.unlisted}`" if lexicon.unlisted else "remove `name`"
            yield (*path, "name"), message, hint


# ---------------------------------------------------------------- observations and events


def _observations(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    for index, observation in enumerate(facts.observations or ()):
        term = lexicon.terms.get(observation.code)
        if term is None or term.kind != "observations":
            continue
        path: Path_ = ("observations", index)
        if term.type == "quantity":
            yield from _quantity(path, observation, lexicon)
        elif term.type == "result":
            if observation.value not in term.results:
                choices = ", ".join(term.results)
                yield (
                    (*path, "value"),
                    f"`{observation.value}` is not a result of {term.label}: {choices}",
                    did_you_mean(observation.value, term.results),
                )
            if observation.unit is not None:
                yield (*path, "unit"), f"a result of {term.label} has no unit", "remove `unit`"
            if observation.upper_limit is not None:
                message = f"a result of {term.label} has no upper limit"
                yield (*path, "upper_limit"), message, "remove `upper_limit`"
        else:
            yield (
                (*path, "code"),
                f"`{observation.code}` is a group; a group is not observed",
                "name one of its members",
            )


def _quantity(path: Path_, observation: Observation, lexicon: Lexicon) -> Iterator[Finding]:
    term = lexicon.terms[observation.code]
    known = dict(term.factors)
    accepted = ", ".join(sorted(known))
    value = number(observation.value)
    if value is None:
        hint = "write digits, with a point before the decimals"
        yield (*path, "value"), f"`{observation.value}` is not a number; {term.label} is a quantity", hint
    if observation.unit is None:
        yield path, f"{term.label} needs its unit", f"add `unit:`, one of {accepted}"
        return
    if observation.unit not in known:
        yield (*path, "unit"), _unit_message(observation.unit, term.label, term.unit), f"accepted here: {accepted}"
        return
    if term.low is None or term.high is None:
        return
    for name, given in (("value", value), ("upper_limit", observation.upper_limit)):
        if given is None:
            continue
        writable = not given or abs(given.adjusted()) <= _LARGEST_EXPONENT
        if not writable or not term.low <= given * known[observation.unit] <= term.high:
            written = observation.value if name == "value" else format(given, "f")
            yield (
                (*path, name),
                (
                    f"{written} {observation.unit} is not plausible for {term.label} "
                    f"(expected {term.low} to {term.high} {term.unit})"
                ),
                "check the number and its unit",
            )


def number(text: str) -> Decimal | None:
    """Return a decimal number as written, or nothing."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _unit_message(unit: str, label: str, canonical: str) -> str:
    from thalsafety.loading import units  # noqa: PLC0415  slow to start, and only for a message

    try:
        units.factor(unit, canonical)
    except units.UnitError as error:
        return f"{error} ({label})"
    return f"`{unit}` is not among the units accepted for {label}"


def _events(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    for index, event in enumerate(facts.adverse_events or ()):
        term = lexicon.terms.get(event.term)
        if term is None or event.grade is None or not term.grades or event.grade in term.grades:
            continue
        defined = ", ".join(str(grade) for grade in term.grades)
        yield (
            ("adverse_events", index, "grade"),
            f"CTCAE v5.0 defines no grade {event.grade} for {term.label} (only {defined})",
            "check the grade, or the term",
        )


# ---------------------------------------------------------------- dates

_PAST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("observations", ("date",)),
    ("adverse_events", ("onset", "resolved")),
    ("conditions", ("onset", "resolved")),
    ("documents", ("date",)),
    ("dispensings", ("date", "confirmed")),
    ("prescriptions", ("authorised",)),
)


def _future(facts: PatientFacts) -> Iterator[Finding]:
    """Refuse dates after `as_of`, but where a plan is meant."""
    dated: list[tuple[Path_, When | None]] = []
    for name, fields in _PAST:
        for index, entry in enumerate(getattr(facts, name) or ()):
            dated += [((name, index, field), getattr(entry, field)) for field in fields]
    if facts.patient is not None:
        dated.append((("patient", "birth_date"), facts.patient.birth_date))
    if facts.reproduction is not None:
        for field in ("last_period", "last_natural_menses"):
            dated.append((("reproduction", field), getattr(facts.reproduction, field)))
    course = facts.treatment
    if course is not None:
        dated.append((("treatment", "stopped"), course.stopped))
        dated += [(("treatment", "doses", i, "start"), dose.start) for i, dose in enumerate(course.doses or ())]
        for index, pause in enumerate(course.interruptions or ()):
            dated.append((("treatment", "interruptions", index, "start"), pause.start))
        for index, earlier in enumerate(course.earlier_courses or ()):
            dated += [(("treatment", "earlier_courses", index, f), getattr(earlier, f)) for f in ("start", "stop")]
    for path, when in dated:
        if when is not None and _after(when, facts.as_of):
            hint = "check the date; plans stand under planned_start, planned_restart, prescriptions and procedures"
            yield path, f"{when.text} lies after as_of ({facts.as_of.text})", hint


def _after(when: When, limit: When) -> bool:
    """Whether a date is surely later than another, to the minute where both have one."""
    if when.minute is not None and limit.minute is not None:
        utc = when.offset is not None and limit.offset is not None
        return when.minutes(utc=utc)[0] > limit.minutes(utc=utc)[1]
    return when.first > limit.last


def _periods(facts: PatientFacts) -> Iterator[Finding]:
    """Refuse an end before its beginning."""
    spans: list[tuple[Path_, str, str, Any]] = []
    for name, start, stop in (
        ("adverse_events", "onset", "resolved"),
        ("conditions", "onset", "resolved"),
        ("medications", "start", "stop"),
    ):
        spans += [((name, i), start, stop, entry) for i, entry in enumerate(getattr(facts, name) or ())]
    if facts.reproduction is not None:
        uses = facts.reproduction.contraception or ()
        spans += [(("reproduction", "contraception", i), "start", "stop", use) for i, use in enumerate(uses)]
    if facts.treatment is not None:
        for name in ("doses", "interruptions", "earlier_courses"):
            entries = getattr(facts.treatment, name) or ()
            spans += [(("treatment", name, i), "start", "stop", entry) for i, entry in enumerate(entries)]
    for path, start, stop, entry in spans:
        begun, ended = getattr(entry, start), getattr(entry, stop)
        if begun is not None and ended is not None and ended.last < begun.first:
            yield (*path, stop), f"{stop} {ended.text} lies before {start} {begun.text}", "check both dates"


def _course(facts: PatientFacts) -> Iterator[Finding]:
    """Refuse overlapping doses and pauses, and a status that the dates contradict."""
    course = facts.treatment
    if course is None:
        return
    yield from _overlaps(("treatment", "doses"), course.doses or (), "dose segments")
    yield from _overlaps(("treatment", "interruptions"), course.interruptions or (), "interruptions")
    if course.status == "planned" and course.doses:
        yield (
            ("treatment", "doses"),
            "treatment is planned, but doses were given",
            "set status to active or interrupted",
        )
    if course.status != "stopped" and course.stopped is not None:
        yield (
            ("treatment", "stopped"),
            "treatment has a day of the last dose, but is not stopped",
            "set status to stopped",
        )
    if course.status == "active":
        for index, pause in enumerate(course.interruptions or ()):
            if pause.stop is None or pause.stop.first >= facts.as_of.first:
                hint = "set status to interrupted, or give the interruption its stop"
                yield ("treatment", "interruptions", index), "treatment is active, but this interruption goes on", hint
    if course.status == "stopped" and course.stopped is not None:
        for index, dose in enumerate(course.doses or ()):
            if dose.start.first > course.stopped.last:
                yield (
                    ("treatment", "doses", index),
                    "a dose begins after the last dose of the course",
                    "check both dates",
                )


def _overlaps(path: Path_, entries: Sequence[Any], what: str) -> Iterator[Finding]:
    ordered = sorted(enumerate(entries), key=lambda pair: pair[1].start.first)
    before: Any = None
    for index, after in ordered:
        if before is not None and (before.stop is None or after.start.last <= before.stop.first):
            end = f"to {before.stop.text}" if before.stop else "without a stop"
            yield (
                (*path, index, "start"),
                f"two {what} overlap: one from {before.start.text} {end} and one from {after.start.text}",
                "give the earlier one the last day on which it held",
            )
        if before is None or _end(before) <= _end(after):
            before = after


def _end(entry: Any) -> int:
    """Return the last day of a period; one without a stop ends after all others."""
    return entry.stop.first if entry.stop is not None else date.max.toordinal()


def _person(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    person = facts.patient
    if person is None:
        return
    if person.birth_date is not None and person.age is not None:
        yield ("patient", "age"), "birth date and age are both given", "keep the birth date"
    for name in ("height", "weight"):
        quantity = getattr(person, name)
        term = lexicon.terms.get(name)
        if quantity is None or term is None:
            continue
        known = dict(term.factors)
        if quantity.unit not in known:
            yield (
                ("patient", name, "unit"),
                f"`{quantity.unit}` is not a unit of {name}",
                f"accepted: {', '.join(known)}",
            )
        elif term.low is not None and term.high is not None:
            value = quantity.value * known[quantity.unit]
            if not term.low <= value <= term.high:
                expected = f"expected {term.low} to {term.high} {term.unit}"
                message = f"{quantity.value} {quantity.unit} is not plausible for {name} ({expected})"
                yield ("patient", name, "value"), message, "check the number and its unit"


_POSSIBLE = "correct one of them; together they do not say whether a pregnancy is possible"


def _contradictions(facts: PatientFacts, lexicon: Lexicon) -> Iterator[Finding]:
    """Refuse menses after an operation that ended them: the two together would be a silent choice."""
    surgery = lexicon.covers("definitive_infertility_surgery")
    done = [
        (index, procedure)
        for index, procedure in enumerate(facts.procedures or ())
        if procedure.code in surgery and (procedure.date is None or procedure.date.last <= facts.as_of.first)
    ]
    status = facts.reproduction.menstrual_status if facts.reproduction else None
    if done and status in {"menstruating", "perimenopausal"}:
        index, procedure = done[0]
        yield (
            ("procedures", index, "code"),
            f"{lexicon.label(procedure.code)} is recorded, and the menstrual status is {status}",
            _POSSIBLE,
        )
    for field in ("last_period", "last_natural_menses"):
        menses = getattr(facts.reproduction, field, None)
        for index, procedure in done:
            if menses is not None and procedure.date is not None and menses.first > procedure.date.last:
                told = f"{lexicon.label(procedure.code)} is recorded for {procedure.date.text}"
                yield ("reproduction", field), f"{told} (procedures, entry {index + 1}), and menses after it", _POSSIBLE
                break


SENSITIVITY_UNITS = {"m[IU]/mL": 1, "[IU]/L": 1}
"""What the smallest amount that a pregnancy test detects may be given in, with the factor to m[IU]/mL."""
DOSE_UNITS = {"mg/d": Decimal(1), "g/d": Decimal(1000), "ug/d": Decimal("0.001"), "[IU]/d": None, "U/d": None}
"""What a daily dose may be given in, with the factor to mg/d; units of activity cannot be compared with mass."""


def _fixed_units(facts: PatientFacts) -> Iterator[Finding]:
    """Refuse a sensitivity or a dose in a unit of another kind."""
    for index, observation in enumerate(facts.observations or ()):
        limit = observation.sensitivity
        if limit is not None and limit.unit not in SENSITIVITY_UNITS:
            hint = f"accepted here: {', '.join(SENSITIVITY_UNITS)}"
            yield ("observations", index, "sensitivity", "unit"), f"`{limit.unit}` is not a unit of sensitivity", hint
    for index, medication in enumerate(facts.medications or ()):
        dose = medication.dose
        if dose is not None and dose.unit not in DOSE_UNITS:
            hint = f"accepted here, per day: {', '.join(DOSE_UNITS)}"
            yield ("medications", index, "dose", "unit"), f"`{dose.unit}` is not a unit of a daily dose", hint
