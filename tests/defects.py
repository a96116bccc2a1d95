"""A hundred mistakes that someone could make in the packaged rules, each an exact edit of one file, and what finds it.

`found_by` is `examples` (a worked example of a rule that the mistake reaches) or a check of `verify` with what its finding
is about; nothing where no tool finds it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from building import RULES


class Defect(NamedTuple):
    """One mistake: its kind, the file, what stands there once or first, what is written instead, and what finds it."""

    kind: str
    file: str
    old: str
    new: str
    found_by: tuple[str, ...] = ("examples",)

    def edited(self, text: str | None = None) -> str:
        """Return the text of the file with the mistake in it, or such a text; what is edited must stand there."""
        written = (RULES / f"{self.file}.yaml").read_text("utf-8") if text is None else text
        if self.old == ANY_CONDITION:
            whole = re.compile(r"^when:\n.*?^recommend:", re.DOTALL | re.MULTILINE)
            return whole.sub(f"when:\n{self.new}recommend:", written)
        assert self.old in written, f"{self.file} does not say {self.old!r} any more"
        return written.replace(self.old, self.new, 1)


ANY_CONDITION = "@"
"""Stands for the whole condition of a rule."""
NOBODY: tuple[str, ...] = ()

# ruff: noqa: E501  what is edited stands as it is written
# fmt: off
DEFECTS: dict[str, Defect] = {
    # ------------------------------------------------------------ numbers
    "750 neutrophils written as 749": Defect("number", "haematology/anc-low-on-treatment", "value: 750", "value: 749"),
    "grade 4 neutrophils from 0.6": Defect("number", "haematology/neutropenia-severe-or-persisting", "value: 0.5", "value: 0.6"),
    "grade 4 platelets from 24": Defect("number", "parameters/blood-counts", "value: 25", "value: 24"),
    "grade 3 haemoglobin from 8.1": Defect("number", "parameters/blood-counts", "value: 8.0", "value: 8.1"),
    "fever from 38.0": Defect("number", "haematology/febrile-neutropenia", "value: 38.3", "value: 38.0"),
    "tolerated below 401 mg": Defect("number", "dosing/dose-at-or-above-400", "value: 400", "value: 401"),
    "a slow heart below 49": Defect("number", "cardiac/bradycardia-present", "value: 50", "value: 49"),
    "glucose a day sooner": Defect("number", "endocrine-metabolic/glucose-not-checked", "value: 92", "value: 91"),
    "menopause after twelve months": Defect("number", "definitions/can_become_pregnant", "value: 24", "value: 12"),
    "a course ended from grade 4 only": Defect("number", "neuropathy/neuropathy-severe", "value: 3", "value: 4"),
    "a maximum below what is tolerated": Defect("number", "dosing/dose-above-800", "value: 800", "value: 300", ("V009", "dose_generally_tolerated_below")),
    "grades out of order": Defect("number", "parameters/blood-counts", "- value: 1.5", "- value: 0.9", ("V009", "anc_grade_3_below")),
    "a number not yet in force": Defect("number", "haematology/lymphocytes-low", "effective: 2017-11-27", "effective: 2037-11-27"),
    # ------------------------------------------------------------ units
    "a count that speaks for weeks": Defect("unit", "haematology/anc-low-on-treatment", "unit: d\n", "unit: wk\n"),
    "750 in thousands": Defect("unit", "haematology/anc-low-on-treatment", "unit: /mm3", 'unit: "10*9/L"'),
    "persisting within days": Defect("unit", "haematology/neutropenia-severe-or-persisting", "unit: wk", "unit: d"),
    "nerves watched for weeks": Defect("unit", "definitions/neuropathy_watch_runs", "unit: mo", "unit: wk"),
    "a confirmation valid for days": Defect("unit", "prescribing-controls/confirmation-number-missing-or-expired", "unit: h", "unit: d"),
    "the second test within days": Defect("unit", "pregnancy-prevention/second-pregnancy-test-missing", "unit: h", "unit: d"),
    "dose steps after days": Defect("unit", "dosing/myeloma-dose-step-too-fast", "unit: wk", "unit: d"),
    # ------------------------------------------------------------ comparisons
    "750 itself too low": Defect("comparison", "haematology/anc-low-on-treatment", "below: anc_reevaluate_below", "at_most: anc_reevaluate_below"),
    "recovered only above 50": Defect("comparison", "haematology/counts-recovered-restart", "at_least: platelets_grade_3_below", "above: platelets_grade_3_below"),
    "800 mg itself too much": Defect("comparison", "dosing/dose-above-800", "above: dose_maximum", "at_least: dose_maximum"),
    "a period late a day early": Defect("comparison", "pregnancy-prevention/period-may-be-late", "above: period_late_after", "at_least: period_late_after"),
    "clots watched a day less": Defect("comparison", "definitions/clot_watch", "at_most: clot_watch_after_last_dose", "below: clot_watch_after_last_dose"),
    "a child at the age of an adult": Defect("comparison", "definitions/child", "below: adult_from", "at_most: adult_from"),
    "a fast heart for a slow one": Defect("comparison", "cardiac/bradycardia-present", "below: heart_rate_slow", "above: heart_rate_slow"),
    "a boundary turned round": Defect("comparison", "haematology/platelets-life-threatening", "below: platelets_grade_4_below", "above: platelets_grade_4_below", ("V010", "grade-4-platelets-stop-treatment")),
    "a dose within the limit": Defect("comparison", "dosing/dose-above-800", "above: dose_maximum", "below: dose_maximum", ("V008", "dose-above-the-maximum-covered")),
    # ------------------------------------------------------------ another number
    "a lower number": Defect("parameter", "haematology/anc-low-on-treatment", "below: anc_reevaluate_below", "below: anc_grade_4_below", ("V008", "low-neutrophils-on-treatment-covered")),
    "a restart with few neutrophils": Defect("parameter", "haematology/counts-recovered-restart", "at_least: anc_grade_3_below", "at_least: anc_min_to_start", ("V011", "no-restart-with-low-counts")),
    "haemoglobin by the grade of another": Defect("parameter", "haematology/haemoglobin-low", "below: haemoglobin_grade_3_below", "below: haemoglobin_grade_2_below"),
    # ------------------------------------------------------------ clauses
    "an alarm for those who cannot become pregnant": Defect("clause", "pregnancy-prevention/pregnancy-alarm", "    - holds: can_become_pregnant\n", ""),
    "pregnancy tests for men": Defect("clause", "pregnancy-prevention/pregnancy-test-due", "    - holds: can_become_pregnant\n", "", ("V011", "no-pregnancy-test-for-men")),
    "a known neuropathy examined again": Defect("clause", "neuropathy/neuropathy-symptoms-to-examine", '    - event_active: neuropathy\n      is: "no"\n', ""),
    "an antithrombotic that does not count": Defect("clause", "thromboembolism/clot-promoting-combination-unprotected", '    - taking: antithrombotics\n      is: "no"\n', ""),
    "cytotoxics forgotten": Defect("clause", "definitions/prone_to_neutropenia", "    - taking: cytotoxics\n", ""),
    "tendon reflexes forgotten": Defect("clause", "definitions/nerve_findings_abnormal", "    - all:\n        - on_file: tendon_reflexes\n        - result: tendon_reflexes\n          in: [reduced, absent]\n", ""),
    "anaphylaxis forgotten": Defect("clause", "definitions/severe_reaction_now", "    - event_active: hypersensitivity_severe\n", ""),
    "HbA1c that does not count": Defect("clause", "endocrine-metabolic/glucose-not-checked", '    - on_file: hba1c\n      within: glucose_speaks_for\n      is: "no"\n', ""),
    "an event that is not asked for": Defect("clause", "haematology/febrile-neutropenia", "        - event_active: febrile_neutropenia\n", "", ("V010", "febrile-neutropenia-stops-treatment")),
    "a rule for nobody": Defect("clause", "cardiac/heart-rate-due", "    - holds: in_course\n", "    - holds: in_course\n    - fact: treatment_status\n      is: planned\n", ("V001", "heart-rate-due")),
    "a rule for everybody": Defect("clause", "education/driving-counselling-missing", ANY_CONDITION, "  any:\n    - {fact: puberty, is: started, or_missing: true}\n    - not: {fact: puberty, is: started}\n", ("V002", "driving-counselling-missing")),
    "a line without effect": Defect("clause", "endocrine-metabolic/glucose-not-checked", "        - taking: metformin\n", "        - taking: metformin\n    - fact: treatment_status\n      in: [active, interrupted, stopped]\n", ("V003", "endocrine-metabolic/glucose-not-checked.yaml")),
    # ------------------------------------------------------------ definitions inverted
    "those who start taken for those on treatment": Defect("inverted", "definitions/starting", "is: planned", "is: active"),
    "two other methods asked for and refused": Defect("inverted", "definitions/two_methods_missing", "    - not:\n        holds: two_other_methods_accepted\n", "    - holds: two_other_methods_accepted\n"),
    "abstinence the other way": Defect("inverted", "definitions/no_abstinence_commitment", "is: not_committed", "is: committed"),
    "unconfirmed cycles taken for confirmed": Defect("inverted", "definitions/regular_cycles_confirmed", 'is: "yes"', 'is: "no"'),
    "hormones fine without hormones": Defect("inverted", "contraception/hormonal-method-with-interfering-medicine", "    - not:\n        holds: two_methods_without_hormones\n", "    - holds: two_methods_without_hormones\n"),
    "no turned into yes": Defect("inverted", "prescribing-controls/not-enrolled-with-agreement", 'is: "no"', 'is: "yes"', ("V010", "no-enrolment-stops-the-course")),
    # ------------------------------------------------------------ all and any
    "every count low at once": Defect("joint", "definitions/last_counts_severe", "  any:\n", "  all:\n"),
    "one low count is pancytopenia": Defect("joint", "haematology/pancytopenia", "        - all:\n", "        - any:\n"),
    "one recovered count is enough": Defect("joint", "haematology/counts-recovered-restart", "  all:\n", "  any:\n"),
    "both reports missing": Defect("joint", "pregnancy-prevention/embryo-fetal-exposure-report", "    - any:\n", "    - all:\n"),
    "a method or what speaks against it": Defect("joint", "contraception/contraindicated-method-in-use", "        - all:\n", "        - any:\n"),
    # ------------------------------------------------------------ what is missing
    "a referral that nobody recorded": Defect("lack", "pregnancy-prevention/embryo-fetal-exposure-referral", "      or_missing: true\n", ""),
    "an assessment that nobody recorded": Defect("lack", "thromboembolism/earlier-thrombosis-not-assessed", "      or_missing: true\n", ""),
    "a clot that nobody called stable": Defect("lack", "definitions/clot_unsettled", "              or_missing: true\n", ""),
    "counselling not recorded taken for none": Defect("lack", "contraception/contraception-counselling-missing", '          is: "no"\n', '          is: "no"\n          or_missing: true\n'),
    "a missing test that no longer counts": Defect("lack", "pregnancy-prevention/pregnancy-test-overdue", "          above: pregnancy_test_interval_regular\n          or_missing: true", "          above: pregnancy_test_interval_regular", ("V010", "pregnancy-test-too-old-stops-treatment")),
    # ------------------------------------------------------------ words
    "a pause is no course": Defect("words", "definitions/in_course", "in: [active, interrupted]", "in: [active]"),
    "a boy's category accepted": Defect("words", "prescribing-controls/category-misses-reproductive-potential", "adult_male, male_child]", "adult_male]"),
    "a morning dose accepted": Defect("words", "dosing/dose-not-once-at-bedtime", "[morning, midday, afternoon]", "[midday, afternoon]"),
    "an absent period is regular": Defect("words", "definitions/regular_cycles_confirmed", "in: [irregular, absent]", "in: [irregular]"),
    "absent reflexes are normal": Defect("words", "definitions/nerve_findings_abnormal", "in: [reduced, absent]", "in: [reduced]"),
    "irregular cycles asked for": Defect("words", "pregnancy-prevention/period-may-be-late", "      is: regular", "      is: irregular"),
    # ------------------------------------------------------------ another question
    "white cells for neutrophils": Defect("question", "haematology/anc-low-on-treatment", "latest: anc", "latest: white_cells"),
    "a reaction that is over forgotten": Defect("question", "definitions/severe_reaction_ever", "event_ever: severe_skin_reaction", "event_active: severe_skin_reaction"),
    "the dose of today for the first": Defect("question", "dosing/myeloma-start-above-200", "dose: first", "dose: current"),
    "the pause of today for an earlier one": Defect("question", "neuropathy/neuropathy-recurred-after-restart", "which: earlier", "which: current"),
    "a fall of blasts for a rise": Defect("question", "haematology/rising-blasts", "rise_from_baseline: blasts_marrow", "fall_from_baseline: blasts_marrow"),
    "since the last dose for since the first": Defect("milestone", "pregnancy-prevention/embryo-fetal-exposure-referral", "since: treatment_start", "since: treatment_stop"),
    "the days ahead for the days gone": Defect("question", "pregnancy-prevention/period-may-be-late", "days_since: last_period", "days_until: last_period"),
    "a positive test for a negative one": Defect("result", "pregnancy-prevention/pregnancy-test-sensitivity", "      is: negative", "      is: positive"),
    "a scan without a clot": Defect("result", "definitions/clot_unsettled", "result: positive", "result: negative"),
    # ------------------------------------------------------------ windows
    "a haemoglobin of any age": Defect("window", "haematology/haemoglobin-low", "      no_older_than: counts_speak_for\n", ""),
    "a dose review of any age": Defect("window", "haematology/cytopenia-dose-review", "      within: cytopenia_dose_review_within\n", ""),
    "a rash of any cause": Defect("window", "skin-hypersensitivity/rash-not-evaluated", "      suspected: true\n", ""),
    "a clot of any course, in a pause": Defect("window", "thromboembolism/thrombosis-not-reassessed", "            - event_ever: thromboembolism\n              since: treatment_start\n", "            - event_ever: thromboembolism\n"),
    "a clot of any course, on treatment": Defect("window", "thromboembolism/thrombosis-not-reassessed", "        - event_ever: thromboembolism\n          since: treatment_start\n", "        - event_ever: thromboembolism\n"),
    # ------------------------------------------------------------ schedules
    "phases the other way round": Defect("schedule", "pregnancy-prevention/pregnancy-testing", "at_most: pregnancy_tests_weekly_for\n    every: pregnancy_test_interval_at_first", "at_most: pregnancy_test_fifth_week_ends\n    every: pregnancy_test_interval_irregular"),
    "irregular cycles tested every four weeks": Defect("schedule", "pregnancy-prevention/pregnancy-testing", "not confirmed as regular\n    every: pregnancy_test_interval_irregular", "not confirmed as regular\n    every: pregnancy_test_interval_regular"),
    "low counts followed less closely": Defect("schedule", "haematology/neutrophil-count", "every: blood_count_interval_low", "every: blood_count_interval_prone"),
    "grace for pregnancy tests": Defect("schedule", "pregnancy-prevention/pregnancy-testing", "grace: no_days", "grace: pregnancy_test_opens"),
    "another task": Defect("schedule", "neuropathy/neuropathy-symptom-review", "task: neuropathy_symptom_review", "task: adverse_event_review"),
    # ------------------------------------------------------------ severities and supersession
    "a stop made milder": Defect("severity", "neuropathy/neuropathy-severe", "severity: stop", "severity: urgent", ("V007", "neuropathy-severe")),
    "an urgent item made a duty": Defect("severity", "haematology/haemoglobin-low", "severity: urgent", "severity: due", ("V008", "low-haemoglobin-on-treatment-covered")),
    "a severe reaction that only is due": Defect("severity", "skin-hypersensitivity/severe-reaction-now", "severity: stop", "severity: due", ("V010", "severe-skin-reaction-stops-the-course")),
    "a clot that is urgent only": Defect("severity", "thromboembolism/clot-not-settled", "severity: stop", "severity: urgent", ("V010", "new-clot-stops-the-course")),
    "a start with few neutrophils": Defect("severity", "baseline-assessment/anc-too-low-to-start", "severity: stop", "severity: note", ("V010", "low-neutrophils-stop-the-start")),
    "a mild rash that nobody looks at": Defect("severity", "skin-hypersensitivity/rash-not-cleared-on-treatment", "severity: due", "severity: note", ("V008", "every-rash-on-treatment-covered")),
    "a circle": Defect("supersession", "pregnancy-prevention/pregnancy-test-due", "tests:\n", "supersedes:\n  - pregnancy-test-overdue\ntests:\n", ("V006", "pregnancy-test-due")),
    "a milder rule on top": Defect("supersession", "endocrine-metabolic/thyroid-test-for-symptoms", "tests:\n", "supersedes:\n  - platelets-low\ntests:\n", ("V007", "thyroid-test-for-symptoms")),
    "an antithrombotic beside a bleed": Defect("supersession", "haematology/bleeding-with-low-platelets", "  - antithrombotic-not-considered\n", "", ("V005", "antithrombotic-not-considered")),
    "a restart beside a ban": Defect("supersession", "skin-hypersensitivity/restart-with-rash", "  - counts-recovered-restart\n", "", ("V005", "counts-recovered-restart")),
    "going on beside a stop": Defect("supersession", "neuropathy/neuropathy-moderate-on-treatment", "  - neuropathy-on-treatment\n", "", ("V005", "neuropathy-on-treatment")),
    "an implied rule that is not superseded": Defect("supersession", "skin-hypersensitivity/rash-grade-2-or-3-on-treatment", "supersedes:\n  - rash-not-cleared-on-treatment\n", "", ("V004", "rash-grade-2-or-3-on-treatment")),
    # ------------------------------------------------------------ vocabulary
    "a rash that is none": Defect("vocabulary", "vocabulary/events", "      - rash_other\n", ""),
    "motor nerves are no nerves": Defect("vocabulary", "vocabulary/events", "    members:\n      - peripheral_sensory_neuropathy\n      - peripheral_motor_neuropathy\n", "    members:\n      - peripheral_sensory_neuropathy\n"),
    "normal counts refused": Defect("vocabulary", "vocabulary/observations", "plausible: {low: 0, high: 100}", "plausible: {low: 0, high: 1}"),
    # ------------------------------------------------------------ beside the conditions
    "something accepted in vain": Defect("accepted", "invariants/accepted", "accepted:\n", "accepted:\n  - {check: V005, of: [platelets-low, anc-low-on-treatment], reason: Nobody knows.}\n", ("V014", "platelets-low")),
    "a stop that is only a draft": Defect("status", "contraception/two-methods-missing-in-course", "status: active", "status: draft", ("V010", "no-methods-stops-the-course")),
    "a deadline of four weeks": Defect("deadline", "haematology/haemoglobin-low", "deadline: within_a_day", "deadline: within_four_weeks", NOBODY),
    "another statement cited": Defect("guidance", "haematology/haemoglobin-low", "- statement: CTCAE-5-05", "- statement: CTCAE-5-01", NOBODY),
}
