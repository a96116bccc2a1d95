"""What cases exercise: outcomes of rules, truths of written lines, which of them decide, and on which numbers.

A bystander: it runs nothing of its own and changes no verdict.
"""

from thalsafety.coverage.measuring import Coverage, Measured, cover

__all__ = ["Coverage", "Measured", "cover"]
