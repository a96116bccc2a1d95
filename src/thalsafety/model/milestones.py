"""The dates and single facts that a patient state names, for questions about them."""

from __future__ import annotations

MILESTONES: dict[str, str] = {
    "treatment_start": "first dose of this course",
    "planned_start": "planned first dose",
    "planned_restart": "planned restart",
    "last_dose": "last dose taken",
    "treatment_stop": "last dose of the stopped course",
    "interruption_start": "start of the latest interruption",
    "restart": "latest restart",
    "dose_change": "last change of dose",
    "prescription": "latest prescription",
    "authorisation": "authorisation of the latest prescription",
    "previous_prescription": "prescription before the latest",
    "dispensing": "latest dispensing",
    "confirmation": "confirmation number of the latest dispensing",
    "supply_end": "end of the dispensed supply",
    "last_period": "last menstrual period",
    "last_natural_menses": "last natural menses",
    "earlier_course_end": "end of the latest earlier course",
}
"""Dates that the record itself names, with the words for them."""

FACTS: dict[str, tuple[str, ...]] = {
    "sex_at_birth": ("female", "male"),
    "treatment_status": ("planned", "active", "interrupted", "stopped"),
    "indication": (),
    "menstrual_status": (
        "not_started",
        "menstruating",
        "perimenopausal",
        "amenorrhoea_from_treatment",
        "amenorrhoea_other",
        "natural_menopause",
    ),
    "puberty": ("not_started", "started"),
    "cycle_regularity": ("regular", "irregular"),
    "cycle_confirmed": ("yes", "no"),
    "pregnancy": ("none", "suspected", "confirmed"),
    "breastfeeding": ("yes", "no"),
    "abstinence": ("committed", "not_committed"),
    "partner_can_become_pregnant": ("yes", "no"),
    "partner_pregnancy": ("none", "suspected", "confirmed"),
    "condom_use": ("every_contact", "sometimes", "never", "no_contact"),
    "condom_material": ("latex", "synthetic", "natural_skin"),
    "dose_time": ("morning", "midday", "afternoon", "evening", "bedtime", "several"),
    "prescription_route": ("written", "electronic", "telephone"),
    "prescription_risk_category": (
        "adult_female_can_get_pregnant",
        "adult_female_cannot_get_pregnant",
        "adult_male",
        "female_child_can_get_pregnant",
        "female_child_cannot_get_pregnant",
        "male_child",
    ),
    "prescription_authorised": ("yes", "no"),
    "dispensing_confirmed": ("yes", "no"),
    "dispensing_pharmacy_certified": ("yes", "no"),
    "dispensing_counselled": ("yes", "no"),
    "dispensing_medication_guide": ("yes", "no"),
}
"""Single facts of the record and the words they take; `indication` takes vocabulary codes."""
