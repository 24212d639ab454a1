"""`log`: write messages to the engine's log."""

from __future__ import annotations

from typing import Literal

from flowengine import Config, Example, Message, Messages, Sink
from flowengine.expression import TemplateError, TemplateText

MOST_CHARACTERS = 4096


class LogConfig(Config):
    """Settings of `log`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Level of each line."""

    text: TemplateText | None = None
    """The line, with `{…}` filled from the message; without it topic and payload."""


class Log(Sink):
    """Write one line a message, at most 4096 characters, with line ends and other control characters escaped."""

    config: LogConfig
    category = "tool"
    examples = (Example("Show alarms", "{level: warning, text: '{topic}: {payload.state}'}"),)

    async def write(self, messages: Messages) -> None:
        write = getattr(self.context.log, self.config.level)
        for message in messages:
            write("%s", self._line(message))

    def _line(self, message: Message) -> str:
        text = self.config.text
        try:
            line = text.fill(message) if text is not None else f"{message.topic} {message.payload!r}".lstrip()
        except TemplateError as fault:
            line = f"{message.topic} {message.payload!r} ({fault})".lstrip()
        # A device must not be able to write lines of its own into the log.
        line = line[:MOST_CHARACTERS]
        return line if line.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
