"""The wall clock jumps by hours in both directions: no timer fires early, none hangs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.engine_process import EngineProcess, until

LIBRARY = "libfaketime/libfaketimeMT.so.1", "faketime/libfaketimeMT.so.1"
STEPS = ("+3h", "-5h", "+30d", "+0")
FLOW = """
flow: clock
connections:
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  tick: {{type: inject, every: 100ms, payload: {{value: 9}}, to: [hold, hot]}}
  hold: {{type: buffer, count: 1000, every: 200ms, to: store}}
  store: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.value}}}}
  hot: {{type: alert, when: payload.value > 8, for: 6s, to: alarms}}
  alarms: {{type: sql_out, connection: db, table: alarms, create: true, columns: {{state: payload.state}}}}
  silent: {{type: inject, payload: {{value: 1}}, to: wait}}
  wait: {{type: delay, for: 6s, to: late}}
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


@pytest.mark.faults
async def test_timers_keep_their_time_while_the_clock_jumps(tmp_path: Path) -> None:
    db, offset = tmp_path / "store.db", tmp_path / "offset"
    offset.write_text("+0")
    environment = {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    async with EngineProcess(tmp_path, FLOW.format(db=db), environment=environment) as engine:
        await until(lambda: count(db, "received"))
        began_s = time.monotonic()
        for step in STEPS:
            before = count(db, "received")
            offset.write_text(step)
            await asyncio.sleep(1.0)
            came = count(db, "received") - before
            assert 4 <= came <= 20, f"{came} ticks in the second after the clock went {step}"
        assert time.monotonic() - began_s < 5.0
        assert count(db, "alarms") == count(db, "late") == 0, "a timer fired early"
        await until(lambda: count(db, "alarms") == count(db, "late") == 1, 8)
        assert 4.5 < time.monotonic() - began_s < 9.0
        assert await engine.metric("unaccounted_messages") == 0
    stamps = [row for row in engine.log.read_text().splitlines() if row[:2] == "20"]
    print(f"clock went {', '.join(STEPS)}; {len(stamps)} lines logged meanwhile")
