"""sql_out: the same promises on PostgreSQL, MariaDB and SQLite; bad rows go alone, locks and restarts lose nothing."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowengine import Rejected, Unavailable
from flowengine.testing import messages
from flowengine.testing.clock import START_NS
from nodes.clients.sql import SqlAway
from nodes.connections.sql import Sql
from nodes.sinks.sql_out import SqlOut
from tests.servers.ports import next_free_port

Open = Any
COLUMNS = "{time: time, device: device, sensor: sensor, value: payload.value, ok: payload.ok, extra: payload.extra}"


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of each database in turn."""
    if request.param == "sqlite":
        return "sqlite:///history.db"
    return str(request.getfixturevalue(request.param).url)


@pytest.fixture
async def sink(opened: Open, url: str) -> Callable[..., Any]:
    """Opens a sink on a table; `ask` and `run` reach the database beside it."""

    async def open_sink(table: str, rest: str, timeout: str = "5s", drop: bool = True) -> Any:
        made = await opened(
            SqlOut, f"{{connection: db, table: {table}, {rest}}}", db=(Sql, f"{{url: '{url}', timeout: {timeout}}}")
        )
        if drop:
            await run(made, f"DROP TABLE IF EXISTS {table}")
        return made

    return open_sink


async def run(sink: Any, sql: str) -> None:
    """Any statement."""
    database = sink._database
    if hasattr(database, "_fetch"):
        await database._fetch(sql, (), None)
    elif hasattr(database, "_writer"):
        await database._in(database._writer, lambda c: c.execute(sql))
    else:
        async with database._connection() as connection:
            await connection.execute(sql)


async def rows_of(sink: Any, what: str) -> list[dict[str, Any]]:
    """What the database holds."""
    return list(await sink._database.ask(f"SELECT {what}", {}, 100_000, False))


def readings(n: int, **more: Any) -> list[Any]:
    """Readings a microsecond apart, the finest that all three databases keep."""
    return messages(
        {
            "payload": {"value": k + 0.25, "ok": k % 2 == 0, "extra": {"k": k}, **more},
            "meta": {"device": f"d{k % 3}", "sensor": "temp"},
            "time_ns": START_NS + k * 1000,
        }
        for k in range(n)
    )


async def test_a_missing_table_is_made_and_every_value_comes_back(sink: Any) -> None:
    node = await sink("made_by_us", f"create: true, columns: {COLUMNS}")
    await node.write(readings(3000))
    rows = await rows_of(node, "time, device, sensor, value, ok, extra FROM made_by_us ORDER BY time")
    assert [row["value"] for row in rows] == [k + 0.25 for k in range(3000)]
    assert [row["device"] for row in rows] == [f"d{k % 3}" for k in range(3000)]
    assert [bool(row["ok"]) for row in rows] == [k % 2 == 0 for k in range(3000)]
    assert [row["extra"].replace(" ", "") for row in rows] == [f'{{"k":{k}}}' for k in range(3000)]
    assert [_ns(row["time"]) for row in rows] == [START_NS + k * 1000 for k in range(3000)]


def _ns(value: Any) -> int:
    if isinstance(value, int):
        return value
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000


async def test_a_second_delivery_of_the_same_rows_is_one_row_each(sink: Any) -> None:
    rest = "create: true, mode: upsert, keys: [time, device], columns: {time: time, device: device, value: value}"
    node = await sink("twice", rest)
    await node.write(readings(500))
    await node.write(readings(500))
    rows = await rows_of(node, "value FROM twice ORDER BY time")
    assert [row["value"] for row in rows] == [k + 0.25 for k in range(500)]


async def test_an_upsert_keeps_the_last_of_one_batch(sink: Any) -> None:
    rest = "create: true, mode: upsert, keys: [device], columns: {device: device, value: value}"
    node = await sink("latest", rest)
    await node.write(readings(9))
    assert await rows_of(node, "device, value FROM latest ORDER BY device") == [
        {"device": f"d{k}", "value": 6 + k + 0.25} for k in range(3)
    ]


async def test_an_upsert_falls_back_to_the_older_row_when_the_newer_is_bad(sink: Any) -> None:
    rest = "mode: upsert, keys: [device], columns: {device: device, value: value}"
    node = await sink("older", rest)
    await run(node, "CREATE TABLE older (device VARCHAR(50) PRIMARY KEY, value DOUBLE PRECISION CHECK (value < 5))")
    with pytest.raises(Rejected) as refused:
        await node.write(readings(9))
    assert set(refused.value.rows) == {5, 6, 7, 8}
    assert await rows_of(node, "device, value FROM older ORDER BY device") == [
        {"device": "d0", "value": 3.25},
        {"device": "d1", "value": 4.25},
        {"device": "d2", "value": 2.25},
    ]


async def test_only_the_rows_that_the_database_refuses_are_rejected(sink: Any) -> None:
    node = await sink("checked", "columns: {device: device, value: value}")
    await run(node, "CREATE TABLE checked (device VARCHAR(50) NOT NULL, value DOUBLE PRECISION CHECK (value <> 40.25))")
    batch = readings(100)
    batch[77] = batch[77].with_meta(device=None)
    with pytest.raises(Rejected) as refused:
        await node.write(batch)
    assert set(refused.value.rows) == {40, 77}
    assert all(reason for reason in refused.value.rows.values())
    rows = await rows_of(node, "value FROM checked ORDER BY value")
    assert [row["value"] for row in rows] == [k + 0.25 for k in range(100) if k not in (40, 77)]


async def test_values_that_no_column_takes_are_rejected_before_they_are_sent(sink: Any) -> None:
    node = await sink("typed", "columns: {device: device, value: value}")
    await run(node, "CREATE TABLE typed (device VARCHAR(50), value INTEGER)")
    bad = [{"value": "warm"}, {"value": 1.5}, {"value": [1]}]
    good = [{"value": 2.0}, {"value": True}, {"value": None}, {}]
    with pytest.raises(Rejected) as refused:
        await node.write(messages([*bad, *good]))
    assert set(refused.value.rows) == {0, 1, 2}
    assert refused.value.rows[0] == "column value: 'warm' is not a whole number"
    found = [row["value"] for row in await rows_of(node, "value FROM typed")]
    assert sorted(found, key=str) == [1, 2, None, None]


async def test_infinities_never_stop_the_other_rows(sink: Any) -> None:
    node = await sink("infinite", "create: true, columns: {value: value}")
    try:
        await node.write(messages([{"value": 1.0}, {"value": math.inf}, {"value": 2.0}]))
    except Rejected as refused:
        assert set(refused.rows or ()) == {1}
    assert {1.0, 2.0} <= {row["value"] for row in await rows_of(node, "value FROM infinite")}


async def test_hostile_text_stays_text(sink: Any) -> None:
    node = await sink("hostile", "create: true, columns: {name: payload}")
    texts = ["'); DROP TABLE hostile; --", "%s %(x)s %%", "\\' \\\\", '"', "`", "é🙂", "a\nb", ""]
    await node.write(messages(texts))
    assert sorted(row["name"] for row in await rows_of(node, "name FROM hostile")) == sorted(texts)


async def test_a_missing_table_or_column_keeps_the_messages_until_someone_mends_it(sink: Any) -> None:
    node = await sink("absent", "columns: {device: device, value: value}")
    with pytest.raises(Unavailable, match="no table absent"):
        await node.write(readings(1))
    await run(node, "CREATE TABLE absent (value DOUBLE PRECISION)")
    with pytest.raises(Unavailable, match="no column device"):
        await node.write(readings(1))
    await run(node, "ALTER TABLE absent ADD COLUMN device VARCHAR(50)")
    await node.write(readings(1))
    assert len(await rows_of(node, "value FROM absent")) == 1


async def test_a_table_dropped_while_running_is_made_again(sink: Any) -> None:
    node = await sink("dropped", "create: true, columns: {value: value}")
    await node.write(readings(2))
    await run(node, "DROP TABLE dropped")
    with pytest.raises(Unavailable):
        await node.write(readings(3))
    await node.write(readings(3))
    assert len(await rows_of(node, "value FROM dropped")) == 3


async def test_postgres_waits_for_a_locked_table(opened: Open, postgres: Any) -> None:
    await _locked_table(opened, postgres.url, "BEGIN", "LOCK TABLE locked IN ACCESS EXCLUSIVE MODE", "ROLLBACK")


async def test_mariadb_waits_for_a_locked_table(opened: Open, mariadb: Any) -> None:
    await _locked_table(opened, mariadb.url, "SELECT 1", "LOCK TABLES locked WRITE", "UNLOCK TABLES")


async def _locked_table(opened: Open, url: str, *steps: str) -> None:
    options = f"{{url: '{url}', timeout: 1s, pool: 2}}"
    node = await opened(SqlOut, "{connection: db, table: locked, create: true, columns: {v: value}}", db=(Sql, options))
    await run(node, "DROP TABLE IF EXISTS locked")
    await node.write(readings(1))
    begin, lock, unlock = steps
    async with node._database._connection() as other:
        await _execute(other, begin)
        await _execute(other, lock)
        with pytest.raises(Unavailable):
            await node.write(readings(5))
        await _execute(other, unlock)
    await node.write(readings(5))
    assert len(await rows_of(node, "v FROM locked")) == 6


async def _execute(connection: Any, sql: str) -> None:
    if hasattr(connection, "cursor") and not hasattr(connection, "fetchval"):
        await connection.cursor().execute(sql)
    else:
        await connection.execute(sql)


async def test_sqlite_waits_for_another_writer(opened: Open, tmp_path: Path) -> None:
    options = "{url: 'sqlite:///locked.db', timeout: 200ms}"
    node = await opened(SqlOut, "{connection: db, table: locked, create: true, columns: {v: value}}", db=(Sql, options))
    await node.write(readings(1))
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await node.write(readings(5))
    other.execute("ROLLBACK")
    other.close()
    await node.write(readings(5))
    assert len(await rows_of(node, "v FROM locked")) == 6


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
async def test_a_killed_server_gets_everything_after_its_return(
    opened: Open, server: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue(server)
    rest = "create: true, mode: upsert, keys: [n], columns: {n: payload}"
    node = await opened(
        SqlOut, f"{{connection: db, table: killed, {rest}}}", db=(Sql, f"{{url: '{database.url}', timeout: 2s}}")
    )
    await run(node, "DROP TABLE IF EXISTS killed")
    batches = [messages(range(k * 50, k * 50 + 50)) for k in range(12)]
    for number, batch in enumerate(batches):
        if number == 4:
            await asyncio.to_thread(database.kill)
        await _until_written(node, batch, database)
    rows = await rows_of(node, "n FROM killed ORDER BY n")
    assert [int(row["n"]) for row in rows] == list(range(600))


async def _until_written(node: Any, batch: Any, database: Any) -> None:
    for _ in range(100):
        try:
            await node.write(batch)
            return
        except Unavailable:
            if not database.running:
                await asyncio.to_thread(database.start)
            await asyncio.sleep(0.05)
    raise AssertionError("never written")


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
async def test_a_frozen_server_is_unavailable_within_the_time_out(
    opened: Open, server: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue(server)
    rest = "create: true, columns: {n: payload}"
    node = await opened(
        SqlOut, f"{{connection: db, table: frozen, {rest}}}", db=(Sql, f"{{url: '{database.url}', timeout: 500ms}}")
    )
    await run(node, "DROP TABLE IF EXISTS frozen")
    await node.write(messages([0]))
    await asyncio.to_thread(database.freeze)
    async with asyncio.timeout(60):
        with pytest.raises(Unavailable, match=rf"^127\.0\.0\.1:{database.port} does not answer$"):
            await node.write(messages([1]))
    await asyncio.to_thread(database.resume)
    await _until_written(node, messages([1]), database)
    assert {int(row["n"]) for row in await rows_of(node, "n FROM frozen")} == {0, 1}


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_why_a_server_cannot_be_reached_is_told_in_words(opened: Open, scheme: str) -> None:
    port = next_free_port()
    rest = "{connection: db, table: t, create: true, columns: {n: payload}}"
    node = await opened(SqlOut, rest, db=(Sql, f"{{url: '{scheme}://a:b@127.0.0.1:{port}/c', timeout: 2s}}"))
    with pytest.raises(Unavailable, match=rf"^nothing listens at 127\.0\.0\.1:{port}$"):
        await node.write(messages([1]))


async def test_a_hypertable_is_made_where_timescaledb_is(opened: Open, postgres: Any) -> None:
    """The function of the extension stands in: Debian has no TimescaleDB."""
    config = "{connection: db, table: hyper, create: true, columns: {at: time, v: value}}"
    node = await opened(SqlOut, config, db=(Sql, f"{{url: '{postgres.url}'}}"))
    await run(node, "DROP TABLE IF EXISTS hyper, hypertables; CREATE TABLE hypertables (name text, col text)")
    await run(
        node,
        "CREATE OR REPLACE FUNCTION create_hypertable(t regclass, c name, if_not_exists boolean) RETURNS void "
        "LANGUAGE sql AS 'INSERT INTO hypertables VALUES (t::text, c::text)'",
    )
    try:
        await node.write(readings(2))
        assert await rows_of(node, "name, col FROM hypertables") == [{"name": "hyper", "col": "at"}]
    finally:
        await run(node, "DROP FUNCTION create_hypertable")


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("table: 'a; drop'", "cannot name a table"),
        ("table: a.b.c", "schema.table"),
        ("columns: {'a\"b': x}", "cannot name a table or column"),
        ("columns: {}", "at least 1"),
    ],
)
def test_names_that_could_break_out_of_a_query_are_refused(config: str, fault: str) -> None:
    from flowengine.testing import make

    rest = config if "columns" in config else f"{config}, columns: {{a: b}}"
    rest = rest if "table" in config else f"{rest}, table: t"
    with pytest.raises(ValueError, match=fault):
        make(SqlOut, f"{{connection: db, {rest}}}")


def test_upsert_without_keys_is_a_fault_of_the_flow() -> None:
    config = SqlOut.config_type().model_validate(
        {"connection": "db", "table": "t", "columns": {"a": "b"}, "mode": "upsert"}
    )
    assert SqlOut.check(config) == (("keys", "upsert needs the columns that make a row unique"),)
    other = config.model_copy(update={"keys": ["z"]})
    assert SqlOut.check(other) == [("keys", "'z' is not among the columns")]


async def test_a_wrong_password_is_unavailable_and_not_shown(opened: Open, postgres: Any) -> None:
    url = postgres.url.replace("s3cret-of-flow", "wr0ng")
    node = await opened(SqlOut, "{connection: db, table: t, columns: {a: b}}", db=(Sql, f"{{url: '{url}'}}"))
    with pytest.raises(Unavailable) as away:
        await node.write(messages([1]))
    assert "wr0ng" not in str(away.value)
    assert isinstance(away.value.__cause__, SqlAway)


async def test_a_column_without_a_value_keeps_what_the_row_has(sink: Any) -> None:
    rest = "create: {rssi: int, up: bool}, mode: upsert, keys: [module], missing: keep, columns: [module, rssi, ip, up]"
    node = await sink("kept_values", rest, drop=False)
    await run(node, "DELETE FROM kept_values")
    partial = [{"module": "a", "rssi": -45}, {"module": "a", "ip": "1"}, {"module": "b"}, {"module": "a", "rssi": -40}]
    await node.write(messages(partial))
    await node.write(messages([{"module": "a", "up": True}, {"module": "b", "rssi": -1}]))
    found = await rows_of(node, "module, rssi, ip, up FROM kept_values ORDER BY module")
    assert [(row["module"], row["rssi"], row["ip"], bool(row["up"])) for row in found] == [
        ("a", -40, "1", True),
        ("b", -1, None, False),
    ]
    assert node.context.recorded.counted["transactions"] == 2


async def test_a_bad_row_does_not_take_the_kept_ones_with_it(sink: Any) -> None:
    rest = "create: {rssi: int}, mode: upsert, keys: [module], missing: keep, columns: [module, rssi, ip]"
    node = await sink("kept_around_bad", rest, drop=False)
    await run(node, "DELETE FROM kept_around_bad")
    with pytest.raises(Rejected) as refused:
        await node.write(
            messages([{"module": "a", "rssi": 1}, {"module": "a", "rssi": 2**70}, {"module": "a", "ip": "x"}])
        )
    assert refused.value.rows is not None and list(refused.value.rows) == [1]
    assert await rows_of(node, "rssi, ip FROM kept_around_bad") == [{"rssi": 1, "ip": "x"}]


def test_keep_and_types_are_checked_against_mode_and_columns() -> None:
    def faults(text: str) -> list[str]:
        config = SqlOut.config_type().model_validate(yaml.safe_load(f"{{connection: db, table: t, {text}}}"))
        return [option for option, _ in SqlOut.check(config)]

    assert faults("columns: [a], missing: keep") == ["missing"]
    assert faults("columns: [a], mode: upsert, keys: [a], create: {b: int}") == ["create"]
    assert faults("columns: [a, b], mode: upsert, keys: [a], missing: keep, create: {b: int}") == []
