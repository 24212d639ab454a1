"""flowengine/flow/files.py: which files are flows, and which are node types."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.flow.files import find, is_flow, is_subflow

FLOW = "flow: f\nnodes: {}\n"


@pytest.mark.parametrize("door", ["inputs: {in: a}", "outputs: {out: a}", "outputs: a"])
def test_what_has_inputs_or_outputs_is_a_node_type_and_does_not_run(door: str, tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(f"{FLOW}{door}\n")
    assert find([tmp_path]) == []
    assert is_subflow(f"{FLOW}{door}\n") and not is_flow(f"{FLOW}{door}\n")


def test_flows_of_a_folder_come_by_name_without_what_lies_beside_them(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "a.layout.yaml", "a.test.yaml", ".hidden.yaml", "a.csv"):
        (tmp_path / name).write_text(FLOW)
    (tmp_path / "other.yaml").write_text("nodes:\n  flow: of water\n")
    assert [file.name for file in find([tmp_path])] == ["a.yml", "b.yaml"]


def test_a_file_that_is_named_is_taken_whatever_it_holds(tmp_path: Path) -> None:
    assert find([tmp_path / "x.txt", tmp_path / "x.txt"]) == [tmp_path / "x.txt"]


def test_who_has_read_the_files_is_asked_instead(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("not yet read")
    assert find([tmp_path], lambda file: file.stem == "a") == [tmp_path / "a.yaml"]
