"""`rtdb_write`: keep the latest value of each point in the real-time database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Literal

from flowengine import Config, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.expression import Expr, TemplateText
from flowengine.store.rtdb import FRESH, KEPT, SETPOINT, Point
from nodes.batches.columns import own_values
from nodes.batches.field_selector import FieldText
from nodes.batches.sorting import sort_out

BAD, UNCERTAIN = "bad", "uncertain"
"""Quality of what a device could not give, and of a value that the broker had kept: does it still hold?"""


class RtdbWriteConfig(Config):
    """Settings of `rtdb_write`."""

    key: TemplateText
    """Name of the point, such as `{device}/{sensor}`."""

    value: Expr | None = None
    """What to store; by default `payload.value`, or the whole payload where there is none."""

    unit: TemplateText | None = None
    """Unit of the value, such as `°C` or `{payload.unit|}`."""

    time: FieldText | None = None
    """The value's own time: RFC 3339 text or an epoch number (its unit is told by its size); by default the
    message's."""

    kind: Literal["reading", "setpoint"] = "reading"
    """`setpoint` for what people set, such as a limit: it is kept for good, apart from readings, and never gets old."""

    stale_after: Duration | None = None
    """A point that was not written for this long is stale; by default one that came regularly is, after three of its
    usual intervals."""

    keep: Duration | None = None
    """Forget a point that was not written for this long; by default points stay."""

    remove: bool = False
    """Forget the points instead of writing them, such as those of a device that was deleted."""


class RtdbWrite(Stateful):
    """Store each message's value as a point's latest and pass the message on. Older values never replace newer ones."""

    config: RtdbWriteConfig
    category = "store"
    points_option = "key"
    absorbs = False  # every message is passed on
    passes_on = True
    examples = (
        Example("Each sensor", "key: '{device}/{sensor}'"),
        Example("One field, with its unit", "{key: '{device}/temp', value: payload.t_c, unit: °C}"),
        Example("What an operator sets", "{key: 'limits/{topic}', kind: setpoint}"),
        Example("Devices seen within the hour", "{key: 'peers/{mac}', value: payload, keep: 1h}"),
        Example("A device that was deleted", "{key: 'peers/{mac}', remove: true}"),
    )

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, RtdbWriteConfig)
        ages = {"stale_after": config.stale_after, "keep": config.keep} if config.kind == SETPOINT else {}
        written = config.model_fields_set - {"key", "remove"} if config.remove else ()
        unused = [(name, "nothing is written with `remove`") for name in sorted(written)]
        return [(name, "a set-point never gets old") for name, age_s in ages.items() if age_s is not None] + unused

    def start(self) -> None:
        config = self.config
        self._kind = config.kind if config.kind == SETPOINT else ""
        self._columns: list[Callable[[Messages], Sequence[Any]]] = [
            config.key.each,
            config.value.each if config.value else own_values,
        ]
        self._columns += [config.unit.each] if config.unit else []
        self._columns += [config.time.times_ns] if config.time else []
        self._written_s: dict[str, float] = {}

    def process(self, messages: Messages, now_s: float) -> Emit:
        good, columns, bad = sort_out(messages, *self._columns)
        stored_ns = self.context.clock.time_ns()
        if self.config.remove:
            self.context.count("forgotten", self.context.rtdb.delete(columns[0]))
            return Emit(good, rejected=bad)
        self.context.rtdb.put(self._points(good, columns, stored_ns))
        if self.config.keep is not None:
            for key in columns[0]:
                self._written_s.pop(key, None)  # so that the order of the dictionary is the order of writing
                self._written_s[key] = now_s
        return Emit(good, rejected=bad)

    def wake_at_s(self) -> float | None:
        if self.config.keep is None or not self._written_s:
            return None
        return next(iter(self._written_s.values())) + self.config.keep

    def on_time(self, now_s: float) -> Emit:
        keep_s, gone = self.config.keep or 0.0, list[str]()
        for key, written_s in self._written_s.items():
            if written_s + keep_s > now_s:
                break
            gone.append(key)
        for key in gone:
            del self._written_s[key]
        self.context.rtdb.delete(gone)
        self.context.count("forgotten", len(gone))
        return Emit(finished=0)

    def snapshot(self, now_s: float) -> Any:
        return [[key, now_s - written_s] for key, written_s in self._written_s.items()] or None

    def restore(self, state: Any, now_s: float) -> None:
        self._written_s = {str(key): now_s - float(age_s) for key, age_s in state}

    def _points(
        self, messages: Messages, columns: Sequence[Sequence[Any]], stored_ns: int
    ) -> Iterable[tuple[str, Point]]:
        keys, values, *more = columns
        units: Iterable[str] = more.pop(0) if self.config.unit else repeat("")
        times: Sequence[int] = more.pop(0) if more else [m.time_ns for m in messages]
        points = [
            Point(value, at_ns, stored_ns, unit, *(self._told_of(m) if m.meta else (FRESH, self._kind)))
            for m, value, unit, at_ns in zip(messages, values, units, times, strict=False)
        ]
        return zip(keys, points, strict=True)

    def _told_of(self, message: Message) -> tuple[str, str]:
        """Quality and kind of a message that has meta."""
        is_kept = "retained" in message.meta and not message.has_own_time and not self.config.time
        return _quality(message.meta), KEPT if is_kept and not self._kind else self._kind


def _quality(meta: Mapping[str, Any]) -> str:
    """What the source says of the value (`meta.quality` of field protocols), else what is known of how it came."""
    if "retained" in meta:
        return UNCERTAIN
    said = meta.get("quality", FRESH)
    return said if said in (UNCERTAIN, BAD) else FRESH
