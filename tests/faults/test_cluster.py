"""A flow that is cut across workers holds while they, and the servers, are killed and frozen: nothing is missing.

The outside ledger is the publisher's, as in `exact_state`: it says what each window must hold and when each alarm
must be raised. Through two durable wires, an aggregate, an alert, and sinks of which one is behind a wire of its own.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from flowengine.store.jetstream.beats import SILENCE_S
from tests.faults.amounts import amount
from tests.faults.cluster_process import ClusterProcesses, WorkerProcess
from tests.faults.conftest import Line
from tests.faults.exact_state import exact, flow, payload, prepared, reached
from tests.faults.ledger import Publisher
from tests.servers.nats import NatsCluster, nats_cluster
from tests.waiting import until, wait_until

KILLS = amount("CLUSTER_KILLS", 2, 100)
SERVER_KILLS = amount("CLUSTER_SERVER_KILLS", 1, 20)
FREEZES = amount("CLUSTER_FREEZES", 1, 10)
RATE = 400


@pytest.fixture(scope="module")
def three_nats() -> Iterator[NatsCluster]:
    """Three servers that sync always."""
    with nats_cluster(3) as cluster:
        yield cluster


@asynccontextmanager
async def loaded(line: Line, nats: NatsCluster) -> AsyncIterator[tuple[ClusterProcesses, Publisher]]:
    """Two workers that run the flow under load; at the end everything must be exact."""
    prepared(line)
    text = flow(line, windows=spread("20MiB", 4), alarms=spread("20MiB", 2), store="{max: 20MiB}")
    async with ClusterProcesses(line.folder, nats, line.name) as cluster, line.publisher(rate=RATE) as publisher:
        publisher.payload = payload
        await cluster.add()
        await cluster.add()
        await cluster.deploy(text)
        await line.flowing(publisher)
        yield cluster, publisher
        await publisher.stop()
        print(await exact(line, publisher.acknowledged, 90))


def spread(most: str, partitions: int) -> str:
    """A wire over several partitions, by device."""
    return f'{{max: {most}, key: "{{device}}", partitions: {partitions}}}'


@pytest.mark.faults
@pytest.mark.timeout(240 + 30 * (KILLS + SERVER_KILLS + FREEZES))
async def test_kills_and_freezes_of_workers_and_servers_take_and_repeat_nothing(
    line: Line, three_nats: NatsCluster
) -> None:
    rng = random.Random(11)
    faults = ["kill"] * KILLS + ["server"] * SERVER_KILLS + ["freeze"] * FREEZES
    rng.shuffle(faults)
    gaps = defaultdict[str, list[float]](list)
    async with loaded(line, three_nats) as (cluster, publisher):
        for fault in ["nothing", *faults]:
            await asyncio.sleep(rng.expovariate(1 / 2.0))
            repaired = asyncio.create_task(FAULTS[fault](rng, cluster, three_nats))
            gaps[fault].append(await went_on(line, publisher))
            await repaired
            await asyncio.to_thread(wait_until, lambda: all(each.healthy() for each in three_nats.servers), 60)
    for fault, each in gaps.items():
        each.sort()
        print(f"{fault} {len(each)}: went on after {each[len(each) // 2]:.1f} s, {each[-1]:.1f} s at most")


async def went_on(line: Line, publisher: Publisher) -> float:
    """Seconds until what is published from now on has come through, of every device."""
    began_s, sent = time.monotonic(), publisher.sent
    await until(lambda: reached(line.db, sent), 60, pause_s=0.05)
    return time.monotonic() - began_s


async def nothing(rng: random.Random, cluster: ClusterProcesses, nats: NatsCluster) -> None:
    """How long a message takes when all is well."""


async def kill(rng: random.Random, cluster: ClusterProcesses, nats: NatsCluster) -> None:
    """Of a worker, which is started again at once."""
    victim = rng.choice(cluster.workers)
    await victim.kill()
    await victim.start()


async def kill_server(rng: random.Random, cluster: ClusterProcesses, nats: NatsCluster) -> None:
    """Of one that is started again at once."""
    server = rng.choice(nats.servers)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def freeze(rng: random.Random, cluster: ClusterProcesses, nats: NatsCluster) -> None:
    """Of a worker."""
    await frozen(rng.choice(cluster.workers))


FAULTS = {"nothing": nothing, "kill": kill, "server": kill_server, "freeze": freeze}


async def frozen(worker: WorkerProcess) -> None:
    """Stop a worker for longer than its silence is borne, and let it go on: others have what it had."""
    lost = worker.says("lost ")
    worker.signal(signal.SIGSTOP)
    await asyncio.sleep(SILENCE_S + 3)
    worker.signal(signal.SIGCONT)
    await until(lambda: worker.says("lost ") > lost, 30)
