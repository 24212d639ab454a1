"""`websocket_in` with real clients: messages, acknowledgement, hostile ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.websocket_in import WebsocketIn
from tests.nodes.conftest import Running, StartEngine
from tests.waiting import quiet_for, until


class Door:
    """A running `websocket_in` and its clients."""

    def __init__(self, running: Running, session: aiohttp.ClientSession):
        self.running, self.session = running, session
        self.clients: list[aiohttp.ClientWebSocketResponse] = []  # one that is forgotten is closed

    async def client(self, path: str = "/in", **more: Any) -> aiohttp.ClientWebSocketResponse:
        client: aiohttp.ClientWebSocketResponse = await self.session.ws_connect(self.running.url + path, **more)
        self.clients.append(client)
        return client

    async def refusal(self, headers: dict[str, str] | None = None) -> int:
        shake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        shake["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        async with self.session.get(self.running.url + "/in", headers={**shake, **(headers or {})}) as answer:
            return int(answer.status)


@pytest.fixture
async def door(start_engine: StartEngine) -> AsyncIterator[Any]:
    started: list[Door] = []
    async with aiohttp.ClientSession() as session:

        async def start(options: str = "path: /in", got: str = "") -> Door:
            running = await start_engine(
                f"flow: f\nnodes:\n  in: {{type: websocket_in, {options}, to: got}}\n  got: {{type: collect{got}}}\n"
            )
            await until(lambda: running.engine.http._routes)
            started.append(Door(running, session))
            return started[-1]

        yield start
        await asyncio.gather(*(client.close() for it in started for client in it.clients))


async def test_messages_come_in_order_with_captures(door: Any) -> None:
    it = await door("path: '/in/{device}', format: [json, bytes]")
    client = await it.client("/in/c1")
    for n in range(200):
        await client.send_json({"n": n})
    await client.send_bytes(b"\xff\x00")
    assert await it.running.holds(201) == [*({"n": n} for n in range(200)), b"\xff\x00"]
    assert it.running.kept[0].meta == {"device": "c1", "peer": "127.0.0.1"}
    assert it.running.kept[0].topic == "in/c1"


async def test_the_client_is_told_what_is_delivered_and_not_before(door: Any) -> None:
    it = await door("path: /in, ack: true", ", takes: 0.1")
    client = await it.client()
    for n in range(50):
        await client.send_str(str(n))
    assert not it.running.kept
    told = 0
    async with asyncio.timeout(60):
        while told < 50:
            told = json.loads(await client.receive_str())["acked"]
            assert told <= len(it.running.kept)


async def test_a_full_flow_makes_the_client_wait(door: Any) -> None:
    it = await door("path: /in", ", takes: 0.02, queue: {count: 2}")
    client = await it.client()
    sending = asyncio.create_task(_flood(client))
    await quiet_for(0.4, "a full flow reads no more")
    assert not sending.done()
    assert it.running.station("got").held < 50
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert it.running.balanced()


async def _flood(client: aiohttp.ClientWebSocketResponse) -> None:
    for _ in range(1000):
        await client.send_str("x" * 100_000)


async def test_bad_messages_leave_by_the_error_port_and_too_many_end_it(door: Any) -> None:
    it = await door("path: /in, format: json")
    client = await it.client()
    await client.send_str("{")
    await client.send_str("1")
    assert await it.running.holds(1) == [1]
    assert it.running.station("in").errored == 1
    for _ in range(100):
        await client.send_str("nonsense")
    assert (await client.receive(5)).data == aiohttp.WSCloseCode.UNSUPPORTED_DATA
    assert it.running.balanced()


async def test_an_oversize_message_ends_the_connection(door: Any) -> None:
    it = await door("path: /in, max_bytes: 1KiB")
    client = await it.client()
    await client.send_str("x" * 5000)
    assert (await client.receive(5)).data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert not it.running.kept


async def test_a_client_that_vanishes_in_mid_message_leaves_nothing(door: Any) -> None:
    it = await door()
    _, writer = await asyncio.open_connection("127.0.0.1", it.running.server.port)
    writer.write(
        b"GET /in HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\xfe\x01\x00abc"
    )
    await until(lambda: it.running.station("in").node._sockets)
    writer.transport.abort()
    await until(lambda: not it.running.station("in").node._sockets)
    assert not it.running.kept


async def test_other_origins_missing_tokens_and_too_many_are_refused(door: Any) -> None:
    it = await door("path: /in, token: s3cret, max_clients: 1")
    assert await it.refusal({"Origin": "http://evil.example", "Authorization": "Bearer s3cret"}) == 403
    assert await it.refusal() == 401
    await it.client("/in?token=s3cret")
    await until(lambda: it.running.station("in").node._sockets)
    assert await it.refusal({"Authorization": "Bearer s3cret"}) == 503


async def test_a_stopped_flow_says_goodbye(door: Any) -> None:
    it = await door()
    client = await it.client()
    await until(lambda: it.running.station("in").node._sockets)
    stopping = asyncio.create_task(it.running.engine.remove("f", 0.1))
    assert (await client.receive(5)).data == aiohttp.WSCloseCode.GOING_AWAY
    await stopping
    assert await it.refusal() == 404


def test_flow_tests_send_bytes() -> None:
    assert make(WebsocketIn, "{path: /a}").received(Message(b"[1]")).payload == [1]
