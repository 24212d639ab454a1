"""`normalise`: numbers, booleans and the message's own time, as the device meant them."""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace
from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Transform
from nodes.timing.zones import ZoneName, zone_of
from nodes.values.fast_path import usual_times
from nodes.values.normalise import WORDS, Rules, normalise_payload

SMALL = 16
"""A part of so many messages with an unusual one among them is normalised message by message."""


class NormaliseConfig(Config):
    """Settings of `normalise`."""

    fields: dict[str, Literal["number", "boolean", "either"]] = Field(default={"value": "number"})
    """What each field must become, by path (`metrics.*` for every value of a map). A bare payload counts as `value`."""

    time: str | list[str] = "time"
    """Field that holds the message's own time, or several of which the first present counts. RFC 3339 or epoch."""

    decimal_comma: bool = False
    """Read `1.234,56` as 1234.56."""

    words: dict[str, bool] = Field(default={})
    """Words for true and false, beside on, off, true, false, open, closed, online, offline, yes and no."""

    zone: ZoneName = "UTC"
    """Time zone of times that name none."""

    ahead: Duration | None = None
    """A time further ahead of the arrival than this is not believed; the arrival time is used."""

    age: Duration | None = None
    """A time older than this is not believed; the arrival time is used."""

    wrap: str = ""
    """Name under which a bare payload is put into a map; empty to leave it bare."""

    strict: bool = False
    """Reject messages with a value that cannot be used, instead of making it null and counting it."""


class Normalise(Transform):
    """Turn text into numbers and the time into the message's time. What cannot be used becomes null, and is counted."""

    config: NormaliseConfig
    examples = (
        Example("Text to numbers", given=["21.4", {"value": "450.5"}, {"value": ""}, {"value": "12abc"}],
                gives=[21.4, {"value": 450.5}, {"value": None}, {"value": None}]),
        Example("The time of the reading", given=[{"value": 1, "time": "2025-09-17T12:03:20Z"}],
                gives=[{"time_ns": 1758110600000000000, "payload": {"value": 1, "time": "2025-09-17T12:03:20Z"}}]),
        Example("Switches, and all metrics", "fields: {state: boolean, 'metrics.*': number}",
                given=[{"state": "ON", "metrics": {"t": "1,5"}}], gives=[{"state": True, "metrics": {"t": None}}]),
    )  # fmt: skip

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    def start(self) -> None:
        config = self.config
        self._rules = Rules(
            fields=config.fields,
            time=(config.time,) if isinstance(config.time, str) else tuple(config.time),
            decimal_comma=config.decimal_comma,
            words={**WORDS, **{word.strip().lower(): meant for word, meant in config.words.items()}},
            naive_zone=zone_of(config.zone),
            ahead_ns=None if config.ahead is None else int(config.ahead * 1e9),
            age_ns=None if config.age is None else int(config.age * 1e9),
            strict=config.strict,
        )
        self._usual_times = usual_times(self._rules)

    def process(self, messages: Messages) -> Sequence[Message]:
        faults: list[str] = []
        out = self._part(messages, faults)
        for fault in faults:
            self.context.count(fault.rpartition(":")[2])
        return out

    def _part(self, messages: Messages, faults: list[str]) -> Sequence[Message]:
        """A part of a batch; one with an unusual message is halved, so that few of them cost the others little."""
        times = self._usual_times([message.payload for message in messages]) if messages else ()
        if times is not None:
            if not any(times):
                return messages
            return [
                replace(m, time_ns=at_ns) if at_ns != m.arrived_ns else m.with_time(at_ns)
                for m, at_ns in zip(messages, times, strict=True)
            ]
        if len(messages) > SMALL:
            middle = len(messages) // 2
            return [*self._part(messages[:middle], faults), *self._part(messages[middle:], faults)]
        return [self._normalised(message, faults) for message in messages]

    def _normalised(self, message: Message, faults: list[str]) -> Message:
        payload, at_ns = normalise_payload(message.payload, self._rules, message.arrived_ns, faults)
        if self.config.wrap and type(payload) is not dict:
            payload = {self.config.wrap: payload}
        changed = replace(message, payload=payload)
        return changed.with_time(at_ns) if at_ns else changed
