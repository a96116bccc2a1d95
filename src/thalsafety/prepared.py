"""Rules made ready: a folder of rules in, a checker for a profile and a day out, through the cache.

The cached path reads no YAML of rules and builds no model of them; what it needs is the linked program
and the lexicon.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalsafety import __version__
from thalsafety.checklists import Checker
from thalsafety.engines.rete import Rete, Worker
from thalsafety.errors import Place, Problem
from thalsafety.linking import codec
from thalsafety.loading import cache
from thalsafety.loading.digest import digest_of, files_of
from thalsafety.loading.naming import ProfileNames
from thalsafety.model.plain import canonical

if TYPE_CHECKING:
    from thalsafety.linked import Linked
    from thalsafety.linking.epochs import Links
    from thalsafety.loading.plainly import Shape
    from thalsafety.loading.rules import RuleSet
    from thalsafety.model.lexicon import Lexicon


_INDEX = {"profiles", "addons", "sources", "changes", "topics", "lexicon", "patient", "problems"}
_MISSHAPEN = (KeyError, IndexError, TypeError, ValueError, AttributeError)


class Prepared:
    """A folder of rules, compiled when first asked and kept on disk."""

    def __init__(self, root: Path) -> None:
        """Read the content of the folder, and the cache's entry for it when there is one."""
        self.root = root
        files = files_of(root)
        code = cache.fingerprint(Path(__file__).resolve().parent)
        self.digest = digest_of(root, files)
        self._key = f"{self.digest[:32]}-{__version__}-{code[:12]}"
        self._checkers: dict[tuple[str, int, bool], Checker] = {}
        self._index = self._kept_index() or self._build_index()

    @cached_property
    def rule_set(self) -> RuleSet:
        """Return the rule set, read from its files."""
        from thalsafety.loading.rules import load_rules  # noqa: PLC0415  not needed when the cache serves

        return load_rules(self.root)

    @cached_property
    def _links(self) -> Links:
        from thalsafety.linking.epochs import Links  # noqa: PLC0415  not needed when the cache serves

        return Links(self.rule_set)

    def _kept_index(self) -> dict[str, Any] | None:
        """Return the index that the cache keeps, when it has the shape of one."""
        kept = cache.read(f"{self._key}-index")
        return kept if isinstance(kept, dict) and kept.keys() == _INDEX else None

    def _build_index(self) -> dict[str, Any]:
        from thalsafety.linking.epochs import days_by_source  # noqa: PLC0415  not needed when the cache serves
        from thalsafety.loading.shapes import shape_of  # noqa: PLC0415  as above
        from thalsafety.model.patient import PatientState  # noqa: PLC0415  as above

        rule_set = self.rule_set
        index = {
            "profiles": list(rule_set.profiles),
            "addons": {name: list(addon.adds_to or ()) for name, addon in rule_set.addons.items()},
            "sources": {
                name: list(one.sources) for name, one in (*rule_set.profiles.items(), *rule_set.addons.items())
            },
            "changes": {name: [day.isoformat() for day in days] for name, days in days_by_source(rule_set).items()},
            "topics": {name: topic.title for name, topic in sorted(rule_set.topics.items())},
            "lexicon": codec.encode_lexicon(rule_set.lexicon),
            "patient": shape_of(PatientState),
            "problems": [[p.place.file, p.place.line, p.place.column, p.message, p.hint] for p in rule_set.problems],
        }
        if not rule_set.problems:
            cache.write(f"{self._key}-index", index)
        return index

    @property
    def profiles(self) -> ProfileNames:
        """Return the names that profiles and add-ons make."""
        return ProfileNames(self._index["profiles"], self._index["addons"])

    @property
    def topics(self) -> dict[str, str]:
        """Return the titles of the topics by name."""
        return dict(self._index["topics"])

    @property
    def problems(self) -> list[Problem]:
        """Return everything that is wrong with the rule files."""
        return [
            Problem(Place(file, line, column), message, hint)
            for file, line, column, message, hint in self._index["problems"]
        ]

    @property
    def shape(self) -> Shape:
        """Return the table by which patient states are read without their models."""
        shape: Shape = self._index["patient"]
        return shape

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return the vocabulary."""
        return codec.decode_lexicon(self._index["lexicon"])

    def checker(self, profile: str, day: date, *, apart: bool = False) -> Checker:
        """Return a checker for a profile and a day; `InputError` for a profile that does not exist.

        `apart` runs durable-rules in a process of its own, so that one patient's crash is not everybody's.
        """
        profile = canonical(profile)
        if profile not in self.profiles:
            self.rule_set.profile_named(profile)  # says what is wrong with the name
        today = day.isoformat()
        epoch = sum(change <= today for change in self._changes(profile))
        key = (profile, epoch, apart)
        if key not in self._checkers:
            linked, plan = self._linked(profile, epoch, day)
            self._checkers[key] = Checker(linked, Worker(plan).run if apart else Rete.of_plan(plan).run)
        return self._checkers[key]

    def changes(self, profile: str, after: date, until: date) -> tuple[date, ...]:
        """Return the days after one day and until another on which a number changes under a profile."""
        days = map(date.fromisoformat, self._changes(profile))
        return tuple(day for day in days if after < day <= until)

    def _changes(self, profile: str) -> list[str]:
        """Return the days on which a number takes effect under a profile, in order."""
        sources = {source for part in profile.split("+") for source in self._index["sources"][part]}
        return sorted({day for source in sources for day in self._index["changes"].get(source, ())})

    def _linked(self, profile: str, epoch: int, day: date) -> tuple[Linked, dict[str, Any]]:
        """Return the linked rules and the engine's plan, from the cache or made now."""
        key = f"{self._key}-{profile}-{epoch}"
        kept = cache.read(key)
        if kept is not None:
            with suppress(*_MISSHAPEN):  # made anew below
                return codec.decode(kept["linked"], self.lexicon), Rete.checked(kept["plan"])
        written = codec.encode(self._links.of(profile, day))
        linked = codec.decode(written, self.lexicon)  # equal nodes become one, as they are when the cache serves
        plan = Rete.plan(linked.program)
        if not self._index["problems"]:
            cache.write(key, {"linked": written, "plan": plan})
        return linked, plan
