"""A simulated Modbus device: four tables, the functions on them, and a meter's values. Never here: frames, sockets."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from random import Random

from nodes.codecs.modbus import pdu as codec
from nodes.codecs.modbus.values import write_number

READ_WRITE = 23
_TABLES = {function: table for table, function in codec.READ.items()}
SETPOINT, RUN = 20, 4
"""Address of the holding register, and of the coil, that are meant to be written."""


class Refused(Exception):
    """The device answers with this exception code."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


class ModbusDevice:
    """Registers and bits by table and address; what is not there is an illegal address. `on_write` hears each write."""

    def __init__(self, on_write: Callable[[str, int, int], None] = lambda table, address, value: None):
        self.tables: dict[codec.Table, dict[int, int]] = {"holding": {}, "input": {}, "coil": {}, "discrete": {}}
        self._on_write = on_write

    def put(self, table: codec.Table, address: int, registers: bytes) -> None:
        """Set registers from their big-endian bytes."""
        for place, (value,) in enumerate(struct.iter_unpack(">H", registers)):
            self.tables[table][address + place] = value

    def answer(self, request: bytes) -> bytes:
        """The answer to a request, an exception included."""
        function = request[0] if request else 0
        try:
            return bytes([function]) + self._do(function, request[1:])
        except Refused as refused:
            return bytes([function | codec.EXCEPTION_BIT, refused.code])
        except struct.error:
            return bytes([function | codec.EXCEPTION_BIT, codec.ILLEGAL_VALUE])

    def _do(self, function: int, body: bytes) -> bytes:
        if function in _TABLES:
            start, count = struct.unpack(">HH", body)
            return self._read(_TABLES[function], start, count)
        if function == codec.WRITE_COIL:
            address, value = struct.unpack(">HH", body)
            if value not in (0, 0xFF00):
                raise Refused(codec.ILLEGAL_VALUE)
            self._write("coil", address, [int(value > 0)])
            return body
        if function == codec.WRITE_REGISTER:
            address, value = struct.unpack(">HH", body)
            self._write("holding", address, [value])
            return body
        if function in (codec.WRITE_COILS, codec.WRITE_REGISTERS):
            return self._write_several(function, body)
        if function == READ_WRITE:
            start, count, first = struct.unpack(">HHH", body[:6])
            self._write("holding", first, [value for (value,) in struct.iter_unpack(">H", body[9:])])
            return self._read("holding", start, count)
        raise Refused(codec.ILLEGAL_FUNCTION)

    def _write_several(self, function: int, body: bytes) -> bytes:
        start, count, size = struct.unpack(">HHB", body[:5])
        data = body[5:]
        coils = function == codec.WRITE_COILS
        most = codec.MOST_WRITTEN_COILS if coils else codec.MOST_WRITTEN_REGISTERS
        wanted = (count + 7) // 8 if coils else count * 2
        if not 1 <= count <= most or size != wanted or len(data) != wanted:
            raise Refused(codec.ILLEGAL_VALUE)
        if coils:
            self._write("coil", start, [int(codec.bit_at(data, place)) for place in range(count)])
        else:
            self._write("holding", start, [value for (value,) in struct.iter_unpack(">H", data)])
        return body[:4]

    def _read(self, table: codec.Table, start: int, count: int) -> bytes:
        bits = table in ("coil", "discrete")
        if not 1 <= count <= (codec.MOST_BITS if bits else codec.MOST_REGISTERS):
            raise Refused(codec.ILLEGAL_VALUE)
        cells = self.tables[table]
        if any(address not in cells for address in range(start, start + count)):
            raise Refused(codec.ILLEGAL_ADDRESS)
        values = [cells[address] for address in range(start, start + count)]
        packed = codec.pack_bits([bool(value) for value in values]) if bits else struct.pack(f">{count}H", *values)
        return bytes([len(packed)]) + packed

    def _write(self, table: codec.Table, start: int, values: list[int]) -> None:
        cells = self.tables[table]
        if any(address not in cells for address in range(start, start + len(values))):
            raise Refused(codec.ILLEGAL_ADDRESS)
        for address, value in enumerate(values, start):
            cells[address] = value
            self._on_write(table, address, value)


class Meter:
    """An energy meter that also runs a heater: its points are described in `POINTS`."""

    POINTS = """points:
  - {name: temperature, address: 0, type: i16, scale: 0.1, unit: °C}
  - {name: energy, address: 10, type: f32, swap: word, table: input, unit: kWh}
  - {name: power, address: 12, type: f32, swap: word, table: input, unit: W}
  - {name: setpoint, address: 20, type: u16, scale: 0.1, unit: °C}
  - {name: running, address: 4, table: coil}"""

    def __init__(self, seed: int, device: ModbusDevice):
        self._random, self.device = Random(seed), device
        self._phase_s = self._random.uniform(0, 600)
        self._energy_kwh = self._random.uniform(100, 9000)
        self._last_s = 0.0
        tables = device.tables
        tables["holding"].update(dict.fromkeys((0, SETPOINT), 0))
        tables["holding"][SETPOINT] = 450
        tables["coil"][RUN] = 1
        tables["discrete"][0] = 1
        self.update(0.0)

    def update(self, now_s: float) -> None:
        """Its values at this moment, seconds after the start."""
        device, running = self.device, self.device.tables["coil"][RUN]
        power_w = running * (1500 + 400 * math.sin((now_s + self._phase_s) / 60) + self._random.gauss(0, 5))
        self._energy_kwh += max(0.0, power_w) * (now_s - self._last_s) / 3.6e6
        self._last_s = now_s
        wanted = device.tables["holding"][SETPOINT]
        near = wanted + 4 * math.sin((now_s + self._phase_s) / 45) if running else 200
        device.put("holding", 0, write_number(near, "i16"))
        device.put("input", 10, write_number(self._energy_kwh, "f32", "word"))
        device.put("input", 12, write_number(power_w, "f32", "word"))
