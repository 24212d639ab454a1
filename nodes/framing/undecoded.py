"""Bytes that a source got, as messages: decoded, or rejected with what they were. Never here: where bytes come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowengine import Message, Outlet
from nodes.codecs.payload import BadPayload

MOST_SHOWN_BYTES = 4096
Decode = Callable[[bytes], Any]


async def emit_decoded(data: bytes, decode: Decode, topic: str, meta: Mapping[str, Any], emit: Outlet) -> None:
    """Emit one message of these bytes; what cannot be decoded is rejected, with its beginning as payload."""
    try:
        await emit(Message(decode(data), topic, meta=meta), None, len(data))
    except BadPayload as fault:
        bad = Message(data[:MOST_SHOWN_BYTES], topic, meta=meta)
        await emit((), None, len(data), rejected=[(bad, f"payload {fault}")])


def decoded(message: Message, decode: Decode, topic: str) -> Message:
    """What a test sends to a source, as if it came over the wire: bytes are decoded, no topic is the source's own."""
    payload = decode(message.payload) if isinstance(message.payload, bytes) else message.payload
    return message.replace(payload=payload, topic=message.topic or topic)
