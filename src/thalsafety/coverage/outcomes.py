"""Which rules apply to which patients, by the reference engine alone: enough to tell, and quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety import features
from thalsafety.coverage.measuring import OUTCOMES
from thalsafety.engines import reference
from thalsafety.linking.epochs import Links

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thalsafety.coverage.measuring import Case
    from thalsafety.loading.rules import RuleSet


def outcomes(rule_set: RuleSet, cases: Iterable[Case]) -> dict[str, dict[str, str]]:
    """Return the outcome of every rule in force for each case, under the case's own profile and day."""
    links = Links(rule_set)
    found = {}
    for case in cases:
        linked = links.of(case.profile, case.facts.as_of.day())
        answers = features.answer(linked.program.features, case.facts, linked.lexicon)
        found[case.name] = {rule: OUTCOMES[truth] for rule, truth in reference.run(linked.program, answers).items()}
    return found
