"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

rules_option = click.option(
    "--rules",
    "rules",
    type=click.Path(path_type=Path),
    envvar="THALSAFETY_RULES",
    help="A folder of rules to use instead of the packaged ones (or THALSAFETY_RULES).",
)
