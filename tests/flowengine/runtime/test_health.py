"""What is wrong is told within seconds, by name: connections, sinks that hang, inputs that are held up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings
from flowengine.runtime.health import held_up
from flowengine.server import Server
from tests.flowengine.runtime.conftest import Bench
from tests.servers.ports import next_free_port


def scenes(text: str, steps: Any) -> Any:
    async def scenario(bench: Any) -> None:
        await bench.deploy(text)
        await steps(bench)

    return scenario


def lines(bench: Any) -> list[str]:
    return list(bench.engine.problems())


def test_a_delivery_that_hangs_is_told_within_five_seconds(in_virtual_time: Any) -> None:
    async def steps(bench: Any) -> None:
        await asyncio.sleep(3.0)
        assert lines(bench) == []
        await asyncio.sleep(2.0)
        assert lines(bench) == ["f/slow: a delivery has taken 5 s"]
        up = [line for line in bench.engine.metrics().splitlines() if line.startswith("flowengine_node_up")]
        assert [line.rpartition(" ")[2] for line in up] == ["1", "0"]
        await asyncio.sleep(6.0)
        assert lines(bench) == []

    in_virtual_time(
        scenes("flow: f\nnodes: {in: {type: count, n: 1, to: slow}, slow: {type: collect, every: 10}}", steps)
    )


def test_an_input_that_waits_for_a_sink_names_it_and_what_would_help(
    in_virtual_time: Any, caplog: pytest.LogCaptureFixture
) -> None:
    text = """
flow: f
nodes:
  in: {type: count, n: 3, to: [mid, good]}
  mid: {type: step, to: dead}
  dead: {type: collect, fails: 4}
  good: {type: collect}
"""

    async def steps(bench: Any) -> None:
        source = bench.station("in")
        sink = bench.station("dead").node
        sink.config = sink.config.model_copy(update={"fails": 1_000})
        await asyncio.sleep(8.0)
        assert source.held_up == "held up by dead (retrying: away); `durable: true` on dead would let it go on"
        assert f"f/in: {source.held_up}" in lines(bench)
        sink.config = sink.config.model_copy(update={"fails": 0})
        await asyncio.sleep(15.0)
        assert source.held_up == "" and lines(bench) == []
        told = [r.getMessage() for r in caplog.records if "held up" in r.getMessage() or "goes on" in r.getMessage()]
        assert len(told) == 2

    caplog.set_level("INFO")
    in_virtual_time(scenes(text, steps))


async def test_a_spool_before_the_sink_keeps_its_input_free(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    text = "flow: f\nnodes: {in: {type: count, n: 3, to: dead}, dead: {type: collect, fails: 99, DURABLE}}"
    for durable, told in (("durable: true", ""), ("title: none", "held up by dead (retrying: away)")):
        await bench.deploy(text.replace("DURABLE", durable))
        async with asyncio.timeout(60):
            while bench.station("dead").state != "retrying":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.02)
        stations = bench.engine.flows["f"].stations
        assert held_up(stations["in"], stations, bench.engine.clock.now_s()).startswith(told)
        assert told or not held_up(stations["in"], stations, bench.engine.clock.now_s())
        await bench.engine.remove("f", 0)
    await bench.engine.stop(0)


async def test_readiness_names_what_is_not_there_and_local_readiness_only_what_is_ours(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path / "data"))
    server = Server(engine, "127.0.0.1", 0)
    await server.start()
    port = next_free_port()

    async def asked(query: str = "") -> tuple[int, list[str]]:
        async with http.get(f"readyz{query}") as answer:
            return answer.status, (await answer.text()).splitlines()

    async with aiohttp.ClientSession(server.url) as http:
        assert await asked() == await asked("?local") == (503, ["no flow runs"])
        good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
        good.write_text(f"""
flow: good
connections: {{broker: {{type: mqtt, url: "mqtt://127.0.0.1:{port}"}}, unused: {{type: mqtt, url: "mqtt://127.0.0.1:1"}}}}
nodes: {{in: {{type: mqtt_in, connection: broker, topic: a, to: got}}, got: {{type: log}}}}
""")
        bad.write_text("flow: bad\nnodes: {in: {type: mqt_in}}\n")
        folder = Deployer(engine, [tmp_path])
        await folder.apply()
        async with asyncio.timeout(60):
            while "nothing listens" not in "".join((await asked())[1]):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
        status, said = await asked()
        assert status == 503
        assert said[1] == f"good/connection broker: not connected: nothing listens at 127.0.0.1:{port}; needed by in"
        assert said[0].startswith(f"{bad}: not deployed: ") and "mqt_in" in said[0]
        assert await asked("?local") == (503, said[:1])
        bad.unlink()
        await folder.apply()
        assert await asked("?local") == (200, ["ready"])
        assert 'flowengine_node_up{flow="good",node="in",type="mqtt_in"} 0' in engine.metrics()
    await engine.stop(0)
    await server.stop()
