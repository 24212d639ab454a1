"""`modbus_out`: write registers and coils of a Modbus device, safely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from flowengine import Config, Example
from flowengine.config import OrTable, connection
from flowengine.counts import count_of
from nodes.clients.modbus.target import Target
from nodes.connections.modbus import Modbus
from nodes.polling import modbus_points as points_of
from nodes.polling.modbus_points import ModbusPoint
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.writes.rules import Limits, WriteRules
from nodes.writes.rules import faults_of as faults_of_rules
from nodes.writes.sink import SafeSink


class WritablePoint(ModbusPoint, Limits):
    """A point that may be written, within limits."""


class ModbusOutConfig(WriteRules):
    """Settings of `modbus_out`."""

    connection: str = connection("modbus")
    """The bus, which `modbus_in` can share."""

    unit: int = Field(default=1, ge=0, le=255)
    """Address of the device on the bus."""

    points: Annotated[list[WritablePoint], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What may be written: as in `modbus_in`, with `min`, `max` and `min_interval`; or a CSV file beside
    the flow."""

    single: bool = False
    """For devices that know only functions 5 and 6 (one coil, one register)."""


class ModbusOut(SafeSink):
    """Write a map of values by the names of points. Each is journaled, then written at most once, then read back.

    What became of it leaves by `out`: `{point, value, result: written | refused | differs | no answer, old, read_back,
    reason}`. Nothing is written that is too old, out of range or forbidden by the interlock; nothing is written twice,
    also not after a crash.
    """

    config: ModbusOutConfig
    examples = (
        Example("A set-point within its range", "{connection: bus, unit: 3, "
                "points: [{name: setpoint, address: 20, scale: 0.1, unit: °C, min: 10, max: 60}]}"),
        Example("Only while the pressure is low", "{connection: bus, points: [{name: pump, address: 4, table: coil}], "
                "interlock: meta.p < 6, values: {p: {key: boiler/p, max_age: 5s}}}"),
    )  # fmt: skip

    written = staticmethod(points_of.written)

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ModbusOutConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        faults += faults_of_rules(config, config.points)
        for row, point in enumerate(config.points):
            if point.table in ("input", "discrete"):
                faults.append((f"points.{row}.table", f"{point.table} is only read; write to holding or coil"))
            elif point.kind == "bit":
                faults.append((f"points.{row}.type", "a bit of a register cannot be written without the others"))
            elif config.single and point.count > 1:
                faults.append(
                    (f"points.{row}.type", f"takes {count_of(point.count, 'register')}, functions 5 and 6 write one")
                )
        return faults

    def target(self) -> Target:
        config = self.config
        bus = self.context.connection(config.connection, Modbus).bus
        return Target(bus, config.unit, self._points, self.context.clock, config.read_back, config.single)
