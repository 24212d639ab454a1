"""nodes/framing/undecoded.py: bytes that sources got become messages, or rejections that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from flowengine import Message
from nodes.codecs.payload import BadPayload, decoder
from nodes.framing.undecoded import MOST_SHOWN_BYTES, decoded, emit_decoded

JSON = decoder("json")


class Told:
    """Takes what a source emits."""

    def __init__(self) -> None:
        self.good: list[Message] = []
        self.rejected: list[tuple[Message, str]] = []
        self.size_bytes = 0

    async def __call__(
        self, message: Any, _: object, size_bytes: int, rejected: Sequence[tuple[Message, str]] = ()
    ) -> None:
        self.good += [message] if isinstance(message, Message) else []
        self.rejected += rejected
        self.size_bytes += size_bytes


async def test_what_is_decoded_goes_on_with_its_size() -> None:
    told = Told()
    await emit_decoded(b'{"a": 1}', JSON, "line/1", {"peer": "10.0.0.7"}, told)  # type: ignore[arg-type]
    [message] = told.good
    assert (message.payload, message.topic, message.meta) == ({"a": 1}, "line/1", {"peer": "10.0.0.7"})
    assert told.size_bytes == 8 and not told.rejected


async def test_what_cannot_be_decoded_is_rejected_with_its_beginning_and_the_reason() -> None:
    told = Told()
    await emit_decoded(b"{" + b"x" * 10_000, JSON, "line/1", {}, told)  # type: ignore[arg-type]
    [(message, reason)] = told.rejected
    assert message.payload == b"{" + b"x" * (MOST_SHOWN_BYTES - 1) and reason.startswith("payload ")
    assert told.size_bytes == 10_001 and not told.good


@pytest.mark.parametrize(("payload", "topic", "given"), [(b"7", "", (7, "own")), ([1], "theirs", ([1], "theirs"))])
def test_a_test_sends_bytes_as_the_wire_would_and_values_as_they_are(payload: Any, topic: str, given: Any) -> None:
    message = decoded(Message(payload, topic), JSON, "own")
    assert (message.payload, message.topic) == given


def test_a_test_that_sends_what_cannot_be_decoded_is_told() -> None:
    with pytest.raises(BadPayload):
        decoded(Message(b"{"), JSON, "")
