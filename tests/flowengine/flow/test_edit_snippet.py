"""Copy and paste as YAML: comments and style in the copy, free names and inner wires in the paste."""

import pytest

from flowengine.flow.document import Document
from flowengine.flow.edit import EditRefused, apply, copy_as_yaml, paste

FLOW = """\
flow: f
d: &d {type: debug}
nodes:
    # first
    a:
        type: x   # why
        text: |
            l1

            l2
        to: [b, c]

    b: {type: y, to: {out: c, hi: a}, on_error: c}
    c: {<<: *d, level: 1}
"""


def test_a_copy_looks_as_it_is_written():
    copied = copy_as_yaml(FLOW, ["a", "b"])
    assert copied == (
        "# first\na:\n    type: x   # why\n    text: |\n        l1\n\n        l2\n    to: [b, c]\n"
        "b: {type: y, to: {out: c, hi: a}, on_error: c}\n"
    )
    assert copy_as_yaml(FLOW.replace("\n", "\r\n"), ["a", "b"]) == copied


def test_a_copy_holds_no_alias():
    assert copy_as_yaml(FLOW, ["c"]) == "c: {type: debug, level: 1}\n"


def test_a_copy_of_what_is_not_there_is_refused():
    with pytest.raises(EditRefused, match=r"there is no nodes\.z"):
        copy_as_yaml(FLOW, ["z"])


def test_a_paste_takes_free_names_and_keeps_the_wires_inside():
    text = apply(FLOW, paste(FLOW, copy_as_yaml(FLOW, ["a", "b"]))).text
    assert text.startswith(FLOW)
    nodes = Document.parse(text, "f").data["nodes"]
    assert [*nodes] == ["a", "b", "c", "a_2", "b_2"]
    assert nodes["a_2"] == {**nodes["a"], "to": ["b_2", "c"]}
    assert nodes["b_2"] == {"type": "y", "to": {"out": "c", "hi": "a_2"}, "on_error": "c"}


def test_a_paste_elsewhere_leaves_out_wires_to_what_is_not_there():
    operations = paste("flow: g\n", "nodes:\n  a: {type: x, to: [b, z]}\n  b: {type: y, to: z, on_error: z}\n")
    assert Document.parse(apply("flow: g\n", operations).text, "g").data["nodes"] == {
        "a": {"type": "x", "to": ["b"]},
        "b": {"type": "y"},
    }


@pytest.mark.parametrize("snippet", ["", "x", "- a", "a: 1", "a: [", "a: {x: *y}"])
def test_what_is_no_map_of_nodes_is_refused(snippet):
    with pytest.raises(EditRefused):
        paste(FLOW, snippet)
