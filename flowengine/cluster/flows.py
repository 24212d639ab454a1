"""The deployed flows as a worker sees them: read again when they change, checked with its variables, cut into units."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.cluster import deployed
from flowengine.cluster.deployed import Deployed
from flowengine.cluster.stages import CannotCut, Unit, stages_of
from flowengine.engine import Engine
from flowengine.flow.load import Loaded
from flowengine.flow.model import Flow
from flowengine.store import data_folder
from flowengine.store.jetstream.keys import StreamKeys

log = logging.getLogger("flowengine.cluster")


@dataclass
class Cut:
    """A deployed flow, cut into units."""

    flow: Flow
    revision: int
    units: dict[str, Unit] = field(default_factory=dict)


class DeployedFlows:
    """Of one cluster. A flow that is wrong here leaves what ran before, and its fault."""

    def __init__(self, engine: Engine, keys: StreamKeys):
        self._engine, self._keys = engine, keys
        self._cuts: dict[str, Cut] = {}
        self.faults: dict[str, str] = {}

    @property
    def cuts(self) -> Mapping[str, Cut]:
        """Every flow that can be run here, by name."""
        return {name: cut for name, cut in self._cuts.items() if cut.units}

    def units(self) -> Mapping[str, Cut]:
        """Every unit's flow, by the unit's name."""
        return {name: cut for cut in self._cuts.values() for name in cut.units}

    @property
    def unread(self) -> list[str]:
        """Flows of which nothing can run here, not even what ran before."""
        return [name for name in self.faults if not self._cuts[name].units]

    async def read(self) -> None:
        """Take in what was deployed since the last time. Raises `Away`."""
        found = await deployed.read_all(self._keys)
        for name, (flow, revision) in found.items():
            if name not in self._cuts or self._cuts[name].revision < revision:
                await self._cut(flow, revision)
        for name in self._cuts.keys() - found.keys():
            del self._cuts[name]
            self.faults.pop(name, None)

    async def _cut(self, flow: Deployed, revision: int) -> None:
        folder = data_folder.of_cluster(self._engine.settings.data_dir, flow.name, str(revision))
        before = self._cuts.get(flow.name, Cut(Flow(flow.name), revision))
        self._cuts[flow.name] = before
        try:
            loaded = await asyncio.to_thread(self._loaded, flow, folder)
            if not loaded.ok:
                raise CannotCut("; ".join(map(str, loaded.problems)))
            units = {unit.name: unit for stage in stages_of(loaded.flow) for unit in stage.units()}
        except (CannotCut, OSError, ValueError) as fault:
            before.revision = revision
            self.faults[flow.name] = f"{flow.name}: not followed here: {fault}"
            log.error("%s", self.faults[flow.name])
            return
        self.faults.pop(flow.name, None)
        self._cuts[flow.name] = Cut(loaded.flow, revision, units)

    def _loaded(self, flow: Deployed, folder: Path) -> Loaded:
        return self._engine.load_file(deployed.unpacked(flow, folder))
