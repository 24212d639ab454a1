"""Workers of two versions side by side: what a newer one committed is left to newer ones, and goes on there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.cluster import watching
from flowengine.cluster.worker import ClusterWorker, refuses
from flowengine.store.jetstream.units import Record, Stored
from nodes.stateful.aggregate import Aggregate
from tests.flowengine.cluster.test_worker import Cluster, cluster
from tests.servers.nats import NatsCluster
from tests.waiting import until

FLOW = """
flow: f
nodes:
  tick: {type: inject, every: 20ms, payload: 1, to: sums}
  sums: {type: aggregate, every: 24h, figures: [count], durable: {max: 10MiB}, to: end}
  end: {type: log}
"""
UNIT, KEY = "f.sums.0", "unit.f.sums.0"


async def record_of(made: Cluster) -> tuple[Record, int]:
    found = await made.keys.aget(KEY)
    assert found is not None
    return msgspec.msgpack.decode(found.value, type=Record), found.revision


async def doctor(made: Cluster, change: Callable[[Record], None]) -> None:
    """Make the record one that a newer engine has written."""
    record, revision = await record_of(made)
    change(record)
    await made.keys.aput(KEY, msgspec.msgpack.encode(record), revision)


def newer_state(record: Record) -> None:
    commit: dict[str, Any] = msgspec.msgpack.decode(record.stored["checkpoint sums"].data)
    record.stored["checkpoint sums"] = Stored(msgspec.msgpack.encode(commit | {"version": 99}))


def newer_record(record: Record) -> None:
    record.format = 99


def values_in(state: Any) -> int:
    """How many values the one open window of the one key holds, by `nodes.windows`."""
    windows = state[0][1][8]
    return int(windows[0][3][0])


def counted(worker: ClusterWorker) -> int:
    """How many messages the window holds."""
    return worker.engine.flows[UNIT].stations["sums"].passed


async def counting(made: Cluster) -> ClusterWorker:
    """A worker that has committed a state."""
    worker = await made.add()
    await made.deploy(FLOW)
    await until(lambda: UNIT in worker.running and counted(worker) > 10)
    return worker


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (newer_state, "its state has version 99, this engine knows"),
        (newer_record, "its record has format 99, this engine knows"),
    ],
)
async def test_what_a_newer_engine_wrote_is_refused_and_kept(
    tmp_path: Path, one_nats: NatsCluster, change: Callable[[Record], None], says: str
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        await made.stop(await counting(made))
        await doctor(made, change)
        stored = (await record_of(made))[0].stored
        older = await made.add()
        await until(lambda: refuses(older) == [UNIT] and "f.tick.0" in older.running)
        found = await watching.status(made.keys)
        assert [says in worker["faults"][0] for worker in found["workers"]] == [True]
        assert UNIT not in older.running and (await record_of(made))[0].stored == stored


async def test_a_worker_of_the_newer_version_goes_on_with_it_beside_an_older_one(
    tmp_path: Path, one_nats: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        await made.stop(await counting(made))
        await doctor(made, newer_state)
        commit = msgspec.msgpack.decode((await record_of(made))[0].stored["checkpoint sums"].data)
        older = await made.add()
        await until(lambda: refuses(older) == [UNIT])
        monkeypatch.setattr(Aggregate, "state_version", 99)
        newer = await made.add()
        await until(lambda: UNIT in newer.running)
        kept = newer.engine.flows[UNIT].stations["sums"].node.snapshot(0.0)
        assert UNIT not in older.running and values_in(kept) >= values_in(commit["state"]) > 10
