"""Every type of column takes what it can hold; one bad value costs its own row and is told with its column."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.testing import messages
from nodes.connections.sql import Sql
from nodes.sinks.sql_out import SqlOut
from tests.nodes.sinks.test_sql_out import run

TIME = "2026-01-02T03:04:05Z"
EPOCH = 1_767_323_045  # the same in seconds
POINT = bytes(4) + b"\1" + (1).to_bytes(4, "little") + bytes(16)  # as MariaDB keeps the point at 0, 0

POSTGRES: dict[str, tuple[list[Any], list[Any]]] = {
    "smallint": ([0, -32768, 32767, 5.0], [32768, 1.5, "x"]),
    "integer": ([2**31 - 1], [2**31, "7"]),
    "bigint": ([2**63 - 1], [2**63]),
    "numeric": ([1, 1.5, 2**70, "12.25"], ["x", True]),
    "numeric(5,2)": ([999.99, 1.239], [1000, 999.995, float("inf")]),
    "numeric(3,-2)": ([12345, 99900], [99999]),
    "real": ([1.5, 3.4e38], [1e39, "x"]),
    "double precision": ([1.5, 2**60], ["x"]),
    "text": (["x", 5, {"a": 1}], ["a\0b"]),
    "varchar(3)": (["abc", ""], ["abcd"]),
    "char(3)": (["a"], ["abcd"]),
    "boolean": ([True, 0], ["yes", 2]),
    "date": (["2026-01-02", TIME, EPOCH], ["x", "2026-02-30", 5]),
    "time": (["03:04", "03:04:05.25", "24:00", TIME], ["25:00", "24:00:01", "x"]),
    "timestamp": ([TIME, EPOCH, EPOCH * 1000], ["x", 5]),
    "timestamptz": ([TIME, EPOCH], ["x", 21.5]),
    "timetz": (["03:04:05+01", "24:00"], ["24:00:01", 5, "x"]),
    "interval": (["1 day 02:00", "P1DT2H"], ["x", 1e300]),
    "uuid": (["12345678-1234-5678-1234-567812345678"], ["x", 5]),
    "json": ([{"a": [1]}, "text", 5], []),
    "jsonb": ([{"a": [1]}, "a\\u0000"], ["a\0", "\ud800"]),
    "bytea": ([b"\x00\xff", "text"], []),
    "inet": (["10.0.0.1"], ["x"]),
    "cidr": (["10.0.0.0/8"], ["10.0.0.1/8"]),
    "macaddr8": (["08:00:2b:01:02:03:04:05"], ["x"]),
    "macaddr": (["08:00:2b:01:02:03"], ["x"]),
    "bit(3)": (["101"], ["10"]),
    "varbit(3)": (["10"], ["1010"]),
    "money": (["1.50", 2], ["x", "92233720368547758.08"]),
    "oid": ([0, 2**32 - 1], [-1, 2**32, "x"]),
    "xml": (["<a/>"], ["<a"]),
    "point": (["(1,2)"], ["x"]),
    "int4range": (["[1,5)", "empty"], ["x", "[5,1]"]),
    "int8range": (["[1,5)"], ["[1,99999999999999999999)"]),
    "int4multirange": (["{[1,5),[7,9)}"], ["x"]),
    "polygon": (["((1,2),(3,4))"], ["x"]),
    "integer[]": ([[1, None, 3], "{1,2}", [[1, 2], [3, 4]]], ["x", [1, "b"], [2**31], [[1], [2, 3]]]),
    "numeric(5,2)[]": ([[1.5, 999.99]], [[1000]]),
    "text[]": ([["a", 'b"c', None]], ["x"]),
    "tsvector": (["a b"], []),
    "tsquery": (["a & b"], ["a &"]),
    "name": (["a"], ["a" * 70]),
    "regclass": (["pg_class"], ["no_such_table", "no_schema.x", 1259]),
    "regnamespace": (["public", 2200], ["no_schema", -5]),
    "regproc": (["now"], ["no_such_function"]),
    "regtype": (["integer", 23], ["no_such_type", "no_schema.x"]),
    "mood": (["sad"], ["glad"]),
    "positive": ([5, 5.0], [-5, "x"]),
    "positive[]": ([[5]], [[-5], ["x"]]),
    "brief": (["abc"], ["abcd"]),
    "brief[]": ([["abc"]], [["abcd"]]),
}
MARIADB: dict[str, tuple[list[Any], list[Any]]] = {
    "TINYINT": ([-128, 127], [128, "x"]),
    "TINYINT UNSIGNED": ([255], [-1]),
    "SMALLINT": ([32767], [32768]),
    "MEDIUMINT": ([8388607], [8388608]),
    "INT": ([2**31 - 1, 5.0], [2**31, 1.5]),
    "BIGINT UNSIGNED": ([2**64 - 1], [2**64]),
    "DECIMAL(5,2)": ([999.99, "1.5"], [1000, "x", True]),
    "FLOAT": ([1.5], [1e39, "x"]),
    "DOUBLE": ([1e300], ["x"]),
    "BOOLEAN": ([True, 0], ["yes"]),
    "BIT(3)": ([5], [9]),
    "YEAR": ([2026], [1800, "x", 3, True]),
    "DATE": (["2026-01-02", TIME, EPOCH], ["x", "2026-02-30"]),
    "TIME": (["03:04:05", "-100:00:00", "24:00", EPOCH], ["x", 300, True, 1.5, "25:61"]),
    "DATETIME(6)": ([TIME, EPOCH], ["x", 5]),
    "TIMESTAMP": ([TIME], ["x", "1960-01-01T00:00:00Z"]),
    "CHAR(3)": (["abc"], ["abcd"]),
    "VARCHAR(3)": (["abc"], ["abcd"]),
    "VARCHAR(3) CHARACTER SET latin1": (["äöü"], ["😀"]),
    "TEXT": (["x", 5, {"a": 1}, "a\0"], ["\ud800"]),
    "TINYTEXT": (["x"], ["x" * 300]),
    "VARBINARY(3)": ([b"\x00\xff"], [b"abcd"]),
    "BLOB": ([b"\x00\xff"], []),
    "JSON": ([{"a": [1]}, 5, "text"], [{"a": "\ud800"}]),
    "ENUM('sad','glad')": (["sad"], ["other"]),
    "SET('a','b')": (["a,b"], ["c"]),
    "UUID": (["12345678-1234-5678-1234-567812345678"], ["x"]),
    "INET6": (["::1"], ["x"]),
    "POINT": ([None, POINT], ["x", b"x", 5, float("nan")]),
    "GEOMETRY": ([POINT], ["POINT(1 1)"]),
    "INT CHECK (c > 0)": ([5], [-5]),
}
SQLITE: dict[str, tuple[list[Any], list[Any]]] = {
    "NUMERIC": ([2**63 - 1, 1.5, "x", {"a": 1}], [2**63, float("inf"), float("nan")]),
    "DECIMAL(4,2)": ([1.5], [-(2**63) - 1]),
    "BLOB": ([b"\xff", "x"], [10**400]),
    "": ([5, "x"], [2**64, float("-inf")]),
    "JSON": ([{"a": [1]}, "x", 5], [2**64]),
    "TIME": (["03:04", EPOCH, TIME], ["x", 5]),
    "DATETIME": ([TIME, EPOCH * 1000], ["x", 5]),
    "DATE": (["2026-01-02", TIME], ["x", "2026-02-30"]),
}


async def _written(opened: Any, url: str, kind: str, good: list[Any], bad: list[Any], mode: str) -> tuple[Any, int]:
    """What was rejected of a batch of good, bad and missing values between good rows, and how many rows there are."""
    mark = "`" if url.startswith("mysql") else '"'
    rest = "mode: upsert, keys: [n]" if mode == "upsert" else "mode: insert"
    node = await opened(
        SqlOut, f"{{connection: db, table: typed, columns: {{n: n, c: c}}, {rest}}}", db=(Sql, f"{{url: '{url}'}}")
    )
    for sql in ("DROP TABLE IF EXISTS typed", f"CREATE TABLE typed (n bigint PRIMARY KEY, {mark}c{mark} {kind})"):
        if hasattr(node._database, "_fetch"):
            await node._database._fetch(sql, (), None)
        else:
            async with node._database._connection() as connection:
                await connection.execute("CREATE SCHEMA IF NOT EXISTS public")
                if not await connection.fetchval("SELECT count(*) FROM pg_type WHERE typname = 'mood'"):
                    await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
                    await connection.execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)")
                    await connection.execute("CREATE DOMAIN short AS varchar(3); CREATE DOMAIN brief AS short")
                await connection.execute(sql)
    values = [good[0], None, *bad, *good, None, good[0]]
    rejected: dict[int, str] = {}
    try:
        await node.write(messages([{"n": n, "c": value} for n, value in enumerate(values)]))
    except Rejected as fault:
        rejected = dict(fault.rows or {})
    rows = await node._database.ask("SELECT count(*) AS n FROM typed", {}, 10, False)
    assert len(rejected) + rows[0]["n"] == len(values)
    return {str(values[place]): reason for place, reason in rejected.items()}, rows[0]["n"]


@pytest.mark.parametrize("mode", ["insert", "upsert"])
@pytest.mark.parametrize("kind", POSTGRES)
async def test_postgresql_keeps_what_fits_and_tells_the_column_of_what_does_not(
    opened: Any, postgres: Any, kind: str, mode: str
) -> None:
    good, bad = POSTGRES[kind]
    rejected, rows = await _written(opened, postgres.url, kind, good, bad, mode)
    assert (len(rejected), rows) == (len(bad), len(good) + 4), rejected
    assert all(reason.startswith("column c: ") for reason in rejected.values()), rejected


@pytest.mark.parametrize("kind", MARIADB)
async def test_mariadb_keeps_what_fits_and_tells_the_column_of_what_does_not(
    opened: Any, mariadb: Any, kind: str
) -> None:
    good, bad = MARIADB[kind]
    rejected, rows = await _written(opened, mariadb.url, kind, good, bad, "insert")
    assert (len(rejected), rows) == (len(bad), len(good) + 4), rejected
    assert all("column" in reason for reason in rejected.values()), rejected


@pytest.mark.parametrize("kind", SQLITE)
async def test_sqlite_keeps_what_fits_and_tells_the_column_of_what_does_not(
    opened: Any, tmp_path: Path, kind: str
) -> None:
    good, bad = SQLITE[kind]
    file = tmp_path / "typed.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute(f"CREATE TABLE typed (n INTEGER PRIMARY KEY, c {kind})")
    node = await opened(
        SqlOut, "{connection: db, table: typed, columns: {n: n, c: c}}", db=(Sql, f"{{url: 'sqlite:///{file}'}}")
    )
    values = [good[0], None, *bad, *good]
    with pytest.raises(Rejected) as refused:
        await node.write(messages([{"n": n, "c": value} for n, value in enumerate(values)]))
    assert [*refused.value.rows] == [*range(2, 2 + len(bad))]
    assert all(reason.startswith("column c: ") for reason in refused.value.rows.values()), refused.value.rows
    [answer] = await node._database.ask("SELECT count(*) AS n FROM typed", {}, 10, False)
    assert answer["n"] == len(good) + 2


async def test_the_ends_of_the_calendar_are_no_infinities_in_postgresql(opened: Any, postgres: Any) -> None:
    dates = ["0001-01-01", "9999-12-31", "2026-02-28"]
    assert await _written(opened, postgres.url, "date", dates, [], "insert") == ({}, len(dates) + 4)
    node = await opened(
        SqlOut, "{connection: db, table: typed, columns: {n: n}}", db=(Sql, f"{{url: '{postgres.url}'}}")
    )
    assert await node._database.ask("SELECT count(*) AS n FROM typed WHERE NOT isfinite(c)", {}, 10, False) == [
        {"n": 0}
    ]
    rejected, rows = await _written(opened, postgres.url, "timestamptz", [TIME], ["0001-01-01T00:00:00Z"], "insert")
    assert rows == 5 and "infinity" in rejected["0001-01-01T00:00:00Z"]


@pytest.mark.parametrize("mode", ["insert", "upsert"])
@pytest.mark.parametrize("server", ["postgres", "mariadb"])
async def test_a_column_that_the_database_makes_itself_is_named_in_each_reject(
    opened: Any, server: str, mode: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url
    rejected, rows = await _written(opened, url, "bigint GENERATED ALWAYS AS (n * 2) STORED", [5], [], mode)
    assert rows == 0 and rejected["5"] == "column c: the database makes this value itself; leave the column out"


@pytest.mark.parametrize("server", ["postgres", "mariadb", "sqlite"])
async def test_an_upsert_that_meets_another_unique_value_overwrites_no_other_row(
    opened: Any, server: str, request: pytest.FixtureRequest, tmp_path: Any
) -> None:
    url = f"sqlite:///{tmp_path}/typed.db" if server == "sqlite" else request.getfixturevalue(server).url
    node = await opened(
        SqlOut,
        "{connection: db, table: met, columns: {n: n, c: c}, mode: upsert, keys: [n]}",
        db=(Sql, f"{{url: '{url}'}}"),
    )
    for sql in ("DROP TABLE IF EXISTS met", "CREATE TABLE met (n bigint PRIMARY KEY, c int UNIQUE)"):
        await run(node, sql)
    await node.write(messages([{"n": 1, "c": 5}]))
    with pytest.raises(Rejected) as refused:
        await node.write(messages([{"n": 2, "c": 5}, {"n": 3, "c": 7}]))
    assert list(refused.value.rows or {}) == [0]
    rows = await node._database.ask("SELECT n, c FROM met ORDER BY n", {}, 10, False)
    assert [(row["n"], row["c"]) for row in rows] == [(1, 5), (3, 7)]


async def test_of_columns_of_one_type_the_one_with_the_bad_value_is_named(opened: Any, postgres: Any) -> None:
    columns = "{n: n, a: a, b: b, d: d}"
    node = await opened(
        SqlOut, f"{{connection: db, table: ranges, columns: {columns}}}", db=(Sql, f"{{url: '{postgres.url}'}}")
    )
    for sql in ("DROP TABLE IF EXISTS ranges", "CREATE TABLE ranges (n int, a int4range, b int4range, d date)"):
        await run(node, sql)
    good = {"a": "[1,2)", "b": "[1,2)", "d": "2026-01-02"}
    with pytest.raises(Rejected) as refused:
        await node.write(messages([{"n": 1, **good}, {"n": 2, **good, "b": "x"}, {"n": 3, **good, "a": "[3,1]"}]))
    told = refused.value.rows or {}
    assert {place: reason[:10] for place, reason in told.items()} == {1: "column b: ", 2: "column a: "}


async def test_json_of_a_text_is_that_text_in_each_database(opened: Any, postgres: Any, mariadb: Any) -> None:
    for url in (postgres.url, mariadb.url):
        node = await opened(SqlOut, "{connection: db, table: said, columns: {j: j}}", db=(Sql, f"{{url: '{url}'}}"))
        for sql in ("DROP TABLE IF EXISTS said", "CREATE TABLE said (j json)"):
            await run(node, sql)
        await node.write(messages([{"j": "5"}, {"j": '{"a": 1}'}]))
        rows = await node._database.ask("SELECT j FROM said", {}, 10, False)
        assert [json.loads(row["j"]) for row in rows] == ["5", '{"a": 1}']


INTERNAL = """
DROP TABLE IF EXISTS shapes;
CREATE TABLE shapes (n int, shape text);
CREATE OR REPLACE FUNCTION read_shape() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.shape ~ 'x' THEN RAISE EXCEPTION 'parse error - invalid geometry' USING ERRCODE = 'XX000'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reading BEFORE INSERT ON shapes FOR EACH ROW EXECUTE FUNCTION read_shape()
"""


async def test_an_internal_error_of_one_row_is_of_its_data_and_of_all_of_them_the_servers(
    opened: Any, postgres: Any
) -> None:
    """As PostGIS says it of a geometry that it cannot read; a function stands in."""
    node = await opened(
        SqlOut, "{connection: db, table: shapes, columns: {n: n, shape: shape}}", db=(Sql, f"{{url: '{postgres.url}'}}")
    )
    async with node._database._connection() as connection:
        await connection.execute(INTERNAL)
    with pytest.raises(Rejected) as refused:
        await node.write(messages([{"n": n, "shape": "x" if n == 4 else "o"} for n in range(10)]))
    assert refused.value.rows == {4: "parse error - invalid geometry (XX000)"}
    with pytest.raises(Rejected):
        await node.write(messages([{"n": 10, "shape": "x"}]))
    with pytest.raises(Unavailable, match="XX000"):
        await node.write(messages([{"n": n, "shape": "x"} for n in range(3)]))
    assert (await node._database.ask("SELECT count(*) AS n FROM shapes", {}, 1, False))[0]["n"] == 9
