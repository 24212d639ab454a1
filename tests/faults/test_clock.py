"""The wall clock jumps by hours in both directions: no timer fires early, none hangs.

libfaketime reads the offset at most once a second: read at every look at the clock, a slow file alone makes ticks late.
So each step is waited for until the engine's own answers carry it in their `Date`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.faults.engine_process import EngineProcess
from tests.waiting import until

LIBRARY = "libfaketime/libfaketimeMT.so.1", "faketime/libfaketimeMT.so.1"
STEPS = {"+3h": timedelta(hours=3), "-5h": timedelta(hours=-5), "+30d": timedelta(days=30), "+0": timedelta()}
WAIT_S = 25
"""Of the timers under test; longer than all steps take, unless the machine is very busy."""
FLOW = """
flow: clock
connections:
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  tick: {{type: inject, every: 100ms, payload: {{value: 9}}, to: [hold, hot]}}
  hold: {{type: buffer, count: 1000, every: 200ms, to: store}}
  store: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.value}}}}
  hot: {{type: alert, when: payload.value > 8, for: {wait}s, to: alarms}}
  alarms: {{type: sql_out, connection: db, table: alarms, create: true, columns: {{state: payload.state}}}}
  silent: {{type: inject, payload: {{value: 1}}, to: wait}}
  wait: {{type: delay, for: {wait}s, to: late}}
  late: {{type: sql_out, connection: db, table: late, create: true, columns: {{n: payload.value}}}}
"""


def library() -> Path:
    """Debian's libfaketime."""
    found = [path for name in LIBRARY for path in Path("/usr/lib").glob(f"*/{name}")]
    assert found, "libfaketime is not installed: run `./dev setup`"
    return found[0]


def count(db: Path, table: str) -> int:
    """Rows of a table."""
    with closing(sqlite3.connect(db)) as connection:
        try:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


async def clock_offset(engine: EngineProcess) -> timedelta:
    """How far the clock of the engine is ahead of this machine's, to the second."""
    said = await asyncio.to_thread(lambda: urlopen(f"{engine.url}/healthz", timeout=30).headers["Date"])
    return parsedate_to_datetime(said) - datetime.now(UTC)


@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_timers_keep_their_time_while_the_clock_jumps(tmp_path: Path) -> None:
    db, offset = tmp_path / "store.db", tmp_path / "offset"
    offset.write_text("+0")
    environment = {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    started_s = time.monotonic()  # no timer under test begins before
    async with EngineProcess(tmp_path, FLOW.format(db=db, wait=WAIT_S), environment=environment) as engine:
        await until(lambda: count(db, "received"))
        for step, ahead in STEPS.items():
            offset.write_text(step)
            async with asyncio.timeout(60):
                while abs(await clock_offset(engine) - ahead) > timedelta(minutes=1):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            before = count(db, "received")
            await until(lambda before=before: count(db, "received") >= before + 5)
            came, took_s = count(db, "received"), time.monotonic() - started_s
            assert came <= 5 + 20 * took_s, f"{came} ticks in {took_s:.1f} s when the clock had gone {step}"
            fired = count(db, "alarms") + count(db, "late")
            assert not fired or time.monotonic() - started_s >= WAIT_S, f"a timer fired early, at {step}"
        await until(lambda: count(db, "alarms") == count(db, "late") == 1)
        assert time.monotonic() - started_s >= WAIT_S, "a timer fired early"
        assert await engine.metric("unaccounted_messages") == 0
    stamps = [row for row in engine.log.read_text().splitlines() if row[:2] == "20"]
    print(f"clock went {', '.join(STEPS)}; {len(stamps)} lines logged meanwhile")
