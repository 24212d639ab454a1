"""What is seen of a running flow from outside: all of it there, none of it to be changed, and no way past it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from flowengine.runtime import view
from flowengine.runtime.view import FlowView, NodeCounts, NodeView, OutletView, QueueView, WireView
from tests.house.sources import modules, tree

FLOW = """
flow: f
nodes:
  source: {type: count, n: 3, to: out}
  out: {type: collect}
"""
VIEWS = (FlowView, NodeView, NodeCounts, OutletView, QueueView, WireView)
OUTSIDE = ("web_editor", "flowengine/cli", "flowengine/server.py")


def names(kind: type) -> list[str]:
    return [name for name in vars(kind) if not name.startswith("_")]


@pytest.mark.parametrize("kind", VIEWS)
def test_a_view_has_nothing_that_can_be_set_or_that_does_anything(kind: type) -> None:
    assert {name for name in names(kind) if not isinstance(vars(kind)[name], property)} <= {"oldest_s"}
    assert all(vars(kind)[name].fset is None for name in names(kind) if name != "oldest_s")
    assert set(VIEWS) == {each for each in vars(view).values() if getattr(each, "__module__", "") == view.__name__}


def test_a_running_flow_shows_all_of_it(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW)
        flow = bench.engine.flows["f"]
        node, outlet = flow.stations["source"], flow.outlets["source"]
        seen = zip(VIEWS, (flow, node, node, outlet, flow.stations["out"].inbox, node.wires["out"][0]), strict=True)
        assert [(kind, name) for kind, it in seen for name in names(kind) if not hasattr(it, name)] == []

    in_virtual_time(scenario)


def test_nobody_outside_goes_past_the_view_to_what_runs() -> None:
    past = [
        f"{path}:{node.lineno}"
        for path in modules()
        if str(path).startswith(OUTSIDE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "runtimes"
    ]
    assert past == []
