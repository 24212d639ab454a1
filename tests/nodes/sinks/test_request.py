"""request: every timeline of commands.json through the node, restarts, crashes, disks that fail, and whole flows."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from flowengine.testing import TestContext, make, run_virtual
from flowengine.testing.clock import LoopClock
from flowengine.testing.runner import FlowTests
from nodes.sinks.request import Request
from tests.waiting import until

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "commands.json").read_text("utf-8"))["vectors"]
CONFIG = "{reply: 'payload.type == \"ack\"'}"
COMMAND = {"correlation_id": "c", "type": "cmd", "relay": "ON"}


class Bench:
    """One node in virtual time, opened and closed as often as a test wants; `told` is (second, port, payload)."""

    def __init__(self, folder: Path, config: str = CONFIG):
        self.folder, self.config = folder, config
        self.told: list[tuple[float, str, Any]] = []
        self.unsettled: list[Callable[[], None]] = []
        self.settles = True

    async def open(self) -> Request:
        context = TestContext(data_dir=self.folder)
        vars(context).update(clock=LoopClock(asyncio.get_running_loop()), emit=self._emit, reject=self._reject)
        self.node = make(Request, self.config, context)
        await self.node.open()
        return self.node

    def _emit(self, messages: Any, port: str = "out", ack: Callable[[], None] | None = None) -> None:
        now_s = asyncio.get_running_loop().time()
        self.told += [(round(now_s, 3), port, message.payload) for message in messages]
        if ack is not None and self.settles:
            ack()
        elif ack is not None:
            self.unsettled.append(ack)

    def _reject(self, messages: Any, reason: str, ack: Callable[[], None]) -> None:
        self._emit(messages, f"error {reason}", ack)

    def at(self, port: str) -> list[tuple[float, Any]]:
        """What left by a port, with its time."""
        return [(at_s, payload) for at_s, found, payload in self.told if found == port]

    def times(self, port: str) -> list[float]:
        """When something left by a port."""
        return [at_s for at_s, _ in self.at(port)]

    def states(self) -> list[str]:
        """The steps that were told."""
        return [payload["state"] for _, payload in self.at("progress")]


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await work()

    run_virtual(whole)


def config_of(case: dict[str, Any]) -> str:
    return (
        f"{{reply: 'payload.type == \"ack\"', timeout: {case['timeout_s']}s, retries: {case['max_retries']}, "
        f"backoff: {case['backoff_s']}s}}"
    )


@pytest.mark.parametrize("restarts", [False, True], ids=["", "restarted_before_each_reply"])
@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_a_command_goes_as_the_vector_says(case: dict[str, Any], restarts: bool, tmp_path: Path) -> None:
    bench = Bench(tmp_path, config_of(case))

    async def work() -> None:
        await bench.open()
        await bench.node.write([Message(COMMAND)])
        for at_s, ok in case["acks"]:
            if restarts and not bench.at("out"):
                await asyncio.sleep(at_s - 0.05 - asyncio.get_running_loop().time())
                await bench.node.close()
                await bench.open()
            # The replies of one instant come before its timers, as they would out of one read.
            await asyncio.sleep(at_s - 1e-6 - asyncio.get_running_loop().time())
            await bench.node.write([Message({"type": "ack", "correlation_id": "c", "ok": ok})])
        await asyncio.sleep(30)
        await bench.node.close()

    run(work)
    assert bench.times("send") == case["expected_sends_at_s"]
    assert {json.dumps(payload) for _, payload in bench.at("send")} == {json.dumps(COMMAND)}
    if case["result"] == "ack":
        [(at_s, result)] = bench.at("out")
        assert abs(at_s - case["result_at_s"]) < 0.002 and result["ok"] == case["ok"]
        assert result["attempts"] == len(case["expected_sends_at_s"])
    else:
        assert bench.times("error timeout") == [case["result_at_s"]]
        assert bench.at("out") == []
    if not restarts:
        strays = [(at_s, p["state"]) for at_s, p in bench.at("progress") if p["state"].endswith("reply")]
        reason = "late reply" if case["result"] == "timeout" else "duplicate reply"
        assert strays == [(at_s, reason) for at_s in case.get("stray_acks_at_s", [])]


def test_a_command_without_an_id_gets_one_in_payload_and_meta(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        await bench.open()
        await bench.node.write([Message({"relay": "ON"}), Message({"relay": "OFF"})])
        ids = [payload["correlation_id"] for _, payload in bench.at("send")]
        assert len(set(ids)) == 2
        await bench.node.write([Message({"type": "ack", "correlation_id": id}) for id in reversed(ids)])
        assert [payload["correlation_id"] for _, payload in bench.at("out")] == ids[::-1]
        await bench.node.close()

    run(work)


def test_an_id_that_is_pending_is_refused_and_the_rest_of_the_batch_goes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        await bench.open()
        with pytest.raises(Rejected) as refused:
            await bench.node.write([Message(COMMAND, id=1), Message(COMMAND, id=2), Message({"relay": 1}, id=3)])
        assert list(refused.value.rows or {}) == [1] and "pending already" in (refused.value.rows or {})[1]
        assert len(bench.at("send")) == 2
        await bench.node.write([Message(COMMAND, id=1)])
        assert len(bench.at("send")) == 2, "the same message again, as after a crash, is not sent again"
        await bench.node.close()

    run(work)


def test_mqtt_correlation_data_and_templates_name_commands(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        "{reply: topic == 'ack', id: '{device}-{seq}', reply_id: correlation_data, field: '', ok: payload == 1}",
    )

    async def work() -> None:
        await bench.open()
        await bench.node.write([Message("go", meta={"device": "d1", "seq": 7})])
        await bench.node.write([Message(0, "ack", meta={"correlation_data": b"d1-7"})])
        [(_, result)] = bench.at("out")
        assert (result["correlation_id"], result["ok"], result["reply"]) == ("d1-7", False, 0)
        with pytest.raises(Rejected, match="1 were not taken"):
            await bench.node.write([Message(0, "ack")])
        await bench.node.close()

    run(work)


def test_a_result_that_was_not_settled_comes_again_after_a_restart_and_the_command_does_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        await bench.open()
        bench.settles = False
        await bench.node.write([Message(COMMAND), Message({"type": "ack", "correlation_id": "c"})])
        await bench.node.close()
        await bench.open()
        await asyncio.sleep(1)
        assert [payload["ok"] for _, payload in bench.at("out")] == [True, True]
        assert bench.times("send") == [0]
        for settle in bench.unsettled:
            settle()
        await asyncio.sleep(1)
        await bench.node.close()
        await bench.open()
        await asyncio.sleep(20)
        assert len(bench.at("out")) == 2 and bench.times("send") == [0]
        await bench.node.close()

    run(work)


def test_a_try_that_could_not_leave_comes_back_by_the_error_wire_and_costs_only_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        await bench.open()
        bench.settles = False
        await bench.node.write([Message(COMMAND)])
        error = {"node": "port", "reason": "not there"}
        await bench.node.write([Message(COMMAND, meta={"correlation_id": "c", "attempt": 1, "error": error})])
        bench.unsettled.pop()()  # what came back is settled too
        await asyncio.sleep(2.5)
        assert bench.times("send") == [0, 2]
        assert bench.states() == ["taken", "not sent"], "the second try is on its way, and nobody has taken it yet"
        bench.unsettled.pop()()
        assert bench.states() == ["taken", "not sent", "sent"]
        assert [payload.get("attempt") for _, payload in bench.at("progress")] == [None, 1, 2]
        await bench.node.close()

    run(work)


def test_how_a_command_ended_has_the_time_at_which_it_did(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    ended = list[tuple[float, float]]()

    async def work() -> None:
        node, clock = await bench.open(), bench.node.context.clock
        begun_ns = clock.time_ns()

        def told(messages: Any, *_: Any) -> None:
            now_ns = clock.time_ns()
            ended.extend(((message.time_ns - begun_ns) / 1e9, (now_ns - begun_ns) / 1e9) for message in messages)

        vars(node.context).update(reject=told)
        await node.write([Message(COMMAND, time_ns=begun_ns)])
        await asyncio.sleep(20)
        vars(node.context).update(emit=told)
        await node.write([Message(COMMAND, time_ns=begun_ns)])
        await asyncio.sleep(1)
        ended[1:] = []
        await node.write([Message({"type": "ack", "correlation_id": "c"})])
        await node.close()

    run(work)
    assert [(round(time_s, 3), round(now_s, 3)) for time_s, now_s in ended] == [(13, 13), (21, 21)]


async def test_what_cannot_be_kept_is_neither_sent_nor_settled(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.open()
    bench.node._pending._kept._data._connection.execute("PRAGMA busy_timeout = 20")  # type: ignore[union-attr]
    other = sqlite3.connect(tmp_path / "requests.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot write"):
            await bench.node.write([Message(COMMAND, id=1)])
    assert bench.told == []
    other.execute("ROLLBACK")
    other.close()
    await bench.node.write([Message(COMMAND, id=1)])
    assert len(bench.at("send")) == 1
    await bench.node.close()


FLOW = """
flow: relays
nodes:
  orders: {type: inject, count: 1, every: 1h, payload: {relay: 1, correlation_id: r1}, to: ask}
  replies: {type: mqtt_in, connection: broker, topic: 'v1/ack', to: ask}
  ask:
    type: request
    reply: topic == 'v1/ack'
    to: {send: publish, out: done, progress: steps}
    on_error: failed
  publish: {type: mqtt_out, connection: broker, topic: v1/cmd}
  done: {type: log}
  steps: {type: log}
  failed: {type: log}
connections:
  broker: {type: mqtt}
tests:
  - name: nobody answers
    run: 20s
    expect:
      publish: [{at: 0s}, {at: 5s}, {at: 10s}]
      failed: [{at: 13s, payload: {relay: 1, correlation_id: r1}}]
  - name: a late answer to the second try
    run: 20s
    send:
      replies: [{at: 6s, topic: v1/ack, payload: {correlation_id: r1, ok: false, message: stuck}}]
    expect:
      publish: [{at: 0s}, {at: 5s}]
      done: [{at: 6s, payload: {correlation_id: r1, ok: false, message: stuck, attempts: 2}}]
      failed: []
"""


def test_a_flow_with_requests_is_tested_in_virtual_time(tmp_path: Path) -> None:
    file = tmp_path / "relays.yaml"
    file.write_text(FLOW)
    tests = FlowTests(file, Settings(tmp_path / "data"), installed())
    cases = tests.cases()
    assert not tests.problems, [str(problem) for problem in tests.problems]
    assert {result.name: result.lines for result in tests.run(cases)} == {
        "nobody answers": [], "a late answer to the second try": [],
    }  # fmt: skip


async def test_an_engine_killed_between_tries_goes_on_where_it_was(tmp_path: Path) -> None:
    text = """
flow: f
nodes:
  orders: {type: inject, count: 1, every: 1h, payload: {correlation_id: r1}, to: ask}
  ask: {type: request, reply: topic == 'ack', timeout: 200ms, backoff: 100ms, to: {send: sent}, on_error: failed}
  sent: {type: dead_letter}
  failed: {type: dead_letter}
"""
    first = Engine(Settings(tmp_path))
    await first.deploy(first.load(text, "f.yaml"))
    await until(lambda: first.flows["f"].stations["sent"].passed)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # nothing is closed, nothing is said: as if the process had been killed
    await until(lambda: len(asyncio.all_tasks()) == 1)
    again = Engine(Settings(tmp_path))
    await again.deploy(again.load(text.replace("inject, count: 1", "inject, delay: 1h"), "f.yaml"))
    stations = again.flows["f"].stations
    await until(lambda: stations["failed"].passed)
    assert stations["sent"].received == 2, "the second and the third try"
    assert all(not station.balance for station in stations.values())
    await again.stop(0.1)
