"""A sink that fails in every way HTTP knows, and one that is away for longer than RAM holds."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path
from statistics import median

import pytest

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings
from tests.faults.amounts import amount, crowding
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.faults.ledger import Publisher
from tests.servers.fault_http import FaultServer, Step, fault_server
from tests.waiting import lasts, until

FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}"}}
  tsdb: {{type: influxdb, url: "{sink}", bucket: b, gzip: false, timeout: 500ms}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", qos: 1, format: json, to: [hold, live]}}
  hold: {{type: buffer, count: 500, every: 50ms, durable: {{max: 200MiB}}, to: store}}
  store: {{type: influxdb_out, connection: tsdb, measurement: m, tags: [device], fields: {{n: payload.n}}}}
  live: {{type: mqtt_out, connection: broker, topic: "{name}/live", qos: 0}}
"""
FAULTS = [
    Step(500),
    Step(503, headers={"Retry-After": "0"}),
    Step(429, headers={"Retry-After": "1"}),
    Step(204, keep=True, hang_s=0.7),  # took it, and the answer comes too late
    Step(204, keep=False, hang_s=0.7),
    Step(204, hang_s=0.3),
    Step(204, keep=True, reset=True),
    Step(500, keep=False, reset=True),
]
SECONDS = amount("SINK_SECONDS", 12, 300)
BACKLOG = amount("BACKLOG", 30_000, 300_000)
LIVE_RATE = 500
LIVE_S = 0.25
MOST_GROWTH_BYTES = 80 * 2**20


def stored(sink: FaultServer) -> set[int]:
    """The numbers that the sink kept."""
    return {int(float(line.rpartition("n=")[2].split(" ")[0])) for line in sink.lines}


async def all_stored(sink: FaultServer, acknowledged: set[int]) -> None:
    """Return once the sink kept all of these; fails with how many are missing."""

    def missing() -> str:
        left = sorted(acknowledged - stored(sink))
        return f"{len(left)} of {len(acknowledged)} missing: {left[:9]}"

    await until(lambda: acknowledged <= stored(sink), says=missing)


@pytest.mark.faults
@pytest.mark.timeout(60 + 10 * SECONDS)
async def test_no_answer_of_a_sink_loses_a_message(line: Line) -> None:
    rng = random.Random(6)
    async with fault_server() as sink:
        sink.decide = lambda body: rng.choice(FAULTS) if rng.random() < 0.5 else Step()
        flow = FLOW.format(name=line.name, url=line.url, sink=sink.url)
        async with EngineProcess(line.folder, flow) as engine, line.publisher(rate=300) as publisher:
            await until(lambda: stored(sink))
            publisher.forget()
            await asyncio.sleep(SECONDS)
            await publisher.stop()
            await all_stored(sink, publisher.acknowledged)
            assert await engine.metric("unaccounted_messages") == 0
            assert await engine.metric("events_total", reason="retries") > 0
    failed = len(sink.requests) - len(sink.stored)
    print(f"{len(publisher.acknowledged)} acknowledged, 0 missing; {failed} of {len(sink.requests)} writes failed")


class LiveListener:
    """Latencies of what the live branch carried; the payload says when it was published (monotonic s)."""

    def __init__(self, line: Line):
        self._client = MqttClient(MqttSettings(url=line.url, client_id=f"listener of {line.name}"))
        self._topic = f"{line.name}/live"
        self.latencies_s: list[float] = []

    async def __aenter__(self) -> LiveListener:
        await self._client.start()
        subscription = self._client.subscribe(self._topic, self._note, qos=0)
        self._subscription = subscription
        await subscription.ready()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.close()

    def _note(self, packets: list[Incoming]) -> None:
        now_s = time.monotonic()
        values = [json.loads(packet.payload) for packet in packets]
        self.latencies_s += [now_s - value["at"] for value in values if "at" in value]
        self._subscription.ack(packets)

    @property
    def median_s(self) -> float:
        """Half were faster."""
        return median(self.latencies_s)

    @property
    def p99_s(self) -> float:
        """99 % were faster."""
        return sorted(self.latencies_s)[int(len(self.latencies_s) * 0.99)]


@pytest.mark.faults
@pytest.mark.timeout(180 + BACKLOG // 500)
async def test_a_backlog_stays_out_of_ram_and_drains_beside_live_values(line: Line, tmp_path: Path) -> None:
    async with fault_server() as sink, LiveListener(line) as live:
        flow = FLOW.format(name=line.name, url=line.url, sink=sink.url).replace("timeout: 500ms", "timeout: 5s")
        async with EngineProcess(tmp_path, flow) as engine:
            started_bytes = engine.rss_bytes
            sink.decide = lambda body: Step(503)
            async with line.publisher(batch=500) as filling:
                await line.arriving(engine, filling)
                await until(lambda: len(filling.acknowledged_at) >= BACKLOG, 120)
                await filling.stop()
            async with asyncio.timeout(60):
                while await engine.metric("spool_records") < BACKLOG:  # noqa: ASYNC110 - a process cannot tell
                    await asyncio.sleep(0.1)
            most_bytes = engine.rss_bytes
            async with line.publisher(rate=LIVE_RATE, batch=20) as fresh:
                fresh.sent = 10 * BACKLOG  # numbers of their own
                fresh.payload = lambda n: {"n": n, "at": time.monotonic()}
                await lasts(3.0, "live values beside the backlog")
                before_s = live.p99_s
                drained_s = await drain(engine, sink, live, filling)
                most_bytes = max(most_bytes, engine.rss_bytes)
                await fresh.stop()
            await all_stored(sink, filling.acknowledged | fresh.acknowledged)
    rate = BACKLOG / drained_s
    growth = (most_bytes - started_bytes) / 2**20
    p99 = f"p99 {live.p99_s * 1000:.0f} ms ({before_s * 1000:.0f} ms before)"
    print(f"{BACKLOG} drained at {rate:.0f}/s beside {LIVE_RATE}/s live, {p99}; +{growth:.0f} MiB")
    assert rate >= 5 * LIVE_RATE / crowding()
    # Behind the backlog nearly every value would wait for as long as that takes; how late a few are is the machine's.
    assert live.median_s < LIVE_S * crowding(), "live values wait for the backlog"
    assert growth < MOST_GROWTH_BYTES / 2**20


async def drain(engine: EngineProcess, sink: FaultServer, live: LiveListener, filling: Publisher) -> float:
    """Let the sink take everything; seconds from its first good answer until the backlog is there."""
    live.latencies_s.clear()
    before = len(sink.stored)
    sink.decide = lambda body: Step()
    async with asyncio.timeout(60):
        while len(sink.stored) == before:  # noqa: ASYNC110 - the retry may be half a minute away
            await asyncio.sleep(0.01)
    began_s = time.monotonic()
    await all_stored(sink, filling.acknowledged)
    return time.monotonic() - began_s
