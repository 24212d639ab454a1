"""`bytes`: fixed binary records from and to named fields."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from nodes.logic.binary_layout import Layout

Fields = list[dict[str, Any]]


def _laid_out(fields: Fields) -> Fields:
    Layout(fields)
    return fields


class BytesConfig(Config):
    """Settings of `bytes`."""

    fields: Annotated[Fields, Field(min_length=1), AfterValidator(_laid_out)]
    """The fields in order, each `{name, type}` and, where needed, offset, count, scale, offset_value, endian,
    word_order, bit, bits, of, encoding. Types: u8 to u64 and i8 to i64 (24 too), f32, f64, bool, bits, text, bytes,
    bcd."""

    endian: Literal["big", "little"] = "big"
    """Byte order of fields that name none."""

    word_order: Literal["big", "little"] | None = None
    """Order of the 16-bit words of longer numbers, as in Modbus registers; that of the bytes by default."""

    action: Literal["auto", "decode", "encode"] = "auto"
    """`decode` reads records, `encode` writes them; `auto` decodes bytes and encodes maps."""


class Bytes(Transform):
    """Read the fields of a binary record into a map, or write a map as a record."""

    config: BytesConfig
    examples = (
        Example("A sensor's record", "fields: [{name: id, type: u8}, {name: t, type: i16, scale: 0.1}]",
                given=[b"\x07\x00\xeb"], gives=[{"id": 7, "t": 23.5}]),
        Example("A command", "{endian: little, fields: [{name: relay, type: u8}, {name: ms, type: u16}]}",
                given=[{"relay": 2, "ms": 500}], gives=[b"\x02\xf4\x01"]),
    )  # fmt: skip

    def start(self) -> None:
        self._layout = Layout(self.config.fields, self.config.endian, self.config.word_order)

    def process(self, messages: Messages) -> Sequence[Message]:
        return [m.with_payload(self._converted(m.payload)) for m in messages]

    def _converted(self, payload: Any) -> Any:
        is_bytes, action = isinstance(payload, bytes | bytearray | memoryview), self.config.action
        if is_bytes and action != "encode":
            return self._layout.decode(bytes(payload))
        if isinstance(payload, dict) and action != "decode":
            return self._layout.encode(payload)
        raise Rejected("payload is not a map" if action == "encode" else "payload is not bytes")
