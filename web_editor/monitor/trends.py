"""How numeric values went: the last changes from RAM, what was before by minutes and hours from disk."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from flowengine.clock import Clock
from flowengine.store.rtdb import Point
from flowengine.store.trend_history import MINUTE_S, Bucket, TrendHistory

log = logging.getLogger("flowengine.editor")


MOST_KEYS = 2000


MOST_POINTS = 1024
"""Changes of one key that are kept one by one."""


SAVE_S = 600.0
"""Minutes are gathered in RAM and written together: a kill takes the last ten of the curves, an SD card lives on."""


MOST_MINUTES = 50_000
"""That wait to be written; more are left out."""


class Trend(msgspec.Struct):
    """Mean, least and greatest of each bucket; null where there was nothing."""

    key: str
    unit: str | None
    from_: Literal["ram", "history"] = msgspec.field(name="from")
    at_ms: list[float]
    value: list[float | None]
    min: list[float | None]
    max: list[float | None]


class Ring:
    """The last changes of one key: times in ms, rising, and values."""

    def __init__(self) -> None:
        self.at_ms, self.values = array("d"), array("d")
        self.whole = True

    def add(self, at_ms: float, value: float) -> None:
        """One more change."""
        self.at_ms.append(at_ms)
        self.values.append(value)
        # A quarter at once: taking the first one off moves all the others.
        if len(self.at_ms) > MOST_POINTS:
            del self.at_ms[: MOST_POINTS // 4], self.values[: MOST_POINTS // 4]
            self.whole = False

    @property
    def begins_ms(self) -> float:
        """From when on minutes are not needed. A ring that has lost nothing holds its first minute one by one."""
        first_ms = self.at_ms[0]
        return first_ms - first_ms % (MINUTE_S * 1000) if self.whole else first_ms

    def between(self, from_ms: float, to_ms: float) -> Iterator[tuple[float, float]]:
        """Times and values, oldest first."""
        first, last = bisect_left(self.at_ms, from_ms), bisect_left(self.at_ms, to_ms)
        return zip(self.at_ms[first:last], self.values[first:last], strict=True)


class Trends:
    """Curves of the first keys that came; later ones have none."""

    def __init__(self, history: TrendHistory, clock: Clock) -> None:
        self._history, self._clock = history, clock
        self._rings: dict[str, Ring] = {}
        self._minutes: dict[tuple[str, int], Bucket] = {}
        self._saving: dict[tuple[str, int], Bucket] = {}
        self._many = asyncio.Event()

    def take(self, changes: Mapping[str, Point]) -> None:
        """Note values that have changed."""
        for key, point in changes.items():
            value = point.value
            if type(value) not in (int, float, bool) or not math.isfinite(value):
                continue
            ring = self._rings.get(key)
            if ring is None:
                if len(self._rings) >= MOST_KEYS:
                    continue
                ring = self._rings[key] = Ring()
            at_ms = (point.time_ns or point.stored_ns) / 1e6
            ring.add(at_ms, float(value))
            self._gather(key, int(at_ms // 1000), float(value))

    async def keep(self) -> None:
        """Write minutes to disk from time to time, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SAVE_S):
                    await self._many.wait()
            except TimeoutError:
                pass
            self._many.clear()
            await self.save()

    async def save(self) -> None:
        """Write what is gathered. What cannot be written is gone from the curves, which is logged."""
        self._saving, self._minutes = self._minutes, {}
        try:
            await asyncio.to_thread(self._history.add, self._saving.values(), self._clock.time_ns() / 1e9)
        except (sqlite3.Error, OSError) as fault:
            log.warning("cannot keep trends: %s", fault)
        self._saving = {}

    async def read(self, key: str, from_ms: float, to_ms: float, points: int) -> Trend:
        """The curve in `points` buckets; all empty for a key that nothing is known of."""
        stretches = await asyncio.to_thread(self._history.read, key, from_ms / 1000, to_ms / 1000)
        # Only now: what came meanwhile stands in the ring and in a minute, and only one of them may count.
        ring = self._rings.get(key)
        newer_ms = min(to_ms, ring.at_ms[0]) if ring else to_ms
        unwritten_ms = min(to_ms, ring.begins_ms) if ring else to_ms
        curve = Curve(from_ms, to_ms, points)
        past = [stretch for stretch in stretches if stretch.at_s * 1000 < newer_ms]
        for at_s, step_s, *row in past:
            curve.spread(at_s * 1000, min((at_s + step_s) * 1000, newer_ms), *row)
        for bucket in self._unwritten(key, unwritten_ms / 1000):
            curve.spread(bucket.at_s * 1000, min((bucket.at_s + MINUTE_S) * 1000, newer_ms), *bucket[3:])
        for at_ms, value in ring.between(from_ms, to_ms) if ring else ():
            curve.add(at_ms, value)
        return curve.trend(key, "history" if past else "ram")

    def _unwritten(self, key: str, to_s: float) -> list[Bucket]:
        gathered = [*self._saving.values(), *self._minutes.values()]
        return [bucket for bucket in gathered if bucket.key == key and bucket.at_s < to_s]

    def _gather(self, key: str, at_s: int, value: float) -> None:
        place = (key, at_s - at_s % MINUTE_S)
        old = self._minutes.get(place)
        if old is not None:
            _, _, n, mean, low, high = old
            n += 1
            self._minutes[place] = Bucket(*place, n, mean + (value - mean) / n, min(low, value), max(high, value))
        elif len(self._minutes) < MOST_MINUTES:
            self._minutes[place] = Bucket(*place, 1, value, value, value)
            if len(self._minutes) == MOST_MINUTES // 2:
                self._many.set()


class Curve:
    """Buckets of equal width, filled with what is known of them."""

    def __init__(self, from_ms: float, to_ms: float, points: int):
        self._from_ms, self._width_ms = from_ms, (to_ms - from_ms) / points
        self._found: list[list[tuple[float, float, float]]] = [[] for _ in range(points)]

    def add(self, at_ms: float, value: float) -> None:
        """A value at a time inside."""
        self._found[min(len(self._found) - 1, int((at_ms - self._from_ms) / self._width_ms))].append((value,) * 3)

    def spread(self, from_ms: float, to_ms: float, mean: float, low: float, high: float) -> None:
        """The same for every bucket that begins in a stretch of time, or that holds it."""
        first = (from_ms - self._from_ms) / self._width_ms
        last = math.ceil((to_ms - self._from_ms) / self._width_ms)
        for place in range(max(0, int(first)), min(len(self._found), last)):
            self._found[place].append((mean, low, high))

    def trend(self, key: str, source: Literal["ram", "history"]) -> Trend:
        """What is to be drawn."""
        rows = [_joined(found) for found in self._found]
        columns = [[row[index] if row else None for row in rows] for index in range(3)]
        return Trend(key, None, source, [self._from_ms + self._width_ms * at for at in range(len(rows))], *columns)


def _joined(rows: Iterable[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    means, lows, highs = zip(*rows, strict=True) if rows else ((), (), ())
    return (sum(means) / len(means), min(lows), max(highs)) if means else None
