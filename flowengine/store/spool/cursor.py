"""How far a spool is acknowledged and how far it goes, on disk: two slots and a note in one file that keeps its size.

Written in place, so that a full disk cannot stop it. Until a slot is synced only that slot is
overwritten; the other one, synced before, outlives any torn write. The note says where the log ended at the last
commit; it is not synced by itself, and tells at start how many records a damaged end has lost.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fastcrc.crc32 import iscsi as crc32c

from flowengine.store.spool.disk import Disk
from flowengine.store.spool.ranges import Ranges

MAX_RANGES = 128
SLOT_BYTES = 4096
NAME = "cursor"
_HEAD = struct.Struct("<8sQQI")
_MAGIC = b"FLOWCUR1"
_NOTE = struct.Struct("<8sQ")
_NOTE_MAGIC = b"FLOWEND1"
_SIZE_BYTES = 2 * SLOT_BYTES + _NOTE.size + 4


@dataclass(slots=True, frozen=True)
class Mark:
    """All below `cursor` is done, and the `done` ranges beyond it (the lowest `MAX_RANGES` of them)."""

    cursor: int
    done: tuple[tuple[int, int], ...] = ()

    def covers(self, start: int, end: int) -> bool:
        """Whether a restart from this mark needs nothing of the range."""
        return end <= self.cursor or any(a <= max(start, self.cursor) and end <= b for a, b in self.done)

    def ranges(self) -> Ranges:
        """The done ranges as a set."""
        ranges = Ranges()
        for start, end in self.done:
            ranges.add(start, end)
        return ranges


def mark(cursor: int, done: Ranges) -> Mark:
    """What is kept of a state."""
    return Mark(cursor, tuple(islice(done, MAX_RANGES)))


def _encode(generation: int, state: Mark) -> bytes:
    numbers = [number for pair in state.done for number in pair]
    body = _HEAD.pack(_MAGIC, generation, state.cursor, len(state.done)) + struct.pack(f"<{len(numbers)}Q", *numbers)
    return body + crc32c(body).to_bytes(4, "little")


def _decode(slot: bytes) -> tuple[int, Mark] | None:
    if len(slot) < _HEAD.size or not slot.startswith(_MAGIC):
        return None
    _, generation, cursor, count = _HEAD.unpack_from(slot)
    end = _HEAD.size + 16 * count
    if count > MAX_RANGES or crc32c(slot[:end]).to_bytes(4, "little") != slot[end : end + 4]:
        return None
    numbers = struct.unpack_from(f"<{2 * count}Q", slot, _HEAD.size)
    return generation, Mark(cursor, tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _encode_note(end: int) -> bytes:
    body = _NOTE.pack(_NOTE_MAGIC, end)
    return body + crc32c(body).to_bytes(4, "little")


def _decode_note(data: bytes) -> int:
    body = data[: _NOTE.size]
    if len(data) < _NOTE.size + 4 or crc32c(body).to_bytes(4, "little") != data[_NOTE.size : _NOTE.size + 4]:
        return 0
    magic, end = _NOTE.unpack(body)
    return int(end) if magic == _NOTE_MAGIC else 0


def read_mark(content: bytes) -> tuple[int | None, int]:
    """Up to where all is done and where the log ends, as the file's content says; None and 0 where it says neither."""
    slots = (_decode(content[at : at + SLOT_BYTES]) for at in (0, SLOT_BYTES))
    found = max((slot for slot in slots if slot is not None), key=lambda slot: slot[0], default=None)
    return found[1].cursor if found is not None else None, _decode_note(content[2 * SLOT_BYTES :])


class CursorFile:
    """The file, open. `found` is the newest mark at opening, None for a new or wholly damaged file."""

    def __init__(self, disk: Disk, folder: Path):
        self._disk = disk
        self._folder = folder
        self._handle = -1
        self.found: Mark | None = None
        self.end = 0
        """Where the log ended at the last commit that was noted; 0 when none was."""
        self._generation = 0
        self._slot = 0
        if NAME in disk.names(folder):
            self._open()
        else:
            self._create(NAME)

    def write(self, state: Mark) -> None:
        """The mark survives a crash of the process."""
        self._generation += 1
        self._disk.write(self._handle, _encode(self._generation, state), self._slot * SLOT_BYTES)

    def note_end(self, end: int) -> None:
        """The log reaches to before `end`; survives a crash of the process."""
        self.end = end
        self._disk.write(self._handle, _encode_note(end), 2 * SLOT_BYTES)

    def sync(self) -> None:
        """The mark written last survives a power cut."""
        self._disk.sync(self._handle)
        self._slot ^= 1

    def replace(self, state: Mark) -> None:
        """A new file instead of one whose sync failed: what the system still holds of that is not trusted."""
        self.close()
        fresh = f"{NAME}.new"
        self._disk.remove(self._folder / fresh)
        self._create(fresh)
        self.write(state)
        self.note_end(self.end)
        self.sync()
        self._disk.rename(self._folder / fresh, self._folder / NAME)
        self._disk.sync_folder(self._folder)

    def close(self) -> None:
        """The handle is given back; it may be closed already."""
        if self._handle >= 0:
            self._disk.close(self._handle)
        self._handle = -1

    def _create(self, name: str) -> None:
        self._handle = self._disk.create(self._folder / name)
        self._disk.write(self._handle, bytes(_SIZE_BYTES), 0)
        self._disk.sync(self._handle)
        self._disk.sync_folder(self._folder)

    def _open(self) -> None:
        self._handle = self._disk.open(self._folder / NAME, write=True)
        data = self._disk.read(self._handle, _SIZE_BYTES, 0)
        self.end = _decode_note(data[2 * SLOT_BYTES :])
        slots = [_decode(data[at : at + SLOT_BYTES]) for at in (0, SLOT_BYTES)]
        valid = [(found, at) for at, found in enumerate(slots) if found]
        if valid:
            (self._generation, self.found), at = max(valid, key=lambda entry: entry[0][0])
            self._slot = at ^ 1
        if len(data) < 2 * SLOT_BYTES:
            self._disk.write(self._handle, bytes(2 * SLOT_BYTES - len(data)), len(data))
        self._disk.sync(self._handle)
