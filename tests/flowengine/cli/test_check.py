"""flowengine/cli/check.py, and what it shares with test: a folder without flows is not a green run."""

from pathlib import Path

import pytest

from tests.flowengine.cli.conftest import Run


@pytest.mark.parametrize("name", ["check", "test"])
def test_a_folder_without_flows_is_told_with_its_own_exit_status(command: Run, tmp_path: Path, name: str) -> None:
    done = command(name, str(tmp_path))
    assert done.returncode == 5
    assert f"no flow file in {tmp_path}" in done.stdout


@pytest.mark.parametrize("name", ["check", "test"])
def test_flows_one_folder_deeper_are_pointed_at(command: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "cold_store").mkdir()
    (tmp_path / "cold_store" / "cold_store.yaml").write_text("flow: cold_store\n")
    assert f"did you mean {tmp_path}/*/" in command(name, str(tmp_path)).stdout


def test_a_subflow_is_called_what_it_is(command: Run, tmp_path: Path) -> None:
    (tmp_path / "press.yaml").write_text(
        "flow: press\ninputs: {in: clean}\noutputs: {out: clean}\nnodes: {clean: {type: normalise}}\n"
    )
    said = command("check", str(tmp_path / "press.yaml")).stdout
    assert f"{tmp_path}/press.yaml: a subflow, a node type of other flows (inputs in; outputs out)" in said
