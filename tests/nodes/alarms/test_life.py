"""nodes/alarms/life.py: what hides an alarm, and its plain values."""

import json

from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.life import ONCE, Alarm, LifeRule, alarm_from_json, alarm_to_json


def test_what_hides_an_alarm_comes_before_what_it_hides():
    alarm = Alarm(LifeRule())
    seen = [alarm.state]
    alarm.stale = True
    seen.append(alarm.state)
    alarm.raise_(0)
    seen.append(alarm.state)
    alarm.shelve(0, None)
    seen.append(alarm.state)
    alarm.suppressed_by = "gateway"
    seen.append(alarm.state)
    alarm.out_of_service = True
    seen.append(alarm.state)
    assert seen == ["normal", "stale", "active_unacknowledged", "shelved", "suppressed", "out_of_service"]


def test_a_reminder_comes_again_and_again_until_acknowledged():
    alarm = Alarm(LifeRule(repeat_ns=10, escalate_ns=25))
    assert alarm.raise_(0) == "raised"
    seen = []
    while (at_ns := alarm.deadline_ns()) is not None and at_ns < 45:
        seen.append((at_ns, alarm.on_time(at_ns)[1]))
    assert seen == [(10, "repeated"), (20, "repeated"), (25, "escalated"), (30, "repeated"), (40, "repeated")]
    assert alarm.acknowledge() is None and alarm.deadline_ns() is None


def test_an_alarm_raised_and_cleared_unseen_while_shelved_tells_nothing():
    alarm = Alarm(LifeRule())
    alarm.shelve(0, 10)
    assert alarm.raise_(1) is None and alarm.clear(2) is None
    assert alarm.on_time(10) == ("shelving_ended", None) and alarm.is_idle


def test_times_shift_with_the_clock_but_once_stays_once():
    alarm = Alarm(LifeRule(repeat_ns=10, flap_ns=100))
    alarm.raise_(5)
    alarm.shelve(5, None)
    again = alarm_from_json(LifeRule(repeat_ns=10, flap_ns=100), alarm_to_json(alarm), 1000)
    assert again.shelved_until_ns == ONCE and again.repeat_at_ns == 1015
    assert again.flapping is not None and again.flapping.snapshot() == [False, 1005]


@given(st.lists(st.sampled_from(["raise_", "clear", "reveal", "on_time"])), st.booleans())
def test_any_life_survives_json(steps, latch):
    rule = LifeRule(latch, 3, 7, None, 20)
    alarm = Alarm(rule)
    for now_ns, step in enumerate(steps):
        getattr(alarm, step)(now_ns)
        state = json.loads(json.dumps(alarm_to_json(alarm)))
        assert alarm_to_json(alarm_from_json(rule, state)) == state
