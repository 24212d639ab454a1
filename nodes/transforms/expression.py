"""`expression`: compute the payload, or fields of it."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from flowengine.expression import Expression as Compiled
from flowengine.expression.named import Let, WithNames

Named = Annotated[Compiled, WithNames("let")]


class ExpressionConfig(Config):
    """Settings of `expression`."""

    let: Let = Field(default=Let())
    """Names of results that `value`, `fields` and later names may use: `{rh: payload.rh / 100}`."""

    value: Named | None = None
    """The new payload."""

    fields: dict[str, Named] = Field(default={})
    """Or fields to compute, each over the message as it came in."""

    keep: bool = True
    """With `fields`: keep the other fields of the payload."""


class Expression(Transform):
    """Compute a new payload from the message."""

    config: ExpressionConfig
    examples = (
        Example("A value", "value: payload.c * 1.8 + 32", given=[{"c": 100}], gives=[212.0]),
        Example("With a name for what is used twice", "{let: {w: payload.v * payload.a}, value: 'w if w > 0 else 0'}",
                given=[{"v": 230, "a": -2}], gives=[0]),
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
        payloads = self._each(value, messages) if value is not None else self._with_fields(messages)
        return [
            Message(payload, m.topic, m.time_ns, m.meta, m.arrived_ns, m.id)
            for m, payload in zip(messages, payloads, strict=True)
        ]

    def _each(self, expression: Compiled, messages: Messages) -> list[Any]:
        if not self.config.let:
            return expression.each(messages)
        return [expression.evaluate_names(self._named(message), message) for message in messages]

    def _named(self, message: Message) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, expression in self.config.let.items():
            found[name] = expression.evaluate_names(found, message)
        return found

    def _with_fields(self, messages: Messages) -> list[dict[str, object]]:
        names = tuple(self.config.fields)
        columns = [self._each(expression, messages) for expression in self.config.fields.values()]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        if not self.config.keep:
            return rows
        if not all(isinstance(m.payload, dict) for m in messages):
            raise Rejected("payload is not a map")
        return [{**m.payload, **row} for m, row in zip(messages, rows, strict=True)]
