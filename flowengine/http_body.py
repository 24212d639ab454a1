"""Reads bodies of requests, compressed ones too, in bounds of size and time. Called once route and role are known."""

from __future__ import annotations

import asyncio
import zlib

from aiohttp import web

from flowengine.counts import count_of
from flowengine.large import its_turn

STEP_BYTES = 64 * 1024
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyTooLarge(Exception):
    """The body has, or makes, more than is taken."""

    def __init__(self, size_bytes: int):
        super().__init__(count_of(size_bytes, "byte"))
        self.size_bytes = size_bytes


class BadBody(ValueError):
    """The body is not what its Content-Encoding says, or that is one we do not read."""


async def read_body(request: web.Request, most_bytes: int, timeout_s: float) -> bytes:
    """The body, unpacked. Raises `BodyTooLarge`, `BadBody`, `TimeoutError`.

    Others on the loop wait for no more than one step of it, and for what is done with one large body at a time.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", *_WINDOWS):
        raise BadBody(f"Content-Encoding {encoding[:40]!r} is not taken; send gzip, deflate or none")
    if (declared := request.content_length or 0) > most_bytes:
        raise BodyTooLarge(declared)
    unpack = zlib.decompressobj(_WINDOWS[encoding]) if encoding in _WINDOWS else None
    body = bytearray()
    async with asyncio.timeout(timeout_s):
        while chunk := await request.content.readany():
            if unpack is None:
                body += chunk
            else:
                await _unpacked(unpack, chunk, body, most_bytes)
            if len(body) > most_bytes:
                raise BodyTooLarge(len(body))
    if unpack is not None and body and not unpack.eof:
        raise BadBody("the compressed body ends too early")
    await its_turn(len(body))
    return bytes(body)


async def _unpacked(unpack: zlib._Decompress, chunk: bytes, body: bytearray, most_bytes: int) -> None:
    while chunk and len(body) <= most_bytes:
        try:
            body += unpack.decompress(chunk, STEP_BYTES)
        except zlib.error:
            raise BadBody("the body is not what its Content-Encoding says") from None
        chunk = unpack.unconsumed_tail
        if chunk:
            await asyncio.sleep(0)
