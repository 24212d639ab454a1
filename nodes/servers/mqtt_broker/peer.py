"""One TCP connection to the embedded broker: bytes to packets and back. Never here: what packets mean."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol, cast

from mqtt5 import DisconnectPacket, DisconnectReasonCode, Packet

from nodes.clients.mqtt import codec5, codec311
from nodes.clients.mqtt.encoding import MQTT_LIMIT_BYTES
from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.framing import Codec, Framer
from nodes.servers.mqtt_broker.conversation import Connection, Conversation
from nodes.servers.mqtt_broker.settings import BrokerSettings

log = logging.getLogger(__name__)
CONNECT: Final = 0x10
HEAD_BYTES: Final = 7  # length of the name, "MQTT", the level
CLOSE_S: Final = 2.0
"""How long a client that is sent away may take to read what it was sent."""


class House(Protocol):
    """Who is told of connections."""

    def entered(self, peer: "Peer") -> None:
        """One was made."""

    def greeted(self, peer: "Peer") -> None:
        """Its client has said who it is, and may stay."""

    def left(self, peer: "Peer") -> None:
        """It is gone."""

    def flush(self) -> None:
        """Write what all peers were sent."""


class Peer(asyncio.Protocol):
    """The broker's end of a connection. What is sent waits for `flush`, so that a read causes one write."""

    def __init__(
        self,
        settings: BrokerSettings,
        conversation: Callable[[Connection], Conversation],
        unflushed: "list[Peer]",
        house: House,
    ):
        self._settings, self._unflushed, self._house = settings, unflushed, house
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._framer: Framer | None = None
        self._first = b""
        self._transport: asyncio.Transport | None = None
        self.codec: Codec = codec5
        self.address = ""
        self.receive_max, self.max_packet_bytes = 65_535, MQTT_LIMIT_BYTES
        self.conversation = conversation(self)
        self.came_s = self.last_heard_s = self._loop.time()
        self._closed_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: a client came."""
        stream = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        stream.set_write_buffer_limits(high=self._settings.write_bytes)
        self._transport = stream
        self.address = str((stream.get_extra_info("peername") or ("",))[0])
        self._house.entered(self)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        self.last_heard_s = self._loop.time()
        is_stranger = self.conversation.session is None
        try:
            take = self.conversation.take
            for packet in self._packets(data):
                take(packet)
        except (Malformed, ValueError) as fault:
            log.info("mqtt broker: a client is sent away: %s", fault)
            self.end(DisconnectReasonCode.PROTOCOL_ERROR)
        if self.conversation.session is not None:
            if is_stranger:
                self._house.greeted(self)
            self.conversation.session.pump()
        self._house.flush()

    def _packets(self, data: bytes) -> list[Packet]:
        if self._framer is None:
            self._first += data
            if self._first[0] != CONNECT:
                raise Malformed("the first packet must be CONNECT")
            if len(self._first) < 2:
                return []
            length, body = codec311.read_length(self._first, 1)
            if length < 0 or len(self._first) < body + HEAD_BYTES:
                return []
            is_old = self._first[body + HEAD_BYTES - 1] == codec311.VERSION
            self.codec = codec311 if is_old else codec5
            self._framer = Framer(self.codec, self._settings.max_packet_bytes)
            data, self._first = self._first, b""
        return self._framer.feed(data)

    def is_silent(self, now_s: float) -> bool:
        """Whether the client broke its promise to be heard (MQTT 5 section 3.1.2.10), or never said who it is."""
        if self.conversation.session is None:
            return now_s - self.came_s > self._settings.connect_timeout_s
        keepalive_s = self.conversation.keepalive_s
        return bool(keepalive_s) and now_s - self.last_heard_s > 1.5 * keepalive_s

    def is_stuck(self, now_s: float) -> bool:
        """Whether it was sent away long ago and has not read what it was sent."""
        return self._closed_s is not None and now_s - self._closed_s > CLOSE_S

    @property
    def congested(self) -> bool:
        """Whether the client takes less than it is sent."""
        return self._transport is None or self._transport.get_write_buffer_size() > self._settings.write_bytes

    def send(self, wire: bytes) -> None:
        """Send with the next flush."""
        if not self._out:
            self._unflushed.append(self)
        self._out.append(wire)

    def flush(self) -> None:
        """Write what was sent."""
        out, self._out = self._out, []
        if out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(out))

    def resume_writing(self) -> None:
        """asyncio: the client has caught up."""
        if self.conversation.session is not None:
            self.conversation.session.pump()
            self._house.flush()

    def take_over(self) -> None:
        """Another connection came with the same client id."""
        self.end(DisconnectReasonCode.SESSION_TAKEN_OVER)
        self.conversation.session = None

    def end(self, reason: DisconnectReasonCode) -> None:
        """Send the client away; MQTT 5 clients are told why."""
        if self.codec is codec5 and self.conversation.session is not None:
            self.send(self.codec.write(DisconnectPacket(reason_code=reason)))
        self.close()

    def close(self) -> None:
        """Write what was sent, then close."""
        self.flush()
        self._closed_s = self._closed_s or self._loop.time()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, fault: Exception | None) -> None:
        """asyncio: the connection is gone."""
        self._house.left(self)
