"""What tests of commands share: the command as a real process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def flowengine(tmp_path: Path) -> Run:
    """Run `flowengine ARGUMENTS` in a fresh folder; its output and exit status."""

    def run(*arguments: str | Path, timeout_s: float = 40) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flowengine", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=timeout_s, check=False)

    return run
