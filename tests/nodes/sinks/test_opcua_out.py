"""`opcua_out` through whole flows: in the node's own type, within limits, read back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from tests.faults.amounts import amount
from tests.nodes.conftest import Running, StartEngine
from tests.servers.opcua import OpcUaPlant
from tests.servers.relay import relay_to
from tests.waiting import quiet_for

CUTS = amount("CUTS", 4, 1000)

pytestmark = pytest.mark.timeout(180)  # making the server takes seconds of a processor

POINTS = "{name: t, address: 'ns=2;s=t', min: 0, max: 100}, {name: n, address: 'ns=2;s=n', scale: 0.1}, " + ", ".join(
    f"{{name: {name}, address: 'ns=2;s={name}'}}" for name in ("on", "name", "f", "list", "nowhere")
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
    send(running, {"t": 33, "n": 1.2, "on": False, "name": "idle", "f": 21.7})
    assert await running.holds(5) == [
        {"point": "t", "value": 33, "result": "written", "old": 21.5, "read_back": 33.0},
        {"point": "n", "value": 1.2, "result": "written", "old": 0.7, "read_back": 1.2},
        {"point": "on", "value": False, "result": "written", "old": True, "read_back": False},
        {"point": "name", "value": "idle", "result": "written", "old": "press", "read_back": "idle"},
        {"point": "f", "value": 21.7, "result": "written", "old": 0.1, "read_back": 21.7},
    ]
    assert await asyncio.to_thread(opcua_plant.value, "n") == 12


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({"t": 101}, "above the greatest"), ({"n": 1e6}, "does not fit into Int16"), ({"on": "x"}, "neither true nor"),
     ({"name": 5}, "no text"), ({"nowhere": 1}, "BadNodeIdUnknown"), ({"list": 5}, "an array cannot"),
     ({"f": float("inf")}, "no number that a device could take")],
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


WRITE_REQUEST = bytes([1, 0]) + (673).to_bytes(2, "little")
"""The type of a WriteRequest as it is encoded (OPC 10000-6, 5.2.2.9)."""


@pytest.mark.timeout(180 + 4 * CUTS)
async def test_no_cut_of_the_line_repeats_a_write(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    async with relay_to(opcua_plant.port, WRITE_REQUEST) as relay:
        running = await start_engine(
            "flow: f\nconnections:\n"
            f"  machine: {{type: opcua, url: 'opc.tcp://127.0.0.1:{relay.port}/plant', timeout: 2s}}\n"
            f"nodes:\n  set: {{type: opcua_out, connection: machine, points: [{POINTS}], to: got}}\n"
            "  ask: {type: inject, to: set}\n  got: {type: collect}\n"
        )
        machine = running.engine.flows["f"].connections["machine"]
        back = lambda: machine.up and machine.reconnects >= relay.cuts  # noqa: E731
        for number in range(CUTS):
            await running.until(back, 30)
            send(running, {"n": number / 10})
            await running.holds(number + 1, 30)
        await running.until(back, 30)
        await quiet_for(0.3, "what may have been written is not written again")
    written = [value for name, value in opcua_plant.writes if name == "n"]
    assert written == sorted(set(written)), "each value at most once, in order"
    told = {round(each["value"] * 10): each["result"] for each in running.payloads}
    assert all(told[value] == "no answer" for value in written)
    assert relay.cuts >= CUTS and len(written) >= CUTS * 0.75
