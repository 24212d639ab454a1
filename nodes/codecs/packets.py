"""Packets: values in a payload format, with a CRC behind, in frames. See `payload`, `crc`, `framing` for each part."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from nodes.codecs import payload
from nodes.codecs.crc.check import Crc, Order, crc
from nodes.codecs.framing import frames
from nodes.codecs.framing.checksum import Checksum
from nodes.codecs.framing.cutting import LengthPrefix
from nodes.codecs.framing.frames import MAX_BYTES, BadFrame, FrameDecoder, Shape


class PacketDecoder(FrameDecoder[Any]):
    """Values out of a byte stream: `feed(chunk)` returns (values, rejected), see FrameDecoder.

    Reasons beyond those of the framing: short (no room for the CRC), crc, and those of a payload. `fallbacks` counts,
    by name, the values that only a later one of `formats` could read.
    """

    def __init__(
        self,
        framing: str,
        crc_name: str | None = None,
        crc_order: Order = "big",
        formats: str | Sequence[str] = "bytes",
        max_bytes: int = MAX_BYTES,
        shape: Shape | None = None,
        checksum: Checksum | None = None,
        count: payload.Count = lambda reason, n: None,
    ) -> None:
        """Raise ValueError for an unknown framing, CRC or format, or a framing without its shape."""
        self.fallbacks: Counter[str] = Counter()
        decode = payload.decoder(formats, max_bytes, fallbacks=self.fallbacks, count=count)
        check = crc(crc_name) if crc_name else None
        unwrap = frames.unwrap(framing)
        if checksum is not None:
            unwrap = _then(unwrap, checksum.opener())
        super().__init__(framing, _opener(unwrap, check, crc_order, decode), max_bytes, shape)


def packet_encoder(
    framing: str,
    crc_name: str | None = None,
    crc_order: Order = "big",
    formats: str | Sequence[str] = "bytes",
    prefix: LengthPrefix | None = None,
) -> Callable[[Any], bytes]:
    """Return the function from a value to its bytes on the wire, in the first of `formats`.

    It raises BadPayload for a value that the format cannot hold, BadFrame for one that the framing cannot carry.
    """
    encode_payload, check = payload.encoder(formats), crc(crc_name) if crc_name else None

    def encode(value: Any) -> bytes:
        data = encode_payload(value)
        return frames.encode(framing, check.append(data, crc_order) if check else data, prefix)

    return encode


def _then(first: Callable[[bytes], bytes], second: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda part: second(first(part))


def _opener(
    unwrap: Callable[[bytes], bytes], check: Crc | None, order: Order, decode: payload.Decode
) -> Callable[[bytes], Any]:
    if check is None:
        return lambda part: decode(unwrap(part))
    width, residue = check.width_bytes, check.residue(order)
    return (
        _open_comparing(unwrap, check, order, decode)
        if residue is None
        else _open_by_residue(unwrap, check.compute, residue, width, decode)
    )


def _open_comparing(
    unwrap: Callable[[bytes], bytes], check: Crc, order: Order, decode: payload.Decode
) -> Callable[[bytes], Any]:
    width = check.width_bytes

    def open_packet(part: bytes) -> Any:
        frame = unwrap(part)
        if not check.check(frame, order):
            raise BadFrame("short" if len(frame) < width else "crc")
        return decode(frame[:-width])

    return open_packet


def _open_by_residue(
    unwrap: Callable[[bytes], bytes], compute: Callable[[bytes], int], residue: int, width: int, decode: payload.Decode
) -> Callable[[bytes], Any]:
    """Return an opener that needs one look at the frame: the CRC over data and CRC is the same for all good frames."""

    def open_packet(part: bytes) -> Any:
        frame = unwrap(part)
        if len(frame) < width:
            raise BadFrame("short")
        if compute(frame) != residue:
            raise BadFrame("crc")
        return decode(frame[:-width])

    return open_packet
