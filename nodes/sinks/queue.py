"""`queue`: jobs one after the other, the most urgent first, kept over restarts."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable
from flowengine.context import Waiting
from flowengine.expression import Expr, ExpressionError
from flowengine.message import pack, unpack
from nodes.batches.field_selector import FieldSelector, FieldText
from nodes.commands.jobs import Job, Jobs
from nodes.commands.key_value_store import KeyValueStore
from nodes.timing.clock_units import to_ns
from nodes.values.normalise import number

TRY_AGAIN_S = 1.0


class QueueConfig(Config):
    """Settings of `queue`."""

    priority: FieldText | None = None
    """How urgent a job is: a name in meta or payload, or an expression; the higher the sooner, by default all alike."""

    id: FieldText = Field("job", validate_default=True)
    """Name of a job: a name in meta or payload, a template or an expression; made where there is none."""

    done: Expr | None = None
    """Which messages at the input say that a job ended; without it one ends when all that came of it is settled."""

    done_id: FieldText = Field("job", validate_default=True)
    """Name of the job that such a message speaks of."""

    concurrency: PositiveInt = 1
    """So many jobs run at a time."""

    time_limit: Duration | None = None
    """A job that runs longer is given up; the next one begins."""

    max_waiting: PositiveInt = 10_000
    """Most jobs that wait; further ones are rejected."""

    attempts: int = Field(default=0, ge=0)
    """A job that was begun so often, and was cut off by restarts, is given up; 0 begins it again each time."""


class Queue(Sink):
    """Keep jobs on disk and send them on by `out`, a few at a time; each end is told by `results`.

    What is new is told by `taken` once it is on disk; there and at `out`, `meta.waiting` is how many wait, and at `out`
    `meta.begun_ns` is when the job began.
    A result has `job`, `state` (`done`, `given up` or `purged`), `input` (the job's payload), `result` (what said that
    it is done), `reason`, `took_ms` and `waiting`. A job that ran when the engine stopped is begun again. What is not
    taken leaves by the error port. `backlog` tells how many wait, or gives them up.
    """

    config: QueueConfig
    outputs = ("out", "taken", "results")
    runs_in_tests = True
    merge = 500
    examples = (
        Example("Submissions to one device", "{priority: urgency, done: payload.type == 'result', time_limit: 10s}"),
        Example("Two downloads at a time", "{concurrency: 2}"),
    )

    def start(self) -> None:
        self._line: Waiting | None = None

    async def open(self) -> None:
        config = self.config
        limit_ns = None if config.time_limit is None else to_ns(config.time_limit)
        self._jobs = Jobs(config.concurrency, limit_ns, config.max_waiting)
        self._messages: dict[str, Message] = {}
        self._sizes_bytes: dict[str, int] = {}
        self._gone: set[str] = set()
        self._turn, self._woken = asyncio.Lock(), asyncio.Event()
        self._kept = KeyValueStore(self.context.data_dir / "queue.db")
        self._take_up(await self._kept.open())
        self._line = _Line(self._jobs, self._sizes_bytes, self._give_up_waiting)
        self._woken.set()
        self._timer = asyncio.create_task(self._keep_time(), name=f"{self.context.node} time")

    @property
    def kept(self) -> Waiting | None:
        return self._line

    async def close(self) -> None:
        self._line = None
        self._timer.cancel()
        await asyncio.gather(self._timer, return_exceptions=True)
        await self._kept.close()

    async def write(self, messages: Messages) -> None:
        added: list[Job] = []
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                added += self._take(message)
            except (ValueError, ExpressionError) as fault:
                bad[place] = str(fault)
        try:
            await self._go_on(added)
        except BaseException:
            for job in added:
                self._jobs.withdraw(job.id)
                self._messages.pop(job.id, None)
                self._sizes_bytes.pop(job.id, None)
            raise
        if bad:
            raise Rejected(f"{len(bad)} were not taken", bad)

    def _take(self, message: Message) -> tuple[Job, ...]:
        """The job that is new."""
        config, now_ns = self.config, to_ns(self.context.clock.now_s())
        if config.done is not None and config.done(message):
            self._ended(str(config.done_id(message)), now_ns, message.payload)
            return ()
        found = config.id(message)
        id = str(uuid.uuid4()) if found is None else str(found)
        known = self._messages.get(id)
        if known is not None and message.id and known.id == message.id:
            return ()  # the same message once more, after a crash or a failed write
        job = self._jobs.add(id, _priority(config.priority, message))
        self._messages[id] = message.with_meta(job=id)
        return (job,)

    def _ended(self, id: str, now_ns: int, result: Any = None) -> None:
        took_ns = self._jobs.end(id, now_ns)
        if took_ns is None:
            self.context.count("ends of jobs that do not run")
            return
        self._tell(id, "done", took_ms=took_ns / 1e6, result=result)
        self._woken.set()

    def _tell(self, id: str, state: str, **more: Any) -> None:
        """Say how a job ended; it is on disk until that is settled."""
        message = self._messages.pop(id)
        about = {"took_ms": None, "result": None, "reason": None, **more}
        told = {"job": id, "state": state, "input": message.payload, **about, "waiting": self._jobs.waiting}
        result = message.replace(payload=told, time_ns=self.context.clock.time_ns())
        self.context.emit((result,), "results", partial(self._forget, id))

    def _forget(self, id: str) -> None:
        """Its result is settled: a crash before now begins the job once more."""
        self._gone.add(id)
        if id not in self._messages:  # it may have come once more meanwhile
            self._sizes_bytes.pop(id, None)
        self._woken.set()

    def _settled(self, id: str) -> None:
        """All that came of the job is settled, which ends it unless a message is to say so."""
        if self.config.done is None and id in self._jobs.running:
            self._ended(id, to_ns(self.context.clock.now_s()))

    async def _go_on(self, added: list[Job] | None = None) -> None:
        """Begin what may begin, once that, what is new and what is over is on disk."""
        async with self._turn:
            gone, self._gone = self._gone, set()
            begun = self._jobs.begin(to_ns(self.context.clock.now_s()))
            wanted = [job for job in (*(added or ()), *begun) if job.id in self._messages]  # else purged meanwhile
            rows = {job.id: _row(self._messages[job.id], job) for job in wanted}
            self._sizes_bytes.update({id: len(row) for id, row in rows.items()})
            try:
                await self._kept.change(rows, gone - set(self._messages))
            except BaseException:
                self._gone |= gone
                self._jobs.put_back(begun)
                raise
        waiting, begun_ns = self._jobs.waiting, self.context.clock.time_ns()
        for job in added or ():
            if (message := self._messages.get(job.id)) is not None:
                self.context.emit((message.with_meta(waiting=waiting),), "taken")
        for job in begun:
            if (message := self._messages.get(job.id)) is not None:
                message = message.with_meta(waiting=waiting, begun_ns=begun_ns)
                self.context.emit((message,), "out", partial(self._settled, job.id))
        if begun:
            self._woken.set()  # the time limit of these counts from now on

    def _take_up(self, rows: dict[str, bytes]) -> None:
        jobs = []
        for id, row in rows.items():
            record, priority, order, attempts = msgspec.msgpack.decode(row, type=tuple[bytes, float, int, int])
            self._messages[id], self._sizes_bytes[id] = unpack(record), len(row)
            if self.config.attempts and attempts >= self.config.attempts:
                self._tell(id, "given up", reason=f"begun {attempts} times and never ended")
            else:
                jobs.append(Job(id, priority, order, attempts))
        self._jobs.take_up(jobs)

    def _give_up_waiting(self) -> int:
        given_up = self._jobs.take_waiting()
        for id in given_up:
            self._tell(id, "purged")
        self.context.count("purged", len(given_up))
        self._woken.set()
        return len(given_up)

    async def _keep_time(self) -> None:
        while True:
            try:
                await self._wait()
                for id, ran_ns in self._jobs.overdue(to_ns(self.context.clock.now_s())):
                    self._tell(id, "given up", reason="time limit", took_ms=ran_ns / 1e6)
                await self._go_on()
            except Unavailable as away:
                self.context.log.warning("keeping jobs: %s", away)
                await asyncio.sleep(TRY_AGAIN_S)
                self._woken.set()

    async def _wait(self) -> None:
        due_ns = self._jobs.next_deadline_ns()
        now_ns = to_ns(self.context.clock.now_s())
        try:
            async with asyncio.timeout(None if due_ns is None else max(0.0, (due_ns - now_ns) / 1e9)):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()


class _Line:
    """The jobs that wait, as `backlog` sees them."""

    def __init__(self, jobs: Jobs, sizes_bytes: Mapping[str, int], purge: Callable[[], int]):
        self._jobs, self._sizes_bytes, self.purge = jobs, sizes_bytes, purge

    @property
    def messages(self) -> int:
        """How many."""
        return self._jobs.waiting

    @property
    def size_bytes(self) -> int:
        """What all jobs take on disk, those that run included."""
        return sum(self._sizes_bytes.values())


def _row(message: Message, job: Job) -> bytes:
    return msgspec.msgpack.encode((pack(message), job.priority, job.order, job.attempts))


def _priority(pick: FieldSelector | None, message: Message) -> float:
    found = 0.0 if pick is None else number(pick(message))
    if found is None or found != found:
        raise ValueError("the priority is not a number")
    return float(found)
