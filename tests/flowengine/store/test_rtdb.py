"""The latest value of every point: newest by its own time, bounded, back after a restart."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flowengine.store import epoch
from flowengine.store.rtdb import GONE, Point, Rtdb
from flowengine.store.rtdb_file import RtdbFile

S = 1_000_000_000


def test_an_older_value_does_not_replace_a_newer_one() -> None:
    rtdb = Rtdb()
    assert rtdb.put([("a", Point(1, 5 * S, 5 * S)), ("a", Point(2, 4 * S, 6 * S))]) == 1
    assert rtdb.get("a") == Point(1, 5 * S, 5 * S) and rtdb.refused["older"] == 1


def test_a_value_too_far_in_the_future_cannot_mask_later_ones() -> None:
    rtdb = Rtdb(future_s=60)
    assert rtdb.put([("a", Point(1, 3600 * S, 5 * S))]) == 0
    assert rtdb.put([("a", Point(2, 6 * S, 6 * S))]) == 1 and rtdb.refused["future"] == 1


def test_after_the_clock_was_set_back_values_are_taken_again() -> None:
    rtdb = Rtdb(future_s=60)
    rtdb.put([("a", Point(1, 3600 * S, 3600 * S))])
    assert rtdb.put([("a", Point(2, 5 * S, 5 * S))]) == 1
    assert rtdb.put([("a", Point(3, 4 * S, 6 * S))]) == 0 and rtdb.refused["older"] == 1


def test_new_keys_beyond_the_bound_are_refused_and_counted() -> None:
    rtdb = Rtdb(max_keys=2)
    rtdb.put([(key, Point(1)) for key in "abc"])
    assert sorted(rtdb) == ["a", "b"] and rtdb.refused["full"] == 1
    assert rtdb.put([("a", Point(2))]) == 1


def test_watchers_see_what_was_taken_until_they_leave() -> None:
    rtdb, seen = Rtdb(), []
    leave = rtdb.watch(seen.append)
    rtdb.put([("a", Point(1))])
    leave()
    rtdb.put([("b", Point(1))])
    assert seen == [{"a": Point(1)}]


def test_a_restart_brings_values_back_and_deleted_ones_not(tmp_path: Path) -> None:
    rtdb, file = Rtdb(), RtdbFile(tmp_path / "r")
    rtdb.put([("a", Point(1, 2, 3, "bar", "uncertain")), ("b", Point({"x": [1.5, None]}))])
    file.save(rtdb.take_changes(), {})
    rtdb.delete(["b", "nothing"])
    rtdb.put([("c", Point("text"))])
    file.save(rtdb.take_changes(), {})
    assert RtdbFile(tmp_path / "r").load() == {"a": Point(1, 2, 3, "bar", "uncertain"), "c": Point("text")}


def test_a_rewrite_holds_everything(tmp_path: Path) -> None:
    file = RtdbFile(tmp_path / "r", compact_bytes=100)
    assert file.wants_all(1)
    file.save({"a": Point(1)}, {"a": Point(1), "b": Point(2)})
    for number in range(50):
        file.save({"a": Point(number)}, {})
    assert file.wants_all(1)
    size = (tmp_path / "r").stat().st_size
    file.save({}, {"a": Point(49), "b": Point(2)})
    assert (tmp_path / "r").stat().st_size < size
    assert RtdbFile(tmp_path / "r").load() == {"a": Point(49), "b": Point(2)}


@given(cut=st.integers(0, 400))
def test_a_torn_journal_keeps_what_was_whole(tmp_path_factory: object, cut: int) -> None:
    path = tmp_path_factory.mktemp("r") / "r"  # type: ignore[attr-defined]
    file = RtdbFile(path)
    for number in range(5):
        file.save({f"k{number}": Point(number)}, {})
    content = path.read_bytes()
    path.write_bytes(content[: max(18, len(content) - cut)])
    points = RtdbFile(path).load()
    assert list(points) == [f"k{n}" for n in range(len(points))]
    again = RtdbFile(path)
    again.load()
    now = {**points, "new": Point(9)}
    again.save({"new": Point(9)}, now if again.wants_all(1) else {})
    assert RtdbFile(path).load() == now


def test_a_file_of_something_else_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"something else")
    assert RtdbFile(tmp_path / "r").load() == {}
    assert (tmp_path / "r.damaged-1").exists()


def test_gone_is_not_a_value() -> None:
    assert GONE.quality == "gone"


def test_ids_go_on_although_the_clock_steps_back(tmp_path: Path) -> None:
    first = epoch.claim(tmp_path / "epoch", 1_000)
    second = epoch.claim(tmp_path / "epoch", 10)
    assert first == 1_000 and second > first + 10**11
    assert epoch.claim(tmp_path / "epoch", 10**18) == 10**18
