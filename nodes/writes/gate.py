"""Whether a write may be done at this moment: age, pace, interlock. Pure: values and clock come as arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.store.rtdb import FRESH, Point
from nodes.writes.journal import Write
from nodes.writes.rules import Limits, Needed, WriteRules


class Values(Protocol):
    """Where values of points are looked up: the real-time database."""

    def get(self, key: str) -> Point | None:
        """The point, or None."""


class Gate:
    """The rules of one node, with what it let pass and when."""

    def __init__(self, rules: WriteRules, limits: Mapping[str, Limits], values: Values, clock: Clock):
        self._rules, self._limits, self._values, self._clock = rules, limits, values, clock
        self._passed_s: dict[str, float] = {}

    def remember(self, passed: Mapping[str, int]) -> None:
        """When points were last written by an earlier run (UTC, ns): `min_interval` outlives a restart."""
        now_ns, now_s = self._clock.time_ns(), self._clock.now_s()
        self._passed_s = {point: now_s - max(0, now_ns - at_ns) / 1e9 for point, at_ns in passed.items()}

    def refusal(self, write: Write) -> str:
        """Why it may not be written now; empty when it may, which counts for `min_interval`."""
        now_ns, now_s = self._clock.time_ns(), self._clock.now_s()
        reason = self._too_old(write.command, now_ns) or self._too_soon(write.point, now_s)
        reason = reason or self._interlocked(write.command, now_ns)
        if not reason:
            self._passed_s[write.point] = now_s
        return reason

    def _too_old(self, command: Message, now_ns: int) -> str:
        age_s, valid_for_s = (now_ns - command.time_ns) / 1e9, self._rules.valid_for
        if age_s > valid_for_s:
            return f"it is {age_s:.1f} s old, and valid for {valid_for_s:g} s"
        return f"its time is {_ahead(age_s)}" if -age_s > valid_for_s else ""

    def _too_soon(self, point: str, now_s: float) -> str:
        interval_s, last_s = self._limits[point].min_interval, self._passed_s.get(point)
        if last_s is None or now_s - last_s >= interval_s:
            return ""
        return f"written {now_s - last_s:.1f} s ago, {interval_s:g} s must lie between two writes"

    def _interlocked(self, command: Message, now_ns: int) -> str:
        interlock, seen = self._rules.interlock, dict[str, Any]()
        if interlock is None:
            return ""
        for name, needed in self._rules.values.items():
            point = self._values.get(needed.key)
            if fault := _unusable(needed, point, now_ns):
                return f"interlock: {name} {fault}"
            seen[name] = point.value if point is not None else None
        try:
            holds = interlock(command.with_meta(**seen))
        except ValueError as fault:
            return f"interlock: {fault}"
        return "" if holds is True else f"interlock: {interlock.text} does not hold"


def _unusable(needed: Needed, point: Point | None, now_ns: int) -> str:
    if point is None:
        return f"has no value, {needed.key} was never written"
    if point.quality != FRESH:
        return f"is {point.quality}"
    age_s = (now_ns - point.time_ns) / 1e9
    if point.is_older(needed.max_age, now_ns):
        return f"is {age_s:.1f} s old, at most {needed.max_age:g} s are allowed"
    return f"is {_ahead(age_s)}" if -age_s > needed.max_age else ""


def _ahead(age_s: float) -> str:
    """What comes from the future has an unknown age: one of the clocks was set, or is wrong."""
    return f"{-age_s:.1f} s ahead of the clock here, so its age is unknown"
