"""Spools from outside: running ones through their inbox, orphans by themselves, what cannot be opened."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine.message import Message, pack
from flowengine.runtime import spools as spools_module
from flowengine.runtime.spools import Spools
from flowengine.store.spool import open_spool


async def orphan(data: Path, count: int, node: str = "out") -> Path:
    folder = data / "flows" / "f" / node / "spool"
    spool = await open_spool(folder)
    await spool.append([pack(Message({"n": n}, id=n + 1)) for n in range(count)], 7)
    await spool.close()
    return folder


async def test_an_orphan_is_listed_read_and_removed_with_its_folder(tmp_path: Path) -> None:
    folder = await orphan(tmp_path, 30)
    spools = Spools({}, tmp_path)
    [found] = await spools.all()
    assert (found.place.flow, found.place.node, found.place.orphan) == ("f", "out", True)
    assert (found.stats.records, found.stats.oldest_ns, found.fault) == (30, 7, "")
    assert [message.payload["n"] for _, message in await spools.peek("f", "out", 4)] == [0, 1, 2, 3]
    assert (await spools.all())[0].stats.records == 30, "looking takes nothing"
    assert await spools.purge("f", "out") == 30
    assert not folder.exists() and await spools.all() == []


async def test_all_of_an_orphan_is_read_in_parts_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools_module, "EXPORTED", 7)
    await orphan(tmp_path, 30)
    every = [message.payload["n"] async for _, message in Spools({}, tmp_path).every("f", "out")]
    assert every == list(range(30))
    [found] = await Spools({}, tmp_path).all()
    assert (found.stats.records, found.limit_bytes, found.full_in_s) == (30, None, None)


async def test_a_spool_that_another_process_has_is_named_with_the_reason(tmp_path: Path) -> None:
    spool = await open_spool(await orphan(tmp_path, 1))
    [found] = await Spools({}, tmp_path).all()
    assert "open already" in found.fault and not found.stats.healthy
    await spool.close()


async def test_an_orphan_is_opened_once_until_its_files_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    async def counted(folder: Path) -> Any:
        opened.append(folder)
        return await open_spool(folder)

    folder = await orphan(tmp_path, 3)
    monkeypatch.setattr(spools_module, "open_spool", counted)
    spools = Spools({}, tmp_path)
    for _ in range(3):
        [found] = await spools.orphans()
        assert found.stats.records == 3
    assert opened == [folder]
    await orphan(tmp_path, 2)
    [found] = await spools.orphans()
    assert found.stats.records == 5 and len(opened) == 2


async def test_who_asks_at_the_same_time_is_told_of_every_orphan(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        await orphan(tmp_path, 3, name)
    spools = Spools({}, tmp_path)
    answers = await asyncio.gather(*(ask() for _ in range(5) for ask in (spools.orphans, spools.all)))
    for found in answers:
        assert sorted(each.place.node for each in found) == ["a", "b", "c", "d"]
        assert all(each.stats.records == 3 and not each.fault for each in found)


async def test_a_place_without_a_spool_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="f/out has no spool"):
        await Spools({}, tmp_path).peek("f", "out", 1)
    with pytest.raises(KeyError, match="no spool"):
        await Spools({}, tmp_path).purge("..", "..")
