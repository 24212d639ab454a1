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


NMEA = "{framing: delimited, start: $, end: '*', format: text, checksum: {type: xor, as: hex, over: inside}}"
DSMR = "{framing: delimited, start: /, end: '!', format: text, checksum: {type: crc-16/arc, as: hex}}"


def decoded(config, *chunks, now_s=0.0):
    node = make(FrameDecode, config)
    emits = [node.process([Message(chunk)], now_s) for chunk in chunks]
    return [p for e in emits for p in payloads(e.messages)], [reason for e in emits for _, reason in e.rejected]


def test_a_sentence_with_a_wrong_checksum_is_rejected_and_the_next_one_comes():
    good = b"$GPGLL,4916.45,N,12311.12,W,225444,A*31\r\n"
    out, bad = decoded(NMEA, good, good.replace(b"4916", b"4917"), good)
    assert out == [good[:-4].decode()] * 2
    assert bad == ["frame checksum"], "ends of lines between sentences are no noise"


def test_the_telegram_of_a_smart_meter_is_read_whole():
    telegram = b"/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(000671.578*kWh)\r\n!"
    crc = f"{0x0000 ^ crc_16_arc(telegram):04X}".encode()
    out, bad = decoded(DSMR, b"noise" + telegram[:20], telegram[20:] + crc + b"\r\n")
    assert out == [telegram.decode()]
    assert bad == ["frame noise"]


def crc_16_arc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def test_a_scale_that_ends_its_lines_with_cr_is_read():
    assert decoded('{framing: delimited, end: "\\r", format: text}', b"+ 12.5 kg\r+ 1", b"3.0 kg\r")[0] == [
        "+ 12.5 kg\r",
        "+ 13.0 kg\r",
    ]


def test_frames_of_one_length_and_of_a_length_inside_are_read():
    assert decoded("{framing: fixed, length: 3}", b"abcde", b"f")[0] == [b"abc", b"def"]
    assert decoded("{framing: length, offset: 1, length_bytes: 1, adjust: 3}", b"\x68\x02abX\x68\x00X")[0] == [
        b"\x68\x02abX",
        b"\x68\x00X",
    ]


def test_with_gap_a_frame_ends_where_the_line_falls_silent():
    node = make(FrameDecode, "{framing: gap, gap: 20ms}")
    first = node.process([Message(b"ab", arrived_ns=10**9), Message(b"cd", arrived_ns=10**9 + 5_000_000)], 1.0)
    second = node.process([Message(b"ef", arrived_ns=10**9 + 90_000_000)], 1.09)
    assert (payloads(first.messages), payloads(second.messages)) == ([], [b"abcd"])
    assert node.wake_at_s() == pytest.approx(1.11)
    assert payloads(node.on_time(1.2).messages) == [b"ef"]
    assert node.wake_at_s() is None


def test_bytes_without_a_frame_are_told_once_with_their_beginning(caplog):
    node = make(FrameDecode, "{framing: cobs, crc: crc-16/ibm-3740}")
    for second in range(30):
        node.process([Message(b"\xff\x80\x7f")], float(second))
    told = [record.getMessage() for record in caplog.records if "found no frame" in record.getMessage()]
    assert len(told) == 1 and "ff 80 7f ff" in told[0]


@pytest.mark.parametrize(
    ("config", "fault"),
    [("{framing: fixed}", "how long"), ("{framing: delimited}", "how a frame ends"),
     ("{crc: crc-16/arc, checksum: {type: xor}}", "either crc or checksum")],
)  # fmt: skip
def test_what_a_framing_needs_is_asked_for(config, fault):
    assert any(fault in said for _, said in FrameDecode.check(make(FrameDecode, config).config))


def test_a_chunk_of_many_frames_leaves_in_turns_and_is_finished_with_the_last():
    node = make(FrameDecode, "{framing: lines, format: json, max_bytes: 64}")
    chunk, last = Message(b"1\nx\n" * 20_000, id=7), Message(b"2\n", id=8)
    emits = [node.process([chunk, last], 0)]
    while emits[-1].ahead:
        assert node.wake_at_s() is not None
        assert len(emits[-1].messages) + len(emits[-1].rejected) < 5000
        emits.append(node.on_time(0))
    assert node.wake_at_s() is None
    made = [m for emit in emits for m in (*emit.messages, *(bad for bad, _ in emit.rejected))]
    assert len({m.id for m in made}) == len(made) == 40_001
    assert emits[-1].messages[-1].payload == 2
    assert all(emit.finished == 0 for emit in emits[:-1])


def test_what_waits_for_its_turn_leaves_before_the_node_goes():
    node = make(FrameDecode, "{framing: lines, format: json}")
    first = node.process(messages([b"1\n" * 20_000]), 0)
    assert len(first.messages) + len(node.flush(0).messages) == 20_000


def test_the_same_frames_have_the_same_ids_however_many_turns_they_take():
    chunk = [Message(b"1\n" * 9_000, id=7)]
    slow, fast = (make(FrameDecode, "{framing: lines, format: json}") for _ in range(2))
    took = [*slow.process(chunk, 0).messages]
    while slow.wake_at_s() is not None:
        took += slow.on_time(0).messages
    whole = [*fast.process(chunk, 0).messages, *fast.flush(0).messages]
    assert [(m.id, m.time_ns) for m in took] == [(m.id, m.time_ns) for m in whole]
