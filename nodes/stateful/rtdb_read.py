"""`rtdb_read`: add the latest value of a point to each message."""

from typing import Any, Literal

from flowengine import Config, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.expression import TemplateText
from flowengine.store.rtdb import Point
from nodes.batches.sorting import sort_out
from nodes.values.paths import NotAMap, with_value


class RtdbReadConfig(Config):
    """Settings of `rtdb_read`."""

    key: TemplateText
    """Name of the point, such as `{device}/setpoint`."""

    into: str = "payload"
    """Where its value goes: `payload`, a field such as `payload.setpoint`, or `meta.setpoint`."""

    max_age: Duration | None = None
    """A value whose own time is older than this counts as missing."""

    missing: Literal["pass", "reject", "drop"] = "pass"
    """What becomes of a message whose point is missing: passed with null, rejected, or dropped and counted."""


class RtdbRead(Stateful):
    """Read a point from the real-time database, by a name that the message fills."""

    config: RtdbReadConfig
    category = "store"
    durable_state = False
    examples = (
        Example("What is the setpoint?", "{key: '{device}/setpoint', into: payload.setpoint}"),
        Example("Answer with the value", "{key: '{payload.point}', missing: reject}"),
    )

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, RtdbReadConfig)
        root, _, rest = config.into.partition(".")
        good = root in ("payload", "meta") and all(config.into.split(".")) and (root == "payload" or bool(rest))
        return [] if good else [("into", "is `payload`, `payload.NAME` or `meta.NAME`")]

    def process(self, messages: Messages, now_s: float) -> Emit:
        good, (keys,), bad = sort_out(messages, self.config.key.each)
        out: list[Message] = []
        for message, key in zip(good, keys, strict=True):
            point = self._fresh(self.context.rtdb.get(key))
            if point is None and self.config.missing != "pass":
                if self.config.missing == "reject":
                    bad = [*bad, (message, "point is missing")]
                else:
                    self.context.count("point is missing")
                continue
            try:
                out.append(self._with(message, None if point is None else point.value))
            except NotAMap as fault:
                bad = [*bad, (message, str(fault))]
        return Emit(out, rejected=bad)

    def _fresh(self, point: Point | None) -> Point | None:
        if point is None or self.config.max_age is None:
            return point
        age_ns = self.context.clock.time_ns() - point.time_ns
        return point if age_ns <= self.config.max_age * 1e9 else None

    def _with(self, message: Message, value: Any) -> Message:
        root, *path = self.config.into.split(".")
        if root == "meta":
            return message.replace(meta=with_value(message.meta, path, value))
        return message.with_payload(with_value(message.payload, path, value) if path else value)
