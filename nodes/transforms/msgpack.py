"""`msgpack`: payloads from and to MessagePack."""

from collections.abc import Sequence
from typing import Literal

from flowengine import Config, Example, Message, Messages, Rejected, Size, Transform
from nodes.codecs.conversion import converter
from nodes.codecs.payload import MAX_BYTES, BadPayload


class MsgpackConfig(Config):
    """Settings of `msgpack`."""

    action: Literal["auto", "decode", "encode"] = "auto"
    """`decode` reads MessagePack, `encode` writes it; `auto` decodes bytes and encodes all else."""

    max_bytes: Size = MAX_BYTES
    """Larger payloads are rejected, not decoded."""


class Msgpack(Transform):
    """Decode payloads that are MessagePack, or encode payloads as MessagePack."""

    config: MsgpackConfig
    examples = (
        Example("Read", given=[b"\x81\xa1a\x92\x01\x02"], gives=[{"a": [1, 2]}]),
        Example("Write", "action: encode", given=[{"a": [1, 2]}], gives=[b"\x81\xa1a\x92\x01\x02"]),
    )

    def start(self) -> None:
        self._convert = converter("msgpack", self.config.action, self.config.max_bytes, self.context.count)

    def process(self, messages: Messages) -> Sequence[Message]:
        convert = self._convert
        try:
            return [Message(convert(m.payload), m.topic, m.time_ns, m.meta, m.arrived_ns, m.id) for m in messages]
        except BadPayload as fault:
            raise Rejected(f"msgpack {fault.reason}") from fault
