"""`aggregate`: mean, minimum, maximum and more over windows of time."""

from collections.abc import Generator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, WithJsonSchema

from flowengine import DONE, Config, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.config import seconds
from flowengine.expression import Expr, TemplateText
from flowengine.expression.filling import rfc3339
from nodes.batches.columns import one_key, own_values
from nodes.batches.sorting import sort_out
from nodes.timing.calendar import WORDS, Calendar
from nodes.timing.clock_units import to_ns
from nodes.timing.zones import ZoneName
from nodes.values.normalise import number
from nodes.windows.rule import Result, WindowRule
from nodes.windows.windows import Windows

SPAN_NS = 3_600_000_000_000
"""What stands for the length of windows by the calendar where one is needed."""

Figure = Literal["count", "sum", "mean", "min", "max", "first", "last", "stddev", "median", "p50", "p95", "p99", "rate",
                 "delta", "range", "increase", "on_time", "integral"]  # fmt: skip


def _every(value: Any) -> float | str:
    """Seconds, or a span of the calendar."""
    if isinstance(value, str) and (value in WORDS or value.startswith("@") or " " in value.strip()):
        Calendar(value)
        return value
    try:
        return seconds(value)
    except ValueError as fault:
        raise ValueError(f"{fault}, {', '.join(WORDS)} or a cron expression") from None


Every = Annotated[
    float | str,
    BeforeValidator(_every),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 2}, {"type": "number", "exclusiveMinimum": 0}]}),
]
"""A duration in seconds, or the words of a span of the calendar."""


class AggregateConfig(Config):
    """Settings of `aggregate`."""

    every: Every
    """Length of a window; for sessions the silence that ends one. Windows begin at whole multiples of it (UTC). Or
    `hour`, `day`, `week`, `month`, `year` or a cron expression: from one of its times to the next in `zone`."""

    zone: ZoneName = "UTC"
    """Time zone of windows by the calendar, such as `Europe/Paris`: there are days of 23 and 25 hours."""

    key: TemplateText | None = None
    """One window for each of these, such as `{device}/{sensor}`. Each has its own progress: name the device in it, and
    the backlog of one that was away lands in its own windows."""

    value: Expr | None = None
    """The number to aggregate; by default `payload.value`, or the whole payload where there is none."""

    figures: Annotated[list[Figure], Field(min_length=1)] = Field(default=["count", "mean", "min", "max"])
    """What to compute: `rate` is the change per second, `delta` last minus first, `range` largest minus smallest.
    Against what stood before the window: `increase` of a counter, `on_time` in seconds (the value was not 0 or false),
    `integral` as value times seconds; a value holds until the next one."""

    rollover: PositiveFloat | None = None
    """Where a counter begins again at 0, such as 65536; by default a fall is a meter that was set to 0."""

    window: Literal["tumbling", "sliding", "session"] = "tumbling"
    """Windows side by side, overlapping, or as long as values keep coming."""

    slide: Duration = 0.0
    """From one sliding window to the next."""

    wait: Duration = 0.0
    """How far behind the newest time of its key a window's end must be; values for a window that is gone are counted as
    late and left out."""

    empty: Literal["skip", "null", "last"] = "skip"
    """What a window without values gives: nothing, nulls, or the last value."""

    max_windows: PositiveInt = 100_000
    """Open windows at a time, one or two for each key; beyond it those of the key that was silent longest are closed
    early, and counted."""


class Aggregate(Stateful):
    """Gather numbers by their own time; when a window is over, send its figures with the last message's meta.

    A window is over when its key's messages have passed it. A key that falls silent is taken to go on as the clock
    does; a window that ends so is sent, and sent again, whole and with `meta.revised`, if more of its values come.
    """

    config: AggregateConfig
    state_version = 3
    examples = (
        Example("Minutes", "{every: 1m, key: '{device}/{sensor}', figures: [mean, min, max]}"),
        Example("Energy per day from a meter", "{every: day, zone: Europe/Paris, key: '{meter}', figures: [increase]}"),
        Example("Run time of each pump", "{every: 1h, key: '{pump}', figures: [on_time], empty: last}"),
        Example("The last 5 minutes, each minute", "{every: 5m, window: sliding, slide: 1m, figures: [p95]}"),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, AggregateConfig)
        try:
            Windows(_rule(config))
        except ValueError as fault:
            return [("every", str(fault))]
        return []

    def start(self) -> None:
        self._windows = Windows(_rule(self.config))
        self._counted = (0, 0, 0)

    def process(self, messages: Messages, now_s: float) -> Emit:
        key = self.config.key
        good, (keys, values), bad = sort_out(messages, key.each if key else one_key, self._values)
        now_ns, results = self.context.clock.time_ns(), list[Result]()
        for name, value, message in zip(keys, values, good, strict=True):
            results += self._windows.add(name, value, message.time_ns, now_ns, (message.topic, message.meta))
        self._count()
        return Emit([self._message(result) for result in results], rejected=bad) if results or bad else DONE

    def wake_at_s(self) -> float | None:
        due_ns = self._windows.next_deadline_ns()
        if due_ns is None:
            return None
        clock = self.context.clock
        return clock.now_s() + max(0.0, (due_ns - clock.time_ns()) / 1e9)

    def on_time(self, now_s: float) -> Emit:
        return Emit([self._message(result) for result in self._windows.advance(self.context.clock.time_ns())])

    def snapshot(self, now_s: float) -> Any:
        return self._windows.snapshot()

    def snapshot_in_steps(self, now_s: float) -> Generator[None, None, Any]:
        return (yield from self._windows.snapshot_in_steps())

    def restore(self, state: Any, now_s: float) -> None:
        self._windows.restore(state)

    def _values(self, messages: Messages) -> list[float]:
        found = self.config.value.each(messages) if self.config.value else own_values(messages)
        if "on_time" in self.config.figures:
            found = [int(value) if isinstance(value, bool) else value for value in found]
        numbers = [number(value) for value in found]
        if None in numbers:
            raise ValueError("value is not a number")
        return [value for value in numbers if value is not None]

    def _message(self, result: Result) -> Message:
        topic, meta = result.about
        payload = {**result.figures, "start": rfc3339(result.start_ns), "end": rfc3339(result.end_ns)}
        now_ns = self.context.clock.time_ns()
        if result.again:
            meta = {**meta, "revised": True}
        return Message(payload, topic, result.end_ns, meta, now_ns, self.context.next_id())

    def _count(self) -> None:
        windows = self._windows
        now = (windows.late, windows.refused, windows.closed_early)
        for reason, before, count in zip(("late", "refused", "closed early"), self._counted, now, strict=True):
            if count > before:
                self.context.count(reason, count - before)
        self._counted = now


def _rule(config: AggregateConfig) -> WindowRule:
    calendar = Calendar(config.every, config.zone) if isinstance(config.every, str) else None
    size_ns = to_ns(config.every) if isinstance(config.every, float) else SPAN_NS
    return WindowRule(
        size_ns=size_ns,
        kind=config.window,
        slide_ns=to_ns(config.slide),
        lateness_ns=to_ns(config.wait),
        ahead_ns=size_ns + 60_000_000_000,
        aggregates=tuple(config.figures),
        empty=config.empty,
        max_windows=config.max_windows,
        calendar=calendar,
        rollover=config.rollover,
    )
