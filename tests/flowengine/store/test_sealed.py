"""A file proves itself: no damaged byte passes for content, and the generation before is there."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.store import sealed
from flowengine.store.aside import KEPT, found_aside, put_aside


@given(st.binary(max_size=300), st.data())
def test_what_was_sealed_comes_back_and_no_other_byte_passes(content: bytes, data: st.DataObject) -> None:
    whole = sealed.sealed(content)
    assert sealed.unsealed(whole) == content
    damaged = bytearray(whole)
    damaged[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(msgspec.DecodeError):
        sealed.unsealed(bytes(damaged))
    with pytest.raises(msgspec.DecodeError):
        sealed.unsealed(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_where_the_last_generation_is_damaged_the_one_before_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    for content in (b"one", b"two", b"three"):
        sealed.write(path, content)
    assert sealed.read(path, bytes) == b"three"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert sealed.read(path, bytes) == b"two"
    assert [each.name for each in found_aside(tmp_path)] == ["state.damaged-1"]
    assert "state is damaged (its checksum is wrong)" in caplog.text and "the one before it is taken" in caplog.text
    assert sealed.read(path, bytes) == b"two", "a kill between two generations leaves the one before"
    sealed.before(path).write_bytes(b"")
    assert sealed.read(path, bytes) is None
    sealed.write(path, b"four")
    sealed.forget(path)
    assert sealed.read(path, bytes) is None


def test_of_one_file_few_damaged_ones_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        (tmp_path / "x.db").write_bytes(b"%d" % number)
        put_aside(tmp_path / "x.db", "test")
    kept = found_aside(tmp_path)
    assert [path.name for path in kept] == [f"x.db.damaged-{number}" for number in range(4, KEPT + 4)]
    assert kept[-1].read_bytes() == b"%d" % (KEPT + 2)
