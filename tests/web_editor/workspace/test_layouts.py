"""Positions stand in a file beside the flow, and whatever that file has become, the flow still opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from web_editor.workspace.layouts import MOST_BYTES, layout_path, read_layout, write_layout


def test_what_was_written_is_read(tmp_path: Path) -> None:
    flow = tmp_path / "hall.yaml"
    write_layout(flow, "a: {x: 1, y: 2}\n")
    assert layout_path(flow) == tmp_path / "hall.layout.yaml"
    assert read_layout(flow) == "a: {x: 1, y: 2}\n"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * (MOST_BYTES + 1)], ids=["none", "no text", "too large"])
def test_a_layout_that_cannot_be_used_is_none(tmp_path: Path, content: bytes | None) -> None:
    flow = tmp_path / "hall.yaml"
    if content is not None:
        layout_path(flow).write_bytes(content)
    assert read_layout(flow) == ""
