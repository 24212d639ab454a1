"""State behind a spool is committed with its position and its output: a kill at any moment counts nothing twice.

A kill is the data folder as it was at one moment between two calls of the loop, on which another engine goes on.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from flowengine.message import Message
from flowengine.store.checkpoints import Checkpoint, CheckpointFile
from nodes.stateful.aggregate import Aggregate
from tests.flowengine.runtime.conftest import Bench
from tests.flowengine.runtime.test_spooled import until

FLOW = """
flow: f
nodes:
  source: {{type: count, n: {n}, batch: 7, every: 0.005, to: sums}}
  sums: {{type: aggregate, every: {every}, figures: [count, sum], durable: {{max: 10MiB}}{more}, to: sink}}
  sink: {{type: collect, fails: {fails}}}
"""


def flow(n: int, fails: int = 0, every: str = "100ms", more: str = "") -> str:
    return FLOW.format(n=n, fails=fails, every=every, more=more)


def totals(windows: list[Any]) -> tuple[int, float]:
    """Count and sum over all windows, each as it was told last."""
    last = {window["start"]: window for window in windows}.values()
    return sum(window["count"] for window in last), sum(window["sum"] for window in last)


def of_first(n: int) -> tuple[int, float]:
    """What `totals` must be of the numbers below `n`."""
    return n, n * (n - 1) / 2


def leave_as_killed(data: Path, there: Path) -> None:
    """Copy the folder as it was at one moment: threads go on writing, and a copy of moving files is of no moment."""
    before = None
    while before is None or before != contents(there):
        before = contents(there) if there.exists() else None
        shutil.rmtree(there, ignore_errors=True)
        with suppress(shutil.Error):  # a file that was renamed meanwhile
            shutil.copytree(data, there)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def last_of(told: list[Any], after: Bench) -> list[Any]:
    """What the sink got before and after the kill."""
    return [*told, *after.ledger.get("sink", [])]


async def test_wherever_a_kill_falls_the_windows_have_each_acknowledged_number_once(tmp_path: Path) -> None:
    bench, kills = Bench(tmp_path / "0"), []
    await bench.deploy(flow(n=700))
    for kill in range(1, 8):
        await asyncio.sleep(0.06)
        leave_as_killed(tmp_path / "0", tmp_path / str(kill))
        kills.append((len(bench.node("source").acked), list(bench.ledger.get("sink", []))))
    await bench.engine.stop(5)
    for kill, (acknowledged, told) in enumerate(kills, 1):
        after = Bench(tmp_path / str(kill))
        await after.deploy(flow(n=0))
        known = partial(last_of, told, after)
        await until(lambda known=known, least=acknowledged: totals(known())[0] >= least)
        await until(lambda after=after: not after.station("sums").inbox.spool.stats().records)
        count, sum_ = totals(known())
        assert (count, sum_) == of_first(count) and after.balances() == {}
        await after.engine.stop(5)


async def test_a_state_that_is_taken_down_in_steps_is_of_one_moment(tmp_path: Path, monkeypatch: Any) -> None:
    steps = []

    def slowly(node: Aggregate, now_s: float) -> Generator[None, None, Any]:
        for _ in range(20):
            steps.append(node)
            yield
        return node.snapshot(now_s)

    monkeypatch.setattr(Aggregate, "snapshot_in_steps", slowly)
    await test_wherever_a_kill_falls_the_windows_have_each_acknowledged_number_once(tmp_path)
    assert steps


async def test_a_deploy_while_a_state_is_taken_down_loses_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    def slowly(node: Aggregate, now_s: float) -> Generator[None, None, Any]:
        for _ in range(200):
            yield
        return node.snapshot(now_s)

    monkeypatch.setattr(Aggregate, "snapshot_in_steps", slowly)
    await test_deploys_of_the_node_take_its_state_along(tmp_path)


async def test_a_stop_and_a_start_go_on_within_a_window(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    await first.deploy(flow(n=70, every="2s"))
    await until(lambda: len(first.node("source").acked) == 70)
    await first.engine.stop(5)
    told = list(first.ledger.get("sink", []))
    second = Bench(tmp_path)
    await second.deploy(flow(n=0, every="2s"))
    await until(lambda: totals([*told, *second.ledger.get("sink", [])]) == of_first(70))
    await second.engine.stop(5)


async def test_what_was_given_out_and_not_delivered_goes_out_after_a_kill(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "0")
    await bench.deploy(flow(n=70, fails=10**9))
    # The first window may end before the last number is in.
    await until(lambda: bench.station("sums").sent and len(bench.node("source").acked) == 70)
    leave_as_killed(tmp_path / "0", tmp_path / "1")
    await bench.engine.stop(0)
    after = Bench(tmp_path / "1")
    await after.deploy(flow(n=0))
    await until(lambda: totals(after.ledger.get("sink", [])) == of_first(70))
    await after.engine.stop(5)


async def test_nothing_leaves_and_nothing_is_acknowledged_while_the_disk_refuses(
    tmp_path: Path, monkeypatch: Any
) -> None:
    refused = []

    def refuse(_file: CheckpointFile, checkpoint: Checkpoint) -> None:
        refused.append(checkpoint)
        raise OSError("no space left")

    monkeypatch.setattr(CheckpointFile, "commit", refuse)
    bench = Bench(tmp_path)
    await bench.deploy(flow(n=70))
    await until(lambda: refused and len(bench.node("source").acked) == 70)
    assert bench.ledger == {} and bench.station("sums").inbox.spool.stats().records == 70
    monkeypatch.undo()
    await until(lambda: totals(bench.ledger.get("sink", [])) == of_first(70))
    await until(lambda: not bench.station("sums").inbox.spool.stats().records)
    await bench.engine.stop(5)


async def test_deploys_of_the_node_take_its_state_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for change in range(6):
        await bench.deploy(flow(n=350, more=f", max_windows: {1000 + change}"))
        await asyncio.sleep(0.05)
    await until(lambda: totals(bench.ledger.get("sink", [])) == of_first(350))
    assert bench.balances() == {}
    await bench.engine.stop(5)


async def test_a_node_that_needs_no_commits_any_more_lets_go_of_what_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(flow(n=70, every="2s"))
    await until(lambda: bench.station("sums").committing.pending)
    await bench.deploy(flow(n=70, every="2s").replace("{max: 10MiB}", "{max: 10MiB, live_first: true}"))
    assert bench.station("sums").committing is None
    await until(lambda: not bench.station("sums").inbox.spool.stats().records)
    await until(lambda: totals(bench.ledger.get("sink", [])) == of_first(70))
    assert CheckpointFile(tmp_path / "flows/f/sums").load() is None
    await bench.engine.stop(5)


async def test_repetitions_are_known_after_a_kill(tmp_path: Path) -> None:
    more = ", dedupe: {key: '{payload}', window: 1h}"
    bench = Bench(tmp_path / "0")
    await bench.deploy(flow(n=70, more=more))
    await until(lambda: bench.station("sums").sent)
    leave_as_killed(tmp_path / "0", tmp_path / "1")
    told = list(bench.ledger.get("sink", []))
    await bench.engine.stop(5)
    after = Bench(tmp_path / "1")
    await after.deploy(flow(n=140, more=more))  # the source begins anew
    await until(lambda: totals([*told, *after.ledger.get("sink", [])]) == of_first(140))
    assert after.station("sums").dropped["duplicate"] >= 7 and after.balances() == {}
    await after.engine.stop(5)


async def test_a_spool_that_somebody_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    CheckpointFile(tmp_path / "flows/f/sums").commit(Checkpoint("aggregate", 2, 10**6, [], {}, ()))
    bench = Bench(tmp_path)
    await bench.deploy(flow(n=70))
    await until(lambda: totals(bench.ledger.get("sink", [])) == of_first(70))
    await bench.engine.stop(5)


def test_a_checkpoint_comes_back_whole_and_a_damaged_one_is_set_aside(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path)
    assert file.load() is None
    made = Checkpoint(
        "aggregate", 2, 17, [["k", 1.5]], {"a": 0.5}, [("out", [Message({"n": 1}, "t", 1, {"d": 2}, 3, 4)])]
    )
    file.commit(made)
    assert file.load() == made
    (tmp_path / "checkpoint").write_bytes(b"\x93damaged")
    assert file.load() is None and (tmp_path / "checkpoint.damaged-1").exists()
    file.forget()
