"""`hysteresis`: switch on by one condition and off by another, with least times for both."""

from __future__ import annotations

from typing import Any

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.expression import TemplateText
from nodes.alarms.limits import Limited, Limits, LimitsByName


class HysteresisConfig(Config):
    """Settings of `hysteresis`."""

    by: TemplateText | None = None
    """One switch for each of these, such as `{room}`; by default one for all messages."""

    limits: LimitsByName = Field(default={})
    """Names that `on` and `off` may use, each with its key in the RTDB: `{low: {key: limits/low, default: 19}}`. The
    last reading is looked at again when one of them changes."""

    on: Limited
    """Condition that switches on, such as `payload.t < 19`."""

    off: Limited
    """Condition that switches off, such as `payload.t > 21`; between the two nothing changes. It wins over `on`."""

    min_on: Duration = 0.0
    """Once on, it stays on so long at least."""

    min_off: Duration = 0.0
    """Once off, it stays off so long at least."""

    max_keys: PositiveInt = 10_000
    """Switches at a time; beyond it the one heard of longest ago is forgotten."""


class _Switch:
    """One switch: whether it is on (None: not known yet), since when, and the last reading."""

    __slots__ = ("last", "on", "since_s")

    def __init__(self) -> None:
        self.on: bool | None = None
        self.since_s = 0.0
        self.last = Message()


class Hysteresis(Stateful):
    """Send true or false when the switch turns, and at the first reading that decides; the message is that reading's.

    A change that comes too soon waits: when its time has come, the last reading decides.
    """

    config: HysteresisConfig
    category = "logic"
    examples = (
        Example("Heating", "{on: payload.t < 19, off: payload.t > 21, min_on: 5m, min_off: 5m}"),
        Example("Cold, warm, in between", "{on: payload < 19, off: payload > 21}",
                given=[18, 20, 22, 20], gives=[True, False]),
        Example("By a limit that people change",
                "{by: '{room}', limits: {low: {key: 'limits/{room}', default: 19}}, on: payload.t < low,"
                " off: payload.t > low + 2}"),
    )  # fmt: skip

    def start(self) -> None:
        self._limits = Limits(self.config.limits, self.context.rtdb, self.context.wake)
        self._switches: dict[str, _Switch] = {}
        self._due: dict[str, float] = {}

    def process(self, messages: Messages, now_s: float) -> Emit:
        by, out, bad = self.config.by, list[Message](), list[tuple[Message, str]]()
        for message in messages:
            try:
                key = by.fill(message) if by is not None else ""
                out += self._judged(key, message, now_s)
            except ValueError as fault:
                bad.append((message, str(fault)))
        return Emit(out, rejected=bad)

    def wake_at_s(self) -> float | None:
        return 0.0 if self._limits.changed else min(self._due.values(), default=None)

    def on_time(self, now_s: float) -> Emit:
        last = {key: switch.last for key, switch in self._switches.items()}
        due = [key for key, at_s in self._due.items() if at_s <= now_s]
        out = [made for key in due for made in self._judged(key, last[key], now_s)]
        out += self._limits.retaken(last, lambda key, message: self._judged(key, message, now_s))
        return Emit(out, finished=0)

    def snapshot(self, now_s: float) -> Any:
        return {key: [switch.on, now_s - switch.since_s] for key, switch in self._switches.items()}

    def restore(self, state: Any, now_s: float) -> None:
        for key, (on, age_s) in state.items():
            switch = self._switches.setdefault(key, _Switch())
            switch.on, switch.since_s = on, now_s - age_s

    def _judged(self, key: str, message: Message, now_s: float) -> list[Message]:
        """The message that a turn of the switch makes, if it turns."""
        config = self.config
        off = self._limits.holds(config.off, message)
        on = not off and self._limits.holds(config.on, message)
        switch = self._switches.pop(key, None) or _Switch()
        self._switches[key] = switch  # at the end of those heard of
        self._due.pop(key, None)
        switch.last = message
        while len(self._switches) > config.max_keys:
            forgotten = next(iter(self._switches))
            del self._switches[forgotten]
            self._due.pop(forgotten, None)
        if not (on or off) or switch.on is on:
            return []
        least_s = 0.0 if switch.on is None else config.min_on if switch.on else config.min_off
        if now_s < switch.since_s + least_s:
            self._due[key] = switch.since_s + least_s
            return []
        switch.on, switch.since_s = on, now_s
        return [message.with_payload(on)]
