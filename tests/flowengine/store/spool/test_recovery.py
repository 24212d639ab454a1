"""Starting on what a crash, a bad disk or a careless hand left in the folder."""

import random
from pathlib import Path

import pytest

from flowengine.store.data_folder import QUARANTINE as ASIDE
from flowengine.store.spool import SegmentSpool, SpoolOptions, UnknownFormat, open_spool
from flowengine.store.spool.opening import open_folder
from flowengine.store.spool.segment import HEADER_BYTES, named
from tests.flowengine.store.spool.simulated_disk import Inode, SimulatedDisk

SMALL = SpoolOptions(segment_bytes=5000)


async def filled(folder: Path, appends: int, size: int = 400) -> SegmentSpool:
    """A spool in which record n begins with its number, one frame each."""
    spool = await open_spool(folder, SMALL)
    for n in range(1, appends + 1):
        assert await spool.append([b"%05d" % n + bytes(size)], n) == n
    return spool


async def numbers(spool: SegmentSpool) -> list[int]:
    """Delivers all there is; the numbers of the records."""
    found = []
    while (stats := spool.stats()).records > stats.in_flight:
        await spool.available()
        while batch := spool.read(1000, 1 << 30):
            found += [int(record[:5]) for record in batch.records]
    return found


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(data)


async def test_a_torn_tail_is_cut_counted_and_kept_aside(tmp_path: Path) -> None:
    await (await filled(tmp_path, 30)).close()
    last = segments(tmp_path)[-1]
    whole = last.read_bytes()
    last.write_bytes(whole[:-7])
    spool = await open_spool(tmp_path, SMALL)
    assert await numbers(spool) == [*range(1, 30)]
    stats = spool.stats()
    assert stats.cut_bytes > 400 and stats.lost == 1 and stats.quarantined >= 1
    [aside] = (tmp_path / ASIDE).glob("*.from-*")
    assert whole[:-7].endswith(aside.read_bytes())
    assert await spool.append([b"00031"], 0) == 31  # the cut record's position is not given again
    assert await numbers(spool) == [31]
    await spool.close()


@pytest.mark.parametrize("seed", range(12))
async def test_a_flipped_byte_anywhere_costs_one_frame_at_most(seed: int, tmp_path: Path) -> None:
    await (await filled(tmp_path, 60)).close()
    chance = random.Random(seed)
    victim = chance.choice(segments(tmp_path)[:-1])
    flip(victim, chance.randrange(victim.stat().st_size))
    spool = await open_spool(tmp_path, SMALL)
    found = await numbers(spool)
    lost = 60 - len(found)
    assert lost <= 1 and found == sorted(found)
    stats = spool.stats()
    assert (stats.gaps, stats.lost, stats.quarantined) == (lost, lost, lost)
    assert stats.records == stats.in_flight == len(found)
    if lost:
        assert (tmp_path / ASIDE / victim.name).read_bytes() == victim.read_bytes()
    await spool.close()


async def test_damage_does_not_keep_the_cursor_from_passing(tmp_path: Path) -> None:
    await (await filled(tmp_path, 40)).close()
    for path in segments(tmp_path)[:3]:
        flip(path, HEADER_BYTES + 100)
    spool = await open_spool(tmp_path, SMALL)
    await spool.available()
    while batch := spool.read(7, 1 << 30):
        spool.ack(batch.positions)
        await spool.available() if spool.stats().records else None
    assert spool.stats().records == 0
    await spool.close()
    assert len(segments(tmp_path)) <= 1
    spool = await open_spool(tmp_path, SMALL)
    assert spool.stats().records == 0 and spool.stats().gaps == 0
    await spool.close()


async def test_a_damaged_segment_header_costs_nothing(tmp_path: Path) -> None:
    await (await filled(tmp_path, 40)).close()
    for path in segments(tmp_path):
        flip(path, 13)
        flip(path, 2)
    spool = await open_spool(tmp_path, SMALL)
    assert await numbers(spool) == [*range(1, 41)]
    await spool.close()


async def test_a_segment_that_vanished_is_a_gap(tmp_path: Path) -> None:
    await (await filled(tmp_path, 60)).close()
    gone = segments(tmp_path)[1]
    lost = named(segments(tmp_path)[2].name).first - named(gone.name).first
    gone.unlink()
    spool = await open_spool(tmp_path, SMALL)
    assert len(await numbers(spool)) == 60 - lost
    assert (spool.stats().gaps, spool.stats().lost) == (1, lost)
    await spool.close()


@pytest.mark.parametrize("damage", ["emptied", "gone", "zeros"])
async def test_a_last_segment_without_its_records_is_told_and_counted(damage: str, tmp_path: Path) -> None:
    await (await filled(tmp_path, 60)).close()
    last = segments(tmp_path)[-1]
    lost = 61 - named(last.name).first
    if damage == "gone":
        last.unlink()
    else:
        last.write_bytes(b"" if damage == "emptied" else bytes(last.stat().st_size))
    spool = await open_spool(tmp_path, SMALL)
    told: list[int] = []
    spool.on_lost = told.append
    assert await numbers(spool) == [*range(1, 61 - lost)]
    assert (spool.stats().lost, spool.stats().gaps, told) == (lost, 1, [lost])
    assert await spool.append([b"00061"], 0) == 61
    assert await numbers(spool) == [61]
    await spool.close()


@pytest.mark.parametrize("seed", range(6))
async def test_a_damaged_place_in_a_large_commit_costs_fifty_records_at_most(seed: int, tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.append([b"%05d" % n + bytes(90) for n in range(1, 1001)], 0)
    await spool.close()
    chance = random.Random(seed)
    [segment] = segments(tmp_path)
    place = chance.randrange(HEADER_BYTES, segment.stat().st_size - 1)
    flip(segment, place)
    flip(segment, place + 1)
    spool = await open_spool(tmp_path)
    found = await numbers(spool)
    lost = 1000 - len(found)
    assert 1 <= lost <= 50 and spool.stats().lost == lost
    await spool.close()


async def test_positions_of_a_cut_tail_that_was_acknowledged_are_not_given_again(tmp_path: Path) -> None:
    spool = await filled(tmp_path, 5)
    await numbers(spool)
    spool.ack(range(2, 6))
    await spool.close()
    last = segments(tmp_path)[-1]
    last.write_bytes(last.read_bytes()[: HEADER_BYTES + 700])
    spool = await open_spool(tmp_path, SMALL)
    assert await spool.append([b"00006"], 0) == 6
    assert await numbers(spool) == [1, 6]
    await spool.close()


async def test_without_a_cursor_everything_comes_again(tmp_path: Path) -> None:
    spool = await filled(tmp_path, 30)
    await numbers(spool)
    spool.ack(range(1, 25))
    await spool.close()
    first = named(segments(tmp_path)[0].name).first
    (tmp_path / "cursor").write_bytes(b"\xff" * 8192)
    spool = await open_spool(tmp_path, SMALL)
    assert await numbers(spool) == [*range(first, 31)]
    assert spool.stats().gaps == 0
    await spool.close()


async def test_a_spool_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    await (await filled(tmp_path, 3)).close()
    [path] = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[8] = data[10] = 2
    path.write_bytes(data + b"what a later version wrote")
    before = path.read_bytes()
    with pytest.raises(UnknownFormat, match="format 2"):
        await open_spool(tmp_path, SMALL)
    assert path.read_bytes() == before


async def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "1.seg").write_text("mine too")
    spool = await open_spool(tmp_path)
    await spool.append([b"x"], 0)
    await spool.close()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "1.seg").read_text() == "mine too"


async def test_only_the_last_segment_is_read_at_start(tmp_path: Path) -> None:
    await (await filled(tmp_path, 100)).close()
    disk = SimulatedDisk()
    for path in [*segments(tmp_path), tmp_path / "cursor"]:
        disk.files[path] = Inode(bytearray(path.read_bytes()))
    opened = open_folder(disk, tmp_path)
    assert len(opened.recovered.segments) > 8
    first, *middle, last = [segment.name for segment in opened.recovered.segments]
    read = {name for operation, name in disk.log if operation in ("open", "read")}
    assert not read & set(middle), "segments in between are known by their names"
    assert last in read and first in read, "the first one only for its format"


async def test_the_quarantine_is_bounded(tmp_path: Path) -> None:
    await (await filled(tmp_path, 200)).close()
    for path in segments(tmp_path)[:-1]:
        flip(path, HEADER_BYTES + 60)
    spool = await open_spool(tmp_path, SMALL)
    await numbers(spool)
    assert len(segments(tmp_path)) > 16
    assert len([*(tmp_path / ASIDE).iterdir()]) <= 16
    await spool.close()
