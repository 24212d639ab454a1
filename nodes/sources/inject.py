"""`inject`: make messages once, or again and again."""

import asyncio
from typing import Any

from flowengine import Config, Duration, Example, Message, Outlet, Source


class InjectConfig(Config):
    """Settings of `inject`."""

    payload: Any = None
    """What each message carries."""

    topic: str = ""
    """Topic of each message."""

    every: Duration | None = None
    """Time between messages; without it there is one message at start."""


class Inject(Source):
    """Send a message at start, or at an interval."""

    config: InjectConfig
    runs_in_tests = True
    examples = (Example("A heartbeat", "{payload: alive, every: 10s}"),)

    async def run(self, emit: Outlet) -> None:
        while True:
            await emit(Message(self.config.payload, self.config.topic))
            if self.config.every is None:
                return
            await asyncio.sleep(self.config.every)
