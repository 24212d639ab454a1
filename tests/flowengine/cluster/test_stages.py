"""A flow is cut at its durable wires, and what cannot be cut is refused with the reason."""

from __future__ import annotations

import pytest

from flowengine.catalog.every_node import SpoolLimits
from flowengine.cluster.stages import CannotCut, Unit, flow_of, stages_of
from flowengine.flow.model import Flow, NodeSpec


def node(id: str, *to: str, durable: int = 0, place: str = "") -> NodeSpec:
    limits = SpoolLimits(partitions=durable) if durable else None
    return NodeSpec(id, "t", {}, {"out": to} if to else {}, ("nodes", id), durable=limits, place=place)


def flow(*nodes: NodeSpec) -> Flow:
    return Flow("f", nodes={each.id: each for each in nodes})


LINE = flow(node("a", "b"), node("b", "c", "d"), node("c", "e", durable=3), node("d"), node("e", durable=1))


def test_what_lies_between_two_durable_wires_is_a_stage() -> None:
    found = [(stage.name, stage.nodes, stage.heads, stage.elsewhere, stage.partitions) for stage in stages_of(LINE)]
    assert found == [
        ("a", ("a", "b", "d"), (), ("c",), 1),
        ("c", ("c",), ("c",), ("e",), 3),
        ("e", ("e",), ("e",), (), 1),
    ]
    assert [unit.name for unit in stages_of(LINE)[1].units()] == ["f.c.0", "f.c.1", "f.c.2"]


def test_a_unit_runs_its_nodes_and_what_it_sends_to_has_nothing_behind_it() -> None:
    part = flow_of(LINE, Unit(stages_of(LINE)[1], 2), "c")
    assert part.name == "f.c.2" and list(part.nodes) == ["c", "e"]
    assert part.nodes["c"].wires == {"out": ("e",)} and part.nodes["e"].wires == {}


def test_without_a_durable_wire_a_flow_is_one_stage() -> None:
    [stage] = stages_of(flow(node("a", "b"), node("b")))
    assert stage.nodes == ("a", "b") and stage.partitions == 1


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([node("a", "b", durable=1), node("b", "a")], "a is fed by what comes of it"),
        (
            [node("s", "a", "b"), node("a", "c", durable=2), node("b", "c", durable=3), node("c")],
            "a and b meet in one stage",
        ),
        ([node("s", "a"), node("a", "c", durable=2), node("t", "c"), node("c")], "t begins in the stage of a"),
        ([node("a", "b", place="x"), node("b", place="y")], "x and y are two places"),
    ],
)
def test_what_cannot_be_cut_is_refused(nodes: list[NodeSpec], reason: str) -> None:
    with pytest.raises(CannotCut, match=reason):
        stages_of(flow(*nodes))


def test_a_place_of_one_node_is_that_of_its_stage() -> None:
    assert [stage.place for stage in stages_of(flow(node("a", "b"), node("b", place="serial")))] == ["serial"]
