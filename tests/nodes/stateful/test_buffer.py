"""nodes/stateful/buffer.py: buffer_flush.json through the node, keys, policies; nothing is acknowledged early."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import HOLD, Message
from flowengine.runtime.receipt import Ledger, Receipt, joined
from flowengine.testing import TestContext, make, messages, payloads
from nodes.stateful.buffer import Buffer

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "buffer_flush.json").read_text("utf-8"))["vectors"]


def of(device, value):
    return Message(value, meta={"device": device})


@pytest.mark.parametrize(
    "case", [case for case in VECTORS if not case["failing_flushes"]], ids=lambda case: case["name"]
)
def test_buffer_flushes_as_the_vector_says(case):
    config = case["config"]
    node = make(Buffer, f"{{count: {config['max_items']}, every: {config['interval_s']}s, timer: {config['timer']}}}")
    flushes = []

    def note(at_s, emit):
        if emit.messages:
            flushes.append({"t": at_s, "ids": payloads(emit.messages), "finished": emit.finished})

    def tick_until(at_s):
        while (wake_s := node.wake_at_s()) is not None and wake_s < at_s:
            note(wake_s, node.on_time(wake_s))

    for at_s, item in case["arrivals"]:
        tick_until(at_s)
        note(at_s, node.process(messages([item]), at_s))
    tick_until(case["until_s"] + 0.001)
    expected = [{"t": f["t"], "ids": f["ids"], "finished": len(f["ids"])} for f in case["expected_flushes"]]
    assert flushes == expected
    assert payloads(node.flush(case["until_s"]).messages) == case["left_in_buffer"]


def test_buffer_holds_until_enough_wait_and_finishes_only_what_it_passes_on():
    node = make(Buffer, "count: 2")
    assert node.process(messages([1]), 0) == HOLD
    emit = node.process(messages([2, 3, 4, 5]), 0)
    assert (payloads(emit.messages), emit.finished) == ([1, 2, 3, 4], 4)
    assert payloads(node.flush(0).messages) == [5]


def test_buffer_by_last_value_coalesces_as_the_seed_says_and_finishes_all():
    seed = json.loads((Path(__file__).parents[2] / "vectors" / "pipelines.json").read_text("utf-8"))["esp32_server"][0]
    last = make(Buffer, "{key: '{payload.io}', keep: last, every: 5s}")
    history = make(Buffer, "every: 5s")
    for arrival in seed["in"]:
        for node in (last, history):
            assert node.process([Message(arrival)], arrival["t"]) == HOLD
    assert last.wake_at_s() == seed["flush_at_s"]
    emit = last.on_time(seed["flush_at_s"])
    assert [{"io": p["io"], "value": p["value"]} for p in payloads(emit.messages)] == seed["sql_upserts"]
    assert emit.finished == len(seed["in"])
    assert len(history.on_time(seed["flush_at_s"]).messages) == seed["history_rows"]


def test_buffer_by_key_passes_on_the_group_that_is_complete():
    node = make(Buffer, "{key: '{device}', count: 2}")
    node.process([of("a", 1), of("b", 1)], 0)
    first = node.process([of("b", 2)], 0)
    assert (payloads(first.messages), first.finished, first.ahead) == ([1, 2], 0, True)
    second = node.process([of("a", 2)], 0)
    assert (payloads(second.messages), second.finished) == ([1, 2], 4)


def test_buffer_rejects_a_message_without_its_key_and_keeps_the_others():
    node = make(Buffer, "{key: '{device}', keep: last, count: 2}")
    emit = node.process([of("a", 1), Message(7), of("b", 2)], 0)
    assert payloads(emit.messages) == [1, 2]
    assert emit.finished == 3
    assert [(m.payload, "device is missing" in reason) for m, reason in emit.rejected] == [(7, True)]


def test_buffer_passes_on_by_bytes():
    node = make(Buffer, "bytes: 100")
    assert node.process([Message(b"x" * 60)], 0) == HOLD
    emit = node.process([Message(b"y" * 60)], 0)
    assert (payloads(emit.messages), emit.finished) == ([b"x" * 60], 1)


@pytest.mark.parametrize(
    ("policy", "passed", "dropped"),
    [("block", [0, 1, 2], {}), ("flush", [0, 1, 2], {}), ("drop_oldest", [], {"drop_oldest": 1}),
     ("drop_newest", [], {"drop_newest": 1})],
)  # fmt: skip
def test_buffer_at_capacity_does_what_its_policy_says(policy, passed, dropped):
    context = TestContext()
    node = make(Buffer, f"{{capacity: 3, count: 10, when_full: {policy}}}", context)
    emit = node.process(messages(range(4)), 0)
    assert payloads(emit.messages) == passed
    assert context.recorded.dropped == dropped
    assert context.recorded.counted == ({"full": 1} if policy == "flush" else {})
    left = {"drop_oldest": [1, 2, 3], "drop_newest": [0, 1, 2]}.get(policy, [3])
    last = node.flush(0)
    assert payloads(last.messages) == left
    assert emit.finished + last.finished == 4


def test_buffer_finds_a_missing_key_before_the_flow_runs():
    config = Buffer.config_type().model_validate({"keep": "last"})
    assert Buffer.check(config) == [("keep", "`last` needs a `key`")]


CONFIGS = st.fixed_dictionaries(
    {"count": st.integers(1, 4), "capacity": st.integers(1, 6)},
    optional={
        "key": st.just("{device}"),
        "when_full": st.sampled_from(["block", "drop_oldest", "drop_newest", "flush"]),
        "bytes": st.sampled_from([60, 200]),
    },
)
BATCHES = st.lists(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=6), max_size=12)


@given(CONFIGS, st.booleans(), BATCHES, st.randoms())
def test_buffer_never_lets_a_message_be_acknowledged_before_it_is_delivered(config, last, batches, rng):
    if last and "key" in config:
        config = {**config, "keep": "last"}
    node = make(Buffer, json.dumps(config))
    ledger, acked, on_the_way = Ledger(), set(), []

    def follow(emit):
        receipts = ledger.take(emit.finished) + (ledger.share() if emit.ahead else [])
        out = {m.id for m in emit.messages} | {m.id for m, _ in emit.rejected}
        on_the_way.append((out, joined(receipts)))

    def deliver_one():
        _, receipt = on_the_way.pop(rng.randrange(len(on_the_way)))
        receipt.settle()
        assert not acked & {id for out, _ in on_the_way for id in out}

    given_ids = []
    for number, devices in enumerate(batches):
        batch = [Message(0, meta={"device": d} if d else {}, id=number * 100 + i) for i, d in enumerate(devices)]
        given_ids += [m.id for m in batch]
        ids = {m.id for m in batch}
        ledger.add(len(batch), Receipt(lambda ids=ids: acked.update(ids)))
        follow(node.process(batch, float(number)))
        if rng.random() < 0.5:
            deliver_one()
    follow(node.flush(100.0))
    while on_the_way:
        deliver_one()
    assert acked == set(given_ids)


@pytest.mark.parametrize(
    ("config", "leaves"),
    [("count: 9", [1, 2]), ("{count: 9, key: '{device}'}", [1, 2]), ("{key: '{device}', keep: last}", []),
     ("{count: 9, timer: interval}", [])],
)  # fmt: skip
def test_what_waits_only_for_company_leaves_when_no_more_can_come_and_what_is_paced_does_not(config, leaves):
    node = make(Buffer, config)
    node.process([of("a", 1), of("b", 2)], 0)
    assert payloads(node.make_room(0.1).messages) == leaves
