"""`frame_encode`: payloads as frames for a byte stream."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from nodes.codecs.crc.check import crc
from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import BadFrame
from nodes.codecs.packets import packet_encoder
from nodes.codecs.payload import BadPayload


def _known_crc(name: str | None) -> str | None:
    return name and crc(name).name


class FrameEncodeConfig(Config):
    """Settings of `frame_encode`."""

    framing: Literal["cobs", "slip", "lines", "length", "none"] = "cobs"
    """How the receiver tells frames apart."""

    crc: Annotated[str | None, AfterValidator(_known_crc)] = None
    """CRC to put behind each payload, by name, such as `crc-16/ibm-3740`; by default none."""

    crc_order: Literal["big", "little"] = "big"
    """Byte order of the CRC on the wire."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "bytes"
    """How payloads are written."""

    length_bytes: Literal[1, 2, 4] = Field(default=2, json_schema_extra={"x-unit": "B"})
    """With `framing: length`: bytes of the length before each frame."""

    length_order: Literal["big", "little"] = "big"
    """With `framing: length`: byte order of the length."""

    length_inclusive: bool = False
    """With `framing: length`: the length counts its own bytes too."""


class FrameEncode(Transform):
    """Write each payload as one frame, ready for a serial port or a socket."""

    config: FrameEncodeConfig
    examples = (
        Example("Lines of JSON", "{framing: lines, format: json}", given=[{"a": 1}], gives=[b'{"a":1}\n']),
        Example("To a USB gateway", "{framing: cobs, crc: crc-16/ibm-3740, format: msgpack}"),
    )

    def start(self) -> None:
        config = self.config
        prefix = LengthPrefix(config.length_bytes, config.length_order, config.length_inclusive)
        self._encode = packet_encoder(config.framing, config.crc, config.crc_order, config.format, prefix)

    def process(self, messages: Messages) -> Sequence[Message]:
        encode = self._encode
        try:
            return [m.with_payload(encode(m.payload)) for m in messages]
        except (BadPayload, BadFrame) as fault:
            raise Rejected(f"frame {fault.reason}") from fault
