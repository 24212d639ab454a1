"""The functions of expressions for bytes: Base64, hexadecimal digits, exclusive or, checksums.

Pure and bounded: bytes as long as texts may be, checksums of 4,096 bytes.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import Any

from flowengine.expression.values import MAX_TEXT, bounded_text, kind

MAX_SUMMED = 4_096


def to_base64(x: Any) -> str:
    """Bytes (or a text's UTF-8) as Base64."""
    return bounded_text(base64.b64encode(_bytes("base64", x)).decode())


def from_base64(x: Any) -> bytes:
    """The bytes that a Base64 text stands for."""
    try:
        return base64.b64decode(_bytes("unbase64", x), validate=True)
    except binascii.Error:
        raise ValueError("unbase64: this text is not Base64") from None


def from_hex(x: Any) -> bytes:
    """The bytes that a text of hexadecimal digits stands for; blanks are left out."""
    if not isinstance(x, str):
        raise TypeError(f"unhex works on text only, not {kind(x)}")
    try:
        return bytes.fromhex(bounded_text(x))
    except ValueError:
        raise ValueError("unhex: this text is not an even number of hexadecimal digits") from None


def xor(x: Any, y: Any = None) -> Any:
    """All bytes of x xored to one number; or x and y, two numbers or bytes of one length, digit by digit."""
    if y is None:
        result = 0
        for byte in _bytes("xor", x):
            result ^= byte
        return result
    if type(x) is int and type(y) is int:
        return x ^ y
    left, right = _bytes("xor", x), _bytes("xor", y)
    if len(left) != len(right):
        raise ValueError("xor takes bytes of one length")
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def crc(x: Any, name: Any = "crc-32") -> int:
    """The checksum of bytes: crc-32, crc-16/modbus, crc-16/xmodem or crc-16/arc."""
    data = _bytes("crc", x)
    if len(data) > MAX_SUMMED:
        raise ValueError(f"crc takes at most {MAX_SUMMED} bytes")
    if name not in SUMS:
        raise ValueError(f"crc knows {', '.join(SUMS)}")
    return SUMS[name](data)


def _reflected_16(start: int) -> Callable[[bytes], int]:
    """CRC-16 with the reflected polynomial 0xA001."""

    def checksum(data: bytes) -> int:
        value = start
        for byte in data:
            value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
        return value

    return checksum


def _row(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE = tuple(map(_row, range(256)))
SUMS: dict[str, Callable[[bytes], int]] = {
    "crc-32": zlib.crc32,
    "crc-16/modbus": _reflected_16(0xFFFF),
    "crc-16/arc": _reflected_16(0),
    "crc-16/xmodem": lambda data: binascii.crc_hqx(data, 0),
}


def _bytes(function: str, x: Any) -> bytes:
    if isinstance(x, str):
        return bounded_text(x).encode()
    if not isinstance(x, bytes):
        raise TypeError(f"{function} works on bytes or text, not {kind(x)}")
    if len(x) > MAX_TEXT:
        raise ValueError(f"bytes longer than {MAX_TEXT}")
    return x


BINARY: dict[str, Callable[..., Any]] = {
    "base64": to_base64, "crc": crc, "unbase64": from_base64, "unhex": from_hex, "xor": xor,
}  # fmt: skip
