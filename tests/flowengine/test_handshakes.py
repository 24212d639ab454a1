"""TLS handshakes that never end keep nobody out, of the HTTP server and of `tcp_in`."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar, cast

import pytest
import uvloop
from aiohttp import web

from flowengine.handshakes import MOST_OF_ADDRESS, Handshakes
from flowengine.listening import Listening
from tests.servers.certificates import make_certificates
from tests.waiting import until


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    files = make_certificates(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(files.server_cert, files.server_key)
    return server, ssl.create_default_context(cafile=str(files.ca))


class Echo(asyncio.Protocol):
    """Says hello, then what it hears; `open` are those that are not over."""

    open: ClassVar[list[Echo]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert transport.get_extra_info("ssl_object") is not None
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"hello ")
        self.open.append(self)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.remove(self)


async def test_what_comes_right_behind_the_handshake_is_heard(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    handshakes = Handshakes(contexts[0])
    server = await asyncio.get_running_loop().create_server(handshakes.before(Echo), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=contexts[1])
    writer.write(b"you")
    async with asyncio.timeout(60):
        assert await reader.readexactly(9) == b"hello you"
    assert len(handshakes) == 0
    writer.close()
    await until(lambda: not Echo.open)
    server.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_client_that_spoke_before_it_was_accepted_is_heard(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    def go_on(client: ssl.SSLSocket) -> bytes:
        with client:
            client.settimeout(20)
            client.do_handshake()
            client.sendall(b"you")
            return b"".join(client.recv(1) for _ in range(9))

    async def talk() -> bytes:
        handshakes = Handshakes(contexts[0])
        server = await asyncio.get_running_loop().create_server(handshakes.before(Echo), "127.0.0.1", 0)
        plain = socket.create_connection(server.sockets[0].getsockname())
        client = contexts[1].wrap_socket(plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        client.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()  # its first words lie there, and nobody has taken the connection
        heard = await asyncio.to_thread(go_on, client)
        await until(lambda: not Echo.open)
        server.close()
        return heard

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(talk()) == b"hello you"


async def test_a_handshake_has_its_deadline(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    handshakes = Handshakes(contexts[0], handshake_s=0.2)
    server = await asyncio.get_running_loop().create_server(handshakes.before(Echo), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    await until(lambda: len(handshakes) == 0)
    writer.close()
    server.close()


@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01\x02\x00"])
async def test_many_handshakes_that_never_end_keep_nobody_out(
    beginning: bytes, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="yes")

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    assert runner.server is not None
    listening = Listening(runner.server, most=500, head_s=60.0)
    port = await listening.start("127.0.0.1", 0, contexts[0])
    async with AsyncExitStack() as stack:
        for _ in range(3 * MOST_OF_ADDRESS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(beginning)
            stack.callback(writer.close)
        handshakes = listening._handshakes
        assert handshakes is not None
        await until(lambda: handshakes.dropped >= 2 * MOST_OF_ADDRESS)
        assert len(handshakes) <= MOST_OF_ADDRESS
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=contexts[1])
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(60):
            assert (await reader.read()).endswith(b"yes")
        writer.close()
    await listening.stop()
    await runner.cleanup()
    await until(lambda: len(handshakes) == 0)
