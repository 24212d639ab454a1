"""Whole flows into real databases: every value is read back and compared, bad rows are dead letters with a reason."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import asyncpg
import pytest

from flowengine import Message
from flowengine.store.data_folder import DEAD_LETTERS
from flowengine.store.dead_letters import DeadLetters
from flowengine.testing.clock import START_NS
from nodes.clients.sql import SqlSettings, database
from tests.servers.fault_http import Step, fault_server

pytestmark = pytest.mark.integration
N = 3_000
STEP_NS = 1_000_000

INFLUX_FLOW = """
connections: {{db: {{type: influxdb, {connection}, timeout: 2s}}}}
nodes:
  source: {{type: feed, to: hold}}
  hold: {{type: buffer, count: 700, every: 50ms, to: out}}
  out: {{type: influxdb_out, connection: db, measurement: {table}, tags: [device], on_error: rejected}}
  rejected: {{type: dead_letter}}
"""
SQL_FLOW = """
connections: {{db: {{type: sql, url: "{url}", timeout: 2s}}}}
nodes:
  source: {{type: feed, to: hold}}
  hold: {{type: buffer, count: 700, every: 50ms, to: out}}
  out:
    type: sql_out
    connection: db
    table: {table}
    create: {create}
    mode: upsert
    keys: [at, device]
    columns: {{at: time, device: device, value: payload.value}}
    on_error: rejected
  rejected: {{type: dead_letter}}
"""


def reading(n: int, value: Any = None) -> Message:
    """Reading number n of ten devices."""
    payload = {"value": n / 8 if value is None else value}
    return Message(payload, "t", START_NS + n * STEP_NS, {"device": f"d{n % 10}", "n": n})


def batches(n: int = N, bad: dict[int, Any] | None = None) -> list[list[Message]]:
    """Readings in batches of a hundred, some with a bad value."""
    return [[reading(k, (bad or {}).get(k)) for k in range(s, min(n, s + 100))] for s in range(0, n, 100)]


def wanted(n: int = N, bad: Any = ()) -> dict[tuple[str, int], float]:
    """By device and milliseconds, every good value."""
    return {(f"d{k % 10}", START_NS // STEP_NS + k): k / 8 for k in range(n) if k not in bad}


def influx_rows(server: Any, table: str) -> dict[tuple[str, int], float]:
    """What InfluxDB 1.x holds."""
    rows = server.query(f"SELECT device, value FROM {table}")
    return {(row["device"], row["time"] // STEP_NS): row["value"] for row in rows}


def metrics_rows(server: Any, table: str) -> dict[tuple[str, int], float]:
    """What VictoriaMetrics holds."""
    found = {}
    for series in server.export(f'{{__name__="{table}_value"}}'):
        for at_ms, value in zip(series["timestamps"], series["values"], strict=True):
            found[series["metric"]["device"], at_ms] = value
    return found


async def sql_rows(url: str, plant: Any, table: str) -> dict[tuple[str, int], float]:
    """What a database holds, asked by a client beside the flow's."""
    beside = database(SqlSettings.read(url), plant.data_dir / "connections")
    try:
        rows = await beside.ask(f"SELECT at, device, value FROM {table}", {}, 1_000_000, False)
    finally:
        await beside.close()
    return {(row["device"], _ms(row["at"])): row["value"] for row in rows}


def _ms(at: Any) -> int:
    from nodes.clients.sql.fit import moment

    return round(moment(at).timestamp() * 1000)


def dead(plant: Any) -> dict[int, str]:
    """Numbers and reasons of the dead letters."""
    letters = DeadLetters(plant.data_dir / "flows" / "f" / "rejected" / DEAD_LETTERS)
    try:
        return {letter.message.meta["n"]: letter.reason for letter in letters.list(most=10_000)}
    finally:
        letters.close()


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of each database in turn."""
    if request.param == "sqlite":
        return "sqlite:///history.db"
    return str(request.getfixturevalue(request.param).url)


async def run(plant: Any, flow: str, n: int = N, bad: dict[int, Any] | None = None) -> None:
    """Run a flow until everything is acknowledged."""
    await plant.deploy(flow)
    plant.feed(*batches(n, bad))
    await plant.until(lambda: len(plant.acked) == n)


async def test_every_value_is_in_influxdb_1_and_bad_rows_are_dead_letters(plant: Any, influxdb1: Any) -> None:
    connection = f"url: '{influxdb1.url}', version: 1, database: plant"
    bad = {40: True, 1400: "warm", 1401: [1], 2999: float("nan")}
    await run(plant, INFLUX_FLOW.format(connection=connection, table="whole_flow"), bad=bad)
    assert influx_rows(influxdb1, "whole_flow") == wanted(bad=bad)
    letters = dead(plant)
    assert set(letters) == set(bad) and "type conflict" in letters[40] and "not_finite" in letters[2999]


async def test_every_value_is_in_victoria_metrics(plant: Any, victoria_metrics: Any) -> None:
    connection = f"url: '{victoria_metrics.url}', bucket: b, org: o"
    await run(plant, INFLUX_FLOW.format(connection=connection, table="whole_flow"))
    assert metrics_rows(victoria_metrics, "whole_flow") == wanted()


async def test_every_value_is_in_the_database_and_bad_rows_are_dead_letters(plant: Any, url: str) -> None:
    bad = {7: "warm", 1500: [1], 2998: {"a": 1}}
    table = f"whole_flow_{abs(hash(plant)) % 10**9}"
    await run(plant, SQL_FLOW.format(url=url, table=table, create="true"), bad=bad)
    assert await sql_rows(url, plant, table) == wanted(bad=bad)
    assert {n: "is not a number" in reason for n, reason in dead(plant).items()} == dict.fromkeys(bad, True)


async def test_rows_that_the_database_refuses_are_dead_letters(plant: Any, postgres: Any) -> None:
    server = await asyncpg.connect(postgres.url)
    await server.execute("DROP TABLE IF EXISTS strict_rows")
    await server.execute(
        "CREATE TABLE strict_rows (at timestamptz, device text, value float8 CHECK (value < 300), "
        "PRIMARY KEY (at, device))"
    )
    await server.close()
    await run(plant, SQL_FLOW.format(url=postgres.url, table="strict_rows", create="false"))
    refused = set(range(2400, N))
    assert await sql_rows(postgres.url, plant, "strict_rows") == wanted(bad=refused)
    assert set(dead(plant)) == refused and all("23514" in reason for reason in dead(plant).values())


@pytest.mark.faults
@pytest.mark.parametrize("server", ["influxdb1", "victoria_metrics", "postgres", "mariadb"])
async def test_a_server_killed_on_the_way_misses_nothing(
    plant: Any, server: str, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(server)
    table = "killed_flow"
    if server in ("postgres", "mariadb"):
        await plant.deploy(SQL_FLOW.format(url=target.url, table=table, create="true"))
    else:
        version = "version: 1, database: plant" if server == "influxdb1" else "bucket: b"
        await plant.deploy(INFLUX_FLOW.format(connection=f"url: '{target.url}', {version}", table=table))
    for number, batch in enumerate(batches()):
        plant.feed(batch)
        await asyncio.sleep(0.01)
        if number in (8, 20):
            # VictoriaMetrics keeps the last seconds in memory and says so: killing it loses what it had taken.
            await asyncio.to_thread(target.stop if server == "victoria_metrics" else target.kill)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(target.start)
    await plant.until(lambda: len(plant.acked) == N)
    if server == "influxdb1":
        assert influx_rows(target, table) == wanted()
    elif server == "victoria_metrics":
        assert metrics_rows(target, table) == wanted()
    else:
        assert await sql_rows(target.url, plant, table) == wanted()
    assert dead(plant) == {}


@pytest.mark.faults
async def test_a_locked_table_is_waited_for(plant: Any, postgres: Any) -> None:
    server = await asyncpg.connect(postgres.url)
    await server.execute("DROP TABLE IF EXISTS locked_flow")
    await run(plant, SQL_FLOW.format(url=postgres.url, table="locked_flow", create="true"), 500)
    transaction = server.transaction()
    await transaction.start()
    await server.execute("LOCK TABLE locked_flow IN ACCESS EXCLUSIVE MODE")
    plant.feed(*batches()[5:])
    await plant.until(lambda: plant.station("out").counted["retries"] > 0)
    assert len(plant.acked) == 500
    await transaction.rollback()
    await server.close()
    await plant.until(lambda: len(plant.acked) == N)
    assert await sql_rows(postgres.url, plant, "locked_flow") == wanted()


@pytest.mark.faults
async def test_another_writer_in_the_history_is_waited_for(plant: Any) -> None:
    await run(plant, SQL_FLOW.format(url="sqlite:///history.db", table="t", create="true"), 500)
    other = sqlite3.connect(plant.data_dir / "connections" / "history.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    plant.feed(*batches()[5:])
    await plant.until(lambda: plant.station("out").counted["retries"] > 0)
    other.execute("ROLLBACK")
    other.close()
    await plant.until(lambda: len(plant.acked) == N)
    assert await sql_rows("sqlite:///history.db", plant, "t") == wanted()


@pytest.mark.faults
async def test_a_server_that_fails_in_every_way_gets_everything(plant: Any) -> None:
    steps = [
        Step(500),
        Step(429, headers={"Retry-After": "0"}),
        Step(204, keep=True, hang_s=30),  # accepts, then silence
        Step(204, keep=False, reset=True),
        Step(503),
        Step(204),
        Step(401),
    ]
    async with fault_server(*steps) as server:
        connection = f"url: '{server.url}', bucket: b"
        await run(plant, INFLUX_FLOW.format(connection=connection, table="m"))
        stored = {}
        for line in server.lines:
            series, field, at_ns = line.split(" ")
            stored[series.split("device=")[1], int(at_ns) // STEP_NS] = float(field.removeprefix("value="))
    assert stored == wanted() and dead(plant) == {}
    assert plant.station("out").counted["retries"] == 6
