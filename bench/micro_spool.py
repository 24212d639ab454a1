"""The spool alone: records a second by batch size, then a long backlog written, reopened and drained.

    python bench/micro_spool.py [--records 10000000] [--folder DIR]

Prints one JSON line a measurement: records/s, CPU us per record, peak RSS, disk
at peak and after draining, time from start to the first append. Measures nothing but `flowengine.store.spool`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flowengine.store.spool import SegmentSpool, SpoolOptions, open_spool

SIZE_BYTES = 100
OPTIONS = SpoolOptions(max_bytes=1 << 40)
ONE_BATCH = SpoolOptions(max_bytes=1 << 40, linger_s=0.0, commit_records=1)


def rss_mib() -> float:
    """Peak of this process."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def show(**figures: object) -> None:
    """One line."""
    print(json.dumps(figures), flush=True)


async def by_batch(folder: Path, batch: int) -> None:
    """Each batch is one commit: the next one is appended when the last is durable."""
    spool = await open_spool(folder / f"batch-{batch}", ONE_BATCH)
    records = [bytes(SIZE_BYTES)] * batch
    appended, started_s, cpu_s = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - started_s < 3.0:
        await spool.append(records, 0)
        appended += batch
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    show(batch=batch, records_s=round(appended / wall_s), cpu_us=round(cpu_s / appended * 1e6, 2))
    await spool.close()


async def under_load(folder: Path, batch: int) -> None:
    """Appends as they come, group commit as by default."""
    spool = await open_spool(folder / f"load-{batch}", OPTIONS)
    records = [bytes(SIZE_BYTES)] * batch
    appended, started_s, cpu_s = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - started_s < 3.0:
        await spool.room()
        spool.append_nowait(records, 0, int)
        appended += batch
        if appended % 1000 == 0:
            await asyncio.sleep(0)
    await spool.close()
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    commits = spool.stats().commits
    show(appends_of=batch, records_s=round(appended / wall_s), cpu_us=round(cpu_s / appended * 1e6, 2), commits=commits)


async def idle_latency(folder: Path) -> None:
    """One record, nothing else going on: until it is durable."""
    spool = await open_spool(folder / "idle", OPTIONS)
    took_ms = []
    for _ in range(200):
        started_s = time.perf_counter()
        await spool.append([bytes(SIZE_BYTES)], 0)
        took_ms.append((time.perf_counter() - started_s) * 1e3)
        await asyncio.sleep(0.005)
    took_ms.sort()
    show(idle_append_ms_p50=round(took_ms[100], 2), p99=round(took_ms[197], 2))
    await spool.close()


async def fill(folder: Path, count: int) -> None:
    """A backlog that nobody reads."""
    spool = await open_spool(folder, OPTIONS)
    started_s, cpu_s = time.perf_counter(), time.process_time()
    for first in range(0, count, 1000):
        await spool.room()
        spool.append_nowait([b"%0100d" % n for n in range(first, min(count, first + 1000))], first, int)
        if first % 10_000 == 0:
            await asyncio.sleep(0)
    await spool.close()
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    disk_mib = round(spool.stats().disk_bytes / 2**20)
    show(
        filled=count,
        records_s=round(count / wall_s),
        cpu_us=round(cpu_s / count * 1e6, 2),
        disk_mib=disk_mib,
        peak_rss_mib=rss_mib(),
    )


async def drain(folder: Path, count: int, started_s: float) -> None:
    """Start on the backlog, append one, then read and acknowledge all, each checked."""
    spool = await open_spool(folder, OPTIONS)
    await spool.append([b"first after the restart"], 0)
    show(restart_to_first_append_s=round(time.perf_counter() - started_s, 3), waiting=spool.stats().records)
    started_s, cpu_s = time.perf_counter(), time.process_time()
    await checked(spool, count)
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    await asyncio.sleep(0.2)
    left_mib = round(spool.stats().disk_bytes / 2**20, 2)
    await spool.close()
    show(
        drained=count,
        records_s=round(count / wall_s),
        cpu_us=round(cpu_s / count * 1e6, 2),
        disk_after_mib=left_mib,
        peak_rss_mib=rss_mib(),
    )


async def checked(spool: SegmentSpool, count: int) -> None:
    """Reads all, in order, and acknowledges it."""
    number = 0
    while number < count:
        await spool.available()
        while number < count and (batch := spool.read(1000, 1 << 20)):
            if batch.records[0] != b"%0100d" % number or batch.first != number + 1:
                raise SystemExit(f"record {number} is not where it should be")
            number += len(batch)
            spool.ack(batch.positions)
        await asyncio.sleep(0)


def main() -> None:
    """Each long part in a process of its own, for its memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--part", choices=["fill", "drain"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part == "fill":
        asyncio.run(fill(asked.folder, asked.records))
    elif asked.part == "drain":
        asyncio.run(drain(asked.folder, asked.records, time.perf_counter()))
    else:
        everything(asked.folder or Path(tempfile.mkdtemp(prefix="spool-")), asked.records)


def everything(folder: Path, records: int) -> None:
    """All measurements; the folder is removed."""
    try:
        for batch in (1, 10, 100, 1000):
            asyncio.run(by_batch(folder, batch))
        for batch in (1, 10, 100):
            asyncio.run(under_load(folder, batch))
        asyncio.run(idle_latency(folder))
        for part in ("fill", "drain"):
            command = [sys.executable, __file__, "--part", part, "--folder", str(folder / "backlog")]
            subprocess.run([*command, "--records", str(records)], check=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
