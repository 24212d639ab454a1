"""kill -9 of a process that appends and acknowledges, again and again: what it was told is durable, is there."""

import asyncio
import random
import signal
import sys
from pathlib import Path

import pytest

from flowengine.store.spool import SpoolOptions, open_spool
from tests.faults.amounts import amount

KILLS = amount("SPOOL_KILLS", 10, 300)
SMALL = SpoolOptions(segment_bytes=20_000)

CHILD = """
import asyncio, sys
from pathlib import Path
from flowengine.store.spool import SpoolOptions, open_spool

async def main():
    spool = await open_spool(Path(sys.argv[1]), SpoolOptions(segment_bytes=20_000))
    number = int(sys.argv[2])
    print("open", flush=True)
    while True:
        for size in range(40):
            records = [b"%09d" % (number + n) + bytes(size) for n in range(1 + size % 3)]
            def durable(numbers=range(number, number + len(records))):
                print(*(f"durable {n}" for n in numbers), sep="\\n", flush=True)
            if spool.append_nowait(records, 0, durable):
                number += len(records)
        await asyncio.sleep(0)
        if batch := spool.read(17, 1 << 20):
            print(*(f"acked {int(record[:9])}" for record in batch.records), sep="\\n", flush=True)
            spool.ack(batch.positions)
asyncio.run(main())
"""


async def run_and_kill(folder: Path, number: int, after_s: float, at_work: bool) -> list[str]:
    """Lines the child printed; it is killed so long after it had opened the spool, or after the first of them."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(folder), str(number), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), 60) == b"open\n"
    first = await asyncio.wait_for(child.stdout.readline(), 60) if at_work else b""
    asyncio.get_running_loop().call_later(after_s, child.send_signal, signal.SIGKILL)
    out = first + await asyncio.wait_for(child.stdout.read(), 60)
    await child.wait()
    return out.decode().rpartition("\n")[0].splitlines()


async def left_in(folder: Path) -> list[int]:
    spool = await open_spool(folder, SMALL)
    numbers = [int(record[:9]) for batch in await spool.peek(1 << 30) for record in batch.records]
    assert spool.stats().gaps == 0
    assert len(numbers) == spool.stats().records
    await spool.close()
    return numbers


@pytest.mark.faults
@pytest.mark.timeout(60 + 3 * KILLS)
async def test_no_confirmed_record_is_missing_after_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20)
    confirmed: set[int] = set()
    acked: set[int] = set()
    number = 0
    for kill in range(KILLS):
        lines = await run_and_kill(tmp_path, number, chance.uniform(0.0, 0.15), at_work=kill % 2 == 1)
        confirmed |= {int(line.split()[1]) for line in lines if line.startswith("durable")}
        acked |= {int(line.split()[1]) for line in lines if line.startswith("acked")}
        left = await left_in(tmp_path)
        assert left == sorted(set(left)), "in order, none twice"
        missing = confirmed - acked - set(left)
        assert not missing, f"{len(missing)} confirmed records are gone"
        number = max([number, *confirmed, *acked, *left]) + 1
    assert len(confirmed) > 1000, "the children did work"
    assert acked, "and acknowledged"


async def test_two_processes_never_have_one_spool(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(tmp_path), "0", stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), 60) == b"open\n"
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(tmp_path), "0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(second.communicate(), 60)
    assert not out and b"SpoolInUse" in err and second.returncode
    child.kill()
    await child.communicate()
    await (await open_spool(tmp_path)).close()
