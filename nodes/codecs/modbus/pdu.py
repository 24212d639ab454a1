"""Modbus requests and answers without their frames (MODBUS Application Protocol V1.1b3). Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from flowengine.counts import count_of

Table = Literal["holding", "input", "coil", "discrete"]

READ: dict[Table, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
MOST_REGISTERS, MOST_BITS = 125, 2000
"""What one read may ask for (6.1, 6.3)."""
MOST_WRITTEN_REGISTERS, MOST_WRITTEN_COILS = 123, 1968
EXCEPTION_BIT = 0x80

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4
GATEWAY_FAULTS = (10, 11)


class BadAnswer(ValueError):
    """Bytes that are no answer to this request."""


class ModbusRefusal(Exception):
    """The device answered with an exception: its code, and what the specification calls it (section 7)."""

    def __init__(self, code: int):
        super().__init__(f"exception {code}: {EXCEPTIONS.get(code, 'unknown')}")
        self.code = code


def read_request(table: Table, start: int, count: int) -> bytes:
    """Ask for `count` registers or bits from `start`, which counts from 0."""
    return struct.pack(">BHH", READ[table], start, count)


def write_coil_request(address: int, on: bool) -> bytes:
    """Switch one coil (6.5)."""
    return struct.pack(">BHH", WRITE_COIL, address, 0xFF00 if on else 0)


def write_registers_request(start: int, registers: bytes, several: bool = True) -> bytes:
    """Write registers given as big-endian bytes: function 16, or 6 for a device that only knows single ones."""
    if not several:
        if len(registers) != 2:
            raise ValueError("function 6 writes one register")
        return struct.pack(">BH", WRITE_REGISTER, start) + registers
    return struct.pack(">BHHB", WRITE_REGISTERS, start, len(registers) // 2, len(registers)) + registers


def write_coils_request(start: int, bits: Sequence[bool]) -> bytes:
    """Switch several coils (6.11)."""
    packed = pack_bits(bits)
    return struct.pack(">BHHB", WRITE_COILS, start, len(bits), len(packed)) + packed


def read_answer(request: bytes, answer: bytes) -> bytes:
    """The registers (big-endian) or packed bits that `answer` brings to a read.

    Raises `ModbusRefusal` for an exception answer and `BadAnswer` for what is none to this request.
    """
    _check_function(request, answer)
    function, _, count = struct.unpack(">BHH", request)
    wanted = (count + 7) // 8 if function <= READ["discrete"] else count * 2
    if len(answer) != 2 + wanted or answer[1] != wanted:
        raise BadAnswer(f"{count_of(len(answer) - 2, 'byte')} of data, {wanted} were asked for")
    return answer[2:]


def write_answer(request: bytes, answer: bytes) -> None:
    """Return when `answer` says that the write was done. Raises `ModbusRefusal` or `BadAnswer`."""
    _check_function(request, answer)
    if answer != request[:5]:
        raise BadAnswer("the answer speaks of another write")


def answer_bytes(request: bytes) -> int:
    """How long the answer to this request is when it is no exception."""
    function = request[0]
    if function in READ.values():
        count = int.from_bytes(request[3:5], "big")
        return 2 + ((count + 7) // 8 if function <= READ["discrete"] else count * 2)
    return 5


def pack_bits(bits: Sequence[bool]) -> bytes:
    """Bits as Modbus packs them: the first in the lowest place of the first byte."""
    return sum(bit << place for place, bit in enumerate(bits)).to_bytes((len(bits) + 7) // 8, "little")


def bit_at(packed: bytes, place: int) -> bool:
    """The bit at `place` of packed bits."""
    return bool(packed[place >> 3] >> (place & 7) & 1)


def _check_function(request: bytes, answer: bytes) -> None:
    if len(answer) < 2:
        raise BadAnswer("too short")
    if answer[0] == request[0] | EXCEPTION_BIT:
        raise ModbusRefusal(answer[1])
    if answer[0] != request[0]:
        raise BadAnswer(f"function {answer[0]} instead of {request[0]}")
