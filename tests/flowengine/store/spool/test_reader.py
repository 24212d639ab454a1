"""Frames of a file in order, whatever stands between them."""

import random
import struct
from itertools import pairwise

from fastcrc.crc32 import iscsi as crc32c
from hypothesis import given
from hypothesis import strategies as st

from flowengine.store.spool.frame import HEADER, MAGIC, Chunk, encode
from flowengine.store.spool.reader import PAGE_BYTES, WINDOW_BYTES, frames

SALT = 0xA5A5_1234


def file_of(counts: list[int], size: int = 20) -> tuple[bytes, list[int]]:
    """A file of frames with so many records each, and where they begin."""
    data, first, starts = b"", 1, []
    for count in counts:
        starts.append(len(data))
        data += encode(SALT, Chunk(first, [b"\x55" * size] * count, [0] * count, size * count))
        first += count
    return data, [*starts, len(data)]


def found(data: bytes, salt: int = SALT, **more: int) -> list[tuple[int, int]]:
    return [
        (frame.header.first, frame.header.end)
        for frame in frames(lambda n, at: data[at : at + n], salt, len(data), **{"offset": 0} | more)
    ]


def test_all_frames_come_in_order() -> None:
    data, _ = file_of([1, 5, 2])
    assert found(data) == [(1, 2), (2, 7), (7, 9)]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.data())
def test_damage_costs_the_frame_it_is_in_and_no_other(counts: list[int], data: st.DataObject) -> None:
    clean, starts = file_of(counts)
    hurt = data.draw(st.integers(0, len(clean) - 1))
    damaged = bytearray(clean)
    damaged[hurt] ^= data.draw(st.integers(1, 255))
    victim = max(n for n, start in enumerate(starts[:-1]) if start <= hurt)
    expected = found(clean)
    del expected[victim]
    assert found(bytes(damaged)) == expected


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.binary(max_size=60), st.data())
def test_noise_between_frames_is_passed_over(counts: list[int], noise: bytes, data: st.DataObject) -> None:
    clean, starts = file_of(counts)
    at = data.draw(st.sampled_from(starts))
    assert found(clean[:at] + noise + clean[at:]) == found(clean)


def test_a_record_that_contains_a_frame_is_never_taken_for_one() -> None:
    inner = encode(SALT ^ 1, Chunk(2, [b"forged"], [0], 6))
    hidden = encode(SALT, Chunk(1, [inner * 3], [0], 3 * len(inner)))
    after = encode(SALT, Chunk(2, [b"true"], [0], 4))
    assert found(hidden + after) == [(1, 2), (2, 3)]
    damaged = bytes([hidden[0] ^ 1]) + hidden[1:]
    assert found(damaged + after) == [(2, 3)], "not even when the frame around it is damaged"


def test_lengths_forged_by_a_record_are_not_followed() -> None:
    """A body full of headers that announce the rest of the file would cost its square in check sums."""
    checked = struct.pack("<IIIQ", 0, 1 << 20, 1, 2)
    forged = MAGIC + crc32c(checked).to_bytes(4, "little") + checked
    body = forged * (1 << 15)
    hidden = encode(SALT, Chunk(1, [body], [0], len(body)))
    after = encode(SALT, Chunk(2, [b"true"], [0], 4))
    reads: list[int] = []

    def read(n: int, at: int) -> bytes:
        reads.append(n)
        return (b"\0" + hidden[1:] + after)[at : at + n]

    assert [f.header.first for f in frames(read, SALT, len(hidden) + len(after), offset=0)] == [2]
    assert sum(reads) < 3 * len(hidden)


def test_a_magic_at_the_edge_of_the_window_is_found() -> None:
    frame = encode(SALT, Chunk(1, [b"x"], [0], 1))
    for shift in range(-6, 7):
        noise = bytes(WINDOW_BYTES + shift)
        assert found(noise + frame) == [(1, 2)]


def test_a_frame_longer_than_the_window_is_read_whole() -> None:
    data, _ = file_of([3], size=WINDOW_BYTES)
    assert found(data) == [(1, 4)]


def test_a_sequence_never_goes_back() -> None:
    data, _ = file_of([2, 2])
    assert found(data + data) == [(1, 3), (3, 5)]
    assert found(data, least=3) == [(3, 5)]


def test_an_unreadable_page_costs_the_frames_on_it_and_no_other() -> None:
    data, starts = file_of([1] * 400, size=100)
    bad = range(2 * PAGE_BYTES, 3 * PAGE_BYTES)

    def read(n: int, at: int) -> bytes:
        if at < bad.stop and at + n > bad.start:
            raise OSError(5, "Input/output error")
        return data[at : at + n]

    kept = {frame.header.first for frame in frames(read, SALT, len(data), offset=0)}
    hurt = {n for n, (a, b) in enumerate(pairwise(starts), 1) if a < bad.stop and b > bad.start}
    assert kept == set(range(1, 401)) - hurt


@given(st.binary(max_size=3000), st.integers(0, 1 << 32))
def test_noise_holds_no_frame_and_ends(noise: bytes, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [noise, MAGIC * chance.randrange(20), MAGIC + bytes(chance.randrange(HEADER.size))]
    assert found(b"".join(pieces)) == []
