"""The spool as its users see it: what is confirmed, delivered, acknowledged, bounded, and there after a restart."""

import asyncio
from pathlib import Path

import pytest

from flowengine.store.spool import Batch, SegmentSpool, SpoolError, SpoolInUse, SpoolOptions, open_spool
from tests.waiting import until

LOTS = 1 << 30


async def take(spool: SegmentSpool, n: int, max_bytes: int = LOTS) -> list[bytes]:
    """The next `n` records, over as many batches as it takes."""
    return [record for batch in await batches(spool, n, max_bytes) for record in batch.records]


async def batches(spool: SegmentSpool, n: int, max_bytes: int = LOTS) -> list[Batch]:
    """Batches with `n` records in all."""
    found: list[Batch] = []
    async with asyncio.timeout(60):
        while (missing := n - sum(map(len, found))) > 0:
            await spool.available()
            if batch := spool.read(missing, max_bytes):
                found.append(batch)
    return found


async def stats_until(spool: SegmentSpool, condition) -> None:
    """Return when the stats fulfil the condition."""
    await until(lambda: condition(spool.stats()))


async def test_records_come_back_in_order_with_positions_and_times(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    assert await spool.append([b"a", b""], 5) == 1
    assert await spool.append([b"c"], 6) == 3
    [batch] = await batches(spool, 3)
    assert list(batch.records) == [b"a", b"", b"c"]
    assert list(batch.arrived_ns) == [5, 5, 6]
    assert batch.positions == range(1, 4)
    assert spool.read(1, LOTS) is None
    await spool.close()


async def test_a_restart_brings_what_was_not_acknowledged_and_nothing_else(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"%d" % n for n in range(10)], 0)
    await take(spool, 10)
    spool.ack(range(1, 4))
    spool.ack(range(6, 8))
    await spool.close()
    spool = await open_spool(tmp_path)
    assert spool.stats().records == 5
    assert await take(spool, 5) == [b"3", b"4", b"7", b"8", b"9"]
    assert await spool.append([b"new"], 0) == 11
    await spool.close()


async def test_what_was_returned_comes_again_before_anything_new(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"%d" % n for n in range(9)], 0)
    await take(spool, 6)
    spool.nack(range(4, 6))
    spool.nack(range(2, 3))
    assert await take(spool, 4) == [b"1", b"3", b"4", b"6"]
    assert spool.stats().in_flight == 7
    await spool.close()


async def test_batches_keep_their_bounds_in_records_and_bytes(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([bytes(100)] * 10, 0)
    await spool.available()
    assert len(spool.read(3, LOTS)) == 3
    assert len(spool.read(100, 250)) == 2
    assert len(spool.read(100, 1)) == 1, "one record always comes, however large"
    await spool.close()


async def test_a_full_spool_refuses_until_there_is_room(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, SpoolOptions(max_bytes=8000))
    appended = 0
    while await spool.append([bytes(400)], 0):
        appended += 1
    assert 15 <= appended <= 20
    assert spool.full
    assert await spool.append([b"x"], 0) is None
    waiting = asyncio.create_task(spool.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    for batch in await batches(spool, appended):
        spool.ack(batch.positions)
    await asyncio.wait_for(waiting, 60)
    assert await spool.append([b"x"], 0) == appended + 1
    await spool.close()


async def test_a_caller_who_waits_afterwards_may_go_beyond_the_bound(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, SpoolOptions(max_bytes=1000))
    await spool.append([bytes(2000)], 0)
    assert spool.append_nowait([b"x"], 0, lambda: None) is None
    done = asyncio.Event()
    assert spool.append_nowait([b"x"], 0, done.set, beyond=True) == 2
    await asyncio.wait_for(done.wait(), 60)
    await spool.close()


async def test_dropping_the_oldest_makes_room_at_once_and_spares_what_is_in_flight(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, SpoolOptions(max_bytes=16_000))
    while await spool.append([bytes(400)], 0):
        pass
    records = spool.stats().records
    first = await batches(spool, 2)
    dropped = spool.drop_oldest(4000)
    assert 8 <= dropped <= 16
    assert not spool.full
    assert spool.stats().records == records - dropped
    assert spool.stats().dropped == dropped
    [following] = await batches(spool, 1)
    assert following.first == 3 + dropped
    await stats_until(spool, lambda stats: stats.disk_bytes <= 12_000)
    spool.nack(first[0].positions)
    assert len(await take(spool, 2)) == 2
    await spool.close()
    spool = await open_spool(tmp_path)
    assert spool.stats().records == records - dropped
    assert len(await take(spool, records - dropped)) == records - dropped
    assert spool.stats().gaps == 0, "what was dropped on purpose is no damage"
    await spool.close()


async def test_a_purge_drops_all_but_what_is_in_flight_and_gives_the_space_back(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([bytes(1000)] * 50, 0)
    [batch] = await batches(spool, 10)
    assert spool.purge() == 40
    assert spool.stats().records == 10
    spool.ack(batch.positions)
    assert spool.purge() == 0
    await stats_until(spool, lambda stats: stats.disk_bytes == 0)
    assert await spool.append([b"next"], 0) == 51
    assert await take(spool, 1) == [b"next"]
    await spool.close()


async def test_space_is_given_back_while_draining(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, SpoolOptions(segment_bytes=20_000))
    for _ in range(50):
        await spool.append([bytes(1000)] * 10, 0)
    assert spool.stats().disk_bytes > 500_000
    sizes = []
    for _ in range(50):
        for batch in await batches(spool, 10):
            spool.ack(batch.positions)
        left = spool.stats().size_bytes
        await stats_until(spool, lambda stats, left=left: stats.disk_bytes <= left + 45_000)
        sizes.append(spool.stats().disk_bytes)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 20_000
    await spool.close()


async def test_peek_shows_what_waits_and_delivers_nothing(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"%d" % n for n in range(10)], 0)
    await take(spool, 3)
    spool.ack(range(2, 3))
    seen = [(p, r) for batch in await spool.peek(4) for p, r in zip(batch.positions, batch.records, strict=True)]
    assert seen == [(1, b"0"), (3, b"2"), (4, b"3"), (5, b"4")]
    seen = [record for batch in await spool.peek(100, start=9) for record in batch.records]
    assert seen == [b"8", b"9"]
    assert await take(spool, 7) == [b"%d" % n for n in range(3, 10)]
    await spool.close()


async def test_a_peeked_record_can_be_acknowledged_and_is_then_not_delivered(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"a", b"b", b"c"], 0)
    spool.ack(range(2, 3))
    assert await take(spool, 2) == [b"a", b"c"]
    await spool.close()


async def test_acknowledging_what_does_not_exist_is_an_error_and_twice_is_none(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"a"], 0)
    with pytest.raises(ValueError, match="last one is 1"):
        spool.ack(range(1, 3))
    spool.ack(range(1, 2))
    spool.ack(range(1, 2))
    assert spool.stats().acked == 1
    await spool.close()


async def test_the_age_of_the_oldest_is_known_without_reading_from_it(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    assert spool.stats().oldest_ns == 0
    await spool.append([b"a"], 111)
    await spool.append([b"b"], 222)
    assert spool.stats().oldest_ns == 111
    for batch in await batches(spool, 1):
        assert spool.stats().oldest_ns == 111
        spool.ack(batch.positions)
    assert spool.stats().oldest_ns == 222
    await spool.close()


async def test_closing_commits_what_waits(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    durable: list[int] = []
    for n in range(100):
        spool.append_nowait([b"%d" % n], 0, lambda n=n: durable.append(n))
    assert await spool.close() == 0
    assert durable == list(range(100))
    assert spool.append_nowait([b"late"], 0, lambda: None) is None
    assert await spool.close() == 0
    spool = await open_spool(tmp_path)
    assert spool.stats().records == 100
    await spool.close()


async def test_a_spool_is_opened_once(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    with pytest.raises(SpoolInUse):
        await open_spool(tmp_path)
    await spool.close()
    await (await open_spool(tmp_path)).close()


async def test_an_owner_that_fails_does_not_keep_others_from_hearing(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    heard = asyncio.Event()

    def fail() -> None:
        raise RuntimeError("mine")

    spool.append_nowait([b"a"], 0, fail)
    spool.append_nowait([b"b"], 0, heard.set)
    await asyncio.wait_for(heard.wait(), 60)
    await spool.close()


async def test_appends_refuse_what_can_never_be_stored(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    with pytest.raises(ValueError, match="at least one record"):
        await spool.append([], 0)
    await spool.close()


async def test_waiting_for_data_ends_when_the_spool_is_closed(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    waiting = asyncio.create_task(spool.available())
    await asyncio.sleep(0)
    await spool.close()
    await asyncio.wait_for(waiting, 60)
    assert spool.read(1, LOTS) is None


async def test_a_spool_error_is_one_of_ours() -> None:
    assert issubclass(SpoolInUse, SpoolError)
