"""What a durable wire needs of its store: the segment log of this package now, a distributed one later.

The unit that travels is a batch of opaque records. A position is a number that grows by one from
record to record and is never given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flowengine.errors import FlowError


class SpoolError(FlowError):
    """A spool cannot be opened or used."""


class SpoolInUse(SpoolError):
    """Another process, or this one, has the spool open."""


class UnknownFormat(SpoolError):
    """The spool was written by a later version; nothing in it is touched."""


@dataclass(slots=True, frozen=True)
class Batch:
    """Records at successive positions from `first` on; `arrived_ns` has one entry a record (UTC)."""

    first: int
    records: Sequence[bytes]
    arrived_ns: Sequence[int]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def positions(self) -> range:
        """What to hand to `ack` or `nack`; a part of it will do."""
        return range(self.first, self.first + len(self.records))


@dataclass(slots=True, frozen=True)
class Stats:
    """A spool at one moment. Totals count since it was opened.

    `records` waits for acknowledgement, in flight or not; `size_bytes` is about what that takes on disk,
    `disk_bytes` what the segments take. `oldest_ns` is when the oldest of them arrived, 0 for none or
    not read yet. `gaps` and `lost` count damaged places and the records in them, `cut_bytes` what was
    cut off the end at opening, `quarantined` the files kept aside. `healthy` is false from the first
    failed sync on, and while the disk is full.
    """

    records: int = 0
    in_flight: int = 0
    size_bytes: int = 0
    disk_bytes: int = 0
    max_bytes: int = 0
    pending_bytes: int = 0
    oldest_ns: int = 0
    appended: int = 0
    acked: int = 0
    dropped: int = 0
    gaps: int = 0
    lost: int = 0
    cut_bytes: int = 0
    quarantined: int = 0
    commits: int = 0
    write_bytes_s: float = 0.0
    healthy: bool = True
    disk_full: bool = False
    last_error: str = ""

    @property
    def full_in_s(self) -> float:
        """Seconds until `max_bytes` are reached at the present rate if nothing is acknowledged."""
        room = max(0, self.max_bytes - self.disk_bytes - self.pending_bytes)
        return room / self.write_bytes_s if self.write_bytes_s > 0 else float("inf")


class Spool(Protocol):
    """A durable queue. One reader, any number of writers, all on one event loop."""

    on_lost: Callable[[int], None]
    """Hears how many records turned out to be lost to damage of the disk, whenever some do."""

    @property
    def full(self) -> bool:
        """Whether appends are refused: bound reached, disk full, or the store failing."""

    def append_nowait(
        self, records: Sequence[bytes], arrived_ns: int, on_durable: Callable[[], object], beyond: bool = False
    ) -> int | None:
        """The first position, None when full; `on_durable` is called in the loop when a power cut cannot take them.

        The sequence belongs to the spool from now on. `beyond` takes them even when full, for callers that
        then wait for `room`. An append that never becomes durable (the spool is closed on a full disk) never calls.
        """

    async def append(self, records: Sequence[bytes], arrived_ns: int) -> int | None:
        """The first position, once durable; None when full."""

    async def room(self) -> None:
        """Return when appends are taken."""

    def read(self, max_records: int, max_bytes: int) -> Batch | None:
        """The oldest records not yet delivered, what was returned first; None when there is none in RAM."""

    async def available(self) -> None:
        """Return when `read` has something to give, or the spool is closed."""

    def ack(self, positions: range) -> None:
        """These are done, in any order; they do not come again after a restart. Twice does no harm."""

    def nack(self, positions: range) -> None:
        """These come again, in order, before anything new."""

    def drop_oldest(self, size_bytes: int) -> int:
        """Make room for at least `size_bytes` if that much waits undelivered; how many records were dropped."""

    def purge(self) -> int:
        """Drop all that is durable and not in flight; how many records."""

    async def peek(self, n: int, start: int = 0) -> list[Batch]:
        """At most `n` records that wait, from position `start` on, without delivering them."""

    def stats(self) -> Stats:
        """The present moment."""

    async def close(self) -> int:
        """Everything appended is synced and the store released; how many records could not be made durable."""
