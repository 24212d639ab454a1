"""Keeps an engine in step with flow files on disk: what changed is applied, what is wrong disturbs nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.engine import Engine
from flowengine.errors import BadFlow
from flowengine.flow.files import BESIDE, find
from flowengine.flow.load import Loaded
from flowengine.runtime.plan import Plan
from flowengine.store.files import replace_shared
from flowengine.store.spool.disk import is_full

log = logging.getLogger("flowengine")
LOOK_EVERY_S = 0.5
LOOK_FOR_ROOM_EVERY_S = 2.0
NO_ROOM = "  the disk is full: there is no room for what the flow keeps on it"
Stamp = tuple[int, int]
"""When a file was written, in ns, and its bytes."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a plan that was carried out, or why it was not."""

    file: Path
    flow: str = ""
    plan: Plan | None = None
    faults: Sequence[str] = ()
    removed: bool = False

    def lines(self) -> list[str]:
        """For people."""
        if self.removed:
            return [f"{self.file}: gone, flow {self.flow} stopped"]
        if self.plan is None:
            return [f"{self.file}: not deployed", *self.faults]
        if self.plan.nothing:
            return []
        return [f"{self.file}: flow {self.flow}", *(f"  {line}" for line in self.plan.lines())]


@dataclass(frozen=True)
class Applied:
    """The text of a flow that was made to run; without an author it was found on disk."""

    flow: str
    text: bytes
    author: str = ""
    comment: str = ""
    was_deployed: bool = False
    """Whether it was found deployed, as by another worker."""


@dataclass
class Deployer:
    """Files and folders of flows, and what of them runs."""

    engine: Engine
    paths: Sequence[Path]
    announce: Callable[[str], None] = log.info
    deployed: Callable[[Applied], Awaitable[None]] | None = None
    """Told every file that was applied."""

    _faults: dict[Path, Sequence[str]] = field(default_factory=dict)
    _flows: dict[Path, str] = field(default_factory=dict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: dict[Path, Stamp] | None = None
    """What files are known to be as they were applied; None while nobody watches."""

    async def apply(self) -> list[Outcome]:
        """Deploy every file, which does nothing where nothing changed; stop flows whose file is gone."""
        async with self._busy:
            if self._seen is not None:  # before they are read: what changes from here on is seen
                self._seen = await asyncio.to_thread(self._stamps)
            files = await asyncio.to_thread(find, self.paths)
            outcomes = [await self._apply(file) for file in files]
            for file in [file for file in self._flows if file not in files]:
                outcomes.append(await self._remove(file))
            for outcome in outcomes:
                self._tell(outcome)
            for gone in self._faults.keys() - set(files):
                self.engine.not_deployed.pop(str(gone), None)
            return outcomes

    @property
    def without_room(self) -> list[Path]:
        """Files that do not run because the disk is full."""
        return [file for file, faults in self._faults.items() if NO_ROOM in faults]

    def _tell(self, outcome: Outcome) -> None:
        """Announce what is new; the same faults of an unchanged file are not repeated."""
        if self._faults.get(outcome.file) != outcome.faults or outcome.plan is not None or outcome.removed:
            for line in outcome.lines() or self._mended(outcome.file):
                self.announce(line)
        self._faults[outcome.file] = outcome.faults
        if outcome.faults:
            self.engine.not_deployed[str(outcome.file)] = outcome.faults[0].strip()
        else:
            self.engine.not_deployed.pop(str(outcome.file), None)

    def _mended(self, file: Path) -> list[str]:
        return [f"{file}: right again, and what runs"] if self._faults.get(file) else []

    async def deploy(self, file: Path, text: bytes, loaded: Loaded, author: str, comment: str) -> Outcome:
        """Make `text`, checked as `loaded`, the file, and run it; the file is as before when that does not run.

        The file is one of the paths or in one of them. Raises `OSError` when it cannot be written.
        """
        async with self._busy:
            before = await asyncio.to_thread(_written, file, text)
            outcome = await self._run(file, loaded, Applied(loaded.flow.name, text, author, comment))
            if outcome.plan is None:
                await asyncio.to_thread(_put_back, file, before)
            elif self._seen is not None and (stamp := await asyncio.to_thread(_stamp, file)) and stamp[1] == len(text):
                self._seen[file] = stamp
            self._tell(outcome)
            return outcome

    async def watch(self) -> None:
        """Apply changes as they happen, until cancelled."""
        async for _ in self._ticks():
            await self.apply()

    async def wait_for_room(self) -> None:
        """Run what a full disk kept from running, once it can, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_FOR_ROOM_EVERY_S)
            async with self._busy:
                for file in self.without_room:
                    if await asyncio.to_thread(file.exists):
                        self._tell(await self._apply(file))

    async def _ticks(self) -> AsyncIterator[None]:
        self._seen = await asyncio.to_thread(self._stamps)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = await self._look()
            if now != self._seen:
                # An editor may still be writing: wait until two looks agree.
                while (settled := await self._look()) != now:
                    now = settled
                    await asyncio.sleep(LOOK_EVERY_S / 5)
                yield

    async def _look(self) -> dict[Path, Stamp]:
        async with self._busy:  # what a deploy writes is known when it is through
            return await asyncio.to_thread(self._stamps)

    def _stamps(self) -> dict[Path, Stamp]:
        folders = {path if path.is_dir() else path.parent for path in self.paths}
        files = [file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.suffix in BESIDE]
        return {file: stamp for file in files if (stamp := _stamp(file)) is not None}

    async def _apply(self, file: Path) -> Outcome:
        try:
            text = await asyncio.to_thread(file.read_bytes)
            loaded = await asyncio.to_thread(self.engine.load, text, str(file), file.parent)
        except OSError as fault:
            return Outcome(file, faults=[f"{file}: cannot be read: {fault.strerror}"])
        return await self._run(file, loaded, Applied(loaded.flow.name, text))

    async def _run(self, file: Path, loaded: Loaded, applied: Applied) -> Outcome:
        former = self._flows.get(file)
        try:
            if former is not None and former != loaded.flow.name and loaded.ok:
                await self.engine.remove(former)
            done = await self.engine.deploy(loaded)
        except BadFlow as bad:
            return Outcome(file, loaded.flow.name, faults=[f"  {problem}" for problem in bad.problems])
        except Exception as error:
            if isinstance(error, OSError) and is_full(error):
                return Outcome(file, loaded.flow.name, faults=[NO_ROOM])
            log.exception("%s could not be deployed", file)
            return Outcome(file, loaded.flow.name, faults=[f"  {type(error).__name__}: {error}"])
        self._flows[file] = loaded.flow.name
        if self.deployed is not None:
            await self.deployed(applied)
        return Outcome(file, loaded.flow.name, done)

    async def _remove(self, file: Path) -> Outcome:
        flow = self._flows.pop(file)
        await self.engine.remove(flow)
        return Outcome(file, flow, removed=True)


def _stamp(file: Path) -> Stamp | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size


def _written(file: Path, text: bytes) -> bytes | None:
    """Write the file; what it held before, None where there was none."""
    before = file.read_bytes() if file.exists() else None
    replace_shared(file, text)
    return before


def _put_back(file: Path, before: bytes | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    else:
        replace_shared(file, before)
