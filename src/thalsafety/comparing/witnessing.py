"""One patient before two rule sets: what each says of a rule, and the fewest facts that still show a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pydantic import ValidationError

from thalsafety import features
from thalsafety.comparing.results import REFUSED
from thalsafety.engines import reference
from thalsafety.loading.patients import findings
from thalsafety.model.patient import PatientState
from thalsafety.testing import WORDS
from thalsafety.truth import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thalsafety.linked import Linked
    from thalsafety.truth import Truth

Written: TypeAlias = "dict[str, Any]"
Path_: TypeAlias = "tuple[str | int, ...]"
_ENVELOPE: frozenset[Path_] = frozenset({("fictional",), ("profile",), ("as_of",), ("patient",), ("patient", "label")})


class Said(NamedTuple):
    """What A and B say of one rule for one patient; nothing where one refuses the patient, with its reason."""

    a: Truth | None
    b: Truth | None
    refusal: str = ""

    @property
    def differ(self) -> bool:
        """Whether both accept the patient and their verdicts are not the same."""
        return self.a is not None and self.b is not None and self.a is not self.b

    @property
    def clear(self) -> bool:
        """Whether one says that the rule applies and the other that it does not."""
        return self.differ and UNKNOWN not in {self.a, self.b}

    @property
    def one_refuses(self) -> bool:
        """Whether just one of the two accepts the patient."""
        return (self.a is None) is not (self.b is None)

    @property
    def words(self) -> tuple[str, str]:
        """Return the outcomes in words."""
        a, b = (REFUSED if truth is None else WORDS[truth] for truth in (self.a, self.b))
        return a, b


class Two:
    """Two linked rule sets that are asked about one rule and one patient after the other."""

    def __init__(self, a: Linked, b: Linked) -> None:
        """Take the rules of both for one day."""
        self.linked = (a, b)
        self._nodes = tuple({rule.id: rule.when for rule in one.program.rules} for one in self.linked)

    def say(self, rule: str, written: Written) -> Said:
        """Return what both say of a rule that is in force in both."""
        try:
            state = PatientState.model_validate(written)
        except ValidationError:
            return Said(None, None, "it is no patient state")
        truths: list[Truth | None] = []
        refusal = ""
        for linked, nodes in zip(self.linked, self._nodes, strict=True):
            wrong = findings(state, linked.lexicon)
            refusal = refusal or (wrong[0][1] if wrong else "")
            answers = features.Answers(linked.program.features, state, linked.lexicon)
            truths.append(None if wrong else reference.evaluate(nodes[rule], answers))
        return Said(truths[0], truths[1], refusal)


# ---------------------------------------------------------------- fewest facts


def fewest(written: Written, shows: Callable[[Written], bool]) -> Written:
    """Return a patient of whom no recorded part can be left out: the rest would not show it."""
    before = -1
    while facts(written) != before:
        before = facts(written)
        for depth in range(1, max(map(len, _paths(written)), default=0) + 1):
            for path in reversed([path for path in _paths(written) if len(path) == depth]):
                smaller = _without(written, path)
                if shows(smaller):
                    written = smaller
    return written


def facts(written: Written) -> int:
    """Return how much is recorded of a patient, beside what every file needs."""
    return sum(not _parts(_at(written, path)) for path in _paths(written))


def _paths(part: Any, above: Path_ = ()) -> Iterator[Path_]:
    """Yield where every part stands that could be left out, outer ones before inner ones."""
    for key, inner in _parts(part):
        path = (*above, key)
        if path not in _ENVELOPE:
            yield path
        yield from _paths(inner, path)


def _parts(part: Any) -> list[tuple[str | int, Any]]:
    if isinstance(part, dict):
        return list(part.items())
    return list(enumerate(part)) if isinstance(part, (list, tuple)) else []


def _at(part: Any, path: Path_) -> Any:
    for key in path:
        part = part[key]
    return part


def _without(part: Any, path: Path_) -> Any:
    key, *rest = path
    if isinstance(part, dict):
        kept = part if rest else {name: inner for name, inner in part.items() if name != key}
        return kept | {key: _without(part[key], tuple(rest))} if rest else kept
    return [
        _without(inner, tuple(rest)) if index == key else inner
        for index, inner in enumerate(part)
        if index != key or rest
    ]
