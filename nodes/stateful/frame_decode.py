"""`frame_decode`: messages out of a byte stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PositiveInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from flowengine import DONE, HOLD, Config, Duration, Emit, Example, Message, Messages, Size, Stateful, parts_of
from nodes.codecs.crc.check import crc
from nodes.codecs.framing.checksum import Checksum
from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import MAX_BYTES, Shape
from nodes.codecs.framing.gaps import Gaps
from nodes.codecs.framing.marks import Fixed, LengthAt, Marks
from nodes.codecs.packets import PacketDecoder

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
SOURCES = ("connection", "peer", "port")
"""What in meta tells one stream from another."""


UNREAD_S, FIRST_BYTES = 10.0, 32


@dataclass
class Unread:
    """A stream in which no frame was found since a moment, and how it began."""

    since_s: float
    first: bytes = b""
    told: bool = False


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


class FrameDecodeConfig(Config):
    """Settings of `frame_decode`."""

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

    length_bytes: Literal[1, 2, 4] = 2
    """With `framing: length`: bytes of the length before each frame."""

    length_order: Literal["big", "little"] = "big"
    """With `framing: length`: byte order of the length."""

    length_inclusive: bool = False
    """With `framing: length`: the length counts its own bytes too."""

    offset: int | None = Field(default=None, ge=0, le=64)
    """With `framing: length`: the length stands so many bytes into the frame, and what is before it belongs to it."""

    adjust: int = Field(default=0, ge=-1024, le=1024)
    """With `offset`: what to add to the length to get that of the whole frame."""

    length: int = Field(default=0, ge=0, le=MAX_BYTES)
    """With `framing: fixed`: bytes of every frame."""

    start: Mark = b""
    """With `framing: delimited`: how a frame begins, such as `/`, or `hex:02`; by default where the last one ended."""

    end: Mark = b""
    """With `framing: delimited`: how it ends, such as `"\\r"`; what `checksum` takes comes behind it."""

    gap: Duration = 0.02
    """With `framing: gap`: silence after which a frame is over."""

    checksum: ChecksumConfig | None = None
    """Checksum behind each frame, for text protocols: `{type: xor, as: hex, over: inside}` is that of NMEA 0183."""

    max_streams: PositiveInt = 1000
    """Streams (ports, peers) decoded side by side; beyond it the one silent for longest loses its partial frame."""


class FrameDecode(Stateful):
    """Cut chunks of bytes into frames, check and decode each; bad ones leave by the error port with their reason."""

    config: FrameDecodeConfig
    divides = True
    durable_state = False
    examples = (
        Example("A USB gateway", "{framing: cobs, crc: crc-16/ibm-3740, format: [msgpack, cbor]}"),
        Example("Lines of text, cut anywhere", "{framing: lines, format: text}",
                given=[b"22.5\n2", b"3.0\r\n"], gives=["22.5", "23.0"]),
        Example("A receiver for positions (NMEA 0183)", "{framing: delimited, start: $, end: '*', format: text, "
                "checksum: {type: xor, as: hex, over: inside}}",
                given=[b"$GPGLL,4916.45,N,12311.12,W,225444,A*31\r\n"],
                gives=["$GPGLL,4916.45,N,12311.12,W,225444,A*"]),
        Example("A smart meter (DSMR P1)", "{framing: delimited, start: /, end: '!', format: text, "
                "checksum: {type: crc-16/arc, as: hex}}"),
        Example("A scale that ends lines with CR", '{framing: delimited, end: "\\r", format: text}'),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, FrameDecodeConfig)
        faults = []
        if config.framing == "fixed" and not config.length:
            faults.append(("length", "with framing: fixed, say how long each frame is"))
        if config.framing == "delimited" and not config.end:
            faults.append(("end", "with framing: delimited, say how a frame ends"))
        if config.checksum is not None and config.crc is not None:
            faults.append(("checksum", "give either crc or checksum"))
        return faults

    def start(self) -> None:
        self._streams: dict[Any, PacketDecoder] = {}
        self._unread: dict[Any, Unread] = {}
        gap = self.config.framing == "gap"
        self._gaps: Gaps[Message] | None = Gaps(self.config.gap, self.config.max_bytes) if gap else None

    def process(self, messages: Messages, now_s: float) -> Emit:
        out: list[Message] = []
        bad: list[tuple[Message, str]] = []
        for message in messages:
            if not isinstance(message.payload, bytes | bytearray | memoryview):
                bad.append((message, "payload is not bytes"))
            elif self._gaps is None:
                self._decode(message, now_s, out, bad)
            else:
                ended = self._gaps.feed(_stream(message), message, bytes(message.payload), message.arrived_ns, now_s)
                for last, frame in ended:
                    self._decode(last.with_payload(frame), now_s, out, bad)
        return Emit(out, rejected=bad) if out or bad else DONE

    def wake_at_s(self) -> float | None:
        return self._gaps.due_s if self._gaps is not None else None

    def on_time(self, now_s: float) -> Emit:
        out: list[Message] = []
        bad: list[tuple[Message, str]] = []
        for last, frame in self._gaps.overdue(now_s) if self._gaps is not None else ():
            self._decode(last.with_payload(frame), now_s, out, bad)
        return Emit(out, finished=0, rejected=bad) if out or bad else HOLD

    def _decode(self, message: Message, now_s: float, out: list[Message], bad: list[tuple[Message, str]]) -> None:
        decoder = self._decoder(message)
        before = decoder.counters["frames_empty"], Counter(decoder.fallbacks)
        refused = decoder.reset() if message.meta.get("reopened") else []
        values, rejected = decoder.feed(bytes(message.payload))
        self._listen(_stream(message), message.payload, bool(values), now_s)
        bad += [(message.with_payload(raw), f"frame {reason}") for reason, raw in refused]
        places = decoder.rejected_at
        for place, (_, raw) in zip(places, rejected, strict=True):
            values.insert(place, raw)  # each in its turn, so that a replay gives all the same ids
        parts = list(parts_of(message, self.context.node, values))
        bad += [(parts[place], f"frame {reason}") for place, (reason, _) in zip(places, rejected, strict=True)]
        out += [part for place, part in enumerate(parts) if place not in places] if places else parts
        self._count(decoder, *before)

    def flush(self, now_s: float) -> Emit:
        partial = [raw for decoder in self._streams.values() for raw in decoder.reset()]
        if partial:
            self.context.count("frame partial", len(partial))
        return DONE

    def _decoder(self, message: Message) -> PacketDecoder:
        key, streams = _stream(message), self._streams
        decoder = streams.pop(key, None) or self._new_decoder()
        streams[key] = decoder  # the order of the dictionary is the order of last use
        if len(streams) > self.config.max_streams:
            forgotten = next(iter(streams))
            del streams[forgotten]
            self._unread.pop(forgotten, None)
            self.context.count("stream forgotten")
        return decoder

    def _new_decoder(self) -> PacketDecoder:
        config = self.config
        framing, checksum = config.framing, config.checksum
        name = "length_at" if isinstance(_shape(config), LengthAt) else "none" if framing == "gap" else framing
        skip, drop = (len(config.start), len(config.end)) if checksum and checksum.over == "inside" else (0, 0)
        check = Checksum(checksum.type, checksum.as_, checksum.order, skip, drop) if checksum is not None else None
        shape = _shape(config)
        return PacketDecoder(
            name, config.crc, config.crc_order, config.format, config.max_bytes, shape, check, self.context.count
        )

    def _listen(self, stream: Any, chunk: bytes, read: bool, now_s: float) -> None:
        """Say once when bytes come for long and no frame is among them: a wrong speed, or another framing."""
        if read:
            self._unread.pop(stream, None)
            return
        unread = self._unread.setdefault(stream, Unread(now_s))
        if len(unread.first) < FIRST_BYTES:
            unread.first += bytes(chunk[: FIRST_BYTES - len(unread.first)])
        if not unread.told and now_s - unread.since_s >= UNREAD_S:
            unread.told = True
            self.context.count("streams without a frame")
            self.context.log.warning(
                "heard bytes for %.0f s and found no frame; the first are %s", UNREAD_S, unread.first.hex(" ")
            )

    def _count(self, decoder: PacketDecoder, empty: int, fallbacks: Counter[str]) -> None:
        if decoder.counters["frames_empty"] > empty:
            self.context.count("frame empty", decoder.counters["frames_empty"] - empty)
        for form, count in decoder.fallbacks.items():
            if count > fallbacks[form]:
                self.context.count(f"read as {form}", count - fallbacks[form])


def _stream(message: Message) -> Any:
    return tuple([str(message.meta[name]) for name in SOURCES if name in message.meta])


def _shape(config: FrameDecodeConfig) -> Shape | None:
    checksum = config.checksum
    if config.framing == "length":
        if config.offset is not None:
            return LengthAt(config.offset, config.length_bytes, config.length_order, config.adjust)
        return LengthPrefix(config.length_bytes, config.length_order, config.length_inclusive)
    if config.framing == "fixed":
        return Fixed(config.length)
    if config.framing == "delimited":
        width = Checksum(checksum.type, checksum.as_).width_bytes if checksum is not None else 0
        return Marks(config.end, config.start, width)
    return None
