"""`tcp_in` with real sockets: streams, floods, TLS, limits."""

from __future__ import annotations

import asyncio
import random
import ssl
from pathlib import Path

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.tcp_in import TcpIn
from tests.nodes.conftest import Running, StartEngine
from tests.servers.certificates import make_certificates
from tests.waiting import quiet_for, until


def flow(options: str, got: str = "") -> str:
    return f"flow: f\nnodes:\n  in: {{type: tcp_in, {options}, to: got}}\n  got: {{type: collect{got}}}\n"


async def listening(start_engine: StartEngine, options: str, got: str = "") -> tuple[Running, int]:
    running = await start_engine(flow(f"listen: '127.0.0.1:0', {options}", got))
    node = running.station("in").node
    await until(lambda: node.address)
    return running, int(node.address.rpartition(":")[2])


async def test_streams_of_several_clients_arrive_whole_and_apart(start_engine: StartEngine) -> None:
    running, port = await listening(start_engine, "topic: t")
    rng, sent = random.Random(2), {}

    async def client(number: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        data = bytes([number]) * rng.randrange(1, 300_000)
        host, own_port = writer.get_extra_info("sockname")
        sent[f"{host}:{own_port}"] = data
        for at in range(0, len(data), 5000):
            writer.write(data[at : at + 5000])
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(number) for number in range(20)))
    total = sum(map(len, sent.values()))
    await until(lambda: sum(map(len, running.payloads)) == total)
    got: dict[str, bytes] = {}
    for message in running.kept:
        got[message.meta["peer"]] = got.get(message.meta["peer"], b"") + message.payload
    assert got == sent
    assert running.balanced()


async def test_a_full_flow_makes_the_sender_wait(start_engine: StartEngine) -> None:
    running, port = await listening(start_engine, "topic: t", ", takes: 0.01, queue: {count: 2}")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    data = random.Random(1).randbytes(20_000_000)
    writer.write(data)
    await quiet_for(0.3, "a full flow reads no more")
    assert writer.transport.get_write_buffer_size() > 0
    station = running.station("in")
    assert running.station("got").held <= 10 and station.balance == 0
    writer.transport.abort()


async def test_too_many_clients_and_idle_ones_are_closed(start_engine: StartEngine) -> None:
    running, port = await listening(start_engine, "max_connections: 2, idle: 200ms")
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    counted = running.station("in").counted
    await until(lambda: counted["connections refused, too many"] == 1)
    async with asyncio.timeout(60):
        for reader, writer in clients:
            try:
                assert await reader.read(1) == b""
            except ConnectionError:
                pass  # refused ones see a reset
            writer.close()
    assert counted["connections closed, idle"] == 2


async def test_a_reset_in_mid_stream_harms_nobody(start_engine: StartEngine) -> None:
    running, port = await listening(start_engine, "format: [json]")
    for _ in range(10):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"{")
        await writer.drain()
        writer.transport.abort()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"[1]")
    assert await running.holds(1) == [[1]]
    writer.close()
    assert running.balanced()


async def test_it_connects_and_connects_again(start_engine: StartEngine, free_port: int) -> None:
    running = await start_engine(flow(f"connect: '127.0.0.1:{free_port}'"))
    await until(lambda: running.station("in").state == "retrying")
    assert running.station("in").reason == f"nothing listens at 127.0.0.1:{free_port}"
    count = 0

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        writer.write(b"hello %d" % count)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", free_port):
        assert (await running.holds(2))[:2] == [b"hello 1", b"hello 2"]
        assert [message.meta.get("reopened") for message in running.kept[:2]] == [None, True]
        await running.engine.stop(0.1)


async def test_tls_lets_only_known_clients_in(start_engine: StartEngine, tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    tls = f"tls: {{cert: '{files.server_cert}', key: '{files.server_key}', ca: '{files.ca}'}}"
    running, port = await listening(start_engine, tls)
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.client_cert, files.client_key)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(b"secret")
    assert await running.holds(1) == [b"secret"]
    writer.close()
    stranger = ssl.create_default_context(cafile=str(files.ca))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=stranger)
        try:
            writer.write(b"x")
            if await reader.read(1) == b"":
                raise ConnectionError("closed")
        finally:
            writer.transport.abort()
    assert running.payloads == [b"secret"]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ("{}", "either"),
        ("{listen: '127.0.0.1:1', connect: 'a:1'}", "either"),
        ("{listen: '0.0.0.0:1'}", "insecure"),
        ("{listen: '0.0.0.0:1', tls: {cert: a, key: b}}", "insecure"),
        ("{listen: '0.0.0.0:1', insecure: true}", ""),
        ("{listen: '[::1]:1'}", ""),
        ("{listen: 'localhost:1'}", ""),
    ],
)
def test_an_address_for_others_needs_certificates_or_a_word(options: str, fault: str) -> None:
    faults = TcpIn.check(make(TcpIn, options).config)
    assert fault in str(faults) and bool(faults) == bool(fault)


@pytest.mark.parametrize("address", ["9000", "a:b", ":1", "a:70000"])
def test_a_bad_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        make(TcpIn, f"{{listen: '{address}'}}")


def test_flow_tests_send_bytes() -> None:
    assert make(TcpIn, "{connect: 'a:1', format: json}").received(Message(b"1")).payload == 1
