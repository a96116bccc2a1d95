"""The traps of durable-rules, each reproduced on the engine itself, and what the adapter does instead."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import durable_rules_engine as engine  # noqa: TID251  its traps are what is tested
import pytest

from thalsafety.engines import reference, rete
from thalsafety.errors import EngineError
from thalsafety.program import (
    Absent,
    All,
    AnswerType,
    Any,
    Compare,
    Comparison,
    Feature,
    Known,
    Missing,
    Node,
    Not,
    Program,
    RuleProgram,
)
from thalsafety.truth import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ABSENT = Absent("not recorded")


def number(index: int, name: str = "") -> Feature:
    """Return a question answered by a number."""
    return Feature("latest", name or f"q{index}", index=index)


def word(index: int) -> Feature:
    """Return a question answered by a word."""
    return Feature("fact", f"w{index}", (), AnswerType.WORD, index=index)


def known(value: str) -> Known:
    """Return a certain number."""
    return Known(Decimal(value), Decimal(value))


def below(feature: Feature, value: str) -> Compare:
    """Return "the answer is below a value"."""
    return Compare(feature, Comparison.BELOW, Decimal(value))


def yes(feature: Feature) -> Compare:
    """Return "the answer is yes"."""
    return Compare(feature, Comparison.IN, frozenset({"yes"}))


def program(*trees: Node, features: tuple[Feature, ...]) -> Program:
    """Return a program of some conditions."""
    return Program(tuple(RuleProgram(f"r{i}", tree) for i, tree in enumerate(trees)), features)


def script(code: str, env: dict[str, str] | None = None, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, since it may crash or hang."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(env or {})},
        check=False,
    )


def alone(*tests: object) -> dict[str, object]:
    """Return a rule over one fact, as the engine reads it."""
    return {"all": [{"m": {"$and": list(tests)}}]}


def fired(rules: Mapping[str, object], *facts: str) -> list[str]:
    """Return the firings of raw rules for raw facts."""
    handle = engine.create_ruleset("raw", json.dumps(rules))
    names: list[str] = []
    for fact in facts:
        _code, offset = engine.assert_fact(handle, fact)
        started = engine.start_action_for_state(handle, offset)
        action = started[1] if started else None
        while action:
            names.append(action[2 : action.index('"', 2)])
            action = engine.complete_and_start_action(handle, offset)
    return names


class TestPatientsAndNames:
    """Identity by 32-bit hash: patients and fields that the engine takes for one another."""

    def test_the_engine_mixes_two_patients_whose_ids_collide(self) -> None:
        """Two facts of two patients fire a rule that no patient meets."""
        both = {"both": {"all": [{"a": {"drug": "x"}}, {"b": {"flag": "T"}}]}}
        assert rete.fnv1a("MRN0522789") == rete.fnv1a("MRN0739192")
        names = fired(both, '{"drug":"x","sid":"MRN0522789","id":"1"}', '{"flag":"T","sid":"MRN0739192","id":"2"}')
        assert names == ["both"]

    def test_the_adapter_keeps_nothing_of_the_last_patient(self) -> None:
        """An answer of one patient never proves anything for the next."""
        a, b = word(0), word(1)
        tested = rete.Rete(program(All((yes(a), yes(b))), features=(a, b)))
        assert tested.run([Known("yes", "yes"), ABSENT]) == {"r0": UNKNOWN}
        assert tested.run([ABSENT, Known("yes", "yes")]) == {"r0": UNKNOWN}
        assert tested.run([Known("yes", "yes"), Known("yes", "yes")]) == {"r0": TRUE}
        assert tested.run([ABSENT, ABSENT]) == {"r0": UNKNOWN}

    def test_the_engine_confuses_colliding_fields(self) -> None:
        """A fact about one field fires a rule about another."""
        assert fired({"g": alone({"costarring": 1})}, '{"liquid":1,"sid":"s","id":"p"}') == ["g"]

    def test_the_adapter_refuses_colliding_fields(self) -> None:
        """Names with one hash are refused before anything is compiled."""
        with pytest.raises(rete.CapacityError, match="costarring and liquid"):
            rete.check_names(["costarring", "liquid"])

    def test_the_fields_in_use_never_collide(self) -> None:
        """The names of ten thousand questions are all told apart."""
        rete.check_names(f"{end}{index}" for index in range(10_000) for end in "lhwmx")


class TestNumbersAndSilence:
    """Text compared as text, floats misread, nothing matched by nothing."""

    def test_the_engine_compares_text_as_text(self) -> None:
        """`"9"` is above 4 and `"10"` is not."""
        rules = {"g": alone({"$gt": {"x": 4}})}
        assert fired(rules, '{"x":"9","sid":"s","id":"p"}') == ["g"]

    @pytest.mark.parametrize("written", ["1e-05", "1e+16"])
    def test_the_engine_refuses_floats_without_a_point(self, written: str) -> None:
        """Its parser wants a decimal point before an exponent."""
        handle = engine.create_ruleset("raw", json.dumps({"g": alone({"$gt": {"x": 0}})}))
        with pytest.raises(Exception, match="204"):
            engine.assert_fact(handle, f'{{"x":{written},"sid":"s","id":"p"}}')

    @pytest.mark.parametrize(
        ("value", "threshold", "truth"),
        [
            ("1e-7", "1e-7", FALSE),
            ("0.00000009999999999999999999", "1e-7", TRUE),
            ("0.3", "0.30000000000000000001", TRUE),
            ("123456789012345678901234567890.1", "123456789012345678901234567890.1", FALSE),
            ("-5", "-4.5", TRUE),
        ],
    )
    def test_the_adapter_is_exact_at_any_threshold(self, value: str, threshold: str, truth: object) -> None:
        """Answers reach the engine as ranks, so no digit is lost."""
        asked = number(0)
        tested = program(below(asked, threshold), features=(asked,))
        assert rete.Rete(tested).run([known(value)])["r0"] is truth

    def test_what_is_absent_is_unknown_and_not_no(self) -> None:
        """Neither a comparison nor its opposite is decided by silence."""
        asked = number(0)
        tested = rete.Rete(program(below(asked, "1"), Not(below(asked, "1")), Missing(asked), features=(asked,)))
        assert tested.run([ABSENT]) == {"r0": UNKNOWN, "r1": UNKNOWN, "r2": TRUE}


class TestFirings:
    """Rules that fire many times, not at all, or for a fact that nothing matches."""

    def test_the_engine_fires_once_for_every_true_branch(self) -> None:
        """Three true branches fire three times; nested ones multiply."""
        three = {"$or": [{"a": 1}, {"b": 1}, {"c": 1}]}
        assert fired({"g": alone(three)}, '{"a":1,"b":1,"c":1,"sid":"s","id":"p"}') == ["g"] * 3

    def test_the_adapter_counts_a_verdict_once(self) -> None:
        """However many branches hold, there is one verdict."""
        asked = tuple(word(index) for index in range(6))
        tested = rete.Rete(program(Any(tuple(yes(feature) for feature in asked)), features=asked))
        assert tested.run([Known("yes", "yes")] * 6) == {"r0": TRUE}

    def test_a_lost_firing_stops_the_engine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the rule that fires for everyone does not, nothing is believed any more."""
        asked = word(0)
        tested = rete.Rete(program(yes(asked), features=(asked,)))
        monkeypatch.setattr(engine, "start_action_for_state", lambda _handle, _offset: None)
        with pytest.raises(EngineError, match="lost a firing"):
            tested.run([Known("yes", "yes")])
        monkeypatch.undo()
        with pytest.raises(EngineError, match="stopped after"):
            tested.run([Known("yes", "yes")])

    def test_an_exception_of_the_engine_is_never_swallowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An error inside the engine reaches the caller and closes the engine."""
        asked = word(0)
        tested = rete.Rete(program(yes(asked), features=(asked,)))

        def fail(_handle: int, _fact: str) -> None:
            message = "Could not assert fact, error code: 303"
            raise RuntimeError(message)

        monkeypatch.setattr(engine, "assert_fact", fail)
        with pytest.raises(RuntimeError, match="303"):
            tested.run([ABSENT])
        monkeypatch.undo()
        with pytest.raises(EngineError, match="303"):
            tested.run([ABSENT])

    def test_a_refused_fact_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A fact that the engine did not take is no "nothing applies"."""
        asked = word(0)
        tested = rete.Rete(program(yes(asked), features=(asked,)))
        monkeypatch.setattr(engine, "assert_fact", lambda _handle, _fact: (1, 0))
        with pytest.raises(EngineError, match="answered 1"):
            tested.run([ABSENT])


_MANY = """
import json, durable_rules_engine as engine
handle = engine.create_ruleset("r", json.dumps({f"r{i}": {"all": [{"m": {"x": i}}]} for i in range(%d)}))
print(engine.assert_fact(handle, '{"x":3,"sid":"s"}'))
"""


class TestCapacity:
    """Limits that the engine breaks by hanging, crashing or refusing; the adapter sees them when rules are compiled."""

    def test_the_engine_hangs_on_513_tests_under_one_node(self) -> None:
        """The 513th test never returns."""
        assert script(_MANY % 511).returncode == 0
        with pytest.raises(subprocess.TimeoutExpired):
            script(_MANY % 513, timeout=4)

    def test_the_engine_refuses_the_65th_test_that_holds(self) -> None:
        """Sixty-four nodes may wait at once."""
        rules = {f"r{i}": alone({f"f{i}": "T"}) for i in range(65)}
        fact = json.dumps({"sid": "s", "id": "p", **{f"f{i}": "T" for i in range(65)}})
        handle = engine.create_ruleset("raw", json.dumps(rules))
        with pytest.raises(Exception, match="303"):
            engine.assert_fact(handle, fact)

    def test_hundreds_of_rules_are_spread_over_rulesets(self) -> None:
        """Four hundred rules over as many questions, all true at once, are all proved."""
        asked = tuple(word(index) for index in range(400))
        tested = rete.Rete(program(*(yes(feature) for feature in asked), features=asked))
        assert set(tested.run([Known("yes", "yes")] * 400).values()) == {TRUE}
        assert set(tested.run([Known("no", "no")] * 400).values()) == {FALSE}

    def test_a_thousand_thresholds_on_one_question(self) -> None:
        """As many different numbers as anyone may write are compared rightly."""
        asked = number(0)
        tested = program(*(below(asked, str(value)) for value in range(1000)), features=(asked,))
        answers = [known("499.5")]
        assert rete.Rete(tested).run(answers) == reference.run(tested, answers)

    def test_a_shard_that_could_overflow_is_refused(self) -> None:
        """The check looks at the worst fact, not at a likely one."""
        rules = [(f"r{i}", (f"f{i}", "==", "T")) for i in range(61)]
        with pytest.raises(rete.CapacityError, match="overflow the engine's stack"):
            rete.check_shard(rules)
        rete.check_shard(rules[:59])

    def test_a_rule_with_too_many_alternatives_is_refused(self) -> None:
        """The message says what the author can do."""
        wide = ("or", tuple((f"f{i}", "<", 3) for i in range(65)))
        with pytest.raises(rete.CapacityError, match="move a part of it into a definition"):
            rete.check_rule("r", wide)

    def test_too_many_fields_are_refused(self) -> None:
        """A fact may carry 255 properties; a shard asks for fewer."""
        rules = [("r", ("and", tuple((f"f{i}", "==", "T") for i in range(241))))]
        with pytest.raises(rete.CapacityError, match="241 fields"):
            rete.check_shard(rules)

    def test_deep_conditions_are_split_and_still_right(self) -> None:
        """A condition with far more connectives than the engine takes is decided in parts."""
        asked = tuple(word(index) for index in range(40))
        tree: Node = yes(asked[0])
        for index, feature in enumerate(asked[1:]):
            tree = All((tree, yes(feature))) if index % 2 else Any((tree, yes(feature)))
        tested = program(tree, features=asked)
        tool = rete.Rete(tested)
        for pattern in (1, 5, 12345, 2**40 - 1, 0, 0b1010101010):
            answers = [
                Known("yes", "yes") if pattern >> i & 1 else ABSENT if i % 3 else Known("no", "no") for i in range(40)
            ]
            assert tool.run(answers) == reference.run(tested, answers)

    def test_a_shared_part_is_decided_once(self) -> None:
        """A definition that many rules share is one pair of rules in the engine."""
        asked = tuple(word(index) for index in range(10))
        shared = Any(tuple(yes(feature) for feature in asked[:5]))
        plan = rete.Rete.plan(program(*(All((shared, yes(feature))) for feature in asked[5:]), features=asked))
        assert len(plan["layers"]) == 2
        assert len(plan["layers"][0][0][2]) == 2


_DELETE = """
import json, durable_rules_engine as engine
rules = {"g": {"all": [{"m": {"f": "T"}}]}, "alive": {"all": [{"m": {"alive": "T"}}]}}
handle = engine.create_ruleset("r", json.dumps(rules))
def patient(fact):
    code, offset = engine.assert_fact(handle, json.dumps({"sid": "s", "id": "p", **fact}))
    got = engine.start_action_for_state(handle, offset)
    action = got and got[1]
    while action:
        action = engine.complete_and_start_action(handle, offset)
    engine.delete_state(handle, "s")
for i in range(50):
    patient({%s "f": "T" if i %% 3 else "F"})
"""


class TestProcess:
    """Memory, threads, and an engine that may kill its process."""

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's MALLOC_PERTURB_ makes the crash certain")
    def test_deleting_a_session_is_safe_only_after_an_action(self) -> None:
        """With the rule that fires for everyone no process dies, whatever the heap holds."""
        for pad in range(4):
            env = {"PAD": "x" * (37 * pad), "MALLOC_PERTURB_": "165"}
            assert script(_DELETE % '"alive": "T",', env).returncode == 0

    def test_no_thread_is_started(self) -> None:
        """The adapter compiles and runs without any background thread."""
        before = threading.active_count()
        asked = word(0)
        rete.Rete(program(yes(asked), features=(asked,))).run([ABSENT])
        assert threading.active_count() == before

    def test_memory_stays_flat(self) -> None:
        """Thousands of patients leave nothing behind."""
        asked = tuple(word(index) for index in range(30))
        tested = rete.Rete(program(*(yes(feature) for feature in asked), features=asked))
        for _ in range(300):
            tested.run([Known("yes", "yes")] * 30)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(5000):
            tested.run([Known("yes", "yes")] * 30)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8_000


class TestWorker:
    """The engine in a process of its own."""

    def test_it_gives_the_same_verdicts(self) -> None:
        """A process more changes no verdict."""
        asked = word(0)
        plan = rete.Rete.plan(program(yes(asked), Not(yes(asked)), Missing(asked), features=(asked,)))
        worker = rete.Worker(plan)
        for answer in (Known("yes", "yes"), Known("no", "no"), ABSENT):
            assert worker.run([answer]) == rete.Rete.of_plan(plan).run([answer])
        worker.stop()

    def test_a_crash_costs_one_patient(self) -> None:
        """When the process is killed one patient has no verdict, and the next one has."""
        asked = word(0)
        worker = rete.Worker(rete.Rete.plan(program(yes(asked), features=(asked,))))
        assert worker.run([Known("yes", "yes")]) == {"r0": TRUE}
        assert worker._process is not None
        os.kill(worker._process.pid or 0, 9)
        with pytest.raises(EngineError, match="its process ended with code -9"):
            worker.run([Known("yes", "yes")])
        assert worker.run([Known("no", "no")]) == {"r0": FALSE}
        worker.stop()

    def test_a_hang_costs_one_patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process that does not answer is ended, and the patient has no verdict."""
        asked = word(0)
        worker = rete.Worker(rete.Rete.plan(program(yes(asked), features=(asked,))), patience=0.3)
        with monkeypatch.context() as patched:
            patched.setattr(rete.Rete, "decide", lambda _self, _fragments: time.sleep(30))
            with pytest.raises(EngineError, match="no answer within"):
                worker.run([ABSENT])
        assert worker.run([ABSENT]) == {"r0": UNKNOWN}
        worker.stop()

    def test_a_failure_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An error inside the process reaches the caller in words."""
        asked = word(0)
        worker = rete.Worker(rete.Rete.plan(program(yes(asked), features=(asked,))))

        working = engine.assert_fact

        def fail(handle: int, fact: str) -> object:
            if "w0" in fact:
                message = "error code: 303"
                raise RuntimeError(message)
            return working(handle, fact)

        with monkeypatch.context() as patched:
            patched.setattr(engine, "assert_fact", fail)
            with pytest.raises(EngineError, match="303"):
                worker.run([Known("yes", "yes")])
        assert worker.run([ABSENT]) == {"r0": UNKNOWN}
        worker.stop()

    def test_no_process_outlives_the_command(self, tmp_path: Path) -> None:
        """A piped check of several files ends at once, with every process that it started."""
        state = "fictional: true\nas_of: 2026-03-10\nprofile: us\npatient: {label: Fictional}\n"
        for name in ("a.yaml", "b.yaml"):
            (tmp_path / name).write_text(state)
        command = f"{sys.executable} -m thalsafety check {tmp_path} | tail -1"
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.startswith("2 patients:")
