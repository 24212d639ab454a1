"""Frames of Modbus ASCII: found however they are cut, told from late ones and from noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.modbus.ascii_frames import AsciiFraming
from nodes.codecs.modbus.pdu import read_request

READ = read_request("holding", 107, 3)
ANSWER = bytes([3, 6]) + bytes(range(6))
LINE = b":110306000102030405D7\r\n"
DAMAGED = {
    "another sum": LINE.replace(b"D7", b"D8"), "no digit": LINE.replace(b"0304", b"03G4"),
    "no colon": LINE.replace(b":", b""), "too short": LINE[:-4] + b"\r\n", "empty": b":\r\n",
}  # fmt: skip
OTHERS = {
    "unit": b":120306000102030405D6\r\n", "length": b":11030400010203E2\r\n",
    "function": b":110406000102030405D6\r\n",
}  # fmt: skip


def asking(unit: int = 17) -> AsciiFraming:
    framing = AsciiFraming()
    framing.request(unit, READ)
    return framing


def test_a_request_is_the_frame_of_the_specification() -> None:
    assert AsciiFraming().request(17, READ) == b":1103006B00037E\r\n"


@given(st.lists(st.integers(1, 20), max_size=12))
def test_an_answer_is_found_however_it_is_cut(cuts: list[int]) -> None:
    framing, at, found = asking(), 0, []
    for cut in [*cuts, len(LINE)]:
        found.append(framing.feed(LINE[at : at + cut]))
        at += cut
    assert [each for each in found if each is not None] == [ANSWER]
    assert (framing.late, framing.noise_bytes) == (0, 0)


@given(st.binary(max_size=60))
def test_behind_noise_the_answer_is_still_found(noise: bytes) -> None:
    assert asking().feed(noise + LINE) == ANSWER


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED)
def test_a_line_that_is_damaged_is_noise(line: bytes) -> None:
    framing = asking()
    assert framing.feed(line) is None
    assert (framing.late, framing.noise_bytes) == (0, len(line))


@pytest.mark.parametrize("line", OTHERS.values(), ids=OTHERS)
def test_an_answer_of_another_unit_length_or_function_is_late(line: bytes) -> None:
    framing = asking()
    assert framing.feed(line) is None
    assert (framing.late, framing.noise_bytes) == (1, 0)


def test_an_answer_that_nobody_waits_for_is_late() -> None:
    framing = asking()
    framing.give_up()
    assert framing.feed(LINE) is None
    assert framing.late == 1


def test_an_exception_is_an_answer() -> None:
    assert asking().feed(b":1183026A\r\n") == bytes([0x83, 2])


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_noise_is_counted_and_never_grows(before: bytes, more: bytes) -> None:
    framing = asking()
    for _ in range(20):
        framing.feed(before)
        framing.feed(more)
    assert len(framing._buffer) <= 600
