"""Each example by itself: its flow is right, its tests in virtual time pass, its README shows the flow as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.classroom import TOKENS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "demo.toml").is_file())
M5STACK_FOLDERS = ["/var/lib/m5stack", "/var/log/m5stack", "/var/backups/m5stack", "/etc/m5stack"]
ALLOWED = {"m5stack_huskylens": [f"--allow-files={folder}" for folder in M5STACK_FOLDERS]}
"""Folders outside the flows' own that the README has its reader allow."""


def flowengine(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as people type it."""
    command = [sys.executable, "-m", "flowengine", *arguments]
    environment = {**os.environ, **TOKENS}  # without its secrets the class is refused
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)


@pytest.mark.parametrize("name", NAMES)
def test_the_flow_is_right_without_a_warning(name: str) -> None:
    done = flowengine("check", str(EXAMPLES / name), *ALLOWED.get(name, []))
    assert done.returncode == 0 and done.stdout.endswith(" right\n"), done.stdout


@pytest.mark.timeout(660)
@pytest.mark.parametrize("name", NAMES)
def test_every_rule_holds_in_virtual_time(name: str) -> None:
    done = flowengine("test", str(EXAMPLES / name), *ALLOWED.get(name, []))
    assert done.returncode == 0, done.stdout
    found = re.search(r"(\d+) passed, 0 failed", done.stdout)
    assert found and int(found[1]) >= 10, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_shows_the_flow_as_it_is(name: str) -> None:
    readme = (EXAMPLES / name / "README.md").read_text()
    drawn = flowengine("graph", str(EXAMPLES / name / f"{name}.yaml")).stdout.strip()
    assert f"```mermaid\n{drawn}\n```" in readme, f"run: flowengine graph examples/{name}/{name}.yaml"
    assert f"flowengine demo {name}" in readme
    assert all(option.replace("=", " ") in readme for option in ALLOWED.get(name, [])), "name the folders to allow"
