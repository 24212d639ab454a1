"""What `./dev new-node` writes passes the project's own checks at once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.new_node import ICONS, KINDS, main, write_node
from tests.house.sources import ROOT


def written(folder: Path, kind: str, name: str) -> list[Path]:
    (folder / ICONS).parent.mkdir(parents=True)
    shutil.copy(ROOT / ICONS, folder / ICONS)
    return write_node(folder, kind, name)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.timeout(120)
def test_a_new_node_passes_lint_types_and_its_own_test(kind: str, tmp_path: Path) -> None:
    files = written(tmp_path, kind, "demo_probe")
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
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_a_new_node_overwrites_nothing(tmp_path: Path) -> None:
    written(tmp_path, "sinks", "mine")
    with pytest.raises(ValueError, match="exists already"):
        write_node(tmp_path, "sinks", "mine")


@pytest.mark.parametrize("name", ["../evil", "Upper", "1st", "unknown_kind/x", ""])
def test_a_bad_name_is_refused_with_its_reason(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert "new-node:" in capsys.readouterr().err
