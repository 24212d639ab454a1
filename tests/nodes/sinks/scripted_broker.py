"""A broker of a few lines (MQTT 3.1.1, QoS 1) that a test takes away, brings back and lets fail. No test logic here.

Packets as in MQTT 3.1.1, sections 3.1 to 3.4 and 3.12.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CONNECT, PUBLISH, PINGREQ = 1, 3, 12


class ScriptedBroker:
    """`acknowledged` are the payloads in the order in which they got a PUBACK; `takes` says for which they do."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.takes: Callable[[str], bool] = lambda payload: True
        self.port = 0
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.StreamWriter] = set()

    async def up(self) -> None:
        """Listen, at the same port each time."""
        if self._server is None:
            self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in list(self._links):
            link.transport.abort()
        while self._links:  # noqa: ASYNC110 - the talks end by themselves
            await asyncio.sleep(0.005)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.add(writer)
        try:
            while True:
                first = (await reader.readexactly(1))[0]
                body = await reader.readexactly(await _length(reader))
                if not self._answer(first, body, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._links.discard(writer)
            writer.transport.abort()

    def _answer(self, first: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        kind = first >> 4
        if kind == CONNECT:
            writer.write(b"\x20\x02\x00\x00")
        elif kind == PINGREQ:
            writer.write(b"\xd0\x00")
        elif kind == PUBLISH:
            rest = body[2 + int.from_bytes(body[:2], "big") :]
            payload = rest[2:].decode()
            if not self.takes(payload):
                return False
            self.acknowledged.append(payload)
            writer.write(b"\x40\x02" + rest[:2])
        return True


async def _length(reader: asyncio.StreamReader) -> int:
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return length
