"""`modbus_in`: read points of a Modbus device again and again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated

from pydantic import Field

from flowengine import Config, Duration, Example
from flowengine.config import OrTable, connection
from flowengine.counts import count_of
from nodes.codecs.modbus import pdu
from nodes.connections.modbus import Modbus
from nodes.polling import modbus_points as points_of
from nodes.polling.blocks import ReadPlan, blocks
from nodes.polling.modbus_points import BIT_TABLES, PROFILES, ModbusPoint
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.readings import Readings, readings_of
from nodes.polling.schedule import Cycle
from nodes.polling.source import Poller, PollingSource

SHORTEST_S = 0.01


class ModbusInConfig(Config):
    """Settings of `modbus_in`."""

    connection: str = connection("modbus")
    """The bus."""

    unit: int = Field(default=1, ge=0, le=255)
    """Address of the device on the bus."""

    every: Duration = 1.0
    """Time from one reading to the next."""

    points: Annotated[list[ModbusPoint], OrTable(PROFILES)] = Field(min_length=1, max_length=MOST_POINTS)
    """What to read: `{name, address, type}`, with `table`, `swap`, `scale`, `offset` and `unit` where needed; or a CSV
    file beside the flow with these columns, or the profile of a device, such as `eastron_sdm630`."""

    each: bool = False
    """A message for each point instead of one with all: payload `{value}`, in meta `point`, `unit`, `quality`."""

    max_gap: int = Field(default=8, ge=0, le=100)
    """Read over so many addresses that nobody asked for, rather than ask twice."""

    max_count: int = Field(default=pdu.MOST_REGISTERS, ge=1, le=pdu.MOST_REGISTERS)
    """Most registers of one request; some devices take fewer than the standard allows."""

    topic: str = ""
    """Topic of the messages."""


class ModbusIn(PollingSource):
    """Each reading is a message: a map of the points that came, and in `meta.bad` why the others did not.

    What lies beside each other is read together; a point that the device refuses is found, named and left out. A
    unit that does not answer gives readings without values, never old ones.
    """

    config: ModbusInConfig
    examples = (
        Example("A meter", "{connection: bus, unit: 3, every: 2s, "
                "points: [{name: e, address: 10, type: f32, swap: word, table: input, unit: kWh}]}"),
        Example("A meter by its profile", "{connection: bus, unit: 4, every: 5s, points: eastron_sdm630}"),
        Example("A message for each point", "{connection: bus, each: true, "
                "points: [{name: t, address: 0, scale: 0.1, unit: °C}, {name: on, address: 4, table: coil}]}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ModbusInConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        faults += [
            (f"points.{row}.type", f"takes {count_of(point.count, 'register')}, max_count is {config.max_count}")
            for row, point in enumerate(config.points)
            if point.count > config.max_count
        ]
        return [*faults, ("every", f"at least {SHORTEST_S} s")] if config.every < SHORTEST_S else faults

    @property
    def about(self) -> dict[str, int]:
        return {"unit_id": self.config.unit}

    def place(self, point: ModbusPoint) -> str:
        return f"{point.table} {point.address}"

    def polled(self) -> tuple[Poller, Hashable, ReadPlan]:
        spans = [points_of.span(point, place) for place, point in enumerate(self.config.points)]
        registers = [span for span in spans if span.table not in BIT_TABLES]
        bits = [span for span in spans if span.table in BIT_TABLES]
        config = self.config
        plan = ReadPlan(
            [
                *blocks(registers, config.max_gap, config.max_count),
                *blocks(bits, config.max_gap * 16, min(config.max_count * 16, pdu.MOST_BITS)),
            ]
        )
        return self.context.connection(config.connection, Modbus).bus, config.unit, plan

    def readings(self, cycle: Cycle) -> Readings:
        return readings_of(cycle, self.config.points, points_of.read)
