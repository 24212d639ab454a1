"""`s7_out`: write to a Siemens S7 controller, safely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from flowengine import Config, Example
from flowengine.config import OrTable, connection
from nodes.clients import extras
from nodes.connections.s7 import S7
from nodes.polling import s7_points as points_of
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.s7_points import S7Point
from nodes.writes.rules import Limits, WriteRules
from nodes.writes.rules import faults_of as faults_of_rules
from nodes.writes.sink import SafeSink

if TYPE_CHECKING:
    from nodes.clients.s7.target import Target


class WritablePlace(S7Point, Limits):
    """A place in the controller that may be written, within limits."""


class S7OutConfig(WriteRules):
    """Settings of `s7_out`."""

    connection: str = connection("s7")
    """The controller, which `s7_in` can share."""

    points: Annotated[list[WritablePlace], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What may be written: as in `s7_in`, with `min`, `max` and `min_interval`; or a CSV file beside the flow."""


class S7Out(SafeSink):
    """Write a map of values by the names of points. Each is journaled, then written at most once, then read back.

    What became of it leaves by `out`: `{point, value, result: written | refused | differs | no answer, old, read_back,
    reason}`. Nothing is written that is too old, out of range or forbidden by the interlock; nothing is written twice,
    also not after a crash.
    """

    config: S7OutConfig
    examples = (
        Example("A set-point within its range", "{connection: plc, "
                "points: [{name: speed, address: DB10.DBW20, type: i16, unit: 1/min, min: 0, max: 1500}]}"),
    )  # fmt: skip

    written = staticmethod(points_of.written)

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, S7OutConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        faults += faults_of_rules(config, config.points)
        for row, point in enumerate(config.points):
            if point.count > 1:
                faults.append((f"points.{row}.count", "an array is only read"))
            if point.place.area.name == "I":
                faults.append((f"points.{row}.address", f"{point.address} is an input, which is only read"))
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.S7.lacks()

    def target(self) -> Target:
        from nodes.clients.s7.target import Target

        plc = self.context.connection(self.config.connection, S7).plc
        return Target(plc, self._points, self.context.clock, self.config.read_back)
