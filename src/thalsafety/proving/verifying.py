"""All checks of one profile on one day, in the order of their ids."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from thalsafety.linking.linker import link
from thalsafety.proving.ground import Ground
from thalsafety.proving.promises import nothing_is_silenced, promises_kept, worse_is_no_milder
from thalsafety.proving.results import Claim, Report, Status
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
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from thalsafety.errors import Place
    from thalsafety.linked import Linked
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.invariant import Accepted

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

    With more than one of `jobs`, profiles are verified in as many processes, and `tell` is not called.
    """
    named = [rule_set.profile_named(profile).profile for profile in profiles]
    first: dict[object, str] = {}
    twin = {name: first.setdefault(_in_force(link(rule_set, name, day)), name) for name in named}
    distinct = list(dict.fromkeys(twin.values()))
    if jobs > 1 and len(distinct) > 1:
        with ProcessPoolExecutor(jobs) as pool:
            made = list(pool.map(_verified, *zip(*((rule_set, name, day, only) for name in distinct), strict=True)))
    else:
        made = [_verified(rule_set, name, day, only, tell) for name in distinct]
    reports = dict(zip(distinct, made, strict=True))
    in_vain = _in_vain(rule_set, made, only)
    reports[distinct[0]] = made[0]._replace(claims=(*made[0].claims, *in_vain))
    return [
        reports[name]
        if twin[name] == name
        else reports[twin[name]]._replace(profile=name, claims=(), same_as=twin[name])
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


def _verified(
    rule_set: RuleSet,
    profile: str,
    day: date,
    only: frozenset[str],
    tell: Callable[[str, int], None] | None = None,
) -> Report:
    """Return what holds of the rules under one profile."""
    ground = Ground(rule_set, profile, day)
    claims: list[Claim] = []
    for names, make in _MAKERS:
        if only and not only & names:
            continue
        for claim in make(ground):
            claims.append(claim)
            if tell is not None:
                tell(claim.check, len(claims))
    accepted = {key: known.reason for key, (known, _) in _accepted(rule_set).items()}
    marked = [
        claim._replace(accepted=accepted[claim.check, claim.of])
        if claim.status is Status.REFUTED and (claim.check, claim.of) in accepted
        else claim
        for claim in claims
    ]
    relations = tuple(ground.side.related.by_name) if "side" in vars(ground) else ()
    return Report(profile, day, rule_set.digest, len(ground.rules), tuple(marked), relations, names=tuple(ground.rules))


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

    It is not asked of a finding about rules that are in force under none of them.
    """
    found = {
        (claim.check, claim.of) for report in reports for claim in report.claims if claim.status is not Status.PROVED
    }  # an open claim is not in vain either: another search may refute it
    for (check, of), (_known, place) in _accepted(rule_set).items():
        rules = [name for name in of if name in rule_set.rules]
        met = any(set(rules) <= set(report.names) for report in reports)
        if (only and check not in only) or not met:
            continue
        status = Status.PROVED if (check, of) in found else Status.REFUTED
        yield Claim("V014", of, f"{check} of {', '.join(of)} is still found", status, place)
