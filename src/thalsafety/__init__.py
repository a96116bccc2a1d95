"""Safety-monitoring checklists for fictional patients on thalidomide, for review by clinicians."""

__version__ = "0.1.0"
