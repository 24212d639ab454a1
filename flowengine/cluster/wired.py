"""The queues of a stage on the wires of its cluster: what comes in along one, and what is sent along another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastcrc.crc32 import iscsi as crc32c
from msgspec import DecodeError

from flowengine.catalog.every_node import SpoolLimits
from flowengine.clock import Clock
from flowengine.ending import side_by_side
from flowengine.expression import TemplateError
from flowengine.message import Message, Messages, pack, unpack
from flowengine.node import Router, Transform
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import fail
from flowengine.runtime.spooled import SpoolInbox, SpoolReceipt
from flowengine.runtime.station import Queue, Station
from flowengine.store.jetstream.frames import MOST_BYTES, MOST_RECORD_BYTES, MOST_RECORDS
from flowengine.store.jetstream.log import WireLog
from flowengine.store.jetstream.wire import Parcel, Sender

MOST_WAITING_BYTES = 8 * 2**20
UNFIT = (OverflowError, TypeError, ValueError, RecursionError)


class Intake(SpoolInbox):
    """Stands before the head of a stage; others put in what it gives."""

    def __init__(self, wire: WireLog, limits: SpoolLimits, station: Station, pressed: list[Queue], clock: Clock):
        super().__init__(wire, limits, station, pressed, clock)
        wire.on_arrived = self._arrived

    def _arrived(self, count: int) -> None:
        self.messages += count
        self._station.received += count

    def _receipt(self, positions: range, size_bytes: int) -> SpoolReceipt:
        receipt = super()._receipt(positions, size_bytes)
        if isinstance(self._station.node, Transform | Router):
            # What they make of a frame is the same at a replay, and in the same order.
            receipt.ordinal = positions.start + 1
        return receipt


class Outgoing:
    """Stands before a node that runs elsewhere: what is put into it goes along its wire, by key to a partition."""

    step = "wire"
    durable = False
    spool = None

    def __init__(
        self,
        senders: Sequence[Sender],
        limits: SpoolLimits,
        station: Station,
        pressed: list[Queue],
        clock: Clock,
        exact: bool,
    ):
        self.limits, self._exact = limits, exact
        self._senders, self._station, self._pressed, self._clock = senders, station, pressed, clock
        self.messages = self.size_bytes = 0
        self._ordinal = self._part = 0
        self._room = asyncio.Event()
        self._room.set()

    @property
    def full(self) -> bool:
        """Whether producers should wait."""
        return self.size_bytes >= MOST_WAITING_BYTES

    @property
    def fill(self) -> tuple[int, int]:
        """KiB that wait in RAM, and how many may."""
        return self.size_bytes // 1024, MOST_WAITING_BYTES // 1024

    def put(self, messages: Messages, receipt: Receipt) -> None:
        """Send a batch; its receipt settles once a majority of the servers has it."""
        shares: dict[int, list[bytes]] = {}
        for partition, message in zip(self._partitions(messages), messages, strict=True):
            if (record := self._packed(message, receipt)) is not None:
                shares.setdefault(partition, []).append(record)
        for partition, records in sorted(shares.items()):
            for part in _parts(records):
                self._hand_over(partition, part, receipt)
        receipt.settle()
        if self.full:
            self._room.clear()
            self._pressed.append(self)

    def _hand_over(self, partition: int, records: list[bytes], receipt: Receipt) -> None:
        count, size = len(records), sum(map(len, records))
        receipt.hold(1)
        self.messages += count
        self.size_bytes += size

        def on_sent() -> None:
            self.messages -= count
            self.size_bytes -= size
            self._station.passed += count
            if not self.full:
                self._room.set()
            receipt.settle()

        self._senders[partition].put(Parcel(records, self._clock.time_ns(), self._reach(receipt), on_sent))

    def _reach(self, receipt: Receipt) -> tuple[int, int]:
        """What the parcel is of: counted within what one receipt stands for, which comes in the same order again."""
        if not receipt.ordinal or not self._exact:
            return 0, 0
        self._part = self._part + 1 if receipt.ordinal == self._ordinal else 0
        self._ordinal = receipt.ordinal
        return self._ordinal, self._part

    def _partitions(self, messages: Messages) -> list[int]:
        if len(self._senders) == 1 or self.limits.key is None:
            return [0] * len(messages)
        try:
            keys = self.limits.key.each(messages)
        except TemplateError:
            keys = [self._key(message) for message in messages]
        return [_partition(key, len(self._senders)) for key in keys]

    def _key(self, message: Message) -> str:
        assert self.limits.key is not None
        try:
            return str(self.limits.key.each((message,))[0])
        except TemplateError:
            self._station.counted["without a partition key"] += 1
            return ""

    def _packed(self, message: Message, receipt: Receipt) -> bytes | None:
        try:
            record, fault = pack(message), "larger than a wire takes"
        except UNFIT as error:
            record, fault = b"", str(error)
        if record and len(record) <= MOST_RECORD_BYTES:
            return record
        receipt.hold()
        fail(self._station, (message,), f"cannot be sent: {fault}", receipt, self._clock.now_s())
        return None

    def put_back(self, messages: Messages, receipt: Receipt) -> None:
        """Nothing is ever taken here."""

    async def take(self, limit: int) -> tuple[Messages, Receipt]:
        """Never: its node runs elsewhere."""
        await asyncio.Event().wait()
        return (), Receipt()

    def take_all(self) -> Sequence[tuple[Messages, Receipt]]:
        """Nothing: what waits is on its way."""
        return []

    def purge(self) -> int:
        """Nothing: what waits is on its way."""
        return 0

    async def room(self) -> None:
        """Return when producers need not wait."""
        await self._room.wait()

    def adopt(self, station: Station) -> None:
        """Stand before the station that replaces the one it stood before."""
        self._station = station

    async def run(self) -> None:
        """Send, until cancelled."""
        await side_by_side(*(sender.run() for sender in self._senders))

    async def close(self) -> None:
        """Nothing: its tasks have ended."""


def partition_of(limits: SpoolLimits, record: bytes, partitions: int) -> int:
    """Where a record goes that stood in a spool; the first partition's where its key cannot be made."""
    if partitions == 1 or limits.key is None:
        return 0
    try:
        return _partition(str(limits.key.each((unpack(record),))[0]), partitions)
    except (TemplateError, DecodeError):
        return _partition("", partitions)


def _partition(key: str, partitions: int) -> int:
    return crc32c(key.encode("utf-8", "surrogatepass")) % partitions


def _parts(records: list[bytes]) -> list[list[bytes]]:
    """Records in frames' worth."""
    parts, size = [list[bytes]()], 0
    for record in records:
        if parts[-1] and (len(parts[-1]) >= MOST_RECORDS or size + len(record) > MOST_BYTES):
            parts, size = [*parts, []], 0
        parts[-1].append(record)
        size += len(record)
    return parts if parts[0] else []
