"""A real `flowengine run` as a process of its own, for tests of commands that talk to it. No test logic here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_until


class Process:
    """The process, and what it said so far."""

    def __init__(self, folder: Path, *arguments: str):
        command = [sys.executable, "-m", "flowengine", "run", "--listen", "127.0.0.1:0", *arguments]
        self._process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until_says(self, words: str, timeout_s: float = 60) -> None:
        """Return when it has said so; fails when it has not in time."""
        wait_until(lambda: any(words in line for line in self.lines), timeout_s, lambda: "\n".join(self.lines))

    def send(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after this signal."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        status = self._process.wait(20)
        self._reader.join(5)
        if self._process.stderr is not None:
            self._process.stderr.close()
        return status

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Process]:
    """The engine with its flows running; stopped at the end."""
    process = Process(folder, *arguments)
    try:
        process.until_says("flows run")
        wait_until(lambda: (folder / ".flowengine" / "control.sock").exists())
        yield process
    finally:
        process.end()


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return os.stat(path).st_mode & 0o777
