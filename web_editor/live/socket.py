"""`live`: one WebSocket a client. Frames are made when the client can take one, so nothing queues for a slow one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import WSMsgType, web
from msgspec import Meta

from flowengine import __version__
from web_editor.auth.access import Caller
from web_editor.live.ticker import TICK_S, TICKER, Ticker
from web_editor.live.topics import TOPICS, Filter, Subscription, Topic
from web_editor.problems import Fault
from web_editor.routing import Call, Route, bad

log = logging.getLogger("flowengine.editor")
MOST_SUBSCRIPTIONS = 32
MOST_CLIENTS = 100
FRAME_BYTES = 64 * 1024
PING_S, PONG_S = 15.0, 45.0
SLOW_S = 30.0
LOOK_S = 2.0
"""How often the session is looked up again: a revoked one ends within this time."""


class Subscribe(msgspec.Struct, tag_field="op", tag="subscribe", forbid_unknown_fields=True):
    """Ask for a topic."""

    id: Annotated[int, Meta(ge=0, le=2**31)]
    topic: Literal["status", "messages", "values", "alarms", "log", "engine", "problems", "flows", "people"]
    filter: Filter = msgspec.field(default_factory=Filter)
    max_rate: Annotated[float, Meta(gt=0, le=500)] | None = None


class Unsubscribe(msgspec.Struct, tag_field="op", tag="unsubscribe", forbid_unknown_fields=True):
    """Ask for it no more."""

    id: int


class Pong(msgspec.Struct, tag_field="op", tag="pong", forbid_unknown_fields=True):
    """Still there."""

    at_ms: float


class Here(msgspec.Struct, tag_field="op", tag="here", forbid_unknown_fields=True):
    """Which flow the person looks at, and which node of it."""

    flow: Annotated[str, Meta(max_length=64)] = ""
    node: Annotated[str, Meta(max_length=200)] = ""


_decode = msgspec.json.Decoder(Subscribe | Unsubscribe | Pong | Here).decode


class Client:
    """One connected browser or program."""

    def __init__(self, ticker: Ticker, caller: Caller, socket: web.WebSocketResponse, request: web.Request):
        self._ticker = ticker
        self._services = ticker.services
        self.caller = caller
        self.at = Here()
        self.subscriptions: dict[int, Subscription] = {}
        self._socket = socket
        self._request = request
        self._asides: list[Any] = []
        self._heard_s = self._pinged_s = self._looked_s = time.monotonic()
        self._over = False

    async def write(self) -> None:
        """Send a frame a tick, as long as the client takes them."""
        hello = {"op": "hello", "version": __version__, "tick_ms": TICK_S * 1000, "at_ms": time.time() * 1000}
        await self._send(b"[" + self._services.encode({**hello, "role": self.caller.role}) + b"]")
        while not self._over:
            await self._ticker.next_tick()
            now_s = time.monotonic()
            if not await self._lives(now_s):
                return
            parts = self._parts(now_s)
            if parts:
                await self._send(b"[" + b",".join(parts) + b"]")

    async def read(self) -> None:
        """Follow what the client asks for, until it goes."""
        async for message in self._socket:
            self._heard_s = time.monotonic()
            if message.type != WSMsgType.TEXT:
                return
            try:
                self._follow(_decode(message.data))
            except Fault as fault:
                self._complain(None, fault)
            except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
                wrong = error if isinstance(error, msgspec.ValidationError) else msgspec.ValidationError(str(error))
                self._complain(None, bad(wrong))

    async def end(self, reason: str) -> None:
        """Say why, and close."""
        if self._over:
            return
        self._over = True
        try:
            async with asyncio.timeout(1):
                await self._socket.send_frame(self._services.encode([{"op": "bye", "reason": reason}]), WSMsgType.TEXT)
                await self._socket.close()
        except (OSError, TimeoutError, RuntimeError):
            self._abort()

    def close(self) -> None:
        """Let go of every subscription."""
        self._over = True
        for subscription in self.subscriptions.values():
            subscription.close()
        self.subscriptions.clear()

    def _parts(self, now_s: float) -> list[bytes]:
        parts = [self._services.encode(aside) for aside in self._asides]
        self._asides.clear()
        for id, subscription in list(self.subscriptions.items()):
            if not self.caller.may(subscription.role):
                self._end_one(id, "forbidden", parts)
                continue
            for op, data in subscription.due(now_s):
                if op == "ended":
                    self._end_one(id, data.decode(), parts)
                elif op == "dropped":
                    parts.append(b'{"op":"dropped","id":%d,"count":%s}' % (id, data))
                else:
                    parts.append(b'{"op":"%s","id":%d,"data":%s}' % (op.encode(), id, data))
        return parts

    def _end_one(self, id: int, reason: str, parts: list[bytes]) -> None:
        self.subscriptions.pop(id).close()
        parts.append(self._services.encode({"op": "ended", "id": id, "reason": reason}))

    def _follow(self, message: Subscribe | Unsubscribe | Pong | Here) -> None:
        if isinstance(message, Here):
            self.at = message
        elif isinstance(message, Unsubscribe):
            if (gone := self.subscriptions.pop(message.id, None)) is not None:
                gone.close()
        elif isinstance(message, Subscribe):
            try:
                self._subscribe(message)
            except Fault as fault:
                self._complain(message.id, fault)

    def _subscribe(self, message: Subscribe) -> None:
        topic: type[Topic] | None = TOPICS.get(message.topic)
        if topic is None:
            raise Fault("not-found", f"there is no topic {message.topic}")
        if not self.caller.may(topic.role):
            raise Fault("forbidden", f"the topic {message.topic} needs the role {topic.role}")
        if message.id not in self.subscriptions and len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Fault("throttled", f"at most {MOST_SUBSCRIPTIONS} subscriptions a client")
        made = topic(self._ticker, message.filter, message.max_rate, self.caller)
        if (old := self.subscriptions.pop(message.id, None)) is not None:
            old.close()
        self.subscriptions[message.id] = Subscription(made, message.max_rate)

    def _complain(self, id: int | None, fault: Fault) -> None:
        if len(self._asides) < MOST_SUBSCRIPTIONS:
            self._asides.append({"op": "error", "id": id, "problem": fault.problem})

    async def _lives(self, now_s: float) -> bool:
        if now_s - self._heard_s > PONG_S:
            await self.end("slow")
            return False
        if now_s - self._pinged_s > PING_S:
            self._pinged_s = now_s
            self._asides.append({"op": "ping", "at_ms": time.time() * 1000})
        if now_s - self._looked_s > LOOK_S:
            self._looked_s = now_s
            caller = await self._services.access.still(self.caller)
            if caller is None:
                await self.end("logged-out")
                return False
            self.caller = caller
        return True

    async def _send(self, frame: bytes) -> None:
        try:
            async with asyncio.timeout(SLOW_S):
                await self._socket.send_frame(frame, WSMsgType.TEXT)
        except TimeoutError:
            self._abort()
            raise ConnectionResetError("the client takes nothing") from None

    def _abort(self) -> None:
        self._over = True
        if self._request.transport is not None:
            self._request.transport.abort()


async def live(call: Call) -> web.WebSocketResponse:
    """The live WebSocket."""
    services, request, caller = call.services, call.request, call.caller
    assert caller is not None
    ticker = request.app[TICKER]
    services.access.check_socket(request)
    if len(ticker.clients) >= MOST_CLIENTS:
        raise Fault("throttled", f"{MOST_CLIENTS} clients are connected", retry_after_s=10.0)
    socket = web.WebSocketResponse(max_msg_size=FRAME_BYTES, compress=False)
    if not socket.can_prepare(request):
        raise Fault("bad-request", "this is a WebSocket")
    await socket.prepare(request)
    client = Client(ticker, caller, socket, request)
    ticker.add(client)
    try:
        await _both(client.read, client.write)
    except Exception:
        # The connection is a WebSocket by now: a problem document would be a broken frame.
        log.exception("a live client failed")
        await client.end("shutdown")
    finally:
        ticker.discard(client)
        client.close()
    return socket


async def _both(*jobs: Callable[[], Awaitable[None]]) -> None:
    """Run until one of them ends, then end the others."""
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, OSError | RuntimeError):
                raise outcome


ROUTES = [Route("GET", "live", "viewer", live)]
