"""Moves a flow from one machine into a cluster: what waits in its spools, what its nodes remember.

The engine there is stopped. Its folder stays as it is until the flow stands in the cluster, so it can be done again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import msgspec

from flowengine.clock import Clock
from flowengine.cluster.stages import Stage, Unit, partitions_of, stages_of
from flowengine.cluster.unit_stores import STATES, Namespace
from flowengine.cluster.wired import partition_of
from flowengine.counts import count_of
from flowengine.ending import end
from flowengine.errors import FlowError
from flowengine.flow.model import Flow, NodeSpec
from flowengine.packing import encode
from flowengine.runtime.state import Saved, packed
from flowengine.runtime.state import read as states_in
from flowengine.store import data_folder
from flowengine.store.checkpoints import Checkpoint, CheckpointFile
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.checkpoints import stored_as
from flowengine.store.jetstream.client import FULL
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import Cursor, Units, token
from flowengine.store.jetstream.units import Unit as Held
from flowengine.store.jetstream.wire import Parcel, Sender
from flowengine.store.port import Taken
from flowengine.store.spool import Batch, Spool, SpoolOptions, open_spool

ADOPTED = "adopted"
"""Who sends what waited in a spool; and the folder where what was moved lies afterwards."""

FIRST = 1
"""Position of the first record of a wire."""

READ_RECORDS, READ_BYTES = 1000, 2**20
LOOK_S = 0.05


class CannotAdopt(FlowError):
    """The flow cannot be moved as it is; says why."""


class Adoption:
    """Of one flow that does not run in the cluster yet."""

    def __init__(self, flow: Flow, data_dir: Path, place: Namespace, keys: StreamKeys, clock: Clock):
        self._flow, self._data_dir, self._place, self._keys, self._clock = flow, data_dir, place, keys, clock
        self._folder = data_folder.of_flow(data_dir, flow.name)
        self._states = states_in(self._folder / data_folder.STATE)
        self._commits = {id: found for id in flow.nodes if (found := CheckpointFile(self._folder / id).load())}

    def check(self) -> None:
        """Raises `CannotAdopt`; nothing was moved."""
        for stage in stages_of(self._flow):
            keeping = [id for id in stage.nodes if id in self._commits or id in self._states]
            if stage.partitions > 1 and keeping:
                raise CannotAdopt(
                    f"{self._flow.name}: what {keeping[0]} remembers cannot be divided among "
                    f"{count_of(stage.partitions, 'partition')}; deploy it with one, or begin anew without --adopt"
                )

    async def move(self) -> list[str]:
        """What was moved, one line each. Raises `CannotAdopt`, `OSError`."""
        lines = []
        for stage in stages_of(self._flow):
            for head in stage.heads:
                count = await self._move_spool(self._flow.nodes[head])
                lines.append(f"{head}: {count_of(count, 'message')} that waited")
            lines += await self._move_memory(stage)
        return lines

    def put_aside(self) -> Path:
        """Where the flow's folder lies from now on, so that nobody starts it there again."""
        target = self._data_dir / ADOPTED / self._flow.name
        if self._folder.exists():
            target.parent.mkdir(exist_ok=True)
            os.rename(self._folder, target)
        return target

    async def _move_memory(self, stage: Stage) -> list[str]:
        """Into the record of the stage's only unit."""
        states = {id: self._states[id] for id in stage.nodes if id in self._states}
        commits = {id: self._commits[id] for id in stage.heads if id in self._commits}
        if not states and not commits:
            return []
        unit = next(stage.units())
        held = await self._free(unit)
        for id, commit in commits.items():
            await held.store(stored_as(id), encode(_from_the_start(commit)))
        if states:
            await held.store(STATES, packed(states, self._clock.time_ns(), self._clock.now_s()))
        await held.give_back()
        return [f"{id}: {_in_words(found)}" for id, found in (states | commits).items()]

    async def _free(self, unit: Unit) -> Held:
        units = Units(self._keys, Beats(self._keys, ADOPTED, self._clock, silence_s=0.0))
        try:
            held = await units.acquire(unit.name, ADOPTED)
        except Taken as taken:
            raise CannotAdopt(f"{unit.name} is run by {taken}") from None
        if any(held.cursor(head) != Cursor() for head in unit.stage.heads):
            raise CannotAdopt(f"{unit.name} has run in the cluster before; give the flow another name")
        return held

    async def _move_spool(self, spec: NodeSpec) -> int:
        """Whatever waits, to a wire that is empty; how many messages. Raises `CannotAdopt`."""
        assert spec.durable is not None
        await self._place.jetstream.delete(self._place.stream(self._flow.name, spec.id))
        await self._place.make_wires(self._flow.name, [spec])
        folder = self._folder / spec.id / data_folder.SPOOL
        if not await asyncio.to_thread(folder.is_dir):
            return 0
        spool = await open_spool(folder, SpoolOptions(max_bytes=spec.durable.max_bytes))
        try:
            self._skip_committed(spool, spec.id)
            async with self._senders(spec) as senders:
                return await self._send_all(spool, spec, senders)
        finally:
            await spool.close()

    def _skip_committed(self, spool: Spool, node: str) -> None:
        commit = self._commits.get(node)
        if commit is None:
            return
        try:
            spool.ack(range(commit.position))
        except ValueError:  # another spool was put there: its positions began anew, and the state is of the former one
            del self._commits[node]

    @asynccontextmanager
    async def _senders(self, spec: NodeSpec) -> AsyncIterator[list[Sender]]:
        place, flow = self._place, self._flow.name
        stream = place.stream(flow, spec.id)
        subjects = [
            f"{place.subject(flow, spec.id, partition)}.{token(ADOPTED)}" for partition in range(partitions_of(spec))
        ]
        senders = [Sender(place.jetstream, stream, subject, 1, ADOPTED) for subject in subjects]
        tasks = [asyncio.create_task(sender.run()) for sender in senders]
        try:
            yield senders
        finally:
            await end(*tasks, again_s=1.0)

    async def _send_all(self, spool: Spool, spec: NodeSpec, senders: list[Sender]) -> int:
        count = 0
        while spool.stats().records > spool.stats().in_flight:
            batch = spool.read(READ_RECORDS, READ_BYTES)
            if batch is None:
                await spool.available()
                continue
            parcels = list(_parcels(batch, spec, len(senders)))
            going = len(parcels)

            def on_sent() -> None:
                nonlocal going
                going -= 1

            for partition, records, arrived_ns in parcels:
                senders[partition].put(Parcel(records, arrived_ns, (0, 0), on_sent))
            while going:
                if full := next((each.fault for each in senders if FULL in each.fault), ""):
                    raise CannotAdopt(f"{spec.id}: {full}; give its `durable` a larger `max`")
                await asyncio.sleep(LOOK_S)
            count += len(batch)
        return count


def _parcels(batch: Batch, spec: NodeSpec, partitions: int) -> Iterator[tuple[int, list[bytes], int]]:
    """Partition, records and when they arrived, in the order of the spool."""
    assert spec.durable is not None
    rows = [
        (partition_of(spec.durable, record, partitions), at_ns, record)
        for record, at_ns in zip(batch.records, batch.arrived_ns, strict=True)
    ]
    for (partition, at_ns), same in groupby(rows, itemgetter(0, 1)):
        yield partition, [record for _, _, record in same], at_ns


def _from_the_start(commit: Checkpoint) -> Checkpoint:
    """The same where all that it has not seen stands at the beginning of an empty wire."""
    return msgspec.structs.replace(commit, position=FIRST)


def _in_words(found: Checkpoint | Saved) -> str:
    waiting = len(found.outputs) if isinstance(found, Checkpoint) else 0
    return "its state" + (f", and {count_of(waiting, 'output')} that were not delivered" if waiting else "")
