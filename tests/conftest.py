"""What every test shares: how long hypothesis looks for counterexamples, a cache of its own, rules to work on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from building import BASE, Workshop, packaged_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from thalsafety.loading.rules import RuleSet

QUIETLY = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("long" if os.environ.get("THALSAFETY_TESTS") == "long" else "ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--accept` record the pages of `tests/golden` anew."""
    parser.addoption("--accept", action="store_true", help="record tests/golden anew instead of comparing")


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
