"""What refuses a payload: the words that refusals are counted by, and the bounds of size, depth and values."""

from typing import Any

import msgspec

from flowengine.counts import count_of
from nodes.codecs import cbor
from nodes.codecs.depth import is_deeper
from nodes.codecs.keys import BadKey, TooMany
from nodes.codecs.wording import plain_words

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_VALUES = MAX_BYTES // 10
"""Values in a payload, those of all its lists and maps together: one for ten bytes, and more where a flow allows more
than a MiB. What a node does to each takes a microsecond or so, and nothing else moves meanwhile."""


class BadPayload(ValueError):
    """Bytes that are not of the format, or break a limit; or a value that a format cannot hold."""

    def __init__(self, reason: str, detail: str) -> None:
        """Take a short stable `reason`, fit to be a metric's label, and a `detail` for people."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def refused(error: Exception, data: bytes) -> BadPayload:
    """What to raise for a fault of these bytes."""
    if not data:
        return BadPayload("empty", "no bytes")
    return BadPayload(_reason(error), plain_words(error, data))


def _reason(error: Exception) -> str:
    if isinstance(error, TooMany):
        return "too_many"
    if isinstance(error, BadKey) or "must be hashable" in str(error):
        return "bad_key"
    if isinstance(error, (RecursionError, cbor.DeepCbor)):
        return "too_deep"
    if isinstance(error, UnicodeDecodeError):
        return "not_utf8"
    return "out_of_range" if isinstance(error, msgspec.ValidationError) else "malformed"


def check_size(data: bytes, max_bytes: int) -> None:
    """Raise BadPayload for more bytes."""
    if len(data) > max_bytes:
        raise BadPayload("too_large", f"{count_of(len(data), 'byte is', 'bytes are')} more than {max_bytes}")


def check_depth(value: Any, max_depth: int) -> None:
    """Raise BadPayload for more lists and maps inside each other."""
    if is_deeper(value, max_depth):
        raise BadPayload("too_deep", f"nested deeper than {max_depth}")


def most_values(max_bytes: int) -> int:
    """How many values a payload may hold where it may have so many bytes."""
    return max(MAX_VALUES, max_bytes // 10)
