"""The HTTP server while flows start, run and stop. What flows serve is for the tests of their nodes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from flowengine.engine import Engine, Settings
from flowengine.server import Server


async def test_a_missing_path_is_503_while_flows_start_or_stop_and_404_while_they_run(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    engine.starting = True
    server = Server(engine, "127.0.0.1", 0)
    await server.start()

    async def asked() -> tuple[int, str | None]:
        async with http.post("api/readings") as answer:
            return answer.status, answer.headers.get("Retry-After")

    async with aiohttp.ClientSession(server.url) as http:
        assert await asked() == (503, "1")
        engine.starting = False
        assert await asked() == (404, None)
        await engine.stop(1)
        assert await asked() == (503, "1")
    await server.stop()


async def test_a_source_that_has_not_begun_to_serve_is_waited_for(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    server = Server(engine, "127.0.0.1", 0)
    await server.start()
    flow = "flow: f\nnodes: {in: {type: http_in, path: /api/readings, to: got}, got: {type: log}}\n"
    await engine.deploy(engine.load(flow, "f.yaml"))
    async with aiohttp.ClientSession(server.url) as http:
        async with asyncio.timeout(60):
            while engine.flows["f"].stations["in"].state != "running":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.01)
        engine.flows["f"].stations["in"].state = "starting"
        async with http.post("other") as answer:
            assert answer.status == 503
        engine.flows["f"].stations["in"].state = "running"
        async with http.post("other") as answer:
            assert answer.status == 404
    await engine.stop(1)
    await server.stop()
