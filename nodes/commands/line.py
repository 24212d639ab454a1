"""A line of jobs with their messages, on disk over restarts; says what becomes of each. Never here: timers, tasks."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from flowengine import Message
from flowengine.context import Context
from flowengine.counts import count_of
from flowengine.message import pack, unpack
from nodes.batches.field_selector import FieldSelector
from nodes.batches.retained import is_retained
from nodes.commands.ended import Ended
from nodes.commands.jobs import Job, Jobs
from nodes.commands.key_value_store import KeyValueStore
from nodes.commands.settings import LineConfig
from nodes.timing.clock_units import to_ns
from nodes.values.normalise import number

Row = tuple[bytes, float, int, int] | int
"""What is kept of a job: its message, priority, place and attempts; of one that ended its number."""


class Line:
    """The jobs of one node. `wake` is called when something may begin, or a time limit counts anew.

    It is what waits, as `backlog` sees it.
    """

    def __init__(self, config: LineConfig, context: Context, wake: Callable[[], None]):
        limit_ns = None if config.time_limit is None else to_ns(config.time_limit)
        self._config, self._context, self.wake = config, context, wake
        self._jobs = Jobs(config.concurrency, limit_ns, config.max_waiting)
        self._messages: dict[str, Message] = {}
        self._sizes_bytes: dict[str, int] = {}
        self._gone: set[str] = set()
        self._ended_jobs = Ended(config.remember)
        self._heard_ns = to_ns(context.clock.now_s())
        self._turn = asyncio.Lock()
        self._kept = KeyValueStore(context.data_dir / "queue.db")

    async def open(self) -> None:
        """Take up what an earlier run left. Raises Unavailable."""
        self._take_up(await self._kept.open())

    async def close(self) -> None:
        """Let the disk go."""
        await self._kept.close()

    @property
    def messages(self) -> int:
        """How many wait."""
        return self._jobs.waiting

    @property
    def size_bytes(self) -> int:
        """What all jobs take on disk, those that run included."""
        return sum(self._sizes_bytes.values())

    def next_ns(self) -> int | None:
        """When `look_at_the_clock` is due."""
        return min((at for at in (self._jobs.next_deadline_ns(), self._silent_ns()) if at is not None), default=None)

    def withdraw(self, job: Job) -> None:
        """Forget a job that could not be kept."""
        self._jobs.withdraw(job.id)
        self._messages.pop(job.id, None)
        self._sizes_bytes.pop(job.id, None)

    def take(self, message: Message) -> tuple[Job, ...]:
        """The job that is new."""
        config, now_ns = self._config, to_ns(self._context.clock.now_s())
        if self._is_word(message, now_ns):
            return ()
        found = config.id(message)
        id = str(uuid.uuid4()) if found is None else str(found)
        known = self._messages.get(id)
        if known is not None and message.id and known.id == message.id:
            return ()  # the same message once more, after a crash or a failed write
        if id in self._ended_jobs:
            raise ValueError(f"job {id} has ended already")
        job = self._jobs.add(id, _priority(config.priority, message), _limit_ns(config.limit, message))
        self._messages[id] = message.with_meta(job=id)
        return (job,)

    def _is_word(self, message: Message, now_ns: int) -> bool:
        """Whether the message is no job but says something of them."""
        config = self._config
        if config.done is not None and config.done(message):
            self._ended(str(config.done_id(message)), now_ns, message.payload)
            self._heard(now_ns)
        elif config.heartbeat is not None and config.heartbeat(message):
            if not is_retained(message):
                self._heard(now_ns)
        elif config.away is not None and config.away(message):
            self._hold("told so")
        elif config.reset is not None and config.reset(message):
            for id in self._jobs.running:
                self._jobs.end(id, now_ns)
                self._tell(id, "purged", reason="reset")
            self.purge()
        else:
            return False
        return True

    def _heard(self, now_ns: int) -> None:
        """Who does the jobs is there: what is late is late by itself, and the line goes on."""
        self._heard_ns = now_ns
        for id in self._jobs.late:
            self._give_up(id, now_ns)
        if self._jobs.held:
            self._context.log.info("the line goes on")
            self._jobs.release()
        self.wake()

    def _hold(self, why: str) -> None:
        if not self._jobs.held:
            self._context.log.warning("the line is held, nobody does the jobs: %s", why)
            self._context.count("times the line was held")
        for id in self._jobs.hold():
            self._context.emit((self._messages[id],), "held")

    def _give_up(self, id: str, now_ns: int, result: Any = None) -> None:
        took_ns = self._jobs.end(id, now_ns) or 0
        self._tell(id, "given up", reason="time limit", took_ms=took_ns / 1e6, result=result)

    def _ended(self, id: str, now_ns: int, result: Any = None) -> None:
        if id in self._jobs.late:
            self._give_up(id, now_ns, result)
            return
        took_ns = self._jobs.end(id, now_ns)
        if took_ns is None:
            self._context.count("ends of jobs that do not run")
            return
        self._tell(id, "done", took_ms=took_ns / 1e6, result=result)
        self.wake()

    def _tell(self, id: str, state: str, **more: Any) -> None:
        """Say how a job ended; it is on disk until that is settled."""
        message = self._messages.pop(id)
        self._ended_jobs.add(id)
        about = {"took_ms": None, "result": None, "reason": None, **more}
        told = {"job": id, "state": state, "input": message.payload, **about, "waiting": self._jobs.waiting}
        result = message.replace(payload=told, time_ns=self._context.clock.time_ns())
        self._context.emit((result,), "results", partial(self._forget, id))

    def _forget(self, id: str) -> None:
        """Its result is settled: a crash before now begins the job once more."""
        self._gone.add(id)
        if id not in self._messages:  # it may have come once more meanwhile
            self._sizes_bytes.pop(id, None)
        self.wake()

    def _settled(self, id: str) -> None:
        """All that came of the job is settled, which ends it unless a message is to say so."""
        if self._config.done is None and id in self._jobs.running:
            self._ended(id, to_ns(self._context.clock.now_s()))

    async def go_on(self, added: list[Job] | None = None) -> None:
        """Begin what may begin, once that, what is new and what is over is on disk."""
        async with self._turn:
            gone, self._gone = self._gone, set()
            ended = {id: number for id in gone if (number := self._ended_jobs.number(id)) is not None}
            drop = (gone | set(self._ended_jobs.forget())) - set(self._messages) - set(ended)
            begun = self._jobs.begin(to_ns(self._context.clock.now_s()))
            wanted = [job for job in (*(added or ()), *begun) if job.id in self._messages]  # else purged meanwhile
            rows = {job.id: _row(self._messages[job.id], job) for job in wanted}
            self._sizes_bytes.update({id: len(row) for id, row in rows.items()})
            try:
                await self._kept.change(rows | {id: msgspec.msgpack.encode(n) for id, n in ended.items()}, drop)
            except BaseException:
                self._gone |= gone
                self._jobs.put_back(begun)
                raise
        waiting, begun_ns = self._jobs.waiting, self._context.clock.time_ns()
        for job in added or ():
            if (message := self._messages.get(job.id)) is not None:
                self._context.emit((message.with_meta(waiting=waiting),), "taken")
        for job in begun:
            if (message := self._messages.get(job.id)) is not None:
                message = message.with_meta(waiting=waiting, begun_ns=begun_ns)
                self._context.emit((message,), "out", partial(self._settled, job.id))
        if begun:
            self.wake()  # the time limit of these counts from now on

    def _take_up(self, rows: dict[str, bytes]) -> None:
        jobs, found = [], {id: msgspec.msgpack.decode(row, type=Row) for id, row in rows.items()}
        self._ended_jobs.take_up({id: row for id, row in found.items() if isinstance(row, int)})
        for id, kept in found.items():
            if isinstance(kept, int):
                continue
            (record, priority, order, attempts), row = kept, rows[id]
            self._messages[id], self._sizes_bytes[id] = unpack(record), len(row)
            if self._config.attempts and attempts >= self._config.attempts:
                self._tell(id, "given up", reason=f"begun {count_of(attempts, 'time')} and never ended")
            else:
                limit_ns = _limit_ns(self._config.limit, self._messages[id])
                jobs.append(Job(id, priority, order, attempts, limit_ns))
        self._jobs.take_up(jobs)

    def purge(self) -> int:
        given_up = self._jobs.take_waiting()
        for id in given_up:
            self._tell(id, "purged")
        self._context.count("purged", len(given_up))
        self.wake()
        return len(given_up)

    def look_at_the_clock(self, now_ns: int) -> None:
        for id in self._jobs.overdue(now_ns):
            self._context.emit((self._messages[id],), "overdue")
            if self._config.heartbeat is None:
                self._give_up(id, now_ns)
        if (silent_ns := self._silent_ns()) is not None and silent_ns <= now_ns:
            self._hold(f"not heard for {self._config.silent_after:g} s")

    def _silent_ns(self) -> int | None:
        """When the line is to be held, if nothing is heard."""
        silent_after_s = self._config.silent_after
        return None if silent_after_s is None or self._jobs.held else self._heard_ns + to_ns(silent_after_s)


def _row(message: Message, job: Job) -> bytes:
    return msgspec.msgpack.encode((pack(message), job.priority, job.order, job.attempts))


def _limit_ns(pick: FieldSelector | None, message: Message) -> int | None:
    found = None if pick is None else number(pick(message))
    return to_ns(float(found)) if found is not None and 0 < found < 1e9 else None


def _priority(pick: FieldSelector | None, message: Message) -> float:
    found = 0.0 if pick is None else number(pick(message))
    if found is None or found != found:
        raise ValueError("the priority is not a number")
    return float(found)
