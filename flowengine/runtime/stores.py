"""Where one flow keeps what outlives it, its durable queues and the commits of its nodes: in files, or in a cluster."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from flowengine.clock import Clock
from flowengine.runtime.spooled import SpoolInbox
from flowengine.runtime.state import FileStates, States
from flowengine.runtime.station import Queue, Station
from flowengine.store import data_folder
from flowengine.store.checkpoints import CheckpointFile
from flowengine.store.port import Checkpoints


class Way(Queue, Protocol):
    """A queue that sends what is put into it to where its node runs."""

    async def run(self) -> None:
        """Send, until cancelled."""


class Stores(Protocol):
    """Of one flow. What is sent to the nodes `elsewhere` leaves by `way`."""

    @property
    def elsewhere(self) -> Collection[str]:
        """Nodes of the flow that another process runs."""

    async def queue(self, station: Station, pressed: list[Queue]) -> SpoolInbox:
        """The durable queue before a station, with what an earlier run left. Raises `SpoolError`, `OSError`."""

    def checkpoints(self, node: str) -> Checkpoints:
        """The commits of one node."""

    def states(self) -> States:
        """The state of nodes that do not commit."""

    def way(self, station: Station, pressed: list[Queue]) -> Way:
        """What leads to a node that runs elsewhere."""


class FileStores:
    """In the folder of a flow."""

    elsewhere = ()

    def __init__(self, folder: Path, clock: Clock):
        self._folder, self._clock = folder, clock

    async def queue(self, station: Station, pressed: list[Queue]) -> SpoolInbox:
        """The spool in the node's folder."""
        assert station.spec.durable is not None
        return await SpoolInbox.open(
            self._folder / station.name / data_folder.SPOOL, station.spec.durable, station, pressed, self._clock
        )

    def checkpoints(self, node: str) -> Checkpoints:
        """A file in the node's folder."""
        return CheckpointFile(self._folder / node)

    def states(self) -> FileStates:
        """A file in the flow's folder."""
        return FileStates(self._folder / data_folder.STATE)

    def way(self, station: Station, pressed: list[Queue]) -> Way:
        """Nothing: all nodes of the flow run here."""
        raise LookupError(station.name)
