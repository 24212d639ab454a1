"""Redeploys leave nothing open of what they close; a flood of connections leaves descriptors for files and clients."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.servers.ports import next_free_port
from tests.waiting import until

REDEPLOYS = amount("REDEPLOYS", 60, 1000)
WARM = 14
MOST_GROWTH_BYTES = 30 * 2**20
FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}", keepalive: {turn}s}}
  db: {{type: sql, url: "sqlite:///{db}", timeout: {turn}s}}
  tsdb: {{type: influxdb, url: "http://127.0.0.1:9", bucket: b, timeout: {turn}s}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", format: json, to: [hold, live, lines]}}
  tick: {{type: inject, every: 100ms, payload: {{n: {turn}}}, to: away}}
  hold: {{type: buffer, count: 100, every: 50ms, durable: true, title: "{turn}", to: store}}
  store: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.n}}, title: "{turn}"}}
  live: {{type: websocket_out, path: /live{turn}, send: payload}}
  away: {{type: influxdb_out, connection: tsdb, measurement: m, fields: {{n: payload.n}},
          queue: {{count: 10, when_full: drop_oldest}}}}
  lines: {{type: file_out, path: "lines{turn}.txt", format: json}}
  port: {{type: udp_in, listen: "127.0.0.1:0", title: "{turn}", to: nothing}}
  door: {{type: http_in, path: /door{turn}, to: nothing}}
  nothing: {{type: filter, where: "false", title: "{turn}"}}
"""


def flow(line: Line, turn: int) -> str:
    """Every node and connection of it differs from that of another turn."""
    return FLOW.format(name=line.name, url=line.url, db=line.db, turn=100 + turn % 7)


@pytest.mark.faults
@pytest.mark.timeout(120 + 2 * REDEPLOYS)
async def test_descriptors_threads_and_memory_are_flat_over_redeploys(line: Line) -> None:
    async with line.engine(flow(line, 0)) as engine, line.publisher(rate=200) as publisher:
        await line.flowing(publisher)
        warm = []  # the most of a few: right after a deploy not everything is open again
        for turn in range(1, WARM + 1):
            await engine.deploy(flow(line, turn))
            await asyncio.sleep(0.1)
            warm.append((engine.descriptors, engine.threads))
        before, before_bytes = tuple(map(max, zip(*warm, strict=True))), engine.rss_bytes
        for turn in range(WARM + 1, WARM + REDEPLOYS + 1):
            await engine.deploy(flow(line, turn))
        await publisher.stop()
        await line.complete(publisher)
        await until(lambda: engine.descriptors <= before[0] + 2 and engine.threads <= before[1] + 3)
        after, growth = (engine.descriptors, engine.threads), (engine.rss_bytes - before_bytes) / 2**20
        assert await engine.metric("unaccounted_messages") == 0
    print(f"{REDEPLOYS} redeploys: descriptors and threads {before} -> {after}, +{growth:.1f} MiB, 0 missing")
    assert growth < MOST_GROWTH_BYTES / 2**20


FEW = 512
SCARCE = """
flow: flow
connections:
  own: {{type: mqtt, url: "mqtt://127.0.0.1:{broker}", embedded: true}}
  db: {{type: sql, url: "sqlite:///kept.db"}}
nodes:
  door: {{type: http_in, path: /door, format: json, to: [file, db, tell]}}
  file: {{type: file_out, path: "{{n}}.txt", format: json}}
  db: {{type: sql_out, connection: db, table: kept, create: true, columns: {{n: payload.n}}}}
  tell: {{type: mqtt_out, connection: own, topic: told}}
  hear: {{type: mqtt_in, connection: own, topic: told, to: heard}}
  heard: {{type: file_out, path: heard.txt, format: json}}
"""


@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_a_flood_that_wants_every_descriptor_leaves_some_to_files_databases_and_brokers(tmp_path: Path) -> None:
    broker, limited = next_free_port(), ("sh", "-c", f'ulimit -n {FEW} && exec "$@"', "sh")
    engine = EngineProcess(tmp_path, SCARCE.format(broker=broker), words=limited)

    def post(n: int) -> int:
        request = urllib.request.Request(f"{engine.url}/door", json.dumps({"n": n}).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)

    async with engine, AsyncExitStack() as flood:
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for number in range(FEW):
            for port, said in ((engine.port, whole), (broker, b"\x10")):
                at = (f"127.0.0.{2 + number % 8}", 0)
                _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=at)
                flood.callback(writer.close)
                writer.write(said)
        for n in range(20):
            assert await asyncio.to_thread(post, n) < 300
        await until(lambda: sum(path.read_text().count("n") for path in engine.data.rglob("heard.txt")) == 20)
        assert len([*engine.data.rglob("*.txt")]) == 21
        assert engine.descriptors < FEW and not engine.says("Too many open files")
