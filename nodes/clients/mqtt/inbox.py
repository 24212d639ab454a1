"""Which received packets still await their acknowledgement, and in which order it goes out.

Acknowledgements leave in receive order, QoS 1 and QoS 2 each for itself (MQTT 5 section 4.6): only the settled ones
before the first unsettled one. A packet is its own token. Over a reconnect that keeps the session, the broker sends
again what it has no acknowledgement for, with the same packet id and DUP: what is still held here takes the new
connection's acknowledgement and is not delivered again. Nothing is assumed where the session is new, and nothing of
DUP alone: topic and payload must be the same too, since a broker may start from an older copy of its own state.
The same goes for what was acknowledged last on the connection just before, if this broker's identifiers count up.
QoS 2 (MQTT 5 section 4.3.3, method A): PUBREC is held back until the message is settled; a packet id between PUBREC
and PUBREL is known, and its repetition is answered and not delivered. Never here: I/O, time, who subscribed.
"""

from collections import deque
from collections.abc import Iterable

from mqtt5 import PublishPacket

from nodes.clients.mqtt.answered import Answered
from nodes.clients.mqtt.errors import Malformed

Incoming = PublishPacket
"""A received message: topic, payload, qos, retain, duplicate, and MQTT 5's properties, all read-only.

The enumerations of `mqtt5` compare equal to numbers but are no `int` and always true: write `int(packet.qos)`.
"""

_PUBACK, _PUBREC, _PUBCOMP = b"\x40\x02", b"\x50\x02", b"\x70\x02"
Print = int
"""Stands for a settled packet, by which its repetition is known without keeping its payload."""
_Awaited = Incoming | Print


class SessionLedger:
    """The ledger of one session; without I/O."""

    def __init__(self) -> None:
        self._order: deque[int] = deque()  # QoS 1
        self._exact_order: deque[int] = deque()  # QoS 2
        self._pending: dict[int, _Awaited] = {}  # a print: settled, waits for its turn
        self._due: list[bytes] = []
        self._shares: dict[int, int] = {}  # awaited packets that more than one subscriber must settle
        self._released: set[int] = set()  # PUBREC went out, PUBREL awaited
        self._carried: dict[int, _Awaited] = {}  # of earlier connections, not sent again yet
        self._answered = Answered()
        self._unheard: dict[int, Print] = {}  # acknowledged on the connection before; the broker may not have read it

    def __len__(self) -> int:
        return len(self._pending)

    def lost(self) -> None:
        """The connection is gone: what was pending can still be settled, and waits for its repetition."""
        self._carried |= self._pending
        self._order.clear()
        self._exact_order.clear()
        self._pending.clear()
        self._due.clear()

    def connected(self, session_present: bool) -> None:
        """A new connection; everything of the earlier ones is void where the broker has no session."""
        self.lost()
        self._unheard = self._answered.take()
        if not session_present:
            self._unheard.clear()
            self._answered.clear()
            self._carried.clear()
            self._released.clear()
            self._shares.clear()

    def admit(self, packets: Iterable[Incoming]) -> list[Incoming]:
        """Those to deliver; repetitions of known packets are left out. Raises `Malformed` for an id in use."""
        fresh: list[Incoming] = []
        add, pending, carried, unheard = fresh.append, self._pending, self._carried, self._unheard
        line_up, line_up_exact = self._order.append, self._exact_order.append
        for packet in packets:
            packet_id = packet.packet_id
            if packet_id is not None:
                if packet_id in pending:
                    raise Malformed(f"packet id {packet_id} came again before it was acknowledged")
                exact = packet.qos == 2
                (line_up_exact if exact else line_up)(packet_id)
                if exact or carried or unheard:
                    before = self._before(packet_id, packet, exact)
                    if before is not None:
                        pending[packet_id] = before
                        continue
                pending[packet_id] = packet
            add(packet)
        return fresh

    def _before(self, packet_id: int, packet: Incoming, exact: bool) -> _Awaited | None:
        """What this packet repeats; None for a new one."""
        before = self._carried.pop(packet_id, None)
        if exact and packet_id in self._released:
            return _print(packet)
        if not packet.duplicate:
            self._unheard.clear()  # what is sent again comes before what is new
        elif before is None and not exact:
            before = self._unheard.pop(packet_id, None)
        if before is not None and packet.duplicate and _is_same(before, packet):
            return before
        self._shares.pop(packet_id, None)
        return None

    def share(self, packet: Incoming, subscribers: int) -> None:
        """Acknowledge this packet only after so many settlements."""
        if packet.packet_id is not None:
            self._shares[packet.packet_id] = subscribers

    def settle(self, packets: Iterable[Incoming]) -> None:
        """One subscriber is done with these; unknown and void ones are passed over."""
        order, pending, shares, due = self._order, self._pending, self._shares, self._due
        answered = self._answered.add
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
            if ledger is pending and order and order[0] == packet_id:
                order.popleft()
                del pending[packet_id]
                due.append(_PUBACK + packet_id.to_bytes(2, "big"))
                answered((packet_id, _print(packet)))
            else:
                ledger[packet_id] = _print(packet)

    def _is_shared(self, packet_id: int) -> bool:
        left = self._shares.pop(packet_id, 1) - 1
        if left:
            self._shares[packet_id] = left
        return left > 0

    def take_acks(self) -> bytes:
        """PUBACK and PUBREC for the settled packets whose turn has come."""
        due, pending = self._due, self._pending
        for order, kind in ((self._order, _PUBACK), (self._exact_order, _PUBREC)):
            while order and type(pending[order[0]]) is int:
                packet_id = order.popleft()
                settled = pending.pop(packet_id)
                if kind is _PUBREC:
                    self._released.add(packet_id)
                elif type(settled) is int:
                    self._answered.add((packet_id, settled))
                due.append(kind + packet_id.to_bytes(2, "big"))
        if not due:
            return b""
        acks = b"".join(due)
        due.clear()
        return acks

    def release(self, packet_id: int) -> bytes:
        """PUBCOMP for a PUBREL; also for an unknown id, since the broker may have lost our first answer."""
        self._released.discard(packet_id)
        return _PUBCOMP + packet_id.to_bytes(2, "big")


def _print(packet: Incoming) -> Print:
    return hash((packet.topic, packet.payload))


def _is_same(before: _Awaited, packet: Incoming) -> bool:
    if isinstance(before, int):
        return before == _print(packet)
    return before.topic == packet.topic and before.payload == packet.payload
