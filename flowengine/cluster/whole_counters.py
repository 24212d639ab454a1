"""Counters of all nodes of a cluster, told between its workers while somebody looks; kept by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from flowengine.cluster.whole_flow import NodeNow, WholeFlow, now_of
from flowengine.cluster.worker import ClusterWorker
from flowengine.runtime.view import FlowView
from flowengine.store.jetstream.talk import Talk
from flowengine.store.port import Away

TELL_S = 0.25
"""So often counters are told while somebody looks."""

WANTED_S = 3.0
"""So long after the last word of somebody who looks."""

SEEN_S = 0.09
"""Counters of this process are read anew after so long."""

LOOK_S = 1.0
LOOK, NOW = "look", "now"


class CountersNow(msgspec.Struct, array_like=True):
    """All counters of one worker."""

    instance: str
    units: dict[str, dict[str, NodeNow]]


_counters = msgspec.msgpack.Decoder(CountersNow).decode


class WholeCounters:
    """Of one worker's flows and those of the others."""

    def __init__(self, worker: ClusterWorker, talk: Talk):
        self._worker, self._talk = worker, talk
        self._clock, self._instance = worker.engine.clock, worker.beats.instance
        self._whole: dict[str, WholeFlow] = {}
        self._told: dict[str, CountersNow] = {}
        self._told_s: dict[str, float] = {}
        self._wanted_s = self._seen_s = float("-inf")

    async def open(self) -> None:
        """Hear the others. Raises `Away`."""
        await self._talk.listen(LOOK, self._wanted)
        await self._talk.listen(NOW, self._take_counters)

    def flows(self) -> Mapping[str, FlowView]:
        """Every flow that runs, whole."""
        now_s = self._clock.now_s()
        if now_s - self._seen_s >= SEEN_S:
            self._seen_s = now_s
            self._see()
        return {name: whole for name, whole in self._whole.items() if self._runs(name)}

    async def look(self) -> None:
        """Return once counters of all workers are new, or after a second."""
        began_s = self._clock.now_s()
        await self._talk.tell(LOOK, b"")
        others = self._worker.beats.told.keys() - {self._instance}
        while self._clock.now_s() - began_s < LOOK_S:
            if all(self._told_s.get(instance, -LOOK_S) >= began_s for instance in others):
                break
            await asyncio.sleep(TELL_S / 5)
        self._see()

    def _runs(self, name: str) -> bool:
        """Whether anybody has a part of it."""
        cut = self._worker.flows.cuts.get(name)
        return cut is not None and any(
            unit in self._worker.running or owner_of(self._worker, unit) in self._worker.beats.told
            for unit in cut.units
        )

    def _see(self) -> None:
        cuts = self._worker.flows.cuts
        self._whole = {
            name: whole
            if (whole := self._whole.get(name)) is not None and whole.flow is cut.flow
            else WholeFlow(cut.flow, cut.units)
            for name, cut in cuts.items()
        }
        living = self._worker.beats.told
        there = {
            unit: nodes
            for instance, told in self._told.items()
            if instance in living
            for unit, nodes in told.units.items()
            if owner_of(self._worker, unit) == instance
        }
        for whole in self._whole.values():
            whole.see(self._worker.engine.here, there)

    def _wanted(self, news: bytes) -> None:
        self._wanted_s = self._clock.now_s()

    def _take_counters(self, news: bytes) -> None:
        told = _counters(news)
        if told.instance != self._instance:
            self._told[told.instance] = told
            self._told_s[told.instance] = self._clock.now_s()

    async def tell(self, watched: Callable[[], bool]) -> None:
        """Tell ours while somebody looks, here or elsewhere, until cancelled."""
        asked_s = float("-inf")
        while True:
            now_s = self._clock.now_s()
            try:
                if watched() and now_s - asked_s > WANTED_S / 2:
                    asked_s = now_s
                    await self._talk.tell(LOOK, b"")
                if now_s - self._wanted_s < WANTED_S:
                    await self._talk.tell(NOW, msgspec.msgpack.encode(self._counters()))
            except Away:
                pass  # they are told again in a moment
            await asyncio.sleep(TELL_S)

    def _counters(self) -> CountersNow:
        here = self._worker.engine.here
        units = {
            name: {id: now_of(here[name].stations[id]) for id in each.unit.stage.nodes if id in here[name].stations}
            for name, each in self._worker.running.items()
            if name in here
        }
        return CountersNow(self._instance, units)


def owner_of(worker: ClusterWorker, unit: str) -> str:
    """The instance that has a unit, as far as the worker knows; empty for nobody."""
    record = worker.records.get(unit)
    return record.instance if record is not None and record.owner else ""
