"""nodes/stateful/frame_decode.py: every stream of serial_streams.json through the node, streams apart, bounds."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine import DONE, Message
from flowengine.testing import TestContext, make, messages, payloads
from nodes.stateful.frame_decode import FrameDecode

STREAMS = json.loads((Path(__file__).parents[2] / "vectors" / "serial_streams.json").read_text("utf-8"))["streams"]
GATEWAY = "{crc: crc-16/ibm-3740, format: [msgpack, cbor], max_bytes: 1024}"


def by_name(stream):
    return stream["name"]


def play(stream, config=GATEWAY, reopen_before=None):
    node, out, rejected = make(FrameDecode, config), [], []
    for number, chunk in enumerate(stream["chunks_hex"]):
        meta = {"reopened": True} if number == reopen_before else {}
        emit = node.process([Message(bytes.fromhex(chunk), meta=meta)], 0)
        out += payloads(emit.messages)
        rejected += [reason for _, reason in emit.rejected]
    return out, rejected


@pytest.mark.parametrize("stream", STREAMS, ids=by_name)
def test_frame_decode_gives_the_messages_of_the_vector_and_rejects_the_bad_frames(stream):
    out, rejected = play(stream)
    counters = stream["expected_counters"]
    assert out == stream["expected_messages"]
    assert len(rejected) == counters.get("frames_bad", 0) + counters.get("frames_overflow", 0)


@pytest.mark.parametrize("stream", [each for each in STREAMS if "reopen_before_chunk" in each], ids=by_name)
def test_a_port_opened_anew_begins_a_new_frame(stream):
    out, rejected = play(stream, reopen_before=stream["reopen_before_chunk"])
    assert out == stream["expected_messages_if_reset"]
    assert "frame partial" in rejected


@pytest.mark.parametrize(
    "stream", [each for each in STREAMS if "expected_messages_with_json_sniff" in each], ids=by_name
)
def test_a_later_format_is_tried_and_counted(stream):
    out, _ = play(stream, GATEWAY.replace("cbor]", "cbor, json]"))
    assert out == stream["expected_messages_with_json_sniff"]


def test_frame_decode_keeps_streams_apart():
    node = make(FrameDecode, "{framing: lines, format: text}")
    chunks = [("a", b"1"), ("b", b"2"), ("a", b"1\n"), ("b", b"2\n")]
    emit = node.process([Message(chunk, meta={"peer": peer}) for peer, chunk in chunks], 0)
    assert [(m.meta["peer"], m.payload) for m in emit.messages] == [("a", "11"), ("b", "22")]


def test_frame_decode_counts_empty_frames_and_fallbacks():
    context = TestContext()
    node = make(FrameDecode, "{framing: lines, format: [json, text]}", context)
    emit = node.process(messages([b"1\n\n\nx\n"]), 0)
    assert payloads(emit.messages) == [1, "x"]
    assert context.recorded.counted == {"frame empty": 2, "read as text": 1}


def test_frame_decode_keeps_time_topic_and_meta_of_the_chunk():
    chunk = Message(b"x\n", "t", 1, {"peer": "p"}, 2, 3)
    [made] = make(FrameDecode, "{framing: lines, format: text}").process([chunk], 0).messages
    assert made == chunk.replace(payload="x", id=made.id)


def test_frame_decode_holds_nothing_and_bounds_its_streams():
    context = TestContext()
    node = make(FrameDecode, "{framing: lines, max_streams: 2}", context)
    assert node.process([Message(b"a", meta={"peer": n}) for n in range(3)], 0) == DONE
    emit = node.process([Message(b"b\n", meta={"peer": n}) for n in (0, 2)], 0)
    assert payloads(emit.messages) == [b"b", b"ab"]
    assert context.recorded.counted["stream forgotten"] == 2


def test_frame_decode_rejects_what_is_no_bytes():
    assert make(FrameDecode).process(messages(["text"]), 0).rejected[0][1] == "payload is not bytes"


def test_an_unknown_crc_is_an_error_with_the_nearest_name():
    with pytest.raises(ValidationError, match="CRC-16/IBM-3740"):
        make(FrameDecode, "crc: crc-16/ibm-374")


def test_frame_decode_reads_length_prefixes():
    node = make(FrameDecode, "{framing: length, length_bytes: 1, length_inclusive: true}")
    assert payloads(node.process(messages([b"\x03ab\x02", b"c"]), 0).messages) == [b"ab", b"c"]
    node.process(messages([b"\x09x"]), 0)
    assert node.flush(0) == DONE
