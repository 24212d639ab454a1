"""A TCP relay on loopback that hangs up both sides on order, or once it has passed on certain bytes. Judges nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Passes on to `target`. What a client says that holds `cut_after` still arrives; its answer does not."""

    def __init__(self, target: int, cut_after: bytes | None = None):
        self.port, self.cuts = 0, 0
        self._target, self._cut_after = target, cut_after
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Hang up on everybody, with all that is said arriving."""
        self.cuts += 1
        for writer in tuple(self._open):
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        answers = asyncio.create_task(self._pass_on(far_reader, writer, None))
        try:
            await self._pass_on(reader, far_writer, self._cut_after)
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: bytes | None) -> None:
        self._open.add(writer)
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                if cut is not None and cut in data:
                    self.cut()
                    return
                await writer.drain()
        except OSError:
            pass  # one side is gone, and the other follows
        finally:
            self._open.discard(writer)
            writer.close()


@asynccontextmanager
async def relay_to(target: int, cut_after: bytes | None = None) -> AsyncIterator[Relay]:
    """A relay to that port of loopback."""
    relay = Relay(target, cut_after)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.cut()
