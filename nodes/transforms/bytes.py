"""`bytes`: fixed binary records from and to named fields."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from nodes.codecs.binary.fields import TYPES
from nodes.codecs.binary.layout import Layout


class BytesField(Config):
    """One field of a record."""

    name: str
    """What it is called in the map."""

    type: Annotated[str, Field(json_schema_extra={"enum": list(TYPES)})]
    """How it is written."""

    offset: int | None = Field(default=None, json_schema_extra={"x-unit": "B"})
    """Where it begins, in bytes from the record's first; behind the field before it by default."""

    count: int | None = None
    """Numbers in a list; bytes of text, bytes and BCD. Text and bytes without it take the rest of the record."""

    scale: float = 1
    """What a number is multiplied by when it is read."""

    offset_value: float = 0
    """What is then added to it."""

    endian: Literal["big", "little"] | None = None
    """Byte order, where it is not that of the record."""

    word_order: Literal["big", "little"] | None = None
    """Order of the 16-bit words, where it is not that of the record."""

    bit: int | None = None
    """The lowest bit of a `bits` or `bool` field in its container, 0 being worth 1."""

    bits: int = Field(default=1, json_schema_extra={"x-unit": "bit"})
    """How many bits a `bits` field has."""

    of: Literal["u8", "u16", "u24", "u32", "u64"] = "u8"
    """The container of bits: an unsigned integer type."""

    encoding: Literal["ascii", "utf-8", "latin-1", "cp1252"] = "utf-8"
    """Of text."""


def _laid_out(fields: list[BytesField]) -> list[BytesField]:
    Layout(_written(fields))
    return fields


def _written(fields: list[BytesField]) -> list[dict[str, Any]]:
    return [field.model_dump(exclude_unset=True) for field in fields]


class BytesConfig(Config):
    """Settings of `bytes`."""

    fields: Annotated[list[BytesField], Field(min_length=1), AfterValidator(_laid_out)]
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
        self._layout = Layout(_written(self.config.fields), self.config.endian, self.config.word_order)

    def process(self, messages: Messages) -> Sequence[Message]:
        return [m.with_payload(self._converted(m.payload)) for m in messages]

    def _converted(self, payload: Any) -> Any:
        is_bytes, action = isinstance(payload, bytes | bytearray | memoryview), self.config.action
        if is_bytes and action != "encode":
            if behind := self._layout.bytes_behind(payload):
                self.context.count("bytes behind the record", behind)
            return self._layout.decode(bytes(payload))
        if isinstance(payload, dict) and action != "decode":
            return self._layout.encode(payload)
        raise Rejected("payload is not a map" if action == "encode" else "payload is not bytes")
