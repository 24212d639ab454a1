"""The codec of a frame: the records of one commit, with their check sums. Pure; files are elsewhere.

    magic 4 | header crc 4 | body crc 4 | body bytes 4 | count 4 | first sequence 8 | body
    body = count arrival times (8 bytes each, ns) | count lengths (4 bytes each) | the records

All numbers are little endian. Both check sums are CRC-32C (RFC 3720, section 12.1), started from the
segment's random salt: a record that contains a frame of another place is never taken for one. The
header has its own, so that a forged or flipped length is never followed.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from fastcrc.crc32 import iscsi as crc32c

MAGIC = b"\xf1\xfeFr"
HEADER = struct.Struct("<4sIIIIQ")
_CHECKED = struct.Struct("<IIIQ")
_CHECKED_AT = 8
RECORD_OVERHEAD_BYTES = 12
MOST_RECORDS = 50
"""In one frame; larger commits are several."""
MAX_BODY_BYTES = 1 << 30
"""Lengths are 32 bits; a quarter of that keeps one frame readable in RAM."""


@dataclass(slots=True, eq=False)
class Chunk:
    """Records with successive sequences from `first` on; `arrived_ns` has one entry a record (UTC)."""

    first: int
    records: Sequence[bytes]
    arrived_ns: Sequence[int]
    size_bytes: int

    @property
    def end(self) -> int:
        """The sequence after the last."""
        return self.first + len(self.records)


@dataclass(slots=True, frozen=True)
class Header:
    """What stands before a body."""

    body_crc: int
    body_bytes: int
    count: int
    first: int

    @property
    def end(self) -> int:
        """The sequence after the frame's last."""
        return self.first + self.count


def pieces(chunk: Chunk) -> Iterator[Chunk]:
    """The chunk in frames' worth: a damaged place costs one frame, so at most `MOST_RECORDS`."""
    if len(chunk.records) <= MOST_RECORDS:
        yield chunk
        return
    for start in range(0, len(chunk.records), MOST_RECORDS):
        records = chunk.records[start : start + MOST_RECORDS]
        arrived_ns = chunk.arrived_ns[start : start + MOST_RECORDS]
        yield Chunk(chunk.first + start, records, arrived_ns, sum(map(len, records)))


def encode(salt: int, chunk: Chunk) -> bytes:
    """The frame. Raises `ValueError` where the records do not fit into one."""
    count = len(chunk.records)
    lengths = struct.pack(f"<{count}I", *map(len, chunk.records))
    times = struct.pack(f"<{count}q", *chunk.arrived_ns)
    body = b"".join((times, lengths, *chunk.records))
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"a frame holds at most {MAX_BODY_BYTES} bytes, these records make {len(body)}")
    checked = _CHECKED.pack(crc32c(body, salt), len(body), count, chunk.first)
    return b"".join((MAGIC, crc32c(checked, salt).to_bytes(4, "little"), checked, body))


def header_at(data: bytes, offset: int, salt: int) -> Header | None:
    """The header that begins at `offset`, None where there is no whole and undamaged one."""
    if offset + HEADER.size > len(data) or not data.startswith(MAGIC, offset):
        return None
    _, header_crc, body_crc, body_bytes, count, first = HEADER.unpack_from(data, offset)
    checked = data[offset + _CHECKED_AT : offset + HEADER.size]
    if crc32c(checked, salt) != header_crc or body_bytes < count * RECORD_OVERHEAD_BYTES or not count:
        return None
    return Header(body_crc, body_bytes, count, first)


def decode(header: Header, body: bytes, salt: int) -> Chunk | None:
    """The records of an undamaged body, None for any other."""
    if len(body) != header.body_bytes or crc32c(body, salt) != header.body_crc:
        return None
    count = header.count
    lengths = struct.unpack_from(f"<{count}I", body, 8 * count)
    ends = accumulate(lengths, initial=RECORD_OVERHEAD_BYTES * count)
    records = [body[start:end] for start, end in pairwise(ends)]
    if RECORD_OVERHEAD_BYTES * count + sum(lengths) != len(body):
        return None
    return Chunk(header.first, records, array("q", struct.unpack_from(f"<{count}q", body)), len(body))
