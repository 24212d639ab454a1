"""`rtdb_read`: add the latest value of a point to each message."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from flowengine import Config, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.expression import TemplateText
from nodes.batches.sorting import sort_out
from nodes.values.paths import NotAMap, with_value

Target = Annotated[str, Field(pattern=r"^(payload|meta)(\.[^.\s]+)+$")]


class Read(Config):
    """One point of several."""

    key: TemplateText
    """Name of the point."""

    default: Any = None
    """What stands for it while it is missing; then it is not missing for the message."""

    max_age: Duration | None = None
    """A reading whose own time is older than this counts as missing; by default that of the node."""


def _read(value: Any) -> Any:
    return {"key": value} if isinstance(value, str) else value


class RtdbReadConfig(Config):
    """Settings of `rtdb_read`."""

    key: TemplateText | None = None
    """Name of the point, such as `{device}/setpoint`."""

    values: dict[Target, Annotated[Read, BeforeValidator(_read)]] = Field(default={})
    """Or several points at once, by where their values go:
    `{payload.t: hp/temp, meta.low: {key: limits/low, default: 19, max_age: 10m}}`."""

    into: str = "payload"
    """Where its value goes: `payload`, a field such as `payload.setpoint`, or `meta.setpoint`."""

    max_age: Duration | None = None
    """A reading whose own time is older than this counts as missing, as does one without that a broker had kept."""

    missing: Literal["pass", "reject", "drop"] = "pass"
    """What becomes of a message whose point is missing: passed with null, rejected, or dropped and counted."""


class RtdbRead(Stateful):
    """Read a point from the real-time database, by a name that the message fills."""

    config: RtdbReadConfig
    category = "store"
    durable_state = False
    examples = (
        Example("What is the setpoint?", "{key: '{device}/setpoint', into: payload.setpoint}"),
        Example(
            "Several at once", "values: {payload.t: hp/temp, payload.sp: {key: hp/set, default: 20, max_age: 10m}}"
        ),
        Example("Answer with the value", "{key: '{payload.point}', missing: reject}"),
    )

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, RtdbReadConfig)
        if (config.key is None) == (not config.values):
            return [("key", "needs either `key` or `values`")]
        root, _, rest = config.into.partition(".")
        good = root in ("payload", "meta") and all(config.into.split(".")) and (root == "payload" or bool(rest))
        return [] if good else [("into", "is `payload`, `payload.NAME` or `meta.NAME`")]

    def start(self) -> None:
        config = self.config
        whole = {config.into: Read(key=config.key)} if config.key is not None else {}
        self._reads = [(target.split("."), read) for target, read in (whole or config.values).items()]

    def process(self, messages: Messages, now_s: float) -> Emit:
        good, keys, bad = sort_out(messages, *(read.key.each for _, read in self._reads))
        out: list[Message] = []
        for message, *names in zip(good, *keys, strict=True):
            values = [self._value(read, key) for (_, read), key in zip(self._reads, names, strict=True)]
            missing = next((key for key, value in zip(names, values, strict=True) if value is None), None)
            if missing is not None and self.config.missing != "pass":
                if self.config.missing == "reject":
                    bad = [*bad, (message, "point is missing" if self.config.key else f"point {missing} is missing")]
                else:
                    self.context.count("point is missing")
                continue
            try:
                for (target, _), value in zip(self._reads, values, strict=True):
                    message = _with(message, target, value)
                out.append(message)
            except NotAMap as fault:
                bad = [*bad, (message, str(fault))]
        return Emit(out, rejected=bad)

    def _value(self, read: Read, key: str) -> Any:
        """The value of a point; the default (None without one) when it is missing or too old."""
        point, most_s = self.context.rtdb.get(key), read.max_age if read.max_age is not None else self.config.max_age
        if point is None or (most_s is not None and point.is_older(most_s, self.context.clock.time_ns())):
            return read.default
        return read.default if point.value is None else point.value


def _with(message: Message, target: list[str], value: Any) -> Message:
    root, *path = target
    if root == "meta":
        return message.replace(meta=with_value(message.meta, path, value))
    return message.with_payload(with_value(message.payload, path, value) if path else value)
