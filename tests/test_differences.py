"""Each difference between the US and the European texts shows in the checklists of one record under both profiles."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from building import RULES, example_patients, packaged_rules
from thalsafety.testing import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shown(NamedTuple):
    """One record under two profiles: the rules that apply under `us` alone, and those under the other one alone."""

    patient: str
    us: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    profile: str = "eu"


DIFFERENCES: dict[str, tuple[Shown, ...]] = {
    "regimen": (
        Shown("eu-man-on-melphalan-prednisone-and-warfarin.yaml", us=("use-outside-label",)),
        Shown("quiet-man-with-vasectomy-on-myeloma-treatment.yaml", other=("use-outside-eu-licence",)),
        Shown("eu-myeloma-doses-by-age-and-counts.yaml#4", other=("myeloma-past-twelve-cycles",)),
    ),
    "starting-dose-by-age": (Shown("eu-myeloma-doses-by-age-and-counts.yaml#1", other=("over-75-start-above-100",)),),
    "count-based-start": (
        Shown("planned-start-with-neutrophils-680.yaml", us=("anc-too-low-to-start",)),
        Shown("eu-myeloma-doses-by-age-and-counts.yaml#2", other=("myeloma-lower-start-not-reviewed",)),
    ),
    "indication-enl": (Shown("eu-leprosy-reaction-outside-the-licence.yaml", other=("use-outside-eu-licence",)),),
    "pregnancy-test-sensitivity": (
        Shown("us-woman-with-a-combined-pill-and-a-weaker-test.yaml", other=("pregnancy-test-sensitivity",)),
    ),
    "pregnancy-test-before-start": (
        Shown(
            "us-woman-tested-two-days-before-her-first-prescription.yaml",
            us=("first-pregnancy-test-missing", "second-pregnancy-test-missing"),
        ),
    ),
    "pregnancy-test-on-treatment": (
        Shown("woman-week-2-pregnancy-test-overdue.yaml", us=("pregnancy-test-overdue",)),
        Shown("woman-irregular-cycles-two-week-test-due.yaml", us=("pregnancy-test-due",)),
        Shown("us-woman-tested-six-days-before-her-prescription.yaml", other=("prescribed-without-pregnancy-test",)),
    ),
    "pregnancy-test-after-end": (
        Shown("us-woman-stopped-five-weeks-ago.yaml", other=("pregnancy-test-after-the-end",)),
    ),
    "contraceptive-methods-count": (
        Shown(
            "eu-woman-tested-two-days-before-her-first-prescription.yaml",
            us=("two-methods-not-four-weeks-before-start",),
        ),
    ),
    "progestogen-only-pill": (
        Shown("eu-woman-with-a-desogestrel-pill-alone.yaml", us=("two-methods-missing-in-course",)),
    ),
    "combined-hormonal": (
        Shown("us-woman-with-a-combined-pill-and-a-weaker-test.yaml", other=("combined-hormonal-method-in-use",)),
        Shown("eu-pill-stopped-two-weeks-ago.yaml", other=("stopped-pill-still-counts",)),
    ),
    "intrauterine-device": (Shown("us-woman-with-a-copper-device.yaml", other=("copper-device-in-use",)),),
    "vasectomised-partner": (
        Shown("us-woman-whose-partner-had-a-vasectomy.yaml", other=("effective-method-missing-in-course",)),
    ),
    "abstinence": (
        Shown(
            "us-woman-abstinent-and-not-asked-for-two-months.yaml",
            other=("abstinence-not-confirmed-this-month",),
        ),
    ),
    "childbearing-potential": (
        Shown(
            "us-woman-of-48-two-years-after-menopause.yaml",
            other=("effective-method-missing-in-course", "pregnancy-test-overdue"),
        ),
        Shown(
            "eu-woman-of-55-thirteen-months-after-menopause.yaml",
            us=("category-misses-reproductive-potential", "pregnancy-test-overdue", "two-methods-missing-in-course"),
        ),
    ),
    "supply-limit": (
        Shown(
            "us-and-eu-man-with-twelve-weeks-of-capsules.yaml#1",
            us=("prescription-over-the-limits", "too-much-dispensed"),
        ),
        Shown(
            "eu-woman-given-eight-weeks-at-once.yaml",
            us=("prescription-over-the-limits",),
            other=("prescribed-over-programme-supply", "dispensed-over-programme-supply"),
        ),
    ),
    "dispensing-window": (
        Shown("us-and-eu-woman-with-a-test-of-eight-days.yaml#1", us=("prescription-out-of-date",)),
        Shown(
            "us-eu-and-uk-man-with-a-prescription-of-nine-days.yaml#1",
            other=("prescription-lapsed-since-issue",),
        ),
    ),
    "male-condom-after-end": (Shown("us-man-ten-days-after-his-last-dose.yaml", us=("condom-not-at-every-contact",)),),
    "semen-donation-after-end": (
        Shown("us-man-ten-days-after-his-last-dose.yaml", us=("semen-donation-planned-in-risk-period",)),
    ),
    "blood-donation-after-end": (
        Shown("us-man-ten-days-after-his-last-dose.yaml", us=("blood-donation-planned-in-risk-period",)),
    ),
    "thromboprophylaxis": (
        Shown("eu-third-month-on-aspirin-alone.yaml", other=("prophylaxis-first-five-months",)),
        Shown(
            "myeloma-with-dexamethasone-and-no-thromboprophylaxis.yaml",
            us=("clot-promoting-combination-unprotected",),
            other=("prophylaxis-first-five-months",),
        ),
    ),
    "restart-after-clot": (
        Shown(
            "uk-restart-planned-before-the-clot-is-settled.yaml", other=("restart-after-clot-not-ready",), profile="uk"
        ),
        Shown("eu-anticoagulant-ended-after-the-restart.yaml", other=("anticoagulation-missing-after-clot",)),
        Shown("eu-calf-vein-clot-in-week-thirteen.yaml", other=("clot-stops-treatment",)),
    ),
    "esa-haemoglobin": (
        Shown("eu-darbepoetin-with-haemoglobin-12-6.yaml", other=("erythropoietic-agent-above-limit",)),
    ),
    "neuropathy-cadence": (
        Shown("us-and-eu-nerves-not-examined-in-week-six.yaml#1", us=("neurological-examination-due",)),
    ),
    "neuropathy-electrophysiology": (
        Shown("us-and-eu-eight-months-without-a-nerve-study.yaml#1", us=("nerve-conduction-repeat-to-consider",)),
    ),
    "neuropathy-action": (
        Shown(
            "us-and-eu-tingling-of-grade-1.yaml#1", us=("neuropathy-on-treatment",), other=("neuropathy-grade-1-watch",)
        ),
        Shown(
            "us-and-eu-neuropathy-of-grade-2.yaml#1",
            us=("neuropathy-moderate-on-treatment",),
            other=("neuropathy-grade-2-reduce-or-interrupt",),
        ),
        Shown(
            "us-and-eu-restart-with-neuropathy-at-grade-1.yaml#2",
            us=("neuropathy-restart-not-recovered",),
            other=("neuropathy-benefit-risk-not-weighed",),
        ),
    ),
    "hepatitis-b": (
        Shown("eu-hepatitis-b-from-the-first-visit-to-reactivation.yaml#1", other=("hepatitis-b-status-unknown",)),
        Shown("eu-hepatitis-b-from-the-first-visit-to-reactivation.yaml#2", other=("hepatitis-b-without-expert",)),
        Shown(
            "eu-hepatitis-b-from-the-first-visit-to-reactivation.yaml#3", other=("virus-reactivation-watch-overdue",)
        ),
    ),
    "hiv-viral-load": (Shown("shingles-and-a-stomach-ulcer-with-hiv.yaml", us=("hiv-viral-load-due",)),),
    "pulmonary-hypertension": (
        Shown("eu-heart-thyroid-and-bowel-around-a-start.yaml#1", other=("heart-or-lung-disease-found",)),
        Shown("calves-that-differ-by-4-percent.yaml", other=("cardiopulmonary-assessment-missing",)),
    ),
    "thyroid": (
        Shown("eu-heart-thyroid-and-bowel-around-a-start.yaml#1", other=("thyroid-test-before-start",)),
        Shown("eu-heart-thyroid-and-bowel-around-a-start.yaml#2", other=("thyroid-test-due",)),
    ),
    "second-malignancy": (
        Shown(
            "eu-heart-thyroid-and-bowel-around-a-start.yaml#1",
            other=("second-cancer-check-before-start",),
            profile="uk",
        ),
    ),
    "pd1-combination": (
        Shown("man-with-four-clinics-and-drops-of-unknown-make.yaml", us=("pd1-antibody-with-dexamethasone",)),
    ),
    "warfarin-inr": (Shown("eu-man-on-melphalan-prednisone-and-warfarin.yaml", other=("inr-not-followed",)),),
    "contraceptive-inducers": (
        Shown("woman-pill-and-rifampicin.yaml", us=("hormonal-method-with-interfering-medicine",)),
    ),
    "sedatives": (
        Shown(
            "eu-man-with-donepezil-and-zopiclone-since-may.yaml",
            us=("sedating-medicine-not-weighed",),
            other=("sedating-medicine-not-reviewed",),
        ),
        Shown("eu-and-uk-chills-at-noon-and-a-glass-each-evening.yaml#2", other=("alcohol-beside-thalidomide",)),
    ),
    "paediatric-age": (
        Shown("us-eu-and-uk-youth-of-16-before-a-start.yaml#1", other=("under-18-outside-licence",)),
        Shown("us-eu-and-uk-youth-of-16-before-a-start.yaml#1", other=("form-declaration-missing",), profile="uk"),
    ),
}

ROWS = [(key, shown) for key, several in DIFFERENCES.items() for shown in several]


@cache
def runner() -> Runner:
    """Return one runner, so that the rules are linked and compiled once."""
    return Runner(packaged_rules())


@cache
def outcomes(patient: str, profile: str) -> dict[str, str]:
    """Return the outcome of every rule for an example patient under a profile."""
    state = example_patients()[patient].state
    assert state is not None
    return dict(runner().outcomes(state, profile))


def noted() -> list[dict[str, Any]]:
    """Return the differences that the notes on the European sources list."""
    notes = yaml.safe_load((RULES / "sources" / "notes" / "eu-smpc.yaml").read_text("utf-8"))
    return list(notes["profile_differences"])


def test_every_noted_difference_is_shown() -> None:
    """The notes and the table name the same differences, and none stands twice."""
    keys = [str(entry["key"]) for entry in noted()]
    assert len(set(keys)) == len(keys)
    assert set(DIFFERENCES) == set(keys)


def rests_on(name: str, *, of: str = "rules") -> set[str]:
    """Return the statements that a rule cites, and those of the definitions and schedules it asks."""
    entity = getattr(packaged_rules(), of)[name]
    found = {guidance.statement for guidance in entity.guidance}
    for key, value in questions(entity.model_dump(exclude_none=True)):
        if key == "holds":
            found |= rests_on(value, of="definitions")
        elif key in {"due", "overdue"}:
            found |= rests_on(value, of="schedules")
    return found


def questions(part: object) -> Iterator[tuple[str, str]]:
    """Return every key with a word beside it, however deep."""
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str):
                yield key, value
            else:
                yield from questions(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from questions(value)


def test_rows_rest_on_the_noted_statements() -> None:
    """Each rule of a row rests on one of the statements that the notes name for its side."""
    named = {str(entry["key"]): entry for entry in noted()}
    strangers = [
        (key, rule)
        for key, shown in ROWS
        for side, rules in (("us_ids", shown.us), ("eu_ids", shown.other))
        for rule in rules
        if not rests_on(rule) & set(named[key][side])
    ]
    assert strangers == []


def test_every_row_shows_something() -> None:
    """No row is without a rule on one of its sides."""
    assert [key for key, shown in ROWS if not (shown.us or shown.other)] == []


@pytest.mark.parametrize(("key", "shown"), ROWS, ids=[f"{key}:{shown.patient}:{shown.profile}" for key, shown in ROWS])
def test_the_checklists_differ_as_noted(key: str, shown: Shown) -> None:
    """The same record: a rule applies under one profile, and under the other it surely does not or is not in force."""
    us, other = outcomes(shown.patient, "us"), outcomes(shown.patient, shown.profile)
    found = {rule: (us[rule], other[rule]) for rule in (*shown.us, *shown.other)}
    without = {"does_not_apply", "not_in_force"}
    wrong = {
        rule: answers
        for rule, answers in found.items()
        for here, there in [answers if rule in shown.us else answers[::-1]]
        if here != "applies" or there not in without
    }
    assert wrong == {}, key
