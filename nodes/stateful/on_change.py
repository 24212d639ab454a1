"""`on_change`: pass only what is news."""

from typing import Any, Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Emit, Example, Messages, Stateful
from flowengine.expression import Expr, TemplateText
from nodes.batches.columns import one_key, own_values
from nodes.batches.sorting import sort_out
from nodes.timing.clock_units import to_ns
from nodes.values.change import ChangeRule, Changes


class OnChangeConfig(Config):
    """Settings of `on_change`."""

    key: TemplateText | None = None
    """What to compare by, such as `{device}/{sensor}`; by default all messages together."""

    value: Expr | None = None
    """What to compare; by default `payload.value`, or the whole payload where there is none."""

    deadband: float | None = Field(default=None, ge=0)
    """Least difference from the last value passed on, so that slow drift gets through; by default any difference."""

    mode: Literal["abs", "percent"] = "abs"
    """Whether the deadband is in the value's unit or in percent of the last value passed on."""

    min_interval: Duration = 0.0
    """Nothing passes sooner after the last one."""

    max_interval: Duration | None = None
    """An unchanged value passes again after this long."""

    max_keys: PositiveInt = 100_000
    """Keys remembered; beyond it the one that passed nothing for longest is forgotten."""


class OnChange(Stateful):
    """Pass a message when its value differs enough from the last one passed on; drop and count the others."""

    config: OnChangeConfig
    category = "logic"
    absorbs = False  # a forgotten value lets one message more pass
    examples = (
        Example("New values only", given=[1, 1, 2], gives=[1, 2]),
        Example("Half a degree, for each sensor", "{key: '{sensor}', deadband: 0.5, max_interval: 10m}"),
    )

    def start(self) -> None:
        config = self.config
        max_ns = None if config.max_interval is None else to_ns(config.max_interval)
        rule = ChangeRule(config.deadband, config.mode, to_ns(config.min_interval), max_ns, config.max_keys)
        self._changes = Changes(rule)

    def process(self, messages: Messages, now_s: float) -> Emit:
        key, value, now_ns = self.config.key, self.config.value, to_ns(now_s)
        columns = (key.each if key else one_key, value.each if value else own_values)
        good, (keys, values), bad = sort_out(messages, *columns)
        passes = self._changes.passes
        out = [m for m, k, v in zip(good, keys, values, strict=True) if passes(k, v, now_ns)]
        if len(out) < len(good):
            self.context.count("unchanged", len(good) - len(out))
        return Emit(out, rejected=bad)

    def snapshot(self, now_s: float) -> Any:
        return {"at_ns": to_ns(now_s), "passed": self._changes.snapshot()}

    def restore(self, state: Any, now_s: float) -> None:
        self._changes.restore(state["passed"], to_ns(now_s) - state["at_ns"])
