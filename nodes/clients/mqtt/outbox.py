"""Messages given to the broker and not yet acknowledged, from the first write to the last answer.

QoS 1 and 2 stay here until the broker has answered, over any number of connections: sent again with DUP in order where
the session was kept, published anew where it was not. Never here: I/O, time, encoding.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from flowengine.counts import count_of
from nodes.clients.mqtt.errors import PublishRefused
from nodes.clients.mqtt.settings import MqttSettings

PUBREL = b"\x62\x02"


class PacketIds:
    """Packet ids 1 to 65,535; one at a time per id, over PUBLISH, SUBSCRIBE and UNSUBSCRIBE (section 2.2.1)."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._last = 0

    def take(self) -> int:
        """A free id. Raises `LookupError` when all are taken."""
        if len(self._used) >= 65_535:
            raise LookupError("all packet ids are in use")
        while True:
            self._last = self._last % 65_535 + 1
            if self._last not in self._used:
                self._used.add(self._last)
                return self._last

    def give_back(self, packet_id: int) -> None:
        """The id may be used again."""
        self._used.discard(packet_id)


@dataclass(eq=False)
class Waiter:
    """A batch whose publisher waits for the last answer."""

    done: "asyncio.Future[None]"
    open: int
    refused: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, count: int) -> "Waiter":
        """For a batch of so many."""
        done = asyncio.get_running_loop().create_future()
        done.add_done_callback(_look_at)
        return cls(done, count)

    def settle(self, row: int, refusal: str | None = None) -> None:
        """One message of the batch is answered."""
        if refusal is not None:
            self.refused[row] = refusal
        self.open -= 1
        if not self.open and not self.done.done():
            if self.refused:
                self.done.set_exception(PublishRefused(dict(sorted(self.refused.items()))))
            else:
                self.done.set_result(None)


@dataclass(eq=False, slots=True)
class Entry:
    """One PUBLISH on its way; `wire` is its bytes."""

    wire: bytes
    qos: int
    waiter: Waiter
    row: int
    sent: bool = False
    released: bool = False
    """QoS 2: PUBREC has come, PUBCOMP is awaited."""


class Outbox:
    """Everything of QoS 1 and 2 that was accepted for publishing; without I/O."""

    def __init__(self, ids: PacketIds, write: Callable[[bytes], None]):
        self.ids = ids
        self._write = write
        self._entries: dict[int, Entry] = {}
        self._unsent: deque[int] = deque()
        self.in_flight = self._exact_in_flight = 0
        self.window = self._exact_window = 0
        """How many may be in flight, and how many of them with QoS 2; 0 while disconnected."""
        self.max_packet_bytes = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def waiting(self) -> int:
        """How many were not written on this connection yet."""
        return len(self._unsent)

    def is_full(self, settings: MqttSettings) -> bool:
        """Whether publishers should wait."""
        return len(self) >= settings.queue_messages or self.size_bytes >= settings.queue_bytes

    def add(self, packet_id: int, entry: Entry, first: bool = False) -> None:
        """Take over one message; `pump` sends it, before all others if it is `first`."""
        self._entries[packet_id] = entry
        (self._unsent.appendleft if first else self._unsent.append)(packet_id)
        self.size_bytes += len(entry.wire)

    def disconnected(self) -> None:
        """Nothing more goes out."""
        self.window = 0

    def rewrite(self, translated: Callable[[bytes], bytes]) -> None:
        """Put every message into other bytes; between two connections."""
        for entry in self._entries.values():
            self.size_bytes -= len(entry.wire)
            entry.wire = translated(entry.wire)
            self.size_bytes += len(entry.wire)

    def connected(self, session_present: bool, window: int, exact_window: int, max_packet_bytes: int) -> None:
        """A new connection: `pump` sends all that is unanswered again, in the old order, before anything new."""
        self.window, self._exact_window, self.max_packet_bytes = window, exact_window, max_packet_bytes
        self.in_flight = self._exact_in_flight = 0
        self._unsent = deque(self._entries)
        if not session_present:
            # The broker forgot the exchange, and whether it passed the message on: at least once means again.
            for entry in self._entries.values():
                entry.sent = entry.released = False

    def pump(self) -> None:
        """Write what the window allows, joined."""
        out: list[bytes] = []
        while self._unsent and self.in_flight < self.window:
            packet_id = self._unsent.popleft()
            entry = self._entries.get(packet_id)
            if entry is None:
                continue
            if entry.qos == 2 and self._exact_in_flight >= self._exact_window:
                self._unsent.appendleft(packet_id)
                break
            if entry.released:
                out.append(PUBREL + packet_id.to_bytes(2, "big"))
            elif len(entry.wire) > self.max_packet_bytes:
                self._finish(
                    packet_id, f"{count_of(len(entry.wire), 'byte is', 'bytes are')} more than the broker takes"
                )
                continue
            else:
                out.append(_again(entry.wire) if entry.sent else entry.wire)
                entry.sent = True
            self.in_flight += 1
            self._exact_in_flight += entry.qos == 2
        if out:
            self._write(b"".join(out))

    def acknowledged(self, packet_id: int, refusal: str | None = None) -> None:
        """PUBACK, or PUBCOMP, or a PUBREC that refuses; unknown ids are passed over."""
        entry = self._entries.get(packet_id)
        if entry is not None:
            self.in_flight -= 1
            self._exact_in_flight -= entry.qos == 2
            self._finish(packet_id, refusal)

    def received(self, packet_id: int) -> bytes:
        """The PUBREL that answers a PUBREC."""
        entry = self._entries.get(packet_id)
        if entry is not None:
            entry.released = True
        return PUBREL + packet_id.to_bytes(2, "big")

    def _finish(self, packet_id: int, refusal: str | None) -> None:
        entry = self._entries.pop(packet_id)
        self.ids.give_back(packet_id)
        self.size_bytes -= len(entry.wire)
        entry.waiter.settle(entry.row, refusal)

    def withdraw(self, waiter: Waiter) -> None:
        """Its publisher stopped waiting: what was never written is forgotten, the rest runs its course."""
        for packet_id in [key for key, entry in self._entries.items() if entry.waiter is waiter and not entry.sent]:
            self._finish(packet_id, None)

    def forget(self, waiter: Waiter) -> None:
        """Drop what this waiter waits for, sent or not; only between two connections.

        QoS 2 stays: the broker would take another message with the same packet id for a repetition.
        """
        for packet_id in [key for key, entry in self._entries.items() if entry.waiter is waiter and entry.qos < 2]:
            self._finish(packet_id, None)

    def fail(self, fault: Exception) -> None:
        """The client closes: whoever still waits gets `fault`."""
        for entry in self._entries.values():
            if not entry.waiter.done.done():
                entry.waiter.done.set_exception(fault)
        self._entries.clear()
        self._unsent.clear()


def _again(wire: bytes) -> bytes:
    return bytes((wire[0] | 8,)) + wire[1:]


def _look_at(done: "asyncio.Future[None]") -> None:
    """The publisher may have stopped waiting; asyncio need not complain about a refusal nobody reads."""
    if not done.cancelled():
        done.exception()
