"""`system_metrics`: processor, memory, disks, network of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Outlet, Source
from nodes.clients.machine import Machine

SHORTEST_S = 0.1


class SystemMetricsConfig(Config):
    """Settings of `system_metrics`."""

    every: Duration = 10.0
    """Time between messages."""

    disks: list[str] = Field(default=["/"], max_length=64)
    """Mount points whose filling is read."""

    topic: str = "system"
    """Topic of the messages."""


class SystemMetrics(Source):
    """Send figures of this machine: `cpu`, `memory`, `swap` and `disk` in percent (of `disks` the fullest), bytes per
    second of network and disks, `load_1m`, `temperature` where there is one, and what this `process` takes itself.
    """

    config: SystemMetricsConfig
    examples = (
        Example("Every 10 s, ready for `alert` on payload.cpu > 80", "{every: 10s}"),
        Example("Two disks", "{every: 1m, disks: [/, /var/lib/data]}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SystemMetricsConfig)
        return [("every", f"at least {SHORTEST_S} s")] if config.every < SHORTEST_S else ()

    async def run(self, emit: Outlet) -> None:
        machine = await asyncio.to_thread(Machine, self.config.disks)
        meta = {"host": socket.gethostname()}
        while True:
            await asyncio.sleep(self.config.every)
            await emit(Message(await asyncio.to_thread(machine.read), self.config.topic, meta=meta))
