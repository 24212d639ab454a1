"""A controller that is written to: the old value, one write, the read-back. Never here: journal, order, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.clock import Clock
from nodes.clients.s7.plc import Plc
from nodes.clients.s7.session import PlcAway, PlcLost, PlcRefusal
from nodes.polling import s7_points as points_of
from nodes.polling.blocks import Block
from nodes.polling.s7_points import S7Point
from nodes.writes.journal import NO_ANSWER, REFUSED, WRITTEN, Write
from nodes.writes.read_back import Shown, read_back


class Target:
    """Points by name. `read_back_s` is how long the controller may take to show a new value; None: no look."""

    def __init__(self, plc: Plc, points: Mapping[str, S7Point], clock: Clock, read_back_s: float | None):
        self._plc, self._points, self._clock, self._read_back_s = plc, points, clock, read_back_s

    async def write(self, write: Write) -> None:
        """Write once and say in `write` what became of it."""
        point = self._points[write.point]
        data = points_of.written(point, write.value)
        try:
            held = await self._bytes(point)
            if fault := points_of.fault_of_held(point, held):
                write.result, write.reason = REFUSED, fault
                return
            write.old = points_of.read(point, _block(point), point.place.byte, held)
        except PlcAway as away:
            write.result, write.reason = REFUSED, f"not connected: {away}"
            return
        except PlcRefusal as refusal:
            write.result, write.reason = REFUSED, str(refusal)
            return
        except ValueError:
            pass  # what lies there is no value of this type; it may be written all the same
        write.result, write.reason = await self._send(point, data)
        if write.result == WRITTEN and self._read_back_s is not None:
            await self._look(point, self._value_of(point, data), write, self._read_back_s)

    async def _send(self, point: S7Point, data: bytes | bool) -> tuple[str, str]:
        place = point.place
        try:
            if isinstance(data, bool):
                await self._plc.ask(lambda plc: plc.write_bit(place.area, place.byte, place.bit, data))
            else:
                await self._plc.ask(lambda plc: plc.write(place.area, place.byte, data))
        except PlcLost as lost:
            return NO_ANSWER, str(lost)
        except PlcAway as away:
            return REFUSED, f"not connected: {away}"
        except PlcRefusal as refusal:
            return REFUSED, str(refusal)
        return WRITTEN, ""

    async def _look(self, point: S7Point, wanted: Any, write: Write, within_s: float) -> None:
        async def show() -> Shown:
            found = await self._read(point)
            return Shown(found, found == wanted)

        await read_back(write, show, str, (PlcAway, PlcRefusal, ValueError), self._clock, within_s, "controller")

    async def _read(self, point: S7Point) -> Any:
        return points_of.read(point, _block(point), point.place.byte, await self._bytes(point))

    async def _bytes(self, point: S7Point) -> bytes:
        place = point.place
        return await self._plc.ask(lambda plc: plc.read(place.area, place.byte, point.bytes))

    def _value_of(self, point: S7Point, data: bytes | bool) -> Any:
        return data if isinstance(data, bool) else points_of.read(point, _block(point), point.place.byte, data)


def _block(point: S7Point) -> Block:
    return Block((points_of.span(point, 0),))
