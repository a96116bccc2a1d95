"""UCUM units: exact factors between the units that the vocabulary accepts.

`ucumvert` and `pint` read UCUM but compute in binary floating point, and take a third of a second to
start. So they are asked once, when the vocabulary is compiled; the factor is kept as the decimal
number it stands for (UCUM's own factors are short decimals, so twelve digits recover them exactly).
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thalsafety.model.knowledge import Entry

_DIGITS = 12


class UnitError(Exception):
    """A unit that is not UCUM, or that measures something else."""


@cache
def _registry() -> Any:
    """Return the UCUM registry (slow to make)."""
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@cache
def _read(unit: str) -> Any:
    """Return what a UCUM code stands for."""
    try:
        quantity = _registry().from_ucum(unit)
        quantity.to_base_units()
    except Exception as error:
        message = f"`{unit}` is not a UCUM unit"
        raise UnitError(message) from error
    return quantity


def is_unit(unit: str) -> bool:
    """Whether a text is a UCUM unit."""
    try:
        _read(unit)
    except UnitError:
        return False
    return True


def factor(unit: str, canonical: str, molar_mass: Decimal | None = None) -> Decimal:
    """Return by what a value in `unit` is multiplied to be in `canonical`.

    `molar_mass` (g/mol) links units of mass and of amount of substance. `UnitError` when the two
    measure different things. Units with an offset (degrees Fahrenheit) are not taken.
    """
    if unit == canonical:
        return Decimal(1)
    one, other = _read(unit), _read(canonical)
    try:
        if one.dimensionality != other.dimensionality and molar_mass is not None:
            mass = _read("g/mol") * float(molar_mass)
            one = one * mass if "[substance]" in one.dimensionality else one / mass
        ratio = (one / other).to_base_units()
    except Exception as error:
        raise _different(unit, canonical) from error
    if not ratio.dimensionless:
        raise _different(unit, canonical)
    return Decimal(f"{float(ratio.magnitude):.{_DIGITS - 1}e}").normalize()


def _different(unit: str, canonical: str) -> UnitError:
    return UnitError(f"`{unit}` does not measure the same as `{canonical}`")


def factors(entry: Entry) -> dict[str, Decimal]:
    """Return the factor of every unit that an observation accepts."""
    if entry.unit is None:
        return {}
    return {unit: factor(unit, entry.unit, entry.molar_mass) for unit in entry.units}


_TIMES = {"min": Decimal(1), "h": Decimal(60), "d": Decimal(1440), "wk": Decimal(10080)}
_MONTHS = {"mo": Decimal(1), "a": Decimal(12)}


def convert_time(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Return a duration in another unit of time, or nothing when the two do not divide exactly.

    Months and years are calendar lengths, so they never become days.
    """
    for table in (_TIMES, _MONTHS):
        if unit in table and wanted in table:
            return value * table[unit] / table[wanted]
    return None
