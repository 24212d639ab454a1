"""The whole cluster as one worker's screens see it: all flows with their counters, who runs what, where it would go.

Counters of other workers come while somebody looks; nothing here decides who runs what.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial

from flowengine.cluster.journal import Journal
from flowengine.cluster.news import ASK, DRAIN, News, read_news
from flowengine.cluster.people import SharedPeople
from flowengine.cluster.points import SharedPoints
from flowengine.cluster.sharing import after_leaving
from flowengine.cluster.whole_counters import WholeCounters, owner_of
from flowengine.cluster.worker import ClusterWorker, taking_part
from flowengine.counts import count_of
from flowengine.ending import side_by_side
from flowengine.runtime.elsewhere import ClusterNow, MoveRow, StageRow, WorkerRow
from flowengine.runtime.view import FlowView
from flowengine.store.accounts import Accounts
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.talk import Talk
from flowengine.store.port import Away

log = logging.getLogger("flowengine.cluster")
AGAIN_S = 1.0
ASK_S = 8.0
"""Longer than any answer waits for a flow's word, so that a press that still waits is told as one."""


async def _no_answer(question: bytes) -> bytes:
    raise Away("this worker answers nobody yet")


class WholeCluster:
    """What `Engine.cluster` is in a worker."""

    def __init__(self, worker: ClusterWorker, jetstream: JetStream, prefix: str):
        self._worker, self.instance = worker, worker.beats.instance
        self._talk = Talk(jetstream, prefix)
        self.watched: Callable[[], bool] = lambda: False
        self.answer: Callable[[bytes], Awaitable[bytes]] = _no_answer
        self.unit_of: Callable[[str, str], str] = partial(_unit_of, worker)
        self._journal = Journal(jetstream, prefix, self.instance, worker.engine.settings.data_dir)
        self.takes = self._journal.takes
        self._points = SharedPoints(worker.engine.rtdb, jetstream, prefix, self.instance)
        self._people = SharedPeople(worker.keys)
        self._counters = WholeCounters(worker, self._talk)

    async def keep(self) -> None:
        """Share and take in, until cancelled."""
        await self._open()
        await side_by_side(
            self._counters.tell(lambda: self.watched()), self._points.send(), self._points.follow(),
            self._journal.send(), self._journal.follow(), self._people.keep(),
        )  # fmt: skip

    async def _open(self) -> None:
        async def answered(question: bytes) -> bytes:
            return await self.answer(question)

        while True:
            try:
                await self._talk.answer(self.instance, answered)
                await self._counters.open()
                return
            except Away as away:
                log.warning("other workers cannot ask this one yet: %s", away)
                await asyncio.sleep(AGAIN_S)

    def flows(self) -> Mapping[str, FlowView]:
        """Every flow that runs, whole."""
        return self._counters.flows()

    def addresses(self) -> list[str]:
        """Where the other workers' editors are."""
        return [news.url for instance, news in _living(self._worker).items() if instance != self.instance and news.url]

    async def look(self) -> None:
        """Return once counters of all workers are new, or after a second."""
        await self._counters.look()

    # -- who runs what

    def now(self) -> ClusterNow:
        """Workers and stages."""
        living = _living(self._worker)
        workers = [
            WorkerRow(
                news.name, news.host, news.pid, news.url, news.version, news.places, news.leaving,
                instance == self.instance, len(news.units), news.faults,
            )
            for instance, news in living.items()
        ]  # fmt: skip
        return ClusterNow(sorted(workers, key=lambda row: row.name), [*self._stages(living)])

    def _stages(self, living: Mapping[str, News]) -> Iterable[StageRow]:
        units = {name for cut in self._worker.flows.cuts.values() for name in cut.units}
        for unit in sorted(units | {name for name in self._worker.records if owner_of(self._worker, name) in living}):
            record = self._worker.records.get(unit)
            news = living.get(owner_of(self._worker, unit))
            position, lag = news.units.get(unit, [0, 0]) if news is not None else (0, 0)
            owner, epoch = news.name if news is not None else "", record.epoch if record is not None else 0
            yield StageRow(*_place(unit), owner, epoch, position, lag)

    def plan_drain(self, worker: str) -> list[MoveRow]:
        """Where its stages would go. Raises `KeyError` for no such worker."""
        living = _living(self._worker)
        leaving = next((instance for instance, news in living.items() if news.name == worker), None)
        if leaving is None:
            raise KeyError(worker)
        units = self._worker.flows.units()
        places = {name: cut.units[name].stage.place for name, cut in units.items()}
        owners = {name: owner_of(self._worker, name) for name in places}
        goes = after_leaving(leaving, taking_part(self._worker), places, owners)
        return [MoveRow(*_place(unit), living[to].name if to in living else "") for unit, to in goes.items()]

    async def drain(self, worker: str) -> None:
        """It gives everything back, and takes nothing until it is started again. Raises `KeyError`, `OSError`."""
        found = [instance for instance, news in _living(self._worker).items() if news.name == worker]
        if not found:
            raise KeyError(worker)
        for instance in found:
            await self._worker.keys.aput(f"{ASK}.{instance}", DRAIN.encode())

    # -- what is asked and shared

    async def ask_others(self, question: bytes) -> list[bytes | None]:
        """What each of the other workers answers; None of one that does not in time."""
        others = _living(self._worker).keys() - {self.instance}
        return await asyncio.gather(*(self._asked(each, question) for each in others))

    async def _asked(self, instance: str, question: bytes) -> bytes | None:
        try:
            return await self._talk.ask(instance, question, ASK_S)
        except Away as away:
            log.warning("a worker does not answer: %s", away)
            return None

    def share(self, kind: str, what: bytes) -> None:
        """Have every other worker take this in, now or when it is back."""
        self._journal.add(kind, what)

    def share_people(self, accounts: Accounts, taken: Callable[[], None]) -> None:
        """The users and tokens in this file are those of the whole cluster from now on; `taken` is told changes."""
        self._people.accounts, self._people.taken = accounts, taken

    async def catch_up(self) -> None:
        """Take in what others shared so far. Raises `OSError`."""
        await self._journal.catch_up()
        await self._people.sync()


def _living(worker: ClusterWorker) -> dict[str, News]:
    return {instance: read_news(told) for instance, told in worker.beats.told.items()}


def _place(unit: str) -> tuple[str, str, int]:
    flow, stage, partition = unit.rsplit(".", 2)
    return flow, stage, int(partition)


def _unit_of(worker: ClusterWorker, unit: str, node: str) -> str:
    flow = unit.rsplit(".", 2)[0]
    cut = worker.flows.cuts.get(flow)
    if cut is None:
        raise KeyError(f"{flow} is not deployed")
    if unit in cut.units:
        return unit
    ids = [id for id, spec in cut.flow.nodes.items() if node in (id, spec.was)]
    found = [name for name, each in cut.units.items() if set(ids) & set(each.stage.nodes)]
    if len(found) != 1:
        raise KeyError(f"{flow}/{node} is in {count_of(len(found), 'partition')}, none the one that rejected it")
    return found[0]
