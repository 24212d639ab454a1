"""Subflows as one node each."""

from flowengine.flow.model import NodeSpec
from flowengine.runtime.station import Station, Wire
from flowengine.runtime.subflow_aggregate import SubflowAggregate


def stations(*names: str) -> list[Station]:
    return [Station(name, NodeSpec(name, "any", {}, {}, ())) for name in names]


def test_a_subflow_has_the_worst_state_what_comes_in_and_all_errors() -> None:
    source, first, second, sink = there = stations("source", "press.first", "press.second", "sink")
    pairs = [(source, Wire(first, "out")), (first, Wire(second, "out")), (second, Wire(sink, "out"))]
    folded = SubflowAggregate(there, pairs)
    assert folded.nodes == ["press"]
    assert folded.wires == ["source:out>press", "press:out>sink"]
    nodes = [(0, 1, 5.0, 0), (1, 1, 5.0, 2), (2, 3, 4.0, 1), (3, 1, 4.0, 0)]
    wires = [(0, 5.0), (1, 4.5), (2, 4.0, 7, 100)]
    texts = ["", "", "away", ""]
    folded.add(nodes, wires, texts)
    assert nodes[4] == (4, 3, 5.0, 3) and texts[4] == "away"
    assert wires[3:] == [(3, 5.0), (4, 4.0, 7, 100)]


def test_nested_subflows_fold_at_every_level() -> None:
    a, b, c = there = stations("a", "x.y.b", "c")
    folded = SubflowAggregate(there, [(a, Wire(b, "out")), (b, Wire(c, "out"))])
    assert folded.nodes == ["x", "x/y"]
    assert set(folded.wires) == {"a:out>x", "a:out>x/y", "x:out>c", "x/y:out>c"}


def test_without_subflows_there_is_nothing_to_fold() -> None:
    a, b = there = stations("a", "b")
    folded = SubflowAggregate(there, [(a, Wire(b, "out"))])
    assert not folded.nodes and not folded.wires
