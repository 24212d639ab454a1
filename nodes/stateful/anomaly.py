"""`anomaly`: find values that do not fit their recent past."""

from typing import Any, Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Emit, Example, Message, Messages, Stateful
from flowengine.expression import Expr, TemplateText
from nodes.batches.columns import one_key, own_values
from nodes.batches.sorting import sort_out
from nodes.values.anomaly import Anomalies, AnomalyRule
from nodes.values.normalise import number


class AnomalyConfig(Config):
    """Settings of `anomaly`."""

    key: TemplateText | None = None
    """One past for each of these, such as `{device}/{sensor}`."""

    value: Expr | None = None
    """The number to judge; by default `payload.value`, or the whole payload where there is none."""

    method: Literal["zscore", "iqr", "change"] = "zscore"
    """Distance from the mean in standard deviations, from the quartiles in their range, or a change of level."""

    limit: float = Field(default=3.0, gt=0)
    """How far out a value must be, on the method's scale."""

    window: PositiveInt = 100
    """Values remembered of each key."""

    warm_up: PositiveInt = 20
    """Values before anything is judged."""

    drift: float = Field(default=0.5, ge=0, json_schema_extra={"x-unit": "σ"})
    """With `method: change`: what is forgiven each value, in standard deviations."""

    max_keys: PositiveInt = 10_000
    """Keys remembered; beyond it the one without a value for longest is forgotten."""


class Anomaly(Stateful):
    """Send values that stand out to `anomaly`, with `meta.anomaly` (score, low, high), and the others to `out`."""

    config: AnomalyConfig
    category = "logic"
    outputs = ("out", "anomaly")
    examples = (
        Example("Beyond 4 deviations", "{key: '{device}', limit: 4}"),
        Example("A level that changed", "{method: change, limit: 8}"),
    )

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, AnomalyConfig)
        fits = 2 <= config.warm_up <= config.window
        return [] if fits else [("warm_up", "is at least 2 and at most `window`")]

    def start(self) -> None:
        c = self.config
        self._past = Anomalies(AnomalyRule(c.method, c.limit, c.window, c.warm_up, c.drift, c.max_keys))

    def process(self, messages: Messages, now_s: float) -> Emit:
        key = self.config.key
        good, (keys, values), bad = sort_out(messages, key.each if key else one_key, self._values)
        ordinary, anomalous = list[Message](), list[Message]()
        for name, value, message in zip(keys, values, good, strict=True):
            found = self._past.judge(name, value)
            if found is None:
                ordinary.append(message)
            else:
                about = {"score": found.score, "low": found.low, "high": found.high}
                anomalous.append(message.with_meta(anomaly=about))
        return Emit({"out": ordinary, "anomaly": anomalous}, rejected=bad)

    def snapshot(self, now_s: float) -> Any:
        return self._past.snapshot()

    def restore(self, state: Any, now_s: float) -> None:
        self._past.restore(state)

    def _values(self, messages: Messages) -> list[float]:
        found = self.config.value.each(messages) if self.config.value else own_values(messages)
        numbers = [number(value) for value in found]
        if None in numbers:
            raise ValueError("value is not a number")
        return [float(value) for value in numbers if value is not None]
