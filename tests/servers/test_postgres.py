"""The PostgreSQL fixture is a real server that keeps what was committed."""

import asyncio

import asyncpg
import pytest

from tests.servers.postgres import Postgres

pytestmark = pytest.mark.integration


async def _run(postgres: Postgres, *statements: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(postgres.url, timeout=60)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return list(await connection.fetch(statements[-1]))
    finally:
        await connection.close(timeout=60)


async def test_postgres_keeps_committed_rows_across_kill_9(postgres: Postgres) -> None:
    await _run(
        postgres,
        "DROP TABLE IF EXISTS self_test",
        "CREATE TABLE self_test (v float8)",
        "INSERT INTO self_test VALUES (21.5)",
    )
    await asyncio.to_thread(postgres.kill)
    with pytest.raises(OSError):
        await _run(postgres, "SELECT 1")
    await asyncio.to_thread(postgres.start)
    assert [row["v"] for row in await _run(postgres, "SELECT v FROM self_test")] == [21.5]


async def test_postgres_restarts_on_the_same_port(postgres: Postgres) -> None:
    url = postgres.url
    await asyncio.to_thread(postgres.restart)
    assert postgres.url == url
    assert [tuple(row) for row in await _run(postgres, "SELECT 1")] == [(1,)]


async def test_postgres_refuses_a_wrong_password(postgres: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url.replace(postgres.password, "wrong"), timeout=60)
