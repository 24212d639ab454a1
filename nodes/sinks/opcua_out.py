"""`opcua_out`: write variables of an OPC UA server, safely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from flowengine import Config, Example
from flowengine.config import OrTable, connection
from nodes.clients import extras
from nodes.connections.opcua import OpcUa
from nodes.polling import opcua_points as points_of
from nodes.polling.opcua_points import OpcUaPoint
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.writes.rules import Limits, WriteRules
from nodes.writes.rules import faults_of as faults_of_rules
from nodes.writes.sink import SafeSink

if TYPE_CHECKING:
    from nodes.clients.opcua.target import Target


class WritableNode(OpcUaPoint, Limits):
    """A variable that may be written, within limits."""


class OpcUaOutConfig(WriteRules):
    """Settings of `opcua_out`."""

    connection: str = connection("opcua")
    """The session, which `opcua_in` can share."""

    points: Annotated[list[WritableNode], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What may be written: as in `opcua_in`, with `min`, `max` and `min_interval`; or a CSV file beside
    the flow."""


class OpcUaOut(SafeSink):
    """Write a map of values by the names of points. Each is journaled, then written at most once, then read back.

    What became of it leaves by `out`: `{point, value, result: written | refused | differs | no answer, old, read_back,
    reason}`. Nothing is written that is too old, out of range or forbidden by the interlock; nothing is written twice,
    also not after a crash.
    """

    config: OpcUaOutConfig
    examples = (
        Example("A set-point within its range", "{connection: machine, "
                "points: [{name: speed, address: 'ns=2;s=Line1.Speed', unit: 1/min, min: 0, max: 1500}]}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, OpcUaOutConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        faults += faults_of_rules(config, config.points)
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.OPCUA.lacks()

    def target(self) -> Target:
        from nodes.clients.opcua.target import Target

        session = self.context.connection(self.config.connection, OpcUa).session
        addresses = {point.name: point.address for point in self.config.points}
        return Target(session, self._points, addresses, self.context.clock, self.config.read_back)
