"""What the models of patient states share with the reading that does without them: words, checks, and a plain part.

Nothing here needs pydantic, which takes longer to start than a check takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thalsafety.model.when import When

SEVERITIES: tuple[str, ...] = ("stop", "urgent", "due", "note")
"""Most severe first."""

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def canonical(profile: str) -> str:
    """Return the one spelling of a profile with add-ons: they stand in alphabetical order, each once."""
    base, *addons = profile.split("+")
    return "+".join((base, *sorted(set(addons))))


def one_line(text: str) -> str:
    """Refuse characters that would end the line, steer a terminal or turn the order of the text around."""
    if _STEERING.search(text):
        message = "the text holds a line break or another control character"
        raise ValueError(message)
    return text


def one_day(as_of: When) -> When:
    """Refuse a month or a year, and a time without its offset."""
    if not as_of.certain:
        message = f"`{as_of.text}` is not one day; a check needs the day it is made for"
        raise ValueError(message)
    if as_of.minute is not None and as_of.offset is None:
        message = f"`{as_of.text}` has no offset; write it as {as_of.text}+00:00 or with the local offset"
        raise ValueError(message)
    return as_of


def fictional(declared: bool) -> bool:  # noqa: FBT001  a value of the file
    """Refuse anything that is not declared fictional."""
    if not declared:
        message = "only fictional patients are accepted; write `fictional: true` when that is so"
        raise ValueError(message)
    return declared


def whole_cycle(on_days: tuple[int, ...] | None, of_days: int | None) -> None:
    """Refuse half a cycle, and days beyond its end or told twice."""
    if (on_days is None) != (of_days is None):
        message = "`on_days` and `of_days` go together, as in on_days: [1, 8, 15, 22] and of_days: 28"
        raise ValueError(message)
    days, cycle = on_days or (), of_days or 0
    if max(days, default=0) > cycle or len(set(days)) < len(days):
        message = f"`on_days` are different days from 1 to {cycle}"
        raise ValueError(message)


class Plain:
    """A part of a patient state without its model: the same names with the same values, and nothing changes."""

    __slots__ = ("__dict__",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Take every value by its name."""
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"`{name}` cannot be changed"
        raise AttributeError(message)

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if isinstance(other, Plain) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.items()))

    def __repr__(self) -> str:
        return f"Plain({self.__dict__!r})"

    def model_copy(self, *, update: Mapping[str, Any]) -> Plain:
        """Return a copy with other values for some names, as a model would."""
        return Plain(self.__dict__ | dict(update))
