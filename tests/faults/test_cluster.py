"""A flow that is cut across workers holds while they, and the servers, are killed and frozen: nothing is missing.

The outside ledger is the publisher's, as in `test_exact_state`: it says what each window must hold and when each alarm
must be raised. Through two durable wires, an aggregate, an alert, and sinks of which one is behind a wire of its own.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing

import pytest

from flowengine.store.jetstream.units import SILENCE_S
from tests.faults.amounts import amount
from tests.faults.cluster_process import ClusterProcesses, WorkerProcess
from tests.faults.conftest import Line
from tests.faults.ledger import Publisher
from tests.faults.test_exact_state import (
    ALARM_EVERY,
    ALARM_FOR,
    BASE_MS,
    KEYS,
    STEP_MS,
    differing,
    raised,
    settled,
    turns,
    whole_windows,
    windows,
)  # fmt: skip
from tests.servers.nats import NatsCluster, nats_cluster
from tests.waiting import until

KILLS = amount("CLUSTER_KILLS", 2, 100)
SERVER_KILLS = amount("CLUSTER_SERVER_KILLS", 1, 20)
FREEZES = amount("CLUSTER_FREEZES", 1, 10)
RATE = 400

FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}", keepalive: 4s}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", qos: 1, format: json, to: clean}}
  clean: {{type: normalise, to: [windows, hot, seen]}}
  seen: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.n}}}}
  windows:
    type: aggregate
    durable: {{max: 20MiB, key: "{{device}}", partitions: 4}}
    dedupe: {{key: "{{payload.n}}", window: 120s}}
    every: 1s
    key: "{{device}}"
    value: payload.n
    figures: [count, min, max]
    to: store
  store:
    type: sql_out
    durable: {{max: 20MiB}}
    connection: db
    table: windows
    create: true
    mode: upsert
    keys: [device, start]
    columns: {{device: device, start: payload.start, count: payload.count, least: payload.min, most: payload.max}}
  hot:
    type: alert
    durable: {{max: 20MiB, key: "{{device}}", partitions: 2}}
    dedupe: {{key: "{{payload.n}}", window: 120s}}
    by: "{{device}}"
    when: payload.n % {every} < {hot}
    to: raised
  raised:
    type: sql_out
    connection: db
    table: alarms
    create: {{id: int}}
    columns: {{id: message.id, device: device, state: payload.state}}
"""


@pytest.fixture(scope="module")
def three_nats() -> Iterator[NatsCluster]:
    """Three servers that sync always."""
    with nats_cluster(3) as cluster:
        yield cluster


@asynccontextmanager
async def loaded(line: Line, nats: NatsCluster) -> AsyncIterator[tuple[ClusterProcesses, Publisher]]:
    """Two workers that run the flow under load; at the end everything must be exact."""
    with closing(sqlite3.connect(line.db)) as database:
        database.execute(KEYS)
        database.execute("PRAGMA journal_mode=WAL")
    flow = FLOW.format(name=line.name, url=line.url, db=line.db, every=ALARM_EVERY, hot=ALARM_FOR)
    async with ClusterProcesses(line.folder, nats, line.name) as cluster, line.publisher(rate=RATE) as publisher:
        publisher.payload = lambda n: {"n": n, "time": BASE_MS + n * STEP_MS}
        await cluster.add()
        await cluster.add()
        await cluster.deploy(flow)
        await line.flowing(publisher)
        yield cluster, publisher
        await publisher.stop()
        wanted = whole_windows(publisher.acknowledged)
        await settled(lambda: differing(wanted, windows(line.db)), 90)
        await settled(lambda: differing(turns(line.stored()), raised(line.db)), 90)
        print(
            f"{len(publisher.acknowledged)} acknowledged, {len(wanted)} windows exact,"
            f" {sum(raised(line.db).values())} alarms raised once"
        )


@pytest.mark.faults
@pytest.mark.timeout(240 + 30 * (KILLS + SERVER_KILLS + FREEZES))
async def test_kills_and_freezes_of_workers_and_servers_take_and_repeat_nothing(
    line: Line, three_nats: NatsCluster
) -> None:
    rng = random.Random(11)
    faults = ["kill"] * KILLS + ["server"] * SERVER_KILLS + ["freeze"] * FREEZES
    rng.shuffle(faults)
    gaps = []
    async with loaded(line, three_nats) as (cluster, _):
        for fault in faults:
            await asyncio.sleep(rng.expovariate(1 / 2.0))
            began_s, before = time.monotonic(), len(windows(line.db))
            if fault == "kill":
                victim = rng.choice(cluster.workers)
                await victim.kill()
                await victim.start()
            elif fault == "server":
                server = rng.choice(three_nats.servers)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
                await until(server.healthy, 60)
            else:
                await frozen(rng.choice(cluster.workers))
            await until(lambda before=before: len(windows(line.db)) > before + 10, 60)
            gaps.append(time.monotonic() - began_s)
    gaps.sort()
    print(f"{dict(Counter(faults))}: windows went on after {gaps[len(gaps) // 2]:.1f} s, {gaps[-1]:.1f} s at most")


async def frozen(worker: WorkerProcess) -> None:
    """Stop a worker for longer than its silence is borne, and let it go on: others have what it had."""
    lost = worker.says("lost ")
    worker.signal(signal.SIGSTOP)
    await asyncio.sleep(SILENCE_S + 3)
    worker.signal(signal.SIGCONT)
    await until(lambda: worker.says("lost ") > lost, 30)
