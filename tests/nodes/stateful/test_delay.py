"""nodes/stateful/delay.py"""

from flowengine import HOLD
from flowengine.testing import TestContext, make, messages, payloads
from nodes.stateful.delay import Delay


def test_delay_passes_each_message_on_after_its_time():
    node = make(Delay, "for: 5s")
    assert node.process(messages([1, 2]), 0.0) == HOLD
    assert node.process(messages([3]), 2.0) == HOLD
    assert node.wake_at_s() == 5.0
    emit = node.on_time(5.0)
    assert (payloads(emit.messages), emit.finished) == ([1, 2], 2)
    assert node.wake_at_s() == 7.0
    assert payloads(node.flush(6.0).messages) == [3]
    assert node.wake_at_s() is None


def test_delay_lets_the_oldest_leave_early_when_it_is_full():
    context = TestContext()
    emit = make(Delay, "{for: 5s, capacity: 2}", context).process(messages([1, 2, 3]), 0.0)
    assert (payloads(emit.messages), emit.finished) == ([1], 1)
    assert context.recorded.counted == {"early": 1}
