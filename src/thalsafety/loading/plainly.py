"""Patient states read without their models: a table says what is well written, and anything else is left to the models.

The table is made from the models (`loading.shapes`) when rules are compiled, and is kept with them. What it lets
through, the models let through with the same values; what it does not know, or what is wrong, it never judges.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from thalsafety.model.plain import Plain, fictional, one_day, one_line, whole_cycle
from thalsafety.model.when import When

if TYPE_CHECKING:
    from collections.abc import Callable

Shape: TypeAlias = "list[Any]"
"""A kind and what it takes, as JSON data."""

_NUMBER = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?", re.ASCII)
_WHOLE = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_YES_NO = {"true": True, "false": False}


class NotPlainError(ValueError):
    """Something that only the models can judge."""


def read(shape: Shape, data: object) -> Any:
    """Return what some data stands for; `ValueError` when the models have to judge it."""
    return _KINDS[shape[0]](data, *shape[1:])


def _part(data: object, fields: dict[str, tuple[bool, Any, Shape]]) -> Plain:
    if not isinstance(data, dict) or not data.keys() <= fields.keys():
        raise NotPlainError
    values = {}
    for name, (needed, default, shape) in fields.items():
        if name in data:
            values[name] = _KINDS[shape[0]](data[name], *shape[1:])
        elif needed:
            raise NotPlainError
        else:
            values[name] = tuple(default) if isinstance(default, list) else default
    return Plain(values)


def _list(data: object, item: Shape, least: int) -> tuple[Any, ...]:
    if not isinstance(data, list) or len(data) < least:
        raise NotPlainError
    return tuple([read(item, one) for one in data])


def _map(data: object, key: Shape, value: Shape) -> dict[Any, Any]:
    if not isinstance(data, dict):
        raise NotPlainError
    return {read(key, name): read(value, one) for name, one in data.items()}


def _text(data: object, least: int, most: int | None, pattern: str | None) -> str:
    if not isinstance(data, str) or len(data) < least or (most is not None and len(data) > most):
        raise NotPlainError
    if not data.isascii():
        data.encode()  # half a character is for the models to refuse
    if pattern is not None and _compiled(pattern).fullmatch(data) is None:
        raise NotPlainError
    return data


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _word(data: object, words: list[str]) -> str:
    if not isinstance(data, str) or data not in words:
        raise NotPlainError
    return data


def _yes_no(data: object) -> bool:
    if not isinstance(data, str) or data not in _YES_NO:
        raise NotPlainError
    return _YES_NO[data]


def _whole(data: object, least: int, most: int) -> int:
    if not isinstance(data, str) or _WHOLE.fullmatch(data) is None or not least <= int(data) <= most:
        raise NotPlainError
    return int(data)


def _number(data: object, above: str | None, least: str | None, most: str | None) -> Decimal:
    if not isinstance(data, str) or _NUMBER.fullmatch(data) is None:
        raise NotPlainError
    number = Decimal(data)
    if (
        (above is not None and number <= Decimal(above))
        or (least is not None and number < Decimal(least))
        or (most is not None and number > Decimal(most))
    ):
        raise NotPlainError
    return number


def _when(data: object) -> When:
    if not isinstance(data, str):
        raise NotPlainError
    return When.parse(data)


def _then(data: object, check: str, shape: Shape) -> Any:
    return CHECKS[check](read(shape, data))


def _cycle(medication: Any) -> Any:
    whole_cycle(medication.on_days, medication.of_days)
    return medication


CHECKS: dict[str, Callable[[Any], Any]] = {
    "one_line": one_line,
    "PatientFacts._a_day": one_day,
    "PatientState._fictional": fictional,
    "Medication._cycle": _cycle,
}
"""What the models check by functions of their own, by the names of those; each is the same function."""

_KINDS: dict[str, Callable[..., Any]] = {
    "part": _part,
    "list": _list,
    "map": _map,
    "text": _text,
    "word": _word,
    "yes_no": _yes_no,
    "whole": _whole,
    "number": _number,
    "when": _when,
    "then": _then,
}
