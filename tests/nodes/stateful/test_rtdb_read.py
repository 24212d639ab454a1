"""nodes/stateful/rtdb_read.py"""

import pytest

from flowengine import Message
from flowengine.store.rtdb import SETPOINT, Point
from flowengine.testing import TestContext, make, payloads
from nodes.stateful.rtdb_read import RtdbRead


def read(config, *given, age_s=0):
    context = TestContext()
    now_ns = context.clock.time_ns()
    context.rtdb.put([("c1/setpoint", Point(21.5, now_ns - age_s * 10**9, now_ns))])
    return make(RtdbRead, config, context).process(given, 0), context.recorded


def test_rtdb_read_puts_the_value_where_it_is_asked_to():
    given = Message({"t": 20}, meta={"d": "c1"})
    assert read("{key: '{d}/setpoint'}", given)[0].messages == [given.replace(payload=21.5)]
    emit, _ = read("{key: '{d}/setpoint', into: payload.set}", given)
    assert payloads(emit.messages) == [{"t": 20, "set": 21.5}]
    emit, _ = read("{key: '{d}/setpoint', into: meta.set}", given)
    assert emit.messages[0].meta == {"d": "c1", "set": 21.5}


def test_a_missing_point_is_null_rejected_or_dropped():
    given = Message(1)
    assert payloads(read("key: x", given)[0].messages) == [None]
    assert read("{key: x, missing: reject}", given)[0].rejected == [(given, "point is missing")]
    emit, recorded = read("{key: x, missing: drop}", given)
    assert (list(emit.messages), recorded.counted) == ([], {"point is missing": 1})


def test_a_value_that_is_too_old_is_missing():
    config = "{key: c1/setpoint, max_age: 10s}"
    assert payloads(read(config, Message(1), age_s=10)[0].messages) == [21.5]
    assert payloads(read(config, Message(1), age_s=11)[0].messages) == [None]


def test_only_bad_messages_are_rejected():
    given = [Message(1), Message({}, meta={"d": "c1"}), Message(5, meta={"d": "c1"})]
    emit, _ = read("{key: '{d}/setpoint', into: payload.x}", *given)
    assert payloads(emit.messages) == [{"x": 21.5}]
    assert len(emit.rejected) == 2


@pytest.mark.parametrize("into", ["topic", "meta", "payload.", ""])
def test_a_place_that_cannot_be_is_found_before_the_flow_runs(into):
    config = RtdbRead.config_type().model_validate({"key": "k", "into": into})
    assert [option for option, _ in RtdbRead.check(config)] == ["into"]


def test_several_points_go_to_their_places_with_defaults_and_ages():
    config = (
        "values: {payload.a: c1/setpoint, meta.b: {key: none, default: 5}, "
        "payload.c: {key: '{d}/setpoint', max_age: 5s, default: old}, payload.d: none}"
    )
    emit, _ = read(config, Message({"t": 1}, meta={"d": "c1"}), age_s=10)
    [message] = emit.messages
    assert message.payload == {"t": 1, "a": 21.5, "c": "old", "d": None}
    assert message.meta == {"d": "c1", "b": 5}


def test_of_several_the_missing_one_is_named():
    emit, _ = read("{values: {payload.a: c1/setpoint, payload.b: none}, missing: reject}", Message({}))
    assert [reason for _, reason in emit.rejected] == ["point none is missing"]


def test_one_point_or_several_but_not_both():
    for given in ({}, {"key": "a", "values": {"payload.a": "b"}}):
        config = RtdbRead.config_type().model_validate(given)
        assert RtdbRead.check(config) == [("key", "needs either `key` or `values`")]


def test_rtdb_read_takes_a_set_point_however_old_it_is():
    context = TestContext()
    context.rtdb.load({"limits/hot": Point(8, kind=SETPOINT), "hot": Point(9)})
    node = make(RtdbRead, "{values: {payload.s: limits/hot, payload.r: hot}, max_age: 1m}", context)
    assert node.process([Message({})], 0.0).messages[0].payload == {"s": 8, "r": None}
