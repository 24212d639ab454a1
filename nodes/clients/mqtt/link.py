"""One TCP or TLS connection: bytes in, lists of packets out. Never here: what packets mean, reconnecting."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from mqtt5 import Packet

from flowengine.diagnosis import Tape
from nodes.clients.mqtt.errors import Closed, ClosedByBroker, Disconnected, MqttError
from nodes.clients.mqtt.framing import Framer
from nodes.clients.mqtt.pace import Pace
from nodes.clients.mqtt.settings import MqttSettings, Tls

HIGH_WATER_BYTES = 256 << 10
CONNECT = b"\x10"
"""The first byte of the packet that has the password in it."""

FAREWELL_S = 1.0
"""How long the broker may take to close after our farewell."""
Receive = Callable[[list[Packet]], None]


class Link(Protocol):
    """A connection, whatever carries it."""

    lost: "asyncio.Future[Exception]"
    """Resolves with the reason once the connection is gone."""
    last_received_s: float
    last_sent_s: float

    def write(self, data: bytes) -> None:
        """Send; buffers without bound, so publishers wait for `drained`."""

    async def drained(self) -> None:
        """Return when the buffer is below its mark. Raises `Disconnected`."""

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""

    @property
    def is_held(self) -> bool:
        """Whether reading has stopped on our own wish."""

    @property
    def tls(self) -> str:
        """The version of TLS that is spoken; empty without."""

    def abort(self, reason: Exception) -> None:
        """Drop the connection at once."""

    async def close(self) -> None:
        """Send what is buffered, then close."""


def tls_of(transport: asyncio.BaseTransport | None) -> str:
    """The version of TLS that the transport speaks, such as `TLSv1.3`; empty without."""
    spoken = transport.get_extra_info("ssl_object") if transport is not None else None
    return spoken.version() or "" if spoken is not None else ""


class TcpLink(asyncio.Protocol):
    """A `Link` over a stream; reads coalesce under load."""

    def __init__(self, framer: Framer, receive: Receive, tape: Tape):
        self._loop = asyncio.get_running_loop()
        self._tape = tape
        self._feed, self._receive, self._pace = framer.feed, receive, Pace()
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._resume: asyncio.TimerHandle | None = None
        self.is_held = False
        self.lost: asyncio.Future[Exception] = self._loop.create_future()
        self.last_received_s = self.last_sent_s = self._loop.time()
        self._reason: Exception | None = None

    @property
    def tls(self) -> str:
        """The version of TLS that is spoken; empty without."""
        return tls_of(self._transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection stands."""
        stream = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        stream.set_write_buffer_limits(high=HIGH_WATER_BYTES)
        self._transport = stream
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        if self.lost.done() or self._reason is not None:
            return
        self.last_received_s = now_s = self._loop.time()
        self._tape.heard(data)
        try:
            packets = self._feed(data)
            if packets:
                self._receive(packets)
        except MqttError as fault:
            self.abort(fault)
            return
        pause_s = self._pace.pause_s(now_s, len(packets), len(data))
        if pause_s and not self.is_held and self._transport is not None:
            self._transport.pause_reading()
            self._resume = self._loop.call_later(pause_s, self._go_on)

    def _go_on(self) -> None:
        self._resume = None
        if not self.is_held and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""
        if held == self.is_held or self._transport is None or self._transport.is_closing():
            return
        self.is_held = held
        if held and self._resume is None:
            self._transport.pause_reading()
        elif not held and self._resume is None:
            self.last_received_s = self._loop.time()
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """asyncio: the write buffer is above its mark."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """asyncio: the write buffer has drained."""
        self._writable.set()

    def write(self, data: bytes) -> None:
        """Send; buffers without bound, so publishers wait for `drained`."""
        if self._transport is not None and self._reason is None and not self._transport.is_closing():
            self.last_sent_s = self._loop.time()
            self._tape.sent(data, secret=data[:1] == CONNECT)
            self._transport.write(data)

    async def drained(self) -> None:
        """Return when the buffer is below its mark. Raises `Disconnected`."""
        await self._writable.wait()
        if self.lost.done():
            raise Disconnected("the connection was lost while sending")

    def abort(self, reason: Exception) -> None:
        """Drop the connection at once."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Send what is buffered, then close."""
        self._reason = Closed("the client ended the connection")
        if self._transport is None:
            return
        # A close with packets unread resets the connection, and the broker loses our last acknowledgements with it.
        if not self._transport.is_closing():
            self._transport.resume_reading()
            if self._transport.can_write_eof():
                self._transport.write_eof()
        await asyncio.wait((self.lost,), timeout=FAREWELL_S)
        self._transport.close()
        await asyncio.shield(self.lost)

    def connection_lost(self, fault: Exception | None) -> None:
        """asyncio: the connection is gone."""
        if self._resume is not None:
            self._resume.cancel()
        self._writable.set()
        if not self.lost.done():
            self.lost.set_result(self._reason or fault or ClosedByBroker("the broker closed the connection"))


def tls_context(tls: Tls) -> ssl.SSLContext:
    """The client side of TLS. Reads files. Raises OSError for those that cannot be read or used."""
    for file in filter(None, (tls.ca, tls.cert, tls.key)):
        Path(file).open("rb").close()  # the error of `ssl` does not say which
    context = ssl.create_default_context(cafile=tls.ca)
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key)
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def connect_tcp(settings: MqttSettings, framer: Framer, receive: Receive, tape: Tape) -> TcpLink:
    """A new connection by TCP or TLS. Raises OSError."""
    context = await asyncio.to_thread(tls_context, settings.tls) if settings.scheme == "mqtts" else None
    host, port = settings.address
    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(lambda: TcpLink(framer, receive, tape), host, port, ssl=context)
    return link
