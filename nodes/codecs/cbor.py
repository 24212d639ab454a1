"""CBOR (RFC 8949) from and to bytes, safely for data from outside. Which format a payload has is settled in `payload`.

Only tags that say what a number, time or name is are acted upon: 0 and 1 (date and time), 2 and 3 (big integers), 4
and 5 (decimal fractions and bigfloats, of bounded size), 37 (a UUID, as text), 258 (a set, as list) and 55799 (this is
CBOR). Every other tag is carried as
CBORTag(number, value): compiled expressions and shared and cyclic values would be the sender's way into our memory.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from io import BytesIO
from math import inf
from typing import Any
from uuid import UUID

import cbor2

from flowengine.counts import count_of
from nodes.codecs.keys import BadKey, scan_cbor
from nodes.codecs.wording import plain_words

MAX_BIGNUM_BYTES = 128
"""Longer integers (tags 2 and 3) are refused: arithmetic with them, and printing them, takes quadratic time."""

MAX_EXPONENT = 400
"""Beyond it no double is finite."""

Tags = dict[int, Callable[[Any, bool], Any]]
Lost = Callable[[str], None]
"""Is told of each value that became null, and why."""

TIME_OUT_OF_RANGE, NOT_FINITE = "time out of range", "field not finite"

_CARRIED_TAGS = (25, 28, 29, 30, 35, 36, 52, 54, 100, 256, 260, 261, 1004, 43000)


class BadCbor(ValueError):
    """Not one well-formed CBOR item."""


class DeepCbor(BadCbor):
    """Containers are nested deeper than allowed."""


def decode(data: bytes, max_depth: int, tags: Tags | None = None) -> Any:
    """Return the one item that `data` holds. Raises BadCbor when it is cut, not well-formed or followed by other bytes.

    Arrays are lists, maps dicts (of equal keys the last one wins), byte strings bytes; a time is an aware datetime.
    Tags count as depth like containers; an empty container does not. `tags` are what `tag_decoders` gave. A key that
    no map may have raises BadKey before there is a table, text that is none UnicodeDecodeError.
    """
    try:
        return _decoded(data, max_depth, tags or _PLAIN_TAGS, strict_keys=True)
    except _OtherKey:
        try:
            scan_cbor(data)
        except BadKey:
            raise
        except ValueError as error:
            raise BadCbor(str(error)) from error
        return _decoded(data, max_depth, tags or _PLAIN_TAGS, strict_keys=False)


class _OtherKey(BadCbor):
    """A key is neither text nor bytes: integers are looked at before they are let in."""


def _decoded(data: bytes, max_depth: int, tags: Tags, *, strict_keys: bool) -> Any:
    stream = BytesIO(data)
    reader = cbor2.CBORDecoder(stream, max_depth=max_depth, semantic_decoders=tags, strict_hashable_types=strict_keys)
    try:
        value = reader.decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError) as error:
        raise _fault(error, max_depth) from error
    except RecursionError as error:
        raise DeepCbor(f"nested deeper than {max_depth}") from error
    if (read_bytes := stream.tell()) != len(data):
        raise BadCbor(f"{count_of(len(data) - read_bytes, 'byte follows', 'bytes follow')} the value")
    return value


def _fault(error: Exception, max_depth: int) -> Exception:
    text = str(error)
    if "map key must be" in text:
        return _OtherKey("a key is neither text nor bytes")
    if "nesting depth" in text:
        return DeepCbor(f"nested deeper than {max_depth}")
    if isinstance(error.__cause__, UnicodeDecodeError):
        return error.__cause__
    return BadCbor(str(error.__cause__ if isinstance(error.__cause__, ValueError) else error))


def encode(value: Any, other: Callable[[Any], Any]) -> bytes:
    """Return `value` as CBOR; `other` makes a known type of an unknown one. Raises BadCbor where it cannot."""
    try:
        return cbor2.dumps(value, default=lambda encoder, item: encoder.encode(other(item)))
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCbor(plain_words(error)) from error


def _carried(number: int) -> Callable[[Any, bool], Any]:
    return lambda value, immutable: cbor2.CBORTag(number, value)


def _bignum(value: Any, immutable: bool) -> int:
    """Return the unsigned integer of tag 2 (RFC 8949, section 3.4.3)."""
    if not isinstance(value, bytes) or len(value) > MAX_BIGNUM_BYTES:
        raise ValueError(f"a big integer is a byte string of at most {MAX_BIGNUM_BYTES} bytes")
    return int.from_bytes(value, "big")


def _text_time(value: Any, immutable: bool) -> Any:
    """Return the time of tag 0; a text that no calendar has stays text."""
    if not isinstance(value, str):
        raise ValueError("a time of tag 0 is text")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found if found.tzinfo is not None else value


def _epoch_time(lost: Lost, value: Any, immutable: bool) -> Any:
    """Return the time of tag 1, None when no calendar has it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a time of tag 1 is a number")
    try:
        return _EPOCH + timedelta(microseconds=round(value * 1_000_000))
    except (OverflowError, ValueError):
        lost(TIME_OUT_OF_RANGE)
        return None


def _fraction(base: int, lost: Lost, value: Any, immutable: bool) -> Any:
    """Return the number of tag 4 (base 10) or 5 (base 2): RFC 8949, section 3.4.4; None when it is no double."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(type(each) is int for each in value):
        raise ValueError("a fraction is an exponent and a mantissa")
    exponent, mantissa = value
    if mantissa == 0 or exponent < -4 * MAX_EXPONENT:
        return 0.0 if exponent < 0 else 0
    try:
        if 0 <= exponent <= MAX_EXPONENT:
            return _whole(mantissa * base**exponent)
        found = float(Fraction(mantissa) * Fraction(base) ** exponent) if exponent < 0 else inf
    except OverflowError:
        found = inf
    if found != inf:
        return found
    lost(NOT_FINITE)
    return None


def _uuid(value: Any, immutable: bool) -> Any:
    """Return the text of tag 37; what is no UUID is carried."""
    return str(UUID(bytes=value)) if isinstance(value, bytes) and len(value) == 16 else cbor2.CBORTag(37, value)


def _set(value: Any, immutable: bool) -> Any:
    """Return the list of tag 258, in its order: no other format has sets."""
    return value if isinstance(value, list | tuple) else cbor2.CBORTag(258, value)


def _whole(number: int) -> int:
    float(number)  # raises OverflowError beyond a double
    return number


def tag_decoders(lost: Lost) -> Tags:
    """Return what makes values of tags; it tells `lost` of each that had to become null."""
    return {
        **{number: _carried(number) for number in _CARRIED_TAGS},
        0: _text_time,
        1: partial(_epoch_time, lost),
        2: _bignum,
        3: lambda value, immutable: -1 - _bignum(value, immutable),
        4: partial(_fraction, 10, lost),
        5: partial(_fraction, 2, lost),
        37: _uuid,
        258: _set,
    }


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_TAGS = tag_decoders(lambda reason: None)
