"""One function per question of the rule language; each returns an answer with its evidence."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from thalsafety.features.exposure import exposure
from thalsafety.features.record import NAMES, Dated, Record
from thalsafety.features.steroids import steroid_dose
from thalsafety.loading.patients import DOSE_UNITS, SENSITIVITY_UNITS
from thalsafety.model.when import When, add_months, days_between, minutes_between, months_between
from thalsafety.program import Absent, AnswerType, Evidence, Known, Unsure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from thalsafety.model.lexicon import Lexicon
    from thalsafety.model.patient import AdverseEvent, Observation, PatientFacts
    from thalsafety.program import Answer, Feature

_HUNDRED = Decimal(100)
_MINUTES_OF_A_DAY = Decimal(1440)
_NO_RELATION = ("unrelated", "unlikely")


def answer(features: Iterable[Feature], state: PatientFacts, lexicon: Lexicon) -> list[Answer]:
    """Return the answers in the order of the questions."""
    record = Record(state, lexicon)
    return [_QUESTIONS[feature.kind](record, feature) for feature in features]


class Answers:
    """The answers about one state by the number of the question, each looked for when it is first asked for.

    For a caller who needs some of many questions and cannot know beforehand which.
    """

    def __init__(self, features: Sequence[Feature], state: PatientFacts, lexicon: Lexicon) -> None:
        """Take the questions of a program and the state; nothing is answered yet."""
        self._features = features
        self._record = Record(state, lexicon)
        self._found: dict[int, Answer] = {}

    def __getitem__(self, index: int, /) -> Answer:
        """Return one answer."""
        found = self._found.get(index)
        if found is None:
            feature = self._features[index]
            found = self._found[index] = _QUESTIONS[feature.kind](self._record, feature)
        return found

    def milestone(self, name: str) -> When | Absent | Unsure:
        """Return the date of a milestone, or why there is none."""
        return self._record.milestone(name)

    def past(self, code: str) -> list[Dated] | None:
        """Return the entries of a code or group that are no plans; nothing when their list was not recorded."""
        lexicon = self._record.lexicon
        return self._record.past(lexicon.terms[code].kind, lexicon.covers(code))

    def newest(self, code: str) -> list[Dated] | None:
        """Return every such entry that may be the latest one."""
        found = self.past(code)
        return None if found is None else _newest(found)


# ---------------------------------------------------------------- small parts


def _number(low: int | Decimal, high: int | Decimal, evidence: Evidence | None = None) -> Known:
    return Known(Decimal(low), Decimal(high), evidence)


def _word(word: str, evidence: Evidence | None = None) -> Known:
    return Known(word, word, evidence)


def _yes_no(surely: object, in_doubt: str = "", evidence: Evidence | None = None) -> Answer:
    """Yes when there is something sure; else unsure for the reason given, or no without one."""
    if surely:
        return _word("yes", evidence)
    return Unsure(in_doubt, evidence) if in_doubt else _word("no", evidence)


def _option(feature: Feature, name: str) -> Any:
    return feature.chosen.get(name)


def _codes(feature: Feature) -> tuple[str, ...]:
    return _option(feature, "members") or (feature.subject,)


def _kind(record: Record, feature: Feature) -> str:
    return record.lexicon.terms[feature.subject].kind


def _not_recorded(record: Record, feature: Feature) -> Absent:
    return Absent(f"{NAMES[_kind(record, feature)]} are not recorded")


def _none_on_file(record: Record, feature: Feature) -> Absent:
    return Absent(f"no {record.lexicon.within_a_sentence(feature.subject)} is on file", known_none=True)


def _is_milestone(record: Record, feature: Feature) -> bool:
    return feature.subject not in record.lexicon.terms


def _dated_evidence(record: Record, code: str, date: When | None, word: str = "") -> Evidence:
    shown = f"{record.lexicon.label(code)} {word}".strip()
    return Evidence(shown, "", date.text if date else "")


def _code_of(entry: Any) -> str:
    for name in ("code", "term", "drug", "method"):
        if hasattr(entry, name):
            return str(getattr(entry, name))
    return ""


def _with_result(found: list[Dated], result: str | None) -> list[Dated]:
    return found if result is None else [d for d in found if d.entry.value == result]


def _past(record: Record, feature: Feature) -> list[Dated] | None:
    found = record.past(_kind(record, feature), _codes(feature))
    return None if found is None else _with_result(found, _option(feature, "result"))


def _doubtful_drugs(record: Record, feature: Feature) -> list[Dated]:
    """Return the medicines on file that may be one of those asked about: not in the vocabulary, or only their group."""
    return record.entries("drugs", record.lexicon.in_doubt(_codes(feature))) or []


def _of_unknown_class(record: Record, doubtful: Sequence[Dated]) -> Unsure:
    """Return why some medicines leave a question open."""
    named = {d.entry.name or record.lexicon.label(d.entry.drug): d for d in reversed(doubtful)}
    unlisted = [name for name, d in named.items() if d.entry.drug == record.lexicon.unlisted]
    *others, last = sorted(unlisted or named)
    lack = "not in the vocabulary" if unlisted else "recorded without saying which one"
    said = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    which = "any of them is" if others else "it is"
    evidence = Evidence(last, "", date.text if (date := named[last].date) else "")
    return Unsure(f"{said} {lack}: whether {which} one of the medicines asked about is not known", evidence)


def _later_in_doubt(record: Record, feature: Feature, found: When | None, end: int) -> Unsure | None:
    """Return doubt whether a medicine of unknown class began, by a day, after the latest that is known."""
    if _kind(record, feature) != "drugs":
        return None
    doubtful = [
        d
        for d in _doubtful_drugs(record, feature)
        if d.date is None or (d.date.first <= end and (found is None or d.date.last > found.first))
    ]
    return _of_unknown_class(record, doubtful) if doubtful else None


def _latest_date(record: Record, found: list[Dated]) -> When | Unsure:
    """Return when the latest of some dates lies; unsure when one is not dated, or all may lie ahead."""
    dates = [dated.date for dated in found if dated.date is not None]
    if len(dates) < len(found):
        return Unsure("an entry is recorded without a date")
    return _latest_of([d for d in dates if d.last <= record.day], [d for d in dates if d.last > record.day], record.day)


def _latest_of(surely: list[When], maybe: list[When], limit: int) -> When | Unsure:
    """Return when the latest happened of what surely, and of what perhaps, happened by a day."""
    if not surely:
        return Unsure("whether it has happened by then depends on an unknown day")
    newest = max(surely, key=lambda date: (date.last, date.first, date.minute or 0))
    last = max([newest.last, *(min(date.last, limit) for date in maybe)])
    first = max(date.first for date in surely)
    return newest if newest.certain and last == newest.last else When(newest.text, first, last)


def _anchored(record: Record, feature: Feature) -> tuple[When, Evidence] | Absent | Unsure:
    """Return the date that a question counts from, a milestone or the latest entry."""
    if _is_milestone(record, feature):
        date = record.milestone(feature.subject)
        return date if isinstance(date, (Absent, Unsure)) else (date, Evidence("", "", date.text))
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    if not found:
        return _later_in_doubt(record, feature, None, record.day) or _none_on_file(record, feature)
    latest = _latest_date(record, found)
    if isinstance(latest, Unsure):
        return latest
    doubt = _later_in_doubt(record, feature, latest, record.day)
    if doubt is not None:
        return doubt
    newest = max(found, key=lambda d: (d.date.last, d.date.minute or 0) if d.date else (0, 0))
    word = str(getattr(newest.entry, "value", "")) if _option(feature, "result") else ""
    return latest, _dated_evidence(record, _code_of(newest.entry), latest, word)


# ---------------------------------------------------------------- time


def _days_since(record: Record, feature: Feature) -> Answer:
    anchor = _anchored(record, feature)
    if isinstance(anchor, (Absent, Unsure)):
        return anchor
    date, evidence = anchor
    low, high = days_between(date, record.today)
    return _number(low, high, evidence)


def _days_until(record: Record, feature: Feature) -> Answer:
    if _is_milestone(record, feature):
        date = record.milestone(feature.subject)
        if isinstance(date, (Absent, Unsure)):
            return date
    else:
        found = record.entries(_kind(record, feature), _codes(feature))
        if found is None:
            return _not_recorded(record, feature)
        planned = [d.date for d in found if d.date is not None and d.date.last >= record.day]
        if not planned:
            return Absent(f"no {record.lexicon.within_a_sentence(feature.subject)} is planned")
        ahead = [when for when in planned if when.first >= record.day]
        if not ahead:
            return Unsure("whether it still lies ahead depends on an unknown day")
        low = min(max(when.first, record.day) for when in planned)
        date = When(min(ahead, key=lambda when: when.last).text, low, min(when.last for when in ahead))
    low, high = days_between(record.today, date)
    return _number(low, high, Evidence("", "", date.text))


def _months_since(record: Record, feature: Feature) -> Answer:
    anchor = _anchored(record, feature)
    if isinstance(anchor, (Absent, Unsure)):
        return anchor
    date, evidence = anchor
    low, high = months_between(date, record.today)
    return _number(low, high, evidence)


def _days_from(record: Record, feature: Feature) -> Answer:
    end = record.milestone(str(_option(feature, "to")))
    if isinstance(end, (Absent, Unsure)):
        return end
    if _is_milestone(record, feature):
        start = record.milestone(feature.subject)
        if isinstance(start, (Absent, Unsure)):
            return start
        low, high = days_between(start, end)
        return _number(low, high, Evidence("", "", f"{start.text} to {end.text}"))
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    if any(d.date is None for d in found):
        return Unsure(f"{record.lexicon.label(feature.subject)} is recorded without a date")
    dates = [d.date for d in found if d.date is not None and d.date.first <= end.last]
    if not dates:
        none = Absent(f"no {record.lexicon.within_a_sentence(feature.subject)} is on file before that day")
        return _later_in_doubt(record, feature, None, end.last) or none
    surely = [date for date in dates if date.last <= end.first or (date.certain and end.certain)]
    latest = _latest_of(surely, [date for date in dates if date not in surely], end.last)
    doubt = latest if isinstance(latest, Unsure) else _later_in_doubt(record, feature, latest, end.last)
    if doubt is not None:
        return doubt
    assert isinstance(latest, When)  # noqa: S101  what is unsure was returned
    low, high = days_between(latest, end)
    return _number(max(low, 0), high, _dated_evidence(record, feature.subject, latest))


def _hours_from(record: Record, feature: Feature) -> Answer:
    start, end = record.milestone(feature.subject), record.milestone(str(_option(feature, "to")))
    if not isinstance(start, When):
        return start
    if not isinstance(end, When):
        return end
    low, high = minutes_between(start, end)
    return _number(Decimal(low) / 60, Decimal(high) / 60, Evidence("", "", f"{start.text} to {end.text}"))


def _days_overdue(record: Record, feature: Feature) -> Answer:
    _name, length, unit = _option(feature, "every")
    base = _last_turn(record, feature)
    if isinstance(base, (Absent, Unsure)):
        return base
    date, evidence = base
    if unit == "min":
        length, unit = length / _MINUTES_OF_A_DAY, "d"
    if unit == "mo":
        due = (add_months(date.first, int(length)), add_months(date.last, int(length)))
    else:
        due = (date.first + int(length), date.last + int(length))
    return _number(record.day - due[1], record.day - due[0], evidence)


def _last_turn(record: Record, feature: Feature) -> tuple[When, Evidence] | Absent | Unsure:
    """Return when a task was last done, or when its first interval began if that is later."""
    found = _anchored(record, feature)
    counted_from = _option(feature, "counted_from")
    start = record.milestone(counted_from) if counted_from else Absent("")
    if isinstance(found, tuple):
        done, evidence = found
        if isinstance(start, When) and start.last > done.first:
            later = When(start.text, max(start.first, done.first), max(start.last, done.last))
            return later, Evidence(evidence.written, "", f"{evidence.date}; counted from {start.text}")
        return found
    if isinstance(found, Absent) and found.known_none and isinstance(start, When):
        return start, Evidence(found.reason, "", f"counted from {start.text}")
    return found


# ---------------------------------------------------------------- observations


def _converted(record: Record, observation: Observation) -> Decimal | None:
    """Return a value in the canonical unit; nothing when it is not a number in an accepted unit."""
    term = record.lexicon.terms[observation.code]
    if observation.unit is None:
        return None
    for unit, factor in term.factors:
        if unit == observation.unit:
            return Decimal(observation.value) * factor
    return None


def _observed(record: Record, observation: Observation, asked: str = "") -> Evidence:
    """Return an observation as written and, where its unit differs, as converted; named where a group was asked."""
    label = "" if observation.code == asked else record.lexicon.label(observation.code)
    written = f"{label} {observation.value} {observation.unit or ''}".strip()
    converted = ""
    value = _converted(record, observation)
    unit = record.lexicon.terms[observation.code].unit
    if value is not None and observation.unit != unit:
        converted = f"{plain(value)} {unit}"
    return Evidence(written, converted, observation.date.text)


def plain(value: Decimal) -> str:
    """Return a number without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _newest(found: list[Dated]) -> list[Dated]:
    """Return every entry that may be the latest one."""
    dated = [d for d in found if d.date is not None]
    if not dated:
        return []
    first = max(d.date.first for d in dated if d.date)
    rivals = [d for d in dated if d.date and d.date.last >= first]
    near = [d for d in dated if d.date and d.date.last >= first - 1]
    if all(d.date and d.date.minute is not None and d.date.offset is not None for d in near):
        return _at_the_last_minute(near, utc=True)
    if all(d.date and d.date.minute is not None for d in rivals):
        return _at_the_last_minute(rivals, utc=False)
    return rivals


def _at_the_last_minute(found: list[Dated], *, utc: bool) -> list[Dated]:
    """Return the entries of the latest minute, on one clock."""
    minutes = [d.date.minutes(utc=utc)[0] if d.date else 0 for d in found]
    return [d for d, minute in zip(found, minutes, strict=True) if minute == max(minutes)]


def _fresh(record: Record, feature: Feature, rivals: list[Dated]) -> Absent | Unsure | None:
    """Return why the latest entries are too old to speak, or nothing when they are not."""
    limit = _option(feature, "no_older_than")
    if limit is None:
        return None
    latest = _latest_date(record, rivals)
    if isinstance(latest, Unsure):
        return latest
    low, high = days_between(latest, record.today)
    label = record.lexicon.within_a_sentence(feature.subject)
    evidence = _dated_evidence(record, feature.subject, latest)
    if low > limit[1]:
        return Absent(f"the latest {label} ({latest.text}) is older than {plain(limit[1])} d", evidence)
    if high > limit[1]:
        return Unsure(f"the latest {label} ({latest.text}) may be older than {plain(limit[1])} d", evidence)
    return None


def _candidates(record: Record, feature: Feature) -> list[Dated] | Absent | Unsure:
    """Return the entries that may be the latest and are fresh enough, or why there are none."""
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    rivals = _newest(found)
    if not rivals:
        return _none_on_file(record, feature)
    return _fresh(record, feature, rivals) or rivals


def _value_range(record: Record, feature: Feature, found: list[Dated]) -> Answer:
    """Return the range of the values of some observations."""
    values = [(value, d.entry) for d in found if (value := _converted(record, d.entry)) is not None]
    if len(values) < len(found) or not values:
        return Unsure(f"a value of {record.lexicon.within_a_sentence(feature.subject)} cannot be read as a number")
    low, high = min(values, key=lambda pair: pair[0]), max(values, key=lambda pair: pair[0])
    evidence = _observed(record, low[1], feature.subject)
    if low[0] != high[0]:
        other = _observed(record, high[1], feature.subject)
        evidence = Evidence(f"{evidence.written} or {other.written}", evidence.converted, evidence.date)
    return Known(low[0], high[0], evidence)


def _latest(record: Record, feature: Feature) -> Answer:
    found = _candidates(record, feature)
    return found if isinstance(found, (Absent, Unsure)) else _value_range(record, feature, found)


def _result(record: Record, feature: Feature) -> Answer:
    found = _candidates(record, feature)
    if isinstance(found, (Absent, Unsure)):
        return found
    words = sorted({d.entry.value for d in found})
    evidence = _observed(record, found[0].entry, feature.subject)
    if len(words) > 1:
        return Unsure(f"results that may each be the latest differ: {' and '.join(words)}", evidence)
    return _word(words[0], evidence)


def _extreme(record: Record, feature: Feature) -> Answer:
    """Return the lowest or the highest value within a window."""
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    _name, limit, _unit = _option(feature, "within")
    surely, maybe = _within(record, found, limit)
    if not surely and not maybe:
        return _none_on_file(record, feature)
    answers = [(value, d.entry) for d in (*surely, *maybe) if (value := _converted(record, d.entry)) is not None]
    if len(answers) < len(surely) + len(maybe):
        return Unsure(f"a value of {record.lexicon.within_a_sentence(feature.subject)} cannot be read as a number")
    choose = min if feature.kind == "lowest" else max
    best = choose(answers, key=lambda pair: pair[0])
    certain = [pair for pair in answers if any(d.entry is pair[1] for d in surely)]
    if not certain:
        return Unsure("whether the value lies in the window depends on an unknown day")
    sure = choose(certain, key=lambda pair: pair[0])
    low, high = sorted((best[0], sure[0]))
    return Known(low, high, _observed(record, best[1], feature.subject))


def _within(record: Record, found: list[Dated], limit: Decimal) -> tuple[list[Dated], list[Dated]]:
    """Return the entries surely, and those perhaps, no more than so many days old."""
    surely, maybe = [], []
    for dated in found:
        if dated.date is None:
            maybe.append(dated)
            continue
        low, high = days_between(dated.date, record.today)
        if high <= limit and low >= 0:
            surely.append(dated)
        elif low <= limit:
            maybe.append(dated)
    return surely, maybe


def _change_from_baseline(record: Record, feature: Feature) -> Answer:
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    latest = _candidates(record, feature)
    if isinstance(latest, (Absent, Unsure)):
        return latest
    baselines = _baselines(record, found)
    if isinstance(baselines, Unsure):
        return baselines
    if not baselines:
        return Absent(f"no baseline value of {record.lexicon.within_a_sentence(feature.subject)} is on file")
    now = _value_range(record, feature, latest)
    before = [_converted(record, baseline) for baseline in baselines]
    if not isinstance(now, Known) or not isinstance(now.low, Decimal) or not isinstance(now.high, Decimal):
        return Unsure("the latest value cannot be compared")
    shown = now.evidence or Evidence()
    seen = baselines[0]
    evidence = Evidence(f"{shown.written}; baseline {seen.value} {seen.unit or ''} on {seen.date.text}", "", shown.date)
    if all(base == 0 for base in before) and now.low == now.high == 0:
        return _number(0, 0, evidence)
    if any(base is None or base == 0 for base in before):
        return Unsure("the baseline value cannot be compared", evidence)
    sign = 1 if feature.kind == "rise_from_baseline" else -1
    ends = sorted(
        sign * (value - base) / base * _HUNDRED for base in before if base is not None for value in (now.low, now.high)
    )
    return Known(ends[0], ends[-1], evidence)


def _times_upper_limit(record: Record, feature: Feature) -> Answer:
    """Return the latest or the baseline value over the upper limit recorded beside it; no answer without one."""
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    label = record.lexicon.within_a_sentence(feature.subject)
    if feature.chosen.get("of") == "baseline":
        values = _baselines(record, found)
        if isinstance(values, Unsure):
            return values
        if not values:
            return Absent(f"no baseline value of {label} is on file")
        which = "baseline"
    else:
        latest = _candidates(record, feature)
        if isinstance(latest, (Absent, Unsure)):
            return latest
        values, which = [dated.entry for dated in latest], "latest"
    times: list[Decimal] = []
    written = ""
    for seen in values:
        evidence = _observed(record, seen, feature.subject)
        if seen.upper_limit is None:
            return Absent(f"the upper limit of normal of the {which} {label} is not recorded", evidence)
        if _converted(record, seen) is None:
            return Unsure(f"the {which} {label} cannot be compared with an upper limit", evidence)
        times.append(Decimal(seen.value) / seen.upper_limit)
        written = written or f"{evidence.written}; upper limit {plain(seen.upper_limit)} {seen.unit}"
    return Known(min(times), max(times), Evidence(written, "", values[0].date.text))


def _baselines(record: Record, found: list[Dated]) -> list[Observation] | Unsure:
    """Return the values marked as baseline, else those last on or before the first dose."""
    marked = [d for d in found if d.entry.baseline]
    if not marked:
        start = record.milestone("treatment_start")
        if not isinstance(start, When):
            return []
        surely = [d for d in found if d.date is not None and d.date.last <= start.first]
        maybe = [d for d in found if d.date is not None and d.date.first <= start.last and d not in surely]
        if maybe and not surely:
            return Unsure("whether a value is from before the first dose depends on an unknown day")
        return [d.entry for d in (*_newest(surely), *maybe)]
    return [d.entry for d in _newest(marked)]


def _sensitivity(record: Record, feature: Feature) -> Answer:
    found = _candidates(record, feature)
    if isinstance(found, (Absent, Unsure)):
        return found
    values: list[Decimal] = []
    for dated in found:
        limit = dated.entry.sensitivity
        if limit is None:
            return Absent("the sensitivity of the latest test is not recorded", _observed(record, dated.entry))
        if limit.unit not in SENSITIVITY_UNITS:
            return Unsure(f"a sensitivity in {limit.unit} cannot be compared with m[IU]/mL")
        values.append(limit.value)
    return Known(min(values), max(values), _observed(record, found[0].entry))


# ---------------------------------------------------------------- entries on file


_WINDOWED = ("before", "since", "since_latest", "from_", "within", "to")


def _on_file(record: Record, feature: Feature) -> Answer:
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    if not found:
        return _word("no", Evidence(_none_on_file(record, feature).reason))
    if feature.chosen.keys().isdisjoint(_WINDOWED):
        newest = max(found, key=lambda d: d.date.last if d.date else 0)
        word = str(getattr(newest.entry, "value", ""))
        return _word("yes", _dated_evidence(record, _code_of(newest.entry), newest.date, word))
    window = _window(record, feature)
    if isinstance(window, (Absent, Unsure)):
        return window
    maybe: Dated | None = None
    for dated in reversed(found):
        inside = window(dated.date)
        if inside:
            word = str(getattr(dated.entry, "value", ""))
            return _word("yes", _dated_evidence(record, _code_of(dated.entry), dated.date, word))
        if inside is None:
            maybe = dated
    if maybe is not None:
        evidence = _dated_evidence(record, _code_of(maybe.entry), maybe.date)
        return Unsure("whether it lies in the window depends on a day or time that is not recorded", evidence)
    newest = max(found, key=lambda d: d.date.last if d.date else 0)
    return _word("no", _dated_evidence(record, _code_of(newest.entry), newest.date))


def _window(record: Record, feature: Feature) -> Callable[[When | None], bool | None] | Absent | Unsure:
    """Return a test whether a date lies in the window of a question."""
    end: When = record.today
    before = _option(feature, "before")
    if before is not None:
        found = record.milestone(before)
        if isinstance(found, (Absent, Unsure)):
            return found
        end = found
    start = _start(record, feature)
    if isinstance(start, (Absent, Unsure)):
        return start
    at_most = _option(feature, "from_") or _option(feature, "within")
    at_least = _option(feature, "to")
    windowed = any(part is not None for part in (before, start, at_most, at_least))

    def inside(date: When | None) -> bool | None:
        if date is None:
            return None if windowed else True
        parts = [_not_after(date, end)]
        if start is not None:
            parts.append(_not_after(start, date))
        if at_most is not None:
            parts.append(_no_longer(date, end, at_most))
        if at_least is not None:
            parts.append(_no_shorter(date, end, at_least))
        if False in parts:
            return False
        return None if None in parts else True

    return inside


def _start(record: Record, feature: Feature) -> When | Absent | Unsure | None:
    """Return the date on or after which an entry has to lie; nothing when any date will do."""
    since, latest = _option(feature, "since"), _option(feature, "since_latest")
    if latest is not None:
        return _latest_start(record, latest)
    return record.milestone(since) if since is not None else None


def _latest_start(record: Record, code: str) -> When | Absent | None:
    """Return when the latest began of the entries of a kind that are there now; or nothing.

    It is a span of days when a date, an end, or the class of a medicine is not known.
    """
    kind, codes = record.lexicon.terms[code].kind, record.lexicon.covers(code)
    there = _there(record, kind, codes)
    if there is None:
        return Absent(f"{NAMES[kind]} are not recorded")
    if kind == "drugs":
        doubtful = _there(record, kind, record.lexicon.in_doubt(codes)) or []
        there = [*there, *((None if verdict else verdict, date) for verdict, date in doubtful)]
    dates = [(verdict, date) for verdict, date in there if verdict is not False]
    if not dates:
        return None
    first = max((date.first for verdict, date in dates if verdict and date), default=1)
    last = max(min(date.last, record.day) if date else record.day for _, date in dates)
    return When(record.lexicon.within_a_sentence(code), min(first, last), last)


def _there(record: Record, kind: str, codes: tuple[str, ...]) -> list[tuple[bool | None, When | None]] | None:
    """Return whether each entry of a kind is there on `as_of`, as far as that can be told, and when it began."""
    if kind == "contraceptives":
        facts = record.state.reproduction
        uses = facts.contraception if facts else None
        return None if uses is None else [(record.period(u.start, u.stop), u.start) for u in uses if u.method in codes]
    found = record.past(kind, codes)
    if found is None:
        return None
    if kind == "drugs":
        return [(record.period(d.entry.start, d.entry.stop), d.date) for d in found]
    return [(d.entry.resolved is None, d.date) for d in found]


def _not_after(date: When, end: When) -> bool | None:
    """Whether one date is on or before another; a day without a time is not after any hour of that day."""
    low, high = days_between(date, end)
    if low > 0 or (date.certain and end.certain and low == 0 and (date.minute is None or end.minute is None)):
        return True
    if high < 0:
        return False
    if date.minute is not None and end.minute is not None:
        return minutes_between(date, end)[0] >= 0
    return True if low >= 0 else None


Length: TypeAlias = tuple[str, Decimal, str]
"""A duration in a question: the name of its parameter, its length, and min, d or mo."""


def _no_longer(start: When, end: When, length: Length) -> bool | None:
    """Whether at most so long lies between two dates; nothing when a partial date leaves it open."""
    if length[2] == "mo":
        surely, maybe = _later(start.first, length) >= end.last, _later(start.last, length) >= end.first
    else:
        low, high = _distance(start, end, length[2])
        surely, maybe = high <= length[1], low <= length[1]
    return True if surely else None if maybe else False


def _no_shorter(start: When, end: When, length: Length) -> bool | None:
    """Whether at least so long lies between two dates; nothing when a partial date leaves it open."""
    if length[2] == "mo":
        surely, maybe = _later(start.last, length) <= end.first, _later(start.first, length) <= end.last
    else:
        low, high = _distance(start, end, length[2])
        surely, maybe = low >= length[1], high >= length[1]
    return True if surely else None if maybe else False


def _later(ordinal: int, length: Length) -> int:
    return add_months(ordinal, int(length[1]))


def _distance(start: When, end: When, unit: str) -> tuple[int, int]:
    return minutes_between(start, end) if unit == "min" else days_between(start, end)


def _count(record: Record, feature: Feature) -> Answer:
    found = _past(record, feature)
    if found is None:
        return _not_recorded(record, feature)
    doubtful = []
    if _kind(record, feature) == "drugs":
        doubtful = [d for d in _doubtful_drugs(record, feature) if d.date is None or d.date.first <= record.day]
    start = _start(record, feature) if found or doubtful else None
    if isinstance(start, (Absent, Unsure)):
        return start
    if start is not None:
        found = [d for d in found if d.date is None or _not_after(start, d.date) is not False]
        sure = [d for d in found if d.date and d.date.last <= record.day and _not_after(start, d.date)]
        return _number(len(sure), len(found) + len(doubtful))
    limit = _option(feature, "within")
    if limit is None:
        ahead = sum(d.date is not None and d.date.last > record.day for d in found)
        return _number(len(found) - ahead, len(found) + len(doubtful))
    surely, maybe = _within(record, found, limit[1])
    more = sum(len(part) for part in _within(record, doubtful, limit[1]))
    return _number(len(surely), len(surely) + len(maybe) + more)


# ---------------------------------------------------------------- events


def _events(record: Record, feature: Feature) -> list[AdverseEvent] | Absent:
    found = record.past("events", _codes(feature))
    if found is None:
        return Absent("adverse events are not recorded")
    suspected = _option(feature, "suspected")
    return [d.entry for d in found if not (suspected and d.entry.relation in _NO_RELATION)]


def _event_evidence(record: Record, event: AdverseEvent) -> Evidence:
    grade = f" grade {event.grade}" if event.grade is not None else ""
    resolved = f", resolved {event.resolved.text}" if event.resolved else ""
    return Evidence(f"{record.lexicon.label(event.term)}{grade}{resolved}", "", event.onset.text if event.onset else "")


def _grades(record: Record, events: list[AdverseEvent]) -> Answer:
    """Return the worst grade; an event without a grade may have any that its term defines."""
    low = high = 0
    evidence = None
    for event in events:
        defined = record.lexicon.terms[event.term].grades or (1, 2, 3, 4, 5)
        bounds = (event.grade, event.grade) if event.grade is not None else (min(defined), max(defined))
        if bounds[1] >= high:
            evidence = _event_evidence(record, event)
        low, high = max(low, bounds[0]), max(high, bounds[1])
    return _number(low, high, evidence)


def _grade(record: Record, feature: Feature) -> Answer:
    events = _events(record, feature)
    return events if isinstance(events, Absent) else _grades(record, [e for e in events if e.resolved is None])


def _worst_grade(record: Record, feature: Feature) -> Answer:
    events = _events(record, feature)
    return events if isinstance(events, Absent) else _grades(record, events)


def _event_active(record: Record, feature: Feature) -> Answer:
    events = _events(record, feature)
    if isinstance(events, Absent):
        return events
    active = [event for event in events if event.resolved is None]
    evidence = _event_evidence(record, (active or events)[-1]) if events else None
    return _yes_no(active, evidence=evidence)


def _event_ever(record: Record, feature: Feature) -> Answer:
    events = _events(record, feature)
    if isinstance(events, Absent):
        return events
    since = _option(feature, "since")
    if since is None:
        return _yes_no(events, evidence=_event_evidence(record, events[-1]) if events else None)
    start = record.milestone(since)
    if isinstance(start, (Absent, Unsure)):
        return start if events else _word("no")
    verdicts = [(None if e.onset is None else _not_after(start, e.onset), e) for e in events]
    chosen = next((e for verdict, e in verdicts if verdict), None)
    evidence = _event_evidence(record, chosen or events[-1]) if events else None
    maybe = any(verdict is None for verdict, _ in verdicts)
    return _yes_no(chosen, "the onset of the event is not recorded to the day" if maybe else "", evidence)


def _recurred_after_restart(record: Record, feature: Feature) -> Answer:
    events = _events(record, feature)
    if isinstance(events, Absent):
        return events
    if not events:
        return _word("no")
    restart = record.milestone("restart")
    if isinstance(restart, Absent):
        return _word("no", Evidence(restart.reason)) if restart.known_none else restart
    if isinstance(restart, Unsure):
        return restart
    after = [(None if e.onset is None else _not_after(restart, e.onset), e) for e in events]
    earlier = any(verdict is False for verdict, _ in after)
    later = next((e for verdict, e in after if verdict), None)
    evidence = _event_evidence(record, later) if later else None
    maybe = any(verdict is None for verdict, _ in after) and len(events) > 1
    return _yes_no(earlier and later, "the onset of an event is not recorded to the day" if maybe else "", evidence)


# ---------------------------------------------------------------- conditions, drugs, methods


def _condition(record: Record, feature: Feature) -> Answer:
    found = record.past("conditions", _codes(feature))
    if found is None:
        return Absent("conditions are not recorded")
    present = [d for d in found if d.entry.resolved is None]
    shown = present or found
    evidence = _dated_evidence(record, _code_of(shown[-1].entry), shown[-1].date) if shown else None
    return _yes_no(present, evidence=evidence)


def _condition_ever(record: Record, feature: Feature) -> Answer:
    return _listed(record, feature, "conditions")


def _procedure(record: Record, feature: Feature) -> Answer:
    return _listed(record, feature, "procedures")


def _listed(record: Record, feature: Feature, kind: str) -> Answer:
    """Whether something is listed and not surely in the future."""
    found = record.past(kind, _codes(feature))
    if found is None:
        return Absent(f"{NAMES[kind]} are not recorded")
    maybe = [d for d in found if d.date is not None and d.date.last > record.day]
    surely = [d for d in found if d not in maybe]
    shown = surely or maybe
    evidence = _dated_evidence(record, _code_of(shown[-1].entry), shown[-1].date) if shown else None
    return _yes_no(surely, "it may still lie ahead" if maybe else "", evidence)


def _trait(record: Record, feature: Feature) -> Answer:
    person = record.state.patient
    if person is None or person.traits is None:
        return Absent("traits are not recorded")
    return _word("yes" if set(_codes(feature)) & set(person.traits) else "no")


def _taking(record: Record, feature: Feature) -> Answer:
    if feature.subject == record.lexicon.subject:
        return _taking_subject(record)
    found = record.entries("drugs", _codes(feature))
    if found is None:
        return Absent("medications are not recorded")
    verdicts = [(record.period(d.entry.start, d.entry.stop), d) for d in found]
    taken = next((d for verdict, d in verdicts if verdict), None)
    maybe = next((d for verdict, d in verdicts if verdict is None), None)
    shown = taken or maybe or (found[-1] if found else None)
    evidence = _dated_evidence(record, _code_of(shown.entry), shown.date) if shown else None
    in_doubt = "whether it is still taken depends on an unknown day" if maybe else ""
    doubt = None if taken or maybe else _taken_in_doubt(record, feature)
    return doubt or _yes_no(taken, in_doubt, evidence)


def _taken_in_doubt(record: Record, feature: Feature) -> Unsure | None:
    """Return doubt whether a medicine of unknown class, which may be taken now, is one of those asked about."""
    doubtful = [d for d in _doubtful_drugs(record, feature) if record.period(d.entry.start, d.entry.stop) is not False]
    return _of_unknown_class(record, doubtful) if doubtful else None


def _taking_subject(record: Record) -> Answer:
    course = record.treatment
    if course is None or course.status is None:
        return Absent("the status of treatment is not recorded")
    segment = record.dose_on(record.day)
    label = record.lexicon.label(record.lexicon.subject)
    dose = f"{label} {plain(segment.mg_per_day)} mg/d" if segment else label
    return _word("yes" if course.status == "active" else "no", Evidence(f"{dose}, {course.status}"))


def _dose_of(record: Record, feature: Feature) -> Answer:
    found = record.entries("drugs", _codes(feature))
    if found is None:
        return Absent("medications are not recorded")
    verdicts = [(record.period(d.entry.start, d.entry.stop), d) for d in found]
    taken = [d for verdict, d in verdicts if verdict is not False]
    if not taken:
        not_taken = Absent(f"{record.lexicon.label(feature.subject)} is not being taken")
        return _taken_in_doubt(record, feature) or not_taken
    if any(verdict is None for verdict, _ in verdicts):
        return Unsure("whether it is still taken depends on an unknown day")
    total = Decimal(0)
    for dated in taken:
        dose = dated.entry.dose
        if dose is None:
            return Absent(f"the dose of {record.lexicon.within_a_sentence(_code_of(dated.entry))} is not recorded")
        factor = DOSE_UNITS.get(dose.unit)
        if factor is None:
            return Unsure(f"a dose in {dose.unit} cannot be compared with mg/d")
        total += dose.value * factor
    shown = taken[-1]
    return Known(total, total, _dated_evidence(record, _code_of(shown.entry), shown.date, f"{plain(total)} mg/d"))


def _steroid_dose(record: Record, feature: Feature) -> Answer:
    found = record.entries("drugs", _codes(feature))
    if found is None:
        return _not_recorded(record, feature)
    in_doubt = _taken_in_doubt(record, feature)  # a medicine that may be a steroid: no sum is the whole one
    return in_doubt or steroid_dose(record, found, int(_option(feature, "within")[1]))


def _methods(record: Record, feature: Feature) -> list[Any] | Absent:
    facts = record.state.reproduction
    if facts is None or facts.contraception is None:
        return Absent("contraceptive methods are not recorded")
    codes = _codes(feature)
    return [use for use in facts.contraception if use.method in codes]


def _using(record: Record, feature: Feature) -> Answer:
    methods = _methods(record, feature)
    if isinstance(methods, Absent):
        return methods
    limit = _option(feature, "within")
    longer = int(limit[1]) if limit else 0
    verdicts = [(record.period(use.start, _put_off(use.stop, longer)), use) for use in methods]
    used = next((use for verdict, use in verdicts if verdict), None)
    maybe = any(verdict is None for verdict, _ in verdicts)
    shown = used or (methods[-1] if methods else None)
    evidence = _dated_evidence(record, shown.method, shown.start) if shown else None
    return _yes_no(used, "whether it is still used depends on an unknown day" if maybe else "", evidence)


def _put_off(date: When | None, days: int) -> When | None:
    """Return a date so many days later."""
    return date and When(date.text, date.first + days, date.last + days)


def _methods_in_use(record: Record, feature: Feature) -> Answer:
    methods = _methods(record, feature)
    if isinstance(methods, Absent):
        return methods
    verdicts = [(record.period(use.start, use.stop), use.method) for use in methods]
    surely = {method for verdict, method in verdicts if verdict}
    maybe = {method for verdict, method in verdicts if verdict is None} - surely
    names = ", ".join(record.lexicon.label(method) for method in sorted(surely)) or "none"
    return _number(len(surely), len(surely) + len(maybe), Evidence(names))


def _days_using(record: Record, feature: Feature) -> Answer:
    methods = _methods(record, feature)
    if isinstance(methods, Absent):
        return methods
    to = _option(feature, "to")
    end = record.milestone(to) if to else record.today
    if isinstance(end, (Absent, Unsure)):
        return end
    spans: list[tuple[int, int, Any]] = []
    point = end if end.last < record.day else record.today
    for use in methods:
        going_on = _still(use.stop, point)
        if going_on is False:
            continue
        if use.start is None:
            return Unsure(f"the start of {record.lexicon.within_a_sentence(use.method)} is not recorded")
        low, high = days_between(use.start, end)
        spans.append((max(low, 0) if going_on else 0, max(high, 0), use))
    if not spans:
        return _number(0, 0, Evidence("no such method in use"))
    longest = max(spans, key=lambda span: span[1])
    evidence = _dated_evidence(record, longest[2].method, longest[2].start)
    return _number(max(low for low, _, _ in spans), longest[1], evidence)


def _still(stop: When | None, point: When) -> bool | None:
    """Whether something with an open end goes on at a point in time; nothing when a partial date leaves it open."""
    if stop is None or stop.first >= point.last:
        return True
    return False if stop.last < point.first else None


# ---------------------------------------------------------------- the course of thalidomide


def _days_on(record: Record, feature: Feature) -> Answer:
    if feature.subject == record.lexicon.subject:
        return _days_on_subject(record)
    found = record.entries("drugs", _codes(feature))
    if found is None:
        return Absent("medications are not recorded")
    verdicts = [(record.period(d.entry.start, d.entry.stop), d) for d in found]
    if not any(verdict is not False for verdict, _ in verdicts):
        not_taken = Absent(f"{record.lexicon.label(feature.subject)} is not being taken")
        return _taken_in_doubt(record, feature) or not_taken
    if any(verdict is None for verdict, _ in verdicts):
        return Unsure("whether it is still taken depends on an unknown day")
    taken = [d for verdict, d in verdicts if verdict]
    spans = [days_between(d.date, record.today) for d in taken if d.date is not None]
    if len(spans) < len(taken):
        return Unsure(f"the start of {record.lexicon.within_a_sentence(feature.subject)} is not recorded")
    return _number(max(0, *(low for low, _ in spans)), max(high for _, high in spans))


def _days_on_subject(record: Record) -> Answer:
    start = record.milestone("treatment_start")
    if isinstance(start, (Absent, Unsure)):
        return start
    end = record.milestone("last_dose")
    if isinstance(end, (Absent, Unsure)):
        return end
    low, high = days_between(start, end)
    for pause in record.interruptions:
        stop = pause.stop if pause.stop is not None else None
        if stop is None or stop.first > end.last:
            continue
        pause_low, pause_high = days_between(pause.start, stop)
        low, high = low - pause_high - 1, high - max(pause_low, -1) - 1
    return _number(max(low, 0), max(high, 0), Evidence("", "", f"from {start.text}"))


def _dose(record: Record, feature: Feature) -> Answer:
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    if feature.subject == "planned":
        planned = course.planned_mg_per_day
        return Known(planned, planned) if planned is not None else Absent("a planned dose is not recorded")
    if feature.subject == "current" and course.status in {"planned", "interrupted", "stopped"}:
        return _number(0, 0, Evidence(f"treatment is {course.status}"))
    if course.doses is None:
        return Absent("doses are not recorded")
    segments = record.segments
    if not segments:
        return Absent("no dose has been taken in this course")
    if feature.subject == "current":
        segment = record.dose_on(record.day)
        if segment is None:
            return Absent("no dose is recorded for this day")
        if record.period(segment.start, segment.stop) is None:
            return Unsure("whether the dose still held on this day depends on an unknown day")
    else:
        segment = segments[0] if feature.subject == "first" else max(segments, key=lambda s: s.mg_per_day)
    evidence = Evidence(f"{plain(segment.mg_per_day)} mg/d", "", f"from {segment.start.text}")
    return Known(segment.mg_per_day, segment.mg_per_day, evidence)


def _times_per_day(record: Record, _feature: Feature) -> Answer:
    segment = record.dose_on(record.day)
    if segment is None or segment.times is None:
        return Absent("the times of day of the dose are not recorded")
    return _number(len(segment.times), len(segment.times), Evidence(", ".join(segment.times)))


def _dose_change(record: Record, feature: Feature) -> Answer:
    course = record.treatment
    if course is None or course.doses is None:
        return Absent("doses are not recorded")
    if feature.subject == "at_restart":
        return _dose_change_at_restart(record)
    segments = record.segments
    for before, after in reversed(list(pairwise(segments))):
        if before.mg_per_day != after.mg_per_day:
            change = after.mg_per_day - before.mg_per_day
            written = f"{plain(before.mg_per_day)} to {plain(after.mg_per_day)} mg/d"
            return Known(change, change, Evidence(written, "", after.start.text))
    return _number(0, 0, Evidence("the dose was never changed"))


def _dose_change_at_restart(record: Record) -> Answer:
    """Return the dose after the latest (or planned) restart less the last dose before it.

    Where a course has ended and a new one is planned, the last dose of the course is the one before.
    """
    course = record.treatment
    if course is not None and course.status == "stopped" and course.planned_restart is not None:
        before, gap = next(reversed(record.segments), None), "stop"
        after = course.planned_mg_per_day
    else:
        pauses = record.interruptions
        if course is None or not pauses:
            return Absent("there was no interruption")
        before, gap = record.dose_on(pauses[-1].start.first - 1), "interruption"
        end = pauses[-1].stop
        if end is not None and end.first < record.day:
            segment = record.dose_on(end.last + 1)
            after = segment.mg_per_day if segment else None
        else:
            after = course.planned_mg_per_day
    if before is None:
        return Absent(f"the dose before the {gap} is not recorded")
    if after is None:
        return Absent("the dose after the restart is not recorded")
    change = after - before.mg_per_day
    return Known(change, change, Evidence(f"{plain(before.mg_per_day)} to {plain(after)} mg/d"))


def _days_before_dose_change(record: Record, _feature: Feature) -> Answer:
    if record.treatment is None or record.treatment.doses is None:
        return Absent("doses are not recorded")
    segments = record.segments
    for index in range(len(segments) - 1, 0, -1):
        if segments[index].mg_per_day != segments[index - 1].mg_per_day:
            first = index - 1
            while first > 0 and segments[first - 1].mg_per_day == segments[first].mg_per_day:
                first -= 1
            low, high = days_between(segments[first].start, segments[index].start)
            return _number(low, high, Evidence("", "", f"{segments[first].start.text} to {segments[index].start.text}"))
    return Absent("the dose was never changed")


def _paused_for(record: Record, feature: Feature) -> Answer:
    course = record.treatment
    if course is None:
        return Absent("the course of treatment is not recorded")
    which = str(_option(feature, "which") or "any")
    reasons = _reasons(record, which)
    found = next((reason for reason in reasons if reason in _codes(feature)), None)
    if found is not None:
        return _word("yes", Evidence(record.lexicon.label(found)))
    if None in reasons:
        if course.status == "stopped" and course.stop_reason is None and reasons.count(None) == 1:
            return Absent("the reason of the stop is not recorded")
        return Unsure("the reason of a pause is not recorded")
    if which != "current" and (course.interruptions is None or course.earlier_courses is None):
        missing = "interruptions" if course.interruptions is None else "earlier courses"
        return Absent(f"{missing} are not recorded")
    if which != "earlier" and course.status is None:
        return Absent("the status of treatment is not recorded")
    return _word("no")


def _reasons(record: Record, which: str) -> list[str | None]:
    """Return why the course is paused or stopped now, why it was paused or ended before, or both."""
    course = record.treatment
    if course is None:
        return []
    present = record.present_pause
    earlier: list[str | None] = [pause.reason for pause in record.interruptions if pause is not present]
    earlier += [before.reason for before in course.earlier_courses or ()]
    current: list[str | None] = []
    if course.status == "stopped":
        current = [course.stop_reason]
    elif course.status == "interrupted":
        current = [present.reason if present else None]
    return {"current": current, "earlier": earlier}.get(which, [*earlier, *current])


_LISTED_MILESTONES = (
    "prescription",
    "previous_prescription",
    "dispensing",
    "authorisation",
    "confirmation",
    "supply_end",
)


def _recorded(record: Record, feature: Feature) -> Answer:
    date = record.milestone(feature.subject)
    if isinstance(date, Absent):
        return _word("no", Evidence(date.reason)) if date.known_none else date
    if isinstance(date, Unsure):  # which of several dates it is may be open, but not that there is one
        return _word("yes") if feature.subject in _LISTED_MILESTONES else date
    return _word("yes", Evidence("", "", date.text))


def _supply(record: Record, feature: Feature) -> Answer:
    if feature.subject in {"prescribed_days", "refills"}:
        prescription = record.prescription()
        if isinstance(prescription, (Absent, Unsure)):
            return prescription
        value = prescription.days_supply if feature.subject == "prescribed_days" else prescription.refills
        words = "days' supply" if feature.subject == "prescribed_days" else "number of refills"
        if value is None:
            return Absent(f"the {words} of the latest prescription is not recorded")
        return _number(value, value, Evidence(f"{words} {value}", "", prescription.date.text))
    dispensing = record.dispensing()
    if isinstance(dispensing, (Absent, Unsure)):
        return dispensing
    if feature.subject == "dispensed_days":
        if dispensing.days_supply is None:
            return Absent("the days' supply of the latest dispensing is not recorded")
        return _number(dispensing.days_supply, dispensing.days_supply, Evidence("", "", dispensing.date.text))
    return _days_remaining(record)


def _days_remaining(record: Record) -> Answer:
    """Return the days of the earlier supply in hand when the latest was dispensed, recorded or computed."""
    latest, before = record.dispensing(), record.dispensing(1)
    if isinstance(latest, (Absent, Unsure)):
        return latest
    if latest.days_remaining is not None:
        value = latest.days_remaining
        return _number(value, value, Evidence(f"{value} d in hand", "", latest.date.text))
    if isinstance(before, (Absent, Unsure)):
        return before
    if before.days_supply is None:
        return Absent("the days' supply of the earlier dispensing is not recorded")
    low, high = days_between(before.date, latest.date)
    return _number(
        max(before.days_supply - high, 0),
        max(before.days_supply - low, 0),
        Evidence(f"{before.days_supply} d dispensed on {before.date.text}", "", latest.date.text),
    )


# ---------------------------------------------------------------- the person, single facts


def _age(record: Record, _feature: Feature) -> Answer:
    person = record.state.patient
    if person is None or (person.birth_date is None and person.age is None):
        return Absent("neither birth date nor age is recorded")
    if person.age is not None:
        return _number(int(person.age), int(person.age), Evidence(f"{plain(person.age)} years"))
    assert person.birth_date is not None  # noqa: S101  one of the two is there
    low, high = months_between(person.birth_date, record.today)
    return _number(low // 12, high // 12, Evidence(f"born {person.birth_date.text}"))


def _body(record: Record, feature: Feature) -> Answer:
    term = record.lexicon.terms.get(feature.subject)
    found = record.past("observations", (feature.subject,)) if term is not None else None
    rivals = _newest(found or [])
    if rivals:
        return _value_range(record, feature, rivals)
    person = record.state.patient
    quantity = getattr(person, feature.subject) if person is not None else None
    if quantity is None:
        return Absent(f"{feature.subject} is not recorded")
    factors = dict(term.factors) if term else {}
    if quantity.unit == feature.unit:
        factor = Decimal(1)
    elif quantity.unit in factors:
        factor = factors[quantity.unit]
    else:
        return Unsure(f"a {feature.subject} in {quantity.unit} cannot be compared with {feature.unit}")
    value = quantity.value * factor
    return Known(value, value, Evidence(f"{feature.subject} {plain(quantity.value)} {quantity.unit}"))


def _flag(value: bool | None) -> str | None:  # noqa: FBT001  a recorded yes or no
    return None if value is None else "yes" if value else "no"


def _of_reproduction(name: str) -> Callable[[Record], str | None]:
    def find(record: Record) -> str | None:
        facts = record.state.reproduction
        value = getattr(facts, name) if facts is not None else None
        return _flag(value) if isinstance(value, bool) else value

    return find


def _of_partner(name: str) -> Callable[[Record], str | None]:
    def find(record: Record) -> str | None:
        facts = record.state.reproduction
        partner = facts.partner if facts is not None else None
        value = getattr(partner, name) if partner is not None else None
        return _flag(value) if isinstance(value, bool) else value

    return find


def _of_cycles(name: str) -> Callable[[Record], str | None]:
    def find(record: Record) -> str | None:
        facts = record.state.reproduction
        cycles = facts.cycles if facts is not None else None
        value = getattr(cycles, name) if cycles is not None else None
        return _flag(value) if isinstance(value, bool) else value

    return find


def _of_dispensing(name: str) -> Callable[[Record], str | None]:
    def find(record: Record) -> str | None:
        dispensing = record.dispensing()
        if isinstance(dispensing, (Absent, Unsure)):
            return None
        if name == "confirmation":
            return _flag(dispensing.confirmation is not None)
        return _flag(getattr(dispensing, name))

    return find


def _of_prescription(name: str) -> Callable[[Record], str | None]:
    def find(record: Record) -> str | None:
        prescription = record.prescription()
        if isinstance(prescription, (Absent, Unsure)):
            return None
        if name == "authorisation":
            return _flag(prescription.authorisation is not None)
        value = getattr(prescription, name)
        return None if value is None else str(value)

    return find


def _dose_time(record: Record) -> str | None:
    segment = record.dose_on(record.day)
    if segment is None or not segment.times:
        return None
    return segment.times[0] if len(segment.times) == 1 else "several"


_FACTS: dict[str, Callable[[Record], str | None]] = {
    "sex_at_birth": lambda r: r.state.patient.sex_at_birth if r.state.patient else None,
    "treatment_status": lambda r: r.treatment.status if r.treatment else None,
    "indication": lambda r: r.treatment.indication if r.treatment else None,
    "menstrual_status": _of_reproduction("menstrual_status"),
    "puberty": _of_reproduction("puberty"),
    "cycle_regularity": _of_cycles("regularity"),
    "cycle_confirmed": _of_cycles("confirmed"),
    "pregnancy": _of_reproduction("pregnancy"),
    "breastfeeding": _of_reproduction("breastfeeding"),
    "abstinence": _of_reproduction("abstinence"),
    "partner_can_become_pregnant": _of_partner("can_become_pregnant"),
    "partner_pregnancy": _of_partner("pregnancy"),
    "condom_use": _of_partner("condom_use"),
    "condom_material": _of_partner("condom_material"),
    "dose_time": _dose_time,
    "prescription_route": _of_prescription("route"),
    "prescription_risk_category": _of_prescription("risk_category"),
    "prescription_authorised": _of_prescription("authorisation"),
    "dispensing_confirmed": _of_dispensing("confirmation"),
    "dispensing_pharmacy_certified": _of_dispensing("pharmacy_certified"),
    "dispensing_counselled": _of_dispensing("counselled"),
    "dispensing_medication_guide": _of_dispensing("medication_guide"),
}


def _fact(record: Record, feature: Feature) -> Answer:
    word = _FACTS[feature.subject](record)
    if word is None:
        return Absent(f"{feature.subject.replace('_', ' ')} is not recorded")
    return _word(word, Evidence(record.lexicon.label(word)))


_NEVER_UNSURE = frozenset(
    {"fact", "trait", "condition_ever", "dose_change", "days_before_dose_change", "times_per_day"}
)
"""Questions that have an answer or none: nothing on file leaves them in doubt."""
_ONE_NUMBER = frozenset({"dose", "dose_change", "times_per_day"})
"""Questions answered by a number as it was entered; no unknown day makes bounds of it."""


def can_be_unsure(feature: Feature) -> bool:
    """Whether something on file can leave a question in doubt; where not, it has an answer or none is on file."""
    if feature.kind == "on_file":
        return not feature.chosen.keys().isdisjoint(_WINDOWED)
    if feature.kind == "event_ever":
        return "since" in feature.chosen
    if feature.kind == "recorded":
        return feature.subject not in _LISTED_MILESTONES
    if feature.kind == "dose":
        return feature.subject == "current"
    return feature.kind not in _NEVER_UNSURE


def can_have_bounds(feature: Feature) -> bool:
    """Whether the answer can be a number that is known within bounds only."""
    return feature.type is AnswerType.NUMBER and feature.kind not in _ONE_NUMBER


_QUESTIONS: dict[str, Callable[[Record, Feature], Answer]] = {
    "age": _age,
    "body": _body,
    "latest": _latest,
    "lowest": _extreme,
    "highest": _extreme,
    "fall_from_baseline": _change_from_baseline,
    "rise_from_baseline": _change_from_baseline,
    "times_upper_limit": _times_upper_limit,
    "sensitivity": _sensitivity,
    "days_since": _days_since,
    "days_until": _days_until,
    "months_since": _months_since,
    "days_from": _days_from,
    "hours_from": _hours_from,
    "days_overdue": _days_overdue,
    "days_on": _days_on,
    "dose": _dose,
    "times_per_day": _times_per_day,
    "dose_change": _dose_change,
    "days_before_dose_change": _days_before_dose_change,
    "dose_of": _dose_of,
    "exposure": exposure,
    "steroid_dose": _steroid_dose,
    "grade": _grade,
    "worst_grade": _worst_grade,
    "count": _count,
    "days_using": _days_using,
    "methods_in_use": _methods_in_use,
    "supply": _supply,
    "taking": _taking,
    "event_active": _event_active,
    "event_ever": _event_ever,
    "recurred_after_restart": _recurred_after_restart,
    "condition": _condition,
    "condition_ever": _condition_ever,
    "procedure": _procedure,
    "trait": _trait,
    "on_file": _on_file,
    "using": _using,
    "paused_for": _paused_for,
    "recorded": _recorded,
    "fact": _fact,
    "result": _result,
}
