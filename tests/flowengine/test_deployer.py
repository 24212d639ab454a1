"""flowengine/deployer.py: what is announced of flow files. Deploys under load: tests/faults/test_deploys.py."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from unittest import mock

import pytest

from flowengine import deployer
from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings
from flowengine.store.spool.disk import Disk
from tests.waiting import quiet_for, until

GOOD = "flow: f\nnodes: {in: {type: inject, every: 1h, to: out}, out: {type: log}}\n"


async def test_a_file_that_is_mended_to_what_runs_is_announced_as_such(tmp_path: Path) -> None:
    file, told = tmp_path / "f.yaml", list[str]()
    engine = Engine(Settings(tmp_path / "data"))
    folder = Deployer(engine, [file], told.append)

    async def announced(text: str) -> list[str]:
        told.clear()
        file.write_text(text)
        await folder.apply()
        return list(told)

    assert (await announced(GOOD))[0] == f"{file}: flow f"
    assert await announced(GOOD) == []
    assert (await announced(GOOD.replace("log", "lug")))[0] == f"{file}: not deployed"
    assert await announced(GOOD.replace("log", "lug")) == []
    assert await announced(GOOD) == [f"{file}: right again, and what runs"]
    assert await announced(GOOD) == []
    await engine.stop(1)


async def test_what_a_full_disk_kept_from_running_runs_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file, told = tmp_path / "f.yaml", list[str]()
    file.write_text(GOOD.replace("type: log", "type: log, durable: true"))
    engine = Engine(Settings(tmp_path / "data"))
    folder = Deployer(engine, [file], told.append)
    monkeypatch.setattr(deployer, "LOOK_FOR_ROOM_EVERY_S", 0.01)

    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch.object(Disk, "make_folder", side_effect=full) as tried:
        await folder.apply()
        looking = asyncio.create_task(folder.wait_for_room())
        assert folder.without_room == [file] and told == [f"{file}: not deployed", deployer.NO_ROOM]
        await until(lambda: tried.call_count > 5)
        assert len(told) == 2 and "Traceback" not in caplog.text
    await until(lambda: f"{file}: flow f" in told)
    assert not folder.without_room and not engine.not_deployed
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await engine.stop(1)


async def test_who_watches_reads_no_file_again_that_was_just_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(GOOD)
    engine = Engine(Settings(tmp_path / "data"))
    folder = Deployer(engine, [tmp_path], lambda line: None)
    monkeypatch.setattr(deployer, "LOOK_EVERY_S", 0.01)
    await folder.apply()
    watching = asyncio.create_task(folder.watch())
    await until(lambda: folder._seen)
    load = mock.Mock(side_effect=engine.load)
    monkeypatch.setattr(engine, "load", load)

    deployed = GOOD.replace("1h", "2h")
    await folder.deploy(file, deployed.encode(), engine.load(deployed, str(file), tmp_path), "ann", "")
    await quiet_for(0.2, "a second look would have come by now")
    assert load.call_count == 1 and file.read_text() == deployed

    file.write_text(GOOD.replace("1h", "30m"))
    await until(lambda: engine.flows["f"].flow.nodes["in"].options["every"] == "30m")
    assert load.call_count == 2
    watching.cancel()
    await engine.stop(1)
