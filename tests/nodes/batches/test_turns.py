"""Work in turns: so much at a time, in order, and a fault rejects its own message only."""

from collections.abc import Iterator

from flowengine import HOLD, Config, Message
from flowengine.node import ALL
from flowengine.testing import make, messages, payloads
from nodes.batches.turns import InTurns


class Counting(InTurns):
    """Count down from the payload, a step each."""

    config: Config
    per_turn = 3

    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        for _ in range(message.payload):
            yield 1
        self.out.append(message)


class CountingAloud(Counting):
    """The same, and each step leaves at once."""

    leaves_early = True

    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        for left in range(message.payload):
            self.out.append(message.with_payload(left))
            yield 1


def test_what_is_done_in_one_turn_leaves_at_once() -> None:
    node = make(Counting)
    out, finished, _, ahead = node.process(messages([1, 1]), 0)
    assert payloads(out) == [1, 1] and finished == ALL and not ahead and node.wake_at_s() is None


def test_a_long_one_holds_those_behind_it_until_its_last_turn() -> None:
    node = make(Counting)
    assert node.process(messages([8, 1]), 0) == HOLD and node.wake_at_s() is not None
    assert node.process(messages([2]), 0) == HOLD
    emits = [node.on_time(0), node.on_time(0)]
    assert [payloads(emit.messages) for emit in emits] == [[8], [1, 2]]
    assert [emit.finished for emit in emits] == [1, ALL] and node.wake_at_s() is None


def test_parts_leave_early_where_they_may_and_share_the_acknowledgement() -> None:
    node = make(CountingAloud)
    first = node.process(messages([4]), 0)
    assert (payloads(first.messages), first.finished, first.ahead) == ([0, 1, 2], 0, True)
    assert payloads(node.on_time(0).messages) == [3]


def test_a_fault_rejects_the_message_it_came_of() -> None:
    node = make(Counting)
    out, finished, rejected, _ = node.process(messages([1, "x", 2]), 0)
    assert payloads(out) == [1] and finished == 2
    assert [(m.payload, reason.partition(":")[0]) for m, reason in rejected] == [("x", "TypeError")]
    assert payloads(node.on_time(0).messages) == [2]


def test_everything_leaves_when_the_node_goes() -> None:
    node = make(Counting)
    node.process(messages([50, 60]), 0)
    assert payloads(node.flush(0).messages) == [50, 60]
