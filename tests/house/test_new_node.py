"""What `./dev new-node` writes passes the project's own checks at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.new_node import KINDS, main, write_node
from tests.house.sources import ROOT, tracked


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.timeout(120)
def test_a_new_node_passes_lint_types_and_its_own_test(kind: str, tmp_path: Path) -> None:
    files = write_node(tmp_path, kind, "demo_probe")
    python = [sys.executable, "-m"]
    source = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import nodes.{kind} as folder; "
    source += f"folder.__path__.append({str(files[0].parent)!r}); "
    source += (
        f"import runpy; found = runpy.run_path({str(files[1])!r}); found['test_demo_probe_does_what_its_page_says']()"
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    checks: list[tuple[Path, list[str]]] = [
        (tmp_path, [*python, "ruff", "check", "--no-cache", "."]),
        (tmp_path, [*python, "ruff", "format", "--no-cache", "--check", "."]),
        (ROOT, [*python, "mypy", str(files[0])]),
        (ROOT, [sys.executable, "-W", "error", "-c", source]),
    ]
    for folder, command in checks:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


CHECKS = ["test_translations.py", "test_generated_docs.py", "test_layout.py", "test_docstrings.py", "test_sizes.py"]
COPIED = ("flowengine", "nodes", "web_editor", "docs", "tests", "bench", "pyproject.toml", "README.md")


@pytest.mark.timeout(400)
def test_whatever_holds_every_node_holds_a_new_one_as_it_is_written(tmp_path: Path) -> None:
    for path in tracked():
        if path.parts[0] in COPIED:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    python = [sys.executable, "-m"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in (
        ["git", "init", "--quiet"],
        [*python, "tests.house.new_node", "stateful/demo_probe"],
        ["git", "add", "."],
        [*python, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *(f"tests/house/{name}" for name in CHECKS)],
        [*python, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/nodes/stateful/test_demo_probe.py"],
        [
            *python,
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "tests/nodes/test_all_nodes.py",
            "-k",
            "demo_probe",
        ],
    ):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"


def test_a_new_node_overwrites_nothing(tmp_path: Path) -> None:
    write_node(tmp_path, "sinks", "mine")
    with pytest.raises(ValueError, match="exists already"):
        write_node(tmp_path, "sinks", "mine")


@pytest.mark.parametrize("name", ["../evil", "Upper", "1st", "unknown_kind/x", ""])
def test_a_bad_name_is_refused_with_its_reason(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert "new-node:" in capsys.readouterr().err
