"""Forms and parameter sheets as PDF, under the same standards as checklists."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from thalsafety.rendering import pdf
from thalsafety.rendering.forms import Form

if TYPE_CHECKING:
    from thalsafety.rendering.parameter_sheet import ParameterSheet


def render(made: Form | ParameterSheet, paper: str) -> bytes:
    """Return a form or a parameter sheet; `paper` is `a4` or `letter`."""
    template = "form.typ" if isinstance(made, Form) else "parameters.typ"
    return pdf.typeset(template, {**asdict(made), "paper": paper})
