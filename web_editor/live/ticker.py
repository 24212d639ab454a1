"""Beats time for live clients: ten ticks a second, each shared by all. What topics say is in `topics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from aiohttp import web

from flowengine.runtime.status_board import StatusBoard
from web_editor.services import Services

TICK_S = 0.1


class Client(Protocol):
    """Somebody who is connected."""

    async def end(self, reason: str) -> None:
        """Say why, and close."""


class Ticker:
    """The clients, and what is made once a tick for all of them."""

    def __init__(self, services: Services):
        assert services.editing is not None
        self.services, self.editing = services, services.editing
        self.clients: set[Client] = set()
        self.tick = 0
        self.on_values: list[Callable[[], None]] = []
        """Called each tick, once the values that changed are known."""

        self._ticked = asyncio.Event()
        self.shared: dict[Hashable, Any] = {}
        """What clients of one tick may share; empty at its begin."""

        self._made: dict[Hashable, bytes] = {}
        self._boards: dict[str, tuple[StatusBoard, int]] = {}

    def start(self) -> None:
        """Begin to tick."""
        self.services.supervisor.start("ticks", self._run)

    async def stop(self) -> None:
        """Say good-bye to every client."""
        await asyncio.gather(*(client.end("shutdown") for client in list(self.clients)), return_exceptions=True)

    def add(self, client: Client) -> None:
        """A client has come."""
        self.clients.add(client)
        self.services.viewers.add(client)

    def discard(self, client: Client) -> None:
        """It has gone."""
        self.clients.discard(client)
        self.services.viewers.discard(client)

    async def next_tick(self) -> None:
        """Return when the next tick has come."""
        await self._ticked.wait()

    def once_per_tick(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """What `make` gives, made once a tick however many clients ask."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def board(self, flow: str) -> StatusBoard | None:
        """The status of a running flow as of this tick; None when it does not run."""
        runtime = self.services.engine.flows.get(flow)
        if runtime is None:
            self._boards.pop(flow, None)
            return None
        board, ticked = self._boards.get(flow, (None, -1))
        if board is None or board.runtime is not runtime:
            board, ticked = StatusBoard(runtime), -1
        if ticked != self.tick:
            board.refresh(self.services.engine.clock.now_s(), self.editing.values.late(flow))
            self._boards[flow] = (board, self.tick)
        return board

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s = max(due_s + TICK_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            self.tick += 1
            self._made.clear()
            self.shared.clear()
            self.editing.take_values(self.services.engine.clock.now_s())
            for call in list(self.on_values):
                call()
            ticked, self._ticked = self._ticked, asyncio.Event()
            ticked.set()


TICKER = web.AppKey("ticker", Ticker)
