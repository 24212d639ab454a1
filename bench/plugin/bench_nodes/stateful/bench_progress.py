"""`bench_progress`: tell how many messages have come."""

from __future__ import annotations

from pydantic import PositiveInt

from flowengine import DONE, Config, Emit, Example, Message, Messages, Stateful


class BenchProgressConfig(Config):
    """Settings of `bench_progress`."""

    each: PositiveInt = 500
    """Tell after every so many messages."""


class BenchProgress(Stateful):
    """Give out the text `COUNT BAD` after every so many messages; BAD are those that came by an error port."""

    config: BenchProgressConfig
    durable_state = False
    examples = (Example("Every second", "each: 2", given=[1, 2, 3], gives=["2 0"]),)

    def start(self) -> None:
        self._count = self._bad = self._told = 0

    def process(self, messages: Messages, now_s: float) -> Emit:
        self._count += len(messages)
        self._bad += sum(["error" in m.meta for m in messages])
        whole = self._count // self.config.each
        if whole == self._told:
            return DONE
        self._told = whole
        return Emit([Message(f"{whole * self.config.each} {self._bad}")])
