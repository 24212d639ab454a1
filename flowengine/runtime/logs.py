"""The last lines of the log in RAM, so that people see them without a shell. Files and formats are the caller's."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence

import msgspec

KEPT = 2000
LONGEST = 2000
LEVELS = ("debug", "info", "warning", "error")


class LogLine(msgspec.Struct):
    """One line; `count` is how often it came in a row. `serial` grows with each change of any line."""

    at_ms: float
    level: str
    flow: str | None
    node: str | None
    message: str
    count: int
    serial: int = 0


class LogRing(logging.Handler):
    """The newest lines of the loggers that it is added to; a line that repeats itself is counted instead."""

    def __init__(self, kept: int = KEPT):
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=kept)
        self._guard = threading.Lock()
        self.serial = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        try:
            line = _line(record)
        except Exception:
            self.handleError(record)
            return
        with self._guard:
            self.serial += 1
            line.serial = self.serial
            last = self._lines[-1] if self._lines else None
            if last is not None and (last.level, last.message) == (line.level, line.message):
                line.count += last.count
                self._lines.pop()
            self._lines.append(line)

    def lines(self, after: int = 0) -> Sequence[LogLine]:
        """Those that changed after the serial number, oldest first."""
        with self._guard:
            return [line for line in self._lines if line.serial > after]


def _line(record: logging.LogRecord) -> LogLine:
    level = "error" if record.levelno >= logging.ERROR else record.levelname.lower()
    message = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        message = f"{message} ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
    flow, node = getattr(record, "flow", None), getattr(record, "node", None)
    message = message.removeprefix(f"{flow}/{node}: ")
    message = message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
    return LogLine(record.created * 1000, level if level in LEVELS else "info", flow, node, message, 1)
