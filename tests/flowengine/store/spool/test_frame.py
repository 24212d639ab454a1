"""The codec of frames: everything comes back, nothing damaged or foreign does."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.store.spool.frame import HEADER, Chunk, decode, encode, header_at

chunks = st.builds(
    lambda first, pairs: Chunk(
        first, [record for record, _ in pairs], [time for _, time in pairs], sum(len(record) for record, _ in pairs)
    ),
    st.integers(1, (1 << 63) - 100),
    st.lists(st.tuples(st.binary(max_size=50), st.integers(-(1 << 63), (1 << 63) - 1)), min_size=1, max_size=20),
)
salts = st.integers(0, (1 << 32) - 1)


def read(data: bytes, salt: int) -> Chunk | None:
    header = header_at(data, 0, salt)
    return decode(header, data[HEADER.size : HEADER.size + header.body_bytes], salt) if header else None


@given(chunks, salts)
def test_a_frame_holds_its_records_times_and_sequences(chunk: Chunk, salt: int) -> None:
    found = read(encode(salt, chunk), salt)
    assert found is not None
    assert (found.first, found.end) == (chunk.first, chunk.end)
    assert list(found.records) == list(chunk.records)
    assert list(found.arrived_ns) == list(chunk.arrived_ns)


@given(chunks, salts, st.randoms(use_true_random=False))
def test_no_flipped_bit_goes_unnoticed(chunk: Chunk, salt: int, chance: random.Random) -> None:
    frame = bytearray(encode(salt, chunk))
    frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    assert read(bytes(frame), salt) is None


@given(chunks, salts, st.data())
def test_no_shortened_frame_is_taken(chunk: Chunk, salt: int, data: st.DataObject) -> None:
    frame = encode(salt, chunk)
    assert read(frame[: data.draw(st.integers(0, len(frame) - 1))], salt) is None


@given(chunks, salts, salts)
def test_a_frame_of_another_salt_is_foreign(chunk: Chunk, salt: int, other: int) -> None:
    assert salt == other or header_at(encode(salt, chunk), 0, other) is None


@given(st.binary(max_size=200), salts)
def test_noise_is_no_frame(noise: bytes, salt: int) -> None:
    assert read(noise, salt) is None


def test_lengths_are_little_endian_and_where_the_format_says() -> None:
    frame = encode(0, Chunk(7, [b"ab", b"c"], [1, 2], 3))
    assert frame[:4] == b"\xf1\xfeFr"
    assert int.from_bytes(frame[12:16], "little") == len(frame) - HEADER.size == 2 * 12 + 3
    assert int.from_bytes(frame[16:20], "little") == 2
    assert int.from_bytes(frame[20:28], "little") == 7
    assert frame[28:36] == (1).to_bytes(8, "little")
    assert frame[-3:] == b"abc"


def test_what_cannot_be_one_frame_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowengine.store.spool.frame.MAX_BODY_BYTES", 100)
    with pytest.raises(ValueError, match="at most 100 bytes"):
        encode(0, Chunk(1, [bytes(100)], [0], 100))
