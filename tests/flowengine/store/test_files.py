"""flowengine/store/files.py: nobody else on the machine reads what the engine keeps, and no cut leaves half of it."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from flowengine.engine import Engine, Settings
from flowengine.store.files import replace
from tests.flowengine.store.spool.simulated_disk import PowerCut, SimulatedDisk

OLD, NEW = b"as it was", [b"as it ", b"will be"]
FILE = Path("/data/epoch")
FLOW = """
flow: kept
nodes:
  in: {type: inject, payload: {value: 9}, to: [latest, hot, hold]}
  latest: {type: rtdb_write, key: a}
  hot: {type: alert, when: payload.value > 8, to: bad}
  hold: {type: buffer, count: 100, every: 1h, durable: true, to: out}
  out: {type: log, level: debug}
  bad: {type: dead_letter}
"""


async def test_every_file_of_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path))
    await engine.start()
    await engine.deploy(engine.load(FLOW, "kept.yaml"))
    await engine.stop(5)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"state.msgpack", "rtdb.journal", "epoch"} <= {file.name for file in files}
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def content(disk: SimulatedDisk) -> bytes:
    return bytes(disk.files[FILE].live)


def disk_with_the_old_file() -> SimulatedDisk:
    disk = SimulatedDisk()
    replace(FILE, [OLD], disk=disk)
    return disk


def operations() -> int:
    disk = disk_with_the_old_file()
    before = sum(disk.calls.values())
    replace(FILE, NEW, disk=disk)
    return sum(disk.calls.values()) - before


@pytest.mark.parametrize("nth", range(operations()))
def test_a_power_cut_leaves_the_old_file_or_the_new_one(nth: int) -> None:
    for seed in range(40):
        disk, calls, found = disk_with_the_old_file(), itertools.count(), []

        def cut(_operation: str, _name: str, disk: Any = disk, calls: Any = calls, found: Any = found) -> None:
            if next(calls) == nth:
                found.append(disk.power_cut(random.Random(seed)))  # noqa: B023 - within this round
                raise PowerCut

        disk.fault = cut
        with pytest.raises(PowerCut):
            replace(FILE, NEW, disk=disk)
        assert content(found[0]) in (OLD, b"".join(NEW))
        replace(FILE, NEW, disk=found[0])
        assert content(found[0]) == b"".join(NEW)


def test_a_power_cut_afterwards_leaves_the_new_file() -> None:
    for seed in range(40):
        disk = disk_with_the_old_file()
        replace(FILE, NEW, disk=disk)
        assert content(disk.power_cut(random.Random(seed))) == b"".join(NEW)


@pytest.mark.parametrize("operation", ["create", "write", "sync", "rename"])
def test_a_disk_that_refuses_leaves_the_old_file_and_nothing_beside_it(operation: str) -> None:
    disk = disk_with_the_old_file()
    disk.fault = lambda called, _name: OSError("refused") if called == operation else None
    with pytest.raises(OSError, match="refused"):
        replace(FILE, NEW, disk=disk)
    assert content(disk) == OLD
    assert list(disk.files) == [FILE]


def test_a_file_has_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    replace(tmp_path / "flows" / "plant.yaml", [b"flow: plant"], mode=0o664)
    assert (tmp_path / "flows" / "plant.yaml").stat().st_mode & 0o777 == 0o664
