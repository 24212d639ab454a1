"""nodes/alarms/parents.py: one dead gateway is one alarm; what hangs on it is silent, and told if it stays."""

import json

from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.alerts import AlarmRule, Alerts, LifeRule
from nodes.alarms.parents import Parents

S = 1_000_000_000


def plant(release_s=30, most=1000, **life):
    alerts = Alerts(AlarmRule(life=LifeRule(**life)))
    parents = Parents(alerts.alarms, release_s * S, most)
    alerts.explained = parents.explains
    return alerts, parents


def notices(lines):
    return [(line.key, line.notice) for line in lines if line.notice]


def test_what_is_raised_while_its_parent_is_active_is_silent_and_ends_in_silence():
    alerts, parents = plant()
    parents.remember([("d1", "g1"), ("d2", "g1"), ("d3", "g2")])
    assert parents.raised("g1", 0) == []
    lines = [line for key in ("d1", "d2", "d3") for line in alerts.sample(key, True, S)]
    assert notices(lines) == [("d3", "raised")]
    assert alerts.alarms.state("d1") == "suppressed"
    parents.cleared("g1", 10 * S)
    lines = [line for key in ("d1", "d2") for line in alerts.sample(key, False, 20 * S)]
    assert notices([*lines, *parents.on_time(40 * S)]) == []
    assert alerts.alarms.states() == {"d3": "active_unacknowledged"} and parents.next_deadline_ns() is None


def test_what_stays_active_after_its_parent_is_told_once_the_release_is_over():
    alerts, parents = plant(release_s=30)
    parents.remember([("d1", "g1")])
    parents.raised("g1", 0)
    alerts.sample("d1", True, S)
    parents.cleared("g1", 10 * S)
    assert parents.next_deadline_ns() == 40 * S and parents.on_time(39 * S) == []
    assert notices(parents.on_time(40 * S)) == [("d1", "raised")]


def test_alarms_that_came_before_their_parent_fall_silent_with_it():
    alerts, parents = plant(repeat_ns=60 * S)
    parents.remember([("d1", "g1"), ("d2", "g1")])
    assert notices(alerts.sample("d1", True, 0)) == [("d1", "raised")]
    [line] = parents.raised("g1", 5 * S)
    assert (line.key, line.new, line.actor) == ("d1", "suppressed", "g1")
    assert parents.raised("g1", 6 * S) == [], "a reminder of the parent changes nothing"
    assert notices(alerts.on_time(600 * S)) == []


def test_a_parent_that_comes_back_during_the_release_keeps_them_silent():
    alerts, parents = plant(release_s=30)
    parents.remember([("d1", "g1")])
    parents.raised("g1", 0)
    alerts.sample("d1", True, S)
    parents.cleared("g1", 10 * S)
    parents.raised("g1", 20 * S)
    assert parents.next_deadline_ns() is None and parents.explains("d1") == "g1"


def test_who_changes_parents_hangs_on_the_new_one_alone_and_memory_is_bounded():
    _, parents = plant(most=2)
    parents.remember([("d1", "g1"), ("d1", "g2")])
    parents.raised("g1", 0)
    assert parents.explains("d1") is None
    parents.remember([("d2", "g1"), ("d3", "g1"), ("d3", None)])
    assert parents.explains("d2") == "g1" and parents.explains("d3") is None
    parents.remember([("d4", "g1"), ("d5", "g1")])
    assert len(parents.snapshot(0)["parent"]) == 2


EVENTS = st.lists(
    st.tuples(st.sampled_from(["hot", "cold", "raise", "clear", "wait"]), st.sampled_from(["d1", "d2", "d3"])),
    max_size=40,
)


@given(EVENTS, st.booleans())
def test_nobody_is_told_while_the_parent_is_active_and_every_raise_is_ended(events, restarts):
    alerts, parents = plant(release_s=3)
    parents.remember([("d1", "g"), ("d2", "g"), ("d3", None)])
    now_ns, open_, hot, active = 0, set(), set(), False

    def told(lines):
        for line in lines:
            assert not (line.notice == "raised" and parents.explains(line.key)), line
            if line.notice == "raised":
                open_.add(line.key)
            elif line.notice == "cleared":
                open_.discard(line.key)

    for what, key in events:
        now_ns += S
        told(parents.on_time(now_ns))
        if what in ("hot", "cold"):
            (hot.add if what == "hot" else hot.discard)(key)
            told(alerts.sample(key, what == "hot", now_ns))
        elif what in ("raise", "clear"):
            active = what == "raise"
            told(parents.take_states([("g", "active" if active else "cleared")], now_ns))
        if restarts:
            state = json.loads(json.dumps([alerts.snapshot(), parents.snapshot(now_ns)]))
            alerts, parents = plant(release_s=3)
            alerts.restore(state[0])
            parents.restore(state[1], now_ns)
    now_ns += 10 * S
    told(parents.take_states([("g", "cleared")], now_ns))
    told(parents.on_time(now_ns + 10 * S))
    for key in list(hot):
        told(alerts.sample(key, False, now_ns + 11 * S))
    assert open_ == set() and alerts.alarms.states() == {}
