"""What is done to a cluster under load, each fault with its repair; how often each is done, short and long."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from flowengine.store.jetstream.beats import SILENCE_S
from tests.faults.amounts import LONG, amount
from tests.faults.cluster_process import ClusterProcesses, WorkerProcess
from tests.servers.nats import Nats, NatsCluster
from tests.servers.separate_network import SeparateNetwork, can_separate
from tests.waiting import lasts, until

CUTS_S = (1, 3, 8, 20, 60)
AWAY_S = amount("CLUSTER_AWAY_S", 5, 60)


@dataclass
class Struck:
    """The cluster; `far` runs in a network of its own where cuts are asked for."""

    rng: random.Random
    cluster: ClusterProcesses
    nats: NatsCluster
    text: str = ""
    far: SeparateNetwork | None = None
    far_ports: tuple[int, ...] = ()

    def worker(self) -> WorkerProcess:
        """Any."""
        return self.rng.choice(self.cluster.workers)

    def server(self) -> Nats:
        """Any."""
        return self.rng.choice(self.nats.servers)


async def nothing(struck: Struck) -> None:
    """How long a message takes when all is well."""


async def kill(struck: Struck) -> None:
    """A worker, which is started again at once."""
    victim = struck.worker()
    await victim.kill()
    await victim.start()


async def kill_for_good(struck: Struck) -> None:
    """A worker, which is started again long after others took over."""
    victim = struck.worker()
    await victim.kill()
    await lasts(2 * SILENCE_S, "others have to take over")
    await victim.start()


async def kill_server(struck: Struck) -> None:
    """A server that is started again at once."""
    server = struck.server()
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def kill_all_servers(struck: Struck) -> None:
    """All servers at once, as by a power cut; they come back by themselves."""
    await _without_servers(struck, 0)


async def servers_away(struck: Struck) -> None:
    """No server for a while."""
    await _without_servers(struck, AWAY_S)


async def _without_servers(struck: Struck, time_s: float) -> None:
    await asyncio.gather(*(asyncio.to_thread(server.kill) for server in struck.nats.servers))
    await lasts(time_s, "the servers are away")
    for server in struck.nats.servers:
        await asyncio.to_thread(server.start)


async def damage(struck: Struck) -> None:
    """A bit is turned in one file of a server that is killed, and another file is cut off."""
    server = struck.server()
    await asyncio.to_thread(server.kill)
    files = [path for path in sorted(server.store.rglob("*.blk")) if path.stat().st_size > 64]
    flipped, cut_off = struck.rng.choice(files), struck.rng.choice(files)
    data = bytearray(flipped.read_bytes())
    data[struck.rng.randrange(len(data))] ^= 1 << struck.rng.randrange(8)
    flipped.write_bytes(data)
    with open(cut_off, "r+b") as file:
        file.truncate(struck.rng.randrange(cut_off.stat().st_size))
    await asyncio.to_thread(server.start)


async def leave(struck: Struck) -> None:
    """A worker is told to end, and one of its name joins."""
    victim = struck.worker()
    await victim.terminate(40)
    await victim.start()


async def drain(struck: Struck) -> None:
    """A worker gives everything back by command, then is started again."""
    victim = struck.worker()
    await struck.cluster.command("cluster", "drain", victim.name)
    await until(lambda: victim.says("gave back") > 0)
    await victim.terminate(40)
    await victim.start()


async def deploy(struck: Struck) -> None:
    """The flow again, with another number in a node that keeps nothing."""
    await struck.cluster.deploy(
        struck.text.replace("type: normalise", f"type: normalise, title: n{struck.rng.random()}")
    )


async def freeze(struck: Struck) -> None:
    """Stop a worker for longer than its silence is borne, and let it go on: others have what it had."""
    worker = struck.worker()
    lost = worker.says("lost ")
    worker.signal(signal.SIGSTOP)
    await lasts(SILENCE_S + 3, "others have to take over")
    worker.signal(signal.SIGCONT)
    await until(lambda: worker.says("lost ") > lost)


async def cut(struck: Struck) -> None:
    """No packet between the far worker and the servers, or none one way, while it still has its broker and database."""
    assert struck.far is not None
    worker = struck.cluster.workers[-1]
    lost, took = worker.says("lost "), worker.says("took ")
    await struck.far.cut(struck.far_ports, struck.rng.choice(("out", "in", "both")))
    await lasts(struck.rng.choice(CUTS_S), "the cable is cut")
    await struck.far.mend()
    if worker.says("lost ") > lost:
        await until(lambda: worker.says("took ") > took)


FAULTS: dict[str, tuple[Callable[[Struck], Coroutine[None, None, None]], int]] = {
    "kill": (kill, amount("CLUSTER_KILLS", 2, 100)),
    "kill for good": (kill_for_good, amount("CLUSTER_DEATHS", 0, 10)),
    "server": (kill_server, amount("CLUSTER_SERVER_KILLS", 1, 20)),
    "all servers": (kill_all_servers, amount("CLUSTER_POWER_CUTS", 0, 5)),
    "away": (servers_away, amount("CLUSTER_AWAYS", 0, 1)),
    "damage": (damage, amount("CLUSTER_DAMAGES", 0, 5)),
    "freeze": (freeze, amount("CLUSTER_FREEZES", 1, 10)),
    "cut": (cut, amount("CLUSTER_CUTS", 0, 10 if can_separate() else 0)),
    "leave": (leave, amount("CLUSTER_LEAVES", 0, 10)),
    "drain": (drain, amount("CLUSTER_DRAINS", 0, 5)),
    "deploy": (deploy, amount("CLUSTER_DEPLOYS", 0, 10)),
}
"""Each with how often it is done."""

CALM = 5 if LONG else 1
"""So often the way is measured when nothing is done."""
