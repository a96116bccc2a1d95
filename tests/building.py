"""What several test files share: the packaged rules and example patients, and a workshop for small rule sets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from thalsafety.linking.linker import link
from thalsafety.loading.patients import load_patient_states, patient_files
from thalsafety.loading.rules import load_rules
from thalsafety.model.patient import PatientFacts

if TYPE_CHECKING:
    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.loading.patients import Loaded
    from thalsafety.loading.rules import RuleSet

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "rules"
EXAMPLES = ROOT / "examples"
SCHEMAS = ROOT / "schemas"
BASE = ROOT / "tests" / "bad" / "base"
DAY = date(2026, 3, 10)


# ---------------------------------------------------------------- what is packaged


@cache
def packaged_rules() -> RuleSet:
    """Return the packaged rules, read once."""
    return load_rules(RULES)


@cache
def example_patients() -> dict[str, Loaded]:
    """Return every example patient by file name, and by number in a file with several."""
    rule_set = packaged_rules()
    files, _problems = patient_files([EXAMPLES])
    return {
        path.relative_to(EXAMPLES).as_posix() + (f"#{loaded.position}" if loaded.position else ""): loaded
        for path in files
        for loaded in load_patient_states(path, rule_set.lexicon, rule_set.profile_names)
    }


def mistakes(document: object, schema: str) -> list[str]:
    """Return what a published schema says against a document."""
    found = published(schema).iter_errors(document)
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in found]


@cache
def published(schema: str) -> Any:
    """Return a validator of a published schema."""
    text = (SCHEMAS / f"{schema}.schema.json").read_text("utf-8")
    return import_module("jsonschema_rs").Draft202012Validator(json.loads(text))


# ---------------------------------------------------------------- small rule sets


@dataclass
class Workshop:
    """A copy of the small rule set of `bad/base`, to which a test adds what it is about."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        """Write a file of the rule set."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8")
        return file

    def source(self, name: str, statement: str) -> None:
        """Write a source with one statement."""
        one: dict[str, object] = {
            "id": statement,
            "locator": "section 1",
            "topic": "haematology",
            "population": "everyone",
        }
        one |= {"statement": "Look at the counts.", "strength": "should", "computable": True, "confidence": "high"}
        data = {"source": name, "title": f"Title of {name}", "kind": "guideline", "jurisdiction": "us"}
        self.write(f"sources/{name}.yaml", json.dumps({**data, "edition": "2026", "statements": [one]}))

    def profile(self, name: str, *sources: str, **more: object) -> None:
        """Write a profile, or with `adds_to` an add-on."""
        data = {"profile": name, "title": f"Title of {name}", "description": f"About {name}.", "sources": sources}
        self.write(f"profiles/{name}.yaml", json.dumps({**data, **more}))

    def rule(self, name: str, when: object, **changes: object) -> None:
        """Write a rule of the topic `haematology`, with changes to its keys or to those of `recommend`."""
        recommend: dict[str, object] = {
            "severity": "due",
            "action": f"Look at what {name} found.",
            "by": "prescriber",
        }
        for key in ("severity", "deadline", "due_from"):
            if key in changes:
                recommend[key] = changes.pop(key)
        data = {
            "rule": name,
            "title": f"Title of {name}",
            "status": "active",
            "guidance": [{"statement": "US-PI-1"}],
            "when": when,
            "recommend": recommend,
            **changes,
        }
        self.write(f"haematology/{name}.yaml", json.dumps(data))

    def parameter(self, name: str, unit: str, *values: tuple[object, str, str], **more: object) -> None:
        """Write a parameter; each value is a number, a source and the day from which it holds."""
        written = [
            {"value": value, "source": source, "effective": day, "locator": "section 1", "last_reviewed": "2026-01-15"}
            for value, source, day in values
        ]
        data = {"parameters": {name: {"description": f"What {name} means", "unit": unit, "values": written, **more}}}
        self.write(f"parameters/{name.replace('_', '-')}.yaml", json.dumps(data))

    def number(self, name: str, unit: str, value: object, source: str = "us-pi", **more: object) -> None:
        """Write a parameter with one value, in force since long ago."""
        self.parameter(name, unit, (value, source, "2000-01-01"), **more)

    def score(self, name: str, items: object, **more: object) -> None:
        """Write a score."""
        data = {"score": name, "title": "Made-up score", "items": items, **more}
        self.write(f"scores/{name.replace('_', '-')}.yaml", json.dumps(data))

    def load(self) -> RuleSet:
        """Return the rule set, which must have no problem."""
        rule_set = load_rules(self.root)
        assert not rule_set.problems
        return rule_set

    def linked(self, profile: str = "us", day: date = DAY) -> Linked:
        """Return the rule set linked for a profile and a day."""
        return link(self.load(), profile, day)

    def linked_rule(self, name: str, profile: str = "us", day: date = DAY) -> LinkedRule:
        """Return one linked rule."""
        return next(rule for rule in self.linked(profile, day).rules if rule.id == name)


def facts(as_of: str | date = DAY, **given: object) -> PatientFacts:
    """Return what is recorded of a patient on a day."""
    return PatientFacts.model_validate({"as_of": str(as_of), **given})
