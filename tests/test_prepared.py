"""The cache of compiled rules: used, rebuilt, refused, and never more than a saving of time."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from building import DAY, Workshop, example_patients, facts
from chance import LONG
from thalsafety.loading import cache
from thalsafety.prepared import Prepared
from thalsafety.rendering import json as rendering

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thalsafety.model.patient import PatientState

LOW = facts(
    treatment={"status": "active"},
    observations=[{"code": "anc", "value": 0.7, "unit": "10*9/L", "date": "2026-03-03"}],
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a cache that is still to be made."""
    path = tmp_path / "cache"
    monkeypatch.setenv("THALSAFETY_CACHE", str(path))
    return path


def fail(*_args: object, **_named: object) -> NoReturn:
    """Fail whoever calls this."""
    message = "this was not to be called"
    raise AssertionError(message)


def without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody read rule files or link them any more."""
    monkeypatch.setattr("thalsafety.loading.rules.load_rules", fail)
    monkeypatch.setattr("thalsafety.linking.epochs.link", fail)
    monkeypatch.setattr("thalsafety.engines.rete.Rete.plan", fail)


def outcome(workshop: Workshop) -> str:
    """Return what the one rule says of a patient whose count is low, through the cache."""
    checklist = Prepared(workshop.root).checker("us", DAY).check(LOW)
    return next(finding.outcome.value for finding in checklist.findings if finding.rule.id == "anc-low")


def entries(folder: Path) -> dict[str, bytes]:
    """Return what is kept, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


def sealed(value: object, form: int = cache.FORMAT) -> bytes:
    """Return an entry as the cache would have written it."""
    body = json.dumps(value).encode()
    return f"thalsafety {form} {hashlib.sha256(body).hexdigest()}\n".encode() + body


# ---------------------------------------------------------------- used


def test_a_second_run_reads_no_rules(workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was compiled once serves without rule files being read or linked, and is not written again."""
    assert outcome(workshop) == "applies"
    kept = entries(folder)
    assert len(kept) == 2
    without_rules(monkeypatch)
    monkeypatch.setattr(cache, "write", fail)
    again = Prepared(workshop.root)
    assert outcome(workshop) == "applies"
    assert (list(again.profiles), again.topics, again.problems) == (["us"], {"haematology": "Blood counts"}, [])
    assert again.lexicon.label("anc") == "Absolute neutrophil count"
    assert entries(folder) == kept


def test_a_run_without_cache_reads_the_rules(workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty cache the rules have to be read: the saving above is the cache's."""
    without_rules(monkeypatch)
    with pytest.raises(AssertionError, match="not to be called"):
        Prepared(workshop.root)
    assert entries(folder) == {}


@pytest.mark.untraced  # every profile is compiled
def test_a_checklist_from_the_cache_is_the_same(folder: Path) -> None:
    """The packaged rules give byte for byte the same checks compiled now and read back, for some of every profile."""
    from building import RULES

    of: dict[str, list[tuple[str, PatientState]]] = {}
    for name, loaded in example_patients().items():
        assert loaded.state is not None
        of.setdefault(loaded.state.profile, []).append((name, loaded.state))
    patients = [one for some in of.values() for one in (some if LONG else some[:6])]

    def checks() -> str:
        prepared = Prepared(RULES)
        made = [(name, None, prepared.checker(s.profile, s.as_of.day()).check(s)) for name, s in patients]
        return rendering.render(made, [], "0")

    first = checks()
    kept = entries(folder)
    assert kept
    assert checks() == first
    assert entries(folder) == kept


def test_each_epoch_has_its_own_entry(workshop: Workshop, folder: Path) -> None:
    """On both sides of a change of a number, each day has the number that is in force, cached or not."""
    workshop.parameter("small_count", "10*9/L", (1, "us-pi", "2025-01-01"), (2, "us-pi", "2026-03-01"))
    workshop.rule("counted", {"latest": "anc", "below": "small_count"})
    for _ in range(2):
        prepared = Prepared(workshop.root)
        operands = [
            prepared.checker("us", day).linked.parameters["small_count"].operand
            for day in (DAY.replace(month=2), DAY.replace(day=1), DAY)
        ]
        assert operands == [1, 2, 2]
    assert len(entries(folder)) == 3


def test_one_prepared_compiles_once(workshop: Workshop) -> None:
    """Within a process the checker of an epoch is made once."""
    prepared = Prepared(workshop.root)
    assert prepared.checker("us", DAY) is prepared.checker("us", DAY.replace(year=2027))


# ---------------------------------------------------------------- rebuilt


def flipped(content: bytes) -> bytes:
    """Return an entry in which one bit near the end is another."""
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


NOT_JSON = f"thalsafety {cache.FORMAT} {hashlib.sha256(b'x').hexdigest()}\nx".encode()
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "a bit flipped": flipped,
    "something appended": lambda content: content + b" ",
    "seal gone": lambda content: content.partition(b"\n")[2],
    "seal of another body": lambda content: sealed({}).partition(b"\n")[0] + b"\n" + content.partition(b"\n")[2],
    "another format": lambda content: sealed(json.loads(content.partition(b"\n")[2]), cache.FORMAT - 1),
    "not JSON, though sealed": lambda _content: (
        f"thalsafety {cache.FORMAT} {hashlib.sha256(b'x').hexdigest()}\nx".encode()
    ),
    "no text at all": lambda _content: bytes(range(256)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_rebuilt(damage: str, workshop: Workshop, folder: Path) -> None:
    """Whatever happened to the entries, the verdict is right and the entries are whole again."""
    assert outcome(workshop) == "applies"
    kept = entries(folder)
    for name, content in kept.items():
        spoilt = DAMAGES[damage](content)
        assert spoilt != content
        (folder / name).write_bytes(spoilt)
    assert outcome(workshop) == "applies"
    assert entries(folder) == kept


@pytest.mark.parametrize("value", [{}, [], {"linked": {}, "plan": {}}, {"linked": {"pins": [[1]]}}, "text", 7])
def test_an_entry_of_another_shape_is_rebuilt(value: object, workshop: Workshop, folder: Path) -> None:
    """A whole entry that does not hold linked rules is made anew."""
    assert outcome(workshop) == "applies"
    kept = entries(folder)
    (name,) = [name for name in kept if "-index" not in name]
    (folder / name).write_bytes(sealed(value))
    assert outcome(workshop) == "applies"
    assert entries(folder) == kept


def test_an_entry_that_cannot_be_read_is_no_failure(workshop: Workshop, folder: Path) -> None:
    """A folder in the place of an entry is passed over."""
    assert outcome(workshop) == "applies"
    for name in entries(folder):
        (folder / name).unlink()
        (folder / name).mkdir()
    assert outcome(workshop) == "applies"


# ---------------------------------------------------------------- refused


def poison(folder: Path) -> None:
    """Make the cached rule say the opposite, with a seal that fits."""
    for name, content in entries(folder).items():
        value = json.loads(content.partition(b"\n")[2])
        if "linked" in value:
            value["linked"]["nodes"] = [
                ["c", *row[1:3], "above", *row[4:]] if row[0] == "c" and row[3] == "below" else row
                for row in value["linked"]["nodes"]
            ]
            text = json.dumps(value)
            assert '"above"' in text
            (folder / name).write_bytes(sealed(value))


def linked_comparisons(workshop: Workshop) -> str:
    """Return the conditions that a run would use."""
    return repr(Prepared(workshop.root).checker("us", DAY).linked.program)


def test_poison_would_work_in_a_folder_that_is_trusted(workshop: Workshop, folder: Path) -> None:
    """An entry with a fitting seal is believed: that is why the folder has to be the person's own."""
    outcome(workshop)
    poison(folder)
    assert "Comparison.ABOVE" in linked_comparisons(workshop)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o720, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_used(mode: int, workshop: Workshop, folder: Path) -> None:
    """Nothing is read from a folder that others may write to, and nothing is written into it."""
    outcome(workshop)
    poison(folder)
    folder.chmod(mode)
    before = entries(folder)
    assert "Comparison.ABOVE" not in linked_comparisons(workshop)
    assert outcome(workshop) == "applies"
    assert entries(folder) == before


def test_a_folder_of_somebody_else_is_not_used(
    workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that another person owns is neither read nor written."""
    outcome(workshop)
    poison(folder)
    before = entries(folder)
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert "Comparison.ABOVE" not in linked_comparisons(workshop)
    assert outcome(workshop) == "applies"
    assert entries(folder) == before


def test_the_folder_is_made_for_its_owner_alone(workshop: Workshop, folder: Path) -> None:
    """A folder that the cache makes is closed to others, and so is what is in it."""
    outcome(workshop)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


# ---------------------------------------------------------------- keys


def test_changed_rules_have_another_key(workshop: Workshop, folder: Path) -> None:
    """One changed character in a rule file is seen at once; the old rules find their entry again."""
    assert outcome(workshop) == "applies"
    first = set(entries(folder))
    file = workshop.root / "haematology" / "anc-low.yaml"
    text = file.read_text()
    file.write_text(text.replace("value: 750", "value: 650"))
    assert outcome(workshop) == "does_not_apply"
    second = set(entries(folder)) - first
    assert len(second) == len(first) == 2
    file.write_text(text)
    assert outcome(workshop) == "applies"
    assert set(entries(folder)) == first | second


@pytest.mark.parametrize("change", ["added", "renamed", "removed"])
def test_other_files_have_another_key(change: str, workshop: Workshop) -> None:
    """A rule file that is added, renamed or removed changes the key; prose in a `notes` folder does not."""
    extra = workshop.write("parameters/one.yaml", "parameters: {}\n")
    before = Prepared(workshop.root)
    workshop.write("haematology/notes/thoughts.yaml", "anything: goes\n")
    assert Prepared(workshop.root).digest == before.digest
    if change == "added":
        workshop.write("parameters/two.yaml", "parameters: {}\n")
    elif change == "renamed":
        extra.rename(extra.with_stem("three"))
    else:
        extra.unlink()
    assert Prepared(workshop.root).digest != before.digest


def test_a_changed_program_has_another_key(workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the code that compiles rules changes, so does the key."""
    outcome(workshop)
    first = set(entries(folder))
    monkeypatch.setattr(cache, "fingerprint", lambda _root: "f" * 64)
    outcome(workshop)
    assert len(set(entries(folder)) - first) == 2


def test_the_fingerprint_of_the_code(tmp_path: Path) -> None:
    """A file of code that grows, or is touched, changes the fingerprint; one of another folder does not."""
    for name in ("linking", "model", "loading", "engines", "rendering"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("a = 1\n")
    seen = {cache.fingerprint(tmp_path)}
    assert cache.fingerprint(tmp_path) in seen
    (tmp_path / "rendering" / "a.py").write_text("a = 12\n")
    assert cache.fingerprint(tmp_path) in seen
    for number, name in enumerate(("linking", "model", "loading", "engines")):
        (tmp_path / name / "a.py").write_text("a = 12\n")
        seen.add(cache.fingerprint(tmp_path))
        assert len(seen) == number + 2
    os.utime(tmp_path / "linking" / "a.py", (1, 1))
    assert cache.fingerprint(tmp_path) not in seen


# ---------------------------------------------------------------- without a cache


def test_off(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`THALSAFETY_CACHE=off` keeps nothing anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THALSAFETY_CACHE", "off")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    before = sorted(tmp_path.rglob("*"))
    assert cache.folder() is None
    assert outcome(workshop) == "applies"
    assert sorted(tmp_path.rglob("*")) == before


def test_the_usual_place(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder named, the person's own cache folder is used."""
    monkeypatch.delenv("THALSAFETY_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, appauthor: tmp_path / name / str(appauthor))
    assert outcome(workshop) == "applies"
    assert len(entries(tmp_path / "thalsafety" / "False")) == 2


def test_a_folder_that_cannot_be_made_is_no_failure(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file is in the way, the rules are compiled each time."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("THALSAFETY_CACHE", str(place))
        assert cache.folder() is None
        assert outcome(workshop) == "applies"


def refuse(*_args: object, **_named: object) -> NoReturn:
    """Refuse as a full disk does."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("owner", [(tempfile, "mkstemp"), (os, "replace"), (os, "fdopen")], ids=lambda pair: pair[1])
def test_a_cache_that_cannot_be_written_is_no_failure(
    owner: tuple[Any, str], workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs time only, and leaves nothing unfinished behind."""
    with monkeypatch.context() as patch:
        patch.setattr(*owner, refuse)
        assert outcome(workshop) == "applies"
    assert entries(folder) == {}
    assert outcome(workshop) == "applies"
    assert len(entries(folder)) == 2


def test_rules_with_problems_are_not_kept(workshop: Workshop, folder: Path) -> None:
    """What is wrong with the rules is said at every run, and a set with mistakes is not kept."""
    workshop.write("haematology/bad-rule.yaml", "rule: bad-rule\ntitle: [\n")
    told = []
    for _ in range(2):
        told.append([str(problem) for problem in Prepared(workshop.root).problems])
        assert outcome(workshop) == "applies"
    assert told[0] == told[1]
    assert len(told[0]) == 1
    assert entries(folder) == {}


# ---------------------------------------------------------------- what is in it


def test_nothing_but_json_is_kept(workshop: Workshop, folder: Path) -> None:
    """An entry is one line with its checksum and then JSON, of which nothing is ever executed."""
    outcome(workshop)
    for name, content in entries(folder).items():
        head, _, body = content.partition(b"\n")
        assert name.endswith(".json")
        assert head.decode() == f"thalsafety {cache.FORMAT} {hashlib.sha256(body).hexdigest()}"
        value = json.loads(body)
        assert json.loads(json.dumps(value)) == value
        index = {"profiles", "addons", "sources", "changes", "topics", "lexicon", "patient", "problems"}
        assert set(value) in ({"linked", "plan"}, index)


def test_old_entries_are_dropped(folder: Path) -> None:
    """The folder keeps the newest few dozen entries, and files that are not its own."""
    folder.mkdir(mode=0o700)
    (folder / "README").write_text("mine")
    for number in range(cache._KEEP + 10):
        cache.write(f"key{number}", number)
        os.utime(folder / f"key{number}.json", (number, number))
    cache.write("last", "value")
    kept = set(entries(folder))
    assert len(kept) == cache._KEEP + 1
    assert {"README", "last.json", f"key{cache._KEEP + 9}.json"} <= kept
    assert "key0.json" not in kept
    assert cache.read("last") == "value"
    assert cache.read("key0") is None
