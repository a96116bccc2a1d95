"""All checks of one profile on one day, in the order of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from collections.abc import Callable, Iterator
    from datetime import date

    from thalsafety.loading.rules import RuleSet

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
    ground = Ground(rule_set, profile, day)
    claims: list[Claim] = []
    for names, make in _MAKERS:
        if only and not only & names:
            continue
        for claim in make(ground):
            claims.append(claim)
            if tell is not None:
                tell(claim.check, len(claims))
    claims = list(_accepted(ground, claims, only))
    relations = tuple(ground.side.related.by_name) if "side" in vars(ground) else ()
    return Report(profile, day, rule_set.digest, len(ground.rules), tuple(claims), relations)


def _accepted(ground: Ground, claims: list[Claim], only: frozenset[str]) -> Iterator[Claim]:
    """Mark what the authors accept, and find what they accept in vain."""
    accepted = {
        (known.check, of): (known, document.place(("accepted", index)))
        for invariants, document in ground.rule_set.invariants
        for index, known in enumerate(invariants.accepted)
        for of in ([(name,) for name in known.of] if known.each else [known.of])
    }
    used = set()
    for claim in claims:
        key = (claim.check, claim.of)
        known = accepted.get(key)
        if known is None or claim.status is Status.PROVED:
            yield claim
            continue
        used.add(key)  # an open claim is not in vain either: another search may refute it
        yield claim._replace(accepted=known[0].reason) if claim.status is Status.REFUTED else claim
    for key, (_known, place) in accepted.items():
        if only and key[0] not in only:
            continue
        status = Status.PROVED if key in used else Status.REFUTED
        text = f"{key[0]} of {', '.join(key[1])} is still found"
        yield Claim("V014", key[1], text, status, place)
