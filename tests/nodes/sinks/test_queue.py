"""queue: one run at a time on the device, urgency, time limits, restarts and kills, disks that fail."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make, run_virtual
from flowengine.testing.clock import LoopClock
from nodes.sinks.queue import Queue

DEVICE = "{priority: urgency, done: payload.type == 'result', time_limit: 10s}"


class Bench:
    """One queue node in virtual time; `told` is (second, port, payload)."""

    def __init__(self, folder: Path, config: str = DEVICE):
        self.folder, self.config = folder, config
        self.told: list[tuple[float, str, Any]] = []
        self.acks: dict[str, Any] = {}
        self.settles = True

    async def open(self) -> Queue:
        context = TestContext(data_dir=self.folder)
        vars(context).update(clock=LoopClock(asyncio.get_running_loop()), emit=self._emit, reject=self._reject)
        self.node = make(Queue, self.config, context)
        await self.node.open()
        await asyncio.sleep(0.001)
        return self.node

    def _emit(self, messages: Any, port: str = "out", ack: Any = None) -> None:
        now_s = round(asyncio.get_running_loop().time(), 1)
        self.told += [(now_s, port, message.payload) for message in messages]
        if port == "out":
            self.acks[messages[0].meta["job"]] = ack
        elif ack is not None and self.settles:
            ack()

    def _reject(self, messages: Any, reason: str, ack: Any = None) -> None:
        self._emit(messages, f"error {reason}", ack)

    def begun(self) -> list[Any]:
        """Jobs that were sent on."""
        return [payload["job"] for _, port, payload in self.told if port == "out"]

    def results(self) -> list[tuple[Any, str]]:
        """How jobs ended."""
        return [(payload["job"], payload["state"]) for _, port, payload in self.told if port == "results"]


def job(id: str, urgency: int = 0) -> Message:
    return Message({"job": id, "urgency": urgency})


def result(id: str) -> Message:
    return Message({"type": "result", "job": id, "score": 3})


def run(work: Any) -> None:
    run_virtual(work)


def test_one_runs_at_a_time_the_most_urgent_first_and_results_are_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b"), job("c", 5)])
        assert [payload["job"] for _, port, payload in bench.told if port == "taken"] == ["a", "b", "c"]
        assert bench.begun() == ["c"]
        await node.write([job("d", 9), result("c")])
        assert bench.begun() == ["c", "d"]
        assert bench.results() == [("c", "done")]
        for id in ("d", "a", "b"):
            await node.write([result(id)])
        assert bench.begun() == ["c", "d", "a", "b"] and len(bench.results()) == 4
        await node.close()

    run(work)


def test_a_run_beyond_its_limit_is_given_up_and_the_next_begins(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b")])
        await asyncio.sleep(11)
        assert bench.begun() == ["a", "b"] and bench.results() == [("a", "given up")]
        at_s, _, told = next(each for each in bench.told if each[1] == "results")
        assert at_s == 10.0 and told["reason"] == "time limit" and told["took_ms"] == pytest.approx(10_000)
        assert told["input"] == {"job": "a", "urgency": 0} and told["waiting"] == 1
        await node.write([result("a")])
        assert node.context.recorded.counted["ends of jobs that do not run"] == 1  # type: ignore[attr-defined]
        await node.close()

    run(work)


def test_jobs_and_their_order_survive_and_the_one_that_ran_is_begun_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b"), job("c", 7)])
        await node.write([result("a")])
        assert bench.begun() == ["a", "c"] or bench.begun() == ["c"]
        before = bench.begun()
        await node.close()
        bench.told.clear()
        node = await bench.open()
        assert bench.begun() == ["c"], before
        await node.write([result("c")])
        await node.write([result(bench.begun()[-1])])
        await node.close()

    run(work)


def test_a_job_that_restarts_cut_off_too_often_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "{done: payload.type == 'result', attempts: 2}")

    async def work() -> None:
        for _ in range(3):
            node = await bench.open()
            if not bench.told:
                await node.write([job("a")])
            await node.close()
        assert bench.begun() == ["a", "a"] and bench.results() == [("a", "given up")]
        node = await bench.open()
        assert len(bench.told) == 4  # taken, begun twice, given up
        await node.close()

    run(work)


def test_what_waits_is_counted_and_can_be_given_up_after_a_restart_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b"), job("c", 5)])
        await node.close()
        node = await bench.open()
        line = node.kept
        assert line is not None and line.messages == 2 and line.size_bytes > 50
        assert line.purge() == 2 and line.messages == 0
        assert bench.results() == [("a", "purged"), ("b", "purged")]
        await asyncio.sleep(0.1)
        await node.close()
        assert node.kept is None
        bench.told.clear()
        node = await bench.open()
        assert bench.begun() == ["c"] and bench.results() == []
        await node.close()

    run(work)


def test_without_done_a_job_ends_when_all_that_came_of_it_is_settled(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "{concurrency: 2}")

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b"), job("c")])
        assert bench.begun() == ["a", "b"]
        bench.acks["b"]()
        await asyncio.sleep(0.1)
        assert bench.begun() == ["a", "b", "c"] and bench.results() == [("b", "done")]
        await node.close()

    run(work)


def test_a_result_that_nobody_settled_makes_the_job_run_once_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        bench.settles = False
        await node.write([job("a")])
        await node.write([result("a")])
        await node.close()
        await bench.open()
        assert bench.begun() == ["a", "a"]
        await bench.node.close()

    run(work)


def test_a_name_twice_and_a_priority_that_is_none_are_rejected_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        node = await bench.open()
        with pytest.raises(Rejected) as refused:
            await node.write([job("a"), job("a"), Message({"job": "x", "urgency": "much"}), job("b")])
        assert sorted(refused.value.rows or {}) == [1, 2]
        assert bench.begun() == ["a"] and node._lane._jobs.waiting == 1
        await node.close()

    run(work)


async def test_what_cannot_be_kept_is_neither_begun_nor_settled(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    node = await bench.open()
    node._lane._kept._data._connection.execute("PRAGMA busy_timeout = 20")  # type: ignore[union-attr]
    other = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot write"):
            await node.write([Message({"job": "a", "urgency": 1}, id=5)])
    assert bench.told == [] and not node._lane._jobs.running
    other.execute("ROLLBACK")
    other.close()
    await node.write([Message({"job": "a", "urgency": 1}, id=5)])
    assert bench.begun() == ["a"]
    await node.close()


async def test_a_flow_runs_one_submission_at_a_time_and_is_in_balance(start_engine: Any) -> None:
    running = await start_engine("""
flow: f
nodes:
  in: {type: inject, payload: {job: 's{n}', urgency: 1}, every: 1ms, count: 20, to: line}
  line: {type: queue, priority: urgency, to: {out: slow, results: out}}
  slow: {type: delay, for: 5ms, to: device}
  device: {type: log, level: debug}
  out: {type: collect}
""")
    results = await running.holds(20)
    assert {result["state"] for result in results} == {"done"}
    assert [result["job"] for result in results] == [f"s{n}" for n in range(20)]
    assert all(result["took_ms"] >= 4 for result in results)
    await running.until(running.balanced)


ROBOT = (
    "{done: payload.type == 'result', time_limit: 10s, heartbeat: payload.type == 'beat', silent_after: 12s,"
    " away: payload.type == 'away', reset: payload.type == 'reset', limit: limit_s, remember: 2}"
)
BEAT, AWAY, RESET = (Message({"type": name}) for name in ("beat", "away", "reset"))


def test_nothing_is_burnt_while_the_robot_is_unplugged(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ROBOT)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b")])
        await asyncio.sleep(60)  # not one word from the robot: the limit of `a` is reached at 10 s, silence at 12 s
        assert bench.begun() == ["a"] and bench.results() == []
        assert [(at_s, port) for at_s, port, _ in bench.told if port in ("overdue", "held")] == [
            (10.0, "overdue"), (12.0, "held"),
        ]  # fmt: skip
        assert node.kept is not None and node.kept.messages == 2
        await node.write([BEAT.with_meta(retained=True)])  # what a broker had kept of it says nothing of now
        await asyncio.sleep(1)
        assert bench.begun() == ["a"]
        await node.write([BEAT])
        await asyncio.sleep(1)
        assert bench.begun() == ["a", "a"]
        await node.write([result("a")])
        await asyncio.sleep(1)
        assert bench.results() == [("a", "done")] and bench.begun() == ["a", "a", "b"]
        await node.close()

    run(work)


def test_a_late_job_is_given_up_as_soon_as_the_robot_is_heard(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ROBOT)

    async def work() -> None:
        node = await bench.open()
        await node.write([Message({"job": "a", "limit_s": 3}), job("b")])
        await asyncio.sleep(4)
        assert [(at_s, port) for at_s, port, _ in bench.told if port == "overdue"] == [(3.0, "overdue")]
        assert bench.results() == []
        await node.write([result("a")])  # it was told to stop, and did
        await asyncio.sleep(0.1)
        assert bench.results() == [("a", "given up")] and bench.begun() == ["a", "b"]
        await node.close()

    run(work)


def test_who_is_told_that_the_port_is_away_holds_the_line_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ROBOT)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a")])
        await node.write([AWAY, job("b", 5)])
        await asyncio.sleep(30)
        assert bench.begun() == ["a"] and bench.results() == []
        await node.write([result("a")])  # it came through after all, and shows that the robot is there
        await asyncio.sleep(0.1)
        assert bench.results() == [("a", "done")] and bench.begun() == ["a", "b"]
        await node.close()

    run(work)


def test_a_reset_ends_what_runs_and_what_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ROBOT)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b")])
        await node.write([RESET])
        assert bench.results() == [("a", "purged"), ("b", "purged")]
        await node.write([job("c")])
        await asyncio.sleep(0.1)
        assert bench.begun() == ["a", "c"]
        await node.close()

    run(work)


def test_a_job_that_ended_does_not_come_again_even_after_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ROBOT)

    async def work() -> None:
        node = await bench.open()
        await node.write([job("a"), job("b"), job("c")])
        for id in ("a", "b"):
            await node.write([result(id)])
            await asyncio.sleep(0.1)
        with pytest.raises(Rejected) as refused:
            await node.write([job("a")])
        assert list(refused.value.rows.values()) == ["job a has ended already"]
        await node.close()
        node = await bench.open()
        with pytest.raises(Rejected):
            await node.write([job("b")])
        await node.write([result("c"), job("d")])
        await asyncio.sleep(0.1)
        await node.write([job("a")])  # two are remembered, and this is the third
        await node.close()

    run(work)


def test_a_line_that_is_held_must_be_able_to_go_on() -> None:
    faults = Queue.check(make(Queue, "{silent_after: 5s, away: payload.gone}", TestContext()).config)
    assert [option for option, _ in faults] == ["silent_after", "away"]
