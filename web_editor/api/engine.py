"""`engine`: rates, queues, spools, connections, lag and memory of the whole process."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from flowengine import __version__
from flowengine.engine import Engine as FlowEngine
from flowengine.node import Sink
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.live import public, sources
from flowengine.runtime.spooled import SpoolInbox
from web_editor.routing import Call, Route

if TYPE_CHECKING:
    from web_editor.services import Editor

RATE_S = 1.0
LOOK_S = 10.0
State = Literal["off", "ok", "warn", "error"]
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class FlowRow(msgspec.Struct):
    """One flow."""

    flow: str
    running: bool
    rate: float
    errors: int
    held: int


class QueueRow(msgspec.Struct):
    """A queue in RAM."""

    flow: str
    node: str
    policy: str
    depth: int
    limit: int
    dropped: int
    full_in_s: float | None


class SpoolRow(msgspec.Struct):
    """A queue on disk; an orphan belongs to no node that runs."""

    flow: str
    node: str
    records: int
    size_bytes: int
    limit_bytes: int
    oldest_ms: float | None
    full_in_s: float | None
    orphan: bool


class ConnectionRow(msgspec.Struct):
    """A shared client."""

    flow: str
    connection: str
    type: str
    state: State
    detail: str
    since_ms: float


class Engine(msgspec.Struct):
    """The whole process."""

    at_ms: float
    up_s: float
    version: str
    rate: float
    in_total: int
    out_total: int
    dropped: dict[str, int]
    errored: int
    held: int
    loop_lag_ms: float
    cpu_percent: float
    memory_bytes: int
    memory_limit_bytes: int | None
    disk_free_bytes: int
    clients: int
    dead_letters: int
    flows: list[FlowRow]
    queues: list[QueueRow]
    spools: list[SpoolRow]
    connections: list[ConnectionRow]


class Gauges:
    """What has to be measured over time. One `look` a second."""

    def __init__(self, engine: FlowEngine):
        import psutil

        self._engine = engine
        self._process = psutil.Process()
        self._started_s = time.monotonic()
        self._received: deque[tuple[float, dict[str, int]]] = deque(maxlen=3)
        self._depths: dict[tuple[str, str], deque[tuple[float, int]]] = {}
        self._up: dict[str, tuple[bool, float]] = {}
        self._lag_s = 0.0
        self.cpu_percent = 0.0
        self.orphans: list[SpoolRow] = []
        self.disk_free_bytes = 0
        self.memory_limit_bytes = _memory_limit()

    async def watch(self, editor: Editor) -> None:
        """Measure, until cancelled."""
        loop, looked_s = asyncio.get_running_loop(), float("-inf")
        while True:
            due_s = loop.time() + RATE_S
            if loop.time() - looked_s > LOOK_S:
                looked_s = loop.time()
                self.disk_free_bytes, self.orphans = await asyncio.to_thread(self._look_at_disk)
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

    def full_in_s(self, flow: str, node: str, depth: int, limit: int) -> float | None:
        """Seconds until a queue is full at the pace of the last seconds; None while it does not grow."""
        points = self._depths.get((flow, node))
        if not points or len(points) < 2:
            return None
        (first_s, old), (last_s, new) = points[0], points[-1]
        return (limit - depth) * (last_s - first_s) / (new - old) if new > old and depth < limit else None

    def since_ms(self, connection: str, up: bool) -> float:
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
        there = set()
        for name, runtime in flows:
            for station in runtime.stations.values():
                if station.inbox is not None:
                    there.add((name, station.name))
                    points = self._depths.setdefault((name, station.name), deque(maxlen=10))
                    points.append((now_s, station.inbox.messages))
        for gone in self._depths.keys() - there:
            del self._depths[gone]

    def _look_at_disk(self) -> tuple[int, list[SpoolRow]]:
        data_dir = self._engine.settings.data_dir
        free = shutil.disk_usage(data_dir if data_dir.exists() else Path()).free
        return free, list(_orphans(self._engine, data_dir))


async def read(call: Call) -> Engine:
    """The engine as it is now."""
    return engine_now(call.editor)


def engine_now(editor: Editor) -> Engine:
    """Everything at once."""
    engine, gauges = editor.engine, editor.gauges
    flows = dict(engine.flows)
    stations = [station for runtime in flows.values() for station in runtime.stations.values()]
    dropped: Counter[str] = Counter()
    for station in stations:
        dropped.update(station.dropped)
    return Engine(
        at_ms=engine.clock.time_ns() / 1e6,
        up_s=gauges.up_s,
        version=__version__,
        rate=round(sum(gauges.rate(name) for name in flows), 1),
        in_total=sum(station.received for station in sources(stations)),
        out_total=sum(station.passed for station in stations if isinstance(station.node, Sink)),
        dropped=dict(dropped),
        errored=sum(station.errored for station in stations),
        held=sum(station.held for station in stations),
        loop_lag_ms=gauges.loop_lag_ms,
        cpu_percent=gauges.cpu_percent,
        memory_bytes=gauges.memory_bytes,
        memory_limit_bytes=gauges.memory_limit_bytes,
        disk_free_bytes=gauges.disk_free_bytes,
        clients=len(editor.hub.clients),
        dead_letters=editor.letters.count,
        flows=[_flow(gauges, name, runtime) for name, runtime in flows.items()],
        queues=[row for name, runtime in flows.items() for row in _queues(gauges, name, runtime)],
        spools=[*(row for name, runtime in flows.items() for row in _spools(name, runtime)), *gauges.orphans],
        connections=[row for name, runtime in flows.items() for row in _connections(gauges, name, runtime)],
    )


def _flow(gauges: Gauges, name: str, runtime: FlowRuntime) -> FlowRow:
    stations = list(runtime.stations.values())
    errors, held = sum(s.errored for s in stations), sum(s.held for s in stations)
    return FlowRow(name, True, gauges.rate(name), errors, held)


def _queues(gauges: Gauges, flow: str, runtime: FlowRuntime) -> Iterator[QueueRow]:
    for station in runtime.stations.values():
        queue: Any = station.inbox
        if queue is not None and not isinstance(queue, SpoolInbox):
            dropped = sum(n for reason, n in station.dropped.items() if reason.startswith("queue full"))
            full_in_s = gauges.full_in_s(flow, station.name, queue.messages, queue.limits.count)
            depth, limit, policy = queue.messages, queue.limits.count, queue.limits.when_full
            yield QueueRow(flow, public(station.name), policy, depth, limit, dropped, full_in_s)


def _spools(flow: str, runtime: FlowRuntime) -> Iterator[SpoolRow]:
    for station in runtime.stations.values():
        if isinstance(station.inbox, SpoolInbox):
            stats = station.inbox.spool.stats()
            full_in_s = None if stats.full_in_s == float("inf") else stats.full_in_s
            oldest_ms = stats.oldest_ns / 1e6 if stats.oldest_ns else None
            size, limit = stats.disk_bytes, stats.max_bytes
            yield SpoolRow(flow, public(station.name), stats.records, size, limit, oldest_ms, full_in_s, False)


def _connections(gauges: Gauges, flow: str, runtime: FlowRuntime) -> Iterator[ConnectionRow]:
    for name, connection in runtime.connections.items():
        up, spec = connection.up, runtime.flow.connections.get(name)
        detail = f"reconnected {connection.reconnects} times" if connection.reconnects else ""
        kind, since_ms = spec.type if spec else "", gauges.since_ms(f"{flow}/{name}", up)
        yield ConnectionRow(flow, name, kind, "ok" if up else "error", detail, since_ms)


def _orphans(engine: FlowEngine, data_dir: Path) -> Iterator[SpoolRow]:
    for folder in sorted(data_dir.glob("flows/*/*/spool")):
        flow, node = folder.parts[-3], folder.parts[-2]
        runtime = engine.flows.get(flow)
        station = runtime.stations.get(node) if runtime else None
        if station is None or not isinstance(station.inbox, SpoolInbox):
            size = sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())
            yield SpoolRow(flow, public(node), 0, size, size, None, None, True)


def _memory_limit() -> int | None:
    for file in CGROUP_LIMITS:
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < 1 << 60:
            return int(text)
    return None


ROUTES = [Route("GET", "engine", "viewer", read, Engine)]
