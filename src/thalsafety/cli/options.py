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
profile_option = click.option("--profile", metavar="NAME", help="Use this profile instead of the one in the file.")
as_of_option = click.option("--as-of", metavar="DATE", help="Check for this day instead of the one in the file.")
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this file; it appears whole or not at all."
)
what_if_option = click.option(
    "--what-if",
    is_flag=True,
    help="Say of each open finding what would settle or clear it, and what becomes of it as the days go by.",
)
