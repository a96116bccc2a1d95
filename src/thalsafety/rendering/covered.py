"""Coverage as text, JSON and JUnit XML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from thalsafety.coverage.layers import TITLES, worded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thalsafety.coverage import Coverage, Layer, Statement
    from thalsafety.coverage.layers import Missing

FORMAT = "thalsafety.coverage/1"
_SHOWN = 12


def percent(layer: Layer) -> str:
    """Return a share in percent with one decimal, never rounded up."""
    return f"{layer.tenths // 10}.{layer.tenths % 10} %"


class Report:
    """Everything measured under one profile, in layers: by worked examples, by example patients, and guidance."""

    def __init__(
        self,
        coverage: Coverage,
        guided: Layer,
        examples: Sequence[Layer],
        patients: Sequence[Layer],
        statements: Sequence[Statement],
    ) -> None:
        """Take what was measured and how it was summed up."""
        self.coverage = coverage
        self.guided = guided
        self.examples = examples
        self.patients = patients
        self.statements = statements

    @property
    def gate(self) -> list[Layer]:
        """Return the layers that a gate asks for: guidance, and everything by worked examples."""
        return [self.guided, *self.examples]


def text(report: Report, *, show_all: bool) -> str:
    """Return the report for the terminal."""
    return "".join(f"{line}\n" for line in _text(report, show_all=show_all))


def _text(report: Report, *, show_all: bool) -> Iterator[str]:
    coverage = report.coverage
    cases = f"{len(coverage.examples.cases)} worked examples, {len(coverage.patients.cases)} example patients"
    yield f"Coverage {_under(coverage)}: {len(coverage.goals)} active rules, {cases}"
    yield ""
    yield from _layer(report.guided, show_all=show_all)
    for name, found in (("by worked examples", report.examples), ("by example patients", report.patients)):
        yield ""
        yield name.upper()
        for layer in found:
            yield from _layer(layer, show_all=show_all and name == "by worked examples")
    yield from _proved(report, show_all=show_all)
    old = [one.id for one in report.statements if one.past_review]
    if old:
        yield ""
        yield f"{len(old)} statements come from sources past their review date: {', '.join(old[:_SHOWN])}"


def _under(coverage: Coverage) -> str:
    if coverage.profile:
        return f"under profile {coverage.profile}"
    return "of every active rule, under the first profile with it in force"


def _proved(report: Report, *, show_all: bool) -> Iterator[str]:
    """Yield what is not counted because of a proof, or that no proof was looked for where something is missing."""
    coverage = report.coverage
    if coverage.beyond:
        yield ""
        yield f"{len(coverage.beyond)} not counted: proved to be beyond every record"
        for one in sorted(map(worded, coverage.beyond)) if show_all else ():
            yield f"              {_placed(one)}"
    elif coverage.unasked and not all(layer.whole for layer in report.examples):
        yield ""
        yield f"What is missing may be beyond every record; no proof was looked for: {coverage.unasked}"


def _placed(one: Missing) -> str:
    return f"{one.file}:{one.line}: {one.what}" if one.file else one.what


def _layer(layer: Layer, *, show_all: bool) -> Iterator[str]:
    yield f"  {percent(layer):>8}  {layer.covered}/{layer.total}  {TITLES[layer.name]}"
    shown = layer.missing if show_all else ()
    for one in shown:
        yield f"              {_placed(one)}"


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    coverage = report.coverage
    data = {
        "format": FORMAT,
        "profile": coverage.profile or None,
        "guidance": {**_data(report.guided), "statements": [one._asdict() for one in report.statements]},
        "worked_examples": {"cases": len(coverage.examples.cases), "layers": [_data(x) for x in report.examples]},
        "not_counted": {"beyond_every_record": _listed(map(worded, coverage.beyond)), "unasked": coverage.unasked},
        "example_patients": {
            "cases": len(coverage.patients.cases),
            "layers": [_data(layer) for layer in report.patients],
            "matrix": coverage.patients.matrix,
        },
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _data(layer: Layer) -> dict[str, object]:
    missing = _listed(layer.missing)
    return {"layer": layer.name, "covered": layer.covered, "total": layer.total, "missing": missing}


def _listed(found: Iterable[Missing]) -> list[dict[str, object]]:
    return [one._asdict() for one in sorted(found)]


def junit(report: Report) -> str:
    """Return the report as JUnit XML: a suite per layer, a failure for each thing that is missing."""
    root = ET.Element("testsuites", name=f"thalsafety coverage {_under(report.coverage)}")
    for layer in report.gate:
        suite = ET.SubElement(
            root, "testsuite", name=layer.name, tests=str(layer.total), failures=str(len(layer.missing))
        )
        for one in layer.missing:
            case = ET.SubElement(suite, "testcase", classname=layer.name, name=one.what)
            ET.SubElement(case, "failure", message=_placed(one))
        if layer.covered:
            ET.SubElement(suite, "testcase", classname=layer.name, name=f"{layer.covered} exercised")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
