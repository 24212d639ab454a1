"""The MariaDB fixture is a real server that keeps what was committed."""

import asyncio
from typing import Any

import asyncmy
import asyncmy.errors
import pytest

from tests.servers.mariadb import MariaDB

pytestmark = pytest.mark.integration


async def _run(mariadb: MariaDB, *statements: str, password: str = "") -> list[tuple[Any, ...]]:
    connection = await asyncmy.connect(
        host=mariadb.host,
        port=mariadb.port,
        user=mariadb.user,
        password=password or mariadb.password,
        db=mariadb.database,
    )
    async with connection, connection.cursor() as cursor:
        for statement in statements:
            await cursor.execute(statement)
        await connection.commit()
        return list(await cursor.fetchall())


async def test_mariadb_keeps_committed_rows_across_kill_9(mariadb: MariaDB) -> None:
    await _run(mariadb, "CREATE OR REPLACE TABLE self_test (v DOUBLE)", "INSERT INTO self_test VALUES (21.5)")
    await asyncio.to_thread(mariadb.kill)
    await asyncio.to_thread(mariadb.start)
    assert await _run(mariadb, "SELECT v FROM self_test") == [(21.5,)]


async def test_mariadb_refuses_a_wrong_password(mariadb: MariaDB) -> None:
    with pytest.raises(asyncmy.errors.OperationalError):
        await _run(mariadb, "SELECT 1", password="wrong")
