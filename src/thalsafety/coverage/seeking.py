"""Cases that close what coverage lists as missing, made of a rule's own examples by small edits.

Nothing here decides what is right: what is found is written down for a person to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from thalsafety import features
from thalsafety.coverage.edits import Edits, State
from thalsafety.coverage.lines import Line, Lines
from thalsafety.coverage.numbers import Asking, Number
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.program import leaves
from thalsafety.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.linked import Linked
    from thalsafety.program import RuleProgram


class Goal(NamedTuple):
    """Something to exercise: a truth of a line, a line that decides, or a place beside a number."""

    kind: str
    what: Line | Number
    how: Truth | str


@dataclass(frozen=True, slots=True)
class Found:
    """A state that reaches goals: what was changed of which example, and the verdict."""

    rule: str
    base: str
    changed: tuple[str, ...]
    state: State
    verdict: Truth
    reaches: frozenset[Goal]


class Seeker:
    """Looks for states that reach goals of one rule."""

    def __init__(self, linked: Linked, rule: RuleProgram) -> None:
        """Take a rule as it is linked for the day of its examples."""
        self._linked = linked
        self._rule = rule
        self._lines = Lines(rule.when)
        self._edits = Edits(rule.when, linked.lexicon)
        self._features = list(dict.fromkeys(leaf.feature for leaf in leaves(rule.when)))
        self._answers: list[Any] = [None] * len(linked.program.features)

    def goals(self) -> Iterator[Goal]:
        """Return everything there is to reach in this rule."""
        for line in self._lines.all:
            yield from (Goal("truth", line, truth) for truth in (TRUE, FALSE, UNKNOWN))
            yield from (Goal("decides", line, truth) for truth in (TRUE, FALSE))

    def reached(self, facts: PatientFacts) -> tuple[Truth, frozenset[Goal]]:
        """Return the verdict for a state and the goals that it reaches."""
        for feature, answer in zip(
            self._features, features.answer(self._features, facts, self._linked.lexicon), strict=True
        ):
            self._answers[feature.index] = answer
        verdict, seen = self._lines.seen(self._answers)
        found = {Goal("truth", one.line, one.truth) for one in seen}
        found |= {Goal("decides", one.line, one.truth) for one in seen if one.decides and one.truth is not UNKNOWN}
        asking = Asking(self._linked, facts)
        for number, _, met in asking.numbers(self._rule.id, self._rule.when):
            found |= {Goal("number", number, position) for position in met}
        return verdict, frozenset(found)

    def seek(self, bases: Iterable[tuple[str, State]], wanted: set[Goal], depth: int) -> Iterator[Found]:
        """Return states that reach wanted goals, in rounds: one edit away, then two."""
        front: list[tuple[str, tuple[str, ...], State]] = [(name, (), state) for name, state in bases]
        seen: set[str] = set()
        for _ in range(depth):
            following: list[tuple[str, tuple[str, ...], State]] = []
            for name, changed, state in front:
                for said, made in self._edits.of(state):
                    key = repr(made)
                    if key in seen:
                        continue
                    seen.add(key)
                    facts = self._valid(made)
                    if facts is None:
                        continue
                    verdict, reaches = self.reached(facts)
                    hits = reaches & wanted
                    if hits:
                        yield Found(self._rule.id, name, (*changed, said), made, verdict, frozenset(hits))
                    following.append((name, (*changed, said), made))
            front = following

    def _valid(self, state: State) -> PatientFacts | None:
        try:
            facts = PatientFacts.model_validate(state)
        except (ValidationError, ValueError):
            return None
        return None if findings(facts, self._linked.lexicon) else facts
