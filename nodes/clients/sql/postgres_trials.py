"""Which values PostgreSQL cannot make: its faults seldom name a column, so it is asked to make them without a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import asyncpg

from nodes.clients.sql.postgres_faults import may_be_of_a_value


def makings(
    columns: Sequence[str],
    row: Sequence[Any],
    written: Mapping[str, str],
    declared: Mapping[str, str],
    cast: Collection[str],
) -> dict[str, tuple[str, Any]]:
    """By column, how the server makes its value and of what, where our own rules do not say all of it.

    `written` are the types that our rules know, `declared` those of the table (domains are made of others).
    """
    return {
        name: (f"SELECT $1::{'text' if name in cast else written[name]}::{declared[name]}", value)
        for name, value in zip(columns, row, strict=True)
        if name in cast or declared.get(name) != written.get(name)
    }


async def refused_alone(connection: Any, makings: Mapping[str, tuple[str, Any]]) -> list[str]:
    """The columns whose value, made by its statement, is refused."""
    return [name for name, (sql, value) in makings.items() if await _fault_of(connection, sql, value) is not None]


async def is_refused(connection: Any, given: str, columns: Sequence[list[Any]]) -> bool:
    """Whether the server cannot even make the values, so that their table is not at fault."""
    fault = await _fault_of(connection, given, *columns)
    return fault is not None and may_be_of_a_value(fault)


async def _fault_of(connection: Any, sql: str, *values: Any) -> Exception | None:
    try:
        async with connection.transaction():
            await connection.execute(sql, *values)
    except (asyncpg.PostgresError, ValueError) as fault:
        return fault
    return None
