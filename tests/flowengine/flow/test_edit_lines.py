"""The lines of nodes, with comments and style of their file."""

import pytest

from flowengine.flow.edit import EditRefused
from flowengine.flow.edit.lines import copy_as_yaml

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
