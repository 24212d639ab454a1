"""A node in its place in the flow: wires out, counters, what it holds. No asyncio, no time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowengine.catalog.every_node import QueueLimits, SpoolLimits
from flowengine.flow.model import NodeSpec
from flowengine.message import Messages
from flowengine.node import Sink, Source
from flowengine.runtime.arrivals import ArrivalTimes
from flowengine.runtime.orders import Orders
from flowengine.runtime.receipt import Ledger, Receipt
from flowengine.store.spool import Spool

Tap = Callable[[Messages], None]
PortTap = Callable[[str, Messages], None]
Handle = Callable[["Station", Messages, Receipt, float], None]


class Queue(Protocol):
    """What stands before a station that does not run in its caller's turn: memory or a spool."""

    step: str
    """What waiting in it is called in a trace."""

    messages: int
    """How many wait."""

    @property
    def limits(self) -> QueueLimits | SpoolLimits:
        """Its bounds, and what gives when they are reached."""

    @property
    def durable(self) -> bool:
        """Whether what waits survives the end of the process."""

    @property
    def spool(self) -> Spool | None:
        """What is behind a durable one."""

    @property
    def full(self) -> bool:
        """Whether whoever put last should wait."""

    @property
    def size_bytes(self) -> int:
        """About how many bytes wait."""

    @property
    def fill(self) -> tuple[int, int]:
        """How much of its bound is taken, and the bound: messages in RAM, KiB on disk."""

    def put(self, messages: Messages, receipt: Receipt) -> None:
        """Take a batch over, or drop by policy. Never waits; a full queue reports itself to `pressed`."""

    def put_back(self, messages: Messages, receipt: Receipt) -> None:
        """Return a batch that was taken and not delivered, in front of the others."""

    async def take(self, limit: int) -> tuple[Messages, Receipt]:
        """The oldest messages, at most `limit` unless one batch is larger; waits for them."""

    def take_all(self) -> Sequence[tuple[Messages, Receipt]]:
        """Give up everything that waits in RAM, for a queue of another kind."""

    def purge(self) -> int:
        """Drop what waits and is not on its way; how many messages."""

    async def room(self) -> None:
        """Return when producers need not wait."""

    def adopt(self, station: Station) -> None:
        """Stand before the station that replaces the one it stood before."""

    async def close(self) -> None:
        """Let go of whatever it holds open; what is durable is on disk then."""


@dataclass(slots=True, eq=False)
class Wire:
    """From a port to a station; counts what passes, and shows it to a tap."""

    target: Station
    port: str
    count: int = 0
    tap: Tap | None = None


@dataclass(slots=True, eq=False)
class Station:
    """One node, running.

    received = passed + errored + dropped + held + queued, at any moment between calls.
    """

    name: str
    spec: NodeSpec
    node: Any = None
    handle: Handle | None = None
    wires: dict[str, tuple[Wire, ...]] = field(default_factory=dict)
    inbox: Queue | None = None
    way: Any = None
    """What leads to its node, where that runs elsewhere."""

    later: Any = None
    """Where its work waits when a turn of the loop has no time for it; None where it is always done at once."""

    committing: Any = None
    seen: Any = None
    ledger: Ledger = field(default_factory=Ledger)
    received: int = 0
    passed: int = 0
    sent: int = 0
    errored: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    busy_s: float = 0.0
    each_s: float = 0.0
    """About what its node takes for a message of a large batch; 0 where nobody knows."""

    in_write: int = 0
    put_off: int = 0
    """Messages that wait for a turn of the loop."""

    state: str = "starting"
    reason: str = ""
    last_error: str = ""
    held_up: str = ""
    """Of a source: which sink keeps it from going on."""
    write_since_s: float | None = None
    """Of a sink: when the write under way began."""
    stopwatch: Callable[[], float] = float
    arrivals: ArrivalTimes = field(default_factory=lambda: ArrivalTimes(int))
    orders: Orders = field(default_factory=Orders)
    """What people wait for a word about."""
    on_slow: Callable[[Station, float], None] | None = None
    on_wake: Callable[[Station], None] | None = None
    on_error: Callable[[Station, str, int], None] | None = None
    tap: PortTap | None = None

    def drop(self, reason: str, n: int = 1) -> None:
        """Count messages dropped under a declared policy."""
        self.dropped[reason] += n

    @property
    def is_source(self) -> bool:
        """Whether it brings messages in."""
        return isinstance(self.node, Source)

    @property
    def is_sink(self) -> bool:
        """Whether it takes messages out."""
        return isinstance(self.node, Sink)

    @property
    def held(self) -> int:
        """Messages taken in and neither passed on, dropped nor rejected."""
        waiting = self.inbox.messages if self.inbox is not None else 0
        return self.ledger.messages + waiting + self.in_write + self.put_off

    @property
    def balance(self) -> int:
        """Messages unaccounted for; anything but 0 is an engine fault."""
        return self.received - self.passed - self.errored - self.dropped.total() - self.held
