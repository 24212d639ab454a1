"""Faults that the original systems have, one test for each that the flows would fail with it.

| fault of an original | held by |
|---|---|
| a COBS encoder that is wrong for most payloads | here |
| a retry that cancels the wait for the answer | here |
| a message is acknowledged before it is stored | here |
| an unretained birth beside a retained will | test_iotferme_edge_service.py: who comes later finds how the edge is |
| a forged time goes to the cloud | iotferme_edge.test.yaml: a time that a gateway without a clock forged … |
| hosts say `relays`, the firmware knows `relay` | iotferme_edge.test.yaml: `relays`, as older hosts write it … |
| live values overtake their own backlog | test_iotferme_edge_backlog.py |
| "no loss", kept in RAM only | test_croissance.py, test_esp32_server.py: kill -9 in the middle, against a ledger |
| what was put back while the database is away has no end and no order | croissance.test.yaml: C5, C6 |
| backups that nobody ever restored | test_m5stack_huskylens.py: dumps are restored on trial and in place |
"""

from __future__ import annotations

import asyncio
import re
import threading
from binascii import crc_hqx
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from flowengine.engine import Engine, Settings
from flowengine.store.spool.disk import Disk
from nodes.simulator.faults import Fault
from nodes.simulator.pty_port import PtyPort
from tests.examples.conftest import EXAMPLES, subscribed
from tests.examples.farm import SimulatedFarm
from tests.examples.ledgered import Devices
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.waiting import quiet_for, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

EDGE = (EXAMPLES / "iotferme_edge" / "iotferme_edge.yaml").read_text()
AT_OPENING = ("time_sync",)
"""Frames that the edge sends by itself when the port is there."""
Report = tuple[str, str, bytes]
REPORTS: dict[str, Report] = {
    "croissance": ("+/#", "house1/co2", b'{"value": 450}'),
    "esp32_server": ("esp/+/+", "esp/esp001/mie", b'{"AI1": 1}'),
    "iotferme_cloud": (
        "v1/farm/+/+/telemetry/+",
        "v1/farm/LAB/gw-01/telemetry/env",
        b'{"ts": "2026-01-01T00:00:00Z", "site": "LAB", "device": "gw-01", "asset_id": "A", "metrics": {"t_c": 20}}',
    ),
}


def uncobs(frame: bytes) -> bytes:
    """What a frame without its last zero means, as the paper on COBS has it: blocks of a length and its bytes."""
    out, place = bytearray(), 0
    while place < len(frame):
        code = frame[place]
        assert code, "a zero inside a frame"
        out += frame[place + 1 : place + code]
        place += code
        if code < 0xFF and place < len(frame):
            out.append(0)
    return bytes(out)


async def test_a_command_of_any_length_is_framed_as_another_decoder_reads_it(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """I2: around the lengths at which COBS begins a new block, with zeros inside; CRC by the standard library."""
    port = PtyPort(tmp_path / "port")
    environment = {"MQTT_URL": mosquitto.url, "GATEWAY_PORT": str(tmp_path / "port")}
    lengths = [1, 2, 30, *range(150, 200), *range(400, 450)]
    said: list[bytes] = []
    async with (
        EngineProcess(tmp_path, EDGE, environment=environment) as edge,
        aiohttp.ClientSession(edge.url) as http,
    ):
        await until(lambda: port.is_open)
        for n, length in enumerate(lengths):
            order = {"asset_id": "A", "correlation_id": f"c{n}", "feature": {"zero": 0, "name": "x" * length}}
            async with http.post("/api/cmd", json=order) as answer:
                assert answer.status == 202
            said.append(port.read())
        await until(lambda: said.append(port.read()) or b"".join(said).count(0) >= len(lengths) + len(AT_OPENING))
    found: dict[str, Any] = {}
    for frame in b"".join(said).split(b"\0")[:-1]:
        whole = uncobs(frame)
        assert crc_hqx(whole[:-2], 0xFFFF) == int.from_bytes(whole[-2:], "big")
        message = msgspec.msgpack.decode(whole[:-2])
        if message["type"] not in AT_OPENING:
            found[message["correlation_id"]] = message["feature"]
    assert [len(found[f"c{n}"]["name"]) for n in range(len(lengths))] == lengths


async def test_the_answer_to_a_second_try_is_the_answer(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """I8: the first try is lost on the radio; the second is answered, and its answer reaches the journal."""
    environment = {"MQTT_URL": mosquitto.url, "GATEWAY_PORT": str(tmp_path / "port")}
    faults = {"lost_command": Fault(at_s=(0.0,))}
    sooner = EDGE.replace("timeout: 3s", "timeout: 1s").replace("backoff: 2s", "backoff: 200ms")
    async with (
        SimulatedFarm(tmp_path / "port", "LAB", devices=1, pace=1, faults=faults) as gateway,
        EngineProcess(tmp_path, sooner, environment=environment) as edge,
        aiohttp.ClientSession(edge.url) as http,
    ):
        await until(gateway.heard)
        async with http.post("/api/cmd", json={"asset_id": "A-EN-01", "relay": {"lamp": "ON"}}) as answer:
            assert answer.status == 202

        async def answered() -> list[Any]:
            async with http.get("/api/commands") as answer:
                return [row for row in await answer.json() if row["state"] == "answered"]

        async with asyncio.timeout(60):
            while not (rows := await answered()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert len(gateway.commands("cmd")) >= 2 and rows[0]["ok"] and rows[0]["message"] == "applied"


@pytest.mark.parametrize("name", REPORTS)
async def test_the_broker_is_told_only_when_a_report_is_on_the_disk(
    name: str, tmp_path: Path, new_mosquitto: Callable[..., Mosquitto], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk does not answer there is no PUBACK; once it does, there is."""
    broker, disk = new_mosquitto(), threading.Event()
    sync = Disk.sync

    def wait_and_sync(self: Disk, handle: int) -> None:
        assert disk.wait(30)
        sync(self, handle)

    def acknowledged() -> bool:
        return "Received PUBACK from" in broker.log_file.read_text(errors="replace")

    filter_, topic, payload = REPORTS[name]
    engine = Engine(Settings(data_dir=tmp_path, overrides={"mqtt_url": broker.url}))
    try:
        await engine.deploy(engine.load_file(EXAMPLES / name / f"{name}.yaml"))
        async with Devices(broker.url) as device:
            await subscribed(broker, filter_)
            monkeypatch.setattr(Disk, "sync", wait_and_sync)
            await device.send(topic, payload)
            await until(lambda: re.search(r"Sending PUBLISH to .*, q1,", broker.log_file.read_text(errors="replace")))
            await quiet_for(0.5, "without the sync there is no acknowledgement")
            assert not acknowledged()
            disk.set()
            await until(acknowledged)
    finally:
        disk.set()
        await engine.stop(1)
