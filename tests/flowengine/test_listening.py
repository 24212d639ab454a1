"""Half-sent requests take no place from whole ones, and are dropped when their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from flowengine.listening import MOST_HALF_OF_ADDRESS, Listening, most_connections
from tests.waiting import until

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
HEAD_S = 1.0


class Served:
    """A server that answers `yes`."""

    def __init__(self, most: int = 500, head_s: float = HEAD_S):
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        self._most, self._head_s = most, head_s
        self.port, self.over = 0, asyncio.Event()

    async def __aenter__(self) -> Served:
        await self._runner.setup()
        assert self._runner.server is not None
        self.listening = Listening(self._runner.server, self._most, self._head_s)
        self.port = await self.listening.start("127.0.0.1", 0, None)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.listening.stop()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path == "/slow":
            await self.over.wait()
        return web.Response(text="yes")

    async def begin(self, text: bytes = b"") -> tuple[Reader, Writer]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        await writer.drain()
        return reader, writer


async def is_dropped(reader: Reader) -> bool:
    try:
        async with asyncio.timeout(60):
            return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with Served() as found:
        yield found


WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def answered(served: Served) -> bool:
    reader, writer = await served.begin(WHOLE)
    async with asyncio.timeout(60):
        said = await reader.readuntil(b"yes")
    writer.close()
    return said.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("text", [b"", b"GET / HT", WHOLE[:-2]])
async def test_a_request_that_never_becomes_whole_is_dropped(served: Served, text: bytes) -> None:
    reader, writer = await served.begin(text)
    assert await is_dropped(reader)
    writer.close()


async def test_the_head_of_a_second_request_has_its_deadline_too(served: Served) -> None:
    reader, writer = await served.begin(WHOLE)
    await reader.readuntil(b"yes")
    writer.write(b"GET / HT")
    assert await is_dropped(reader)
    writer.close()


async def test_a_client_that_waits_between_requests_is_left_alone(served: Served) -> None:
    reader, writer = await served.begin(WHOLE)
    await reader.readuntil(b"yes")
    await asyncio.sleep(2.5 * HEAD_S)
    writer.write(WHOLE)
    assert await reader.readuntil(b"yes")
    writer.close()


async def test_many_half_sent_requests_keep_nobody_out() -> None:
    async with Served(most=100) as served, AsyncExitStack() as stack:
        for _ in range(3 * MOST_HALF_OF_ADDRESS):
            _, writer = await served.begin(b"POST / HTTP/1.1\r\nHost")
            stack.callback(writer.close)
        assert await answered(served)
        assert served.listening.dropped >= 2 * MOST_HALF_OF_ADDRESS


async def test_a_burst_of_connections_from_one_address_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowengine.listening.FAIR_S", 60.0)  # however long a busy machine takes to open them
    async with Served(most=2_000, head_s=60.0) as served, AsyncExitStack() as stack:
        clients = [await served.begin() for _ in range(5 * MOST_HALF_OF_ADDRESS)]
        for _, writer in clients:
            stack.callback(writer.close)
            writer.write(WHOLE)
        async with asyncio.timeout(30):
            for reader, _ in clients:
                assert (await reader.readuntil(b"yes")).startswith(b"HTTP/1.1 200")
        assert not served.listening.dropped


async def test_clients_that_say_nothing_are_half_sent_after_a_fair_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowengine.listening.FAIR_S", 0.2)
    monkeypatch.setattr("flowengine.listening.SWEEP_S", 0.1)
    async with Served(head_s=60.0) as served, AsyncExitStack() as stack:
        for _ in range(2 * MOST_HALF_OF_ADDRESS):
            _, writer = await served.begin()
            stack.callback(writer.close)
        await until(lambda: served.listening.dropped == MOST_HALF_OF_ADDRESS)
        assert await answered(served)


async def test_whole_connections_that_are_idle_keep_nobody_out() -> None:
    async with Served(most=40, head_s=60.0) as served, AsyncExitStack() as stack:
        for _ in range(60):
            reader, writer = await served.begin(WHOLE)
            stack.callback(writer.close)
            await reader.readuntil(b"yes")
        assert served.listening.dropped >= 40
        assert await answered(served)


async def test_who_is_served_is_never_dropped_for_another_of_his_address() -> None:
    async with Served(most=40, head_s=60.0) as served, AsyncExitStack() as stack:
        clients = []
        for _ in range(20):
            clients.append(await served.begin(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"))
            stack.callback(clients[-1][1].close)
        await until(lambda: len(served.listening._open) == 20 and not served.listening._awaited)
        reader, writer = await served.begin(WHOLE)
        assert await is_dropped(reader)
        writer.close()
        served.over.set()
        for reader, _ in clients:
            assert await reader.readuntil(b"yes")


async def test_a_proxy_that_many_come_through_has_no_bound_of_its_own() -> None:
    async with Served(most=40, head_s=60.0) as served, AsyncExitStack() as stack:
        served.listening._shared = lambda address: address == "127.0.0.1"
        for _ in range(35):
            reader, writer = await served.begin(WHOLE)
            stack.callback(writer.close)
            await reader.readuntil(b"yes")
        assert not served.listening.dropped


def test_descriptors_stay_for_others() -> None:
    assert 0 < most_connections() <= 10_000


async def test_a_body_that_comes_while_its_request_begins_is_no_half_sent_request(served: Served) -> None:
    reader, writer = await served.begin()
    await until(lambda: len(served.listening._open) == 1)
    [connection] = served.listening._open
    connection.data_received(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
    for byte in (b"a", b"b"):
        await asyncio.sleep(0)
        connection.data_received(byte)
    assert connection not in served.listening._awaited and not connection.is_idle
    served.over.set()
    await reader.readuntil(b"yes")
    await until(lambda: connection.is_idle)
    writer.close()
    await writer.wait_closed()
