"""The durable queue before a node: what is put is on disk before it is settled, and is read back from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flowengine.clock import Clock
from flowengine.flow.model import Durable
from flowengine.message import Messages
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.station import Station


class SpoolInbox:
    """Stands where an `Inbox` stands, with a spool behind it."""

    messages = 0

    @classmethod
    async def open(cls, path: Path, limits: Durable, station: Station, pressed: list[Any], clock: Clock) -> SpoolInbox:
        raise NotImplementedError

    def adopt(self, station: Station, limits: Durable) -> None: ...
    def put(self, messages: Messages, receipt: Receipt) -> None: ...
    def take_all(self):
        return []

    async def close(self) -> None: ...
