"""Which received packets still await their acknowledgement, and in which order it goes out.

Acknowledgements leave in receive order: only the settled ones before the first unsettled one. A packet is its own
token: after a reconnect the ledger holds none of the old ones, so that a late settlement finds nothing to answer.
QoS 2 (MQTT 5 section 4.3.3, method A): PUBREC is held back until the message is settled; a packet id between PUBREC
and PUBREL is known, and its repetition is answered and not delivered. Never here: I/O, time, who subscribed.
"""

from collections import deque
from collections.abc import Iterable

from mqtt5 import PublishPacket

from nodes.clients.mqtt.errors import Malformed

Incoming = PublishPacket
"""A received message: topic, payload, qos, retain, duplicate, and MQTT 5's properties, all read-only.

The enumerations of `mqtt5` compare equal to numbers but are no `int` and always true: write `int(packet.qos)`.
"""

_PUBACK, _PUBREC, _PUBCOMP = b"\x40\x02", b"\x50\x02", b"\x70\x02"


class Inbox:
    """The ledger of one session; without I/O."""

    def __init__(self) -> None:
        self._order: deque[int] = deque()
        self._pending: dict[int, Incoming | None] = {}  # None: settled, waits for its turn
        self._exact: set[int] = set()  # which of the pending are QoS 2
        self._shares: dict[int, int] = {}  # pending that more than one subscriber must settle
        self._released: set[int] = set()  # PUBREC went out, PUBREL awaited
        self._carried: dict[int, Incoming | None] = {}  # QoS 2 of the last connection, not yet answered

    def __len__(self) -> int:
        return len(self._pending)

    def connected(self, session_present: bool) -> None:
        """A new connection: pending QoS 1 is void, since the broker sends it again; QoS 2 waits for its repetition."""
        if session_present:
            self._carried |= {packet_id: self._pending[packet_id] for packet_id in self._exact}
            self._shares = {packet_id: n for packet_id, n in self._shares.items() if packet_id in self._carried}
        else:
            self._carried.clear()
            self._released.clear()
            self._shares.clear()
        self._order.clear()
        self._pending.clear()
        self._exact.clear()

    def admit(self, packets: Iterable[Incoming]) -> list[Incoming]:
        """Those to deliver; repetitions of known QoS 2 packets are left out. Raises `Malformed` for an id in use."""
        fresh: list[Incoming] = []
        add, pending, line_up = fresh.append, self._pending, self._order.append
        for packet in packets:
            packet_id = packet.packet_id
            if packet_id is not None:
                if packet_id in pending:
                    raise Malformed(f"packet id {packet_id} came again before it was acknowledged")
                line_up(packet_id)
                pending[packet_id] = packet
                if packet.qos == 2 and self._is_known(packet_id, packet):
                    continue
            add(packet)
        return fresh

    def _is_known(self, packet_id: int, packet: Incoming) -> bool:
        self._exact.add(packet_id)
        if packet_id in self._released:
            self._pending[packet_id] = None
            return True
        if not packet.duplicate or packet_id not in self._carried:
            self._shares.pop(packet_id, None)
            return False
        before = self._carried.pop(packet_id)
        if before is not None and (before.topic, before.payload) != (packet.topic, packet.payload):
            return False
        self._pending[packet_id] = before
        return True

    def share(self, packet: Incoming, subscribers: int) -> None:
        """Acknowledge this packet only after so many settlements."""
        if packet.packet_id is not None:
            self._shares[packet.packet_id] = subscribers

    def settle(self, packets: Iterable[Incoming]) -> None:
        """One subscriber is done with these; unknown and void ones are passed over."""
        pending, shares = self._pending, self._shares
        for packet in packets:
            packet_id = packet.packet_id
            if packet_id is None:
                continue
            ledger = pending
            if pending.get(packet_id) is not packet:
                if self._carried.get(packet_id) is not packet:
                    continue
                ledger = self._carried
            if shares and self._is_shared(packet_id):
                continue
            ledger[packet_id] = None

    def _is_shared(self, packet_id: int) -> bool:
        left = self._shares.pop(packet_id, 1) - 1
        if left:
            self._shares[packet_id] = left
        return left > 0

    def take_acks(self) -> bytes:
        """PUBACK and PUBREC for the settled packets whose turn has come."""
        order, pending, exact = self._order, self._pending, self._exact
        acks: list[bytes] = []
        while order and pending[order[0]] is None:
            packet_id = order.popleft()
            del pending[packet_id]
            if packet_id in exact:
                exact.remove(packet_id)
                self._released.add(packet_id)
                acks.append(_PUBREC)
            else:
                acks.append(_PUBACK)
            acks.append(packet_id.to_bytes(2, "big"))
        return b"".join(acks)

    def release(self, packet_id: int) -> bytes:
        """PUBCOMP for a PUBREL; also for an unknown id, since the broker may have lost our first answer."""
        self._released.discard(packet_id)
        return _PUBCOMP + packet_id.to_bytes(2, "big")
