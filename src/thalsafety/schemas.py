"""JSON Schemas of every kind of file, made from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thalsafety.model import calendar, checklist, comparison, invariant, knowledge, patient, rule, verification

if TYPE_CHECKING:
    from pydantic import BaseModel

_BASE = "https://json-schema.org/draft/2020-12/schema"

KINDS: dict[str, tuple[type[BaseModel], str]] = {
    "patient-state": (patient.PatientState, "a fictional patient on one day"),
    "patient-states": (patient.PatientStates, "several patients in one file"),
    "rule": (rule.Rule, "a rule with its numbers and examples"),
    "cases": (rule.Cases, "more worked examples of a rule"),
    "schedule": (rule.Schedule, "what is done how often in which phase"),
    "definition": (rule.Definition, "a named condition that rules share"),
    "score": (rule.Score, "a table of points"),
    "parameters": (knowledge.Parameters, "numbers that several rules share"),
    "source": (knowledge.Source, "a document and its guidance statements"),
    "profile": (knowledge.Profile, "which sources are in force somewhere"),
    "topic": (knowledge.Topic, "a folder of rules"),
    "vocabulary": (knowledge.Vocabulary, "the codes of one kind"),
    "invariants": (invariant.Invariants, "what must hold of the whole rule set"),
    "checklist": (checklist.CheckDocument, "what `check --format json` prints"),
    "calendar": (calendar.CalendarDocument, "what `calendar --format json` prints"),
    "verification": (verification.VerifyDocument, "what `verify --format json` prints"),
    "comparison": (comparison.DiffDocument, "what `diff --format json` prints"),
}


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    model, text = KINDS[kind]
    made = model.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": _BASE, "title": f"thalsafety {kind}", "description": text, **_without_titles(made)}


def _without_titles(value: Any) -> Any:
    """Drop the titles that pydantic makes from names, and let text stand where a number or flag is read from it."""
    if isinstance(value, dict):
        return {
            key: _without_titles(inner)
            for key, inner in value.items()
            if not (key == "title" and isinstance(inner, str))
        }
    return [_without_titles(inner) for inner in value] if isinstance(value, list) else value
