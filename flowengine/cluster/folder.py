"""The deployed flows as files of a folder, for whoever edits them: what is deployed there is what the cluster runs.

Each worker has such a folder; what another one deploys appears in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from flowengine.cluster import deployed
from flowengine.cluster.deployed import Deployed
from flowengine.cluster.stages import CannotCut, stages_of
from flowengine.cluster.worker import ClusterWorker
from flowengine.deployer import Applied, Deployer, Outcome
from flowengine.flow.files import find
from flowengine.flow.load import Loaded
from flowengine.flow.model import Flow
from flowengine.store.files import replace
from flowengine.store.port import Away, Conflict

log = logging.getLogger("flowengine.cluster")
FOLLOW_S = 1.0
Known = dict[str, tuple[Deployed, int]]


class ClusterFolder(Deployer):
    """What `Deployer` is to one engine: its deploys are revisions in the bucket, which every worker follows."""

    def __init__(self, worker: ClusterWorker, announce: Callable[[str], None] = log.info):
        folder = worker.engine.settings.data_dir / "cluster" / "edited"
        super().__init__(worker.engine, [folder], announce)
        folder.mkdir(parents=True, exist_ok=True)
        self._worker, self._folder = worker, folder
        self._known: Known = {}
        self._was_read = False

    async def apply(self) -> list[Outcome]:
        """Take in what others deployed, and deploy flows of which a file was changed or is gone."""
        async with self._busy:
            await self._read()
            outcomes = []
            for name, (flow, revision) in list(self._known.items()):
                file = self._folder / flow.file
                if not await asyncio.to_thread(file.exists):
                    outcomes.append(await self._take_away(flow, revision))
                elif (now := await asyncio.to_thread(self._gathered, file, name, "", "")).files != flow.files:
                    loaded = await asyncio.to_thread(self.engine.load_file, file)
                    outcomes.append(await self._write(file, now, loaded, revision))
            return outcomes

    async def deploy(self, file: Path, text: bytes, loaded: Loaded, author: str, comment: str) -> Outcome:
        """Make `text` the file and a revision of the cluster; the file is as before where that is refused."""
        async with self._busy:
            before = await asyncio.to_thread(lambda: file.read_bytes() if file.exists() else None)
            name = loaded.flow.name
            try:
                await self._read()
                await asyncio.to_thread(replace, file, [text])
                made = await asyncio.to_thread(self._gathered, file, name, author, comment)
                outcome = await self._write(file, made, loaded, self._known.get(name, (None, 0))[1])
            except (Away, ValueError) as fault:
                outcome = Outcome(file, name, faults=[f"  {fault}"])
            if outcome.plan is None:
                await asyncio.to_thread(lambda: file.unlink() if before is None else replace(file, [before]))
            return outcome

    async def follow(self) -> None:
        """Take in what others deploy, until cancelled."""
        while True:
            try:
                async with self._busy:
                    await self._read()
            except (OSError, ValueError) as fault:
                log.warning("what is deployed cannot be shown: %s", fault)
            await asyncio.sleep(FOLLOW_S)

    async def _read(self) -> None:
        """Take in what others deployed since the last time. Raises `Away`."""
        keys = self._worker.keys
        found = await deployed.read_all(keys)
        if not self._was_read:
            await asyncio.to_thread(self._forget, {flow.file for flow, _ in found.values()})
            self._was_read = True
        for name, (flow, revision) in found.items():
            if revision > self._known.get(name, (None, 0))[1]:
                await asyncio.to_thread(self._unpack, flow, found)
                self._known[name] = flow, revision
                if self.deployed is not None:
                    await self.deployed(Applied(name, flow.files.get(flow.file, b""), flow.author, flow.comment, True))
        for name in self._known.keys() - found.keys():
            if not await deployed.is_there(keys, name):  # what was read may be older than what was just written
                flow, _ = self._known.pop(name)
                await asyncio.to_thread((self._folder / flow.file).unlink, True)

    def _forget(self, files: Collection[str]) -> None:
        """Flows that were taken away while this worker was not there."""
        for file in find([self._folder]) if self._folder.is_dir() else ():
            if file.name not in files:
                file.unlink(missing_ok=True)

    def _unpack(self, flow: Deployed, every: Mapping[str, tuple[Deployed, int]]) -> None:
        """Beside the flow's own file only what is no other flow's."""
        others = {each.file for each, _ in every.values() if each.name != flow.name}
        files = {name: content for name, content in flow.files.items() if name not in others}
        deployed.unpacked(Deployed(flow.name, flow.file, files), self._folder)

    def _gathered(self, file: Path, name: str, author: str, comment: str) -> Deployed:
        others = {flow.file for flow, _ in self._known.values() if flow.name != name}
        return deployed.gathered(file, name, author, self.engine.clock.time_ns(), comment, others)

    async def _write(self, file: Path, flow: Deployed, loaded: Loaded, revision: int) -> Outcome:
        try:
            if not loaded.ok:
                raise CannotCut("; ".join(map(str, loaded.problems)))
            stages_of(loaded.flow)
            before = self.engine.flows.get(flow.name)
            if moved := deployed.moved_partitions(before.flow if before else Flow(flow.name), loaded.flow):
                raise CannotCut(moved)
            plan = self.engine.plan(loaded.flow)
            written = await deployed.write(self._worker.keys, flow, revision)
        except Conflict:
            return Outcome(file, flow.name, faults=["  somebody else deployed it meanwhile; look again"])
        except (Away, CannotCut) as fault:
            return Outcome(file, flow.name, faults=[f"  {fault}"])
        self._known[flow.name] = flow, written
        if self.deployed is not None:
            await self.deployed(Applied(flow.name, flow.files[flow.file], flow.author, flow.comment))
        return Outcome(file, flow.name, plan)

    async def _take_away(self, flow: Deployed, revision: int) -> Outcome:
        try:
            await deployed.take_away(self._worker.keys, flow.name, revision)
        except Away as away:
            return Outcome(self._folder / flow.file, flow.name, faults=[f"  {away}"])
        self._known.pop(flow.name, None)
        return Outcome(self._folder / flow.file, flow.name, removed=True)
