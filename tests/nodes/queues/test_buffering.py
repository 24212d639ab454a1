"""nodes/queues/buffering.py: every timeline of buffer_flush.json, then conservation and order as properties."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.queues.buffering import BatchRule, Buffer

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "buffer_flush.json").read_text("utf-8"))["vectors"]
S = 1_000_000_000


def ns(seconds):
    return round(seconds * S)


def play(case):
    config = case["config"]
    rule = BatchRule(
        max_items=config["max_items"],
        every_ns=ns(config["interval_s"]),
        timer=config["timer"],
        capacity=config["capacity"],
        when_full=config["overflow"] or "flush",
    )
    buffer, flushes = Buffer(rule), []

    def deliver(batches, now_ns):
        flushes.extend({"t": now_ns / S, "cause": cause, "ids": items, "ok": True} for items, cause in batches)

    def tick_before(now_ns):
        while (deadline := buffer.deadline_ns()) is not None and deadline < now_ns:
            deliver(buffer.due(deadline), deadline)

    for at_s, item in case["arrivals"]:
        tick_before(ns(at_s))
        outcome = buffer.add([item], ns(at_s))
        assert not outcome.dropped
        deliver(outcome.batches, ns(at_s))
    tick_before(ns(case["until_s"]) + 1)
    return flushes, left_in(buffer)


def left_in(buffer):
    return [item for batch in buffer.take_all() for item in batch.items]


@pytest.mark.parametrize(
    "case", [case for case in VECTORS if not case["failing_flushes"]], ids=lambda case: case["name"]
)
def test_the_timeline_flushes_as_the_vector_says(case):
    flushes, left = play(case)
    assert flushes == case["expected_flushes"]
    assert left == case["left_in_buffer"]


def test_bytes_complete_a_batch_before_it_grows_too_large():
    buffer = Buffer(BatchRule(max_items=100, max_bytes=10), size_of=len)
    outcome = buffer.add(["aaaa", "bbbb", "cccc", "dddddddddddd", "ee"], 0)
    assert outcome.batches == [(["aaaa", "bbbb"], "bytes"), (["cccc"], "bytes"), (["dddddddddddd"], "bytes")]
    assert buffer.waiting_bytes == 2 and left_in(buffer) == ["ee"]


def test_the_last_value_of_each_key_waits_and_the_older_one_is_given_back():
    buffer = Buffer(BatchRule(keep="last", every_ns=5 * S, timer="interval"), key_of=lambda item: item[0])
    outcome = buffer.add([("AI1", 10), ("AI1", 11), ("DO1", 1), ("AI1", 12)], S)
    assert outcome.superseded == [("AI1", 10), ("AI1", 11)]
    ((items, cause),) = buffer.due(5 * S)
    assert (items, cause) == ([("AI1", 12), ("DO1", 1)], "time")


def test_all_of_a_key_go_in_one_batch_per_key():
    buffer = Buffer(BatchRule(max_items=3, every_ns=5 * S), key_of=lambda item: item[0])
    outcome = buffer.add(["a1", "b1", "a2", "a3", "b2"], 0)
    assert outcome.batches == [(["a1", "a2", "a3"], "size")]
    assert buffer.add(["c1"], S).batches == []
    assert buffer.due(5 * S) == [(["b1", "b2"], "time"), (["c1"], "time")]


@pytest.mark.parametrize(
    ("policy", "dropped", "batches", "waiting"),
    [
        ("drop_oldest", [1, 2], [], [3, 4, 5]),
        ("drop_newest", [4, 5], [], [1, 2, 3]),
        ("flush", [], [([1, 2, 3], "full")], [4, 5]),
    ],
)
def test_a_full_buffer_does_what_its_policy_names(policy, dropped, batches, waiting):
    buffer = Buffer(BatchRule(max_items=100, capacity=3, when_full=policy))
    outcome = buffer.add([1, 2, 3, 4, 5], 0)
    assert outcome == (batches, dropped, [])
    assert left_in(buffer) == waiting


def test_a_rule_that_cannot_hold_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        Buffer(BatchRule(max_items=0))
    with pytest.raises(ValueError, match="size of an item"):
        Buffer(BatchRule(max_bytes=5))


STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=60)


@given(
    STEPS,
    st.sampled_from(["drop_oldest", "drop_newest", "flush"]),
    st.sampled_from(["interval", "linger"]),
    st.sampled_from(["order", "last", "all"]),
    st.integers(1, 6),
    st.none() | st.integers(1, 8),
    st.none() | st.integers(1, 9),
)
def test_every_item_is_somewhere_exactly_once_and_in_order(steps, policy, timer, keep, most, capacity, most_bytes):
    rule = BatchRule(most, 5 * S, timer, most_bytes, capacity, policy, "last" if keep == "last" else "all")
    key_of = None if keep == "order" else lambda item: str(item % 3)
    buffer = Buffer(rule, key_of=key_of, size_of=lambda item: item % 4)
    sent, gone, batches, now_ns = [], [], [], 0
    for advance_s, count in steps:
        now_ns += advance_s * S
        batches += buffer.due(now_ns)
        new = list(range(len(sent), len(sent) + count))
        outcome = buffer.add(new, now_ns)
        sent += new
        gone += outcome.dropped + outcome.superseded
        batches += outcome.batches
        delivered = sum(len(batch.items) for batch in batches)
        assert len(buffer) == len(sent) - len(gone) - delivered
        assert (buffer.deadline_ns() is None) == (len(buffer) == 0)
    batches += buffer.take_all()
    assert len(buffer) == buffer.waiting_bytes == 0
    for items, _ in batches:
        assert 0 < len(items) <= most
        assert most_bytes is None or len(items) == 1 or sum(item % 4 for item in items) <= most_bytes
    delivered = [item for batch in batches for item in batch.items]
    assert sorted(delivered + gone) == sent
    if keep == "order":
        assert delivered == sorted(delivered)
    elif keep == "all":
        for key in range(3):
            of_key = [item for item in delivered if item % 3 == key]
            assert of_key == sorted(of_key)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(), max_size=12)), max_size=12),
    st.integers(1, 7),
    st.sampled_from(["interval", "linger"]),
)
def test_many_items_at_once_flush_as_one_by_one(arrivals, most, timer):
    rule = BatchRule(max_items=most, every_ns=5, timer=timer)
    at_once, one_by_one = Buffer(rule), Buffer(rule, key_of=lambda item: "same")
    now_ns = 0
    for wait_ns, items in arrivals:
        now_ns += wait_ns
        assert at_once.due(now_ns) == one_by_one.due(now_ns)
        batches = [batch for item in items for batch in one_by_one.add([item], now_ns).batches]
        assert at_once.add(items, now_ns).batches == batches
        assert at_once.deadline_ns() == one_by_one.deadline_ns()
        assert len(at_once) == len(one_by_one)
    assert left_in(at_once) == left_in(one_by_one)
