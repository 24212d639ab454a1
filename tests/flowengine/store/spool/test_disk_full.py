"""A file system of 1 MiB that really runs full, mounted for one child process alone."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = """
import asyncio, sys
from pathlib import Path
from flowengine.store.spool import SpoolOptions, open_spool
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk

OPTIONS = SpoolOptions(
    segment_bytes=100_000, ballast_bytes=100_000, commit_bytes=50_000, pending_bytes=500_000, retry_full_s=0.01
)

async def main(folder, disk):
    spool = await open_spool(folder, OPTIONS, disk=disk)
    made, confirmed, read = 0, [], []
    while not spool.stats().disk_full:
        if spool.append_nowait([b"%06d" % made + bytes(5000)], 0, lambda n=made: confirmed.append(n)):
            made += 1
        await asyncio.sleep(0)
    assert spool.full and len(confirmed) < made
    while len(read) < made:
        await asyncio.sleep(0.001)
        if batch := spool.read(10, 1 << 20):
            read += [int(record[:6]) for record in batch.records]
            spool.ack(batch.positions)
    assert read == list(range(made)) == confirmed
    while not spool.stats().healthy:
        await asyncio.sleep(0.001)
    assert await spool.append([b"after"], 0)
    assert await spool.close() == 0
    spool = await open_spool(folder, OPTIONS, disk=disk)
    assert spool.stats().records == 1 and spool.stats().gaps == 0
    await spool.close()
    print("kept", made)

async def in_time():
    async with asyncio.timeout(40):
        await main(Path(sys.argv[1]) / "spool", SimulatedDisk(1 << 20) if sys.argv[2] == "simulated" else None)

asyncio.run(in_time())
"""


def mounting(folder: Path) -> list[str]:
    """Words before a command that give it its own small file system there; none where the system forbids that."""
    mount = f'mount -t tmpfs -o size=1m tmpfs "{folder}" && exec "$0" "$@"'
    for own in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        words = [*own, "sh", "-c", mount]
        if (
            shutil.which("unshare")
            and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
        ):
            return words
    return []


@pytest.mark.faults
async def test_a_full_file_system_is_backpressure_and_loses_nothing(tmp_path: Path) -> None:
    words = mounting(tmp_path)
    child = await asyncio.create_subprocess_exec(
        *words,
        sys.executable,
        "-c",
        CHILD,
        str(tmp_path),
        "real" if words else "simulated",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert not child.returncode, err.decode()
    kept, made = out.split()
    assert kept == b"kept" and int(made) > 100
