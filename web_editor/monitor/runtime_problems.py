"""What is wrong now in running flows, since when and how often. FlowSources of flows have their own diagnostics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Literal

import msgspec

from flowengine.engine import Engine
from flowengine.flow.places import public
from flowengine.runtime.status_board import WARN_FILL
from flowengine.runtime.view import NodeView
from flowengine.store.aside import found_aside, told_of

RECENT_S = 60.0
LOOK_S = 10.0
Severity = Literal["error", "warning"]
Key = tuple[str, str, str]


class RuntimeProblem(msgspec.Struct):
    """One trouble; `flow` is empty where it is the engine's own."""

    flow: str
    node: str | None
    severity: Severity
    message: str
    since_ms: float
    count: int


class RuntimeProblems:
    """Remembers since when each trouble lasts."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._aside: list[str] = []
        self._since_ms: dict[Key, float] = {}
        self._errors: dict[tuple[str, str], tuple[int, float]] = {}

    async def watch_damage(self) -> None:
        """Look for files that were set aside, until cancelled."""
        data = self._engine.settings.data_dir
        while True:
            aside = await asyncio.to_thread(found_aside, data)
            self._aside = [str(path.relative_to(data)) for path in aside]
            await asyncio.sleep(LOOK_S)

    def now(self) -> list[RuntimeProblem]:
        """All of them, by flow and node."""
        now_ms, now_s = self._engine.clock.time_ns() / 1e6, self._engine.clock.now_s()
        found: dict[Key, RuntimeProblem] = {}
        for name in self._aside:
            self._add(found, "", None, "warning", told_of(name), 1, now_ms)
        for flow, runtime in self._engine.flows.items():
            for name, connection in runtime.connections.items():
                if connection.up is False:  # None: nobody has asked it yet
                    said = f"connection {name} is not connected" + _because(connection.fault)
                    self._add(found, flow, None, "error", said, 1, now_ms)
            for station in runtime.stations.values():
                for severity, message, count in self._of(flow, station, now_s):
                    self._add(found, flow, public(station.name), severity, message, count, now_ms)
        self._since_ms = {key: problem.since_ms for key, problem in found.items()}
        return list(found.values())

    def _add(
        self, found: dict[Key, RuntimeProblem], flow: str, node: str | None, severity: Severity, message: str,
        count: int, now_ms: float,
    ) -> None:  # fmt: skip
        key = (flow, node or "", message)
        since_ms = self._since_ms.get(key, now_ms)
        found[key] = RuntimeProblem(flow, node, severity, message, since_ms, count)

    def _of(self, flow: str, station: NodeView, now_s: float) -> Iterator[tuple[Severity, str, int]]:
        if station.state in ("retrying", "failed"):
            yield "error", f"{station.state}: {station.reason}", max(1, station.counted["retries"])
        known, at_s = self._errors.get((flow, station.name), (station.errored, -RECENT_S))
        if station.errored > known:
            at_s = now_s
        self._errors[flow, station.name] = (station.errored, at_s)
        if now_s - at_s < RECENT_S:
            yield "warning", f"rejects messages: {station.last_error}", station.errored
        if station.inbox is not None:
            depth, limit = station.inbox.fill
            if depth > WARN_FILL * limit:
                yield "warning", "the queue before it is nearly full", 1
        if station.balance:
            yield "error", "messages are unaccounted for; this is an engine fault", abs(station.balance)


def _because(fault: str) -> str:
    """Why a connection is down; that it is so is said already."""
    return f": {fault.removeprefix('not connected: ')}" if fault else ""
