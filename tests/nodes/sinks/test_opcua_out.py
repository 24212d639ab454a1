"""`opcua_out` through whole flows: in the node's own type, within limits, read back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from tests.nodes.conftest import Running, StartEngine
from tests.servers.opcua import OpcUaPlant

pytestmark = pytest.mark.timeout(180)  # making the server takes seconds of a processor

POINTS = "{name: t, address: 'ns=2;s=t', min: 0, max: 100}, {name: n, address: 'ns=2;s=n', scale: 0.1}, " + ", ".join(
    f"{{name: {name}, address: 'ns=2;s={name}'}}" for name in ("on", "name", "nowhere")
)


async def started(start_engine: StartEngine, plant: OpcUaPlant) -> Running:
    running = await start_engine(
        f"flow: f\nconnections:\n  machine: {{type: opcua, url: '{plant.url}', timeout: 2s}}\n"
        f"nodes:\n  set: {{type: opcua_out, connection: machine, points: [{POINTS}], to: got}}\n"
        "  ask: {type: inject, to: set}\n  got: {type: collect}\n"
    )
    await running.until(lambda: running.engine.flows["f"].connections["machine"].up)
    return running


def send(running: Running, payload: Any) -> None:
    inject(running.engine.flows["f"], running.engine.services, "set", Message(payload))


async def test_values_are_written_in_the_nodes_type_and_read_back(
    opcua_plant: OpcUaPlant, start_engine: StartEngine
) -> None:
    running = await started(start_engine, opcua_plant)
    send(running, {"t": 33, "n": 1.2, "on": False, "name": "idle"})
    assert await running.holds(4) == [
        {"point": "t", "value": 33, "result": "written", "old": 21.5, "read_back": 33.0},
        {"point": "n", "value": 1.2, "result": "written", "old": 0.7, "read_back": 1.2},
        {"point": "on", "value": False, "result": "written", "old": True, "read_back": False},
        {"point": "name", "value": "idle", "result": "written", "old": "press", "read_back": "idle"},
    ]
    assert await asyncio.to_thread(opcua_plant.value, "n") == 12


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({"t": 101}, "above the greatest"), ({"n": 1e6}, "does not fit into Int16"), ({"on": "x"}, "neither true nor"),
     ({"name": 5}, "no text"), ({"nowhere": 1}, "BadNodeIdUnknown")],
)  # fmt: skip
async def test_what_cannot_be_written_is_refused(
    opcua_plant: OpcUaPlant, start_engine: StartEngine, payload: Any, reason: str
) -> None:
    running = await started(start_engine, opcua_plant)
    send(running, payload)
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and reason in running.payloads[0]["reason"]


async def test_without_a_server_nothing_waits_to_be_written_later(
    opcua_plant: OpcUaPlant, start_engine: StartEngine
) -> None:
    running = await started(start_engine, opcua_plant)
    await asyncio.to_thread(opcua_plant.stop)
    send(running, {"t": 50})
    await running.holds(1)
    assert running.payloads[0]["result"] in ("refused", "no answer")
    await asyncio.to_thread(opcua_plant.start)
    await running.until(lambda: running.engine.flows["f"].connections["machine"].up)
    assert await asyncio.to_thread(opcua_plant.value, "t") == 21.5
