"""Verdicts in; findings and a checklist out: order, supersession, due dates, what is missing and why.

Two engines are asked, and a checklist is only made when they agree.
"""

from thalsafety.checklists.assembling import Checker, Checklist, Finding, Outcome, Question

__all__ = ["Checker", "Checklist", "Finding", "Outcome", "Question"]
