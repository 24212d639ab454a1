"""nodes/stateful/hysteresis.py: on and off apart, least times, limits that people change, restarts."""

from flowengine import Message
from flowengine.store.rtdb import Point
from flowengine.testing import TestContext, make, payloads
from nodes.stateful.hysteresis import Hysteresis

HEATING = "{by: '{room}', on: payload < 19, off: payload > 21}"


def m(value, room="a"):
    return Message(value, meta={"room": room})


def test_hysteresis_turns_only_beyond_the_band_and_keeps_keys_apart():
    node = make(Hysteresis, HEATING)
    given = [m(20), m(18), m(20), m(18, "b"), m(22), m(20), m(23)]
    out = node.process(given, 0).messages
    assert [(x.meta["room"], x.payload) for x in out] == [("a", True), ("b", True), ("a", False)]


def test_hysteresis_waits_for_its_least_times_and_then_asks_the_last_reading():
    node = make(Hysteresis, "{on: payload < 19, off: payload > 21, min_on: 60s, min_off: 30s}")
    assert payloads(node.process([m(18)], 0).messages) == [True]
    assert payloads(node.process([m(22)], 10).messages) == []
    assert node.wake_at_s() == 60
    assert payloads(node.on_time(60).messages) == [False]
    assert payloads(node.process([m(18)], 70).messages) == []
    assert payloads(node.process([m(20)], 80).messages) == []
    assert node.wake_at_s() is None, "what asked for the change is over"


def test_hysteresis_looks_at_the_last_reading_again_when_a_limit_changes():
    context = TestContext()
    config = "{limits: {low: {key: limits/low, default: 19}}, on: payload < low, off: payload > low + 2}"
    node = make(Hysteresis, config, context)
    assert payloads(node.process([m(20)], 0).messages) == []
    context.rtdb.put([("other", Point(1))])
    assert node.wake_at_s() is None
    context.rtdb.put([("limits/low", Point(21))])
    assert node.wake_at_s() == 0.0
    assert payloads(node.on_time(1).messages) == [True]


def test_hysteresis_remembers_its_switches_over_a_restart():
    before, after = make(Hysteresis, HEATING), make(Hysteresis, HEATING)
    before.process([m(18)], 100)
    after.restore(before.snapshot(110), 500)
    assert payloads(after.process([m(18), m(22)], 510).messages) == [False]


def test_hysteresis_forgets_the_switch_heard_of_longest_ago():
    node = make(Hysteresis, "{by: '{room}', on: payload < 19, off: payload > 21, max_keys: 2}")
    node.process([m(18, room) for room in "abac"], 0)
    assert set(node.snapshot(0)) == {"a", "c"}


def test_hysteresis_rejects_what_cannot_be_judged():
    emit = make(Hysteresis, HEATING).process([m("x"), m(18)], 0)
    assert payloads(emit.messages) == [True]
    assert len(emit.rejected) == 1
