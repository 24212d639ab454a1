"""What the broker keeps for one client, connected or not: filters, queue, exchanges. Never here: routing."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from mqtt5 import PublishPacket, Will

from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.framing import Codec
from nodes.clients.mqtt.outbox import PUBREL, PacketIds
from nodes.servers.mqtt_broker.settings import BrokerSettings
from nodes.servers.mqtt_broker.size import size_bytes
from nodes.servers.mqtt_broker.tree import Wish


class Door(Protocol):
    """The connection of a session."""

    codec: Codec
    receive_max: int
    max_packet_bytes: int
    address: str

    def send(self, wire: bytes) -> None:
        """Send with the next flush."""

    @property
    def congested(self) -> bool:
        """Whether the client takes less than it is sent."""

    def take_over(self) -> None:
        """Another connection came with the same client id."""


@dataclass
class Held:
    """What the queues of all sessions hold together."""

    bytes: int = 0


@dataclass(eq=False, slots=True)
class _Parcel:
    packet: PublishPacket
    qos: int
    retain: bool
    identifiers: tuple[int, ...]
    released: bool = False

    def wire(self, codec: Codec, packet_id: int | None, duplicate: bool = False) -> bytes:
        source = self.packet
        return codec.write(
            PublishPacket(
                source.topic,
                source.payload,
                qos=QOS[self.qos],
                retain=self.retain,
                packet_id=packet_id,
                duplicate=duplicate,
                message_expiry_interval=source.message_expiry_interval,
                content_type=source.content_type,
                response_topic=source.response_topic,
                correlation_data=source.correlation_data,
                payload_format_indicator=source.payload_format_indicator,
                subscription_ids=list(self.identifiers) if self.identifiers else None,
                user_properties=source.user_properties,
            )
        )


class BrokerSession:
    """One client id."""

    def __init__(self, client_id: str, settings: BrokerSettings, held: Held):
        self.client_id, self._held = client_id, held
        self.user = self.address = ""
        """Where its last connection came from."""
        self.door: Door | None = None
        self.wishes: dict[str, Wish] = {}
        self.received: set[int] = set()
        """QoS 2 packet ids of the client between PUBLISH and PUBREL."""
        self.expiry_s = 0
        self.will: Will | None = None
        self.timers: list[asyncio.TimerHandle] = []
        """Until the will is due, and the session ends."""
        self.dropped = 0
        self._settings = settings
        self._ids = PacketIds()
        self._queue: deque[_Parcel] = deque()
        self._in_flight: dict[int, _Parcel] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._queue) + len(self._in_flight)

    def cancel_timers(self) -> None:
        """The client is back, or gone for good."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def attach(self, door: Door) -> None:
        """A connection stands: what was in flight goes out again, then the queue."""
        self.door = door
        for packet_id, parcel in list(self._in_flight.items()):
            if parcel.released:
                door.send(PUBREL + packet_id.to_bytes(2, "big"))
            else:
                self._send(parcel, packet_id, duplicate=True)
        self.pump()

    def offer(self, packet: PublishPacket, qos: int, retain: bool, identifiers: tuple[int, ...]) -> None:
        """Send or queue one message; what finds no room is dropped and counted."""
        parcel = _Parcel(packet, qos, retain, identifiers)
        if not qos:
            if self.door is not None and not self.door.congested:
                self._send(parcel, None)
            elif self.door is not None:
                self.dropped += 1
            return
        size, limit, held = size_bytes(packet), self._settings, self._held
        if (
            len(self) >= limit.queue_messages
            or self._bytes + size > limit.queue_bytes
            or held.bytes + size > limit.all_queues_bytes
        ):
            self.dropped += 1
            return
        self._bytes += size
        held.bytes += size
        self._queue.append(parcel)
        self.pump()

    def pump(self) -> None:
        """Send what the client's receive maximum and its speed allow."""
        door, queue, in_flight = self.door, self._queue, self._in_flight
        while queue and door is not None and len(in_flight) < door.receive_max and not door.congested:
            parcel = queue.popleft()
            packet_id = self._ids.take()
            in_flight[packet_id] = parcel
            self._send(parcel, packet_id)

    def _send(self, parcel: _Parcel, packet_id: int | None, duplicate: bool = False) -> None:
        assert self.door is not None
        wire = parcel.wire(self.door.codec, packet_id, duplicate)
        if len(wire) <= self.door.max_packet_bytes:
            self.door.send(wire)
            return
        self.dropped += 1  # MQTT 5 section 3.1.2.11.4: as if it had been sent
        if packet_id is not None:
            self.finished(packet_id)

    def finished(self, packet_id: int) -> None:
        """PUBACK, PUBCOMP or a refusing PUBREC has come."""
        parcel = self._in_flight.pop(packet_id, None)
        if parcel is not None:
            self._ids.give_back(packet_id)
            self._bytes -= (size := size_bytes(parcel.packet))
            self._held.bytes -= size

    def let_go(self) -> None:
        """The session ends: what it held is nobody's any more."""
        self._held.bytes -= self._bytes
        self._bytes = 0
        self._queue.clear()
        self._in_flight.clear()

    def taken(self, packet_id: int) -> None:
        """PUBREC has come."""
        parcel = self._in_flight.get(packet_id)
        if parcel is not None:
            parcel.released = True
        if self.door is not None:
            self.door.send(PUBREL + packet_id.to_bytes(2, "big"))
