"""`websocket_out` with real WebSocket clients: rooms, slow readers, hostile ones."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from flowengine import Message, Rejected
from flowengine.testing import make
from nodes.sinks.websocket_out import WebsocketOut
from tests.nodes.conftest import Running, StartEngine
from tests.waiting import until


class Live:
    """A running `websocket_out` and its clients."""

    def __init__(self, running: Running, session: aiohttp.ClientSession):
        self.running, self.session = running, session
        self.clients: list[aiohttp.ClientWebSocketResponse] = []  # one that is forgotten is closed

    @property
    def node(self) -> WebsocketOut:
        node: WebsocketOut = self.running.station("live").node
        return node

    @property
    def counted(self) -> dict[str, int]:
        return dict(self.running.station("live").counted)

    async def client(self, path: str = "/live", **more: Any) -> aiohttp.ClientWebSocketResponse:
        before = len(self.node._broadcast)
        client: aiohttp.ClientWebSocketResponse = await self.session.ws_connect(
            self.running.url + path, max_msg_size=0, **more
        )
        self.clients.append(client)
        await until(lambda: len(self.node._broadcast) > before)
        return client

    async def refusal(self, path: str = "/live", headers: dict[str, str] | None = None) -> int:
        """Status of a handshake that is refused."""
        shake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        shake["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        async with self.session.get(self.running.url + path, headers={**shake, **(headers or {})}) as answer:
            return int(answer.status)

    async def send(self, *messages: Message) -> None:
        await self.node.write(messages)


async def lines(client: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    got: list[Any] = []
    async with asyncio.timeout(60):
        while len(got) < count:
            got += [json.loads(line) for line in (await client.receive_str()).split("\n")]
    return got


@pytest.fixture
async def live(start_engine: StartEngine) -> AsyncIterator[Any]:
    started: list[Live] = []
    async with aiohttp.ClientSession() as session:

        async def start(options: str = "path: /live, send: payload") -> Live:
            running = await start_engine(
                f"flow: f\nnodes:\n  in: {{type: inject, every: 1h, to: [], payload: 0}}\n"
                f"  link: {{type: inject, every: 1h, payload: 0, disabled: true, to: live}}\n"
                f"  live: {{type: websocket_out, {options}}}\n"
            )
            await running.until(lambda: running.station("live").state == "running")
            started.append(Live(running, session))
            return started[-1]

        yield start
        await asyncio.gather(*(client.close() for it in started for client in it.clients))


async def test_a_single_message_is_a_frame_with_its_topic_time_and_meta(live: Any) -> None:
    it = await live("path: /live")
    client = await it.client()
    await it.send(Message({"v": 1.5}, "a/b", 1_700_000_000_123_456_789, {"device": "c1"}))
    frame = await client.receive_str()
    assert "\n" not in frame
    assert json.loads(frame) == {
        "topic": "a/b",
        "time": 1_700_000_000_123,
        "payload": {"v": 1.5},
        "meta": {"device": "c1"},
    }


async def test_what_waits_together_goes_in_one_frame_a_line_each(live: Any) -> None:
    it = await live()
    client = await it.client()
    await it.send(*(Message({"n": n, "text": "a\nb"}) for n in range(500)))
    frame = await client.receive_str()
    assert [json.loads(line)["n"] for line in frame.split("\n")] == list(range(500))


async def test_a_hundred_clients_get_every_message_in_order(live: Any) -> None:
    it = await live()
    clients = [await it.client() for _ in range(100)]
    for n in range(200):
        await it.send(Message(n))
        await asyncio.sleep(0)
    for client in clients:
        assert await lines(client, 200) == list(range(200))


async def test_a_whole_flow_reaches_a_browser(start_engine: StartEngine) -> None:
    running = await start_engine(
        "flow: f\nnodes:\n  in: {type: inject, payload: {v: 1}, topic: t, every: 10ms, to: live}\n"
        "  live: {type: websocket_out, path: /live}\n"
    )
    async with aiohttp.ClientSession() as session, session.ws_connect(running.url + "/live") as client:
        assert (await lines(client, 3))[0]["payload"] == {"v": 1}


async def test_rooms_are_chosen_by_query_by_message_and_by_path(live: Any) -> None:
    it = await live("path: '/live', room: '{room}', send: payload")
    a, both, everything = [await it.client(f"/live{q}") for q in ("?room=a", "?room=a&room=b", "?room=*")]
    later = await it.client()
    await later.send_str('{"subscribe": ["b"]}')
    await until(lambda: len(it.node._broadcast._rooms.get("b", ())) == 2)
    await it.send(*(Message(f"{room}{n}", meta={"room": room}) for n in range(3) for room in "abc"))
    assert await lines(a, 3) == ["a0", "a1", "a2"]
    assert sorted(await lines(both, 6)) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert await lines(everything, 9) == [f"{room}{n}" for n in range(3) for room in "abc"]
    assert await lines(later, 3) == ["b0", "b1", "b2"]
    await later.send_str('{"unsubscribe": ["b"], "subscribe": ["c"]}')
    await until(lambda: "c" in it.node._broadcast._rooms)
    await it.send(Message("b3", meta={"room": "b"}), Message("c3", meta={"room": "c"}))
    assert await lines(later, 1) == ["c3"]


async def test_a_room_in_the_path_is_the_only_one(live: Any) -> None:
    it = await live("path: '/live/{room}', room: '{room}', send: payload")
    client = await it.client("/live/b")
    await it.send(Message(1, meta={"room": "a"}), Message(2, meta={"room": "b"}))
    assert await lines(client, 1) == [2]


async def test_a_new_client_first_gets_the_last_value_of_each_key(live: Any) -> None:
    it = await live("path: /live, send: payload, snapshot: 2")
    await it.send(*(Message(n, f"t{n % 2}") for n in range(10)))
    client = await it.client()
    assert sorted(await lines(client, 2)) == [8, 9]
    await it.send(Message("x", "t2"))
    assert await lines(client, 1) == ["x"]
    assert sorted(await lines(await it.client(), 2), key=str) == [9, "x"]
    assert it.counted["last values forgotten"] == 1


async def raw_client(running: Running) -> socket.socket:
    """A client that shakes hands and never reads afterwards."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", running.server.port))
    await loop.sock_sendall(
        raw,
        b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    assert (await loop.sock_recv(raw, 100)).startswith(b"HTTP/1.1 101")
    return raw


async def last_number(client: aiohttp.ClientWebSocketResponse, last: int) -> None:
    """Read until the line with this number."""
    while (await lines(client, 1))[-1][0] != last:
        pass


async def test_a_client_that_never_reads_is_bounded_closed_and_harms_nobody(live: Any) -> None:
    it = await live("path: /live, send: payload, write_timeout: 2s, waiting: 200, waiting_bytes: 1MiB")
    dead = await raw_client(it.running)
    reading = asyncio.create_task(last_number(await it.client(), 2999))
    payload = "x" * 10_000
    for n in range(3000):
        await it.send(Message([n, payload]))
        if n % 20 == 0:
            await asyncio.sleep(0.001)
    backlogs = [listener._backlog._bytes for listener in it.node._broadcast._listeners]
    assert max(backlogs) <= 1.1 * 2**20
    await reading
    await until(lambda: len(it.node._broadcast) == 1)
    assert it.counted["lines dropped for slow clients"] > 0
    assert it.counted["clients closed, too slow"] == 1
    dead.close()


async def test_latest_gives_a_slow_client_the_newest_of_each_key(live: Any) -> None:
    it = await live("path: /live, send: payload, overflow: latest, write_timeout: 20s")
    slow = await raw_client(it.running)
    for n in range(2000):
        await it.send(Message([n, "x" * 5000], f"t{n % 4}"))
        await asyncio.sleep(0)
    [listener] = it.node._broadcast._listeners
    assert len(listener._backlog._latest) == 4
    assert it.counted["lines dropped for slow clients"] > 500
    data, loop = b"", asyncio.get_running_loop()
    async with asyncio.timeout(60):
        while not all(b"[%d," % n in data for n in range(1996, 2000)):
            data += await loop.sock_recv(slow, 1 << 20)
    slow.close()


async def test_close_ends_a_client_that_falls_behind(live: Any) -> None:
    it = await live("path: /live, send: payload, overflow: close, waiting: 10")
    slow = await raw_client(it.running)
    for n in range(3000):
        await it.send(Message([n, "x" * 10_000]))
        await asyncio.sleep(0)
        if not len(it.node._broadcast):
            break
    await until(lambda: not len(it.node._broadcast))
    assert it.counted["clients closed, too slow"] == 1
    slow.close()


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        '{"subscribe": "a"}',
        '{"evil": 1}',
        "[" * 10_000,
        json.dumps({"subscribe": ["x"] * 1000}),
        '{"subscribe":[1]}',
    ],
)
async def test_a_client_that_sends_nonsense_is_closed(live: Any, message: str) -> None:
    it = await live("path: /live, room: '{room}'")
    client = await it.client()
    await client.send_str(message)
    answer = await client.receive(5)
    assert answer.type is aiohttp.WSMsgType.CLOSE
    assert answer.data == aiohttp.WSCloseCode.POLICY_VIOLATION
    await until(lambda: not len(it.node._broadcast))


async def test_an_oversize_message_from_a_client_closes_it(live: Any) -> None:
    it = await live()
    client = await it.client()
    await client.send_str("x" * 100_000)
    answer = await client.receive(5)
    assert answer.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    await until(lambda: not len(it.node._broadcast))


async def test_clients_that_vanish_in_mid_message_are_forgotten(live: Any) -> None:
    it = await live()
    for _ in range(20):
        raw = await raw_client(it.running)
        await it.send(Message("x" * 50_000))
        await asyncio.get_running_loop().sock_sendall(raw, b"\x81\xfe\x01\x00abc")
        raw.close()
    await until(lambda: not len(it.node._broadcast))
    await it.send(Message(1))
    assert not it.node._broadcast._rooms


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://hmi.example", 101), ("same", 101), (None, 101)],
)
async def test_pages_of_other_origins_are_refused(live: Any, origin: str | None, status: int) -> None:
    it = await live("path: /live, origins: ['http://hmi.example']")
    headers = {} if origin is None else {"Origin": it.running.url if origin == "same" else origin}
    if status == 101:
        await it.client(headers=headers)
        return
    assert await it.refusal(headers=headers) == status


async def test_a_token_is_asked_for(live: Any) -> None:
    it = await live("path: /live, token: s3cret")
    for headers, query in (({}, ""), ({"Authorization": "Bearer no"}, ""), ({}, "?token=S3cret"), ({}, "?token=")):
        assert await it.refusal(f"/live{query}", headers) == 401
    by_query = await it.client("/live?token=s3cret")
    by_header = await it.client(headers={"Authorization": "Bearer s3cret"})
    await it.send(Message(1))
    assert len(await lines(by_query, 1)) == len(await lines(by_header, 1)) == 1


async def test_more_clients_than_allowed_are_sent_away(live: Any) -> None:
    it = await live("path: /live, max_clients: 1")
    first = await it.client()
    assert await it.refusal() == 503
    await first.close()
    await until(lambda: not len(it.node._broadcast))
    assert not (await it.client()).closed


async def test_a_stopped_flow_says_goodbye_and_frees_the_path(live: Any) -> None:
    it = await live()
    client = await it.client()
    await it.send(Message(1))
    stopping = asyncio.create_task(it.running.engine.remove("f", 0.1))
    assert await lines(client, 1) == [1]
    assert (await client.receive(5)).data == aiohttp.WSCloseCode.GOING_AWAY
    await stopping
    assert await it.refusal() == 404


async def test_a_message_that_is_no_json_is_rejected_and_the_others_go(live: Any) -> None:
    it = await live("path: /live, room: '{room}', send: payload")
    client = await it.client("/live?room=*")
    with pytest.raises(Rejected) as refused:
        await it.node.write([Message(1, meta={"room": "a"}), Message(object(), meta={"room": "a"}), Message(3)])
    assert sorted(refused.value.rows or {}) == [1, 2]
    assert await lines(client, 1) == [1]


def test_a_secret_is_never_shown() -> None:
    assert "s3cret" not in repr(make(WebsocketOut, "{path: /live, token: s3cret}").config)
