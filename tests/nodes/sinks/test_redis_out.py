"""redis_out against a real Redis: what it says about itself and about the data is told apart."""

from __future__ import annotations

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make
from nodes.connections.redis import Redis
from nodes.sinks.redis_out import RedisOut
from tests.servers.redis import RedisServer

pytestmark = pytest.mark.integration


async def sink(config: str, redis: Redis) -> RedisOut:
    node = make(RedisOut, f"{{connection: cache, {config}}}", TestContext({"cache": redis}))
    await node.open()
    return node


async def test_keys_are_set_with_their_time(redis: Redis) -> None:
    out = await sink("key: 'limits/{d}', expires: 10m", redis)
    await out.write([Message({"hot": 8}, meta={"d": "a"}), Message("text", meta={"d": "b"})])
    assert 599_000 < await redis.client.ask("PTTL", "limits/a") <= 600_000
    assert await redis.client.ask("GET", "limits/a") == b'{"hot":8}'
    assert await redis.client.ask("GET", "limits/b") == b"text"


async def test_one_wrong_key_or_command_costs_one_message(redis: Redis) -> None:
    await redis.client.ask("LPUSH", "list", "x")
    out = await sink("key: '{d}', does: stream", redis)
    with pytest.raises(Rejected) as bad:
        await out.write([Message(0, meta={"d": "list"}), Message(1, meta={"d": "good"}), Message(2)])
    assert bad.value.rows is not None and sorted(bad.value.rows) == [0, 2]
    assert "WRONGTYPE" in bad.value.rows[0] and await redis.client.ask("XLEN", "good") == 1


async def test_a_stream_keeps_about_as_many_entries_as_it_should(redis: Redis) -> None:
    out = await sink("key: s, does: stream, keep: 100", redis)
    await out.write([Message(n) for n in range(1000)])
    assert 100 <= await redis.client.ask("XLEN", "s") < 300


def test_options_that_belong_to_another_command_are_problems() -> None:
    config = RedisOut.config_type().model_validate(
        {"connection": "c", "key": "k", "does": "publish", "expires": 5, "keep": 1}
    )
    assert [option for option, _ in RedisOut.check(config)] == ["expires", "keep"]
    assert not RedisOut.confirms(config)


async def test_a_server_that_is_away_or_takes_nothing_is_no_fault_of_the_data(
    redis: Redis, redis_server: RedisServer
) -> None:
    out = await sink("key: k", redis)
    await redis.client.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(Unavailable, match="command not allowed when used memory"):
        await out.write([Message(1)])
    await redis.client.ask("CONFIG", "SET", "maxmemory", "0")
    redis_server.kill()
    with pytest.raises(Unavailable, match="127"):
        await out.write([Message(1)])
    assert redis.up is False
    redis_server.start()
    await out.write([Message(1)])
    assert redis.up is True


async def test_publishing_reaches_who_listens(redis: Redis) -> None:
    out = await sink("key: news, does: publish", redis)
    listening = redis.client._redis.pubsub()
    await listening.subscribe("news")
    assert (await listening.get_message(timeout=60))["type"] == "subscribe"
    await out.write([Message({"a": 1})])
    heard = await listening.get_message(ignore_subscribe_messages=True, timeout=60)
    assert heard["data"] == b'{"a":1}'
    await listening.aclose()
