"""What is pasted is read by the engine: nodes under free names, wires among them, and connections that are missing."""

import pytest

from flowengine.flow.document import Document
from flowengine.flow.edit import EditRefused, Paste, apply, read_operations
from flowengine.flow.edit.pasted import additions

FLOW = """\
flow: f
connections:
  broker: {type: mqtt, url: "mqtt://a"}
nodes:
  a: {type: x, to: b}  # first
  b: {type: y}
"""


def pasted(text, flow=FLOW):
    """The nodes and connections that are new after pasting, and the whole text."""
    before = Document.parse(flow, "flow").data
    edited = apply(flow, [Paste(text)])
    after = edited.document.data
    new = {
        section: {id: each for id, each in (after.get(section) or {}).items() if id not in (before.get(section) or {})}
        for section in ("nodes", "connections")
    }
    return new["nodes"], new["connections"], edited.text


def test_pasted_nodes_take_free_names_and_keep_the_wires_among_them():
    nodes, _, text = pasted("nodes:\n  a: {type: x, to: {hot: [b, c]}, on_error: b}\n  b: {type: y, to: a}\n")
    assert nodes == {
        "a_2": {"type": "x", "to": {"hot": ["b_2", "c"]}, "on_error": "b_2"},
        "b_2": {"type": "y", "to": "a_2"},
    }
    assert text.startswith(FLOW)


def test_a_name_that_another_pasted_node_has_is_not_free():
    nodes, _, _ = pasted("a: {type: x, to: a_2}\na_2: {type: x, to: a}\n")
    assert nodes == {"a_3": {"type": "x", "to": "a_2"}, "a_2": {"type": "x", "to": "a_3"}}


def test_a_bare_map_of_nodes_is_enough_and_what_is_no_node_stays_out():
    assert pasted("d: {type: z}\nother: 7\nmap: {of: no type}\n")[0] == {"d": {"type": "z"}}


def test_of_a_whole_flow_its_nodes_are_taken_with_the_connections_that_are_missing():
    whole = "flow: g\nconnections:\n  broker: {type: mqtt, url: other}\n  db: {type: sql}\nnodes:\n  d: {type: z}\n"
    nodes, connections, _ = pasted(whole)
    assert nodes == {"d": {"type": "z"}} and connections == {"db": {"type": "sql"}}
    assert pasted(whole, "flow: empty\n")[1] == {"broker": {"type": "mqtt", "url": "other"}, "db": {"type": "sql"}}


def test_values_are_what_the_engine_reads_in_them():
    nodes, _, _ = pasted("d: {type: z, big: 9007199254740993, word: on, octal: 0o17, shared: &s [1], again: *s}\n")
    assert nodes["d"] == {"type": "z", "big": 9007199254740993, "word": "on", "octal": 15, "shared": [1], "again": [1]}


def test_pasting_twice_gives_two_copies():
    edited = apply(FLOW, [Paste("a: {type: x, to: b}"), Paste("a: {type: x, to: b}")])
    assert list(edited.document.data["nodes"]) == ["a", "b", "a_2", "a_3"]


@pytest.mark.parametrize("text", ["hello", "- 1", "", "nodes: 3", "nodes: {a: 1}", "just: text", "type: mqtt"])
def test_a_text_without_nodes_is_refused(text):
    with pytest.raises(EditRefused, match=r"^there are no nodes in this text$"):
        additions(text, {})


def test_a_text_that_cannot_be_read_says_where():
    with pytest.raises(EditRefused, match=r"^there are no nodes in this text: line 2: "):
        additions("a: {type: x}\nb: {type: [}\n", {})


def test_a_paste_is_read_from_its_json_form():
    assert read_operations([{"op": "paste", "text": "a"}]) == [Paste("a")]
    with pytest.raises(ValueError, match="text is text"):
        read_operations([{"op": "paste", "text": 1}])
