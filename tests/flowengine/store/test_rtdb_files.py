"""Readings and set-points on disk: each in a file of its own."""

from pathlib import Path

import pytest

from flowengine.store.aside import found_aside, told_of
from flowengine.store.rtdb import SETPOINT, Point, Rtdb
from flowengine.store.rtdb_files import RtdbFiles


def saved(folder: Path, *puts: dict[str, Point], compact_bytes: int = 4 * 2**20) -> dict[str, Point]:
    rtdb, files = Rtdb(), RtdbFiles(folder, compact_bytes)
    rtdb.load(files.load())
    for points in puts:
        rtdb.put(points.items())
        files.changes_of(rtdb)()
    return RtdbFiles(folder).load()


def test_set_points_come_back_as_such_and_outlive_the_loss_of_readings(tmp_path: Path) -> None:
    points = {"t": Point(21.5), "limits/t": Point(8, 1, 2, "°C", kind=SETPOINT)}
    assert saved(tmp_path, points) == points
    (tmp_path / "rtdb.journal").unlink()
    assert RtdbFiles(tmp_path).load() == {"limits/t": points["limits/t"]}


@pytest.mark.parametrize("emptied", [False, True])
def test_set_points_that_were_deleted_or_emptied_are_told_once(
    tmp_path: Path, emptied: bool, caplog: pytest.LogCaptureFixture
) -> None:
    saved(tmp_path, {"limits/t": Point(8, kind=SETPOINT)})
    journal = tmp_path / "setpoints.journal"
    journal.write_bytes(b"") if emptied else journal.unlink()
    caplog.clear()
    assert RtdbFiles(tmp_path).load() == {} == RtdbFiles(tmp_path).load()
    assert [each.message.startswith(str(journal)) for each in caplog.records] == [True]
    [left] = found_aside(tmp_path)
    assert "setpoints.journal" in told_of(left.name)
    left.unlink()
    assert saved(tmp_path, {"limits/t": Point(9, kind=SETPOINT)})
    journal.unlink()
    RtdbFiles(tmp_path).load()
    assert len(found_aside(tmp_path)) == 1, "a second loss is told, too"


def test_readings_that_were_deleted_are_no_loss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved(tmp_path, {"t": Point(8)})
    (tmp_path / "rtdb.journal").unlink()
    assert RtdbFiles(tmp_path).load() == {} and not caplog.records and not found_aside(tmp_path)


def test_a_point_that_changes_its_kind_is_in_one_file_only(tmp_path: Path) -> None:
    assert saved(tmp_path, {"a": Point(1)}, {"a": Point(2, kind=SETPOINT)}) == {"a": Point(2, kind=SETPOINT)}
    assert saved(tmp_path, {"a": Point(3)}) == {"a": Point(3)}
    assert saved(tmp_path, {"a": Point(4, kind=SETPOINT)}, {"a": Point(5)}) == {"a": Point(5)}


def test_files_that_are_rewritten_whole_keep_to_their_kind(tmp_path: Path) -> None:
    many = [{"t": Point(n), "s": Point(n, kind=SETPOINT), f"k{n}": Point(n)} for n in range(50)]
    found = saved(tmp_path, *many, compact_bytes=200)
    assert found["s"] == Point(49, kind=SETPOINT) and found["t"] == Point(49) and len(found) == 52


def test_a_deleted_set_point_does_not_come_back(tmp_path: Path) -> None:
    saved(tmp_path, {"s": Point(1, kind=SETPOINT), "t": Point(1)})
    rtdb, files = Rtdb(), RtdbFiles(tmp_path)
    rtdb.load(files.load())
    rtdb.delete(["s"])
    files.changes_of(rtdb)()
    assert RtdbFiles(tmp_path).load() == {"t": Point(1)}
