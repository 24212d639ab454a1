"""`frame_decode`: messages out of a byte stream."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import PositiveInt

from flowengine import Config, Emit, Example, Message, parts_of
from nodes.batches.turns import InTurns
from nodes.codecs.framing.gaps import Gaps
from nodes.codecs.packets import PacketDecoder
from nodes.framing.settings import FramingConfig

SOURCES = ("connection", "peer", "port")
"""What in meta tells one stream from another."""


UNREAD_S, FIRST_BYTES = 10.0, 32

SLICE_BYTES, MOST_FRAMES = 4096, 2000
"""So much of a chunk is read at a time, and about so many frames leave before others get their turn."""


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


class FrameDecode(InTurns):
    """Cut chunks of bytes into frames, check and decode each; bad ones leave by the error port with their reason."""

    config: FrameDecodeConfig
    divides = True
    per_turn = MOST_FRAMES
    leaves_early = True
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
        super().start()
        self._streams: dict[Any, PacketDecoder] = {}
        self._unread: dict[Any, Unread] = {}
        gap = self.config.framing == "gap"
        self._gaps: Gaps[Message] | None = Gaps(self.config.gap, self.config.max_bytes) if gap else None

    def wake_at_s(self) -> float | None:
        if self.is_busy:
            return super().wake_at_s()
        return self._gaps.due_s if self._gaps is not None else None

    def on_time(self, now_s: float) -> Emit:
        for last, frame in self._gaps.overdue(now_s) if self._gaps is not None else ():
            self._decode_whole(last.with_payload(frame), now_s)
        return self.turn()

    def flush(self, now_s: float) -> Emit:
        emit = self.turn(endless=True)
        partial = [raw for decoder in self._streams.values() for raw in decoder.reset()]
        if partial:
            self.context.count("frame partial", len(partial))
        return emit

    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        if not isinstance(message.payload, bytes | bytearray | memoryview):
            self.bad.append((message, "payload is not bytes"))
        elif self._gaps is None:
            yield from self._decode(message, now_s)
        else:
            ended = self._gaps.feed(_stream(message), message, bytes(message.payload), message.arrived_ns, now_s)
            for last, frame in ended:
                self._decode_whole(last.with_payload(frame), now_s)

    def _decode_whole(self, message: Message, now_s: float) -> None:
        for _ in self._decode(message, now_s):
            pass

    def _decode(self, message: Message, now_s: float) -> Iterator[int]:
        """Cut a chunk into frames, slice by slice; of each slice, how many (1 for none)."""
        decoder, chunk = self._decoder(message), bytes(message.payload)
        refused = decoder.reset() if message.meta.get("reopened") else []
        self.bad += [(message.with_payload(raw), f"frame {reason}") for reason, raw in refused]
        found: deque[Any] = deque()
        parts = parts_of(message, self.context.node, _drawn(found))
        for at in range(0, len(chunk), SLICE_BYTES):
            piece = chunk[at : at + SLICE_BYTES]
            before = decoder.counters["frames_empty"], Counter(decoder.fallbacks)
            values, rejected = decoder.feed(piece)
            self._listen(_stream(message), piece, bool(values), now_s)
            self._count(decoder, *before)
            # each in its turn, so that a replay gives all the same ids
            refused_at = dict(zip(decoder.rejected_at, rejected, strict=True))
            good, count = iter(values), len(values) + len(rejected)
            found.extend(refused_at[place][1] if place in refused_at else next(good) for place in range(count))
            for place, part in enumerate(islice(parts, count)):
                if place in refused_at:
                    self.bad.append((part, f"frame {refused_at[place][0]}"))
                else:
                    self.out.append(part)
            yield max(1, count)

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


def _drawn(found: deque[Any]) -> Iterator[Any]:
    """Whatever lies in it when the next is asked for."""
    while True:
        yield found.popleft()


def _stream(message: Message) -> Any:
    return tuple([str(message.meta[name]) for name in SOURCES if name in message.meta])
