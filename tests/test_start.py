"""How the command line starts: what is imported only when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

from building import EXAMPLES

QUIET = EXAMPLES / "quiet-postmenopausal-woman-myeloma-dexamethasone.yaml"
START = "import sys\nfrom thalsafety.__main__ import _prepare\n_prepare()\n"


def printed(code: str, *words: object) -> list[str]:
    """Return the lines that a new interpreter prints after the command line's own preparation."""
    command = [sys.executable, "-c", START + code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "code",
    [
        "from importlib.metadata import version\nprint(version('click'))",
        "import importlib.metadata\nprint(importlib.metadata.version('click'))",
        "import importlib.metadata as m\nprint(m.version('click'))",
        "from importlib.metadata import entry_points, version\nentry_points(group='x')\nprint(version('click'))",
    ],
)
def test_what_stands_for_metadata_gives_what_the_module_gives(code: str) -> None:
    """Whichever way it is imported."""
    assert printed(code) == [metadata.version("click")]


def test_entry_points_are_the_modules_own() -> None:
    """The one name that is imported without being used still works when it is."""
    found = printed(
        "from importlib.metadata import entry_points\n"
        "print(len(entry_points(group='console_scripts')))\n"
        "import importlib.metadata as m\n"
        "print(len(m.entry_points(group='console_scripts')), hasattr(m, '__path__'))"
    )
    count = len(metadata.entry_points(group="console_scripts"))
    assert found == [str(count), f"{count} True"]


def test_the_modules_own_attributes_are_not_looked_for_in_what_stands_for_it() -> None:
    """The import system may look without loading anything."""
    assert printed("import importlib.metadata as m\nprint(hasattr(m, '__path__'), 'email' in sys.modules)") == [
        "False False"
    ]


def test_metadata_that_is_there_already_is_left_alone() -> None:
    """Nothing is put in the place of a module that is loaded."""
    code = "import importlib.metadata as m\nfrom thalsafety.__main__ import _prepare\n_prepare()\nimport sys\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(sys.modules['importlib.metadata'] is m, hasattr(m, '__path__'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True"]


def test_a_check_imports_no_mail_no_archives_no_models_and_nothing_for_writing() -> None:
    """What costs time to import and is not needed stays away when the cache serves."""
    code = (
        "from thalsafety.cli import run\n"
        "sys.argv = ['thalsafety', 'check', *sys.argv[1:]]\n"
        "run()\n"
        "print(sorted({'email', 'zipfile', 'tempfile', 'difflib', 'rich', 'ucumvert', 'pydantic'} & set(sys.modules)))"
    )
    printed(code, QUIET)  # fills the cache
    assert printed(code, QUIET)[-1] == "[]"
