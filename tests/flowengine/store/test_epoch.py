"""No message id is given twice: whatever the clock does, the disk has no room, or the note is damaged."""

from pathlib import Path

import pytest

from flowengine.store import epoch
from flowengine.store.epoch import RESERVED, claim
from flowengine.store.files import replace
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk


def test_a_clock_that_steps_back_repeats_nothing(tmp_path: Path) -> None:
    first = claim(tmp_path / "epoch", 10**18)
    assert claim(tmp_path / "epoch", 10**17) == first + RESERVED


def test_a_full_disk_takes_the_note_in_the_old_ones_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(tmp_path / "epoch", 10**18)
    monkeypatch.setattr(epoch, "replace", lambda path, parts: replace(path, parts, disk=SimulatedDisk(0)))
    claim(tmp_path / "epoch", 19 * 10**17)
    monkeypatch.undo()
    assert claim(tmp_path / "epoch", 18 * 10**17) == 19 * 10**17 + RESERVED


@pytest.mark.parametrize("note", ["", "x", "9" * 19, "-5"])
def test_a_damaged_note_is_told_and_not_believed(tmp_path: Path, note: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "epoch").write_text(note)
    assert claim(tmp_path / "epoch", 10**18) == 10**18
    assert "epoch is damaged" in caplog.text
