"""`checklist`: every format, every way to name one, and what is said when a page cannot be made."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from building import EXAMPLES
from printed import Printed
from thalsafety import cli as command_line
from thalsafety import rendering
from thalsafety.cli import cli
from thalsafety.errors import InputError, ThalsafetyError
from thalsafety.rendering import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

MISSED = EXAMPLES / "woman-missed-period.yaml"
QUIET = EXAMPLES / "quiet-woman-month-4-regular-cycles.yaml"
SEVERAL = EXAMPLES / "three-patients-of-the-september-clinic.yaml"
BEGINS = {
    "pdf": b"%PDF-1.7",
    "html": b"<!doctype html>",
    "md": b"# Safety-monitoring checklist",
    "txt": b"FICTIONAL PATIENT",
}
NOTICE = "FICTIONAL PATIENT · for clinician review · not a medical device"
BAD = "fictional: true\nas_of: never\nprofile: us\npatient: {label: Eve}\ntreatment: {status: active}\n"


def run(*words: object) -> Result:
    """Run the command within this process; what is wrong with an input is an error of its own, never a traceback."""
    result = CliRunner().invoke(cli, ["checklist", *map(str, words)], standalone_mode=True)
    if not isinstance(result.exception, SystemExit | ThalsafetyError | None):
        raise result.exception
    return result


def done(*words: object) -> Result:
    """Run a command that must succeed without complaint."""
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result


def left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    """Return the exit code of the whole program and what it complains of."""
    monkeypatch.setattr(sys, "argv", ["thalsafety", "checklist", *map(str, words)])
    code = command_line.run()
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.err


def refused(*words: object) -> str:
    """Return what is said to a command that is refused for its input."""
    result = run(*words)
    assert isinstance(result.exception, InputError)
    return str(result.exception)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a file that cannot be used."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return path


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("form", BEGINS)
@pytest.mark.parametrize("upper", [False, True])
def test_the_ending_names_the_format(form: str, *, upper: bool, tmp_path: Path) -> None:
    """The ending of -o says what is written, in capitals too."""
    out = tmp_path / f"page.{form.upper() if upper else form}"
    assert done(MISSED, "-o", out).stdout == ""
    content = out.read_bytes()
    assert content.lower().startswith(BEGINS[form].lower())
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("form", BEGINS)
def test_format_goes_before_the_ending(form: str, tmp_path: Path) -> None:
    """With --format a file may have any name."""
    for name in ("page", "page.out", "page.pdf" if form == "md" else "page.md"):
        done(MISSED, "-o", tmp_path / name, "--format", form)
        assert (tmp_path / name).read_bytes().lower().startswith(BEGINS[form].lower())


def test_without_a_file_the_text_is_printed() -> None:
    """Without -o the plain text goes to the terminal, or what --format says."""
    assert done(MISSED).stdout.startswith(NOTICE)
    assert done(MISSED, "--format", "md").stdout.startswith("# Safety-monitoring checklist")
    assert done(MISSED, "--format", "html").stdout.lower().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "page.doc"], "the ending `.doc` names no format"),
        (["-o", "page"], "the name has no ending"),
        (["-o", "a.pdf", "--split", "b"], "-o and --split were both given"),
        (["--format", "pdf"], "a PDF is not for the terminal"),
    ],
)
def test_a_format_that_cannot_be_told(words: list[str], said: str) -> None:
    """What to write must be said, with what there is to choose from."""
    message = refused(MISSED, *words)
    assert said in message
    assert "hint: " in message


def test_a_format_or_paper_that_there_is_not() -> None:
    """Unknown formats, papers and topics are refused before anything is checked."""
    assert run(MISSED, "--format", "doc").exit_code == 2
    assert run(MISSED, "--paper", "a5", "-o", "x.pdf").exit_code == 2
    assert "is not a topic" in refused(MISSED, "--only", "neuropathie")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper(paper: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The pages have the size that was asked for."""
    out = tmp_path / "page.pdf"
    done(MISSED, "-o", out, "--paper", paper)
    assert {(round(page.width), round(page.height)) for page in Printed(out.read_bytes()).pages} == {size}


# ---------------------------------------------------------------- where it is written


def test_an_input_is_not_written_over(tmp_path: Path) -> None:
    """The output may not be one of the inputs, under whatever name."""
    mine = tmp_path / "mine.txt"
    mine.write_bytes(MISSED.read_bytes())
    (tmp_path / "same.txt").symlink_to(mine)
    for out in (mine, tmp_path / "same.txt"):
        assert "the output is one of the files to check" in refused(mine, "-o", out)
    assert mine.read_bytes() == MISSED.read_bytes()


def test_outputs_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a missing folder and a folder without permission are refused, and nothing is left behind."""
    folder = tmp_path / "folder.pdf"
    folder.mkdir()
    assert "this is a folder" in refused(MISSED, "-o", folder)
    assert "its folder does not exist" in refused(MISSED, "-o", tmp_path / "none" / "page.pdf")
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkstemp", _forbidden)
        assert "the output cannot be written: permission denied" in refused(MISSED, "-o", tmp_path / "page.pdf")
        assert "permission denied" in refused(MISSED, "--split", tmp_path / "sheets")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.pdf", "sheets"]
    assert list((tmp_path / "sheets").iterdir()) == []


def _forbidden(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """What stood in the output is replaced, and nothing else is in its folder afterwards."""
    out = tmp_path / "page.txt"
    out.write_text("x" * 100_000)
    done(QUIET, "-o", out)
    assert out.read_text("utf-8").startswith(NOTICE)
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


@pytest.mark.parametrize("way", ["-o", "--split"])
def test_nothing_is_left_when_setting_fails(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a page cannot be set, the old file stays as it was, and no part of the new one is there."""
    out = tmp_path / "page.pdf"
    out.write_text("old")

    def fails(*_: object) -> bytes:
        message = "the pages could not be set: for a test"
        raise ThalsafetyError(message)

    monkeypatch.setattr(pdf, "render", fails)
    result = run(MISSED, QUIET, way, out if way == "-o" else tmp_path / "sheets")
    assert isinstance(result.exception, ThalsafetyError)
    assert [path.name for path in tmp_path.iterdir()] == ["page.pdf"]
    assert out.read_text() == "old"


# ---------------------------------------------------------------- one file each


@pytest.mark.parametrize("form", BEGINS)
def test_one_file_for_each_patient(form: str, tmp_path: Path) -> None:
    """--split makes the folder and writes a file for each patient, named after its file and place."""
    folder = tmp_path / "a" / "sheets"
    done(SEVERAL, MISSED, "--split", folder, "--format", form)
    stem = SEVERAL.stem
    expected = sorted([f"{stem}-{n}.{form}" for n in (1, 2, 3)] + [f"{MISSED.stem}.{form}"])
    assert sorted(path.name for path in folder.iterdir()) == expected
    for path in folder.iterdir():
        assert path.read_bytes().lower().startswith(BEGINS[form].lower())


def test_split_files_are_pdf_unless_said(tmp_path: Path) -> None:
    """Without --format, --split writes PDF, each the same as printed alone."""
    done(MISSED, QUIET, "--split", tmp_path / "sheets")
    done(MISSED, "-o", tmp_path / "one.pdf")
    assert sorted(path.suffix for path in (tmp_path / "sheets").iterdir()) == [".pdf", ".pdf"]
    assert (tmp_path / "sheets" / f"{MISSED.stem}.pdf").read_bytes() == (tmp_path / "one.pdf").read_bytes()


def test_files_of_the_same_name_do_not_replace_each_other(tmp_path: Path) -> None:
    """Patients from files of the same name in two folders, or of a name given meanwhile, get files of their own."""
    names = ["a/x.yaml", "b/x.yaml", "c/x-2.yaml"]
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(QUIET.read_bytes())
    done(*(tmp_path / name for name in names), "--split", tmp_path / "sheets", "--format", "txt")
    written = sorted((tmp_path / "sheets").iterdir())
    assert [path.name for path in written] == ["x-2-2.txt", "x-2.txt", "x.txt"]
    made = [next(n for n in names if f"{n};" in path.read_text("utf-8").replace("\n", " ")) for path in written]
    assert sorted(made) == names


def test_split_into_a_file(tmp_path: Path) -> None:
    """A file cannot be the folder of --split, and stays as it was."""
    file = tmp_path / "sheets"
    file.write_text("mine")
    assert "the folder cannot be made: file exists" in refused(MISSED, "--split", file)
    assert "the folder cannot be made" in refused(MISSED, "--split", file / "inner")
    assert file.read_text() == "mine"


# ---------------------------------------------------------------- some of it


def test_several_patients_have_a_cover(tmp_path: Path) -> None:
    """Several patients make one document that begins with a list of them; one patient has none."""
    out = tmp_path / "clinic.pdf"
    done(SEVERAL, MISSED, "-o", out)
    several = Printed(out.read_bytes())
    assert "Safety-monitoring checklists: 4 patients" in several.text()
    assert "cover, page 1 of 1" in several.pages[0].around
    done(MISSED, "-o", out)
    assert "cover" not in Printed(out.read_bytes()).pages[0].around


@pytest.mark.parametrize("form", BEGINS)
def test_a_bad_file_hides_no_other(form: str, bad: Path, tmp_path: Path) -> None:
    """What cannot be used is told on the cover and to the person; the others are printed, and the end is 2."""
    out = tmp_path / f"page.{form}"
    result = run(bad, MISSED, tmp_path / "none.yaml", "-o", out)
    assert result.exit_code == 2
    assert "bad.yaml:2:1: " in result.stderr
    assert "none.yaml" in result.stderr
    text = Printed(out.read_bytes()).text() if form == "pdf" else out.read_text("utf-8")
    plainly = text.replace("\\", "").replace("\u200b", "").replace("\n", " ")
    assert "No checklist could be made of these:" in plainly
    assert "bad.yaml" in plainly
    assert "none.yaml" in plainly
    assert "Fictional patient W-11" in plainly


def test_a_bad_file_among_split_ones(bad: Path, tmp_path: Path) -> None:
    """With --split the others are written, and what has no file is told."""
    result = run(bad, MISSED, "--split", tmp_path / "sheets")
    assert result.exit_code == 2
    assert "bad.yaml" in result.stderr
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == [f"{MISSED.stem}.pdf"]


@pytest.mark.parametrize("form", BEGINS)
def test_nothing_is_written_of_nothing(form: str, bad: Path, tmp_path: Path) -> None:
    """When no file can be used, there is no page and the end is 2."""
    out = tmp_path / f"page.{form}"
    result = run(bad, tmp_path / "none.yaml", "-o", out)
    assert result.exit_code == 2
    assert "bad.yaml:2:1: " in result.stderr
    assert not out.exists()
    assert run(bad).stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "contraception"], "Shown: only topic contraception"),
        (["--severity", "urgent"], "Shown: only severity urgent and above"),
        (["--only", "contraception", "--severity", "stop"], "only topic contraception and severity stop and above"),
    ],
)
@pytest.mark.parametrize("form", BEGINS)
def test_a_part_says_that_it_is_one(form: str, words: list[str], said: str, tmp_path: Path) -> None:
    """With --only or --severity each sheet says what is shown and that it is not a whole checklist."""
    out = tmp_path / f"page.{form}"
    done(MISSED, *words, "-o", out)
    text = Printed(out.read_bytes()).text() if form == "pdf" else out.read_text("utf-8")
    plainly = " ".join(text.split())
    assert said in plainly
    assert "Not a whole checklist." in plainly
    done(MISSED, "-o", out)
    text = Printed(out.read_bytes()).text() if form == "pdf" else out.read_text("utf-8")
    assert "Not a whole checklist" not in " ".join(text.split())


def test_as_of_and_profile_are_those_of_check(tmp_path: Path) -> None:
    """A page of another day says so, and a profile that there is not is refused."""
    out = tmp_path / "page.txt"
    done(QUIET, "--as-of", "2026-12-24", "-o", out)
    assert "as of 2026-12-24" in out.read_text("utf-8")
    assert "`mars` is not a profile" in refused(QUIET, "--profile", "mars")


def test_json_and_json_lists_of_patients_are_inputs_too(tmp_path: Path) -> None:
    """A patient state in JSON is printed like one in YAML."""
    state = {"fictional": True, "as_of": "2026-03-10", "profile": "us", "patient": {"label": "Ada"}}
    file = tmp_path / "ada.json"
    file.write_text(json.dumps(state))
    assert "Safety-monitoring checklist: Ada" in done(file).stdout


# ---------------------------------------------------------------- what is missing


@pytest.mark.parametrize(("form", "library"), [("pdf", "typst"), ("html", "jinja2"), ("pdf", "fontTools.ttLib")])
def test_a_library_that_is_not_installed(
    form: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the libraries for printing it is said which is missing and how to install it; text needs none."""
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"thalsafety.rendering.{form}", raising=False)
    monkeypatch.delattr(rendering, form, raising=False)
    patient = tmp_path / "mine.yaml"
    patient.write_text(MISSED.read_text("utf-8").replace("Fictional patient W-11", "中"), "utf-8")
    out = tmp_path / f"page.{form}"
    code, said = left(capsys, monkeypatch, patient, "-o", out)
    assert code == 2
    assert f"{form.upper()} needs the library `{library}`, which is not installed" in said
    assert "pip install 'thalsafety[print]'" in said
    assert not out.exists()
    assert left(capsys, monkeypatch, patient, "-o", tmp_path / "page.txt") == (0, "")


def test_fonts_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its fonts the program says which are missing and where, and writes nothing."""
    monkeypatch.setattr(pdf, "_FONTS", tmp_path / "fonts")
    pdf._compiler.cache_clear()
    code, said = left(capsys, monkeypatch, MISSED, "-o", tmp_path / "page.pdf")
    pdf._compiler.cache_clear()
    assert code == 2
    assert "fonts of the program cannot be found: NotoSans-SemiCondensed.ttf, NotoSans-SemiCondensedBold.ttf" in said
    assert "install the program again" in said
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the typesetter refuses for whatever reason, what it says is told, with 2 and without a traceback."""
    template = tmp_path / "rendering"
    (template / "typst").mkdir(parents=True)
    (template / "typst" / "checklist.typ").write_text('#panic("no page today")')
    monkeypatch.setattr(pdf, "_FOLDER", template)
    pdf._compiler.cache_clear()
    code, said = left(capsys, monkeypatch, MISSED, "-o", tmp_path / "page.pdf")
    pdf._compiler.cache_clear()
    assert code == 2
    assert "error: the pages could not be set: " in said
    assert "no page today" in said
    assert not (tmp_path / "page.pdf").exists()
