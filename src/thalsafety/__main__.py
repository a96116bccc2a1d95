"""`thalsafety` and `python -m thalsafety`: prepares the process, then hands over to the command line."""

import gc
import importlib
import os
import sys
from types import ModuleType
from typing import Any, NoReturn


class _MetadataLater(ModuleType):
    """Stands for `importlib.metadata`, and becomes it as soon as something is asked of it.

    pydantic imports that module to look for plugins, which are off here, and a fifteenth of a short run would
    go into the mail, archive and network modules that it brings along.
    """

    def entry_points(self, **wanted: Any) -> Any:
        """Return what the module itself returns; the one name that is imported without being used."""
        return self.__getattr__("entry_points")(**wanted)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by the import system, not by a user
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _prepare() -> None:
    """Do what must come before the first import of the command line's own modules."""
    gc.disable()  # a third of a short run goes into looking for garbage that is not there
    block = bytes(31 << 20)  # never written to, and so for nothing; once such a block was freed,
    del block  # glibc keeps memory in the process instead of returning and refetching it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no other package changes how patients are read
    name = "importlib.metadata"
    if name not in sys.modules:
        sys.modules[name] = importlib.metadata = _MetadataLater(name)


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    _prepare()
    from thalsafety.cli import run_and_leave  # noqa: PLC0415  the process must be prepared first

    run_and_leave()


if __name__ == "__main__":
    main()
