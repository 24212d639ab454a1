"""The RTDB as people see it: value, unit, quality, age, whether it is stale, who writes it. Knows no request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from flowengine.engine import Engine
from flowengine.flow.places import public
from flowengine.store.rtdb import GONE, SETPOINT, Point
from web_editor.monitor.pace import Pace
from web_editor.patterns import Matches, key_pattern, template_pattern

MOST_PACES = 100_000


MOST_OWNERS = 100_000
SWEPT = 2000
"""Points that one tick looks at for late ones: 20,000 a second, a millisecond or two of each tick."""


Owner = tuple[str, str]


class Value(msgspec.Struct):
    """The latest value of one point; `stale_after_s` is the age at which it is stale, null for one that never ages."""

    key: str
    value: Any
    unit: str | None
    quality: Literal["good", "uncertain", "bad"]
    at_ms: float
    stale: bool
    stale_after_s: float | None
    flow: str
    node: str


class ValueFeed:
    """What changed since the last tick, how often each key changes, and which node writes it."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._pending: dict[str, Point] = {}
        self.changed: dict[str, Point] = {}
        self._paces: dict[str, Pace] = {}
        self._late: dict[str, Owner] = {}
        self._sweeping: list[str] = []
        self._owners: dict[str, Owner] = {}
        self._said_s: dict[Owner, float] = {}
        self._writers: tuple[Any, list[tuple[Matches, Owner]]] = ((), [])
        self.stop: Callable[[], None] = engine.rtdb.watch(self._pending_update)

    def _pending_update(self, taken: dict[str, Point]) -> None:
        self._pending.update(taken)

    def tick(self, now_s: float) -> None:
        """A tick has come: `changed` is what changed since the last one."""
        self.changed, self._pending = self._pending, {}
        paces, late = self._paces, self._late
        for key in self.changed:
            late.pop(key, None)
            pace = paces.get(key)
            if pace is not None:
                pace.add(now_s)
            elif len(paces) < MOST_PACES:
                paces[key] = Pace(now_s)
        self._sweep(now_s)

    def late(self, flow: str) -> dict[str, int]:
        """How many of its points are late, by node of a flow; found within seconds."""
        found: Counter[str] = Counter(node for owner, node in self._late.values() if owner == flow)
        return dict(found)

    def value(self, key: str, point: Point, now_s: float) -> Value:
        """One point for people."""
        owner = self.owner(key)
        quality = point.quality if point.quality in ("good", "uncertain", "bad") else "uncertain"
        at_ms = (point.time_ns or point.stored_ns) / 1e6
        after_s = None if point.kind == SETPOINT else self._stale_after_s(key, owner)
        stale = quality == "bad" or self._is_old(key, point, owner, after_s, now_s)
        return Value(key, point.value, point.unit or None, quality, at_ms, stale, after_s, *owner)  # type: ignore[arg-type]

    def owner(self, key: str) -> Owner:
        """Flow and node that write a key by their template; empty where no running node does."""
        runs = [runtime.flow for runtime in self._engine.flows.values()]
        if self._writers[0] != runs:
            self._writers = (runs, list(_writers(self._engine)))
            self._said_s = dict(_said_s(self._engine))
            self._owners.clear()
            self._late.clear()
        found = self._owners.get(key)
        if found is None:
            found = next((owner for matches, owner in self._writers[1] if matches(key)), ("", ""))
            if len(self._owners) < MOST_OWNERS:
                self._owners[key] = found
        return found

    def rows(self, keys: Iterable[str]) -> list[Value]:
        """The values of these keys that are still there."""
        now_s, get = self._engine.clock.now_s(), self._engine.rtdb.get
        points = ((key, get(key)) for key in keys)
        return [self.value(key, point, now_s) for key, point in points if point is not None and point is not GONE]

    def chosen(self, patterns: list[str] | None, search: str, flow: str) -> list[str]:
        """Keys of the RTDB that a filter lets through."""
        chooses = self.chooser(patterns, search, flow)
        return [key for key in self._engine.rtdb if chooses(key)]

    def chooser(self, patterns: list[str] | None, search: str, flow: str) -> Matches:
        """Whether a key is wanted: any of the patterns, the piece of text, the flow that writes it."""
        matches = [key_pattern(pattern) for pattern in patterns] if patterns is not None else None
        text, owner = search.casefold(), self.owner

        def chooses(key: str) -> bool:
            return (
                (matches is None or any(match(key) for match in matches))
                and (not text or text in key.casefold())
                and (not flow or owner(key)[0] == flow)
            )

        return chooses

    def _stale_after_s(self, key: str, owner: Owner) -> float | None:
        said_s, pace = self._said_s.get(owner), self._paces.get(key)
        return said_s if pace is None else pace.stale_after_s(said_s)

    def _is_old(self, key: str, point: Point, owner: Owner, after_s: float | None, now_s: float) -> bool:
        """Whether the value should have changed by now: of an earlier run, without a writer, or behind its pace."""
        if point.kind == SETPOINT:
            return False
        pace = self._paces.get(key)
        if pace is None:
            return len(self._paces) < MOST_PACES
        return not owner[0] or (after_s is not None and now_s - pace.last_s > after_s)

    def _sweep(self, now_s: float) -> None:
        """Look at some points, all of them in turn."""
        if not self._sweeping:
            self._sweeping = list(self._paces)
            self._late = {key: owner for key, owner in self._late.items() if self._engine.rtdb.get(key) is not None}
        for key in self._sweeping[-SWEPT:]:
            owner, point = self.owner(key), self._engine.rtdb.get(key)
            if point is None or not owner[0]:
                continue
            if self._is_old(key, point, owner, self._stale_after_s(key, owner), now_s):
                self._late[key] = owner
        del self._sweeping[-SWEPT:]


def _writers(engine: Engine) -> Iterator[tuple[Matches, Owner]]:
    for name, runtime in engine.flows.items():
        for id, spec in runtime.flow.nodes.items():
            template = spec.options.get(engine.catalog.node(spec.type).points_option)
            if isinstance(template, str):
                yield template_pattern(template), (name, public(id))


def _said_s(engine: Engine) -> Iterator[tuple[Owner, float]]:
    """What writers say of the age at which their points are stale."""
    for name, runtime in engine.flows.items():
        for id, spec in runtime.flow.nodes.items():
            said_s = getattr(spec.config, "stale_after", None)
            if isinstance(said_s, int | float) and engine.catalog.node(spec.type).points_option:
                yield (name, public(id)), float(said_s)
