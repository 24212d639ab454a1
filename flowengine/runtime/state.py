"""The state of stateful nodes on disk: one file a flow, replaced whole and atomically."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from flowengine.clock import Clock
from flowengine.node import Stateful
from flowengine.packing import decoder, encode
from flowengine.runtime.station import Station
from flowengine.store import sealed

log = logging.getLogger("flowengine.runtime")
FORMAT = 1


class Saved(msgspec.Struct, frozen=True):
    """One node's state, with what it takes to know whether it still fits."""

    type: str
    version: int
    state: Any
    seen: dict[str, float] = msgspec.field(default_factory=dict)


class StateFile(msgspec.Struct, frozen=True):
    """The whole file."""

    format: int
    saved_ns: int
    saved_s: float
    nodes: dict[str, Saved]


_decode = decoder(StateFile)


def collect(stations: Iterable[Station], now_s: float) -> dict[str, Saved]:
    """The state of every stateful node that keeps any."""
    found = {}
    for station in stations:
        node = station.node
        kept = isinstance(node, Stateful) and node.durable_state
        state = node.snapshot(now_s) if kept else None
        seen = station.seen.snapshot(now_s) if station.seen is not None else {}
        if state is not None or seen:
            found[station.name] = Saved(station.spec.type, node.state_version, state, seen)
    return found


def write(path: Path, saved: Mapping[str, Saved], time_ns: int, now_s: float) -> None:
    """Replace the file; blocking. A crash leaves the old one or the new one, never a part; the old one is kept."""
    sealed.write(path, packed(saved, time_ns, now_s))


def packed(saved: Mapping[str, Saved], time_ns: int, now_s: float) -> bytes:
    """What `unpacked` reads."""
    return encode(StateFile(FORMAT, time_ns, now_s, dict(saved)))


def read(path: Path) -> dict[str, Saved]:
    """What `write` left last and whole; empty without. A damaged file is set aside and told."""
    return sealed.read(path, unpacked) or {}


def unpacked(content: bytes) -> dict[str, Saved]:
    """Every node's state. Raises `msgspec.DecodeError`."""
    file = _decode(content)
    if file.format != FORMAT:
        raise msgspec.DecodeError(f"format {file.format} is not {FORMAT}")
    return file.nodes


def restore(station: Station, saved: Saved | None, now_s: float) -> str:
    """Give a node its state back; empty, or why it starts without."""
    node = station.node
    if saved is not None and station.seen is not None:
        station.seen.restore(saved.seen, now_s)
    if saved is None or saved.state is None or not isinstance(node, Stateful):
        return ""
    if saved.type != station.spec.type:
        return f"its type was {saved.type}"
    if saved.version != node.state_version:
        return f"its state has version {saved.version}, this engine knows {node.state_version}"
    try:
        node.restore(saved.state, now_s)
    except Exception as error:
        node.start()
        return f"its state could not be taken over: {error}"
    return ""


class States(Protocol):
    """Where the state of one flow's nodes is kept, but of those that commit it by themselves. Blocking."""

    def load(self) -> dict[str, Saved]:
        """What was saved last. Raises `OSError`."""

    def save(self, saved: Mapping[str, Saved], time_ns: int, now_s: float) -> None:
        """Replace it, whole. Raises `OSError`; the last one then stands."""


class FileStates:
    """The `States` in the flow's folder."""

    def __init__(self, path: Path):
        self._path = path

    def load(self) -> dict[str, Saved]:
        """As `read`."""
        return read(self._path)

    def save(self, saved: Mapping[str, Saved], time_ns: int, now_s: float) -> None:
        """As `write`."""
        write(self._path, saved, time_ns, now_s)


class StateKeeper:
    """Keeps the state of one flow's stations."""

    def __init__(self, flow: str, states: States, clock: Clock):
        self._flow, self._states = flow, states
        self._clock = clock
        self._saved_at = -1
        self._refused = False
        self._writing = threading.Lock()
        self._written_ns = 0
        self.found: dict[str, Saved] = {}
        """What the last run left and no station has taken yet."""

    async def load(self) -> None:
        """Read what the last run left."""
        self.found = await asyncio.to_thread(self._states.load)

    async def save(self, stations: Iterable[Station]) -> None:
        """Write the state if any message came or went since the last time. A disk that refuses is told once."""
        keeping = [s for s in stations if s.committing is None and (isinstance(s.node, Stateful) or s.seen is not None)]
        now = sum(s.received + s.passed + s.sent for s in keeping)
        if now == self._saved_at or not keeping:
            return
        saved, now_s = collect(keeping, self._clock.now_s()), self._clock.now_s()
        try:
            await asyncio.to_thread(self._write, saved, self._clock.time_ns(), now_s)
        except OSError as fault:
            if not self._refused:
                log.error("%s: state cannot be written (%s): a restart would not find that of now", self._flow, fault)
            self._refused = True
            return
        self._saved_at, self._refused = now, False

    def _write(self, saved: Mapping[str, Saved], time_ns: int, now_s: float) -> None:
        # The thread of a save that was cancelled goes on: it must neither cross nor follow the last one.
        with self._writing:
            if time_ns >= self._written_ns:
                self._states.save(saved, time_ns, now_s)
                self._written_ns = time_ns
