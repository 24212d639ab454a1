"""`filter`: keep or drop messages by a condition."""

from collections.abc import Sequence

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Transform
from nodes.alarms.limits import Limited, Limits, LimitsByName


class FilterConfig(Config):
    """Settings of `filter`."""

    limits: LimitsByName = Field(default={})
    """Names that `where` may use, each with its key in the RTDB: `{low: {key: limits/low, default: 19}}`."""

    where: Limited
    """Condition on `payload`, `topic`, `meta` and `time` (in seconds)."""

    invert: bool = False
    """Keep the messages for which the condition is false."""


class Filter(Transform):
    """Pass the messages that meet a condition; drop and count the others."""

    config: FilterConfig
    category = "logic"
    passes_on = True
    examples = (
        Example("Keep hot readings", "where: payload > 40", given=[20, 50], gives=[50]),
        Example("By a limit that people change",
                "{limits: {hot: {key: limits/hot, default: 40}}, where: payload > hot}",
                given=[20, 50], gives=[50]),
        Example("By a field", "where: payload.ok", given=[{"ok": True}, {"ok": False}], gives=[{"ok": True}]),
    )  # fmt: skip

    def start(self) -> None:
        self._limits = Limits(self.config.limits, self.context.rtdb, lambda: None)

    def process(self, messages: Messages) -> Sequence[Message]:
        if self.config.limits:
            kept = self._limits.each(self.config.where, messages)
            return [m for m, keeps in zip(messages, kept, strict=True) if bool(keeps) is not self.config.invert]
        return self.config.where.keep(messages, self.config.invert)
