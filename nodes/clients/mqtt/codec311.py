"""MQTT 3.1.1 (OASIS, 2014) between bytes and the packet classes of `mqtt5`, so that sessions see one kind of packet.

Both directions of every packet, since the embedded broker speaks it too. What only MQTT 5 knows (properties,
reason codes) is left out on writing. Never here: I/O, session state.
"""

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
    QoS,
    SubAckPacket,
    SubAckReasonCode,
    SubscribePacket,
    TopicFilter,
    UnsubAckPacket,
    UnsubscribePacket,
    Will,
)

from nodes.clients.mqtt.errors import Malformed

VERSION: Final = 4
NO_EXPIRY: Final = 0xFFFF_FFFF
QOS: Final = (QoS.AT_MOST_ONCE, QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE)
REFUSALS: Final = {  # 3.1.1 section 3.2.2.3 beside MQTT 5 section 3.2.2.2
    1: ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
    2: ConnAckReasonCode.CLIENT_ID_NOT_VALID,
    3: ConnAckReasonCode.SERVER_UNAVAILABLE,
    4: ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD,
    5: ConnAckReasonCode.NOT_AUTHORIZED,
}
REFUSAL_CODES: Final = {int(reason): code for code, reason in REFUSALS.items()}


def split(data: bytes) -> tuple[list[Packet], int]:
    """All whole packets at the start of `data`, and how many bytes they took. Raises `Malformed`."""
    packets: list[Packet] = []
    add = packets.append
    at, size = 0, len(data)
    try:
        while size - at >= 2:
            first, length, body = data[at], data[at + 1], at + 2
            if length > 127:
                length, body = read_length(data, at + 1)
                if length < 0:
                    break
            end = body + length
            if end > size:
                break
            if first & 0xF0 == 0x30:
                add(_publish(first, data, body, end))
            else:
                add(_READERS[first](data[body:end]))
            at = end
    except (KeyError, IndexError, ValueError) as fault:
        raise Malformed(f"packet type {data[at]:#04x}: {fault!r}") from None
    return packets, at


def read_length(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """The remaining length that starts at `at` and where the body begins; (-1, at) when not whole. Section 2.2.3."""
    value = shift = 0
    for index in range(at, min(at + 4, len(data))):
        byte = data[index]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, index + 1
        shift += 7
    if len(data) - at >= 4:
        raise Malformed("remaining length of more than four bytes")
    return -1, at


def _publish(first: int, data: bytes, at: int, end: int) -> PublishPacket:
    text = at + 2
    after = text + (data[at] << 8 | data[at + 1])
    if after > end:
        raise Malformed("topic is longer than its packet")
    topic = data[text:after].decode()
    if not first & 0x0F:
        return PublishPacket(topic, data[after:end])
    qos = first >> 1 & 3
    if not qos:
        return PublishPacket(topic, data[after:end], retain=bool(first & 1))
    body = after + 2
    packet_id = data[after] << 8 | data[after + 1]
    if body > end or not packet_id:
        raise Malformed("packet id is missing")
    return PublishPacket(
        topic,
        data[body:end],
        qos=QOS[qos],
        retain=bool(first & 1),
        packet_id=packet_id,
        duplicate=bool(first & 8),
    )


class _Fields:
    """Reads the fields of one packet's body in turn."""

    def __init__(self, body: bytes):
        self.body, self.at = body, 0

    def take(self, count: int) -> bytes:
        piece = self.body[self.at : self.at + count]
        if len(piece) != count:
            raise Malformed("packet ends too early")
        self.at += count
        return piece

    def number(self, size: int = 2) -> int:
        return int.from_bytes(self.take(size), "big")

    def binary(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        return self.binary().decode()

    @property
    def more(self) -> bool:
        return self.at < len(self.body)


def _connect(body: bytes) -> ConnectPacket:
    fields = _Fields(body)
    if (fields.text(), fields.number(1)) != ("MQTT", VERSION):
        raise Malformed("not MQTT 3.1.1")
    flags, keepalive, client_id = fields.number(1), fields.number(), fields.text()
    if flags & 1:
        raise Malformed("reserved connect flag")
    will = None
    if flags & 4:
        topic, payload = fields.text(), fields.binary()
        will = Will(topic, payload=payload, qos=QOS[flags >> 3 & 3], retain=bool(flags & 32))
    clean = bool(flags & 2)
    return ConnectPacket(
        client_id,
        username=fields.text() if flags & 128 else None,
        password=fields.binary() if flags & 64 else None,
        clean_start=clean,
        will=will,
        keep_alive=keepalive,
        session_expiry_interval=0 if clean else NO_EXPIRY,
    )


def _connack(body: bytes) -> ConnAckPacket:
    fields = _Fields(body)
    present, code = fields.number(1), fields.number(1)
    if not code:
        return ConnAckPacket(session_present=bool(present & 1), subscription_id_available=False)
    return ConnAckPacket(reason_code=REFUSALS.get(code, ConnAckReasonCode.UNSPECIFIED_ERROR))


def _subscribe(body: bytes) -> SubscribePacket:
    fields = _Fields(body)
    packet_id, filters = fields.number(), []
    while fields.more:
        filters.append(TopicFilter(fields.text(), max_qos=QOS[fields.number(1)], retain_as_published=False))
    return SubscribePacket(packet_id, filters)


def _suback(body: bytes) -> SubAckPacket:
    return SubAckPacket(int.from_bytes(body[:2], "big"), [SubAckReasonCode(code) for code in body[2:]])


def _unsubscribe(body: bytes) -> UnsubscribePacket:
    fields = _Fields(body)
    packet_id, patterns = fields.number(), []
    while fields.more:
        patterns.append(fields.text())
    return UnsubscribePacket(packet_id, patterns)


def _numbered(kind: Callable[..., Any], *rest: Any) -> Callable[[bytes], Any]:
    def read(body: bytes) -> Any:
        if len(body) != 2:
            raise Malformed("two bytes of packet id expected")
        return kind(int.from_bytes(body, "big"), *rest)

    return read


def _plain(kind: Callable[[], Any]) -> Callable[[bytes], Any]:
    def read(body: bytes) -> Any:
        if body:
            raise Malformed("no body expected")
        return kind()

    return read


_READERS: Final[dict[int, Callable[[bytes], Any]]] = {
    0x10: _connect,
    0x20: _connack,
    0x40: _numbered(PubAckPacket),
    0x50: _numbered(PubRecPacket),
    0x62: _numbered(PubRelPacket),
    0x70: _numbered(PubCompPacket),
    0x82: _subscribe,
    0x90: _suback,
    0xA2: _unsubscribe,
    0xB0: _numbered(UnsubAckPacket, []),
    0xC0: _plain(PingReqPacket),
    0xD0: _plain(PingRespPacket),
    0xE0: _plain(DisconnectPacket),
}


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
