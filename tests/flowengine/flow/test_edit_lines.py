"""The lines of nodes, with comments and style of their file."""

from pathlib import Path

import pytest

from flowengine.flow.document import Document
from flowengine.flow.edit import EditRefused
from flowengine.flow.edit.lines import copy_as_yaml, entries_as_yaml

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


FLOWS = sorted((Path(__file__).parents[3] / "flows").glob("*.yaml"))


@pytest.fixture(params=[FLOW, FLOW.replace("\n", "\r\n"), *FLOWS], ids=lambda each: getattr(each, "stem", "written"))
def flow_text(request):
    return request.param if isinstance(request.param, str) else request.param.read_text(encoding="utf-8")


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


def test_entries_that_share_a_line_or_hold_an_alias_are_written_on_their_own():
    text = "nodes: {a: {type: x}, b: {type: y, to: a}}\nconnections:\n  c: &c {type: sql}\n  d: *c\n"
    document = Document.parse(text, "f")
    assert entries_as_yaml(document, "nodes") == {"a": "a: {type: x}\n", "b": "b: {type: y, to: a}\n"}
    assert entries_as_yaml(document, "connections") == {"c": "c: &c {type: sql}\n", "d": "d: {type: sql}\n"}
    assert entries_as_yaml(document, "pages") == {} == entries_as_yaml(Document.parse("- 1", "f"), "nodes")


def test_what_every_entry_of_a_flow_is_written_as_reads_as_the_entry(flow_text):
    document = Document.parse(flow_text, "f")
    for section in ("nodes", "connections"):
        for id, lines in entries_as_yaml(document, section).items():
            assert Document.parse(lines, "entry").data == {id: document.data[section][id]}
