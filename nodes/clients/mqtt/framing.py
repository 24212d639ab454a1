"""Cuts a stream of bytes into MQTT packets, within a size limit. Never here: I/O, what packets mean."""

from typing import Protocol

from mqtt5 import Packet

from flowengine.counts import count_of
from nodes.clients.mqtt import codec5, codec311
from nodes.clients.mqtt.errors import Malformed


class Codec(Protocol):
    """What `codec5` and `codec311` offer."""

    VERSION: int

    def split(self, data: bytes) -> tuple[list[Packet], int]:
        """All whole packets at the start of `data`, and how many bytes they took."""

    def write(self, packet: Packet) -> bytes:
        """The packet as it goes over the wire."""


def codec_of(version: str) -> Codec:
    """The codec for "5" or "3.1.1"."""
    return codec5 if version == "5" else codec311


class Framer:
    """Keeps the unfinished end of the stream; at most `max_packet_bytes` and one read."""

    def __init__(self, codec: Codec, max_packet_bytes: int):
        self._split = codec.split
        self._max_bytes = max_packet_bytes
        self._tail = bytearray()
        self._needed_bytes = 0

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completed. Raises `Malformed`."""
        if self._tail:
            self._tail += data
            if len(self._tail) < self._needed_bytes:
                return []
            data = bytes(self._tail)
            self._tail.clear()
        packets, used = self._split(data)
        if used < len(data):
            self._keep(data[used:])
        return packets

    def _keep(self, rest: bytes) -> None:
        length, body = codec311.read_length(rest, 1)
        needed = len(rest) + 1 if length < 0 else body + length
        if needed > self._max_bytes:
            raise Malformed(f"a packet of {count_of(needed, 'byte')} is above the limit of {self._max_bytes}")
        if needed <= len(rest):
            raise Malformed("a packet contradicts its own length")
        self._tail += rest
        self._needed_bytes = needed
