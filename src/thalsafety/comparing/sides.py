"""What a person writes for a side of a comparison: a folder, a git revision or a profile; and the rules it means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from thalsafety.errors import InputError, Place, Problem
from thalsafety.loading.revisions import Repository, write_out
from thalsafety.loading.rules import load_rules
from thalsafety.loading.suggesting import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalsafety.loading.revisions import Revision
    from thalsafety.loading.rules import RuleSet

_SPELLINGS = "write folder:PATH, git:REVISION or profile:NAME"


@dataclass(frozen=True)
class Meant:
    """One side as it was written: what it is, the rules, and the profile where one was named."""

    said: str
    kind: str
    rule_set: RuleSet
    profile: str = ""
    commit: str = ""


class Sides:
    """Reads what is written for two sides; `rules` is the folder whose profiles and repository are meant."""

    def __init__(self, rules: Path) -> None:
        """Take the folder of rules in use; it is read once, and only when a side needs it."""
        self.rules = rules
        self.repository = Repository(rules)
        self._read: dict[str, RuleSet] = {}

    def meant(self, said: str) -> Meant:
        """Return what a side means; `InputError` when it means nothing, or more than one thing."""
        for kind, reader in self._readers.items():
            if said.startswith(f"{kind}:"):
                found = reader(said, *_parted(said.removeprefix(f"{kind}:")))
                if found is None:
                    raise self._nothing(said, said.removeprefix(f"{kind}:"), kind)
                return found
        body, profile = _parted(said)
        kinds = [
            *(["folder"] if Path(body).is_dir() else []),
            *(["git"] if self.repository.commit(body) else []),
            *(["profile"] if not profile and self._is_profile(body) else []),
        ]
        if len(kinds) > 1:
            message = f"`{said}` can be {' and '.join(_WORDS[kind] for kind in kinds)}"
            hint = f"write {' or '.join(f'{kind}:{said}' for kind in kinds)}"
            raise InputError([Problem(Place(said), message, hint)])
        if not kinds:
            raise self._nothing(said, body)
        found = self._readers[kinds[0]](said, body, profile)
        assert found is not None  # noqa: S101  it was just found
        return found

    @property
    def _readers(self) -> dict[str, Callable[[str, str, str], Meant | None]]:
        return {"folder": self._folder, "git": self._revision, "profile": self._profile}

    def _is_profile(self, body: str) -> bool:
        """Return whether the rules in use have a profile of that name: its file is called by it."""
        return "/" not in body and (self.rules / "profiles" / f"{body}.yaml").is_file()

    # ------------------------------------------------------------ the three kinds

    def _folder(self, said: str, body: str, profile: str) -> Meant | None:
        folder = Path(body)
        if not folder.is_dir():
            return None
        inside = folder / "rules"
        if not (folder / "profiles").is_dir() and (inside / "profiles").is_dir():
            raise InputError([Problem(Place(said), "this is not a folder of rules", f"write {inside}")])
        return Meant(said, "folder", self._loaded(folder), profile)

    def _profile(self, said: str, body: str, profile: str) -> Meant | None:
        if profile:
            raise InputError(
                [Problem(Place(said), "a profile has no profile of its own", "leave out what follows `#`")]
            )
        if not self._is_profile(body):
            return None
        return Meant(said, "profile", self._loaded(self.rules), body)

    def _revision(self, said: str, body: str, profile: str) -> Meant | None:
        revision = self.repository.revision(body)
        if revision is None:
            return None
        if revision.tree not in self._read:
            self._read[revision.tree] = _of_revision(revision)
        return Meant(said, "revision", self._read[revision.tree], profile, revision.commit)

    def _loaded(self, folder: Path) -> RuleSet:
        """Return a folder's rules, read once; `InputError` when something in it cannot be read."""
        key = str(folder.resolve())
        if key not in self._read:
            rule_set = load_rules(folder)
            if rule_set.problems:
                raise InputError(rule_set.problems)
            self._read[key] = rule_set
        return self._read[key]

    # ------------------------------------------------------------ what means nothing

    def _nothing(self, said: str, body: str, kind: str = "") -> InputError:
        """Return what is wrong with a side that means nothing, and how to write it."""
        outside = "" if self.repository.top() else f"; {self.rules} lies in no git repository"
        names = [path.stem for path in sorted((self.rules / "profiles").glob("*.yaml"))]
        nearest = did_you_mean(body, names)
        messages = {
            "": (
                f"`{said}` is neither a folder, nor a git revision, nor a profile{outside}",
                "; ".join(filter(None, (nearest, _SPELLINGS))),
            ),
            "folder": (f"`{body}` is not a folder", "name a folder of rules"),
            "git": (f"`{body}` is not a git revision{outside}", "name a commit, a tag or a branch; --rules says where"),
            "profile": (f"`{body}` is not a profile of {self.rules}", nearest),
        }
        message, hint = messages[kind]
        return InputError([Problem(Place(said), message, hint)])


_WORDS = {"folder": "a folder", "git": "a git revision", "profile": "a profile"}


def _parted(said: str) -> tuple[str, str]:
    """Return what is written before and after the last `#`; a folder may have one in its name."""
    if "#" not in said or Path(said).is_dir():
        return said, ""
    body, _, profile = said.rpartition("#")
    return body, profile


def _of_revision(revision: Revision) -> RuleSet:
    """Return the rules of a revision, read from a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="thalsafety-") as scratch:
        folder = Path(scratch)
        write_out(revision, folder)
        try:
            rule_set = load_rules(folder)
        except InputError as error:
            raise InputError([_told_of(revision, problem, scratch) for problem in error.problems]) from None
    if rule_set.problems:
        raise InputError([_told_of(revision, problem, scratch) for problem in rule_set.problems])
    return rule_set


def _told_of(revision: Revision, problem: Problem, scratch: str) -> Problem:
    """Return a problem with its place in the revision instead of the folder that is gone."""
    file = problem.place.file.removeprefix(scratch).lstrip("/\\")
    return problem._replace(place=problem.place._replace(file=f"{revision.said}: {file}" if file else revision.said))


# ---------------------------------------------------------------- profiles


def profiles_of(a: Meant, b: Meant, asked: str | None) -> list[tuple[str, str]]:
    """Return which profile of A is compared with which of B.

    A side that names none takes the one asked for, or that of the other side; where nobody names one, every
    profile that both have is compared with itself.
    """
    if asked and a.profile and b.profile:
        message = "A and B both name their profile"
        raise InputError([Problem(Place("--profile"), message, "leave out --profile, or what follows `#`")])
    of_a, of_b = a.profile or asked or b.profile, b.profile or asked or a.profile
    if of_a and of_b:
        return [(profile_of(a, of_a), profile_of(b, of_b))]
    both = sorted(a.rule_set.profiles.keys() & b.rule_set.profiles.keys())
    if not both:
        message = "A and B have no profile in common"
        raise InputError([Problem(Place(f"{a.said}, {b.said}"), message, "name one of each, as in A#us B#eu")])
    return [(name, name) for name in both]


def profile_of(side: Meant, name: str) -> str:
    """Return the name of a profile that a side has; `InputError` otherwise, in the words of the person."""
    try:
        return side.rule_set.profile_named(name).profile
    except InputError as error:
        raise InputError([problem._replace(place=Place(side.said)) for problem in error.problems]) from None
