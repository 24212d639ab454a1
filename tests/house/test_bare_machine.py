"""A bare Debian is enough: what CI may see, what `./dev` says where it may not install, whose Node builds it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

BUILD = ROOT / ".cache/build"


def _run(*command: str, env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=150, check=False)


@pytest.fixture
def poor_path(tmp_path: Path) -> Path:
    """A plain user without sudo, nothing of ours installed, and a Python that can make no environment."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "dirname", "mkdir", "cat", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    answers = {"id": "echo 1000", "dpkg-query": "exit 1", "apt-get": "exit 1", "python3": '[[ "$2" != *ensurepip* ]]'}
    for name, answer in answers.items():
        (folder / name).write_text(f"#!/bin/bash\n{answer}\n")
        (folder / name).chmod(0o755)
    return folder


def test_ci_hides_what_a_bare_debian_lacks(tmp_path: Path) -> None:
    path = tmp_path / "path"
    made = _run(".ci/bare_path", str(path), env=dict(os.environ))
    assert made.returncode == 0, made.stderr
    there = {name for name in os.listdir(path) if os.access(path / name, os.X_OK)}
    assert {"sh", "bash", "awk", "sed", "git", "python3", "apt-get", "dpkg"} <= there
    assert not there & {"node", "npm", "npx", "cc", "gcc", "pip", "mosquitto", "psql", "ruff", "docker"}
    assert _run("sh", "-c", "command -v node", env={"PATH": str(path)}).returncode != 0
    assert _run("python3", "-c", "print(6 * 7)", env={"PATH": str(path)}).stdout == "42\n"


def test_ci_shows_what_dev_installs(tmp_path: Path) -> None:
    path = tmp_path / "path"
    assert _run(".ci/bare_path", str(path), "gcc", "mosquitto", env=dict(os.environ)).returncode == 0
    assert {"gcc", "cc", "ld", "mosquitto"} <= set(os.listdir(path))  # ld is of a package that gcc depends on


@pytest.mark.parametrize(("command", "packages"), [("demo", "python3-venv"), ("test", "python3-venv mosquitto ")])
def test_without_sudo_one_sentence_says_what_an_administrator_must_run(
    command: str, packages: str, poor_path: Path, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "dev", tmp_path)
    said = _run("./dev", command, env={"PATH": str(poor_path)}, cwd=tmp_path)
    assert said.returncode == 1, said
    [sentence] = said.stderr.splitlines()
    wanted = "dev: an administrator must first run: apt-get update && apt-get install -y --no-install-recommends "
    assert sentence.startswith(wanted + packages), sentence
    assert not (tmp_path / ".venv").exists()


def test_the_editor_is_built_by_the_node_of_the_wheel_whatever_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\nexit 99\n")
    (tmp_path / "node").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": f"{BUILD}:{ROOT}"}
    ask = "import hatch_build, os; print(*hatch_build.npm_command(os.environ), sep='\\n')"
    node, script = _run(sys.executable, "-c", ask, env=env).stdout.splitlines()
    assert BUILD in Path(node).parents and BUILD in Path(script).parents
    assert _run(node, "--version", env=env).stdout.startswith("v24.")
