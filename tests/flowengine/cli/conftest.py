"""What tests of commands share: the command as a real process, or called in this one."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flowengine.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def flowengine(tmp_path: Path) -> Run:
    """Run `flowengine ARGUMENTS` in a fresh folder; its output and exit status."""

    def run(*arguments: str | Path, timeout_s: float = 150) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flowengine", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=timeout_s, check=False)

    return run


@pytest.fixture
def command(tmp_path: Path) -> Run:
    """As `flowengine`, for commands that talk to an engine on the folder's data, without the start of a process."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main([*arguments, "--data", str(tmp_path / ".flowengine")])
            except SystemExit as end:
                status = int(end.code or 0)
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    return run
