"""`tcp`: found again after a loss, and readers that are full make the other side wait."""

from __future__ import annotations

import asyncio
import logging

from nodes.clients.tcp.line import TcpLine
from nodes.clients.tcp.port import TcpPort
from nodes.clients.voice import Voice
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.waiting import quiet_for, until

VOICE = Voice(logging.LoggerAdapter(logging.getLogger("test"), {}), lambda: 0.0)


async def test_it_is_up_once_somebody_listens_and_counts_how_often_it_was_found_again(
    start_engine: StartEngine,
) -> None:
    port, open_ones = next_free_port(), list[asyncio.StreamWriter]()
    running = await start_engine(
        f"flow: f\nconnections:\n  c: {{type: tcp, connect: '127.0.0.1:{port}'}}\n"
        "nodes:\n  in: {type: tcp_in, connection: c, to: got}\n  got: {type: collect}\n"
    )
    connection = running.engine.flows["f"].connections["c"]
    assert not connection.up and not connection.dead
    await until(lambda: connection.fault == f"not connected: nothing listens at 127.0.0.1:{port}")

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        await until(lambda: connection.up)
        assert connection.fault == ""
        open_ones[0].transport.abort()
        await until(lambda: connection.reconnects == 1 and connection.up)
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()


async def test_while_one_reader_takes_no_more_the_other_side_waits_and_nothing_is_lost() -> None:
    data = bytes(range(256)) * 40_000
    sent, got = asyncio.Event(), bytearray()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        sent.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = TcpPort(
        TcpLine(
            "127.0.0.1",
            server.sockets[0].getsockname()[1],
            VOICE,
        )
    )
    port.add_reader(take := got.extend)
    port.pause(take, True)
    port.start()
    try:
        await until(lambda: port.line.up)
        await quiet_for(0.2, "a port that is paused is not read")
        assert not got and not sent.is_set()
        port.pause(take, False)
        await until(lambda: len(got) == len(data))
        assert got == data
    finally:
        await port.close()
        server.close()
