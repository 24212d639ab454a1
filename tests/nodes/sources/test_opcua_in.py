"""`opcua_in` through whole flows, against a server on loopback that is stopped, secured and filled with nodes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from flowengine import Message
from flowengine.testing import make
from nodes.sources.opcua_in import OpcUaIn
from tests.faults.amounts import crowding
from tests.nodes.conftest import Running, StartEngine
from tests.servers.opcua import MANY, OpcUaPlant
from tests.servers.ports import next_free_port

pytestmark = pytest.mark.timeout(180)  # making the server takes seconds of a processor


def flow(url: str, points: str, options: str = "every: 50ms", connection: str = "timeout: 2s") -> str:
    return (
        f"flow: f\nconnections:\n  machine: {{type: opcua, url: '{url}', {connection}}}\n"
        f"nodes:\n  in: {{type: opcua_in, connection: machine, points: [{points}], {options}, to: got}}\n"
        "  got: {type: collect}\n"
    )


def point(name: str, more: str = "") -> str:
    return f"{{name: {name}, address: 'ns=2;s={name}'{more}}}"


def latest(running: Running) -> dict[str, Any]:
    return {name: value for message in running.kept for name, value in message.payload.items()}


async def test_changes_arrive_by_name_with_the_devices_time(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    points = f"{point('t', ', unit: °C')}, {point('n', ', scale: 0.1')}, {point('on')}, {point('name')}"
    running = await start_engine(flow(opcua_plant.url, points))
    await running.until(lambda: latest(running) == {"t": 21.5, "n": 0.7, "on": True, "name": "press"})
    at = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    value = ua.DataValue(ua.Variant(30.5, ua.VariantType.Double), SourceTimestamp=at.replace(tzinfo=None))
    await asyncio.to_thread(opcua_plant.put, "t", value)
    await running.until(lambda: latest(running)["t"] == 30.5)
    last = running.kept[-1]
    assert last.payload == {"t": 30.5} and last.time_ns == int(at.timestamp() * 1000) * 10**6
    assert last.meta["units"] == {"t": "°C"}


async def test_quality_is_the_servers(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(opcua_plant.url, point("t"), "every: 50ms, each: true"))
    await running.holds(1)
    doubts = {ua.StatusCodes.BadSensorFailure: "bad", ua.StatusCodes.UncertainLastUsableValue: "uncertain"}
    for status, quality in doubts.items():
        count = len(running.kept)
        value = ua.DataValue(ua.Variant(1.5, ua.VariantType.Double), ua.StatusCode(status))
        await asyncio.to_thread(opcua_plant.put, "t", value)
        await running.holds(count + 1)
        assert running.kept[-1].meta["quality"] == quality
    assert [m.payload["value"] for m in running.kept] == [21.5, None, 1.5]
    assert running.kept[1].meta["reason"] == "BadSensorFailure"


async def test_one_unknown_node_is_named_and_the_others_flow(
    opcua_plant: OpcUaPlant, start_engine: StartEngine
) -> None:
    running = await start_engine(flow(opcua_plant.url, f"{point('t')}, {point('nowhere')}"))
    await running.until(lambda: latest(running).get("t") == 21.5)
    await running.until(lambda: any("nowhere" in m.meta["bad"] for m in running.kept))
    assert {m.meta["bad"]["nowhere"] for m in running.kept if "nowhere" in m.meta["bad"]} == {"BadNodeIdUnknown"}


async def test_after_a_restart_of_the_server_values_flow_again_within_five_seconds(
    opcua_plant: OpcUaPlant, start_engine: StartEngine
) -> None:
    running = await start_engine(flow(opcua_plant.url, point("t"), connection="timeout: 1s"))
    await running.holds(1)
    took_s = list[float]()
    for round_ in range(2):
        await asyncio.to_thread(opcua_plant.stop)
        await running.until(lambda: running.kept[-1].meta["bad"])
        assert "not connected" in running.kept[-1].meta["bad"]["t"]
        await asyncio.to_thread(opcua_plant.start)
        back_s = time.monotonic()
        await asyncio.to_thread(opcua_plant.put, "t", ua.Variant(40.0 + round_, ua.VariantType.Double))
        await running.until(lambda round_=round_: running.kept[-1].payload == {"t": 40.0 + round_})
        took_s.append(time.monotonic() - back_s)
    assert min(took_s) < 5 * crowding(), took_s


async def test_polling_reads_everything_each_time(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(opcua_plant.url, f"{point('t')}, {point('n')}", "every: 50ms, poll: true"))
    await running.until(lambda: sum(m.payload == {"t": 21.5, "n": 7} for m in running.kept) >= 3)


async def test_small_changes_stay_at_the_server(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(opcua_plant.url, point("t"), "every: 20ms, deadband: 1"))
    await running.holds(1)
    await asyncio.to_thread(opcua_plant.put, "t", 30.0)
    await running.until(lambda: latest(running)["t"] == 30.0)  # so it is subscribed, and not only read at first
    for value in (30.1, 30.4, 30.8, 33.0):
        await asyncio.to_thread(opcua_plant.put, "t", value)
    await running.until(lambda: latest(running)["t"] == 33.0)
    assert not {30.1, 30.4, 30.8} & {m.payload["t"] for m in running.kept}


@pytest.mark.parametrize("security", ["security: Basic256Sha256", "security: Aes256_Sha256_RsaPss, sign_only: true"])
async def test_encrypted_with_a_user_two_thousand_nodes_are_subscribed(
    opcua_plant: OpcUaPlant, tmp_path: Path, start_engine: StartEngine, security: str
) -> None:
    count = 20 if "sign_only" in security else MANY
    points = ", ".join(point(f"p{n}") for n in range(count))
    access = f"timeout: 10s, username: flow, password: s3cret, {security}"
    running = await start_engine(flow(opcua_plant.url, points, connection=access))
    await running.until(lambda: len(latest(running)) == count)
    assert latest(running) == {f"p{n}": float(n) for n in range(count)}
    [key] = tmp_path.rglob("client.pem")
    assert key.stat().st_mode & 0o077 == 0


async def test_a_wrong_password_is_said_and_not_shown(opcua_plant: OpcUaPlant, start_engine: StartEngine) -> None:
    access = "timeout: 5s, username: flow, password: wr0ng"
    running = await start_engine(flow(opcua_plant.url, point("t"), connection=access))
    await running.holds(1)
    assert "not connected" in running.kept[0].meta["bad"]["t"] and "wr0ng" not in str(running.kept)


async def test_nobody_there_is_said_at_once(start_engine: StartEngine) -> None:
    running = await start_engine(flow(f"opc.tcp://127.0.0.1:{next_free_port()}", point("t")))
    await running.holds(1)
    assert "not connected" in running.kept[0].meta["bad"]["t"]


def test_flow_tests_send_points_by_name() -> None:
    node: Any = make(OpcUaIn, f"{{connection: m, points: [{point('t', ', unit: °C')}]}}")
    assert node.received(Message({"t": 21.5})).meta == {"bad": {}, "units": {"t": "°C"}}
    with pytest.raises(ValueError, match="none of its points"):
        node.received(Message({"x": 1}))


@pytest.mark.parametrize(
    ("address", "fault"),
    [("ns=70000;i=1", "at most 65535"), ("ns=2;i=4294967296", "at most 4294967295"), ("ns=2;b=a", "not Base64")],
)
def test_an_address_that_fits_no_request_is_refused_before_a_session_ends_by_it(address: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make(OpcUaIn, f"{{connection: m, points: [{{name: t, address: '{address}'}}]}}")


@pytest.mark.parametrize("address", ["Line1.Temp", "ns=2", "ns=2;x=1", "", "ns=2;s="])
def test_an_address_that_is_no_node_id_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="write ns=2;s="):
        make(OpcUaIn, f"{{connection: m, points: [{{name: t, address: '{address}'}}]}}")
