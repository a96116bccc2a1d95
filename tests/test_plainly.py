"""Patient states read without their models: what is let through, the models let through with the same values."""

from __future__ import annotations

import random
from copy import deepcopy
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from building import EXAMPLES, RULES, example_patients
from thalsafety.checklists.upcoming import _SUPPOSED, upcoming
from thalsafety.loading import plainly
from thalsafety.loading.patients import load_patient_states, patient_files
from thalsafety.loading.shapes import UnknownShapeError, shape_of
from thalsafety.model.patient import Document, Medication, Observation, PatientState, Procedure
from thalsafety.model.plain import Plain
from thalsafety.prepared import Prepared
from thalsafety.rendering import calendar_json, plain, sheets, text
from thalsafety.rendering import json as rendering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.loading.patients import Loaded
    from thalsafety.loading.plainly import Shape

NASTY = (
    *("", " ", "a", " 1", "1 ", "+1", "-1", "-0", "0", "00", "007", "1.", ".5", "1.50", "1e3", "1E-2", "1_000", "0x1F"),
    *(
        "12345678901234567890",
        "999999999.999999999",
        "0.0000000001",
        "nan",
        "inf",
        "Infinity",
        "\u0661",
        "1\n",
        "400",
        "401",
    ),
    *("true", "True", "false", "yes", "no", "on", "t", "null", "none", "None"),
    *("2026", "2026-3", "2026-02", "2026-02-30", "2026-13-01", "2026-03-09", "2026-03-09T14:30", "2026-03-09T24:00Z"),
    *("2026-03-09T14:30+01:00", "2026-03-09T14:30:61Z", "0000-01-01", "9999-12-31", "2026-03-09\n"),
    *("\u0662\u0660\u0662\u0666"),
    *("anc", "anc\n", "Anc", "a-b", "a_b", "us", "us+enl", "us+", "female", "FEMALE", "stop", "a" * 60, "a" * 61),
    *("one\ntwo", "tab\tbed", "\u202eturned", "\u2028", "\ud800", "é", "x" * 200, "x" * 201, "x" * 4000, "x" * 4001),
)


@cache
def shape() -> Shape:
    """Return the table of patient states."""
    return shape_of(PatientState)


def written() -> Iterator[Any]:
    """Return what stands in the file of every usable example patient."""
    for loaded in example_patients().values():
        if loaded.state is not None and loaded.document is not None:
            data: Any = loaded.document.data
            for step in loaded.path:
                data = data[step]
            yield data


def alike(read: Any, model: Any) -> bool:
    """Whether a value read plainly is the model's: the same names, types and ways of writing."""
    if isinstance(model, BaseModel):
        return isinstance(read, Plain) and all(
            alike(getattr(read, name), getattr(model, name)) for name in type(model).model_fields
        )
    if isinstance(model, tuple):
        return type(read) is tuple and len(read) == len(model) and all(map(alike, read, model))
    return type(read) is type(model) and repr(read) == repr(model)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return every place in some data."""
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*path, key))


def changed(data: Any, rng: random.Random) -> Any:
    """Return some data with one thing in it written otherwise, left out or added."""
    made = deepcopy(data)
    path = rng.choice([path for path in places(made) if path])
    here = made
    for step in path[:-1]:
        here = here[step]
    do = rng.randrange(8)
    if do == 0:
        del here[path[-1]]
    elif do == 1 and isinstance(here, dict):
        here[rng.choice([*Observation.model_fields, *Medication.model_fields, "stranger"])] = rng.choice(NASTY)
    elif do == 2:
        here[path[-1]] = rng.choice(([], {}, [here[path[-1]]], [rng.choice(NASTY)], {"code": "anc"}, [[]]))
    else:
        leaves = [path for path in places(made) if not isinstance(at(made, path), (dict, list))]
        path = rng.choice(leaves)
        at(made, path[:-1])[path[-1]] = rng.choice(NASTY)
    return made


def at(data: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands at a place."""
    for step in path:
        data = data[step]
    return data


# ---------------------------------------------------------------- the same values


def test_every_example_patient_is_read_plainly() -> None:
    """No usable example needs its models, and each has the values that its models would have."""
    count = 0
    for data in written():
        assert alike(plainly.read(shape(), data), PatientState.model_validate(data))
        count += 1
    assert count > 100


@pytest.mark.untraced  # many turns through code that other tests measure
def test_what_is_let_through_the_models_let_through() -> None:
    """Of many thousand changed states, each that is read plainly is accepted by the models with the same values."""
    rng = random.Random(2026)
    kept = list(written())
    through = refused = 0
    for _ in range(6000):
        data = changed(rng.choice(kept), rng)
        try:
            read = plainly.read(shape(), data)
        except ValueError:
            refused += 1
            continue
        through += 1
        assert alike(read, PatientState.model_validate(data)), data
    assert through > 500
    assert refused > 2000


@pytest.mark.parametrize("nasty", NASTY)
def test_each_odd_word_in_each_place(nasty: str) -> None:
    """An odd word is let through nowhere where the models would refuse it, or read it otherwise."""
    data: dict[str, Any] = {
        "fictional": "true",
        "profile": "us",
        "as_of": "2026-03-09",
        "story": "s",
        "patient": {"label": "L", "age": "4", "sex_at_birth": "female", "weight": {"value": "1", "unit": "kg"}},
        "prescriptions": [{"date": "2026", "days_supply": "3", "risk_category": "male_child"}],
        "observations": [{"code": "anc", "value": "1", "date": "2026", "baseline": "true", "upper_limit": "2"}],
        "medications": [{"drug": "d", "on_days": ["1"], "of_days": "2", "dose": {"value": "1", "unit": "mg/d"}}],
        "expect": {"applies": ["aa"], "worst": "stop", "items": {"aa": "due"}, "covered": {"aa": ["bb"]}},
    }
    assert alike(plainly.read(shape(), data), PatientState.model_validate(data))
    for path in places(data):
        if isinstance(at(data, path), str):
            made = deepcopy(data)
            at(made, path[:-1])[path[-1]] = nasty
            try:
                read = plainly.read(shape(), made)
            except ValueError:
                continue
            assert alike(read, PatientState.model_validate(made)), path


@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"1", ["1"], {"a": "1"}])
def test_only_text_is_read(value: object) -> None:
    """Values that no file gives are left to the models."""
    for kind in (["text", 0, None, None], ["word", ["1"]], ["yes_no"], ["whole", 0, 9], ["when"]):
        with pytest.raises(plainly.NotPlainError):
            plainly.read(kind, value)
    with pytest.raises(plainly.NotPlainError):
        plainly.read(["number", None, None, None], value)


# ---------------------------------------------------------------- the same pages


def loaded_both_ways() -> Iterator[tuple[Prepared, Loaded, Loaded]]:
    """Return every example patient, read by its models and without."""
    prepared = Prepared(RULES)
    for file in patient_files([EXAMPLES])[0]:
        with_models = load_patient_states(file, prepared.lexicon, prepared.profiles)
        without = load_patient_states(file, prepared.lexicon, prepared.profiles, shape=prepared.shape)
        for one, other in zip(with_models, without, strict=True):
            yield prepared, one, other


@pytest.mark.untraced  # many turns through code that other tests measure
def test_every_page_is_the_same() -> None:
    """Checks as JSON and as text are byte for byte the same; so are problems, where there are some."""
    plainly_read = 0
    for prepared, one, other in loaded_both_ways():
        assert one.problems == other.problems
        if one.state is None or other.state is None:
            assert one.state is other.state
            continue
        plainly_read += isinstance(other.state, Plain)
        checker = prepared.checker(one.state.profile, one.state.as_of.day())
        first, second = checker.check(one.state), checker.check(other.state)
        assert rendering.render([("f", None, first)], [], "0") == rendering.render([("f", None, second)], [], "0")
        assert text.render(first, "f", show_all=True) == text.render(second, "f", show_all=True)
    assert plainly_read > 100


@pytest.mark.untraced  # many turns through code that other tests measure
def test_checklists_and_calendars_are_the_same() -> None:
    """What is supposed to be done later is supposed of both alike."""
    for number, (prepared, one, other) in enumerate(loaded_both_ways()):
        if number % 12 or one.state is None or other.state is None:
            continue
        checker = prepared.checker(one.state.profile, one.state.as_of.day())
        pages, calendars = [], []
        for state in (one.state, other.state):
            checklist = checker.check(state)
            pages.append(plain.text(sheets.document([sheets.sheet(checklist, "f", "0")], [])))
            until = state.as_of.day() + timedelta(days=120)
            made = upcoming(checker.linked, state, until)
            calendars.append(calendar_json.render([("f", None, made)], [], "0"))
        assert pages[0] == pages[1]
        assert calendars[0] == calendars[1]


def test_what_is_wrong_is_told_by_the_models(tmp_path: Any) -> None:
    """A state with a mistake in it comes with the same problems, whether or not there is a table."""
    prepared = Prepared(RULES)
    file = tmp_path / "state.yaml"
    start = "fictional: true\nprofile: us\nas_of: 2026-03-09\npatient: {label: A}\n"
    for mistake in (
        "profile: moon\n",
        "observations: [{code: nonsense, value: 1, date: 2026-03-01}]\n",
        "nothing: 1\n",
    ):
        file.write_text((start.replace("profile: us\n", "") if "profile" in mistake else start) + mistake, "utf-8")
        (one,) = load_patient_states(file, prepared.lexicon, prepared.profiles)
        (other,) = load_patient_states(file, prepared.lexicon, prepared.profiles, shape=prepared.shape)
        assert one.problems
        assert one.problems == other.problems


# ---------------------------------------------------------------- the table


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@pytest.mark.parametrize(
    "field",
    [
        (float, ...),
        (int, ...),
        (Annotated[str, Field(pattern="[a-z]+")], ...),
        (str, Field("x")),
        (str, Field(alias="other")),
        (tuple[str, str], ...),
        (Annotated[str, Field(strict=True)], ...),
        (frozenset[str], ...),
        (str | int, ...),
    ],
    ids=str,
)
def test_what_the_table_has_no_words_for_makes_none(field: Any) -> None:
    """A model that says something new is never read by half of what it says."""
    from pydantic import create_model

    with pytest.raises((UnknownShapeError, KeyError)):
        shape_of(create_model("New", __base__=_Strict, field=field))


def test_a_model_with_other_settings_makes_none() -> None:
    """A model that takes unknown keys, or changes what it reads, has no table."""
    from pydantic import create_model

    for settings in (ConfigDict(extra="ignore"), ConfigDict(extra="forbid", str_strip_whitespace=True)):
        with pytest.raises(UnknownShapeError):
            shape_of(create_model("New", __config__=settings, field=(str, ...)))


def test_the_table_and_the_models_check_by_the_same_functions() -> None:
    """What a model refuses by a function of its own is refused by the table too."""
    start = {"fictional": "true", "profile": "us", "as_of": "2026-03-09", "patient": {"label": "A"}}
    plainly.read(shape(), start)
    for name, value in (
        ("fictional", "false"),
        ("as_of", "2026-03"),
        ("patient", {"label": "two\nlines"}),
        ("medications", [{"drug": "d", "on_days": ["3"], "of_days": "2"}]),
        ("medications", [{"drug": "d", "of_days": "2"}]),
    ):
        with pytest.raises(ValidationError):
            PatientState.model_validate({**start, name: value})
        with pytest.raises(ValueError, match=r"."):
            plainly.read(shape(), {**start, name: value})


# ---------------------------------------------------------------- parts


def test_a_part_cannot_be_changed() -> None:
    """As a model, it is equal by its values, and a copy is another one."""
    part: Any = Plain({"code": "anc", "date": None})
    with pytest.raises(AttributeError, match="`code` cannot be changed"):
        part.code = "other"
    copy: Any = part.model_copy(update={"date": 1})
    assert (copy.code, copy.date, part.date) == ("anc", 1, None)
    assert copy != part
    assert copy.model_copy(update={"date": None}) == part
    assert hash(part) == hash(Plain({"code": "anc", "date": None}))
    assert part != "anc"


def test_what_is_supposed_has_the_names_of_its_model() -> None:
    """A first entry that the calendar supposes says all that a written one does."""
    for kind, model in (("observations", Observation), ("procedures", Procedure), ("documents", Document)):
        made = {"code": "anc", "date": "2026-03-09", **({"value": "not known"} if kind == "observations" else {})}
        entry = model.model_validate(made)
        assert _SUPPOSED[kind] == {
            name: getattr(entry, name) for name in model.model_fields if name not in {"code", "date"}
        }
