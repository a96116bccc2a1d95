"""Speed of printing, as ratios measured in one run; nothing here passes or fails.

    python benchmarks/printing.py            all of it, about a minute
    python benchmarks/printing.py --quick    a few rounds of each, to see that it runs

The peers: for a whole process, `thalsafety check` of the same patient; for one page in a running process, a
bare tagged page of a few lines from the same typesetter, and WeasyPrint setting our HTML where it is installed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import typst
from run import QUICK, row, seconds, states

from thalsafety.loading.folders import packaged
from thalsafety.prepared import Prepared
from thalsafety.rendering import html, pdf, sheets

EXAMPLE = "woman-positive-test-on-treatment.yaml"
MANY = 40 if QUICK else 200
BARE = (
    "#set document(title: [Bare], date: datetime(year: 2026, month: 1, day: 1))\n= Bare\n" + "A line of text.\n\n" * 40
)


def cold() -> None:
    """Whole processes, in turn, so that a drifting machine touches both alike."""
    example = str(packaged("examples") / EXAMPLE)
    rounds = 3 if QUICK else 25
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "THALSAFETY_CACHE": folder}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # users keep compiled modules
        program = [sys.executable, "-m", "thalsafety"]
        commands = {
            "check": [*program, "check", example],
            "checklist": [*program, "checklist", example, "-o", f"{folder}/page.pdf"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, argv in commands.items():
                start = time.perf_counter()
                subprocess.run(argv, env=env, check=True, stdout=subprocess.DEVNULL)
                if turn:  # the first compiles the rules
                    times[name].append(time.perf_counter() - start)
    ratio = statistics.median(a / b for a, b in zip(times["checklist"], times["check"], strict=True))
    print(f"cold, one patient ({EXAMPLE}), medians of {rounds} processes")
    row("thalsafety check", statistics.median(times["check"]))
    row("thalsafety checklist -o page.pdf", statistics.median(times["checklist"]), ratio, "check")


def warm() -> None:
    """One process, one page at a time."""
    prepared = Prepared(packaged("rules"))
    people = states()
    made = [prepared.checker(state.profile, state.as_of.day()).check(state) for state in people]
    pages = [sheets.document([sheets.sheet(checklist, "file", "0")], []) for checklist in made]
    rounds = 2 if QUICK else 10
    pdf.render(pages[0], "a4")
    turns = iter(range(10**6))

    def fresh(page: sheets.Document) -> bytes:
        """Set a page that was not set before: the typesetter remembers what it has laid out."""
        return pdf.render(replace(page, sheets=(replace(page.sheets[0], label=f"Turn {next(turns)}"),)), "a4")

    times = [seconds(partial(fresh, page), rounds) for page in pages]
    print(f"\nwarm, {len(pages)} patients, one PDF each (PDF/UA-1 and PDF/A-2a)")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bare.typ"
        source.write_text(BARE, encoding="utf-8")
        compiler = typst.Compiler(input=str(source), ignore_system_fonts=True)
        texts = iter(range(10**6))
        bare = seconds(
            lambda: compiler.compile(
                format="pdf", pdf_standards=["ua-1", "a-2a"], sys_inputs={"turn": str(next(texts))}
            ),
            rounds * 5,
        )
    middle = statistics.median(times)
    row("a bare page, same typesetter", bare)
    row("a checklist, median", middle, middle / bare, "bare page")
    row("the longest checklist", max(times), max(times) / bare, "bare page")
    web = statistics.median(seconds(partial(html.render, page), rounds) for page in pages)
    row("a checklist as HTML, median", web, web / middle, "PDF")
    if find_spec("weasyprint"):
        weasyprint = import_module("weasyprint")  # a peer, where it is installed
        webs = [weasyprint.HTML(string=html.render(page)) for page in pages[:10]]
        peer = statistics.median(seconds(web.write_pdf, 1) for web in webs)
        row("WeasyPrint, our HTML, untagged, median", peer, peer / middle, "ours")
    start = time.perf_counter()
    for turn in range(MANY):
        state = people[turn % len(people)]
        checklist = prepared.checker(state.profile, state.as_of.day()).check(state)
        fresh(sheets.document([sheets.sheet(checklist, "file", "0")], []))
    spent = time.perf_counter() - start
    print(f"  {MANY} patients, checked and printed in one process: {MANY / spent:.0f} a second")


if __name__ == "__main__":
    cold()
    warm()
