"""nodes/stateful/split.py"""

import pytest

from flowengine import DONE, Message
from flowengine.testing import make, messages, payloads
from nodes.stateful.split import Split


def test_parts_keep_topic_and_meta_and_have_ids_and_times_of_their_own():
    out = make(Split).process([Message(["a", "b"], "t", 1, {"device": "c1"}, 2, 99)], 0).messages
    assert [(m.payload, m.topic, m.time_ns, m.arrived_ns, m.meta["device"], m.meta["index"]) for m in out] == [
        ("a", "t", 1, 2, "c1", 0),
        ("b", "t", 1001, 1002, "c1", 1),
    ]
    assert len({m.id for m in out} | {99}) == 3


def test_an_empty_list_makes_no_message():
    assert make(Split).process(messages([[], {}]), 0) == DONE


@pytest.mark.parametrize("payload", ["text", 5, None, b"ab"])
def test_what_has_no_items_is_rejected_alone(payload):
    out, _, rejected, _ = make(Split).process(messages([[1], payload, [2]]), 0)
    assert payloads(out) == [1, 2]
    assert [(m.payload, reason) for m, reason in rejected] == [(payload, "neither a list nor a map")]


def test_a_list_that_is_too_long_is_rejected_and_not_cut():
    node = make(Split, "most: 2")
    out, _, rejected, _ = node.process(messages([[1, 2], [1, 2, 3]]), 0)
    assert payloads(out) == [1, 2] and "more than 2" in rejected[0][1]


def test_an_expression_that_fails_for_one_message_rejects_that_one():
    out, _, rejected, _ = make(Split, "items: split(payload)").process(messages(["a b", 5]), 0)
    assert payloads(out) == ["a", "b"] and "text" in rejected[0][1] and len(rejected) == 1


@pytest.mark.parametrize("payload", [list(range(9_000)), {f"k{n}": n for n in range(9_000)}], ids=["list", "map"])
def test_many_parts_leave_in_turns_in_order_and_with_the_ids_of_one_go(payload):
    slow, fast = make(Split), make(Split)
    given = [Message(payload, id=7), Message([1], id=8)]
    emits = [slow.process(given, 0)]
    while slow.wake_at_s() is not None:
        emits.append(slow.on_time(0))
    assert len(emits) > 3 and max(len(emit.messages) for emit in emits) <= 3_000
    assert all(emit.finished == 0 and emit.ahead for emit in emits[:-1])
    made = [m for emit in emits for m in emit.messages]
    assert payloads(made) == [*range(9_000), 1]
    whole = [*fast.process(given, 0).messages, *fast.flush(0).messages]
    assert [(m.id, m.meta) for m in made] == [(m.id, m.meta) for m in whole]
