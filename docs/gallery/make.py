"""Draw the gallery from real output: `python docs/gallery/make.py` (needs the dev and print environments)."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
DOTS_PER_INCH = 110
GREYS = 16

PAGES: dict[str, tuple[list[str], int]] = {
    "stop": (["checklist", "examples/woman-positive-test-on-treatment.yaml"], 1),
    "quiet": (["checklist", "examples/quiet-woman-month-4-regular-cycles.yaml"], 1),
    "busy": (["checklist", "examples/three-patients-of-the-september-clinic.yaml"], 3),
    "cannot-tell": (["checklist", "examples/woman-much-not-recorded.yaml"], 1),
    "child": (["checklist", "examples/boy-of-ten-with-mild-neuropathy-at-50-mg.yaml"], 1),
    "blank-form": (["forms", "start", "--as-of", "2026-01-15"], 1),
    "blank-form-act": (["forms", "stop", "--part", "act", "--as-of", "2026-01-15"], 1),
    "parameters": (["forms", "parameters", "--as-of", "2026-01-15"], 1),
    "several": (["checklist", "examples"], 1),
}
"""The command and the page, from 1."""


def printed(command: list[str], folder: Path) -> pypdfium2.PdfDocument:
    """Return the PDF that a command prints."""
    target = folder / "page.pdf"
    argv = [sys.executable, "-m", "thalsafety", *command, "-o", str(target)]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  this very program
    return pypdfium2.PdfDocument(target.read_bytes())


def main() -> None:
    """Write a picture of each page."""
    with tempfile.TemporaryDirectory() as name:
        for title, (command, page) in PAGES.items():
            document = printed(command, Path(name))
            picture = document[page - 1].render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil()
            picture.quantize(GREYS).save(FOLDER / f"{title}.png", optimize=True)
            print(f"wrote {title}.png")


if __name__ == "__main__":
    main()
