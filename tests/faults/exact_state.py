"""The flow of which every window and alarm must be exact, whatever is killed, and what is so by the outside ledger.

The ledger is the publisher's: a number makes the device and the time of its message, so it says what each window must
hold and when each alarm must be raised. A window or a notice may be stored twice, then the same. Kills nothing itself.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flowengine.expression.filling import rfc3339
from tests.faults.conftest import Line

BASE_MS, STEP_MS, WINDOW_MS, DEVICES = 1_767_225_600_000, 10, 1_000, 10
ALARM_EVERY, ALARM_FOR = 500, 100
"""Of so many numbers the first hundred are too hot."""

FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}", keepalive: 4s}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", qos: 1, format: json, to: clean}}
  clean: {{type: normalise, to: [windows, hot, seen]}}
  seen: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.n}}}}
  windows:
    type: aggregate
    durable: {windows}
    dedupe: {{key: "{{payload.n}}", window: 120s}}
    every: 1s
    key: "{{device}}"
    value: payload.n
    figures: [count, min, max]
    to: store
  store:
    type: sql_out{store}
    connection: db
    table: windows
    create: true
    mode: upsert
    keys: [device, start]
    columns: {{device: device, start: payload.start, count: payload.count, least: payload.min, most: payload.max}}
  hot:
    type: alert
    durable: {alarms}
    dedupe: {{key: "{{payload.n}}", window: 120s}}
    by: "{{device}}"
    when: payload.n % {every} < {hot}
    to: raised
  raised:
    type: sql_out
    connection: db
    table: alarms
    create: {{id: int}}
    columns: {{id: message.id, device: device, state: payload.state}}
"""
KEYS = "CREATE TABLE windows (device TEXT, start TEXT, count REAL, least REAL, most REAL, PRIMARY KEY (device, start))"


def flow(line: Line, windows: str = "true", alarms: str = "true", store: str = "") -> str:
    """The flow's text: what is said of the spools before the windows and the alarms, and of one before the store."""
    behind = f"\n    durable: {store}" if store else ""
    return FLOW.format(
        name=line.name, url=line.url, db=line.db, every=ALARM_EVERY, hot=ALARM_FOR, windows=windows, alarms=alarms,
        store=behind,
    )  # fmt: skip


def prepared(line: Line) -> None:
    """Make the table whose rows are replaced, so that all writers find its key."""
    with closing(sqlite3.connect(line.db)) as database:
        database.execute(KEYS)
        database.execute("PRAGMA journal_mode=WAL")


def payload(n: int) -> dict[str, Any]:
    """What the publisher says n-th."""
    return {"n": n, "time": BASE_MS + n * STEP_MS}


async def exact(line: Line, acknowledged: set[int], within_s: float = 60) -> str:
    """What is stored, in words, once each whole window and each alarm is as it must be; fails `within_s` later."""
    wanted = whole_windows(acknowledged)
    await settled(lambda: differing(wanted, windows(line.db)), within_s)
    await settled(lambda: differing(turns(line.stored()), raised(line.db)), within_s)
    alarms = sum(raised(line.db).values())
    assert len(wanted) > 20 and alarms > DEVICES
    return f"{len(acknowledged)} acknowledged, {len(wanted)} windows exact, {alarms} alarms raised once"


def differing(wanted: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[Any]:
    """What is not as it should be, as (what, wanted, found)."""
    return [(key, each, found.get(key)) for key, each in wanted.items() if found.get(key) != each]


async def settled(wrong: Callable[[], list[Any]], within_s: float = 60) -> None:
    """Return when nothing is wrong any more; fails with some of what is, as (what, wanted, found)."""
    try:
        async with asyncio.timeout(within_s):
            while wrong():  # noqa: ASYNC110 - what is asked is a file, and each answer takes a while
                await asyncio.sleep(0.5)
    except TimeoutError:
        pytest.fail(f"{len(wrong())} are wrong, as (what, wanted, found): {wrong()[:9]}")


def whole_windows(acknowledged: set[int]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Count, least and most of every window of which all numbers were acknowledged, by device and start."""
    numbers: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n in acknowledged:
        numbers[n % DEVICES, n * STEP_MS // WINDOW_MS].append(n)
    whole = WINDOW_MS // STEP_MS // DEVICES
    return {
        (f"d{device}", _start(window)): (whole, min(each), max(each))
        for (device, window), each in numbers.items()
        if len(each) == whole
    }


def turns(received: Iterable[int]) -> Counter[str]:
    """How often each device was too hot: once in each turn of which a hot number came."""
    hot = {(n % DEVICES, n // ALARM_EVERY) for n in received if n % ALARM_EVERY < ALARM_FOR}
    return Counter(f"d{device}" for device, _ in hot)


def windows(db: Path) -> dict[tuple[str, str], tuple[int, int, int]]:
    """What is stored of each window."""
    rows = _rows(db, "SELECT device, start, count, least, most FROM windows")
    return {(device, start): (int(count), int(least), int(most)) for device, start, count, least, most in rows}


def reached(db: Path, n: int) -> bool:
    """Whether a window that begins after the n-th message is stored of every device."""
    start = _start(n * STEP_MS // WINDOW_MS + 1)
    return len(_rows(db, f"SELECT DISTINCT device FROM windows WHERE start >= '{start}'")) == DEVICES


def raised(db: Path) -> Counter[str]:
    """How many alarms of each device were raised; the same notice stored twice is one."""
    return Counter(device for device, _ in set(_rows(db, "SELECT device, id FROM alarms WHERE state = 'active'")))


def _rows(db: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def _start(window: int) -> str:
    return rfc3339((BASE_MS + window * WINDOW_MS) * 1_000_000)
