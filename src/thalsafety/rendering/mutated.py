"""A mutation run as text and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thalsafety.mutating.kinds import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thalsafety.errors import Place
    from thalsafety.mutating.results import Fate, Report, Scenario, Score

FORMAT = "thalsafety.mutation/1"
_WITHOUT_PROOFS = (
    "Z3 is not installed, so no survivor was proved to change nothing; some may (pip install 'thalsafety[verify]')"
)


def percent(score: Score) -> str:
    """Return a share in percent with one decimal, never rounded up."""
    return f"{score.tenths // 10}.{score.tenths % 10} %"


def text(report: Report, *, survivors: bool, root: str = "") -> str:
    """Return the report for the terminal; with `survivors`, each of them and each equivalent mutant too."""
    return "".join(f"{line}\n" for line in _lines(report, survivors=survivors, root=root))


def _lines(report: Report, *, survivors: bool, root: str) -> Iterator[str]:
    score = report.score
    tests = f"{report.tests} worked examples, {report.patients} example patients"
    where = f"under profile {report.profile}" if report.profile else "under the first profile with each line in force"
    yield f"Mutation {where}: {score.mutants} mutants, {tests}"
    yield ""
    yield f"  {percent(score):>8}  {_counts(score)}  all mutants"
    for title, scores in (("BY KIND OF MISTAKE", report.by_kind), ("BY TOPIC", report.by_topic)):
        yield ""
        yield title
        for one in scores:
            yield f"  {percent(one):>8}  {_counts(one)}  {TITLES.get(one.name, one.name)}"
    yield ""
    yield f"{len(report.survivors)} survive, {len(report.equivalent)} were proved to change nothing"
    yield f"{report.unusable} more are no other rule set and are not counted"
    if not report.proofs:
        yield _WITHOUT_PROOFS
    if survivors:
        yield from _listed(report, root)


def _counts(score: Score) -> str:
    equal = f" (+{score.equivalent} equivalent)" if score.equivalent else ""
    return f"{score.killed}/{score.countable}{equal}"


def _listed(report: Report, root: str) -> Iterator[str]:
    yield ""
    yield "SURVIVORS, each with a scenario that would notice it"
    for fate in report.survivors:
        yield f"  {_place(fate.mutant.place, root)}: {fate.mutant.owner}: {fate.mutant.words} [{fate.mutant.kind}]"
        yield f"      {_scenario(fate)}"
    yield ""
    yield "PROVED TO CHANGE NOTHING, with what each proof rests on"
    for fate in report.equivalent:
        yield f"  {_place(fate.mutant.place, root)}: {fate.mutant.owner}: {fate.mutant.words} [{fate.mutant.kind}]"
        yield f"      {fate.equivalent}"


def _place(place: Place, root: str) -> str:
    return f"{_file(place, root)}:{place.line}"


def _file(place: Place, root: str) -> str:
    """Return a file's name within the folder of rules."""
    return place.file.removeprefix(root).lstrip("/\\").replace("\\", "/")


def _scenario(fate: Fate) -> str:
    """Return the scenario of a survivor in words."""
    found = fate.scenario
    if found is None:
        return "no scenario was found" if fate.sought else "no scenario was looked for"
    change = f", but {' and '.join(found.changed)}" if found.changed else ""
    return f"as “{found.base}” of {found.rule}{change}: {_word(found.was)}, and {_word(found.becomes)} with the mistake"


def _word(outcome: str) -> str:
    return outcome.replace("_", " ")


def as_json(report: Report, root: str = "") -> str:
    """Return the report as JSON."""
    data = {
        "format": FORMAT,
        "profile": report.profile or None,
        "worked_examples": report.tests,
        "example_patients": report.patients,
        "proofs": report.proofs,
        "unusable": report.unusable,
        "score": _score(report.score),
        "kinds": [_score(one) for one in report.by_kind],
        "topics": [_score(one) for one in report.by_topic],
        "mutants": [_fate(fate, root) for fate in report.fates],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _score(score: Score) -> dict[str, object]:
    return {**score._asdict(), "countable": score.countable, "tenths_of_percent": score.tenths}


def _fate(fate: Fate, root: str) -> dict[str, object]:
    mutant = fate.mutant
    outcome = "killed" if fate.killed_by else "equivalent" if fate.equivalent else "survived"
    told: dict[str, object] = {
        "kind": mutant.kind,
        "of": mutant.what,
        "owner": mutant.owner,
        "topic": mutant.topic,
        "file": _file(mutant.place, root),
        "line": mutant.place.line,
        "mistake": mutant.words,
        "outcome": outcome,
    }
    if fate.killed_by:
        told["killed_by"] = fate.killed_by
    if fate.equivalent:
        told["proved"] = fate.equivalent
    if fate.scenario is not None:
        told["scenario"] = _told(fate.scenario)
    return told


def _told(scenario: Scenario) -> dict[str, object]:
    return {**scenario._asdict(), "changed": list(scenario.changed)}
