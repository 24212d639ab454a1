"""A `flowengine` command as a process of its own, with a log file: killed, signalled and read from outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


class LoggedProcess:
    """`words` come before the command (to mount, to fake the time); `module` has its main program."""

    def __init__(
        self, log: Path, *, words: Sequence[str] = (), environment: Mapping[str, str] | None = None,
        module: str = "flowengine",
    ):  # fmt: skip
        self.log = log
        self.words: Sequence[str] = words
        self._environment, self._module = environment or {}, module
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The last one that was started."""
        assert self._process is not None
        return self._process

    async def run(self, *arguments: str) -> None:
        """Start it; does not wait until it is ready."""
        with open(self.log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.words, sys.executable, "-m", self._module, *arguments,
                stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1", **self._environment},
            )  # fmt: skip

    def alive(self) -> bool:
        """Whether it runs; fails, with the end of its log, where it has ended."""
        assert self.process.returncode is None, self.log.read_text()[-3000:]
        return True

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal, and do not wait."""
        self.process.send_signal(number)

    async def ended(self, within_s: float = 60) -> int:
        """The exit status, once it has ended."""
        return await asyncio.wait_for(self.process.wait(), within_s)

    async def terminate(self, within_s: float = 60) -> int:
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended(within_s)

    def says(self, text: str) -> int:
        """How often its log has this text."""
        return self.log.read_text(errors="replace").count(text) if self.log.exists() else 0
