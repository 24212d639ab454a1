"""`snmp_in`: read objects of an SNMP agent again and again, one by one, below an OID, or as a table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message
from flowengine.config import OrTable, connection
from nodes.clients import extras
from nodes.connections.snmp import Snmp
from nodes.polling import snmp_points as points_of
from nodes.polling.blocks import ReadPlan
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.readings import Readings, readings_of
from nodes.polling.schedule import Cycle
from nodes.polling.snmp_points import SnmpPoint
from nodes.polling.source import Poller, PollingSource

SHORTEST_S = 0.1


class SnmpInConfig(Config):
    """Settings of `snmp_in`."""

    connection: str = connection("snmp")
    """The device."""

    every: Duration = 10.0
    """Time from one reading to the next."""

    points: Annotated[list[SnmpPoint], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What to read: `{name, address}`, with `scale`, `offset` and `unit` where needed; or a CSV file beside the flow
    with these columns."""

    read: Literal["get", "walk", "table"] = "get"
    """`get` the objects themselves; `walk` over what is below each, which is then a map by index; or the same as a
    `table`, whose columns are the points: the payload is a list of rows with `index`."""

    each: bool = False
    """A message for each point instead of one with all: payload `{value}`, in meta `point`, `unit`, `quality`."""

    topic: str = ""
    """Topic of the messages."""


class SnmpIn(PollingSource):
    """Each reading is a message: a map of the points that came, and in `meta.bad` why the others did not.

    Octets that are text come as text, others as bytes; counters as they are. A device
    that does not answer gives readings without values, never old ones.
    """

    config: SnmpInConfig
    examples = (
        Example("How long a device has been up", "{connection: switch, "
                "points: [{name: uptime, address: 1.3.6.1.2.1.1.3.0, scale: 0.01, unit: s}]}"),
        Example("Interfaces as a table", "{connection: switch, read: table, every: 30s, points: ["
                "{name: port, address: 1.3.6.1.2.1.2.2.1.2}, {name: octets_in, address: 1.3.6.1.2.1.2.2.1.10}]}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SnmpInConfig)
        faults = faults_of(config.points)
        if config.every < SHORTEST_S:
            faults.append(("every", f"at least {SHORTEST_S} s"))
        if config.read == "table" and config.each:
            faults.append(("each", "a table is one message"))
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.SNMP.lacks()

    def polled(self) -> tuple[Poller, Hashable, ReadPlan]:
        from nodes.clients.snmp.poller import UNIT, plan_of

        plan = plan_of([point.address for point in self.config.points], self.config.read != "get")
        return self.context.connection(self.config.connection, Snmp).poller, UNIT, plan

    def received(self, message: Message) -> Message:
        if self.config.read == "table" and isinstance(message.payload, list):
            return message.with_meta(bad={}).replace(topic=message.topic or self.config.topic)
        return super().received(message)

    def messages(self, readings: Readings, topic: str, time_ns: int) -> list[Message]:
        made = super().messages(readings, topic, time_ns)
        if self.config.read == "table":
            made = [message.with_payload(points_of.rows_of(message.payload)) for message in made]
        return made

    def readings(self, cycle: Cycle) -> Readings:
        return readings_of(cycle, self.config.points, points_of.read)
