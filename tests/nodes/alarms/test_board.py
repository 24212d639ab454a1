"""nodes/alarms/board.py: the journal lines."""

from nodes.alarms.board import Alarms, Transition
from nodes.alarms.life import LifeRule


def test_each_line_says_what_was_what_is_who_and_why():
    alarms = Alarms(LifeRule(), 10)
    lines = alarms.change("k", lambda alarm: alarm.raise_(1), "condition", 1)
    lines += alarms.acknowledge("k", "ann", 2)
    lines += alarms.hide("k", "shelved", "bob", 3, for_ns=10)
    lines += alarms.on_time(13)
    assert lines == [
        Transition("k", "normal", "active_unacknowledged", "condition", 1, "", "raised"),
        Transition("k", "active_unacknowledged", "active_acknowledged", "acknowledged", 2, "ann", None),
        Transition("k", "active_acknowledged", "shelved", "shelved", 3, "bob", None),
        Transition("k", "shelved", "active_unacknowledged", "shelving_ended", 13, "", "raised"),
    ]
    assert alarms.states() == {"k": "active_unacknowledged"} and "k" in alarms and len(alarms) == 1


def test_what_changes_nothing_is_not_journaled_unless_somebody_did_it():
    alarms = Alarms(LifeRule(), 10)
    assert alarms.change("k", lambda alarm: alarm.clear(1), "condition", 1) == []
    assert alarms.hide("k", "out_of_service", "ann", 2)
    (again,) = alarms.hide("k", "out_of_service", "ann", 3)
    assert again.old == again.new == "out_of_service"
