"""One comparison: every rule of two rule sets under a profile each, then every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.comparing import telling
from thalsafety.comparing.conditions import both, joint, meant_otherwise
from thalsafety.comparing.moving import Judge, moved
from thalsafety.comparing.results import REFUSED, SAME, WITHOUT_PROOFS, Compared, Kind, Report, Side, Witness
from thalsafety.comparing.witnessing import Two, facts, fewest
from thalsafety.errors import EngineDisagreementError
from thalsafety.linked import State
from thalsafety.model.patient import PatientState
from thalsafety.testing import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from thalsafety.comparing.proofs import Prover, Sought
    from thalsafety.comparing.results import Patient
    from thalsafety.comparing.sides import Meant
    from thalsafety.comparing.witnessing import Said, Written
    from thalsafety.linked import Linked, LinkedRule
    from thalsafety.loading.rules import RuleSet

_CANDIDATES = 4
"""Known patients that show a difference, of whom the one with the fewest facts is taken."""


class Asked(NamedTuple):
    """What a comparison is made for: the day, the patients by name, and the time for one question to the solver.

    Without `prove` the solver is not asked.
    """

    day: date
    patients: Sequence[tuple[str, PatientState]]
    prove: bool
    seconds: float


class Comparison:
    """A comparison, made step by step so that somebody may watch."""

    def __init__(self, a: Meant, b: Meant, profiles: tuple[str, str], asked: Asked) -> None:
        """Link both sides; `InputError` when a profile does not exist."""
        self.meant = (a, b)
        self.profiles = profiles
        self.asked = asked
        one = Runner(a.rule_set)
        runners = (one, one if a.rule_set is b.rule_set else Runner(b.rule_set))
        self.judges = (Judge(runners[0], profiles[0]), Judge(runners[1], profiles[1]))
        self.linked: tuple[Linked, Linked] = (
            runners[0].links.of(profiles[0], asked.day),
            runners[1].links.of(profiles[1], asked.day),
        )
        self.two = Two(*self.linked)
        self.by_name = [{rule.id: rule for rule in linked.rules} for linked in self.linked]
        self.nodes = [{rule.id: rule.when for rule in linked.program.rules} for linked in self.linked]
        self._rules: list[Compared] = []
        self._patients: list[Patient] = []
        self._assumed: dict[str, None] = {}
        self._prover = self._made_prover() if asked.prove else None

    def _made_prover(self) -> Prover:
        from thalsafety.comparing.proofs import Prover  # noqa: PLC0415  the solver may not be installed

        a, b = self.linked
        return Prover(a, both(a.lexicon, b.lexicon), self.asked.day, self.asked.seconds)

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self._names()) + len(self.asked.patients)

    def steps(self) -> Iterator[str]:
        """Compare one rule after the other, and one patient after the other; yield the name of each when it is done."""
        for name in self._names():
            self._rules.append(self._compared(name))
            yield name
        for name, state in self.asked.patients:
            self._patients.append(moved(name, state, *self.judges))
            yield name

    def report(self) -> Report:
        """Return what the steps found."""
        a, b = (self._side(index) for index in (0, 1))
        return Report(
            a=a,
            b=b,
            day=self.asked.day,
            proofs=self._prover is not None,
            rules=tuple(self._rules),
            numbers=telling.numbers(*self.linked),
            schedules=telling.schedules(*self.linked),
            vocabulary=telling.vocabulary(*self.linked),
            patients=tuple(self._patients),
            assumed=tuple(self._assumed),
        )

    def _side(self, index: int) -> Side:
        meant, linked = self.meant[index], self.linked[index]
        return Side(
            said=meant.said,
            kind=meant.kind,
            commit=meant.commit,
            profile=linked.profile,
            version=linked.version,
            digest=linked.digest,
            rules=len(linked.rules),
            in_force=len(self.nodes[index]),
        )

    def _names(self) -> list[str]:
        """Return the rules of both, by topic and name."""
        known = {**self.by_name[0], **self.by_name[1]}
        topics = {**self.linked[0].topics, **self.linked[1].topics}
        return sorted(known, key=lambda name: (topics.get(known[name].topic, (999, ""))[0], known[name].topic, name))

    # ------------------------------------------------------------ one rule

    def _compared(self, name: str) -> Compared:
        a, b = (known.get(name) for known in self.by_name)
        rule = b or a
        assert rule is not None  # noqa: S101  the name came from one of the two
        plain = Compared(name, rule.title, rule.topic, rule.severity, Kind.UNDECIDED)
        if a is None or b is None:
            reason = rule.reason if rule.state is not State.IN_FORCE else ""
            return plain._replace(kind=Kind.ONLY_B if a is None else Kind.ONLY_A, reason=reason)
        plain = plain._replace(told=telling.told(a, b))
        if State.ERROR in {a.state, b.state}:
            reason = "; ".join(
                f"{side}: {one.reason}" for side, one in (("A", a), ("B", b)) if one.state is State.ERROR
            )
            return plain._replace(kind=Kind.UNUSABLE, reason=reason)
        if State.NOT_IN_FORCE in {a.state, b.state}:
            return self._out_of_force(plain, a, b)
        return self._behaviour(plain)

    @staticmethod
    def _out_of_force(plain: Compared, a: LinkedRule, b: LinkedRule) -> Compared:
        if a.state is b.state:
            reason = a.reason if a.reason == b.reason else f"A: {a.reason}; B: {b.reason}"
            return plain._replace(kind=Kind.IN_FORCE_IN_NEITHER, reason=reason)
        kind = Kind.IN_FORCE_ONLY_A if b.state is State.NOT_IN_FORCE else Kind.IN_FORCE_ONLY_B
        return plain._replace(kind=kind, reason=a.reason or b.reason)

    def _behaviour(self, plain: Compared) -> Compared:
        """Return whether a rule that is in force in both behaves alike for every patient."""
        name = plain.rule
        conditions = joint(self.nodes[0][name], self.nodes[1][name])
        strange = meant_otherwise(conditions.features, self.linked[0].lexicon, self.linked[1].lexicon)
        if conditions.same and not strange:
            return plain._replace(kind=Kind.ALIKE, rests_on=SAME)
        known = self._known(name)
        if known is not None and (known[1].clear or strange or self._prover is None):
            return self._shown(plain, known[0])
        if strange:
            reason = f"the two vocabularies mean something else by {', '.join(strange)}, so nothing can be proved"
            return plain._replace(reason=reason)
        if self._prover is None:
            return plain._replace(reason=WITHOUT_PROOFS)
        sought = self._prover.sought(conditions, lambda written: self.two.say(name, written))
        return self._sought(plain, sought, known[0] if known is not None else None)

    def _sought(self, plain: Compared, sought: Sought, known: Written | None) -> Compared:
        self._assumed |= dict.fromkeys(sought.relations)
        if sought.kind is Kind.ALIKE:
            if known is not None:
                message = f"{plain.rule} was proved alike, and a known patient shows a difference"
                raise EngineDisagreementError(message)
            return plain._replace(kind=Kind.ALIKE, rests_on=sought.rests_on)
        state = sought.state
        if state is None or (known is not None and not self.two.say(plain.rule, state).differ):
            state = known
        return plain._replace(reason=sought.reason) if state is None else self._shown(plain, state)

    # ------------------------------------------------------------ patients who show it

    def _known(self, name: str) -> tuple[Written, Said] | None:
        """Return a patient who is known and shows a difference, with fewest facts; one that shows it clearly first."""
        found: list[tuple[Written, Said]] = []
        for written in self._known_patients(name):
            said = self.two.say(name, written)
            if said.differ:
                found.append((written, said))
            if sum(said.clear for _, said in found) == _CANDIDATES:
                break
        clear = [pair for pair in found if pair[1].clear] or found
        smaller = [(self._smaller(name, written, said), said) for written, said in clear[:_CANDIDATES]]
        return min(smaller, key=lambda pair: facts(pair[0]), default=None)

    def _known_patients(self, name: str) -> Iterator[Written]:
        """Yield worked examples of the rule and patients, on days on which the same numbers are in force."""
        states = [
            example.given
            for rule_set in self._rule_sets()
            if name in rule_set.rules
            for example, _ in rule_set.examples(rule_set.rules[name])
        ]
        for state in (*states, *(state for _, state in self.asked.patients)):
            if self._same_numbers(state.as_of.day()):
                record = state.model_dump(mode="json", exclude_none=True, by_alias=True)
                yield _labelled(name, self.profiles[0], record)

    def _rule_sets(self) -> list[RuleSet]:
        sets = [meant.rule_set for meant in self.meant]
        return sets[:1] if sets[0] is sets[1] else sets

    def _same_numbers(self, day: date) -> bool:
        return all(
            judge.runner.links.of(judge.profile, day) is linked
            for judge, linked in zip(self.judges, self.linked, strict=True)
        )

    def _smaller(self, name: str, written: Written, said: Said) -> Written:
        """Return the patient with the fewest facts for whom both still say the same."""
        return fewest(written, lambda smaller: self.two.say(name, smaller)[:2] == said[:2])

    def _shown(self, plain: Compared, state: Written) -> Compared:
        """Return a rule that differs, with a patient for whom both rule sets were really run, by both engines."""
        written = _labelled(plain.rule, self.profiles[0], state)
        said = self.two.say(plain.rule, written)
        written = self._smaller(plain.rule, written, said)
        said = self.two.say(plain.rule, written)
        facts_ = PatientState.model_validate(written)
        for judge, word in zip(self.judges, said.words, strict=True):
            if word != REFUSED and judge.outcomes(facts_)[plain.rule] != word:
                message = f"{plain.rule}: the patient who shows a difference is {word} by the reference engine only"
                raise EngineDisagreementError(message)
        refusal = said.refusal if said.one_refuses else ""
        return plain._replace(kind=Kind.DIFFERENT, witness=Witness(written, *said.words, facts(written), refusal))


def _labelled(rule: str, profile: str, record: Written) -> Written:
    """Return a record as a patient state of its own."""
    kept = {key: value for key, value in record.items() if key not in {"expect", "story", "fictional", "profile"}}
    person = {"label": f"Fictional patient for whom {rule} differs", **kept.pop("patient", {})}
    person["label"] = f"Fictional patient for whom {rule} differs"
    person.pop("identifier", None)
    as_of = kept.pop("as_of")
    return {"fictional": True, "profile": profile, "as_of": as_of, "patient": person, **kept}
