"""Which keys the maps of a payload may have: text, bytes, and integers of 64 bits; looked at before a table is built.
How many values there are is looked at with them.

Whoever knows how Python hashes arrays, floats and big integers makes thousands of them fall into one place of a table,
which then takes quadratic time. Text and bytes are hashed with a secret; of integers a map has MAX_INTEGERS. `scan_…`
walk over the items on the wire; maps of MessagePack too small to hurt are looked at afterwards (`check_keys`). Never
here: how values are decoded.
"""

from itertools import chain
from typing import Any

from flowengine.counts import count_of
from nodes.codecs.depth import inside, outermost
from nodes.codecs.wording import ENDS_EARLY

MAX_INTEGERS = 1024
"""Crafted integers cost the square of their number too: so many of them a map, and 1 MiB of such maps cost 0.1 s."""

_KEYS = frozenset((str, bytes, int))
_BAD, _MANY = "a key is neither text nor bytes nor an integer", f"a map has more than {MAX_INTEGERS} integers as keys"

_STRING, _INTEGER, _OTHER = 0, 1, 2
_FIXED = {0xC0: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5}
_FIXED |= {0xD3: 9, 0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18}
_FIXED |= {first: first - 0x9F for first in range(0xA0, 0xC0)}
_SIZE = [1 if first < 0x80 or first >= 0xE0 else _FIXED.get(first, 0) for first in range(256)]
"""How long a MessagePack value is that begins with this byte; 0 when that stands behind it."""

_LENGTH = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_LENGTH |= {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_EXTENSIONS, _ARRAYS, _MAPS = frozenset((0xC7, 0xC8, 0xC9)), frozenset((0xDC, 0xDD)), frozenset((0xDE, 0xDF))


def _role(first: int) -> int:
    """What a MessagePack value that begins with this byte is as a key."""
    if 0xA0 <= first < 0xC0 or 0xC4 <= first <= 0xC6 or 0xD9 <= first <= 0xDB:
        return _STRING
    return _INTEGER if first < 0x80 or first >= 0xE0 or 0xCC <= first <= 0xD3 else _OTHER


_ROLE = [_role(first) for first in range(256)]
_CBOR_ROLE = (_INTEGER, _INTEGER, _STRING, _STRING, _OTHER, _OTHER, _OTHER, _OTHER)


class BadKey(ValueError):
    """A key of another kind, or too many integers as keys of one map."""


def check_keys(value: Any) -> None:
    """Raise BadKey when a map in this value has a key that is neither text nor bytes nor an integer."""
    level = outermost(value)
    while level:
        maps = [each for each in level if type(each) is dict]
        if not _KEYS.issuperset(map(type, chain.from_iterable(maps))):
            raise BadKey(_BAD)
        level = inside(level)


def may_have_large_msgpack_map(data: bytes) -> bool:
    """Whether a map of more than 15 entries can be in it; text and numbers may look like one."""
    return b"\xde" in data or b"\xdf" in data


class TooMany(ValueError):
    """There are more values than are taken, keys included."""

    def __init__(self, most: int):
        super().__init__(f"it holds more than {count_of(most, 'value')}")


class _Walk:
    """How far a walk over the items on the wire is: `left` items in this container, and what stands around it.

    A map of n entries has 2n items, so that an odd rest is a key's; one without a length begins at an even number
    below 0.
    """

    __slots__ = ("_around", "in_map", "integers", "left")

    def __init__(self) -> None:
        self.left, self.in_map, self.integers = 1, False, 0
        self._around: list[tuple[int, bool, int]] = []

    def enter(self, items: int, in_map: bool) -> None:
        if not items:
            return
        self._around.append((self.left, self.in_map, self.integers))
        self.left, self.in_map, self.integers = items, in_map, 0

    def leave(self) -> None:
        self.left, self.in_map, self.integers = self._around.pop()

    def end(self) -> None:
        """Leave a container without a length, where it ends. Raises ValueError for one that has a length."""
        if self.left >= 0:
            raise ValueError("it ends where a value should stand")
        self.leave()

    def goes_on(self) -> bool:
        """Whether an item follows, here or around the containers that are full."""
        while not self.left and self._around:
            self.leave()
        return self.left != 0

    def take_key(self, role: int) -> None:
        """Raise BadKey for a key that no map may have, or that is one integer too many."""
        if role == _OTHER:
            raise BadKey(_BAD)
        self.integers += role
        if self.integers > MAX_INTEGERS:
            raise BadKey(_MANY)


def scan_msgpack(data: bytes, most: int = 2**63) -> None:
    """Raise BadKey for a key that no map may have, TooMany for more values than `most`, ValueError for what is cut off.

    Takes linear time.
    """
    walk, at, taken, size_of = _Walk(), 0, 0, _SIZE
    try:
        while walk.left or walk.goes_on():
            if taken == most:
                raise TooMany(most)
            taken += 1
            first = data[at]
            walk.left -= 1
            if walk.in_map and walk.left & 1:
                walk.take_key(_ROLE[first])
            at += size_of[first] or _enter_or_skip(data, at, first, walk)
    except IndexError:
        raise ValueError(ENDS_EARLY) from None


def _enter_or_skip(data: bytes, at: int, first: int, walk: _Walk) -> int:
    """How many bytes lie before the next item of this walk."""
    if first < 0x90:
        walk.enter(2 * (first & 15), True)
        return 1
    if first < 0xA0:
        walk.enter(first & 15, False)
        return 1
    if first not in _LENGTH:
        raise ValueError(f"no value begins with byte 0x{first:02x}")
    head = 1 + _LENGTH[first]
    number = int.from_bytes(data[at + 1 : at + head], "big")
    if first in _ARRAYS or first in _MAPS:
        walk.enter(2 * number if first in _MAPS else number, first in _MAPS)
        return head
    return head + number + (first in _EXTENSIONS)


def codes_of_extensions(data: bytes) -> list[int]:
    """Where in sound MessagePack the code of each extension stands; times are among them."""
    places, at = [], 0
    while at < len(data):
        first = data[at]
        if 0xD4 <= first <= 0xD8:
            places.append(at + 1)
        if (size := _SIZE[first]) or first not in _LENGTH:
            at += size or 1
            continue
        head = 1 + _LENGTH[first]
        number = int.from_bytes(data[at + 1 : at + head], "big")
        if first in _EXTENSIONS:
            places.append(at + head)
        at += head if first in _ARRAYS or first in _MAPS else head + number + (first in _EXTENSIONS)
    return places


def scan_cbor(data: bytes, most: int = 2**63) -> None:
    """Raise BadKey for a key that no map may have, TooMany for more values than `most`, ValueError for what is no CBOR.

    Takes linear time.
    """
    walk, at, taken = _Walk(), 0, 0
    try:
        while walk.left or walk.goes_on():
            if taken == most:
                raise TooMany(most)
            taken += 1
            first = data[at]
            if first == 0xFF:
                walk.end()
                at += 1
                continue
            walk.left -= 1
            if walk.in_map and walk.left & 1:
                walk.take_key(_CBOR_ROLE[first >> 5])
            at += 1 if first < 0x18 else _cbor_item(data, at, first >> 5, first & 31, walk)
    except IndexError:
        raise ValueError(ENDS_EARLY) from None
    if at > len(data):
        raise ValueError(ENDS_EARLY)


def _cbor_item(data: bytes, at: int, major: int, info: int, walk: _Walk) -> int:
    """How many bytes lie before the next item of this walk (RFC 8949, section 3)."""
    if info == 31:
        if major in (2, 3):
            return _chunks(data, at + 1, major) - at
        if major not in (4, 5):
            raise ValueError("an item without a length stands where none may")
        walk.enter(-2, major == 5)
        return 1
    head, number = _cbor_head(data, at, info)
    if major in (2, 3):
        return head + number
    if major in (4, 5):
        walk.enter(2 * number if major == 5 else number, major == 5)
    elif major == 6:
        walk.left += 1  # what it tags stands in its place
    return head


def _cbor_head(data: bytes, at: int, info: int) -> tuple[int, int]:
    """How long an item's head is, and the number in it."""
    if info < 24:
        return 1, info
    if info > 27:
        raise ValueError("an item has a length that CBOR reserves")
    head = 1 + (1 << info - 24)
    return head, int.from_bytes(data[at + 1 : at + head], "big")


def _chunks(data: bytes, at: int, major: int) -> int:
    """Where text or bytes that came in pieces end."""
    while (first := data[at]) != 0xFF:
        if first >> 5 != major or first & 31 == 31:
            raise ValueError("a piece of text or bytes is none")
        head, number = _cbor_head(data, at, first & 31)
        at += head + number
    return at + 1
