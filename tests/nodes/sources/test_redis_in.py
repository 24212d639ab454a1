"""redis_in against a real Redis: what was acknowledged is stored, what was not comes again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine.ending import end
from flowengine.engine import Engine, Settings
from flowengine.testing import TestContext, make
from nodes.clients.redis.faults import RedisAway, RedisRefused
from nodes.connections.redis import Redis
from nodes.sources.redis_in import RedisIn
from tests.nodes.conftest import Emitted
from tests.servers.redis import RedisServer
from tests.waiting import until

pytestmark = pytest.mark.integration

FLOW = """
flow: stream
connections: {{cache: {{type: redis, url: "{url}", timeout: 3s}}}}
nodes:
  in: {{type: redis_in, connection: cache, key: readings, start: all, to: {to}}}
  out: {{type: redis_out, connection: cache, key: copies, does: stream}}
  hold: {{type: delay, for: 1h, to: out}}
"""


async def running(redis_server: RedisServer, folder: Path, to: str) -> Engine:
    engine = Engine(Settings(folder))
    await engine.start()
    await engine.deploy(engine.load(FLOW.format(url=redis_server.url, to=to), "stream.yaml"))
    return engine


async def waiting(redis: Redis) -> int:
    try:
        return int((await redis.client.ask("XPENDING", "readings", "flowengine"))["pending"])
    except RedisRefused:
        return -1


async def waits(redis: Redis, count: int) -> bool:
    return await waiting(redis) == count


async def copied(redis: Redis) -> Any:
    try:
        return await redis.client.ask("XRANGE", "copies", "-", "+")
    except RedisAway:  # a connection from before the server was killed
        return None


async def test_entries_are_acknowledged_once_they_are_stored_and_come_again_otherwise(
    redis: Redis, redis_server: RedisServer, tmp_path: Path
) -> None:
    for n in range(50):
        await redis.client.ask("XADD", "readings", "*", "payload", str(n))
    engine = await running(redis_server, tmp_path / "a", "hold")
    await until(lambda: waits(redis, 50))
    await engine.stop(0.0)
    assert await waiting(redis) == 50 and await redis.client.ask("EXISTS", "copies") == 0
    engine = await running(redis_server, tmp_path / "b", "out")
    await until(lambda: waits(redis, 0))
    redis_server.kill()
    redis_server.start()
    await engine.stop()
    copies = await until(lambda: copied(redis))
    assert [int(fields[1] if isinstance(fields, list) else fields[b"payload"]) for _, fields in copies] == [*range(50)]


async def test_entries_of_others_are_maps_and_broken_ones_leave_by_the_error_port(redis: Redis) -> None:
    for fields in (("t", "21", "rh", "40"), ("payload", "{")):
        await redis.client.ask("XADD", "s", "*", *fields)
    node = make(RedisIn, "{connection: cache, key: s, start: all, format: json}", TestContext({"cache": redis}))
    given = Emitted()
    task = asyncio.create_task(node.run(given))
    await until(lambda: len(given.messages) == 1 and len(given.wrong) == 1)
    for ack in given.acks:
        ack()
    await until(lambda: settled(redis))
    await end(task, again_s=1.0)
    [good] = given.messages
    assert good.payload == {"t": "21", "rh": "40"} and good.topic == "s" and "-" in good.meta["entry"]


async def settled(redis: Redis) -> bool:
    return int((await redis.client.ask("XPENDING", "s", "flowengine"))["pending"]) == 0
