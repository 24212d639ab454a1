"""`modbus_out`: write registers and coils of a Modbus device, safely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink
from flowengine.config import connection
from nodes.clients.modbus.target import Target
from nodes.connections.modbus import Modbus
from nodes.polling import modbus_points as points_of
from nodes.polling.modbus_points import ModbusPoint
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.writes.gate import Gate
from nodes.writes.journal import REFUSED, Write, WriteJournal
from nodes.writes.rules import Limits, WriteRules, out_of_range
from nodes.writes.rules import faults_of as faults_of_rules
from nodes.writes.writer import Writer


class WritablePoint(ModbusPoint, Limits):
    """A point that may be written, within limits."""


class ModbusOutConfig(WriteRules):
    """Settings of `modbus_out`."""

    connection: str = connection("modbus")
    """The bus, which `modbus_in` can share."""

    unit: int = Field(default=1, ge=0, le=255)
    """Address of the device on the bus."""

    points: list[WritablePoint] = Field(min_length=1, max_length=MOST_POINTS)
    """What may be written: as in `modbus_in`, with `min`, `max` and `min_interval`."""

    read_back: Duration | None = 1.0
    """How long the device may take to show the new value; null does not look."""

    single: bool = False
    """For devices that know only functions 5 and 6 (one coil, one register)."""


class ModbusOut(Sink):
    """Write a map of values by the names of points. Each is journaled, then written at most once, then read back.

    What became of it leaves by `out`: `{point, value, result: written | refused | differs | no answer, old, read_back,
    reason}`. Nothing is written that is too old, out of range or forbidden by the interlock; nothing is written twice,
    also not after a crash.
    """

    config: ModbusOutConfig
    outputs = ("out",)
    merge = 100
    examples = (
        Example("A set-point within its range", "{connection: bus, unit: 3, "
                "points: [{name: setpoint, address: 20, scale: 0.1, unit: °C, min: 10, max: 60}]}"),
        Example("Only while the pressure is low", "{connection: bus, points: [{name: pump, address: 4, table: coil}], "
                "interlock: meta.p < 6, values: {p: {key: boiler/p, max_age: 5s}}}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ModbusOutConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        faults += faults_of_rules(config, {f"points.{row}": point for row, point in enumerate(config.points)})
        for row, point in enumerate(config.points):
            if point.table in ("input", "discrete"):
                faults.append((f"points.{row}.table", f"{point.table} is only read; write to holding or coil"))
            elif point.kind == "bit":
                faults.append((f"points.{row}.type", "a bit of a register cannot be written without the others"))
            elif config.single and point.count > 1:
                faults.append((f"points.{row}.type", f"takes {point.count} registers, functions 5 and 6 write one"))
        return faults

    async def open(self) -> None:
        config, context = self.config, self.context
        self._points = {point.name: point for point in config.points}
        bus = context.connection(config.connection, Modbus).bus
        self._writer = Writer(
            WriteJournal(context.data_dir / "writes" / f"{context.node}.db"),
            Gate(config, self._points, context.rtdb, context.clock),
            Target(bus, config.unit, self._points, context.clock, config.read_back, config.single),
            context.clock, self._emit, context.log.warning,
        )  # fmt: skip
        await self._writer.open()

    async def close(self) -> None:
        await self._writer.close()

    async def write(self, messages: Messages) -> None:
        bad: dict[int, str] = {}
        writes: list[Write] = []
        for row, message in enumerate(messages):
            try:
                writes += self._asked(message)
            except ValueError as fault:
                bad[row] = str(fault)
        await self._writer.take(writes)
        if bad:
            raise Rejected(f"{len(bad)} ask for nothing that can be written", bad)

    def _asked(self, message: Message) -> list[Write]:
        if not isinstance(message.payload, dict) or not message.payload:
            raise ValueError("payload is no map of values by point")
        if unknown := [name for name in message.payload if name not in self._points]:
            raise ValueError(f"{unknown[0]!r} is none of its points")
        return [self._asked_of(self._points[name], value, message) for name, value in message.payload.items()]

    def _asked_of(self, point: WritablePoint, value: Any, message: Message) -> Write:
        write = Write(point=point.name, value=value, command=message)
        if reason := out_of_range(point, value):
            write.result, write.reason = REFUSED, reason
            return write
        try:
            points_of.written(point, value)
        except ValueError as fault:
            write.result, write.reason = REFUSED, str(fault)
        return write

    def _emit(self, message: Message, ack: Callable[[], None]) -> None:
        now_ns = self.context.clock.time_ns()
        self.context.emit((message.replace(id=self.context.next_id(), time_ns=now_ns, arrived_ns=now_ns),), ack=ack)
