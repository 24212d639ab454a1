"""The cursor file survives torn writes, kills, power cuts and failing syncs."""

import errno
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.store.spool.cursor import MAX_RANGES, NAME, SLOT_BYTES, CursorFile, Mark, mark
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.ranges import Ranges
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk

FOLDER = Path("/spool")


def test_a_new_file_knows_nothing(tmp_path: Path) -> None:
    assert CursorFile(Disk(), tmp_path).found is None


def test_the_newest_mark_is_found(tmp_path: Path) -> None:
    cursor = CursorFile(Disk(), tmp_path)
    for n in range(1, 6):
        cursor.write(Mark(n * 10, ((n * 10 + 2, n * 10 + 4),)))
        if n % 2:
            cursor.sync()
    cursor.close()
    assert CursorFile(Disk(), tmp_path).found == Mark(50, ((52, 54),))
    assert (tmp_path / NAME).stat().st_size == 2 * SLOT_BYTES + 20, "it never grows, so a full disk cannot stop it"


def test_only_so_many_ranges_are_kept_the_lowest(tmp_path: Path) -> None:
    done = Ranges()
    for n in range(MAX_RANGES * 2):
        done.add(10 + 3 * n, 11 + 3 * n)
    cursor = CursorFile(Disk(), tmp_path)
    cursor.write(mark(5, done))
    cursor.close()
    found = CursorFile(Disk(), tmp_path).found
    assert found is not None
    assert [*found.ranges()] == [*done][:MAX_RANGES]


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 1 << 32))
def test_a_power_cut_takes_no_synced_mark(syncs: list[bool], seed: int) -> None:
    disk = SimulatedDisk()
    cursor = CursorFile(disk, FOLDER)
    synced = 0
    for n, sync in enumerate(syncs, 1):
        cursor.write(Mark(n))
        if sync:
            cursor.sync()
            synced = n
    found = CursorFile(disk.power_cut(random.Random(seed)), FOLDER).found
    assert synced <= (found.cursor if found else 0) <= len(syncs)


@pytest.mark.parametrize("slot", [0, 1])
def test_a_torn_slot_leaves_the_other(slot: int, tmp_path: Path) -> None:
    cursor = CursorFile(Disk(), tmp_path)
    for n in (1, 2):
        cursor.write(Mark(n))
        cursor.sync()
    cursor.close()
    data = bytearray((tmp_path / NAME).read_bytes())
    data[slot * SLOT_BYTES + 20] ^= 0xFF
    (tmp_path / NAME).write_bytes(data)
    assert CursorFile(Disk(), tmp_path).found == Mark(2 - slot)


def test_with_both_slots_torn_nothing_is_known_and_writing_goes_on(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xff" * 100)
    cursor = CursorFile(Disk(), tmp_path)
    assert cursor.found is None
    cursor.write(Mark(3))
    cursor.close()
    assert CursorFile(Disk(), tmp_path).found == Mark(3)


def test_a_failed_sync_is_answered_with_a_new_file() -> None:
    disk = SimulatedDisk()
    cursor = CursorFile(disk, FOLDER)
    cursor.write(Mark(1))
    disk.fault = lambda operation, _name: OSError(errno.EIO, "simulated") if operation == "sync" else None
    with pytest.raises(OSError, match="simulated"):
        cursor.sync()
    disk.fault = lambda _operation, _name: None
    cursor.replace(Mark(2))
    assert CursorFile(disk.power_cut(random.Random(0)), FOLDER).found == Mark(2)


def test_a_mark_covers_what_a_restart_does_not_need() -> None:
    state = Mark(10, ((12, 20), (30, 40)))
    assert state.covers(1, 10)
    assert state.covers(12, 20)
    assert not state.covers(5, 11)
    assert not state.covers(19, 21)
    assert not state.covers(10, 20)
