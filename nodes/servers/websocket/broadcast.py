"""Lines for many WebSocket clients: encoded once, sent by room, at a pace that leaves time for everything else.

Wire format: a text frame holds one JSON value or several, one on each line. Never here: what the lines say.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import WSCloseCode

from nodes.servers.websocket.listener import Listener
from nodes.servers.websocket.slow_reader import block

EVERY_ROOM = "*"
LONGEST_TICK_S = 0.05
LISTENER_S = 150e-6
"""Shortest time between two frames to all, for each client: ten times what sending takes, so a tenth of a core."""

Line = tuple[str, str, bytes]
"""Room, key, and the encoded message."""


@dataclass(frozen=True)
class Patience:
    """How long a client may take nothing, and what happens when its backlog is full."""

    write_timeout_s: float = 3.0
    closes: bool = False


class Broadcast:
    """The clients of one node, by room."""

    def __init__(self, patience: Patience, snapshot_keys: int, count: Callable[[str, int], None]):
        self._patience = patience
        self._snapshot_keys = snapshot_keys
        self._count = count
        self._rooms: dict[str, dict[Listener, None]] = {}
        self._listeners: dict[Listener, None] = {}
        self._pending: list[Line] = []
        self._last: dict[tuple[str, str], bytes] = {}
        self._loop = asyncio.get_running_loop()
        self._next_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, listener: Listener, rooms: Sequence[str]) -> None:
        """The listener hears these rooms from now on, beginning with the last values if they are kept."""
        self._listeners[listener] = None
        fresh = [room for room in rooms if room not in listener.rooms]
        listener.rooms.update(fresh)
        for room in fresh:
            self._rooms.setdefault(room, {})[listener] = None
            self._show(listener, room)

    def leave(self, listener: Listener, rooms: Sequence[str] | None = None) -> None:
        """The listener hears these rooms no more; without `rooms` it is gone."""
        for room in list(listener.rooms) if rooms is None else rooms:
            listener.rooms.discard(room)
            members = self._rooms.get(room, {})
            members.pop(listener, None)
            if not members:
                self._rooms.pop(room, None)
        if rooms is None:
            self._listeners.pop(listener, None)

    def put(self, lines: Sequence[Line]) -> None:
        """Send lines to whoever hears their rooms: at once, or with the next tick."""
        if self._snapshot_keys:
            self._keep(lines)
        if not self._listeners:
            return
        self._pending += lines
        if self._timer is None:
            wait_s = self._next_s - self._loop.time()
            if wait_s <= 0:
                self.flush()
            else:
                self._timer = self._loop.call_later(wait_s, self.flush)

    def flush(self) -> None:
        """Send what is pending."""
        pending, self._pending = self._pending, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if EVERY_ROOM in self._rooms and pending:
            self._send(EVERY_ROOM, pending)
        by_room: dict[str, list[Line]] = {}
        for line in pending:
            if line[0] in self._rooms:
                by_room.setdefault(line[0], []).append(line)
        for room, lines in by_room.items():
            self._send(room, lines)
        self._next_s = self._loop.time() + min(LONGEST_TICK_S, LISTENER_S * len(self._listeners))

    async def watch(self) -> None:
        """Hang up on clients that take nothing for too long, until cancelled."""
        while True:
            await asyncio.sleep(self._patience.write_timeout_s / 4)
            late_s = self._loop.time() - self._patience.write_timeout_s
            for listener in list(self._listeners):
                if listener.sending_since_s is not None and listener.sending_since_s < late_s:
                    self._give_up(listener)

    async def close(self) -> None:
        """Send what is pending and say goodbye to everyone."""
        self.flush()
        await asyncio.sleep(0)  # the listeners' tasks write what they were just given
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience.write_timeout_s):
                goodbyes = [one.close(WSCloseCode.GOING_AWAY, "the flow stops") for one in self._listeners]
                await asyncio.gather(*goodbyes)
        for listener in list(self._listeners):
            listener.abort()

    def _send(self, room: str, lines: Sequence[Line]) -> None:
        shared = block([line for _, _, line in lines], [key for _, key, _ in lines])
        given_up = 0
        # Who hears every room gets the lines once, in their own order.
        everyone = self._rooms.get(EVERY_ROOM, {}) if room != EVERY_ROOM else {}
        for listener in list(self._rooms.get(room, ())):
            if listener in everyone:
                continue
            lost = listener.put(shared)
            given_up += lost
            if lost and self._patience.closes:
                self._give_up(listener)
        if given_up:
            self._count("lines dropped for slow clients", given_up)

    def _give_up(self, listener: Listener) -> None:
        self._count("clients closed, too slow", 1)
        self.leave(listener)
        listener.abort()

    def _keep(self, lines: Sequence[Line]) -> None:
        last = self._last
        for room, key, line in lines:
            last.pop((room, key), None)
            last[room, key] = line
        while len(last) > self._snapshot_keys:
            del last[next(iter(last))]
            self._count("last values forgotten", 1)

    def _show(self, listener: Listener, room: str) -> None:
        waiting = {(name, key) for name, key, _ in self._pending}  # what is about to come anyway
        found = [
            (key, line)
            for (name, key), line in self._last.items()
            if (room in (name, EVERY_ROOM)) and (name, key) not in waiting
        ]
        if found:
            listener.put(block([line for _, line in found], [key for key, _ in found]))
