"""Where the log of a running engine goes: text or JSON, to the terminal or to files that rotate, off the event loop."""

from __future__ import annotations

import argparse
import copy
import json
import logging
import queue
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler, TimedRotatingFileHandler
from pathlib import Path

from flowengine.cli.amounts import whole
from flowengine.config import size_bytes
from flowengine.counts import count_of

WAITING = 10_000
"""Lines that may wait for a slow disk; more are dropped, and the next line says how many."""

_ROTATIONS = {"daily": "midnight", "hourly": "H"}


def add_log_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments that say what is logged and where."""
    levels = ("debug", "info", "warning", "error")
    parser.add_argument("--log-level", default="info", choices=levels, help="the least that is logged")
    parser.add_argument("--log-format", default="text", choices=("text", "json"), help="json: one object a line")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="instead of standard error")
    parser.add_argument("--log-rotate", default="daily", metavar="WHEN", help="daily, hourly, or a size such as 10MB")
    parser.add_argument(
        "--log-keep", type=whole(0, 100_000), default=14, metavar="N", help="rotated files to keep (14)"
    )


def start_logging(options: argparse.Namespace) -> Callable[[], None]:
    """Log as the arguments say; the returned function writes what waits and ends it."""
    target = _target(options)
    target.setFormatter(JsonLines() if options.log_format == "json" else _text())
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(WAITING)
    root = logging.getLogger()
    root.setLevel(options.log_level.upper())
    root.handlers[:] = [Unhurried(waiting)]
    listener = QueueListener(waiting, target)
    listener.start()

    def stop() -> None:
        listener.stop()
        target.close()

    return stop


def keep_out_of_log(star: Callable[[str], str]) -> None:
    """From now on every line and trace is written as `star` gives it back, without secrets."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Unhurried):
            handler.star = star


class Unhurried(QueueHandler):
    """Never waits for the disk: what does not fit is dropped and counted. `star` takes out secrets."""

    def __init__(self, waiting: queue.Queue[logging.LogRecord]):
        super().__init__(waiting)
        self._waiting = waiting
        self._dropped = 0
        self._traces = logging.Formatter()
        self.star: Callable[[str], str] = str

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """A copy that holds only text, so that nothing of it can change or show a secret before it is written."""
        ready = copy.copy(record)
        ready.msg, ready.args = self.star(record.getMessage()), None
        if record.exc_info:
            ready.exc_text, ready.exc_info = self.star(self._traces.formatException(record.exc_info)), None
        return ready

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue a line, or count it."""
        if self._dropped and not self._waiting.full():
            record.msg, record.args = (
                f"({count_of(self._dropped, 'line was', 'lines were')} dropped before this one) {record.getMessage()}",
                (),
            )
            self._dropped = 0
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._dropped += 1


class JsonLines(logging.Formatter):
    """One JSON object a line: at (RFC 3339, UTC), level, logger, message, flow, node, trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in ("flow", "node") if hasattr(record, name)}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        elif record.exc_text:
            entry["trace"] = record.exc_text
        return json.dumps(entry, ensure_ascii=False)


def _text() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")


def _target(options: argparse.Namespace) -> logging.Handler:
    if options.log_file is None:
        return logging.StreamHandler(sys.stderr)
    try:
        return _file(options)
    except OSError as fault:
        raise SystemExit(f"flowengine: cannot write {options.log_file}: {fault.strerror}") from None


def _file(options: argparse.Namespace) -> logging.Handler:
    options.log_file.parent.mkdir(parents=True, exist_ok=True)
    if options.log_rotate in _ROTATIONS:
        return TimedRotatingFileHandler(
            options.log_file,
            when=_ROTATIONS[options.log_rotate],
            backupCount=options.log_keep,
            encoding="utf-8",
            utc=True,
        )
    try:
        limit = size_bytes(options.log_rotate)
        if not limit:
            raise ValueError("a file of no byte holds no line")
    except ValueError:
        raise SystemExit("flowengine: --log-rotate is daily, hourly, or a size such as 10MB") from None
    return RotatingFileHandler(options.log_file, maxBytes=limit, backupCount=options.log_keep, encoding="utf-8")
