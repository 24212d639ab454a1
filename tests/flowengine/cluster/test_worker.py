"""Workers on a real server: they share a flow, follow its changes, hand over, and are drained and declared gone."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flowengine.cluster import deployed, ids, watching
from flowengine.cluster.deployed import Deployed
from flowengine.cluster.worker import ClusterWorker
from flowengine.ending import end
from flowengine.engine import Engine, Settings, let_go
from flowengine.store.jetstream.beats import SILENCE_S
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.port import Away
from tests.servers.nats import NatsCluster
from tests.waiting import until

LONG_S = 600.0
"""A silence that is noticed too late for any test."""

FLOW = """
flow: f
nodes:
  in: {{type: http_in, path: /in, open: false, token: t, to: sums}}
  sums: {{type: aggregate, every: 1s, durable: {{max: 10MiB, key: "{{payload.d}}", partitions: {partitions}}}, to: end}}
  end: {{type: log{more}}}
"""


class Cluster:
    """Some workers in this process, in a name space of their own."""

    def __init__(self, folder: Path, url: str):
        self._folder, self._url = folder, url
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self._tasks: list[asyncio.Task[None]] = []
        self._opened: list[JetStream] = []
        self.workers: list[ClusterWorker] = []
        self.keys: StreamKeys

    async def open(self) -> None:
        """The bucket is there."""
        self.keys = StreamKeys(await self._connected(), self.name)
        await self.keys.open()

    async def add(self, *places: str, folder: str = "", silence_s: float = SILENCE_S) -> ClusterWorker:
        """One more worker, running; in a `folder` in which one ran before, it is that one started again."""
        name = folder or f"w{len(self.workers)}"
        engine = Engine(Settings(self._folder / name))
        await engine.start()
        worker = ClusterWorker(engine, await self._connected(), self.name, name, places)
        worker.beats.silence_s = silence_s
        await worker.open()
        self.workers.append(worker)
        self._tasks.append(asyncio.create_task(worker.run()))
        return worker

    async def deploy(self, text: str) -> None:
        """Have the cluster run this flow."""
        before = (await deployed.read_all(self.keys)).get("f")
        flow = Deployed("f", "f.yaml", {"f.yaml": text.encode()})
        await deployed.write(self.keys, flow, before[1] if before else 0)

    async def stop(self, worker: ClusterWorker, in_order: bool = True) -> None:
        """End one, or have it vanish."""
        task = self._tasks[self.workers.index(worker)]
        await end(task, again_s=2.0)
        if in_order:
            await worker.close()
        await worker.engine.stop(0)

    async def close(self) -> None:
        """End all."""
        for worker, task in zip(self.workers, self._tasks, strict=True):
            if not task.done():
                await self.stop(worker)
        for jetstream in self._opened:
            await jetstream.close()

    async def _connected(self) -> JetStream:
        self._opened.append(await JetStream.connect([self._url], "test", 1))
        return self._opened[-1]


@asynccontextmanager
async def cluster(folder: Path, nats: NatsCluster) -> AsyncIterator[Cluster]:
    made = Cluster(folder, nats.servers[0].url)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def shares(*workers: ClusterWorker) -> list[int]:
    return [len(worker.running) for worker in workers]


async def test_two_workers_share_a_flow_and_one_that_leaves_hands_over(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first = await made.add()
        assert list(first.engine.problems()) == []
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: shares(first) == [4])
        second = await made.add()
        await until(lambda: shares(first, second) == [2, 2])
        assert not first.running.keys() & second.running.keys()
        found = await watching.status(made.keys)
        assert [worker["name"] for worker in found["workers"]] in (["w0", "w1"], ["w1", "w0"])
        assert sorted(stage["owner"] for stage in found["stages"]) == ["w0", "w0", "w1", "w1"]
        first.beats.silence_s = LONG_S
        await made.stop(second)
        await until(lambda: shares(first) == [4])


async def test_one_that_is_drained_gives_all_back_and_takes_nothing(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first, second = await made.add(), await made.add()
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: shares(first, second) == [2, 2])
        assert await watching.ask(made.keys, "w0", "drain") and not await watching.ask(made.keys, "w9", "drain")
        await until(lambda: shares(first, second) == [0, 4])


async def test_what_one_let_go_of_without_giving_it_back_is_run_by_others(
    tmp_path: Path, one_nats: NatsCluster
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first, second = await made.add(), await made.add()
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: shares(first, second) == [2, 2])
        first.leaving = True  # it may not take them again, as when its share is full
        await first._drop(list(first.running))
        await until(lambda: shares(first, second) == [0, 4])


def run_by_owners(first: ClusterWorker, second: ClusterWorker) -> bool:
    """Whether each unit runs once, and where the cluster takes it to be."""
    held = [each.held for worker in (first, second) for each in worker.running.values()]
    return shares(first, second) == [2, 2] and not any(each.lost for each in held)


async def test_what_is_lost_while_something_else_is_let_go_of_is_not_kept(
    tmp_path: Path, one_nats: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first, second = await made.add(), await made.add()
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: run_by_owners(first, second))
        one, other = [each.held for each in first.running.values()]

        async def let_go_slowly(engine: Engine, names: Collection[str]) -> None:
            await let_go(engine, names)
            other.lose()

        monkeypatch.setattr("flowengine.cluster.worker.let_go", let_go_slowly)
        one.lose()
        await until(lambda: other.lost)
        await until(lambda: run_by_owners(first, second))


async def test_what_another_took_meanwhile_is_not_kept_though_nothing_is_written(
    tmp_path: Path, one_nats: NatsCluster
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first, second = await made.add(), await made.add()
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: run_by_owners(first, second))
        name, running = next(iter(first.running.items()))
        await (await first.units.acquire(name, "another", again=True)).give_back()
        await until(lambda: running.held.lost)
        await until(lambda: run_by_owners(first, second))


async def test_what_is_let_go_of_does_not_wait_for_servers_that_do_not_answer(
    tmp_path: Path, one_nats: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        worker = await made.add()
        await made.deploy(FLOW.format(partitions=3, more=""))
        await until(lambda: shares(worker) == [4])
        put, flows = worker.keys.jetstream.put, list(worker.engine.flows)

        async def put_no_more(subject: str, data: bytes, after: int | None = None) -> int:
            return await (put(subject, data, after) if ".beat." in subject else asyncio.Event().wait())

        monkeypatch.setattr(worker.keys.jetstream, "put", put_no_more)
        async with asyncio.timeout(30):
            await worker._drop(flows)
        assert not worker.engine.flows
        monkeypatch.undo()


async def test_one_that_vanished_is_replaced_at_once_where_it_is_declared_gone(
    tmp_path: Path, one_nats: NatsCluster
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first, second = await made.add(), await made.add()
        await made.deploy(FLOW.format(partitions=1, more=""))
        await until(lambda: shares(first, second) == [1, 1])
        second.beats.silence_s = LONG_S
        await made.stop(first, in_order=False)
        assert await watching.ask(made.keys, "w0", "evict")
        await until(lambda: shares(second) == [2])


async def test_one_that_is_started_again_goes_on_without_waiting_for_its_own_silence(
    tmp_path: Path, one_nats: NatsCluster
) -> None:
    async with cluster(tmp_path, one_nats) as made:
        first = await made.add()
        await made.deploy(FLOW.format(partitions=1, more=""))
        await until(lambda: shares(first) == [2])
        await made.stop(first, in_order=False)  # its connection stays: the servers do not say that it ended
        again = await made.add(folder="w0", silence_s=LONG_S)
        await until(lambda: shares(again) == [2])


async def test_a_deploy_changes_what_runs_and_a_wrong_flow_leaves_it(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with cluster(tmp_path, one_nats) as made:
        worker = await made.add()
        await made.deploy(FLOW.format(partitions=1, more=""))
        await until(lambda: shares(worker) == [2])
        sums = worker.engine.flows["f.sums.0"]
        before = sums.stations["sums"].node
        await made.deploy(FLOW.format(partitions=1, more=", level: warning"))
        await until(lambda: sums.stations["end"].node.config.level == "warning")
        assert sums.stations["sums"].node is before
        await made.deploy("flow: f\nnodes: {x: {type: nothing}}\n")
        await until(lambda: bool(worker.faults()))
        assert shares(worker) == [2] and "nothing" in worker.faults()[0]


async def test_what_is_bound_to_a_place_waits_for_a_worker_there(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with cluster(tmp_path, one_nats) as made:
        anywhere = await made.add()
        await made.deploy(FLOW.format(partitions=1, more=", place: hall2"))
        await until(lambda: list(anywhere.running) == ["f.in.0"])
        there = await made.add("hall2")
        await until(lambda: "f.sums.0" in there.running)


async def test_one_that_starts_while_the_servers_elect_a_leader_joins_once_they_have(
    tmp_path: Path, one_nats: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed, asked = ids.claimed, iter([True, True])

    async def claimed_later(keys: StreamKeys, time_ns: int) -> Iterator[int]:
        if next(asked, False):
            raise Away("no leader")
        return await claimed(keys, time_ns)

    monkeypatch.setattr(ids, "claimed", claimed_later)
    async with cluster(tmp_path, one_nats) as made:
        await made.add()
        monkeypatch.setattr(ids, "claimed", _never)
        worker = ClusterWorker(made.workers[0].engine, made.keys.jetstream, "other", "w", ())
        with pytest.raises(Away):
            await worker.open(0.0)


async def _never(keys: StreamKeys, time_ns: int) -> Iterator[int]:
    raise Away("no leader")
