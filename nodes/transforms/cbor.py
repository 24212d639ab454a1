"""`cbor`: payloads from and to CBOR."""

from collections.abc import Sequence
from typing import Literal

from flowengine import Config, Example, Message, Messages, Rejected, Size, Transform
from nodes.codecs.conversion import converter
from nodes.codecs.payload import MAX_BYTES, BadPayload


class CborConfig(Config):
    """Settings of `cbor`."""

    action: Literal["auto", "decode", "encode"] = "auto"
    """`decode` reads CBOR, `encode` writes it; `auto` decodes bytes and encodes all else."""

    max_bytes: Size = MAX_BYTES
    """Larger payloads are rejected, not decoded."""


class Cbor(Transform):
    """Decode payloads that are CBOR, or encode payloads as CBOR."""

    config: CborConfig
    examples = (
        Example("Read", given=[b"\xa1\x61a\x82\x01\x02"], gives=[{"a": [1, 2]}]),
        Example("Write", "action: encode", given=[{"a": [1, 2]}], gives=[b"\xa1\x61a\x82\x01\x02"]),
    )

    def start(self) -> None:
        self._convert = converter("cbor", self.config.action, self.config.max_bytes, self.context.count)

    def process(self, messages: Messages) -> Sequence[Message]:
        convert = self._convert
        try:
            return [Message(convert(m.payload), m.topic, m.time_ns, m.meta, m.arrived_ns, m.id) for m in messages]
        except BadPayload as fault:
            raise Rejected(f"cbor {fault.reason}") from fault
