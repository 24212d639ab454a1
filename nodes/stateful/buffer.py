"""`buffer`: collect messages, pass them on together."""

from pydantic import PositiveInt

from flowengine import HOLD, Config, Duration, Emit, Example, Message, Messages, Stateful


class BufferConfig(Config):
    """Settings of `buffer`."""

    count: PositiveInt = 1000
    """Pass on when this many messages wait."""

    every: Duration = 1.0
    """Pass on this long after the first waiting message arrived."""


class Buffer(Stateful):
    """Collect messages until enough wait, or the oldest has waited long enough."""

    config: BufferConfig
    durable_state = False
    examples = (Example("Pairs", "count: 2", given=[1, 2, 3], gives=[1, 2]),)

    def start(self) -> None:
        self._waiting: list[Message] = []
        self._deadline_s: float | None = None

    def process(self, messages: Messages, now_s: float) -> Emit:
        self._waiting += messages
        if self._deadline_s is None:
            self._deadline_s = now_s + self.config.every
        if len(self._waiting) >= self.config.count:
            return self.flush(now_s)
        return HOLD

    def wake_at_s(self) -> float | None:
        return self._deadline_s

    def on_time(self, now_s: float) -> Emit:
        return self.flush(now_s)

    def flush(self, now_s: float) -> Emit:
        waiting, self._waiting, self._deadline_s = self._waiting, [], None
        return Emit(waiting)
