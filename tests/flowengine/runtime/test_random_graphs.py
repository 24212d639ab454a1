"""Over random graphs, faults and deploys: nothing is lost, nothing acknowledged early, every account balances."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.runtime.turns import Turns
from flowengine.testing import run_virtual
from tests.flowengine.runtime.conftest import Bench

MESSAGES = 60


class Crowded(Turns):
    """No turn has time for more than one piece, and all must be accounted for between any two."""

    def __init__(self, balances: Callable[[], object]):
        super().__init__(0.0)
        self._balances = balances
        self.found: list[object] = []

    def _next(self) -> None:
        super()._next()
        if wrong := self._balances():
            self.found.append(wrong)


def crowded(rng: random.Random, bench: Bench) -> list[object]:
    """Let no turn of every other engine have time; what is found unaccounted for in one of them."""
    turns = Crowded(bench.balances)
    if rng.random() < 0.5:
        bench.engine.services.turns = turns
    return turns.found


def graph(rng: random.Random) -> dict[str, dict[str, Any]]:
    """A random flow: one source, some nodes in the middle, two sinks."""
    nodes: dict[str, dict[str, Any]] = {
        "source": {"type": "count", "n": MESSAGES, "batch": rng.randint(1, 20), "every": 0.05}
    }
    made = ["source"]
    for index in range(rng.randint(1, 7)):
        id = f"n{index}"
        nodes[id] = middle(rng)
        for up in rng.sample(made, rng.randint(1, min(2, len(made)))):
            nodes[up].setdefault("to", []).append(id)
        made.append(id)
    for id in ("k0", "k1"):
        nodes[id] = {
            "type": "collect",
            "fails": rng.randint(0, 3),
            "every": rng.choice([0, 0.02]),
            "queue": rng.randint(1, 50),
        }
        for up in rng.sample(made, rng.randint(1, min(2, len(made)))):
            nodes[up].setdefault("to", []).append(id)
    nodes["errors"] = {"type": "collect"}
    return nodes


def middle(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(["filter", "buffer", "picky", "queued", "switched"])
    if kind == "filter":
        return {"type": "filter", "where": f"payload % {rng.randint(1, 4)} == 0"}
    if kind == "buffer":
        return {"type": "buffer", "count": rng.randint(1, 40), "every": rng.choice(["20ms", "2s"])}
    if kind == "picky":
        return {"type": "picky", "bad": rng.randint(0, MESSAGES), "on_error": "errors"}
    return {"type": "filter", "where": "payload >= 0", "queue": rng.randint(1, 30)}


def expected(nodes: dict[str, dict[str, Any]]) -> dict[str, list[int]]:
    """What a perfect engine delivers to each sink, duplicates along several paths included."""
    arriving: dict[str, list[int]] = {id: [] for id in nodes}
    arriving["source"] = list(range(MESSAGES))
    for id, node in nodes.items():
        out, bad = list(arriving[id]), []
        if node["type"] == "filter":
            out = [k for k in out if eval(node["where"], {"payload": k})]
        elif node["type"] == "picky":
            out, bad = [k for k in out if k != node["bad"]], [k for k in out if k == node["bad"]]
        for target in node.get("to", []):
            arriving[target] += out
        if "on_error" in node:
            arriving["errors"] += bad
    return {id: sorted(arriving[id]) for id in ("k0", "k1", "errors")}


def as_yaml(nodes: dict[str, dict[str, Any]]) -> str:
    import json

    return "flow: f\nnodes:\n" + "".join(f"  {id}: {json.dumps(node)}\n" for id, node in nodes.items())


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_every_message_reaches_each_sink_once_and_is_then_acknowledged(seed: int) -> None:
    rng = random.Random(seed)
    nodes = graph(rng)

    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder))
            unaccounted = crowded(rng, bench)
            await bench.deploy(as_yaml(nodes))
            for _ in range(200):
                await asyncio.sleep(0.1)
                assert bench.balances() == {}
                outlet = bench.engine.flows["f"].outlets["source"]
                delivered = outlet.unsettled == 0
                if delivered and bench.node("source").sent == MESSAGES:
                    break
            assert {id: sorted(bench.node(id).got) for id in ("k0", "k1", "errors")} == expected(nodes)
            assert sorted(bench.node("source").acked) == list(range(MESSAGES))
            await bench.engine.stop(5)
            assert not unaccounted

    run_virtual(scenario)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_random_deploys_under_load_lose_nothing(seed: int) -> None:
    rng = random.Random(seed)
    nodes = graph(rng)

    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder))
            unaccounted = crowded(rng, bench)
            await bench.deploy(as_yaml(nodes))
            for _ in range(12):
                await asyncio.sleep(rng.choice([0, 0.03, 0.2]))
                edit(rng, nodes)
                await bench.deploy(as_yaml(nodes))
            for _ in range(300):
                await asyncio.sleep(0.1)
                if bench.node("source").sent == MESSAGES and not bench.engine.flows["f"].outlets["source"].unsettled:
                    break
            assert sorted(bench.node("source").acked) == list(range(MESSAGES))
            assert bench.balances() == {}
            for id, wanted in expected(nodes).items():
                assert set(bench.ledger.get(id, [])) == set(wanted)
            await bench.engine.stop(5)
            assert not unaccounted

    run_virtual(scenario)


def edit(rng: random.Random, nodes: dict[str, dict[str, Any]]) -> None:
    """Change a setting of some middle node or sink, without changing what arrives."""
    id = rng.choice([id for id in nodes if id != "source"])
    node = nodes[id]
    if node["type"] == "buffer":
        node["count"] = rng.randint(1, 40)
    elif node["type"] == "collect":
        node["every"] = rng.choice([0, 0.01, 0.02])
    elif "queue" in node:
        node["queue"] = rng.randint(1, 30)
