"""`json`: payloads from and to JSON."""

from collections.abc import Sequence
from typing import Literal

from flowengine import Config, Example, Message, Messages, Rejected, Size, Transform
from nodes.codecs.conversion import converter
from nodes.codecs.payload import MAX_BYTES, BadPayload


class JsonConfig(Config):
    """Settings of `json`."""

    action: Literal["auto", "decode", "encode"] = "auto"
    """`decode` reads JSON, `encode` writes it; `auto` decodes bytes and text and encodes all else."""

    max_bytes: Size = MAX_BYTES
    """Larger payloads are rejected, not decoded."""


class Json(Transform):
    """Decode payloads that are JSON, or encode payloads as JSON."""

    config: JsonConfig
    examples = (
        Example("Read", given=['{"a": [1, 2.5]}'], gives=[{"a": [1, 2.5]}]),
        Example("Write", "action: encode", given=[{"a": [1, 2.5]}], gives=[b'{"a":[1,2.5]}']),
    )

    def start(self) -> None:
        self._convert = converter("json", self.config.action, self.config.max_bytes, self.context.count)

    def process(self, messages: Messages) -> Sequence[Message]:
        convert = self._convert
        try:
            return [Message(convert(m.payload), m.topic, m.time_ns, m.meta, m.arrived_ns, m.id) for m in messages]
        except BadPayload as fault:
            raise Rejected(f"json {fault.reason}") from fault
