"""CBOR (RFC 8949) from and to bytes, safely for data from outside. Which format a payload has is settled in `payload`.

Only tags that say what a number or time is are acted upon: 0 and 1 (date and time), 2 and 3 (big integers) and 55799
(this is CBOR). Every other tag is carried as CBORTag(number, value): compiled expressions, shared and cyclic values and
decimals of a billion digits would be the sender's way into our memory.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import cbor2

MAX_BIGNUM_BYTES = 128
"""Longer integers (tags 2 and 3) are refused: arithmetic with them, and printing them, takes quadratic time."""

_CARRIED_TAGS = (4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000)


class BadCbor(ValueError):
    """Not one well-formed CBOR item."""


class DeepCbor(BadCbor):
    """Containers are nested deeper than allowed."""


def decode(data: bytes, max_depth: int) -> Any:
    """Return the one item that `data` holds. Raises BadCbor when it is cut, not well-formed or followed by other bytes.

    Arrays are lists, maps dicts (of equal keys the last one wins), byte strings bytes; a time is an aware datetime.
    Tags count as depth like containers; an empty container does not.
    """
    stream = BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream, max_depth=max_depth, semantic_decoders=_TAG_DECODERS).decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError) as error:
        if "nesting depth" in str(error):
            raise DeepCbor(f"nested deeper than {max_depth}") from error
        raise BadCbor(str(error)) from error
    except RecursionError as error:
        raise DeepCbor(f"nested deeper than {max_depth}") from error
    if (read_bytes := stream.tell()) != len(data):
        raise BadCbor(f"{len(data) - read_bytes} bytes follow the item")
    return value


def encode(value: Any, other: Callable[[Any], Any]) -> bytes:
    """Return `value` as CBOR; `other` makes a known type of an unknown one. Raises BadCbor where it cannot."""
    try:
        return cbor2.dumps(value, default=lambda encoder, item: encoder.encode(other(item)))
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCbor(str(error)) from error


def _carried(number: int) -> Callable[[Any, bool], Any]:
    return lambda value, immutable: cbor2.CBORTag(number, value)


def _bignum(value: Any, immutable: bool) -> int:
    """Return the unsigned integer of tag 2 (RFC 8949, section 3.4.3)."""
    if not isinstance(value, bytes) or len(value) > MAX_BIGNUM_BYTES:
        raise ValueError(f"a big integer is a byte string of at most {MAX_BIGNUM_BYTES} bytes")
    return int.from_bytes(value, "big")


_TAG_DECODERS: dict[int, Callable[[Any, bool], Any]] = {
    **{number: _carried(number) for number in _CARRIED_TAGS},
    2: _bignum,
    3: lambda value, immutable: -1 - _bignum(value, immutable),
}
