"""A table in a real PostgreSQL or MariaDB, made, locked and read past the engine with the drivers themselves."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncmy
import asyncpg

from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres


class Table(Protocol):
    """One table of a server; `url` is what a flow names."""

    name: str
    url: str
    server: Postgres | MariaDB

    async def run(self, statement: str) -> list[Any]:
        """The first column of what it answers."""

    def locked(self) -> Any:
        """Nobody else reads or writes while this context lasts."""


class PostgresTable:
    """`Table` by asyncpg."""

    def __init__(self, server: Postgres):
        self.server, self.url, self.name = server, server.url, f"t{uuid.uuid4().hex[:10]}"

    async def run(self, statement: str) -> list[Any]:
        connection = await asyncpg.connect(self.url)
        try:
            return [row[0] for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {self.name} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()


class MariaTable:
    """`Table` by asyncmy."""

    def __init__(self, server: MariaDB):
        self.server, self.url, self.name = server, server.url, f"t{uuid.uuid4().hex[:10]}"

    @asynccontextmanager
    async def _cursor(self) -> AsyncIterator[Any]:
        server = self.server
        connection = await asyncmy.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, db=server.database
        )
        try:
            async with connection.cursor() as cursor:
                yield cursor
        finally:
            await connection.ensure_closed()

    async def run(self, statement: str) -> list[Any]:
        async with self._cursor() as cursor:
            await cursor.execute(statement)
            return [row[0] for row in await cursor.fetchall()]

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        async with self._cursor() as cursor:
            await cursor.execute(f"LOCK TABLES {self.name} WRITE")
            yield
            await cursor.execute("UNLOCK TABLES")
