"""Rows that a node keeps over restarts, by key: on disk when `change` returns. What they mean is the node's own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from flowengine.errors import Unavailable
from flowengine.store.database import Database

_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID"
_PUT = "INSERT INTO kept (key, row) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row"
_DROP = "DELETE FROM kept WHERE key = ?"


class KeyValueStore:
    """One file of rows; all methods raise `Unavailable` while the disk does not take them."""

    def __init__(self, file: Path):
        self._file = file
        self._data: Database | None = None

    async def open(self) -> dict[str, bytes]:
        """Every row that an earlier run left."""
        try:
            self._data = await asyncio.to_thread(Database, self._file, _SCHEMA)
            return dict(await asyncio.to_thread(self._data.rows, "SELECT key, row FROM kept"))
        except (sqlite3.Error, OSError) as fault:
            raise Unavailable(f"cannot read {self._file.name}: {fault}") from fault

    async def change(self, put: Mapping[str, bytes], drop: Iterable[str] = ()) -> None:
        """Replace some rows and remove others, all or none; synced."""
        statements = [*((_PUT, row) for row in put.items()), *((_DROP, (key,)) for key in drop)]
        if not statements:
            return
        assert self._data is not None
        try:
            await asyncio.to_thread(self._data.write_all, statements)
        except (sqlite3.Error, OSError) as fault:
            raise Unavailable(f"cannot write {self._file.name}: {fault}") from fault

    async def close(self) -> None:
        """Let the file go."""
        if self._data is not None:
            await asyncio.to_thread(self._data.close)
