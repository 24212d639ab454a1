"""Many WebSocket clients, some slow, some dead: memory is bounded, and the others get everything."""

from __future__ import annotations

import asyncio
import json
import socket

import aiohttp
import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.waiting import until

CLIENTS = amount("CLIENTS", 200, 1000)
MESSAGES = 1500
SIZE = 2000
DEAD = CLIENTS // 5
WAITING_BYTES = 256 * 1024
FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", format: json, to: live}}
  live: {{type: websocket_out, path: /live, send: payload, waiting_bytes: 256KiB, write_timeout: 2s}}
"""


async def follow(session: aiohttp.ClientSession, engine: EngineProcess, got: list[int], pause_s: float) -> None:
    """Note the number of every message that comes; a slow client rests after each frame."""
    async with session.ws_connect(f"{engine.url}/live", max_msg_size=0) as client:
        async for frame in client:
            got += [json.loads(line)["n"] for line in frame.data.split("\n")]
            await asyncio.sleep(pause_s)


def never_reading(engine: EngineProcess) -> socket.socket:
    """A client that shakes hands and then reads nothing at all."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", engine.port))
    client.sendall(
        b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return client


@pytest.mark.faults
@pytest.mark.timeout(120 + CLIENTS // 5)
async def test_slow_and_dead_clients_harm_nobody(line: Line) -> None:
    flow = FLOW.format(name=line.name, url=line.url)
    unlimited = aiohttp.TCPConnector(limit=0)
    async with EngineProcess(line.folder, flow) as engine, aiohttp.ClientSession(connector=unlimited) as session:
        got: list[list[int]] = [[] for _ in range(CLIENTS - DEAD)]
        slow = DEAD
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(follow(session, engine, numbers, 1.0 if index < slow else 0.0))
                for index, numbers in enumerate(got)
            ]
            dead = [await asyncio.to_thread(never_reading, engine) for _ in range(DEAD)]
            try:
                async with line.publisher(rate=150, batch=5) as publisher:
                    publisher.payload = lambda n: {"n": n, "ballast": "x" * SIZE}
                    await until(lambda: all(got))
                    before_bytes = engine.rss_bytes
                    publisher.forget()
                    first = publisher.sent
                    await until(lambda: len(publisher.acknowledged_at) >= MESSAGES)
                    await publisher.stop()
                    wanted = publisher.acknowledged
                    await until(lambda: all(wanted <= set(numbers) for numbers in got[slow:]))
                most_bytes = engine.rss_bytes
                assert all(ordered([n for n in numbers if n >= first]) for numbers in got)
                async with asyncio.timeout(60):
                    while await given_up(engine) < DEAD:  # noqa: ASYNC110 - a process cannot tell
                        await asyncio.sleep(0.1)
            finally:
                for task in tasks:
                    task.cancel()
                for client in dead:
                    client.close()
    bound = CLIENTS * WAITING_BYTES
    assert most_bytes - before_bytes < bound
    grown = (most_bytes - before_bytes) / 2**20
    print(f"{CLIENTS} clients, {DEAD} dead, {slow} slow: {len(wanted)} messages reached all others; +{grown:.0f} MiB")


async def given_up(engine: EngineProcess) -> float:
    """How many clients were closed because they took nothing."""
    return await engine.metric("events_total", reason="clients closed, too slow")


def ordered(numbers: list[int]) -> bool:
    """Whether they only grow."""
    return numbers == sorted(numbers)
