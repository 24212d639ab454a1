"""Opening a spool's folder: lock, cursor, recovery, in one call off the loop. What runs then is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowengine.store.data_folder import LOCK
from flowengine.store.spool.cursor import CursorFile, Mark
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.interface import SpoolInUse
from flowengine.store.spool.quarantine import Quarantine
from flowengine.store.spool.recovery import Recovered, recover

FIRST_POSITION = 1


@dataclass(slots=True)
class Opened:
    """A folder in order, and held alone."""

    disk: Disk
    folder: Path
    lock: int
    cursor: CursorFile
    mark: Mark
    quarantine: Quarantine
    recovered: Recovered
    quarantined: int

    def release(self) -> None:
        """Others may open the folder; a second call does nothing."""
        if self.lock >= 0:
            self.disk.close(self.lock)
        self.lock = -1


def open_folder(disk: Disk, folder: Path) -> Opened:
    """The folder, made where it is missing. Raises `SpoolInUse`, `UnknownFormat`, `OSError`."""
    disk.make_folder(folder)
    try:
        lock = disk.lock(folder / LOCK)
    except BlockingIOError:
        raise SpoolInUse(f"the spool {folder} is open already, here or in another process") from None
    cursor: CursorFile | None = None
    try:
        cursor = CursorFile(disk, folder)
        mark = cursor.found or Mark(FIRST_POSITION)
        quarantine = Quarantine(disk, folder)
        recovered = recover(disk, folder, mark, quarantine, cursor.end)
        if not cursor.found and recovered.segments:
            mark = Mark(recovered.segments[0].first)
        return Opened(disk, folder, lock, cursor, mark, quarantine, recovered, quarantine.count())
    except BaseException:
        if cursor:
            cursor.close()
        disk.close(lock)
        raise
