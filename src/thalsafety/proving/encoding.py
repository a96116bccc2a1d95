"""Conditions as formulas: every question an input with three kinds of answer, every node two formulas.

The meaning is that of `engines.reference`, which every witness is played back through.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import z3

from thalsafety.engines import reference
from thalsafety.errors import EngineError
from thalsafety.model.lexicon import Lexicon
from thalsafety.model.milestones import FACTS
from thalsafety.program import (
    Absent,
    All,
    AnswerType,
    Compare,
    Comparison,
    Known,
    Missing,
    Not,
    Unsure,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thalsafety.program import Answer, Feature, Node
    from thalsafety.truth import Truth

ANOTHER_WORD = "another word"
_YES_NO = (
    "taking",
    "event_active",
    "event_ever",
    "recurred_after_restart",
    "condition",
    "condition_ever",
    "procedure",
    "trait",
    "on_file",
    "using",
    "paused_for",
    "recorded",
)
_WHOLE = (
    "age",
    "days_since",
    "days_until",
    "months_since",
    "days_from",
    "days_overdue",
    "days_on",
    "times_per_day",
    "days_before_dose_change",
    "grade",
    "worst_grade",
    "count",
    "days_using",
    "methods_in_use",
    "supply",
)
_A_LIFETIME = 130
_FAR = _A_LIFETIME * 366
_MANY = 1000
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "age": (0, _A_LIFETIME),
    "days_since": (-_FAR, _FAR),
    "days_until": (-_FAR, _FAR),
    "months_since": (-_A_LIFETIME * 12, _A_LIFETIME * 12),
    "days_from": (-_FAR, _FAR),
    "hours_from": (-_FAR * 24, _FAR * 24),
    "days_overdue": (-_FAR, _FAR),
    "days_on": (0, _FAR),
    "times_per_day": (0, _MANY),
    "days_before_dose_change": (-_FAR, _FAR),
    "grade": (0, 5),
    "worst_grade": (0, 5),
    "count": (0, _MANY),
    "days_using": (0, _FAR),
    "methods_in_use": (0, _MANY),
    "supply": (0, 400),
    "fall_from_baseline": (None, 100),
    "rise_from_baseline": (-100, None),
    "times_upper_limit": (0, None),
    "dose": (0, 2000),
    "dose_of": (0, None),
    "steroid_dose": (0, None),
    "dose_change": (-2000, 2000),
    "sensitivity": (0, None),
    "exposure": (0, None),
}
"""What a number can be at all, by the kind of the question; a date lies within a lifetime of the check."""
_MEASURED = ("latest", "lowest", "highest", "body")


class Tri(NamedTuple):
    """The two formulas of a condition: it is true, it is false; where neither holds it is unknown."""

    true: z3.BoolRef
    false: z3.BoolRef

    @property
    def unknown(self) -> z3.BoolRef:
        """Return the formula for "unknown"."""
        return z3.Not(z3.Or(self.true, self.false))


class Input(NamedTuple):
    """The answer to one question: absent, unsure, or known between two bounds (of a word: the same word)."""

    absent: z3.BoolRef
    unsure: z3.BoolRef
    low: z3.ArithRef
    high: z3.ArithRef

    @property
    def known(self) -> z3.BoolRef:
        """Return the formula for "there is an answer"."""
        return z3.Not(z3.Or(self.absent, self.unsure))


Witness: TypeAlias = "dict[Feature, Answer]"
"""An answer to each of some questions."""


class Space:
    """Every input that some conditions ask about, with what bounds each; equal questions are one input.

    Two spaces may be laid over one another: `prefix` keeps the inputs of a second patient apart.
    """

    def __init__(self, lexicon: Lexicon | None = None, prefix: str = "") -> None:
        """Take the vocabulary that bounds the answers; without it numbers are free and words open."""
        self.lexicon = lexicon if lexicon is not None else Lexicon()
        self.prefix = prefix
        self.inputs: dict[Feature, Input] = {}
        self._bounds: dict[Feature, list[z3.BoolRef]] = {}
        self._words: dict[str, int] = {ANOTHER_WORD: 0}
        self._truths: dict[int, tuple[Node, Tri]] = {}

    # ------------------------------------------------------------ inputs

    def input(self, feature: Feature) -> Input:
        """Return the input of a question, made when it is first asked for."""
        known = self.inputs.get(feature)
        if known is not None:
            return known
        name = f"{self.prefix}{len(self.inputs)}:{feature.kind}:{feature.subject}"
        sort = z3.Int if feature.type is AnswerType.WORD or feature.kind in _WHOLE else z3.Real
        made = Input(z3.Bool(f"{name}:absent"), z3.Bool(f"{name}:unsure"), sort(f"{name}:low"), sort(f"{name}:high"))
        self.inputs[feature] = made
        self._bounds[feature] = list(self._bounded(feature, made))
        return made

    def bounds(self, features: Iterable[Feature] | None = None) -> list[z3.BoolRef]:
        """Return what bounds the inputs of some questions, or of all that were asked for so far."""
        asked = self.inputs if features is None else features
        return [bound for feature in asked for bound in (self._bounds[feature] if self.input(feature) else ())]

    def _bounded(self, feature: Feature, made: Input) -> Iterable[z3.BoolRef]:
        yield z3.Not(z3.And(made.absent, made.unsure))
        if feature.type is AnswerType.WORD:
            yield made.low == made.high
            words = self.words_of(feature)
            yield z3.Or(*(made.low == self.word(word) for word in words)) if words else made.low >= 0
            return
        yield made.low <= made.high
        low, high = self.range_of(feature)
        if low is not None:
            yield made.low >= number(low)
        if high is not None:
            yield made.high <= number(high)

    def words_of(self, feature: Feature) -> tuple[str, ...]:
        """Return every word that can be an answer; none when the vocabulary does not say."""
        if feature.kind in _YES_NO:
            return ("yes", "no")
        if feature.kind == "fact":
            indications = tuple(code for code, term in self.lexicon.terms.items() if term.kind == "indications")
            return FACTS.get(feature.subject) or indications
        term = self.lexicon.terms.get(feature.subject)
        return term.results if term is not None else ()

    def range_of(self, feature: Feature) -> tuple[Decimal | int | None, Decimal | int | None]:
        """Return the least and the greatest number that can be an answer, where there are such."""
        if feature.kind in _MEASURED:
            term = self.lexicon.terms.get(feature.subject)
            if term is None or term.low is None or term.high is None:
                return None, None
            return (term.low, term.high) if feature.unit == term.unit else (0, None)
        return _BOUNDS.get(feature.kind, (None, None))

    def word(self, word: str) -> int:
        """Return the number that stands for a word."""
        return self._words.setdefault(word, len(self._words))

    # ------------------------------------------------------------ truth

    def truth(self, node: Node) -> Tri:
        """Return when a condition is true and when it is false."""
        known = self._truths.get(id(node))
        if known is None:
            known = self._truths[id(node)] = (node, self._truth(node))
        return known[1]

    def _truth(self, node: Node) -> Tri:
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Missing):
            asked = self.input(node.feature)
            return Tri(asked.absent, asked.known)
        if isinstance(node, Not):
            part = self.truth(node.part)
            return Tri(part.false, part.true)
        parts = [self.truth(part) for part in node.parts]
        true, false = [part.true for part in parts], [part.false for part in parts]
        return Tri(z3.And(*true), z3.Or(*false)) if isinstance(node, All) else Tri(z3.Or(*true), z3.And(*false))

    def _compare(self, node: Compare) -> Tri:
        asked = self.input(node.feature)
        if isinstance(node.operand, frozenset):
            among = z3.Or(*(asked.low == self.word(word) for word in sorted(node.operand)))
            return Tri(z3.And(asked.known, among), z3.And(asked.known, z3.Not(among)))
        operand = number(node.operand)
        if node.comparison is Comparison.BELOW:
            true, false = asked.high < operand, asked.low >= operand
        elif node.comparison is Comparison.AT_MOST:
            true, false = asked.high <= operand, asked.low > operand
        elif node.comparison is Comparison.ABOVE:
            true, false = asked.low > operand, asked.high <= operand
        else:
            true, false = asked.low >= operand, asked.high < operand
        return Tri(z3.And(asked.known, true), z3.And(asked.known, false))

    # ------------------------------------------------------------ witnesses

    def witness(self, model: z3.ModelRef, features: Iterable[Feature] | None = None) -> Witness:
        """Return the answers that a model stands for, to all questions or to some."""
        asked = self.inputs if features is None else dict.fromkeys(features)
        return {feature: self._answer(feature, model) for feature in asked}

    def _answer(self, feature: Feature, model: z3.ModelRef) -> Answer:
        asked = self.input(feature)
        if z3.is_true(model.eval(asked.absent, model_completion=True)):
            return Absent("nothing is on file")
        if z3.is_true(model.eval(asked.unsure, model_completion=True)):
            return Unsure("the record leaves it open")
        low, high = (_value(model.eval(bound, model_completion=True)) for bound in (asked.low, asked.high))
        if feature.type is AnswerType.WORD:
            word = next((word for word, code in self._words.items() if code == low), ANOTHER_WORD)
            return Known(word, word)
        return Known(low, high)

    def equals(self, feature: Feature, answer: Answer) -> z3.BoolRef:
        """Return the formula for "the answer to this question is that"."""
        asked = self.input(feature)
        if not isinstance(answer, Known):
            return asked.absent if isinstance(answer, Absent) else asked.unsure
        if isinstance(answer.low, str) or isinstance(answer.high, str):
            return z3.And(asked.known, asked.low == self.word(str(answer.low)))
        return z3.And(asked.known, asked.low == number(answer.low), asked.high == number(answer.high))


def number(value: Decimal | int) -> z3.ArithRef:
    """Return an exact number as a formula."""
    exact = Fraction(value)
    return z3.IntVal(exact.numerator) if exact.denominator == 1 else z3.RealVal(exact)


def _value(value: z3.ExprRef) -> Decimal:
    """Return the number of a model; a fraction without an end is cut where no threshold can tell."""
    if isinstance(value, z3.IntNumRef):
        return Decimal(value.as_long())
    assert isinstance(value, z3.RatNumRef)  # noqa: S101  linear formulas have rational models only
    return Decimal(value.numerator_as_long()) / Decimal(value.denominator_as_long())


# ---------------------------------------------------------------- played back


class _ByIndex:
    """Answers by the number of the question, from answers by the question."""

    def __init__(self, node: Node, answers: Mapping[Feature, Answer]) -> None:
        self._answers = {leaf.feature.index: answers[leaf.feature] for leaf in leaves(node)}

    def __getitem__(self, index: int, /) -> Answer:
        return self._answers[index]


def replay(node: Node, answers: Mapping[Feature, Answer]) -> Truth:
    """Return the verdict of the reference engine for answers by question."""
    return reference.evaluate(node, _ByIndex(node, answers))


def differing(left: Tri, right: Tri) -> z3.BoolRef:
    """Return the formula for "the two verdicts are not the same"."""
    return z3.Or(left.true != right.true, left.false != right.false)


def difference(left: Node, right: Node, space: Space | None = None, given: Iterable[z3.BoolRef] = ()) -> Witness | None:
    """Return answers for which two conditions differ, or nothing when their verdicts are always the same.

    `given` are further formulas that hold of the answers, such as `relations.relations(space)`.
    """
    space = space if space is not None else Space()
    asked = dict.fromkeys(leaf.feature for node in (left, right) for leaf in leaves(node))
    unlike = differing(space.truth(left), space.truth(right))
    solver = z3.Solver()
    solver.add(*space.bounds(asked), *given, unlike)
    if solver.check() == z3.unsat:
        return None
    found = space.witness(solver.model(), asked)
    if replay(left, found) is replay(right, found):
        message = "the formulas and the reference engine differ"
        raise EncodingError(message)
    return found


def equivalent(left: Node, right: Node, space: Space | None = None, given: Iterable[z3.BoolRef] = ()) -> bool:
    """Return whether two conditions have the same verdict for all answers."""
    return difference(left, right, space, given) is None


class EncodingError(EngineError):
    """A witness of the formulas that the reference engine does not confirm."""
