"""nodes/alarms/windowed.py: judged at samples and when samples leave; no figure, no alarm."""

from nodes.alarms.alerts import AlarmRule, Alerts
from nodes.alarms.figures import Figures
from nodes.alarms.windowed import Condition, Windowed

S = 10**9


def test_an_alarm_clears_when_its_samples_leave_the_window():
    alerts = Alerts(AlarmRule())
    above = Condition(lambda figures, item: figures["mean"] > item, frozenset({"mean"}))
    windowed = Windowed(alerts, Figures(60 * S, ("mean",), 10), above, None)
    assert [line.new for line in windowed.sample("a", 8, 9.0, 1.0, 0)] == ["active_unacknowledged"]
    assert windowed.next_deadline_ns() == 60 * S
    assert windowed.on_time({"a": 8}, 59 * S) == []
    assert [line.new for line in windowed.on_time({"a": 8}, 60 * S)] == ["normal"]


def test_a_clearing_condition_needs_its_figure_too():
    alerts = Alerts(AlarmRule())
    high = Condition(lambda figures, item: figures["mean"] > 8, frozenset({"mean"}))
    low = Condition(lambda figures, item: figures["mean"] < 6, frozenset({"mean"}))
    windowed = Windowed(alerts, Figures(60 * S, ("mean",), 10), high, low)
    seen = [
        line.new for at_s, value in [(0, 9), (70, 7), (140, 5)] for line in windowed.sample("a", 0, value, 1, at_s * S)
    ]
    assert seen == ["active_unacknowledged", "normal"]
