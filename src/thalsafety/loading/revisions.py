"""Rule sets as git keeps them: a revision written into a folder of its own; no work tree is read or touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from thalsafety.errors import InputError, Place, Problem

_OF_A_HOOK = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}
_FILE_MODES = {"100644", "100755"}
_OTHERS = {"120000": "a link", "160000": "another repository"}


class Revision(NamedTuple):
    """A folder of rules in a revision: how it was written, its commit where it is one, and the tree that git keeps."""

    said: str
    commit: str
    tree: str
    repository: Path


class Repository:
    """The git repository that a folder lies in."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; whether it lies in a repository is asked for when it is needed."""
        self.folder = folder

    def top(self) -> str:
        """Return the top folder of the repository; nothing outside one, or where git is not installed."""
        return self._asked("rev-parse", "--show-toplevel")

    def commit(self, said: str) -> str:
        """Return the commit that is meant by a revision, or by the revision in `REVISION:PATH`; nothing without one."""
        name = said.partition(":")[0]
        if not name or name.startswith("-") or not self.top():
            return ""
        return self._asked("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def revision(self, said: str) -> Revision | None:
        """Return what a revision holds of the folder; `REVISION:PATH` is another path of the repository.

        Nothing when there is no such revision; `InputError` when it holds no such folder.
        """
        name, colon, path = said.partition(":")
        commit = self.commit(said)
        if not commit:
            return None
        if not colon:
            path = self._asked("rev-parse", "--show-prefix")
        tree = self._asked("rev-parse", "--verify", "--quiet", f"{commit}:{path.strip('/')}")
        if not tree or self._asked("cat-file", "-t", tree) != "tree":
            message = f"revision `{name}` holds no folder `{path.rstrip('/') or '.'}`"
            hint = "write REVISION:PATH, with the path of the rules then, from the top of the repository"
            raise InputError([Problem(Place(said), message, hint)])
        return Revision(said, commit, tree, self.folder)

    def _asked(self, *arguments: str) -> str:
        """Return what git answers on one line; nothing when it refuses or is not there."""
        try:
            done = _git(self.folder, arguments)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        return os.fsdecode(done.stdout).rstrip("\n") if done.returncode == 0 else ""


def write_out(revision: Revision, folder: Path) -> None:
    """Write every file of a revision's folder of rules, as it is kept, into an empty folder."""
    listed = _given(revision, ("ls-tree", "--full-tree", "-r", "-z", revision.tree))
    entries = [entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry]
    names: list[str] = []
    objects: list[str] = []
    for described, raw in entries:
        mode, _kind, object_ = described.decode("ascii").split(" ")
        name = os.fsdecode(raw)
        if mode not in _FILE_MODES:
            message = f"`{name}` is {_OTHERS.get(mode, 'no file')} in this revision"
            raise InputError([Problem(Place(revision.said), message, "only plain files can be compared")])
        names.append(name)
        objects.append(object_)
    contents = _contents(_given(revision, ("cat-file", "--batch"), "\n".join([*objects, ""]).encode()), len(objects))
    for name, content in zip(names, contents, strict=True):
        path = _within(folder, name, revision)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _within(folder: Path, name: str, revision: Revision) -> Path:
    """Return where a file is written; a name that leads out of the folder is refused."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise InputError([Problem(Place(revision.said), f"`{name}` is no name of a file within a folder")])
    return folder.joinpath(*parts.parts)


def _contents(answer: bytes, count: int) -> list[bytes]:
    """Return the contents in the answer of `git cat-file --batch`, in its order."""
    found: list[bytes] = []
    start = 0
    for _ in range(count):
        end = answer.index(b"\n", start)
        length = int(answer[start:end].rsplit(b" ", 1)[1])
        found.append(answer[end + 1 : end + 1 + length])
        start = end + length + 2
    return found


def _given(revision: Revision, arguments: tuple[str, ...], given: bytes = b"") -> bytes:
    """Return what git answers; `InputError` with its own words when it refuses."""
    done = _git(revision.repository, arguments, given)
    if done.returncode != 0:
        words = os.fsdecode(done.stderr).strip().splitlines() or ["it gave no reason"]
        raise InputError([Problem(Place(revision.said), f"git cannot read this revision: {words[-1]}")])
    return done.stdout


def _git(folder: Path, arguments: tuple[str, ...], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, free of what a hook says about another repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    return subprocess.run(  # noqa: S603  no shell, and a revision that looks like an option is refused
        ["git", *arguments],  # noqa: S607  git is found as the person's own shell finds it
        cwd=folder,
        env=kept | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        input=given,
        capture_output=True,
        check=False,
    )
