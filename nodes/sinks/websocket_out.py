"""`websocket_out`: show messages to browsers and other WebSocket clients as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, Message, Messages, Rejected, ServedPath, Sink, Size
from flowengine.counts import count_of
from flowengine.ending import end
from flowengine.expression import Template, TemplateText
from nodes.batches.sorting import made_of
from nodes.codecs.payload import encoder
from nodes.servers.http.described import websocket
from nodes.servers.http.guard import Guard, Guarded, open_by_oversight
from nodes.servers.websocket.broadcast import Broadcast, Line, Patience
from nodes.servers.websocket.listener import Listener
from nodes.servers.websocket.slow_reader import DropOldest, LatestPerKey

CLIENT_MESSAGE_BYTES = 16 * 1024
MOST_ROOMS = 100
"""Rooms that one client may hear."""


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a client may ask for while it is connected."""

    subscribe: list[Annotated[str, msgspec.Meta(max_length=256)]] = []
    unsubscribe: list[Annotated[str, msgspec.Meta(max_length=256)]] = []


class WebsocketOutConfig(Guarded):
    """Settings of `websocket_out`."""

    path: ServedPath
    """Where clients connect, such as `/live`; `{room}` in it is the room they hear."""

    room: TemplateText | None = None
    """Room of each message. Clients choose rooms by `?room=a`, by `{"subscribe": ["a"]}`, or all by `*`."""

    send: Literal["message", "payload"] = "message"
    """Each line is an object with topic, time (ms since 1970), payload and meta; or the payload alone."""

    overflow: Literal["drop_oldest", "latest", "close"] = "drop_oldest"
    """For a client that is slower than the flow: drop its oldest lines, keep the latest for each `key`, or close it."""

    key: TemplateText = Template("{topic}")
    """What lines are about, for `latest` and `snapshot`."""

    waiting: PositiveInt = 10_000
    """Most lines that may wait for one client."""

    waiting_bytes: Size = 1024 * 1024
    """Most bytes that may wait for one client."""

    snapshot: int = Field(0, ge=0, le=1_000_000)
    """So many keys are remembered; a new client first gets the last line of each."""

    write_timeout: Duration = 3.0
    """A client that takes nothing for so long is closed."""

    max_clients: PositiveInt = 1000
    """More are answered 503."""


class WebsocketOut(Sink):
    """Send each message to every client that listens; a text frame holds one JSON value a line, one line or more."""

    config: WebsocketOutConfig
    merge = 1000
    examples = (
        Example("Everything, live", "{path: /live, overflow: drop_oldest}"),
        Example("A room for each line, with last values", "{path: '/live/{room}', room: '{line}', snapshot: 1000}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        return open_by_oversight(config)

    def start(self) -> None:
        self._encode = encoder("json")
        self._keyed = bool(self.config.snapshot) or self.config.overflow == "latest"

    def sends(self, message: Message) -> Mapping[str, Any]:
        room, key, line = self._line(message)
        return {"room": room, "key": key, "body": line}

    async def open(self) -> None:
        config = self.config
        self._guard = Guard(config)
        patience = Patience(config.write_timeout, closes=config.overflow == "close")
        self._broadcast = Broadcast(patience, config.snapshot, self.context.count)
        self._remove = self.context.http.add("GET", config.path, self._serve, websocket(self.context, "tells"))
        self._watch = asyncio.create_task(self._broadcast.watch(), name=f"slow clients of {config.path}")

    async def write(self, messages: Messages) -> None:
        lines, bad = made_of(messages, self._line)
        self._broadcast.put([*lines.values()])
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} cannot be sent", bad)

    async def close(self) -> None:
        self._remove()
        await end(self._watch)
        await self._broadcast.close()

    def _line(self, message: Message) -> Line:
        config = self.config
        room = config.room.fill(message) if config.room is not None else ""
        key = config.key.fill(message) if self._keyed else ""
        if config.send == "payload":
            return room, key, self._encode(message.payload)
        shown: dict[str, Any] = {"topic": message.topic, "time": message.time_ns // 1_000_000}
        shown["payload"] = message.payload
        if message.meta:
            shown["meta"] = dict(message.meta)
        return room, key, self._encode(shown)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        config = self.config
        self._guard.check(request)
        if len(self._broadcast) >= config.max_clients:
            self.context.count("clients refused, too many")
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}, text="too many clients\n")
        socket = web.WebSocketResponse(
            heartbeat=30, timeout=1.0, compress=False, max_msg_size=CLIENT_MESSAGE_BYTES, writer_limit=64 * 1024
        )
        await socket.prepare(request)
        kind = LatestPerKey if config.overflow == "latest" else DropOldest
        listener = Listener(socket, request, kind(config.waiting, config.waiting_bytes))
        self._broadcast.join(listener, self._first_rooms(request))
        sending = asyncio.create_task(listener.send(), name=f"listener of {config.path}")
        try:
            await self._take_wishes(socket, listener)
        finally:
            self._broadcast.leave(listener)
            await end(sending)
        return socket

    def _first_rooms(self, request: web.Request) -> list[str]:
        if self.config.room is None:
            return [""]
        captured = request.match_info.get("room")
        return [captured] if captured else request.query.getall("room", [])[:MOST_ROOMS]

    async def _take_wishes(self, socket: web.WebSocketResponse, listener: Listener) -> None:
        """Take wishes until the client goes."""
        async for frame in socket:
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            try:
                wish = msgspec.json.decode(frame.data, type=Wish)
                if self.config.room is None or len(listener.rooms) + len(wish.subscribe) > MOST_ROOMS:
                    raise ValueError(f"there are no rooms, or more than {MOST_ROOMS} were asked for")
            except ValueError as fault:  # msgspec's own faults are ValueErrors
                self.context.count("clients closed, bad message")
                await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(fault).encode()[:120])
                return
            self._broadcast.leave(listener, wish.unsubscribe)
            self._broadcast.join(listener, wish.subscribe)
