"""The writer on a disk that runs full, fails and loses power; and when it commits."""

import asyncio
import errno
import random
import sys
import threading
from pathlib import Path

from flowengine.store.spool import SegmentSpool, SpoolOptions, open_spool
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk
from tests.waiting import until

FOLDER = Path("/spool")
QUICK = SpoolOptions(
    segment_bytes=4000,
    commit_bytes=2000,
    ballast_bytes=1000,
    retry_full_s=0.005,
    retry_least_s=0.005,
    retry_most_s=0.01,
    close_s=0.1,
)


async def opened(disk: SimulatedDisk, options: SpoolOptions = QUICK) -> SegmentSpool:
    return await open_spool(FOLDER, options, disk=disk)


async def everything(spool: SegmentSpool) -> list[bytes]:
    return [record for batch in await spool.peek(1 << 20) for record in batch.records]


async def test_a_failed_sync_seals_the_segment_and_writes_what_was_unsynced_again() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    await spool.append([b"before"], 0)
    [first] = [name for name in disk.names(FOLDER) if name.endswith(".seg")]

    def fault(operation: str, name: str) -> OSError | None:
        return OSError(errno.EIO, "simulated") if operation == "sync" and name == first else None

    disk.fault = fault
    assert await asyncio.wait_for(spool.append([b"during"], 0), 60) == 2
    synced_again = [name for operation, name in disk.log if operation == "sync" and name == first]
    assert len(synced_again) == 2, "once for each commit, never once more"
    stats = spool.stats()
    assert not stats.healthy and "simulated" in stats.last_error
    assert not spool.full, "it went on in a new segment"
    assert len([name for name in disk.names(FOLDER) if name.endswith(".seg")]) == 2
    assert await everything(spool) == [b"before", b"during"]
    assert not spool.stats().healthy, "a disk that failed once is not trusted again before a restart"
    spool2_disk = disk.power_cut(random.Random(1))
    await spool.close()
    again = await opened(spool2_disk)
    assert await everything(again) == [b"before", b"during"]
    assert again.stats().healthy
    await again.close()


async def test_a_disk_that_keeps_failing_confirms_nothing_and_refuses_more() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    await spool.append([b"good"], 0)
    disk.fault = lambda operation, _name: OSError(errno.EIO, "dead") if operation in ("sync", "write") else None
    confirmed: list[bool] = []
    spool.append_nowait([b"lost"], 0, lambda: confirmed.append(True))
    await until(lambda: spool.full)
    assert await spool.append([b"x"], 0) is None
    assert await spool.close() == 1, "one append could not be made durable, and close says so"
    assert not confirmed
    again = await opened(disk.power_cut(random.Random(3)))
    assert await everything(again) in ([b"good"], [b"good", b"lost"])
    await again.close()


async def test_a_full_disk_is_backpressure_and_acknowledgements_still_give_room() -> None:
    disk = SimulatedDisk(capacity_bytes=40_000)
    spool = await opened(disk)
    confirmed: list[int] = []
    made = 0
    while not spool.stats().disk_full:
        if spool.append_nowait([b"%06d" % made + bytes(500)], 0, lambda n=made: confirmed.append(n)):
            made += 1
        await asyncio.sleep(0)
    assert not spool.stats().healthy and spool.full
    held = made - len(confirmed)
    assert held >= 1
    assert await spool.append([b"x"], 0) is None
    room = asyncio.create_task(spool.room())
    read = []
    while len(confirmed) < made:
        if batch := spool.read(5, 1 << 20):  # what was confirmed can be read while the disk is full
            read += batch.records
            spool.ack(batch.positions)
        await asyncio.sleep(0.002)
    await asyncio.wait_for(room, 60)
    assert confirmed == [*range(made)], "what waited was written once there was room, in order"
    assert spool.stats().healthy
    read += await everything(spool)
    assert [int(record[:6]) for record in read] == [*range(made)]
    assert spool.stats().gaps == 0
    await spool.close()


async def test_the_ballast_is_set_free_when_the_disk_is_full_and_never_eaten_by_appends() -> None:
    disk = SimulatedDisk(capacity_bytes=30_000)
    spool = await opened(disk)
    while not spool.stats().disk_full:
        spool.append_nowait([bytes(500)], 0, lambda: None)
        await asyncio.sleep(0)
    await until(lambda: (FOLDER / "ballast") not in disk.files)
    retries = disk.calls["allocate"]
    await until(lambda: disk.calls["allocate"] > retries + 3)
    free = disk.capacity_bytes - disk.used_bytes
    assert free >= 1000 - 600, "others can still write a little"
    disk.capacity_bytes += 100_000_000
    await asyncio.wait_for(spool.room(), 60)
    assert len(disk.files[FOLDER / "ballast"].live) == 1000
    await spool.close()


async def test_a_failing_cursor_is_replaced_and_no_segment_goes_before() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    for n in range(20):
        await spool.append([b"%03d" % n + bytes(500)], 0)
    failing = threading.Event()

    def fault(operation: str, name: str) -> OSError | None:
        if operation == "sync" and name.startswith("cursor") and not failing.is_set():
            return OSError(errno.EIO, "simulated")
        return None

    disk.fault = fault
    kept = disk.calls["remove"]
    await spool.available()
    batch = spool.read(15, 1 << 20)
    assert batch is not None
    spool.ack(batch.positions)
    await until(lambda: not spool.stats().healthy)
    assert not [name for op, name in disk.log if op == "remove" and name.endswith(".seg")], kept
    failing.set()
    await until(lambda: [name for op, name in disk.log if op == "remove" and name.endswith(".seg")])
    after = disk.power_cut(random.Random(5))
    await spool.close()
    again = await opened(after)
    assert len(await everything(again)) == 5
    assert again.stats().gaps == 0
    await again.close()


async def test_the_cursor_is_synced_before_a_segment_goes() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    for _ in range(40):
        await spool.append([bytes(500)], 0)
    await spool.available()
    while batch := spool.read(3, 1 << 20):
        spool.ack(batch.positions)
        await asyncio.sleep(0.002)
    await spool.close()
    operations = [(op, name) for op, name in disk.log if op in ("write", "sync", "remove")]
    removed = [at for at, (op, name) in enumerate(operations) if op == "remove" and name.endswith(".seg")]
    assert removed
    for at in removed:
        before = [entry for entry in operations[:at] if entry[1] == "cursor"]
        assert before[-1] == ("sync", "cursor")


async def test_the_folder_is_synced_when_a_segment_is_made() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    await spool.append([b"x"], 0)
    operations = [op for op, name in disk.log if name.endswith(".seg") or op == "sync_folder"]
    made = operations.index("create")
    assert "sync_folder" in operations[made : operations.index("sync", made)]
    await spool.close()


async def test_an_idle_append_does_not_wait_for_others() -> None:
    spool = await opened(SimulatedDisk(), SpoolOptions(linger_s=30.0, close_s=0.1))
    for n in range(3):
        assert await asyncio.wait_for(spool.append([b"x"], 0), 60) == n + 1
    await spool.close()


async def test_under_load_appends_share_a_commit() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk, SpoolOptions(linger_s=0.05))
    done: list[int] = []
    for n in range(400):
        spool.append_nowait([b"x"], 0, lambda n=n: done.append(n))
    await until(lambda: len(done) == 400)
    assert spool.stats().commits <= 5
    assert done == [*range(400)]
    await spool.close()


async def test_a_group_that_is_large_enough_does_not_linger() -> None:
    for options in (
        SpoolOptions(linger_s=30.0, commit_records=10, close_s=0.1),
        SpoolOptions(linger_s=30.0, commit_bytes=1000, close_s=0.1),
    ):
        spool = await opened(SimulatedDisk(), options)
        done: list[int] = []
        for n in range(100):
            spool.append_nowait([bytes(150)], 0, lambda n=n, done=done: done.append(n))
        await until(lambda done=done: len(done) >= 90)
        await spool.close()
        assert len(done) == 100, "closing does not linger either"


async def test_callbacks_run_in_the_loop_once_each_and_only_after_the_sync() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    loop_thread = threading.get_ident()
    seen: list[tuple[int, bool]] = []

    def durable() -> None:
        segment = next(path for path in disk.files if path.suffix == ".seg")
        seen.append((threading.get_ident(), bytes(disk.files[segment].durable).count(b"needle") == 1))

    spool.append_nowait([b"needle"], 0, durable)
    assert not seen
    await until(lambda: seen)
    await spool.close()
    assert seen == [(loop_thread, True)]


async def test_a_fault_of_the_writer_itself_is_unhealthy_and_never_silent() -> None:
    disk = SimulatedDisk()
    spool = await opened(disk)
    disk.fault = lambda operation, _name: ZeroDivisionError() if operation == "write" else None  # type: ignore[return-value]
    waiting = asyncio.create_task(spool.append([b"x"], 0))
    await until(lambda: not spool.stats().healthy)
    assert "ZeroDivisionError" in spool.stats().last_error
    assert spool.full
    try:
        await asyncio.wait_for(waiting, 60)
        raise AssertionError("an append that was not made durable returned")
    except Exception as error:
        assert "not durable" in str(error) or "durable" in str(error)
    disk.fault = lambda _operation, _name: None
    assert await spool.close() == 1


async def test_a_file_size_limit_of_the_system_is_a_full_disk(tmp_path: Path) -> None:
    """The real thing, in a child process: the kernel refuses to let a file grow."""
    script = """
import asyncio, resource, sys
from pathlib import Path
from flowengine.store.spool import SpoolOptions, open_spool
async def main():
    spool = await open_spool(Path(sys.argv[1]), SpoolOptions(ballast_bytes=1000, retry_full_s=0.01, close_s=0.2))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    await spool.append([b"before"], 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    spool.append_nowait([bytes(50_000)], 0, lambda: print("durable", flush=True))
    while not spool.stats().disk_full:
        await asyncio.sleep(0.005)
    print("full", flush=True)
    await spool.available()
    spool.ack(spool.read(1, 100).positions)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await spool.room()
    print(await spool.close(), spool.stats().records)
asyncio.run(main())
"""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(child.communicate(), 30)
    assert out.decode().split() == ["full", "durable", "0", "1"]
