"""A renamed node keeps what it had: state, queue, spool, files; running or not while it got its new name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine.flow.model import NodeSpec
from flowengine.runtime import renames
from flowengine.runtime.plan import plan
from tests.flowengine.flow.test_load import faults, loaded
from tests.flowengine.runtime.conftest import Bench
from tests.waiting import until

SPOOLED = """
flow: f
nodes:
  in: {type: count, n: N, every: 0.001, to: NAME}
  NAME: {type: collect, fails: FAILS, durable: true, WAS}
"""


def spooled(name: str, was: str = "", fails: int = 0, n: int = 0) -> str:
    text = SPOOLED.replace("NAME", name).replace("FAILS", str(fails)).replace("N}", "N}").replace("n: N", f"n: {n}")
    return text.replace("WAS", f"was: {was}" if was else "title: x")


def test_a_plan_says_renamed_and_not_removed_and_new() -> None:
    old = loaded("flow: f\nnodes: {in: {type: inject, to: out}, out: {type: log}}").flow
    new = loaded("flow: f\nnodes: {in: {type: inject, to: end}, end: {type: log, was: out}}").flow
    found = plan(old, new)
    assert (found.added, found.removed, dict(found.renamed), found.rewired) == ((), (), {"end": "out"}, ("in",))
    assert "~ end: renamed, was out; keeps its state and what waits" in list(found.lines())
    assert not found.nothing and plan(new, new).nothing


def test_a_former_name_belongs_to_one_node_and_to_none_that_is_there() -> None:
    text = "flow: f\nnodes: {a: {type: log}, b: {type: log, was: a}, c: {type: log, was: x}, d: {type: log, was: x}}"
    told = [line.split(": ", 2)[-1] for line in faults(text)]
    assert [line for line in told if "'a'" in line or "'x'" in line] == [
        "'a' is a node of this flow still",
        "c was 'x' already",
    ]


def test_state_follows_the_name(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  in: {type: count, n: 10, every: 0.1, to: NAME}
  NAME: {type: aggregate, every: 1h, WAS to: out}
  out: {type: collect}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text.replace("NAME", "old").replace("WAS", ""))
        await asyncio.sleep(0.55)
        before = bench.node("old").snapshot(0.0)
        counted = bench.station("old").received
        await bench.deploy(text.replace("NAME", "new").replace("WAS", "was: old,"))
        assert bench.node("new").snapshot(0.0) == before and bench.station("new").received == counted
        await asyncio.sleep(2.0)
        assert bench.station("new").received == 10 and bench.balances() == {}

    in_virtual_time(scenario)


async def test_a_spool_follows_the_name_of_a_running_node(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(spooled("old", fails=10_000, n=50))
    await until(lambda: bench.station("old").held == 50)
    await bench.deploy(spooled("new", was="old", n=50))
    await until(lambda: len(bench.ledger.get("new", [])) >= 50)
    assert sorted(set(bench.ledger["new"])) == list(range(50))
    assert bench.balances() == {}
    assert not (tmp_path / "flows/f/old").exists() and (tmp_path / "flows/f/new/spool").is_dir()
    await bench.engine.stop(1)


async def test_a_spool_follows_a_name_that_changed_while_nothing_ran(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(spooled("old", fails=10_000, n=20))
    await until(lambda: bench.station("old").held == 20)
    await bench.engine.stop(0)
    again = Bench(tmp_path)
    await again.deploy(spooled("new", was="old", n=0))
    await until(lambda: len(again.ledger.get("new", [])) >= 20)
    assert sorted(set(again.ledger["new"])) == list(range(20))
    await again.engine.stop(1)


async def test_a_state_that_is_committed_with_its_spool_counts_each_message_once(tmp_path: Path) -> None:
    text = """
flow: f
nodes:
  in: {type: count, n: 500, every: 0.002, to: NAME}
  NAME: {type: aggregate, every: 1h, durable: true, WAS to: out}
  out: {type: collect}
"""
    bench = Bench(tmp_path)
    await bench.deploy(text.replace("NAME", "a").replace("WAS", ""))
    await until(lambda: bench.station("a").passed > 100)
    await bench.deploy(text.replace("NAME", "b").replace("WAS", "was: a,"))
    await until(lambda: bench.node("in").sent == 500 and not bench.station("b").held)
    await bench.engine.remove("f", 5)  # a window that is not over yet is given out by a node that goes
    again = Bench(tmp_path)
    await again.deploy(text.replace("NAME", "b").replace("WAS", "was: a,").replace("n: 500", "n: 0"))
    await until(
        lambda: not again.station("b").inbox.messages and _sum_in(again.node("b").snapshot(0.0)) >= sum(range(500))
    )
    assert _sum_in(again.node("b").snapshot(0.0)) == sum(range(500))
    await again.engine.stop(0)


def _sum_in(state: Any) -> int:
    """The largest whole number in a state: the sum of its window."""
    if isinstance(state, dict):
        return max(map(_sum_in, state.values()), default=0)
    if isinstance(state, list | tuple):
        return max(map(_sum_in, state), default=0)
    return state if type(state) is int and state < 10**6 else 0


def test_files_under_both_names_stay_where_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").write_text(name)
    renames.follow(tmp_path, {"new": NodeSpec("new", "log", {}, {}, ("nodes", "new"), was="old")})
    assert [(tmp_path / name / "kept").read_text() for name in ("old", "new")] == ["old", "new"]
    assert "both have files" in caplog.text
