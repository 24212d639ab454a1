"""The HTTP server while flows start, run and stop. What flows serve is for the tests of their nodes."""

from __future__ import annotations

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
