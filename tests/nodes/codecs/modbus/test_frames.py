"""Frames of Modbus: cut anywhere they are found, late ones are told from those that are waited for."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.crc.check import crc
from nodes.codecs.modbus.frames import MbapFraming, RtuFraming
from nodes.codecs.modbus.pdu import read_request

CRC = crc("crc-16/modbus")
READ = read_request("holding", 0, 4)
ANSWER = bytes([3, 8]) + bytes(range(8))


def mbap(transaction: int, unit: int, pdu: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def rtu(unit: int, pdu: bytes) -> bytes:
    return CRC.append(bytes([unit]) + pdu, "little")


def test_a_request_on_tcp_is_the_frame_of_the_specification() -> None:
    assert MbapFraming().request(17, read_request("holding", 107, 3)).hex() == "0001000000061103006b0003"


def test_a_request_on_a_serial_line_ends_with_its_crc() -> None:
    assert RtuFraming().request(17, read_request("holding", 107, 3)).hex() == "1103006b00037687"


@given(st.lists(st.integers(1, 20), max_size=12))
def test_an_answer_is_found_however_it_is_cut(cuts: list[int]) -> None:
    for framing, answer in ((MbapFraming(), mbap(1, 3, ANSWER)), (RtuFraming(), rtu(3, ANSWER))):
        framing.request(3, READ)
        found, at = [], 0
        for cut in [*cuts, len(answer)]:
            found.append(framing.feed(answer[at : at + cut]))
            at += cut
        assert [each for each in found if each is not None] == [ANSWER]
        assert (framing.late, framing.noise_bytes) == (0, 0)


def test_a_late_answer_on_tcp_is_dropped_and_counted() -> None:
    framing = MbapFraming()
    framing.request(3, READ)
    framing.give_up()
    framing.request(3, READ)
    assert framing.feed(mbap(1, 3, ANSWER)) is None
    assert framing.late == 1
    assert framing.feed(mbap(2, 3, ANSWER)) == ANSWER


def test_a_late_answer_on_a_serial_line_is_not_taken_for_another_units() -> None:
    framing = RtuFraming()
    framing.request(3, READ)
    framing.give_up()
    framing.request(4, READ)
    assert framing.feed(rtu(3, ANSWER)) is None
    assert framing.feed(rtu(4, ANSWER[:2] + b"87654321")) == ANSWER[:2] + b"87654321"
    assert framing.late == 1


def test_what_came_before_a_request_is_no_answer_to_it() -> None:
    framing = RtuFraming()
    framing.request(3, READ)
    framing.give_up()
    assert framing.feed(rtu(3, ANSWER)) is None
    framing.request(3, READ)
    assert framing.late == 1
    assert framing.feed(b"") is None


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_noise_is_counted_and_never_grows(before: bytes, more: bytes) -> None:
    for framing in (MbapFraming(), RtuFraming()):
        framing.request(3, READ)
        for _ in range(20):
            framing.feed(before)
            framing.feed(more)
        assert len(framing._buffer) <= 600


@given(st.binary(min_size=1, max_size=30).filter(lambda noise: 3 not in noise))
def test_behind_noise_the_answer_is_still_found(noise: bytes) -> None:
    framing = RtuFraming()
    framing.request(3, READ)
    assert framing.feed(noise + rtu(3, ANSWER)) == ANSWER


def test_an_exception_is_an_answer() -> None:
    framing = RtuFraming()
    framing.request(3, READ)
    assert framing.feed(rtu(3, bytes([0x83, 2]))) == bytes([0x83, 2])


def test_another_protocol_on_the_socket_is_noise() -> None:
    framing = MbapFraming()
    framing.request(3, READ)
    assert framing.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n") is None
    assert framing.noise_bytes == 28
