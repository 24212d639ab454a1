"""`expression`: compute the payload, or fields of it."""

from collections.abc import Sequence

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from flowengine.expression import Expr


class ExpressionConfig(Config):
    """Settings of `expression`."""

    value: Expr | None = None
    """The new payload."""

    fields: dict[str, Expr] = Field(default={})
    """Or fields to compute, each over the message as it came in."""

    keep: bool = True
    """With `fields`: keep the other fields of the payload."""


class Expression(Transform):
    """Compute a new payload from the message."""

    config: ExpressionConfig
    examples = (
        Example("A value", "value: payload.c * 1.8 + 32", given=[{"c": 100}], gives=[212.0]),
        Example("A further field", "fields: {w: payload.v * payload.a}",
                given=[{"v": 230, "a": 2}], gives=[{"v": 230, "a": 2, "w": 460}]),
        Example("Only what is computed", "{fields: {kw: payload / 1000}, keep: false}",
                given=[2300], gives=[{"kw": 2.3}]),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ExpressionConfig)
        if (config.value is None) == (not config.fields):
            return [("value", "needs either `value` or `fields`")]
        return []

    def process(self, messages: Messages) -> Sequence[Message]:
        value = self.config.value
        payloads = value.each(messages) if value is not None else self._with_fields(messages)
        return [
            Message(payload, m.topic, m.time_ns, m.meta, m.arrived_ns, m.id)
            for m, payload in zip(messages, payloads, strict=True)
        ]

    def _with_fields(self, messages: Messages) -> list[dict[str, object]]:
        names = tuple(self.config.fields)
        columns = [expression.each(messages) for expression in self.config.fields.values()]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        if not self.config.keep:
            return rows
        if not all(isinstance(m.payload, dict) for m in messages):
            raise Rejected("payload is not a map")
        return [{**m.payload, **row} for m, row in zip(messages, rows, strict=True)]
