"""redis_get against a real Redis."""

from __future__ import annotations

import pytest

from flowengine import Message, Rejected
from flowengine.testing import TestContext, make, payloads
from nodes.connections.redis import Redis
from nodes.sinks.redis_get import RedisGet

pytestmark = pytest.mark.integration


async def test_each_message_goes_on_with_the_value_of_its_key(redis: Redis) -> None:
    await redis.client.ask("SET", "limits/a", '{"hot":8}')
    get = make(RedisGet, "{connection: cache, key: 'limits/{d}', into: payload.limit}", TestContext({"cache": redis}))
    await get.open()
    asked = [Message({"t": 1}, meta={"d": d}) for d in "ab"]
    assert payloads(await get.write(asked)) == [{"t": 1, "limit": {"hot": 8}}, {"t": 1, "limit": None}]


async def test_one_wrong_key_or_value_costs_one_message(redis: Redis) -> None:
    await redis.client.ask("LPUSH", "list", "x")
    await redis.client.ask("SET", "broken", "{")
    get = make(RedisGet, "{connection: cache, key: '{d}', format: json}", TestContext({"cache": redis}))
    await get.open()
    with pytest.raises(Rejected) as bad:
        await get.write([Message(0, meta={"d": d}) for d in ("list", "broken", "none")] + [Message(1)])
    assert bad.value.rows is not None and sorted(bad.value.rows) == [0, 1, 3]
    assert "WRONGTYPE" in bad.value.rows[0] and payloads(bad.value.answers) == [None]
