"""What every test shares: how long hypothesis looks for counterexamples."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("long" if os.environ.get("THALSAFETY_TESTS") == "long" else "ci")
