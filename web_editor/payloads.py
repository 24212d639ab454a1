"""Messages as people see them: payload and meta as JSON, cut to a size. And back: what people inject."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import msgspec

from flowengine.counts import count_of
from flowengine.message import Message
from web_editor.jsons import to_json
from web_editor.problems import Fault

MOST_BYTES = 64 * 1024
MOST_META_BYTES = 16 * 1024


class TapMessage(msgspec.Struct):
    """One message that passed."""

    id: str
    at_ms: float
    flow: str
    node: str
    port: str
    topic: str | None
    meta: dict[str, Any]
    encoding: Literal["json", "text", "base64"]
    payload: Any
    size_bytes: int
    cut: bool


def tap_message(message: Message, flow: str, node: str, port: str) -> TapMessage:
    """The message, cut after 64 KiB."""
    encoding, payload, size, cut = _payload(message.payload)
    return TapMessage(
        id=str(message.id),
        at_ms=(message.arrived_ns or message.time_ns) / 1e6,
        flow=flow,
        node=node,
        port=port,
        topic=message.topic or None,
        meta=_meta(message),
        encoding=encoding,
        payload=payload,
        size_bytes=size,
        cut=cut,
    )


def size_bytes(message: Message) -> int:
    """Of the payload, as `TapMessage` tells it."""
    return _payload(message.payload)[2]


def message_of(payload: Any, encoding: str, topic: str, meta: dict[str, Any]) -> Message:
    """The message that somebody wrote. Raises `Fault`."""
    if encoding != "json" and not isinstance(payload, str):
        raise Fault("bad-request", f"with encoding {encoding} the payload is text", field="payload")
    if encoding == "base64":
        try:
            payload = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError) as fault:
            raise Fault("bad-request", f"not Base64: {fault}", field="payload") from None
    return Message(payload, topic, meta=meta) if meta else Message(payload, topic)


def _payload(payload: Any) -> tuple[Literal["json", "text", "base64"], Any, int, bool]:
    if isinstance(payload, bytes | bytearray | memoryview):
        raw = bytes(payload)
        return "base64", base64.b64encode(raw[:MOST_BYTES]).decode(), len(raw), len(raw) > MOST_BYTES
    if isinstance(payload, str):
        raw = payload.encode("utf-8", "replace")
        return "text", _cut(raw), len(raw), len(raw) > MOST_BYTES
    raw = to_json(payload)
    if len(raw) > MOST_BYTES:
        return "text", _cut(raw), len(raw), True
    return "json", msgspec.Raw(raw), len(raw), False


def _cut(raw: bytes) -> str:
    return raw[:MOST_BYTES].decode("utf-8", "ignore")


def _meta(message: Message) -> dict[str, Any]:
    raw = to_json(dict(message.meta))
    if len(raw) > MOST_META_BYTES:
        return {"…": count_of(len(raw), "byte")}
    meta: dict[str, Any] = msgspec.json.decode(raw)
    return meta
