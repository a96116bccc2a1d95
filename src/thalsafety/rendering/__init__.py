"""Checklists to bytes; one module per format, and no module knows another."""
