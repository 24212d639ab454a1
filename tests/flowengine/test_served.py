"""Flows serve no path of the engine or the editor, and what they answer runs no script in anybody's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.http_exceptions import BadHttpMessage

from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from flowengine.flow.load import load
from flowengine.served import isolate, refusal
from flowengine.server import Server, requests_log

TAKEN = ["/", "/login", "/setup", "/assets/app.js", "/assets/{any*}", "/{any*}", "/{a}", "/{a}/b", "/x{a*}", "/api/v1",
         "/api/v1/flows", "/api/{any*}", "/api/{x}/y", "/API/V1/x", "/healthz", "/metrics", "/flow/plant", "//evil",
         "/page/a/b", "/readyz", "/%61ssets/x", "/assets%2fx", "/./login", "/x/../login", "/api/%76%31/x",
         "/x/%2e%2e"]  # fmt: skip
FREE = [
    "/api/modules",
    "/api/modules/{module}/data",
    "/live",
    "/plant/{x}",
    "/plant/{rest*}",
    "/api/metrics",
    "/apis/{x}",
]


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


@pytest.mark.parametrize("node", ["{type: http_in, path: P}", "{type: websocket_in, path: P}"])
@pytest.mark.parametrize("path", TAKEN)
def test_a_flow_that_takes_a_path_of_the_editor_is_refused(node: str, path: str) -> None:
    text = f"flow: f\nnodes:\n  a: {node.replace('P', repr(path))}\n"
    problems = load(text, "f.yaml", installed(), {}, NoSecrets()).problems
    assert [p.path for p in problems if p.severity == "error"] == [("nodes", "a", "path")]


@pytest.mark.parametrize("path", FREE)
def test_other_paths_are_the_flows(path: str) -> None:
    assert not refusal(path)


def test_a_path_is_refused_where_it_is_served_too() -> None:
    async def answer(request: object) -> object:
        raise AssertionError

    with pytest.raises(ValueError, match="belongs to the engine"):
        Engine(Settings()).http.add("GET", "/setup", answer)  # type: ignore[arg-type]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    engine = Engine(Settings(tmp_path / "data"))
    found = Server(engine, "127.0.0.1", 0)
    await found.start()
    yield found
    await found.stop()


async def test_what_a_flow_answers_is_a_page_of_nobody(server: Server) -> None:
    async def hostile(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        given = {
            "Content-Security-Policy": "default-src *", "Set-Cookie": "flowengine_session=mine", "Clear-Site-Data": "*",
        }  # fmt: skip
        return aiohttp.web.Response(
            text="<script>fetch('/api/v1/users')</script>", content_type="text/html", headers=given
        )

    server.engine.http.add("GET", "/plant", hostile)
    async with aiohttp.ClientSession() as session:
        for path in ("plant", "nowhere", "healthz", "metrics"):
            async with session.get(server.url + path) as answer:
                assert answer.headers.getall("Content-Security-Policy") == ["sandbox"], path
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Set-Cookie" not in answer.headers and "Clear-Site-Data" not in answer.headers


def test_isolating_keeps_what_is_harmless() -> None:
    headers = {"Content-Type": "text/html", "ETag": "x"}
    isolate(headers)
    assert headers["Content-Type"] == "text/html" and headers["ETag"] == "x"


@pytest.mark.parametrize("path", ["healthz", "readyz", "metrics", "nowhere"])
async def test_a_name_that_is_not_ours_reaches_nothing(server: Server, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        for host, status in (("evil.example", 403), (f"127.0.0.1:{server.port}", None), ("LOCALHOST.", None)):
            async with session.get(server.url + path, headers={"Host": host}) as answer:
                assert (answer.status == 403) == (status == 403), host


OURS = [b"Host: LocalHost.:PORT", b"Host: 127.0.0.1", b"Host: [::1]:PORT", b"Host: [::ffff:127.0.0.1]"]
OTHERS = [
    b"Host: evil.example", b"Host: EVIL.example.:PORT", b"Host: 127.0.0.1.evil.example", b"Host: 2130706433",
    b"Host: 0x7f.0.0.1", b"Host: localhost@evil.example", b"Host: localhost, evil.example", b"Host: localhost:99999",
    b"Host: localhost/evil", b"Host: [::1", b"Host: ",
]  # fmt: skip


async def status(server: Server, target: bytes, *lines: bytes) -> int:
    """What a request with exactly these lines is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = b"\r\n".join([b"GET " + target + b" HTTP/1.1", *lines, b"Connection: close", b"", b""])
    writer.write(head.replace(b"PORT", str(server.port).encode()))
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


@pytest.mark.parametrize("target", [b"/metrics", b"/healthz", b"/plant", b"//metrics", b"/nowhere"])
async def test_however_a_name_is_written_only_ours_reach_anything(server: Server, target: bytes) -> None:
    async def anybody(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return aiohttp.web.Response(text="the plant's")

    server.engine.http.add("GET", "/plant", anybody)
    assert {await status(server, target, host) for host in OURS} <= {200, 404}
    assert {await status(server, target, host) for host in OTHERS} == {403}
    for twice in ((OURS[0], OTHERS[0]), (OTHERS[0], OURS[0]), (OURS[0], OURS[0])):
        assert await status(server, target, *twice) == 400
    assert await status(server, target) == 400


async def test_a_whole_url_in_the_line_names_us_too(server: Server) -> None:
    assert await status(server, b"http://evil.example/metrics", b"Host: localhost") == 403
    assert await status(server, b"http://localhost/metrics", b"Host: evil.example") == 403
    assert await status(server, b"http://localhost:PORT/metrics", b"Host: localhost:PORT") == 200


def test_what_is_no_http_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise BadHttpMessage("rubbish")
    except BadHttpMessage:
        requests_log().exception("Error handling request")
    [told] = caplog.records
    assert told.levelname == "WARNING" and not told.exc_info and "rubbish" in told.getMessage()
