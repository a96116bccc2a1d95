"""Opinions about a rule set, each with a stable id."""

from thalsafety.linting.checks import CHECKS, Issue, lint

__all__ = ["CHECKS", "Issue", "lint"]
