"""`rules`, `parameters`, `profiles`, `vocabulary`: what the rule set says, for people who review it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from thalsafety.cli.options import output_option, rules_option
from thalsafety.cli.writing import put, put_rows
from thalsafety.errors import Place, Problem, UnknownNameError
from thalsafety.loading.folders import located
from thalsafety.loading.suggesting import did_you_mean
from thalsafety.prepared import Prepared

if TYPE_CHECKING:
    from pathlib import Path

    from thalsafety.linked import Linked

rules_profile_option = click.option(
    "--profile", default="us", show_default=True, metavar="NAME", help="The profile in force."
)
day_option = click.option(
    "--as-of", type=click.DateTime(formats=["%Y-%m-%d"]), metavar="DATE", help="The day in force; default: today."
)


def on(as_of: datetime | None) -> date:
    """Return the day that was asked for, or today."""
    return as_of.date() if as_of is not None else datetime.now(tz=UTC).date()


def _linked(prepared: Prepared, profile: str, as_of: datetime | None) -> Linked:
    return prepared.checker(profile, on(as_of)).linked


@click.group("rules")
def rules_command() -> None:
    """List the rules, or show one with its numbers and examples."""


@rules_command.command("list")
@rules_profile_option
@day_option
@click.option("--topic", help="Only rules of this topic.")
@rules_option
def list_rules(profile: str, as_of: datetime | None, topic: str | None, rules: Path | None) -> None:
    """List every rule: topic, severity, whether it is in force, title."""
    prepared = Prepared(located(rules))
    linked = _linked(prepared, profile, as_of)
    if topic is not None and topic not in linked.topics:
        message = f"`{topic}` is not a topic of the rules"
        raise UnknownNameError([Problem(Place("--topic"), message, did_you_mean(topic, linked.topics))])
    shown = sorted(
        (rule for rule in linked.rules if topic is None or rule.topic == topic),
        key=lambda rule: (linked.topics.get(rule.topic, (999, ""))[0], rule.id),
    )
    heading = ""
    lines: list[str] = []
    for rule in shown:
        title = linked.topics.get(rule.topic, (999, rule.topic))[1]
        if title != heading:
            lines += [*([""] if heading else []), f"{title} ({rule.topic})"]
            heading = title
        mark = "" if rule.state.value == "in_force" else f"  [{rule.state.value.replace('_', ' ')}]"
        draft = "  [draft]" if rule.status == "draft" else ""
        lines.append(f"  {rule.severity:6}  {rule.id}: {rule.title}{mark}{draft}")
    lines += ["", f"{len(shown)} rules under profile {profile} on {on(as_of)}"]
    put_rows(lines)


@rules_command.command("show")
@click.argument("rule")
@rules_profile_option
@day_option
@rules_option
def show_rule(rule: str, profile: str, as_of: datetime | None, rules: Path | None) -> None:
    """Show a rule: why, guidance, the numbers in force with their sources, condition, action, examples."""
    from thalsafety.rendering import rulebook

    prepared = Prepared(located(rules))
    linked = _linked(prepared, profile, as_of)
    found = next((known for known in linked.rules if known.id == rule), None)
    if found is None:
        hint = did_you_mean(rule, [known.id for known in linked.rules])
        raise UnknownNameError([Problem(Place(str(located(rules))), f"`{rule}` is not a rule", hint)])
    put(rulebook.rule_page(linked, found, prepared.rule_set), None)


@click.command("parameters")
@rules_profile_option
@day_option
@click.option("--topic", help="Only numbers that rules of this topic use.")
@output_option
@rules_option
def parameters_command(
    profile: str, as_of: datetime | None, topic: str | None, output: Path | None, rules: Path | None
) -> None:
    """Print every number in force under a profile on one page, for a pharmacist to check and sign.

    Each number stands with its unit, what it means, the rules that use it, its source and locator, since
    when it holds and when it was last reviewed. Numbers that the project chose itself are marked.
    """
    from thalsafety.rendering import rulebook

    linked = _linked(Prepared(located(rules)), profile, as_of)
    put(rulebook.parameter_page(linked, on(as_of), topic), output)


@click.group("profiles", invoke_without_command=True)
@rules_option
@click.pass_context
def profiles_command(context: click.Context, rules: Path | None) -> None:
    """List the profiles and add-ons, and the sources that each puts in force; or compare two.

    An add-on is named after the profile that it is added to, as in `--profile us+enl`.
    """
    context.obj = rules
    if context.invoked_subcommand is not None:
        return
    rule_set = Prepared(located(rules)).rule_set
    lines: list[str] = []
    for name, profile in (*sorted(rule_set.profiles.items()), *sorted(rule_set.addons.items())):
        addon = f" (add-on to {', '.join(profile.adds_to)})" if profile.adds_to else ""
        lines += [f"{name}: {profile.title}{addon}", f"  {profile.description}"]
        for key in profile.sources:
            source = rule_set.sources.get(key)
            lines.append(f"  - {key}: {source.title if source else 'unknown source'}")
    put_rows(lines)


@profiles_command.command("compare")
@click.argument("a", metavar="PROFILE")
@click.argument("b", metavar="PROFILE")
@day_option
@click.option("--topic", metavar="TOPIC", help="Only the rules of this topic.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)
@output_option
@click.pass_obj
def compare_profiles(
    inherited: Path | None,
    *,
    a: str,
    b: str,
    as_of: datetime | None,
    topic: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Print what two profiles ask for differently, topic by topic, from the rules themselves.

    Rules in force under one of them only, rules whose numbers differ (each with its source), and rules that
    ask for something else. `thalsafety diff A B` proves which of them ever differ, and shows for whom.

    \b
    Examples:
      thalsafety profiles compare us eu
      thalsafety profiles compare uk uk+network --topic neuropathy
    """  # noqa: D301  click wants the character itself
    import json

    from thalsafety.rendering import side_by_side

    prepared = Prepared(located(inherited))
    if topic is not None and topic not in prepared.topics:
        message = f"`{topic}` is not a topic of the rules"
        raise UnknownNameError([Problem(Place("--topic"), message, f"known: {', '.join(sorted(prepared.topics))}")])
    one, other = (_linked(prepared, name, as_of) for name in (a, b))
    if form == "json":
        put(json.dumps(side_by_side.document(one, other), indent=2, ensure_ascii=False) + "\n", output)
        return
    put("".join(f"{line}\n" for line in side_by_side.lines(one, other, topic=topic)), output)


@click.command("vocabulary")
@click.argument("kind", required=False)
@click.option("--search", metavar="WORD", help="Only codes whose code, label or synonyms contain the word.")
@rules_option
def vocabulary_command(kind: str | None, search: str | None, rules: Path | None) -> None:
    """List the codes that patient states and rules may use: all, those of a KIND, or those that match a word."""
    lexicon = Prepared(located(rules)).lexicon
    kinds = list(dict.fromkeys(term.kind for term in lexicon.terms.values()))
    if kind is not None and kind not in kinds:
        message = f"`{kind}` is not a kind of vocabulary"
        raise UnknownNameError([Problem(Place("vocabulary"), message, f"known: {', '.join(kinds)}")])
    word = (search or "").lower()
    lines: list[str] = []
    for term in lexicon.terms.values():
        if (kind is None or term.kind == kind) and any(
            word in text.lower() for text in (term.code, term.label, *term.synonyms)
        ):
            extra = f" [{', '.join(unit for unit, _ in term.factors)}]" if term.factors else ""
            extra += f" [{', '.join(term.results)}]" if term.results else ""
            extra += f" (group of {len(term.members)})" if term.members else ""
            lines.append(f"{term.kind:14} {term.code:40} {term.label}{extra}")
    put_rows([*lines, f"{len(lines)} codes"])
