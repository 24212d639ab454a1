"""Clients of the outside: opened when a flow needs one, closed after the last that used it let go."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowengine.catalog import Catalog
from flowengine.clock import Clock
from flowengine.flow.model import ConnectionSpec
from flowengine.node import Connection
from flowengine.runtime.context import node_log
from flowengine.store import data_folder

log = logging.getLogger("flowengine.runtime")
CLOSE_S = 10.0
AT_ONCE = 4


@dataclass
class _Shared:
    connection: Connection
    spec: ConnectionSpec
    users: list[str] = field(default_factory=list)
    """Flows, each once for every use."""


class ConnectionPool:
    """Connections by name and settings; flows that say the same share one client, unless its type is one a flow."""

    def __init__(self, catalog: Catalog, clock: Clock, data_dir: Path):
        self._catalog = catalog
        self.clock = clock
        self.data_dir = data_folder.of_connections(data_dir)
        self._open: dict[str, _Shared] = {}
        self.aside = asyncio.Semaphore(AT_ONCE)
        """For clients that are opened for a moment, to try one: a far side that is silent keeps its one for long."""

        self._lock = asyncio.Lock()

    async def acquire(self, spec: ConnectionSpec, flow: str) -> Connection:
        """The open client for these settings, one use of it counted for `flow`."""
        async with self._lock:
            key = self._key(spec, flow)
            if key not in self._open:
                self._open[key] = _Shared(await self._opened(spec, flow), spec)
            shared = self._open[key]
            shared.users.append(flow)
            return shared.connection

    def find(self, spec: ConnectionSpec, flow: str) -> Connection | None:
        """The open client that the flow would share, if there is one."""
        shared = self._open.get(self._key(spec, flow))
        return shared.connection if shared else None

    async def release(self, spec: ConnectionSpec, flow: str) -> None:
        """Let go of one use; the last one closes the client."""
        async with self._lock:
            key = self._key(spec, flow)
            shared = self._open[key]
            shared.users.remove(flow)
            if shared.users:
                return
            del self._open[key]
            try:
                async with asyncio.timeout(CLOSE_S):
                    await shared.connection.close()
            except Exception as error:
                log.warning("connection %s did not close cleanly: %s", spec.name, error)

    async def _opened(self, spec: ConnectionSpec, flow: str) -> Connection:
        kind = self._catalog.connection(spec.type)
        config = spec.config or kind.config_type().model_validate(dict(spec.options))
        name = spec.name if kind.one_a_flow else self._free_name(spec, flow)
        connection = kind(config, name, _log(name, flow if kind.one_a_flow else ""), self.clock, self.data_dir)
        connection.flow, connection.session_name, connection.others = flow, spec.session_name, self.all
        for shared in self._open.values():
            if shared.spec.name == spec.name and shared.users and set(shared.users) == {flow}:
                connection.succeed(shared.connection)
        await connection.open()
        return connection

    def _free_name(self, spec: ConnectionSpec, flow: str) -> str:
        """The name, or one with the flow's where another flow has another client under it."""
        others = [each for each in self._open.values() if each.spec.name == spec.name and flow not in each.users]
        if not others:
            return spec.name
        log.warning(
            "flow %s has a connection %r of its own; it goes by the name %s-%s", flow, spec.name, flow, spec.name
        )
        return f"{flow}-{spec.name}"

    def _key(self, spec: ConnectionSpec, flow: str) -> str:
        owner = flow if self._catalog.connection(spec.type).one_a_flow else ""
        return f"{owner}\0{spec.name}\0{spec.type}\0{_frozen(spec.options)}"

    def stop(self) -> None:
        """Tell every open connection that the engine is about to stop."""
        for connection in self.all():
            connection.stop()

    def all(self) -> list[Connection]:
        """Every open connection."""
        return [shared.connection for shared in self._open.values()]


def _log(name: str, flow: str) -> logging.LoggerAdapter[logging.Logger]:
    return node_log(flow or "connection", name)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    reveal = getattr(value, "reveal", None)
    # A changed secret is a changed connection, but the key must not hold the secret itself.
    return ("secret", hash(reveal())) if reveal is not None else value
