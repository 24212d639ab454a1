"""MQTT 3.1.1 packets to bytes; the other half of `codec311`. What only MQTT 5 knows is left out. Never here: I/O."""

from collections.abc import Callable
from typing import Any, Final

from mqtt5 import (
    ConnAckPacket,
    ConnAckReasonCode,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PingReqPacket,
    PingRespPacket,
    PubAckPacket,
    PubCompPacket,
    PublishPacket,
    PubRecPacket,
    PubRelPacket,
    SubAckPacket,
    SubscribePacket,
    UnsubAckPacket,
    UnsubscribePacket,
)

VERSION: Final = 4
REFUSALS: Final = {  # 3.1.1 section 3.2.2.3 beside MQTT 5 section 3.2.2.2
    1: ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
    2: ConnAckReasonCode.CLIENT_ID_NOT_VALID,
    3: ConnAckReasonCode.SERVER_UNAVAILABLE,
    4: ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD,
    5: ConnAckReasonCode.NOT_AUTHORIZED,
}
REFUSAL_CODES: Final = {int(reason): code for code, reason in REFUSALS.items()}


def _length(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _binary(value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise ValueError("text or bytes longer than 65535")
    return len(value).to_bytes(2, "big") + value


def _text(value: str) -> bytes:
    return _binary(value.encode())


def _frame(first: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((first,)) + _length(len(body)) + body


def _write_publish(packet: PublishPacket) -> bytes:
    first = 0x30 | packet.duplicate << 3 | int(packet.qos) << 1 | packet.retain
    packet_id = packet.packet_id
    if packet_id is None:
        return _frame(first, _text(packet.topic), packet.payload)
    return _frame(first, _text(packet.topic), packet_id.to_bytes(2, "big"), packet.payload)


def _write_connect(packet: ConnectPacket) -> bytes:
    flags = 2 if packet.clean_start else 0
    parts = [_text(packet.client_id)]
    if (will := packet.will) is not None:
        flags |= 4 | int(will.qos) << 3 | will.retain << 5
        parts += [_text(will.topic), _binary(will.payload or b"")]
    if packet.username is not None:
        flags |= 128
        parts.append(_text(packet.username))
    if packet.password is not None:
        flags |= 64
        parts.append(_binary(packet.password))
    head = _text("MQTT") + bytes((VERSION, flags)) + packet.keep_alive.to_bytes(2, "big")
    return _frame(0x10, head, *parts)


def _write_connack(packet: ConnAckPacket) -> bytes:
    code = int(packet.reason_code)
    if not code:
        return bytes((0x20, 2, packet.session_present, 0))
    return bytes((0x20, 2, 0, REFUSAL_CODES.get(code, 3)))


def _write_subscribe(packet: SubscribePacket) -> bytes:
    filters = [_text(each.pattern) + bytes((int(each.max_qos),)) for each in packet.topic_filters]
    return _frame(0x82, packet.packet_id.to_bytes(2, "big"), *filters)


def _write_suback(packet: SubAckPacket) -> bytes:
    codes = bytes(min(int(code), 0x80) for code in packet.reason_codes)
    return _frame(0x90, packet.packet_id.to_bytes(2, "big"), codes)


def _write_unsubscribe(packet: UnsubscribePacket) -> bytes:
    return _frame(0xA2, packet.packet_id.to_bytes(2, "big"), *map(_text, packet.patterns))


def _write_numbered(head: bytes) -> Callable[[Any], bytes]:
    return lambda packet: head + packet.packet_id.to_bytes(2, "big")


_WRITERS: Final[dict[type, Callable[[Any], bytes]]] = {
    PublishPacket: _write_publish,
    ConnectPacket: _write_connect,
    ConnAckPacket: _write_connack,
    SubscribePacket: _write_subscribe,
    SubAckPacket: _write_suback,
    UnsubscribePacket: _write_unsubscribe,
    PubAckPacket: _write_numbered(b"\x40\x02"),
    PubRecPacket: _write_numbered(b"\x50\x02"),
    PubRelPacket: _write_numbered(b"\x62\x02"),
    PubCompPacket: _write_numbered(b"\x70\x02"),
    UnsubAckPacket: _write_numbered(b"\xb0\x02"),
    PingReqPacket: lambda _: b"\xc0\x00",
    PingRespPacket: lambda _: b"\xd0\x00",
    DisconnectPacket: lambda _: b"\xe0\x00",
}


def write(packet: Packet) -> bytes:
    """The packet as it goes over the wire. Raises `ValueError` for what MQTT cannot carry."""
    return _WRITERS[type(packet)](packet)
