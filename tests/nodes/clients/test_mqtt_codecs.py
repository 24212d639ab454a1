"""Both codecs carry every packet, whole or in pieces, and refuse everything else with `Malformed`."""

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.mqtt import codec5, codec311
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.framing import Codec, Framer, codec_of

# The Rust parser panics on text that is no UTF-8; besides raising, PyO3 reports the decoding error as unraisable.
PANIC_IS_REPORTED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ids = st.integers(1, 65_535)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=30)


@st.composite
def publishes(draw: st.DrawFn) -> mqtt5.PublishPacket:
    qos = draw(st.integers(0, 2))
    return mqtt5.PublishPacket(
        draw(texts),
        draw(st.binary(max_size=300)),
        qos=QOS[qos],
        retain=draw(st.booleans()),
        packet_id=draw(ids) if qos else None,
        duplicate=bool(qos) and draw(st.booleans()),
    )


@st.composite
def connects(draw: st.DrawFn) -> mqtt5.ConnectPacket:
    clean = draw(st.booleans())
    wills = st.builds(
        lambda topic, payload, qos, retain: mqtt5.Will(topic, payload=payload, qos=QOS[qos], retain=retain),
        texts,
        st.binary(max_size=40),
        st.integers(0, 2),
        st.booleans(),
    )
    return mqtt5.ConnectPacket(
        draw(texts),
        username=draw(st.none() | texts),
        password=draw(st.none() | st.binary(max_size=20)),
        clean_start=clean,
        will=draw(st.none() | wills),
        keep_alive=draw(st.integers(0, 65_535)),
        session_expiry_interval=0 if clean else codec311.NO_EXPIRY,
    )


filters = st.builds(
    lambda text, qos: mqtt5.TopicFilter(text, max_qos=QOS[qos], retain_as_published=False), texts, st.integers(0, 2)
)
packets = st.one_of(
    publishes(),
    connects(),
    st.builds(
        lambda present: mqtt5.ConnAckPacket(session_present=present, subscription_id_available=False), st.booleans()
    ),
    st.builds(mqtt5.SubscribePacket, ids, st.lists(filters, min_size=1, max_size=3)),
    st.builds(
        lambda id_, codes: mqtt5.SubAckPacket(id_, [mqtt5.SubAckReasonCode(code) for code in codes]),
        ids,
        st.lists(st.sampled_from([0, 1, 2, 0x80]), min_size=1, max_size=3),
    ),
    st.builds(mqtt5.UnsubscribePacket, ids, st.lists(texts, min_size=1, max_size=3)),
    *(
        st.builds(kind, ids)
        for kind in (mqtt5.PubAckPacket, mqtt5.PubRecPacket, mqtt5.PubRelPacket, mqtt5.PubCompPacket)
    ),
    st.just(mqtt5.PingReqPacket()),
    st.just(mqtt5.PingRespPacket()),
    st.just(mqtt5.DisconnectPacket()),
)


@pytest.mark.parametrize("codec", [codec5, codec311], ids=["5", "3.1.1"])
@given(sent=st.lists(packets, min_size=1, max_size=8), cut=st.integers(1, 40))
def test_what_is_written_is_read_again_however_it_is_cut(codec: Codec, sent: list[mqtt5.Packet], cut: int) -> None:
    wire = b"".join(codec.write(packet) for packet in sent)
    framer = Framer(codec, 1 << 20)
    received = [packet for at in range(0, len(wire), cut) for packet in framer.feed(wire[at : at + cut])]
    assert list(map(repr, received)) == list(map(repr, sent))


@PANIC_IS_REPORTED
@pytest.mark.parametrize("version", ["5", "3.1.1"])
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_give_packets_or_malformed(version: str, data: bytes) -> None:
    framer = Framer(codec_of(version), 1000)
    try:
        framer.feed(data)
        framer.feed(data)
    except Malformed:
        pass  # the one error that may come


@PANIC_IS_REPORTED
@given(publishes(), st.data())
def test_a_flipped_byte_is_a_packet_or_malformed(packet: mqtt5.PublishPacket, data: st.DataObject) -> None:
    for codec in (codec5, codec311):
        wire = bytearray(codec.write(packet))
        at = data.draw(st.integers(0, len(wire) - 1))
        wire[at] ^= data.draw(st.integers(1, 255))
        try:
            Framer(codec, 1000).feed(bytes(wire))
        except Malformed:
            pass  # the one error that may come


@PANIC_IS_REPORTED
@pytest.mark.parametrize("codec", [codec5, codec311], ids=["5", "3.1.1"])
def test_a_topic_that_is_not_utf_8_is_malformed_and_the_process_lives(codec: Codec) -> None:
    wire = b"\x30\x06\x00\x02\xff\xfe\x00x"
    with pytest.raises(Malformed):
        codec.split(wire)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_packet_above_the_limit_is_refused_by_its_head(version: str) -> None:
    with pytest.raises(Malformed, match="above the limit"):
        Framer(codec_of(version), 1000).feed(b"\x30\xff\xff\x7f\x00\x01a")


def test_a_length_of_more_than_four_bytes_is_malformed() -> None:
    for version in ("5", "3.1.1"):
        with pytest.raises(Malformed):
            Framer(codec_of(version), 1000).feed(b"\x30\xff\xff\xff\xff\x01")


def test_a_refusal_reads_the_same_in_both_versions() -> None:
    wire = codec311.write(mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED))
    [packet], _ = codec311.split(wire)
    assert isinstance(packet, mqtt5.ConnAckPacket)
    assert int(packet.reason_code) == 135
