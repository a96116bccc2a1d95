"""Mistakes that the author of a condition could make, one at a time, each as the condition that it leaves."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from thalsafety.model import question as q
from thalsafety.model.rule import AllOf, AnyOf, NotThis
from thalsafety.mutating import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.common import Written
    from thalsafety.model.knowledge import Parameter
    from thalsafety.model.rule import Condition

Path = tuple[str | int, ...]


class Slip(NamedTuple):
    """One mistake: its kind, where it stands, in words, what is written then, and numbers that only it needs."""

    kind: str
    path: Path
    words: str
    written: Any
    numbers: tuple[tuple[str, Parameter], ...] = ()


_FLIPPED = {"below": "at_most", "at_most": "below", "above": "at_least", "at_least": "above"}
_OPPOSITE = {"below": "at_least", "at_most": "above", "above": "at_most", "at_least": "below"}
_EVER = "as_long_as_there_are_records"
_OTHER_QUESTIONS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "latest": (("lowest", {"no_older_than": "within"}), ("highest", {"no_older_than": "within"})),
    "lowest": (("latest", {"within": "no_older_than"}), ("highest", {})),
    "highest": (("latest", {"within": "no_older_than"}), ("lowest", {})),
    "fall_from_baseline": (("rise_from_baseline", {}),),
    "rise_from_baseline": (("fall_from_baseline", {}),),
    "grade": (("worst_grade", {}),),
    "worst_grade": (("grade", {}),),
    "event_active": (("event_ever", {}),),
    "event_ever": (("event_active", {}),),
    "condition": (("condition_ever", {}),),
    "condition_ever": (("condition", {}),),
    "days_since": (("days_until", {}),),
    "days_until": (("days_since", {}),),
    "due": (("overdue", {}),),
    "overdue": (("due", {}),),
}
"""Questions that an author may have meant, or mistaken for one another, with the options that change their names."""
_OTHER_SUBJECTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("dose", "current"): ("planned", "highest"),
    ("dose", "planned"): ("current",),
    ("dose", "first"): ("current",),
    ("dose", "highest"): ("current",),
    ("dose_change", "latest"): ("at_restart",),
    ("dose_change", "at_restart"): ("latest",),
}
_LONGEST = 60
_OTHER_PAUSES = {"current": "earlier", "earlier": "current"}
_WINDOWS = ("no_older_than", "within", "since", "since_latest", "suspected", "result", "which", "of")
"""Options that narrow a question and can be left out of it."""
_COUNTED_BACK = {"before": ("before", "from_", "to"), "from_": ("from_",), "to": ("to",)}


class Slips:
    """The mistakes in conditions of one rule set."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Take the rule set whose numbers and vocabulary the mistakes are made of."""
        self._rule_set = rule_set

    def of(self, condition: Condition, path: Path) -> Iterator[Slip]:
        """Return every mistake in a condition and below; `written` is the whole condition then."""
        if isinstance(condition, (AllOf, AnyOf)):
            yield from self._joined(condition, path)
        elif isinstance(condition, NotThis):
            yield Slip(kinds.NEGATED, path, f"`not` dropped before {said(condition.not_)}", condition.not_)
            inner = (*path, "not")
            for slip in self.of(condition.not_, inner):
                if slip.kind == kinds.NEGATED and slip.path == inner:
                    continue  # twice negated says the same as without `not`
                yield slip._replace(written=condition.model_copy(update={"not_": slip.written}))
        else:
            yield from self._line(condition, path)

    # ------------------------------------------------------------ all and any

    def _joined(self, condition: AllOf | AnyOf, path: Path) -> Iterator[Slip]:
        """Return mistakes in joining clauses, then those in each clause."""
        key, other = ("all", AnyOf) if isinstance(condition, AllOf) else ("any", AllOf)
        parts: tuple[Condition, ...] = getattr(condition, key)
        if len(parts) > 1:
            swapped = "any" if key == "all" else "all"
            turned = other.model_construct(None, **{swapped: parts})
            yield Slip(kinds.JOINT, (*path, key), f"`{key}` became `{swapped}`", turned)
        for index, part in enumerate(parts):
            here = (*path, key, index)
            if len(parts) > 1:
                fewer = condition.model_copy(update={key: parts[:index] + parts[index + 1 :]})
                yield Slip(kinds.CLAUSE, here, f"clause dropped: {said(part)}", fewer)
            for slip in (*self._negated_group(part, here), *self.of(part, here)):
                changed = (*parts[:index], slip.written, *parts[index + 1 :])
                yield slip._replace(written=condition.model_copy(update={key: changed}))

    @staticmethod
    def _negated_group(part: Condition, path: Path) -> Iterator[Slip]:
        if isinstance(part, (AllOf, AnyOf)):
            yield Slip(kinds.NEGATED, path, f"{said(part)} negated", _not(part))

    # ------------------------------------------------------------ lines

    def _line(self, line: q.Question | q.Holds | q.Due | q.Overdue | q.InScore, path: Path) -> Iterator[Slip]:
        """Return the mistakes in one line."""
        if not isinstance(line, (q.NumberQuestion, q.YesNoQuestion)):
            yield Slip(kinds.NEGATED, path, f"{said(line)} negated", _not(line))
        if isinstance(line, q.Holds):
            return
        if isinstance(line, q.InScore):
            yield from self._compared(line, path)
            return
        if isinstance(line, q.NumberQuestion):
            yield from self._compared(line, path)
            yield from self._other_units(line, path)
        if isinstance(line, q.YesNoQuestion):
            other = "no" if line.is_ == "yes" else "yes"
            yield Slip(
                kinds.WORDS,
                (*path, "is"),
                f"{said(line)} asks for {other}, not {line.is_}",
                line.model_copy(update={"is_": other}),
            )
        if isinstance(line, q.WordQuestion):
            yield from self._other_words(line, path)
        yield from self._lasting(line, path)
        yield from self._asked_otherwise(line, path)
        yield from _widened(line, path)
        if isinstance(line, q.Due):
            words = "dropped from" if line.or_overdue else "added to"
            late = line.model_copy(update={"or_overdue": not line.or_overdue})
            yield Slip(kinds.LACK, (*path, "or_overdue"), f"`or_overdue` {words} {said(line)}", late)
        words = "dropped from" if line.or_missing else "added to"
        lack = line.model_copy(update={"or_missing": not line.or_missing})
        yield Slip(kinds.LACK, (*path, "or_missing"), f"`or_missing` {words} {said(line)}", lack)

    def _compared(self, line: q.NumberQuestion | q.InScore, path: Path) -> Iterator[Slip]:
        """Return the line with other comparisons, and with its number a step more or less."""
        now = compared_by(line)
        name: str = getattr(line, now)
        for other, kind in ((_FLIPPED[now], kinds.COMPARISON), (_OPPOSITE[now], kinds.COMPARISON)):
            turned = line.model_copy(update={now: None, other: name})
            yield Slip(kind, (*path, now), f"{said(line)}: `{now}` became `{other}`", turned)
        yield from self.nudged(line, now, path)

    def nudged(self, written: Written, field: str, path: Path, kind: str = kinds.NUMBER) -> Iterator[Slip]:
        """Return what is written with one of its numbers a step more, and a step less."""
        name: str = getattr(written, field)
        parameter = self._rule_set.parameters.get(name)
        if parameter is None:
            return
        for sign, words in ((1, "more"), (-1, "less")):
            twin = _twin(name, f"one_step_{words}")
            changed = written.model_copy(update={field: twin})
            was, now = parameter.values[-1].value, _stepped(parameter, sign).values[-1].value
            text = f"{said(written)}: {name} {now} instead of {was} {_unit(parameter)}".rstrip()
            yield Slip(kind, (*path, key_of(field)), text, changed, ((twin, _stepped(parameter, sign)),))

    def _lasting(self, line: q.Question | q.Due | q.Overdue, path: Path) -> Iterator[Slip]:
        """Return the line with each of its durations a step longer and shorter."""
        for field in getattr(line, "durations", {}):
            if getattr(line, field) is not None:
                yield from self.nudged(line, field, path)

    def _other_units(self, line: q.NumberQuestion, path: Path) -> Iterator[Slip]:
        """Return the line with its number as if in each other unit in which the observation may be written."""
        term = self._rule_set.lexicon.terms.get(str(getattr(line, line.kind)))
        now = compared_by(line)
        name: str = getattr(line, now)
        parameter = self._rule_set.parameters.get(name)
        factors: Mapping[str, Decimal] = dict(term.factors) if term is not None and line.unit == "subject" else {}
        if parameter is None or parameter.unit not in factors:
            return
        seen = {factors[parameter.unit]}
        for unit, factor in factors.items():
            if factor in seen or not any(value.value for value in parameter.values):
                continue
            seen.add(factor)
            twin = _twin(name, "in_another_unit")
            changed = line.model_copy(update={now: twin})
            text = f"{said(line)}: {name} read in {unit} instead of {parameter.unit}"
            number = parameter.model_copy(update={"unit": unit})
            yield Slip(kinds.UNIT, (*path, now), text, changed, ((twin, number),))

    @staticmethod
    def _other_words(line: q.WordQuestion, path: Path) -> Iterator[Slip]:
        """Return the line with one of its words left out."""
        words = line.in_ or ()
        for index, word in enumerate(words if len(words) > 1 else ()):
            fewer = line.model_copy(update={"in_": words[:index] + words[index + 1 :]})
            yield Slip(kinds.WORDS, (*path, "in", index), f"{said(line)} without `{word}`", fewer)

    # ------------------------------------------------------------ questions

    def _asked_otherwise(self, line: q.Question | q.Due | q.Overdue, path: Path) -> Iterator[Slip]:
        """Return other questions about the same thing, held against the same operand."""
        kind, subject = line.kind, str(getattr(line, line.kind))
        for other, renamed in _OTHER_QUESTIONS.get(kind, ()):
            yield from self._as(line, other, renamed, path)
        for word in _OTHER_SUBJECTS.get((kind, subject), ()):
            changed = line.model_copy(update={kind: word})
            yield Slip(kinds.QUESTION, path, f"{said(line)} became {said(changed)}", changed)
        which = _OTHER_PAUSES.get(getattr(line, "which", None) or "")
        if which is not None:
            changed = line.model_copy(update={"which": which})
            yield Slip(kinds.QUESTION, (*path, "which"), f"{said(line)}: the {which} pause", changed)

    def _as(
        self, line: q.Question | q.Due | q.Overdue, other: str, renamed: Mapping[str, str], path: Path
    ) -> Iterator[Slip]:
        """Return a line as another question, where that takes its subject; options that it does not know are lost."""
        model = q.QUESTIONS.get(other) or q.REFERENCES[other]
        known = {renamed.get(name, name): value for name, value in _options(line)}
        options = {name: value for name, value in known.items() if name in model.model_fields}
        numbers: tuple[tuple[str, Parameter], ...] = ()
        within = model.model_fields.get("within")
        if within is not None and within.is_required() and "within" not in options:
            numbers = self._ever()
            if not numbers:
                return
            options["within"] = _EVER
        named = {model.model_fields[name].alias or name: value for name, value in options.items()}
        changed = model.model_construct(**{other: getattr(line, line.kind), **named})
        yield Slip(kinds.QUESTION, path, f"{said(line)} became {said(changed)}", changed, numbers)

    def _ever(self) -> tuple[tuple[str, Parameter], ...]:
        """Return a duration that leaves nothing out, made of one that the rules have."""
        for parameter in self._rule_set.parameters.values():
            if parameter.unit == "d":
                values = tuple(value.model_copy(update={"value": Decimal(40000)}) for value in parameter.values)
                return ((_EVER, parameter.model_copy(update={"values": values})),)
        return ()


def _widened(line: q.Question | q.Due | q.Overdue, path: Path) -> Iterator[Slip]:
    """Return a line with each of its windows and narrowings left out."""
    fields = type(line).model_fields
    for field in _WINDOWS:
        given = getattr(line, field, None)
        if given and field != line.kind and not fields[field].is_required():
            default: object = False if given is True else None
            changed = line.model_copy(update={field: default})
            yield Slip(kinds.WINDOW, (*path, field), f"{said(line)} without `{field}`", changed)
    if isinstance(line, q.OnFile):
        for field, gone in _COUNTED_BACK.items():
            if getattr(line, field) is not None:
                changed = line.model_copy(update=dict.fromkeys(gone))
                text = f"{said(line)} without `{key_of(field)}`"
                yield Slip(kinds.WINDOW, (*path, key_of(field)), text, changed)


def _options(line: Written) -> Iterator[tuple[str, object]]:
    """Return the fields of a line beside its subject that were given."""
    for name in type(line).model_fields:
        value = getattr(line, name)
        if name != getattr(line, "kind", "") and value is not None:
            yield name, value


def _stepped(parameter: Parameter, sign: int) -> Parameter:
    """Return a number one in its last written place more or less; a whole number has that place at the units."""
    values = tuple(
        value.model_copy(update={"value": value.value + sign * _step(value.value)}) for value in parameter.values
    )
    return parameter.model_copy(update={"values": values})


def _step(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101  no parameter is infinite
    return Decimal(1).scaleb(min(exponent, 0))


def _twin(name: str, how: str) -> str:
    """Return the name of a number like another, as long as a name may be."""
    return f"{name[: _LONGEST - len(how) - 2]}__{how}"


def _unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else parameter.unit


def _not(part: Condition) -> NotThis:
    return NotThis.model_construct(None, **{"not": part})


def compared_by(line: q.NumberQuestion | q.InScore) -> str:
    """Return which comparison a line makes."""
    return next(name for name in q.NUMBER_COMPARISONS if getattr(line, name) is not None)


def key_of(field: str) -> str:
    """Return the key that is written for a field of a model."""
    return field.removesuffix("_")


def said(written: Written) -> str:
    """Return a short name for something written: its first key and what stands there."""
    if isinstance(written, NotThis):
        return f"`not` {said(written.not_)}"
    if isinstance(written, (AllOf, AnyOf)):
        key = "all" if isinstance(written, AllOf) else "any"
        return f"`{key}` of {len(getattr(written, key))} clauses"
    kind = getattr(written, "kind", None) or next(iter(type(written).model_fields))
    return f"`{kind}: {getattr(written, kind)}`"
