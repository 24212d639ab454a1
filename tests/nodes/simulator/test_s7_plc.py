"""The simulated S7 controller: a press that moves, bits that are bits, writes in the ledger."""

from __future__ import annotations

import json
import struct
from random import Random

from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.s7_plc import Press, SimulatedPlc


def test_the_press_warms_up_with_its_speed_and_counts_its_strokes() -> None:
    block = bytearray(100)
    press = Press(1, block)
    read = lambda: struct.unpack_from(">ffi", block)  # noqa: E731
    fast, _, strokes = read()
    struct.pack_into(">h", block, 20, 0)
    press.update(60.0)
    slow, _, after = read()
    assert fast > slow + 5 and after == strokes
    struct.pack_into(">h", block, 20, 600)
    press.update(120.0)
    assert read()[2] == after + 600


def test_the_same_seed_gives_the_same_press() -> None:
    blocks = [bytearray(100), bytearray(100), bytearray(100)]
    for seed, block in zip((1, 1, 2), blocks, strict=True):
        Press(seed, block).update(5.0)
    assert blocks[0] == blocks[1] != blocks[2]


def test_what_is_written_stands_in_the_ledger() -> None:
    lines: list[bytes] = []
    plc = SimulatedPlc(Switches({}, Random(1)), Ledger(lines.append, lambda: 1.5), lambda: 1.5)
    [(area, number)] = [key for key in plc.memory_areas if key[1] == 10]
    assert plc._write_to_memory_area(area, number, 4, bytearray(b"\x01\x02"))
    assert not plc._write_to_memory_area(area, number, 200, bytearray(b"\x01"))
    [entry] = [json.loads(line) for line in lines]
    assert (entry["what"], entry["db"], entry["byte"], entry["bytes"]) == ("write", 10, 4, "0102")
