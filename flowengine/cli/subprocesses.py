"""Processes of `flowengine` that a command starts, watches and stops together. Never here: what they do."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_S = 15.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Child:
    """One process: its name for people, its arguments, and variables it gets besides ours."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Subprocesses:
    """Use as `async with Subprocesses(log) as running`: at the end all are stopped, the last started first."""

    def __init__(self, log: Path):
        self._path = log
        self._log: IO[bytes] | None = None
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def __aenter__(self) -> Subprocesses:
        """Open the log, which all share."""
        self._log = self._path.open("wb")
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop them all; one that does not end in time is killed."""
        for process in reversed(self._running.values()):
            await _stop(process)
        if self._log is not None:
            self._log.close()

    @property
    def ended(self) -> str:
        """The name of one that has ended by itself; empty while all run."""
        return next((name for name, process in self._running.items() if process.returncode is not None), "")

    async def start(self, child: Child) -> None:
        """Start it. It ends when we die, and hears nothing of our terminal's Ctrl+C: we stop it in order."""
        self._running[child.name] = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowengine", *child.arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env={**os.environ, **child.environment}, start_new_session=True, preexec_fn=_end_with_parent,
        )  # fmt: skip

    async def until_said(self, words: str, within_s: float, stopping: asyncio.Event) -> str:
        """What all have said, once these words are in it; empty when time is over, one has ended, or we are to stop."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < deadline_s and not self.ended and not stopping.is_set():
            said = words in self.output()
            await asyncio.sleep(LOOK_EVERY_S)
            if said:
                return self.output()  # with what was said in the same breath
        return ""

    def output(self) -> str:
        """What all have said so far."""
        return self._path.read_text(encoding="utf-8", errors="replace")

    async def until_one_ends(self, stopping: asyncio.Event, length_s: float | None) -> None:
        """Wait until one has ended by itself, we are to stop, or the time is over."""
        waits = [asyncio.create_task(process.wait()) for process in self._running.values()]
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait([*waits, stop], timeout=length_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (*waits, stop):
            task.cancel()
        await asyncio.gather(*waits, stop, return_exceptions=True)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
