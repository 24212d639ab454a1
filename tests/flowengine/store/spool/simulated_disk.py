"""A disk in RAM that loses what was not synced, runs full and fails on command. No spool logic."""

from __future__ import annotations

import errno
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.store.spool.disk import Disk


class PowerCut(Exception):
    """The machine of this disk is off."""


@dataclass(eq=False)
class Inode:
    """What programs see, what is on the platter, and the writes between the two."""

    live: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)

    def apply(self, data: bytearray, offset: int, written: bytes | None) -> None:
        if written is None:
            del data[offset:]
            return
        data.extend(bytes(max(0, offset + len(written) - len(data))))
        data[offset : offset + len(written)] = written

    def change(self, offset: int, written: bytes | None) -> None:
        self.apply(self.live, offset, written)
        self.unsynced.append((offset, written))

    def sync(self) -> None:
        self.durable = bytearray(self.live)
        self.unsynced.clear()

    def after_cut(self, chance: random.Random) -> Inode:
        data = bytearray(self.durable)
        for offset, written in self.unsynced:
            fate = chance.choice(("kept", "lost", "torn"))
            if fate == "torn" and written:
                written = written[: chance.randrange(len(written))]
            if fate != "lost":
                self.apply(data, offset, written)
        return Inode(data, bytearray(data))


Fault = Callable[[str, str], OSError | None]


class SimulatedDisk(Disk):
    """Files by path. `fault(operation, file name)` may return the error an operation ends in."""

    def __init__(self, capacity_bytes: int = 1 << 40):
        self.files: dict[Path, Inode] = {}
        self.durable_names: dict[Path, Inode] = {}
        self.capacity_bytes = capacity_bytes
        self.fault: Fault = lambda _operation, _name: None
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[str, str]] = []
        self._handles: dict[int, tuple[Path, Inode]] = {}
        self._next_handle = 100
        self._lock = threading.RLock()
        self._off = False

    def power_cut(self, chance: random.Random) -> SimulatedDisk:
        """The disk as the next start finds it; this one is off."""
        with self._lock:
            self._off = True
            names = dict(self.durable_names)
            for path in {*self.files, *self.durable_names}:
                if self.files.get(path) is not self.durable_names.get(path) and chance.random() < 0.5:
                    names.pop(path, None)
                    if path in self.files:
                        names[path] = self.files[path]
            return self._restarted({path: inode.after_cut(chance) for path, inode in names.items()})

    def kill(self) -> SimulatedDisk:
        """The disk as the next process finds it; the old one can do nothing any more."""
        with self._lock:
            self._off = True
            return self._restarted(
                {path: Inode(inode.live, inode.durable, inode.unsynced) for path, inode in self.files.items()}
            )

    def _restarted(self, files: dict[Path, Inode]) -> SimulatedDisk:
        disk = SimulatedDisk(self.capacity_bytes)
        disk.files, disk.durable_names = files, dict(files)
        return disk

    @property
    def used_bytes(self) -> int:
        return sum(len(inode.live) for inode in self.files.values())

    def _call(self, operation: str, path: Path) -> None:
        if self._off:
            raise PowerCut
        self.calls[operation] += 1
        self.log.append((operation, path.name))
        if error := self.fault(operation, path.name):
            raise error

    def _open(self, path: Path) -> int:
        self._next_handle += 1
        self._handles[self._next_handle] = (path, self.files[path])
        return self._next_handle

    def _need(self, inode: Inode, length: int) -> None:
        if self.used_bytes + max(0, length - len(inode.live)) > self.capacity_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def make_folder(self, path: Path) -> None:
        self._call("make_folder", path)

    def lock(self, path: Path) -> int:
        with self._lock:
            self.files.setdefault(path, Inode())
            return self._open(path)

    def create(self, path: Path, mode: int = 0o600) -> int:
        with self._lock:
            self._call("create", path)
            if path in self.files:
                raise FileExistsError(path)
            self.files[path] = Inode()
            return self._open(path)

    def open(self, path: Path, write: bool = False) -> int:
        with self._lock:
            self._call("open", path)
            if path not in self.files:
                raise FileNotFoundError(path)
            return self._open(path)

    def write(self, handle: int, data: bytes, offset: int) -> None:
        with self._lock:
            path, inode = self._handles[handle]
            self._call("write", path)
            try:
                self._need(inode, offset + len(data))
            except OSError:
                fits = max(0, self.capacity_bytes - self.used_bytes)
                inode.change(offset, data[:fits])  # as real ones: what fits is written
                raise
            inode.change(offset, bytes(data))

    def read(self, handle: int, length: int, offset: int) -> bytes:
        with self._lock:
            path, inode = self._handles[handle]
            self._call("read", path)
            return bytes(inode.live[offset : offset + length])

    def sync(self, handle: int) -> None:
        with self._lock:
            path, inode = self._handles[handle]
            try:
                self._call("sync", path)
            except OSError:
                inode.unsynced.clear()  # pages are marked clean: nothing will ever write them
                raise
            inode.sync()

    def sync_folder(self, path: Path) -> None:
        with self._lock:
            self._call("sync_folder", path)
            inside = {name: inode for name, inode in self.files.items() if name.parent == path}
            self.durable_names = {
                name: inode for name, inode in self.durable_names.items() if name.parent != path
            } | inside

    def allocate(self, handle: int, length: int) -> None:
        with self._lock:
            path, inode = self._handles[handle]
            self._call("allocate", path)
            self._need(inode, length)
            inode.change(0, bytes(length))

    def cut(self, handle: int, length: int) -> None:
        with self._lock:
            path, inode = self._handles[handle]
            self._call("cut", path)
            inode.change(length, None)

    def size(self, path: Path) -> int:
        with self._lock:
            self._call("size", path)
            return len(self.files[path].live)

    def names(self, path: Path) -> list[str]:
        with self._lock:
            self._call("names", path)
            return sorted(file.name for file in self.files if file.parent == path)

    def remove(self, path: Path) -> None:
        with self._lock:
            self._call("remove", path)
            self.files.pop(path, None)

    def rename(self, source: Path, target: Path) -> None:
        with self._lock:
            self._call("rename", source)
            self.files[target] = self.files.pop(source)

    def link(self, source: Path, target: Path) -> None:
        with self._lock:
            self._call("link", source)
            if source not in self.files:
                raise FileNotFoundError(source)
            self.files[target] = self.files[source]

    def close(self, handle: int) -> None:
        with self._lock:
            self._handles.pop(handle, None)
