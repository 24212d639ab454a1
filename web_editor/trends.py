"""`trends`: how numeric values went, from rings in RAM that get coarser with age. Older history is elsewhere."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from flowengine.store.rtdb import Point
from web_editor.problems import Fault
from web_editor.routes import Call, Route

MOST_KEYS = 2000
MOST_POINTS = 1024
"""Of one key. When they are there, the older half is joined in pairs."""

Row = tuple[float, float, float, float]


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
    """One key's points: time in ms, mean, least, greatest and how many; the older, the more of them in one."""

    def __init__(self) -> None:
        self.at_ms, self.mean, self.min, self.max = (array("d") for _ in range(4))
        self.n = array("L")
        self.updates = 0

    def add(self, at_ms: float, value: float) -> None:
        """One more point."""
        for column in (self.mean, self.min, self.max):
            column.append(value)
        self.at_ms.append(at_ms)
        self.n.append(1)
        if len(self.at_ms) > MOST_POINTS:
            self._join()

    def rows(self) -> zip[Row]:
        """Time, mean, least, greatest; oldest first."""
        return zip(self.at_ms, self.mean, self.min, self.max, strict=True)

    def _join(self) -> None:
        half = MOST_POINTS // 2
        pairs = range(0, half, 2)
        n = array("L", (self.n[i] + self.n[i + 1] for i in pairs))
        mean = [
            (self.mean[i] * self.n[i] + self.mean[i + 1] * self.n[i + 1]) / (self.n[i] + self.n[i + 1]) for i in pairs
        ]
        self.mean[:half] = array("d", mean)
        self.min[:half] = array("d", (min(self.min[i], self.min[i + 1]) for i in pairs))
        self.max[:half] = array("d", (max(self.max[i], self.max[i + 1]) for i in pairs))
        self.at_ms[:half] = array("d", (self.at_ms[i] for i in pairs))
        self.n[:half] = n


class Trends:
    """Rings of the first keys that came; later ones have none."""

    def __init__(self) -> None:
        self._rings: dict[str, Ring] = {}

    def take(self, changes: Mapping[str, Point]) -> None:
        """Note values that have changed."""
        rings = self._rings
        for key, point in changes.items():
            value = point.value
            if type(value) not in (int, float, bool) or value != value or abs(value) == float("inf"):
                continue
            ring = rings.get(key)
            if ring is None:
                if len(rings) >= MOST_KEYS:
                    continue
                ring = rings[key] = Ring()
            ring.add((point.time_ns or point.stored_ns) / 1e6, float(value))

    def forget(self, key: str) -> None:
        """The key is gone."""
        self._rings.pop(key, None)

    def read(self, key: str, from_ms: float, to_ms: float, points: int) -> tuple[list[float], list[Row | None]]:
        """Starts of `points` buckets, and what was in each."""
        width_ms = (to_ms - from_ms) / points
        found: list[list[Row]] = [[] for _ in range(points)]
        ring = self._rings.get(key)
        for row in ring.rows() if ring else ():
            if from_ms <= row[0] < to_ms:
                found[min(points - 1, int((row[0] - from_ms) / width_ms))].append(row)
        return [from_ms + width_ms * index for index in range(points)], [_joined(rows) for rows in found]


class TrendQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which key, when, and how finely; the last hour by default."""

    key: Annotated[str, Meta(max_length=1000)]
    from_ms: float | None = None
    to_ms: float | None = None
    points: Annotated[int, Meta(ge=2, le=2000)] = 500


async def read(call: Call) -> Trend:
    """How a numeric value went."""
    editor, query = call.editor, call.query
    point = editor.engine.rtdb.get(query.key)
    if point is None:
        raise Fault("not-found", "there is no such value")
    to_ms = query.to_ms if query.to_ms is not None else editor.engine.clock.time_ns() / 1e6
    from_ms = query.from_ms if query.from_ms is not None else to_ms - 3_600_000
    if not 0 < to_ms - from_ms < 1e14:
        raise Fault("bad-request", "from_ms is before to_ms", field="from_ms")
    at_ms, rows = editor.trends.read(query.key, from_ms, to_ms, query.points)
    columns = [[row[index] if row else None for row in rows] for index in (1, 2, 3)]
    return Trend(query.key, point.unit or None, "ram", at_ms, *columns)


def _joined(rows: list[Row]) -> Row | None:
    if not rows:
        return None
    mean = sum(row[1] for row in rows) / len(rows)
    return rows[0][0], mean, min(row[2] for row in rows), max(row[3] for row in rows)


ROUTES = [Route("GET", "trends", "viewer", read, Trend, query=TrendQuery)]
