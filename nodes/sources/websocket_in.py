"""`websocket_in`: receive from WebSocket clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import PositiveInt

from flowengine import Config, Example, Message, Outlet, ServedPath, Size, Source
from flowengine.ending import end
from flowengine.large import its_turn
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.servers.http.described import websocket
from nodes.servers.http.guard import Guard, Guarded, open_by_oversight

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
MOST_BAD = 100
"""So many bad messages end a connection: whoever sends them does not know this flow."""


class WebsocketInConfig(Guarded):
    """Settings of `websocket_in`."""

    path: ServedPath
    """Where clients connect; `{name}` takes one segment and fills `meta.name`, `{name*}` takes the rest."""

    format: Format | list[Format] = "auto"
    """How messages are read, or several in the order they are tried."""

    ack: bool = False
    """Tell the client when its messages are delivered: `{"acked": 7}` says that its first seven are."""

    max_bytes: Size = MAX_BYTES
    """Larger messages end the connection."""

    max_clients: PositiveInt = 1000
    """More are answered 503."""

    topic: str = ""
    """Topic of the messages; the path by default."""


class WebsocketIn(Source):
    """Each WebSocket message is a message; a client that sends faster than the flow takes has to wait."""

    config: WebsocketInConfig
    acknowledges = True
    examples = (
        Example("Devices with a token", "{path: '/devices/{device}', format: json, token: '${secret:devices}'}"),
        Example("With acknowledgement", "{path: /in, ack: true}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        return open_by_oversight(config)

    def start(self) -> None:
        self._decode = decoder(self.config.format, self.config.max_bytes, count=self.context.count)
        self._guard = Guard(self.config)
        self._sockets: set[web.WebSocketResponse] = set()

    async def run(self, emit: Outlet) -> None:
        about = websocket(self.context, "takes")
        remove = self.context.http.add("GET", self.config.path, partial(self._serve, emit), about)
        try:
            await asyncio.Event().wait()
        finally:
            remove()
            goodbyes = [one.close(code=WSCloseCode.GOING_AWAY, message=b"the flow stops") for one in self._sockets]
            await asyncio.gather(*goodbyes, return_exceptions=True)

    def received(self, message: Message) -> Message:
        if isinstance(message.payload, bytes):
            return message.with_payload(self._decode(message.payload))
        return message

    async def _serve(self, emit: Outlet, request: web.Request) -> web.StreamResponse:
        self._guard.check(request)
        if len(self._sockets) >= self.config.max_clients:
            self.context.count("clients refused, too many")
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}, text="too many clients\n")
        socket = web.WebSocketResponse(heartbeat=30, timeout=1.0, compress=False, max_msg_size=self.config.max_bytes)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._read_frames(socket, request, emit)
        finally:
            self._sockets.discard(socket)
        return socket

    async def _read_frames(self, socket: web.WebSocketResponse, request: web.Request, emit: Outlet) -> None:
        topic = self.config.topic or request.path.strip("/")
        meta: dict[str, Any] = {**request.match_info, "peer": request.remote or ""}
        acks = _Acks(socket) if self.config.ack else None
        bad = 0
        try:
            async for frame in socket:
                if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    continue
                data = frame.data.encode() if isinstance(frame.data, str) else frame.data
                settled = acks.next() if acks is not None else None
                await its_turn(len(data))
                try:
                    await emit(Message(self._decode(data), topic, meta=meta), settled, len(data))
                except BadPayload as fault:
                    bad += 1
                    refused = [(Message(data[:4096], topic, meta=meta), f"payload {fault}")]
                    await emit((), settled, len(data), rejected=refused)
                if bad > MOST_BAD:
                    self.context.count("clients closed, bad messages")
                    await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"bad messages")
        finally:
            if acks is not None:
                await acks.close()


class _Acks:
    """Tells a client how many of its first messages are settled, as often as the network takes it."""

    def __init__(self, socket: web.WebSocketResponse):
        self._socket = socket
        self._open: dict[int, None] = {}
        self._given = 0
        self._some = asyncio.Event()
        self._task = asyncio.create_task(self._tell(), name="acknowledge to a websocket client")

    def next(self) -> Callable[[], None]:
        """What to call once the next message is settled."""
        self._given += 1
        self._open[self._given] = None
        return partial(self._settle, self._given)

    async def close(self) -> None:
        """Stop telling."""
        await end(self._task)

    def _settle(self, number: int) -> None:
        self._open.pop(number, None)
        self._some.set()

    async def _tell(self) -> None:
        told = 0
        # A connection that ended has nobody to tell; the client sends again what it was not told.
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await self._some.wait()
                self._some.clear()
                settled = next(iter(self._open), self._given + 1) - 1
                if settled > told:
                    told = settled
                    await self._socket.send_str(f'{{"acked": {told}}}')
