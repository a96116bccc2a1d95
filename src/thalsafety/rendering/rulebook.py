"""What the rules say, without a patient: a rule's page, and the page of numbers."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from thalsafety.checklists import wording
from thalsafety.program import Compare, leaves

if TYPE_CHECKING:
    from datetime import date

    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.loading.rules import RuleSet
    from thalsafety.program import Node, Pinned


def rule_page(linked: Linked, rule: LinkedRule, rule_set: RuleSet) -> str:
    """Return everything about one rule under a profile."""
    written = rule_set.rules.get(rule.id)
    lines = [f"{rule.id}  [{rule.status}, {rule.severity}]", rule.title, ""]
    if rule.state.value != "in_force":
        lines += [f"{rule.state.value.replace('_', ' ').upper()}: {rule.reason}", ""]
    if rule.why:
        lines += [*textwrap.wrap(rule.why, 96), ""]
    lines.append("Guidance")
    for cited in rule.guidance:
        marks = "" if cited.in_force else ", not in force here"
        strength = f"{cited.strength}, confidence {cited.confidence}{marks}"
        lines.append(f"  {cited.statement} ({cited.source}, {cited.locator}; {strength})")
        lines += textwrap.wrap(cited.text, 96, initial_indent="    ", subsequent_indent="    ")
    lines += ["", "Numbers in force"]
    lines += [f"  {_number(pinned)}" for pinned in used(linked, rule.id)] or ["  none"]
    lines += ["", "Condition"]
    if written is not None:
        text = (
            rule_set.documents[rule.id].file,
            rule_set.place(rule.id, "when").line,
            rule_set.place(rule.id, "recommend").line,
        )
        with open(text[0], encoding="utf-8") as file:  # noqa: PTH123  a slice of a file already read
            lines += [f"  {line.rstrip()}" for line in file.read().splitlines()[text[1] - 1 : text[2] - 1]]
    lines += ["", f"Asks: {rule.action}", f"  by {rule.by}, {deadline(rule)}"]
    if rule.supersedes:
        lines.append(f"  makes redundant: {', '.join(rule.supersedes)}")
    if written is not None:
        lines += ["", "Examples"]
        lines += [f"  {example.expect:15} {example.name}" for example, _ in rule_set.examples(written)]
    return "\n".join(lines) + "\n"


def deadline(rule: LinkedRule) -> str:
    """Return by when a rule asks for its action, in words."""
    if rule.due_from:
        return f"due as schedule {rule.due_from} says"
    return "today" if rule.deadline is None else f"within {wording.quantity(rule.deadline.value, rule.deadline.unit)}"


def _number(pinned: Pinned) -> str:
    origin = "OUR ASSUMPTION" if pinned.assumption else pinned.source
    return (
        f"{pinned.name} = {wording.quantity(pinned.value, pinned.unit)}: {pinned.description} "
        f"({origin}, {pinned.locator}; since {pinned.effective}, reviewed {pinned.last_reviewed})"
    )


def used(linked: Linked, rule: str) -> list[Pinned]:
    """Return the numbers that a rule's condition uses, through definitions and schedules too."""
    when = next((program.when for program in linked.program.rules if program.id == rule), None)
    return [] if when is None else numbers_of(when)


def numbers_of(when: Node) -> list[Pinned]:
    """Return the numbers that a condition uses, each once."""
    found: dict[str, Pinned] = {}
    for leaf in leaves(when):
        parameter = leaf.parameter if isinstance(leaf, Compare) else None
        for pinned in (parameter, *leaf.feature.pinned):
            if pinned is not None:
                found.setdefault(pinned.name, pinned)
    return list(found.values())


def parameter_page(linked: Linked, day: date, topic: str | None) -> str:
    """Return every number in force, one block each, with room to sign."""
    users: dict[str, list[str]] = {}
    for rule in linked.rules:
        if topic is None or rule.topic == topic:
            for pinned in used(linked, rule.id):
                users.setdefault(pinned.name, []).append(rule.id)
            if rule.deadline is not None:
                users.setdefault(rule.deadline.name, []).append(rule.id)
    chosen = [linked.parameters[name] for name in sorted(linked.parameters) if topic is None or name in users]
    ours = sum(pinned.assumption for pinned in chosen)
    lines = [
        f"Numbers in force: profile {linked.profile} ({linked.profile_title}) on {day}",
        f"Rule set {linked.version} ({linked.digest[:12]}) · {len(chosen)} numbers, {ours} of them our own (marked *)",
        "For review by a clinician or pharmacist. Not a medical device.",
        "",
    ]
    for pinned in chosen:
        mark = "*" if pinned.assumption else " "
        lines.append(f"{mark} {wording.quantity(pinned.value, pinned.unit):>16}  {pinned.name}")
        lines += textwrap.wrap(pinned.description, 78, initial_indent=" " * 20, subsequent_indent=" " * 20)
        origin = f"{pinned.source}, {pinned.locator}; since {pinned.effective}, reviewed {pinned.last_reviewed}"
        lines += textwrap.wrap(origin, 78, initial_indent=" " * 20, subsequent_indent=" " * 20)
        used_by = ", ".join(users.get(pinned.name, [])) or "a schedule that no rule asks about"
        lines += textwrap.wrap(f"used by {used_by}", 78, initial_indent=" " * 20, subsequent_indent=" " * 20)
    lines += ["", "Checked by ______________________________   Date ______________   Signature ______________________"]
    return "\n".join(lines) + "\n"
