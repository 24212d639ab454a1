"""The latest values on disk: what cannot be written costs only itself."""

from pathlib import Path

import pytest

from flowengine.store.rtdb import Point
from flowengine.store.rtdb_file import ROWS_A_FRAME, RtdbFile


def test_values_come_back(tmp_path: Path) -> None:
    points = {"a": Point(1, 2, 3, "°C"), "b": Point({"x": [1, None]}, 4, 5)}
    RtdbFile(tmp_path / "rtdb").save({}, points)
    assert RtdbFile(tmp_path / "rtdb").load() == points


def test_any_value_is_kept_and_a_key_that_is_no_text_does_not_keep_others_from_disk(tmp_path: Path) -> None:
    points = {"a": Point(1), "huge": Point(10**40), "half": Point("\ud800"), "\ud800": Point(1), "z": Point(2)}
    for changes, everything in (({}, points), (points, {})):
        file = RtdbFile(tmp_path / f"rtdb{len(changes)}")
        file.save(changes, everything)
        assert RtdbFile(file.path).load() == {key: point for key, point in points.items() if key != "\ud800"}


@pytest.mark.parametrize("place", [0, 5, 18, 200, 2_000])
def test_a_damaged_place_costs_its_frames_and_the_file_is_kept(tmp_path: Path, place: int) -> None:
    points = {f"k{n:03}": Point(n, n, n) for n in range(500)}
    RtdbFile(tmp_path / "rtdb").save({}, points)
    content = (tmp_path / "rtdb").read_bytes()
    (tmp_path / "rtdb").write_bytes(content[:place] + bytes(32) + content[place + 32 :])
    file = RtdbFile(tmp_path / "rtdb")
    found = file.load()
    assert len(points) - 2 * ROWS_A_FRAME <= len(found) < len(points) + (place == 0)
    assert found.items() <= points.items()
    assert len((tmp_path / "rtdb.damaged-1").read_bytes()) == len(content)
    assert not file.incomplete and RtdbFile(tmp_path / "rtdb").load() == found, "what was found is on disk again"


def test_a_file_that_is_all_damage_is_given_up_in_time(tmp_path: Path) -> None:
    (tmp_path / "rtdb").write_bytes(bytes(range(256)) * 2**15)
    assert RtdbFile(tmp_path / "rtdb").load() == {}
