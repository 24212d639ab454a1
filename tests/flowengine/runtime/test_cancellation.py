"""Tasks cancelled at whichever await they stand, then a deploy or a new engine: nothing acknowledged is lost.

The sender and what the sinks delivered live outside of the engine, as a broker and a database do.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable, Generator, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flowengine import Config, Messages, Outlet, Rejected, Sink, Source, Unavailable
from flowengine.message import Message
from flowengine.runtime import flow as flow_runtime
from flowengine.runtime.supervisor import Supervisor
from tests.flowengine.runtime.conftest import Bench, ToyCatalog

MESSAGES = 40
BAD = 7
FLOW = """
flow: f
nodes:
  source: {{type: sender, turn: {turn}, to: step}}
  step: {{type: filter, where: payload >= 0, queue: {queue}, to: out}}
  out: {{type: taker, turn: {turn}, {durable}on_error: bad}}
  bad: {{type: taker, turn: {turn}}}
"""


@dataclass
class Outside:
    """Sends what is not acknowledged once more to each new engine; keeps what was delivered."""

    waiting: list[int] = field(default_factory=lambda: list(range(MESSAGES)))
    under_way: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    delivered: list[int] = field(default_factory=list)
    engines: int = 0

    def new_engine(self) -> None:
        self.engines += 1
        self.waiting = sorted({*self.waiting, *self.under_way})
        self.under_way.clear()

    def send(self, most: int) -> tuple[list[int], Callable[[], None]]:
        numbers, self.waiting = self.waiting[:most], self.waiting[most:]
        self.under_way.update(numbers)
        engine = self.engines

        def acknowledge() -> None:
            if engine == self.engines:  # else its connection is closed
                self.under_way.difference_update(numbers)
                self.acknowledged.update(numbers)

        return numbers, acknowledge


class TurnConfig(Config):
    """What a deploy changes."""

    turn: int = 0


class Sender(Source):
    """Sends what waits outside."""

    config: TurnConfig
    acknowledges = True
    outside: Outside

    async def run(self, emit: Outlet) -> None:
        while True:
            numbers, acknowledge = self.outside.send(3)
            await emit([Message(number) for number in numbers], acknowledge)
            await asyncio.sleep(0.001)


class Taker(Sink):
    """Delivers to the outside, now and then at the second try; the database refuses one number."""

    config: TurnConfig
    outside: Outside

    def start(self) -> None:
        self.tries = 0

    async def open(self) -> None:
        await asyncio.sleep(0)

    async def write(self, messages: Messages) -> None:
        await asyncio.sleep(0.001)
        self.tries += 1
        if self.tries % 3 == 0:
            raise Unavailable("away", retry_after_s=0.001)
        numbers = [message.payload for message in messages]
        if BAD in numbers and self.context.node == "out":
            raise Rejected("refused")
        self.outside.delivered += numbers
        await asyncio.sleep(0)

    async def close(self) -> None:
        await asyncio.sleep(0)


class Catalog(ToyCatalog):
    """With the two above."""

    toys = {**ToyCatalog.toys, "sender": Sender, "taker": Taker}


@dataclass(frozen=True)
class Cut:
    """The task is cancelled at its `nth` await from now on; then comes `then`."""

    task: tuple[str, str]
    nth: int
    then: Literal["deploy", "new engine"]


class Scissors:
    """Counts the awaits of one task and cancels it at the one that was asked for."""

    def __init__(self) -> None:
        self._task: Hashable = None
        self._left = 0
        self._cut = asyncio.Event()

    def aim(self, cut: Cut) -> None:
        self._task, self._left = cut.task, cut.nth
        self._cut.clear()

    async def used(self) -> None:
        """Return when it is cut, or has nothing more to do and so does not come to that await."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cut.wait(), 0.05)
        self._task = None

    def awaiting(self, task: Hashable) -> None:
        if task != self._task:
            return
        self._left -= 1
        if self._left == 0:
            self._task = None
            self._cut.set()
            current = asyncio.current_task()
            assert current is not None
            current.cancel()


class Watched:
    """Work that tells the scissors of each of its awaits, and is otherwise what it was."""

    def __init__(self, work: Awaitable[None], task: Hashable, scissors: Scissors):
        self._work, self._task, self._scissors = work, task, scissors

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        fault: BaseException | None = None
        while True:
            try:
                waits_for = steps.throw(fault) if fault is not None else next(steps)
            except StopIteration:
                return
            self._scissors.awaiting(self._task)
            try:
                yield waits_for
                fault = None
            except BaseException as thrown:
                fault = thrown


TASKS = [("source", "source"), ("queue", "step"), ("queue", "out"), ("queue", "bad")]
DEPLOY = ("deploy", "f")
cuts = st.builds(
    Cut,
    st.sampled_from([*TASKS, DEPLOY]),
    st.integers(1, 12),
    st.sampled_from(["deploy", "new engine"]),
)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])  # shrinking waits each time for what is lost
@given(cuts=st.lists(cuts, min_size=1, max_size=6), durable=st.booleans())
def test_nothing_acknowledged_is_lost_by_cancelling_at_any_await(cuts: list[Cut], durable: bool) -> None:
    outside = asyncio.run(scenario(cuts, durable))
    assert outside.acknowledged == set(range(MESSAGES))
    assert set(range(MESSAGES)) - set(outside.delivered) == set()


async def scenario(cuts: list[Cut], durable: bool) -> Outside:
    outside, scissors = Outside(), Scissors()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sender, "outside", outside, raising=False)
        patch.setattr(Taker, "outside", outside, raising=False)
        patch.setattr(flow_runtime, "Supervisor", watched_supervisor(scissors))
        bench = await new_bench(Path(folder), outside, text(0, durable))
        for turn, cut in enumerate(cuts, 1):
            scissors.aim(cut)
            if cut.task == DEPLOY:
                deploy = Watched(bench.deploy(text(-turn, durable)), DEPLOY, scissors)
                await asyncio.wait([asyncio.ensure_future(deploy)])
            await scissors.used()
            if cut.then == "deploy":
                await bench.deploy(text(turn, durable))
            else:
                await bench.engine.stop(0)
                bench = await new_bench(Path(folder), outside, text(turn, durable))
        await finished(outside)
        assert bench.balances() == {}
        await bench.engine.stop(1)
    return outside


def text(turn: int, durable: bool) -> str:
    return FLOW.format(turn=turn, queue=4 + turn % 2, durable="durable: true, " if durable else "")


async def new_bench(folder: Path, outside: Outside, flow: str) -> Bench:
    outside.new_engine()
    bench = Bench(folder, Catalog())
    await bench.engine.start()
    await bench.deploy(flow)
    return bench


async def finished(outside: Outside) -> None:
    """Return once everything came; after a while also when something did not."""
    for _ in range(300):
        if len(set(outside.delivered)) == len(outside.acknowledged) == MESSAGES:
            return
        await asyncio.sleep(0.01)


def watched_supervisor(scissors: Scissors) -> type[Supervisor]:
    class WatchedCrew(Supervisor):
        def start(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
            async def watched() -> None:
                await Watched(work(), key, scissors)

            super().start(key, watched)

    return WatchedCrew
