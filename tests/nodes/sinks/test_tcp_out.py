"""`tcp_out` with a real listener: order, a peer that goes, one that never reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from nodes.sinks.tcp_out import TcpOut
from tests.nodes.conftest import StartEngine
from tests.waiting import until


class Listener:
    """Keeps what it is sent; `reads` False: takes nothing."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.reads = True
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while self.reads and (data := await reader.read(65_536)):
            self.got += data


@pytest.fixture
async def listener(free_port: int) -> AsyncIterator[Listener]:
    it = Listener()
    it.port = free_port
    server = await asyncio.start_server(it.serve, "127.0.0.1", free_port)
    yield it
    for writer in it.writers:
        writer.transport.abort()
    server.close()
    await server.wait_closed()


async def test_messages_arrive_in_order_and_bad_ones_are_rejected(
    listener: Listener, opened: Callable[..., Any]
) -> None:
    sink = await opened(TcpOut, f'{{connect: "127.0.0.1:{listener.port}", end: "\\n"}}')
    with pytest.raises(Rejected) as refused:
        await sink.write([Message({"n": 1}), Message(object()), Message("x"), Message(b"\x00")])
    assert list(refused.value.rows or {}) == [1]
    await until(lambda: bytes(listener.got) == b'{"n":1}\nx\n\x00\n')


async def test_nobody_there_is_unavailable(free_port: int, opened: Callable[..., Any]) -> None:
    with pytest.raises(Unavailable):
        await opened(TcpOut, f'{{connect: "127.0.0.1:{free_port}"}}')


async def test_a_peer_that_never_reads_is_given_up_in_time(listener: Listener, opened: Callable[..., Any]) -> None:
    listener.reads = False
    sink = await opened(TcpOut, f'{{connect: "127.0.0.1:{listener.port}", timeout: 200ms}}')
    with pytest.raises(Unavailable):
        await sink.write([Message(b"x" * 20_000_000)])


async def test_a_flow_goes_on_after_the_peer_came_back(listener: Listener, start_engine: StartEngine) -> None:
    running = await start_engine(
        "flow: f\nnodes:\n  in: {type: inject, payload: '{n}', every: 10ms, to: out}\n"
        f'  out: {{type: tcp_out, connect: "127.0.0.1:{listener.port}", end: " "}}\n'
    )
    await until(lambda: len(listener.got) > 10)
    listener.writers[0].transport.abort()
    await until(lambda: len(listener.writers) == 2)
    before = len(listener.got)
    await until(lambda: len(listener.got) > before + 10)
    assert running.balanced()
