"""Readings on their way to alarms: live, kept by a broker, under other limits."""

from flowengine import Message
from flowengine.expression import compile_expression
from flowengine.store.rtdb import Rtdb
from nodes.alarms.alerts import AlarmRule, Alerts
from nodes.alarms.entries import Telling
from nodes.alarms.judging import Conditions, Judge
from nodes.alarms.limits import Limits

KEPT = Message(9, meta={"retained": True})


def parts() -> tuple[Alerts, Judge, Telling]:
    alerts = Alerts(AlarmRule())
    asked = Conditions(compile_expression("payload > 8"), None, None, None)
    judge = Judge(alerts, Limits({}, Rtdb(), lambda: None), asked, None, 60.0)
    return alerts, judge, Telling(lambda key, item: {"value": item.payload}, 10)


def test_what_was_kept_is_told_only_of_keys_that_nothing_live_was_heard_of() -> None:
    alerts, judge, telling = parts()
    telling.remember(("b",), (Message(2),))
    made = judge.kept(("a", "b"), (True, True), (KEPT, KEPT), telling, 0)
    assert [(line.key, line.new, line.notice) for line in made] == [("a", "uncertain", None)]
    assert alerts.alarms.states() == {"a": "uncertain"} and telling.last["b"].payload == 2


def test_the_first_live_one_is_among_those_that_can_change_something_and_decides() -> None:
    alerts, judge, telling = parts()
    judge.kept(("a",), (True,), (KEPT,), telling, 0)
    assert list(judge.concerned(("a", "b"), (False, False))) == [0]
    (line,) = judge.live("a", False, Message(2), 1)
    assert (line.old, line.new, line.reason) == ("uncertain", "normal", "certain")
    assert alerts.alarms.states() == {}
