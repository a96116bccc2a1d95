"""From plain data to a model: pydantic decides, and its findings become sentences with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from thalsafety.errors import Problem
from thalsafety.loading.suggesting import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from thalsafety.loading.tame import Document, Path_

M = TypeVar("M", bound=BaseModel)

_PLAIN = {
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "bool_parsing": "is neither yes nor no",
    "bool_type": "is neither yes nor no",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "dict_type": "is not a mapping of keys to values",
    "model_type": "is not a mapping of keys to values",
    "model_attributes_type": "is not a mapping of keys to values",
    "string_type": "is not a text",
    "date_from_datetime_parsing": "is not a date; write 2026-03-09",
    "date_parsing": "is not a date; write 2026-03-09",
    "finite_number": "is not a finite number",
}
_BOUNDS = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
}
_PARAMETERS = {"below", "at_most", "above", "at_least", "no_older_than", "within", "every", "from", "deadline"}
_LONG = 60


def validate(model: type[M], document: Document, path: Path_ = ()) -> tuple[M | None, list[Problem]]:
    """Read the data at `path` of a document as a model; or nothing, and every problem."""
    data: Any = document.data
    for step in path:
        data = data[step]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    return None, list(_problems(model, document, path, details))


def _problems(
    model: type[BaseModel], document: Document, path: Path_, details: list[ErrorDetails]
) -> Iterator[Problem]:
    """Return one problem for each thing that is wrong; consequences of another one are left out."""
    located = [(document.resolve((*path, *detail["loc"])), detail) for detail in details]
    for where, detail in located:
        consequence = detail["type"] == "too_short" and any(
            other[: len(where)] == where and len(other) > len(where) for other, _ in located
        )
        if not consequence:
            message, hint = _sentence(model, detail)
            yield Problem(document.place(where), message, hint)


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    """Return what is wrong and what to do, in words."""
    kind, location, written = detail["type"], detail["loc"], detail["input"]
    name = str(location[-1]) if location else ""
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _stranger(model, location)
    if kind == "missing":
        return f"`{name}` is missing", f"add `{name}:`"
    if kind == "unknown_question":
        from thalsafety.model.rule import _KEYS  # noqa: PLC0415  only when a rule is wrong

        keys = list(written) if isinstance(written, dict) else []
        if not keys:
            shown = f"`{written}`" if isinstance(written, str) else type_word(written)
            return f"{shown} is not a condition", "write a question, or all, any, not"
        return f"`{keys[0]}` is not a question that rules can ask", did_you_mean(keys[0], _KEYS)
    if kind in {"literal_error", "enum"}:
        choices = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ",").split(",")]
        return f"`{written}` is not one of {', '.join(choices)}", did_you_mean(str(written), choices)
    if kind in _PLAIN:
        shown = f"`{_short(written)}`" if isinstance(written, str) else type_word(written)
        return f"{shown} {_PLAIN[kind]}", ""
    if kind == "string_pattern_mismatch":
        return _misnamed(name, written, str(context.get("pattern", "")))
    if kind == "value_error":
        text = str(context.get("error", detail["msg"]))
        return text if isinstance(written, str) else text.replace(f"`{written}`", type_word(written)), ""
    return _size(kind, written, context) or _as_told(detail), ""


def _stranger(model: type[BaseModel], location: tuple[str | int, ...]) -> tuple[str, str]:
    """Return what is wrong with a key that has no place where it stands."""
    from thalsafety.model.rule import _KEYS  # noqa: PLC0415  only when something is wrong

    name = str(location[-1])
    if len(location) > 1 and name in _KEYS and location[-2] in _KEYS:
        message = f"`{name}` is a second question beside `{location[-2]}`; a line asks one"
        return message, "write it as a line of its own, under `all:` or `any:`"
    return f"`{name}` is not a key here", did_you_mean(name, _keys(model, location[:-1]))


def _size(kind: str, written: Any, context: dict[str, Any]) -> str:
    """Return what is wrong with something too small, too large or too long; nothing for other mistakes."""
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"`{written}` {words} {context[bound]}"
    if kind == "string_too_long":
        return f"the text has {len(written):,} characters; at most {context['max_length']:,} are read"
    if kind == "string_too_short":
        return f"`{written}` must have at least {context['min_length']} characters" if written else "the text is empty"
    if kind == "too_short":
        return "the list is empty"
    if kind in {"decimal_max_digits", "decimal_whole_digits", "decimal_max_places"}:
        return f"`{_short(str(written))}` has more digits than can be read"
    return ""


def _as_told(detail: ErrorDetails) -> str:
    """Return pydantic's own words for a rare mistake."""
    written, text = detail["input"], detail["msg"]
    shown = f"`{written}`: " if isinstance(written, str) and len(written) <= _LONG else ""
    return f"{shown}{text[:1].lower()}{text[1:]}"


def _short(written: str) -> str:
    """Return what was written, cut where it is long."""
    return written if len(written) <= _LONG else f"{written[:_LONG]}…"


def type_word(value: object) -> str:
    """Return the word for a kind of data that a person would use."""
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else str(value)


def _misnamed(key: str, written: str, pattern: str) -> tuple[str, str]:
    """Return what is wrong with a name that cannot be one, such as a number where its name belongs."""
    if key in _PARAMETERS:
        hint = "give the number a name under `parameters:`, and write that name here"
        return f"`{_short(written)}` is not the name of a parameter", hint
    return f"`{_short(written)}` is not a name of the kind wanted here", _name_hint(pattern)


def _name_hint(pattern: str) -> str:
    if pattern.startswith("^[A-Z]"):
        return "statement ids look like US-PI-5.8-03"
    if "-]" in pattern:
        return "use lower-case letters, digits and hyphens, beginning with a letter"
    return "use lower-case letters, digits and underscores, beginning with a letter"


def _keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the keys that could stand at a location of a model."""
    here = {model}
    for step in location:
        if isinstance(step, int):
            continue
        following: set[type[BaseModel]] = set()
        for kind in here:
            for field_name, field in kind.model_fields.items():
                if step in (field_name, field.alias):
                    following |= set(_models(field.annotation))
        if not following:  # the tag of a union: the class that has a field of that name
            following = {kind for kind in here if step in _names(kind)} or here
        here = following
    return sorted({name for kind in here for name in _names(kind)})


def _names(kind: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Return the models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
        yield from _models(annotation)
        return
    for part in get_args(annotation):
        yield from _models(part)
