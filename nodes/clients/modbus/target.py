"""A Modbus unit that is written to: the old value, one write, the read-back. Never here: journal, order, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.clock import Clock
from nodes.clients.modbus.bus import Bus
from nodes.clients.modbus.exchange import NoAnswer
from nodes.clients.modbus.line import LineAway, LineLost
from nodes.codecs.modbus import pdu
from nodes.polling import modbus_points as points_of
from nodes.polling.blocks import Block
from nodes.polling.modbus_points import ModbusPoint
from nodes.writes.journal import NO_ANSWER, REFUSED, WRITTEN, Write
from nodes.writes.read_back import Shown, read_back

_SILENT = "no answer"


class Target:
    """Points of one unit, by name. `read_back_s` is how long the device may take to show a new value; None: no look."""

    def __init__(
        self,
        bus: Bus,
        unit: int,
        points: Mapping[str, ModbusPoint],
        clock: Clock,
        read_back_s: float | None,
        single: bool,
    ):
        self._bus, self._unit, self._points, self._clock = bus, unit, points, clock
        self._read_back_s, self._single = read_back_s, single

    async def write(self, write: Write) -> None:
        """Write once and say in `write` what became of it."""
        point = self._points[write.point]
        data = points_of.written(point, write.value)
        try:
            write.old = await self._read(point)
        except (LineAway, NoAnswer) as fault:
            write.result, write.reason = REFUSED, f"not connected: {fault}" if str(fault) else _SILENT
            return
        except (pdu.ModbusRefusal, ValueError):
            pass  # a register that can be written need not be readable
        write.result, write.reason = await self._send(points_of.write_request(point, data, self._single))
        if write.result == WRITTEN and self._read_back_s is not None:
            await self._look(point, data, write, self._read_back_s)

    async def _send(self, request: bytes) -> tuple[str, str]:
        try:
            pdu.write_answer(request, await self._bus.ask(self._unit, request))
        except (LineLost, NoAnswer) as fault:
            return NO_ANSWER, str(fault) or _SILENT
        except LineAway as away:
            return REFUSED, f"not connected: {away}"
        except pdu.ModbusRefusal as refusal:
            return REFUSED, str(refusal)
        except pdu.BadAnswer as fault:
            return NO_ANSWER, f"bad answer: {fault}"
        return WRITTEN, ""

    async def _look(self, point: ModbusPoint, data: bytes, write: Write, within_s: float) -> None:
        wanted = points_of.read(point, _block(point), point.address, data)

        async def show() -> Shown:
            found = await self._read(point)
            return Shown(found, found == wanted)

        faults = (LineAway, NoAnswer, pdu.ModbusRefusal, ValueError)
        await read_back(write, show, lambda fault: str(fault) or _SILENT, faults, self._clock, within_s, "device")

    async def _read(self, point: ModbusPoint) -> Any:
        request = pdu.read_request(point.table, point.address, point.count)
        data = pdu.read_answer(request, await self._bus.ask(self._unit, request))
        return points_of.read(point, _block(point), point.address, data)


def _block(point: ModbusPoint) -> Block:
    return Block((points_of.span(point, 0),))
