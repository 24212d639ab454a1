"""nodes/transforms/lookup.py"""

import pytest

from flowengine import Message, Rejected
from flowengine.testing import make, messages
from nodes.transforms.lookup import Lookup

TABLE = "table: {c1: {room: hall 2}}, default: {room: unknown, floor: 0}"


def of(device):
    return Message(1, meta={"device": device})


def test_a_row_goes_before_the_defaults():
    out = make(Lookup, f"{{key: '{{device}}', {TABLE}}}").process([of("c1"), of("c9")])
    assert [m.meta for m in out] == [
        {"device": "c1", "room": "hall 2", "floor": 0},
        {"device": "c9", "room": "unknown", "floor": 0},
    ]


def test_messages_without_a_row_are_dropped_or_rejected_when_asked():
    given = [of("c9"), of("c1")]
    out = make(Lookup, f"{{key: '{{device}}', missing: drop, {TABLE}}}").process(given)
    assert [m.meta["device"] for m in out] == ["c1"]
    with pytest.raises(Rejected, match="no row"):
        make(Lookup, f"{{key: '{{device}}', missing: reject, {TABLE}}}").process(given)


def test_a_row_cannot_go_into_a_payload_that_is_no_map():
    with pytest.raises(Rejected, match="not a map"):
        make(Lookup, f"{{key: c1, into: payload, {TABLE}}}").process(messages([5]))
