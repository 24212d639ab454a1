"""Runs one program to its end: no shell, a limit of time, bounded output. Which may run is decided elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flowengine.counts import count_of

CHUNK_BYTES = 65_536
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that a program sees of ours: secrets stand in the engine's own environment."""


class Outcome(NamedTuple):
    """How it ended; `cut` when it wrote more than was kept."""

    code: int
    stdout: str
    stderr: str
    took_s: float
    cut: bool


class TooLong(Exception):
    """It did not end in time, and was killed with all that it had started."""


class Ended(Exception):
    """A program that should stay has ended."""


async def run_program(
    path: Path, arguments: Sequence[str], given: bytes | None, folder: Path, limit_s: float, most_bytes: int
) -> Outcome:
    """The outcome. Raises TooLong, and OSError when it cannot be started. Cancelled, it ends the program."""
    started_s = time.monotonic()
    process = await _start(
        str(path), *arguments, cwd=folder, env=ENVIRONMENT, start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(limit_s):
            out, err, _, code = await asyncio.gather(
                _read(process.stdout, most_bytes),
                _read(process.stderr, most_bytes),
                _feed(process.stdin, given),
                process.wait(),
            )
    except TimeoutError:
        await _end(process)
        raise TooLong(f"took longer than {limit_s:g} s") from None
    except BaseException:
        await _end(process)
        raise
    cut = max(len(out), len(err)) > most_bytes
    stdout, stderr = (data[:most_bytes].decode("utf-8", "replace") for data in (out, err))
    return Outcome(code, stdout, stderr, time.monotonic() - started_s, cut)


class LineProgram:
    """A program that stays: one line in, one line out. Started when it is first asked, and anew once it has ended."""

    def __init__(self, path: Path, arguments: Sequence[str], folder: Path, most_bytes: int):
        self._command, self._folder, self._most_bytes = [str(path), *arguments], folder, most_bytes
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._said = b""

    async def ask(self, line: bytes, limit_s: float) -> str:
        """What it answers to a line, without its end. Raises TooLong, Ended, and OSError when it cannot be started.

        Whatever goes wrong ends it: nobody would know which line the next answer is for.
        """
        try:
            async with asyncio.timeout(limit_s):
                return (await self._asked(line)).rstrip(b"\r\n").decode("utf-8", "replace")
        except TimeoutError:
            await self.close()
            raise TooLong(f"took longer than {limit_s:g} s") from None
        except asyncio.LimitOverrunError:
            await self.close()
            raise TooLong(f"answered with more than {count_of(self._most_bytes, 'byte')} in a line") from None
        except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
            code = await self._code()
            await self.close()  # which hears what it said last
            said = self._said.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise Ended(f"ended with {code}" + (f": {said}" if said else "")) from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End it with all that it has started."""
        process, self._process = self._process, None
        listening, self._listening = self._listening, None
        if process is None or listening is None:
            return
        _kill(process)
        await asyncio.wait([listening], timeout=1.0)  # it reads what the program said last
        listening.cancel()
        await _end(process)

    async def _asked(self, line: bytes) -> bytes:
        if self._process is not None and self._process.returncode is not None:
            await self.close()
        if self._process is None:
            pipe = asyncio.subprocess.PIPE
            self._process = await _start(
                *self._command, cwd=self._folder, env=ENVIRONMENT, start_new_session=True,
                stdin=pipe, stdout=pipe, stderr=pipe, limit=self._most_bytes,
            )  # fmt: skip
            self._said = b""
            self._listening = asyncio.create_task(self._listen(self._process), name="what a program says")
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line + b"\n")
        await process.stdin.drain()
        return await process.stdout.readuntil(b"\n")

    async def _code(self) -> int:
        """Why it ended; it may have closed its output and gone on."""
        assert self._process is not None
        try:
            async with asyncio.timeout(1.0):
                return await self._process.wait()
        except TimeoutError:
            return -signal.SIGKILL

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while chunk := await process.stderr.read(CHUNK_BYTES):
            self._said = (self._said + chunk)[-CHUNK_BYTES:]


async def _start(*command: str, **options: Any) -> asyncio.subprocess.Process:
    """The process; cancelled meanwhile, it is ended with all that it has started: asyncio would end it alone."""
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*command, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):  # it could not be started at all
            await _end(await starting)
        raise


async def _read(stream: asyncio.StreamReader | None, most_bytes: int) -> bytes:
    """At most one byte more than that; the rest is read and thrown away, so that the program does not hang."""
    assert stream is not None
    kept = bytearray()
    while chunk := await stream.read(CHUNK_BYTES):
        if len(kept) <= most_bytes:
            kept += chunk[: most_bytes + 1 - len(kept)]
    return bytes(kept)


async def _feed(stream: asyncio.StreamWriter | None, given: bytes | None) -> None:
    if stream is None or given is None:
        return
    try:
        stream.write(given)
        await stream.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it does not want to read
    stream.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    _kill(process)
    await asyncio.shield(_gone(process))


def _kill(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own, also for what it started and left
    except ProcessLookupError:
        pass


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Return when a killed process is gone. What it wrote and nobody read is read first: asyncio waits for that."""
    for stream in (process.stdout, process.stderr):
        while stream is not None and await stream.read(CHUNK_BYTES):
            pass
    await process.wait()
