"""nodes/transforms/frame_encode.py: serial_frames.json byte for byte."""

import json
from pathlib import Path

import pytest

from flowengine import Rejected
from flowengine.testing import make, messages, payloads
from nodes.transforms.frame_encode import FrameEncode

FRAMES = json.loads((Path(__file__).parents[2] / "vectors" / "serial_frames.json").read_text("utf-8"))["frames"]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["name"])
def test_frame_encode_writes_the_gateways_frames(frame):
    node = make(FrameEncode, "{framing: cobs, crc: crc-16/ibm-3740}")
    assert payloads(node.process(messages([bytes.fromhex(frame["payload_hex"])]))) == [bytes.fromhex(frame["wire_hex"])]


@pytest.mark.parametrize("frame", [f for f in FRAMES if "message" in f], ids=lambda frame: frame["name"])
def test_frame_encode_writes_values_in_their_format(frame):
    node = make(FrameEncode, f"{{crc: crc-16/ibm-3740, format: {frame['codec']}}}")
    assert payloads(node.process(messages([frame["message"]]))) == [bytes.fromhex(frame["wire_hex"])]


def test_frame_encode_rejects_what_cannot_be_framed_with_a_short_reason():
    with pytest.raises(Rejected, match="frame not_a_line"):
        make(FrameEncode, "framing: lines").process(messages([b"a\nb"]))
    with pytest.raises(Rejected, match="frame unencodable"):
        make(FrameEncode).process(messages([{"a": 1}]))
    with pytest.raises(Rejected, match="frame too_large"):
        make(FrameEncode, "{framing: length, length_bytes: 1}").process(messages([b"x" * 256]))
