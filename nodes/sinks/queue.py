"""`queue`: jobs one after the other, the most urgent first, kept over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flowengine import Config, Example, Messages, Rejected, Sink, Unavailable
from flowengine.context import Waiting
from flowengine.ending import end
from flowengine.expression import ExpressionError
from nodes.commands.jobs import Job
from nodes.commands.line import Line
from nodes.commands.settings import LineConfig
from nodes.timing.clock_units import to_ns

TRY_AGAIN_S = 1.0


class QueueConfig(LineConfig):
    """Settings of `queue`."""


class Queue(Sink):
    """Keep jobs on disk and send them on by `out`, a few at a time; each end is told by `results`.

    What is new is told by `taken` once it is on disk; there and at `out`, `meta.waiting` is how many wait, and at `out`
    `meta.begun_ns` is when the job began.
    While nobody is there to do them (`heartbeat`, `away`) jobs wait; those that were cut off are told by `held`.
    A result has `job`, `state` (`done`, `given up` or `purged`), `input` (the job's payload), `result` (what said that
    it is done), `reason`, `took_ms` and `waiting`. A job that ran when the engine stopped is begun again. What is not
    taken leaves by the error port. `backlog` tells how many wait, or gives them up.
    """

    config: QueueConfig
    outputs = ("out", "taken", "results", "held", "overdue")
    runs_in_tests = True
    merge = 500
    examples = (
        Example("Submissions to one device", "{priority: urgency, done: payload.type == 'result', time_limit: 10s}"),
        Example("Two downloads at a time", "{concurrency: 2}"),
        Example(
            "A robot that may be unplugged",
            "{done: payload.type == 'result', time_limit: 10s, heartbeat: payload.type == 'heartbeat',"
            " silent_after: 12s}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, QueueConfig)
        if config.heartbeat is None:
            asked = {"silent_after": config.silent_after, "away": config.away}
            return [(name, "needs `heartbeat`, which goes on") for name, value in asked.items() if value is not None]
        return ()

    def start(self) -> None:
        self._line: Line | None = None

    async def open(self) -> None:
        self._woken = asyncio.Event()
        self._lane = Line(self.config, self.context, self._woken.set)
        await self._lane.open()
        self._line = self._lane
        self._woken.set()
        self._timer = asyncio.create_task(self._keep_time(), name=f"{self.context.node} time")

    @property
    def kept(self) -> Waiting | None:
        return self._line

    async def close(self) -> None:
        self._line = None
        await end(self._timer)
        await self._lane.close()

    async def write(self, messages: Messages) -> None:
        added: list[Job] = []
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                added += self._lane.take(message)
            except (ValueError, ExpressionError) as fault:
                bad[place] = str(fault)
        try:
            await self._lane.go_on(added)
        except BaseException:
            for job in added:
                self._lane.withdraw(job)
            raise
        if bad:
            raise Rejected(f"{len(bad)} were not taken", bad)

    async def _keep_time(self) -> None:
        while True:
            try:
                await self._wait()
                self._lane.look_at_the_clock(to_ns(self.context.clock.now_s()))
                await self._lane.go_on()
            except Unavailable as away:
                self.context.log.warning("keeping jobs: %s", away)
                await asyncio.sleep(TRY_AGAIN_S)
                self._woken.set()

    async def _wait(self) -> None:
        due_ns = self._lane.next_ns()
        now_ns = to_ns(self.context.clock.now_s())
        try:
            async with asyncio.timeout(None if due_ns is None else max(0.0, (due_ns - now_ns) / 1e9)):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()
