"""`snmp_in`: read objects of an SNMP agent again and again, one by one, below an OID, or as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Outlet, Source
from flowengine.config import OrTable, connection
from nodes.connections.snmp import Snmp, missing
from nodes.polling import snmp_points as points_of
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.readings import Readings, readings_of
from nodes.polling.schedule import Cycle
from nodes.polling.snmp_points import SnmpPoint
from nodes.queues.source_queue import SourceQueue

SHORTEST_S = 0.1
WAITING_CYCLES = 100


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


class SnmpIn(Source):
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
    def gives_time(cls, config: Config) -> bool:
        return True

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
        return missing()

    def start(self) -> None:
        self._by_name = {point.name: point for point in self.config.points}

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.snmp.poller import UNIT, plan_of

        config = self.config
        poller = self.context.connection(config.connection, Snmp).poller
        plan = plan_of([point.address for point in config.points], config.read != "get")
        arrivals: SourceQueue[tuple[int, Cycle]] = SourceQueue(WAITING_CYCLES)
        poll = poller.poll(UNIT, config.every, plan, lambda cycle: self._take(cycle, arrivals))
        try:
            while True:
                for time_ns, cycle in await arrivals.take():
                    readings = readings_of(cycle, config.points, points_of.read)
                    await emit(self._messages(readings, config.topic, time_ns))
        finally:
            poller.stop(poll)

    def received(self, message: Message) -> Message:
        if self.config.read == "table" and isinstance(message.payload, list):
            return message.with_meta(bad={}).replace(topic=message.topic or self.config.topic)
        if not isinstance(message.payload, dict):
            raise ValueError("payload is no map of points by name")
        if unknown := [name for name in message.payload if name not in self._by_name]:
            raise ValueError(f"{unknown[0]!r} is none of its points")
        bad = {name: "not sent" for name in self._by_name if name not in message.payload}
        readings = Readings(dict(message.payload), bad)
        return self._messages(readings, message.topic or self.config.topic, message.time_ns)[0]

    def _take(self, cycle: Cycle, arrivals: SourceQueue[tuple[int, Cycle]]) -> None:
        if arrivals.full:  # the flow is held up: what cannot wait is said, not kept as if it were fresh
            self.context.drop("flow is full")
            return
        arrivals.put([(self.context.clock.time_ns(), cycle)])

    def _messages(self, readings: Readings, topic: str, time_ns: int) -> list[Message]:
        made = readings.messages(self.config.points, self.config.each, {})
        if self.config.read == "table":
            made = [(points_of.rows_of(payload), meta) for payload, meta in made]
        return [Message(payload, topic, time_ns, meta) for payload, meta in made]
