"""What cases exercise: outcomes of rules, truths of written lines, which of them decide, and on which numbers.

A bystander: it runs nothing of its own and changes no verdict.
"""

from thalsafety.coverage.layers import Layer, Statement, guidance, guidance_layer, layers, shortfalls, worded
from thalsafety.coverage.measuring import Case, Coverage, Measured, cover, cover_everywhere

__all__ = [
    "Case",
    "Coverage",
    "Layer",
    "Measured",
    "Statement",
    "cover",
    "cover_everywhere",
    "guidance",
    "guidance_layer",
    "layers",
    "shortfalls",
    "worded",
]
