"""`udp_out`: send UDP datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable
from flowengine.counts import count_of
from nodes.batches.sorting import made_of
from nodes.clients.sockets import Address, split_address
from nodes.codecs.payload import BadPayload, encoder

MOST_BYTES = 65_507
"""Largest payload of a datagram over IPv4 (RFC 768 and 791)."""


class UdpOutConfig(Config):
    """Settings of `udp_out`."""

    send_to: Address
    """Where datagrams go, such as `10.0.0.7:5000`; a broadcast or multicast address too."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    hops: int = Field(default=1, ge=0, le=255)
    """How many routers a multicast datagram may pass."""

    timeout: Duration = 5.0
    """Longest time until the system took a datagram."""


class UdpOut(Sink):
    """Send each message as one datagram; whether it arrives nobody knows."""

    config: UdpOutConfig
    merge = 1000
    examples = (
        Example("To a logger", "{send_to: '10.0.0.9:5140', format: json}"),
        Example("To a multicast group", "{send_to: '239.1.2.3:5007'}"),
    )

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"body": _checked(self._encode, message.payload)}

    async def open(self) -> None:
        host, port = split_address(self.config.send_to)
        try:
            async with asyncio.timeout(self.config.timeout):
                loop = asyncio.get_running_loop()
                family, _, _, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM))[0]
        except (OSError, TimeoutError) as fault:
            raise Unavailable(f"{self.config.send_to}: {str(fault) or 'name not found in time'}") from fault
        self._address = address
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        with contextlib.suppress(OSError):  # IPv6 has its own, whose default is the same
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self.config.hops)

    async def write(self, messages: Messages) -> None:
        datagrams, bad = made_of(messages, lambda message: _checked(self._encode, message.payload))
        try:
            async with asyncio.timeout(self.config.timeout):
                for datagram in datagrams.values():
                    await asyncio.get_running_loop().sock_sendto(self._socket, datagram, self._address)
        except (OSError, TimeoutError) as fault:
            raise Unavailable(f"{self.config.send_to}: {str(fault) or 'takes nothing'}") from fault
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} cannot be sent", bad)

    async def close(self) -> None:
        self._socket.close()


def _checked(encode: Callable[[object], bytes], payload: object) -> bytes:
    data = encode(payload)
    if len(data) > MOST_BYTES:
        raise BadPayload("too_large", f"{count_of(len(data), 'byte is', 'bytes are')} more than a datagram holds")
    return data
