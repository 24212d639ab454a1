"""`rtdb_watch`: a message when a point of the real-time database changes."""

import asyncio
import re
from fnmatch import translate
from functools import lru_cache

from flowengine import Config, Duration, Example, Message, Outlet, Source
from flowengine.store.rtdb import GONE, Point


class RtdbWatchConfig(Config):
    """Settings of `rtdb_watch`."""

    keys: str | list[str] = "*"
    """Names of points; `*` stands for any text, `?` for one character: `cold_store/*/temp`."""

    initial: bool = False
    """Send the points that are there at the start, too."""

    every: Duration = 0.0
    """At most one round of messages in this time; of several changes of a point the last one counts."""

    changed_only: bool = False
    """Leave out a point that was written with the value it had."""


class RtdbWatch(Source):
    """Send each written point: its value as the payload, with `meta.key`, `meta.unit` and `meta.quality`."""

    config: RtdbWatchConfig
    category = "store"
    examples = (Example("Every temperature", "keys: '*/temp'"), Example("Once a second at most", "{every: 1s}"))

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    def start(self) -> None:
        keys = [self.config.keys] if isinstance(self.config.keys, str) else self.config.keys
        pattern = re.compile("|".join(translate(key) for key in keys) or r"(?!)", re.DOTALL)
        self._fits = lru_cache(65_536)(lambda key: pattern.match(key) is not None)
        # One entry a point, so the database bounds it; a slow flow gets the newest value of each.
        self._waiting: dict[str, Point] = {}
        self._sent: dict[str, object] = {}
        self._woken = asyncio.Event()

    async def run(self, emit: Outlet) -> None:
        rtdb = self.context.rtdb
        if self.config.initial:
            self._take(dict(rtdb.items()))
        stop = rtdb.watch(self._take)
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                waiting, self._waiting = self._waiting, {}
                await emit([self._message(key, point) for key, point in waiting.items()])
                if self.config.every:
                    await asyncio.sleep(self.config.every)
        finally:
            stop()

    def _take(self, changed: dict[str, Point]) -> None:
        fits = {key: point for key, point in changed.items() if self._fits(key) and point is not GONE}
        if self.config.changed_only:
            fits = {key: p for key, p in fits.items() if key not in self._sent or self._sent[key] != p.value}
            self._sent.update({key: point.value for key, point in fits.items()})
        if fits:
            self._waiting.update(fits)
            self._woken.set()

    def _message(self, key: str, point: Point) -> Message:
        meta = {"key": key, "unit": point.unit, "quality": point.quality}
        return Message(point.value, key, point.time_ns, meta, point.stored_ns, self.context.next_id())
