"""Framing against the COBS vectors, and the laws of every framing: round trips, any cuts, noise, bounded memory."""

import json
from itertools import pairwise, product
from pathlib import Path

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import FRAMINGS, MAX_BYTES, BadFrame, FrameDecoder, Shape, encode, unwrap

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "cobs.json").read_text())
STREAMED = ("cobs", "slip", "lines", "length")
DELIMITERS = {"cobs": b"\x00", "slip": b"\xc0", "lines": b"\n"}
PREFIXES = [LengthPrefix(*each) for each in product((1, 2, 4), ("big", "little"), (False, True))]

prefixes = st.sampled_from(PREFIXES)
small_frames = st.binary(min_size=1, max_size=40).filter(lambda frame: b"\n" not in frame and frame[-1:] != b"\r")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[begin:end] for begin, end in pairwise(bounds)]


def frame_decoder(framing: str, max_bytes: int = MAX_BYTES, shape: Shape | None = None) -> FrameDecoder[bytes]:
    """The decoder of `frame_decode`, without what the node does to the frames."""
    return FrameDecoder(framing, unwrap(framing), max_bytes, shape)


def decode_all(decoder, chunks):
    frames, rejected = [], []
    for chunk in chunks:
        found, refused = decoder.feed(chunk)
        frames += found
        rejected += refused
    return frames, rejected


@pytest.mark.parametrize("entry", VECTORS["encode"], ids=lambda entry: entry["name"])
def test_cobs_is_encoded_and_decoded_as_in_the_vectors(entry):
    raw, wire = bytes.fromhex(entry["raw_hex"]), bytes.fromhex(entry["wire_hex"])
    assert encode("cobs", raw) == wire
    assert len(wire) == entry["cobs_len"] + 1
    assert frame_decoder("cobs").feed(wire) == ([raw], [])


@pytest.mark.parametrize("entry", VECTORS["decode_only"], ids=lambda entry: entry["name"])
def test_cobs_that_our_encoder_would_not_write_is_decoded_all_the_same(entry):
    frames, rejected = frame_decoder("cobs").feed(bytes.fromhex(entry["cobs_hex"]) + b"\x00")
    assert (frames, rejected) == ([bytes.fromhex(entry["raw_hex"])], [])


@pytest.mark.parametrize("entry", VECTORS["invalid"], ids=lambda entry: entry["name"])
def test_invalid_cobs_gives_no_frame_of_that_length_and_the_next_one_is_found(entry):
    bad = bytes.fromhex(entry["cobs_hex"])
    with pytest.raises(cobs.DecodeError):
        unwrap("cobs")(bad)
    decoder = frame_decoder("cobs")
    frames, rejected = decoder.feed(bad + b"\x00" + encode("cobs", b"next"))
    assert frames[-1] == b"next"
    # a 00 is where a frame ends: two of the vectors are therefore two frames on a line, one of them often legal
    parts = [part for part in bad.split(b"\x00") if part]
    assert len(frames) - 1 + len(rejected) == len(parts)
    assert rejected or len(parts) > 1 or bad.startswith(b"\x00")


def test_slip_escapes_end_and_esc():
    wire = encode("slip", b"\x01\xc0\x02\xdb\x03")
    assert wire == bytes.fromhex("c001dbdc02dbdd03c0")
    assert frame_decoder("slip").feed(wire)[0] == [b"\x01\xc0\x02\xdb\x03"]


@pytest.mark.parametrize("part", [b"\xdb", b"a\xdb", b"\xdbx", b"\xdb\xdb\xdc"])
def test_slip_with_an_escape_of_nothing_is_rejected(part):
    decoder = frame_decoder("slip")
    assert decoder.feed(part + b"\xc0ok\xc0") == ([b"ok"], [("slip", part)])
    assert decoder.rejected == {"slip": 1}


def test_lines_end_with_lf_or_crlf_and_keep_a_cr_inside():
    decoder = frame_decoder("lines")
    assert decoder.feed(b"one\ntwo\r\n\r\n\nth\rree\nfo") == ([b"one", b"two", b"th\rree"], [])
    assert decoder.feed(b"ur\n") == ([b"four"], [])
    assert decoder.counters == {"frames_ok": 4, "frames_empty": 2}


@pytest.mark.parametrize("line", [b"", b"a\nb", b"a\r"])
def test_what_would_not_come_back_as_one_line_is_not_sent(line):
    with pytest.raises(BadFrame, match="not_a_line"):
        encode("lines", line)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_max_bytes_passes_and_one_more_does_not(end):
    decoder = frame_decoder("lines", max_bytes=5)
    assert decoder.feed(b"12345" + end + b"123456" + end) == ([b"12345"], [("overflow", b"12345")])
    singly = frame_decoder("lines", max_bytes=5)
    wire = b"12345" + end + b"123456" + end
    assert decode_all(singly, [bytes([byte]) for byte in wire]) == ([b"12345"], [("overflow", b"12345")])


@pytest.mark.parametrize(
    ("prefix", "wire"),
    [
        (LengthPrefix(1), b"\x03abc"),
        (LengthPrefix(2), b"\x00\x03abc"),
        (LengthPrefix(2, "little"), b"\x03\x00abc"),
        (LengthPrefix(4, "big", inclusive=True), b"\x00\x00\x00\x07abc"),
        (LengthPrefix(1, inclusive=True), b"\x04abc"),
    ],
)
def test_a_length_stands_before_its_frame(prefix, wire):
    assert encode("length", b"abc", prefix) == wire
    assert frame_decoder("length", shape=prefix).feed(wire) == ([b"abc"], [])


def test_a_frame_too_long_for_its_length_is_not_sent():
    assert encode("length", b"x" * 255, LengthPrefix(1))[:1] == b"\xff"
    for frame, prefix in ((b"x" * 256, LengthPrefix(1)), (b"x" * 255, LengthPrefix(1, inclusive=True))):
        with pytest.raises(BadFrame, match="too_large"):
            encode("length", frame, prefix)


def test_a_length_no_frame_can_have_is_skipped_to_the_next_one():
    decoder = frame_decoder("length", max_bytes=10)
    frames, rejected = decoder.feed(b"\xff\xff\xff\x00\x03abc\x00\x02de")
    assert frames == [b"abc", b"de"]
    assert rejected == [("bad_length", b"\xff\xff\xff")]
    assert decoder.counters == {"frames_ok": 2, "frames_bad": 1}


def test_without_framing_every_chunk_is_a_frame():
    assert frame_decoder("none").feed(b"abc") == ([b"abc"], [])
    assert frame_decoder("none").feed(b"") == ([], [])
    assert encode("none", b"abc") == b"abc"


def test_a_reset_returns_what_was_begun():
    decoder = frame_decoder("cobs")
    decoder.feed(b"\x05ab")
    assert decoder.reset() == [("partial", b"\x05ab")]
    assert decoder.reset() == []
    assert decoder.feed(encode("cobs", b"new")) == ([b"new"], [])
    assert decoder.counters == {"frames_ok": 1, "frames_discarded_partial": 1}


def test_a_frame_that_grows_too_long_is_counted_once_and_dropped_to_its_end():
    decoder = frame_decoder("cobs", max_bytes=100)
    assert decoder.feed(b"\x01" * 60) == ([], [])
    assert decoder.feed(b"\x01" * 60) == ([], [("overflow", b"\x01" * 100)])
    assert decoder.feed(b"\x01" * 500) == ([], [])
    assert decoder.reset() == []
    decoder.feed(b"\x01" * 101)
    assert decoder.feed(b"\x01\x00" + encode("cobs", b"next")) == ([b"next"], [])
    assert decoder.counters == {"frames_ok": 1, "frames_overflow": 2}


def test_an_unknown_framing_names_those_there_are():
    with pytest.raises(ValueError, match="no such framing: hdlc; use cobs, slip, lines, length, none"):
        frame_decoder("hdlc")
    with pytest.raises(ValueError, match="hdlc"):
        encode("hdlc", b"")
    with pytest.raises(ValueError, match="1, 2 or 4 bytes, not 3"):
        LengthPrefix(3)
    assert set(STREAMED) < set(FRAMINGS)


@given(st.sampled_from(STREAMED), st.lists(small_frames, max_size=8), prefixes, st.lists(st.integers(0, 500)))
def test_what_was_sent_arrives_however_it_is_cut(framing, frames, prefix, places):
    wire = b"".join(encode(framing, frame, prefix) for frame in frames)
    decoder = frame_decoder(framing, shape=prefix)
    assert decode_all(decoder, cut(wire, places)) == (frames, [])
    assert decoder.reset() == []


@given(
    st.sampled_from(STREAMED),
    st.lists(st.binary(max_size=30) | st.sampled_from([b"\x00", b"\xc0", b"\n", b"\r\n", b"\xdb", b"\x00\x04"])),
    prefixes,
    st.integers(1, 20),
    st.lists(st.integers(0, 500)),
)
def test_noise_is_read_the_same_however_it_is_cut(framing, pieces, prefix, max_bytes, places):
    noise = b"".join(pieces)
    whole, singly = (frame_decoder(framing, max_bytes, prefix) for _ in range(2))
    assert decode_all(whole, [noise]) == decode_all(singly, cut(noise, places))
    assert (whole.counters, whole.rejected) == (singly.counters, singly.rejected)
    assert whole.reset() == singly.reset()


@given(st.sampled_from(sorted(DELIMITERS)), st.binary(max_size=300), small_frames)
def test_noise_costs_no_frame_behind_the_next_delimiter(framing, noise, frame):
    decoder = frame_decoder(framing, max_bytes=64)
    frames, _ = decoder.feed(noise + DELIMITERS[framing] + encode(framing, frame))
    assert frames[-1] == frame


@given(st.sampled_from(STREAMED), st.lists(st.binary(max_size=100), max_size=30), prefixes)
def test_memory_and_rejected_bytes_stay_bounded(framing, chunks, prefix):
    decoder = frame_decoder(framing, 50, prefix)
    for chunk in chunks:
        frames, rejected = decoder.feed(chunk)
        assert all(len(frame) <= 50 for frame in frames)
        assert all(len(raw) <= 50 for _, raw in rejected)
        assert len(decoder._cutter._held) <= 50 + 4
    refused = sum(decoder.rejected.values())
    assert refused == decoder.counters["frames_bad"] + decoder.counters["frames_overflow"]
