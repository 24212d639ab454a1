"""PostgreSQL through asyncpg: COPY to append, unnest to upsert, a hypertable where TimescaleDB is there.

Source: PostgreSQL documentation, appendix A (error codes), INSERT, COPY; TimescaleDB, create_hypertable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table, quoted, write_good
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind, plain

TYPES: Mapping[Kind, str] = {
    "time": "timestamptz",
    "float": "double precision",
    "int": "bigint",
    "bool": "boolean",
    "json": "jsonb",
    "bytes": "bytea",
}
_KINDS: Mapping[str, Kind] = {
    "timestamptz": "time",
    "timestamp": "naive_time",
    **dict.fromkeys(("float4", "float8"), "float"),
    **dict.fromkeys(("int2", "int4", "int8"), "int"),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext"), "text"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    "bool": "bool",
    "bytea": "bytes",
}
_ROW_FAULTS = ("22", "23", "44", "54", "P0")
"""Classes of errors that lie in the row: data, integrity, check option, limits, raised by a trigger."""

_QUERY_FAULTS = ("0A", "42")
"""Classes of errors that lie in a statement, besides 25006: it changes data where that is not allowed."""
_NO_TABLE = "42P01"

_DESCRIBE = """
SELECT a.attname, t.typname, format_type(a.atttypid, a.atttypmod) AS written
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped
"""


class Postgres(Database):
    """A pool of connections; each batch is one transaction."""

    def __init__(self, settings: SqlSettings):
        super().__init__()
        self._settings = settings
        self._pool: Any = None
        self._types: dict[str, dict[str, str]] = {}

    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        async with self._connection() as connection, connection.transaction():
            if not table.upsert:
                return await self._write(connection, table, rows, range(len(rows)))
            return await self._upsert(connection, table, rows)

    async def columns(self, table: Table) -> dict[str, Kind]:
        async with self._connection() as connection:
            rows = await connection.fetch(_DESCRIBE, table.written())
        self._types[table.name] = {row["attname"]: row["written"] for row in rows}
        return {row["attname"]: _KINDS.get(row["typname"], "other") for row in rows}

    async def create(self, table: Table, kinds: Mapping[str, Kind], time_column: str | None) -> None:
        columns = [f"{quoted(name)} {TYPES.get(kind, 'text')}" for name, kind in kinds.items()]
        if table.keys:
            columns.append(f"PRIMARY KEY ({table.listed(table.keys)})")
        async with self._connection() as connection, connection.transaction():
            await connection.execute(f"CREATE TABLE IF NOT EXISTS {table.written()} ({', '.join(columns)})")
            # A hypertable's unique keys must hold its time.
            if time_column and (not table.keys or time_column in table.keys):
                await self._make_hypertable(connection, table, time_column)

    async def _make_hypertable(self, connection: Any, table: Table, time_column: str) -> None:
        if await connection.fetchval("SELECT count(*) FROM pg_proc WHERE proname = 'create_hypertable'"):
            await connection.execute(
                f"SELECT create_hypertable('{table.written()}', '{time_column}', if_not_exists => true)"
            )

    async def ask(self, query: str, values: Mapping[str, Any], most: int, writes: bool) -> list[dict[str, Any]]:
        names = names_in(query)
        sql = with_placeholders(query, lambda name: f"${names.index(name) + 1}")
        try:
            async with self._connection() as connection, connection.transaction(readonly=not writes):
                statement = await connection.prepare(sql)
                rows = await (await statement.cursor(*(values[name] for name in names))).fetch(most)
        except SqlAway as away:
            state = str(getattr(away.__cause__, "sqlstate", ""))
            if state[:2] in _QUERY_FAULTS or state == "25006":
                raise (SqlNoTable if state == _NO_TABLE else SqlRefused)(str(away)) from away
            raise
        return [{name: plain(value) for name, value in row.items()} for row in rows]

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(2):
                    await pool.close()
            except TimeoutError:
                pool.terminate()
        self.up = False

    async def _upsert(self, connection: Any, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        """One statement must not meet a key twice: the last row of each key goes first, an older one if it is bad.
        Rows that keep what is there add up: they go in turn, the first row of each key first.
        """
        places = [table.columns.index(key) for key in table.keys]
        keys = [tuple([row[place] for place in places]) for row in rows]
        bad: dict[int, str] = {}
        left: Sequence[int] = range(len(rows))
        while left:
            chosen = reversed(left) if table.keeps else left
            last = sorted({keys[index]: index for index in chosen}.values())
            refused = await self._write(connection, table, rows, last)
            bad.update(refused)
            if table.keeps:
                left = sorted(set(left) - set(last))
                continue
            again, done = {keys[index] for index in refused}, set(last)
            left = [index for index in left if keys[index] in again and index not in done]
        return bad

    async def _write(self, connection: Any, table: Table, rows: Sequence[Row], places: Sequence[int]) -> dict[int, str]:
        sql = self._upsert_sql(table) if table.upsert else ""

        async def attempt(part: Sequence[int]) -> str | None:
            chosen = rows if len(part) == len(rows) else [rows[place] for place in part]
            try:
                async with connection.transaction():
                    if sql:
                        await connection.execute(sql, *map(list, zip(*chosen, strict=True)))
                    else:
                        await self._copy(connection, table, chosen)
            except asyncpg.PostgresError as fault:
                if (fault.sqlstate or "")[:2] not in _ROW_FAULTS:
                    raise
                return _said(fault)
            except (ValueError, TypeError, OverflowError) as fault:
                return str(fault)
            return None

        return await write_good(places, attempt)

    async def _copy(self, connection: Any, table: Table, rows: Sequence[Row]) -> None:
        schema = table.parts[0] if len(table.parts) > 1 else None
        await connection.copy_records_to_table(
            table.parts[-1], schema_name=schema, columns=list(table.columns), records=rows
        )

    def _upsert_sql(self, table: Table) -> str:
        types = self._types[table.name]
        arrays = ", ".join(f"${place + 1}::{types[name]}[]" for place, name in enumerate(table.columns))
        sets = table.assignments(lambda name: f"excluded.{name}")
        return (  # quoted identifiers and the server's own type names
            f"INSERT INTO {table.written()} ({table.listed()}) SELECT * FROM unnest({arrays}) "  # noqa: S608
            f"ON CONFLICT ({table.listed(table.keys)}) DO {f'UPDATE SET {sets}' if sets else 'NOTHING'}"
        )

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            if self._pool is None:
                self._pool = await self._connect()
            async with self._pool.acquire(timeout=self._settings.timeout_s) as connection:
                yield connection
        except asyncpg.PostgresError as fault:
            self.up = False
            if (fault.sqlstate or "")[:2] in _ROW_FAULTS:
                raise SqlRefused(_said(fault)) from fault
            raise SqlAway(_said(fault)) from fault
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError) as fault:
            self.up = False
            raise SqlAway(f"{type(fault).__name__}: {fault}"[:300]) from fault
        self.up = True

    async def _connect(self) -> Any:
        to = self._settings
        return await asyncpg.create_pool(
            host=to.host,
            port=to.port,
            user=to.username or None,
            password=to.password or None,
            database=to.path,
            ssl=to.options.get("sslmode", "prefer"),
            min_size=0,
            max_size=to.pool,
            timeout=to.timeout_s,
            command_timeout=to.timeout_s,
            server_settings={"application_name": "flowengine"},
        )


def _said(fault: asyncpg.PostgresError) -> str:
    return f"{fault} ({fault.sqlstate})" if fault.sqlstate else str(fault)
