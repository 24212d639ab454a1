"""A TCP connection that stays: made again when it is lost. Never here: what its bytes mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from flowengine.ending import end
from nodes.clients.sockets import Certificates
from nodes.clients.unreachable import unreachable
from nodes.clients.voice import Voice

CONNECT_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0
READ_BYTES = 65_536
OnData = Callable[[bytes], None]
OnLost = Callable[[str], None]


class LineAway(Exception):
    """There is no line at this moment; the reason in words."""


class LineLost(LineAway):
    """The line went away while something was sent or waited for: nobody knows whether it arrived."""


class TcpLine:
    """A TCP connection that is made again with growing pauses."""

    def __init__(self, host: str, port: int, voice: Voice, certificates: Certificates | None = None):
        self._host, self._port, self._voice, self._certificates = host, port, voice, certificates
        self.opened = 0
        self.reason = "not connected yet"
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether it is open."""
        return self._writer is not None

    @property
    def dead(self) -> bool:
        """Whether its task has ended though nobody closed it."""
        return self._task is not None and self._task.done()

    def start(self, on_data: OnData, on_open: Callable[[], None], on_lost: OnLost) -> None:
        """Begin to look for it, for ever."""
        self._on_data, self._on_open, self._on_lost = on_data, on_open, on_lost
        self._task = asyncio.create_task(self._stay(), name=f"tcp {self._host}:{self._port}")

    def listen(self, wanted: bool) -> None:
        """Read what comes, or leave it, so that the other side has to wait."""
        (self._wanted.set if wanted else self._wanted.clear)()

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Send. Raises `LineAway` where nothing was sent, `LineLost` where nobody knows."""
        if self._writer is None:
            raise LineAway(self.reason)
        try:
            async with asyncio.timeout(timeout_s):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError) as fault:
            self.drop(str(fault) or "takes nothing")
            raise LineLost(self.reason) from fault

    def drop(self, reason: str) -> None:
        """Open it anew: the other side seems to be gone though nobody said so."""
        if self._writer is not None:
            self.reason = reason
            self._writer.transport.abort()
            self._writer = None

    async def close(self) -> None:
        """For good."""
        if self._task is not None:
            await end(self._task)

    async def _stay(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                reader, writer = await self._connect()
            except (OSError, TimeoutError) as fault:
                self._tell(unreachable(fault, self._host, self._port))
            else:
                wait_s = FIRST_WAIT_S
                await self._carry(reader, writer)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        certificates = self._certificates
        tls = await asyncio.to_thread(certificates.context, False) if certificates is not None else None
        async with asyncio.timeout(CONNECT_S):
            return await asyncio.open_connection(self._host, self._port, ssl=tls, limit=READ_BYTES)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self.reason = writer, ""
        self.opened += 1
        self._voice.there(f"connected to {self._host}:{self._port}")
        self._on_open()
        try:
            while data := await self._read(reader):
                self._on_data(data)
            if self._writer is writer:  # else we closed it ourselves, and said why
                self._tell("the other side closed the connection")
        except OSError as fault:
            self._tell(fault.strerror or str(fault))
        finally:
            if self._writer is writer:
                self._writer = None
            writer.transport.abort()
            self._on_lost(self.reason)

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(READ_BYTES)
        await self._wanted.wait()
        return data

    def _tell(self, reason: str) -> None:
        self.reason = reason
        self._voice.away(reason)
