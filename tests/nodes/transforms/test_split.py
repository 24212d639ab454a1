"""nodes/transforms/split.py"""

import pytest

from flowengine import Message, Rejected
from flowengine.testing import make, messages, payloads
from nodes.transforms.split import Split


def test_parts_keep_topic_and_meta_and_have_ids_and_times_of_their_own():
    out = make(Split).process([Message(["a", "b"], "t", 1, {"device": "c1"}, 2, 99)])
    assert [(m.payload, m.topic, m.time_ns, m.arrived_ns, m.meta["device"], m.meta["index"]) for m in out] == [
        ("a", "t", 1, 2, "c1", 0),
        ("b", "t", 1001, 1002, "c1", 1),
    ]
    assert len({m.id for m in out} | {99}) == 3


def test_an_empty_list_makes_no_message():
    assert make(Split).process(messages([[], {}])) == []


@pytest.mark.parametrize("payload", ["text", 5, None, b"ab"])
def test_what_has_no_items_is_rejected(payload):
    with pytest.raises(Rejected, match="neither"):
        make(Split).process(messages([payload]))


def test_a_list_that_is_too_long_is_rejected_and_not_cut():
    node = make(Split, "most: 2")
    assert payloads(node.process(messages([[1, 2]]))) == [1, 2]
    with pytest.raises(Rejected, match="more than 2"):
        node.process(messages([[1, 2, 3]]))
