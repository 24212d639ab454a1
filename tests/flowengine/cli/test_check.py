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


def test_each_problem_of_a_file_with_tests_is_told_once(command: Run, tmp_path: Path) -> None:
    tests = "  - {name: one, send: {b: [{}]}}\n  - {name: two, set: {n: x}, send: {s: [{}]}}\n"
    nodes = "  s: {type: mqtt_in, topic: a, to: a}\n  a: {type: lgo}\n  b: {type: buffer, count: '${n}'}\n"
    flow = tmp_path / "hall.yaml"
    flow.write_text(f"flow: hall\nvars: {{n: 1}}\nnodes:\n{nodes}tests:\n{tests}")
    flow.with_suffix(".test.yaml").write_text("tests:\n  - {name: three, send: {nobody: [{}]}}\n")
    done = command("test", str(flow))
    for problem in ("unknown type 'lgo'", "no source 'b'", "no source 'nobody'"):
        assert done.stdout.count(problem) == 1, done.stdout
    assert done.returncode == 1 and "FAIL  hall: one\n      not run: its flow has problems\n" in done.stdout
    two = done.stdout.partition("FAIL  hall: two\n")[2].partition("FAIL")[0]
    assert "count" in two and "not run" not in two  # what its own `set` makes wrong is told there
