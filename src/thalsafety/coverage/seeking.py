"""Cases that close what coverage lists as missing, made of a rule's own examples by small edits.

Nothing here decides what is right: what is found is written down for a person to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from thalsafety import features
from thalsafety.coverage.edits import Edits, State
from thalsafety.coverage.lines import Lines
from thalsafety.coverage.measuring import exercised, stood_on
from thalsafety.coverage.numbers import Beside
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientFacts
from thalsafety.program import leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thalsafety.coverage.goals import Goal
    from thalsafety.linked import Linked
    from thalsafety.program import RuleProgram
    from thalsafety.truth import Truth


_FRONT = 250
"""States of one round that are edited further."""


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

    def reached(self, facts: PatientFacts) -> tuple[Truth, frozenset[Goal]]:
        """Return the verdict for a state and the goals that it reaches."""
        for feature, answer in zip(
            self._features, features.answer(self._features, facts, self._linked.lexicon), strict=True
        ):
            self._answers[feature.index] = answer
        verdict, seen = self._lines.seen(self._lines.answered(self._answers))
        asking = Beside(self._linked, facts)
        return verdict, frozenset((*exercised(seen), *stood_on(self._rule.id, self._lines, asking)))

    def seek(self, bases: Iterable[tuple[str, State]], wanted: set[Goal], depth: int) -> Iterator[Found]:
        """Return states that reach wanted goals, one edit away, then two, and so on.

        Only states that no other is like, in what they reach, are edited further. `wanted` may shrink meanwhile;
        the search ends when it is empty.
        """
        front: list[tuple[str, tuple[str, ...], State]] = [(name, (), state) for name, state in bases]
        seen: set[str] = set()
        like: set[frozenset[Goal]] = set()
        for round_ in range(depth):
            following: list[tuple[str, tuple[str, ...], State]] = []
            for name, changed, state in front:
                for said, made in self._edits.of(state):
                    if not wanted:
                        return
                    key = repr(made)
                    facts = None if key in seen else self._valid(made)
                    seen.add(key)
                    if facts is None:
                        continue
                    verdict, reaches = self.reached(facts)
                    hits = reaches & wanted
                    if hits:
                        yield Found(self._rule.id, name, (*changed, said), made, verdict, hits)
                    if reaches not in like and round_ + 1 < depth:
                        like.add(reaches)
                        following.append((name, (*changed, said), made))
            front = following[:_FRONT]

    def _valid(self, state: State) -> PatientFacts | None:
        try:
            facts = PatientFacts.model_validate(state)
        except (ValidationError, ValueError):
            return None
        return None if findings(facts, self._linked.lexicon) else facts
