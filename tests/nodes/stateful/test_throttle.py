"""nodes/stateful/throttle.py"""

from flowengine import Message
from flowengine.testing import TestContext, make, messages, payloads
from nodes.stateful.throttle import Throttle


def test_throttle_passes_so_many_and_counts_the_excess():
    context = TestContext()
    node = make(Throttle, "{most: 2, per: 10s}", context)
    assert payloads(node.process(messages([1, 2, 3, 4]), 0.0).messages) == [1, 2]
    assert payloads(node.process(messages([5, 6]), 5.0).messages) == [5]
    assert payloads(node.process(messages([7, 8, 9]), 60.0).messages) == [7, 8]
    assert context.recorded.counted == {"throttled": 4}


def test_throttle_counts_each_key_and_rejects_messages_without_one():
    node = make(Throttle, "key: '{d}'")
    emit = node.process([Message(1, meta={"d": "a"}), Message(2, meta={"d": "b"}), Message(3)], 0.0)
    assert (payloads(emit.messages), len(emit.rejected)) == ([1, 2], 1)
