"""nodes/stateful/join.py"""

from flowengine import HOLD, Message
from flowengine.testing import TestContext, make, messages, payloads
from nodes.stateful.join import Join
from nodes.stateful.split import Split


def of(device, sensor, value):
    return Message(value, meta={"device": device, "sensor": sensor})


def test_join_makes_a_map_of_a_devices_sensors_when_their_time_has_come():
    node = make(Join, "{by: '{device}', name: '{sensor}', every: 2s}")
    assert node.process([of("a", "t", 1), of("b", "t", 2)], 0.0) == HOLD
    assert node.process([of("a", "rh", 3)], 1.0) == HOLD
    assert node.wake_at_s() == 2.0
    emit = node.on_time(2.0)
    assert (payloads(emit.messages), emit.finished) == ([{"t": 1, "rh": 3}, {"t": 2}], 3)
    assert node.wake_at_s() is None


def test_a_group_that_is_complete_leaves_ahead_of_older_messages_without_acknowledging_them():
    node = make(Join, "{by: '{device}', count: 2}")
    node.process([of("a", "t", 1)], 0.0)
    emit = node.process([of("b", "t", 2), of("b", "t", 3)], 0.0)
    assert (payloads(emit.messages), emit.finished, emit.ahead) == ([[2, 3]], 0, True)
    assert node.process([of("a", "t", 4)], 0.0).finished == 4


def test_join_puts_together_what_split_took_apart():
    parts = make(Split).process(messages([[1, 2, 3]]), 0).messages
    assert payloads(make(Join).process(parts, 0.0).messages) == [[1, 2, 3]]


def test_join_rejects_a_message_without_its_key_and_bounds_its_groups():
    context = TestContext()
    node = make(Join, "{by: '{device}', max_keys: 1}", context)
    emit = node.process([Message(0), of("a", "t", 1), of("b", "t", 2)], 0.0)
    assert (payloads(emit.messages), len(emit.rejected), emit.finished) == ([[1]], 1, 2)
    assert context.recorded.counted == {"joined early": 1}
    assert payloads(node.flush(0.0).messages) == [[2]]


def test_a_count_that_is_no_number_is_not_believed():
    node = make(Join)
    assert node.process([Message(1, meta={"count": "2"}), Message(2, meta={"count": None})], 0.0) == HOLD
    assert payloads(node.on_time(10.0).messages) == [[1, 2]]


NAMED = "by: '{device}', name: '{sensor}', names: [t, rh]"


def test_join_waits_for_names_and_not_for_a_number_of_messages():
    context = TestContext()
    node = make(Join, f"{{{NAMED}}}", context)
    assert node.process([of("a", "t", 1), of("a", "t", 2), of("b", "rh", 5)], 0.0) == HOLD
    emit = node.process([of("a", "rh", 3)], 0.0)
    assert payloads(emit.messages) == [{"t": 2, "rh": 3}]
    assert payloads(node.on_time(10.0).messages) == [{"rh": 5, "t": None}]
    assert context.recorded.counted == {"overwritten in a map": 1, "not all there": 1}


def test_join_rejects_a_name_that_is_not_asked_for():
    emit = make(Join, f"{{{NAMED}}}").process([of("a", "p", 1), of("a", "t", 2)], 0.0)
    assert [reason for _, reason in emit.rejected] == ["'p' is none of the names t, rh"]


def test_join_keeps_the_latest_of_each_name_and_holds_nothing_back():
    node = make(Join, f"{{{NAMED}, keep: latest}}")
    assert payloads(node.process([of("a", "t", 1)], 0.0).messages) == []
    emit = node.process([of("a", "rh", 3), of("a", "t", 4)], 0.0)
    assert payloads(emit.messages) == [{"t": 1, "rh": 3}, {"t": 4, "rh": 3}] and emit.finished == -1
    again = make(Join, f"{{{NAMED}, keep: latest}}")
    again.restore(node.snapshot(0.0), 0.0)
    assert payloads(again.process([of("a", "rh", 9)], 0.0).messages) == [{"t": 4, "rh": 9}]


def test_join_says_which_options_belong_together():
    for config, option in (({"names": ["a", "b"]}, "name"), ({"keep": "latest"}, "keep"), ({"max_age": 5}, "max_age"),
                           ({"names": ["a", "b"], "name": "{q}", "count": 2}, "count")):  # fmt: skip
        assert [at for at, _ in Join.check(Join.config_type().model_validate(config))] == [option]
