"""Worked examples as a YAML file, to be read by a person before they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from thalsafety.coverage.measuring import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from thalsafety.coverage.seeking import Found
    from thalsafety.mutating.covering import Case

_SCHEMA = "# yaml-language-server: $schema=../../schemas/cases.schema.json\n"
_LONGEST = 200
_WIDTH = 116


def render(rule: str, found: Sequence[Found], kept: Sequence[dict[str, Any]] = (), profile: str = "") -> str:
    """Return the file of a rule's further examples: those that it has already, then the new ones.

    `profile` is the one that the new ones name, where they would run under another without it.
    """
    named = _named(found, {str(example["name"]) for example in kept})
    says = {"profile": profile} if profile else {}
    tests = [{"name": name, **says, "given": one.state, "expect": OUTCOMES[one.verdict]} for name, one in named]
    return _SCHEMA + _dumped({"cases": rule, "tests": [*kept, *tests]})


def append(rule: str, cases: Sequence[Case], before: str = "", taken: Collection[str] = ()) -> str:
    """Return the file of a rule's further examples with new ones at its end; what stands there stays as it is.

    `taken` are names that the rule's examples have already.
    """
    tests = [{"name": name, "given": one.state, **one.promises} for name, one in _named(cases, set(taken))]
    if not before:
        return _SCHEMA + _dumped({"cases": rule, "tests": tests})
    return before.removesuffix("\n") + "\n" + _dumped({"tests": tests}).removeprefix("tests:\n")


def _dumped(data: dict[str, Any]) -> str:
    text: str = yaml.dump(
        _written(data), Dumper=_Tidy, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None
    )
    return text


def _named(found: Sequence[Any], used: set[str]) -> list[tuple[str, Any]]:
    """Return states with names that no other example has; `used` grows."""
    named: list[tuple[str, Any]] = []
    for one in found:
        name = _name(one.base, one.changed, used)
        used.add(name)
        named.append((name, one))
    return named


def _name(base: str, changed: Sequence[str], used: Collection[str]) -> str:
    """Return what a state is called: after the example that it was made of, and what was changed."""
    change = f", but {' and '.join(changed)}" if changed else ""
    room = _LONGEST - len(change) - len("as “” (99)")
    base = base if len(base) <= room else base[: max(room - 1, 0)] + "…"
    name = f"as “{base}”{change}"[: _LONGEST - 5]
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
