"""The RTDB's files: readings in one, set-points in another, so that no loss of readings costs what people set."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from flowengine.store.rtdb import GONE, SETPOINT, Point, Rtdb
from flowengine.store.rtdb_file import COMPACT_BYTES, RtdbFile

log = logging.getLogger("flowengine")
SAVE_EVERY_S = 1.0


class RtdbFiles:
    """`rtdb.journal` and `setpoints.journal` in the data folder."""

    def __init__(self, folder: Path, compact_bytes: int = COMPACT_BYTES):
        self._readings = RtdbFile(folder / "rtdb.journal", compact_bytes)
        self._setpoints = RtdbFile(folder / "setpoints.journal", compact_bytes, SETPOINT)
        self._set: set[str] = set()
        """Keys in the file of set-points."""

        self._refused = False

    def load(self) -> dict[str, Point]:
        """All points of the last run. Blocking."""
        setpoints = self._setpoints.load()
        self._set = set(setpoints)
        return self._readings.load() | setpoints

    async def keep(self, rtdb: Rtdb) -> None:
        """Put changes on disk every second, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            await self.save(rtdb)

    async def save(self, rtdb: Rtdb) -> None:
        """Put changes on disk. A disk that refuses them is told once; the next call tries everything again."""
        try:
            await asyncio.to_thread(self.changes_of(rtdb))
        except OSError as fault:
            if not self._refused:
                log.error("the latest values cannot be written (%s): a restart would not find them", fault)
            self._refused = True
        else:
            self._refused = False

    def changes_of(self, rtdb: Rtdb) -> Callable[[], None]:
        """What puts the changes since the last call on disk; it blocks and may be called in a thread.

        That raises `OSError`; the next call's then writes everything.
        """
        changes = rtdb.take_changes()
        set_now = {key for key, point in changes.items() if point.kind == SETPOINT}
        readings = {key: point for key, point in changes.items() if key not in set_now}
        no_more = self._set.intersection(readings)
        self._set = (self._set | set_now) - no_more
        setpoints = {key: changes[key] for key in set_now} | dict.fromkeys(no_more, GONE)
        readings |= dict.fromkeys(set_now, GONE)
        kinds = ((self._setpoints, setpoints, SETPOINT), (self._readings, readings, ""))
        saves = [_save(file, part, rtdb, kind) for file, part, kind in kinds if part or file.incomplete]

        def save() -> None:
            faults = []
            for each in saves:
                try:
                    each()
                except OSError as fault:
                    faults.append(fault)
            if faults:
                raise faults[0]

        return save


def _save(file: RtdbFile, changes: dict[str, Point], rtdb: Rtdb, kind: str) -> Callable[[], None]:
    everything = (
        {key: point for key, point in rtdb.items() if point.kind == kind} if file.wants_all(len(changes)) else {}
    )
    return lambda: file.save(changes, everything)
