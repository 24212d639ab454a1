"""One WebSocket client that listens: sends what waits for it, closed when it stays too slow. Never here: rooms."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSCloseCode, WSMsgType, web

from nodes.servers.websocket.slow_reader import Backlog, Block

FRAME_BYTES = 256 * 1024


class Listener:
    """A client and its backlog. `sending_since_s` tells whoever watches that the network does not take any more."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, backlog: Backlog):
        self._socket = socket
        self._transport = request.transport
        self._backlog = backlog
        self._loop = asyncio.get_running_loop()
        self._some: asyncio.Future[None] | None = None
        self.sending_since_s: float | None = None
        self.rooms: set[str] = set()

    def put(self, block: Block) -> int:
        """Send this soon; how many lines were given up for it."""
        given_up = self._backlog.put(block)
        if self._some is not None:
            self._some.set_result(None)
            self._some = None
        return given_up

    async def send(self) -> None:
        """Send until the connection ends."""
        backlog, socket, clock = self._backlog, self._socket, self._loop.time
        # A connection that ended is the reader's to notice; there is nobody left to tell.
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                while backlog:
                    self.sending_since_s = clock()
                    await socket.send_frame(backlog.take(FRAME_BYTES), WSMsgType.TEXT)
                    self.sending_since_s = None
                self._some = self._loop.create_future()
                await self._some

    async def close(self, code: WSCloseCode, reason: str) -> None:
        """Say why and close; waits a little for the client's own farewell."""
        if self.sending_since_s is None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self._socket.close(code=code, message=reason.encode()[:120])
        self.abort()

    def abort(self) -> None:
        """Hang up at once; for clients that take nothing any more."""
        if self._transport is not None:
            self._transport.abort()
