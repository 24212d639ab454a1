"""Who works on what in a cluster, and how far: owner, positions and state in one record, changed by compare-and-set.

Whoever lost its record learns it from its next write, before that can do harm: nothing of it takes effect.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable

import msgspec

from flowengine.errors import FlowError
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.port import Away, Conflict, Taken

log = logging.getLogger("flowengine.store")
UNIT, PART = "unit", "part"
TRIES, TRY_S = 10, 0.2
"""To learn what a record holds now: a leader that has just been elected may not know the last write yet."""

INLINE_BYTES = 128 * 1024
PART_BYTES = 512 * 1024


class Cursor(msgspec.Struct, frozen=True):
    """How far a wire was read: everything before `position`, with which the first frame from `sequence` on begins.

    `numbers` holds that of the last frame before it of each subject.
    """

    position: int = 1
    sequence: int = 1
    numbers: dict[str, int] = {}


class Stored(msgspec.Struct, frozen=True):
    """Bytes that stand in the record or, where they are many, in so many keys beside it."""

    data: bytes = b""
    parts: tuple[str, ...] = ()


FORMAT = 1
"""Of the record; it rises where an engine of today could not go on from what an engine of tomorrow writes."""


class Newer(FlowError):
    """It was written by a newer engine, and only such a one may go on with it."""


class Record(msgspec.Struct):
    """All that a unit needs to go on elsewhere."""

    owner: str = ""
    instance: str = ""
    epoch: int = 0
    cursors: dict[str, Cursor] = {}
    stored: dict[str, Stored] = {}
    format: int = FORMAT


_record = msgspec.msgpack.Decoder(Record).decode


class Units:
    """The records of one cluster, taken and given back: its `Leases`."""

    def __init__(self, keys: StreamKeys, beats: Beats):
        self._keys, self._beats = keys, beats

    async def all(self) -> dict[str, Record]:
        """Every record, perhaps not the newest. Raises `Away`."""
        found = await self._keys.aentries(UNIT)
        return {key.removeprefix(f"{UNIT}."): _record(entry.value) for key, entry in found.items()}

    def is_free(self, record: Record | None) -> bool:
        """Whether nobody who lives has it."""
        return record is None or not record.owner or not self._beats.alive(record.instance)

    def is_ours(self, record: Record) -> bool:
        """Whether the cluster takes this instance for its owner."""
        return bool(record.owner) and record.instance == self._beats.instance

    async def vacate(self, name: str) -> None:
        """Let others have what stands as ours and nobody runs: it could not be given back. Raises `Away`."""
        try:
            unit = await self.acquire(name, self._beats.owner, again=True)
        except (Taken, Newer):
            return
        await unit.give_back()

    async def acquire(self, name: str, owner: str, again: bool = False) -> Unit:
        """The unit, now one's own; with `again` one not given back. Raises `Taken`, `Newer`, `Away`."""
        found = await self._keys.aget(f"{UNIT}.{name}")
        record = _record(found.value) if found is not None else Record()
        if not self.is_free(record) and not (again and self.is_ours(record)):
            raise Taken(record.owner)
        if record.format > FORMAT:
            raise Newer(f"its record has format {record.format}, this engine knows {FORMAT}")
        record.owner, record.instance, record.epoch = owner, self._beats.instance, record.epoch + 1
        unit = Unit(self._keys, name, record, 0 if found is None else found.revision)
        try:
            await unit.write()
        except Away:
            if unit.lost:
                raise Taken("somebody who was faster") from None
            raise
        return unit

    def take(self, name: str, owner: str) -> Unit:
        """`acquire` from another thread. Blocking."""
        return self._keys.jetstream.wait(self.acquire(name, owner))


class Unit:
    """A record that is one's own until it is `lost`."""

    def __init__(self, keys: StreamKeys, name: str, record: Record, revision: int):
        self.name, self.lost = name, False
        self.on_lost: Callable[[], None] = lambda: None
        self.cursors: dict[str, Callable[[], Cursor]] = {}
        """Where the readers of this unit's wires are; asked at each write."""
        self._keys, self._record, self._revision = keys, record, revision
        self._busy = asyncio.Lock()
        self._is_own = False
        self._slots: dict[str, set[int]] = {}
        """Of what is kept in keys beside the record: in which slots it may stand, as far as the answers tell."""
        self._swept: set[str] = set()

    @property
    def epoch(self) -> int:
        """Grows with every owner."""
        return self._record.epoch

    @property
    def instance(self) -> str:
        """Of the worker that has it."""
        return self._record.instance

    def cursor(self, wire: str) -> Cursor:
        """Where the one before stopped reading."""
        return self._record.cursors.get(wire, Cursor())

    async def load(self, what: str) -> bytes | None:
        """What was stored last under this name; None for nothing. Raises `Away`, and ValueError for a part missing."""
        stored = self._record.stored.get(what)
        if stored is None or not stored.parts:
            return None if stored is None else stored.data
        parts = [await self._keys.aget(key) for key in stored.parts]
        missing = [key for key, part in zip(stored.parts, parts, strict=True) if part is None]
        if missing:
            raise ValueError(f"{', '.join(missing)} of {self.name} are gone")
        return b"".join(part.value for part in parts if part is not None)

    async def store(self, what: str, data: bytes | None) -> None:
        """Put it and all positions down in one change. Raises `Away`, an `OSError`; what stood there then stands."""
        slots = self._slots.setdefault(what, set())
        slot = next(each for each in itertools.count() if each not in slots)
        before = self._record.stored.get(what)
        stored, revision = (None, 0) if data is None else await self._apart(what, data, slot)
        slots.add(slot)
        self._set_stored(what, stored)
        try:
            await self.write()
        except BaseException:
            # Or this one stands, if only the answer was lost: its slot is not written again.
            self._set_stored(what, before)
            raise
        if revision and (what not in self._swept or len(slots) > 2):
            await self._sweep(what, revision)
        slots &= {slot}

    def _set_stored(self, what: str, stored: Stored | None) -> None:
        if stored is None:
            self._record.stored.pop(what, None)
        else:
            self._record.stored[what] = stored

    async def write(self) -> None:
        """Put all down as it is. Raises `Away`, also where it is lost."""
        async with self._busy:
            self._record.cursors |= {wire: cursor() for wire, cursor in self.cursors.items()}
            await self._put()

    def lose(self) -> None:
        """It is another's: nothing is written any more."""
        if not self.lost:
            self.lost = True
            self.on_lost()

    async def give_back(self) -> None:
        """Others may have it. Raises `Away`."""
        self.cursors.clear()
        self._record.owner = ""
        await self.write()

    def release(self) -> None:
        """`give_back` from another thread. Blocking; twice does no harm."""
        if not self.lost and self._record.owner:
            self._keys.jetstream.wait(self.give_back())

    async def _put(self) -> None:
        key = f"{UNIT}.{self.name}"
        for _ in range(TRIES):
            if self.lost:
                raise Away(f"{self.name} is another's")
            try:
                self._revision = await self._keys.aput(key, msgspec.msgpack.encode(self._record), self._revision)
            except Conflict:
                await self._learn(key)
            else:
                self._is_own = True
                return
        raise Away(f"the servers do not say what {self.name} holds now")

    async def _learn(self, key: str) -> None:
        """Why a write was refused: one of our own stands there, whose answer was lost, or the record is another's."""
        found = await self._keys.aget(key)
        there = _record(found.value) if found is not None else Record()
        if found is not None and (there.instance, there.epoch) == (self.instance, self.epoch):
            self._revision = found.revision
            self._is_own = True
        elif self._is_own and there.epoch < self.epoch:
            await asyncio.sleep(TRY_S)  # from before we had it: epochs only grow
        else:
            self.lose()

    async def _apart(self, what: str, data: bytes, slot: int) -> tuple[Stored, int]:
        """Large bytes in keys of this owner alone, where no other's write falls; and the revision of the first."""
        if len(data) <= INLINE_BYTES:
            return Stored(data), 0
        names = [
            f"{_part(self.name, what)}.{self.epoch}.{slot}.{index}" for index in range(-(-len(data) // PART_BYTES))
        ]
        revisions = [
            await self._keys.aput(key, data[index * PART_BYTES : (index + 1) * PART_BYTES])
            for index, key in enumerate(names)
        ]
        return Stored(parts=tuple(names)), revisions[0]

    async def _sweep(self, what: str, revision: int) -> None:
        """Nothing refers any more to what earlier owners put beside the record, nor to what failed."""
        try:
            await self._keys.asweep(_part(self.name, what), revision)
            self._swept.add(what)
        except Away as away:
            log.debug("%s: old parts stay for now: %s", self.name, away)


def _part(unit: str, what: str) -> str:
    return f"{PART}.{unit}.{token(what)}"


def token(text: str) -> str:
    """The text as one word of a subject; other texts give other words."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else f"={ord(c):x}=" for c in text)
