"""`switch`: send messages to ports by conditions."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Ports, Router
from flowengine.expression import Expr

OTHERWISE = "otherwise"
PortName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]*$", max_length=64)]


class SwitchConfig(Config):
    """Settings of `switch`."""

    also_called: ClassVar = {
        **dict.fromkeys(("on", "value", "property", "cases", "when"), "rules: {hot: payload.t > 8}"),
        **dict.fromkeys(("default", "else"), "to: {otherwise: NODE}"),
    }

    rules: Annotated[dict[PortName, Expr], Field(min_length=1)]
    """Output ports, each with the condition of the messages that leave by it."""

    match: Literal["first", "all"] = "first"
    """`first`: a message leaves by the first port that fits; `all`: by each that fits."""


class Switch(Router):
    """Send each message to the port whose condition it meets, or to `otherwise`."""

    config: SwitchConfig
    category = "logic"
    passes_on = True
    outputs = (OTHERWISE,)
    examples = (
        Example("Hot, cold and the rest", "rules: {hot: payload > 40, cold: payload < 5}",
                given=[50, 1, 20], gives={"hot": [50], "cold": [1], "otherwise": [20]}),
        Example("To every port that fits", "{match: all, rules: {warm: payload > 10, hot: payload > 40}}",
                given=[50], gives={"warm": [50], "hot": [50]}),
    )  # fmt: skip

    @classmethod
    def ports(cls, config: Config) -> tuple[str, ...]:
        assert isinstance(config, SwitchConfig)
        return (*config.rules, OTHERWISE)

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SwitchConfig)
        reserved = {OTHERWISE: "what no rule fits", "error": "rejected messages"}
        return [
            ("rules", f"{name!r} is the port for {meant}; choose another name")
            for name, meant in reserved.items()
            if name in config.rules
        ]

    def route(self, messages: Messages) -> Ports:
        return self._first(messages) if self.config.match == "first" else self._all(messages)

    def _first(self, messages: Messages) -> Ports:
        ports: dict[str, Sequence[Message]] = {}
        rest = messages
        for port, rule in self.config.rules.items():
            fits = rule.each(rest)
            if any(fits):
                ports[port] = [m for m, fit in zip(rest, fits, strict=True) if fit]
                rest = [m for m, fit in zip(rest, fits, strict=True) if not fit]
        return {**ports, OTHERWISE: rest} if rest else ports

    def _all(self, messages: Messages) -> Ports:
        ports: dict[str, Sequence[Message]] = {}
        fitted = [False] * len(messages)
        for port, rule in self.config.rules.items():
            fits = rule.each(messages)
            ports[port] = [m for m, fit in zip(messages, fits, strict=True) if fit]
            fitted = [before or bool(fit) for before, fit in zip(fitted, fits, strict=True)]
        rest = [m for m, fit in zip(messages, fitted, strict=True) if not fit]
        return {port: found for port, found in {**ports, OTHERWISE: rest}.items() if found}
