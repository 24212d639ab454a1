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
from tests.nodes.waiting import until

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


def test_files_under_both_names_stay_where_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").write_text(name)
    renames.follow(tmp_path, {"new": NodeSpec("new", "log", {}, {}, ("nodes", "new"), was="old")})
    assert [(tmp_path / name / "kept").read_text() for name in ("old", "new")] == ["old", "new"]
    assert "both have files" in caplog.text
