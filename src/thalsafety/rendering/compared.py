"""A comparison of two rule sets as text, as JSON, and as patient states to keep; knows nothing of the solver."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from thalsafety.comparing.results import SAME, Kind, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.comparing.results import Compared, Move, Number, Patient, Report, Side, Told, Value, Witness

FORMAT = "thalsafety.diff/1"
NOTICE = "Fictional patients only. What is said of rules is for review by clinicians; nothing here decides anything."
_RANGES = "the vocabulary's plausible ranges; dates within 130 years of the check"
_STEPS = {
    Step.GAINED: "gained",
    Step.LOST: "lost",
    Step.SEVERITY: "severity",
    Step.TO_CANNOT_TELL: "to cannot tell",
    Step.FROM_CANNOT_TELL: "from cannot tell",
}
_TITLES = {
    Kind.ONLY_A: "RULES IN A ONLY",
    Kind.ONLY_B: "RULES IN B ONLY",
    Kind.IN_FORCE_ONLY_A: "IN FORCE IN A ONLY",
    Kind.IN_FORCE_ONLY_B: "IN FORCE IN B ONLY",
    Kind.UNUSABLE: "CANNOT BE LINKED",
    Kind.DIFFERENT: "BEHAVES OTHERWISE, each with a fictional patient who shows it",
    Kind.UNDECIDED: "NOT DECIDED: neither proved alike nor shown to differ",
}
_LISTS = {"supersedes", "guidance in force", "guidance cited"}
_WIDTH = 100
_FEW_WORDS, _AROUND = 12, 3


def text(reports: list[Report]) -> str:
    """Return the comparison for the terminal."""
    pages = ("".join(f"{line}\n" for line in _lines(report)) for report in reports)
    return f"\n{'=' * _WIDTH}\n\n".join(pages)


def _lines(report: Report) -> Iterator[str]:
    for name, side in (("A", report.a), ("B", report.b)):
        yield f"{name}  {_side(side)}"
    yield f"   with the numbers in force on {report.day}"
    yield from _numbers(report)
    for kind, title in _TITLES.items():
        yield from _section(title, [line for rule in report.of(kind) for line in _rule(rule)])
    yield from _section("BEHAVES ALIKE, SAYS SOMETHING ELSE", _said_otherwise(report.told_otherwise))
    yield from _section("NUMBERS THAT ARE EQUAL, WRITTEN OTHERWISE", _equal_numbers(report.numbers))
    yield from _section("SCHEDULES", [f"  {_told(one)}" for one in report.schedules])
    yield from _section("VOCABULARY", [f"  {_told(one)}" for one in report.vocabulary])
    yield from _patients(report)
    yield ""
    yield from _summary(report)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a heading and what stands under it; nothing when that is nothing."""
    found = list(lines)
    if found:
        yield from ("", title, *found)


def _side(side: Side) -> str:
    commit = f" (commit {side.commit[:12]})" if side.commit else ""
    version = f", version {side.version}" if side.version != "undated" else ""
    rules = f"{side.rules} rules, {side.in_force} in force"
    return f"{side.said}{commit} · profile {side.profile}{version} · {rules} · rule set {side.digest[:12]}"


def _numbers(report: Report) -> Iterator[str]:
    lines = [
        f"  {number.name}: {_value(number.a)} → {_value(number.b)}" for number in report.numbers if not number.equal
    ]
    yield from _section("NUMBERS IN FORCE THAT DIFFER (A → B)", lines)


def _value(value: Value | None) -> str:
    if value is None:
        return "not in force"
    unit = f" {value.unit}" if value.unit != "1" else ""
    return f"{value.value}{unit} ({value.source}, {value.locator})"


def _equal_numbers(numbers: Iterable[Number]) -> Iterator[str]:
    for number in numbers:
        if not number.equal or number.a is None or number.b is None:
            continue
        one, other = number.a._asdict(), number.b._asdict()
        changed = (f"{key.replace('_', ' ')} {one[key]} → {other[key]}" for key in one if one[key] != other[key])
        yield f"  {number.name}: {'; '.join(changed)}"


def _rule(rule: Compared) -> Iterator[str]:
    yield f"  {rule.severity:6}  {rule.rule}: {rule.title}"
    if rule.witness is not None:
        yield f"      {_shown(rule.witness)}"
        yield from (f"        {line}" for line in _record(rule.witness).splitlines())
    if rule.reason:
        yield f"      {rule.reason}"
    yield from (f"      {_told(one)}" for one in rule.told)


def _shown(witness: Witness) -> str:
    facts = f"{witness.facts} facts" if witness.facts != 1 else "1 fact"
    refusal = f" ({witness.refusal})" if witness.refusal else ""
    return f"A: {_word(witness.a)}, B: {_word(witness.b)}{refusal}, for this patient of {facts}:"


def _word(word: str) -> str:
    return word.replace("_", " ")


def _record(witness: Witness) -> str:
    """Return what is recorded of a patient, without what every file says."""
    record = {key: value for key, value in witness.state.items() if key not in {"fictional", "profile", "patient"}}
    person = {key: value for key, value in witness.state["patient"].items() if key != "label"}
    return _yaml(({"patient": person} if person else {}) | record)


def _yaml(data: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415  a comparison without witnesses needs none

    written: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    return written


def _said_otherwise(rules: Iterable[Compared]) -> Iterator[str]:
    for rule in rules:
        yield f"  {rule.rule}: {rule.title}"
        yield from (f"      {_told(one)}" for one in rule.told)


def _told(one: Told) -> str:
    """Return what is said otherwise; of names in a list only those that come or go."""
    if one.what in _LISTS:
        was, now = (words.split(", ") if words else [] for words in (one.a, one.b))
        gone, come = [name for name in was if name not in now], [name for name in now if name not in was]
        parts = (f"{verb} {', '.join(names)}" for verb, names in (("no longer", gone), ("now", come)) if names)
        return f"{one.what}: {'; '.join(parts)}"
    return f"{one.what}: {' → '.join(_parted(one.a.split(), one.b.split()))}"


def _parted(was: list[str], now: list[str]) -> tuple[str, str]:
    """Return two texts; of long ones only the part that is not the same, with some words around it."""
    if min(len(was), len(now)) <= _FEW_WORDS:
        return " ".join(was) or "nothing", " ".join(now) or "nothing"
    before = _shared(was, now)
    after = _shared(was[before:][::-1], now[before:][::-1])
    start, end = max(before - _AROUND, 0), max(after - _AROUND, 0)
    one, other = (
        " ".join(["…"] * (start > 0) + words[start : len(words) - end] + ["…"] * (end > 0)) for words in (was, now)
    )
    return one, other


def _shared(was: list[str], now: list[str]) -> int:
    """Return how many words two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False)))


# ---------------------------------------------------------------- patients


def _patients(report: Report) -> Iterator[str]:
    moved = [patient for patient in report.patients if patient.moves]
    refused = [patient for patient in report.patients if patient.refused_a or patient.refused_b]
    if not report.patients:
        return
    width = max((len(patient.name) for patient in moved), default=0)
    yield ""
    yield f"CHECKLISTS OF {len(report.patients)} PATIENTS, each on its own day"
    if moved:
        yield f"  {'':{width}}  {'  '.join(_STEPS.values())}"
        for patient in moved:
            yield f"  {patient.name:{width}}  {_counts(patient)}"
        yield f"  {'all':{width}}  {'  '.join(f'{report.moves(step):>{len(word)}}' for step, word in _STEPS.items())}"
        for patient in moved:
            yield f"  {patient.name}, on {patient.as_of}"
            yield from (f"      {_STEPS[move.step]}: {move.rule}: {_moved(move)}" for move in patient.moves)
    for patient in refused:
        for side, reason in (("A", patient.refused_a), ("B", patient.refused_b)):
            if reason:
                yield f"  {patient.name}: {side} refuses the file: {reason}"
    still = len(report.patients) - len(moved) - len(refused)
    yield f"  nothing moves for {still} of {len(report.patients)} patients"


def _counts(patient: Patient) -> str:
    return "  ".join(f"{sum(m.step is step for m in patient.moves):>{len(word)}}" for step, word in _STEPS.items())


def _moved(move: Move) -> str:
    was, now = (
        f"{_word(standing)}{f' ({severity})' if severity else ''}"
        for standing, severity in ((move.a, move.severity_a), (move.b, move.severity_b))
    )
    return f"{was} → {now}"


# ---------------------------------------------------------------- in sum


def _summary(report: Report) -> Iterator[str]:
    alike = report.of(Kind.ALIKE)
    same = sum(rule.rests_on == SAME for rule in alike)
    yield f"{len(alike)} rules behave alike: {same} by the same condition, {len(alike) - same} by proof"
    counted = {
        "differ": len(report.of(Kind.DIFFERENT)),
        "are undecided": len(report.of(Kind.UNDECIDED)),
        "are in A only": len(report.of(Kind.ONLY_A)),
        "are in B only": len(report.of(Kind.ONLY_B)),
        "are in force in A only": len(report.of(Kind.IN_FORCE_ONLY_A)),
        "are in force in B only": len(report.of(Kind.IN_FORCE_ONLY_B)),
        "cannot be linked": len(report.of(Kind.UNUSABLE)),
        "are in force in neither": len(report.of(Kind.IN_FORCE_IN_NEITHER)),
    }
    yield ", ".join(f"{count} {words}" for words, count in counted.items() if count) or "no rule differs"
    if not report.proofs:
        yield "without Z3 nothing was proved: a changed condition is undecided unless a known patient differs"
    yield "alike means: the same of applies, does not apply and cannot tell, for every patient whom A and B accept,"
    yield f"whatever the answers within {_RANGES}"
    if report.assumed:
        yield f"and with {len(report.assumed)} relations between the answers of one record (--format json names them)"


# ---------------------------------------------------------------- JSON


def document(reports: list[Report], version: str) -> str:
    """Return the JSON text of some comparisons."""
    content = {
        "format": FORMAT,
        "notice": NOTICE,
        "generator": f"thalsafety {version}",
        "reports": [_report(report) for report in reports],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "a": _side_of(report.a),
        "b": _side_of(report.b),
        "day": report.day.isoformat(),
        "changed": report.changed,
        "proofs": report.proofs,
        "assumed": {"ranges": _RANGES, "relations": list(report.assumed)},
        "counts": {kind.value: len(report.of(kind)) for kind in Kind},
        "rules": [_compared(rule) for rule in report.rules],
        "numbers": [_number(number) for number in report.numbers],
        "schedules": [one._asdict() for one in report.schedules],
        "vocabulary": [one._asdict() for one in report.vocabulary],
        "moves": {step.value: report.moves(step) for step in Step},
        "patients": [_patient(patient) for patient in report.patients],
    }


def _side_of(side: Side) -> dict[str, Any]:
    return {**side._asdict(), "commit": side.commit or None}


def _compared(rule: Compared) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "title": rule.title,
        "topic": rule.topic,
        "severity": rule.severity,
        "kind": rule.kind.value,
        "rests_on": rule.rests_on or None,
        "reason": rule.reason or None,
        "witness": _witness(rule.witness) if rule.witness is not None else None,
        "told": [one._asdict() for one in rule.told],
    }


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "a": witness.a,
        "b": witness.b,
        "facts": witness.facts,
        "refusal": witness.refusal or None,
        "patient_state": witness.state,
    }


def _number(number: Number) -> dict[str, Any]:
    a, b = (value._asdict() if value is not None else None for value in (number.a, number.b))
    return {"parameter": number.name, "equal": number.equal, "a": a, "b": b}


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "patient": patient.name,
        "as_of": patient.as_of,
        "refused_a": patient.refused_a or None,
        "refused_b": patient.refused_b or None,
        "moves": [
            {
                **move._asdict(),
                "step": move.step.value,
                "severity_a": move.severity_a or None,
                "severity_b": move.severity_b or None,
            }
            for move in patient.moves
        ],
    }


# ---------------------------------------------------------------- patients to keep


def witness_files(report: Report) -> dict[str, str]:
    """Return the patient states that show differences, by the name of a file each."""
    files: dict[str, str] = {}
    pair = report.a.profile if report.a.profile == report.b.profile else f"{report.a.profile}-{report.b.profile}"
    for rule in report.of(Kind.DIFFERENT):
        witness = rule.witness
        assert witness is not None  # noqa: S101  a rule differs only by one
        header = [
            f"{rule.rule}: {_word(witness.a)} in A, {_word(witness.b)} in B",
            f"A: {_side(report.a)}",
            f"B: {_side(report.b)}",
        ]
        above = "".join(f"# {line}\n" for line in header)
        files[f"{pair}-{rule.rule}.yaml"] = above + _yaml(witness.state)
    return files
