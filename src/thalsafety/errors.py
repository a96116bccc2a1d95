"""The cellar: everything that can go wrong, as words for the person who has to mend it.

    ThalsafetyError
      InputError             one or more problems, each with file:line:column and a hint
        UnknownNameError     a name that nothing carries, with the nearest one that exists
      NotInForceError        no value, or two, for a parameter on a day under a profile
      EngineError            an engine failed or lost something
        EngineDisagreementError

Messages start lower-case, end without a full stop and quote what the person wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(NamedTuple):
    """A position in a file; line and column count from 1, and 0 means "the file as a whole"."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Problem(NamedTuple):
    """One thing wrong in one place, with what to do about it."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the place and the message, and the hint on a line of its own."""
        text = f"{self.place}: {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class ThalsafetyError(Exception):
    """Whatever this program refuses or fails to do."""


class InputError(ThalsafetyError):
    """Something a person wrote cannot be used; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of file and line."""
        self.problems = tuple(sorted(problems, key=lambda p: (p.place.file, p.place.line, p.place.column, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownNameError(InputError):
    """A name that nothing carries."""


class NotInForceError(ThalsafetyError):
    """No value, or more than one, is in force for a parameter on a day under a profile."""


class EngineError(ThalsafetyError):
    """An engine failed, lost something, or was given more than it can safely hold."""


class EngineDisagreementError(EngineError):
    """Two engines gave different verdicts for the same rule and the same answers."""
