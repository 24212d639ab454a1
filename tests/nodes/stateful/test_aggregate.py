"""nodes/stateful/aggregate.py"""

import json

import pytest

from flowengine import Message
from flowengine.testing import TestContext, make, payloads
from flowengine.testing.clock import START_NS
from nodes.stateful.aggregate import Aggregate


def at(second, value, device="c1"):
    return Message({"value": value}, "t", START_NS + second * 10**9, {"device": device})


def figures(emit):
    return [{name: p[name] for name in ("count", "mean") if name in p} for p in payloads(emit.messages)]


MINUTES = "{every: 1m, key: '{device}', figures: [count, mean]}"


def test_a_window_is_closed_by_its_keys_next_values():
    node = make(Aggregate, MINUTES)
    assert figures(node.process([at(0, 1), at(30, 3), at(10, 5, "c2")], 0)) == []
    emit = node.process([at(61, 9)], 61)
    assert figures(emit) == [{"count": 2, "mean": 2.0}]
    first = emit.messages[0]
    assert (first.time_ns, first.topic, first.meta) == (START_NS + 60 * 10**9, "t", {"device": "c1"})
    assert (first.payload["start"], first.payload["end"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")


def test_a_window_is_closed_by_silence_after_waiting_for_late_values():
    context = TestContext()
    node = make(Aggregate, "{every: 1m, wait: 5s, figures: [count, mean]}", context)
    context.clock.move(10)
    node.process([at(10, 4)], 10)
    assert node.wake_at_s() == 65.0
    context.clock.move(52)
    assert figures(node.process([at(59, 6)], 62)) == []
    context.clock.move(3)
    assert figures(node.on_time(65.0)) == []  # the newest came 3 s late: so may others
    context.clock.move(3)
    assert figures(node.on_time(68.0)) == [{"count": 2, "mean": 5.0}]
    assert node.wake_at_s() is None


def test_the_backlog_of_a_device_that_was_away_lands_in_its_own_windows():
    context = TestContext()
    node = make(Aggregate, MINUTES, context)
    node.process([at(10, 1), at(10, 1, "c2")], 10)
    context.clock.move(61)
    assert len(node.on_time(61).messages) == 2
    context.clock.move(3600)
    given = [node.process([at(3661, 1, "c2")], 3661)]
    given += [node.process([at(second, second)], 3661) for second in (20, 50, 70, 110, 130)]
    first, second = [message for emit in given for message in emit.messages]
    assert first.payload["count"] == 3 and first.meta == {"device": "c1", "revised": True}
    assert second.payload["start"] == "2026-01-01T00:01:00Z" and second.meta == {"device": "c1"}
    assert context.recorded.counted == {}


def test_what_comes_after_its_window_is_counted_as_late():
    context = TestContext()
    node = make(Aggregate, MINUTES, context)
    node.process([at(10, 1), at(61, 1), at(59, 1)], 0)
    assert context.recorded.counted == {"late": 1}


def test_open_windows_and_whose_they_are_survive_a_restart():
    before, after = make(Aggregate, MINUTES), make(Aggregate, MINUTES)
    before.process([at(0, 1)], 0)
    after.restore(json.loads(json.dumps(before.snapshot(0))), 0)
    after.context.clock.move(60)
    [message] = after.on_time(60).messages
    assert (message.topic, message.meta) == ("t", {"device": "c1"})
    assert figures(after.process([at(30, 3), at(61, 0)], 0)) == [{"count": 2, "mean": 2.0}]


def test_sliding_windows_overlap():
    node = make(Aggregate, "{every: 2m, window: sliding, slide: 1m, figures: [count]}")
    assert [f["count"] for f in figures(node.process([at(0, 1), at(61, 1)], 0))] == [1]
    assert [f["count"] for f in figures(node.process([at(170, 1)], 0))] == [2]


def test_a_clock_far_ahead_closes_nobodys_windows():
    context = TestContext()
    node = make(Aggregate, MINUTES, context)
    assert figures(node.process([at(0, 1), at(100_000, 1)], 0)) == []
    assert context.recorded.counted == {"refused": 1}


def test_only_what_is_no_number_is_rejected():
    emit = make(Aggregate, MINUTES).process([at(0, "x"), at(0, 1), Message(1)], 0)
    assert [m.payload for m, _ in emit.rejected] == [{"value": "x"}, 1]


def test_windows_that_cannot_be_are_found_before_the_flow_runs():
    config = Aggregate.config_type().model_validate({"every": "1m", "window": "sliding"})
    assert [option for option, _ in Aggregate.check(config)] == ["every"]


def test_aggregate_counts_a_meter_by_the_days_of_its_place_and_loses_nothing_between_them():
    node = make(Aggregate, "{every: day, zone: Europe/Paris, figures: [increase, count]}")
    noon_ns = 1743202800_000000000  # 2025-03-29 00:00 in Paris; the 30th has 23 hours
    hours = [Message(100 + hour, time_ns=noon_ns + hour * 3_600_000_000_000) for hour in range(0, 49, 3)]
    found = [message.payload for message in node.process(hours, 0.0).messages]
    assert found == [
        {"increase": 21, "count": 8, "start": "2025-03-28T23:00:00Z", "end": "2025-03-29T23:00:00Z"},
        {"increase": 24, "count": 8, "start": "2025-03-29T23:00:00Z", "end": "2025-03-30T22:00:00Z"},
    ]


def test_aggregate_takes_true_and_false_for_run_time():
    node = make(Aggregate, "{every: 1m, figures: [on_time]}")
    given = [Message(on, time_ns=START_NS + at_s * 10**9) for at_s, on in ((10, True), (40, False), (60, True))]
    assert [message.payload["on_time"] for message in node.process(given, 0.0).messages] == [30.0]


def test_aggregate_says_what_a_wrong_span_should_be():
    for every, said in (
        ("fortnight", "cron"),
        ("0 0 31 2 *", "never comes"),
        ("0 6 32 * *", "'32' is no day of the month"),
        ("1 2 3", "fields"),
    ):
        with pytest.raises(ValueError, match=said):
            Aggregate.config_type().model_validate({"every": every})
    config = Aggregate.config_type().model_validate({"every": "day", "window": "sliding"})
    assert [option for option, _ in Aggregate.check(config)] == ["every"]
