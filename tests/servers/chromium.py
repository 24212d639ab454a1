"""Where Debian's Chromium is. What drives it lives in tests/browser."""

from pathlib import Path

import pytest

from tests.servers.process import program


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The path of the Chromium program."""
    return Path(program("chromium", "chromium"))
