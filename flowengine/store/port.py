"""What the runtime asks of whatever keeps its durable things, whichever store is behind it. Knows no files, no network.

`Log` is a durable wire, `Checkpoints` a node's position with its state, `KeyValue` small facts changed by
compare-and-set, `Leases` who may work on something. On one machine files are behind them (`store.spool`,
`store.checkpoints`, `store.keys`, `store.leases`).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from flowengine.errors import FlowError
from flowengine.store.checkpoints import Checkpoint
from flowengine.store.spool.interface import Spool

Log = Spool
"""Append, read and let go of records by position."""


class Checkpoints(Protocol):
    """Of one node that keeps state. Blocking."""

    def load(self) -> Checkpoint | None:
        """The last commit; None before the first."""

    def commit(self, checkpoint: Checkpoint) -> None:
        """Replace the last one, whole, for good once this returns. Raises `OSError`; the last one then stands."""

    def forget(self) -> None:
        """There is no node any more whose state this is."""


class Entry(NamedTuple):
    """A value, and the number of the change that made it; numbers only grow."""

    value: bytes
    revision: int


class Away(OSError):
    """Where it is kept does not answer now; nothing is known of what was asked."""


class Conflict(FlowError):
    """Somebody else has changed it meanwhile."""


class KeyValue(Protocol):
    """Small facts by name. Blocking."""

    def get(self, key: str) -> Entry | None:
        """What stands there; None for nothing."""

    def put(self, key: str, value: bytes, revision: int | None = None) -> int:
        """The revision of the change. Raises `Conflict` unless what stands there has `revision` (0: nothing does)."""


class Taken(FlowError):
    """Another owner has the lease; the text names it."""


class Lease(Protocol):
    """Held until it is released, or its owner is gone."""

    epoch: int
    """Grows with every owner, so that what an earlier one still writes can be told by it."""

    def release(self) -> None:
        """Let others have it; twice does no harm."""


class Leases(Protocol):
    """Who may work on what. Blocking."""

    def take(self, name: str, owner: str) -> Lease:
        """The lease. Raises `Taken`."""
