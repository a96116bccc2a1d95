"""`thalsafety` and `python -m thalsafety`: prepares the process, then hands over to the command line."""

import gc
import os
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # a third of a short run goes into looking for garbage that is not there
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no other package changes how patients are read
    from thalsafety.cli import run_and_leave  # noqa: PLC0415  the two lines above must come first

    run_and_leave()


if __name__ == "__main__":
    main()
