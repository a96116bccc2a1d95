"""Worked examples as a YAML file, to be read by a person before they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from thalsafety.coverage.measuring import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thalsafety.coverage.seeking import Found

_SCHEMA = "# yaml-language-server: $schema=../../schemas/cases.schema.json\n"
_LONGEST = 200
_WIDTH = 116


def render(rule: str, found: Sequence[Found], kept: Sequence[dict[str, Any]] = ()) -> str:
    """Return the file of a rule's further examples: those that it has already, then the new ones."""
    used = {str(example["name"]) for example in kept}
    tests = [*kept]
    for one in found:
        name = _name(one, used)
        used.add(name)
        tests.append({"name": name, "given": one.state, "expect": OUTCOMES[one.verdict]})
    body = yaml.dump(
        _written({"cases": rule, "tests": tests}),
        Dumper=_Tidy,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
        default_flow_style=None,
    )
    return _SCHEMA + body


def _name(one: Found, used: set[str]) -> str:
    """Return what a state is called: after the example that it was made of, and what was changed."""
    change = " and ".join(one.changed)
    room = _LONGEST - len(change) - len("as “”, but  (99)")
    base = one.base if len(one.base) <= room else one.base[: max(room - 1, 0)] + "…"
    name = f"as “{base}”, but {change}"[: _LONGEST - 5]
    count, unique = 1, name
    while unique in used:
        count += 1
        unique = f"{name} ({count})"
    return unique


def _written(value: Any) -> Any:
    """Return data with every scalar as the text that stands in a file; what is false by default is left out."""
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items() if (key, inner) != ("baseline", False)}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Tidy(yaml.SafeDumper):
    """Sequences are indented as everywhere in the rules; texts stand plainly, for no type is guessed from them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the signature is yaml's
        """Write everything out, however often it occurs."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  the signature is yaml's
        """Indent sequences like everything else."""
        super().increase_indent(flow, indentless=False)


_Tidy.yaml_implicit_resolvers = {}  # types are not guessed when the file is read, so no text needs quotes
