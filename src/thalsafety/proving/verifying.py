"""All checks of one profile on one day, in the order of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.linking.linker import link, not_in_force_reason
from thalsafety.proving.ground import Ground
from thalsafety.proving.promises import nothing_is_silenced, promises_kept, worse_is_no_milder
from thalsafety.proving.results import Claim, NotAsked, Report, Status
from thalsafety.proving.single import (
    can_apply,
    can_fail,
    goes_without_saying,
    lines_matter,
    no_circle,
    nothing_milder,
    numbers_rise,
    opposing_actions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from thalsafety.errors import Place
    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.invariant import Accepted
    from thalsafety.model.rule import Rule

_MAKERS: tuple[tuple[frozenset[str], Callable[[Ground], Iterator[Claim]]], ...] = (
    (frozenset({"V001"}), can_apply),
    (frozenset({"V002"}), can_fail),
    (frozenset({"V003"}), lines_matter),
    (frozenset({"V004"}), goes_without_saying),
    (frozenset({"V005"}), opposing_actions),
    (frozenset({"V006"}), no_circle),
    (frozenset({"V007"}), nothing_milder),
    (frozenset({"V009"}), numbers_rise),
    (frozenset({"V008", "V010", "V011"}), promises_kept),
    (frozenset({"V012"}), worse_is_no_milder),
    (frozenset({"V013"}), nothing_is_silenced),
)
_GROUPS: tuple[tuple[int, ...], ...] = ((10,), (9,), tuple(range(9)))
"""Checks that are made in one process: those that compare patients take as long as all others together."""


class _Part(NamedTuple):
    """What some of the checks found under one profile."""

    rules: tuple[str, ...]
    claims: tuple[Claim, ...]
    relations: tuple[str, ...]
    not_asked: tuple[NotAsked, ...]


def verify(
    rule_set: RuleSet,
    profile: str,
    day: date,
    only: frozenset[str] = frozenset(),
    tell: Callable[[str, int], None] | None = None,
) -> Report:
    """Return what holds of the rules under a profile on a day; `only` names the checks to make.

    `tell` is called with every check as it is made and the number of claims so far.
    """
    return verify_profiles(rule_set, [profile], day, only, tell=tell)[0]


def verify_profiles(  # noqa: PLR0913  what to verify, how much of it, and how
    rule_set: RuleSet,
    profiles: Sequence[str],
    day: date,
    only: frozenset[str] = frozenset(),
    *,
    jobs: int = 1,
    tell: Callable[[str, int], None] | None = None,
) -> list[Report]:
    """Return what holds of the rules under each profile; those under which the rules are alike are verified once.

    With more than one of `jobs`, groups of checks are made in as many processes, each group in one of its own, and
    `tell` is not called.
    """
    named = [rule_set.profile_named(profile).profile for profile in profiles]
    first: dict[object, str] = {}
    twin = {name: first.setdefault(_in_force(link(rule_set, name, day)), name) for name in named}
    distinct = list(dict.fromkeys(twin.values()))
    reports = {
        name: _report(rule_set, name, day, parts)
        for name, parts in _parts(rule_set, distinct, day, only, jobs, tell).items()
    }
    reports = _told_elsewhere(rule_set, reports, day)
    in_vain = _in_vain(rule_set, list(reports.values()), only)
    reports[distinct[0]] = reports[distinct[0]]._replace(claims=(*reports[distinct[0]].claims, *in_vain))
    return [
        reports[name]
        if twin[name] == name
        else reports[twin[name]]._replace(profile=name, claims=(), not_asked=(), same_as=twin[name])
        for name in named
    ]


def _in_force(linked: Linked) -> object:
    """Return what a verification stands on: two profiles that agree in it have the same findings."""
    conditions = {rule.id: rule.when for rule in linked.program.rules}
    rules = tuple(
        (rule.id, rule.status, rule.severity, rule.supersedes, conditions[rule.id])
        for rule in linked.rules
        if rule.id in conditions
    )
    numbers = tuple(sorted((name, pinned.operand) for name, pinned in linked.parameters.items()))
    return rules, numbers


def _parts(  # noqa: PLR0913, PLR0917  what to verify, how much of it, and how
    rule_set: RuleSet,
    profiles: Sequence[str],
    day: date,
    only: frozenset[str],
    jobs: int,
    tell: Callable[[str, int], None] | None,
) -> dict[str, list[_Part]]:
    """Return what was found under each profile, group of checks by group."""
    parts: dict[str, list[_Part]] = {name: [] for name in profiles}
    if jobs == 1:
        for name in profiles:
            parts[name] = [_found(Ground(rule_set, name, day), range(len(_MAKERS)), only, tell)]
        return parts
    import multiprocessing  # only a run with several processes needs it

    groups = [group for group in _GROUPS if not only or any(only & _MAKERS[index][0] for index in group)]
    tasks = [(name, group) for group in groups for name in profiles]
    with multiprocessing.get_context().Pool(jobs, _begin, (rule_set, day, only), maxtasksperchild=1) as pool:
        for (name, _group), part in zip(tasks, pool.imap(_of_group, tasks, chunksize=1), strict=True):
            parts[name].append(part)
    return parts


_SHARED: list[tuple[RuleSet, date, frozenset[str]]] = []


def _begin(rule_set: RuleSet, day: date, only: frozenset[str]) -> None:
    """Keep in a new process what all groups of checks share."""
    _SHARED[:] = [(rule_set, day, only)]


def _of_group(task: tuple[str, Sequence[int]]) -> _Part:
    ((rule_set, day, only),) = _SHARED
    return _found(Ground(rule_set, task[0], day), task[1], only, None)


def _found(
    ground: Ground, makers: Iterable[int], only: frozenset[str], tell: Callable[[str, int], None] | None
) -> _Part:
    """Return what some of the checks find."""
    claims: list[Claim] = []
    asked: set[str] = set()
    for names, make in (_MAKERS[index] for index in makers):
        if only and not only & names:
            continue
        asked |= names
        for claim in make(ground):
            claims.append(claim)
            if tell is not None:
                tell(claim.check, len(claims))
    not_asked = tuple(one for one in ground.not_asked() if one.check in asked)
    return _Part(tuple(ground.rules), tuple(claims), tuple(ground.relations), not_asked)


def _report(rule_set: RuleSet, profile: str, day: date, parts: Sequence[_Part]) -> Report:
    """Return the report of one profile, with what the authors accept marked."""
    accepted = {key: known.reason for key, (known, _) in _accepted(rule_set).items()}
    claims = [
        claim._replace(accepted=accepted[claim.check, claim.of])
        if claim.status is Status.REFUTED and (claim.check, claim.of) in accepted
        else claim
        for part in parts
        for claim in part.claims
    ]
    order = {check: index for index, (checks, _make) in enumerate(_MAKERS) for check in checks}
    return Report(
        profile,
        day,
        rule_set.digest,
        len(parts[0].rules),
        tuple(sorted(claims, key=lambda claim: order[claim.check])),
        tuple(dict.fromkeys(name for part in parts for name in part.relations)),
        names=parts[0].rules,
        not_asked=tuple(one for part in parts for one in part.not_asked),
    )


def _told_elsewhere(rule_set: RuleSet, reports: dict[str, Report], day: date) -> dict[str, Report]:
    """Return the reports with every line that makes no difference marked by a profile under which it does.

    Profiles share rules, and numbers that coincide under one of them differ under another. A profile that was not
    verified is asked about these very lines, and about no other.
    """
    idle = {_line(claim) for report in reports.values() for claim in report.of(Status.REFUTED) if claim.check == "V003"}
    proved: dict[tuple[str, int], str] = {}
    for name, report in reports.items():
        for claim in report.of(Status.PROVED):
            if claim.check == "V003":
                proved.setdefault(_line(claim), name)
    for name in sorted(set(rule_set.profile_names) - reports.keys(), key=lambda name: ("+" in name, name)):
        left = idle - proved.keys()
        if not left:
            break
        for claim in lines_matter(Ground(rule_set, name, day), left):
            if claim.status is Status.PROVED:
                proved[_line(claim)] = name
    return {
        name: report._replace(
            claims=tuple(
                claim._replace(elsewhere=proved[_line(claim)])
                if claim.check == "V003" and claim.status is Status.REFUTED and _line(claim) in proved
                else claim
                for claim in report.claims
            )
        )
        for name, report in reports.items()
    }


def _line(claim: Claim) -> tuple[str, int]:
    return claim.place.file, claim.place.line


def _accepted(rule_set: RuleSet) -> dict[tuple[str, tuple[str, ...]], tuple[Accepted, Place]]:
    """Return every finding that the authors accept, and where they say so."""
    return {
        (known.check, of): (known, document.place(("accepted", index)))
        for invariants, document in rule_set.invariants
        for index, known in enumerate(invariants.accepted)
        for of in ([(name,) for name in known.of] if known.each else [known.of])
    }


def _in_vain(rule_set: RuleSet, reports: Sequence[Report], only: frozenset[str]) -> Iterator[Claim]:
    """Return, for every accepted finding, whether it is still found under one of the profiles.

    Not found is said only where every profile alone that could show it was verified.
    """
    found = {
        (claim.check, claim.of) for report in reports for claim in report.claims if claim.status is not Status.PROVED
    }  # an open claim is not in vain either: another search may refute it
    verified = {report.profile for report in reports}
    alone = [name for name in rule_set.profile_names if "+" not in name]
    for (check, of), (_known, place) in _accepted(rule_set).items():
        if only and check not in only:
            continue
        text = f"{check} of {', '.join(of)} is still found"
        rules = [rule_set.rules[name] for name in of if name in rule_set.rules]
        able = {name for name in alone if all(_takes_part(rule_set, rule, name) for rule in rules)}
        if (check, of) in found:
            yield Claim("V014", of, text, Status.PROVED, place)
        elif able and able <= verified:
            yield Claim("V014", of, text, Status.REFUTED, place)


def _takes_part(rule_set: RuleSet, rule: Rule, profile: str) -> bool:
    return not not_in_force_reason(rule_set, rule, rule_set.profile_named(profile))
