"""The engine's side of the process: starts it, gives it messages, ends it when it hangs. Knows no node."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from flowengine.ending import end
from nodes.clients.process import ENVIRONMENT

WORKER = Path(__file__).with_name("worker.py")
LOAD_S = 30.0
"""So long a file may take to be imported."""

_HEAD = struct.Struct(">I")
_LINE_BYTES = 1000


class Answer(NamedTuple):
    """What the function gave; where `good` is false, `value` is the reason."""

    good: bool
    value: Any


class Died(Exception):
    """The process ended or was ended; `answers` came before, and the message after the last of them was its last."""

    def __init__(self, reason: str, answers: Sequence[Answer]):
        super().__init__(reason)
        self.answers = answers


class NotLoaded(Exception):
    """The file cannot be used as it is."""


class Budget(NamedTuple):
    """What one process may take: time for one message, memory in all, bytes of one result."""

    limit_s: float
    memory_bytes: int
    output_bytes: int


class PythonProcess:
    """One function of one file, started when it is first asked, and anew when the file has changed or it has died."""

    def __init__(self, file: Path, call: str, folder: Path, budget: Budget) -> None:
        self._file, self._call, self._folder, self._budget = file, call, folder, budget
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._said: deque[str] = deque(maxlen=1)
        self._version: tuple[int, int] | None = None
        self.starts = 0

    async def ask(self, messages: Sequence[Sequence[Any]]) -> list[Answer]:
        """An answer for each [payload, topic, time, meta].

        Raises Died, NotLoaded, OSError; TypeError, OverflowError, RecursionError for what cannot be handed over.
        """
        packed = msgspec.msgpack.encode(messages)
        try:
            await self._ready()
            return await self._asked(packed, len(messages))
        except BaseException:
            await self.close()  # in the middle of a batch nobody knows what comes next
            raise

    async def close(self) -> None:
        """End it with all that it has started."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await asyncio.wait([listening], timeout=1.0)
            listening.cancel()

    async def _ready(self) -> None:
        version = await asyncio.to_thread(self._look)
        if self._process is not None and (version != self._version or self._process.returncode is not None):
            await self.close()
        if self._process is None:
            self._version = version
            await self._start()

    def _look(self) -> tuple[int, int]:
        about = self._file.stat()
        return about.st_mtime_ns, about.st_size

    async def _start(self) -> None:
        budget, pipe = self._budget, asyncio.subprocess.PIPE
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        command = [sys.executable, "-I", str(WORKER), str(self._file), self._call, str(budget.memory_bytes)]
        self._process = await asyncio.create_subprocess_exec(
            *command, str(budget.output_bytes), cwd=self._folder, env=ENVIRONMENT, start_new_session=True,
            stdin=pipe, stdout=pipe, stderr=pipe, limit=2**16,
        )  # fmt: skip
        self.starts += 1
        self._said.clear()
        self._listening = asyncio.create_task(self._listen(self._process))
        loaded = await self._read(LOAD_S, [])
        if not loaded.good:
            raise NotLoaded(loaded.value)

    async def _asked(self, packed: bytes, count: int) -> list[Answer]:
        process, answers = self._process, list[Answer]()
        assert process is not None and process.stdin is not None
        giving = asyncio.ensure_future(self._give(process.stdin, packed))
        try:
            while len(answers) < count:
                answers.append(await self._read(self._budget.limit_s, answers))
        finally:
            await end(giving)
        return answers

    async def _give(self, stdin: asyncio.StreamWriter, packed: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has died: the reader says so
            stdin.write(_HEAD.pack(len(packed)))
            stdin.write(packed)
            await stdin.drain()

    async def _read(self, limit_s: float, before: Sequence[Answer]) -> Answer:
        process = self._process
        assert process is not None and process.stdout is not None
        try:
            async with asyncio.timeout(limit_s):
                (length,) = _HEAD.unpack(await process.stdout.readexactly(_HEAD.size))
                return Answer(*msgspec.msgpack.decode(await process.stdout.readexactly(length)))
        except TimeoutError:
            raise Died(f"took longer than {limit_s:g} s", before) from None
        except asyncio.IncompleteReadError:
            raise Died(await self._why(process), before) from None

    async def _why(self, process: asyncio.subprocess.Process) -> str:
        """How it ended, with the last thing it said."""
        if self._listening is not None:
            await asyncio.wait([self._listening], timeout=1.0)
        code = await process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"its process {how}{f': {self._said[-1]}' if self._said else ''}"

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Read what it prints, so that it does not hang; the last line may say why it died."""
        assert process.stderr is not None
        rest = b""
        while chunk := await process.stderr.read(2**16):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-_LINE_BYTES:]
            if said := [line for line in lines if line.strip()]:
                self._said.append(said[-1][-_LINE_BYTES:].decode("utf-8", "replace"))
