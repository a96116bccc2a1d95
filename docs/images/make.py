"""Draw the README's picture from a real check: `python docs/images/make.py` (needs the dev environment)."""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from thalsafety.cli.writing import STYLES
from thalsafety.loading.folders import packaged
from thalsafety.loading.patients import load_patient_states
from thalsafety.prepared import Prepared
from thalsafety.rendering import text

EXAMPLE = "london-3-neuropathy-recurs-at-50-mg.yaml"
TARGET = Path(__file__).with_name("checklist.svg")

prepared = Prepared(packaged("rules"))
loaded = load_patient_states(packaged("examples") / EXAMPLE, prepared.lexicon, list(prepared.profiles))[0]
if loaded.state is None:
    raise SystemExit("\n".join(str(problem) for problem in loaded.problems))
checklist = prepared.checker(loaded.state.profile, loaded.state.as_of.day()).check(loaded.state)
console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True, color_system="truecolor")
for line in text.render(checklist, f"examples/{EXAMPLE}"):
    console.print(Text.assemble(*((piece, STYLES.get(style, "")) for style, piece in line)), highlight=False)
svg = console.export_svg(title=f"thalsafety check examples/{EXAMPLE}", unique_id="checklist")
svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)  # no fonts from elsewhere
TARGET.write_text(svg, encoding="utf-8")
print(f"wrote {TARGET.name}")
