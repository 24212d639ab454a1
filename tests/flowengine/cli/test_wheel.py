"""What `pip install` puts on a machine is enough: the demo runs from a wheel, far from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT


@pytest.fixture
def installed_folder(tmp_path: Path) -> Path:
    """A wheel of this checkout, unpacked as an installation has it; the web editor is not built for it."""
    env = {**os.environ, "FLOWENGINE_WEB_BUILD": "skip", "PYTHONPATH": str(ROOT / ".cache/build")}
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    done = subprocess.run(build, cwd=ROOT, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.timeout(150)
def test_the_demo_runs_from_a_wheel(installed_folder: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(installed_folder)}
    command = [sys.executable, "-m", "flowengine", "demo", "--seconds", "3", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=150, check=False)
    log = (tmp_path / "data/demo.log").read_text()
    assert done.returncode == 0, done.stdout + done.stderr + log
    assert "Look here:" in done.stdout
    assert f"{installed_folder}/flowengine/demo_flows/plant.yaml: flow plant" in log
    assert (tmp_path / "data/connections/history.db").stat().st_size > 0
