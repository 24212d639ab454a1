"""Shared clients: opened when the first flow needs one, closed after the last let go."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from flowengine.catalog import Catalog
from flowengine.clock import Clock
from flowengine.flow.model import ConnectionSpec
from flowengine.node import Connection
from flowengine.runtime.context import node_log

log = logging.getLogger("flowengine.runtime")
CLOSE_S = 10.0


class ConnectionPool:
    """Connections by name and settings; two flows that say the same share one client."""

    def __init__(self, catalog: Catalog, clock: Clock, data_dir: Path):
        self._catalog = catalog
        self._clock = clock
        self._data_dir = data_dir / "connections"
        self._open: dict[str, tuple[Connection, int]] = {}
        self._lock = asyncio.Lock()

    async def acquire(self, spec: ConnectionSpec) -> Connection:
        """The open client for these settings."""
        async with self._lock:
            key = _key(spec)
            if key in self._open:
                connection, users = self._open[key]
                self._open[key] = (connection, users + 1)
                return connection
            kind = self._catalog.connection(spec.type)
            config = spec.config or kind.config_type().model_validate(dict(spec.options))
            connection = kind(config, spec.name, node_log("connection", spec.name), self._clock, self._data_dir)
            await connection.open()
            self._open[key] = (connection, 1)
            return connection

    async def release(self, spec: ConnectionSpec) -> None:
        """Let go; the last one closes the client."""
        async with self._lock:
            key = _key(spec)
            connection, users = self._open[key]
            if users > 1:
                self._open[key] = (connection, users - 1)
                return
            del self._open[key]
            try:
                async with asyncio.timeout(CLOSE_S):
                    await connection.close()
            except Exception as error:
                log.warning("connection %s did not close cleanly: %s", spec.name, error)

    def stop(self) -> None:
        """Tell every open connection that the engine is about to stop."""
        for connection in self.all():
            connection.stop()

    def all(self) -> list[Connection]:
        """Every open connection."""
        return [connection for connection, _ in self._open.values()]


def _key(spec: ConnectionSpec) -> str:
    return f"{spec.name}\0{spec.type}\0{_frozen(spec.options)}"


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    reveal = getattr(value, "reveal", None)
    # A changed secret is a changed connection, but the key must not hold the secret itself.
    return ("secret", hash(reveal())) if reveal is not None else value
