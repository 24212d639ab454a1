"""10,000 numbered messages in bursts through what devices speak, without a time of their own: 10,000 rows."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from flowengine.server import Server
from nodes.clients.sql import SqlSettings, database
from tests.integration.test_bursts import SINKS, N
from tests.servers.pty_pair import PtyPair

pytestmark = pytest.mark.integration
DATAGRAMS = 200
"""At once: a receive buffer of the system holds more, and what it does not hold no sender of UDP learns of."""

Stored = Callable[[int], Awaitable[None]]


def bodies(first: int, end: int) -> list[bytes]:
    """Numbered messages as JSON."""
    return [b'{"n": %d}' % n for n in range(first, end)]


async def by_udp(address: str, stored: Stored) -> None:
    """In bursts that a buffer holds."""
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        for first in range(0, N, DATAGRAMS):
            for body in bodies(first, first + DATAGRAMS):
                near.sendto(body, (host, int(port)))
            await stored(first + DATAGRAMS)


async def by_tcp(address: str, stored: Stored) -> None:
    """All lines at once."""
    _, out = await asyncio.open_connection(*address.rsplit(":", 1))
    out.write(b"\n".join([*bodies(0, N), b""]))
    await stored(N)
    out.close()


async def by_serial(pty_pair: PtyPair, stored: Stored) -> None:
    """All lines, as fast as the line takes them."""
    await asyncio.to_thread(pty_pair.write, b"\n".join([*bodies(0, N), b""]))
    await stored(N)


async def by_http(url: str, stored: Stored) -> None:
    """Lists of a hundred, ten requests at a time."""

    async def post(session: aiohttp.ClientSession, items: Sequence[bytes]) -> None:
        async with session.post(f"{url}/readings", json=[json.loads(item) for item in items]) as answer:
            assert answer.status == 204, await answer.text()

    async with aiohttp.ClientSession() as session:
        for first in range(0, N, 1000):
            requests = (bodies(place, place + 100) for place in range(first, first + 1000, 100))
            await asyncio.gather(*(post(session, items) for items in requests))
    await stored(N)


SOURCES = {
    "udp": "{type: udp_in, listen: '127.0.0.1:0', format: json, to: out}",
    "tcp": "{type: tcp_in, listen: '127.0.0.1:0', to: frames}",
    "serial": "{type: serial_in, port: PORT, to: frames}",
    "http": "{type: http_in, path: /readings, format: json, to: parts}",
}
BETWEEN = {
    "tcp": "  frames: {type: frame_decode, framing: lines, format: json, to: out}\n",
    "serial": "  frames: {type: frame_decode, framing: lines, format: json, to: out}\n",
    "http": "  parts: {type: split, to: out}\n",
}


@pytest.mark.parametrize("source", SOURCES)
async def test_ten_thousand_messages_of_devices_are_ten_thousand_rows(
    source: str, plant: Any, pty_pair: PtyPair, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/burst.db"
    await plant.deploy(
        f"connections: {{db: {{type: sql, url: '{url}'}}}}\nnodes:\n"
        f"  source: {SOURCES[source].replace('PORT', str(pty_pair.device))}\n{BETWEEN.get(source, '')}"
        f"  out: {{type: {SINKS['sql'].format(table='burst')}}}\n"
    )
    node = plant.station("source").node

    async def stored(count: int) -> None:
        await plant.until(lambda: plant.station("out").passed >= count)

    if source == "serial":
        await by_serial(pty_pair, stored)
    elif source == "http":
        server = Server(plant.engine, "127.0.0.1", 0)
        await server.start()
        await by_http(server.url.rstrip("/"), stored)
        await server.stop()
    else:
        await plant.until(lambda: node.address)
        await {"udp": by_udp, "tcp": by_tcp}[source](node.address, stored)
    asked = database(SqlSettings.read(url), tmp_path)
    rows = await asked.ask("SELECT count(*) AS n, count(DISTINCT n) AS m FROM burst", {}, 1, False)
    await asked.close()
    assert (rows[0]["n"], rows[0]["m"]) == (N, N)
