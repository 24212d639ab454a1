"""The import rules of pyproject.toml hold, and they would notice a breach."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import ROOT, tracked

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.path.insert(0, '.'); lint_imports_command()"


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=150, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tracked Python files alone, so that a rule may be broken in them."""
    for path in [
        *tracked("flowengine/*.py"),
        *tracked("nodes/*.py"),
        *tracked("web_editor/*.py"),
        Path("pyproject.toml"),
    ]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


@pytest.mark.timeout(120)
def test_imports_go_down_only(copy: Path) -> None:
    result = _lint(copy)
    assert result.returncode == 0, result.stdout + result.stderr


def _contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return [contract["name"] for contract in settings["contracts"]]


@pytest.mark.timeout(400)
def test_each_contract_notices_its_breach(copy: Path) -> None:
    breaches = {
        "flowengine/message.py": ("import flowengine.node", "imports go down only"),
        "flowengine/store/keys.py": (
            "import nats",
            "NATS stands behind the port of the store, and behind the client of its nodes",
        ),
        "flowengine/cli/top.py": ("import mcp", "the protocol of assistants is an extra, behind its command"),
        "flowengine/errors.py": ("import nodes.values", "the engine knows no concrete node"),
        "nodes/connections/__init__.py": (
            "import flowengine.catalog",
            "nodes use the node API, nothing above",
        ),
        "nodes/clients/__init__.py": ("import nodes.connections", "rooms of nodes stand in layers"),
        "nodes/values/normalise.py": (
            "import flowengine.errors",
            "pure algorithms import nothing of ours but each other",
        ),
        "nodes/timing/rate.py": (
            "import asyncio",
            "the hot path and whatever is pure take the clock as an argument",
        ),
        "nodes/transforms/json.py": ("import nodes.sinks.log", "nodes import neither each other nor another kind"),
        "web_editor/monitor/gauges.py": (
            "import flowengine.runtime.station",
            "from outside a running flow is read by its view",
        ),
        "web_editor/workspace/plans.py": ("import web_editor.routing", "the editor's rooms stand on each other"),
        "web_editor/api/alarms.py": (
            "import web_editor.workspace.workspace",
            "the management API stands without the editor",
        ),
    }
    for name, (line, _) in breaches.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        with (copy / name).open("a") as file:
            file.write(f"\n{line}\n")
    result = _lint(copy)
    assert result.returncode == 1, result.stderr
    assert {contract for _, contract in breaches.values()} == set(_contracts()), "a contract without a breach"
    for _, contract in breaches.values():
        assert f"{contract} BROKEN" in result.stdout, result.stdout
