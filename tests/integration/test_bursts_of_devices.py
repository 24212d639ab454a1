"""10,000 numbered messages in bursts through what devices speak, without a time of their own: 10,000 rows."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest

from flowengine.server import Server
from tests.integration.five_databases import NUMBERED, FiveDatabases, N
from tests.servers.pty_pair import PtyPair
from tests.waiting import until

pytestmark = pytest.mark.integration
DATAGRAMS = 200
"""At once: a receive buffer of the system holds more, and what it does not hold no sender of UDP learns of."""


def bodies(first: int, end: int) -> list[bytes]:
    """Numbered messages as JSON."""
    return [b'{"n": %d}' % n for n in range(first, end)]


async def by_udp(address: str, plant: Any) -> None:
    """In bursts that a buffer holds."""
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        for first in range(0, N, DATAGRAMS):
            for body in bodies(first, first + DATAGRAMS):
                near.sendto(body, (host, int(port)))
            await plant.until(lambda end=first + DATAGRAMS: plant.station("source").passed >= end)


async def by_tcp(address: str) -> None:
    """All lines at once."""
    _, out = await asyncio.open_connection(*address.rsplit(":", 1))
    out.write(b"\n".join([*bodies(0, N), b""]))
    await out.drain()
    out.close()
    await out.wait_closed()


async def by_http(url: str) -> None:
    """Lists of a hundred, ten requests at a time."""

    async def post(session: aiohttp.ClientSession, items: Sequence[bytes]) -> None:
        async with session.post(f"{url}/readings", json=[json.loads(item) for item in items]) as answer:
            assert answer.status == 204, await answer.text()

    async with aiohttp.ClientSession() as session:
        for first in range(0, N, 1000):
            requests = (bodies(place, place + 100) for place in range(first, first + 1000, 100))
            await asyncio.gather(*(post(session, items) for items in requests))


async def by_websocket(url: str) -> None:
    """By four clients at once, each as fast as its line takes them."""

    async def send(session: aiohttp.ClientSession, first: int) -> None:
        async with session.ws_connect(f"{url}/live") as line:
            for body in bodies(first, N)[::4]:
                await line.send_bytes(body)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(send(session, first) for first in range(4)))


FRAMES = "  frames: {type: frame_decode, framing: lines, format: json, to: OUT}\n"
SOURCES = {
    "udp": ("{type: udp_in, listen: '127.0.0.1:0', format: json, to: OUT}", ""),
    "tcp": ("{type: tcp_in, listen: '127.0.0.1:0', to: frames}", FRAMES),
    "serial": ("{type: serial_in, port: PORT, to: frames}", FRAMES),
    "http": ("{type: http_in, path: /readings, format: json, to: parts}", "  parts: {type: split, to: OUT}\n"),
    "websocket": ("{type: websocket_in, path: /live, format: json, to: OUT}", ""),
}


@pytest.fixture
async def served(plant: Any) -> AsyncIterator[str]:
    """Where the engine listens for HTTP."""
    server = Server(plant.engine, "127.0.0.1", 0)
    await server.start()
    yield server.url.rstrip("/")
    await server.stop()


@pytest.mark.parametrize("source", SOURCES)
async def test_ten_thousand_messages_of_devices_are_ten_thousand_rows(
    source: str, databases: FiveDatabases, plant: Any, pty_pair: PtyPair, served: str
) -> None:
    text, between = SOURCES[source]
    table = f"burst_{source}"
    await plant.deploy(databases.flow(text.replace("PORT", str(pty_pair.device)), table, NUMBERED, between=between))
    node = plant.station("source").node
    if source == "serial":
        await asyncio.to_thread(pty_pair.write, b"\n".join([*bodies(0, N), b""]))
    elif source in ("http", "websocket"):
        await until(lambda: plant.engine.http._routes)
        await (by_http(served) if source == "http" else by_websocket(served))
    else:
        await plant.until(lambda: node.address)
        await (by_udp(node.address, plant) if source == "udp" else by_tcp(node.address))
    await databases.whole(plant, table)
