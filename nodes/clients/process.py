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
    try:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own, also for what it started and left
    except ProcessLookupError:
        pass
    await asyncio.shield(process.wait())
