"""What every written thing shares: strictness, names and quantities."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from thalsafety.model.plain import one_line


class Written(BaseModel):
    """Something a person wrote: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A vocabulary code, parameter or definition name: snake_case."""
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,79}$")]
"""A rule, schedule, source or profile name: kebab-case, equal to the file stem."""
ProfileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,79}(\+[a-z][a-z0-9-]{1,79}){0,9}$")]
"""A profile, or one with add-ons: `us`, `uk+enl`, `us+dermatology+enl`."""
StatementId = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9.-]{1,59}$")]
"""A guidance statement's id, as in `US-PI-5.8-03`."""
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
"""One line of text."""
Prose = Annotated[str, Field(min_length=1, max_length=4000)]
"""Some sentences."""
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=18, decimal_places=9)]
"""An exact decimal number."""


class Quantity(Written):
    """A number with its UCUM unit."""

    value: Number
    unit: Line
