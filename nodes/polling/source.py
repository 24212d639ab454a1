"""What sources that poll points share: readings wait for the flow and become messages. Never here: a protocol."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol

from flowengine import Config, Message, Outlet
from flowengine.asking import AskingSource
from nodes.polling.blocks import ReadPlan
from nodes.polling.readings import Readings
from nodes.polling.schedule import Cycle, Poll
from nodes.queues.source_queue import SourceQueue

WAITING_CYCLES = 100


class Poller(Protocol):
    """Whoever asks a far side again and again."""

    def poll(self, unit: Hashable, every_s: float, plan: ReadPlan, on_cycle: Callable[[Cycle], None]) -> Poll:
        """Read the plan again and again until `stop`."""

    def stop(self, poll: Poll) -> None:
        """Read it no more."""


class PollingSource(AskingSource):
    """Its config has `every`, `points`, `each` and `topic`."""

    config: Any

    @property
    def about(self) -> Mapping[str, Any]:
        """What stands in the meta of each of its messages."""
        return {}

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def looked_at(cls, config: Config) -> Config:
        return config.model_copy(update={"each": False})

    @abstractmethod
    def polled(self) -> tuple[Poller, Hashable, ReadPlan]:
        """Who asks the far side, which unit of it, and for what."""

    @abstractmethod
    def readings(self, cycle: Cycle) -> Readings:
        """What came of the points in a cycle."""

    def place(self, point: Any) -> str:
        """Where a point lies, as people look for it in a manual."""
        return str(point.address)

    def start(self) -> None:
        self._by_name = {point.name: point for point in self.config.points}

    async def run(self, emit: Outlet) -> None:
        arrivals: SourceQueue[tuple[int, Cycle]] = SourceQueue(WAITING_CYCLES)
        poller, unit, plan = self.polled()
        poll = poller.poll(unit, self.config.every, plan, lambda cycle: self._take(cycle, arrivals))
        try:
            while True:
                for time_ns, cycle in await arrivals.take():
                    readings = self.readings(cycle)
                    poll.bad = {self._placed(name): why for name, why in readings.bad.items()}
                    await emit(self.messages(readings, self.config.topic, time_ns))
        finally:
            poller.stop(poll)

    def received(self, message: Message) -> Message:
        if not isinstance(message.payload, dict):
            raise ValueError("payload is no map of points by name")
        if unknown := [name for name in message.payload if name not in self._by_name]:
            raise ValueError(f"{unknown[0]!r} is none of its points")
        bad = {name: "not sent" for name in self._by_name if name not in message.payload}
        readings = Readings(dict(message.payload), bad)
        return self.messages(readings, message.topic or self.config.topic, message.time_ns)[0]

    def messages(self, readings: Readings, topic: str, time_ns: int) -> list[Message]:
        """One with all points, or one for each."""
        made = readings.messages(self.config.points, self.config.each, self.about)
        return [Message(payload, topic, time_ns, meta) for payload, meta in made]

    def _placed(self, name: str) -> str:
        return f"{name} ({self.place(self._by_name[name])})"

    def _take(self, cycle: Cycle, arrivals: SourceQueue[tuple[int, Cycle]]) -> None:
        if not arrivals.offer((self.context.clock.time_ns(), cycle)):
            self.context.drop("flow is full")  # it is held up: what cannot wait is said, not kept as if it were fresh
