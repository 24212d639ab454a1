"""What the event loop asks of the writer thread, and when the writer should look. No files, no loop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flowengine.store.spool.cursor import Mark
from flowengine.store.spool.options import SpoolOptions
from flowengine.store.spool.segment import Segment


@dataclass(slots=True, eq=False)
class Append:
    """Records that wait for their commit."""

    first: int
    records: Sequence[bytes]
    arrived_ns: int
    on_durable: Callable[[], object]
    size_bytes: int


@dataclass(slots=True)
class Work:
    """What the writer took along."""

    appends: list[Append] = field(default_factory=list)
    mark: Mark | None = None
    doomed: list[Segment] = field(default_factory=list)
    closing: bool = False


class Mailbox:
    """Bounded by its owner: the spool refuses appends beyond its bound of pending bytes."""

    def __init__(self, options: SpoolOptions):
        self._options = options
        self._changed = threading.Condition(threading.Lock())
        self._appends: deque[Append] = deque()
        self._records = self._bytes = 0
        self._mark: Mark | None = None
        self._mark_due_s = 0.0
        self._doomed: list[Segment] = []
        self._closing = self._asleep = False

    def put(self, append: Append) -> None:
        """Records to commit."""
        with self._changed:
            self._appends.append(append)
            self._records += len(append.records)
            self._bytes += append.size_bytes
            if self._asleep or self._group_full():
                self._wake()

    def settle(self, mark: Mark, doomed: Sequence[Segment]) -> None:
        """How far all is acknowledged, and segments that nobody needs once that is on disk."""
        with self._changed:
            first = self._mark is None
            if first:
                self._mark_due_s = time.monotonic() + self._options.linger_s
            self._mark = mark
            self._doomed += doomed
            if doomed or (first and self._asleep):
                self._wake()

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closing = True
            self._wake()

    @property
    def waiting(self) -> bool:
        """Whether records wait for a commit."""
        return bool(self._appends)

    def collect(self, not_before_s: float, blocked: bool) -> Work:
        """Wait for work: for appends until `not_before_s` or a full group; when `blocked`, for all else only."""
        with self._changed:
            while not self._closing:
                wait_s = self._wait_s(not_before_s, blocked)
                if wait_s is not None and wait_s <= 0:
                    break
                self._asleep = not (blocked or self._appends)
                self._changed.wait(wait_s)
                self._asleep = False
            return self._take(blocked)

    def _wake(self) -> None:
        self._asleep = False
        self._changed.notify()

    def _wait_s(self, not_before_s: float, blocked: bool) -> float | None:
        now_s = time.monotonic()
        if self._doomed or (not blocked and self._group_full()):
            return 0.0
        dues = []
        if blocked or self._appends:
            dues.append(not_before_s)
        if self._mark is not None:
            dues.append(self._mark_due_s)
        return min(dues) - now_s if dues else None

    def _group_full(self) -> bool:
        return self._records >= self._options.commit_records or self._bytes >= self._options.commit_bytes

    def _take(self, blocked: bool) -> Work:
        work = Work([], self._mark, self._doomed, self._closing)
        self._mark, self._doomed = None, []
        records = size = 0
        while self._appends and not blocked:
            append = self._appends[0]
            if records and not self._fits(records + len(append.records), size + append.size_bytes):
                break
            records, size = records + len(append.records), size + append.size_bytes
            work.appends.append(self._appends.popleft())
        self._records -= records
        self._bytes -= size
        return work

    def _fits(self, records: int, size_bytes: int) -> bool:
        return records <= self._options.commit_records and size_bytes <= self._options.commit_bytes
