"""Settings that say where frames begin and end, and the decoder that they make."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from flowengine import Config, Duration, Size
from nodes.codecs import payload
from nodes.codecs.crc.check import crc
from nodes.codecs.framing.checksum import Checksum
from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import MAX_BYTES, Shape
from nodes.codecs.framing.marks import Fixed, LengthAt, Marks
from nodes.codecs.packets import PacketDecoder

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]


def _known_crc(name: str | None) -> str | None:
    return name and crc(name).name


def _mark(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "should be text")
    if value.startswith("hex:"):
        try:
            return bytes.fromhex(value[4:])
        except ValueError:
            raise ValueError(f"{value!r}: write hexadecimal digits after hex:, such as hex:02") from None
    return value.encode()


Mark = Annotated[
    bytes,
    BeforeValidator(_mark),
    PlainSerializer(lambda mark: mark.decode("latin-1"), return_type=str),
    WithJsonSchema({"type": "string", "maxLength": 64}),
]
"""Bytes that begin or end a frame: text, or `hex:` and digits."""


def _known_sum(name: str) -> str:
    return name if name in ("xor", "sum") else crc(name).name


class ChecksumConfig(Config):
    """What stands behind a frame."""

    type: Annotated[str, AfterValidator(_known_sum)]
    """`xor`, `sum`, or a CRC by name, such as `crc-16/arc`."""

    as_: Literal["hex", "binary"] = "binary"
    """How it is written: hexadecimal digits or bytes."""

    over: Literal["frame", "inside"] = "frame"
    """What it covers: the frame with its marks, or what lies between them."""

    order: Literal["big", "little"] = "big"
    """Its byte order."""


class FramingConfig(Config):
    """How frames are told apart, checked and read."""

    framing: Literal["cobs", "slip", "lines", "length", "fixed", "delimited", "gap", "none"] = "cobs"
    """How frames are told apart; `none` takes each chunk as a frame, `gap` ends a frame where the line falls silent."""

    crc: Annotated[str | None, AfterValidator(_known_crc)] = None
    """CRC behind each payload, by name, such as `crc-16/ibm-3740`; by default there is none."""

    crc_order: Literal["big", "little"] = "big"
    """Byte order of the CRC on the wire."""

    format: Format | list[Format] = "bytes"
    """How payloads are read, or several formats in the order they are tried."""

    max_bytes: Size = MAX_BYTES
    """Longer frames are rejected."""

    length_bytes: Literal[1, 2, 4] = Field(default=2, json_schema_extra={"x-unit": "B"})
    """With `framing: length`: bytes of the length before each frame."""

    length_order: Literal["big", "little"] = "big"
    """With `framing: length`: byte order of the length."""

    length_inclusive: bool = False
    """With `framing: length`: the length counts its own bytes too."""

    offset: int | None = Field(default=None, ge=0, le=64, json_schema_extra={"x-unit": "B"})
    """With `framing: length`: the length stands so many bytes into the frame, and what is before it belongs to it."""

    adjust: int = Field(default=0, ge=-1024, le=1024, json_schema_extra={"x-unit": "B"})
    """With `offset`: what to add to the length to get that of the whole frame."""

    length: int = Field(default=0, ge=0, le=MAX_BYTES, json_schema_extra={"x-unit": "B"})
    """With `framing: fixed`: bytes of every frame."""

    start: Mark = b""
    """With `framing: delimited`: how a frame begins, such as `/`, or `hex:02`; by default where the last one ended."""

    end: Mark = b""
    """With `framing: delimited`: how it ends, such as `"\\r"`; what `checksum` takes comes behind it."""

    gap: Duration = 0.02
    """With `framing: gap`: silence after which a frame is over."""

    checksum: ChecksumConfig | None = None
    """Checksum behind each frame, for text protocols: `{type: xor, as: hex, over: inside}` is that of NMEA 0183."""

    def framing_faults(self) -> list[tuple[str, str]]:
        """What is wrong across these settings, as (option, fault)."""
        faults = []
        if self.framing == "fixed" and not self.length:
            faults.append(("length", "with framing: fixed, say how long each frame is"))
        if self.framing == "delimited" and not self.end:
            faults.append(("end", "with framing: delimited, say how a frame ends"))
        if self.checksum is not None and self.crc is not None:
            faults.append(("checksum", "give either crc or checksum"))
        return faults

    def new_decoder(self, count: payload.Count) -> PacketDecoder:
        """A decoder for one stream; `count` is told of what it had to mend."""
        shape, checksum = self._shape(), self.checksum
        name = "length_at" if isinstance(shape, LengthAt) else "none" if self.framing == "gap" else self.framing
        skip, drop = (len(self.start), len(self.end)) if checksum and checksum.over == "inside" else (0, 0)
        check = Checksum(checksum.type, checksum.as_, checksum.order, skip, drop) if checksum is not None else None
        return PacketDecoder(name, self.crc, self.crc_order, self.format, self.max_bytes, shape, check, count)

    def _shape(self) -> Shape | None:
        if self.framing == "length":
            if self.offset is not None:
                return LengthAt(self.offset, self.length_bytes, self.length_order, self.adjust)
            return LengthPrefix(self.length_bytes, self.length_order, self.length_inclusive)
        if self.framing == "fixed":
            return Fixed(self.length)
        if self.framing == "delimited":
            checksum = self.checksum
            width = Checksum(checksum.type, checksum.as_).width_bytes if checksum is not None else 0
            return Marks(self.end, self.start, width)
        return None
