"""What every test shares: how long hypothesis looks for counterexamples, a cache of its own, rules to work on."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from coverage import Coverage
from hypothesis import settings

from building import BASE, Workshop, packaged_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser

    from thalsafety.loading.rules import RuleSet

QUIETLY = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

LONGEST_FIRST = (
    "test_verify.py",
    "test_defects.py",
    "test_printed_page.py",
    "test_diff.py",
    "test_deciding.py",
    "test_rules.py",
    "test_mutating.py",
    "test_printed_tags.py",
    "test_forms.py",
)
"""Files that take minutes, so that two processes with a file each end at nearly the same time."""
PRINTED = ("alone", "together")
"""What keeps printed documents, of the helpers that test modules share."""

gc.set_threshold(100_000, 50, 100)
"""Rules are many small objects that stay: looking through them for garbage all the time takes a fifth of a run."""

settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("long" if os.environ.get("THALSAFETY_TESTS") == "long" else "ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--accept` record the pages of `tests/golden` anew."""
    parser.addoption("--accept", action="store_true", help="record tests/golden anew instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest run first."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@contextmanager
def untraced() -> Iterator[None]:
    """Let nothing be measured that happens within: what turns often takes several times as long when it is.

    What pytest-cov has for it leaves one tracer running in the processes of pytest-xdist.
    """
    stopped: list[Coverage] = []
    while sys.gettrace() is not None and (measuring := Coverage.current()) is not None:
        measuring.stop()
        stopped.append(measuring)
    try:
        yield
    finally:
        for measuring in reversed(stopped):
            measuring.start()


@pytest.fixture(scope="session")
def without_tracing() -> Callable[[], AbstractContextManager[None]]:
    """Return what a fixture that all tests of a module share is made within."""
    return untraced


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leave untraced what is marked so, and what is set up for it."""
    if item.get_closest_marker("untraced") is None:
        return (yield)
    with untraced():
        return (yield)


@pytest.fixture(scope="module", autouse=True)
def room(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give back what a module kept for its own tests: printed pages and solvers fill gigabytes."""
    yield
    for name, kept in vars(request.module).items():
        if hasattr(kept, "cache_clear") and (kept.__module__ == request.module.__name__ or name in PRINTED):
            kept.cache_clear()
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep compiled rules in a folder of this run, away from the person's own."""
    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THALSAFETY_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def rule_set() -> RuleSet:
    """Return the packaged rules."""
    return packaged_rules()


@pytest.fixture(scope="module")  # closed before other tests fork: a copy of its pipe would keep it from ending
def browser() -> Iterator[Browser]:
    """Start Chromium, or say why there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("THALSAFETY_NO_BROWSER") == "1":
            pytest.skip("no Chromium, and THALSAFETY_NO_BROWSER=1 says to do without")
        pytest.fail("Chromium is not on PATH: install it (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=QUIETLY.split())
        yield browser
        browser.close()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Return a small rule set to add to."""
    root = tmp_path / "rules"
    shutil.copytree(BASE, root)
    return Workshop(root)
