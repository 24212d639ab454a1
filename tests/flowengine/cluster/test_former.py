"""A worker that is started again says of its former self that it ended; a damaged note of it is no obstacle."""

from __future__ import annotations

from pathlib import Path

from flowengine.cluster.former import WORKER, replace_former
from flowengine.store import data_folder


def test_each_learns_who_ran_from_the_folder_before(tmp_path: Path) -> None:
    assert replace_former(tmp_path, "a") == ""
    assert replace_former(tmp_path, "b") == "a"
    assert replace_former(tmp_path, "c") == "b"


def test_a_damaged_note_names_nobody_and_says_so(tmp_path: Path) -> None:
    replace_former(tmp_path, "a")
    (data_folder.of_leases(tmp_path) / WORKER).write_bytes(b"\xc1")
    assert replace_former(tmp_path, "b") == ""
