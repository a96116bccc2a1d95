"""Proofs about a rule set over every answer there may be; Z3 is known in this folder only."""
