"""Nothing blocks the event loop: fsync, databases, YAML, regular expressions, deploys; a watchdog names what does."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings
from tests.faults.conftest import Line
from tests.waiting import lasts

LAG_S = 0.1
TICK_S = 0.005
DEPLOYS = 10
BESIDE = """  stuck{n}: {{type: filter, where: "not matches(payload.text, '^(a|aa)+$')", to: kept{n}}}
  kept{n}: {{type: rtdb_write, key: "{{device}}/{n}", value: payload.n, to: hot{n}}}
  hot{n}: {{type: alert, by: "{{device}}", when: payload.n > {limit}, to: nowhere{n}}}
  nowhere{n}: {{type: log, level: debug}}
"""


class Watchdog:
    """Stacks of the loop's thread whenever it did not turn for `LAG_S`.

    Counted in ticks that this thread itself got: a machine that stops both is not the loop's fault. Of a tick in which
    the loop could run, what it had of a processor counts: the rest went to other programs.
    """

    def __init__(self) -> None:
        self._loop_thread = threading.get_ident()
        self._stat = Path(f"/proc/self/task/{threading.get_native_id()}/stat")
        self._turns = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog")
        self._beat: asyncio.Task[None] | None = None
        self.stacks: list[str] = []
        self.longest_s = 0.0
        """The longest time without a turn."""

    async def __aenter__(self) -> Watchdog:
        self._beat = asyncio.create_task(self._turn())
        self._thread.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._ended.set()
        assert self._beat is not None
        self._beat.cancel()
        await asyncio.gather(self._beat, return_exceptions=True)
        await asyncio.to_thread(self._thread.join)

    async def _turn(self) -> None:
        while True:
            self._turns += 1
            await asyncio.sleep(TICK_S / 2)

    def _watch(self) -> None:
        clock = time.pthread_getcpuclockid(self._loop_thread)
        seen, used_s, still_s, told = -1, 0.0, 0.0, False
        while not self._ended.wait(TICK_S):
            before_s, used_s = used_s, time.clock_gettime(clock)
            if self._turns != seen:
                seen, still_s, told = self._turns, 0.0, False
                continue
            still_s += min(TICK_S, used_s - before_s) if self._may_run() else TICK_S
            self.longest_s = max(self.longest_s, still_s)
            if still_s >= LAG_S and not told:
                told = True
                frame = sys._current_frames().get(self._loop_thread)
                self.stacks.append("".join(traceback.format_stack(frame)[-8:]))

    def _may_run(self) -> bool:
        """Whether the loop's thread runs, or waits only for a processor (proc(5): state R)."""
        return self._stat.read_text().rpartition(")")[2].split()[0] == "R"


def flow(line: Line, turn: int) -> str:
    """The shared flow, with fifty filters, values and alarms beside it that every turn changes."""
    beside = "".join(BESIDE.format(n=n, limit=1000 + turn) for n in range(50))
    others = ", ".join(f"stuck{n}" for n in range(50))
    return line.flow(durable=True).replace("to: hold}", f"to: [hold, {others}]}}") + beside


def _block(time_s: float) -> None:
    """Do what nobody may do in a loop."""
    time.sleep(time_s)


@pytest.mark.faults
async def test_a_blocked_loop_is_noticed() -> None:
    async with Watchdog() as watchdog:
        await lasts(0.05, "a watchdog that looks")
        _block(0.3)
        await lasts(0.05, "a watchdog that looks")
    assert any("test_a_blocked_loop_is_noticed" in stack for stack in watchdog.stacks)


@pytest.mark.faults
async def test_the_loop_turns_under_load_and_over_deploys(line: Line, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    file = tmp_path / "flows" / "flow.yaml"
    file.write_text(flow(line, 0))
    engine = Engine(Settings(tmp_path / "data"))
    folder = Deployer(engine, [file], lambda _: None)
    try:
        await engine.start()
        assert not any(outcome.faults for outcome in await folder.apply())
        async with line.publisher(rate=300) as publisher:
            publisher.payload = lambda n: {"n": n % 500, "text": "a" * 40 + "b"}
            await line.flowing(publisher)
            async with Watchdog() as watchdog:
                for turn in range(1, DEPLOYS + 1):
                    await asyncio.to_thread(file.write_text, flow(line, turn))
                    await folder.apply()
                    await asyncio.sleep(0.5)
    finally:
        await engine.stop(2.0)
    assert not watchdog.stacks, f"the loop stood still {len(watchdog.stacks)} times:\n" + "\n\n".join(watchdog.stacks)
    longest_ms = watchdog.longest_s * 1000
    print(f"{DEPLOYS} deploys of 204 nodes under load: the loop stood still for {longest_ms:.0f} ms at most")
