"""Speed, as ratios measured in one run; nothing here passes or fails.

    python benchmarks/run.py            all of it, about two minutes
    python benchmarks/run.py --quick    a few rounds of each, to see that it runs

Cold: the command line on one example, against the import of the libraries that it stands on.
Warm: a full check (answers, both engines, explanations, JSON), against the durable-rules call alone for
the same rules and the same patient, by its documented `Host` and by the direct call that the adapter uses.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from durable import engine as host_engine  # noqa: TID251  the peer that the adapter is measured against

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import strategies
from thalsafety import features
from thalsafety.engines import reference, rete
from thalsafety.loading.folders import packaged
from thalsafety.loading.patients import load_patient_states
from thalsafety.prepared import Prepared
from thalsafety.rendering import json as rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalsafety.model.patient import PatientState

QUICK = "--quick" in sys.argv
EXAMPLE = "quiet-woman-month-4-regular-cycles.yaml"


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of one call."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(what: str, value: float, ratio: float | None = None, against: str = "") -> None:
    """Print one figure."""
    extra = f"   {ratio:5.2f} x {against}" if ratio is not None else ""
    print(f"  {what:58} {value * 1e6:12,.0f} us{extra}")


def states() -> list[PatientState]:
    """Return every example patient."""
    prepared = Prepared(packaged("rules"))
    found = []
    for path in sorted(packaged("examples").rglob("*.*")):
        if path.suffix in {".yaml", ".json"}:
            loaded = load_patient_states(path, prepared.lexicon, list(prepared.profiles))
            found += [one.state for one in loaded if one.state is not None]
    return found


def cold() -> None:
    """Whole processes, in turn, so that a drifting machine touches both alike."""
    example = packaged("examples") / EXAMPLE
    rounds = 3 if QUICK else 25
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "THALSAFETY_CACHE": cache}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # users keep compiled modules
        command = [sys.executable, "-m", "thalsafety", "check", str(example)]
        libraries = [sys.executable, "-c", "import pydantic, click"]
        start = time.perf_counter()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        first = time.perf_counter() - start
        times: dict[str, list[float]] = {"command": [], "libraries": []}
        for _ in range(rounds):
            for name, argv in (("command", command), ("libraries", libraries)):
                start = time.perf_counter()
                subprocess.run(argv, env=env, check=True, stdout=subprocess.DEVNULL)
                times[name].append(time.perf_counter() - start)
    ratio = statistics.median(a / b for a, b in zip(times["command"], times["libraries"], strict=True))
    print(f"cold, one example ({example.name}), medians of {rounds} processes")
    row('python -c "import pydantic, click"', statistics.median(times["libraries"]))
    row("thalsafety check, compiled rules cached", statistics.median(times["command"]), ratio, "that import")
    row("thalsafety check, very first run (rules compiled)", first)


class HostPeer:
    """The same rulesets under durable-rules' documented Host, without its timer threads."""

    def __init__(self, tested: rete.Rete, plan: dict[str, Any]) -> None:
        """Register every ruleset; firings are collected by name."""
        self.fired: set[str] = set()

        class Quiet(host_engine.Host):  # type: ignore[misc]  # the library has no types
            """A host that starts no thread."""

            def _run(self) -> None:
                """Start nothing."""

        rulesets: dict[str, Any] = {}
        self.names: list[str] = []
        for layer in plan["layers"]:
            for name, _fields, _rules, definition in layer:
                rules = json.loads(definition)
                for rule in rules:
                    rules[rule]["run"] = self._recorder(rule)
                rulesets[f"h{name}"] = rules
                self.names.append(f"h{name}")
        self.host = Quiet(rulesets)
        self.shards = [shard for layer in tested._layers for shard in layer]  # noqa: SLF001  measured from inside

    def _recorder(self, rule: str) -> Callable[[Any], None]:
        """Return an action of one argument, as the host wants it."""

        def record(_context: Any) -> None:
            self.fired.add(rule)

        return record

    def facts(self, tested: rete.Rete, answers: list[Any]) -> list[dict[str, Any]]:
        """Return the facts that the adapter asserts for one patient, shard by shard."""
        seen: list[dict[str, Any]] = []
        originals = [(shard, shard.run) for shard in self.shards]
        for shard, run in originals:

            def spy(fragments: dict[str, str], shard: Any = shard, run: Any = run) -> set[str]:
                parts = [fragments[field] for field in shard.fields if field in fragments]
                seen.append(json.loads("{" + ",".join(('"sid":"s","alive":"T"', *parts)) + "}"))
                return set(run(fragments))

            shard.run = spy  # type: ignore[method-assign]
        tested.run(answers)
        for shard, run in originals:
            shard.run = run  # type: ignore[method-assign]
        return seen

    def run(self, facts: list[dict[str, Any]]) -> None:
        """Assert the facts of one patient and delete the sessions."""
        for name, fact in zip(self.names, facts, strict=True):
            self.host.assert_fact(name, dict(fact))
            self.host.delete_state(name, "s")


def warm() -> None:
    """One process, rules linked once, all example patients of the largest profile in turn."""
    prepared = Prepared(packaged("rules"))
    everybody = states()
    largest = prepared.checker("us", max(state.as_of.day() for state in everybody if state.profile == "us"))
    people = [state for state in everybody if prepared.checker(state.profile, state.as_of.day()) is largest]
    checkers = [largest] * len(people)
    linked = largest.linked
    answers = [
        features.answer(c.linked.program.features, s, c.linked.lexicon) for c, s in zip(checkers, people, strict=True)
    ]
    plan = rete.Rete.plan(linked.program)
    tested = rete.Rete.of_plan(plan)
    peer = HostPeer(tested, plan)
    facts = [peer.facts(tested, given) for given in answers]
    rounds = 3 if QUICK else 25
    each = 1 / len(people)

    def whole() -> None:
        for checker, state in zip(checkers, people, strict=True):
            rendering.render([("file", None, checker.check(state))], [], "0")

    def asked() -> None:
        for checker, state in zip(checkers, people, strict=True):
            features.answer(checker.linked.program.features, state, checker.linked.lexicon)

    gc.disable()

    def hosted() -> None:
        for given in facts:
            peer.run(given)

    host = seconds(hosted, rounds) * each
    direct = seconds(lambda: [tested.run(given) for given in answers], rounds) * each
    meaning = seconds(lambda: [reference.run(linked.program, given) for given in answers], rounds) * each
    questions = seconds(asked, rounds) * each
    full = seconds(whole, rounds) * each
    gc.enable()
    counts = (
        f"{len(linked.rules)} rules, {len(linked.program.rules)} in force, {len(linked.program.features)} questions"
    )
    print(f"\nwarm, profile us, {counts}, {len(people)} patients, each")
    row("durable-rules alone, Host.assert_fact", host)
    row("durable-rules alone, direct call (what the adapter uses)", direct, direct / host, "Host")
    row("reference evaluator alone", meaning, meaning / host, f"Host; {meaning / direct:.2f} x direct")
    row("answering all questions", questions, questions / host, "Host")
    row("full check to JSON, both engines, explanations", full, full / host, f"Host; {full / direct:.2f} x direct")


def scaling() -> None:
    """Cost per patient over the number of rules, on random programs of three to six leaves a rule."""
    print("\nscaling, random programs over 100 questions, per patient")
    first: dict[str, float] = {}
    for count in (50, 100, 200):
        rng = random.Random(7)
        program = strategies.program(rng, count, 100, 2)
        tested = rete.Rete(program)
        given = [strategies.answers(random.Random(seed), program.features) for seed in range(20)]
        rounds = 3 if QUICK else 25
        fast = seconds(lambda: [tested.run(a) for a in given], rounds) / len(given)  # noqa: B023  called at once
        slow = seconds(lambda: [reference.run(program, a) for a in given], rounds) / len(given)  # noqa: B023
        first.setdefault("fast", fast / count)
        first.setdefault("slow", slow / count)
        row(f"{count} rules, durable-rules", fast, fast / count / first["fast"], "cost per rule at 50 rules")
        row(f"{count} rules, reference", slow, slow / count / first["slow"], "cost per rule at 50 rules")


def memory() -> None:
    """The process before and after many checks."""
    prepared = Prepared(packaged("rules"))
    people = states()
    count = 500 if QUICK else 20_000
    for state in people:
        prepared.checker(state.profile, state.as_of.day()).check(state)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    for index in range(count):
        state = people[index % len(people)]
        checklist = prepared.checker(state.profile, state.as_of.day()).check(state)
        rendering.render([("file", None, checklist)], [], "0")
    took = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = f"{before / 1024:.1f} MB before, {after / 1024:.1f} MB after"
    print(f"\nmemory over {count:,} checks: {grown} ({count / took:,.0f} a second)")


if __name__ == "__main__":
    cold()
    memory()
    warm()
    scaling()
