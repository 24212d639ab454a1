"""`s7_in`: read points of a Siemens S7 controller again and again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated

from pydantic import Field

from flowengine import Config, Duration, Example
from flowengine.config import OrTable, connection
from nodes.clients import extras
from nodes.connections.s7 import S7
from nodes.polling import s7_points as points_of
from nodes.polling.blocks import ReadPlan, blocks
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.readings import Readings, readings_of
from nodes.polling.s7_points import S7Point
from nodes.polling.schedule import Cycle
from nodes.polling.source import Poller, PollingSource

SHORTEST_S = 0.01


class S7InConfig(Config):
    """Settings of `s7_in`."""

    connection: str = connection("s7")
    """The controller."""

    every: Duration = 1.0
    """Time from one reading to the next."""

    points: Annotated[list[S7Point], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What to read: `{name, address, type}`, with `scale`, `offset` and `unit` where needed; or a CSV file beside the
    flow with these columns."""

    each: bool = False
    """A message for each point instead of one with all: payload `{value}`, in meta `point`, `unit`, `quality`."""

    max_gap: int = Field(default=16, ge=0, le=200, json_schema_extra={"x-unit": "B"})
    """Read over so many bytes that nobody asked for, rather than ask twice."""

    topic: str = ""
    """Topic of the messages."""


class S7In(PollingSource):
    """Each reading is a message: a map of the points that came, and in `meta.bad` why the others did not.

    What lies beside each other is read together; a point that the controller refuses is found, named and left out. A
    controller that does not answer gives readings without values, never old ones.
    """

    config: S7InConfig
    examples = (
        Example("A machine", "{connection: plc, every: 500ms, points: ["
                "{name: t, address: DB10.DBD4, type: f32, unit: °C}, {name: run, address: DB10.DBX0.0}]}"),
        Example("A message for each point", "{connection: plc, each: true, "
                "points: [{name: count, address: MW20, type: i16}, {name: door, address: I0.1}]}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, S7InConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        if config.every < SHORTEST_S:
            faults.append(("every", f"at least {SHORTEST_S} s"))
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.S7.lacks()

    def polled(self) -> tuple[Poller, Hashable, ReadPlan]:
        from nodes.clients.s7.plc import UNIT

        spans = [points_of.span(point, row) for row, point in enumerate(self.config.points)]
        plan = ReadPlan(blocks(spans, self.config.max_gap, points_of.MOST_BYTES))
        return self.context.connection(self.config.connection, S7).plc, UNIT, plan

    def readings(self, cycle: Cycle) -> Readings:
        return readings_of(cycle, self.config.points, points_of.read)
