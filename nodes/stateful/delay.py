"""`delay`: hold messages for a time."""

from collections import deque
from typing import ClassVar

from pydantic import PositiveInt

from flowengine import HOLD, Config, Duration, Emit, Example, Message, Messages, Stateful


class DelayConfig(Config):
    """Settings of `delay`."""

    also_called: ClassVar = dict.fromkeys(("time", "delay", "duration", "seconds"), "for")

    for_: Duration
    """How long each message is held."""

    capacity: PositiveInt = 100_000
    """Most messages held; beyond it the oldest leave early, and are counted."""


class Delay(Stateful):
    """Pass each message on later, in order. Held messages are not acknowledged; at the end of the flow they leave."""

    config: DelayConfig
    category = "logic"
    durable_state = False
    holds = True
    examples = (Example("Five seconds later", "for: 5s"),)

    def start(self) -> None:
        self._held: deque[tuple[float, Message]] = deque()

    def process(self, messages: Messages, now_s: float) -> Emit:
        due_s = now_s + self.config.for_
        self._held.extend((due_s, message) for message in messages)
        excess = len(self._held) - self.config.capacity
        if excess <= 0:
            return HOLD
        self.context.count("early", excess)
        return self._leave(excess)

    def wake_at_s(self) -> float | None:
        return self._held[0][0] if self._held else None

    def on_time(self, now_s: float) -> Emit:
        return self._leave(sum(1 for due_s, _ in self._held if due_s <= now_s))

    def flush(self, now_s: float) -> Emit:
        return self._leave(len(self._held))

    def _leave(self, count: int) -> Emit:
        return Emit([self._held.popleft()[1] for _ in range(count)], count) if count else HOLD
