"""Packets against the serial vectors: frames of the gateway, and its streams with noise, losses and resets."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.crc.check import crc, names
from nodes.codecs.framing.frames import BadFrame
from nodes.codecs.packets import PacketDecoder, packet_encoder

VECTORS = Path(__file__).parents[2] / "vectors"
FRAMES = json.loads((VECTORS / "serial_frames.json").read_text())["frames"]
STREAMS = json.loads((VECTORS / "serial_streams.json").read_text())["streams"]
CRC = "crc-16/ibm-3740"


def by_name(entry):
    return entry["name"]


def gateway(formats=("msgpack", "cbor")):
    return PacketDecoder("cobs", CRC, "big", formats, max_bytes=1024)


def replay(decoder, chunks, reset_before=None):
    values, rejected = [], []
    for number, chunk in enumerate(chunks):
        if number == reset_before:
            rejected += decoder.reset()
        found, refused = decoder.feed(bytes.fromhex(chunk))
        values += found
        rejected += refused
    return values, rejected


def message_of(frame):
    if "message" in frame:
        return frame["message"]
    letters = int(frame["message_note"].split("=")[1].split("x")[0])
    return {"type": "t", "x": "y" * letters}


@pytest.mark.parametrize("frame", FRAMES, ids=by_name)
def test_the_gateways_frames_are_read(frame):
    decoder = gateway()
    assert decoder.feed(bytes.fromhex(frame["wire_hex"])) == ([message_of(frame)], [])
    assert decoder.counters == {"frames_ok": 1}
    assert decoder.fallbacks == ({"cbor": 1} if frame["codec"] == "cbor" else {})


@pytest.mark.parametrize("frame", FRAMES, ids=by_name)
def test_the_gateways_frames_are_written(frame):
    payload, wire = bytes.fromhex(frame["payload_hex"]), bytes.fromhex(frame["wire_hex"])
    assert crc(CRC).compute(payload) == int(frame["crc"], 16)
    assert packet_encoder("cobs", CRC)(payload) == wire
    written = packet_encoder("cobs", CRC, formats=frame["codec"])(message_of(frame))
    assert gateway().feed(written) == ([message_of(frame)], [])


@pytest.mark.parametrize("stream", STREAMS, ids=by_name)
def test_a_stream_gives_its_messages_and_counters(stream):
    decoder = gateway()
    values, rejected = replay(decoder, stream["chunks_hex"])
    assert values == stream["expected_messages"]
    assert decoder.counters == stream["expected_counters"]
    counted = decoder.counters["frames_bad"] + decoder.counters["frames_overflow"]
    assert len(rejected) == sum(decoder.rejected.values()) == counted
    assert decoder.rejected == Counter(reason for reason, _ in rejected)


@pytest.mark.parametrize("size", [1, 7, 4096])
@pytest.mark.parametrize("stream", STREAMS, ids=by_name)
def test_a_stream_gives_the_same_however_it_is_cut(stream, size):
    whole = "".join(stream["chunks_hex"])
    decoder = gateway()
    values, _ = replay(decoder, [whole[place : place + 2 * size] for place in range(0, len(whole), 2 * size)])
    assert values == stream["expected_messages"]
    assert decoder.counters == stream["expected_counters"]


@pytest.mark.parametrize("stream", [each for each in STREAMS if "reopen_before_chunk" in each], ids=by_name)
def test_a_port_opened_anew_begins_a_new_frame(stream):
    decoder = gateway()
    values, rejected = replay(decoder, stream["chunks_hex"], reset_before=stream["reopen_before_chunk"])
    assert values == stream["expected_messages_if_reset"]
    assert decoder.counters == stream["expected_counters_if_reset"]
    assert [reason for reason, _ in rejected] == ["partial"]


@pytest.mark.parametrize(
    "stream", [each for each in STREAMS if "expected_messages_with_json_sniff" in each], ids=by_name
)
def test_json_as_a_further_format_reads_the_gateway_that_sends_it(stream):
    decoder = gateway(("msgpack", "cbor", "json"))
    assert replay(decoder, stream["chunks_hex"])[0] == stream["expected_messages_with_json_sniff"]
    assert decoder.fallbacks == {"json": 1}


def test_each_refusal_has_its_reason():
    streams = {stream["name"]: stream["chunks_hex"] for stream in STREAMS}
    reasons = {}
    for name in ("bad_crc_between", "shorter_than_crc", "crc_of_empty_payload", "json_payload", "oversize_then_good"):
        decoder = gateway()
        replay(decoder, streams[name])
        (reasons[name],) = decoder.rejected
    assert reasons == {
        "bad_crc_between": "crc",
        "shorter_than_crc": "short",
        "crc_of_empty_payload": "empty",
        "json_payload": "malformed",
        "oversize_then_good": "overflow",
    }


@given(
    st.sampled_from(("cobs", "slip", "length", "none")),
    st.sampled_from((None, *names())),
    st.sampled_from(("big", "little")),
    st.sampled_from(("msgpack", "cbor", "json")),
    st.dictionaries(st.text(max_size=8), st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False)),
)
def test_what_was_sent_arrives(framing, crc_name, order, form, value):
    wire = packet_encoder(framing, crc_name, order, form)(value)
    assert PacketDecoder(framing, crc_name, order, form).feed(wire) == ([value], [])


@given(st.sampled_from(names()), st.sampled_from(("big", "little")), st.data())
def test_a_flipped_bit_never_gives_a_value(name, order, choice):
    wire = bytearray(packet_encoder("none", name, order)(b"some payload"))
    bit = choice.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << (bit % 8)
    decoder = PacketDecoder("none", name, order)
    assert decoder.feed(bytes(wire)) == ([], [("crc", bytes(wire))])
    assert decoder.feed(b"") == ([], [])


@pytest.mark.parametrize("order", ["big", "little"])
def test_fewer_bytes_than_the_crc_are_short(order):
    for name in names():
        width = crc(name).width_bytes
        for size in range(1, width):
            assert PacketDecoder("none", name, order).feed(bytes(size)) == ([], [("short", bytes(size))])


@given(st.binary(max_size=600))
def test_noise_never_raises(noise):
    decoder = gateway(("msgpack", "cbor", "json", "text"))
    values, rejected = decoder.feed(noise + b"\x00")
    assert len(values) == decoder.counters["frames_ok"]
    assert len(rejected) == sum(decoder.rejected.values())


def test_a_packet_too_long_for_its_framing_is_refused():
    with pytest.raises(BadFrame, match="too_large"):
        packet_encoder("length")(b"x" * 65536)
