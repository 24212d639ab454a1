"""`opcua_in`: values of an OPC UA server, as they change or again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Outlet
from flowengine.asking import AskingSource
from flowengine.config import OrTable, connection
from nodes.clients import extras
from nodes.connections.opcua import OpcUa
from nodes.polling import opcua_points as points_of
from nodes.polling.opcua_points import OpcUaPoint
from nodes.polling.points import MOST_POINTS, faults_of
from nodes.polling.readings import BAD, UNCERTAIN, Readings
from nodes.queues.source_queue import SourceQueue

if TYPE_CHECKING:
    from nodes.clients.opcua.values import Reading

SHORTEST_S = 0.01
WAITING = 1000


class OpcUaInConfig(Config):
    """Settings of `opcua_in`."""

    connection: str = connection("opcua")
    """The session."""

    points: Annotated[list[OpcUaPoint], OrTable()] = Field(min_length=1, max_length=MOST_POINTS)
    """What to watch: `{name, address}`, with `scale`, `offset` and `unit` where needed; or a CSV file beside the
    flow with these columns."""

    every: Duration = 1.0
    """How often the server reports changes, or with `poll` the time from one reading to the next."""

    poll: bool = False
    """Read all points again and again instead of subscribing to their changes."""

    deadband: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Changes of numbers that are not larger are not reported by the server."""

    each: bool = False
    """A message for each point instead of one with all: payload `{value}`, in meta `point`, `unit`, `quality`."""

    topic: str = ""
    """Topic of the messages."""


class OpcUaIn(AskingSource):
    """Messages with the points that changed, by name, with the device's time; in `meta.bad` why others have no value.

    After a loss everything is subscribed anew by itself. What was known before the loss is told as bad, never as fresh.
    """

    config: OpcUaInConfig
    examples = (
        Example("A machine's values as they change", "{connection: machine, every: 500ms, "
                "points: [{name: t, address: 'ns=2;s=Line1.Temp', unit: °C}]}"),
        Example("Read every ten seconds", "{connection: machine, poll: true, every: 10s, "
                "points: [{name: count, address: 'ns=2;i=1001'}]}"),
    )  # fmt: skip

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def looked_at(cls, config: Config) -> Config:
        return config.model_copy(update={"each": False, "poll": True})

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, OpcUaInConfig)
        faults = [*faults_of(config.points), *points_of.faults_of(config.points)]
        if config.every < SHORTEST_S:
            faults.append(("every", f"at least {SHORTEST_S} s"))
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.OPCUA.lacks()

    def start(self) -> None:
        self._by_name = {point.name: point for point in self.config.points}

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.opcua.watch import Watch

        config, session = self.config, self.context.connection(self.config.connection, OpcUa).session
        arrivals: SourceQueue[tuple[int, Mapping[str, Reading]]] = SourceQueue(WAITING)
        addresses = {point.name: point.address for point in config.points}
        watch = Watch(addresses, config.every, config.deadband, config.poll, lambda found: self._take(found, arrivals))
        try:
            await session.attach(watch)
            while True:
                for now_ns, found in await arrivals.take():
                    await emit(self._messages(found, config.topic, now_ns))
        finally:
            session.detach(watch)
            await watch.end()

    def received(self, message: Message) -> Message:
        if not isinstance(message.payload, dict):
            raise ValueError("payload is no map of points by name")
        if unknown := [name for name in message.payload if name not in self._by_name]:
            raise ValueError(f"{unknown[0]!r} is none of its points")
        made = Readings(dict(message.payload), {}).messages(self.config.points, self.config.each, {})
        if len(made) != 1:
            raise ValueError("with `each`, a test sends one point a message")
        return message.replace(payload=made[0][0], meta=made[0][1], topic=message.topic or self.config.topic)

    def _take(self, found: Mapping[str, Reading], arrivals: SourceQueue[tuple[int, Mapping[str, Reading]]]) -> None:
        if not arrivals.offer((self.context.clock.time_ns(), dict(found))):
            self.context.drop("flow is full", len(found))

    def _messages(self, found: Mapping[str, Reading], topic: str, now_ns: int) -> list[Message]:
        if self.config.each:
            return [m for name, one in found.items() for m in self._made({name: one}, topic, one.time_ns or now_ns)]
        return self._made(found, topic, max(one.time_ns for one in found.values()) or now_ns)

    def _made(self, found: Mapping[str, Reading], topic: str, time_ns: int) -> list[Message]:
        good = {name: self._scaled(name, one.value) for name, one in found.items() if one.quality != BAD}
        bad = {name: one.reason for name, one in found.items() if one.quality == BAD}
        uncertain = {name: one.reason for name, one in found.items() if one.quality == UNCERTAIN}
        points = [self._by_name[name] for name in found]  # not all: of thousands, one has changed
        made = Readings(good, bad, uncertain).messages(points, self.config.each, {})
        return [Message(payload, topic, time_ns, meta) for payload, meta in made]

    def _scaled(self, name: str, value: Any) -> Any:
        point = self._by_name[name]
        return point.value_of(value) if point.is_scaled and isinstance(value, int | float) else value
