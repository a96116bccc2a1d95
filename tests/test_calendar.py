"""The command `calendar`: pages, JSON, and iCalendar as a parser of another origin reads it."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from building import BASE, EXAMPLES, example_patients, mistakes, packaged_rules
from thalsafety.checklists.upcoming import Calendar, upcoming
from thalsafety.cli import cli
from thalsafety.linking.linker import link
from thalsafety.model.patient import PatientFacts, PersonFacts
from thalsafety.model.when import When
from thalsafety.rendering import calendar_ics, calendar_json, calendar_text, text

if TYPE_CHECKING:
    from click.testing import Result

    from thalsafety.linked import Linked

GOLDEN = Path(__file__).parent / "golden"
RECORDED = (
    "partial-dates-leave-questions-open",
    "woman-stopped-three-weeks-ago",
    "woman-week-2-pregnancy-test-overdue",
)
WEEKS = timedelta(weeks=12)
STOPPED = EXAMPLES / "woman-stopped-three-weeks-ago.yaml"


@pytest.fixture(scope="module")
def linked() -> Linked:
    """Return the packaged rules."""
    return link(packaged_rules(), "us", date(2026, 3, 10))


def calendar_of(linked: Linked, name: str, **changes: Any) -> Calendar:
    """Return the calendar of an example patient, with changes to what is recorded."""
    state = example_patients()[name].state
    assert state is not None
    return upcoming(linked, state.model_copy(update=changes), state.as_of.day() + WEEKS)


def run(*words: object) -> Result:
    """Run a command within this process; no failure may be a traceback."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


def events(content: bytes) -> list[dict[str, Any]]:
    """Return the events of an iCalendar as vobject reads them, by their properties."""
    vobject: Any = import_module("vobject")
    read = vobject.readOne(content.decode("utf-8"))
    read.validate()
    return [
        {line.name.lower(): line.value for line in event.getChildren()} for event in getattr(read, "vevent_list", [])
    ]


def written(*calendars: Calendar) -> bytes:
    """Return calendars as iCalendar, with no patient left out."""
    content, problems = calendar_ics.render([("x.yaml", None, calendar) for calendar in calendars], "0")
    assert problems == []
    return content


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_calendar(name: str, request: pytest.FixtureRequest, linked: Linked) -> None:
    """The calendar of an example is what was recorded and read, but for the digest of the rules."""
    lines = calendar_text.render(calendar_of(linked, f"{name}.yaml"), f"examples/{name}.yaml")
    found = text.plain(lines).replace(linked.digest[:12], "<digest>")
    path = GOLDEN / f"{name}.calendar.txt"
    if request.config.getoption("--accept"):
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8"), f"{path} differs; if the new page is right, run pytest with --accept"


@pytest.mark.untraced  # hundreds of turns through code that other tests measure
@pytest.mark.parametrize("name", sorted(example_patients()))
def test_every_example_has_a_calendar_in_every_form(name: str, linked: Linked) -> None:
    """Every example gives a page, a document of the published form, and events that a parser takes; twice the same.

    Every schedule stands on the page: due, later, not asked for, or in doubt.
    """
    calendar, again = calendar_of(linked, name), calendar_of(linked, name)
    told = {window.schedule.id for window in calendar.windows} | {later.schedule.id for later in calendar.later}
    told |= {part.schedule.id for part in calendar.undecided} | {change.schedule.id for change in calendar.changes}
    assert told | {schedule.id for schedule in calendar.quiet} == linked.schedules.keys()
    assert text.plain(calendar_text.render(calendar, name))
    shown = [("x.yaml", None, calendar)]
    printed = calendar_json.render(shown, [], "0")
    assert mistakes(json.loads(printed), "calendar") == []
    assert printed == calendar_json.render([("x.yaml", None, again)], [], "0")
    content = written(calendar)
    assert content == written(again)
    found = events(content)
    uids = [event["uid"] for event in found]
    assert len(uids) == len(set(uids))
    rests = sum(change.kind in {"rests", "resumes"} for change in calendar.changes)
    assert len(found) == len(calendar.windows) + len(calendar.changes) - rests + len(calendar.undecided)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


# ---------------------------------------------------------------- iCalendar


def test_an_event_of_a_turn(linked: Linked) -> None:
    """An event covers the days from the opening until the turn is overdue, and says what it is about."""
    calendar = calendar_of(linked, "quiet-woman-month-4-regular-cycles.yaml")
    window = next(w for w in calendar.windows if w.schedule.id == "pregnancy-testing")
    event = next(e for e in events(written(calendar)) if "Pregnancy test, due" in e["summary"])
    assert (event["dtstart"], event["dtend"]) == (window.opens, window.overdue_from)
    label = calendar.state.patient.label if calendar.state.patient else None
    assert event["summary"] == f"FICTIONAL · {label} · Pregnancy test, due {window.due}"
    for part in (window.phase, "pregnancy-test-due", "US-PI-5.1-06", "Not a medical device", "our assumption"):
        assert part in event["description"]
    made = datetime.combine(calendar.state.as_of.day(), time(), UTC)
    assert event["dtstamp"] == event["last-modified"] == made


def test_an_overdue_turn_reaches_today(linked: Linked) -> None:
    """A turn that is overdue is seen on the day of the calendar, and called so."""
    calendar = calendar_of(linked, STOPPED.name)
    event = next(e for e in events(written(calendar)) if "Pregnancy test, overdue" in e["summary"])
    assert event["dtstart"] == date(2026, 9, 19)
    assert event["dtend"] == calendar.state.as_of.day() + timedelta(days=1)


def test_a_later_import_moves_the_events(linked: Linked) -> None:
    """A test done two days late moves its event and those after it: same UIDs, a higher SEQUENCE, nothing doubled."""
    name = "quiet-woman-month-4-regular-cycles.yaml"
    before = calendar_of(linked, name)
    first = next(w for w in before.windows if w.schedule.id == "pregnancy-testing")
    later = first.due + timedelta(days=2)
    state = before.state
    newest = next(o for o in reversed(state.observations or ()) if o.code == "pregnancy_test")
    done = newest.model_copy(update={"date": When.parse(later)})
    changes = {"as_of": When.parse(later), "observations": (*(state.observations or ()), done)}
    after = upcoming(linked, state.model_copy(update=changes), before.until)

    def turns(calendar: Calendar) -> dict[str, tuple[date, int]]:
        found = [e for e in events(written(calendar)) if "Pregnancy test, due" in e["summary"]]
        return {event["uid"]: (event["dtstart"], int(event["sequence"])) for event in found}

    old, new = turns(before), turns(after)
    assert len(old) == len(new) + 1
    assert new.keys() < old.keys()
    for uid, (start, sequence) in new.items():
        assert start == old[uid][0] + timedelta(days=2)
        assert sequence > old[uid][1]


def test_two_patients_of_one_label(linked: Linked) -> None:
    """Two patients whom nothing tells apart would replace each other: the second is a problem, not an event."""
    calendar = calendar_of(linked, STOPPED.name)
    content, problems = calendar_ics.render([("a.yaml", None, calendar), ("b.yaml", None, calendar)], "0")
    assert len(events(content)) == len(events(written(calendar)))
    assert [problem.place.file for problem in problems] == ["b.yaml"]
    assert "has the label and identifier" in problems[0].message
    other = calendar_of(linked, STOPPED.name, patient=PersonFacts(label="W-09", identifier="2"))
    assert len(events(written(calendar, other))) > len(events(written(calendar)))


@pytest.mark.parametrize(
    "label",
    [
        "long " * 1000,
        'a,b;c:d\\n\\e "quoted" BEGIN:VEVENT',
        "مريض خيالي عربي",
        "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{GIRL} \N{THERMOMETER}" * 40,
        "END:VEVENT",
        "e\N{COMBINING ACUTE ACCENT}" * 60,
    ],
    ids=["long", "separators", "right to left", "emoji", "end", "combining"],
)
def test_hostile_labels(label: str, linked: Linked) -> None:
    """Whatever the label, every line is folded, no character is lost, and no event begins or ends by it."""
    person = PersonFacts.model_construct(label=label, identifier=None, sex_at_birth="female")
    calendar = calendar_of(linked, STOPPED.name, patient=person)
    content = written(calendar)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    found = events(content)
    assert len(found) == len(events(written(calendar_of(linked, STOPPED.name))))
    assert all(event["summary"].startswith(f"FICTIONAL · {label} · ") for event in found)


def test_a_calendar_without_events(linked: Linked) -> None:
    """A patient of whom nothing is asked gives a calendar that is empty and can be read."""
    state = PatientFacts(as_of=When.parse("2026-03-10"))
    calendar = upcoming(linked, state, date(2026, 3, 10))
    assert calendar.windows == ()
    assert written(calendar).startswith(b"BEGIN:VCALENDAR\r\n")


def test_before_the_century(linked: Linked) -> None:
    """A day before 2000 gives no negative SEQUENCE."""
    state = PatientFacts.model_validate({"as_of": "1999-03-10", "treatment": {"doses": []}})
    found = events(written(upcoming(linked, state, date(1999, 3, 10))))
    assert {int(event["sequence"]) for event in found} == {0}


# ---------------------------------------------------------------- the command


def test_the_ending_chooses_the_form(tmp_path: Path) -> None:
    """`-o` decides by its ending, `--format` goes before it, and without both the page is printed."""
    for ending, begins in (
        (".ics", b"BEGIN:VCALENDAR"),
        (".json", b'{"format":"thalsafety.calendar/1"'),
        (".txt", b"FICT"),
    ):
        path = tmp_path / f"out{ending}"
        assert run("calendar", STOPPED, "-o", path).exit_code == 0
        assert path.read_bytes().startswith(begins)
    assert run("calendar", STOPPED, "--format", "ics").stdout_bytes == (tmp_path / "out.ics").read_bytes()
    assert run("calendar", STOPPED).stdout_bytes == (tmp_path / "out.txt").read_bytes()
    run("calendar", STOPPED, "--format", "text", "-o", tmp_path / "out.json")
    assert (tmp_path / "out.json").read_bytes() == (tmp_path / "out.txt").read_bytes()


def test_until_and_as_of() -> None:
    """The first and the last day can be chosen; a last day before the first, or far beyond it, is refused."""
    document = json.loads(
        run("calendar", STOPPED, "--as-of", "2026-10-06", "--until", "2026-10-08", "--format", "json").stdout
    )
    (found,) = document["calendars"]
    assert (found["as_of"], found["until"]) == ("2026-10-06", "2026-10-08")
    early = run("calendar", STOPPED, "--until", "2026-10-01")
    assert early.exit_code == 2
    assert f"{STOPPED}: --until 2026-10-01 lies before as_of (2026-10-05)\n    hint: " in early.stderr
    assert "more than ten years" in run("calendar", STOPPED, "--until", "2126-10-01").stderr


def test_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    """What is wrong with a file is told with its place, and the other patients have their calendars."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(STOPPED.read_text("utf-8").replace("status: stopped", "status: gone"), "utf-8")
    result = run("calendar", bad, STOPPED, "--format", "json")
    assert result.exit_code == 2
    assert f"{bad}:" in result.stderr
    document = json.loads(result.stdout)
    assert len(document["calendars"]) == len(document["problems"]) == 1
    assert mistakes(document, "calendar") == []


def test_several_patients() -> None:
    """A file with several patients gives one page each, and one calendar for the program."""
    several = EXAMPLES / "three-patients-of-the-september-clinic.yaml"
    assert run("calendar", several).stdout.count("FICTIONAL PATIENT") == 3
    summaries = {
        event["summary"].split(" · ")[1] for event in events(run("calendar", several, "--format", "ics").stdout_bytes)
    }
    assert len(summaries) == 2  # of the third nothing is asked any more


def test_an_engine_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the two engines differ on the first day, there is no calendar and the exit code is 3."""
    monkeypatch.setattr("thalsafety.engines.rete.Rete.run", lambda *_: {})
    result = run("calendar", STOPPED)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the engines differ" in result.stderr


def test_without_icalendar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Text and JSON need no further package; iCalendar says what to install, before anything is written."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "icalendar" or name.endswith("calendar_ics")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "icalendar", None)
    for form in ("text", "json"):
        assert run("calendar", STOPPED, "--format", form).exit_code == 0
    from thalsafety.cli import run as whole

    monkeypatch.setattr(sys, "argv", ["thalsafety", "calendar", str(STOPPED), "-o", str(tmp_path / "x.ics")])
    assert whole() == 2
    assert not (tmp_path / "x.ics").exists()
    with pytest.raises(Exception, match=r"pip install 'thalsafety\[calendar\]'"):
        CliRunner().invoke(cli, ["calendar", str(STOPPED), "--format", "ics"], catch_exceptions=False)


def test_numbers_that_change_within_the_calendar(tmp_path: Path) -> None:
    """A number that changes before the last day is told: the calendar goes by those of its first day."""
    rules = tmp_path / "rules"
    shutil.copytree(BASE, rules)
    file = rules / "haematology" / "anc-low.yaml"
    line = "      - {value: 700, effective: 2026-10-20, source: us-pi, locator: section 2, last_reviewed: 2026-01-15}"
    file.write_text(file.read_text("utf-8").replace("when:", f"{line}\nwhen:", 1), "utf-8")
    ada = tmp_path / "ada.yaml"
    ada.write_text("fictional: true\nas_of: 2026-10-05\nprofile: us\npatient: {label: Ada}\n", "utf-8")
    result = run("calendar", ada, "--rules", rules)
    assert "numbers of the rules change on 2026-10-20" in result.stdout
    assert "No turn is due in this time." in result.stdout
