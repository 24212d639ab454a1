"""Whatever type a question is about: its values are told as people write them, and one that fails is no server away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nodes.clients.sql import SqlRefused, SqlSettings, database

ANSWERS = {
    "time '24:00'": "24:00:00",
    "time '03:04:05.5'": "03:04:05.500000",
    "timetz '24:00+00'": "24:00:00+00",
    "ARRAY[time '24:00']": ["24:00:00"],
    "date '9999-12-31'": "9999-12-31",
    "date 'infinity'": "infinity",
    "date '0044-03-15 BC'": "0044-03-15 BC",
    "timestamptz '-infinity'": "-infinity",
    "ARRAY[timestamp 'infinity']": ["infinity"],
    "int4range '[1,5)'": "[1,5)",
    "numrange 'empty'": "empty",
    "tstzrange '[2026-01-01 00:00+00,)'": "[2026-01-01T00:00:00Z,)",
    "int4multirange '{[1,5),[7,9)}'": ["[1,5)", "[7,9)"],
    "B'101'": "101",
    "ARRAY[B'101']::varbit[]": ["101"],
    "path '((1,2),(3,4))'": "((1,2),(3,4))",
    "polygon '((1,2),(3,4))'": "((1,2),(3,4))",
}
ASKED = [
    ("5 = ANY(:x::int[])", [4, 5]),
    ("'b' = ANY(:x)", ["a", "b"]),
    (":x::int4range @> 3", "[1,5)"),
    ("time '12:00' < :x", "24:00"),
    ("date '2026-01-02' = :x", "2026-01-02T03:04:05Z"),
    ("interval '1 day' = :x", "1 day"),
    ("B'101' = :x", "101"),
    ("point '(1,2)' ~= :x", "(1,2)"),
    ("money '5' = :x", 5),
    ("inet '10.0.0.1' = :x", "10.0.0.1"),
]


@pytest.fixture
async def postgresql(postgres: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """A client of it."""
    client = database(SqlSettings.read(postgres.url), tmp_path)
    yield client
    await client.close()


async def test_answers_of_postgresql_are_as_people_write_them(postgresql: Any) -> None:
    for written, told in ANSWERS.items():
        assert await postgresql.ask(f"SELECT {written} AS v", {}, 1, False) == [{"v": told}], written


async def test_a_time_that_no_calendar_has_is_told_with_what_to_write(postgresql: Any) -> None:
    for written in ("timestamp '20000-01-01'", "timestamptz '0044-03-15 BC'"):
        with pytest.raises(SqlRefused, match="as text in the query"):
            await postgresql.ask(f"SELECT {written} AS v", {}, 1, False)
        assert await postgresql.ask(f"SELECT ({written})::text <> '' AS v", {}, 1, False) == [{"v": True}]


async def test_values_of_any_type_go_into_a_question(postgresql: Any) -> None:
    for condition, value in ASKED:
        assert await postgresql.ask(f"SELECT {condition} AS v", {"x": value}, 1, False) == [{"v": True}], condition


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'a' REGEXP :x",
        "SELECT * FROM JSON_TABLE(:x, '$' COLUMNS(a int path '$.a')) AS t",
        "SELECT TIME'99:99'",
        "SELECT nothing_of_that_name(:x)",
        "SELECT (SELECT 1 UNION SELECT 2)",
    ],
)
async def test_a_question_that_cannot_be_answered_is_not_taken_for_a_server_that_is_away(
    query: str, mariadb: Any, tmp_path: Path
) -> None:
    client = database(SqlSettings.read(mariadb.url), tmp_path)
    with pytest.raises(SqlRefused) as refused:
        await client.ask(query, {"x": "["}, 1, False)
    assert "no key of this node" not in str(refused.value)
    await client.close()
