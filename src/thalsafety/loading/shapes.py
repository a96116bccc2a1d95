"""The table by which `loading.plainly` reads patient states, made from their models.

Whatever of pydantic's own description of a model is not known here makes no table: then the models read everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thalsafety.loading.plainly import CHECKS
from thalsafety.model.when import When

if TYPE_CHECKING:
    from pydantic import BaseModel

    from thalsafety.loading.plainly import Shape

_TOLD = frozenset({"type", "metadata", "ref", "serialization"})
"""What says nothing about reading."""
_ONLY_FOR_JSON = "Observation._as_written"
"""A function that leaves text as it is, and text is all that files hold."""


class UnknownShapeError(Exception):
    """A model says something that the table has no words for."""


def shape_of(model: type[BaseModel]) -> Shape:
    """Return the table of a model; `UnknownShapeError` when there is none."""
    model.model_rebuild()
    schema: Any = model.__pydantic_core_schema__
    if schema["type"] != "definitions":
        return _shape(schema, {})
    return _shape(schema["schema"], {one["ref"]: one for one in schema["definitions"]})


def _shape(schema: Any, known: dict[str, Any]) -> Shape:
    """Return the table of one part of pydantic's description."""
    kind = schema["type"]
    if kind not in _TABLES:
        message = f"no table for `{kind}`"
        raise UnknownShapeError(message)
    takes, made = _TABLES[kind]
    if strange := sorted(schema.keys() - _TOLD - set(takes)):
        message = f"no table for `{strange[0]}` of `{kind}`"
        raise UnknownShapeError(message)
    shape: Shape = made(schema, known)
    return shape


def _model(schema: Any, known: dict[str, Any]) -> Shape:
    fields = schema["schema"]
    after = []
    while fields["type"] == "function-after":
        after.append(_name(fields))
        fields = fields["schema"]
    config = schema["config"]
    if fields["type"] != "model-fields" or config.get("extra_fields_behavior") != "forbid" or _own_making(schema):
        message = f"no table for {schema['cls'].__name__}"
        raise UnknownShapeError(message)
    if strange := sorted(config.keys() - {"title", "extra_fields_behavior", "frozen"}):
        message = f"no table for the setting `{strange[0]}`"
        raise UnknownShapeError(message)
    shape: Shape = ["part", {name: _field(field, known) for name, field in fields["fields"].items()}]
    for name in reversed(after):
        shape = ["then", name, shape]
    return shape


def _own_making(schema: Any) -> bool:
    return bool(schema["custom_init"] or schema["root_model"])


def _field(field: Any, known: dict[str, Any]) -> list[Any]:
    """Return whether a field is needed, what it is without one, and its table."""
    if strange := sorted(field.keys() - _TOLD - {"schema"}):
        message = f"no table for `{strange[0]}` of a field"
        raise UnknownShapeError(message)
    inner = field["schema"]
    if inner["type"] != "default":
        return [True, None, _shape(inner, known)]
    default = inner["default"]
    if strange := sorted(inner.keys() - _TOLD - {"default", "schema"}):
        message = f"no table for `{strange[0]}` of a default"
        raise UnknownShapeError(message)
    if default not in {None, False, ()}:
        message = f"no table for the default {default!r}"
        raise UnknownShapeError(message)
    return [False, list(default) if isinstance(default, tuple) else default, _shape(inner["schema"], known)]


def _name(schema: Any) -> str:
    """Return by which name `loading.plainly` knows a function."""
    name = str(schema["function"]["function"].__qualname__)
    if name not in CHECKS:
        message = f"no table for `{name}`"
        raise UnknownShapeError(message)
    return name


def _inner(schema: Any, known: dict[str, Any]) -> Shape:
    """Return the table of what may also be nothing; no file says nothing."""
    return _shape(schema["schema"], known)


def _after(schema: Any, known: dict[str, Any]) -> Shape:
    return ["then", _name(schema), _shape(schema["schema"], known)]


def _before(schema: Any, known: dict[str, Any]) -> Shape:
    if schema["function"]["function"].__qualname__ != _ONLY_FOR_JSON:
        message = "no table for a function that changes what is read"
        raise UnknownShapeError(message)
    return _shape(schema["schema"], known)


def _plain(schema: Any, _known: dict[str, Any]) -> Shape:
    if schema["function"]["function"] != When.parse:
        message = "no table for a type of its own"
        raise UnknownShapeError(message)
    return ["when"]


def _text(schema: Any, _known: dict[str, Any]) -> Shape:
    pattern = schema.get("pattern")
    if pattern is not None and not (pattern.startswith("^") and pattern.endswith("$")):
        message = f"no table for `{pattern}`, which is only looked for"
        raise UnknownShapeError(message)
    return ["text", schema.get("min_length", 0), schema.get("max_length"), pattern]


def _number(schema: Any, _known: dict[str, Any]) -> Shape:
    if (schema["max_digits"], schema["decimal_places"]) != (18, 9):
        message = "no table for numbers of this length"
        raise UnknownShapeError(message)
    return ["number", *(None if schema.get(name) is None else str(schema[name]) for name in ("gt", "ge", "le"))]


def _list(schema: Any, known: dict[str, Any]) -> Shape:
    if len(schema["items_schema"]) != 1 or schema["variadic_item_index"] != 0:
        message = "no table for a list of fixed length"
        raise UnknownShapeError(message)
    return ["list", _shape(schema["items_schema"][0], known), schema.get("min_length", 0)]


_TABLES: dict[str, tuple[tuple[str, ...], Any]] = {
    "model": (("cls", "config", "custom_init", "root_model", "schema"), _model),
    "nullable": (("schema",), _inner),
    "definition-ref": (("schema_ref",), lambda schema, known: _shape(known[schema["schema_ref"]], known)),
    "function-after": (("function", "schema"), _after),
    "function-before": (("function", "schema"), _before),
    "function-plain": (("function",), _plain),
    "str": (("min_length", "max_length", "pattern"), _text),
    "literal": (("expected",), lambda schema, _known: ["word", list(schema["expected"])]),
    "bool": ((), lambda _schema, _known: ["yes_no"]),
    "int": (("ge", "le"), lambda schema, _known: ["whole", schema["ge"], schema["le"]]),
    "decimal": (("allow_inf_nan", "max_digits", "decimal_places", "gt", "ge", "le"), _number),
    "tuple": (("items_schema", "variadic_item_index", "min_length"), _list),
    "dict": (
        ("keys_schema", "values_schema"),
        lambda schema, known: ["map", _shape(schema["keys_schema"], known), _shape(schema["values_schema"], known)],
    ),
}
"""For each kind of pydantic's: what may be told of it, and what makes the table."""
