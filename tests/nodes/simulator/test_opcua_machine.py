"""The simulated OPC UA machine, read and written by the engine; its faults are told and end by themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from nodes.simulator import opcua_machine
from nodes.simulator.faults import Fault, Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.opcua_machine import POINTS, Machine
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port

pytestmark = pytest.mark.timeout(180)  # making a server takes seconds of a processor
FLOW = """flow: f
connections:
  machine: {{type: opcua, url: "{url}", timeout: 2s}}
nodes:
  in:
    type: opcua_in
    connection: machine
    every: 100ms
    {points}
    to: got
  got: {{type: collect}}
  ask: {{type: inject, to: set}}
  set:
    type: opcua_out
    connection: machine
    points: [{{name: speed, address: "ns=2;s=Line1.Speed", max: 1500}}]
    to: told
  told: {{type: log}}
"""


class Steered:
    """A machine whose faults come when the test moves `now_s` on."""

    def __init__(self, faults: Mapping[str, Fault]):
        self.now_s, self.lines = 0.0, list[bytes]()
        self.url = f"opc.tcp://127.0.0.1:{next_free_port()}/machine"
        now_s = lambda: self.now_s  # noqa: E731
        self.machine = Machine(1, 3, Switches(faults, Random(1)), Ledger(self.lines.append, now_s), now_s)


@asynccontextmanager
async def steered(faults: Mapping[str, Fault]) -> AsyncIterator[Steered]:
    made, ready = Steered(faults), asyncio.Event()
    serving = asyncio.create_task(made.machine.serve(made.url, ready.set))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        yield made
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def flow(url: str) -> str:
    return FLOW.format(url=url, points=POINTS.replace("\n", "\n    "))


async def test_the_points_that_it_prints_are_there_and_its_speed_is_written(start_engine: StartEngine) -> None:
    async with steered({}) as machine:
        running = await start_engine(flow(machine.url))
        latest: dict[str, Any] = {}

        def seen() -> dict[str, Any]:
            for message in running.kept:
                latest.update(message.payload)
            return latest

        await running.until(lambda: set(seen()) == {"temperature", "pressure", "strokes", "speed", "running"})
        inject(running.engine.flows["f"], running.engine.services, "set", Message({"speed": 300}))
        await running.until(lambda: seen()["speed"] == 300)
        await running.until(lambda: any(b"Line1.Speed" in line for line in machine.lines))
        assert all(not message.meta["bad"] for message in running.kept)


async def test_a_bad_sensor_a_jump_of_time_and_a_restart_without_sessions_are_told(
    start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opcua_machine, "AWAY_S", 0.5)
    faults = {"bad_sensor": Fault(at_s=(10.0,)), "time_jump": Fault(at_s=(20.0,)), "restart": Fault(at_s=(30.0,))}
    async with steered(faults) as machine:
        running = await start_engine(flow(machine.url))
        bad = lambda: [reason for message in running.kept for reason in message.meta["bad"].values()]  # noqa: E731
        await running.until(lambda: any("pressure" in message.payload for message in running.kept))
        machine.now_s = 10.0
        await running.until(lambda: "BadSensorFailure" in bad())
        machine.now_s = 20.0
        await running.until(lambda: any(time.time_ns() - m.time_ns > 3000e9 for m in running.kept if m.payload))
        machine.now_s = 30.0
        await running.until(lambda: any("not connected" in reason for reason in bad()))
        count = len(running.kept)
        await running.until(lambda: any("pressure" in m.payload for m in running.kept[count:]))
        assert any(b'"restart"' in line for line in machine.lines)
