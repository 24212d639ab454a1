"""IoTferme edge on a pty and mosquitto: its routes, its commands, an address set. Rows I1 to I12.

The way to the cloud and the ledger over kills are in test_iotferme_cloud.py, the pages in test_iotferme_edge_pages.py.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.examples.conftest import EXAMPLES
from tests.examples.farm import SimulatedFarm
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.waiting import eventually, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

FLOW = (EXAMPLES / "iotferme_edge" / "iotferme_edge.yaml").read_text()
DEVICES = 6


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[SimulatedFarm]:
    """A gateway without faults but one: it starts without the time."""
    async with SimulatedFarm(
        tmp_path / "ttyESP-GW", "LAB", devices=DEVICES, pace=10, faults={"unsynced": 1.0}
    ) as gateway:
        yield gateway


@pytest.fixture
async def edge(tmp_path: Path, farm: SimulatedFarm, mosquitto: Mosquitto) -> AsyncIterator[EngineProcess]:
    """The example, running."""
    async with EngineProcess(tmp_path, FLOW, environment=surroundings(tmp_path, mosquitto)) as process:
        yield process


def surroundings(folder: Path, broker: Mosquitto) -> dict[str, str]:
    """Where its broker and its port are."""
    return {"MQTT_URL": broker.url, "GATEWAY_PORT": str(folder / "ttyESP-GW")}


async def test_the_original_routes_answer(edge: EngineProcess, farm: SimulatedFarm) -> None:
    """I3, I4, I8, I10, I11: peers with address and RSSI; commands, ping, their journal; backlog; 422."""
    async with aiohttp.ClientSession(edge.url) as http:

        async def get(path: str) -> Any:
            async with http.get(path) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json(content_type=None)

        async def post(path: str, body: Any) -> tuple[int, str]:
            async with http.post(path, json=body) as answer:
                return answer.status, await answer.text()

        async def devices() -> Any:  # 500 until the first peer has made its table
            async with http.get("/api/devices") as answer:
                return await answer.json() if answer.status == 200 else []

        peers = await eventually(devices, lambda rows: len(rows) == DEVICES)
        assert re.fullmatch(r"24:6F:28:AA:BB:0\d", peers[0]["mac"]) and -85 <= peers[0]["rssi_dbm"] <= -50
        assert peers[0]["age_s"] < 60
        status, text = await post("/api/cmd", {"asset_id": "A-EN-01", "relays": {"lamp": "ON"}})
        assert status == 202 and '"correlation_id"' in text
        status, _ = await post("/api/diag/ping", {"asset_id": "A-EN-01"})
        assert status == 202
        journal = await eventually(
            lambda: get("/api/commands"), lambda rows: sum(row["state"] == "answered" for row in rows) == 2
        )
        assert {row["message"] for row in journal if row["state"] == "answered"} == {"applied", "pong"}
        [relay] = {row["correlation_id"] for row in journal if row["ordered"] == "cmd"}
        steps = [row for row in reversed(journal) if row["correlation_id"] == relay]
        assert [row["state"] for row in steps] == ["taken", "sent", "answered"]
        assert {(row["asset_id"], row["wanted"]) for row in steps} == {("A-EN-01", '{"lamp":"ON"}')}
        times = [datetime.fromisoformat(row["time"]).timestamp() for row in steps]
        assert times == sorted(times) and times[2] > times[1], "each step at its own time"
        assert await get("/api/cmd/pending") == []
        assert (await post("/api/cmd", {"asset_id": "A-EN-01"}))[0] == 422
        assert (await post("/api/diag/set-mac", {"mac": "zz"}))[0] == 422
        assert (await post("/api/diag/pair/begin", {"duration_s": 5}))[0] == 422
        assert (await post("/api/diag/pair/begin", {"duration_s": 60}))[0] == 204
        assert (await post("/api/diag/pair/end", {}))[0] == 204
        assert (await post("/api/diag/time-sync", {}))[0] == 204
        await until(lambda: {"pair_begin", "pair_end"} <= {command["type"] for command in farm.commands()})
        assert (await get("/api/status"))["status"] == "ok" and (await get("/api/buffer"))["messages"] < 100
        assert (await post("/api/buffer/replay", {}))[0] == 200
        for path in ("/api/buffer/purge", "/api/reset-backlog"):
            for confirm, status in (({}, 422), ({"confirm": False}, 422), ({"confirm": True}, 200)):
                assert (await post(path, confirm))[0] == status
        assert (await post("/api/cmd", {"asset_id": "A-EN-01", "feature": {"relays": False}}))[0] == 202
        await until(lambda: farm.commands("feature"))
        assert farm.commands("feature")[0]["feature"] == {"relays": False}
        async with http.get("/api/metrics") as answer:
            assert "flowengine_spool_records" in await answer.text()


async def test_a_new_address_makes_the_port_vanish_and_come_back(edge: EngineProcess, farm: SimulatedFarm) -> None:
    """I1, I4: set_mac reaches the gateway, which leaves the bus; telemetry goes on, the clock is set."""
    async with aiohttp.ClientSession(edge.url) as http:

        async def events() -> list[Any]:
            async with http.get("/api/events") as answer:  # 500 until the first event has made its table
                return [row["event"] for row in await answer.json()] if answer.status == 200 else []

        await until(lambda: farm.heard())
        async with http.post("/api/diag/set-mac", json={"mac": "02:11:22:33:44:55", "persist": True}) as answer:
            assert answer.status == 204
        await eventually(events, lambda found: "set_mac" in found and found.count("ready") >= 2)
        before = len(farm.heard())
        await until(lambda: len(farm.heard()) > before + 10)
        syncs = [command for command in farm.commands() if command["type"] == "time_sync"]
        assert len(syncs) >= 2 and {"type", "ts", "offset_ms", "epoch_ms"} <= set(syncs[0])
        assert abs(syncs[0]["epoch_ms"] / 1000 - farm.started_s) < 120


async def test_a_password_for_the_api_if_there_is_one(
    tmp_path: Path, farm: SimulatedFarm, mosquitto: Mosquitto
) -> None:
    """I12: without the secret anyone on the LAN may ask, with it only who knows it."""
    secret = {**surroundings(tmp_path, mosquitto), "FLOWENGINE_SECRET_EDGE_PASSWORD": "s3cret of the farm"}
    async with (
        EngineProcess(tmp_path, FLOW, environment=secret) as engine,
        aiohttp.ClientSession(engine.url) as http,
    ):
        known = {"Authorization": "Basic " + b64encode(b"edge:s3cret of the farm").decode()}
        async with http.get("/api/status") as answer:
            assert answer.status == 401
        async with http.get("/api/status", headers=known) as answer:
            assert answer.status == 200
        async with http.post("/api/cmd", json={"asset_id": "A", "relay": {"lamp": "ON"}}) as answer:
            assert answer.status == 401
        assert "s3cret" not in engine.log.read_text()
