"""The codec of what travels a wire of the cluster: a head and the records of some messages, with check sums. Pure.

length of the head 2 | head (MessagePack) | a frame of the spool, its check sums started from the head's
"""

from __future__ import annotations

import msgspec
from fastcrc.crc32 import iscsi as crc32c

from flowengine.store.spool.frame import HEADER, Chunk, decode, encode, header_at

MOST_RECORDS = 1000
MOST_BYTES = 400 * 1024
"""In one frame; a server takes 1 MiB where nobody says otherwise."""

MOST_RECORD_BYTES = 900 * 1024


class Head(msgspec.Struct, frozen=True, array_like=True):
    """Who sent a frame, as the how manyth of its subject, and how far the sender's own input that is in it reaches.

    `ordinal` and `part` grow with what the sender gives out of its committed input; both are 0 before the first.
    """

    epoch: int = 0
    sender: str = ""
    number: int = 0
    ordinal: int = 0
    part: int = 0

    @property
    def reach(self) -> tuple[int, int]:
        """What a later owner of the sender need not send again."""
        return self.ordinal, self.part


_head = msgspec.msgpack.Decoder(Head).decode
NOTHING = Head()


def pack(head: Head, records: list[bytes], arrived_ns: list[int]) -> bytes:
    """The frame."""
    start = msgspec.msgpack.encode(head)
    chunk = Chunk(head.number, records, arrived_ns, 0)
    return len(start).to_bytes(2, "little") + start + encode(crc32c(start), chunk)


def head_of(data: bytes) -> Head | None:
    """The head, None of what is no frame."""
    length = int.from_bytes(data[:2], "little")
    try:
        return _head(data[2 : 2 + length])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def unpack(data: bytes) -> tuple[Head, Chunk] | None:
    """Head and records of an undamaged frame, None for any other."""
    head, start = head_of(data), 2 + int.from_bytes(data[:2], "little")
    salt = crc32c(data[2:start])
    header = header_at(data, start, salt)
    if head is None or header is None:
        return None
    chunk = decode(header, data[start + HEADER.size :], salt)
    return None if chunk is None else (head, chunk)
