"""`tcp_out`: send bytes over a TCP connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable
from flowengine.counts import count_of
from flowengine.ending import end
from nodes.batches.sorting import made_of
from nodes.clients.sockets import Address, Certificates, split_address
from nodes.clients.tcp.line import LineAway
from nodes.clients.tcp.port import TcpPort
from nodes.codecs.payload import encoder
from nodes.connections.tcp import Tcp


class TcpOutConfig(Config):
    """Settings of `tcp_out`."""

    connect: Address | None = None
    """Address to connect to, such as `10.0.0.7:4001`; or name a `connection`, which `tcp_in` can share."""

    connection: str = Field("", json_schema_extra={"format": "connection", "connection": "tcp"})
    """A shared connection, instead of `connect` and `tls`."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    end: str = ""
    """Text after each message, such as a line end."""

    tls: Certificates | None = None
    """Certificates for TLS; `{}` trusts the system's authorities."""

    timeout: Duration = 10.0
    """Longest time to connect, and to write a batch."""


class TcpOut(Sink):
    """Keep one connection and write each message; TCP does not tell whether the other side read it."""

    config: TcpOutConfig
    merge = 1000
    examples = (
        Example("Lines for a log collector", "{connect: '10.0.0.9:5140', format: json, end: \"\\n\"}"),
        Example("Frames for a converter", "{connect: '10.0.0.7:4001', format: bytes}"),
        Example("Commands on a shared connection", '{connection: scale, format: text, end: "\\r"}'),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, TcpOutConfig)
        if bool(config.connect) == bool(config.connection):
            return [("connect", "give either connect or connection")]
        return [("tls", "a shared connection has its own")] if config.connection and config.tls is not None else ()

    def start(self) -> None:
        self._encode, self._end = encoder(self.config.format), self.config.end.encode()

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"body": self._piece(message)}

    def _piece(self, message: Message) -> bytes:
        return self._encode(message.payload) + self._end

    async def open(self) -> None:
        config = self.config
        self._shared: TcpPort | None = None
        if config.connect is None:
            self._shared = self.context.connection(config.connection, Tcp).port
            return
        host, port = split_address(config.connect)
        context = await asyncio.to_thread(config.tls.context, False) if config.tls is not None else None
        try:
            async with asyncio.timeout(config.timeout):
                self._reader, self._writer = await asyncio.open_connection(host, port, ssl=context)
        except (OSError, TimeoutError) as fault:
            raise Unavailable(f"{config.connect}: {str(fault) or 'no answer'}") from fault
        self._draining = asyncio.create_task(_read_away(self._reader), name=f"answers of {config.connect}")

    async def write(self, messages: Messages) -> None:
        pieces, bad = made_of(messages, self._piece)
        await self._send(b"".join(pieces.values()))
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} cannot be sent", bad)

    async def close(self) -> None:
        if self._shared is not None:
            return
        await end(self._draining)
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                await self._writer.wait_closed()
        self._writer.transport.abort()

    async def _send(self, data: bytes) -> None:
        if self._shared is not None:
            try:
                await self._shared.write(data, self.config.timeout)
            except LineAway as away:
                raise Unavailable(str(away), retry_after_s=0.2) from away
            return
        if self._draining.done() or self._writer.is_closing():
            await self._again()
        try:
            async with asyncio.timeout(self.config.timeout):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError) as fault:
            self._writer.transport.abort()
            raise Unavailable(f"{self.config.connect}: {str(fault) or 'takes nothing'}") from fault

    async def _again(self) -> None:
        """Connect anew. What fails leaves the old connection's end as it was, so that the next write tries again."""
        await self.close()
        await self.open()


async def _read_away(reader: asyncio.StreamReader) -> None:
    """Return when the other side closed; what it says meanwhile is nobody's concern."""
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass
