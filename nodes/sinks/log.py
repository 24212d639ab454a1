"""`log`: write messages to the engine's log."""

from typing import Literal

from flowengine import Config, Example, Messages, Sink
from flowengine.expression import TemplateText


class LogConfig(Config):
    """Settings of `log`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Level of each line."""

    text: TemplateText | None = None
    """The line, with `{…}` filled from the message; without it topic and payload."""


class Log(Sink):
    """Write one line a message."""

    config: LogConfig
    examples = (Example("Show alarms", "{level: warning, text: '{topic}: {payload.state}'}"),)

    async def write(self, messages: Messages) -> None:
        write = getattr(self.context.log, self.config.level)
        for message in messages:
            write(
                "%s",
                self.config.text.fill(message) if self.config.text else f"{message.topic} {message.payload!r}"[:4096],
            )
