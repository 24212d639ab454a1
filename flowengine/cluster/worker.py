"""A worker: takes units of deployed flows that nobody has, runs each as a flow of its engine, gives back its excess.

Everything that is decided is decided by a compare-and-set of a record; what is only looked at may be old.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec

from flowengine import __version__
from flowengine.cluster import ids
from flowengine.cluster.fitting import require_fit
from flowengine.cluster.flows import DeployedFlows
from flowengine.cluster.former import replace_former
from flowengine.cluster.news import ASK, EVICT, News, read_news
from flowengine.cluster.refusing import Refusals
from flowengine.cluster.sharing import Worker, moves
from flowengine.cluster.stages import Unit, flow_of
from flowengine.cluster.unit_stores import Namespace, UnitStores
from flowengine.ending import side_by_side
from flowengine.engine import Engine, let_go
from flowengine.store.jetstream.beats import BEAT_S, Beats
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import Newer, Record, Units
from flowengine.store.jetstream.units import Unit as Held
from flowengine.store.port import Away, Taken

log = logging.getLogger("flowengine.cluster")
LOOK_S, WATCH_S = 0.5, 0.1
OPEN_S = 30.0
MOST_TAKEN = 8
"""In one turn, so that the beats go on and others come to their share."""

DRAIN_S = 10.0


@dataclass
class Running:
    """One unit that this worker has."""

    unit: Unit
    held: Held
    stores: UnitStores
    revision: int


class ClusterWorker:
    """Keeps an engine busy with its share of a cluster. `run` it."""

    def __init__(self, engine: Engine, jetstream: JetStream, prefix: str, name: str, places: Collection[str]):
        self.engine, self.name, self.places = engine, name, frozenset(places)
        engine.may_idle = True
        self.url = ""
        self.keys = StreamKeys(jetstream, prefix)
        self.beats = Beats(self.keys, name, engine.clock)
        self.units = Units(self.keys, self.beats)
        self.running: dict[str, Running] = {}
        self.records: Mapping[str, Record] = {}
        """Of all units, as they were seen last."""

        self.leaving = False
        self._place = Namespace(jetstream, prefix)
        self.flows = DeployedFlows(engine, self.keys)
        self.refusals = Refusals(engine.clock)
        self._wake = asyncio.Event()
        self.asked: Collection[str] = ()
        """Instances that operators asked to leave."""

    async def open(self, patience_s: float = OPEN_S) -> None:
        """The cluster's bucket is there, and message ids are nobody else's. Raises `Away` after `patience_s`.

        Servers that elect a leader just now answer in a few seconds.
        """
        end_s = self.engine.clock.now_s() + patience_s
        await self.beats.open()
        former = await asyncio.to_thread(replace_former, self.engine.settings.data_dir, self.beats.instance)
        while True:
            try:
                await self.keys.open()
                if former:
                    await self.beats.leave(former)
                self.engine.services.next_id = (await ids.claimed(self.keys, self.engine.clock.time_ns())).__next__
                await self._send_news()
                return
            except Away as away:
                if self.engine.clock.now_s() > end_s:
                    raise
                log.warning("cannot join yet: %s", away)
            await asyncio.sleep(LOOK_S)

    async def run(self) -> None:
        """Take, run and give back, until cancelled."""
        await side_by_side(self._keep_beating(), self._keep_watch(), self._keep_looking())

    async def close(self) -> None:
        """Drain all, give it back, say good-bye."""
        self.leaving = True
        await asyncio.gather(*(self._give(name) for name in list(self.running)))
        try:
            await self.beats.leave(self.beats.instance)
        except Away as away:
            log.warning("others learn from our silence that we left: %s", away)

    def faults(self) -> list[str]:
        """What of the cluster's flows does not run here as it should, one line each."""
        return [*self.refusals.lines(), *self.flows.faults.values()]

    # -- beats

    async def _keep_beating(self) -> None:
        while True:
            try:
                await self._send_news()
            except Away as away:
                log.warning("no beat: %s", away)
            await asyncio.sleep(BEAT_S)

    async def _keep_watch(self) -> None:
        while True:
            if self.beats.is_cut_off() and self.running:
                log.error("the servers have been silent for too long: letting go of everything")
                await self._drop(list(self.running))
            await asyncio.sleep(WATCH_S)

    async def _send_news(self) -> None:
        units = {name: [each.stores.position, each.stores.lag] for name, each in self.running.items()}
        news = News(
            self.name,
            socket.gethostname(),
            os.getpid(),
            self.url,
            sorted(self.places),
            self.leaving,
            units,
            self.faults(),
            __version__,
            refuses(self),
        )
        await self.beats.beat(msgspec.json.encode(news))

    # -- units

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._turn()
            except Away as away:
                log.warning("cannot look at the cluster: %s", away)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def _turn(self) -> None:
        await self._drop(lost(self.running))
        if self.beats.is_cut_off():
            await self._send_news()  # or what is taken now would be let go of again
        await self.beats.look()
        await self.flows.read()
        workers = await self._heed()
        records = self.records = await self.units.all()
        for name, each in self.running.items():
            if name in records and records[name].epoch > each.held.epoch:
                each.held.lose()  # it writes nothing while nothing comes, and would not learn it
        await self._drop(lost(self.running))
        idle = {name for name in records.keys() - self.running.keys() if self.units.is_ours(records[name])}
        await asyncio.gather(*map(self.units.vacate, idle))
        cuts = self.flows.units()
        self.refusals.forget({name: cut.revision for name, cut in cuts.items()})
        places = {name: cut.units[name].stage.place for name, cut in cuts.items()}
        free = [n for n in places if n not in self.running and (n in idle or self.units.is_free(records.get(n)))]
        me = Worker(self.beats.instance, self.name, self.places, self.leaving, frozenset(refuses(self)))
        others = [worker for worker in workers if worker.instance != me.instance]
        todo = moves(me, [me, *others], places, free, list(self.running))
        await asyncio.gather(*map(self._give, todo.give))
        await asyncio.gather(*map(self._take, todo.take[:MOST_TAKEN]))
        await self._change()

    async def _heed(self) -> list[Worker]:
        """Who lives and takes part, after what operators asked of whom."""
        asked = {key.rpartition(".")[2]: entry.value.decode() for key, entry in (await self.keys.aentries(ASK)).items()}
        self.beats.evicted = {instance for instance, what in asked.items() if what == EVICT}
        wish = asked.get(self.beats.instance)
        if wish and not self.leaving:
            log.warning("asked to %s: giving everything back", wish)
            self.leaving = True
            if wish == EVICT:
                await self._drop(list(self.running))
        self.asked = asked.keys()
        return taking_part(self)

    async def _take(self, name: str) -> None:
        cut = self.flows.units()[name]
        unit = cut.units[name]
        try:
            held = await self.units.acquire(name, self.name, again=True)
        except (Taken, Away):
            return  # somebody was faster, or the next turn tries again
        except Newer as newer:
            self.refusals.add(name, cut.revision, newer)
            return
        held.on_lost = self._wake.set
        stores = UnitStores(self._place, cut.flow, unit, held, self.engine.clock)
        try:
            await require_fit(cut.flow, unit, held, self.engine.catalog)
            await stores.make_wires()
            await self.engine.run(flow_of(cut.flow, unit, self._place.prefix), stores)
        except Exception as fault:
            if not isinstance(fault, Away):
                self.refusals.add(name, cut.revision, fault)
            await _release(held)
            return
        self.running[name] = Running(unit, held, stores, cut.revision)
        log.info("took %s, as its owner number %d", name, held.epoch)

    async def _give(self, name: str) -> None:
        """Drain it and let others have it."""
        given = self.running.pop(name)
        left = await self.engine.remove(name, DRAIN_S, goes_on=name in self.flows.units())
        for line in left.lines():
            log.warning("%s: %s", name, line)
        await _release(given.held)
        log.info("gave back %s", name)

    async def _drop(self, names: Collection[str]) -> None:
        """Stop at once: they are, or will soon be, another's. Nothing of them waits for servers that do not answer."""
        dropped = {name: each for name in names if (each := self.running.pop(name, None)) is not None}
        for each in dropped.values():
            each.held.lose()
        if dropped:
            await let_go(self.engine, dropped)
            log.warning("lost %s", ", ".join(dropped))

    async def _change(self) -> None:
        """What runs follows its flow; units that are no more were given back."""
        by_name = self.flows.units()
        for name, running in list(self.running.items()):
            cut = by_name.get(name)
            if cut is None or cut.revision == running.revision:
                continue
            unit = cut.units[name]
            if unit.stage != running.unit.stage:
                await self._give(name)  # it begins or ends elsewhere: whoever takes it builds it anew
                continue
            try:
                await self.engine.run(flow_of(cut.flow, unit, self._place.prefix), running.stores)
                running.revision = cut.revision
            except Exception as fault:
                self.refusals.add(name, cut.revision, fault)
                running.revision = cut.revision


def taking_part(worker: ClusterWorker) -> list[Worker]:
    """Who lives, itself among them."""
    found = []
    for instance, told in worker.beats.told.items():
        news = read_news(told)
        leaving = news.leaving or instance in worker.asked
        found.append(Worker(instance, news.name, frozenset(news.places), leaving, frozenset(news.refuses)))
    return found


def refuses(worker: ClusterWorker) -> list[str]:
    """Units and flows that others must run."""
    return [*(worker.refusals.names() - worker.running.keys()), *worker.flows.unread]


def lost(running: Mapping[str, Running]) -> list[str]:
    """Who kept what is another's would never take it again, and with it a part of his share."""
    return [name for name, each in running.items() if each.held.lost]


async def _release(held: Held) -> None:
    try:
        await held.give_back()
    except Away as away:
        log.warning("%s could not be given back: %s", held.name, away)
