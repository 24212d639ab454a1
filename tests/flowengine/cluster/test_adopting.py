"""A flow that is moved from one machine into a cluster keeps what waits in its spools, its state and its alarms."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flowengine.clock import SystemClock
from flowengine.cluster.adopting import Adoption, CannotAdopt
from flowengine.cluster.unit_stores import Namespace
from flowengine.engine import Engine, Settings
from flowengine.message import Message
from tests.flowengine.cluster.test_fitting import values_in
from tests.flowengine.cluster.test_worker import Cluster, cluster
from tests.servers.nats import NatsCluster
from tests.waiting import until

FLOW = """
flow: f
connections:
  db: {{type: sql, url: "sqlite:///{db}", timeout: 1s}}
nodes:
  in: {{type: http_in, path: /in, open: false, token: t, to: [sums, hot, late]}}
  sums: {{type: aggregate, every: 24h, value: payload.n, figures: [count], durable: {{max: 10MiB{sums}}}, to: end}}
  end: {{type: log}}
  hot: {{type: alert, by: "{{payload.d}}", when: payload.n > 3, to: told}}
  told: {{type: log}}
  late: {{type: sql_out, connection: db, durable: {{max: 10MiB{late}}}, table: got, create: true,
         columns: {{n: payload.n}}}}
"""


def feed(engine: Engine, flow: str, *numbers: int) -> None:
    for n in numbers:
        engine.inject(flow, "in", Message({"n": n, "d": f"d{n % 2}"}))


async def run_on_one_machine(text: str, folder: Path, db: Path) -> None:
    """Five messages come; what they are stored in is locked."""
    engine = Engine(Settings(folder))
    await engine.start()
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await engine.deploy(engine.load(text, "f.yaml"))
        feed(engine, "f", 1, 2, 3, 4, 5)
        sums = engine.flows["f"].stations["sums"]
        await until(lambda: sums.passed == 5 and engine.flows["f"].stations["late"].held == 5)
        await engine.stop(0)


async def adopted(made: Cluster, text: str, folder: Path) -> list[str]:
    """What `deploy --adopt` says and does."""
    jetstream = made.keys.jetstream
    flow = Engine(Settings(folder.parent / "deploy")).load(text, "f.yaml").flow
    adoption = Adoption(flow, folder, Namespace(jetstream, made.name), made.keys, SystemClock())
    adoption.check()
    lines = await adoption.move()
    await made.deploy(text)
    assert not (folder / "flows" / "f").exists() or adoption.put_aside().is_dir()
    return lines


def stored(db: Path) -> list[int]:
    with closing(sqlite3.connect(db)) as database:
        try:
            return sorted(int(n) for (n,) in database.execute("SELECT n FROM got"))
        except sqlite3.OperationalError:  # there is no table yet
            return []


@pytest.mark.parametrize("late", ["", ', key: "{{payload.n}}", partitions: 2'])
async def test_a_flow_goes_on_in_a_cluster_from_where_it_was(tmp_path: Path, one_nats: NatsCluster, late: str) -> None:
    db = tmp_path / "got.db"
    text = FLOW.format(db=db, sums="", late=late.replace("{{", "{").replace("}}", "}"))
    await run_on_one_machine(text, tmp_path / "data", db)
    async with cluster(tmp_path, one_nats) as made:
        lines = await adopted(made, text, tmp_path / "data")
        assert lines == [
            "hot: its state",
            "sums: 0 messages that waited",
            "sums: its state",
            "late: 5 messages that waited",
        ]
        worker = await made.add()
        flows = worker.engine.flows
        await until(lambda: {"f.in.0", "f.sums.0"} <= flows.keys() and stored(db) == [1, 2, 3, 4, 5])
        alarms = {row["key"]: row["state"] for row in flows["f.in.0"].stations["hot"].node.alarms()}
        assert alarms == {"d0": "active_unacknowledged", "d1": "active_unacknowledged"}
        feed(worker.engine, "f.in.0", 6, 7)
        sums = flows["f.sums.0"].stations["sums"].node
        await until(lambda: values_in(sums.snapshot(0.0)) == 7 and stored(db) == [1, 2, 3, 4, 5, 6, 7])


async def test_what_cannot_be_divided_is_refused_before_anything_moves(tmp_path: Path, one_nats: NatsCluster) -> None:
    db = tmp_path / "got.db"
    text = FLOW.format(db=db, sums="", late="")
    await run_on_one_machine(text, tmp_path / "data", db)
    shared = text.replace(
        "figures: [count], durable: {max: 10MiB",
        'figures: [count], durable: {max: 10MiB, key: "{payload.d}", partitions: 2',
    )
    async with cluster(tmp_path, one_nats) as made:
        with pytest.raises(CannotAdopt, match="what sums remembers cannot be divided among 2 partitions"):
            await adopted(made, shared, tmp_path / "data")
        assert (tmp_path / "data" / "flows" / "f").is_dir()
