"""`frame_decode`: messages out of a byte stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, PositiveInt

from flowengine import DONE, Config, Emit, Example, Message, Messages, Size, Stateful, parts_of
from nodes.codecs.crc.check import crc
from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import MAX_BYTES
from nodes.codecs.packets import PacketDecoder

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
SOURCES = ("connection", "peer", "port")
"""What in meta tells one stream from another."""


def _known_crc(name: str | None) -> str | None:
    return name and crc(name).name


class FrameDecodeConfig(Config):
    """Settings of `frame_decode`."""

    framing: Literal["cobs", "slip", "lines", "length", "none"] = "cobs"
    """How frames are told apart; `none` takes each chunk as a frame."""

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
    )  # fmt: skip

    def start(self) -> None:
        self._streams: dict[Any, PacketDecoder] = {}

    def process(self, messages: Messages, now_s: float) -> Emit:
        out: list[Message] = []
        bad: list[tuple[Message, str]] = []
        for message in messages:
            if not isinstance(message.payload, bytes | bytearray | memoryview):
                bad.append((message, "payload is not bytes"))
                continue
            decoder = self._decoder(message)
            before = decoder.counters["frames_empty"], Counter(decoder.fallbacks)
            refused = decoder.reset() if message.meta.get("reopened") else []
            values, rejected = decoder.feed(bytes(message.payload))
            bad += [(message.with_payload(raw), f"frame {reason}") for reason, raw in refused]
            places = decoder.rejected_at
            for place, (_, raw) in zip(places, rejected, strict=True):
                values.insert(place, raw)  # each in its turn, so that a replay gives all the same ids
            parts = list(parts_of(message, self.context.node, values))
            bad += [(parts[place], f"frame {reason}") for place, (reason, _) in zip(places, rejected, strict=True)]
            out += [part for place, part in enumerate(parts) if place not in places] if places else parts
            self._count(decoder, *before)
        return Emit(out, rejected=bad) if out or bad else DONE

    def flush(self, now_s: float) -> Emit:
        partial = [raw for decoder in self._streams.values() for raw in decoder.reset()]
        if partial:
            self.context.count("frame partial", len(partial))
        return DONE

    def _decoder(self, message: Message) -> PacketDecoder:
        meta, streams = message.meta, self._streams
        key: Sequence[Any] = tuple([str(meta[name]) for name in SOURCES if name in meta])
        decoder = streams.pop(key, None) or self._new_decoder()
        streams[key] = decoder  # the order of the dictionary is the order of last use
        if len(streams) > self.config.max_streams:
            del streams[next(iter(streams))]
            self.context.count("stream forgotten")
        return decoder

    def _new_decoder(self) -> PacketDecoder:
        config = self.config
        prefix = LengthPrefix(config.length_bytes, config.length_order, config.length_inclusive)
        return PacketDecoder(config.framing, config.crc, config.crc_order, config.format, config.max_bytes, prefix)

    def _count(self, decoder: PacketDecoder, empty: int, fallbacks: Counter[str]) -> None:
        if decoder.counters["frames_empty"] > empty:
            self.context.count("frame empty", decoder.counters["frames_empty"] - empty)
        for form, count in decoder.fallbacks.items():
            if count > fallbacks[form]:
                self.context.count(f"read as {form}", count - fallbacks[form])
