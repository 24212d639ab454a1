"""`tcp_in`: receive bytes from TCP connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, Message, Outlet, Size, Source, Unavailable
from flowengine.accepting import listen_on
from flowengine.ending import end
from flowengine.handshakes import Handshakes
from nodes.clients.sockets import Address, Certificates, is_loopback, peer_text, split_address
from nodes.clients.tcp.port import TcpPort
from nodes.clients.unreachable import unreachable
from nodes.codecs.payload import decoder
from nodes.connections.tcp import Tcp
from nodes.framing.undecoded import decoded, emit_decoded
from nodes.queues.listener import listening

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
CONNECT_S = 10.0


class TcpInConfig(Config):
    """Settings of `tcp_in`."""

    listen: Address | None = None
    """Address to listen on, such as `127.0.0.1:9000`; port 0 takes a free one."""

    connect: Address | None = None
    """Address to connect to, instead; connected again when the connection is lost."""

    connection: str = Field("", json_schema_extra={"format": "connection", "connection": "tcp"})
    """A shared connection, instead, which `tcp_out` and `tcp_request` can use too."""

    format: Format | list[Format] = "bytes"
    """How a piece is read. Where frames begin and end is for `frame_decode`, which wants bytes."""

    tls: Certificates | None = None
    """Certificates for TLS; without them everybody on the way can read and write."""

    insecure: bool = False
    """Allow others on the network to connect without a certificate."""

    max_connections: PositiveInt = 100
    """More clients are closed at once and counted."""

    idle: Duration | None = None
    """Close a connection that brings nothing for so long."""

    read_bytes: Size = 65_536
    """Most bytes of one message."""

    topic: str = ""
    """Topic of the messages."""


class TcpIn(Source):
    """Each message is what was read at one time, a piece of a stream; `meta.peer` tells the streams apart, of a shared
    connection `meta.connection`. `meta.reopened` is on the first one of a connection that was made again."""

    config: TcpInConfig
    examples = (
        Example("Listen on this machine", "{listen: '127.0.0.1:9000'}"),
        Example("Read from a converter", "{connect: '10.0.0.7:4001', idle: 60s}"),
        Example("A shared connection", "{connection: scale}"),
        Example("Listen for others", "{listen: '0.0.0.0:9000', tls: {cert: s.pem, key: s.key, ca: ca.pem}}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, TcpInConfig)
        if sum(map(bool, (config.listen, config.connect, config.connection))) != 1:
            return [("listen", "give either listen, connect or connection")]
        if config.connection and config.tls is not None:
            return [("tls", "a shared connection has its own")]
        if config.listen is None or is_loopback(split_address(config.listen)[0]) or config.insecure:
            return ()
        if config.tls is None or not config.tls.cert or not config.tls.ca:
            return [("listen", "others can reach this address: give tls with cert, key and ca, or say insecure: true")]
        return ()

    def start(self) -> None:
        self._decode = decoder(self.config.format, count=self.context.count)
        self._open: set[asyncio.Task[None]] = set()
        self._connected = False
        self.address = ""

    async def run(self, emit: Outlet) -> None:
        if self.config.connect is not None:
            await self._connect(self.config.connect, emit)
        elif self.config.listen is not None:
            await self._listen(self.config.listen, emit)
        else:
            await self._share(self.context.connection(self.config.connection, Tcp).port, emit)

    def received(self, message: Message) -> Message:
        return decoded(message, self._decode, self.config.topic)

    async def _connect(self, address: str, emit: Outlet) -> None:
        host, port = split_address(address)
        context = await asyncio.to_thread(self.config.tls.context, False) if self.config.tls is not None else None
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(host, port, ssl=context, limit=self.config.read_bytes)
        except (OSError, TimeoutError) as fault:
            raise Unavailable(unreachable(fault, host, port)) from fault
        again, self._connected = self._connected, True
        await self._carry(reader, writer, emit, again)
        raise Unavailable(f"{address}: the other side closed the connection")

    async def _share(self, port: TcpPort, emit: Outlet) -> None:
        """Read what comes for all who use the connection; while the flow is full, nobody reads."""
        with listening(port, lambda: port.line.opened) as more:
            while True:
                for data, again in await more():
                    meta = {"connection": self.config.connection, **({"reopened": True} if again else {})}
                    await emit_decoded(data, self._decode, self.config.topic, meta, emit)

    async def _listen(self, address: str, emit: Outlet) -> None:
        host, port = split_address(address)
        context = await asyncio.to_thread(self.config.tls.context, True) if self.config.tls is not None else None

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            if len(self._open) >= self.config.max_connections:
                self.context.count("connections refused, too many")
                writer.transport.abort()
                return
            self._open.add(task)
            try:
                await self._carry(reader, writer, emit)
            except asyncio.CancelledError:
                pass  # our own way of ending this task; asyncio would report it as a fault
            finally:
                self._open.discard(task)

        loop = asyncio.get_running_loop()

        def connection() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(self.config.read_bytes), accept, loop=loop)

        handshakes = Handshakes(context) if context is not None else None
        try:
            factory = handshakes.before(connection) if handshakes is not None else connection
            server = await listen_on(factory, host, port)
        except OSError as fault:
            raise Unavailable(f"{address}: {fault.strerror or fault}") from fault
        self.address = peer_text(server.sockets[0].getsockname())
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            if handshakes is not None:
                handshakes.close()
            await end(*self._open)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, emit: Outlet, again: bool = False
    ) -> None:
        """Read until the end of the connection; while the flow is full, nothing is read and the sender waits."""
        meta = {"peer": peer_text(writer.get_extra_info("peername"))}
        first = {**meta, "reopened": True} if again else meta
        try:
            while data := await self._read(reader):
                await emit_decoded(data, self._decode, self.config.topic, first, emit)
                first = meta
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(self.config.idle):
                return await reader.read(self.config.read_bytes)
        except TimeoutError:
            self.context.count("connections closed, idle")
        except OSError:  # TLS faults too
            self.context.count("connections broken")
        return b""
