"""What the last full archive of a folder held, so that others pack only what changed. Blocking; packs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from flowengine.store.files import replace
from nodes.files.archive import Entry


class _List(msgspec.Struct):
    at_ns: int
    files: dict[str, tuple[int, int]]
    """Size and time of change by path."""


class ArchiveManifest:
    """The list of the last full archive, in a file of its own. Raises OSError."""

    def __init__(self, file: Path):
        self._file = file

    def changed(self, entries: Sequence[Entry], now_ns: int, every_ns: int) -> list[Entry] | None:
        """What is new or differs since then; None when a full archive is due."""
        try:
            last = msgspec.msgpack.decode(self._file.read_bytes(), type=_List)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        if not last.at_ns <= now_ns < last.at_ns + every_ns:  # a clock that was set back makes one due, too
            return None
        return [entry for entry in entries if last.files.get(entry.path) != (entry.size_bytes, entry.changed_ns)]

    def keep(self, entries: Sequence[Entry], now_ns: int) -> None:
        """A full archive of these is on disk."""
        files = {entry.path: (entry.size_bytes, entry.changed_ns) for entry in entries}
        replace(self._file, [msgspec.msgpack.encode(_List(now_ns, files))])
