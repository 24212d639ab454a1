"""PostgreSQL through asyncpg: COPY to append, unnest to upsert, a hypertable where TimescaleDB is there.

Source: PostgreSQL documentation, appendix A (error codes), INSERT, COPY; TimescaleDB, create_hypertable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from nodes.clients.sql import fit, numbers
from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table, away, quoted, write_good
from nodes.clients.sql.fit import Fit, fitted
from nodes.clients.sql.postgres_faults import NO_TABLE, READ_ONLY, is_away, is_internal, may_be_of_a_value, said
from nodes.clients.sql.postgres_trials import is_refused, makings, refused_alone
from nodes.clients.sql.postgres_values import UNREADABLE, answered, cast_of_text, with_texts
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind

TYPES: Mapping[Kind, str] = {
    "time": "timestamptz",
    "float": "double precision",
    "int": "bigint",
    "bool": "boolean",
    "json": "jsonb",
    "bytes": "bytea",
}
_FITS: Mapping[str, Fit] = {
    "timestamptz": fit.as_finite_time,
    "timestamp": fit.as_finite_naive_time,
    "date": fit.as_date,
    "time": fit.as_clock,
    "float4": numbers.as_real,
    "float8": numbers.as_float,
    "int2": numbers.whole(-(2**15), 2**15 - 1),
    "int4": numbers.whole(-(2**31), 2**31 - 1),
    "int8": numbers.whole(-(2**63), 2**63 - 1),
    "oid": numbers.whole(0, 2**32 - 1),
    "numeric": numbers.decimal(),
    **dict.fromkeys(("text", "varchar", "bpchar"), fit.text_without_nul()),
    "name": fit.text_without_nul(63),
    "json": fit.as_json,
    "jsonb": fit.as_json_without_nul,
    "bool": numbers.as_bool,
    "bytea": fit.as_bytes,
    "uuid": fit.as_uuid,
}
"""By the name of a type; of any other the server makes what it is out of text."""

# Without the modifier, and what a domain is made of in its place: a cast to one of these would cut what is too long,
# where the assignment to the column refuses it.
_DESCRIBE = """
WITH RECURSIVE made AS (
  SELECT a.attname, a.atttypid AS type, a.atttypmod AS modifier, a.attgenerated <> '' AS generated,
  format_type(a.atttypid, -1) AS declared
  FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT made.attname, t.typbasetype, t.typtypmod, made.generated, made.declared
  FROM made JOIN pg_type t ON t.oid = made.type WHERE t.typtype = 'd'
)
SELECT made.attname, t.typname, made.modifier, format_type(made.type, -1) AS written, made.generated, made.declared
FROM made JOIN pg_type t ON t.oid = made.type WHERE t.typtype <> 'd'
"""


class Postgres(Database):
    """A pool of connections; each batch is one transaction."""

    def __init__(self, settings: SqlSettings):
        super().__init__()
        self._settings = settings
        self._pool: Any = None
        self._types: dict[str, dict[str, str]] = {}
        self._declared: dict[str, dict[str, str]] = {}
        self._cast: dict[str, frozenset[str]] = {}

    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        async with self._connection() as connection, connection.transaction():
            if not table.upsert:
                return await self._write(connection, table, rows, range(len(rows)))
            return await self._upsert(connection, table, rows)

    async def columns(self, table: Table) -> dict[str, Fit]:
        async with self._connection() as connection:
            rows = await connection.fetch(_DESCRIBE, table.written())
        self._types[table.name] = {row["attname"]: row["written"] for row in rows}
        self._declared[table.name] = {row["attname"]: row["declared"] for row in rows}
        fits = {row["attname"]: _column_fit(row) for row in rows}
        self._cast[table.name] = frozenset(name for name, each in fits.items() if each in _FROM_TEXT)
        return fits

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
                kinds = dict(zip(names, statement.get_parameters(), strict=True))
                fits = {name: _text_fit(kind.name, -1) for name, kind in kinds.items()}
                given = [fitted(name, each, values[name]) for name, each in fits.items()]
                made = {name: cast_of_text(kinds[name]) for name, each in fits.items() if each is fit.as_literal}
                if made:  # types that the driver would want in classes of its own
                    sql = with_placeholders(query, lambda name: f"${names.index(name) + 1}{made.get(name, '')}")
                    statement = await connection.prepare(sql)
                try:
                    rows = await (await statement.cursor(*given)).fetch(most)
                except asyncpg.PostgresError as fault:
                    if not (may_be_of_a_value(fault) or is_internal(fault)):
                        raise
                    raise SqlRefused(said(fault)) from fault  # what the query itself names was there to prepare it
                except (ValueError, OverflowError) as fault:
                    raise SqlRefused(said(fault) if isinstance(fault, asyncpg.DataError) else UNREADABLE) from fault
        except SqlAway as fault:
            state = str(getattr(fault.__cause__, "sqlstate", ""))
            if state[:2] == "42" or state == READ_ONLY:
                raise (SqlNoTable if state == NO_TABLE else SqlRefused)(str(fault)) from fault
            raise
        return [{name: answered(value) for name, value in row.items()} for row in rows]

    @property
    def is_busy(self) -> bool:
        return (
            self._pool is not None and self._pool.get_size() == self._settings.pool and not self._pool.get_idle_size()
        )

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
        cast = self._cast.get(table.name, frozenset()).intersection(table.columns)
        given = self._given_sql(table, cast) if table.upsert or cast else ""
        sql = self._insert_sql(table, given) if given else ""
        written, declared = self._types.get(table.name, {}), self._declared.get(table.name, {})

        internal: dict[int, Exception] = {}

        async def attempt(part: Sequence[int]) -> str | None:
            chosen = rows if len(part) == len(rows) else [rows[place] for place in part]
            columns = [*map(list, zip(*chosen, strict=True))] if sql else []
            try:
                async with connection.transaction():
                    if sql:
                        await connection.execute(sql, *columns)
                    else:
                        await self._copy(connection, table, chosen)
            except Exception as fault:
                of_values = bool(cast) and may_be_of_a_value(fault) and await is_refused(connection, given, columns)
                if is_internal(fault):
                    internal[part[0]] = fault
                elif is_away(fault) and not of_values:
                    raise
                alone = makings(table.columns, chosen[0], written, declared, cast) if len(chosen) == 1 else {}
                return said(fault, await refused_alone(connection, alone) or cast)
            return None

        refused = await write_good(places, attempt)
        if internal and len(refused) == len(places):  # nothing gets through: of several rows not all are wrong
            if len(places) > 1:
                raise internal[places[0]]
            return {} if await attempt(places) is None else refused
        return refused

    async def _copy(self, connection: Any, table: Table, rows: Sequence[Row]) -> None:
        schema = table.parts[0] if len(table.parts) > 1 else None
        await connection.copy_records_to_table(
            table.parts[-1], schema_name=schema, columns=list(table.columns), records=rows
        )

    def _given_sql(self, table: Table, cast: frozenset[str]) -> str:
        """The rows as the server makes them of one array for each column."""
        types, places = self._types[table.name], [*enumerate(table.columns)]
        arrays = ", ".join(f"${place + 1}::{'text' if name in cast else types[name]}[]" for place, name in places)
        values = ", ".join(f"c{place}::{types[name]}" if name in cast else f"c{place}" for place, name in places)
        names = ", ".join(f"c{place}" for place, _ in places)
        return f"SELECT {values} FROM unnest({arrays}) AS given({names})"  # noqa: S608 - the server's own type names

    def _insert_sql(self, table: Table, given: str) -> str:
        sql = f"INSERT INTO {table.written()} ({table.listed()}) {given}"  # quoted identifiers
        if not table.upsert:
            return sql
        sets = table.assignments(lambda name: f"excluded.{name}")
        return f"{sql} ON CONFLICT ({table.listed(table.keys)}) DO {f'UPDATE SET {sets}' if sets else 'NOTHING'}"

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            if self._pool is None:
                self._pool = await self._connect()
            async with self._pool.acquire(timeout=self._settings.timeout_s) as connection:
                yield connection
        except (SqlAway, SqlRefused):
            raise
        except Exception as fault:
            if not is_away(fault):
                raise SqlRefused(said(fault)) from fault
            self.up = False
            raise away(fault, self._settings, said(fault)) from fault
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
            init=with_texts,
            server_settings={"application_name": "flowengine", "datestyle": "ISO"},
        )


_TEXTS: Mapping[Fit, Fit] = {fit.as_date: fit.as_date_text, fit.as_clock: fit.as_clock_text}
_FROM_TEXT = (fit.as_literal, *_TEXTS.values())
"""What the server makes of text: types without a rule of ours, dates, of which the driver takes the first and the last
for infinities, and times of day, of which it does not know 24:00."""


def _column_fit(row: Mapping[str, Any]) -> Fit:
    if row["generated"]:
        return fit.generated
    return _text_fit(row["typname"], row["modifier"])


def _text_fit(kind: str, modifier: int) -> Fit:
    found = _fit(kind, modifier)
    return _TEXTS.get(found, found)


def _fit(kind: str, modifier: int) -> Fit:
    if modifier >= 4 and kind in ("varchar", "bpchar"):
        return fit.text_without_nul(modifier - 4)
    if modifier >= 4 and kind == "numeric":
        after = modifier - 4 & 0x7FF  # eleven bits with a sign
        return numbers.decimal(modifier - 4 >> 16 & 0xFFFF, after - 0x800 if after & 0x400 else after)
    return _FITS.get(kind, fit.as_literal)
