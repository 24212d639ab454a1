"""Small facts by name in one folder, changed by compare-and-set, also between processes. Blocking.

A file is a fact: its revision and its value. Never here: who may change it, what it means.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from flowengine.store.files import replace
from flowengine.store.port import Conflict, Entry
from flowengine.store.spool.disk import Disk

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")
LOCK = ".lock"


class FileKeys:
    """A `KeyValue` in a folder of its own."""

    def __init__(self, folder: Path):
        self._folder = folder

    def get(self, key: str) -> Entry | None:
        """What stands there; None for nothing. Raises ValueError for no name, `msgspec.DecodeError` for damage."""
        try:
            revision, value = msgspec.msgpack.decode(self._path(key).read_bytes(), type=tuple[int, bytes])
        except FileNotFoundError:
            return None
        return Entry(value, revision)

    def put(self, key: str, value: bytes, revision: int | None = None) -> int:
        """The revision of the change. Raises `Conflict` unless what stands there has `revision` (0: nothing does)."""
        path = self._path(key)
        Disk().make_folder(self._folder)
        with self._alone():
            before = self.get(key)
            now = 0 if before is None else before.revision
            if revision is not None and revision != now:
                raise Conflict(f"{key} is at revision {now}, not {revision}")
            replace(path, [msgspec.msgpack.encode((now + 1, value))])
        return now + 1

    def _path(self, key: str) -> Path:
        if not NAME.fullmatch(key):
            raise ValueError(f"{key!r} is no name: small letters, digits, and _ . - behind the first")
        return self._folder / key

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
