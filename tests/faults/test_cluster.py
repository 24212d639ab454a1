"""A flow that is cut across workers holds while they, and the servers, are killed and frozen: nothing is missing.

The outside ledger is the publisher's, as in `exact_state`: it says what each window must hold and when each alarm
must be raised. Through two durable wires, an aggregate, an alert, and sinks of which one is behind a wire of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import pytest

from tests.faults.cluster_faults import AWAY_S, CALM, FAULTS, Struck
from tests.faults.cluster_process import ClusterProcesses
from tests.faults.conftest import Line
from tests.faults.exact_state import exact, flow, payload, prepared, reached
from tests.faults.ledger import Publisher
from tests.servers.nats import NatsCluster, nats_cluster
from tests.servers.separate_network import HERE, SeparateNetwork, separate_network
from tests.waiting import until, wait_until

SEED = int(os.environ.get("FLOWENGINE_CLUSTER_SEED", 11))
RATE = 400


@pytest.fixture(scope="module")
def three_nats() -> Iterator[NatsCluster]:
    """Three servers that sync always."""
    with nats_cluster(3) as cluster:
        yield cluster


@asynccontextmanager
async def loaded(line: Line, nats: NatsCluster, far: bool) -> AsyncIterator[tuple[Struck, Publisher]]:
    """Two workers that run the flow under load, the second perhaps far; at the end everything must be exact."""
    prepared(line)
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(ClusterProcesses(line.folder, nats, line.name))
        struck = Struck(random.Random(SEED), cluster, nats)
        if far:
            await place_far(struck, line, await stack.enter_async_context(separate_network()))
        publisher = await stack.enter_async_context(line.publisher(rate=RATE))
        publisher.payload = payload
        await cluster.add()
        await cluster.add(far=struck.far)
        struck.text = flow(line, windows=spread("20MiB", 4), alarms=spread("20MiB", 2), store="{max: 20MiB}")
        await cluster.deploy(struck.text)
        await line.flowing(publisher)
        yield struck, publisher
        await publisher.stop()
        print(await exact(line, publisher.acknowledged, 90))


async def place_far(struck: Struck, line: Line, network: SeparateNetwork) -> None:
    """Servers and broker are reached from that network, and by the near worker, at its end of the cable."""
    struck.far_ports = tuple([await network.reachable(server.port) for server in struck.nats.servers])
    line.url = f"mqtt://{HERE}:{await network.reachable(urlsplit(line.url).port or 1883)}"
    struck.cluster.reach(",".join(f"nats://{HERE}:{port}" for port in struck.far_ports))
    struck.far = network


def spread(most: str, partitions: int) -> str:
    """A wire over several partitions, by device."""
    return f'{{max: {most}, key: "{{device}}", partitions: {partitions}}}'


@pytest.mark.faults
@pytest.mark.timeout(240 + 30 * sum(count for _, count in FAULTS.values()) + AWAY_S)
async def test_kills_cuts_and_freezes_of_workers_and_servers_take_and_repeat_nothing(
    line: Line, three_nats: NatsCluster
) -> None:
    faults = [name for name, (_, count) in FAULTS.items() for _ in range(count)]
    gaps = defaultdict[str, list[float]](list)
    async with loaded(line, three_nats, far="cut" in faults) as (struck, publisher):
        struck.rng.shuffle(faults)
        for _ in range(CALM):
            gaps["nothing"].append(await went_on(line, publisher))
        for fault in faults:
            await asyncio.sleep(struck.rng.expovariate(1 / 2.0))
            repaired = asyncio.create_task(FAULTS[fault][0](struck))
            gaps[fault].append(await went_on(line, publisher))
            print(f"{fault}: {gaps[fault][-1]:.1f} s", flush=True)
            await repaired
            await asyncio.to_thread(wait_until, lambda: all(each.healthy() for each in three_nats.servers), 60)
    for fault, each in gaps.items():
        each.sort()
        print(f"{fault} {len(each)}: went on after {each[len(each) // 2]:.1f} s, {each[-1]:.1f} s at most")


async def went_on(line: Line, publisher: Publisher) -> float:
    """Seconds until what is published from now on has come through, of every device."""
    began_s, sent = time.monotonic(), publisher.sent
    await until(lambda: reached(line.db, sent), 120 + AWAY_S, pause_s=0.05)
    return time.monotonic() - began_s
