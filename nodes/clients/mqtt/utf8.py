"""Whether all text in MQTT 5 packets is UTF-8, told before the parser is asked: it panics on what is not. Pure."""

from functools import lru_cache
from typing import Final

from nodes.clients.mqtt.codec311 import read_length
from nodes.clients.mqtt.errors import Malformed

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE = 1, 3, 8, 10
_SIZES: Final = {  # of a property by its identifier, how many bytes its value has (MQTT 5 section 2.2.2.2)
    0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1,
    0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}  # fmt: skip
_TEXTS: Final = {0x03: 1, 0x08: 1, 0x12: 1, 0x15: 1, 0x1A: 1, 0x1C: 1, 0x1F: 1, 0x26: 2}
_BINARIES: Final = {0x09, 0x16}
_NUMBER: Final = 0x0B
_HEADS: Final = {2: 2, 4: 3, 5: 3, 6: 3, 7: 3, 9: 2, 11: 2, 14: 1, 15: 1}
"""Of a packet type, the bytes before its properties: number, reason code, flags."""


def check_text(data: bytes) -> None:
    """Raises `Malformed` for a whole packet in `data` with text that is no UTF-8.

    What is wrong in another way is left to the parser, which says so without a panic.
    """
    at, size = 0, len(data)
    try:
        while size - at >= 2:
            first, length, body = data[at], data[at + 1], at + 2
            if length > 127:
                length, body = read_length(data, at + 1)
            end = body + length
            if length < 0 or end > size:
                return
            if first >> 4 != PUBLISH or not _is_plain(data, body, end, 2 if first & 6 else 0):
                _Body(data[body:end]).check(first)
            at = end
    except UnicodeDecodeError:
        raise Malformed("text in a packet is not UTF-8") from None
    except IndexError:
        return


def _is_plain(data: bytes, body: int, end: int, number_bytes: int) -> bool:
    """Whether this PUBLISH has an ASCII topic and no property but the number of its subscription, as nearly all do."""
    after = body + 2 + (data[body] << 8 | data[body + 1])
    at = after + number_bytes + 1
    over = at + data[at - 1]
    if over > end or not data[body + 2 : after].isascii():
        return False
    return over == at or _is_number(data[at:over])


@lru_cache(1024)
def _is_number(properties: bytes) -> bool:
    """Whether they are the number of a subscription and nothing else: a broker says the same few all the time."""
    return properties[0] == _NUMBER and read_length(properties, 1)[1] == len(properties)


class _Body:
    """Walks over one packet. Raises `UnicodeDecodeError`, and `IndexError` where it ends too early."""

    def __init__(self, body: bytes):
        self._body, self._at, self._end = body, 0, len(body)

    def check(self, first: int) -> None:
        kind = first >> 4
        if kind == CONNECT:
            self._connect()
        elif kind == PUBLISH:
            self._text()
            self._skip(2 if first & 6 else 0)
            self._properties()
        elif kind in (SUBSCRIBE, UNSUBSCRIBE):
            self._skip(2)
            self._properties()
            while self._at < self._end:
                self._text()
                self._skip(1 if kind == SUBSCRIBE else 0)
        else:  # numbers and properties; the latter may be left out
            self._skip(_HEADS.get(kind, self._end))
            self._properties()

    def _connect(self) -> None:
        self._text()
        flags = self._body[self._at + 1]
        self._skip(4)
        self._properties()
        self._text()
        if flags & 4:
            self._properties()
            self._text()
            self._binary()
        if flags & 128:
            self._text()

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > self._end:
            raise IndexError

    def _binary(self) -> bytes:
        start = self._at + 2
        self._at = start + (self._body[self._at] << 8 | self._body[self._at + 1])
        if self._at > self._end:
            raise IndexError
        return self._body[start : self._at]

    def _text(self) -> None:
        self._binary().decode()

    def _properties(self) -> None:
        length, start = read_length(self._body, self._at)
        if length < 0 or start + length > self._end:
            raise IndexError
        self._at, end = start, start + length
        while self._at < end:
            self._property(self._body[self._at])

    def _property(self, identifier: int) -> None:
        self._at += 1
        for _ in range(_TEXTS.get(identifier, 0)):
            self._text()
        if identifier in _BINARIES:
            self._binary()
        elif identifier == _NUMBER:
            self._at = read_length(self._body, self._at)[1]
        elif identifier not in _TEXTS:
            self._skip(_SIZES.get(identifier, self._end))  # nobody knows how long another one is
