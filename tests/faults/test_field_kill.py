"""kill -9 of an engine that polls and writes a plant: what was polled is on disk, what was written is written once.

The device is the outside ledger: it counts what it gave and notes what was written to it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from nodes.simulator.modbus_device import ModbusDevice
from tests.faults.amounts import LONG, amount
from tests.faults.engine_process import EngineProcess
from tests.faults.written_plants import PLANTS
from tests.servers.modbus import ModbusPlant
from tests.waiting import until

KILLS = amount("FIELD_KILLS", 3, 100)
OTHERS_KILLS = amount("FIELD_KILLS", 1, 100)
"""Of protocols whose writes go through the same writer and journal."""

IN_FLIGHT = 15
"""Readings that a kill may catch: those of the spool's commit (10 ms and a sync), at one every 20 ms."""

POLLED = """
flow: polled
connections:
  bus: {{type: modbus, url: "{url}", timeout: 200ms}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: modbus_in, connection: bus, every: 20ms, each: true, points: [{{name: n, address: 0}}], to: hold}}
  hold: {{type: buffer, count: 1000, every: 100ms, durable: true, to: store}}
  store:
    type: sql_out
    connection: db
    table: polled
    create: true
    columns: {{n: payload.value, quality: meta.quality}}
"""

WRITTEN = """
flow: written
connections:
  plant: {connection}
nodes:
  in: {{type: http_in, path: /set, open: true, to: set}}
  set: {{type: {node}, connection: plant, points: [{{name: sp, {point}}}], to: told}}
  told: {{type: log}}
"""


class Counting(ModbusDevice):
    """Each reading is a number that was never given before."""

    given = 0

    def answer(self, request: bytes) -> bytes:
        self.given += 1
        self.tables["holding"][0] = self.given
        return super().answer(request)


@pytest.mark.faults
@pytest.mark.timeout(120 + 10 * KILLS)
async def test_a_kill_loses_only_what_was_in_flight_and_no_old_value_fills_the_gap(tmp_path: Path) -> None:
    plant, device = ModbusPlant({1: 1}), Counting()
    device.tables["holding"][0] = 0
    plant.server.devices[1] = device
    await plant.start()
    db = tmp_path / "polled.db"
    try:
        async with EngineProcess(tmp_path, POLLED.format(url=plant.url, db=db)) as engine:
            for _ in range(KILLS):
                given = device.given
                await until(lambda given=given: device.given > given + 50)
                await engine.kill()
                await engine.start()
            plant.server.silent.add(1)
            bad = "SELECT count(*) FROM polled WHERE n IS NULL"
            await until(lambda: rows(db, bad)[0][0] > 3)
            assert await engine.terminate() == 0
    finally:
        await plant.stop()
    kept = [n for (n,) in rows(db, "SELECT DISTINCT n FROM polled WHERE quality = 'good' ORDER BY n")]
    assert set(kept) <= set(range(1, device.given + 1))
    assert device.given - len(kept) <= (KILLS + 1) * IN_FLIGHT, "polled, given to the engine, and not on disk"
    assert rows(db, "SELECT count(*) FROM polled WHERE n IS NULL AND quality != 'bad'") == [(0,)]
    assert rows(db, "SELECT count(*) FROM polled WHERE n IS NOT NULL AND quality != 'good'") == [(0,)]


@pytest.mark.faults
@pytest.mark.timeout(120 + 10 * KILLS)
@pytest.mark.parametrize("protocol", PLANTS if LONG else ["modbus", "s7"])  # OPC UA takes long to start
async def test_a_kill_in_the_middle_of_a_write_repeats_none_and_hides_none(tmp_path: Path, protocol: str) -> None:
    chance, kills = random.Random(7), KILLS if protocol == "modbus" else OTHERS_KILLS
    async with PLANTS[protocol](tmp_path) as plant:
        flow = WRITTEN.format(connection=plant.connection, node=plant.node, point=plant.point)
        async with EngineProcess(tmp_path, flow) as engine:
            asking = Asking(engine.url + "/set")
            for _ in range(kills):
                plant.slow(chance.choice([0.0, 0.02]))  # it answers at once, or is caught in between
                async with asking:
                    told = len(plant.reached())
                    await until(lambda told=told: len(plant.reached()) > told + 5)
                    await asyncio.sleep(chance.uniform(0, 0.05))
                    await engine.kill()
                await engine.start()
            [journal] = engine.data.rglob("set.db")
            await until(lambda: not rows(journal, "SELECT 1 FROM writes WHERE result IS NULL"))
            assert await engine.terminate() == 0
        reached = plant.reached()
    assert len(reached) == len(set(reached)), "written twice"
    journaled = {json.loads(value): result for value, result in rows(journal, "SELECT value, result FROM writes")}
    assert set(reached) <= set(journaled), "written and not in the journal"
    assert asking.acknowledged <= set(journaled), "acknowledged and not in the journal"
    assert {value for value, result in journaled.items() if result == "written"} <= set(reached)
    assert all(journaled[value] in ("written", "no answer") for value in reached), "said to be refused, and written"
    assert "no answer" in journaled.values(), "no kill met a write on its way"


class Asking:
    """Asks for one new value after the other; `acknowledged` are those that the engine said it has taken."""

    def __init__(self, url: str):
        self._url, self._last = url, 0
        self.acknowledged: set[int] = set()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._ask())

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                self._last += 1
                try:
                    async with session.post(self._url, json={"sp": self._last}) as answer:
                        if answer.status == 204:
                            self.acknowledged.add(self._last)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.01)


def rows(db: Path, query: str) -> list[Any]:
    """What a database answers; nothing while it has no such table."""
    if not db.exists():
        return [(0,)]
    with closing(sqlite3.connect(db)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return [(0,)]
