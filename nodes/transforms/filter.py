"""`filter`: keep or drop messages by a condition."""

from collections.abc import Sequence

from flowengine import Config, Example, Message, Messages, Transform
from flowengine.expression import Expr


class FilterConfig(Config):
    """Settings of `filter`."""

    where: Expr
    """Condition on `payload`, `topic`, `meta` and `time` (in seconds)."""

    invert: bool = False
    """Keep the messages for which the condition is false."""


class Filter(Transform):
    """Pass the messages that meet a condition; drop and count the others."""

    config: FilterConfig
    category = "logic"
    examples = (
        Example("Keep hot readings", "where: payload > 40", given=[20, 50], gives=[50]),
        Example("By a field", "where: payload.ok", given=[{"ok": True}, {"ok": False}], gives=[{"ok": True}]),
    )

    def process(self, messages: Messages) -> Sequence[Message]:
        return self.config.where.keep(messages, self.config.invert)
