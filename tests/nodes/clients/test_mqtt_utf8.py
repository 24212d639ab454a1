"""Text in packets is looked at before the parser is: shortly where all of it is ASCII, by a walk elsewhere."""

import contextlib

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.mqtt import codec5, utf8
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.errors import Malformed


@given(
    st.integers(0x30, 0x3F), st.binary(max_size=12), st.binary(max_size=12), st.binary(max_size=9), st.integers(0, 9)
)
def test_the_short_look_at_a_publish_lets_nothing_pass_that_the_walk_refuses(
    first: int, topic: bytes, properties: bytes, payload: bytes, cut: int
) -> None:
    number = b"\x80\x01" if first & 6 else b""
    body = len(topic).to_bytes(2, "big") + topic + number + bytes((len(properties),)) + properties + payload
    body = body[: len(body) - cut] if cut < 9 else body
    data = bytes((first, len(body))) + body
    with contextlib.suppress(IndexError, Malformed):  # what ends too early or goes on, the parser tells without a panic
        if utf8._is_plain(data, 2, len(data), len(number)):
            utf8._Body(body).check(first)


def test_a_long_publish_in_ascii_is_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[bytes] = []

    class Walk(utf8._Body):
        def __init__(self, body: bytes):
            walked.append(body)
            super().__init__(body)

    monkeypatch.setattr(utf8, "_Body", Walk)
    plain = mqtt5.PublishPacket("farm/a", b"x" * 300, qos=QOS[1], packet_id=40_000, subscription_ids=[200_000_000])
    assert len(codec5.split(plain.write() * 3)[0]) == 3
    assert walked == []
    accented = mqtt5.PublishPacket("farm/caf\N{LATIN SMALL LETTER E WITH ACUTE}", b"1")
    assert [packet.write() for packet in codec5.split(accented.write())[0]] == [accented.write()]
    assert len(walked) == 1
