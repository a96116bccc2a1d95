"""A verification as text or JSON; knows nothing of the solver."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thalsafety.proving.results import CHECKS, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.errors import Place
    from thalsafety.proving.results import Claim, Report

FORMAT = "thalsafety.verify/1"
_OPEN = "no realisable counterexample found"


def lines(reports: list[Report], *, full: bool = False) -> Iterator[str]:
    """Yield what a reader wants: findings first, then what is open and what is meant, then what was proved."""
    for report in reports:
        heading = f"profile {report.profile} on {report.day} · {report.rules} rules · rule set {report.digest[:12]}"
        if report.same_as:
            yield f"{heading} · the same rules and numbers as under {report.same_as}"
            continue
        yield heading
        for claim in report.of(Status.REFUTED):
            yield f"{claim.place}: {claim.check} not so: {claim.text}{_shown(claim)}"
        for claim in report.of(Status.OPEN):
            yield f"{claim.place}: {claim.check} open: {claim.text} ({_OPEN} in {claim.tries} tries)"
        if full:
            for claim in report.accepted:
                yield f"{claim.place}: {claim.check} meant: {claim.text}; {claim.accepted}"
            for claim in report.elsewhere:
                yield f"{claim.place}: {claim.check} not so here: {claim.text}; it is so under {claim.elsewhere}"
            for one in report.not_asked:
                yield f"{one.place}: {one.check} not asked of {', '.join(one.of)}, because {one.because}"
            for claim in report.of(Status.PROVED):
                yield f"{claim.place}: {claim.check} proved: {claim.text}"
        yield from _counts(report)


def _shown(claim: Claim) -> str:
    return f" (shown by {len(claim.states)} patient states)" if claim.states else ""


def _counts(report: Report) -> Iterator[str]:
    for check, text in CHECKS.items():
        claims = [claim for claim in report.claims if claim.check == check]
        if not claims and all(one.check != check for one in report.not_asked):
            continue
        parts = [
            f"{sum(claim.check == check for claim in report.of(status))} {word}"
            for status, word in ((Status.PROVED, "proved"), (Status.REFUTED, "not so"), (Status.OPEN, "open"))
        ]
        parts.append(f"{sum(bool(claim.accepted) for claim in claims)} meant")
        parts.append(f"{sum(bool(claim.elsewhere) for claim in claims)} of lines that make a difference elsewhere")
        parts.append(f"{sum(one.check == check for one in report.not_asked)} not asked")
        yield f"{check}  {text}: {', '.join(part for part in parts if not part.startswith('0 '))}"
    yield "proved means: for all answers within the vocabulary's plausible ranges, 130 years around the check"
    if report.assumed:
        yield f"and with {len(report.assumed)} relations between the answers of one record (--format json names them)"
    found = len(report.of(Status.REFUTED))
    yield f"{len(report.claims)} claims: {found} findings, {len(report.of(Status.OPEN))} open"


def document(reports: list[Report]) -> str:
    """Return the JSON text of some reports."""
    content = {"format": FORMAT, "checks": CHECKS, "reports": [_report(report) for report in reports]}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "profile": report.profile,
        "day": report.day.isoformat(),
        "rule_set": report.digest,
        "rules": report.rules,
        "same_as": report.same_as or None,
        "assumed": {
            "ranges": "the vocabulary's plausible ranges; dates within 130 years of the check",
            "relations": list(report.assumed),
        },
        "claims": [_claim(claim) for claim in report.claims],
        "not_asked": [
            {"check": one.check, "about": list(one.of), "because": one.because, "place": _place(one.place)}
            for one in report.not_asked
        ],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "check": claim.check,
        "about": list(claim.of),
        "claim": claim.text,
        "status": "accepted" if claim.accepted else "elsewhere" if claim.elsewhere else claim.status.value,
        "place": _place(claim.place),
        "tries": claim.tries,
        "accepted": claim.accepted or None,
        "elsewhere": claim.elsewhere or None,
        "patient_states": list(claim.states),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
