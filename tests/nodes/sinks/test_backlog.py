"""backlog: what waits before a node that is away, and what is left after a purge; on disk and in RAM."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.engine import Engine, Settings
from flowengine.testing import TestContext, make
from nodes.sinks.backlog import Backlog
from tests.waiting import until

FLOW = """
flow: f
connections: {{broker: {{type: mqtt, url: "mqtt://127.0.0.1:1"}}}}
nodes:
  clock: {{type: inject, every: 1ms, count: 50, to: away}}
  away: {{type: mqtt_out, connection: broker, topic: t, {queue}}}
  ask: {{type: inject, every: 50ms, to: [look]}}
  look: {{type: backlog, node: away, to: seen}}
  seen: {{type: rtdb_write, key: seen, value: payload}}
  order: {{type: inject, delay: 800ms, to: purge}}
  purge: {{type: backlog, node: away, purge: true, to: purged}}
  purged: {{type: rtdb_write, key: purged, value: payload}}
"""


@pytest.mark.parametrize("queue", ["durable: true", "queue: 1000"])
async def test_what_waits_is_told_and_dropped_on_order(tmp_path: Path, queue: str) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    await engine.start()
    loaded = engine.load(FLOW.format(queue=queue), "f.yaml")
    assert not loaded.problems
    await engine.deploy(loaded)

    def told(key: str) -> dict[str, int]:
        point = engine.rtdb.get(key)
        return {} if point is None else point.value

    await until(lambda: told("seen").get("messages", 0) >= 40)
    assert told("seen")["size_bytes"] > 0
    await until(lambda: told("purged"))
    assert told("purged")["purged"] > 0
    await until(lambda: told("seen")["messages"] <= 50 - told("purged")["purged"])
    station = engine.flows["f"].stations["away"]
    assert station.dropped["purged"] == told("purged")["purged"] and station.balance == 0
    await engine.stop(0)


async def test_a_node_without_a_queue_is_said(tmp_path: Path) -> None:
    node = make(Backlog, "{node: nobody}", TestContext())
    with pytest.raises(Exception, match="nobody is no node with a queue"):
        await node.write([])


async def test_jobs_that_a_queue_keeps_are_told_and_given_up(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    await engine.start()
    loaded = engine.load(
        """
flow: f
nodes:
  jobs: {type: inject, payload: {job: "{n}"}, every: 1ms, count: 5, to: line}
  line: {type: queue, done: payload.done, to: {results: ended}}
  ended: {type: rtdb_write, key: "{payload.state}/{payload.job}", value: payload}
  ask: {type: inject, every: 50ms, to: [look]}
  look: {type: backlog, node: line, to: seen}
  seen: {type: rtdb_write, key: seen, value: payload}
  order: {type: inject, delay: 400ms, at_start: true, count: 1, to: purge}
  purge: {type: backlog, node: line, purge: true, to: purged}
  purged: {type: rtdb_write, key: purged, value: payload}
""",
        "f.yaml",
    )
    assert not loaded.problems, loaded.problems
    await engine.deploy(loaded)
    seen = set()

    def given_up() -> bool:
        point = engine.rtdb.get("seen")
        seen.add(point.value["messages"] if point else 0)
        return engine.rtdb.get("purged") is not None

    await until(given_up)
    assert 4 in seen and engine.rtdb.get("purged").value["purged"] == 4  # type: ignore[union-attr]
    assert engine.rtdb.get("purged/4") is not None and engine.rtdb.get("purged/0") is None
    await engine.stop(0)
