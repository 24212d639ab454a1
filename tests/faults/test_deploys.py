"""Random deploys under load: nothing is missing, nothing is stuck, untouched nodes and connections never restart."""

from __future__ import annotations

import asyncio
import json
import random
import re
from typing import Any

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess

DEPLOYS = amount("DEPLOYS", 200, 1000)
MIDDLE = ("where", "hold", "twist")


def start(line: Line) -> dict[str, Any]:
    """The flow that is edited; `store` and both connections are never touched."""
    return {
        "flow": line.name,
        "connections": {
            "broker": {"type": "mqtt", "url": line.url, "client_id": line.name},
            "db": {"type": "sql", "url": f"sqlite:///{line.db}"},
        },
        "nodes": {
            "in": {"type": "mqtt_in", "connection": "broker", "topic": f"{line.name}/{{device}}/n", "format": "json"},
            "where": {"type": "filter", "where": "payload.n >= 0"},
            "hold": {"type": "buffer", "count": 100, "every": "50ms", "durable": True},
            "twist": {"type": "expression", "value": "payload"},
            "store": {
                "type": "sql_out", "connection": "db", "table": "received", "create": True,
                "columns": {"n": "payload.n", "device": "device"},
            },
        },
    }  # fmt: skip


def wire(nodes: dict[str, Any], order: list[str]) -> None:
    """One line through these nodes; the others hang beside it."""
    for before, after in zip(["in", *order], [*order, "store"], strict=True):
        nodes[before]["to"] = after
    for id in (id for id in nodes if id not in ("in", "store", *order)):
        nodes[id].pop("to", None)


def edit(rng: random.Random, flow: dict[str, Any], order: list[str]) -> None:
    """One change that a person could make, and that loses nothing by itself."""
    nodes = flow["nodes"]
    kind = rng.choice(["setting", "setting", "order", "leave out", "queue", "durable", "extra", "source"])
    if kind == "setting":
        nodes["hold"].update(count=rng.randint(1, 300), every=rng.choice(["10ms", "50ms", "200ms"]))
        nodes["where"]["where"] = f"payload.n >= -{rng.randint(0, 9)}"
    elif kind == "order":
        rng.shuffle(order)
    elif kind == "leave out":
        order[:] = rng.sample(MIDDLE, rng.randint(1, 3))
    elif kind == "queue":
        nodes["twist"]["queue"] = rng.choice([1, 50, 1000])
        nodes["twist"]["title"] = str(rng.random())
    elif kind == "durable":
        nodes["hold"]["durable"] = rng.choice([True, {"max": "100MiB"}, {"max": "200MiB"}])
    elif kind == "extra":
        id = f"extra{rng.randint(0, 3)}"
        if nodes.pop(id, None) is None:
            nodes[id] = {"type": "filter", "where": "payload.n < 0"}
    else:
        nodes["in"]["format"] = rng.choice(["json", "auto"])
    wire(nodes, order)


async def deployed(engine: EngineProcess, flow: dict[str, Any], mark: int) -> None:
    """Apply the flow, changed in at least one node, so that there is a plan."""
    flow["nodes"]["mark"] = {"type": "filter", "where": f"payload.n == {mark}"}
    await engine.deploy(json.dumps(flow))


@pytest.mark.faults
@pytest.mark.timeout(120 + DEPLOYS)
async def test_random_deploys_under_load_lose_nothing(line: Line) -> None:
    rng = random.Random(7)
    flow, order = start(line), list(MIDDLE)
    wire(flow["nodes"], order)
    async with line.engine(json.dumps(flow)) as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        for number in range(DEPLOYS):
            edit(rng, flow, order)
            await deployed(engine, flow, number)
            await asyncio.sleep(rng.choice([0, 0, 0.02, 0.1]))
        order[:] = MIDDLE  # every node is in the line again, so that what a spool kept can leave
        wire(flow["nodes"], order)
        await deployed(engine, flow, DEPLOYS)
        await publisher.stop()
        await line.complete(publisher)
        async with asyncio.timeout(60):
            while await engine.metric("held_messages") or await engine.metric("unsettled_messages"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await engine.metric("unaccounted_messages") == 0
        assert await engine.metric("reconnects_total") == 0
        assert await engine.terminate() == 0
    log = engine.log.read_text()
    assert not re.search(r"[~-] store: ", log), "a node that nobody touched was restarted"
    assert log.count("not deployed") == log.count("Traceback") == 0
    assert log.count("connected, ") == 1, "the connection was made anew"
    numbers = line.stored()
    repeated = len(numbers) - len(set(numbers))
    print(f"{DEPLOYS} deploys: {len(publisher.acknowledged)} acknowledged, 0 missing, {repeated} repeated")
