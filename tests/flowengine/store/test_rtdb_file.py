"""The latest values on disk: what cannot be written costs only itself."""

from pathlib import Path

from flowengine.store.rtdb import Point
from flowengine.store.rtdb_file import RtdbFile


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
