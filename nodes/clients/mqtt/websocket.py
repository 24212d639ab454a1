"""One WebSocket connection to a broker (MQTT 5 section 6): the compatible way, for brokers behind HTTP.

Never here: what packets mean, reconnecting.
"""

import asyncio

import aiohttp

from flowengine.diagnosis import Tape
from flowengine.ending import end
from nodes.clients.mqtt.errors import ClosedByBroker, Disconnected, MqttError
from nodes.clients.mqtt.framing import Framer
from nodes.clients.mqtt.link import CONNECT, HIGH_WATER_BYTES, Receive, tls_context
from nodes.clients.mqtt.settings import MqttSettings


class WebSocketLink:
    """A `Link` over WebSocket; one task reads and one writes."""

    def __init__(
        self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, framer: Framer, receive: Receive,
        tape: Tape,
    ):  # fmt: skip
        self._loop = asyncio.get_running_loop()
        self._http, self._socket, self._tape = http, socket, tape
        self._feed, self._receive = framer.feed, receive
        self._out = bytearray()
        self._written, self._wanted, self._readable = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._readable.set()
        self._written.set()
        self._closing = False
        self.is_held = False
        self.lost: asyncio.Future[Exception] = self._loop.create_future()
        self.last_received_s = self.last_sent_s = self._loop.time()
        self._task = self._loop.create_task(self._live())

    @property
    def tls(self) -> str:
        """The version of TLS that is spoken; empty without."""
        spoken = self._socket.get_extra_info("ssl_object")
        return spoken.version() or "" if spoken is not None else ""

    async def _live(self) -> None:
        reason: Exception = ClosedByBroker("the broker closed the connection")
        reading, writing = self._loop.create_task(self._read()), self._loop.create_task(self._write_out())
        try:
            done, _ = await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            reason = next((fault for task in done if isinstance(fault := task.exception(), Exception)), reason)
        finally:
            await end(reading, writing)
            await self._end(reason)

    async def _end(self, reason: Exception) -> None:
        try:
            async with asyncio.timeout(1):
                await self._socket.close()
                await self._http.close()
        except (TimeoutError, OSError, aiohttp.ClientError):
            pass  # the far side is gone, which is what we wanted
        self._written.set()
        if not self.lost.done():
            self.lost.set_result(reason)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.BINARY:
                raise MqttError("the broker sent WebSocket text; MQTT is binary")
            self.last_received_s = self._loop.time()
            self._tape.heard(message.data)
            packets = self._feed(message.data)
            if packets:
                self._receive(packets)
            await self._readable.wait()

    async def _write_out(self) -> None:
        while self._out or not self._closing:
            await self._wanted.wait()
            self._wanted.clear()
            data, self._out = bytes(self._out), bytearray()
            if data:
                await self._socket.send_bytes(data)
            if not self._out:
                self._written.set()

    def write(self, data: bytes) -> None:
        """Send; buffers without bound, so publishers wait for `drained`."""
        self.last_sent_s = self._loop.time()
        self._tape.sent(data, secret=data[:1] == CONNECT)
        self._out += data
        self._wanted.set()
        if len(self._out) > HIGH_WATER_BYTES:
            self._written.clear()

    async def drained(self) -> None:
        """Return when the buffer is below its mark. Raises `Disconnected`."""
        await self._written.wait()
        if self.lost.done():
            raise Disconnected("the connection was lost while sending")

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""
        self.is_held = held
        if held:
            self._readable.clear()
        else:
            self.last_received_s = self._loop.time()
            self._readable.set()

    def abort(self, reason: Exception) -> None:
        """Drop the connection at once."""
        if not self.lost.done():
            self.lost.set_result(reason)
        self._task.cancel()

    async def close(self) -> None:
        """Send what is buffered, then close."""
        self._closing = True
        self._wanted.set()
        await asyncio.wait((self._task,))


async def connect_websocket(settings: MqttSettings, framer: Framer, receive: Receive, tape: Tape) -> WebSocketLink:
    """A new connection by WebSocket. Raises OSError or `aiohttp.ClientError`."""
    context = await asyncio.to_thread(tls_context, settings.tls) if settings.scheme == "wss" else True
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)  # whoever may deploy named this server, not another
    http = aiohttp.ClientSession(trace_configs=[tracing])
    try:
        socket = await http.ws_connect(
            settings.web_address, protocols=("mqtt",), ssl=context, max_msg_size=settings.max_packet_bytes + 65_536
        )
    except BaseException:
        await http.close()
        raise
    return WebSocketLink(http, socket, framer, receive, tape)


async def _refuse_redirect(*_: object) -> None:
    raise ConnectionRefusedError("the server sends elsewhere; name the broker itself")
