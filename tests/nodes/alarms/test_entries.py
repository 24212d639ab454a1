"""nodes/alarms/entries.py: what a notice says, and what survives a restart."""

from nodes.alarms.board import Transition
from nodes.alarms.entries import Telling

RAISED = Transition("c1", "normal", "active_unacknowledged", "condition", 0, "", "raised")
CLEARED = Transition("c1", "active_unacknowledged", "normal", "condition", 5, "", "cleared")


def telling():
    return Telling(lambda key, item: {"value": item}, most=2)


def test_a_notice_keeps_since_when_until_it_is_cleared():
    one = telling()
    one.remember(["c1"], [9])
    assert one.notice(RAISED, "noon") == {"state": "active", "value": 9, "since": "noon"}
    one.remember(["c1"], [7])
    assert one.facts_now("c1") == {"value": 7, "since": "noon"}
    assert one.notice(CLEARED, "later") == {"state": "cleared", "value": 7, "since": "noon"}
    assert one.facts_now("c1") == {"value": 7}


def test_reminders_are_marked():
    one = telling()
    one.remember(["c1"], [9])
    one.notice(RAISED, "noon")
    assert one.notice(RAISED._replace(notice="repeated"), "later")["repeated"] is True
    assert one.notice(RAISED._replace(notice=None), "later") is None


def test_what_is_known_survives_a_restart():
    one, two = telling(), telling()
    one.remember(["c1"], [9])
    one.notice(RAISED, "noon")
    two.restore(one.snapshot(["c1", "c2"]))
    assert two.facts_now("c1") == {"value": 9, "since": "noon"}
    assert two.entry(CLEARED, "because")["comment"] == "because"


def test_the_last_items_are_bounded():
    one = telling()
    one.remember(["a", "b", "c"], [1, 2, 3])
    assert one.last == {"b": 2, "c": 3}
