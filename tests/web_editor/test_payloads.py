"""A message as people see it, and back: cut to a size, never changed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from flowengine.message import Message
from web_editor.jsons import to_json
from web_editor.payloads import MOST_BYTES, message_of, size_bytes, tap_message
from web_editor.problems import Fault


@pytest.mark.parametrize(
    ("payload", "encoding", "shown"),
    [
        ({"t": 1.5}, "json", b'{"t":1.5}'),
        ("21,5", "text", b'"21,5"'),
        (b"\x00\xff", "base64", b'"AP8="'),
    ],
)
def test_a_payload_is_shown_by_its_kind(payload: Any, encoding: str, shown: bytes) -> None:
    seen = tap_message(Message(payload, "a/b"), "hall", "in", "out")
    assert (seen.encoding, to_json(seen.payload), seen.cut) == (encoding, shown, False)


@pytest.mark.parametrize("payload", ["é" * MOST_BYTES, b"x" * (MOST_BYTES + 1), ["x" * MOST_BYTES]])
def test_a_large_payload_is_cut_and_says_its_size(payload: Any) -> None:
    seen = tap_message(Message(payload), "hall", "in", "out")
    assert seen.cut and seen.size_bytes > MOST_BYTES and len(to_json(seen.payload)) < 2 * MOST_BYTES
    assert size_bytes(Message(payload)) == seen.size_bytes


def test_what_was_shown_can_be_sent_again() -> None:
    seen = tap_message(Message(b"\x00\xff", "a/b"), "hall", "in", "out")
    assert message_of(seen.payload, seen.encoding, seen.topic or "", {}).payload == base64.b64decode(seen.payload)


@pytest.mark.parametrize(("payload", "encoding"), [(1, "text"), ("***", "base64"), ({}, "base64")])
def test_what_is_no_payload_of_that_encoding_is_refused(payload: Any, encoding: str) -> None:
    with pytest.raises(Fault) as fault:
        message_of(payload, encoding, "", {})
    assert fault.value.problem.status == 400 and fault.value.problem.field == "payload"
