"""Datagrams on their way, for the page of a connection, without the community in them. Judges nothing."""

from __future__ import annotations

from typing import Any

from flowengine.diagnosis import Tape

SEQUENCE, INTEGER, STRING = 0x30, 0x02, 0x04
HIDDEN = b"*"
VERSION_3 = 3


def tape_transport(transport: Any, tape: Tape) -> Any:
    """The transport of pysnmp, telling the tape all that comes and goes."""
    send, hear = transport.send_message, transport.datagram_received

    def sending(message: bytes, to: Any) -> None:
        tape.sent(without_community(bytes(message)))
        send(message, to)

    def hearing(message: bytes, sender: Any) -> None:
        tape.heard(without_community(bytes(message)))
        hear(message, sender)

    transport.send_message, transport.datagram_received = sending, hearing
    return transport


def without_community(datagram: bytes) -> bytes:
    """The datagram with stars for the community of versions 1 and 2c; all but its beginning where none is found."""
    try:
        _, start, _ = _element(datagram, 0, SEQUENCE)
        version, _, end = _element(datagram, start, INTEGER)
        if int.from_bytes(version, "big") >= VERSION_3:
            return datagram
        community, start, end = _element(datagram, end, STRING)
    except (IndexError, ValueError):
        return datagram[:2] + HIDDEN * (len(datagram) - 2)
    return datagram[:start] + HIDDEN * len(community) + datagram[end:]


def _element(data: bytes, at: int, tag: int) -> tuple[bytes, int, int]:
    """The content of an element of BER, where it starts and ends."""
    if data[at] != tag:
        raise ValueError(f"{data[at]} is not {tag}")
    length, start = data[at + 1], at + 2
    if length & 0x80:
        more = length & 0x7F
        length, start = int.from_bytes(data[start : start + more], "big"), start + more
    if start + length > len(data) and tag != SEQUENCE:
        raise ValueError("it ends too soon")
    return data[start : start + length], start, start + length
