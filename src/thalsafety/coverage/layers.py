"""Coverage as layers, each an exact fraction with the list of what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thalsafety.coverage.goals import DECIDES, NUMBER, TRUTH
from thalsafety.coverage.lines import Line
from thalsafety.coverage.measuring import OUTCOMES
from thalsafety.linting.checks import cited_statements
from thalsafety.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from thalsafety.coverage.goals import Goal
    from thalsafety.coverage.measuring import Coverage, Measured
    from thalsafety.loading.rules import RuleSet

RULES, LINES, DECISIVE, NUMBERS, GUIDANCE = "rules", "lines", "decisive", "numbers", "guidance"
TITLES = {
    GUIDANCE: "Guidance: statements that a rule rests on, or that are listed with the reason why none does",
    RULES: "Rules: each outcome of each rule (applies, does not apply, cannot tell)",
    LINES: "Lines: each truth that a written line can have",
    DECISIVE: "Decisive: each line, true and false, where it alone changes a verdict",
    NUMBERS: "Numbers: just below, on and just above each number, and beside it in each unit",
}
_KINDS = {TRUTH: LINES, DECIDES: DECISIVE, NUMBER: NUMBERS}


class Missing(NamedTuple):
    """Something that was not exercised: what, and where it is written (file, line; 0 where it has none)."""

    what: str
    file: str = ""
    line: int = 0


class Layer(NamedTuple):
    """How much of one kind of thing was exercised."""

    name: str
    covered: int
    total: int
    missing: tuple[Missing, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.covered == self.total

    @property
    def tenths(self) -> int:
        """Return the share in tenths of a percent, never rounded up."""
        return 1000 if self.whole else self.covered * 1000 // self.total


class Statement(NamedTuple):
    """A guidance statement with what rests on it; `state` is encoded, not_encoded, not_computable or missing."""

    id: str
    source: str
    locator: str
    topic: str
    text: str
    confidence: str
    state: str
    reason: str
    cited_by: tuple[str, ...]
    examples: int
    patients: int
    past_review: bool


def layers(coverage: Coverage, measured: Measured) -> list[Layer]:
    """Return the layers of what one kind of case exercised: rules, lines, decisive lines, numbers."""
    parts: dict[str, dict[Goal, bool]] = {LINES: {}, DECISIVE: {}, NUMBERS: {}}
    for wanted in coverage.goals.values():
        for goal in wanted:
            parts[_KINDS[goal.kind]][goal] = goal in measured.reached
    found = [_outcomes(coverage, measured)]
    for name, reached in parts.items():
        missing = tuple(sorted(worded(goal) for goal, met in reached.items() if not met))
        found.append(Layer(name, sum(reached.values()), len(reached), missing))
    return found


def _outcomes(coverage: Coverage, measured: Measured) -> Layer:
    missing = tuple(
        Missing(f"{rule} never {outcome.replace('_', ' ')}")
        for rule in sorted(coverage.goals)
        for outcome in OUTCOMES.values()
        if outcome not in measured.outcomes.get(rule, {})
    )
    total = len(coverage.goals) * len(OUTCOMES)
    return Layer(RULES, total - len(missing), total, missing)


def worded(goal: Goal) -> Missing:
    """Return a goal in words, with its place."""
    if isinstance(goal.what, Line):
        truth = goal.how.value if isinstance(goal.how, Truth) else goal.how
        said = f"never {truth}" if goal.kind == TRUTH else f"never decides while {truth}"
        which = f" (question {goal.what.place + 1} of the line)" if goal.what.place else ""
        return Missing(said + which, goal.what.file, goal.what.line)
    return Missing(f"{goal.what.owner}: no case {goal.how} {goal.what.parameter}")


# ---------------------------------------------------------------- guidance


def guidance(rule_set: RuleSet, coverage: Coverage, today: date) -> list[Statement]:
    """Return every statement of the sources in force under the profile, or of all, with what rests on it."""
    cited = cited_statements(rule_set)
    examples = {name: sum(1 for _ in rule_set.examples(rule)) for name, rule in rule_set.rules.items()}
    shown = _applying(coverage.patients)
    found: list[Statement] = []
    sources = rule_set.profile_named(coverage.profile).sources if coverage.profile else sorted(rule_set.sources)
    for name in sources:
        source = rule_set.sources.get(name)
        for one in source.statements if source else ():
            by = tuple(sorted(set(cited.get(one.id, ()))))
            found.append(
                Statement(
                    id=one.id,
                    source=name,
                    locator=one.locator,
                    topic=one.topic,
                    text=one.statement,
                    confidence=one.confidence,
                    state=state_of(cited=bool(by), explained=bool(one.not_encoded), computable=one.computable),
                    reason=one.not_encoded or "",
                    cited_by=by,
                    examples=sum(examples.get(rule, 0) for rule in by),
                    patients=len({patient for rule in by for patient in shown.get(rule, ())}),
                    past_review=bool(source and source.review_by and source.review_by < today),
                )
            )
    return found


def state_of(*, cited: bool, explained: bool, computable: bool) -> str:
    """Return what became of a statement: encoded, not_encoded (with a reason), not_computable or missing."""
    if cited:
        return "encoded"
    if explained:
        return "not_encoded"
    return "missing" if computable else "not_computable"


def _applying(measured: Measured) -> dict[str, list[str]]:
    """Return the cases in which each rule applies."""
    found: dict[str, list[str]] = {}
    for case, outcomes in measured.matrix.items():
        for rule, outcome in outcomes.items():
            if outcome == "applies":
                found.setdefault(rule, []).append(case)
    return found


def guidance_layer(statements: Sequence[Statement]) -> Layer:
    """Return how many computable statements are encoded, or listed with a reason."""
    counted = [one for one in statements if one.state != "not_computable"]
    missing = tuple(
        Missing(f"{one.id}: no rule rests on it, and no reason is given ({one.source}, {one.locator})")
        for one in counted
        if one.state == "missing"
    )
    return Layer(GUIDANCE, len(counted) - len(missing), len(counted), missing)


def shortfalls(found: Iterable[Layer], least: Mapping[str, float]) -> Iterator[Layer]:
    """Return the layers whose share, never rounded up, is under the percentage asked of them."""
    return (layer for layer in found if layer.tenths < least.get(layer.name, 0) * 10)
