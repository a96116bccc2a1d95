"""Draw the gallery from real output: `python docs/gallery/make.py` (needs the dev and print environments)."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER.parent.parent / "examples"
DOTS_PER_INCH = 110
GREYS = 16

PAGES = {
    "stop": ("checklist", "woman-positive-test-on-treatment.yaml", 1),
    "quiet": ("checklist", "quiet-woman-month-4-regular-cycles.yaml", 1),
    "busy": ("checklist", "three-patients-of-the-september-clinic.yaml", 3),
    "cannot-tell": ("checklist", "woman-much-not-recorded.yaml", 1),
    "child": ("checklist", "boy-of-ten-with-mild-neuropathy-at-50-mg.yaml", 1),
    "several": ("checklist", "", 1),
}
"""The command, the example (all of them when empty) and the page, from 1."""


def printed(command: str, example: str, folder: Path) -> pypdfium2.PdfDocument:
    """Return the PDF that a command prints of an example."""
    target = folder / "page.pdf"
    argv = [sys.executable, "-m", "thalsafety", command, *([str(Path("examples") / example)]), "-o", str(target)]
    subprocess.run(argv, cwd=EXAMPLES.parent, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  this very program
    return pypdfium2.PdfDocument(target.read_bytes())


def main() -> None:
    """Write a picture of each page."""
    with tempfile.TemporaryDirectory() as name:
        for title, (command, example, page) in PAGES.items():
            document = printed(command, example, Path(name))
            picture = document[page - 1].render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil()
            picture.quantize(GREYS).save(FOLDER / f"{title}.png", optimize=True)
            print(f"wrote {title}.png")


if __name__ == "__main__":
    main()
