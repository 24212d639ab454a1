"""A database killed and restarted, its table locked, rows refused: good rows are there, bad ones dead letters."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from flowengine.store import data_folder
from flowengine.store.dead_letters import DeadLetters
from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.faults.far_database import MariaTable, PostgresTable, Table
from tests.faults.ledger import Publisher
from tests.waiting import lasts

RESTARTS = amount("RESTARTS", 3, 30)
LOCKED_S = 4.0
REFUSED_EVERY = 50
FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{broker}", client_id: "{name}"}}
  db: {{type: sql, url: "{url}", timeout: 1s}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", qos: 1, format: json, to: hold}}
  hold: {{type: buffer, count: 200, every: 50ms, durable: true, to: store}}
  store: {{type: sql_out, connection: db, table: {table}, columns: {{n: payload.n, device: device}}, on_error: bad}}
  bad: {{type: dead_letter}}
"""


@pytest.fixture(params=["postgres", "mariadb"])
async def table(request: pytest.FixtureRequest) -> Table:
    """A table that takes no multiple of `REFUSED_EVERY`."""
    server = request.getfixturevalue(request.param)
    made: Table = PostgresTable(server) if request.param == "postgres" else MariaTable(server)
    await made.run(f"CREATE TABLE {made.name} (n BIGINT CHECK (n % {REFUSED_EVERY} <> 0), device TEXT)")
    return made


def engine(line: Line, table: Table) -> EngineProcess:
    """Runs the flow into that table."""
    return line.engine(FLOW.format(name=line.name, broker=line.url, url=table.url, table=table.name))


async def flowing(table: Table, publisher: Publisher) -> None:
    """Return once rows arrive; the ledger begins."""
    async with asyncio.timeout(60):
        while not await stored(table):  # noqa: ASYNC110 - a database does not tell
            await asyncio.sleep(0.05)
    publisher.forget()


async def stored(table: Table) -> Counter[int]:
    """How often each number is in the table."""
    return Counter(map(int, await table.run(f"SELECT n FROM {table.name}")))


async def settled(engine: EngineProcess, table: Table, publisher: Publisher) -> tuple[set[int], set[int]]:
    """Good and bad numbers of the ledger, once all of them are where they belong; fails with how many are not."""
    bad = {n for n in publisher.acknowledged if n % REFUSED_EVERY == 0}
    good = publisher.acknowledged - bad
    try:
        async with asyncio.timeout(40):
            while not (good <= set(await stored(table)) and bad <= set(letters(engine))):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        missing = sorted(good - set(await stored(table)))
        raise AssertionError(f"{len(missing)} of {len(good)} good rows missing: {missing[:9]}") from None
    assert await engine.metric("unaccounted_messages") == 0
    return good, bad


def letters(engine: EngineProcess) -> dict[int, str]:
    """Reasons of the dead letters by number."""
    found = {}
    for file in data_folder.dead_letters(engine.data):
        dead = DeadLetters(file)
        found |= {letter.message.payload["n"]: letter.reason for letter in dead.list(most=100_000)}
        dead.close()
    return found


@pytest.mark.faults
@pytest.mark.timeout(60 + 10 * RESTARTS)
async def test_a_database_that_is_killed_and_restarted_misses_nothing(line: Line, table: Table) -> None:
    async with engine(line, table) as running, line.publisher(rate=1000) as publisher:
        await flowing(table, publisher)
        for turn in range(RESTARTS):
            await asyncio.sleep(0.5)
            await asyncio.to_thread(table.server.stop if turn % 2 else table.server.kill)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(table.server.start)
        await publisher.stop()
        good, bad = await settled(running, table, publisher)
    repeated = sum(count - 1 for count in (await stored(table)).values())
    print(f"{len(good)} good rows, 0 missing, {repeated} repeated, {len(bad)} dead letters after {RESTARTS} restarts")


@pytest.mark.faults
async def test_a_locked_table_is_waited_for_and_misses_nothing(line: Line, table: Table) -> None:
    async with engine(line, table) as running, line.publisher(rate=1000) as publisher:
        await flowing(table, publisher)
        async with table.locked():
            acknowledged = len(publisher.acknowledged_at)
            await asyncio.sleep(LOCKED_S)
            assert len(publisher.acknowledged_at) > acknowledged + 200, "the spool takes what the table does not"
            assert await running.metric("events_total", reason="retries") > 0
        await publisher.stop()
        good, bad = await settled(running, table, publisher)
    print(f"{len(good)} good rows, 0 missing, {len(bad)} dead letters, locked for {LOCKED_S:.0f} s")


@pytest.mark.faults
async def test_refused_rows_are_dead_letters_with_the_reason_and_block_no_good_ones(line: Line, table: Table) -> None:
    async with engine(line, table) as running, line.publisher(rate=2000) as publisher:
        await flowing(table, publisher)
        await lasts(3.0, "the load")
        await publisher.stop()
        good, bad = await settled(running, table, publisher)
        assert not any(n % REFUSED_EVERY == 0 for n in await stored(table))
        reasons = letters(running)
    assert len(bad) > 20 and all("constraint" in reasons[n].lower() for n in bad), reasons
    print(f"{len(good)} good rows, 0 missing; {len(bad)} refused ones are dead letters with the database's reason")
