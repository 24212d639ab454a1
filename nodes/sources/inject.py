"""`inject`: make messages once, at an interval, or by the calendar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, PositiveInt

from flowengine import Config, Duration, Example, Message, Outlet, Source
from flowengine.expression import Template, TemplateText, compile_template
from nodes.polling.calendar import due
from nodes.timing.cron import Cron

Make = Callable[[Message], Any]


def _maker(value: Any) -> Make:
    """A function that fills the templates inside a value; what has none stays as it is."""
    if isinstance(value, str) and ("{" in value or "}" in value):
        return compile_template(value).value
    if isinstance(value, dict):
        parts = {key: _maker(item) for key, item in value.items()}
        return lambda message: {key: make(message) for key, make in parts.items()}
    if isinstance(value, list):
        items = [_maker(item) for item in value]
        return lambda message: [make(message) for make in items]
    return lambda message: value


def _fillable(value: Any) -> Any:
    _maker(value)
    return value


class InjectConfig(Config):
    """Settings of `inject`."""

    also_called: ClassVar = {**dict.fromkeys(("interval", "repeat", "period"), "every"), "message": "payload"}

    payload: Annotated[Any, AfterValidator(_fillable)] = None
    """What each message carries; `{n}` (0, 1, 2 …) and `{time:%H:%M}` are filled in texts, also inside maps."""

    topic: TemplateText = Template("")
    """Topic of each message."""

    every: Duration | None = None
    """Time between messages."""

    cron: str | None = None
    """When to send: minute hour day month weekday, with seconds before them if there are six; or `@hourly` and such."""

    zone: str = "UTC"
    """Time zone of `cron`, such as Europe/Paris."""

    delay: Duration = 0.0
    """Time from the start to the first message, or to where `cron` begins."""

    at_start: bool | None = None
    """Whether to send one at the start; by default yes, but with `cron` no."""

    count: PositiveInt | None = None
    """Stop after so many messages."""

    @cached_property
    def calendar(self) -> Cron | None:
        """The schedule. Raises `ValueError` for a wrong one."""
        return Cron(self.cron, self.zone) if self.cron is not None else None


class Inject(Source):
    """Send a message at start, at an interval, or by the calendar."""

    config: InjectConfig
    category = "tool"
    runs_in_tests = True
    examples = (
        Example("A heartbeat", "{payload: alive, every: 10s}"),
        Example("Every working day at six", "{payload: {shift: early}, cron: '0 6 * * MON-FRI', zone: Europe/Paris}"),
        Example("Numbered messages", "{payload: {n: '{n}', at: '{time:%H:%M:%S}'}, every: 1s, count: 10}"),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, InjectConfig)
        if config.every is not None and config.cron is not None:
            return [("cron", "give either every or cron")]
        if config.every == 0:
            return [("every", "is longer than 0")]
        try:
            _ = config.calendar
        except ValueError as fault:
            return [("cron", str(fault))]
        return ()

    def start(self) -> None:
        self._payload = _maker(self.config.payload)

    async def run(self, emit: Outlet) -> None:
        if self.config.delay:
            await asyncio.sleep(self.config.delay)
        n = 0
        async for time_ns in self._times():
            await emit(self._message(n, time_ns))
            n += 1
            if n == self.config.count:
                return

    def _message(self, n: int, time_ns: int) -> Message:
        seen = Message(None, time_ns=time_ns, meta={"n": n})
        return Message(self._payload(seen), self.config.topic.fill(seen), time_ns)

    async def _times(self) -> AsyncIterator[int]:
        config, clock = self.config, self.context.clock
        if config.at_start if config.at_start is not None else config.cron is None:
            yield clock.time_ns()
        if config.every is not None:
            async for time_ns in self._interval(config.every):
                yield time_ns
        elif config.calendar is not None:
            async for time_ns in due(config.calendar, clock):
                yield time_ns

    async def _interval(self, every_s: float) -> AsyncIterator[int]:
        clock = self.context.clock
        next_s = clock.now_s() + every_s
        while True:
            await asyncio.sleep(max(0.0, next_s - clock.now_s()))
            yield clock.time_ns()
            # The pace is kept; what a full flow made it miss is left out.
            missed = max(0, int((clock.now_s() - next_s) / every_s))
            if missed:
                self.context.count("left out, flow was full", missed)
            next_s += every_s * (missed + 1)
