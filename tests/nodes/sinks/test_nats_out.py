"""nats_out against a real server: what a stream confirmed is there after kill -9, and data is told from the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make
from nodes.connections.nats import Nats
from nodes.sinks.nats_out import NatsOut
from tests.servers.nats import Nats as NatsServer
from tests.waiting import until

pytestmark = pytest.mark.integration
Streams = Callable[..., Awaitable[None]]


@pytest.fixture
async def streams(nats: Nats) -> Streams:
    """Makes a stream of the test's own."""

    async def make_one(name: str, subjects: str, **more: Any) -> None:
        context = (await nats.client._connected()).jetstream()
        await context.add_stream(name=name, subjects=[subjects], **more)

    return make_one


async def sink(config: str, nats: Nats) -> NatsOut:
    node = make(NatsOut, f"{{connection: bus, {config}}}", TestContext({"bus": nats}))
    await node.open()
    return node


async def stored(nats: Nats, stream: str) -> list[tuple[str, bytes]]:
    context = (await nats.client._connected()).jetstream()
    last = (await context.stream_info(stream)).state.last_seq
    found = [await context.get_msg(stream, seq=place) for place in range(1, last + 1)]
    return [(each.subject or "", each.data or b"") for each in found]


async def test_what_was_confirmed_is_there_after_a_kill_and_in_order(
    nats: Nats, nats_server: NatsServer, streams: Streams
) -> None:
    await streams("KILLED", "killed.>")
    out = await sink("subject: 'killed.{d}'", nats)
    sent = [Message({"n": n}, meta={"d": "a"}) for n in range(100)]
    await out.write(sent)
    nats_server.kill()
    await until(lambda: nats.client.up is False)
    with pytest.raises(Unavailable, match="nothing listens"):
        await out.write(sent[:2])
    nats_server.start()
    await out.write([Message("text", meta={"d": "b"})])
    assert await stored(nats, "KILLED") == [*(("killed.a", b'{"n":%d}' % n) for n in range(100)), ("killed.b", b"text")]


async def test_one_wrong_message_costs_one_message(nats: Nats, streams: Streams) -> None:
    await streams("SMALL", "small.*", max_msg_size=100)
    out = await sink("subject: 'small.{d}'", nats)
    with pytest.raises(Rejected) as bad:
        await out.write([
            Message(0, meta={"d": "a"}), Message(1, meta={"d": "a.b"}), Message("x" * 200, meta={"d": "a"}), Message(3),
            Message("x" * 2_000_000, meta={"d": "a"}), Message(5, meta={"d": "b"}),
        ])  # fmt: skip
    assert bad.value.rows is not None and sorted(bad.value.rows) == [1, 2, 3, 4]
    assert "'.' is not allowed in a token" in bad.value.rows[1] and "maximum" in bad.value.rows[2]
    assert await stored(nats, "SMALL") == [("small.a", b"0"), ("small.b", b"5")]


async def test_a_subject_waits_for_its_stream_and_one_of_the_data_does_not(nats: Nats, streams: Streams) -> None:
    fixed, filled = await sink("subject: none.at.all", nats), await sink("subject: 'none.{d}'", nats)
    with pytest.raises(Unavailable, match=r"no stream takes the subject none\.at\.all"):
        await fixed.write([Message(1)])
    with pytest.raises(Rejected) as bad:
        await filled.write([Message(1, meta={"d": "x"})])
    assert bad.value.rows == {0: "no stream takes the subject none.x"}


async def test_a_full_stream_is_no_fault_of_the_data(nats: Nats, streams: Streams) -> None:
    await streams("FULL", "full", max_msgs=2, discard="new")
    out = await sink("subject: full", nats)
    with pytest.raises(Unavailable, match="full: maximum messages exceeded"):
        await out.write([Message(n) for n in range(3)])


async def test_what_is_sent_again_under_its_id_stands_there_once(nats: Nats, streams: Streams) -> None:
    await streams("ONCE", "once")
    out = await sink("subject: once, id: '{payload.n}'", nats)
    for _ in range(2):
        await out.write([Message({"n": 1}), Message({"n": 2})])
    assert await stored(nats, "ONCE") == [("once", b'{"n":1}'), ("once", b'{"n":2}')]
    assert out.sends(Message({"n": 1})) == {"topic": "once", "body": b'{"n":1}', "headers": {"Nats-Msg-Id": "1"}}


async def test_publishing_reaches_who_listens(nats: Nats) -> None:
    client = await nats.client._connected()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    await client.subscribe("news.*", cb=heard.put)
    await client.flush()
    out = await sink("subject: 'news.{topic}', does: publish", nats)
    await out.write([Message({"a": 1}, "x")])
    got = await asyncio.wait_for(heard.get(), 30)
    assert (got.subject, got.data) == ("news.x", b'{"a":1}')
    assert not NatsOut.confirms(out.config)
