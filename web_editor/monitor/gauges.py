"""What has to be measured over time: rates, lag, memory, disk, spools that nobody runs. Knows no request."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from flowengine.engine import Engine as FlowEngine
from flowengine.runtime.forecast import full_in_s
from flowengine.runtime.spools import Found
from flowengine.runtime.status_board import sources

RATE_S = 1.0
LOOK_S = 10.0
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


NodeKey = tuple[str, str]
"""Flow and node."""


class Busy(NamedTuple):
    """What a node took in the last seconds: the share of the time, microseconds a message, messages a second."""

    share: float
    each_us: float | None
    rate: float


class Gauges:
    """What has to be measured over time. One `look` a second."""

    def __init__(self, engine: FlowEngine):
        import psutil

        self._engine = engine
        self._process = psutil.Process()
        self._started_s = time.monotonic()
        self._received: deque[tuple[float, dict[str, int]]] = deque(maxlen=3)
        self._worked: deque[tuple[float, dict[NodeKey, tuple[float, int]]]] = deque(maxlen=6)
        self._depths: dict[tuple[str, str], deque[tuple[float, int]]] = {}
        self._up: dict[str, tuple[bool | None, float]] = {}
        self._lag_s = 0.0
        self.cpu_percent = 0.0
        self.spools = engine.spools
        self.orphans: list[Found] = []
        self.disk_free_bytes = 0
        self.memory_limit_bytes = _memory_limit()

    async def watch(self) -> None:
        """Measure, until cancelled."""
        loop, looked_s = asyncio.get_running_loop(), float("-inf")
        while True:
            due_s = loop.time() + RATE_S
            if loop.time() - looked_s > LOOK_S:
                looked_s = loop.time()
                self.disk_free_bytes = await asyncio.to_thread(self._free_bytes)
                self.orphans = await self.spools.orphans()
            self.cpu_percent = await asyncio.to_thread(self._process.cpu_percent, None)
            await asyncio.sleep(due_s - loop.time())
            self._lag_s = max(loop.time() - due_s, self._lag_s / 2)
            self._measure(time.monotonic())

    @property
    def loop_lag_ms(self) -> float:
        """How late the loop was, decaying."""
        return round(self._lag_s * 1000, 2)

    @property
    def memory_bytes(self) -> int:
        """What the process holds in RAM."""
        return int(self._process.memory_info().rss)

    @property
    def up_s(self) -> float:
        """Since the editor started."""
        return time.monotonic() - self._started_s

    def rate(self, flow: str) -> float:
        """Messages a second that come into a flow."""
        if len(self._received) < 2:
            return 0.0
        (first_s, old), (last_s, new) = self._received[0], self._received[-1]
        return round(max(0, new.get(flow, 0) - old.get(flow, 0)) / (last_s - first_s), 1)

    def slowest(self, most: int) -> list[tuple[NodeKey, Busy]]:
        """The nodes whose code took the most time in the last seconds, the slowest first; idle ones are left out."""
        if len(self._worked) < 2:
            return []
        (first_s, old), (last_s, new) = self._worked[0], self._worked[-1]
        span_s = last_s - first_s
        rows = []
        for place, (busy_s, received) in new.items():
            before_s, before = old.get(place, (0.0, 0))
            took_s, count = busy_s - before_s, received - before
            if took_s > 0 and count >= 0:  # less than before: the node was started anew
                each_us = round(took_s / count * 1e6, 1) if count else None
                rows.append((place, Busy(took_s / span_s, each_us, count / span_s)))
        return sorted(rows, key=lambda row: -row[1].share)[:most]

    def full_in_s(self, flow: str, node: str, limit: int) -> float | None:
        """Seconds until a queue is full at the pace of the last seconds; None without a trend."""
        return full_in_s(self._depths.get((flow, node), ()), limit)

    def since_ms(self, connection: str, up: bool | None) -> float:
        """Since when a connection is as it is."""
        known, at_ms = self._up.get(connection, (up, time.time() * 1000))
        if known != up:
            at_ms = time.time() * 1000
        self._up[connection] = (up, at_ms)
        return at_ms

    def _measure(self, now_s: float) -> None:
        flows = self._engine.flows.items()
        received = {name: sum(s.received for s in sources(runtime.stations.values())) for name, runtime in flows}
        self._received.append((now_s, received))
        worked = {(n, s.name): (s.busy_s, s.received) for n, runtime in flows for s in runtime.stations.values()}
        self._worked.append((now_s, worked))
        there = set()
        for name, runtime in flows:
            for station in runtime.stations.values():
                if station.inbox is not None:
                    there.add((name, station.name))
                    points = self._depths.setdefault((name, station.name), deque(maxlen=12))
                    points.append((now_s, station.inbox.messages))
        for gone in self._depths.keys() - there:
            del self._depths[gone]

    def _free_bytes(self) -> int:
        data_dir = self._engine.settings.data_dir
        return shutil.disk_usage(data_dir if data_dir.exists() else Path()).free


def _memory_limit() -> int | None:
    for file in CGROUP_LIMITS:
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < 1 << 60:
            return int(text)
    return None
