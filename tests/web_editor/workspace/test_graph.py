"""web_editor/workspace/graph.py: what is drawn is what runs."""

from __future__ import annotations

from pathlib import Path

from flowengine.engine import Engine, Settings
from flowengine.flow.document import Document
from flowengine.flow.files import FlowFiles
from web_editor.workspace.graph import GraphOf

FLOW = """flow: f
on_error: rejected
nodes:
  in: {type: inject, payload: 1, to: [out, nowhere]}
  out: {type: log, on_error: }
  rejected: {type: dead_letter}
"""


def test_every_wire_that_letters_take_is_drawn_also_those_of_the_whole_flow(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path))
    loaded = engine.load(FLOW, "f.yaml")
    graph = GraphOf(Document.parse(FLOW, "f.yaml"), loaded, engine.catalog, FlowFiles(tmp_path)).graph({})
    drawn = {(wire.id.partition(":")[0], wire.id.rpartition(">")[2]) for wire in graph.wires}
    assert drawn == {("in", "out"), ("in", "rejected")}
    runs = {(id, to) for id, spec in loaded.flow.nodes.items() for to in spec.targets() if to in loaded.flow.nodes}
    assert drawn == runs
    assert {wire.id for wire in graph.wires if wire.inherited} == {"in:error>rejected"}
