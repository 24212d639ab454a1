"""The one thread that writes: commits, the cursor, giving space back. Decides nothing about contents.

An error of the disk seals the segment; what was not confirmed is written again into a new one, never
in place, because a failed sync may have thrown the data away and will not say so twice.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from flowengine.store.spool.ballast import Ballast
from flowengine.store.spool.cursor import CursorFile, Mark
from flowengine.store.spool.disk import Disk, is_full
from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.mailbox import Append, Mailbox, Work
from flowengine.store.spool.options import SpoolOptions
from flowengine.store.spool.segment import Segment, SegmentWriter

log = logging.getLogger(__name__)

CURSOR_SYNC_S = 1.0


class Listener(Protocol):
    """Whom the writer tells; the calls arrive in the event loop, in order."""

    def committed(self, appends: list[Append], chunk: Chunk, segment: Segment) -> None:
        """The appends are on disk, as `chunk`, in `segment`."""

    def retired(self, removed: list[Segment], kept: list[Segment]) -> None:
        """Doomed segments are gone; `kept` got new records meanwhile."""

    def failed(self, error: str, full: bool) -> None:
        """The disk refused; it is tried again."""

    def recovered(self) -> None:
        """It works again."""

    def stopped(self, error: str, left: int) -> None:
        """The thread is at its end; `left` appends were not committed."""


class Writer(threading.Thread):
    """Owns the active segment and the cursor file from `start()` on."""

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        options: SpoolOptions,
        cursor: CursorFile,
        ordinal: int,
        listener: Listener,
        tell: Callable[..., object],
    ):
        super().__init__(name=f"spool {folder.name}", daemon=True)
        self.box = Mailbox(options)
        self._disk, self._folder, self._options = disk, folder, options
        self._cursor, self._ordinal = cursor, ordinal
        self._listener, self._tell = listener, tell
        self._ballast = Ballast(disk, folder, options.ballast_bytes)
        self._active: SegmentWriter | None = None
        self._held: list[Append] = []
        self._mark: Mark | None = None
        self._doomed: list[Segment] = []
        self._cursor_failed = self._troubled = False
        self._not_before_s = self._cursor_synced_s = self._give_up_s = 0.0
        self._backoff_s = 0.0

    def run(self) -> None:
        """Work until closed; a fault of ours is told, never swallowed."""
        error = ""
        try:
            self._ballast_at_start()
            while self._step():
                pass
            self._finish()
        except Exception as fault:
            log.exception("the writer of %s failed", self._folder)
            error = f"the writer failed: {type(fault).__name__}: {fault}"
        self._tell(self._listener.stopped, error, len(self._held) + self.box.waiting)

    def _ballast_at_start(self) -> None:
        try:
            self._ballast.place()
        except OSError as error:
            log.warning("no ballast in %s: %s", self._folder, error)

    def _step(self) -> bool:
        """One round; whether there will be another."""
        blocked = bool(self._held or self._cursor_failed)
        work = self.box.collect(self._not_before_s, blocked)
        self._settle(work)
        self._held = self._held or work.appends
        due = not blocked or work.doomed or time.monotonic() >= self._not_before_s
        if self._held and due:
            self._commit()
        if not work.closing:
            return True
        now_s = time.monotonic()
        self._give_up_s = self._give_up_s or now_s + self._options.close_s
        if self._held and now_s < self._give_up_s:
            time.sleep(0.01)  # nothing wakes a closing mailbox any more
        return bool(self._held or self.box.waiting) and now_s < self._give_up_s

    # -- commits

    def _commit(self) -> None:
        started_s = time.monotonic()
        chunk = _merge(self._held)
        try:
            if self._troubled:
                self._ballast.place()
            active = self._segment_for(chunk)
            active.append(chunk)
            segment = active.sync()
        except OSError as error:
            self._seal_after(error)
            return
        with suppress(OSError):  # it only helps to tell of damage; what keeps it from being written shows elsewhere
            self._cursor.note_end(segment.end)
        # Under load commits are `linger_s` apart; an idle spool commits at once. Seen before the owners
        # are told: what they append because of it is no load.
        self._not_before_s = started_s + self._options.linger_s if self.box.waiting else 0.0
        appends, self._held = self._held, []
        self._over()
        self._tell(self._listener.committed, appends, chunk, segment)

    def _segment_for(self, chunk: Chunk) -> SegmentWriter:
        active = self._active
        if active and active.takes(chunk, self._options.roll_bytes):
            return active
        if active:
            self._active = None
            active.seal()
        self._ordinal += 1
        salt = int.from_bytes(os.urandom(4), "little")
        self._active = SegmentWriter(self._disk, self._folder, chunk.first, self._ordinal, salt)
        return self._active

    def _seal_after(self, error: OSError) -> None:
        active, self._active = self._active, None
        full = is_full(error)
        try:
            if active and active.holds_records:
                active.seal()
            elif active:
                active.discard()
            if full:
                self._ballast.release()
        except OSError as another:
            log.warning("%s: %s", self._folder, another)
        self._trouble(f"cannot write to {self._folder}: {error.strerror or error}", full)

    def _trouble(self, error: str, full: bool) -> None:
        self._troubled = True
        options = self._options
        wait_s = options.retry_full_s if full else self._backoff_s
        self._backoff_s = min(options.retry_most_s, max(options.retry_least_s, self._backoff_s * 2))
        self._not_before_s = time.monotonic() + wait_s
        self._tell(self._listener.failed, error, full)

    def _over(self) -> None:
        if self._troubled:
            self._troubled, self._backoff_s = False, 0.0
            self._tell(self._listener.recovered)

    # -- acknowledgements

    def _settle(self, work: Work) -> None:
        self._mark = work.mark or self._mark
        self._doomed += work.doomed
        if self._mark is None or not (work.mark or work.doomed or self._cursor_failed):
            return
        if self._write_mark(self._mark) and self._doomed:
            self._retire()

    def _write_mark(self, mark: Mark) -> bool:
        """Whether it is on disk as safely as needed now: segments go only after a synced cursor."""
        try:
            if self._cursor_failed:
                self._cursor.replace(mark)
                self._cursor_failed = False
                if not self._held:
                    self._over()
                return True
            self._cursor.write(mark)
            now_s = time.monotonic()
            if self._doomed or now_s - self._cursor_synced_s >= CURSOR_SYNC_S:
                self._cursor.sync()
                self._cursor_synced_s = now_s
        except OSError as error:
            self._cursor_failed = True
            self._trouble(f"cannot write the cursor of {self._folder}: {error.strerror or error}", is_full(error))
            return False
        return True

    def _retire(self) -> None:
        doomed, self._doomed = self._doomed, []
        removed, kept = [], []
        for segment in doomed:
            active = self._active
            if active and active.synced.name == segment.name:
                if active.synced.end != segment.end:
                    kept.append(segment)
                    continue
                self._active = None
                active.seal()
            try:
                self._disk.remove(self._folder / segment.name)
                removed.append(segment)
            except OSError as error:
                log.warning("%s: %s", segment.name, error)
                kept.append(segment)
        self._tell(self._listener.retired, removed, kept)

    def _finish(self) -> None:
        if self._mark is not None:
            self._write_mark(self._mark)
        try:
            self._cursor.sync()
        except OSError as error:
            log.warning("cursor of %s: %s", self._folder, error)
        finally:
            self._cursor.close()
            if self._active:
                self._active.seal()


def _merge(appends: list[Append]) -> Chunk:
    if len(appends) == 1:
        append = appends[0]
        return Chunk(append.first, append.records, [append.arrived_ns] * len(append.records), append.size_bytes)
    records: list[bytes] = []
    arrived: list[int] = []
    for append in appends:
        records += append.records
        arrived += [append.arrived_ns] * len(append.records)
    return Chunk(appends[0].first, records, arrived, sum(append.size_bytes for append in appends))
