"""Position, state and output of one node, in the record of its unit. Blocking: called from other threads."""

from __future__ import annotations

import msgspec

from flowengine.packing import encode
from flowengine.store.checkpoints import Checkpoint, read
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.units import Unit


class Version(msgspec.Struct):
    """Of a commit: what it takes to know whether it can be read at all."""

    type: str
    version: int
    format: int = 1


async def committed(unit: Unit, node: str) -> Version | None:
    """Which version the last commit of a node has; None before the first. Raises `OSError`, ValueError if damaged."""
    found = await unit.load(stored_as(node))
    return None if found is None else msgspec.msgpack.decode(found, type=Version)


class StreamCheckpoints:
    """The `Checkpoints` of one node."""

    def __init__(self, jetstream: JetStream, unit: Unit, node: str):
        self._jetstream, self._unit, self._what = jetstream, unit, stored_as(node)

    def load(self) -> Checkpoint | None:
        """The last commit; None before the first. Raises `OSError`, and ValueError for a damaged one."""
        found = self._jetstream.wait(self._unit.load(self._what))
        return None if found is None else read(found)

    def commit(self, checkpoint: Checkpoint) -> None:
        """Replace the last one, for good once this returns. Raises `OSError`; the last one then stands."""
        self._jetstream.wait(self._unit.store(self._what, encode(checkpoint)))

    def forget(self) -> None:
        """There is no node any more whose state this is."""
        self._jetstream.wait(self._unit.store(self._what, None))


def stored_as(node: str) -> str:
    """The name of a node's commit in the record."""
    return f"checkpoint {node}"
