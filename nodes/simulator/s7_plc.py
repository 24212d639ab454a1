"""A simulated S7 controller: python-snap7's server with bits that are bits, faults, a ledger, and a press in DB10."""

from __future__ import annotations

import logging
import math
import struct
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

from snap7.datatypes import S7Area, S7WordLen
from snap7.server import Server
from snap7.type import SrvArea

from nodes.codecs.modbus.values import write_number
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

DB, DB_BYTES = 10, 100
LATE_S = 3.0
logging.getLogger("snap7").setLevel(logging.CRITICAL)  # what happens is in the ledger

POINTS = """points:
  - {name: temperature, address: DB10.DBD0, type: f32, unit: °C}
  - {name: pressure, address: DB10.DBD4, type: f32, unit: bar}
  - {name: strokes, address: DB10.DBD8, type: i32}
  - {name: speed, address: DB10.DBW20, type: i16, unit: 1/min}
  - {name: running, address: DB10.DBX22.0}
  - {name: order, address: DB10.DBB24, type: text, length: 20}"""


class SimulatedPlc(Server):
    """Serves its blocks, with faults. `on_write` hears (DB number, byte, bytes) of each write.

    It runs in threads of the library; whoever changes `block` from outside changes it at once.
    """

    def __init__(self, switches: Switches, ledger: Ledger, now_s: Callable[[], float]):
        super().__init__(log=False)
        self.block = bytearray(DB_BYTES)
        self.on_write: Callable[[int, int, bytes], None] = lambda db, byte, data: None
        self.delay_s = 0.0
        """How much later it answers, for whoever drives it."""

        self.requests = 0
        self._switches, self._ledger, self._now_s = switches, ledger, now_s
        self._asking = threading.Lock()
        self.register_area(SrvArea.DB, DB, self.block)
        self.register_area(SrvArea.MK, 0, bytearray(100))
        self.register_area(SrvArea.PE, 0, bytearray(16))
        self.register_area(SrvArea.PA, 0, bytearray(16))

    def _process_request(self, request_data: bytes, client_address: tuple[str, int]) -> bytes | None:
        self.requests += 1
        if self._happens("silent"):
            return None
        if self._happens("hang_up"):
            raise ConnectionResetError("as the faults say")
        if delay_s := LATE_S if self._happens("late") else self.delay_s:
            time.sleep(delay_s)
        answer: bytes | None = super()._process_request(request_data, client_address)
        return answer[: len(answer) // 2] if answer and self._happens("half_answer") else answer

    def _parse_address_specification(self, addr_spec: bytes) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._parse_address_specification(addr_spec)
        return parsed | {"bit": addr_spec[11] & 7}

    def _parse_write_address(self, request: dict[str, Any]) -> tuple[S7Area, int, int, int, bytearray] | None:
        found: tuple[S7Area, int, int, int, bytearray] | None = super()._parse_write_address(request)
        place = request["parameters"].get("address_spec", {})
        if found is None or place.get("word_len") != S7WordLen.BIT:
            return found
        area, number, start, count, data = found  # the library would write the whole byte
        held = self.memory_areas.get((area, number), bytearray())
        byte, mask = held[start] if start < len(held) else 0, 1 << place["bit"]
        return area, number, start, count, bytearray([byte | mask if data[0] else byte & ~mask])

    def _write_to_memory_area(self, area: S7Area, db_number: int, start: int, write_data: bytearray) -> bool:
        done: bool = super()._write_to_memory_area(area, db_number, start, write_data)
        if done:
            self._ledger.enter("write", db=db_number, byte=start, bytes=bytes(write_data).hex())
            self.on_write(db_number, start, bytes(write_data))
        return done

    def _happens(self, name: str) -> bool:
        with self._asking:  # each client has a thread
            if self._switches.happens(name, self._now_s()):
                self._ledger.enter(name)
                return True
            return False


class Press:
    """A press whose values move in the block of a controller: its points are described in `POINTS`."""

    def __init__(self, seed: int, block: bytearray):
        self._random, self._block = Random(seed), block
        self._phase_s = self._random.uniform(0, 600)
        self._strokes = float(self._random.randint(1000, 90_000))
        self._last_s = 0.0
        struct.pack_into(">h", block, 20, 900)
        block[22] = 1
        block[24:46] = bytes([20, 5]) + b"A4711".ljust(20, b"\0")
        self.update(0.0)

    def update(self, now_s: float) -> None:
        """Its values at this moment, seconds after the start."""
        speed, runs = struct.unpack_from(">h", self._block, 20)[0], self._block[22] & 1
        self._strokes += runs * max(0, speed) * (now_s - self._last_s) / 60
        self._last_s = now_s
        warm = 40 + speed / 100 * runs + 3 * math.sin((now_s + self._phase_s) / 50)
        pressure = runs * (6.2 + 0.4 * math.sin((now_s + self._phase_s) / 9) + self._random.gauss(0, 0.02))
        self._block[0:4] = write_number(round(warm, 2), "f32")
        self._block[4:8] = write_number(round(max(0.0, pressure), 3), "f32")
        self._block[8:12] = write_number(int(self._strokes) % 2**31, "i32")
