"""What the runtime asks of whatever keeps its durable things, whichever store is behind it. Knows no files, no network.

`Log` is a durable wire, `Checkpoints` a node's position with its state. On one machine files are behind them
(`store.spool`, `store.checkpoints`).
"""

from __future__ import annotations

from typing import Protocol

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
