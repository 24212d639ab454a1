"""Bodies are unpacked within bounds, and only for whom it is known."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from flowengine.engine import Engine, Settings
from flowengine.http_body import BadBody, BodyTooLarge, read_body
from flowengine.server import Server

MOST = 100_000


@pytest.fixture
async def url(tmp_path: object) -> AsyncIterator[str]:
    server = Server(Engine(Settings()), "127.0.0.1", 0)

    async def take(request: web.Request) -> web.Response:
        try:
            return web.Response(text=str(len(await read_body(request, MOST, 10))))
        except (BodyTooLarge, BadBody) as fault:
            return web.Response(status=413 if isinstance(fault, BodyTooLarge) else 415, text=str(fault))

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=401, text=str(request.content.total_bytes))

    server.engine.http.add("POST", "/take", take)
    server.engine.http.add("POST", "/refuse", refuse)
    await server.start()
    yield server.url
    await server.stop()


async def post(url: str, body: bytes, encoding: str) -> tuple[int, str]:
    headers = {"Content-Encoding": encoding} if encoding else {}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x" * 5000, ""), (gzip.compress(b"x" * 5000), "gzip"), (zlib.compress(b"x" * 5000), "deflate")],
    ids=["plain", "gzip", "deflate"],
)
async def test_a_body_is_read_as_it_was_before_it_was_packed(url: str, body: bytes, encoding: str) -> None:
    assert await post(f"{url}take", body, encoding) == (200, "5000")


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"\0" * 50_000_000), "gzip", 413),
        (b"x" * (MOST + 1), "", 413),
        (b"no gzip", "gzip", 415),
        (gzip.compress(b"x" * 5000)[:-9], "gzip", 415),
        (b"x", "br", 415),
    ],
    ids=["bomb", "long", "no gzip", "cut", "unknown"],
)
async def test_what_is_too_large_or_wrong_is_refused(url: str, body: bytes, encoding: str, status: int) -> None:
    assert (await post(f"{url}take", body, encoding))[0] == status


async def test_nothing_is_unpacked_for_somebody_who_is_refused(url: str) -> None:
    body = gzip.compress(b"\0" * 10_000_000)
    status, seen = await post(f"{url}refuse", body, "gzip")
    assert status == 401 and int(seen) <= len(body)
