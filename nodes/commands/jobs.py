"""Jobs that wait for their turn: by priority, then by arrival; a few at a time, each with a limit of time.

Never here: what a job is, disks, the clock. A job that was running when it is taken up again waits once more.
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from flowengine.counts import count_of
from nodes.timing.deadlines import Deadlines


class Job(NamedTuple):
    """One job: its name, urgency (the higher the sooner), place in the order of arrival, how often it was begun, and
    the longest run of its own in ns.
    """

    id: str
    priority: float
    order: int
    attempts: int = 0
    limit_ns: int | None = None


class Jobs:
    """At most `concurrency` jobs run; `limit_ns` is the longest run, None for no limit.

    A run that reached its limit is late: it goes on until somebody gives it up. While the line is held none begins.
    """

    def __init__(self, concurrency: int, limit_ns: int | None, most: int):
        self._concurrency = concurrency
        self._limit_ns = limit_ns
        self._most = most
        self._waiting: dict[str, Job] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._running: dict[str, tuple[Job, int]] = {}
        self._limits = Deadlines()
        self._late: dict[str, None] = {}
        self._cut_off: dict[str, int] = {}
        self.held = False
        """Whether no job begins."""

        self._next_order = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def running(self) -> list[str]:
        """Which run."""
        return list(self._running)

    def __contains__(self, id: str) -> bool:
        return id in self._waiting or id in self._running

    def add(self, id: str, priority: float, limit_ns: int | None = None) -> Job:
        """A new job at the end of its priority. Raises ValueError for a name that is there, or when too many wait."""
        if id in self:
            raise ValueError(f"job {id} is in the queue already")
        if len(self._waiting) >= self._most:
            raise ValueError(f"{count_of(self._most, 'job waits', 'jobs wait')} already")
        return self._wait(Job(id, priority, self._next_order, limit_ns=limit_ns))

    def take_up(self, jobs: Iterable[Job]) -> None:
        """Jobs of an earlier run, in their order."""
        for job in sorted(jobs, key=lambda job: job.order):
            self._wait(job)

    def begin(self, now_ns: int) -> list[Job]:
        """Jobs whose turn it is; they run from now on."""
        begun: list[Job] = []
        while not self.held and len(self._running) < self._concurrency and self._heap:
            job = self._waiting.pop(heapq.heappop(self._heap)[2])
            job = job._replace(attempts=job.attempts + 1)
            self._running[job.id] = job, now_ns
            self._cut_off.pop(job.id, None)
            limit_ns = self._limit_ns if job.limit_ns is None else job.limit_ns
            if limit_ns is not None:
                self._limits.set(job.id, now_ns + limit_ns)
            begun.append(job)
        return begun

    def put_back(self, begun: Iterable[Job]) -> None:
        """These were not begun after all."""
        for job in begun:
            del self._running[job.id]
            self._limits.set(job.id, None)
            self._late.pop(job.id, None)
            self._wait(job._replace(attempts=job.attempts - 1))

    def hold(self) -> list[str]:
        """Begin none until `release`; those that ran, which wait again in their places and may still end."""
        self.held = True
        running = list(self._running.values())
        self._cut_off |= {job.id: begun_ns for job, begun_ns in running}
        self.put_back(job for job, _ in running)
        return [job.id for job, _ in running]

    def release(self) -> None:
        """Begin jobs again."""
        self.held = False

    def end(self, id: str, now_ns: int) -> int | None:
        """How long the job ran, in ns; None for one that does not run (any more), unless a hold has cut it off."""
        self._limits.set(id, None)
        self._late.pop(id, None)
        if (found := self._running.pop(id, None)) is not None:
            return now_ns - found[1]
        begun_ns = self._cut_off.pop(id, None)
        if begun_ns is None:
            return None
        self.withdraw(id)
        return now_ns - begun_ns

    def withdraw(self, id: str) -> None:
        """Forget a job that waits, as if it had never been added."""
        job = self._waiting.pop(id, None)
        if job is not None:
            self._heap.remove((-job.priority, job.order, id))
            heapq.heapify(self._heap)

    def next_deadline_ns(self) -> int | None:
        """When a run reaches its limit."""
        return self._limits.first_ns()

    def overdue(self, now_ns: int) -> list[str]:
        """Jobs that reach their limit now; they are late from now on."""
        found = []
        while (id := self._limits.pop(now_ns)) is not None:
            self._late[id] = None
            found.append(id)
        return found

    @property
    def late(self) -> list[str]:
        """Which run longer than they may."""
        return list(self._late)

    def take_waiting(self) -> list[str]:
        """All that wait, the next one first; they wait no more."""
        found = [id for _, _, id in sorted(self._heap)]
        self._heap.clear()
        self._waiting.clear()
        self._cut_off.clear()
        return found

    def _wait(self, job: Job) -> Job:
        self._next_order = max(self._next_order, job.order + 1)
        self._waiting[job.id] = job
        heapq.heappush(self._heap, (-job.priority, job.order, job.id))
        return job
