"""kill -9 at random moments under load: nothing that was acknowledged to the publisher is missing.

What a kill may repeat is what it caught in flight, and follows from the design. With the queue in RAM: what arrived
and was not yet acknowledged, since the rest of its batch still waited in the buffer (50 ms at most) or in the sink's
write. With a spool: what arrived and was not yet committed (10 ms and a sync) comes once more from the broker, under
a new id; what was stored and not yet marked as read (10 ms, and the commit before it) comes once more from the disk,
under the id that it had. How many that are depends on the backlog that is just drained, how old they are does not:
so each repetition is held to its age at the kill that caused it.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from bisect import bisect
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.amounts import amount, crowding
from tests.faults.conftest import Line

KILLS = amount("KILLS", 20, 500)
LIFE_S = 0.4
"""How long an engine lives on average once it is ready; every seventh lives longer than what may be in flight."""
IN_FLIGHT_S = 0.8
"""The 50 ms of the buffer, the 10 ms of the spool, a few syncs or writes, and as much again for a busy machine.

One kill of twenty may find more in flight: a disk that others use syncs when it likes.
"""

TABLE = """
CREATE TABLE received (
    n INTEGER, device TEXT, id INTEGER, arrived_ns INTEGER,
    stored_s REAL DEFAULT ((julianday('now') - 2440587.5) * 86400)
)
"""


@pytest.mark.faults
@pytest.mark.timeout(60 + 6 * KILLS)
@pytest.mark.parametrize("durable", [False, True], ids=["held in RAM", "spooled"])
async def test_a_kill_loses_nothing_and_repeats_what_was_in_flight(line: Line, durable: bool) -> None:
    rng = random.Random(4)
    with closing(sqlite3.connect(line.db)) as database:
        database.execute(TABLE)
    flow = line.flow(durable=durable, columns=", id: message.id, arrived_ns: message.arrived")
    kills, crowded = [], 1.0
    async with line.engine(flow) as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        for _ in range(KILLS):
            await asyncio.sleep(rng.expovariate(1 / LIFE_S))
            signalled_s, crowded = time.time(), max(crowded, crowding())
            await engine.kill()
            kills.append((signalled_s, time.time()))
            await engine.start()
        await publisher.stop()
        numbers = await line.complete(publisher)
        assert await engine.terminate() == 0
    numbers = line.stored()
    assert not publisher.acknowledged - set(numbers)
    assert len(publisher.acknowledged) > 20 * KILLS
    repeated = ages_at_kills(line.db, kills)
    older = {kill: oldest_s for kill, oldest_s in repeated.items() if oldest_s > IN_FLIGHT_S * crowded}
    assert len(older) <= KILLS // 20, older
    print(
        f"{len(publisher.acknowledged)} acknowledged, 0 missing after {KILLS} kills;"
        f" {len(numbers) - len(set(numbers))} repeated by {len(repeated)} of them,"
        f" the oldest {max(repeated.values(), default=0.0) * 1000:.0f} ms before its kill"
    )


def ages_at_kills(db: Path, kills: list[tuple[float, float]]) -> dict[int, float]:
    """For each kill that made something come again: how long before it the oldest of that had come (s).

    A kill is when it was signalled and when the engine was gone: one that waits for its disk dies only after that.
    Under the same id it was on disk, and counts from its first storing; under another the broker sent it once more,
    and it counts from its first arrival.
    """
    with closing(sqlite3.connect(db)) as database:
        rows = database.execute("SELECT n, id, stored_s, arrived_ns / 1e9 FROM received ORDER BY rowid").fetchall()
    comings = defaultdict(list)
    for n, id, stored_s, arrived_s in rows:
        comings[n].append((id, stored_s, arrived_s))
    oldest_s: dict[int, float] = defaultdict(float)
    for each in comings.values():
        for (id, stored_s, arrived_s), (next_id, _, _) in pairwise(sorted(each)):
            came_s = stored_s if id == next_id else arrived_s
            kill = bisect(kills, came_s, key=lambda kill: kill[1])
            assert kill < len(kills), "repeated, although nothing was killed after it came"
            oldest_s[kill] = max(oldest_s[kill], kills[kill][0] - came_s)
    return oldest_s
