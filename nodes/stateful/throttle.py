"""`throttle`: let only so many messages pass in a time."""

from typing import ClassVar

from pydantic import PositiveInt

from flowengine import Config, Duration, Emit, Example, Messages, Stateful
from flowengine.expression import TemplateText
from nodes.batches.sorting import sort_out
from nodes.timing.rate import Rate


class ThrottleConfig(Config):
    """Settings of `throttle`."""

    also_called: ClassVar = {
        **dict.fromkeys(("rate", "count", "max", "limit"), "most"),
        **dict.fromkeys(("every", "time", "interval"), "per"),
    }

    most: PositiveInt = 1
    """So many messages pass at once, and so many in each `per`."""

    per: Duration = 1.0
    """The time in which `most` messages pass."""

    key: TemplateText | None = None
    """Count for each of these, such as `{device}`."""

    max_keys: PositiveInt = 100_000
    """Keys counted; beyond it the one unused for longest is forgotten."""


class Throttle(Stateful):
    """Pass messages up to a rate; drop and count the excess."""

    config: ThrottleConfig
    category = "logic"
    durable_state = False
    examples = (
        Example("One a second", given=[1, 2, 3], gives=[1]),
        Example("Ten mails an hour for each device", "{most: 10, per: 1h, key: '{device}'}"),
    )

    def start(self) -> None:
        self._rate = Rate(self.config.most, self.config.per or 1e-9, self.config.max_keys)

    def process(self, messages: Messages, now_s: float) -> Emit:
        key = self.config.key
        good, (keys,), bad = sort_out(messages, key.each if key else lambda batch: [""] * len(batch))
        out = [m for m, k in zip(good, keys, strict=True) if self._rate.allows(k, now_s)]
        if len(out) < len(good):
            self.context.count("throttled", len(good) - len(out))
        return Emit(out, rejected=bad)
