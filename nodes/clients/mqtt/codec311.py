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
from nodes.clients.mqtt.write311 import REFUSALS, VERSION, write

__all__ = ["NO_EXPIRY", "QOS", "VERSION", "read_length", "split", "write"]

NO_EXPIRY: Final = 0xFFFF_FFFF
QOS: Final = (QoS.AT_MOST_ONCE, QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE)


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
