"""A database of its own for one example on the shared servers, and questions to it. Knows no flow."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nodes.clients.sql import SqlAway, SqlRefused, SqlSettings, database
from tests.waiting import eventually


class ExampleDatabase:
    """A fresh database on a PostgreSQL or MariaDB server."""

    def __init__(self, server_url: str):
        self._server = server_url
        self.name = f"example_{uuid.uuid4().hex[:10]}"
        self.url = urlunsplit(urlsplit(server_url)._replace(path=f"/{self.name}"))

    async def make(self) -> None:
        """Create it."""
        await self._run(self._server, f"CREATE DATABASE {self.name}")

    async def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows; none while the server is away or the table is missing."""
        client = database(SqlSettings.read(self.url, timeout_s=5), None)  # type: ignore[arg-type]
        try:
            return [tuple(row.values()) for row in await client.ask(query, {}, 1_000_000, False)]
        except (SqlAway, SqlRefused):
            return []
        finally:
            await client.close()

    async def _run(self, url: str, statement: str) -> None:
        if url.startswith("postgres"):
            import asyncpg

            connection = await asyncpg.connect(url)
            await connection.execute(statement)
            await connection.close()
        else:
            client: Any = database(SqlSettings.read(url), None)  # type: ignore[arg-type]
            await client._fetch(statement, (), None)
            await client.close()

    async def until(self, query: str, holds: Any, within_s: float = 60) -> list[tuple[Any, ...]]:
        """The rows, once `holds(rows)`; fails with the last ones."""
        rows: list[tuple[Any, ...]] = await eventually(lambda: self.ask(query), holds, within_s, pause_s=0.25)
        return rows
