"""Conditions in words, for people without the rule language: short, with each number beside what it is held against.

Alternatives and requirements that say the same of different things are told together: "fever, chills or rash now".
Square brackets hold together what belongs together; a definition or a schedule is named, and explained elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from thalsafety.checklists import wording
from thalsafety.checklists.simplifying import or_nothing, simplified
from thalsafety.model.milestones import MILESTONES
from thalsafety.program import All, Any, Compare, Comparison, Missing, Not, leaves
from thalsafety.rendering.sheets import marked, plainly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.program import Feature, Leaf, Node

_OPPOSITE = {
    Comparison.BELOW: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.BELOW,
    Comparison.ABOVE: Comparison.AT_MOST,
    Comparison.AT_MOST: Comparison.ABOVE,
}
_ANY = ", any"
"""How the label of a group ends; what is said of the group needs no such word."""
_SCHEDULE = "schedule "
_SCORE = "score "
_WORTH_A_NAME = 90
"""A definition that can be said in so many characters is written out instead of named."""
_NO = {"on_file", "event_active", "condition", "recurred_after_restart"}
_AFTER = {"recorded": " not recorded", "procedure": " not done"}
_COURSE = {
    "planned": "new course planned",
    "active": "course running",
    "interrupted": "course interrupted",
    "stopped": "course stopped",
}
_SPANS = frozenset({"days_on", "days_using", "days_since", "days_until", "months_since"})
_UNTOLD = "°"
_DUE, _OVERDUE = " due", " overdue"
_SOME = frozenset({(Comparison.AT_LEAST, Decimal(1)), (Comparison.ABOVE, Decimal(0))})
_NONE = frozenset({(Comparison.BELOW, Decimal(1)), (Comparison.AT_MOST, Decimal(0))})
_TODAY = {
    Comparison.BELOW: "before today",
    Comparison.AT_MOST: "today or before",
    Comparison.ABOVE: "after today",
    Comparison.AT_LEAST: "today or after",
}
_SHORTER = (
    (re.compile(r"^(.*) \(not recorded as unrelated or unlikely\)$"), r"\1*"),
    (re.compile(r"^(.*) \((.*), not recorded as unrelated or unlikely\)$"), r"\1 (\2)*"),
    (re.compile(r" \(no older than ([^()]*)\)$"), r" (last \1)"),
    (re.compile(r" on file \(within ([^(),]*)\)$"), r" in the last \1"),
    (re.compile(r" on file \(since the ([^(),]*)\)$"), r" since the \1"),
    (re.compile(r"^grade of active "), "grade of "),
    (re.compile(r"\(to the ([^()]*)\)$"), r"to the \1:"),
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A text with the one thing it is about in the middle, so that texts about several things can be told together."""

    before: str
    thing: str
    after: str
    joint: str = ""  # the word that may stand between several things: and, or; none when they cannot be joined
    grouped: bool = False  # several parts between brackets
    listed: bool = False  # several things or answers told together, ambiguous beside another joint
    parts: tuple[_Said, ...] = ()  # of what is grouped: what the brackets hold, in order
    together: bool = False  # of what is grouped: all parts must hold, not one of them

    @property
    def text(self) -> str:
        return f"{self.before}{self.thing}{self.after}"


class Outline(NamedTuple):
    """A condition in words as a list within lists: `joint` is `and` or `or` where it has parts, and empty where not."""

    text: str
    joint: str = ""
    parts: tuple[Outline, ...] = ()


@dataclass
class Phrases:
    """Puts conditions into words, and keeps which definitions and schedules were named on the way."""

    lexicon: Lexicon
    titles: Mapping[str, str]
    named: dict[str, str] = field(default_factory=dict)
    """What each named definition means here."""
    outlined: dict[str, Outline] = field(default_factory=dict)
    """The same as lists."""
    schedules: dict[str, None] = field(default_factory=dict)
    scores: dict[str, None] = field(default_factory=dict)

    def condition(self, node: Node, via: tuple[str, ...] = ()) -> str:
        """Return a condition in words; `via` is what it is known to belong to."""
        return _bare(self._said(simplified(node), via, negated=False))

    def requirements(self, node: Node) -> tuple[str, ...]:
        """Return what all must hold for a condition, each in words."""
        whole = simplified(node)
        if not isinstance(whole, All) or whole.origin.via or self._special(whole, negated=False):
            return (_bare(self._said(whole, (), negated=False)),)
        parts = _merged([self._said(part, (), negated=False) for part in whole.parts], "and")
        return tuple(_held_together(part, together=True) for part in parts) if len(parts) > 1 else (_bare(parts[0]),)

    def outline(self, node: Node, via: tuple[str, ...] = ()) -> Outline:
        """Return a condition in words, part by part; `via` is what it is known to belong to."""
        return _outline(self._said(simplified(node), via, negated=False))

    def title(self, name: str) -> str:
        """Return what a definition or schedule is called."""
        return self.titles.get(name, name.replace("_", " "))

    # ------------------------------------------------------------ trees

    def _said(self, node: Node, via: tuple[str, ...], *, negated: bool) -> _Said:
        entered = node.origin.via[len(via) :] if node.origin.via[: len(via)] == via else node.origin.via
        if entered:
            return self._named(node, entered, negated=negated)
        if isinstance(node, Not):
            return self._said(node.part, via, negated=not negated)
        if isinstance(node, (Compare, Missing)):
            return self._leaf(node, negated=negated)
        return self._joined(node, via, negated=negated)

    def _named(self, node: Node, entered: tuple[str, ...], *, negated: bool) -> _Said:
        """Return a definition, schedule or score by its name, or written out where that is short."""
        name = entered[-1]
        if any(step.startswith(_SCHEDULE) for step in entered):
            first = next(step for step in entered if step.startswith(_SCHEDULE))
            return self._turn(node, first.removeprefix(_SCHEDULE), negated=negated)
        if entered[0].startswith(_SCORE):
            self.scores[entered[0].removeprefix(_SCORE)] = None
            under = isinstance(node, Not) is not negated
            return _Said("", f"“{self.title(entered[0])}”", " under its limit" if under else " reaches its limit", "or")
        inner = self._said(node, node.origin.via, negated=negated)
        if len(inner.text) <= _WORTH_A_NAME:
            return inner
        told = self._said(node, node.origin.via, negated=False) if negated else inner
        meaning = _bare(told)
        self.outlined.setdefault(name, _outline(told))
        if self.named.setdefault(name, meaning) != meaning:
            return inner
        return _Said("not " if negated else "", f"“{self.title(name)}”", "", "and" if negated else "or")

    def _turn(self, node: Node, schedule: str, *, negated: bool) -> _Said:
        """Return "due", "overdue" or both of a schedule."""
        self.schedules[schedule] = None
        asked = [leaf for leaf in leaves(node) if leaf.feature.kind == "days_overdue"]
        held = {leaf.comparison for leaf in asked if isinstance(leaf, Compare)}
        due = _DUE if Comparison.AT_MOST in held else f"{_DUE} or{_OVERDUE}"
        never = any(isinstance(leaf, Missing) for leaf in asked)
        title = self.titles.get(_SCHEDULE + schedule, schedule.replace("-", " "))
        after = (due if Comparison.AT_LEAST in held else _OVERDUE) + (" or never done" if never else "")
        return _Said("", title[:1].lower() + title[1:], f" not{after}" if negated else after, "" if negated else "or")

    def _joined(self, node: All | Any, via: tuple[str, ...], *, negated: bool) -> _Said:
        """Return requirements or alternatives, told together where they say the same of different things."""
        together = isinstance(node, All) is not negated
        special = self._special(node, negated=negated)
        if special is not None:
            return special
        found = _merged([self._said(part, via, negated=negated) for part in node.parts], "and" if together else "or")
        if len(found) == 1:
            return found[0]
        texts = [_held_together(one, together=together) for one in found]
        said = "[any of: " + "; ".join(texts) + "]"
        if together:
            said = "[" + " and ".join(texts) + "]"
        elif len(texts) == 2:  # noqa: PLR2004  "or" between two needs no list
            said = "[" + " or ".join(texts) + "]"
        return _Said("", said, "", grouped=True, parts=tuple(found), together=together)

    def _special(self, node: All | Any, *, negated: bool) -> _Said | None:
        """Return a line with its `or_missing` as one text, or nothing when this is something else."""
        line = or_nothing(node)
        if line is None:
            return None
        said = self._leaf(line, negated=negated)
        if negated:  # the answer is on file and is another
            return said
        if line.feature.kind == "recorded" and said.after.endswith(" recorded"):
            return replace(said, after=f"{said.after}, or no record kept")
        return said if said.before == "no " else replace(said, after=said.after + _UNTOLD)

    # ------------------------------------------------------------ leaves

    def _leaf(self, leaf: Leaf, *, negated: bool) -> _Said:
        """Return a clause in words."""
        asked = self.question(leaf.feature)
        if isinstance(leaf, Missing):
            return replace(asked, after=f"{asked.after}{' recorded' if negated else ' not recorded'}")
        if isinstance(leaf.operand, frozenset):
            return self._words(leaf, asked, leaf.operand, negated=negated)
        held = replace(leaf, comparison=_OPPOSITE[leaf.comparison]) if negated else leaf
        if leaf.parameter is not None and leaf.parameter.plain_count:
            plain = self._plainly_counted(asked, held)
            if plain is not None:
                return plain
        text = wording.operand(held, self.lexicon)
        return self._held(asked, leaf.feature, plainly(marked(text, [leaf.parameter] if leaf.parameter else [])))

    @staticmethod
    def _plainly_counted(asked: _Said, leaf: Compare) -> _Said | None:
        """Return "any", "none" or "today" in words, where the number is none or one and says just that."""
        kind, comparison, operand = leaf.feature.kind, leaf.comparison, leaf.operand
        if kind == "days_until" and operand == 0:
            return _Said("", asked.thing, f"{asked.after} {_TODAY[comparison]}", "or")
        if kind == "count" and (comparison, operand) in _SOME:
            return _Said("", asked.thing, asked.after, "or")
        if kind == "count" and (comparison, operand) in _NONE:
            return _Said("no ", asked.thing, asked.after, "and")
        return None

    @staticmethod
    def _held(asked: _Said, feature: Feature, text: str) -> _Said:
        """Return a question with the number that its answer is held against, in the order of speech."""
        kind = feature.kind
        if kind in _SPANS:
            text = text.replace("below", "less than", 1).replace("above", "more than", 1)
        if kind in {"days_since", "months_since"}:
            return _Said("", asked.thing, f"{asked.after} {text} ago", "or")
        if kind == "days_until":
            return _Said("", asked.thing, f"{asked.after} {text} ahead", "or")
        if kind in {"days_on", "days_using"}:
            return _Said("on " if kind == "days_on" else "using ", asked.thing, f"{asked.after} for {text}", "or")
        if kind == "grade":
            return _Said("", asked.thing, f"{asked.after} now, grade {text}", "or")
        return replace(asked, after=f"{asked.after} {text}", joint="or")

    def _words(self, leaf: Compare, asked: _Said, words: frozenset[str], *, negated: bool) -> _Said:
        if words <= {"yes", "no"}:
            return _yes(asked) if ("yes" in words) is not negated else _no(asked, leaf.feature.kind)
        if leaf.feature.subject == "treatment_status" and not negated:
            return _Said("", " or ".join(_COURSE[word] for word in sorted(words)), "", "or", listed=len(words) > 1)
        terms = self.lexicon.terms.items()
        group = next((code for code, term in terms if len(term.members) > 1 and words == {code, *term.members}), "")
        listed = wording.operand(leaf, self.lexicon).lower() if not group else self.lexicon.within_a_sentence(group)
        other = "other than " if listed.startswith("not ") else "not "
        several = " or " in listed
        after = f"{asked.after}: {other if negated else ''}{listed}"
        return replace(asked, after=after, joint="or" if several or not negated else "", listed=several)

    def question(self, feature: Feature) -> _Said:
        """Return a question split around what it is about."""
        text = plainly(marked(wording.question(feature, self.lexicon), feature.pinned))
        label = MILESTONES.get(feature.subject) or self.lexicon.within_a_sentence(feature.subject)
        if feature.kind == "event_active":
            text = text.replace(f"active {label}", f"{label} now", 1)
        if feature.kind in {"latest", "result"}:
            text = text.removeprefix("latest ")
        for long, short in _SHORTER:
            text = long.sub(short, text)
        before, found, after = text.partition(label)
        found = found.removesuffix(_ANY)
        return _Said(before, found, after) if found else _Said("", text, "")


def _held_together(said: _Said, *, together: bool) -> str:
    """Return a text in brackets where its own "or" could be read wrongly beside another joint."""
    return f"[{said.text}]" if said.listed and said.joint == ("or" if together else "and") else said.text


def _bare(said: _Said) -> str:
    """Return a text without the brackets around the whole of it."""
    return said.text[1:-1] if said.grouped and said.text.startswith("[") else said.text


def _outline(said: _Said) -> Outline:
    """Return a text as a list of its parts, where it has any; parts of its own kind are taken in."""
    if not said.parts:
        return Outline(said.text)
    parts: list[Outline] = []
    for part in said.parts:
        inner = _outline(part)
        same = bool(inner.parts) and part.together is said.together
        parts += inner.parts if same else [inner]
    return Outline(_bare(said), "and" if said.together else "or", tuple(parts))


def _yes(asked: _Said) -> _Said:
    after = asked.after.removeprefix(" present") if asked.after.startswith(" present") else asked.after
    return replace(asked, after=after, joint="or")


def _no(asked: _Said, kind: str) -> _Said:
    """Return a question answered by no."""
    if kind == "fact":
        return replace(asked, after=f"{asked.after}: no")
    if kind == "event_ever":
        return replace(asked, before=asked.before.replace("ever", "never", 1), joint="and")
    if kind in _AFTER:
        word = _AFTER[kind].replace(" not", "", 1)
        return replace(asked, after=asked.after.replace(word, _AFTER[kind], 1))
    return replace(asked, before=f"{'no' if kind in _NO else 'not'} {asked.before}", joint="and")


def _merged(found: Iterable[_Said], word: str) -> list[_Said]:
    """Return texts with those told together that say the same of different things; each text once."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    order: list[tuple[str, str, str] | _Said] = []
    for said in _turned(list(dict.fromkeys(found)), word):
        key = (said.before, said.after, said.joint)
        if said.joint != word or said.grouped or said.listed:
            order.append(said)
        elif key in groups:
            groups[key].append(said.thing)
        else:
            groups[key] = [said.thing]
            order.append(key)
    return [entry if isinstance(entry, _Said) else _together(*entry, groups[entry]) for entry in order]


def _turned(found: list[_Said], word: str) -> list[_Said]:
    """Return texts with "X due" and "X overdue" told as one."""
    late = {said.thing: said for said in found if said.after.startswith(_OVERDUE) and word == "or"}
    due = {said.thing for said in found if said.after == _DUE}
    one = [
        replace(said, after=f"{_DUE} or{late[said.thing].after}") if said.after == _DUE and said.thing in late else said
        for said in found
    ]
    return [said for said in one if not (said.after.startswith(_OVERDUE) and said.thing in due and word == "or")]


def _together(before: str, after: str, word: str, things: Sequence[str]) -> _Said:
    if len(things) == 1:
        return _Said(before, things[0], after, word)
    return _Said(before, f"{', '.join(things[:-1])} or {things[-1]}", after, word, listed=True)
