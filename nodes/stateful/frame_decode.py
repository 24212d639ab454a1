"""`frame_decode`: messages out of a byte stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import PositiveInt

from flowengine import DONE, HOLD, Config, Emit, Example, Message, Messages, Stateful, parts_of
from nodes.codecs.framing.gaps import Gaps
from nodes.codecs.packets import PacketDecoder
from nodes.framing.settings import FramingConfig

SOURCES = ("connection", "peer", "port")
"""What in meta tells one stream from another."""


UNREAD_S, FIRST_BYTES = 10.0, 32


@dataclass
class Unread:
    """A stream in which no frame was found since a moment, and how it began."""

    since_s: float
    first: bytes = b""
    told: bool = False


class FrameDecodeConfig(FramingConfig):
    """Settings of `frame_decode`."""

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
        return config.framing_faults()

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
        refused_at = dict(zip(decoder.rejected_at, rejected, strict=True))
        good, count = iter(values), len(values) + len(rejected)
        # each in its turn, so that a replay gives all the same ids
        in_order = [refused_at[place][1] if place in refused_at else next(good) for place in range(count)]
        parts = list(parts_of(message, self.context.node, in_order))
        bad += [(parts[place], f"frame {reason}") for place, (reason, _) in refused_at.items()]
        out += [part for place, part in enumerate(parts) if place not in refused_at] if refused_at else parts
        self._count(decoder, *before)

    def flush(self, now_s: float) -> Emit:
        partial = [raw for decoder in self._streams.values() for raw in decoder.reset()]
        if partial:
            self.context.count("frame partial", len(partial))
        return DONE

    def _decoder(self, message: Message) -> PacketDecoder:
        key, streams = _stream(message), self._streams
        decoder = streams.pop(key, None) or self.config.new_decoder(self.context.count)
        streams[key] = decoder  # the order of the dictionary is the order of last use
        if len(streams) > self.config.max_streams:
            forgotten = next(iter(streams))
            del streams[forgotten]
            self._unread.pop(forgotten, None)
            self.context.count("stream forgotten")
        return decoder

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
