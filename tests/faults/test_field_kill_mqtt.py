"""kill -9 of an engine between plant and broker: Sparkplug B and LoRaWAN lose nothing acknowledged, repeat nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from nodes.codecs.sparkplug.host import Host, topic_of
from nodes.codecs.sparkplug.payload import Metric, Payload, decode, encode
from tests.faults.amounts import amount
from tests.faults.engine_process import EngineProcess
from tests.faults.test_field_kill import rows
from tests.nodes.conftest import Connect, mqtt_client, prefix
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

__all__ = ["mqtt_client", "prefix"]
KILLS = amount("FIELD_KILLS", 1, 100)

EDGE = """
flow: edge
connections:
  broker: {{type: mqtt, url: "{url}"}}
nodes:
  in: {{type: http_in, path: /say, open: true, to: out}}
  out: {{type: sparkplug_out, connection: broker, group: {group}, edge: e, durable: true}}
"""


class Says:
    """Sends one number after the other to an engine; `taken` are those that it acknowledged."""

    def __init__(self, url: str):
        self._url, self._last = url, 0
        self.taken: set[int] = set()

    async def say(self, count: int, **more: Any) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(count):
                self._last += 1
                try:
                    async with session.post(self._url, json={"n": self._last, **more}) as answer:
                        if answer.status == 204:
                            self.taken.add(self._last)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.01)


@pytest.mark.faults
@pytest.mark.timeout(120 + 10 * KILLS)
async def test_an_edge_node_that_is_killed_dies_is_born_anew_and_has_lost_nothing(
    mosquitto: Mosquitto, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    host, gaps = Host(), 0

    def hear(packets: Any) -> None:
        nonlocal gaps
        for packet in packets:
            topic = topic_of(packet.topic)
            assert topic is not None
            said.append((topic.kind, {m.name: m.value for m in decode(packet.payload).metrics}))
            gaps += host.take(topic, packet.payload, 0.0)[1]

    def told() -> set[Any]:
        return {values["n"] for _, values in said if "n" in values}

    client = await mqtt_client(mosquitto.url)
    await client.subscribe(f"spBv1.0/{prefix}/#", hear, qos=0).ready()
    async with EngineProcess(tmp_path, EDGE.format(url=mosquitto.url, group=prefix)) as engine:
        says = Says(engine.url + "/say")
        for _ in range(KILLS):
            before = len(told())
            saying = asyncio.create_task(says.say(10_000))
            await until(lambda before=before: len(told()) > before + 20)
            await engine.kill()
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            await engine.start()
        await until(lambda: says.taken <= told())
        assert await engine.terminate() == 0
    await until(lambda: said[-1][0] == "NDEATH")
    sessions = [(kind, values["bdSeq"]) for kind, values in said if kind in ("NBIRTH", "NDEATH")]
    first = sessions[0][1]
    lives = [(kind, first + life) for life in range(KILLS + 1) for kind in ("NBIRTH", "NDEATH")]
    assert list(dict.fromkeys(sessions)) == lives, "each session is born and dies by its own number"
    assert not gaps, "a sequence with a hole, or data before a birth"


HOSTS = """
flow: host
connections:
  broker: {{type: mqtt, url: "{url}"}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: sparkplug_in, connection: broker, group: {group}, each: true, to: store}}
  store:
    type: sql_out
    connection: db
    table: told
    durable: true
    create: true
    columns: {{n: payload.value, quality: meta.quality}}
"""


@pytest.mark.faults
@pytest.mark.timeout(120 + 10 * KILLS)
async def test_a_host_that_is_killed_asks_for_births_and_keeps_no_old_value_for_new(
    mosquitto: Mosquitto, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    client, db = await mqtt_client(mosquitto.url), tmp_path / "told.db"
    n, seq, rebirths = 0, 0, 0

    async def say(kind: str, *more: Metric) -> None:
        nonlocal n, seq
        n, seq = n + 1, 0 if kind == "NBIRTH" else (seq + 1) % 256
        metrics = [*more, Metric("n", n, 4, alias=1)]
        await client.publish(f"spBv1.0/{prefix}/{kind}/e", encode(Payload(1_700_000_000_000 + n, seq, metrics)), qos=1)

    def command(packets: Any) -> None:
        nonlocal rebirths
        rebirths += len(packets)

    await client.subscribe(f"spBv1.0/{prefix}/NCMD/e", command, qos=0).ready()
    good = "SELECT n FROM told WHERE quality = 'good' AND n IS NOT NULL ORDER BY rowid"

    async def live(until_stored: int) -> None:
        """Be an edge node: tell numbers, be born when asked, until so many are stored."""
        answered = rebirths
        while len(rows(db, good)) <= until_stored or rows(db, good) == [(0,)]:
            if rebirths > answered:
                answered = rebirths
                await say("NBIRTH", Metric("bdSeq", 0, 8))
            else:
                await say("NDATA")
            await asyncio.sleep(0.01)

    async with EngineProcess(tmp_path, HOSTS.format(url=mosquitto.url, group=prefix, db=db)) as engine:
        await live(5)
        for _ in range(KILLS):
            await engine.kill()
            await say("NDATA")
            asked = rebirths
            await engine.start()
            await live(len(rows(db, good)) + 5)
            assert rebirths > asked, "after a restart it knows no births and asks for them"
        assert await engine.terminate() == 0
    kept = [value for (value,) in rows(db, good)]
    assert set(kept) <= set(range(1, n + 1))
    firsts = list(dict.fromkeys(kept))
    assert firsts == sorted(firsts), "an old value came for the first time after a newer one"
    assert rows(db, "SELECT count(*) FROM told WHERE n IS NULL AND quality = 'good'") == [(0,)]


LORAWAN = """
flow: lora
connections:
  broker: {{type: mqtt, url: "{url}"}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  up: {{type: mqtt_in, connection: broker, topic: "{group}/device/+/event/up", qos: 1, format: json, to: frames}}
  frames: {{type: lorawan_decode, to: store}}
  store: {{type: sql_out, connection: db, table: frames, create: true, columns: {{n: payload.n, f_cnt: meta.f_cnt}}}}
  say: {{type: http_in, path: /say, open: true, to: down}}
  down: {{type: lorawan_encode, server: chirpstack, f_port: 10, device_eui: "0101010101010101", to: send}}
  send: {{type: mqtt_out, connection: broker, topic: {group}/device/0101010101010101/command/down}}
"""


@pytest.mark.faults
@pytest.mark.timeout(120 + 10 * KILLS)
async def test_lorawan_frames_survive_a_kill_and_a_command_goes_down_once(
    mosquitto: Mosquitto, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    client, db, down = await mqtt_client(mosquitto.url), tmp_path / "frames.db", list[int]()

    def hear(packets: Any) -> None:
        down.extend(json.loads(packet.payload)["object"]["n"] for packet in packets)

    await client.subscribe(f"{prefix}/device/+/command/down", hear, qos=0).ready()
    sent = 0

    async def uplinks() -> None:
        nonlocal sent
        while True:
            frame = {
                "time": f"2026-03-01T08:{sent // 60 % 60:02}:{sent % 60:02}Z", "fCnt": sent + 1, "fPort": 1,
                "deviceInfo": {"devEui": "0101010101010101", "deviceName": "silo"}, "object": {"n": sent + 1},
                "data": base64.b64encode(b"x").decode(), "rxInfo": [],
            }  # fmt: skip
            await client.publish(f"{prefix}/device/0101010101010101/event/up", json.dumps(frame).encode(), qos=1)
            sent += 1
            await asyncio.sleep(0.005)

    def stored() -> set[int]:
        return {n for (n,) in rows(db, "SELECT n FROM frames")} - {0}

    async with EngineProcess(tmp_path, LORAWAN.format(url=mosquitto.url, group=prefix, db=db)) as engine:
        await until(lambda: mosquitto.has(f"{prefix}/device/+/event/up"))
        says, sending = Says(engine.url + "/say"), asyncio.create_task(uplinks())
        for _ in range(KILLS):
            before = len(stored()), len(down)
            saying = asyncio.create_task(says.say(10_000))
            await until(lambda before=before: len(stored()) > before[0] + 20 and len(down) > before[1] + 20)
            await engine.kill()
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            await engine.start()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await until(lambda: set(range(1, sent + 1)) <= stored())
        assert await engine.terminate() == 0
    assert says.taken <= set(down), "a command that was acknowledged did not go down"
    assert len(down) == len(set(down)), "a command went down twice"
