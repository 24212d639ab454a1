"""`udp_in`: receive UDP datagrams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import Any, Literal

from pydantic import PositiveInt

from flowengine import Config, Example, Message, Outlet, Size, Source, Unavailable
from nodes.clients.sockets import Address, is_loopback, peer_text, split_address
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.framing.undecoded import decoded
from nodes.queues.source_queue import SourceQueue

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
Datagram = tuple[bytes, Any]


class UdpInConfig(Config):
    """Settings of `udp_in`."""

    listen: Address
    """Address to listen on, such as `127.0.0.1:9000`; port 0 takes a free one."""

    group: IPv4Address | None = None
    """Multicast group to join."""

    format: Format | list[Format] = "auto"
    """How datagrams are read, or several in the order they are tried."""

    insecure: bool = False
    """Allow an address that others can reach: anybody there can send anything."""

    waiting: PositiveInt = 10_000
    """Most datagrams that may wait for the flow; more are dropped and counted, since a sender cannot be slowed down."""

    receive_buffer: Size = 1 << 20
    """Size of the system's buffer, for bursts; the system may allow less."""

    topic: str = ""
    """Topic of the messages."""


class UdpIn(Source):
    """Each datagram is a message; `meta.peer` says who sent it."""

    config: UdpInConfig
    examples = (
        Example("JSON from this machine", "{listen: '127.0.0.1:9000', format: json}"),
        Example("A multicast group", "{listen: '0.0.0.0:5007', group: 239.1.2.3, insecure: true}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, UdpInConfig)
        if config.group is not None and not config.group.is_multicast:
            return [("group", f"{config.group} is no multicast address; those are 224.0.0.0 to 239.255.255.255")]
        if not config.insecure and not is_loopback(split_address(config.listen)[0]):
            return [
                ("listen", "others can reach this address and UDP knows no senders: say insecure: true if you mean it")
            ]
        return ()

    def start(self) -> None:
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)
        self.address = ""

    async def run(self, emit: Outlet) -> None:
        arrivals: SourceQueue[Datagram] = SourceQueue(self.config.waiting)
        loop = asyncio.get_running_loop()
        try:
            opened = _socket(self.config)
        except OSError as fault:
            raise Unavailable(f"{self.config.listen}: {fault.strerror or fault}") from fault
        transport, _ = await loop.create_datagram_endpoint(lambda: _Door(arrivals, self.context.drop), sock=opened)
        self.address = peer_text(opened.getsockname())
        try:
            while True:
                taken = await arrivals.take(1000)
                await self._emit(arrivals.within(taken, [len(data) for data, _ in taken]), emit)
        finally:
            transport.close()

    def received(self, message: Message) -> Message:
        return decoded(message, self._decode, self.config.topic)

    async def _emit(self, datagrams: Sequence[Datagram], emit: Outlet) -> None:
        good: list[Message] = []
        bad: list[tuple[Message, str]] = []
        topic = self.config.topic
        for data, peer in datagrams:
            meta = {"peer": peer_text(peer)}
            try:
                good.append(Message(self._decode(data), topic, meta=meta))
            except BadPayload as fault:
                bad.append((Message(data[:4096], topic, meta=meta), f"payload {fault}"))
        await emit(good, None, sum([len(data) for data, _ in datagrams]), rejected=bad)


class _Door(asyncio.DatagramProtocol):
    def __init__(self, arrivals: SourceQueue[Datagram], drop: Callable[[str], None]):
        self._arrivals = arrivals
        self._drop = drop

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self._arrivals.offer((data, addr)):
            self._drop("datagrams dropped, flow is full")


def _socket(config: UdpInConfig) -> socket.socket:
    host, port = split_address(config.listen)
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, config.receive_buffer)
        if config.group is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, config.group.packed + socket.inet_aton(host))
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
